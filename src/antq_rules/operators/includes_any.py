"""``includes_any: [field, [choice, ...]]`` - a set of choices holds at least one of these."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import MEMBERS_SCHEMA, Case, Operator

OPERATOR = Operator(
    name="includes_any",
    gives="condition",
    read=lambda operand, path, reader: reader.includes("includes_any", "any", operand, path),
    schema=MEMBERS_SCHEMA,
    needs=message("at least one of {required}"),
    cases=(
        Case("{includes_any: [topics, [x, y]]}", {"topics": ["y", "z"]}, "pass"),
        Case("{includes_any: [topics, [x, y]]}", {"topics": ["z"]}, "fail"),
        Case("{includes_any: [topics, [x, y]]}", {"topics": []}, "fail"),
        Case("{includes_any: [topics, [x, y]]}", {}, "undetermined"),
    ),
)
