"""``times: [factor, number]`` - a number taken a whole number of times; the factor may be negative."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Linear
from antq_rules.operators.base import NUMBER_SCHEMA, Case, Operator, Reader, shown


def read(operand: Any, path: Path, reader: Reader) -> Linear | None:
    """One term of a linear combination."""
    items = reader.items(operand, path, count=2)
    if items is None:
        return None
    factor, measure = items[0], reader.number(items[1], (*path, 1))
    if isinstance(factor, bool) or not isinstance(factor, int) or abs(factor) > 10**9:
        reader.fault(
            "wrong_operand",
            (*path, 0),
            message("{factor} is no whole factor"),
            message("write a whole number up to 10^9"),
            factor=shown(factor),
        )
        return None
    if measure is None:
        return None
    if measure.dimension.kind not in ("count", "decimal"):
        reader.fault(
            "wrong_operand",
            (*path, 1),
            message("only numbers can be multiplied, not a {kind}"),
            message("use a number"),
            kind=measure.dimension.kind,
        )
        return None
    return Linear(((factor, measure),), 0, measure.dimension)


OPERATOR = Operator(
    name="times",
    gives="number",
    read=read,
    schema={"type": "array", "prefixItems": [{"type": "integer"}, NUMBER_SCHEMA], "minItems": 2, "maxItems": 2},
    cases=(
        Case("{at_least: [{times: [2, a]}, b]}", {"a": 2, "b": 4}, "pass"),
        Case("{at_least: [{times: [2, a]}, b]}", {"a": 2, "b": 5}, "fail"),
        Case("{at_least: [{times: [2, a]}, b]}", {"a": 2}, "undetermined"),
    ),
)
