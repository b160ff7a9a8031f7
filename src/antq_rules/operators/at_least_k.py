"""``at_least_k: {k: 3, of: [condition, ...]}`` - at least k members hold."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import AtLeastOf
from antq_rules.operators.base import CONDITIONS_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> AtLeastOf | None:
    """The number asked for and the members."""
    found = reader.mapping(operand, path, ["k", "of"])
    if found is None:
        return None
    members = reader.conditions(found["of"], (*path, "of"))
    k = found["k"]
    if members and (isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= len(members)):
        reader.fault(
            "wrong_operand",
            (*path, "k"),
            message("k must lie between 1 and the number of members, {count}"),
            message("correct it"),
            count=len(members),
        )
        return None
    return AtLeastOf(k, members) if members else None


OPERATOR = Operator(
    name="at_least_k",
    gives="condition",
    read=read,
    schema={
        "type": "object",
        "properties": {"k": {"type": "integer", "minimum": 1}, "of": CONDITIONS_SCHEMA},
        "required": ["k", "of"],
        "additionalProperties": False,
    },
    needs=message("at least {required} of these"),
    cases=(
        Case("{at_least_k: {k: 2, of: [flag, {equal: [a, 0]}, {equal: [b, 0]}]}}", {"flag": True, "a": 0}, "pass"),
        Case("{at_least_k: {k: 2, of: [flag, {equal: [a, 0]}, {equal: [b, 0]}]}}", {"flag": True}, "undetermined"),
        Case("{at_least_k: {k: 2, of: [flag, {equal: [a, 0]}, {equal: [b, 0]}]}}", {"a": 1, "b": 1}, "fail"),
    ),
)
