"""``not: condition`` - the condition does not hold."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Not
from antq_rules.operators.base import CONDITION_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Not | None:
    """The condition turned round."""
    member = reader.condition(operand, path)
    return Not(member) if member else None


OPERATOR = Operator(
    name="not",
    gives="condition",
    read=read,
    schema=CONDITION_SCHEMA,
    needs=message("not the case"),
    cases=(
        Case("{not: flag}", {"flag": False}, "pass"),
        Case("{not: flag}", {"flag": True}, "fail"),
        Case("{not: flag}", {}, "undetermined"),
    ),
)
