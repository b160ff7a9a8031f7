"""``includes_all: [field, [choice, ...]]`` - a set of choices holds every one of these."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import MEMBERS_SCHEMA, Case, Operator

OPERATOR = Operator(
    name="includes_all",
    gives="condition",
    read=lambda operand, path, reader: reader.includes("includes_all", "all", operand, path),
    schema=MEMBERS_SCHEMA,
    needs=message("all of {required}"),
    cases=(
        Case("{includes_all: [topics, [x, y]]}", {"topics": ["x", "y", "z"]}, "pass"),
        Case("{includes_all: [topics, [x, y]]}", {"topics": ["x"]}, "fail"),
        Case("{includes_all: [topics, [x, y]]}", {}, "undetermined"),
    ),
)
