"""What Spark's workers do: batches of Arrow in, batches of Arrow out, the same code as on one machine between them.

Every object here is handed to ``mapInArrow``. The engine comes with it as it is pickled, and a worker compiles it once.
"""

from __future__ import annotations

import pickle
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import ClassVar

import polars as pl
import pyarrow as pa
from polars.datatypes import DataTypeClass

from antq_rules.assessment.judging import Judging, prepared
from antq_rules.assessment.result import Rejected
from antq_rules.assessment.result_rows import finding_rows, findings_schema, unit_rows, units_schema
from antq_rules.assessment.tables.before import LastYear
from antq_rules.assessment.tables.columns import Rows, named
from antq_rules.assessment.tables.judging import TOLD, Asked, JudgedPiece, PieceJudge, readings_of
from antq_rules.assessment.tables.opening import KIND, Loaded, Piece, UnitKeys
from antq_rules.assessment.tables.pieces import Admission, AdmittedPiece
from antq_rules.assessment.tables.states import StatesBelow
from antq_rules.engines.choosing import executor_for
from antq_rules.engines.columnar import OWNER
from antq_rules.engines.columnar_expressions import OUTCOMES
from antq_rules.errors import EvidenceError
from antq_rules.evidence.intake import Intake
from antq_rules.frozen import frozen
from antq_rules.model.ruleset import Ruleset
from antq_rules.plan.compiling import compile_ruleset
from antq_rules.readers.frames import ROW, RawTable, dossier_of
from antq_rules.readers.layout import DOCUMENTS, UNIT, UNITS

LOCAL = "#local"
"""The place of a row that counts among those of its partition of the input."""

COUNTS = "#counts"
"""Whether a row counts: rows of units that are blank, or that add up others, do not."""

UNIT_ID = "#id"
PARENT = "#parent"
NUMBER = "#number"
"""The place of a unit among all."""

BELOW = "#below"
ASKED = "#asked"
REFUSED = "#refused"
BEFORE = "#before"
REMAINS = "#remains"
"""What other units, and the whole, must know of those of a batch; it has a row of its own."""

Batches = Iterator[pa.RecordBatch]
Schema = Mapping[str, pl.DataType]

_TEXT, _NUMBER = pl.String(), pl.Int64()
STATES = pl.List(pl.Struct({"group": _TEXT, "parent": _TEXT, "state": _NUMBER, "count": _NUMBER}))
COUNTED = pl.List(pl.Struct({"parent": _TEXT, "standard": _TEXT, "kind": _TEXT, "outcome": _NUMBER, "count": _NUMBER}))
SORTED = pl.List(
    pl.Struct(
        {
            "standard": _TEXT, "quota": _NUMBER, "unit": _TEXT, "of": _NUMBER, "among": _NUMBER, "count": _NUMBER,
            "order": _NUMBER, "first": _NUMBER,
        }
    )
)  # fmt: skip
GROUPS = pl.List(pl.Struct({"number": _NUMBER, "unit": _TEXT, "kind": _TEXT, "name": _TEXT, "parent": _TEXT}))
REMAINING = pl.Struct({"states": STATES, "counts": COUNTED, "sorts": SORTED, "groups": GROUPS, "refused": _NUMBER})


def rows_column(number: int) -> str:
    """The column of units that holds the rows of theirs in a table of lists or documents."""
    return f"#rows{number}"


# Arrow


def arrow_type(dtype: pl.DataType | DataTypeClass) -> pa.DataType:
    """The type of Arrow in which Spark takes a column."""
    if isinstance(dtype, pl.List):
        return pa.list_(pa.field("element", arrow_type(dtype.inner)))
    if isinstance(dtype, pl.Struct):
        return pa.struct([pa.field(one.name, arrow_type(one.dtype)) for one in dtype.fields])
    if isinstance(dtype, pl.Decimal):
        return pa.decimal128(dtype.precision or 38, dtype.scale)
    return _PLAIN[dtype.base_type()]


_PLAIN = {
    pl.String: pa.string(), pl.Enum: pa.string(), pl.Int64: pa.int64(), pl.Int32: pa.int32(), pl.Int8: pa.int8(),
    pl.Boolean: pa.bool_(), pl.Binary: pa.binary(),
}  # fmt: skip


def arrow_schema(schema: Schema) -> pa.Schema:
    """The columns of a table in the types of Arrow that Spark takes."""
    return pa.schema([pa.field(name, arrow_type(dtype)) for name, dtype in schema.items()])


def _batches(frame: pl.DataFrame, schema: pa.Schema) -> Batches:
    words = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Enum)]
    table = frame.with_columns(pl.col(name).cast(pl.String) for name in words).to_arrow(
        compat_level=pl.CompatLevel.oldest()
    )
    yield from table.select(schema.names).cast(schema).to_batches()


def _frame(batch: pa.RecordBatch) -> pl.DataFrame:
    frame = pl.from_arrow(pa.Table.from_batches([batch]))
    assert isinstance(frame, pl.DataFrame)
    return frame


# What workers are told


@frozen
class Work:
    """By what is judged; ``used`` leads to the ruleset whose verdicts another one asks."""

    engine: bytes
    period: int
    used: tuple[int, ...] = ()

    @property
    def judging(self) -> Judging:
        """By which single units are judged."""
        return _ready(self)[0]

    @property
    def intake(self) -> Intake:
        """Of the same plan."""
        return _ready(self)[1]

    @property
    def ruleset(self) -> Ruleset:
        """By whose dictionary cells are read."""
        return Work(self.engine, self.period).judging.plan.ruleset


@lru_cache(maxsize=16)
def _ready(work: Work) -> tuple[Judging, Intake]:
    """What a worker has compiled stays with it."""
    if work.used:
        judging, _ = _ready(Work(work.engine, work.period, work.used[:-1]))
        used = judging.used[work.used[-1]]
        return used.judging, used.intake
    engine = pickle.loads(work.engine)
    plan = compile_ruleset(engine.ruleset, work.period, engine.readings)
    return prepared(plan, executor_for(engine.engine), engine.language), Intake(plan)


@frozen
class Sheet:
    """A table of the input: what it holds, and the names that its columns ``c0``, ``c1`` ... have there."""

    table: RawTable
    names: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Its columns in Spark."""
        return [f"c{number}" for number in range(len(self.names))]

    def frame(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Its columns by their names, and the numbers of the rows."""
        names = zip(self.columns, self.names, strict=True)
        return rows.select(ROW, *(pl.col(column).alias(name) for column, name in names))


@frozen
class Units:
    """A table of units with the rows of other tables beside each.

    ``shared`` are the ids that are not of one unit alone with how many units have them, ``firsts`` the place of the
    first of these, to which the rows belong; ``parents`` are the units that stand above others.
    """

    sheet: Sheet
    lists: tuple[Sheet, ...]
    shared: Mapping[str, int]
    firsts: Mapping[str, int]
    parents: Container[str]

    def loaded(self, batch: pa.RecordBatch) -> tuple[Loaded, pl.DataFrame]:
        """A batch as a piece, and whatever else it has, in the same order."""
        frame = _frame(batch).sort(NUMBER).with_row_index(OWNER)
        beyond = frame.select(OWNER, UNIT_ID, NUMBER).filter(pl.col(UNIT_ID).is_in(list(self.firsts)))
        others = {owner for owner, id, number in beyond.iter_rows() if self.firsts[id] != number}
        rows = []
        for number, sheet in enumerate(self.lists):
            column = rows_column(number)
            mine = frame.select(OWNER, column).filter(
                (pl.col(column).list.len() > 0) & ~pl.col(OWNER).is_in(list(others))
            )
            if mine.height:
                each = mine.explode(column).unnest(column)
                rows.append(Rows(sheet.table, sheet.frame(each).with_columns(each[OWNER])))
        table = self.sheet.table
        units = self.sheet.frame(frame).with_columns(frame[KIND])
        kinds = frozenset(kind for kind in frame[KIND].unique() if kind is not None)
        piece = Piece(0, table, 0, frame.height, (), 0, frame.height, kinds)
        return Loaded(piece, units, tuple(rows), frame[UNIT_ID], frame[NUMBER]), frame


class _Held:
    """The tables of which a batch is one piece; see :class:`~antq_rules.assessment.tables.opening.UnitTables`."""

    def __init__(self, units: Units, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.shared: Mapping[str, int] = units.shared
        self.parents: Container[str] = units.parents
        self.loaded: Loaded | None = None

    def load(self, piece: Piece) -> Loaded:
        assert self.loaded is not None
        return self.loaded


# Which units there are


@dataclass(frozen=True)
class Identify:
    """The rows of a table with the ids of their units; of units also those above them, and their kinds."""

    work: Work
    sheet: Sheet

    def __call__(self, batches: Batches) -> Batches:
        keys = UnitKeys(self.work.ruleset)
        table = self.sheet.table
        row = local = 0
        for batch in batches:
            frame = _frame(batch)
            numbered = frame.with_columns(pl.int_range(row, row + frame.height, dtype=pl.Int64).alias(ROW))
            row += frame.height
            known = self.sheet.frame(numbered)
            if table.what == UNITS:
                columns = named(table, known)
                ids = keys.ids(columns["id"])
                counts = ~known[ROW].is_in(keys.passed_over(table, known, ids))
                parents, kinds = keys.parents(columns, ids), keys.kinds(table, known)
            else:
                ids = keys.ids(known[table.columns[UNIT]])
                counts = pl.repeat(True, frame.height, eager=True)
                parents = kinds = ids.clear(frame.height)
            found = numbered.with_columns(
                ids.alias(UNIT_ID), counts.alias(COUNTS), parents.alias(PARENT), kinds.cast(pl.String).alias(KIND),
                (local + counts.cast(pl.Int64).cum_sum() - 1).alias(LOCAL),
            )  # fmt: skip
            local += int(counts.sum())
            yield from _batches(found, self.schema(batch.schema))

    def schema(self, columns: pa.Schema) -> pa.Schema:
        """The columns that come out where these go in."""
        return pa.schema(
            [
                *columns, pa.field(ROW, pa.int64()), pa.field(UNIT_ID, pa.string()), pa.field(COUNTS, pa.bool_()),
                pa.field(PARENT, pa.string()), pa.field(KIND, pa.string()), pa.field(LOCAL, pa.int64()),
            ]
        )  # fmt: skip


@dataclass(frozen=True)
class LostRows:
    """Of rows whose unit is nowhere those that hold anything."""

    work: Work
    sheet: Sheet

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            frame = _frame(batch)
            try:
                dossier_of([(self.sheet.table, self.sheet.frame(frame))], self.work.ruleset, None)
            except EvidenceError as error:
                places = [fault.place for fault in error.faults if fault.place is not None]
                lost = frame.filter(pl.col(ROW).is_in([place.line - 1 for place in places]))
                yield from _batches(lost, batch.schema)


@dataclass(frozen=True)
class DocumentFaults:
    """What is wrong with rows of documents that concerns no unit, as pickled faults."""

    work: Work
    units: Units

    schema: ClassVar[Schema] = {"faults": pl.Binary()}

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            loaded, _ = self.units.loaded(batch)
            documents = [rows for rows in loaded.rows if rows.table.what == DOCUMENTS]
            if not documents:
                continue
            table = loaded.piece.table
            owners = pl.concat([rows.frame[OWNER] for rows in documents]).unique()
            keys = [table.columns[key] for key in ("id", "kind") if key in table.columns]
            slices = [(table, loaded.units[owners.sort()].select(ROW, *keys))]
            slices += [(rows.table, rows.frame.drop(OWNER)) for rows in documents]
            try:
                dossier_of(slices, self.work.ruleset, None)
            except EvidenceError as error:
                found = pl.DataFrame({"faults": [pickle.dumps(error.faults[:TOLD])]}, schema=self.schema)
                yield from _batches(found, arrow_schema(self.schema))


# Units admitted


@dataclass(frozen=True)
class _Admitting:
    work: Work
    units: Units

    def admitted(self, batches: Batches) -> Iterator[tuple[Admission, AdmittedPiece, pl.DataFrame]]:
        """The batches as pieces, each with whatever else the batch has."""
        held = _Held(self.units, self.work.ruleset)
        admission = Admission(held, self.work.intake, restrict=bool(self.work.used))
        for batch in batches:
            held.loaded, frame = self.units.loaded(batch)
            if REFUSED in frame.columns:
                admission.refused = frozenset(frame[REFUSED].drop_nulls())
            yield admission, admission.admit(held.loaded), frame


@dataclass(frozen=True)
class Refused(_Admitting):
    """The units that are refused, by their places among all."""

    schema: ClassVar[Schema] = {NUMBER: pl.Int64(), REFUSED: pl.String()}

    def __call__(self, batches: Batches) -> Batches:
        for _, admitted, frame in self.admitted(batches):
            rows = [
                (frame[NUMBER][place], item.unit)
                for place, item in admitted.items.items()
                if isinstance(item, Rejected)
            ]
            yield from _batches(pl.DataFrame(rows, schema=self.schema, orient="row"), arrow_schema(self.schema))


@dataclass(frozen=True)
class Texts(_Admitting):
    """The units as the hash of the input takes them."""

    schema: ClassVar[Schema] = {"id": pl.String(), "tie": pl.String(), "text": pl.String()}

    def __call__(self, batches: Batches) -> Batches:
        for admission, admitted, _ in self.admitted(batches):
            for ids, texts, ties in admission.texts(admitted):
                frame = pl.DataFrame({"id": ids, "tie": ties, "text": texts})
                yield from _batches(frame, arrow_schema(self.schema))


@dataclass(frozen=True)
class Joined:
    """Texts that come in order, as few long ones."""

    schema: ClassVar[Schema] = {"text": pl.String()}

    def __call__(self, batches: Batches) -> Batches:
        for batch in batches:
            if batch.num_rows:
                yield from _batches(_frame(batch).select(pl.col("text").str.join(",")), arrow_schema(self.schema))


@dataclass(frozen=True)
class Past(_Admitting):
    """Last year's units with nothing but what this year's are compared with."""

    @property
    def schema(self) -> Schema:
        """See :class:`~antq_rules.assessment.tables.before.LastYear`."""
        return LastYear(self.work.judging.plan).schema

    def __call__(self, batches: Batches) -> Batches:
        last = LastYear(self.work.judging.plan)
        for _, admitted, _ in self.admitted(batches):
            yield from _batches(last.rows(admitted), arrow_schema(last.schema))


# Units judged


@dataclass(frozen=True)
class _Judging(_Admitting):
    kinds: frozenset[str] = field(default=frozenset())

    def judged(self, batches: Batches) -> Iterator[tuple[JudgedPiece, AdmittedPiece, pl.DataFrame]]:
        """The batches as judged pieces; each is done with before the next one comes."""
        judge: PieceJudge | None = None
        for admission, admitted, frame in self.admitted(batches):
            if judge is None:
                judge = PieceJudge(admission.tables, self.work.judging, admission, None, {})
            judge.below = StatesBelow()
            if BELOW in frame.columns:
                below = frame.select(pl.col(UNIT_ID).alias("parent"), BELOW).filter(pl.col(BELOW).list.len() > 0)
                if below.height:
                    # Units that share an id are refused, and nothing is asked of those below them.
                    each = below.unique("parent").explode(BELOW).unnest(BELOW)
                    judge.below.add(each.select("group", "parent", "state", "count").iter_rows())
            if BEFORE in frame.columns:
                judge.before = self._before(frame)
            if ASKED in frame.columns:
                judge.asked = self._asked(frame)
            yield judge.judge(admitted, self.kinds), admitted, frame

    def _before(self, frame: pl.DataFrame) -> LastYear:
        plan = self.work.judging.plan
        known = frame.select(BEFORE).filter(pl.col(BEFORE).list.len() > 0)
        if known.is_empty():
            return LastYear(plan)
        rows = known.explode(BEFORE).unnest(BEFORE)
        return LastYear(plan, rows.select(list(LastYear(plan).schema)).unique(maintain_order=True))

    def _asked(self, frame: pl.DataFrame) -> dict[str, Asked]:
        words = [outcome.value for outcome in OUTCOMES]
        asked = frame.select(OWNER, ASKED).filter(pl.col(ASKED).list.len() > 0)
        nothing = pl.repeat(None, frame.height, dtype=pl.Int8, eager=True)
        found: dict[str, Asked] = {}
        for standard, readings in self._readings.items():
            codes = nothing
            if asked.height:
                each = asked.explode(ASKED).unnest(ASKED).filter(pl.col("standard") == standard)
                outcomes = each["outcome"].replace_strict(words, list(range(len(words))), return_dtype=pl.Int8)
                codes = nothing.clone().scatter(each[OWNER], outcomes)
            found[standard] = Asked(codes, readings)
        return found

    @cached_property
    def _readings(self) -> Mapping[str, Mapping[str, str]]:
        return _asked_readings(self.work.judging)


def _asked_readings(judging: Judging) -> dict[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for used in judging.used:
        found |= readings_of(used.judging.plan, _asked_readings(used.judging))
    return found


@dataclass(frozen=True)
class Judged(_Judging):
    """A row for each unit that is judged or refused, and one for what remains of the batch."""

    @cached_property
    def schema(self) -> Schema:
        """The columns of the table of units, and of what remains."""
        return {**units_schema(self.work.judging.plan), NUMBER: pl.Int64(), REMAINS: REMAINING}

    def __call__(self, batches: Batches) -> Batches:
        plan = self.work.judging.plan
        schema = arrow_schema(self.schema)
        for judged, admitted, frame in self.judged(batches):
            units = unit_rows(judged.codes, plan).with_columns(frame[NUMBER].gather(judged.places).alias(NUMBER))
            units = units.with_columns(pl.lit(None, REMAINING).alias(REMAINS))
            yield from _batches(units, schema)
            remains = pl.DataFrame({REMAINS: [self._remains(judged, admitted, frame)]}, schema={REMAINS: REMAINING})
            yield from _batches(pl.concat([units.clear(), remains], how="diagonal"), schema)

    def _remains(self, judged: JudgedPiece, admitted: AdmittedPiece, frame: pl.DataFrame) -> dict[str, object]:
        summary = judged.summary
        numbers = dict(frame.select(UNIT_ID, NUMBER).iter_rows()) if summary.groups else {}
        return {
            "states": _structs(STATES, summary.states),
            "counts": _structs(COUNTED, summary.counts),
            "sorts": _structs(SORTED, ((*row[:6], *row[6]) for row in summary.sorts)),
            "groups": _structs(
                GROUPS, ((numbers[one.unit], one.unit, one.kind, one.name, one.parent) for one in summary.groups)
            ),
            "refused": sum(isinstance(item, Rejected) for item in admitted.items.values()),
        }


def _structs(shape: pl.List, rows: Iterable[Iterable[object]]) -> list[dict[str, object]]:
    assert isinstance(shape.inner, pl.Struct)
    names = [one.name for one in shape.inner.fields]
    return [dict(zip(names, row, strict=True)) for row in rows]


@dataclass(frozen=True)
class Found(_Judging):
    """A row for each finding, with its reasons."""

    passes: bool = False

    schema: ClassVar[Schema] = findings_schema()

    def __call__(self, batches: Batches) -> Batches:
        ruleset, schema = self.work.judging.plan.ruleset.id, arrow_schema(self.schema)
        for judged, _, _ in self.judged(batches):
            verdicts = judged.verdicts()
            while some := list(islice(verdicts, TOLD)):
                yield from _batches(finding_rows(some, ruleset, passes=self.passes), schema)
