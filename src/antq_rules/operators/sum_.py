"""``sum: [number, ...]`` - numbers added up. A linear combination is a sum with ``times`` among its members."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Linear, rescaled
from antq_rules.operators.base import NUMBER_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Linear | None:
    """The members with factor 1, in common places."""
    items = reader.items(operand, path)
    if items is None:
        return None
    members = [reader.number(item, (*path, index)) for index, item in enumerate(items)]
    known = [member for member in members if member is not None]
    if len(known) < len(members):
        return None
    if any(member.dimension.kind not in ("count", "decimal") for member in known):
        reader.fault("wrong_operand", path, message("only numbers can be added"), message("leave out the others"))
        return None
    places = max(member.dimension.places for member in known)
    scaled = tuple(rescaled(member, places) for member in known)
    return Linear(tuple((1, member) for member in scaled), 0, scaled[0].dimension)


OPERATOR = Operator(
    name="sum",
    gives="number",
    read=read,
    schema={"type": "array", "items": NUMBER_SCHEMA, "minItems": 1},
    cases=(
        Case("{at_least: [{sum: [a, b]}, 5]}", {"a": 2, "b": 3}, "pass"),
        Case("{at_least: [{sum: [a, b]}, 5]}", {"a": 2, "b": 2}, "fail"),
        Case("{at_least: [{sum: [a, b]}, 5]}", {"a": 5}, "pass"),
        Case("{at_least: [{sum: [a, b]}, 5]}", {"a": 4}, "undetermined"),
        Case("{at_least: [{sum: [a, {times: [-1, b]}]}, 0]}", {"a": 2, "b": 3}, "fail"),
    ),
)
