"""``series: {field: name, last: n}`` or ``{field: name, year: 2019}`` - years of a series of yearly counts.

``last`` adds up the last n years, the one judged included; ``year`` takes one year, fixed (2019) or relative (-1).
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import SeriesValue, bounds
from antq_rules.operators.base import NUMBER_SCHEMA, Case, Operator, Reader

YEARS = 100
"""So many years may be added up, and so far back may a relative year lie."""


def read(operand: Any, path: Path, reader: Reader) -> SeriesValue | None:
    """The total of some years."""
    found = reader.mapping(operand, path, ["field"], ["last", "year"])
    if found is None:
        return None
    series = reader.field(found["field"], (*path, "field"), {"series"})
    last = reader.number(found["last"], (*path, "last")) if "last" in found else None
    year = found.get("year")
    if ("last" in found) == ("year" in found):
        reader.unfit(path, message("a series needs either 'last' or 'year'"), message("give one of the two"))
        return None
    if "year" in found and not is_year(year):
        reader.unfit(
            (*path, "year"),
            message("this is no year"),
            message("write one such as 2019, or 0, -1, -2 ... from the one judged"),
        )
        return None
    if last is not None and not 1 <= bounds(last)[0] <= bounds(last)[1] <= YEARS:
        reader.unfit(
            (*path, "last"),
            message("this many years cannot be added up"),
            message("give a number from 1 to 100, or a parameter of that range"),
        )
        return None
    if series is None or ("last" in found and last is None):
        return None
    most = 1 if last is None else bounds(last)[1]
    return SeriesValue(series.name, min(0, series.low) * most, series.high * most, last, year, series.dimension)


def is_year(value: object) -> bool:
    """Whether this is a year of the calendar, or a number of years before the one judged."""
    return isinstance(value, int) and not isinstance(value, bool) and (-YEARS <= value <= 0 or 1900 <= value <= 2200)


TWO_YEARS = "{at_most: [{series: {field: yearly, last: 2}}, 3]}"
OPEN_YEARS = "{at_most: [{series: {field: yearly, last: {param: open_years}}}, 3]}"
FALLING = "{less_than: [{series: {field: yearly, year: 0}}, {series: {field: yearly, year: -1}}]}"

OPERATOR = Operator(
    name="series",
    gives="number",
    read=read,
    schema={
        "type": "object",
        "properties": {"field": {"type": "string"}, "last": NUMBER_SCHEMA, "year": {"type": "integer"}},
        "required": ["field"],
        "additionalProperties": False,
    },
    cases=(
        Case(TWO_YEARS, {"yearly": {"2025": 1, "2024": 2, "2023": 9}}, "pass"),
        Case(TWO_YEARS, {"yearly": {"2025": 2, "2024": 2}}, "fail"),
        Case(TWO_YEARS, {"yearly": {"2025": 2}}, "undetermined"),
        Case(TWO_YEARS, {"yearly": {"2024": 4}}, "fail"),
        Case(TWO_YEARS, {}, "undetermined"),
        Case(OPEN_YEARS, {"yearly": {"2025": 4}}, "fail"),
        Case(OPEN_YEARS, {"yearly": {"2025": 1}}, "undetermined"),
        Case(FALLING, {"yearly": {"2025": 1, "2024": 2}}, "pass"),
        Case(FALLING, {"yearly": {"2025": 2, "2024": 2}}, "fail"),
        Case("{equal: [{series: {field: yearly, year: 2019}}, 7]}", {"yearly": {"2019": 7}}, "pass"),
        Case("{equal: [{series: {field: yearly, year: 2019}}, 7]}", {"yearly": {"2020": 7}}, "undetermined"),
    ),
)
