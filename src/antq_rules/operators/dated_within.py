"""``dated_within: [field, period]`` - a date lies in a period, both ends included.

The period is one that the ruleset names, or ``{from: day, to: day}``; a side left out is open. A day is relative to
the year judged (``{year: 0, day: 03-31}``) or fixed (``2025-03-31``). A document known to be absent is not in it.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Within
from antq_rules.operators.base import Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Within | None:
    """A date field and a period."""
    items = reader.items(operand, path, count=2)
    if items is None:
        return None
    found = reader.field(items[0], (*path, 0), {"date"})
    period = reader.period(items[1], (*path, 1))
    return Within("dated_within", reader.value_of(found), period) if found and period else None


OPERATOR = Operator(
    name="dated_within",
    gives="condition",
    read=read,
    schema={
        "type": "array",
        "prefixItems": [{"type": "string"}, {"$ref": "#/$defs/period"}],
        "minItems": 2,
        "maxItems": 2,
    },
    needs=message("a date {required}"),
    cases=(
        Case("{dated_within: [day, quarter]}", {"day": "2025-01-01"}, "pass"),
        Case("{dated_within: [day, quarter]}", {"day": "2025-03-31"}, "pass"),
        Case("{dated_within: [day, quarter]}", {"day": "2024-12-31"}, "fail"),
        Case("{dated_within: [day, quarter]}", {"day": "2025-04-01"}, "fail"),
        Case("{dated_within: [day, quarter]}", {"day": "absent"}, "fail"),
        Case("{dated_within: [day, quarter]}", {}, "undetermined"),
        Case("{dated_within: [day, {to: {year: 0, day: 11-14}}]}", {"day": "2019-01-01"}, "pass"),
        Case("{dated_within: [day, {to: {year: 0, day: 11-14}}]}", {"day": "absent"}, "fail"),
        Case("{dated_within: [day, {from: 2025-07-01}]}", {"day": "2025-06-30"}, "fail"),
    ),
)
