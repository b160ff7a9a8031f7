"""The result for people: a summary, a table of units, and why each one that is not met is not."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from antq_rules.errors import message
from antq_rules.explain.catalogue import Translate, translator
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.verdict import Finding, Reason, Verdict
from antq_rules.operators.base import printable
from antq_rules.reporters.phrasing import MARKS, OUTCOMES, STATUSES, STYLES, Phrasing
from antq_rules.reporters.reporting import Reporter

if TYPE_CHECKING:
    from antq_rules.assessment.assessing import Assessment, Rejected

PLAIN_WIDTH = 100
"""Columns of a report that does not go to a terminal and for which COLUMNS says nothing."""

HEADING = message("{title} · year {period}")
RULESET = message("Ruleset {id} {version}, {status}")
OVERLAY = message("Overlay {id} {version}: {title}")
READING = message("Reading {name}: {choice}")
SUMMARY = message("Summary")
UNITS = message("Units")
WHY = message("Why")
REFUSED = message("Not judged")
KIND = message("Kind of unit")
TOTAL = message("Total")
ID = message("Id")
NAME = message("Name")
OUTCOME = message("Outcome")
MET = message("Met")
PROGRESS = message("{met} of {applicable} criteria met")
JUDGED_BY_PEOPLE = message("a judgement")
LACKING = message("Lacking: {what}")
PROOF = message("Document: {document}")
NOTE = message("Note: {note}")
NOTHING = message("The input holds no unit that is judged.")
INDENT = 2

# Notes on criteria that do not apply say little about a unit that passes.
MINOR_NOTES = frozenset({"criterion_note"})


def write(assessment: Assessment, stream: TextIO, *, passes: bool = False) -> None:
    """Write the report in the language of the assessment."""
    _Report(assessment, console_for(stream), passes).write()


def console_for(stream: TextIO) -> Console:
    """A console on a stream: in colour and as wide as the terminal, or plain."""
    wide = None if stream.isatty() or "COLUMNS" in os.environ else PLAIN_WIDTH
    return Console(file=stream, width=wide, highlight=False, markup=False, emoji=False, soft_wrap=False)


class _Report:
    def __init__(self, assessment: Assessment, console: Console, passes: bool) -> None:
        self.assessment = assessment
        self.console = console
        self.passes = passes
        self.language = assessment.language
        self.translate: Translate = translator(assessment.language)
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
            self.console.print(self.summary())
            self.console.print(self.units())
        elif not self.assessment.rejected:
            self.console.print(self.translate(NOTHING))
        self.explanations()
        self.refusals()

    # The parts, from the top

    def heading(self) -> None:
        plan = self.assessment.plan
        ruleset = plan.ruleset
        title = self.say(HEADING, title=ruleset.title[self.language], period=plan.period)
        self.console.print(Text(title, style="bold"))
        status = self.translate(STATUSES.get(ruleset.status, ruleset.status))
        told = self.say(RULESET, id=ruleset.id, version=ruleset.version, status=status)
        self.console.print(Text(told, style="" if ruleset.status == "official" else "yellow"))
        for overlay in ruleset.overlays:
            self.console.print(
                self.say(OVERLAY, id=overlay.id, version=overlay.version, title=overlay.title[self.language])
            )
        for name, choice in plan.readings.items():
            reading = ruleset.readings[name]
            if choice != reading.default:
                self.console.print(self.say(READING, name=name, choice=reading.choices[choice][self.language]))
        self.console.print()

    def summary(self) -> Table:
        table = self.table(SUMMARY)
        table.add_column(self.translate(KIND))
        table.add_column(self.translate(TOTAL), justify="right")
        outcomes = (PASS, FAIL, UNDETERMINED, NOT_APPLICABLE)
        for outcome in outcomes:
            table.add_column(self.word(outcome), justify="right")
        for tally in self.assessment.summary:
            counts = [tally.outcomes[outcome] for outcome in outcomes]
            table.add_row(self.phrasing(tally.kind).kind_title, *(str(count) for count in (tally.total, *counts)))
        return table

    def units(self) -> Table:
        table = self.table(UNITS)
        table.add_column(self.translate(ID), overflow="fold")
        table.add_column(self.translate(NAME), ratio=1)
        table.add_column(self.translate(KIND))
        table.add_column(self.translate(OUTCOME), no_wrap=True)
        table.add_column(self.translate(MET), justify="right", no_wrap=True)
        for verdict in self.assessment.verdicts:
            table.add_row(
                verdict.unit,
                verdict.name or "",
                self.phrasing(verdict.kind).kind_title,
                Text(self.word(verdict.outcome), style=STYLES[verdict.outcome]),
                f"{verdict.met}/{verdict.applicable}",
            )
        return table

    def table(self, title: str) -> Table:
        return Table(
            title=Text(self.translate(title), style="bold"), title_justify="left", box=SIMPLE_HEAD, pad_edge=False,
            header_style="bold",
        )  # fmt: skip

    def explanations(self) -> None:
        first = True
        for verdict in self.assessment.verdicts:
            notes = [
                note.text
                for note in verdict.notes
                if verdict.outcome is not PASS or self.passes or note.code not in MINOR_NOTES
            ]
            if verdict.outcome is PASS and not notes and not self.passes:
                continue
            if first:
                self.console.print(Text(self.translate(WHY), style="bold"))
                first = False
            self.unit(verdict, notes)

    def unit(self, verdict: Verdict, notes: Iterable[str]) -> None:
        self.console.print()
        phrasing = self.phrasing(verdict.kind)
        name = f" {verdict.name}" if verdict.name else ""
        line = Text.assemble(
            (f"{verdict.unit}{name}", "bold"),
            f" ({phrasing.kind_title}): ",
            (self.word(verdict.outcome), STYLES[verdict.outcome]),
        )
        if verdict.applicable:
            line.append("; " + self.say(PROGRESS, met=verdict.met, applicable=verdict.applicable))
        self.console.print(line)
        for reasons, findings in groupby(self.told(verdict), key=lambda finding: _texts(finding.reasons)):
            self.findings(list(findings), phrasing, verdict, reasons)
        for note in notes:
            self.indented(self.say(NOTE, note=note), 1, "dim")

    def told(self, verdict: Verdict) -> Iterator[Finding]:
        """The findings that explain a verdict."""
        wanted = tuple(Outcome) if self.passes else (FAIL, UNDETERMINED)
        for finding in verdict.telling.findings(passes=self.passes):
            if verdict.outcome is NOT_APPLICABLE or finding.outcome in wanted:
                yield finding

    def findings(self, findings: list[Finding], phrasing: Phrasing, verdict: Verdict, reasons: tuple[str, ...]) -> None:
        """Criteria that share their reasons, with the reasons once; out of scope the reasons alone."""
        first = findings[0]
        if verdict.outcome is not NOT_APPLICABLE or self.passes:
            for finding in findings:
                self.indented(self.criterion(finding, phrasing), 1)
        for reason in first.reasons:
            self.indented(Text(reason.text), 3 if verdict.outcome is not NOT_APPLICABLE else 1)
            if reason.shortfall is not None:
                for line in phrasing.lacking(reason.shortfall):
                    self.indented(self.say(LACKING, what=line), 3, "cyan")
        for document in first.documents:
            self.indented(self.say(PROOF, document=phrasing.document(document)), 3, "dim")

    def criterion(self, finding: Finding, phrasing: Phrasing) -> Text:
        line = Text.assemble(
            (MARKS[finding.outcome], STYLES[finding.outcome]),
            " ",
            (phrasing.citation(finding.citation), "bold"),
            f": {finding.title[self.language]} ",
            (f"[{finding.criterion}]", "dim"),
        )
        if finding.discretion:
            line.append(f" ({self.translate(JUDGED_BY_PEOPLE)})", "dim")
        return line

    def refusals(self) -> None:
        if not self.assessment.rejected:
            return
        self.console.print()
        self.console.print(Text(self.translate(REFUSED), style="bold red"))
        for rejected in self.assessment.rejected:
            self.refusal(rejected)

    def refusal(self, rejected: Rejected) -> None:
        self.console.print()
        self.console.print(Text(printable(rejected.unit), style="bold"))
        for fault in rejected.faults:
            self.indented(Text(fault.line(self.translate)), 1)

    def word(self, outcome: Outcome) -> str:
        return self.translate(OUTCOMES[outcome])

    def indented(self, text: str | Text, level: int, style: str = "") -> None:
        shown = Text(text, style=style) if isinstance(text, str) else text
        self.console.print(Padding(shown, (0, 0, 0, INDENT * level)))


def _texts(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    return tuple(reason.text for reason in reasons)


REPORTER = Reporter("text", write)
