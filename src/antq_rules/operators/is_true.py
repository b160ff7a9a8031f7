"""``is_true: field`` - a boolean field is true. The bare name of the field says the same."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import Case, Operator

OPERATOR = Operator(
    name="is_true",
    gives="condition",
    read=lambda operand, path, reader: reader.is_true("is_true", operand, path),
    schema={"type": "string"},
    needs=message("yes"),
    cases=(
        Case("{is_true: flag}", {"flag": True}, "pass"),
        Case("flag", {"flag": False}, "fail"),
        Case("flag", {}, "undetermined"),
    ),
)
