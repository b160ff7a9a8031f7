"""Tables of units, of their lists and of what proves their values into a dossier, whatever file they stand in.

A cell that cannot be read is a fault of its unit, which is refused alone; what concerns no unit of the tables stops the
whole. Faults that are found later name their cell, too.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from antq_rules.errors import EvidenceError, Fault, Phrase, Place, message
from antq_rules.evidence.intake import DOCUMENT_KEYS, WRAPPER_KEYS
from antq_rules.frozen import frozen
from antq_rules.located import Document, Path
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.model.ruleset import Field, Ruleset
from antq_rules.operators.base import closest, shown
from antq_rules.plan.compiling import kinds_of, with_used
from antq_rules.readers.cells import (
    GUESSED,
    Cell,
    CellReader,
    Refusal,
    blank,
    day_reader,
    identity,
    integer,
    level_reader,
    plain,
    reader_of,
    tags_reader,
    text,
    year,
)
from antq_rules.readers.layout import (
    DOCUMENT_COLUMNS,
    FIELD,
    SERIES_COLUMNS,
    TOTAL_WORDS,
    UNIT,
    UNIT_COLUMNS,
    UNKNOWN_WORDS,
    VALUE,
    YEAR,
    same,
)
from antq_rules.readers.workbook.opening import Oddity, Sheet, Value
from antq_rules.readers.workbook.places import cell_place

FILLED = 10_000_000
"""So many cells at most take the value of the cell that they are merged with."""
GUESSES = 10
"""For so many ids that are nowhere a similar one is looked for."""

_TOTALS = ("tổng cộng ", "tổng số ")
_LISTS = ("records", "series")


@frozen
class KindColumn:
    """A column that names the kind of each unit; ``values`` are the kinds by what stands in it."""

    column: int
    values: Mapping[str, str]


@dataclass(slots=True)
class Table:
    """A sheet, or the part of one, with what its columns are.

    ``columns`` are their numbers by id, ``first`` is the first row of data; both count from 0. Of units ``kind`` is
    their kind and ``constants`` what holds for all of them. In a ``loose`` table, which somebody laid out for
    themselves, a row without an id that says nothing of a unit is passed over.
    """

    sheet: Sheet
    columns: Mapping[str, int]
    first: int
    kind: str | KindColumn = ""
    constants: Mapping[str, Any] = field(default_factory=dict)
    loose: bool = False
    rows: list[list[Value]] | dict[int, Sequence[Cell]] = field(init=False)
    oddities: dict[tuple[int, int], Oddity] = field(init=False)
    wide: set[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        sheet = self.sheet
        self.rows, self.oddities, self.wide = sheet.rows, dict(sheet.oddities), set()
        if sheet.merged:
            self._fill()

    def _fill(self) -> None:
        """Let a cell that is merged over several rows hold for each of them."""
        rows = self.rows = [list(row) for row in self.sheet.rows]
        left = FILLED
        for top, column, bottom, last in self.sheet.merged:
            bottom = min(bottom, len(rows) - 1)
            left -= max(0, bottom - top)
            if top < self.first or left <= 0 or top > bottom or column >= len(rows[top]):
                continue
            oddity = self.oddities.get((top, column))
            for row in range(top, bottom + 1):
                rows[row][column] = rows[top][column]
                if oddity is not None:
                    self.oddities[row, column] = oddity
                if last > column:
                    self.wide.add((row, column))

    def cell(self, row: int, id: str) -> tuple[Cell, Oddity | None]:
        """What stands in a column; nothing where the table has no such column."""
        column = self.columns.get(id)
        return (None, None) if column is None else (self.rows[row][column], self.oddities.get((row, column)))

    def place(self, file: str, row: int, id: str) -> Place:
        """Where the cell of a column stands, the first of those merged; the first column where there is no such."""
        column = self.columns.get(id, min(self.columns.values(), default=0))
        for top, left, bottom, right in self.sheet.merged:
            if top <= row <= bottom and left <= column <= right:
                row, column = top, left
                break
        return cell_place(file, self.sheet.name, row, column)

    def kind_place(self, file: str, row: int) -> Place:
        """Where it stands of which kind a unit is; the cell of its id where the whole table is of one kind."""
        if isinstance(self.kind, KindColumn):
            return cell_place(file, self.sheet.name, row, self.kind.column)
        return self.place(file, row, "id")

    def data_rows(self) -> Iterator[int]:
        """The rows in which some column holds anything."""
        columns = sorted(set(self.columns.values()))
        odd = {row for (row, column), oddity in self.oddities.items() if oddity is not Oddity.PERCENT}
        for number in range(self.first, len(self.rows)):
            row = self.rows[number]
            for column in columns:
                value = row[column]
                if value is not None and not (isinstance(value, str) and not value.strip()):
                    yield number
                    break
            else:
                if number in odd and any(not blank(row[one], self.oddities.get((number, one))) for one in columns):
                    yield number

    def is_total(self, row: int, id: str | None, last: int) -> bool:
        """Whether a row adds up others: it says so in its id or, without one, up to the column ``last``."""
        if id is not None:
            return _is_total(id)
        texts = [value for value in self.rows[row][: last + 1] if isinstance(value, str)]
        return any(_is_total(value) or same(value).startswith(_TOTALS) for value in texts)


def _is_total(text: str) -> bool:
    return same(text).strip(" :.") in TOTAL_WORDS


class RowDocument(Document):
    """The row of a unit with those of its lists and documents; tells in which cell something stands."""

    __slots__ = ("index", "lists", "proofs", "row", "table")

    def __init__(self, file: str, table: Table, row: int, index: int) -> None:
        super().__init__(file)
        self.table = table
        self.row = row
        self.index = index
        self.lists: dict[str, dict[int | str, tuple[Table, int]]] = {}
        self.proofs: dict[str, tuple[Table, int]] = {}

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """Where the value at a path stands; the cell of the unit's id if it stands nowhere."""
        inner = [str(step) if isinstance(step, str) else step for step in path[2:]]
        if not inner:
            return self.table.place(self.file, self.row, "id")
        if inner[0] != "evidence" or len(inner) == 1:
            return self._own(str(inner[0]))
        name, rest = str(inner[1]), inner[2:]
        if rest and name in self.proofs and rest[0] in WRAPPER_KEYS:
            table, row = self.proofs[name]
            return table.place(self.file, row, str(rest[-1]))
        if rest and rest[0] in self.lists.get(name, ()):
            table, row = self.lists[name][rest[0]]
            return table.place(self.file, row, str(rest[1]) if len(rest) > 1 else VALUE)
        if name not in self.table.columns and self.lists.get(name):
            table, row = next(iter(self.lists[name].values()))
            return table.place(self.file, row, UNIT)
        return self._own(name)

    def _own(self, id: str) -> Place:
        if id == "kind":
            return self.table.kind_place(self.file, self.row)
        return self.table.place(self.file, self.row, id if id in self.table.columns else "id")

    def refuse(self, refusal: Refusal, path: Path, place: Place | None = None) -> None:
        """Note why a cell of the unit cannot be read."""
        whole: Path = ("units", self.index, *path)
        self.faults.append(refusal.fault(whole, place or self.place(whole)))


def _known_id(value: Cell, oddity: Oddity | None) -> str | Refusal | None:
    found = identity(value, oddity)
    return None if isinstance(found, str) and same(found) in UNKNOWN_WORDS else found


def _no_field(name: str, kind: str, fields: Mapping[str, Field]) -> Refusal:
    return Refusal(
        "unknown_field",
        message("'{name}' is not a field of {kind}"),
        "{hint}",
        {"name": name, "kind": kind, "hint": closest(name, fields)},
    )


def columns_of_lists(fields: Mapping[str, Mapping[str, Field]]) -> dict[str, tuple[str, ...]]:
    """The columns of the rows of each list, those of all kinds of unit together."""
    found: dict[str, tuple[str, ...]] = {}
    for known in (one for named in fields.values() for one in named.values()):
        if known.kind == "series":
            found[known.name] = SERIES_COLUMNS
        elif known.kind == "records":
            found[known.name] = tuple(dict.fromkeys((*found.get(known.name, (UNIT,)), *known.columns)))
    return found


@dataclass(slots=True)
class _Unit:
    data: dict[str, Any]
    document: RowDocument
    stated: dict[str, bool | None] = field(default_factory=dict)
    """What the unit's own row says of its lists: whether there are any; None where it says that this is unknown."""

    @property
    def evidence(self) -> dict[str, Any]:
        found: dict[str, Any] = self.data["evidence"]
        return found


class Gathering:
    """Puts the tables of one file together.

    Args:
        file: Its name in messages.
        ruleset: By whose dictionary of fields cells are read.
        epoch: The day that the serial number 0 stands for; None where no number is a day.
        elsewhere: The ids of units that other tables hold; rows of theirs are passed over.
        hint: What to do about a row whose unit is nowhere.
    """

    def __init__(
        self,
        file: str,
        ruleset: Ruleset,
        epoch: date | None,
        *,
        elsewhere: Container[str] = (),
        hint: str = message("write the id of a unit of this workbook"),
    ) -> None:
        self.file = file
        self.epoch = epoch
        self.elsewhere = elsewhere
        self.hint = hint
        self.fields = {kind: ruleset.all_fields_of(kind) for kind in kinds_of(ruleset)}
        self.faults: list[Fault] = []
        self._units: list[_Unit] = []
        self._by_id: dict[str, _Unit] = {}
        self._readers: dict[int, CellReader] = {}
        self._laid: dict[tuple[int, str], list[tuple[str, int, str, CellReader]]] = {}
        self._keys: dict[str, CellReader] = {
            "id": identity,
            "name": plain,
            "parent": _known_id,
            "tags": tags_reader(tag for one in with_used(ruleset) for tag in one.tags),
            "managing_level": level_reader(level for one in with_used(ruleset) for level in one.managing_levels),
        }
        self._documents: list[Table] = []
        self._guesses = GUESSES

    def dossier(self, period: int | None) -> Dossier:
        """The dossier of all tables that were added.

        Raises:
            EvidenceError: Something concerns no unit; all that is wrong with units is in it, too.
        """
        for unit in self._units:
            self._settle(unit)
        for table in self._documents:
            self._read_documents(table)
        if self.faults:
            inner = (fault for unit in self._units for fault in unit.document.faults)
            raise EvidenceError([*self.faults, *inner])
        entries = []
        for index, unit in enumerate(self._units):
            if not unit.evidence:
                del unit.data["evidence"]
            entries.append(Entry(unit.data, unit.document, ("units", index)))
        return Dossier(period, tuple(entries))

    def _reader(self, known: Field) -> CellReader:
        if id(known) not in self._readers:
            self._readers[id(known)] = reader_of(known, self.epoch)
        return self._readers[id(known)]

    def _fault(self, table: Table, row: int, id: str, code: str, what: str, mending: str, **values: Any) -> None:
        self.faults.append(Fault(code, what, mending, "", table.place(self.file, row, id), values))

    # Units

    def add_units(self, table: Table) -> None:
        """Add the units of a table."""
        names = [name for name in table.columns if name not in UNIT_COLUMNS]
        keys = [name for name in table.columns if name in UNIT_COLUMNS]
        last = max(table.columns["id"], table.columns.get("name", 0))
        for row in table.data_rows():
            id = self._id(table, row)
            if (isinstance(id, str) or id is None) and table.is_total(row, id, last):
                continue
            if id is None and table.loose and all(blank(*table.cell(row, name)) for name in names):
                continue
            self._add_unit(table, row, keys, names)

    def _id(self, table: Table, row: int) -> str | Refusal | None:
        if table.loose and (row, table.columns["id"]) in table.wide:
            # A heading that spans several columns is no id.
            return None
        found: str | Refusal | None = identity(*table.cell(row, "id"))
        return found

    def _add_unit(self, table: Table, row: int, keys: Sequence[str], names: Sequence[str]) -> None:
        document = RowDocument(self.file, table, row, len(self._units))
        unit = _Unit({"evidence": {}}, document)
        self._units.append(unit)
        for key in keys:
            value, oddity = table.cell(row, key)
            if value is None and oddity is None:
                continue
            read = self._id(table, row) if key == "id" else self._keys[key](value, oddity)
            if isinstance(read, Refusal):
                document.refuse(read, (key,))
            elif read is not None:
                unit.data[key] = read
        for key, value in table.constants.items():
            unit.data.setdefault(key, value)
        kind = self._kind(table, row, document)
        if kind is not None:
            unit.data["kind"] = kind
        if "id" in unit.data:
            self._by_id.setdefault(unit.data["id"], unit)
        if kind in self.fields:
            self._read_evidence(unit, self.fields[kind], names)

    def _kind(self, table: Table, row: int, document: RowDocument) -> str | None:
        if isinstance(table.kind, str):
            return table.kind
        column = table.kind.column
        found = text(table.rows[row][column], table.oddities.get((row, column)))
        if isinstance(found, Refusal):
            document.refuse(found, ("kind",))
            return None
        if found is None:
            return None
        kind = table.kind.values.get(same(found))
        if kind is None:
            document.refuse(
                Refusal(
                    "unknown_choice",
                    message("{name} is not one of the choices"),
                    "{hint}",
                    {"name": shown(found), "hint": closest(same(found)[:GUESSED], table.kind.values)},
                ),
                ("kind",),
            )
        return kind

    def _read_evidence(self, unit: _Unit, fields: Mapping[str, Field], names: Sequence[str]) -> None:
        table, row = unit.document.table, unit.document.row
        cells, oddities = table.rows[row], table.oddities
        evidence, kind = unit.evidence, unit.data["kind"]
        laid = self._laid.get((id(table), kind))
        if laid is None:
            laid = self._laid[id(table), kind] = [
                (name, table.columns[name], fields[name].kind, self._reader(fields[name]))
                if name in fields
                else (name, table.columns[name], "", plain)
                for name in names
            ]
        for name, column, type_of, reader in laid:
            value, oddity = cells[column], oddities.get((row, column)) if oddities else None
            if value is None and oddity is None:
                continue
            if not type_of:
                if not blank(value, oddity):
                    unit.document.refuse(_no_field(name, kind, fields), ("evidence", name))
                continue
            read = reader(value, oddity)
            if isinstance(read, Refusal):
                unit.document.refuse(read, ("evidence", name))
            elif type_of in _LISTS:
                if not blank(value, oddity):
                    unit.stated[name] = read
            elif read is not None:
                evidence[name] = read

    # Lists

    def add_rows(self, table: Table, name: str) -> None:
        """Add the rows of a field that is a list of records or a series."""
        for row in table.data_rows():
            unit = self._unit(table, row)
            if unit is None:
                continue
            kind = unit.data.get("kind")
            if kind not in self.fields:
                continue
            known = self.fields[kind].get(name)
            if known is None or known.kind not in _LISTS:
                place = table.place(self.file, row, UNIT)
                unit.document.refuse(_no_field(name, kind, self.fields[kind]), ("evidence", name), place)
            elif known.kind == "series":
                self._add_year(unit, known, table, row)
            else:
                self._add_record(unit, known, table, row)

    def _unit(self, table: Table, row: int) -> _Unit | None:
        """The unit that a row is of; a fault where there is none."""
        id = identity(*table.cell(row, UNIT))
        if isinstance(id, Refusal):
            self.faults.append(id.fault((), table.place(self.file, row, UNIT)))
            return None
        if table.is_total(row, id, table.columns[UNIT]):
            return None
        if id is None:
            self._fault(
                table, row, UNIT, "missing_key", message("this row does not say of which unit it is"),
                message("write the id of the unit"),
            )  # fmt: skip
            return None
        unit = self._by_id.get(id)
        if unit is None and id not in self.elsewhere:
            hint: str = Phrase(self.hint)
            if self._guesses:
                self._guesses -= 1
                similar = get_close_matches(id[:GUESSED], self._by_id, n=1)
                hint = Phrase(message("did you mean '{name}'?"), name=similar[0]) if similar else hint
            self._fault(
                table, row, UNIT, "unknown_unit", message("there is no unit {name}"), "{hint}", name=shown(id),
                hint=hint,
            )  # fmt: skip
        return unit

    def _add_record(self, unit: _Unit, known: Field, table: Table, row: int) -> None:
        rows = unit.document.lists.setdefault(known.name, {})
        index = len(rows)
        rows[index] = (table, row)
        record: dict[str, Any] = {}
        unit.evidence.setdefault(known.name, []).append(record)
        for name in table.columns:
            value, oddity = table.cell(row, name)
            if name == UNIT or (value is None and oddity is None):
                continue
            path: Path = ("evidence", known.name, index, name)
            column = known.columns.get(name)
            if column is None:
                if not blank(value, oddity):
                    unit.document.refuse(_no_field(name, known.name, known.columns), path)
                continue
            read = self._reader(column)(value, oddity)
            if isinstance(read, Refusal):
                unit.document.refuse(read, path)
            elif read is not None:
                record[name] = read

    def _add_year(self, unit: _Unit, known: Field, table: Table, row: int) -> None:
        years = unit.document.lists.setdefault(known.name, {})
        counts = unit.evidence.setdefault(known.name, {})
        path: Path = ("evidence", known.name)
        number = year(*table.cell(row, YEAR))
        if isinstance(number, Refusal):
            unit.document.refuse(number, path, table.place(self.file, row, YEAR))
            return
        if number is None:
            refusal = Refusal("missing_key", message("the key '{name}' is missing"), message("add it"), {"name": YEAR})
            unit.document.refuse(refusal, path, table.place(self.file, row, YEAR))
            return
        if str(number) in years:
            refusal = Refusal(
                "duplicate_key", message("the key '{key}' stands twice"), message("keep one of the two"),
                {"key": str(number)},
            )  # fmt: skip
            unit.document.refuse(refusal, (*path, str(number)), table.place(self.file, row, YEAR))
            return
        years[str(number)] = (table, row)
        read = integer(*table.cell(row, VALUE))
        if isinstance(read, Refusal):
            unit.document.refuse(read, (*path, str(number)))
        elif read is not None:
            counts[str(number)] = read

    def _settle(self, unit: _Unit) -> None:
        """Bring together what a unit's row says of its lists and the rows that there are."""
        for name, stated in unit.stated.items():
            rows = unit.document.lists.get(name, {})
            refusal = None
            if stated and not rows:
                refusal = Refusal(
                    "rows_missing",
                    message("this says that there are some, but no row of the list is of this unit"),
                    message("add the rows, or write 'không' where none occurred"),
                )
            elif rows and not stated:
                what = message("this says 'không', but {count} rows of the list are of this unit")
                if stated is None:
                    what = message("this says that it is not known, but {count} rows of the list are of this unit")
                refusal = Refusal(
                    "rows_contradict", what, message("write 'có', or delete the rows"), {"count": len(rows)}
                )
            elif stated is False:
                known = self.fields[unit.data["kind"]][name]
                unit.evidence.setdefault(name, [] if known.kind == "records" else {})
            if refusal is not None:
                place = unit.document.table.place(self.file, unit.document.row, name)
                unit.document.refuse(refusal, ("evidence", name), place)

    # Documents

    def add_documents(self, table: Table) -> None:
        """Add what proves values."""
        self._documents.append(table)

    def _read_documents(self, table: Table) -> None:
        for row in table.data_rows():
            unit = self._unit(table, row)
            kind = unit.data.get("kind") if unit is not None else None
            if unit is None or kind not in self.fields:
                continue
            known = self._field(table, row, kind)
            if known is None:
                continue
            if known.name in unit.document.proofs:
                self._fault(
                    table, row, FIELD, "duplicate_key", message("{field} of unit {unit} has a row already"),
                    message("keep one of the two"), field=known.name, unit=shown(unit.data.get("id")),
                )  # fmt: skip
                continue
            unit.document.proofs[known.name] = (table, row)
            self._prove(unit, known.name, table, row)

    def _field(self, table: Table, row: int, kind: str) -> Field | None:
        """The field that a row of the documents names by its name or title."""
        name = plain(*table.cell(row, FIELD))
        if isinstance(name, Refusal):
            self.faults.append(name.fault((), table.place(self.file, row, FIELD)))
            return None
        fields = self.fields[kind]
        if name is None:
            self._fault(
                table, row, FIELD, "missing_key", message("the key '{name}' is missing"), message("add it"), name=FIELD
            )
            return None
        if name in fields:
            return fields[name]
        wanted = same(name)
        found = [
            known
            for known in fields.values()
            if wanted in (same(known.name), *map(same, (known.title.vi, known.title.en)))
        ]
        if len(found) == 1:
            return found[0]
        if found:
            self._fault(
                table, row, FIELD, "ambiguous_choice", message("{name} fits several choices: {choices}"),
                message("write one of these ids"), name=shown(name), choices=", ".join(one.name for one in found),
            )  # fmt: skip
            return None
        titles = [title for known in fields.values() for title in (known.name, known.title.vi, known.title.en)]
        similar = get_close_matches(name[:GUESSED], titles, n=1)
        self._fault(
            table, row, FIELD, "unknown_field", message("'{name}' is not a field of {kind}"), "{hint}",
            name=name[:GUESSED], kind=kind, hint=closest(name[:GUESSED], titles if similar else fields),
        )  # fmt: skip
        return None

    def _prove(self, unit: _Unit, name: str, table: Table, row: int) -> None:
        day = day_reader(self.epoch)
        found: dict[str, Any] = {}
        for key in DOCUMENT_COLUMNS[2:]:
            read = (day if key in ("date", "confirmed_on") else plain)(*table.cell(row, key))
            if isinstance(read, Refusal):
                unit.document.refuse(read, ("evidence", name, key), table.place(self.file, row, key))
            elif read is not None:
                found[key] = read
        document = {key: found.pop(key) for key in DOCUMENT_KEYS if key in found}
        beside = {**({"document": document} if document else {}), **found}
        if beside:
            unit.evidence[name] = {"value": unit.evidence.get(name), **beside}
