"""``count: {records: list, where: condition}`` - how many rows of a list are of a sort; all of them without it."""

from __future__ import annotations

from typing import Any

from antq_rules.located import Path
from antq_rules.model.expression import Count
from antq_rules.operators.base import CONDITION_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Count | None:
    """A count from 0 to the length that the list may have."""
    found = reader.mapping(operand, path, ["records"], ["where"])
    rows = reader.rows(found, path) if found else None
    if found is None or rows is None:
        return None
    records, inner = rows
    where = inner.condition(found["where"], (*path, "where")) if "where" in found else None
    reader.noted(inner)
    return None if "where" in found and where is None else reader.count(records, where)


OPERATOR = Operator(
    name="count",
    gives="number",
    read=read,
    schema={
        "type": "object",
        "properties": {"records": {"type": "string"}, "where": CONDITION_SCHEMA},
        "required": ["records"],
        "additionalProperties": False,
    },
    cases=(
        Case("{at_least: [{count: {records: events}}, 1]}", {"events": [{"kind": "x"}]}, "pass"),
        Case("{at_least: [{count: {records: events}}, 1]}", {"events": []}, "fail"),
        Case("{at_least: [{count: {records: events}}, 1]}", {}, "undetermined"),
        Case("{at_least: [{count: {records: events, where: ok}}, 1]}", {"events": [{"kind": "x"}]}, "undetermined"),
    ),
)
