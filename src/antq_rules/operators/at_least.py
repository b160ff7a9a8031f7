"""``at_least: [a, b]`` - a is b or more; choices count by their order."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import PAIR_SCHEMA, Case, Operator

OPERATOR = Operator(
    name="at_least",
    gives="condition",
    read=lambda operand, path, reader: reader.compare("at_least", ">=", operand, path),
    schema=PAIR_SCHEMA,
    needs=message("at least {required}"),
    cases=(
        Case("{at_least: [a, 3]}", {"a": 3}, "pass"),
        Case("{at_least: [a, 3]}", {"a": 2}, "fail"),
        Case("{at_least: [a, 3]}", {}, "undetermined"),
        Case("{at_least: [a, 0]}", {}, "pass"),
        Case("{at_least: [grade, mid]}", {"grade": "high"}, "pass"),
        Case("{at_least: [grade, mid]}", {"grade": "low"}, "fail"),
        Case("{at_least: [grade, low]}", {}, "pass"),
        Case("{at_least: [rate, 0.5]}", {"rate": "0.5"}, "pass"),
        Case("{at_least: [rate, 0.5]}", {"rate": "0.499"}, "fail"),
    ),
)
