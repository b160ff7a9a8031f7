"""``none_of: {records: list, where: condition, unless: condition}`` - no row of a list is of this sort.

``where`` names the sort, ``unless`` what excuses a row; both may be left out. An empty list states that nothing
occurred; an absent list is unknown. Rows dated outside the window of the standard do not count.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import AllOf, Compare, Literal, Not
from antq_rules.operators.base import CONDITION_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Compare | None:
    """A count of offending rows that is 0."""
    found = reader.mapping(operand, path, ["records"], ["where", "unless"])
    rows = reader.rows(found, path) if found else None
    if found is None or rows is None:
        return None
    records, inner = rows
    parts = []
    if "where" in found:
        parts.append(inner.condition(found["where"], (*path, "where")))
    if "unless" in found:
        excuse = inner.condition(found["unless"], (*path, "unless"))
        parts.append(Not(excuse) if excuse else None)
    reader.noted(inner)
    members = tuple(part for part in parts if part is not None)
    if len(members) < len(parts):
        return None
    where = members[0] if len(members) == 1 else AllOf(members) if members else None
    return Compare("none_of", "==", reader.count(records, where), Literal(0))


OPERATOR = Operator(
    name="none_of",
    gives="condition",
    read=read,
    schema={
        "type": "object",
        "properties": {"records": {"type": "string"}, "where": CONDITION_SCHEMA, "unless": CONDITION_SCHEMA},
        "required": ["records"],
        "additionalProperties": False,
    },
    needs=message("none"),
    cases=(
        Case("{none_of: {records: events}}", {"events": []}, "pass"),
        Case("{none_of: {records: events}}", {}, "undetermined"),
        Case("{none_of: {records: events, where: {equal: [kind, y]}}}", {"events": [{"kind": "x"}]}, "pass"),
        Case("{none_of: {records: events, where: {equal: [kind, x]}}}", {"events": [{"kind": "x"}]}, "fail"),
        Case("{none_of: {records: events, unless: ok}}", {"events": [{"kind": "x", "ok": True}]}, "pass"),
        Case("{none_of: {records: events, unless: ok}}", {"events": [{"kind": "x", "ok": False}]}, "fail"),
        Case("{none_of: {records: events, unless: ok}}", {"events": [{"kind": "x"}]}, "undetermined"),
    ),
)
