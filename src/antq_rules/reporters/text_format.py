"""The result for people: a summary, a table of units, and why each one that is not met is not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.verdict import Finding, Reason, Verdict
from antq_rules.operators.base import printable
from antq_rules.reporters.lines import (
    OUTCOMES,
    STATUSES,
    STYLES,
    console_for,
    criterion_line,
    decision_lines,
    lacking_lines,
    print_indented,
    print_whole,
    proof_lines,
    verdict_line,
)
from antq_rules.reporters.phrasing import Phrasing
from antq_rules.reporters.reporting import Report, Reporter

if TYPE_CHECKING:
    from antq_rules.assessment.comparing import Comparison
    from antq_rules.assessment.result import Assessment, Rejected, Tally

HEADING = message("{title} · year {period}")
RULESET = message("Ruleset {id} {version}, {status}")
OVERLAY = message("Overlay {id} {version}: {title}")
READING = message("Reading {name}: {choice}")
SUMMARY = message("Summary")
GATHERED = message("By province and district")
UNITS = message("Units")
WHY = message("Why")
REFUSED = message("Not judged, since the input has errors")
KIND = message("Kind of unit")
TOTAL = message("Total")
ID = message("Id")
NAME = message("Name")
OUTCOME = message("Outcome")
MET = message("Met")
NOTE = message("Note: {note}")
QUOTAS = message("Quotas")
QUOTA = message("Quota")
COUNT = message("Count")
WHOLE = message("all units")
NOTHING = message("The input holds no unit that is judged.")

COUNTED = (PASS, FAIL, UNDETERMINED, NOT_APPLICABLE)
WIDE = 96
"""Columns from which the table of units has room for their kinds."""

MINOR_NOTES = frozenset({"criterion_note"})
"""Notes on criteria that do not apply, which say little about a unit that passes."""


def write(report: Report, stream: TextIO) -> None:
    """Write the report in the language of the assessment."""
    _Writer(report, console_for(stream)).write()


class _Writer:
    def __init__(self, report: Report, console: Console) -> None:
        assessment: Assessment = report.assessment
        self.assessment = assessment
        self.console = console
        self.passes = report.passes
        self.language = assessment.language
        self.translate = translator(assessment.language)
        self.phrasings: dict[str, Phrasing] = {}

    def phrasing(self, kind: str) -> Phrasing:
        if kind not in self.phrasings:
            self.phrasings[kind] = Phrasing(self.assessment.plan, kind, self.language)
        return self.phrasings[kind]

    def say(self, template: str, **values: object) -> str:
        return self.translate(template).format(**values)

    def write(self) -> None:
        self.heading()
        if self.assessment.verdicts:
            self.table(SUMMARY, self.summary())
            if len(self.assessment.groups) > 1:
                self.table(GATHERED, self.gathered())
            self.table(UNITS, self.units())
        elif not self.assessment.rejected:
            self.console.print(self.say(NOTHING))
        self.quotas()
        self.explanations()
        self.refusals()

    def heading(self) -> None:
        plan = self.assessment.plan
        ruleset = plan.ruleset
        self.title(self.say(HEADING, title=ruleset.title[self.language], period=plan.period))
        status = self.say(STATUSES[ruleset.status])
        told = self.say(RULESET, id=ruleset.id, version=ruleset.version, status=status)
        self.title(told, "" if ruleset.status == "official" else "yellow")
        for overlay in ruleset.overlays:
            told = self.say(OVERLAY, id=overlay.id, version=overlay.version, title=overlay.title[self.language])
            self.title(told, "")
        for name, choice in plan.readings.items():
            reading = ruleset.all_readings()[name]
            if choice != reading.default:
                self.title(self.say(READING, name=name, choice=reading.choices[choice][self.language]), "")

    def title(self, text: str, style: str = "bold") -> None:
        print_indented(self.console, Text(text, style=style), 0)

    def table(self, title: str, table: Table) -> None:
        self.console.print()
        self.title(self.say(title))
        print_whole(self.console, table)

    def summary(self) -> Table:
        table = self.tallies(KIND)
        for tally in self.assessment.summary:
            self.count(table, tally)
        return table

    def gathered(self) -> Table:
        table = self.tallies(NAME, KIND)
        for group in self.assessment.groups:
            name = group.name or group.unit
            for tally in self.assessment.summary_below(group.unit):
                self.count(table, tally, name)
                name = ""
        return table

    def tallies(self, *titles: str) -> Table:
        table = self.columns(*titles)
        table.add_column(self.say(TOTAL), justify="right")
        for outcome in COUNTED:
            table.add_column(self.word(outcome), justify="right")
        return table

    def count(self, table: Table, tally: Tally, *before: str) -> None:
        counts = (tally.total, *(tally.outcomes[outcome] for outcome in COUNTED))
        table.add_row(*before, self.phrasing(tally.kind).kind_title, *(str(count) for count in counts))

    def units(self) -> Table:
        wide = self.console.width >= WIDE
        table = self.columns(ID, NAME, KIND) if wide else self.columns(ID, NAME)
        table.add_column(self.say(OUTCOME), no_wrap=True)
        table.add_column(self.say(MET), justify="right", no_wrap=True)
        for verdict in self.assessment.verdicts:
            kind = [self.phrasing(verdict.kind).kind_title] if wide else []
            table.add_row(
                verdict.unit,
                verdict.name or "",
                *kind,
                Text(self.word(verdict.outcome), style=STYLES[verdict.outcome]),
                f"{verdict.met}/{verdict.applicable}" if verdict.applicable else "",
            )
        return table

    def columns(self, *titles: str) -> Table:
        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
        for title in titles:
            table.add_column(self.say(title), overflow="fold")
        return table

    def quotas(self) -> None:
        if not self.assessment.quotas:
            return
        names = {verdict.unit: verdict.name for verdict in self.assessment.verdicts}
        names |= {group.unit: group.name for group in self.assessment.groups}
        table = self.columns(QUOTA, NAME, COUNT)
        table.add_column(self.say(OUTCOME), no_wrap=True)
        for finding in self.assessment.quotas:
            table.add_row(
                finding.title[self.language],
                names.get(finding.unit or "") or finding.unit or self.say(WHOLE),
                finding.text,
                Text(self.word(finding.outcome), style=STYLES[finding.outcome]),
            )
        self.table(QUOTAS, table)

    # Why

    def explanations(self) -> None:
        first = True
        for verdict in self.assessment.verdicts:
            notes = [note.text for note in verdict.notes if self.matters(verdict, note.code)]
            if verdict.outcome is PASS and not notes and not self.passes:
                continue
            self.console.print()
            if first:
                self.title(self.say(WHY))
                self.console.print()
                first = False
            self.unit(verdict, notes)

    def matters(self, verdict: Verdict, note: str) -> bool:
        return verdict.outcome is not PASS or self.passes or note not in MINOR_NOTES

    def unit(self, verdict: Verdict, notes: list[str]) -> None:
        phrasing = self.phrasing(verdict.kind)
        print_indented(self.console, verdict_line(verdict, phrasing), 0)
        for told, lacking in decision_lines(verdict, phrasing, passes=self.passes):
            print_indented(self.console, told, 2)
            for line in lacking:
                print_indented(self.console, line, 4)
        for _, findings in groupby(self.told(verdict), key=lambda finding: _texts(finding.reasons)):
            self.findings(list(findings), phrasing, verdict)
        for note in notes:
            print_indented(self.console, Text(self.say(NOTE, note=note), style="dim"), 2)

    def told(self, verdict: Verdict) -> Iterator[Finding]:
        """The findings that explain a verdict."""
        for finding in verdict.telling.findings(passes=self.passes):
            if self.passes or verdict.outcome is NOT_APPLICABLE or finding.outcome in (FAIL, UNDETERMINED):
                yield finding

    def findings(self, findings: list[Finding], phrasing: Phrasing, verdict: Verdict) -> None:
        """Criteria that share their reasons, with the reasons once; out of scope the reasons alone."""
        beyond = verdict.outcome is NOT_APPLICABLE and not self.passes
        for finding in () if beyond else findings:
            print_indented(self.console, criterion_line(finding, phrasing), 2)
        indent = 2 if beyond else 6
        for reason in findings[0].reasons:
            print_indented(self.console, Text(reason.text), indent)
            for line in lacking_lines(reason, phrasing):
                print_indented(self.console, line, indent)
        for line in proof_lines(findings[0], phrasing):
            print_indented(self.console, line, indent)

    # What could not be judged

    def refusals(self) -> None:
        if not self.assessment.rejected:
            return
        self.console.print()
        self.title(self.say(REFUSED), "bold red")
        for rejected in self.assessment.rejected:
            self.refusal(rejected)

    def refusal(self, rejected: Rejected) -> None:
        self.console.print()
        self.title(printable(rejected.unit))
        for fault in rejected.faults:
            print_indented(self.console, Text(printable(fault.line(self.translate))), 2)

    def word(self, outcome: Outcome) -> str:
        return self.say(OUTCOMES[outcome])


def _texts(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    return tuple(reason.text for reason in reasons)


def compare(comparison: Comparison, stream: TextIO) -> None:
    """Write two results side by side."""
    from antq_rules.reporters import comparison_text

    comparison_text.compare(comparison, stream)


REPORTER = Reporter(write, compare=compare)
