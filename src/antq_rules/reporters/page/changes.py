"""What the page of two results shows: counts before and after, and what became of each unit, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from antq_rules.assessment.comparing import (
    OPEN,
    Comparison,
    Count,
    CriterionTally,
    GroupChange,
    JudgedYear,
    KindChange,
    Side,
    Sort,
    Standing,
    UnitChange,
    open_ones,
)
from antq_rules.frozen import frozen
from antq_rules.model.outcome import Outcome
from antq_rules.model.ruleset import Citation
from antq_rules.operators.base import printable
from antq_rules.reporters.lines import STATUSES
from antq_rules.reporters.page.parts import (
    LETTERS,
    LONGEST_CHART,
    ROWS_A_CHUNK,
    UNITS_A_CHUNK,
    Figures,
    Interned,
    Member,
    Places,
    Segment,
    in_batches,
    open_bar,
)
from antq_rules.reporters.page.words import CHANGES, PROGRAM, SORTS, STANDINGS

STANDING_LETTERS: Mapping[Standing, str] = {
    Standing.REFUSED: "r",
    Standing.NOT_JUDGED: "j",
    Standing.ABSENT: "a",
}
STANDING_MARKS: Mapping[Standing, str] = {Standing.REFUSED: "!", Standing.NOT_JUDGED: "·", Standing.ABSENT: "–"}
NOT_ASKED = "o"
"""The letter of a criterion that one side does not ask for."""

SORT_MARKS: Mapping[Sort, str] = {
    Sort.GAINED: "▲",
    Sort.LOST: "▼",
    Sort.CHANGED: "◆",
    Sort.SAME: "=",
    Sort.ARRIVED: "+",
    Sort.LEFT: "−",
    Sort.NOT_JUDGED: "·",
}


@frozen
class SideLine:
    """By what one side was judged, in words."""

    heading: str
    period: int
    title: str
    ruleset: str
    official: bool
    overlays: Sequence[str]
    readings: Sequence[str]
    notes: Sequence[str]
    input_sha256: str


@frozen
class ChangeLine:
    """Counts before and after of a kind or a place; a side is None where it has no unit that was judged."""

    key: str
    title: str
    under: str
    before: Count | None
    after: Count | None
    kinds: Sequence[KindChange] = ()

    @property
    def points(self) -> Fraction | None:
        """By how many percentage points the share rose."""
        return KindChange(self.key, self.title, self.before, self.after).points

    @property
    def more(self) -> int | None:
        """How many more pass than before."""
        return KindChange(self.key, self.title, self.before, self.after).more


@frozen
class CriterionLine:
    """A criterion with how many units left it open before and after, and their bars."""

    key: str
    title: str
    place: str
    before: int | None
    after: int | None
    more: int | None
    bar_before: Sequence[Segment]
    bar_after: Sequence[Segment]


@frozen
class SortLine:
    """How many units became what."""

    sort: str
    mark: str
    word: str
    count: int


class ChangesPage:
    """The contents of the page of a comparison, in its language."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.language = comparison.language
        self.figures = Figures(self.language)
        sides = (comparison.first, comparison.second)
        self.places = Places(
            (member for side in sides for member in _members(side)),
            (unit for side in reversed(sides) for unit in side.gatherings),
        )

    def say(self, template: str, **values: object) -> str:
        """A template in the language of the page, filled in."""
        return self.figures.translate(template).format(**values)

    # Heading

    @property
    def title(self) -> str:
        """What is compared with what."""
        before, after = self.comparison.before, self.comparison.after
        return self.say(CHANGES["heading"], before=_name(before, after), after=_name(after, before))

    @property
    def sides(self) -> list[SideLine]:
        """By what the two were judged."""
        return [
            self._side(CHANGES[name], side)
            for name, side in (("before", self.comparison.before), ("after", self.comparison.after))
        ]

    def _side(self, heading: str, side: Side) -> SideLine:
        status = self.say(STATUSES[side.status]) if side.status in STATUSES else side.status
        return SideLine(
            self.say(heading),
            side.period,
            side.title or side.ruleset,
            self.say(CHANGES["ruleset"], id=side.ruleset, version=side.version, status=status),
            side.status == "official",
            [f"{overlay.id} {overlay.version}" for overlay in side.overlays],
            [f"{name}: {choice}" for name, choice in side.readings.items()],
            [note.text for note in side.notes],
            side.input_sha256,
        )

    # Counts

    @cached_property
    def became(self) -> list[SortLine]:
        """How many units became what."""
        counts = Counter(change.sort for change in self.comparison.units)
        return [SortLine(sort.value, SORT_MARKS[sort], self.say(SORTS[sort.value]), counts[sort]) for sort in Sort]

    @property
    def by_kind(self) -> list[ChangeLine]:
        """Counts of each kind."""
        return [ChangeLine(one.kind, one.title, "", one.before, one.after) for one in self.comparison.kinds]

    @cached_property
    def by_group(self) -> list[ChangeLine]:
        """Counts below each grouping unit."""
        return [self._place(one) for one in self.comparison.groups if self._gathers(one)]

    @cached_property
    def by_place(self) -> list[ChangeLine]:
        """Counts below each commune, from that whose share fell most."""
        lines = [self._place(one) for one in self.comparison.groups if not self._gathers(one)]
        return sorted(lines, key=lambda line: (line.points is None, line.points or 0))

    @property
    def first_places(self) -> list[ChangeLine]:
        """The communes that the chart shows."""
        return self.by_place[:LONGEST_CHART]

    def _gathers(self, group: GroupChange) -> bool:
        return group.unit in self.comparison.first.gatherings or group.unit in self.comparison.second.gatherings

    def _place(self, group: GroupChange) -> ChangeLine:
        return ChangeLine(
            printable(group.unit),
            group.name or printable(group.unit),
            self.comparison.kind_titles.get(group.kind or "", "") if self._gathers(group) else "",
            _sum(kind.before for kind in group.kinds),
            _sum(kind.after for kind in group.kinds),
            group.kinds if self._gathers(group) else (),
        )

    @cached_property
    def by_criterion(self) -> list[CriterionLine]:
        """The criteria that some unit leaves open on either side, the most often first."""
        tallies = self.comparison.criteria
        most = max((_most_open(tally) for tally in tallies), default=0)
        return [
            CriterionLine(
                tally.criterion,
                tally.title,
                self._clause(tally.citation),
                None if tally.before is None else open_ones(tally.before),
                None if tally.after is None else open_ones(tally.after),
                tally.more_open,
                open_bar(tally.before, most) if tally.before else (),
                open_bar(tally.after, most) if tally.after else (),
            )
            for tally in sorted(tallies, key=_most_open, reverse=True)
            if _most_open(tally)
        ]

    def _clause(self, citation: Citation) -> str:
        return self.figures.place(citation, instrument=self._several_instruments)

    @cached_property
    def _several_instruments(self) -> bool:
        return len({one.citation.instrument for one in self.comparison.names.values()}) > 1

    # What the program of the page reads

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {id: number for number, id in enumerate(self.comparison.names)}

    @cached_property
    def _kind_numbers(self) -> Mapping[str, int]:
        return {kind: number for number, kind in enumerate(self.comparison.kind_titles)}

    def setup(self) -> dict[str, Any]:
        """What the program needs before the first row."""
        standings = {
            STANDING_LETTERS[one]: {"mark": STANDING_MARKS[one], "word": self.say(STANDINGS[one.value])}
            for one in STANDING_LETTERS
        }
        without = {NOT_ASKED: {"mark": "–", "word": self.say(PROGRAM["without"])}}
        words = {
            **PROGRAM,
            **{name: CHANGES[name] for name in ("before", "after", "became", "by_which")},
        }
        return {
            "language": self.language,
            "words": {name: self.figures.translate(word) for name, word in words.items()},
            "outcomes": self.figures.outcomes() | standings | without,
            "sorts": {line.sort: {"mark": line.mark, "word": line.word} for line in self.became},
            "kinds": [{"id": kind, "title": title} for kind, title in self.comparison.kind_titles.items()],
            "criteria": [
                {"id": id, "title": one.title, "place": self._clause(one.citation), "remarks": []}
                for id, one in self.comparison.names.items()
            ],
            "places": self.places.rows(self.comparison.kind_titles),
            "chunk": UNITS_A_CHUNK,
        }

    def rows(self) -> Iterator[list[list[Any]]]:
        """The units: id, name, number of the kind, what became of it, place above, both outcomes, changed criteria."""
        for changes in in_batches(self.comparison.units, ROWS_A_CHUNK):
            yield [
                [
                    change.unit,
                    change.name,
                    self._kind_numbers.get(change.kind or "", -1),
                    change.sort.value,
                    self.places.number(change.parent),
                    _letter(change.before, change.standing_before),
                    _letter(change.after, change.standing_after),
                    [self._numbers[criterion] for criterion in _changed(change)],
                ]
                for change in changes
            ]

    def explanations(self) -> Iterator[dict[str, Any]]:
        """What tells why each unit came out otherwise, in the order of the rows and so many units at a time.

        ``r`` holds sentences; ``u`` has for each unit its changed criteria (number, before, after, reasons) and what
        is wrong where it was refused.
        """
        for changes in in_batches(self.comparison.units, UNITS_A_CHUNK):
            texts = Interned()
            units = [
                [
                    [
                        [
                            self._numbers[one.criterion],
                            _asked(one.before),
                            _asked(one.after),
                            [texts(reason) for reason in one.reasons],
                        ]
                        for one in change.criteria
                    ],
                    [texts(fault) for fault in change.faults],
                ]
                for change in changes
            ]
            yield {"r": texts.values, "u": units}


def _members(year: JudgedYear) -> Iterator[Member]:
    for one in year.everybody().values():
        yield Member(one.unit, one.kind, one.name, one.parent)


def _name(side: Side, other: Side) -> str:
    """The year of a side, with its ruleset and overlays where they are others."""
    own, others = (" + ".join([one.ruleset, *(overlay.id for overlay in one.overlays)]) for one in (side, other))
    return str(side.period) if own == others else f"{side.period} ({own})"


def _most_open(tally: CriterionTally) -> int:
    return max(open_ones(count) if count else 0 for count in (tally.before, tally.after))


def _sum(counts: Iterable[Count | None]) -> Count | None:
    found = [count for count in counts if count is not None]
    if not found:
        return None
    return Count({outcome: sum(count.outcomes[outcome] for count in found) for outcome in Outcome})


def _letter(outcome: Outcome | None, standing: Standing) -> str:
    return STANDING_LETTERS[standing] if outcome is None else LETTERS[outcome]


def _asked(outcome: Outcome | None) -> str:
    return NOT_ASKED if outcome is None else LETTERS[outcome]


def _changed(change: UnitChange) -> list[str]:
    """The criteria that came out otherwise, as ``UnitChange.criteria`` has them, without their reasons."""
    before = dict(zip(change.was.criteria, change.was.outcomes, strict=True)) if change.was else {}
    after = dict(zip(change.now.criteria, change.now.outcomes, strict=True)) if change.now else {}
    return [
        criterion
        for criterion in dict.fromkeys((*after, *before))
        if (
            before[criterion] is not after[criterion]
            if criterion in before and criterion in after
            else (after.get(criterion) or before.get(criterion)) in OPEN
        )
    ]
