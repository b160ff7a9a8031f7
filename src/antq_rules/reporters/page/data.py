"""What the page of a result shows: counts, shares and bars, and the rows and explanations of units as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from antq_rules.assessment.comparing import Comparison, Count, KindChange, Sort, counted, natural
from antq_rules.assessment.result import manifest, manifest_notes, watched
from antq_rules.frozen import frozen
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, UNDETERMINED, Outcome
from antq_rules.operators.base import printable
from antq_rules.reporters.lines import (
    BASES,
    BORROWED,
    JUDGED_BY_PEOPLE,
    MARKS,
    STATUSES,
    decision_lines,
)
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
    outcome_bar,
)
from antq_rules.reporters.page.words import PROGRAM, RESULT
from antq_rules.reporters.phrasing import Phrasing

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment, Rejected
    from antq_rules.extensions.formats import Report
    from antq_rules.model.verdict import Finding, Reason, Verdict
    from antq_rules.plan.compiling import PlannedCriterion

REFUSED = "r"
"""The letter of a unit that could not be judged."""

MOST_REFUSED = 100
"""Refused units that stand in a list of their own; all of them are among the units."""


@frozen
class Line:
    """A line of a chart: what it is of, its counts and its bar."""

    key: str
    title: str
    under: str
    count: Count
    bar: Sequence[Segment]


@frozen
class GroupLine:
    """A grouping unit with its counts over all kinds and, in the order of the kinds, for each of them."""

    line: Line
    kinds: Sequence[Count | None]


@frozen
class QuotaLine:
    """A quota in words."""

    title: str
    place: str
    unit: str | None
    text: str
    letter: str
    mark: str
    word: str


@frozen
class Refusal:
    """A unit that could not be judged, with its faults in words."""

    unit: str
    faults: Sequence[str]


@frozen
class ReadingLine:
    """A reading taken, in words; ``usual`` where it is the one that the ruleset takes by default."""

    text: str
    usual: bool


class ResultPage:
    """The contents of the page of a report, in the language of its assessment."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.assessment: Assessment = report.assessment
        self.comparison: Comparison | None = report.comparison
        self.plan = self.assessment.plan
        self.language = self.assessment.language
        self.figures = Figures(self.language)
        self.kinds = {
            kind: self.phrasing(kind)
            for kind in dict.fromkeys(
                (
                    *(kind for standard in self.plan.ruleset.standards for kind in standard.kinds),
                    *(verdict.kind for verdict in self.assessment.verdicts),
                    *(one.kind for one in self.assessment.rejected if one.kind in self.plan.kinds),
                )
            )
            if kind is not None
        }
        self._kind_numbers = {kind: number for number, kind in enumerate(self.kinds)}
        self.places = Places(self._members(), (group.unit for group in self.assessment.groups))

    def phrasing(self, kind: str) -> Phrasing:
        """Words for the units of a kind."""
        return Phrasing(self.plan, kind, self.language)

    def say(self, template: str, **values: object) -> str:
        """A template in the language of the page, filled in."""
        return self.figures.translate(template).format(**values)

    def _members(self) -> Iterator[Member]:
        for one in self.assessment.rejected:
            yield Member(one.unit, one.kind, None, one.parent)
        for group in self.assessment.groups:
            yield Member(group.unit, group.kind, group.name, group.parent)
        for verdict in self.assessment.verdicts:
            yield Member(verdict.unit, verdict.kind, verdict.name, verdict.parent)

    # Heading

    @property
    def title(self) -> str:
        """The standard and the year."""
        return self.say(RESULT["heading"], title=self.plan.ruleset.title[self.language], period=self.plan.period)

    @property
    def ruleset(self) -> str:
        """The ruleset, and how much of the legal text it encodes."""
        ruleset = self.plan.ruleset
        status = self.say(STATUSES[ruleset.status])
        return self.say(RESULT["ruleset"], id=ruleset.id, version=ruleset.version, status=status)

    @property
    def overlays(self) -> list[str]:
        """The overlays laid on the ruleset."""
        return [
            self.say(RESULT["overlay"], id=one.id, version=one.version, title=one.title[self.language])
            for one in self.plan.ruleset.overlays
        ]

    @property
    def readings(self) -> list[ReadingLine]:
        """The readings taken of unclear clauses, those that are not the usual ones first."""
        known = self.plan.ruleset.all_readings()
        lines = []
        for name, choice in self.plan.readings.items():
            title, chosen = known[name].title, known[name].choices[choice]
            text = self.say(RESULT["reading"], name=title[self.language], choice=chosen[self.language])
            lines.append(ReadingLine(text, choice == known[name].default))
        return sorted(lines, key=lambda line: line.usual)

    @property
    def notes(self) -> list[str]:
        """What is to be known of the whole result."""
        return [text for _, text in manifest_notes(self.assessment)]

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What made the result."""
        return manifest(self.assessment)

    # Counts

    @cached_property
    def whole(self) -> Count:
        """The outcomes of all units."""
        return counted(verdict.outcome for verdict in self.assessment.verdicts)

    @cached_property
    def by_kind(self) -> list[Line]:
        """The outcomes of each kind."""
        return [
            self._line(tally.kind, self.kinds[tally.kind].kind_title, "", Count(tally.outcomes))
            for tally in self.assessment.summary
        ]

    @cached_property
    def _below(self) -> dict[str, Counter[tuple[str, Outcome]]]:
        """For each place the outcomes of all units below it, however deep."""
        found: dict[str, Counter[tuple[str, Outcome]]] = {}
        for one in self.assessment.verdicts:
            for above in self.places.over(Member(one.unit, one.kind, one.name, one.parent)):
                found.setdefault(above, Counter())[one.kind, one.outcome] += 1
        return found

    @cached_property
    def by_group(self) -> list[GroupLine]:
        """The outcomes below each grouping unit."""
        return [
            GroupLine(
                self._place_line(group.unit, group.name, self.plan.kinds[group.kind].title[self.language]),
                [self._of_kind(group.unit, line.key) for line in self.by_kind],
            )
            for group in self.assessment.groups
            if group.unit in self._below
        ]

    @cached_property
    def by_place(self) -> list[Line]:
        """The outcomes below each commune, from the lowest share."""
        gathering = {group.unit for group in self.assessment.groups}
        names = {verdict.unit: verdict.name for verdict in self.assessment.verdicts}
        lines = [self._place_line(unit, names.get(unit), "") for unit in self._below if unit not in gathering]
        applying = [line for line in lines if line.count.share is not None]
        return sorted(applying, key=lambda line: (line.count.share, natural(line.key)))

    @property
    def lowest_places(self) -> list[Line]:
        """The communes that the chart shows."""
        return self.by_place[:LONGEST_CHART]

    def _place_line(self, unit: str, name: str | None, under: str) -> Line:
        outcomes: Counter[Outcome] = Counter()
        for (_, outcome), count in self._below[unit].items():
            outcomes[outcome] += count
        return self._line(printable(unit), name or printable(unit), under, _count(outcomes))

    def _of_kind(self, unit: str, kind: str) -> Count | None:
        count = Count({outcome: self._below[unit][kind, outcome] for outcome in Outcome})
        return count if count.total else None

    def _line(self, key: str, title: str, under: str, count: Count) -> Line:
        return Line(key, title, under, count, outcome_bar(count))

    @cached_property
    def by_criterion(self) -> list[Line]:
        """The criteria that some unit does not meet or that are open, the most often failed first."""
        found: dict[str, Counter[Outcome]] = {}
        for verdict in self.assessment.verdicts:
            if verdict.scope is FAIL:
                continue
            criteria = self.plan.standards[verdict.standard].criteria
            for planned, outcome in zip(criteria, verdict.outcomes, strict=True):
                found.setdefault(planned.id, Counter())[outcome] += 1
        counts = {id: _count(outcomes) for id, outcomes in found.items()}
        order = [id for id in self.criteria if id in counts and _open(counts[id]) != (0, 0)]
        order.sort(key=lambda id: _open(counts[id]), reverse=True)
        most = max((sum(_open(counts[id])) for id in order), default=1)
        return [
            Line(id, self.criteria[id]["title"], self.criteria[id]["place"], counts[id], open_bar(counts[id], most))
            for id in order
        ]

    @property
    def years(self) -> Sequence[KindChange]:
        """The counts of each kind this year and last year, where last year's result is there."""
        return self.comparison.kinds if self.comparison else ()

    @cached_property
    def became(self) -> Mapping[str, int]:
        """How many units became what since last year."""
        counts = Counter(change.sort for change in self.comparison.units) if self.comparison else Counter[Sort]()
        return {sort.value: counts[sort] for sort in (Sort.GAINED, Sort.LOST, Sort.ARRIVED, Sort.LEFT)}

    # Quotas and refusals

    @property
    def quotas(self) -> list[QuotaLine]:
        """The findings of all quotas."""
        names = {verdict.unit: verdict.name for verdict in self.assessment.verdicts}
        names |= {group.unit: group.name for group in self.assessment.groups}
        return [
            QuotaLine(
                finding.title[self.language],
                names.get(finding.unit or "") or finding.unit or self.say(RESULT["whole"]),
                finding.unit,
                finding.text,
                LETTERS[finding.outcome],
                MARKS[finding.outcome],
                self.figures.word(finding.outcome),
            )
            for finding in self.assessment.quotas
        ]

    @property
    def refusals(self) -> list[Refusal]:
        """The refused units that stand in the list of their own."""
        return [Refusal(printable(one.unit), self._faults(one)) for one in self.assessment.rejected[:MOST_REFUSED]]

    def _faults(self, rejected: Rejected) -> list[str]:
        return [printable(fault.line(self.figures.translate)) for fault in rejected.faults]

    # What the program of the page reads

    @cached_property
    def criteria(self) -> Mapping[str, Mapping[str, Any]]:
        """All criteria in the order of the ruleset, in words."""
        return {
            planned.id: self._criterion(planned, kind)
            for kind in self.kinds
            if (standard := self.plan.standard_of(kind)) is not None
            for planned in standard.criteria
        }

    def _criterion(self, planned: PlannedCriterion, kind: str) -> dict[str, Any]:
        phrasing = self.kinds[kind]
        place = phrasing.citation(planned.citation)
        if planned.via is not None:
            place += f" ({self.say(BORROWED, citation=phrasing.citation(planned.via))})"
        remarks = []
        if planned.criterion.basis in BASES:
            remarks.append(self.say(BASES[planned.criterion.basis]))
        if planned.discretion:
            remarks.append(self.say(JUDGED_BY_PEOPLE))
        if planned.criterion.origin:
            remarks.append(planned.criterion.origin)
        return {
            "id": planned.id,
            "title": planned.criterion.title[self.language],
            "place": place,
            "remarks": remarks,
        }

    def setup(self) -> dict[str, Any]:
        """What the program needs before the first row."""
        numbers = {id: number for number, id in enumerate(self.criteria)}
        titles = {kind: self.plan.kinds[kind].title[self.language] for kind in self.plan.kinds}
        outcomes = self.figures.outcomes()
        if self.assessment.rejected:
            outcomes[REFUSED] = {"mark": "!", "word": self.say(RESULT["not_judged"])}
        words = {**PROGRAM, **{name: RESULT[name] for name in ("outcome", "met")}}
        return {
            "language": self.language,
            "words": {name: self.figures.translate(word) for name, word in words.items()},
            "outcomes": outcomes,
            "kinds": [
                {
                    "id": kind,
                    "title": phrasing.kind_title,
                    "criteria": [numbers[planned.id] for planned in self._criteria_of(kind)],
                }
                for kind, phrasing in self.kinds.items()
            ],
            "criteria": list(self.criteria.values()),
            "places": self.places.rows(titles),
            "chunk": UNITS_A_CHUNK,
        }

    def _criteria_of(self, kind: str) -> Sequence[PlannedCriterion]:
        standard = self.plan.standard_of(kind)
        return standard.criteria if standard else ()

    def rows(self) -> Iterator[list[list[Any]]]:
        """The units: id, name, number of the kind, outcome, place above, outcomes of the criteria, class.

        Those that were judged come first, in the order of the input.
        """
        for verdicts in in_batches(self.assessment.verdicts, ROWS_A_CHUNK):
            yield [
                [
                    verdict.unit,
                    verdict.name,
                    self._kind_numbers[verdict.kind],
                    LETTERS[verdict.outcome],
                    self.places.number(verdict.parent),
                    "".join(LETTERS[outcome] for outcome in verdict.outcomes),
                    *self._class(verdict),
                ]
                for verdict in verdicts
            ]
        for refused in in_batches(self.assessment.rejected, ROWS_A_CHUNK):
            yield [
                [
                    printable(one.unit),
                    None,
                    self._kind_numbers.get(one.kind or "", -1),
                    REFUSED,
                    self.places.number(one.parent),
                    "",
                ]
                for one in refused
            ]

    def _class(self, verdict: Verdict) -> Iterator[str]:
        if verdict.score_class is not None:
            yield self.kinds[verdict.kind].classes[verdict.score_class]

    def explanations(self) -> Iterator[dict[str, Any]]:
        """What tells why each unit was judged so, in the order of the rows and so many units at a time.

        ``r`` holds reasons, each with what is lacking, ``d`` documents; ``u`` has for each unit the findings that have
        something to tell (number of the criterion among those of the kind, reasons, documents), the reasons of the
        whole and the notes.
        """
        chunk = _Chunk()
        for verdict in watched(self.assessment.verdicts, self.report.progress):
            self._explain(verdict, chunk)
            if len(chunk.units) == UNITS_A_CHUNK:
                yield chunk.values()
                chunk = _Chunk()
        for rejected in self.assessment.rejected:
            chunk.units.append([[], [chunk.reasons((fault,)) for fault in self._faults(rejected)], []])
            if len(chunk.units) == UNITS_A_CHUNK:
                yield chunk.values()
                chunk = _Chunk()
        if chunk.units:
            yield chunk.values()

    def _explain(self, verdict: Verdict, chunk: _Chunk) -> None:
        phrasing, passes = self.kinds[verdict.kind], self.report.passes
        findings = verdict.telling.findings(passes=passes)
        whole = [
            chunk.reasons((told.plain, *(line.plain for line in lacking)))
            for told, lacking in decision_lines(verdict, phrasing, passes=passes)
        ]
        if verdict.status not in ("official", self.plan.ruleset.status):
            whole.append(chunk.reasons((self.say(STATUSES[verdict.status]),)))
        told = []
        if verdict.outcome is NOT_APPLICABLE and _alike(findings):
            whole += _told(findings[0].reasons, phrasing, chunk)
        else:
            for position, finding in enumerate(findings):
                reasons = _told(finding.reasons, phrasing, chunk)
                documents = [chunk.documents(phrasing.document(document)) for document in finding.documents]
                if reasons or documents:
                    told.append([position, reasons, documents])
        chunk.units.append([told, whole, [note.text for note in verdict.notes]])


class _Chunk:
    """The explanations of some units, with the texts that they share."""

    def __init__(self) -> None:
        self.reasons = Interned()
        self.documents = Interned()
        self.units: list[list[Any]] = []

    def values(self) -> dict[str, Any]:
        return {"r": self.reasons.values, "d": self.documents.values, "u": self.units}


def _told(reasons: Iterable[Reason], phrasing: Phrasing, chunk: _Chunk) -> list[int]:
    """The numbers of reasons, each with what is lacking."""
    return [
        chunk.reasons((reason.text, *(() if reason.shortfall is None else phrasing.lacking(reason.shortfall))))
        for reason in reasons
    ]


def _alike(findings: Sequence[Finding]) -> bool:
    """Whether all findings have the same reasons, as those of a unit out of scope have."""
    first = [reason.text for reason in findings[0].reasons]
    return all([reason.text for reason in finding.reasons] == first for finding in findings)


def _count(outcomes: Counter[Outcome]) -> Count:
    return Count({outcome: outcomes[outcome] for outcome in Outcome})


def _open(count: Count) -> tuple[int, int]:
    return count.outcomes[FAIL], count.outcomes[UNDETERMINED]
