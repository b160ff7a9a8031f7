"""``measure: {name: name, of: [number, ...]}`` - what a function of a plugin computes from its arguments.

``unit`` among the arguments is the unit's id. With an unknown argument it may be anything in its declared range.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Argument, Computed, UnitId
from antq_rules.operators.base import NUMBER_SCHEMA, Case, Operator, Reader

UNIT = "unit"
KINDS = {"count": "number", "decimal": "number", "date": "date", "boolean": "boolean", "choice": "choice"}


def read(operand: Any, path: Path, reader: Reader) -> Computed | None:
    """A call with as many arguments as the function takes, each of the kind that it takes."""
    found = reader.mapping(operand, path, ["name"], ["of"])
    if found is None:
        return None
    function = reader.named("measure", found["name"], reader.measures, (*path, "name"))
    given = found.get("of", [])
    if function is None:
        return None
    if not isinstance(given, list) or len(given) != len(function.takes):
        reader.unfit(
            (*path, "of") if "of" in found else path,
            message("'{name}' takes {count} arguments: {kinds}"),
            message("give just these"),
            name=function.name,
            count=len(function.takes),
            kinds=", ".join(function.takes) or "-",
        )
        return None
    arguments = [
        argument(item, kind, (*path, "of", index), reader)
        for index, (item, kind) in enumerate(zip(given, function.takes, strict=True))
    ]
    known = tuple(one for one in arguments if one is not None)
    if len(known) < len(arguments):
        return None
    return Computed(function.name, function.title, function.function, known, function.low, function.high)


def argument(item: Any, kind: str, path: Path, reader: Reader) -> Argument | None:
    """A number, day, choice or truth value, or the unit's id."""
    if kind == "text":
        if item == UNIT and reader.records is None:
            return UnitId()
        reader.unfit(path, message("only 'unit', the id of the unit, may be a text"), message("write unit"))
        return None
    if kind == "boolean" and isinstance(item, str):
        field = reader.field(item, path, {"boolean"})
        return None if field is None else reader.value_of(field)
    measure = reader.number(item, path)
    if measure is not None and KINDS[measure.dimension.kind] != kind:
        reader.unfit(
            path,
            message("a {needed} is needed here, not a {given}"),
            message("give another argument"),
            needed=kind,
            given=KINDS[measure.dimension.kind],
        )
        return None
    return measure if measure is not None and reader.within_limit([measure], path) else None


OPERATOR = Operator(
    name="measure",
    gives="number",
    read=read,
    schema={
        "type": "object",
        "properties": {"name": {"type": "string"}, "of": {"type": "array", "items": NUMBER_SCHEMA}},
        "required": ["name"],
        "additionalProperties": False,
    },
    cases=(
        Case("{at_least: [a, {measure: {name: double, of: [b]}}]}", {"a": 6, "b": 3}, "pass"),
        Case("{at_least: [a, {measure: {name: double, of: [b]}}]}", {"a": 5, "b": 3}, "fail"),
        Case("{at_least: [a, {measure: {name: double, of: [b]}}]}", {"a": 5}, "undetermined"),
        Case("{at_least: [a, {measure: {name: double, of: [b]}}]}", {"a": 100}, "pass"),
        Case("{at_least: [a, {measure: {name: letters, of: [unit]}}]}", {"a": 1}, "pass"),
    ),
)
