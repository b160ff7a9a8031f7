"""The sheets of a file into a dossier: those made from a ruleset, or a user's own by a mapping file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from antq_rules.errors import EvidenceError, Fault, message
from antq_rules.extensions.formats import Source
from antq_rules.model.dossier import Dossier
from antq_rules.model.ruleset import Ruleset
from antq_rules.operators.base import closest, shown
from antq_rules.readers.cells import GUESSED, Refusal, plain, year
from antq_rules.readers.layout import (
    DOCUMENT_COLUMNS,
    DOCUMENTS,
    FIELD,
    FIRST_DATA_ROW,
    GUIDE,
    GUIDE_ID_COLUMN,
    GUIDE_VALUE_COLUMN,
    IDS_ROW,
    LIST_SEPARATOR,
    OVERLAYS,
    PERIOD,
    ROWS,
    RULESET,
    SERIES_COLUMNS,
    UNIT,
    UNIT_COLUMNS,
    UNITS,
    marker_of,
)
from antq_rules.readers.mapping import gather_mapped, read_mapping
from antq_rules.readers.tables import Gathering, Table, columns_of_lists
from antq_rules.readers.workbook.opening import Oddity, Sheet, Value, Workbook
from antq_rules.readers.workbook.places import cell_place


def dossier_of_workbook(workbook: Workbook, source: Source) -> Dossier:
    """The dossier in the sheets of a file.

    A workbook made from a ruleset says itself what its sheets are; another one is read by the source's mapping file.

    Raises:
        EvidenceError: Nothing tells what the sheets are, or they cannot be used; all faults are in it.
    """
    marked = [(sheet, marker_of(sheet.rows[0][0])) for sheet in workbook.sheets if sheet.rows and sheet.rows[0]]
    known = [(sheet, *found) for sheet, found in marked if found is not None]
    if any(what != GUIDE for _, what, _ in known):
        return _Template(workbook, source, known).dossier()
    if source.mapping is not None:
        mapping = read_mapping(source.mapping)
        return gather_mapped(mapping, workbook, source)
    raise source.error(
        "no_markers",
        message("nothing in this file tells what its columns mean"),
        message("fill in a workbook of 'antq template', or tell what its columns are by --mapping"),
    )


class _Template:
    """The sheets of a workbook made from a ruleset, each with what its cell A1 says."""

    def __init__(self, workbook: Workbook, source: Source, sheets: list[tuple[Sheet, str, str]]) -> None:
        self.workbook = workbook
        self.source = source
        self.sheets = sheets
        self.faults: list[Fault] = []
        self.guide = {id: place for sheet, what, _ in sheets if what == GUIDE for id, place in _guide(sheet)}

    def dossier(self) -> Dossier:
        period = self.period()
        if self.faults:
            raise EvidenceError(self.faults)
        ruleset = self.source.ruleset(period)
        gathering = Gathering(self.source.name, ruleset, self.workbook.epoch)
        fields = gathering.fields
        lists = columns_of_lists(fields)
        rows: list[tuple[Table, str]] = []
        for sheet, what, name in self.sheets:
            if what == UNITS:
                if name not in fields:
                    self.fault(sheet, 0, 0, "unknown_kind", message("there is no kind of unit {name}"), name, fields)
                    continue
                table = self.table(sheet, [*UNIT_COLUMNS, *fields[name]], ("id",), name)
                if table is not None:
                    table.kind = name
                    gathering.add_units(table)
            elif what == ROWS:
                if name not in lists:
                    self.fault(sheet, 0, 0, "unknown_field", message("there is no list {name}"), name, lists)
                    continue
                required = SERIES_COLUMNS if lists[name] == SERIES_COLUMNS else (UNIT,)
                table = self.table(sheet, lists[name], required, name)
                if table is not None:
                    rows.append((table, name))
            elif what == DOCUMENTS:
                table = self.table(sheet, DOCUMENT_COLUMNS, (UNIT, FIELD), "documents")
                if table is not None:
                    gathering.add_documents(table)
        for table, name in rows:
            gathering.add_rows(table, name)
        if self.faults:
            self.say_for_whom(ruleset)
            # Without a column its rows would seem to contradict what the other sheets say.
            raise EvidenceError(self.faults)
        return gathering.dossier(period)

    def fault(
        self, sheet: Sheet, row: int, column: int, code: str, what: str, name: str, known: Mapping[str, object]
    ) -> None:
        place = cell_place(self.source.name, sheet.name, row, column)
        values = {"name": shown(name), "hint": closest(name[:GUESSED], known)}
        self.faults.append(Fault(code, what, "{hint}", "", place, values))

    def table(
        self, sheet: Sheet, known: list[str] | tuple[str, ...], required: tuple[str, ...], of: str
    ) -> Table | None:
        """The sheet as a table; None with faults where its row of ids is not as it was made."""
        columns: dict[str, int] = {}
        before = len(self.faults)
        ids = sheet.rows[IDS_ROW - 1] if len(sheet.rows) >= IDS_ROW else []
        for column, value in enumerate(ids):
            name = plain(value, sheet.oddities.get((IDS_ROW - 1, column)))
            place = cell_place(self.source.name, sheet.name, IDS_ROW - 1, column)
            if isinstance(name, Refusal):
                self.faults.append(name.fault((), place))
            elif name is None:
                continue
            elif name not in known:
                values = {"name": name[:GUESSED], "kind": of, "hint": closest(name[:GUESSED], known)}
                self.faults.append(
                    Fault("unknown_field", message("'{name}' is not a field of {kind}"), "{hint}", "", place, values)
                )
            elif name in columns:
                self.faults.append(
                    Fault(
                        "duplicate_key", message("the column '{name}' stands twice"),
                        message("keep one of the two"), "", place, {"name": name},
                    )
                )  # fmt: skip
            else:
                columns[name] = column
        for name in required:
            if name not in columns and len(self.faults) == before:
                self.faults.append(
                    Fault(
                        "missing_key", message("row {row} lacks the column '{name}'"),
                        message("copy row {row} from a new template"), "",
                        cell_place(self.source.name, sheet.name, IDS_ROW - 1, 0), {"row": IDS_ROW, "name": name},
                    )
                )  # fmt: skip
        return Table(sheet, columns, FIRST_DATA_ROW - 1) if len(self.faults) == before else None

    def period(self) -> int | None:
        """The year that the guide states."""
        if PERIOD not in self.guide:
            return None
        sheet, row, value, oddity = self.guide[PERIOD]
        found = year(value, oddity)
        if isinstance(found, Refusal):
            place = cell_place(self.source.name, sheet.name, row, GUIDE_VALUE_COLUMN - 1)
            self.faults.append(found.fault((PERIOD,), place))
            return None
        return found

    def say_for_whom(self, ruleset: Ruleset) -> None:
        """A fault that names the ruleset for which the workbook was made, where it is another one."""
        if RULESET not in self.guide:
            return
        sheet, row, value, _ = self.guide[RULESET]
        laid = self.guide[OVERLAYS][2] if OVERLAYS in self.guide else None
        overlays = sorted(part.strip() for part in str(laid or "").split(LIST_SEPARATOR) if part.strip())
        made = " + ".join([str(value or "").strip(), *overlays])
        used = " + ".join([ruleset.id, *sorted(overlay.id for overlay in ruleset.overlays)])
        if made and made != used:
            place = cell_place(self.source.name, sheet.name, row, GUIDE_VALUE_COLUMN - 1)
            self.faults.append(
                Fault(
                    "other_ruleset", message("the workbook was made for {made}, and is read by {used}"),
                    message("choose with --ruleset and --overlay, or make a new template"), "", place,
                    {"made": made, "used": used},
                )
            )  # fmt: skip


def _guide(sheet: Sheet) -> Iterator[tuple[str, tuple[Sheet, int, Value, Oddity | None]]]:
    column = GUIDE_VALUE_COLUMN - 1
    for row, cells in enumerate(sheet.rows):
        id = cells[GUIDE_ID_COLUMN - 1]
        if isinstance(id, str) and len(cells) > column:
            yield id.strip(), (sheet, row, cells[column], sheet.oddities.get((row, column)))
