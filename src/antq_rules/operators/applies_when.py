"""``applies_when: condition`` beside ``require: condition`` - the requirement counts only where the first one holds.

Where it does not hold the whole is not applicable; where that is unknown the whole is undetermined.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import When
from antq_rules.operators.base import CONDITION_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> When | None:
    """The condition of application and the requirement beside it."""
    beside = reader.companions(path)
    applies = reader.condition(operand, path)
    if "require" not in beside:
        reader.fault(
            "missing_key", path, message("the key 'require' is missing beside 'applies_when'"), message("add it")
        )
        return None
    require = reader.condition(beside["require"], (*path[:-1], "require"))
    return When(applies, require) if applies and require else None


OPERATOR = Operator(
    name="applies_when",
    gives="condition",
    read=read,
    schema=CONDITION_SCHEMA,
    companions={"require": CONDITION_SCHEMA},
    cases=(
        Case("{applies_when: flag, require: {equal: [a, 0]}}", {"flag": True, "a": 0}, "pass"),
        Case("{applies_when: flag, require: {equal: [a, 0]}}", {"flag": True, "a": 1}, "fail"),
        Case("{applies_when: flag, require: {equal: [a, 0]}}", {"flag": False}, "not_applicable"),
        Case("{applies_when: flag, require: {equal: [a, 0]}}", {"a": 0}, "undetermined"),
    ),
)
