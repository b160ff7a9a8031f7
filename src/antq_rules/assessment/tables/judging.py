"""Pieces of a batch to the codes of their units, and to their verdicts where these are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl

from antq_rules.assessment.assessing import with_previous
from antq_rules.assessment.judging import PARENT_MISSING, Case, Judging, classes_of
from antq_rules.assessment.quotas import sorts_of
from antq_rules.assessment.result import Group, Rejected
from antq_rules.assessment.result_rows import UNIT_CODES, codes_schema, rejected_codes, verdict_codes
from antq_rules.assessment.tables.before import LastYear
from antq_rules.assessment.tables.opening import Loaded, Piece, UnitTables
from antq_rules.assessment.tables.pieces import Admission, AdmittedPiece, Columns
from antq_rules.assessment.tables.states import State, StatesBelow, pending_state, states_of
from antq_rules.assessment.tables.summary import PieceSummary, SortCount
from antq_rules.engines.columnar import OUTCOME, OWNER, POINTS, SCOPE, ColumnarStandard, Tables, sort_column
from antq_rules.engines.columnar_expressions import CODES, OUTCOMES
from antq_rules.engines.protocol import Judgement
from antq_rules.evidence.intake import Facts, Note
from antq_rules.evidence.measuring import UNIT
from antq_rules.explain.shortfalls import stated
from antq_rules.frozen import frozen
from antq_rules.model.expression import verdict_key
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.ruleset import Sort
from antq_rules.model.verdict import Verdict, plain
from antq_rules.plan.compiling import Plan, PlannedStandard

TOLD = 1 << 10
"""So many units are read at once to tell of them."""

PLACE = "#place"
_FAIL, _UNDETERMINED, _PASS, _BEYOND = (CODES[one] for one in (FAIL, UNDETERMINED, PASS, NOT_APPLICABLE))


@frozen
class AskedVerdict:
    """What a standard asks of a unit's verdict under another one."""

    standard: str
    outcome: Outcome
    readings: Mapping[str, str]


@frozen
class Asked:
    """The verdicts of all units under the standard of another ruleset: codes, null where there is none."""

    codes: pl.Series
    readings: Mapping[str, str]


@frozen
class JudgedPiece:
    """A piece with the outcomes of its units; their verdicts are made when they are asked for.

    ``codes`` has a row for each unit that was judged or refused, ``places`` says where in the piece it stands.
    ``states`` are for the units above, by the kind of the units; None for those that are refused.
    """

    judge: PieceJudge
    piece: Piece
    codes: pl.DataFrame
    summary: PieceSummary
    states: Mapping[str | None, Sequence[State]]
    places: pl.Series
    judged: Mapping[str, pl.DataFrame]
    alone: Mapping[int, Verdict]

    @property
    def number(self) -> int:
        """Its place among the pieces."""
        return self.piece.number

    @property
    def plan(self) -> Plan:
        """By which its units were judged."""
        return self.judge.plan

    @property
    def language(self) -> str:
        """Of the sentences."""
        return self.judge.judging.language

    @property
    def readings(self) -> dict[str, Mapping[str, str]]:
        """For each standard the choices of the readings that its verdicts used."""
        return self.judge.readings

    def verdicts(self) -> Iterator[Verdict]:
        """The verdicts of all units that have one, in their order."""
        return self.judge.told(self)


class PieceJudge:
    """Judges pieces by one plan.

    Args:
        tables: To which they belong.
        judging: By which single units are judged.
        admission: By the same plan.
        before: Last year's units.
        asked: Verdicts under the standards of rulesets used.
    """

    def __init__(
        self,
        tables: UnitTables,
        judging: Judging,
        admission: Admission,
        before: LastYear | None,
        asked: Mapping[str, Asked],
    ) -> None:
        self.tables = tables
        self.judging = judging
        self.admission = admission
        self.before = before
        self.asked = asked
        self.plan: Plan = judging.plan
        self.groups = tuple(self.plan.ruleset.children.values())
        self.below = StatesBelow()
        self.schema = codes_schema(self.plan)
        self._standards: dict[str, ColumnarStandard] = {}

    @cached_property
    def readings(self) -> dict[str, Mapping[str, str]]:
        """For each standard the choices of the readings that its verdicts use."""
        return readings_of(self.plan, {standard: asked.readings for standard, asked in self.asked.items()})

    @property
    def judged_kinds(self) -> frozenset[str]:
        """The kinds of units that have a verdict."""
        return frozenset(self.plan.order)

    def kinds_until(self, level: int) -> frozenset[str]:
        """The kinds of units that can be judged at a level."""
        return frozenset[str]().union(*self.levels()[: level + 1])

    def levels(self) -> list[frozenset[str]]:
        """The kinds of units, each in a level behind those of the units below that its standard reads."""
        return levels_of(self.plan)

    # One piece

    def judge(self, admitted: AdmittedPiece, kinds: Collection[str]) -> JudgedPiece:
        """The units of some kinds in a piece, by what is known of the units below them."""
        judged: dict[str, pl.DataFrame] = {}
        rows: list[pl.DataFrame] = []
        states: dict[str | None, list[State]] = {None: list(self._pending(admitted))}
        for kind, columns in admitted.columns.items():
            standard = self.plan.standard_of(kind)
            if standard is None or kind not in kinds or not columns.sound.any():
                continue
            judged[kind] = self._by_columns(standard, kind, columns, admitted)
            units = self._rows(standard, kind, columns, judged[kind])
            states.setdefault(kind, []).extend(states_of(self.groups, kind, units))
            rows.append(units)
        alone = self._alone(admitted, kinds)
        for kind, found in self._states_alone(alone):
            states.setdefault(kind, []).extend(found)
        codes = self._codes(admitted, rows, alone)
        counts = (
            codes.drop_nulls("outcome")
            .group_by("parent", "standard", "kind", "outcome", maintain_order=True)
            .len()
            .iter_rows()
        )
        sorts = (*self._sorts(rows, admitted), *self._sorts_alone(admitted, alone))
        every = tuple(row for found in states.values() for row in found)
        grouping = tuple(self._grouping(admitted))
        summary = PieceSummary(every, tuple(counts), sorts, grouping, admitted.height)
        return JudgedPiece(self, admitted.loaded.piece, codes.drop(PLACE), summary, states, codes[PLACE], judged, alone)

    def _standard(self, standard: PlannedStandard) -> ColumnarStandard:
        if standard.id not in self._standards:
            self._standards[standard.id] = ColumnarStandard(standard)
        return self._standards[standard.id]

    def _by_columns(
        self, standard: PlannedStandard, kind: str, columns: Columns, admitted: AdmittedPiece
    ) -> pl.DataFrame:
        """The codes of the sound units of a kind, with their places in the piece."""
        places = columns.places.filter(columns.sound)
        units = columns.admitted.units.filter(columns.sound)
        lists = columns.admitted.lists
        if not columns.sound.all():
            owners = pl.DataFrame({OWNER: columns.sound.arg_true()}).with_row_index("#new")
            lists = {
                name: rows.join(owners, on=OWNER, how="inner", maintain_order="left")
                .drop(OWNER)
                .rename({"#new": OWNER})
                for name, rows in lists.items()
            }
        if self.before is not None:
            units = self.before.filled(kind, units)
        first = admitted.loaded.piece.first
        for node in standard.verdicts:
            asked = self.asked.get(node.standard)
            if asked is not None:
                codes = pl.DataFrame({"code": asked.codes.gather(places + first)})
                # What is not known stays unknown; any verdict but a pass is none.
                known = pl.when(pl.col("code") != _UNDETERMINED).then((pl.col("code") == _PASS).cast(pl.Int64))
                units = units.with_columns(codes.select(known).to_series().alias(verdict_key(node.standard)))
        for group in standard.groups:
            units = units.with_columns(
                column.alias(name) for name, column in self.below.columns(group, units[UNIT], units).items()
            )
        outcomes = self._standard(standard).judge(kind, Tables(units, lists))
        return outcomes.with_columns(places.cast(pl.UInt32).alias(PLACE))

    def _rows(self, standard: PlannedStandard, kind: str, columns: Columns, outcomes: pl.DataFrame) -> pl.DataFrame:
        """Units of a kind that were judged by columns, as codes with what the units above must know of them."""
        compiled = self._standard(standard)
        units = columns.admitted.units.filter(columns.sound)
        criteria = [pl.col(name) for name in compiled.names]
        group = self.judging.groups[kind]
        registered = pl.repeat(_UNDETERMINED, units.height, dtype=pl.Int8, eager=True)
        if group is not None and group.registered_by in units.columns:
            date = pl.col(group.registered_by)
            known = pl.when(date.is_null()).then(_UNDETERMINED).when(date == 0).then(_FAIL).otherwise(_PASS)
            registered = units.select(known.cast(pl.Int8)).to_series()
        classes = _classes(standard, compiled, outcomes)
        points = compiled.points is not None
        return outcomes.with_columns(
            units[UNIT].alias("unit"),
            pl.lit(kind).alias("kind"),
            units["name"],
            units["parent"],
            units["managing_level"],
            pl.lit(standard.id).alias("standard"),
            registered.alias("registered"),
            pl.col(OUTCOME).alias("outcome"),
            pl.col(SCOPE).alias("scope"),
            pl.sum_horizontal([one == _PASS for one in criteria] or [pl.lit(0)]).cast(pl.Int32).alias("met"),
            pl.sum_horizontal([one != _BEYOND for one in criteria] or [pl.lit(0)]).cast(pl.Int32).alias("applicable"),
            *(
                (_points(standard, outcomes[end]).alias(name) if points else pl.lit(None, pl.String).alias(name))
                for name, end in zip(("score_least", "score_most"), POINTS, strict=True)
            ),
            classes["class"],
            classes["possible_classes"],
            pl.lit(None, pl.String).alias("errors"),
            *(pl.col(name).alias(planned.id) for name, planned in zip(compiled.names, standard.criteria, strict=True)),
        ).with_columns(
            pl.when(pl.col("scope") != _BEYOND).then(pl.col(name)).alias(name) for name in ("score_least", "score_most")
        )

    def _codes(
        self, admitted: AdmittedPiece, rows: Sequence[pl.DataFrame], alone: Mapping[int, Verdict]
    ) -> pl.DataFrame:
        """A row a unit that was judged or refused, in their order."""
        frames = [self._whole(one) for one in rows]
        frames += self._alone_codes(admitted, alone)
        if not frames:
            return pl.DataFrame(schema={PLACE: pl.UInt32, **self.schema})
        return pl.concat(frames).sort(PLACE)

    # Units by themselves

    def _alone(self, admitted: AdmittedPiece, kinds: Collection[str]) -> dict[int, Verdict]:
        facts = {
            place: item for place, item in admitted.items.items() if isinstance(item, Facts) and item.unit.kind in kinds
        }
        cases = self._cases(facts, admitted.loaded.piece.first)
        found: dict[int, Verdict] = {}
        for kind in dict.fromkeys(case.facts.unit.kind for case in cases.values()):
            mine = {place: case for place, case in cases.items() if case.facts.unit.kind == kind}
            verdicts = self.judging.verdicts(kind, list(mine.values()))
            found.update(zip(mine, verdicts, strict=True))
        return found

    def _cases(self, facts: Mapping[int, Facts], first: int) -> dict[int, Case]:
        """Units as an executor judges them; ``first`` is the place of the piece's first unit."""
        judged = {place: item for place, item in facts.items() if self.plan.standard_of(item.unit.kind) is not None}
        ids = [item.unit.id for item in judged.values()]
        below = self.below.below(ids) if self.groups else {}
        before = {} if self.before is None else self.before.units(ids)
        found: dict[int, Case] = {}
        for place, item in judged.items():
            unit, notes = item.unit, list[Note]()
            if unit.parent is not None and unit.parent not in self.tables.parents:
                notes.append(Note("parent_not_in_input", PARENT_MISSING, {"parent": unit.parent}))
            if unit.id in before:
                item, more = with_previous(item, before[unit.id], self.plan)
                notes += more
            asked = self._asked(first + place)
            found[place] = self.judging.case(item, below.get(unit.id, {}), notes, asked)
        return found

    def _asked(self, number: int) -> Mapping[str, Any]:
        found = {}
        for standard, asked in self.asked.items():
            code = asked.codes[number]
            if code is not None:
                found[standard] = AskedVerdict(standard, OUTCOMES[code], asked.readings)
        return found

    def _alone_codes(self, admitted: AdmittedPiece, alone: Mapping[int, Verdict]) -> Iterator[pl.DataFrame]:
        by_standard: dict[str, list[tuple[Any, ...]]] = {}
        for place, verdict in alone.items():
            row = (place, *verdict_codes(verdict), *(CODES[outcome] for outcome in verdict.outcomes))
            by_standard.setdefault(verdict.standard, []).append(row)
        for standard, rows in by_standard.items():
            criteria = [planned.id for planned in self.plan.standards[standard].criteria]
            schema = {PLACE: pl.UInt32(), **UNIT_CODES, **dict.fromkeys(criteria, pl.Int8())}
            yield self._whole(pl.DataFrame(rows, schema=schema, orient="row"))
        refused = [
            (place, *rejected_codes(item, self.judging.language))
            for place, item in admitted.items.items()
            if isinstance(item, Rejected)
        ]
        if refused:
            yield self._whole(pl.DataFrame(refused, schema={PLACE: pl.UInt32(), **UNIT_CODES}, orient="row"))

    def _whole(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.select(
            PLACE,
            *(name if name in rows.columns else pl.lit(None, type).alias(name) for name, type in self.schema.items()),
        )

    def _states_alone(self, alone: Mapping[int, Verdict]) -> Iterator[tuple[str, Iterator[State]]]:
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for verdict in alone.values():
            scope = _BEYOND if verdict.scope is FAIL else CODES[verdict.scope]
            row = (verdict.parent, verdict.managing_level, scope, CODES[verdict.registered], CODES[verdict.outcome])
            rows.setdefault(verdict.kind, []).append(row)
        schema = {
            "parent": pl.String, "managing_level": pl.String, "scope": pl.Int8, "registered": pl.Int8,
            "outcome": pl.Int8,
        }  # fmt: skip
        for kind, found in rows.items():
            yield kind, states_of(self.groups, kind, pl.DataFrame(found, schema=schema, orient="row"))

    def _pending(self, admitted: AdmittedPiece) -> Iterator[State]:
        for item in admitted.items.values():
            if isinstance(item, Rejected):
                yield from pending_state(self.groups, item.kind, item.parent, item.managing_level)

    # What else is counted

    def _grouping(self, admitted: AdmittedPiece) -> Iterator[Group]:
        """The units of grouping kinds, in their order."""
        found: dict[int, Group] = {}
        for kind, columns in admitted.columns.items():
            if self.plan.kinds[kind].groups:
                units = columns.admitted.units.filter(columns.sound).select(UNIT, "name", "parent")
                places = columns.places.filter(columns.sound).to_list()
                for place, (unit, name, parent) in zip(places, units.iter_rows(), strict=True):
                    found[place] = Group(unit, kind, name, parent)
        for place, item in admitted.items.items():
            if isinstance(item, Facts) and self.plan.kinds[item.unit.kind].groups:
                found[place] = Group(item.unit.id, item.unit.kind, item.unit.name, item.unit.parent)
        return (found[place] for place in sorted(found))

    def _sorts(self, rows: Sequence[pl.DataFrame], admitted: AdmittedPiece) -> Iterator[SortCount]:
        for units in rows:
            standard = self.plan.standards[units["standard"][0]]
            order = self.plan.order.index(units["kind"][0])
            for number, planned in enumerate(standard.quotas):
                quota = planned.quota
                of, among = (
                    _sort(number, side, sort, standard, self._standard(standard))
                    for side, sort in (("of", quota.of), ("among", quota.among))
                )
                above = pl.lit(None, pl.String) if quota.over == "dossier" else pl.col("parent")
                members = units.filter(pl.col("scope") != _BEYOND).select(
                    above.alias("above"), of.alias("of"), among.alias("among"), PLACE
                )
                if quota.over != "dossier":
                    members = members.filter(pl.col("above").is_not_null())
                counted = members.group_by("above", "of", "among", maintain_order=True).agg(
                    pl.len(), pl.col(PLACE).min()
                )
                for unit, is_of, is_among, count, place in counted.iter_rows():
                    yield standard.id, number, unit, is_of, is_among, count, (order, admitted.loaded.number(place))

    def _sorts_alone(self, admitted: AdmittedPiece, alone: Mapping[int, Verdict]) -> Iterator[SortCount]:
        for place, verdict in alone.items():
            standard = self.plan.standards[verdict.standard]
            if verdict.scope is FAIL:
                continue
            for number, planned in enumerate(standard.quotas):
                over = planned.quota.over == "dossier"
                if over or verdict.parent is not None:
                    of, among = (CODES[sort] for sort in sorts_of(planned, verdict, standard))
                    at = self.plan.order.index(verdict.kind), admitted.loaded.number(place)
                    yield standard.id, number, None if over else verdict.parent, of, among, 1, at

    # Verdicts

    def told(self, piece: JudgedPiece) -> Iterator[Verdict]:
        """The verdicts of a piece's units, in their order; those judged by columns are read by themselves first."""
        judgements: dict[int, tuple[str, Judgement]] = {}
        loaded = self.tables.load(piece.piece)
        frames = {kind: frame.sort(PLACE) for kind, frame in piece.judged.items()}
        for start in range(0, loaded.piece.height, TOLD):
            inside = pl.col(PLACE).is_between(start, start + TOLD - 1)
            judgements.clear()
            for kind, frame in frames.items():
                standard = self.plan.standard_of(kind)
                assert standard is not None
                mine = frame.filter(inside)
                found = self._standard(standard).judgements(mine)
                judgements.update(zip(mine[PLACE].to_list(), ((kind, one) for one in found), strict=True))
            facts = self._facts(loaded, sorted(judgements))
            cases = self._cases(facts, loaded.piece.first)
            for place in range(start, min(start + TOLD, loaded.piece.height)):
                if place in piece.alone:
                    yield piece.alone[place]
                elif place in judgements:
                    kind, judgement = judgements[place]
                    standard = self.plan.standard_of(kind)
                    assert standard is not None
                    yield self.judging.concluded(standard, cases[place], judgement)

    def _facts(self, loaded: Loaded, places: Sequence[int]) -> dict[int, Facts]:
        items, _ = self.admission.alone(loaded, pl.Series(places, dtype=pl.UInt32))
        found: dict[int, Facts] = {}
        for place, item in items.items():
            assert isinstance(item, Facts), "a unit that columns take for sound is sound"
            found[place] = item
        return found


def levels_of(plan: Plan) -> list[frozenset[str]]:
    """The judged kinds of units, each in a level behind those of the units below that its standard reads."""
    level: dict[str, int] = {}
    for kind in plan.order:
        standard = plan.standard_of(kind)
        assert standard is not None
        read = {below for group in standard.groups for below in group.kinds}
        level[kind] = 1 + max((level.get(below, -1) for below in read), default=-1)
    last = max(level.values(), default=0)
    return [frozenset(kind for kind, at in level.items() if at == number) for number in range(last + 1)]


def readings_of(plan: Plan, asked: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """For each standard the choices of the readings that its verdicts use.

    Args:
        plan: With the standards.
        asked: The same for the standards of the rulesets used.
    """
    found: dict[str, Mapping[str, str]] = {}
    for standard in plan.standards.values():
        found[standard.id] = {name: plan.readings[name] for name in standard.readings}
        for node in standard.verdicts:
            found[standard.id] = {**found[standard.id], **asked.get(node.standard, {})}
    return found


def _points(standard: PlannedStandard, ends: pl.Series) -> pl.Series:
    """One end of the points of units as text."""
    assert standard.decision is not None
    assert standard.decision.points is not None
    dimension = standard.decision.points.dimension
    distinct = ends.unique()
    return ends.replace_strict(
        distinct, [str(plain(stated(number, dimension))) for number in distinct.to_list()], return_dtype=pl.String
    )


def _classes(standard: PlannedStandard, compiled: ColumnarStandard, outcomes: pl.DataFrame) -> pl.DataFrame:
    """The class of each unit, or those that it may be in."""
    if not compiled.class_names:
        nothing = pl.repeat(None, outcomes.height, dtype=pl.String, eager=True)
        return pl.DataFrame({"class": nothing, "possible_classes": nothing.cast(pl.List(pl.String))})
    names = [SCOPE, *compiled.class_names]
    distinct = outcomes.select(names).unique(maintain_order=True)
    found = []
    for scope, *classes in distinct.iter_rows():
        judgement = Judgement(OUTCOMES[scope], (), OUTCOMES[scope], tuple(OUTCOMES[code] for code in classes))
        reached, possible = classes_of(standard, judgement)
        found.append((reached, list(possible) or None))
    schema = {"class": pl.String(), "possible_classes": pl.List(pl.String())}
    table = distinct.hstack(pl.DataFrame(found, schema=schema, orient="row"))
    joined = outcomes.select(names).join(table, on=names, how="left", maintain_order="left")
    return joined.select("class", "possible_classes")


def _sort(number: int, side: str, sort: Sort, standard: PlannedStandard, compiled: ColumnarStandard) -> pl.Expr:
    """Whether a unit is of the sort that a quota counts; see :func:`antq_rules.assessment.quotas.sorts_of`."""
    if sort_column(number, side) in compiled.sorts:
        state = pl.col(sort_column(number, side))
    elif sort.score_class is not None:
        assert standard.decision is not None
        reached = pl.col("class").eq_missing(pl.lit(sort.score_class))
        possible = pl.col("possible_classes").list.contains(sort.score_class).fill_null(False)
        state = pl.when(reached).then(_PASS).when(possible).then(_UNDETERMINED).otherwise(_FAIL)
    else:
        wanted = CODES[Outcome(str(sort.outcome))]
        open_one = (pl.col("outcome") == _UNDETERMINED) & (wanted != _UNDETERMINED)
        state = pl.when(open_one).then(_UNDETERMINED).when(pl.col("outcome") == wanted).then(_PASS).otherwise(_FAIL)
    return pl.when((pl.col("scope") == _UNDETERMINED) & (state == _PASS)).then(_UNDETERMINED).otherwise(state)
