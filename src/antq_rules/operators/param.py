"""``param: name`` - the value of a parameter in force at the end of the window; unset is unknown."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import ParameterValue
from antq_rules.operators.base import Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> ParameterValue | None:
    """The parameter with the range of its values."""
    found = reader.named("parameter", operand, reader.parameters, path)
    if found is None:
        return None
    if found.ratio:
        reader.fault(
            "wrong_operand",
            path,
            message("the parameter '{name}' is a ratio"),
            message("use it as the ratio of a share"),
            name=operand,
        )
        return None
    return ParameterValue(found.name, found.low, found.high, found.dimension)


OPERATOR = Operator(
    name="param",
    gives="number",
    read=read,
    schema={"type": "string"},
    cases=(
        Case("{at_least: [a, {param: floor}]}", {"a": 4}, "pass"),
        Case("{at_least: [a, {param: floor}]}", {"a": 3}, "fail"),
        Case("{at_least: [a, {param: unset}]}", {"a": 3}, "undetermined"),
    ),
)
