"""``all: [condition, ...]`` - every member holds; what is not applicable is left out."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import AllOf
from antq_rules.operators.base import CONDITIONS_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> AllOf | None:
    """The members, at least one."""
    members = reader.conditions(operand, path)
    return AllOf(members) if members else None


OPERATOR = Operator(
    name="all",
    gives="condition",
    read=read,
    schema=CONDITIONS_SCHEMA,
    needs=message("all of these"),
    cases=(
        Case("{all: [flag, {equal: [a, 0]}]}", {"flag": True, "a": 0}, "pass"),
        Case("{all: [flag, {equal: [a, 0]}]}", {"flag": False}, "fail"),
        Case("{all: [flag, {equal: [a, 0]}]}", {"flag": True}, "undetermined"),
    ),
)
