"""The tables of a batch, opened: which units there are, in which pieces they come, and which rows are theirs.

Of every unit only its id and that of its parent are held for the whole run; the rows of lists and documents are put
aside by the piece to which their units belong.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import polars as pl

from antq_rules.assessment.tables.columns import Rows, folded, named, plain_texts
from antq_rules.assessment.tables.spill import ScratchFolder, Spill
from antq_rules.engines.columnar import OWNER
from antq_rules.frozen import frozen
from antq_rules.model.ruleset import Ruleset
from antq_rules.readers.cells import identity
from antq_rules.readers.csv_tables import UNREADABLE
from antq_rules.readers.frames import KIND as KEY
from antq_rules.readers.frames import ROW, RawTable, dossier_of
from antq_rules.readers.layout import TOTAL_WORDS, UNIT, UNITS, UNKNOWN_WORDS

PIECE = 1 << 16
"""So many units are judged at once."""

KIND = "#kind"
"""The column that names the kind of each unit of a piece; null where it is not known."""

_POSITION = "#position"
_BATCH = 1 << 18


@frozen
class Piece:
    """Units of one table that stand one after another; ``first`` is the place of the first one among all units."""

    number: int
    table: RawTable
    offset: int
    rows: int
    passed_over: tuple[int, ...]
    first: int
    height: int
    kinds: frozenset[str]


@frozen
class Loaded:
    """The units of a piece with all rows of theirs.

    ``numbers`` are the places of the units among all, where these do not stand one after another.
    """

    piece: Piece
    units: pl.DataFrame
    rows: tuple[Rows, ...]
    ids: pl.Series
    numbers: pl.Series | None = None

    def number(self, place: int) -> int:
        """The place among all units of the one that stands at a place of the piece."""
        if self.numbers is None:
            return self.piece.first + place
        number: int = self.numbers[place]
        return number


class UnitTables(Protocol):
    """What judging must know of the tables to which a piece belongs."""

    @property
    def ruleset(self) -> Ruleset:
        """By whose dictionary cells are read."""

    @property
    def shared(self) -> Mapping[str, int]:
        """The ids that are not of one unit alone, with how many units have them."""

    @property
    def parents(self) -> Container[str]:
        """The ids of units that stand above others."""

    def load(self, piece: Piece) -> Loaded:
        """The units of a piece with all rows of theirs."""


class UnitKeys:
    """Reads which units there are: their ids, their kinds, and which rows are no units at all.

    Args:
        ruleset: By whose dictionary cells are read.
    """

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self._kinds: dict[tuple[str, Any], str | None] = {}
        self._ids: dict[Any, str | None] = {}

    def ids(self, column: pl.Series) -> pl.Series:
        """Ids as a unit's own reading gives them; null where there is none."""
        read = plain_texts(column)
        if read.odd is None or not read.odd.any():
            return read.texts
        for value in column.filter(read.odd).unique().to_list():
            if (column.name, value) not in self._ids:
                found = identity(value, None)
                self._ids[column.name, value] = found if isinstance(found, str) else None
        texts = read.texts.to_list()
        for place in read.odd.arg_true().to_list():
            texts[place] = self._ids[column.name, column[place]]
        return pl.Series(texts, dtype=pl.String)

    def passed_over(self, table: RawTable, frame: pl.DataFrame, ids: pl.Series) -> list[int]:
        """Rows that are no units: blank ones, and those that add up others."""
        suspects = frame.filter(may_be_none(ids))
        if suspects.is_empty():
            return []
        entries = dossier_of([(table, suspects)], self.ruleset, None).entries
        kept = {entry.document.row for entry in entries}  # type: ignore[union-attr]
        return [row for row in suspects[ROW].to_list() if row not in kept]

    def kinds(self, table: RawTable, frame: pl.DataFrame) -> pl.Series:
        """The kind of each unit, null where it cannot be told."""
        if table.of:
            return pl.Series([table.of]).new_from_index(0, frame.height)
        column = named(table, frame)["kind"].cast(pl.String)
        new = [value for value in column.unique().to_list() if (table.file, value) not in self._kinds]
        for value in new:
            alone = pl.DataFrame(
                {table.columns["id"]: ["x"], table.columns["kind"]: [value]},
                schema_overrides={table.columns["kind"]: pl.String},
            )
            entry = dossier_of([(table, alone.with_row_index(ROW))], self.ruleset, None).entries[0]
            self._kinds[table.file, value] = entry.data.get("kind")
        known = [self._kinds[table.file, value] for value in column.unique(maintain_order=True).to_list()]
        return column.replace_strict(column.unique(maintain_order=True), known, return_dtype=pl.String)

    def parents(self, frame: pl.DataFrame, ids: pl.Series) -> pl.Series:
        """The unit above each unit, null where it is not known; ``frame`` has columns named by what they are."""
        parents = self.ids(frame["parent"]) if "parent" in frame.columns else ids.clear(len(ids))
        known = ~folded(parents).is_in(list(UNKNOWN_WORDS)).fill_null(False)
        return pl.DataFrame({"parent": parents, "known": known}).select(pl.when("known").then("parent")).to_series()


def may_be_none(ids: pl.Series) -> pl.Series:
    """Whether rows with these ids may be no units."""
    return ids.is_null() | folded(ids).is_in(list(TOTAL_WORDS))


class OpenedTables:
    """Tables whose units are known by their ids.

    Args:
        tables: Sorted by what they are.
        ruleset: By whose dictionary cells are read.
    Raises:
        EvidenceError: Rows are of no unit.
    """

    def __init__(self, tables: Sequence[RawTable], ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self._copies: ScratchFolder | None = None
        tables = [self._sliceable(table) for table in tables]
        self.pieces: list[Piece] = []
        self._keys = UnitKeys(ruleset)
        ids, parents = [], []
        self.height = 0
        for table in tables:
            if table.what == UNITS:
                for found_ids, found_parents in self._index(table):
                    ids.append(found_ids)
                    parents.append(found_parents)
        self.ids = pl.concat(ids) if ids else pl.Series([], dtype=pl.String)
        self.parents = self._parents(pl.concat(parents) if parents else pl.Series([], dtype=pl.String))
        counted = self.ids.drop_nulls().value_counts(name="n").filter(pl.col("n") > 1)
        self.shared: Mapping[str, int] = dict(counted.sort("n").iter_rows())
        self._spills: list[tuple[RawTable, Spill]] = []
        others = [table for table in tables if table.what != UNITS]
        if others:
            owners = pl.DataFrame({UNIT: self.ids}).with_row_index(_POSITION).unique(UNIT, keep="first").drop_nulls()
            for table in others:
                self._spills.append((table, self._put_aside(table, owners)))

    def close(self) -> None:
        """Forget what was put aside."""
        for _, spill in self._spills:
            spill.close()
        if self._copies is not None:
            self._copies.close()

    # Which units there are

    def _index(self, table: RawTable) -> Iterator[tuple[pl.Series, pl.Series]]:
        """The ids and parents of a table's units, piece by piece."""
        offset = 0
        keys = [
            column for id, column in table.columns.items() if id in ("id", "parent") or (id == KEY and not table.of)
        ]
        while True:
            frame = self._slice(table, offset, PIECE, keys)
            if frame.is_empty():
                return
            columns = named(table, frame)
            ids = self._keys.ids(columns["id"])
            passed_over: list[int] = []
            if may_be_none(ids).any():
                passed_over = self._keys.passed_over(table, self._slice(table, offset, PIECE), ids)
            kept = ~frame[ROW].is_in(passed_over)
            kinds = frozenset([table.of])
            if not table.of:
                kinds = frozenset(kind for kind in self._keys.kinds(table, frame).unique() if kind is not None)
            number = len(self.pieces)
            height = int(kept.sum())
            self.pieces.append(
                Piece(number, table, offset, frame.height, tuple(passed_over), self.height, height, kinds)
            )
            self.height += height
            offset += frame.height
            yield ids.filter(kept), self._keys.parents(columns, ids).filter(kept)
            if frame.height < PIECE:
                return

    def _slice(self, table: RawTable, offset: int, height: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        rows = table.rows if columns is None else table.rows.select(columns)
        try:
            return rows.slice(offset, height).collect().with_row_index(ROW, offset)
        except UNREADABLE as error:
            raise table.failed(error) from None

    def _sliceable(self, table: RawTable) -> RawTable:
        """The table, or a copy of one of which every slice costs a way through the whole file."""
        if not table.sequential:
            return table
        if self._copies is None:
            self._copies = ScratchFolder()
        copy = self._copies.path / f"{table.name}.parquet"
        try:
            table.rows.sink_parquet(copy, compression="lz4", row_group_size=PIECE)
        except UNREADABLE as error:
            raise table.failed(error) from None
        return replace(table, rows=pl.scan_parquet(copy, glob=False))

    def _parents(self, parents: pl.Series) -> Mapping[str, str | None]:
        """The units that stand above others, with what stands above them."""
        above = parents.drop_nulls().unique()
        rows = pl.DataFrame({"id": self.ids, "parent": parents}).filter(pl.col("id").is_in(above.implode()))
        return dict(rows.unique("id", keep="last").iter_rows())

    # Which rows are theirs

    def _put_aside(self, table: RawTable, owners: pl.DataFrame) -> Spill:
        """The rows of a list or of documents by the piece to which their units belong."""
        spill = Spill()
        firsts = pl.Series([piece.first for piece in self.pieces], dtype=pl.UInt32)
        offset = 0
        while True:
            frame = self._slice(table, offset, _BATCH)
            if frame.is_empty():
                return spill
            offset += frame.height
            units = self._keys.ids(frame[table.columns[UNIT]])
            owned = frame.with_columns(units.alias("#id")).join(
                owners, left_on="#id", right_on=UNIT, how="left", maintain_order="left"
            )
            lost = owned.filter(pl.col(_POSITION).is_null())
            if lost.height:
                # Blank rows are passed over; all others raise, with their places.
                dossier_of([(table, lost.select(frame.columns))], self.ruleset, None)
                owned = owned.filter(pl.col(_POSITION).is_not_null())
            number = firsts.search_sorted(owned[_POSITION], side="right") - 1
            place = owned[_POSITION] - firsts.gather(number)
            kept = owned.drop("#id", _POSITION).with_columns(
                place.cast(pl.UInt32).alias(OWNER), number.cast(pl.Int64).alias("#piece")
            )
            spill.add(kept, "#piece")

    # Piece by piece

    def load(self, piece: Piece) -> Loaded:
        """The units of a piece with all rows of theirs."""
        frame = self._slice(piece.table, piece.offset, piece.rows)
        if piece.passed_over:
            frame = frame.filter(~pl.col(ROW).is_in(piece.passed_over))
        frame = frame.with_columns(self._keys.kinds(piece.table, frame).alias(KIND))
        rows = []
        for table, spill in self._spills:
            found = spill.take(piece.number)
            if found is not None:
                rows.append(Rows(table, found))
        return Loaded(piece, frame, tuple(rows), self.ids.slice(piece.first, piece.height))
