"""Two results side by side for people: counts and shares, who gained, who lost and by which criteria."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from antq_rules.assessment.comparing import (
    OPEN,
    Comparison,
    Count,
    CriterionChange,
    CriterionTally,
    KindChange,
    Sort,
    Standing,
    UnitChange,
    citation_text,
    decimal_text,
    open_ones,
)
from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.model.outcome import NOT_APPLICABLE, Outcome
from antq_rules.reporters.lines import (
    MARKS,
    OUTCOMES,
    STATUSES,
    STYLES,
    console_for,
    print_indented,
    print_whole,
)

if TYPE_CHECKING:
    from antq_rules.assessment.comparing import Side

HEADING = message("Comparison: year {before} and year {after}")
TWICE = message("Comparison: year {before} judged in two ways")
BEFORE_SIDE = message("Before: {title}")
AFTER_SIDE = message("After: {title}")
RULESET = message("Ruleset {id} {version}, {status}")
OVERLAY = message("Overlay {id} {version}")
READING = message("Reading {name}: {choice}")
NOTE = message("Note: {note}")
SUMMARY = message("Summary")
GATHERED = message("By province and district")
BECAME = message("What became of the units")
CRITERIA = message("Criteria that changed most")
KIND = message("Kind of unit")
NAME = message("Name")
BEFORE = message("Before")
AFTER = message("After")
SHARE = message("Share reached")
MORE = message("More or fewer")
POINTS = message("% points")
CRITERION = message("Criterion")
OPEN_BEFORE = message("Not met before")
OPEN_AFTER = message("Not met after")
SORTS = {
    Sort.GAINED: message("Gained"),
    Sort.LOST: message("Lost"),
    Sort.CHANGED: message("Otherwise changed"),
    Sort.SAME: message("Same"),
    Sort.ARRIVED: message("New"),
    Sort.LEFT: message("Gone"),
    Sort.NOT_JUDGED: message("Not judged"),
}
SECTIONS = {
    Sort.GAINED: message("Who gained, by the criteria that were not met before"),
    Sort.LOST: message("Who lost, by the criteria that are not met any more"),
    Sort.CHANGED: message("Whose outcome changed otherwise, by the criteria that are not met"),
    Sort.ARRIVED: message("New units, by the criteria that are not met"),
    Sort.LEFT: message("Units that are gone, by the criteria that were not met"),
}
NOT_JUDGED = message("Not judged on one side or on both")
STANDINGS = {
    Standing.REFUSED: message("refused, since the input has errors"),
    Standing.NOT_JUDGED: message("not judged under {ruleset}, which does not know this kind"),
    Standing.ABSENT: message("not in the input"),
}
ALL_NEW = message("before there was no unit of this kind")
ALL_GONE = message("afterwards there is no unit of this kind")
NO_CRITERION = message("By no single criterion")
OTHERS = message("and {count} more criteria")
UNKNOWN_KIND = message("kind not known")
NOTHING = message("Neither side holds a unit that is judged.")

MOST_CRITERIA = 10
"""Rows of the table of criteria; the other formats have them all."""

Key = tuple[str, Outcome | None, Outcome | None, tuple[str, ...]]


def compare(comparison: Comparison, stream: TextIO) -> None:
    """Write the comparison in its language."""
    _Writer(comparison, console_for(stream)).write()


class _Writer:
    def __init__(self, comparison: Comparison, console: Console) -> None:
        self.comparison = comparison
        self.console = console
        self.language = comparison.language
        self.translate = translator(comparison.language)

    def say(self, template: str, **values: object) -> str:
        return self.translate(template).format(**values)

    def write(self) -> None:
        comparison = self.comparison
        self.heading()
        if not comparison.kinds:
            self.section(NOTHING)
        else:
            self.table(SUMMARY, self.summary())
            gathering = [group for group in comparison.groups if group.unit in self.gatherings()]
            if len(gathering) > 1:
                table = self.changes(NAME, KIND)
                for group in gathering:
                    name = group.name or group.unit
                    for change in group.kinds:
                        self.change(table, change, name)
                        name = ""
                self.table(GATHERED, table)
            self.table(BECAME, self.became())
        for sort in SECTIONS:
            self.units(sort)
        self.not_judged()
        self.criteria()

    def gatherings(self) -> set[str]:
        return {*self.comparison.first.gatherings, *self.comparison.second.gatherings}

    # By what

    def heading(self) -> None:
        before, after = self.comparison.before, self.comparison.after
        twice = (before.input_sha256, before.period) == (after.input_sha256, after.period)
        template = TWICE if twice else HEADING
        self.line(self.say(template, before=before.period, after=after.period))
        self.side(BEFORE_SIDE, before, after)
        self.side(AFTER_SIDE, after, before)

    def side(self, template: str, side: Side, other: Side) -> None:
        self.line(self.say(template, title=side.title or side.ruleset), style="")
        status = self.say(STATUSES[side.status]) if side.status in STATUSES else side.status
        told = [self.say(RULESET, id=side.ruleset, version=side.version, status=status)]
        told += [self.say(OVERLAY, id=overlay.id, version=overlay.version) for overlay in side.overlays]
        told += [
            self.say(READING, name=name, choice=choice)
            for name, choice in side.readings.items()
            if side.ruleset == other.ruleset and other.readings.get(name) != choice
        ]
        told += [self.say(NOTE, note=note.text) for note in side.notes]
        for line in told:
            self.line(line, 2, "")

    # Counts

    def summary(self) -> Table:
        table = self.changes(KIND)
        for change in self.comparison.kinds:
            self.change(table, change)
        return table

    def changes(self, *titles: str) -> Table:
        table = self.columns(*titles)
        for title in (BEFORE, SHARE, AFTER, SHARE, MORE, POINTS):
            table.add_column(self.say(title), justify="right")
        return table

    def change(self, table: Table, change: KindChange, *before: str) -> None:
        table.add_row(
            *before,
            change.title,
            *self.share(change.before),
            *self.share(change.after),
            "" if change.more is None else f"{change.more:+d}" if change.more else "0",
            "" if change.points is None else decimal_text(change.points, self.language, signed=True),
        )

    def share(self, count: Count | None) -> tuple[str, str]:
        """Those that pass of those to which the standard applies, and in percent."""
        if count is None:
            return "", ""
        share = count.share
        percent = "" if share is None else f"{decimal_text(share * 100, self.language)} %"
        return f"{self.number(count.passed)}/{self.number(count.applicable)}", percent

    def became(self) -> Table:
        counts: dict[str, dict[Sort, int]] = {}
        for change in self.comparison.units:
            row = counts.setdefault(self.kind(change), dict.fromkeys(Sort, 0))
            row[change.sort] += 1
        present = [sort for sort in Sort if any(row[sort] for row in counts.values())]
        table = self.columns(KIND)
        for sort in present:
            table.add_column(self.say(SORTS[sort]), justify="right")
        for kind, row in counts.items():
            table.add_row(kind, *(self.number(row[sort]) for sort in present))
        return table

    def kind(self, change: UnitChange) -> str:
        if change.kind is None:
            return self.say(UNKNOWN_KIND)
        return self.comparison.kind_titles.get(change.kind, change.kind)

    # Units

    def units(self, sort: Sort) -> None:
        """The units of which one thing became: together those that share kind, outcomes and criteria."""
        groups: dict[Key, list[UnitChange]] = {}
        criteria: dict[str, CriterionChange] = {}
        for change in self.comparison.of(sort):
            if Standing.REFUSED in (change.standing_before, change.standing_after):
                continue
            telling = [one for one in change.criteria if _tells(one, sort)]
            criteria |= {one.criterion: one for one in telling}
            key = (self.kind(change), change.before, change.after, tuple(one.criterion for one in telling))
            groups.setdefault(key, []).append(change)
        if not groups:
            return
        self.section(SECTIONS[sort])
        ranks = {id: rank for rank, id in enumerate(self.comparison.names)}
        kinds = list(dict.fromkeys(key[0] for key in groups))
        told: tuple[object, ...] = ()
        for key in sorted(groups, key=lambda key: _order(key, kinds, ranks)):
            if key[:3] != told:
                told = key[:3]
                self.way(key, [change for other in groups if other[:3] == told for change in groups[other]])
            if self.is_whole_kind(key[0], sort):
                continue
            for id in key[3]:
                print_indented(self.console, self.criterion(criteria[id]), 4)
            if not key[3] and sort in (Sort.GAINED, Sort.LOST) and NOT_APPLICABLE not in key[1:3]:
                self.line(self.say(NO_CRITERION), 4, "")
            self.line("; ".join(_label(change) for change in groups[key]), 6 if key[3] else 4, "")

    def way(self, key: Key, changes: list[UnitChange]) -> None:
        """From which outcome to which, and how many."""
        kind, before, after, _ = key
        head = Text(f"{kind}: ")
        outcomes = [outcome for outcome in (before, after) if outcome is not None]
        for position, outcome in enumerate(outcomes):
            head.append(" → " if position else "").append(self.say(OUTCOMES[outcome]), STYLES[outcome])
        if not outcomes:
            head.append(self.standing(changes[0]))
        head.append(f" ({self.number(len(changes))})")
        sort = changes[0].sort
        if self.is_whole_kind(kind, sort):
            head.append(f"; {self.say(ALL_NEW if sort is Sort.ARRIVED else ALL_GONE)}")
        self.console.print()
        print_indented(self.console, head, 2)

    def is_whole_kind(self, kind: str, sort: Sort) -> bool:
        """Whether one of the inputs has no unit of the kind at all, so that it says little to name them."""
        return self.sorts[kind] == {sort} and sort in (Sort.ARRIVED, Sort.LEFT)

    @cached_property
    def sorts(self) -> Mapping[str, set[Sort]]:
        """What became of the units of each kind."""
        found: dict[str, set[Sort]] = {}
        for change in self.comparison.units:
            found.setdefault(self.kind(change), set()).add(change.sort)
        return found

    def criterion(self, criterion: CriterionChange | CriterionTally) -> Text:
        place = citation_text(criterion.citation, self.language)
        mark = Text()
        if isinstance(criterion, CriterionChange):
            outcome = criterion.after if criterion.after in OPEN else criterion.before
            assert outcome is not None
            mark = Text.assemble((MARKS[outcome], STYLES[outcome]), " ")
        return mark.append(place, "bold").append(f": {criterion.title} ").append(f"[{criterion.criterion}]", "dim")

    def not_judged(self) -> None:
        """The units that one side or both did not judge, each with the reason."""
        changes = [
            change
            for change in self.comparison.units
            if change.sort is Sort.NOT_JUDGED or Standing.REFUSED in (change.standing_before, change.standing_after)
        ]
        if not changes:
            return
        self.section(NOT_JUDGED)
        self.console.print()
        for change in changes:
            before = self.stands(change.standing_before, change.before, self.comparison.before)
            after = self.stands(change.standing_after, change.after, self.comparison.after)
            style = "red" if change.is_loss else ""
            self.line(f"{_label(change)} ({self.kind(change)}): {before} → {after}", 2, style)
            for fault in change.faults:
                self.line(fault, 6, "")

    def standing(self, change: UnitChange) -> str:
        side = self.comparison.before if change.standing_after is Standing.ABSENT else self.comparison.after
        standing = change.standing_before if change.standing_after is Standing.ABSENT else change.standing_after
        return self.stands(standing, None, side)

    def stands(self, standing: Standing, outcome: Outcome | None, side: Side) -> str:
        if outcome is not None:
            return self.say(OUTCOMES[outcome])
        return self.say(STANDINGS[standing], ruleset=side.ruleset)

    # Criteria

    def criteria(self) -> None:
        """The criteria with the greatest differences; those of one ruleset alone by how many do not meet them."""
        moved = [tally for tally in self.comparison.criteria if self.movement(tally)]
        if not moved:
            return
        table = self.columns(CRITERION)
        for title in (OPEN_BEFORE, OPEN_AFTER, MORE):
            table.add_column(self.say(title), justify="right")
        for tally in sorted(moved, key=self.movement, reverse=True)[:MOST_CRITERIA]:
            table.add_row(
                self.criterion(tally),
                *("" if count is None else self.number(open_ones(count)) for count in (tally.before, tally.after)),
                "" if tally.more_open is None else f"{tally.more_open:+d}",
            )
        self.table(CRITERIA, table)
        if len(moved) > MOST_CRITERIA:
            self.line(self.say(OTHERS, count=len(moved) - MOST_CRITERIA), 0, "")

    def movement(self, tally: CriterionTally) -> int:
        """How much a criterion changed; one of both rulesets that no unit of one side was judged by did not."""
        if tally.more_open is not None:
            return abs(tally.more_open)
        if tally.criterion in self.comparison.first.criteria and tally.criterion in self.comparison.second.criteria:
            return 0
        return max(open_ones(count) for count in (tally.before, tally.after) if count is not None)

    # Lines

    def number(self, number: int) -> str:
        text = f"{number:,}"
        return text.replace(",", ".") if self.language == "vi" else text

    def columns(self, *titles: str) -> Table:
        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
        for title in titles:
            table.add_column(self.say(title), overflow="fold")
        return table

    def table(self, title: str, table: Table) -> None:
        self.section(title)
        print_whole(self.console, table)

    def section(self, title: str) -> None:
        self.console.print()
        self.line(self.say(title))

    def line(self, text: str, indent: int = 0, style: str = "bold") -> None:
        print_indented(self.console, Text(text, style=style), indent)


def _tells(criterion: CriterionChange, sort: Sort) -> bool:
    """Whether a criterion says why: what was open before a gain or a leave, what is open after all else."""
    return (criterion.before if sort in (Sort.GAINED, Sort.LEFT) else criterion.after) in OPEN


def _order(key: Key, kinds: list[str], ranks: Mapping[str, int]) -> tuple[int, list[str], list[int]]:
    kind, before, after, ids = key
    return kinds.index(kind), [str(before), str(after)], [ranks[id] for id in ids]


def _label(change: UnitChange) -> str:
    return f"{change.unit} {change.name}" if change.name else change.unit
