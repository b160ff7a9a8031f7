"""``total: {records: list, column: name, where: condition}`` - the sum of a column over the rows of a sort."""

from __future__ import annotations

from typing import Any

from antq_rules.located import Path
from antq_rules.model.expression import Total
from antq_rules.operators.base import CONDITION_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Total | None:
    """The total between the sums of the least and of the greatest values."""
    found = reader.mapping(operand, path, ["records", "column"], ["where"])
    rows = reader.rows(found, path) if found else None
    if found is None or rows is None:
        return None
    records, inner = rows
    column = inner.field(found["column"], (*path, "column"), {"integer", "decimal"})
    where = inner.condition(found["where"], (*path, "where")) if "where" in found else None
    reader.noted(inner)
    if column is None or ("where" in found and where is None):
        return None
    value = inner.value_of(column)
    measure = Total(records.name, value, where, records.high, value.dimension)
    return measure if reader.within_limit([measure], path) else None


OPERATOR = Operator(
    name="total",
    gives="number",
    read=read,
    schema={
        "type": "object",
        "properties": {"records": {"type": "string"}, "column": {"type": "string"}, "where": CONDITION_SCHEMA},
        "required": ["records", "column"],
        "additionalProperties": False,
    },
    cases=(
        Case(
            "{at_least: [{total: {records: events, column: weight}}, 5]}",
            {"events": [{"kind": "x", "weight": 2}, {"kind": "y", "weight": 3}]},
            "pass",
        ),
        Case("{at_least: [{total: {records: events, column: weight}}, 5]}", {"events": []}, "fail"),
        Case(
            "{at_least: [{total: {records: events, column: weight}}, 5]}", {"events": [{"kind": "x"}]}, "undetermined"
        ),
        Case("{at_least: [{total: {records: events, column: weight}}, 5]}", {}, "undetermined"),
    ),
)
