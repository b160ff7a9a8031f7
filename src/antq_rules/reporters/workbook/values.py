"""Values of reasons and shortfalls as cells of a table: counts as numbers, everything else in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from antq_rules.explain.reasons import BETWEEN, SINCE, SPAN, UNTIL
from antq_rules.explain.wording import WORDS, percentage
from antq_rules.model.verdict import Reason, Shortfall
from antq_rules.plan.compiling import PlannedCriterion
from antq_rules.reporters.phrasing import Phrasing

SHARES = frozenset({"share_at_least", "share_more_than", "every"})
"""Operators that ask for a share."""


class ShownValues:
    """Shows what a criterion saw and asks for.

    Args:
        phrasing: Of the kind of unit.
        criterion: None for the scope and the decision of a standard.
    """

    def __init__(self, phrasing: Phrasing, criterion: PlannedCriterion | None) -> None:
        self.phrasing = phrasing
        self.choices: dict[str, str] = {}
        for name in sorted(criterion.fields if criterion is not None else phrasing.fields):
            known = phrasing.field(name)
            for one in () if known is None else (known, *known.columns.values()):
                for choice in one.choices:
                    self.choices.setdefault(choice.name, phrasing.wording.label(choice.title))

    def observed(self, reason: Reason) -> str | int | None:
        """What was seen; “not known” where something is missing and nothing was seen."""
        if reason.observed is None:
            return self._word("unknown") if reason.missing else None
        return self.shown(reason.observed)

    def required(self, reason: Reason) -> str | int | None:
        """What is asked for."""
        if reason.code in SHARES and isinstance(reason.required, str):
            return percentage(Fraction(reason.required))
        return None if reason.required is None else self.shown(reason.required)

    def shown(self, value: Any) -> str | int:
        """A value of a reason."""
        if isinstance(value, bool):
            return self._word("true" if value else "false")
        if isinstance(value, int):
            return value
        if isinstance(value, Mapping):
            return self._span(value)
        if isinstance(value, list | tuple):
            return ", ".join(str(self.shown(item)) for item in value) or self._word("none")
        return self._text(str(value))

    def _text(self, text: str) -> str:
        if text in self.choices:
            return self.choices[text]
        if text == "absent":
            return self._word("absent")
        try:
            return self.phrasing.wording.day(date.fromisoformat(text).toordinal())
        except ValueError:
            decimal = self.phrasing.wording.language == "vi" and text.replace(".", "", 1).lstrip("-").isdecimal()
            return text.replace(".", ",") if decimal else text

    def _span(self, value: Mapping[str, Any]) -> str:
        say = self.phrasing.say
        if "least" in value:
            return say(SPAN, low=self._end(value["least"]), high=self._end(value["most"]))
        first, last = value.get("from"), value.get("to")
        template = BETWEEN if first and last else SINCE if first else UNTIL
        return say(template, first=self._end(first), last=self._end(last))

    def _end(self, value: Any) -> str:
        return "?" if value is None else str(self.shown(value))

    def _word(self, name: str) -> str:
        return self.phrasing.wording.translate(WORDS[name])


def changes_of(shortfall: Shortfall) -> Iterator[Shortfall]:
    """The change behind each line of ``Phrasing.lacking``; another way of several changes is itself a choice."""
    if shortfall.kind != "choose":
        yield shortfall
        return
    first, *others = shortfall.options
    yield from first
    for option in others:
        yield option[0] if len(option) == 1 else Shortfall("choose", options=(option,))


def change_cells(change: Shortfall, phrasing: Phrasing) -> tuple[str | int | None, ...]:
    """The field of a change, what it holds, what it is to hold, and the difference."""
    if change.children is not None:
        return (
            phrasing.wording.label(phrasing.wording.groups[change.children].title),
            change.have,
            change.need,
            _by(change),
        )
    if change.field is None:
        return None, None, None, None
    if change.record is not None:
        return change.field, None, phrasing.record(change.field, change.record), _by(change)
    have, need = (_value(phrasing, change.field, value) for value in (change.have, change.need))
    return change.field, have, need, _by(change)


def _value(phrasing: Phrasing, field: str, value: Any) -> str | int:
    return value if isinstance(value, int) and not isinstance(value, bool) else phrasing.value(field, value)


def _by(change: Shortfall) -> str | int | None:
    if isinstance(change.by, Decimal):
        return str(change.by)
    return change.by
