"""Two results side by side as a workbook: counts and shares, who gained, who lost and by which criteria."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from antq_rules.assessment.comparing import (
    OPEN,
    Comparison,
    Count,
    CriterionChange,
    KindChange,
    Side,
    Sort,
    Standing,
    UnitChange,
    citation_text,
)
from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED
from antq_rules.reporters.comparison_text import (
    AFTER,
    AFTER_SIDE,
    BECAME,
    BEFORE,
    BEFORE_SIDE,
    GATHERED,
    HEADING,
    KIND,
    MORE,
    NAME,
    NO_CRITERION,
    NOTE,
    NOTHING,
    OVERLAY,
    POINTS,
    READING,
    RULESET,
    SHARE,
    SORTS,
    STANDINGS,
    SUMMARY,
    TWICE,
    UNKNOWN_KIND,
)
from antq_rules.reporters.lines import MARKS, STATUSES
from antq_rules.reporters.text_format import ID, WHOLE
from antq_rules.reporters.workbook.book import CLAUSE, COMMUNE, CRITERION, CRITERION_ID
from antq_rules.reporters.workbook.cells import Cell, Column, PercentagePoints, Signed
from antq_rules.reporters.workbook.worksheets import Book, Table

OF = message("of")
BY_COMMUNE = message("By commune")
ABOUT_COMMUNES = message("The units below each one, however deep: how many pass, before and after.")
NO_COMMUNES = message("No unit has others below it.")
NO_GROUPS = message("The input holds no province or district.")
GAINED = message("Gained")
ABOUT_GAINED = message("Units that pass now and did not before, with the criteria that were not met before.")
LOST = message("Lost")
ABOUT_LOST = message("Units that passed before and do not now, with the criteria that are not met any more.")
CHANGED = message("Otherwise changed")
ABOUT_CHANGED = message("Units with another outcome that pass neither before nor after, with what is not met now.")
COME_AND_GONE = message("New or gone")
ABOUT_COME_AND_GONE = message("Units that one of the two results lacks or did not judge.")
NOBODY = message("There is no such unit.")
BY_CRITERION = message("By criterion")
ABOUT_CRITERIA = message("The outcomes of each criterion over all units, before and after.")
NO_CRITERIA = message("No unit was judged by a criterion.")
MORE_OPEN = message("More or fewer not met")
BY_WHICH = message("By which criteria")
WHAT_BECAME = message("What became of it")

UNITS = {
    Sort.GAINED: (GAINED, ABOUT_GAINED),
    Sort.LOST: (LOST, ABOUT_LOST),
    Sort.CHANGED: (CHANGED, ABOUT_CHANGED),
}
SHOWN = (PASS, FAIL, UNDETERMINED, NOT_APPLICABLE)


def compare(comparison: Comparison, stream: BinaryIO) -> None:
    """Write the workbook in the language of the comparison."""
    before, after = comparison.before, comparison.after
    template = TWICE if before.input_sha256 == after.input_sha256 else HEADING
    title = translator(comparison.language)(template).format(before=before.period, after=after.period)
    with Book(stream, comparison.language, title) as book:
        _Writer(comparison, book).write()


class _Writer:
    def __init__(self, comparison: Comparison, book: Book) -> None:
        self.comparison = comparison
        self.book = book
        self.say = book.say
        self.summary = book.sheet(self.say(SUMMARY))
        self.names = {
            unit: one.name
            for year in (comparison.first, comparison.second)
            for unit, one in year.everybody().items()
            if one.name is not None
        }

    def write(self) -> None:
        for sort, (name, about) in UNITS.items():
            self.changes(name, about, self.comparison.of(sort))
        self.come_and_gone()
        self.communes()
        self.criteria()
        self.overview()

    # The first sheet

    def overview(self) -> None:
        sheet, comparison = self.summary, self.comparison
        sheet.widths(34, 26, *[11] * 8)
        sheet.write([self.book.title], "title")
        self.side(BEFORE_SIDE, comparison.before, comparison.after)
        self.side(AFTER_SIDE, comparison.after, comparison.before)
        sheet.skip()
        sheet.write([self.say(SUMMARY)], "heading")
        if comparison.kinds:
            sheet.header(*self.columns(NAME, KIND), *self.counts())
            for change in comparison.kinds:
                sheet.write([self.say(WHOLE), change.title, *self.counted(change)])
        else:
            sheet.write([self.say(NOTHING)], "about")
        sheet.skip()
        self.book.write_contents()
        self.became()
        sheet.write([self.say(GATHERED)], "heading")
        gathering = {*comparison.first.gatherings, *comparison.second.gatherings}
        groups = [group for group in comparison.groups if group.unit in gathering]
        if groups:
            sheet.header(*self.columns(NAME, KIND), *self.counts())
            for group in groups:
                for change in group.kinds:
                    sheet.write([group.name or group.unit, change.title, *self.counted(change)])
        else:
            sheet.write([self.say(NO_GROUPS)], "about")
        sheet.skip()

    def side(self, template: str, side: Side, other: Side) -> None:
        status = self.say(STATUSES[side.status]) if side.status in STATUSES else side.status
        told = [
            f"{self.say(template, title=side.title or side.ruleset)} · {side.period}",
            self.say(RULESET, id=side.ruleset, version=side.version, status=status),
            *(self.say(OVERLAY, id=overlay.id, version=overlay.version) for overlay in side.overlays),
            *(
                self.say(READING, name=name, choice=choice)
                for name, choice in side.readings.items()
                if side.ruleset == other.ruleset and other.readings.get(name) != choice
            ),
            *(self.say(NOTE, note=note.text) for note in side.notes),
        ]
        for line in told:
            self.summary.write([line], "plain")

    def became(self) -> None:
        """How many units of each kind became what."""
        counts: dict[str, Counter[Sort]] = {}
        for change in self.comparison.units:
            counts.setdefault(self.kind(change), Counter())[change.sort] += 1
        if not counts:
            return
        self.summary.write([self.say(BECAME)], "heading")
        titles = [self.say(NAME), self.say(KIND), *(self.say(SORTS[sort]) for sort in Sort)]
        self.summary.header(*(Column(title, 0) for title in titles))
        for kind, row in counts.items():
            self.summary.write([self.say(WHOLE), kind, *(row[sort] for sort in Sort)])
        self.summary.skip()

    # Counts

    def columns(self, *titles: str) -> list[Column]:
        return [self.book.column(title, 0) for title in titles]

    def counts(self) -> list[Column]:
        """Both sides, and the difference."""
        passed = self.book.words[PASS]
        sides = [
            column
            for side in (self.say(BEFORE), self.say(AFTER))
            for column in (Column(passed, 9, side), self.book.column(OF, 9, side), self.book.column(SHARE, 10, side))
        ]
        return [*sides, self.book.column(MORE, 10), self.book.column(POINTS, 10)]

    def counted(self, change: KindChange) -> Iterator[Cell]:
        for count in (change.before, change.after):
            yield from (None, None, None) if count is None else (count.passed, count.applicable, count.share)
        yield None if change.more is None else Signed(change.more)
        yield None if change.points is None else PercentagePoints(change.points)

    def communes(self) -> None:
        columns = [self.book.column(title, width) for title, width in ((ID, 18), (NAME, 30), (COMMUNE, 24), (KIND, 18))]
        table = self.book.table(BY_COMMUNE, ABOUT_COMMUNES, [*columns, *self.counts()])
        for group in self.comparison.groups:
            for change in group.kinds:
                table.append([group.unit, group.name, self.name(group.parent), change.title, *self.counted(change)])
        table.finish(self.say(NO_COMMUNES))

    def criteria(self) -> None:
        sides = [
            Column(self.book.words[outcome], 11, side)
            for side in (self.say(BEFORE), self.say(AFTER))
            for outcome in SHOWN
        ]
        column = self.book.column
        titles = [column(CRITERION_ID, 20), column(CRITERION, 56), column(CLAUSE, 30)]
        table = self.book.table(BY_CRITERION, ABOUT_CRITERIA, [*titles, *sides, column(MORE_OPEN, 13)])
        for tally in self.comparison.criteria:
            table.append(
                [
                    tally.criterion,
                    tally.title,
                    citation_text(tally.citation, self.comparison.language),
                    *_outcomes(tally.before),
                    *_outcomes(tally.after),
                    None if tally.more_open is None else Signed(tally.more_open),
                ]
            )
        table.finish(self.say(NO_CRITERIA))

    # Units

    def changes(self, name: str, about: str, changes: Iterable[UnitChange]) -> None:
        table = self.units(name, about)
        for change in changes:
            telling = [one for one in change.criteria if _tells(one, change.sort)]
            lines = [self.criterion(one) for one in telling] or [self.say(NO_CRITERION)]
            table.append([*self.unit(change), change.before, change.after, "\n".join(lines)])
        table.finish(self.say(NOBODY))

    def come_and_gone(self) -> None:
        table = self.units(COME_AND_GONE, ABOUT_COME_AND_GONE, self.book.column(WHAT_BECAME, 16))
        for change in self.comparison.of(Sort.ARRIVED, Sort.LEFT, Sort.NOT_JUDGED):
            lines = [*change.faults, *(self.criterion(one) for one in change.criteria if _tells(one, change.sort))]
            before = change.before or self.standing(change.standing_before, self.comparison.before)
            after = change.after or self.standing(change.standing_after, self.comparison.after)
            table.append([*self.unit(change), self.say(SORTS[change.sort]), before, after, "\n".join(lines)])
        table.finish(self.say(NOBODY))

    def units(self, name: str, about: str, *more: Column) -> Table:
        titles = ((ID, 18), (NAME, 30), (KIND, 18), (COMMUNE, 24))
        outcomes = ((BEFORE, 18), (AFTER, 18), (BY_WHICH, 90))
        first, last = ([self.book.column(title, width) for title, width in some] for some in (titles, outcomes))
        return self.book.table(name, about, [*first, *more, *last])

    def unit(self, change: UnitChange) -> tuple[Cell, ...]:
        return change.unit, change.name, self.kind(change), self.name(change.parent)

    def criterion(self, change: CriterionChange) -> str:
        outcome = change.after if change.after in OPEN else change.before
        mark = "" if outcome is None else f"{MARKS[outcome]} "
        place = citation_text(change.citation, self.comparison.language)
        reasons = "".join(f"\n   {reason}" for reason in change.reasons)
        return f"{mark}{place}: {change.title} [{change.criterion}]{reasons}"

    def standing(self, standing: Standing, side: Side) -> str:
        return self.say(STANDINGS[standing], ruleset=side.ruleset) if standing in STANDINGS else ""

    def kind(self, change: UnitChange) -> str:
        if change.kind is None:
            return self.say(UNKNOWN_KIND)
        return self.comparison.kind_titles.get(change.kind, change.kind)

    def name(self, unit: str | None) -> str | None:
        return None if unit is None else self.names.get(unit, unit)


def _outcomes(count: Count | None) -> Iterator[Cell]:
    yield from (None if count is None else count.outcomes[outcome] for outcome in SHOWN)


def _tells(criterion: CriterionChange, sort: Sort) -> bool:
    """Whether a criterion says why: what was open before a gain or a leave, what is open after all else."""
    return (criterion.before if sort in (Sort.GAINED, Sort.LEFT) else criterion.after) in OPEN
