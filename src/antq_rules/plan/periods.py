"""Days of a year judged."""

from __future__ import annotations

import datetime

from antq_rules.model.expression import Day, Days, Period

FIRST_DAY = 1
LAST_DAY = datetime.date.max.toordinal()


def ordinal(day: Day, year: int) -> int:
    """The ordinal of a day, relative to ``year`` unless it is fixed."""
    return datetime.date(day.year if day.absolute else year + day.year, day.month, day.day).toordinal()


def days(period: Period, year: int) -> Days:
    """The ordinals of a period's first and last day; an open side reaches to the end of the calendar."""
    first = FIRST_DAY if period.first is None else ordinal(period.first, year)
    last = LAST_DAY if period.last is None else ordinal(period.last, year)
    return Days(first, last)
