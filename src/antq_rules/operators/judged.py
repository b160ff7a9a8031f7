"""``judged: field`` - an assessor's judgement is positive. The field is declared ``judged: true``."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Compare
from antq_rules.operators.base import Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Compare | None:
    """A judged boolean field that is true."""
    test = reader.is_true("judged", operand, path)
    if test is not None and not reader.fields[operand].judged:
        reader.fault(
            "wrong_operand",
            path,
            message("'{name}' is not declared as a judgement"),
            message("add 'judged: true' to the field, or use is_true"),
            name=operand,
        )
        return None
    return test


OPERATOR = Operator(
    name="judged",
    gives="condition",
    read=read,
    schema={"type": "string"},
    needs=message("judged as reached"),
    cases=(
        Case("{judged: judgement}", {"judgement": True}, "pass"),
        Case("{judged: judgement}", {"judgement": False}, "fail"),
        Case("{judged: judgement}", {}, "undetermined"),
    ),
)
