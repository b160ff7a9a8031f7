"""``equal: [a, b]`` - a is b: a number, a day or a choice."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import PAIR_SCHEMA, Case, Operator

OPERATOR = Operator(
    name="equal",
    gives="condition",
    read=lambda operand, path, reader: reader.compare("equal", "==", operand, path),
    schema=PAIR_SCHEMA,
    needs=message("exactly {required}"),
    cases=(
        Case("{equal: [a, 3]}", {"a": 3}, "pass"),
        Case("{equal: [a, 3]}", {"a": 2}, "fail"),
        Case("{equal: [a, 3]}", {"a": 4}, "fail"),
        Case("{equal: [a, 3]}", {}, "undetermined"),
        Case("{equal: [a, b]}", {"a": 5, "b": 5}, "pass"),
        Case("{equal: [a, b]}", {"a": 5}, "undetermined"),
        Case("{equal: [grade, mid]}", {"grade": "mid"}, "pass"),
    ),
)
