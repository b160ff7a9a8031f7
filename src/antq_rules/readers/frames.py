"""Tables of units in data frames, Parquet and CSV files: what each of them is, and rows of theirs as a dossier.

The name of a table says what it holds: the units of a kind, the rows of a list, or ``documents``; a table of another
name with the columns ``kind`` and ``id`` holds units of several kinds. Cells mean what they mean in workbooks. Values
with a type of their own are taken as they are, and no number is a day.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from antq_rules import located
from antq_rules.errors import EvidenceError, Fault, Phrase, Place, message
from antq_rules.extensions.formats import Source
from antq_rules.frozen import frozen
from antq_rules.model.dossier import Dossier
from antq_rules.model.ruleset import Field, Ruleset
from antq_rules.operators.base import closest, shown
from antq_rules.plan.compiling import kinds_of
from antq_rules.readers.cells import GUESSED, Cell
from antq_rules.readers.csv_tables import UNREADABLE, CsvFile, broken_table
from antq_rules.readers.layout import (
    DOCUMENT_COLUMNS,
    DOCUMENTS,
    FIELD,
    ROWS,
    SERIES_COLUMNS,
    UNIT,
    UNIT_COLUMNS,
    UNITS,
    same,
)
from antq_rules.readers.reading import ASIDE
from antq_rules.readers.tables import Gathering, KindColumn, Table, columns_of_lists
from antq_rules.readers.workbook.opening import Sheet

SUFFIXES = (".parquet", ".csv")
PARQUET = b"PAR1"
ROW = "#row"
"""The column of a slice that numbers its rows in the table, from 0."""

ID = "id"
KIND = "kind"
DOCUMENTS_TABLE = "documents"


class Places(Protocol):
    """Tells where the cells of a table stand."""

    def place(self, row: int | None, column: str) -> Place:
        """Where a row, counted from 0, has its cell of a column; where the column has its name, without a row."""


@frozen
class OpenTable:
    """A table as it stands; ``file`` is its name in messages.

    ``ids`` are the names of its columns, composed and without white space around them, nothing where they have none.
    For rows of a ``sequential`` one all rows before them are gone through.
    """

    file: str
    rows: pl.LazyFrame
    ids: Mapping[str, str]
    places: Places
    sequential: bool = False


@frozen
class RawTable:
    """A table with what it holds.

    ``what`` is UNITS, ROWS or DOCUMENTS of :mod:`antq_rules.readers.layout`. ``of`` is the kind of its units, nothing
    where a column says so for each; the field whose rows it holds; nothing for documents. ``columns`` are those of
    ``rows`` by their ids. ``name`` is that of the table, ``file`` that in messages. For rows of a ``sequential`` one
    all rows before them are gone through.
    """

    name: str
    file: str
    what: str
    of: str
    rows: pl.LazyFrame
    columns: Mapping[str, str]
    places: Places
    sequential: bool = False

    def place(self, row: int, id: str) -> Place:
        """Where a row, counted from 0, has the cell of a column; its first cell where there is no such column."""
        return self.places.place(row, self.columns.get(id) or next(iter(self.columns.values())))

    def failed(self, error: BaseException) -> EvidenceError:
        """The error of a table whose rows cannot be read after all."""
        return EvidenceError(broken_table(self.file, error))


# Files


def open_tables(files: Sequence[Path]) -> dict[str, OpenTable]:
    """The tables in files by their names, which are those of the files without their suffix.

    Raises:
        EvidenceError: A file cannot be read, is broken or not what its name says, or a name stands twice; all faults
            are in it.
    """
    return open_sources([Source(file.as_posix(), file) for file in files])


def open_sources(sources: Sequence[Source]) -> dict[str, OpenTable]:
    """The tables in files or in the standard input, like :func:`open_tables`."""
    found: dict[str, OpenTable] = {}
    faults: list[Fault] = []
    for source in sources:
        name = _composed(source.name if source.path is None else source.path.stem)
        if name in found:
            faults.append(_twice(name, found[name].file, source.name))
            continue
        try:
            found[name] = _opened(source)
        except EvidenceError as error:
            faults += error.faults
    if faults:
        raise EvidenceError(faults)
    return found


def tables_in_memory(tables: Mapping[str, Any]) -> dict[str, OpenTable]:
    """Data frames by the names of the tables that they are.

    Args:
        tables: Frames of Polars, or of any other library that hands out its columns by Arrow's C interface: pyarrow,
            pandas, DuckDB and so on.
    Raises:
        EvidenceError: Something is no data frame, or a name stands twice; all faults are in it.
    """
    found: dict[str, OpenTable] = {}
    faults: list[Fault] = []
    for key, table in tables.items():
        name = _composed(key)
        if name in found:
            faults.append(_twice(name, found[name].file, key))
            continue
        if not isinstance(table, pl.LazyFrame) and not hasattr(table, "__arrow_c_stream__"):
            faults.append(
                Fault(
                    "wrong_type", message("the table '{name}' is no data frame"),
                    message("hand in a frame of Polars, pyarrow, pandas or another with Arrow's C interface"), "",
                    Place(name), {"name": name},
                )
            )  # fmt: skip
            continue
        try:
            found[name] = _named(name, table if isinstance(table, pl.LazyFrame) else pl.DataFrame(table).lazy())
        except (*UNREADABLE, TypeError, ImportError) as error:
            # A frame of another library may hold columns that are of no type at all.
            faults.append(broken_table(name, error))
    if faults:
        raise EvidenceError(faults)
    return found


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()


def _twice(name: str, first: str, second: str) -> Fault:
    return Fault(
        "duplicate_key", message("{first} is the table '{name}', too"), message("keep one of the two"), "",
        Place(second), {"name": name, "first": first},
    )  # fmt: skip


def _opened(source: Source) -> OpenTable:
    if source.path is None and source.size() > located.MAX_BYTES:
        raise source.error("too_large", *located.TOO_LARGE, size=source.size(), limit=located.MAX_BYTES)
    with source.open() as stream:
        try:
            beginning = stream.read(len(PARQUET))
        except OSError as error:
            raise EvidenceError(broken_table(source.name, error)) from None
    if not beginning:
        raise source.error("empty_file", message("the file is empty"), message("write a table into it"))
    suffix = source.path.suffix.lower() if source.path else ""
    if beginning == PARQUET and suffix == ".csv":
        raise source.error(
            "wrong_format", message("this is {kind}, but its name ends in {suffix}"),
            message("save it under a name that ends in {right}"), kind=Phrase(message("a Parquet file")),
            suffix=suffix, right=".parquet",
        )  # fmt: skip
    if beginning != PARQUET and suffix == ".parquet":
        raise source.error(
            "wrong_format", message("this is no Parquet file, though its name says so"), message("write it anew")
        )
    try:
        return _parquet(source) if beginning == PARQUET else _csv(source)
    except UNREADABLE as error:
        raise EvidenceError(broken_table(source.name, error)) from None


# What holds them


def _parquet(source: Source) -> OpenTable:
    if source.path is None:
        rows = pl.scan_parquet(io.BytesIO(source.content))
    else:
        rows = pl.scan_parquet(source.path, glob=False, hive_partitioning=False)
    return _named(source.name, rows)


def _csv(source: Source) -> OpenTable:
    file = CsvFile(source)
    ids = {name: _composed(cell) for name, (_, cell) in zip(file.names, file.header, strict=True)}
    return OpenTable(source.name, file.rows(), ids, file, sequential=True)


def _named(file: str, rows: pl.LazyFrame) -> OpenTable:
    """A table whose columns have their names, and types, by themselves."""
    columns = tuple(rows.collect_schema())
    return OpenTable(file, rows, {column: _composed(column) for column in columns}, _NamedPlaces(file, columns))


@frozen
class _NamedPlaces:
    """Cells named by the number of their row, counted from 1, and their column: ``#17 households_resident``."""

    file: str
    columns: tuple[str, ...]

    def place(self, row: int | None, column: str) -> Place:
        number = self.columns.index(column) + 1
        if row is None:
            return Place(self.file, 0, number, column)
        return Place(self.file, row + 1, number, f"#{row + 1} {column}")


# What a table is


def sort_tables(tables: Mapping[str, OpenTable], ruleset: Ruleset) -> list[RawTable]:
    """What each table holds by the dictionary of a ruleset, sorted by name.

    Raises:
        EvidenceError: A table or one of its columns is unknown, a column that it needs is missing or stands twice, or
            is of a type that no cell may be; all faults are in it.
    """
    sorting = _Sorting(ruleset)
    found = [sorting.table(name, tables[name]) for name in sorted(tables)]
    if sorting.faults:
        raise EvidenceError(sorting.faults)
    return [table for table in found if table is not None]


class _Sorting:
    def __init__(self, ruleset: Ruleset) -> None:
        self.fields = {kind: ruleset.all_fields_of(kind) for kind in kinds_of(ruleset)}
        self.lists = columns_of_lists(self.fields)
        self.faults: list[Fault] = []

    def table(self, name: str, table: OpenTable) -> RawTable | None:
        columns = self.columns(table)
        if columns is None:
            return None
        known: Collection[str]
        needed: Sequence[str]
        if name in self.fields:
            what, of, known, needed = UNITS, name, (*UNIT_COLUMNS, *self.fields[name]), (ID,)
            lists = {TAGS, *_sets(self.fields[name].values())}
        elif name in self.lists:
            series = self.lists[name] == SERIES_COLUMNS
            what, of, known, needed = ROWS, name, self.lists[name], SERIES_COLUMNS if series else (UNIT,)
            named = (fields[name] for fields in self.fields.values() if name in fields)
            lists = _sets(column for one in named for column in one.columns.values())
        elif name == DOCUMENTS_TABLE:
            what, of, known, needed, lists = DOCUMENTS, "", DOCUMENT_COLUMNS, (UNIT, FIELD), set()
        elif KIND in columns and ID in columns:
            every = [known for fields in self.fields.values() for known in fields.values()]
            what, of, known, needed = UNITS, "", (KIND, *UNIT_COLUMNS, *dict.fromkeys(one.name for one in every)), (ID,)
            lists = {TAGS, *_sets(every)}
        else:
            self.unknown(name, table)
            return None
        before = len(self.faults)
        self.check(table, columns, known, needed, of or name)
        schema = table.rows.collect_schema()
        for id, column in columns.items():
            if id in known:
                self.check_type(table, column, schema[column], may_be_list=id in lists)
        if len(self.faults) > before:
            return None
        return RawTable(name, table.file, what, of, table.rows, columns, table.places, table.sequential)

    def fault(
        self, table: OpenTable, column: str | None, code: str, what: str, mending: str = "{hint}", **values: Any
    ) -> None:
        place = Place(table.file) if column is None else table.places.place(None, column)
        self.faults.append(Fault(code, what, mending, "", place, values))

    def columns(self, table: OpenTable) -> dict[str, str] | None:
        """The columns by their ids; None where one stands twice. Those without a name hold nothing."""
        found: dict[str, str] = {}
        before = len(self.faults)
        for column, id in table.ids.items():
            if not id:
                continue
            if id in found:
                self.fault(
                    table, column, "duplicate_key", message("the column '{name}' stands twice"),
                    message("keep one of the two"), name=id[:GUESSED],
                )  # fmt: skip
            found.setdefault(id, column)
        return found if len(self.faults) == before else None

    def unknown(self, name: str, table: OpenTable) -> None:
        known = (*self.fields, *self.lists, DOCUMENTS_TABLE)
        self.fault(
            table, None, "unknown_table",
            message("the table {name} is named as no kind of unit and no list, and has no columns 'id' and 'kind'"),
            name=shown(name), hint=closest(name[:GUESSED], known),
        )  # fmt: skip

    def check(
        self, table: OpenTable, columns: Mapping[str, str], known: Collection[str], needed: Sequence[str], of: str
    ) -> None:
        for id, column in columns.items():
            if id not in known:
                self.fault(
                    table, column, "unknown_field", message("'{name}' is not a field of {kind}"), name=id[:GUESSED],
                    kind=of, hint=closest(id[:GUESSED], known),
                )  # fmt: skip
        for id in needed:
            if id not in columns:
                self.fault(
                    table, None, "missing_key", message("no column is '{name}'"), message("add it"), name=id
                )  # fmt: skip

    def check_type(self, table: OpenTable, column: str, type: pl.DataType, *, may_be_list: bool) -> None:
        if isinstance(type, pl.List | pl.Array):
            if may_be_list and isinstance(type.inner, _ITEMS):
                return
            what = message("the column '{name}' holds lists, and is none of choices or tags")
            mending = message("write one value a cell; the rows of a list stand in a table of their own")
            self.fault(table, column, "wrong_type", what, mending, name=column)
        elif isinstance(type, pl.Datetime) and type.time_zone is not None:
            what = message("the moments in the column '{name}' are of the time zone {zone}, where the day may differ")
            self.fault(table, column, "wrong_type", what, DATES, name=column, zone=type.time_zone)
        elif not isinstance(type, _CELLS) and not type.is_numeric():
            what = message("the column '{name}' is of the type {type}, which no cell may be")
            self.fault(table, column, "wrong_type", what, TYPES, name=column, type=str(type))


NOWHERE = message("write the id of a unit of these tables")
DATES = message("write a column of dates")
TYPES = message("write text, numbers, true and false, dates, or lists of text")
TAGS = "tags"
_ITEMS = (pl.String, pl.Categorical, pl.Enum, pl.Null)
_CELLS = (*_ITEMS, pl.Boolean, pl.Date, pl.Datetime)


def _sets(fields: Iterable[Field]) -> set[str]:
    return {known.name for known in fields if known.kind == "set"}


# Rows


class FrameTable(Table):
    """Some rows of a table, with their numbers and places in it."""

    __slots__ = ("filled", "raw")

    def __init__(self, raw: RawTable, rows: pl.DataFrame, kinds: Mapping[str, str]) -> None:
        self.raw = raw
        ids = [id for id, column in raw.columns.items() if column in rows.columns]
        columns = {id: number for number, id in enumerate(ids, start=1)}
        kind: str | KindColumn = raw.of
        if raw.what == UNITS and not raw.of:
            kind = KindColumn(columns.pop(KIND), kinds)
        super().__init__(_NO_SHEET, columns, 0, kind)
        self.rows = self.filled = dict(_cells(rows.select(ROW, *(raw.columns[id] for id in ids))))

    def place(self, file: str, row: int, id: str) -> Place:
        """Where the cell of a column stands, in the file of the table."""
        return self.raw.place(row, id)

    def kind_place(self, file: str, row: int) -> Place:
        """Where it stands of which kind a unit is."""
        return self.raw.place(row, KIND if isinstance(self.kind, KindColumn) else ID)

    def data_rows(self) -> Iterator[int]:
        """The rows in which some column holds anything."""
        for number, row in self.filled.items():
            if any(value is not None and not (isinstance(value, str) and not value.strip()) for value in row[1:]):
                yield number


_NO_SHEET = Sheet("", [], {}, (), False)


def _cells(rows: pl.DataFrame) -> Iterator[tuple[int, Sequence[Cell]]]:
    """The cells of each row by its number, which is the first of them."""
    typed = rows.with_columns(_readable(rows[column]) for column in rows.columns if column != ROW)
    odd = [number for number, type in enumerate(typed.dtypes) if isinstance(type, pl.List | pl.Decimal)]
    for row in typed.iter_rows():
        if odd:
            cells = list(row)
            for number in odd:
                cells[number] = _odd_cell(cells[number])
            yield row[0], cells
        else:
            yield row[0], row


def _readable(column: pl.Series) -> pl.Series:
    """The column in a type whose values Python reads as they are meant."""
    if column.dtype.is_float():
        # By their shortest digits: 0.7 of 32 bits is 0.699999988 of 64.
        wide = column if column.dtype == pl.Float64 else column.cast(pl.String).cast(pl.Float64)
        return wide.fill_nan(None)
    if isinstance(column.dtype, pl.Array):
        return column.cast(pl.List(column.dtype.inner))
    if column.dtype.is_temporal():
        days = column.cast(pl.Date)
        # Python knows no other years; as text such a day is refused alone.
        return days if days.dt.year().is_between(1, 9999).all() else days.cast(pl.String)
    return column


def _odd_cell(value: list[str | None] | Decimal | None) -> Cell:
    if isinstance(value, list):
        return tuple(value)
    return int(value) if value is not None and value == value.to_integral_value() else value


def dossier_of(
    slices: Iterable[tuple[RawTable, pl.DataFrame]],
    ruleset: Ruleset,
    period: int | None,
    *,
    elsewhere: Container[str] = (),
) -> Dossier:
    """The dossier in rows of tables, its units in the order in which theirs are given.

    Args:
        slices: Tables, each with all or some of its rows: the table's own columns, and :data:`ROW`.
        ruleset: By whose dictionary of fields cells are read.
        period: The year that the dossier is of.
        elsewhere: The ids of units that stand in other rows of the tables; rows of theirs are passed over.
    Raises:
        EvidenceError: Something concerns no unit, such as a row of a unit that is nowhere; all that is wrong with units
            is in it, too.
    """
    gathering = Gathering("", ruleset, None, elsewhere=elsewhere, hint=NOWHERE)
    kinds = {same(kind): kind for kind in gathering.fields}
    tables = [FrameTable(raw, rows, kinds) for raw, rows in slices]
    for table in tables:
        if table.raw.what == UNITS:
            gathering.add_units(table)
    for table in tables:
        if table.raw.what == ROWS:
            gathering.add_rows(table, table.raw.of)
        elif table.raw.what == DOCUMENTS:
            gathering.add_documents(table)
    return gathering.dossier(period)


def dossier_of_sources(sources: Sequence[Source]) -> Dossier:
    """The dossier in files that are tables.

    Raises:
        EvidenceError: They cannot be used; see :func:`open_sources`, :func:`sort_tables` and :func:`dossier_of`.
    """
    tables = open_sources(sources)
    ruleset = sources[0].ruleset(None)
    slices = []
    for raw in sort_tables(tables, ruleset):
        try:
            count = raw.rows.select(pl.len()).collect().item() * len(raw.columns)
            if count > located.MAX_NODES:
                what = message("the table has {count} cells, the limit is {limit}")
                raise EvidenceError(
                    Fault(
                        "too_large", what, message("split it into several folders"), "", Place(raw.file),
                        {"count": count, "limit": located.MAX_NODES},
                    )
                )  # fmt: skip
            slices.append((raw, raw.rows.with_row_index(ROW).collect()))
        except UNREADABLE as error:
            raise raw.failed(error) from None
    return dossier_of(slices, ruleset, None)


def named_tables(tables: Mapping[str, Any] | str | Path | Sequence[str | Path]) -> dict[str, OpenTable]:
    """Tables by name: data frames, a folder of Parquet and CSV files, or such files.

    Raises:
        EvidenceError: There is none; see :func:`open_tables` and :func:`tables_in_memory`, too.
    """
    if isinstance(tables, Mapping):
        return tables_in_memory(tables)
    places = [Path(tables)] if isinstance(tables, str | Path) else [Path(one) for one in tables]
    files: list[Path] = []
    for place in places:
        inside = sorted(place.iterdir()) if place.is_dir() else [place]
        found = [file for file in inside if file == place or _is_table(file)]
        if not found:
            what, mending = message("the folder holds no dossier"), message("put files there that end in {known}")
            values = {"known": ", ".join(SUFFIXES)}
            raise EvidenceError(Fault("no_dossier", what, mending, "", Place(place.as_posix()), values))
        files += found
    return open_tables(files)


def _is_table(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(ASIDE)
