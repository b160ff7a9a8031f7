"""``only: [field, [choice, ...]]`` - a set of choices holds nothing but these."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import MEMBERS_SCHEMA, Case, Operator

OPERATOR = Operator(
    name="only",
    gives="condition",
    read=lambda operand, path, reader: reader.includes("only", "only", operand, path),
    schema=MEMBERS_SCHEMA,
    needs=message("none but {required}"),
    cases=(
        Case("{only: [topics, [x, y]]}", {"topics": ["x"]}, "pass"),
        Case("{only: [topics, [x, y]]}", {"topics": ["x", "z"]}, "fail"),
        Case("{only: [topics, [x, y]]}", {}, "undetermined"),
        Case("{only: [topics, [x, y, z]]}", {}, "pass"),
    ),
)
