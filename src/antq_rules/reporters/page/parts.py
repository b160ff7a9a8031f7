"""Parts that the pages of a result and of two results share: figures, bars, places and tables of repeated values."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from antq_rules.assessment.comparing import Count, citation_text, decimal_text
from antq_rules.explain.catalogue import translator
from antq_rules.explain.wording import Wording
from antq_rules.frozen import frozen
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.ruleset import Citation
from antq_rules.operators.base import printable
from antq_rules.reporters.lines import MARKS, OUTCOMES

COUNTED = (PASS, FAIL, UNDETERMINED, NOT_APPLICABLE)
LETTERS: Mapping[Outcome, str] = {PASS: "p", FAIL: "f", UNDETERMINED: "u", NOT_APPLICABLE: "n"}
"""Outcomes in the rows of the page: one letter each."""

UNITS_A_CHUNK = 100
"""Units whose explanations are read together when one of them is opened."""

ROWS_A_CHUNK = 2000
"""Rows of units that are written, and read, together."""

LONGEST_CHART = 30
"""Lines of a chart that has one for each commune or criterion."""

Item = TypeVar("Item")


@frozen
class Segment:
    """A stretch of a bar, in per cent of its length as text."""

    letter: str
    start: str
    width: str


class Figures:
    """Counts, shares and outcomes in words of a language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.translate = translator(language)
        self._wording = Wording(language, {}, {}, {})

    def count(self, number: int) -> str:
        """A whole number with the separators of the language."""
        return self._wording.count(number)

    def signed(self, number: int) -> str:
        """A difference with its sign."""
        return f"+{self.count(number)}" if number > 0 else self.count(number)

    def share(self, count: Count | None) -> str | None:
        """The share that passes, in per cent; None where the standard applies to none."""
        if count is None or count.share is None:
            return None
        return f"{decimal_text(count.share * 100, self.language)}\N{NO-BREAK SPACE}%"

    def points(self, points: Fraction | None) -> str | None:
        """A difference in percentage points, with its sign."""
        return None if points is None else decimal_text(points, self.language, signed=True)

    def place(self, citation: Citation, *, instrument: bool) -> str:
        """A place in the law, with its instrument where that is asked."""
        return citation_text(citation, self.language) if instrument else self._wording.citation(citation)

    def word(self, outcome: Outcome) -> str:
        """An outcome in words."""
        return self.translate(OUTCOMES[outcome])

    def outcomes(self) -> dict[str, dict[str, str]]:
        """Letters, marks and words of the outcomes, as the program of the page needs them."""
        return {LETTERS[one]: {"mark": MARKS[one], "word": self.word(one)} for one in COUNTED}


def width(share: Fraction | None) -> str:
    """A share as the length of a bar."""
    return f"{decimal_text(share * 100, 'en')}%" if share is not None else "0%"


def bar(counts: Mapping[Outcome, int], whole: int | None = None) -> list[Segment]:
    """The stretches of a bar that shows how many came to which outcome.

    Args:
        counts: Of the outcomes that are shown, in this order.
        whole: What the full length stands for; by default the sum.
    """
    whole = whole or sum(counts.values()) or 1
    found, start = [], 0
    for outcome, count in counts.items():
        if count:
            found.append(Segment(LETTERS[outcome], width(Fraction(start, whole)), width(Fraction(count, whole))))
        start += count
    return found


def outcome_bar(count: Count) -> list[Segment]:
    """The stretches of a bar of all outcomes."""
    return bar({outcome: count.outcomes[outcome] for outcome in COUNTED})


def open_bar(count: Count, whole: int) -> list[Segment]:
    """The stretches of a bar of what is not met, or not yet known to be."""
    return bar({outcome: count.outcomes[outcome] for outcome in (FAIL, UNDETERMINED)}, whole)


class Interned:
    """Values that repeat, each kept once; a row names them by their numbers."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def __call__(self, value: Hashable) -> int:
        """The number of a value."""
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> list[Any]:
        """All values, in the order of their numbers."""
        return list(self._numbers)


@frozen
class Place:
    """A unit that has others below it; ``above`` is the number of the place to which it belongs, or -1."""

    unit: str
    name: str | None
    kind: str | None
    above: int


@frozen
class Member:
    """A unit of the input, as far as its place is concerned."""

    unit: str
    kind: str | None
    name: str | None
    parent: str | None


class Places:
    """All places, grouping units first, each with its number; no place lies below itself.

    Args:
        members: All units of the input, the grouping ones too.
        gathering: The ids of the grouping ones.
    """

    def __init__(self, members: Iterable[Member], gathering: Iterable[str]) -> None:
        self._members = {member.unit: member for member in members}
        above = dict.fromkeys(member.parent for member in self._members.values() if member.parent is not None)
        self._numbers = {unit: number for number, unit in enumerate(dict.fromkeys((*gathering, *above)))}

    def number(self, unit: str | None) -> int:
        """The number of a place, or -1 where there is none."""
        return -1 if unit is None else self._numbers.get(unit, -1)

    def over(self, member: Member) -> Iterator[str]:
        """The places above a unit, from the nearest."""
        above, seen = member.parent, {member.unit}
        while above is not None and above not in seen:
            yield above
            seen.add(above)
            found = self._members.get(above)
            above = found.parent if found else None

    def __iter__(self) -> Iterator[Place]:
        for unit in self._numbers:
            member = self._members.get(unit) or Member(unit, None, None, None)
            # Where units lie below one another in a circle, none of them is shown below another.
            circle = unit in {one for above in self.over(member) for one in self._parents(above)}
            yield Place(printable(unit), member.name, member.kind, -1 if circle else self.number(member.parent))

    def _parents(self, unit: str) -> Iterator[str]:
        member = self._members.get(unit)
        if member is not None and member.parent is not None:
            yield member.parent

    def rows(self, kinds: Mapping[str, str]) -> list[list[Any]]:
        """The places as the program of the page reads them: id, name, title of the kind, place above."""
        return [[place.unit, place.name, kinds.get(place.kind or ""), place.above] for place in self]


def in_batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
