"""``every: {records: list, where: condition, have: condition}`` - every row (of a sort) fulfils a condition.

With ``every: {children: group, are: registered}`` the rows are the units below that are in scope.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import AllOf, Compare, Literal, Not, Truth
from antq_rules.operators.base import CONDITION_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Truth | None:
    """A count of rows without the property that is 0, or the whole share of the units below."""
    if isinstance(operand, dict) and "children" in operand:
        asked = reader.mapping(operand, path, ["children", "are"])
        whole = {"children": operand["children"], "of": operand.get("are"), "among": "in_scope", "ratio": 1}
        return reader.child_share("every", whole, path, level_key="are") if asked else None
    found = reader.mapping(operand, path, ["records", "have"], ["where"])
    rows = reader.rows(found, path) if found else None
    if found is None or rows is None:
        return None
    records, inner = rows
    have = inner.condition(found["have"], (*path, "have"))
    where = inner.condition(found["where"], (*path, "where")) if "where" in found else None
    reader.noted(inner)
    if have is None or ("where" in found and where is None):
        return None
    lacking: Truth = AllOf((where, Not(have))) if where is not None else Not(have)
    return Compare("every", "==", reader.count(records, lacking), Literal(0))


OPERATOR = Operator(
    name="every",
    gives="condition",
    read=read,
    schema={
        "type": "object",
        "oneOf": [
            {
                "properties": {"records": {"type": "string"}, "have": CONDITION_SCHEMA, "where": CONDITION_SCHEMA},
                "required": ["records", "have"],
                "additionalProperties": False,
            },
            {
                "properties": {"children": {"type": "string"}, "are": {"enum": ["registered", "recognised"]}},
                "required": ["children", "are"],
                "additionalProperties": False,
            },
        ],
    },
    needs=message("every one"),
    cases=(
        Case("{every: {records: events, have: ok}}", {"events": []}, "pass"),
        Case("{every: {records: events, have: ok}}", {"events": [{"kind": "x", "ok": True}]}, "pass"),
        Case("{every: {records: events, have: ok}}", {"events": [{"kind": "x", "ok": False}]}, "fail"),
        Case("{every: {records: events, have: ok}}", {"events": [{"kind": "x"}]}, "undetermined"),
        Case("{every: {records: events, where: {equal: [kind, y]}, have: ok}}", {"events": [{"kind": "x"}]}, "pass"),
    ),
)
