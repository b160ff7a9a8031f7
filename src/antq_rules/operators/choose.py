"""``choose: [{when: condition, value: number}, ..., {value: number}]`` - the number of the first case that holds.

The last case has no condition. A condition that does not apply does not hold.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Choose, bounds, rescaled
from antq_rules.operators.base import CONDITION_SCHEMA, NUMBER_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Choose | None:
    """The cases in their order, all in one unit."""
    items = reader.items(operand, path)
    if items is None:
        return None
    conditions, measures = [], []
    for index, item in enumerate(items):
        where = (*path, index)
        last = index == len(items) - 1
        row = reader.mapping(item, where, ["value"] if last else ["when", "value"])
        if row is None:
            return None
        if not last:
            conditions.append(reader.condition(row["when"], (*where, "when")))
        measures.append(reader.number(row["value"], (*where, "value")))
    known = [measure for measure in measures if measure is not None]
    if len(known) < len(measures) or any(condition is None for condition in conditions):
        return None
    for index, measure in enumerate(known):
        if not measure.dimension.comparable(known[0].dimension):
            reader.unfit(
                (*path, index, "value"),
                message("{left} cannot be compared with {right}"),
                message("compare like with like"),
                left=known[0].dimension.kind,
                right=measure.dimension.kind,
            )
            return None
    places = max(measure.dimension.places for measure in known)
    known = [rescaled(measure, places) for measure in known]
    spans = [bounds(measure) for measure in known]
    cases = tuple((condition, measure) for condition, measure in zip(conditions, known, strict=False) if condition)
    chosen = Choose(cases, known[-1], min(low for low, _ in spans), max(high for _, high in spans), known[0].dimension)
    return chosen if reader.within_limit([chosen], path) else None


BY_COLOUR = "{at_least: [a, {choose: [{when: {equal: [colour, red]}, value: 3}, {when: flag, value: b}, {value: 7}]}]}"

OPERATOR = Operator(
    name="choose",
    gives="number",
    read=read,
    schema={
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {"when": CONDITION_SCHEMA, "value": NUMBER_SCHEMA},
            "required": ["value"],
            "additionalProperties": False,
        },
    },
    cases=(
        Case(BY_COLOUR, {"a": 3, "colour": "red"}, "pass"),
        Case(BY_COLOUR, {"a": 2, "colour": "red"}, "fail"),
        Case(BY_COLOUR, {"a": 4, "colour": "blue", "flag": True, "b": 5}, "fail"),
        Case(BY_COLOUR, {"a": 4, "colour": "blue", "flag": True}, "undetermined"),
        Case(BY_COLOUR, {"a": 7, "colour": "blue", "flag": False}, "pass"),
        Case(BY_COLOUR, {"a": 7, "flag": False}, "pass"),
        Case(BY_COLOUR, {"a": 3, "flag": False}, "undetermined"),
        Case(BY_COLOUR, {"a": 2, "b": 3}, "fail"),
    ),
)
