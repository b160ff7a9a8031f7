"""The sheets that tell of single units: verdicts, reasons and what is lacking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from antq_rules.errors import message
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED
from antq_rules.model.verdict import Finding, Reason, Verdict
from antq_rules.reporters.lines import BASES, BORROWED, CLASSES, JUDGED_BY_PEOPLE, MARKS, decision_lines
from antq_rules.reporters.phrasing import Phrasing
from antq_rules.reporters.text_format import ID, KIND, MET, MINOR_NOTES, NAME, NOTHING, OUTCOME
from antq_rules.reporters.workbook.book import CLAUSE, COMMUNE, CRITERION, CRITERION_ID, SEE_ROWS, ResultBook
from antq_rules.reporters.workbook.cells import Cell, Link, Spot
from antq_rules.reporters.workbook.values import ShownValues, change_cells, changes_of
from antq_rules.reporters.workbook.worksheets import cell_text

VERDICTS = message("Verdicts")
ABOUT_VERDICTS = message("One row a unit, those of a commune together; a commune's name leads to its row.")
APPLY = message("Criteria that apply")
SCORE = message("Score")
CLASS = message("Class")
WHY = message("Why")
NOTES = message("Notes")
DETAILS = message("Details")

REASONS = message("Reasons")
ABOUT_REASONS = message("One row a criterion that a unit does not pass, with its clause and figures.")
ABOUT_ALL_REASONS = message("One row a criterion of a unit, met or not, with its clause and figures.")
NO_REASONS = message("Every criterion of every unit is met.")
REASON = message("Reason")
OBSERVED = message("Observed")
REQUIRED = message("Required")
DOCUMENTS = message("Documents")
REMARK = message("Remark")
CUT = message("… (cut; all of it is on the sheet “{sheet}”)")
SCOPE = message("Scope of the standard")
DECISION = message("The standard as a whole")

LACKING = message("What is lacking")
ABOUT_LACKING = message("The smallest changes by which a criterion would be met; “or else” begins another way.")
NO_LACKING = message("Nothing is lacking.")
CHANGE = message("Change")
FIELD = message("Field")
HAVE = message("Has")
NEED = message("Needs")
DIFFERENCE = message("Difference")
CHANGES: Mapping[str, str] = {
    "add": message("add"),
    "reduce": message("reduce"),
    "provide": message("hand in"),
    "choose": message("one of several"),
    "children": message("more units below"),
    "impossible": message("not possible"),
}


class UnitTables:
    """Three tables that are written unit by unit.

    Args:
        result: To which they belong.
        communes: Where the row of each commune stands.
        passes: Whether criteria that are met are told of as well.
    """

    def __init__(self, result: ResultBook, communes: Mapping[str | None, Spot], passes: bool) -> None:
        self.result = result
        self.communes = communes
        self.passes = passes
        self.say = result.say
        self.has_score = any(one.decision is not None and one.decision.points is not None for one in result.standards)
        self.has_class = any(one.standard.classes for one in result.standards)
        column, table = result.book.column, result.book.table
        self.verdicts = table(
            VERDICTS,
            ABOUT_VERDICTS,
            [
                column(ID, 14),
                column(NAME, 26),
                column(KIND, 14),
                column(COMMUNE, 20),
                column(OUTCOME, 14),
                column(MET, 8),
                column(APPLY, 8),
                *([column(SCORE, 10)] if self.has_score else []),
                *([column(CLASS, 16)] if self.has_class else []),
                column(WHY, 60),
                column(DETAILS, 11),
                column(NOTES, 28),
            ],
        )
        unit = [column(ID, 14), column(NAME, 22), column(COMMUNE, 18), column(CRITERION_ID, 16), column(CRITERION, 34)]
        self.reasons = table(
            REASONS,
            ABOUT_ALL_REASONS if passes else ABOUT_REASONS,
            [
                *unit,
                column(OUTCOME, 14),
                column(CLAUSE, 14),
                column(REASON, 46),
                column(OBSERVED, 13),
                column(REQUIRED, 13),
                column(DOCUMENTS, 28),
                column(REMARK, 12),
            ],
        )
        self.lacking = table(
            LACKING,
            ABOUT_LACKING,
            [
                *unit,
                column(LACKING, 50),
                column(CHANGE, 14),
                column(FIELD, 26),
                column(HAVE, 16),
                column(NEED, 16),
                column(DIFFERENCE, 11),
            ],
        )
        self.planned = {criterion.id: criterion for standard in result.standards for criterion in standard.criteria}
        self.cut = self.say(CUT, sheet=self.reasons.name)
        self._shown: dict[tuple[str, str | None], ShownValues] = {}

    def append(self, verdict: Verdict) -> None:
        """Write all rows of a unit."""
        phrasing = self.result.phrasing(verdict.kind)
        findings = verdict.telling.findings(passes=self.passes)
        first = self.reasons.count
        self._reasons(verdict, findings, phrasing)
        told = self.reasons.count - first
        parent = self.result.name(verdict.parent)
        self.verdicts.append(
            [
                verdict.unit,
                verdict.name,
                phrasing.kind_title,
                None if parent is None else Link(parent, self.communes[verdict.parent]),
                verdict.outcome,
                verdict.met if verdict.applicable else None,
                verdict.applicable or None,
                *([_score(verdict, phrasing)] if self.has_score else []),
                *([_class(verdict, phrasing)] if self.has_class else []),
                cell_text("\n".join(self._why(verdict, findings, phrasing)), self.cut),
                Link(self.say(SEE_ROWS, count=told), self.reasons.spot(first, first + told - 1)) if told else None,
                "\n".join(note.text for note in verdict.notes if self._matters(verdict, note.code)),
            ]
        )

    def _matters(self, verdict: Verdict, note: str) -> bool:
        return verdict.outcome is not PASS or self.passes or note not in MINOR_NOTES

    def finish(self) -> None:
        """Say where a table holds nothing, and let all be filtered."""
        self.verdicts.finish(self.say(NOTHING))
        self.reasons.finish(self.say(NO_REASONS if self.verdicts.count else NOTHING))
        self.lacking.finish(self.say(NO_LACKING if self.verdicts.count else NOTHING))

    # Why, in one cell

    def _why(self, verdict: Verdict, findings: Iterable[Finding], phrasing: Phrasing) -> Iterator[str]:
        """Lines on the decision and on every criterion that is open; those with the same reasons share a line."""
        if verdict.scope is FAIL:
            yield from dict.fromkeys(reason.text for finding in findings for reason in finding.reasons)
            return
        for told, _ in decision_lines(verdict, phrasing, passes=False):
            yield told.plain
        if verdict.outcome is PASS:
            return
        wanted = (FAIL, UNDETERMINED, NOT_APPLICABLE) if verdict.outcome is NOT_APPLICABLE else (FAIL, UNDETERMINED)
        telling = (finding for finding in findings if finding.outcome in wanted)
        for (outcome, reasons), members in groupby(telling, key=lambda one: (one.outcome, _texts(one.reasons))):
            places = "; ".join(f"{phrasing.citation(one.citation)} [{one.criterion}]" for one in members)
            yield f"{MARKS[outcome]} {places}: {'; '.join(reasons)}"

    # Reasons and what is lacking

    def _reasons(self, verdict: Verdict, findings: Iterable[Finding], phrasing: Phrasing) -> None:
        names: list[Cell] = [verdict.name, self.result.name(verdict.parent)]
        # The first row of a unit leads back to its verdict.
        unit: Cell = Link(verdict.unit, self.verdicts.spot(self.verdicts.count))
        if verdict.scope is FAIL and not self.passes:
            shown = self._values(verdict.kind, None)
            for reason in next(iter(findings)).reasons:
                row = [unit, *names, None, self.say(SCOPE), verdict.outcome, None, reason.text]
                self.reasons.append([*row, shown.observed(reason), None, None, None])
                unit = verdict.unit
            return
        for reason in verdict.telling.decision(passes=self.passes):
            shown = self._values(verdict.kind, None)
            row = [unit, *names, None, self.say(DECISION), reason.outcome, None, reason.text]
            self.reasons.append([*row, shown.observed(reason), shown.required(reason), None, None])
            self._lacking([verdict.unit, *names, None, self.say(DECISION)], [reason], phrasing)
            unit = verdict.unit
        for finding in findings:
            if finding.outcome is PASS and not self.passes:
                continue
            title = finding.title[self.result.language]
            self.reasons.append([unit, *names, finding.criterion, title, *self._finding(finding, verdict, phrasing)])
            self._lacking([verdict.unit, *names, finding.criterion, title], finding.reasons, phrasing)
            unit = verdict.unit

    def _finding(self, finding: Finding, verdict: Verdict, phrasing: Phrasing) -> Iterator[Cell]:
        yield finding.outcome
        place = phrasing.citation(finding.citation)
        via = "" if finding.via is None else self.say(BORROWED, citation=phrasing.citation(finding.via))
        yield f"{place}\n({via})" if via else place
        yield "\n".join(_texts(finding.reasons))
        shown = self._values(verdict.kind, finding.criterion)
        yield _joined(shown.observed(reason) for reason in finding.reasons)
        yield _joined(shown.required(reason) for reason in finding.reasons)
        yield "\n".join(phrasing.document(document) for document in finding.documents)
        remarks = [JUDGED_BY_PEOPLE] if finding.discretion else []
        yield "; ".join(
            self.say(one) for one in [*remarks, *([BASES[finding.basis]] if finding.basis in BASES else [])]
        )

    def _lacking(self, before: list[Cell], reasons: Iterable[Reason], phrasing: Phrasing) -> None:
        for reason in reasons:
            if reason.shortfall is None:
                continue
            lines = phrasing.lacking(reason.shortfall)
            for line, change in zip(lines, changes_of(reason.shortfall), strict=True):
                word = self.say(CHANGES[change.kind])
                self.lacking.append([*before, line, word, *change_cells(change, phrasing)])

    def _values(self, kind: str, criterion: str | None) -> ShownValues:
        if (kind, criterion) not in self._shown:
            planned = None if criterion is None else self.planned[criterion]
            self._shown[kind, criterion] = ShownValues(self.result.phrasing(kind), planned)
        return self._shown[kind, criterion]


def _texts(reasons: Iterable[Reason]) -> tuple[str, ...]:
    return tuple(reason.text for reason in reasons)


def _joined(values: Iterable[str | int | None]) -> str | int | None:
    found = [value for value in values if value is not None]
    return found[0] if len(found) == 1 else "\n".join(str(value) for value in found)


def _score(verdict: Verdict, phrasing: Phrasing) -> Cell:
    score = verdict.score
    if score is None:
        return None
    if score.least == score.most:
        return score.least if isinstance(score.least, int) else phrasing.number(score.least)
    return f"{phrasing.number(score.least)}–{phrasing.number(score.most)}"


def _class(verdict: Verdict, phrasing: Phrasing) -> Cell:
    if verdict.score_class is not None:
        return phrasing.classes[verdict.score_class]
    if not verdict.possible_classes:
        return None
    return phrasing.say(CLASSES, titles=", ".join(phrasing.classes[one] for one in verdict.possible_classes))
