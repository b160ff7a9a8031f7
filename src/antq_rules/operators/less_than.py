"""``less_than: [a, b]`` - a is less than b."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import PAIR_SCHEMA, Case, Operator

OPERATOR = Operator(
    name="less_than",
    gives="condition",
    read=lambda operand, path, reader: reader.compare("less_than", "<", operand, path),
    schema=PAIR_SCHEMA,
    needs=message("less than {required}"),
    cases=(
        Case("{less_than: [a, b]}", {"a": 2, "b": 3}, "pass"),
        Case("{less_than: [a, b]}", {"a": 3, "b": 3}, "fail"),
        Case("{less_than: [a, b]}", {"b": 0}, "fail"),
        Case("{less_than: [a, b]}", {"b": 3}, "undetermined"),
    ),
)
