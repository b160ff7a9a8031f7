"""A batch from its tables to judged pieces, one after another, and what is said of the whole at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from antq_rules.assessment.judging import Judging
from antq_rules.assessment.quotas import QuotaFinding, Sorts, quota_finding
from antq_rules.assessment.result import Group, Rejected, TakenPart, Tally, tallied
from antq_rules.assessment.tables.before import Before
from antq_rules.assessment.tables.hashing import InputHash
from antq_rules.assessment.tables.judging import Asked, JudgedPiece, PieceJudge
from antq_rules.assessment.tables.opening import Loaded, OpenedTables, Piece
from antq_rules.assessment.tables.pieces import Admission, AdmittedPiece
from antq_rules.assessment.tables.summary import PieceSummary
from antq_rules.engines.columnar_expressions import OUTCOMES
from antq_rules.evidence.intake import Intake
from antq_rules.frozen import frozen
from antq_rules.model.outcome import FAIL, UNDETERMINED, Outcome
from antq_rules.plan.compiling import Plan

Known = Callable[[int], PieceSummary | None]
"""What remains of a piece that an earlier run has written; None where the piece is to be judged."""


@frozen
class WrittenPiece:
    """A piece that an earlier run has judged and written."""

    number: int
    summary: PieceSummary


def nothing_known(number: int) -> PieceSummary | None:
    """No piece has been written."""
    return None


class TableRun:
    """One run over a batch.

    Args:
        tables: Of the year judged.
        judging: With the plan.
        intake: Of the same plan.
        previous: Last year's tables.
        taken_part: The plugins that had a part.
        restrict: Whether the plan is that of a ruleset used, which does not know all kinds and fields.
        refused: Ids of units that the ruleset judged by refuses.
    """

    def __init__(
        self,
        tables: OpenedTables,
        judging: Judging,
        intake: Intake,
        *,
        previous: OpenedTables | None = None,
        taken_part: TakenPart | None = None,
        restrict: bool = False,
        refused: Collection[str] = (),
    ) -> None:
        self.tables = tables
        self.judging = judging
        self.intake = intake
        self.previous = previous
        self.taken_part = taken_part or TakenPart()
        self.restrict = restrict
        self.refused = refused
        self.before = None if previous is None else Before(previous, intake, restrict=restrict)
        self._hash = InputHash(tables.ids)
        self._summaries: dict[int, PieceSummary] = {}
        self._rejected: dict[int, Rejected] = {}

    @property
    def units(self) -> int:
        """How many units there are."""
        return self.tables.height

    @property
    def size(self) -> int:
        """How many pieces there are."""
        return len(self.tables.pieces)

    def pieces(self, known: Known = nothing_known) -> Iterator[JudgedPiece | WrittenPiece]:
        """The pieces as they are judged: communes behind the units below them, else in the order of the input.

        Args:
            known: Asked before a piece is judged.
        """
        admission = Admission(self.tables, self.intake, restrict=self.restrict, refused=self.refused)
        judge = PieceJudge(self.tables, self.judging, admission, self.before, self._asked(admission))
        told: dict[int, set[str | None]] = {}
        for number, (piece, loaded) in self._visits(judge.levels()):
            if piece.number in self._summaries:
                continue
            admitted = admission.admit(loaded)
            if number == 0:
                self._admit(admission, admitted)
                summary = known(piece.number)
                if summary is not None:
                    judge.below.add(summary.states)
                    self._summaries[piece.number] = summary
                    yield WrittenPiece(piece.number, summary)
                    continue
            kinds = judge.kinds_until(number)
            judged = judge.judge(admitted, kinds)
            # A unit stands below others as soon as it is judged, or refused; it is counted once.
            counted = told.setdefault(piece.number, set())
            judge.below.add(row for kind, rows in judged.states.items() if kind not in counted for row in rows)
            counted.update(judged.states)
            if piece.kinds & judge.judged_kinds <= kinds:
                self._summaries[piece.number] = judged.summary
                yield judged

    def _visits(self, levels: list[frozenset[str]]) -> Iterator[tuple[int, tuple[Piece, Loaded]]]:
        """The pieces with what they hold, level by level; what comes next is read meanwhile."""
        order = [
            (number, piece)
            for number, level in enumerate(levels)
            for piece in self.tables.pieces
            if number == 0 or piece.kinds & level
        ]
        with ThreadPoolExecutor(1) as reading:
            loading = [reading.submit(self.tables.load, piece) for _, piece in order[:1]]
            for position, (number, piece) in enumerate(order):
                loaded = loading.pop().result()
                loading += [reading.submit(self.tables.load, later) for _, later in order[position + 1 : position + 2]]
                yield number, (piece, loaded)

    def _admit(self, admission: Admission, admitted: AdmittedPiece) -> None:
        if not self.restrict:
            for ids, texts, ties in admission.texts(admitted):
                self._hash.add(ids, texts, ties)
        first = admitted.loaded.piece.first
        for place, item in admitted.items.items():
            if isinstance(item, Rejected):
                self._rejected[first + place] = item

    def _asked(self, admission: Admission) -> dict[str, Asked]:
        """The verdicts of all units under the rulesets used; those that are refused are pending there, too."""
        found: dict[str, Asked] = {}
        if not self.judging.used:
            return found
        refused: set[str] = set()
        for piece in self.tables.pieces:
            items = admission.admit(self.tables.load(piece)).items.values()
            refused.update(item.unit for item in items if isinstance(item, Rejected))
        for used in self.judging.used:
            run = TableRun(
                self.tables, used.judging, used.intake, previous=self.previous, restrict=True, refused=refused
            )
            codes: dict[str, pl.Series] = {}
            readings: dict[str, Mapping[str, str]] = {}
            for judged in run.pieces():
                assert isinstance(judged, JudgedPiece)
                readings |= judged.readings
                first = judged.piece.first
                rows = judged.codes.select("standard", "outcome").with_columns(judged.places.alias("place"))
                for (standard,), one in rows.drop_nulls("outcome").group_by("standard"):
                    name = str(standard)
                    if name not in codes:
                        codes[name] = pl.repeat(None, self.units, dtype=pl.Int8, eager=True)
                    codes[name] = codes[name].scatter(one["place"] + first, one["outcome"])
            found |= {standard: Asked(column, readings[standard]) for standard, column in codes.items()}
        return found

    def result(self) -> TableResult:
        """What is said of the whole; all pieces must have come."""
        assert len(self._summaries) == self.size, "the pieces are not all judged yet"
        return TableResult(
            judging=self.judging,
            summaries=tuple(self._summaries[number] for number in sorted(self._summaries)),
            parents=self.tables.parents,
            rejected=tuple(self._rejected[place] for place in sorted(self._rejected)),
            input_sha256=self._hash.digest(),
            previous_sha256=None if self.before is None else self.before.sha256,
            taken_part=self.taken_part,
        )


@dataclass(frozen=True)
class Counts:
    """What is counted over all pieces of a batch; ``parents`` are the units that stand above others."""

    judging: Judging
    summaries: tuple[PieceSummary, ...]
    parents: Mapping[str, str | None]

    @property
    def plan(self) -> Plan:
        """By which was judged."""
        return self.judging.plan

    @property
    def language(self) -> str:
        """Of the sentences."""
        return self.judging.language

    @cached_property
    def _counts(self) -> dict[str | None, Counter[tuple[str, str, Outcome]]]:
        found: dict[str | None, Counter[tuple[str, str, Outcome]]] = {}
        for summary in self.summaries:
            for parent, standard, kind, code, count in summary.counts:
                found.setdefault(parent, Counter())[standard, kind, OUTCOMES[code]] += count
        return found

    @cached_property
    def summary(self) -> tuple[Tally, ...]:
        """Counts for each kind, in the order of the standards."""
        return tallied(self.plan, sum(self._counts.values(), Counter()))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The units of grouping kinds."""
        return tuple(group for summary in self.summaries for group in summary.groups)

    def summary_below(self, group: str) -> tuple[Tally, ...]:
        """Counts for each kind over all units below a grouping unit, however deep; empty if there are none."""
        return tallied(self.plan, self._gathered.get(group, Counter()))

    @cached_property
    def _gathered(self) -> dict[str, Counter[tuple[str, str, Outcome]]]:
        found: dict[str, Counter[tuple[str, str, Outcome]]] = {group.unit: Counter() for group in self.groups}
        for parent, counts in self._counts.items():
            above, seen = parent, set[str]()
            while above is not None and above not in seen:
                seen.add(above)
                if above in found:
                    found[above] += counts
                above = self.parents.get(above)
        return found

    @cached_property
    def quotas(self) -> tuple[QuotaFinding, ...]:
        """The findings of all quotas."""
        members: dict[tuple[str, int], dict[str | None, Counter[Sorts]]] = {}
        firsts: dict[tuple[str, int, str | None], tuple[int, int]] = {}
        for summary in self.summaries:
            for standard, number, unit, of, among, count, first in summary.sorts:
                counted = members.setdefault((standard, number), {}).setdefault(unit, Counter())
                counted[OUTCOMES[of], OUTCOMES[among]] += count
                firsts[standard, number, unit] = min(first, firsts.get((standard, number, unit), first))
        return tuple(
            quota_finding(planned, unit, found[unit], self.judging, self.language)
            for standard in self.plan.standards.values()
            for number, planned in enumerate(standard.quotas)
            for found in [members.get((standard.id, number), {})]
            for unit in sorted(found, key=lambda unit: firsts[standard.id, number, unit])
        )

    @property
    def some_open(self) -> bool:
        """Whether some unit fails or is undetermined."""
        outcomes = {outcome for counts in self._counts.values() for _, _, outcome in counts}
        return not outcomes.isdisjoint((FAIL, UNDETERMINED))


@dataclass(frozen=True)
class TableResult(Counts):
    """What is said of a whole batch besides its verdicts, as an :class:`Assessment` says it."""

    rejected: tuple[Rejected, ...]
    input_sha256: str
    previous_sha256: str | None
    taken_part: TakenPart

    @property
    def exit_code(self) -> int:
        """0 every unit pass or not applicable, 1 some fail or undetermined, 2 some unit could not be used."""
        return 2 if self.rejected else int(self.some_open)
