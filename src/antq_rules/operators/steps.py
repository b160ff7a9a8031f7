"""``steps: {of: number, bands: [...], reading: floor | bracket}`` - a staircase over a number.

A band ``{from: 2701, value: 4}`` holds from its start up to the next one; ``{from: 2701, value: 4, grow: 1, every:
900}`` goes on growing. ``floor`` counts full steps, ``bracket`` every step begun.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Band, Steps, bounds, stairs
from antq_rules.operators.base import NUMBER_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Steps | None:
    """The bands in rising order."""
    found = reader.mapping(operand, path, ["of", "bands"], ["reading"])
    if found is None:
        return None
    measure = reader.number(found["of"], (*path, "of"))
    items = reader.items(found["bands"], (*path, "bands"))
    reading = found.get("reading", "floor")
    if reading not in ("floor", "bracket"):
        reader.fault(
            "wrong_operand", (*path, "reading"), message("the reading is floor or bracket"), message("write one")
        )
        return None
    if measure is None or items is None:
        return None
    bands: list[Band] = []
    for index, item in enumerate(items):
        where = (*path, "bands", index)
        row = reader.mapping(item, where, ["from", "value"], ["grow", "every"])
        if row is None:
            return None
        numbers = [row["from"], row["value"], row.get("grow", 0), row.get("every", 1)]
        if any(isinstance(number, bool) or not isinstance(number, int) for number in numbers) or numbers[3] < 1:
            reader.fault("wrong_operand", where, message("a band holds whole numbers"), message("correct it"))
            return None
        if bands and bands[-1].start >= numbers[0]:
            reader.fault(
                "wrong_operand", where, message("bands rise from one to the next"), message("put them in order")
            )
            return None
        bands.append(Band(*numbers))
    if bands[0].start > bounds(measure)[0]:
        reader.unfit(
            (*path, "bands", 0),
            message("numbers below {start} have no band"),
            message("let the first band begin at {least}"),
            start=bands[0].start,
            least=bounds(measure)[0],
        )
        return None
    low, high = stairs(tuple(bands), reading, *bounds(measure))
    steps = Steps(measure, tuple(bands), reading, low, high)
    return steps if reader.within_limit([measure, steps], path) else None


BRACKET = (
    "{at_least: [b, {steps: {of: a, reading: bracket, "
    "bands: [{from: 0, value: 3}, {from: 2700, value: 3, grow: 1, every: 900}]}}]}"
)
FLOOR = "{at_least: [b, {steps: {of: a, bands: [{from: 0, value: 3}, {from: 350, value: 3, grow: 1, every: 200}]}}]}"

OPERATOR = Operator(
    name="steps",
    gives="number",
    read=read,
    schema={
        "type": "object",
        "properties": {
            "of": NUMBER_SCHEMA,
            "reading": {"enum": ["floor", "bracket"]},
            "bands": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {name: {"type": "integer"} for name in ("from", "value", "grow", "every")},
                    "required": ["from", "value"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["of", "bands"],
        "additionalProperties": False,
    },
    cases=(
        Case(BRACKET, {"a": 3600, "b": 4}, "pass"),
        Case(BRACKET, {"a": 3601, "b": 4}, "fail"),
        Case(BRACKET, {"a": 2700, "b": 3}, "pass"),
        Case(BRACKET, {"a": 2701, "b": 3}, "fail"),
        Case(BRACKET, {"b": 3}, "undetermined"),
        Case(BRACKET, {"b": 2}, "fail"),
        Case(FLOOR, {"a": 549, "b": 3}, "pass"),
        Case(FLOOR, {"a": 550, "b": 3}, "fail"),
    ),
)
