"""``at_most: [a, b]`` - a is b or less."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import PAIR_SCHEMA, Case, Operator

OPERATOR = Operator(
    name="at_most",
    gives="condition",
    read=lambda operand, path, reader: reader.compare("at_most", "<=", operand, path),
    schema=PAIR_SCHEMA,
    needs=message("at most {required}"),
    cases=(
        Case("{at_most: [a, b]}", {"a": 3, "b": 3}, "pass"),
        Case("{at_most: [a, b]}", {"a": 4, "b": 3}, "fail"),
        Case("{at_most: [a, b]}", {"a": 0}, "pass"),
        Case("{at_most: [a, b]}", {"a": 1}, "undetermined"),
        Case("{at_most: [a, b]}", {"b": 3}, "undetermined"),
    ),
)
