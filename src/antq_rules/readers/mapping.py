"""A mapping file: which column of a user's own table is which field, ``antq.mapping/1``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path as File
from typing import Any

from antq_rules.errors import EvidenceError, Fault, Phrase, message
from antq_rules.extensions.formats import Source
from antq_rules.frozen import frozen
from antq_rules.located import Document, Path, decode, parse_yaml
from antq_rules.model.dossier import Dossier
from antq_rules.operators.base import closest, shown
from antq_rules.readers.cells import GUESSED, plain
from antq_rules.readers.layout import FAULTS, SERIES_COLUMNS, UNIT, UNIT_COLUMNS, same
from antq_rules.readers.tables import Gathering, KindColumn, Table
from antq_rules.readers.workbook.opening import Sheet, Workbook

SCHEMA = "antq.mapping/1"
MAPPING_KEYS = ("schema", "period", "sheets")
UNITS_KEYS = ("sheet", "kind", "header", "columns", "constants")
ROWS_KEYS = ("sheet", "rows", "header", "columns")
KIND_KEYS = ("column", "values")
CONSTANTS = ("parent", "tags", "managing_level")
JOINT = " / "
"""Between the headers of several rows over one column."""

SEARCHED = 100
"""The header is looked for in so many rows."""

_NUMBERED = re.compile(r"\([0-9A-Za-z]{1,3}\)\Z")
_ID = "id"


@frozen
class MappedSheet:
    """What is said of one sheet; ``rows`` is the list whose rows it holds, nothing where it holds units.

    ``columns`` are what the columns are by their headers as written.
    """

    sheet: str | None
    rows: str
    kind: str
    kind_header: str
    kinds: Mapping[str, str]
    header: tuple[int, int] | None
    columns: Mapping[str, str]
    constants: Mapping[str, Any]
    path: Path


@frozen
class TableMapping:
    """What a mapping file says, with the document for places."""

    document: Document
    period: int | None
    sheets: tuple[MappedSheet, ...]


def read_mapping(file: File) -> TableMapping:
    """What a mapping file says.

    Raises:
        EvidenceError: It cannot be read, or is no mapping file; all faults are in it.
    """
    source = Source(file.as_posix(), file)
    text = decode(source.read_bytes(), source.name)
    if isinstance(text, Fault):
        raise EvidenceError(text)
    return _Reading(parse_yaml(text, source.name)).mapping()


class _Reading:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults = list(document.faults)

    def fault(self, code: str, what: str, mending: str, path: Path, *, key: bool = False, **values: Any) -> None:
        self.faults.append(self.document.fault(code, what, mending, path, key=key, **values))

    def wrong(self, path: Path, value: Any, needed: str) -> None:
        self.fault(
            "wrong_type", message("{needed} is needed here, not {value}"), message("correct the value"), path,
            needed=Phrase(needed), value=shown(value),
        )  # fmt: skip

    def keys(self, data: Any, path: Path, known: Collection[str], required: Collection[str]) -> bool:
        """Whether it is a mapping; unknown and missing keys are faults."""
        if not isinstance(data, dict):
            self.wrong(path, data, message("a mapping"))
            return False
        for key in data:
            if key not in known:
                self.fault(
                    "unknown_key", message("'{name}' is no key here"), "{hint}", (*path, key), key=True, name=key,
                    hint=closest(key, known),
                )  # fmt: skip
        for key in required:
            if data.get(key) is None:
                self.fault(
                    "missing_key", message("the key '{name}' is missing"), message("add it"), (*path, key), name=key
                )
        return True

    def mapping(self) -> TableMapping:
        data = self.document.data
        sheets: list[MappedSheet] = []
        period = None
        if data is None and self.faults:
            raise EvidenceError(self.faults)
        if self.keys(data, (), MAPPING_KEYS, ("schema", "sheets")):
            if data.get("schema") not in (None, SCHEMA):
                self.fault(
                    "wrong_schema", message("the schema is {found}, not '{wanted}'"),
                    message("begin the file with 'schema: antq.mapping/1'"), ("schema",),
                    found=shown(data["schema"]), wanted=SCHEMA,
                )  # fmt: skip
            period = data.get("period")
            if period is not None and (isinstance(period, bool) or not isinstance(period, int)):
                self.wrong(("period",), period, message("a year such as 2025"))
            listed = data.get("sheets")
            if isinstance(listed, list) and listed:
                sheets = [self.sheet(one, ("sheets", index)) for index, one in enumerate(listed)]
            elif listed is not None:
                self.wrong(("sheets",), listed, message("a list of sheets"))
        if self.faults:
            raise EvidenceError(self.faults)
        return TableMapping(self.document, period, tuple(sheets))

    def sheet(self, data: Any, path: Path) -> MappedSheet:
        is_list = isinstance(data, dict) and "rows" in data
        known = ROWS_KEYS if is_list else UNITS_KEYS
        if not self.keys(data, path, known, ("columns",) if is_list else ("kind", "columns")):
            return MappedSheet(None, "", "", "", {}, None, {}, {}, path)
        columns = self.texts(data, "columns", path)
        self.targets(columns, (UNIT,) if is_list else (_ID,), path)
        kind, kind_header, kinds = "", "", {}
        if isinstance(data.get("kind"), dict):
            inner: Path = (*path, "kind")
            if self.keys(data["kind"], inner, KIND_KEYS, KIND_KEYS):
                kind_header = self.text(data["kind"], "column", inner) or ""
                kinds = {same(word): one for word, one in self.texts(data["kind"], "values", inner).items()}
        elif not is_list:
            kind = self.text(data, "kind", path) or ""
        return MappedSheet(
            sheet=self.text(data, "sheet", path),
            rows=(self.text(data, "rows", path) or "") if is_list else "",
            kind=kind,
            kind_header=kind_header,
            kinds=kinds,
            header=self.header(data.get("header"), (*path, "header")),
            columns=columns,
            constants=self.constants(data.get("constants"), (*path, "constants")),
            path=path,
        )

    def text(self, data: Mapping[str, Any], key: str, path: Path) -> str | None:
        value = data.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        self.wrong((*path, key), value, message("a text that is not empty"))
        return None

    def texts(self, data: Mapping[str, Any], key: str, path: Path) -> dict[str, str]:
        """A mapping from texts to texts."""
        value = data.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict) or not value:
            self.wrong((*path, key), value, message("a mapping"))
            return {}
        for name, one in value.items():
            if not isinstance(one, str):
                self.wrong((*path, key, name), one, message("a text"))
        return {name: one for name, one in value.items() if isinstance(one, str)}

    def targets(self, columns: Mapping[str, str], required: Iterable[str], path: Path) -> None:
        """Each column is something else, and there is one with the id of the unit."""
        seen: dict[str, str] = {}
        for header, target in columns.items():
            if target in seen:
                self.fault(
                    "duplicate_key", message("the columns '{first}' and '{second}' are both '{name}'"),
                    message("keep one of the two"), (*path, "columns", header), first=seen[target], second=header,
                    name=target,
                )  # fmt: skip
            seen.setdefault(target, header)
        for name in required:
            if columns and name not in seen:
                self.fault(
                    "missing_key", message("no column is '{name}'"),
                    message("say which column holds the id of the unit"), (*path, "columns"), name=name,
                )  # fmt: skip

    def header(self, value: Any, path: Path) -> tuple[int, int] | None:
        if value is None:
            return None
        rows = value if isinstance(value, list) else [value, value]
        sound = len(rows) == 2 and all(isinstance(row, int) and not isinstance(row, bool) for row in rows)
        if not sound or not 1 <= rows[0] <= rows[1] < rows[0] + 10:
            self.wrong(path, value, message("the number of a row, or [first, last]"))
            return None
        return rows[0] - 1, rows[1] - 1

    def constants(self, data: Any, path: Path) -> dict[str, Any]:
        if data is None or not self.keys(data, path, CONSTANTS, ()):
            return {}
        for key, value in data.items():
            if key == "tags":
                if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
                    self.wrong((*path, key), value, message("a list of tags"))
            elif not isinstance(value, str):
                self.wrong((*path, key), value, message("a text"))
        return dict(data)


def gather_mapped(mapping: TableMapping, workbook: Workbook, source: Source) -> Dossier:
    """The dossier in the sheets that a mapping names.

    Raises:
        EvidenceError: The mapping does not fit the file or the ruleset, or the tables cannot be used.
    """
    ruleset = source.ruleset(mapping.period)
    gathering = Gathering(source.name, ruleset, workbook.epoch)
    laying = _Laying(mapping, workbook, source, gathering)
    units = [(one, laying.table(one)) for one in mapping.sheets if not one.rows]
    rows = [(one, laying.table(one)) for one in mapping.sheets if one.rows]
    if laying.faults:
        raise EvidenceError(laying.faults)
    for _, table in units:
        if table is not None:
            gathering.add_units(table)
    for one, table in rows:
        if table is not None:
            gathering.add_rows(table, one.rows)
    return gathering.dossier(mapping.period)


class _Laying:
    """Finds what a mapping names in a file."""

    def __init__(self, mapping: TableMapping, workbook: Workbook, source: Source, gathering: Gathering) -> None:
        self.document = mapping.document
        self.workbook = workbook
        self.source = source
        self.fields = gathering.fields
        self.faults: list[Fault] = []

    def fault(
        self, code: str, what: str, path: Path, *, mending: str = "{hint}", key: bool = False, **values: Any
    ) -> None:
        self.faults.append(self.document.fault(code, what, mending, path, key=key, **values))

    def table(self, one: MappedSheet) -> Table | None:
        """The table that an entry of the mapping describes; None with faults where there is none."""
        before = len(self.faults)
        self.check_names(one)
        sheet = self.sheet(one)
        if sheet is None or len(self.faults) > before:
            return None
        wanted = [*one.columns, *([one.kind_header] if one.kind_header else [])]
        found = _headers_of(sheet, one.header) if one.header else _first_header(sheet, wanted)
        if found is None:
            self.missing(one, sheet, wanted)
            return None
        headers, last = found
        columns: dict[str, int] = {}
        for header, target in one.columns.items():
            column = self.column(headers, header, (*one.path, "columns", header), sheet)
            if column is not None:
                columns[target] = column
        kind: str | KindColumn = one.kind
        if one.kind_header:
            column = self.column(headers, one.kind_header, (*one.path, "kind", "column"), sheet)
            kind = KindColumn(column or 0, one.kinds)
        if len(self.faults) > before:
            return None
        return Table(sheet, columns, _first_data_row(sheet, last + 1), kind, one.constants, loose=True)

    def check_names(self, one: MappedSheet) -> None:
        """Faults for kinds and fields that the ruleset does not know."""
        if one.rows:
            lists = [named[one.rows] for named in self.fields.values() if one.rows in named]
            lists = [known for known in lists if known.kind in ("records", "series")]
            if not lists:
                every = {known.name for named in self.fields.values() for known in named.values()
                         if known.kind in ("records", "series")}  # fmt: skip
                self.fault(
                    "unknown_field", message("there is no list {name}"), (*one.path, "rows"),
                    name=shown(one.rows), hint=closest(one.rows, every),
                )  # fmt: skip
                return
            known = set(SERIES_COLUMNS) if lists[0].kind == "series" else {UNIT}.union(*(one.columns for one in lists))
            of = one.rows
            missing = (
                [] if lists[0].kind != "series" else [id for id in SERIES_COLUMNS[1:] if id not in one.columns.values()]
            )
            for name in missing:
                self.fault(
                    "missing_key", message("no column is '{name}'"), (*one.path, "columns"), mending=message("add it"),
                    name=name,
                )  # fmt: skip
        else:
            kinds: dict[str, Path] = {one.kind: (*one.path, "kind")}
            if one.kind_header:
                kinds = dict.fromkeys(one.kinds.values(), (*one.path, "kind", "values"))
            for kind, path in kinds.items():
                if kind not in self.fields:
                    self.fault(
                        "unknown_kind", message("there is no kind of unit {name}"), path, name=shown(kind),
                        hint=closest(kind, self.fields),
                    )  # fmt: skip
            if any(kind not in self.fields for kind in kinds):
                return
            known = {*UNIT_COLUMNS}.union(*(self.fields[kind] for kind in kinds))
            of = ", ".join(kinds)
        for header, target in one.columns.items():
            if target not in known:
                self.fault(
                    "unknown_field", message("'{name}' is not a field of {kind}"), (*one.path, "columns", header),
                    name=target, kind=of, hint=closest(target, known),
                )  # fmt: skip

    def sheet(self, one: MappedSheet) -> Sheet | None:
        sheets = self.workbook.sheets
        if one.sheet is None:
            filled = [sheet for sheet in sheets if sheet.rows and not sheet.hidden and sheet.rows[0][:1] != [FAULTS]]
            if len(filled) == 1:
                return filled[0]
            self.fault(
                "missing_key", message("{file} has {count} sheets, and this does not say which one is meant"), one.path,
                mending=message("add 'sheet:' with its name"), file=self.source.name, count=len(filled),
            )  # fmt: skip
            return None
        for sheet in sheets:
            if same(sheet.name) == same(one.sheet):
                return sheet
        self.fault(
            "missing_sheet", message("{file} has no sheet {name}"), (*one.path, "sheet"), file=self.source.name,
            name=shown(one.sheet), hint=closest(one.sheet, [sheet.name for sheet in sheets]),
        )  # fmt: skip
        return None

    def column(self, headers: Sequence[tuple[str, str]], header: str, path: Path, sheet: Sheet) -> int | None:
        """The column under a header, found by all of it or else by its lowest row."""
        wanted = _key(header)
        found = [column for column, (whole, _) in enumerate(headers) if whole == wanted]
        found = found or [column for column, (_, lowest) in enumerate(headers) if lowest == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            self.fault(
                "duplicate_column", message("the sheet {sheet} has {count} columns '{name}'"), path,
                key=path[-2] == "columns",
                mending=message("rename all but one of them, or name those above, too: 'upper / lower'"),
                sheet=sheet.name, count=len(found), name=header,
            )  # fmt: skip
        else:
            self.no_column(header, path, sheet, [whole for whole, _ in headers if whole])
        return None

    def no_column(self, header: str, path: Path, sheet: Sheet, known: list[str]) -> None:
        self.fault(
            "missing_column", message("the sheet {sheet} has no column '{name}'"), path,
            key=path[-2] == "columns", sheet=sheet.name, name=header,
            hint=closest(_key(header), [one[:GUESSED] for one in known[:100]]),
        )  # fmt: skip

    def missing(self, one: MappedSheet, sheet: Sheet, wanted: list[str]) -> None:
        """Faults for the headers that the row with the most of them lacks."""
        headers: list[tuple[str, str]] = []
        if sheet.rows:
            headers = max((_headers_of(sheet, (row, row))[0] for row in range(min(SEARCHED, len(sheet.rows)))),
                          key=lambda some: _held(some, wanted))  # fmt: skip
        if not _held(headers, wanted):
            self.fault(
                "missing_column", message("no row of the sheet {sheet} holds these headers"), (*one.path, "columns"),
                mending=message("correct them, or add 'header:' with the number of their row"), sheet=sheet.name,
            )  # fmt: skip
            return
        names = {name for pair in headers for name in pair}
        for header in wanted:
            if _key(header) not in names:
                of_kind = header == one.kind_header and header not in one.columns
                path: Path = (*one.path, "kind", "column") if of_kind else (*one.path, "columns", header)
                self.no_column(header, path, sheet, [whole for whole, _ in headers if whole])


def _key(header: str) -> str:
    return JOINT.join(part.strip() for part in same(header).split("/"))


def _held(headers: Iterable[tuple[str, str]], wanted: Iterable[str]) -> int:
    names = {name for pair in headers for name in pair}
    return sum(_key(header) in names for header in wanted)


def _first_header(sheet: Sheet, wanted: Sequence[str]) -> tuple[list[tuple[str, str]], int] | None:
    """The first row that holds all headers."""
    for row in range(min(SEARCHED, len(sheet.rows))):
        found = _headers_of(sheet, (row, row))
        if _held(found[0], wanted) == len(wanted):
            return found
    return None


def _headers_of(sheet: Sheet, rows: tuple[int, int]) -> tuple[list[tuple[str, str]], int]:
    """For each column its header with what stands above it, and its lowest part; and the last of the rows."""
    first, last = rows
    lines = [
        [plain(value, sheet.oddities.get((row, column))) for column, value in enumerate(sheet.rows[row])]
        for row in range(first, min(last + 1, len(sheet.rows)))
    ]
    for top, left, bottom, right in sheet.merged:
        if first <= top and top - first < len(lines) and left < len(lines[0]):
            value = lines[top - first][left]
            for row in range(top, min(bottom + 1, first + len(lines))):
                width = min(right + 1, len(lines[0]))
                lines[row - first][left:width] = [value] * (width - left)
    headers = []
    for column in range(len(lines[0]) if lines else 0):
        parts: list[str] = []
        for line in lines:
            read = line[column]
            text = _key(read) if isinstance(read, str) else ""
            if text and (not parts or parts[-1] != text):
                parts.append(text)
        headers.append((JOINT.join(parts), parts[-1] if parts else ""))
    return headers, last


def _first_data_row(sheet: Sheet, row: int) -> int:
    """The row after a header, or the next one where that row only numbers the columns: ``(1)``, ``(2)``."""
    if row < len(sheet.rows):
        texts = [str(value).strip() for value in sheet.rows[row] if value is not None and str(value).strip()]
        if texts and all(_NUMBERED.match(text) for text in texts):
            return row + 1
    return row
