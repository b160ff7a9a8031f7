"""``reading: name`` beside ``choices: {choice: condition}`` - what holds under each reading of an unclear text."""

from __future__ import annotations

from typing import Any

from antq_rules.located import Path
from antq_rules.model.expression import ByReading
from antq_rules.operators.base import CONDITION_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> ByReading | None:
    """A condition for every choice of the reading."""
    beside = reader.companions(path)
    found = reader.named("reading", operand, reader.readings, path)
    if found is None:
        return None
    where = (*path[:-1], "choices")
    choices = reader.mapping(beside.get("choices"), where, list(found.choices))
    if choices is None:
        return None
    nodes = [(name, reader.condition(choices[name], (*where, name))) for name in found.choices]
    known = tuple((name, node) for name, node in nodes if node is not None)
    return ByReading(found.name, known) if len(known) == len(nodes) else None


OPERATOR = Operator(
    name="reading",
    gives="condition",
    read=read,
    schema={"type": "string"},
    companions={"choices": {"type": "object", "additionalProperties": CONDITION_SCHEMA}},
    cases=(
        Case("{reading: strictness, choices: {mild: {at_most: [a, 1]}, strict: {equal: [a, 0]}}}", {"a": 1}, "pass"),
        Case("{reading: strictness, choices: {mild: {at_most: [a, 1]}, strict: {equal: [a, 0]}}}", {"a": 2}, "fail"),
        Case("{reading: strictness, choices: {mild: {at_most: [a, 1]}, strict: {equal: [a, 0]}}}", {}, "undetermined"),
    ),
)
