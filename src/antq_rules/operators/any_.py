"""``any: [condition, ...]`` - at least one member holds; what is not applicable is left out."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import AnyOf
from antq_rules.operators.base import CONDITIONS_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> AnyOf | None:
    """The members, at least one."""
    members = reader.conditions(operand, path)
    return AnyOf(members) if members else None


OPERATOR = Operator(
    name="any",
    gives="condition",
    read=read,
    schema=CONDITIONS_SCHEMA,
    needs=message("at least one of these"),
    cases=(
        Case("{any: [flag, {equal: [a, 0]}]}", {"flag": True}, "pass"),
        Case("{any: [flag, {equal: [a, 0]}]}", {"flag": False, "a": 1}, "fail"),
        Case("{any: [flag, {equal: [a, 0]}]}", {"flag": False}, "undetermined"),
    ),
)
