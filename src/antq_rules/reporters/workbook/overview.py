"""The sheets that tell of all units: the summary, the communes, and what could not be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from antq_rules.assessment.comparing import Count, counted
from antq_rules.assessment.result import Tally, manifest_notes
from antq_rules.errors import message
from antq_rules.model.outcome import PASS
from antq_rules.operators.base import printable
from antq_rules.reporters.lines import STATUSES
from antq_rules.reporters.text_format import (
    COUNT,
    GATHERED,
    HEADING,
    ID,
    KIND,
    NAME,
    NOTE,
    NOTHING,
    OUTCOME,
    OVERLAY,
    QUOTA,
    QUOTAS,
    READING,
    RULESET,
    TOTAL,
    WHOLE,
)
from antq_rules.reporters.workbook.book import COMMUNE, COUNTED, NOT_JUDGED, SEE_ROWS, SHARE, STANDARD, ResultBook
from antq_rules.reporters.workbook.cells import Cell, Column, Link, Spot
from antq_rules.reporters.workbook.families import Family
from antq_rules.reporters.workbook.worksheets import Table
from antq_rules.version import __version__

FAMILIES = message("By commune")
ABOUT_FAMILIES = message("Every unit that has others below it: how many of those directly below it pass.")
NO_FAMILIES = message("No unit has others below it.")
NOBODY = message("(no unit above)")
NOT_IN_INPUT = message("not in the input")
GATHERS = message("only gathers others")
ITS_UNITS = message("Its units")
ALL_KINDS = message("All kinds")
OF = message("of")

BY_KIND = message("By kind of unit")
APPLIES = message("Applies to")
HOW_SHARE = message(
    "The share reached is that of the units that pass among those to which the standard applies; those not yet"
    " determined count among them."
)
HOW_BELOW = message("All units below each one, however deep.")
NO_GROUPS = message("The input holds no province or district.")
NO_QUOTAS = message("No quota applies to these units.")
REFUSED = message("{count} units were not judged, since their data have errors; see “{sheet}”.")
NONE_REFUSED = message("Every unit of the input was judged.")
READ_BY_DEFAULT = message("Readings: everywhere that which the ruleset takes by default.")
PLUGIN = message("Plugin {name} {version}")
LEFT_OUT = message("Plugin left out: {name} {version}")
MADE_WITH = message("Made with antq_rules {version}")
INPUT_HASH = message("SHA-256 of the dossiers: {hash}")
PREVIOUS_HASH = message("SHA-256 of last year's dossiers: {hash}")

ABOUT_REFUSED = message("Units whose data have errors got no verdict: mend the data and judge again.")
PLACE = message("Place")
ERROR = message("Error")


class Communes:
    """A row for each unit that has others below it, with a link to them.

    Where each row stands is known from the beginning; they are written when that of the verdicts is known as well.
    """

    def __init__(self, result: ResultBook) -> None:
        self.result = result
        self.say = result.say
        column = result.book.column
        words = result.book.words
        groups = [self.say(ALL_KINDS), *(result.phrasing(kind).kind_title for kind in result.kinds)]
        counts = [[Column(words[PASS], 8, group), column(OF, 8, group)] for group in groups]
        self.table = result.book.table(
            FAMILIES,
            ABOUT_FAMILIES,
            [
                column(ID, 16),
                column(NAME, 26),
                column(KIND, 14),
                column(COMMUNE, 20),
                column(OUTCOME, 14),
                column(ITS_UNITS, 13),
                *counts[0],
                column(SHARE, 10, groups[0]),
                *(one for pair in counts[1:] for one in pair),
                *([column(NOT_JUDGED, 11)] if result.assessment.rejected else []),
            ],
        )
        self.families = tuple(result.families)
        self.spots: Mapping[str | None, Spot] = {
            family.unit: self.table.spot(number) for number, family in enumerate(self.families)
        }

    def write(self, verdicts: Table) -> None:
        """Write all rows, with links to those of the verdicts."""
        for family in self.families:
            self.table.append(self._row(family, verdicts))
        self.table.finish(self.say(NO_FAMILIES))

    def _row(self, family: Family, verdicts: Table) -> Iterator[Cell]:
        yield None if family.unit is None else printable(family.unit)
        yield self.say(NOBODY) if family.unit is None else family.name
        yield self.result.kind(family.kind)
        yield self.result.name(family.parent)
        yield self._outcome(family)
        rows = family.last - family.first + 1
        yield Link(self.say(SEE_ROWS, count=rows), verdicts.spot(family.first, family.last)) if rows else None
        count = counted(member.outcome for member in family.members)
        yield from (count.passed, count.applicable, count.share)
        for kind in self.result.kinds:
            count = counted(member.outcome for member in family.members if member.kind == kind)
            yield from (count.passed, count.applicable) if count.total else (None, None)
        if self.result.assessment.rejected:
            yield family.refused

    def _outcome(self, family: Family) -> Cell:
        if family.verdict is not None:
            return family.verdict.outcome
        if family.group is not None:
            return self.say(GATHERS)
        if family.is_refused:
            return self.say(NOT_JUDGED)
        return None if family.unit is None else self.say(NOT_IN_INPUT)


def write_refused(result: ResultBook) -> None:
    """A row for each fault of the units that could not be judged; no sheet where there are none."""
    assessment = result.assessment
    if not assessment.rejected:
        return
    column = result.book.column
    table = result.book.table(
        NOT_JUDGED,
        ABOUT_REFUSED,
        [column(ID, 20), column(KIND, 18), column(COMMUNE, 26), column(PLACE, 40), column(ERROR, 90)],
    )
    for rejected in assessment.rejected:
        unit = [printable(rejected.unit), result.kind(rejected.kind), result.name(rejected.parent)]
        for fault in rejected.faults:
            place = str(fault.place) if fault.place is not None and fault.place.is_exact else fault.path
            table.append([*unit, printable(place), printable(fault.text(result.book.translate))])
        if not rejected.faults:
            table.append([*unit, None, None])
    table.finish(result.say(NONE_REFUSED))


def write_summary(result: ResultBook, communes: Communes) -> None:
    """The first sheet: by what was judged, the counts, the quotas, and what the workbook holds."""
    _Summary(result, communes).write()


class _Summary:
    def __init__(self, result: ResultBook, communes: Communes) -> None:
        self.result = result
        self.assessment = result.assessment
        self.communes = communes
        self.sheet = result.summary
        self.say = result.say

    def write(self) -> None:
        self.sheet.widths(34, 34, 10, 10, 10, 12, 12, 12, 12)
        self.heading()
        self.kinds()
        self.result.book.write_contents()
        self.groups()
        self.quotas()
        self.origin()

    def heading(self) -> None:
        plan, language = self.result.plan, self.result.language
        ruleset = plan.ruleset
        self.sheet.write([self.say(HEADING, title=ruleset.title[language], period=plan.period)], "title")
        status = self.say(STATUSES[ruleset.status])
        told = self.say(RULESET, id=ruleset.id, version=ruleset.version, status=status)
        self.sheet.write([told], "plain" if ruleset.status == "official" else "warning")
        for overlay in ruleset.overlays:
            told = self.say(OVERLAY, id=overlay.id, version=overlay.version, title=overlay.title[language])
            self.sheet.write([told], "plain")
        readings = ruleset.all_readings()
        others = [(name, choice) for name, choice in plan.readings.items() if choice != readings[name].default]
        for name, choice in others:
            self.sheet.write([self.say(READING, name=name, choice=readings[name].choices[choice][language])], "plain")
        if readings and not others:
            self.sheet.write([self.say(READ_BY_DEFAULT)], "plain")
        for _, text in manifest_notes(self.assessment):
            self.sheet.write([self.say(NOTE, note=text)], "warning")
        refused = len(self.assessment.rejected)
        if refused:
            told = self.say(REFUSED, count=refused, sheet=self.say(NOT_JUDGED))
            self.sheet.write([Link(told, Spot(self.say(NOT_JUDGED), 0))], "warning")
        else:
            self.sheet.write([self.say(NONE_REFUSED)], "plain")
        self.sheet.skip()

    def counts(self, *titles: str) -> None:
        words = self.result.book.words
        names = [self.say(TOTAL), *(words[outcome] for outcome in COUNTED), self.say(APPLIES), self.say(SHARE)]
        self.sheet.header(*(Column(title, 0) for title in (*(self.say(title) for title in titles), *names)))

    def kinds(self) -> None:
        self.sheet.write([self.say(BY_KIND)], "heading")
        if not self.assessment.summary:
            self.sheet.write([self.say(NOTHING)], "about")
        else:
            self.counts(KIND, STANDARD)
            for tally in self.assessment.summary:
                standard = self.result.plan.standards[tally.standard].standard
                title = f"{standard.title[self.result.language]} ({tally.standard})"
                self.sheet.write([self.result.kind(tally.kind), title, *_counts(tally)])
            self.sheet.write([self.say(HOW_SHARE)], "about")
        self.sheet.skip()

    def groups(self) -> None:
        self.sheet.write([self.say(GATHERED)], "heading")
        if not self.assessment.groups:
            self.sheet.write([self.say(NO_GROUPS)], "about")
        else:
            self.counts(NAME, KIND)
            for group in self.assessment.groups:
                name, spot = printable(group.name or group.unit), self.communes.spots.get(group.unit)
                shown = name if spot is None else Link(name, spot)
                tallies = self.assessment.summary_below(group.unit)
                for tally in tallies:
                    self.sheet.write([shown, self.result.kind(tally.kind), *_counts(tally)])
                if not tallies:
                    self.sheet.write([shown, None, 0, *[None] * (len(COUNTED) + 2)])
            self.sheet.write([self.say(HOW_BELOW)], "about")
        self.sheet.skip()

    def quotas(self) -> None:
        self.sheet.write([self.say(QUOTAS)], "heading")
        if not self.assessment.quotas:
            self.sheet.write([self.say(NO_QUOTAS)], "about")
        else:
            self.sheet.header(*(Column(self.say(title), 0) for title in (QUOTA, NAME, OUTCOME, COUNT)))
            for finding in self.assessment.quotas:
                unit = self.result.name(finding.unit) or self.say(WHOLE)
                self.sheet.across(3, 8, finding.text)
                self.sheet.write([finding.title[self.result.language], unit, finding.outcome])
        self.sheet.skip()

    def origin(self) -> None:
        taken = self.assessment.taken_part
        lines = [
            self.say(MADE_WITH, version=__version__),
            *(self.say(PLUGIN, name=one.distribution, version=one.version) for one in taken.plugins),
            *(self.say(LEFT_OUT, name=one.distribution, version=one.version) for one in taken.left_out),
            self.say(INPUT_HASH, hash=self.assessment.input_sha256),
        ]
        if self.assessment.previous_sha256 is not None:
            lines.append(self.say(PREVIOUS_HASH, hash=self.assessment.previous_sha256))
        for line in lines:
            self.sheet.write([line], "about")


def _counts(tally: Tally) -> Iterator[Cell]:
    count = Count(tally.outcomes)
    yield tally.total
    yield from (tally.outcomes[outcome] for outcome in COUNTED)
    yield from (count.applicable, count.share)
