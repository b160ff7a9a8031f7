"""``more_than: [a, b]`` - a is more than b."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import PAIR_SCHEMA, Case, Operator

OPERATOR = Operator(
    name="more_than",
    gives="condition",
    read=lambda operand, path, reader: reader.compare("more_than", ">", operand, path),
    schema=PAIR_SCHEMA,
    needs=message("more than {required}"),
    cases=(
        Case("{more_than: [a, 3]}", {"a": 4}, "pass"),
        Case("{more_than: [a, 3]}", {"a": 3}, "fail"),
        Case("{more_than: [a, 3]}", {}, "undetermined"),
    ),
)
