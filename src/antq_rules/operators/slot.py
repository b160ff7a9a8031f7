"""``slot: name`` - a number that the national text leaves open and a province fills; unknown until then."""

from __future__ import annotations

from antq_rules.operators.base import Case, Operator

OPERATOR = Operator(
    name="slot",
    gives="number",
    read=lambda operand, path, reader: reader.named("slot", operand, reader.slots, path),
    schema={"type": "string"},
    cases=(
        Case("{at_least: [a, {slot: open}]}", {"a": 5}, "undetermined"),
        Case("{at_least: [a, {slot: open}]}", {"a": 10}, "pass"),
    ),
)
