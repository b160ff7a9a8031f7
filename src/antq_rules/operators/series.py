"""``series: {field: name, last: n}`` or ``{field: name, year: 2019}`` - years of a series of yearly counts.

``last`` adds up the last n years, the one judged included; ``year`` takes one fixed year.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import SeriesValue
from antq_rules.operators.base import NUMBER_SCHEMA, Operator, Reader

YEARS = 100


def read(operand: Any, path: Path, reader: Reader) -> SeriesValue | None:
    """The total of some years."""
    found = reader.mapping(operand, path, ["field"], ["last", "year"])
    if found is None:
        return None
    series = reader.field(found["field"], (*path, "field"), {"series"})
    last = reader.number(found["last"], (*path, "last")) if "last" in found else None
    year = found.get("year")
    if ("last" in found) == ("year" in found) or (
        "year" in found and (isinstance(year, bool) or not isinstance(year, int))
    ):
        reader.fault(
            "wrong_operand", path, message("a series needs either 'last' or 'year'"), message("give one of the two")
        )
        return None
    if series is None or ("last" in found and last is None):
        return None
    high = series.high if last is None else series.high * YEARS
    return SeriesValue(series.name, series.low, high, last, year, series.dimension)


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
)
