"""Units of a table into whole numbers, column by column.

What is plainly sound is taken as it stands: whole numbers, truth values and days of typed columns; of every other
column each value that differs is read once, in the way in which a single unit's is. A unit of which anything is not
plain is ``odd``: it is not judged by these columns, but read by itself (see
:mod:`antq_rules.assessment.tables.pieces`), so that a fault is told in the same words as ever. To take a sound unit for
odd costs time, never truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

import polars as pl

from antq_rules.assessment.assessing import canonical
from antq_rules.engines.columnar import OWNER, with_columns
from antq_rules.engines.columnar_expressions import CODES, Aggregate, Expressions
from antq_rules.errors import Place
from antq_rules.evidence.intake import TEXT_LIMIT, Intake, window_of
from antq_rules.evidence.measuring import UNIT
from antq_rules.frozen import frozen
from antq_rules.model.dossier import Entry
from antq_rules.model.expression import IN_WINDOW, year_of
from antq_rules.model.outcome import FAIL
from antq_rules.model.ruleset import Constraint, Field
from antq_rules.operators.base import TAGS
from antq_rules.plan.compiling import PlannedStandard
from antq_rules.readers.cells import EXACT, Refusal, boolean
from antq_rules.readers.frames import ROW, RawTable, dossier_of
from antq_rules.readers.layout import ROWS, SERIES_COLUMNS, TOTAL_WORDS, UNIT_COLUMNS, UNITS, UNKNOWN_WORDS, YEAR
from antq_rules.readers.layout import UNIT as UNIT_OF_ROW
from antq_rules.readers.layout import VALUE as VALUE_OF_YEAR

FIRST_PLAIN_DAY, LAST_PLAIN_DAY = date(1990, 1, 1), date(2100, 12, 31)
"""Days of typed columns between these need no closer look."""

_UNPRINTABLE = "[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_EPOCH = date(1970, 1, 1).toordinal()
_PARTED = "\x1f"
_TEXT = "#text"
_ODD = "#odd"


@frozen
class Rows:
    """The rows of a list, or of documents, that belong to some units; :data:`OWNER` names the unit by its place."""

    table: RawTable
    frame: pl.DataFrame

    @property
    def named(self) -> pl.DataFrame:
        """The rows with their columns named by what they are."""
        return named(self.table, self.frame)


def named(table: RawTable, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of a table with their columns named by what they are."""
    return frame.rename({name: id for id, name in table.columns.items() if name != id})


@frozen
class Admitted:
    """Units of one kind as columns, in their order.

    ``units`` has a row for each, sound or odd: ``#unit`` (its id), ``name``, ``parent``, ``managing_level`` as text,
    values as whole numbers with null for what is not known, of a list the number of its rows. ``lists`` holds the rows
    that count. ``odd`` says which units need a closer look, ``texts`` is each unit as the input's hash sees it.
    """

    units: pl.DataFrame
    lists: Mapping[str, pl.DataFrame]
    odd: pl.Series
    texts: pl.Series


@dataclass(slots=True)
class _Column:
    """A column as read: numbers, what needs a closer look, and the values as canonical JSON; null is unknown."""

    numbers: pl.Series | None
    odd: pl.Series | None
    texts: pl.Series


@dataclass(slots=True)
class _Unit:
    """What is gathered of the units of a kind."""

    height: int
    values: dict[str, pl.Series] = field(default_factory=dict)
    lists: dict[str, pl.DataFrame] = field(default_factory=dict)
    odd: list[pl.Series] = field(default_factory=list)
    texts: dict[str, pl.Series] = field(default_factory=dict)
    keys: dict[str, pl.Series] = field(default_factory=dict)

    def is_odd(self, where: pl.Series) -> None:
        self.odd.append(where.fill_null(True))

    def add(self, name: str, column: _Column) -> None:
        if column.numbers is not None:
            self.values[name] = column.numbers
        if column.odd is not None:
            self.is_odd(column.odd)
        self.texts[name] = column.texts


class ColumnIntake:
    """Checks units of tables for one plan.

    Args:
        intake: Of the plan.
    """

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.plan = intake.plan
        self._known: dict[tuple[str, ...], dict[Any, tuple[int | None, str | None, bool]]] = {}
        self._relations = {kind: _Relations(self.plan.constraints, self.plan.fields[kind]) for kind in self.plan.kinds}

    def admit(self, kind: str, table: RawTable, frame: pl.DataFrame, rows: Sequence[Rows]) -> Admitted:
        """Units of a kind as columns.

        Args:
            kind: Of all of them.
            table: From which they are.
            frame: Its rows.
            rows: What other tables hold of these units.
        """
        found = _Unit(frame.height)
        fields = self.plan.fields[kind]
        frame = named(table, frame)
        self._keys(found, kind, table, frame)
        for name in frame.columns:
            if name in UNIT_COLUMNS or name.startswith("#") or (name == "kind" and not table.of):
                continue
            column = frame[name]
            known = fields.get(name)
            if known is None:
                found.is_odd(column.is_not_null())
            elif known.kind not in ("records", "series"):
                read = self._column(kind, known, column)
                found.add(name, _closer(read, column) if known.attested else read)
        lists: dict[str, list[Rows]] = {}
        for one in rows:
            known = fields.get(one.table.of) if one.table.what == ROWS else None
            if known is None or known.kind not in ("records", "series"):
                found.is_odd(_owns(one.frame, frame.height) > 0)
            else:
                lists.setdefault(known.name, []).append(one)
        for name in [*(name for name in frame.columns if name in fields), *lists]:
            known = fields[name]
            if name in found.lists or name in found.texts or known.kind not in ("records", "series"):
                continue
            stated = frame[name] if name in frame.columns else pl.Series([None] * frame.height, dtype=pl.Boolean)
            self._list(found, kind, known, stated, lists.get(name, ()))
        texts = _whole_texts(found, kind)
        standard = self.plan.standard_of(kind)
        found.is_odd(self._relations[kind].broken(found.values, found.height))
        if standard is not None:
            keep_window(found, fields, standard)
        odd = reduce(pl.Series.__or__, found.odd, pl.repeat(False, found.height, eager=True))
        units = pl.DataFrame({**found.keys, **found.values}, height=found.height)
        return Admitted(units, found.lists, odd, texts)

    # The keys of a unit

    def _keys(self, found: _Unit, kind: str, table: RawTable, frame: pl.DataFrame) -> None:
        ids = plain_texts(frame["id"])
        found.is_odd(ids.odd if ids.odd is not None else ids.texts.is_null())
        found.is_odd(ids.texts.is_null() | folded(ids.texts).is_in(list(TOTAL_WORDS)))
        found.keys[UNIT] = ids.texts
        found.texts["id"] = _quoted(ids.texts)
        for key in ("name", "parent"):
            if key in frame.columns:
                read = plain_texts(frame[key])
                found.is_odd(read.odd if read.odd is not None else read.texts.is_null() & frame[key].is_not_null())
                if key == "parent":
                    found.is_odd(folded(read.texts).is_in(list(UNKNOWN_WORDS)).fill_null(False))
                found.keys[key] = read.texts
                found.texts[key] = _quoted(read.texts)
            else:
                found.keys[key] = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
        for key in ("managing_level", "tags"):
            if key in frame.columns:
                read = self._looked_up(kind, key, frame[key])
                found.add(TAGS if key == "tags" else f"#{key}", read)
                found.texts[key] = found.texts.pop(TAGS if key == "tags" else f"#{key}")
        level = found.texts.get("managing_level")
        found.values.pop("#managing_level", None)
        found.keys["managing_level"] = (
            pl.repeat(None, frame.height, dtype=pl.String, eager=True) if level is None else level.str.strip_chars('"')
        )

    # Columns

    def _column(self, kind: str, known: Field, column: pl.Series) -> _Column:
        return _typed(known, column) or self._looked_up(kind, known.name, column)

    def _looked_up(self, kind: str, name: str, column: pl.Series, of: str = "") -> _Column:
        """Each value that differs is read once, as that of a single unit; ``of`` is the list whose column it is."""
        keys, odd = _keyed(column)
        known = self._known.setdefault((kind, of, name, str(column.dtype)), {})
        distinct = pl.DataFrame({"key": keys, "value": column}).unique("key", maintain_order=True).drop_nulls("key")
        new = distinct.filter(~pl.col("key").is_in(list(known))) if known else distinct
        if new.height:
            read = self._read_rows if of else self._read_units
            known.update(zip(new["key"].to_list(), read(kind, name, new["value"], of), strict=True))
        mapping = pl.DataFrame(
            [(key, *known[key]) for key in distinct["key"].to_list()],
            schema={"key": keys.dtype, "number": pl.Int64, "text": pl.String, "odd": pl.Boolean},
            orient="row",
        )
        joined = pl.DataFrame({"key": keys}).join(mapping, on="key", how="left", maintain_order="left")
        closer = joined["odd"].fill_null(False)
        return _Column(joined["number"], closer if odd is None else closer | odd, joined["text"])

    def _read_units(
        self, kind: str, name: str, values: pl.Series, _: str
    ) -> Iterable[tuple[int | None, str | None, bool]]:
        """The numbers and texts of values of a column of units, and whether they need a closer look."""
        units = pl.DataFrame({"id": _numbered(values), name: values}).with_row_index(ROW)
        dossier = dossier_of([(_alone(UNITS, kind, units), units)], self.plan.ruleset, None)
        assert len(dossier.entries) == len(values)
        inside = name not in UNIT_COLUMNS
        for entry in dossier.entries:
            value = entry.data.get("evidence", {}).get(name) if inside else entry.data.get(name)
            if value is None:
                yield None, None, bool(entry.faults())
                continue
            text = json.dumps(canonical(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            alone = {"id": "x", "kind": kind, **({"evidence": {name: value}} if inside else {name: value})}
            facts = self.intake.admit(Entry(alone))
            if entry.faults() or isinstance(facts, list) or facts.notes:
                yield None, text, True
            else:
                yield facts.values.get(name if inside else TAGS), text, False

    def _read_rows(
        self, kind: str, name: str, values: pl.Series, of: str
    ) -> Iterable[tuple[int | None, str | None, bool]]:
        """The same for values of a column of a list."""
        units = pl.DataFrame({"id": _numbered(values)}).with_row_index(ROW)
        rows = pl.DataFrame({UNIT_OF_ROW: _numbered(values), name: values}).with_row_index(ROW)
        slices = [
            (_alone(UNITS, kind, units), units),
            (_alone(ROWS, of, rows), rows),
        ]
        dossier = dossier_of(slices, self.plan.ruleset, None)
        column = self.plan.fields[kind][of].columns[name]
        for entry in dossier.entries:
            value = entry.data["evidence"][of][0].get(name)
            if value is None:
                yield None, None, bool(entry.faults())
                continue
            text = json.dumps(canonical(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            number = self.intake.number(column, value)
            if entry.faults() or isinstance(number, list):
                yield None, text, True
            else:
                yield number, text, False

    # Lists

    def _list(self, found: _Unit, kind: str, known: Field, stated: pl.Series, rows: Sequence[Rows]) -> None:
        """A list: how many rows each unit has, the rows, and all of them as canonical JSON."""
        says, odd = _stated(stated)
        if odd is not None:
            found.is_odd(odd)
        counts = pl.repeat(0, found.height, dtype=pl.UInt32, eager=True)
        for one in rows:
            counts = counts + _owns(one.frame, found.height)
        has_rows = counts > 0
        # "not known" beside rows, "none" beside rows and "some" without rows contradict each other.
        found.is_odd((has_rows & (says.fill_null(1) != 1)) | (~has_rows & (says.fill_null(0) == 1)))
        listed = has_rows | (says == 0).fill_null(False)
        if known.kind == "series":
            self._years(found, kind, known, listed, rows)
            return
        found.is_odd(counts > known.high)
        frames = [self._rows(found, kind, known, one) for one in rows]
        if frames:
            whole_list = pl.concat(frames, how="vertical")
        else:
            shape = {OWNER: pl.UInt32, **dict.fromkeys(known.columns, pl.Int64), _TEXT: pl.String}
            whole_list = pl.DataFrame(schema=shape)
        found.lists[known.name] = whole_list.drop(_TEXT)
        found.values[known.name] = (
            pl.DataFrame({"n": counts.cast(pl.Int64), "l": listed}).select(pl.when("l").then("n")).to_series()
        )
        whole = whole_list.group_by(OWNER, maintain_order=True).agg(pl.col(_TEXT).str.join(","))
        found.texts[known.name] = _by_owner(whole, listed, "[", "]")

    def _rows(self, found: _Unit, kind: str, known: Field, rows: Rows) -> pl.DataFrame:
        """The rows of one table of a list as numbers, with each row as canonical JSON."""
        frame = rows.named
        owners = frame[OWNER]
        odd: list[pl.Series] = []
        columns: dict[str, pl.Series] = {OWNER: owners}
        texts: dict[str, pl.Series] = {}
        for name in frame.columns:
            if name == UNIT_OF_ROW or name.startswith("#"):
                continue
            column = known.columns.get(name)
            if column is None:
                odd.append(frame[name].is_not_null())
                continue
            read = _typed(column, frame[name]) or self._looked_up(kind, name, frame[name], known.name)
            texts[name] = read.texts
            if read.numbers is not None:
                columns[name] = read.numbers
            if read.odd is not None:
                odd.append(read.odd.fill_null(True))
            if column.required:
                odd.append(read.texts.is_null())
        nothing = pl.repeat(None, frame.height, dtype=pl.Int64, eager=True)
        for name, column in known.columns.items():
            if column.required and name not in texts:
                odd.append(nothing.is_null())
        if odd:
            closer = frame.select(OWNER).filter(reduce(pl.Series.__or__, odd))[OWNER]
            found.is_odd(pl.int_range(found.height, dtype=pl.UInt32, eager=True).is_in(closer.unique().to_list()))
        text = _object(texts, frame.height)
        return pl.DataFrame({OWNER: owners, **{n: columns.get(n, nothing) for n in known.columns}, _TEXT: text})

    def _years(self, found: _Unit, kind: str, known: Field, listed: pl.Series, rows: Sequence[Rows]) -> None:
        """A series: a column for each year that occurs."""
        frames = []
        for table in rows:
            frame = table.named
            plain = all(name in SERIES_COLUMNS or name.startswith("#") for name in frame.columns) and all(
                name in frame.columns and frame[name].dtype.is_integer() for name in (YEAR, VALUE_OF_YEAR)
            )
            if not plain:
                found.is_odd(_owns(frame, found.height) > 0)
                continue
            frames.append(frame.select(OWNER, pl.col(YEAR).cast(pl.Int64), pl.col(VALUE_OF_YEAR).cast(pl.Int64)))
        if not frames:
            found.is_odd(listed)
            return
        frame = pl.concat(frames)
        year, value = pl.col(YEAR), pl.col(VALUE_OF_YEAR)
        sound = (
            year.is_between(1900, 2200) & value.is_between(known.low, known.high)
            & (value.abs() < EXACT) & ~pl.struct(OWNER, YEAR).is_duplicated()
        ).fill_null(False)  # fmt: skip
        closer = frame.filter(~sound)[OWNER].unique().to_list()
        found.is_odd(pl.int_range(found.height, dtype=pl.UInt32, eager=True).is_in(closer))
        found.is_odd(listed & (_owns(frame, found.height) == 0))
        frame = frame.filter(sound).sort(OWNER, YEAR)
        for number in frame[YEAR].unique(maintain_order=True).to_list():
            one = frame.filter(year == number).select(OWNER, value.alias("number"))
            places = pl.DataFrame({OWNER: pl.int_range(found.height, dtype=pl.UInt32, eager=True)})
            joined = places.join(one, on=OWNER, how="left", maintain_order="left")
            found.values[year_of(known.name, number)] = joined["number"]
        each = frame.with_columns(pl.format('"{}":{}', year, value).alias(_TEXT))
        whole = each.group_by(OWNER, maintain_order=True).agg(pl.col(_TEXT).str.join(","))
        found.texts[known.name] = _by_owner(whole, listed, "{", "}")


class _Nowhere:
    """Values that stand in no file."""

    def place(self, row: int | None, column: str) -> Place:
        return Place("")


def _alone(what: str, of: str, rows: pl.DataFrame) -> RawTable:
    columns = {name: name for name in rows.columns if name != ROW}
    return RawTable(of, "", what, of, rows.lazy(), columns, _Nowhere())


# Typed columns


def _typed(known: Field, column: pl.Series) -> _Column | None:
    """A column whose type says what its values are; None where each that differs is to be read."""
    dtype = column.dtype
    if dtype == pl.Null:
        return _Column(column.cast(pl.Int64), None, column.cast(pl.String))
    if known.kind == "text" and dtype == pl.String:
        read = plain_texts(column)
        return _Column(None, read.odd, _quoted(read.texts))
    if known.kind == "boolean" and dtype == pl.Boolean:
        return _Column(column.cast(pl.Int64), None, column.cast(pl.String))
    if known.kind == "integer" and dtype.is_integer():
        numbers = column.cast(pl.Int64, strict=False)
        low, high = max(known.low, 1 - EXACT), min(known.high, EXACT - 1)
        odd = ~numbers.is_between(low, high) | (numbers.is_null() & column.is_not_null())
        return _Column(numbers, odd.fill_null(False), numbers.cast(pl.String))
    if known.kind == "date" and dtype == pl.Date:
        odd = ~column.is_between(FIRST_PLAIN_DAY, LAST_PLAIN_DAY)
        texts = pl.DataFrame({"day": column}).select(pl.format('"{}"', pl.col("day").cast(pl.String))).to_series()
        return _Column(column.cast(pl.Int32).cast(pl.Int64) + _EPOCH, odd.fill_null(False), texts)
    return None


def plain_texts(column: pl.Series) -> _Column:
    """A column of text, composed and without white space around it; null where a cell is blank."""
    if column.dtype.is_integer():
        return _Column(None, None, column.cast(pl.String))
    if column.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    if column.dtype == pl.Null:
        return _Column(None, None, column.cast(pl.String))
    if column.dtype != pl.String:
        return _Column(None, column.is_not_null(), pl.repeat(None, len(column), dtype=pl.String, eager=True))
    clean = column.str.strip_chars()
    if (clean.str.len_bytes() > clean.str.len_chars()).any():
        clean = clean.str.normalize("NFC")
    odd = (
        column.str.contains(_UNPRINTABLE)
        | column.str.contains("\r", literal=True)
        | (column.str.len_chars() > TEXT_LIMIT)
    )
    texts = pl.DataFrame({"text": clean}).select(pl.when(pl.col("text") != "").then("text")).to_series()
    return _Column(None, odd.fill_null(False), texts)


def folded(texts: pl.Series) -> pl.Series:
    """Texts in small letters with single blanks, to be held against words."""
    return texts.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars(" :.")


def _keyed(column: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    """A column in a form in which equal values are equal, and which of them are not sure to be told apart so."""
    if isinstance(column.dtype, pl.List):
        items = column.cast(pl.List(pl.String))
        unclear = pl.element().is_null() | pl.element().str.contains(_PARTED, literal=True)
        odd = pl.DataFrame({"items": items}).select(pl.col("items").list.eval(unclear).list.any()).to_series()
        return items.list.len().cast(pl.String) + ":" + items.list.join(_PARTED), odd.fill_null(False)
    if column.dtype.is_float():
        return column.fill_nan(None), None
    if column.dtype in (pl.Categorical, pl.Enum):
        return column.cast(pl.String), None
    return column, None


def _stated(column: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    """What units say of a list: 1 there are rows, 0 there are none, -1 it is not known; null where nothing stands."""
    if column.dtype == pl.Boolean:
        return column.cast(pl.Int64), None
    keys, odd = _keyed(column)
    if isinstance(column.dtype, pl.List) or column.dtype.is_nested():
        return pl.repeat(None, len(column), dtype=pl.Int64, eager=True), column.is_not_null()
    found: dict[Any, tuple[int | None, bool]] = {}
    for value in keys.unique().drop_nulls().to_list():
        if isinstance(value, str) and not value.strip():
            found[value] = None, False
            continue
        read = boolean(value, None) if isinstance(value, str | int | float | bool) else Refusal("", "", "")
        found[value] = (None, True) if isinstance(read, Refusal) else (-1 if read is None else int(read), False)
    says = keys.replace_strict(list(found), [one for one, _ in found.values()], default=None, return_dtype=pl.Int64)
    closer = keys.replace_strict(
        list(found), [one for _, one in found.values()], default=False, return_dtype=pl.Boolean
    )
    return says, closer if odd is None else closer | odd


def _closer(read: _Column, column: pl.Series) -> _Column:
    return _Column(read.numbers, column.is_not_null(), read.texts)


def _numbered(values: pl.Series) -> pl.Series:
    return pl.int_range(len(values), eager=True).cast(pl.String)


def _owns(rows: pl.DataFrame, height: int) -> pl.Series:
    """How many rows each unit has."""
    counts = rows.group_by(OWNER).len("n")
    places = pl.DataFrame({OWNER: pl.int_range(height, dtype=pl.UInt32, eager=True)})
    return places.join(counts, on=OWNER, how="left", maintain_order="left")["n"].fill_null(0)


# Canonical JSON


def _quoted(texts: pl.Series) -> pl.Series:
    """Texts as JSON writes them; those with other control characters are odd."""
    for sign, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        if texts.str.contains(sign, literal=True).any():
            texts = texts.str.replace_all(sign, written, literal=True)
    return pl.DataFrame({"text": texts}).select(pl.format('"{}"', "text")).to_series()


def _object(texts: Mapping[str, pl.Series], height: int) -> pl.Series:
    """Objects with sorted keys, without those that hold nothing."""
    if not texts:
        return pl.repeat("{}", height, eager=True)
    frame = pl.DataFrame({name: texts[name] for name in sorted(texts)})
    parts = [pl.format(f",{json.dumps(name, ensure_ascii=False)}:{{}}", pl.col(name)) for name in frame.columns]
    joined = pl.concat_str(parts, ignore_nulls=True).str.slice(1)
    return frame.select(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))).to_series()


def _by_owner(whole: pl.DataFrame, listed: pl.Series, opens: str, closes: str) -> pl.Series:
    """What each unit has of a list, between brackets; null where the list is not told."""
    places = pl.DataFrame({OWNER: pl.int_range(len(listed), dtype=pl.UInt32, eager=True), "listed": listed})
    joined = places.join(whole, on=OWNER, how="left", maintain_order="left")
    text = pl.concat_str(pl.lit(opens), pl.col(_TEXT).fill_null(""), pl.lit(closes))
    return joined.select(pl.when("listed").then(text)).to_series()


def _whole_texts(found: _Unit, kind: str) -> pl.Series:
    inner = {name: text for name, text in found.texts.items() if name not in UNIT_COLUMNS}
    evidence = _object(inner, found.height)
    told = pl.DataFrame({"text": evidence}).select(pl.when(pl.col("text") != "{}").then("text")).to_series()
    keys = {name: text for name, text in found.texts.items() if name in UNIT_COLUMNS}
    named = pl.Series([json.dumps(kind, ensure_ascii=False)]).new_from_index(0, found.height)
    return _object({**keys, "kind": named, "evidence": told}, found.height)


# What holds between values


class _Relations:
    """The constraints between fields of a kind: which units may break one."""

    def __init__(self, constraints: Iterable[Constraint], fields: Mapping[str, Field]) -> None:
        self.expressions = Expressions("#constraint.")
        asked = [one for one in constraints if all(name in fields for name in one.fields)]
        self.fields = sorted({name for one in asked for name in one.fields})
        self.truths = [(self.expressions.truth(one.require), one.fields) for one in asked]
        self.aggregates: dict[str, list[Aggregate]] = {}
        for one in self.expressions.aggregates.values():
            self.aggregates.setdefault(one.node.records, []).append(one)

    def broken(self, values: Mapping[str, pl.Series], height: int) -> pl.Series:
        """Units that break a constraint; those for which it is not said, too, where much is not known."""
        if not self.truths:
            return pl.repeat(False, height, eager=True)
        if self.aggregates:
            # Sums over rows are few here: every unit that has any is looked at by itself.
            listed = [values[name].is_not_null() for name in self.aggregates if name in values]
            return reduce(pl.Series.__or__, listed, pl.repeat(False, height, eager=True))
        nothing = pl.repeat(None, height, dtype=pl.Int64, eager=True)
        table = pl.DataFrame({name: values.get(name, nothing) for name in self.fields}).lazy()
        broken = [
            (truth == CODES[FAIL]) & pl.any_horizontal([pl.col(name).is_not_null() for name in fields])
            for truth, fields in self.truths
        ]
        judged = with_columns(table, self.expressions).select(pl.any_horizontal(broken).alias(_ODD))
        return judged.collect().to_series()


def keep_window(found: _Unit, fields: Mapping[str, Field], standard: PlannedStandard) -> None:
    """Leave out dated rows beyond the window."""
    for name, known in fields.items():
        rows = found.lists.get(name)
        if known.dated_by is None or rows is None or rows.is_empty():
            continue
        day = pl.col(known.dated_by)
        if standard.window_fields is None:
            opens, closes = window_of(standard, {})
            inside = pl.lit(True)
            if opens is not None:
                inside = inside & (day >= opens)
            if closes is not None:
                inside = inside & (day <= closes)
            kept = rows.filter(inside.fill_null(True))
        else:
            kept = _kept_by_own_window(found, rows, day, standard.window_fields)
        found.lists[name] = kept
        counts = _owns(kept, found.height).cast(pl.Int64)
        found.values[name] = (
            pl.DataFrame({"n": counts, "old": found.values[name]})
            .select(pl.when(pl.col("old").is_not_null()).then("n"))
            .to_series()
        )


def _kept_by_own_window(found: _Unit, rows: pl.DataFrame, day: pl.Expr, window: tuple[str, str]) -> pl.DataFrame:
    nothing = pl.repeat(None, found.height, dtype=pl.Int64, eager=True)
    before, last = (found.values.get(name, nothing) for name in window)
    spans = pl.DataFrame(
        {OWNER: pl.int_range(found.height, dtype=pl.UInt32, eager=True), "#opens": before + 1, "#closes": last}
    )
    opens, closes = pl.col("#opens"), pl.col("#closes")
    inside = (opens.is_null() | (opens <= day)) & (closes.is_null() | (day <= closes))
    dated = pl.when(opens.is_not_null() & closes.is_not_null()).then(pl.lit(1, pl.Int64))
    return (
        rows.join(spans, on=OWNER, how="left", maintain_order="left")
        .filter(inside.fill_null(True))
        .with_columns(dated.alias(IN_WINDOW))
        .drop("#opens", "#closes")
    )
