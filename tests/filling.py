"""Fills templates as an officer would, by openpyxl, and makes dossiers that say the same in YAML."""

from __future__ import annotations

import io
import random
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from antq_rules import Ruleset
from antq_rules.authoring.template import make_template
from antq_rules.authoring.template_workbook import write_template
from antq_rules.evidence.intake import Facts, Intake
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.model.ruleset import Field
from antq_rules.plan.compiling import choose_readings, compile_ruleset
from antq_rules.readers.layout import (
    DOCUMENT_COLUMNS,
    DOCUMENTS,
    FIRST_DATA_ROW,
    IDS_ROW,
    rows_marker,
    units_marker,
)

Unit = dict[str, Any]


def template(ruleset: Ruleset, period: int | None, units: Dossier | None = None, language: str = "vi") -> bytes:
    """The bytes of a template."""
    stream = io.BytesIO()
    write_template(make_template(ruleset, period, language=language, units=units), stream)
    return stream.getvalue()


def sheets_of(book: Workbook) -> dict[str, Worksheet]:
    """The sheets that programs read, by what their cells A1 say."""
    return {str(sheet["A1"].value): sheet for sheet in book.worksheets if str(sheet["A1"].value).startswith("antq:")}


def columns_of(sheet: Worksheet) -> dict[str, int]:
    """The columns of a sheet by their ids."""
    ids = next(sheet.iter_rows(min_row=IDS_ROW, max_row=IDS_ROW, values_only=True))
    return {str(id): index for index, id in enumerate(ids, start=1) if id is not None}


def open_template(content: bytes) -> Workbook:
    """A template as openpyxl holds it."""
    return load_workbook(io.BytesIO(content))


class Filling:
    """A template that is being filled in.

    ``rng`` decides where a cell can be written in more than one way: a day as a date or as text, a choice by its title
    or by its name.
    """

    def __init__(self, ruleset: Ruleset, content: bytes, rng: random.Random) -> None:
        self.ruleset = ruleset
        self.rng = rng
        self.book = open_template(content)
        self.sheets = sheets_of(self.book)
        self.columns = {marker: columns_of(sheet) for marker, sheet in self.sheets.items()}
        self.next_row = dict.fromkeys(self.sheets, FIRST_DATA_ROW)

    def save(self, file: Path) -> Path:
        self.book.save(file)
        return file

    def row(self, marker: str, values: Mapping[str, Any]) -> None:
        """A row of a sheet; values are those of cells."""
        row = self.next_row[marker]
        self.next_row[marker] += 1
        for column, value in values.items():
            cell = self.sheets[marker].cell(row, self.columns[marker][column], value)
            if isinstance(value, str):
                # Text that begins like a formula stays text, as with an apostrophe before it.
                cell.data_type = "s"

    def unit(self, unit: Unit) -> None:
        """A unit with its lists and documents."""
        cells: dict[str, Any] = {key: unit[key] for key in ("id", "name", "parent", "managing_level") if key in unit}
        if "tags" in unit:
            cells["tags"] = "; ".join(unit["tags"]) or "không"
        fields = self.ruleset.all_fields_of(unit["kind"])
        for name, value in unit.get("evidence", {}).items():
            if isinstance(value, dict) and "value" in value:
                self.document(unit["id"], fields[name], value)
                value = value["value"]
            cells[name] = self.cell(unit["id"], fields[name], value)
        self.row(units_marker(unit["kind"]), cells)

    def cell(self, unit: str, known: Field, value: Any) -> Any:
        """What stands in the cell of a field; the rows of a list go to its sheet."""
        if known.kind == "series":
            for year, number in value.items():
                self.row(rows_marker(known.name), {"unit": unit, "year": int(year), "value": number})
            return self.rng.choice(["có", None])
        if known.kind == "records":
            for record in value:
                cells = {name: self.plain(known.columns[name], item) for name, item in record.items()}
                self.row(rows_marker(known.name), {"unit": unit, **cells})
            return self.rng.choice(["có", "Có", None]) if value else "không"
        return self.plain(known, value)

    def plain(self, known: Field, value: Any) -> Any:
        if known.kind == "boolean":
            return self.rng.choice(["có", "x", True] if value else ["không", "Không", False])
        if known.kind == "date":
            if value == "absent":
                return "không có"
            day = date.fromisoformat(value)
            words = f"{day.day:02}/{day.month}/{day.year:04}"
            # Spreadsheets have no days before 1900.
            return words if day.year < 1910 else self.rng.choice([day, words])
        if known.kind == "enum":
            return self.choice(known, value)
        if known.kind == "set":
            return "; ".join(self.choice(known, one) for one in value) or "không"
        return value

    def choice(self, known: Field, name: str) -> str:
        title = next(one.title.vi for one in known.choices if one.name == name)
        return self.rng.choice([title, title, name])

    def document(self, unit: str, known: Field, value: Mapping[str, Any]) -> None:
        cells = {key: item for key, item in value.items() if key != "value"} | dict(value.get("document") or {})
        cells.pop("document", None)
        cells["unit"], cells["field"] = unit, self.rng.choice([known.name, known.title.vi])
        for key in ("date", "confirmed_on"):
            if key in cells:
                cells[key] = date.fromisoformat(cells[key])
        assert cells.keys() <= set(DOCUMENT_COLUMNS)
        self.row(DOCUMENTS, cells)


def sound(dossier: Mapping[str, Any], ruleset: Ruleset, content: bytes) -> dict[str, Any]:
    """The units of a dossier that are not refused, with what the template asks for, in the order of its sheets."""
    plan = compile_ruleset(ruleset, dossier["period"], choose_readings(ruleset, {}))
    intake = Intake(plan)
    sheets = sheets_of(open_template(content))
    columns = {marker: columns_of(sheet) for marker, sheet in sheets.items()}
    order = {marker: number for number, marker in enumerate(sheets)}
    units: dict[str, Unit] = {}
    for unit in dossier["units"]:
        if not isinstance(intake.admit(Entry(unit)), Facts) or units_marker(unit["kind"]) not in sheets:
            continue
        asked = columns[units_marker(unit["kind"])]
        kept: Unit = {key: unit[key] for key in ("id", "kind", "name", "parent") if key in unit}
        if "tags" in unit and "tags" in asked:
            kept["tags"] = [tag for tag in unit["tags"] if tag in ruleset.tags]
        if "managing_level" in unit and "managing_level" in asked:
            kept["managing_level"] = unit["managing_level"]
        evidence = {name: _bare(value) for name, value in unit.get("evidence", {}).items() if name in asked}
        evidence = {name: value for name, value in evidence.items() if value is not None}
        kept |= {"evidence": evidence} if evidence else {}
        if isinstance(intake.admit(Entry(kept)), Facts):
            units.setdefault(unicodedata.normalize("NFC", unit["id"]), kept)
    ordered = sorted(units.values(), key=lambda unit: order[units_marker(unit["kind"])])
    return {"schema": "antq.dossier/1", "period": dossier["period"], "units": ordered}


def _bare(value: Any) -> Any:
    """A value beside which nothing stands is written without ``value``."""
    if isinstance(value, dict) and "value" in value:
        return value if len(value) > 1 and value["value"] is not None else value["value"]
    return value


def random_values(fields: Sequence[Field], rng: random.Random, period: int) -> Iterator[tuple[str, Any]]:
    """Values within the range of each field, some left out."""
    for known in fields:
        if rng.random() < 0.75:
            yield known.name, random_value(known, rng, period)


def random_value(known: Field, rng: random.Random, period: int) -> Any:
    """A value of a field as a dossier writes it."""
    low, high = known.low, min(known.high, known.low + 40)
    if known.kind == "boolean":
        return rng.random() < 0.7
    if known.kind == "integer":
        return rng.randint(low, high)
    if known.kind == "decimal":
        number = Decimal(rng.randint(low, high)).scaleb(-known.dimension.places)
        return int(number) if number == int(number) else number
    if known.kind == "date":
        return "absent" if known.may_be_absent and rng.random() < 0.2 else f"{period}-{rng.randint(1, 12):02}-11"
    if known.kind == "enum":
        return rng.choice(known.choices).name
    if known.kind == "set":
        names = [choice.name for choice in known.choices]
        return rng.sample(names, rng.randint(int(known.not_empty), len(names)))
    if known.kind == "series":
        return {str(period - back): rng.randint(low, high) for back in range(rng.randint(1, 4))}
    if known.kind == "records":
        rows = [
            {
                name: random_value(column, rng, period)
                for name, column in known.columns.items()
                if column.required or rng.random() < 0.8
            }
            for _ in range(rng.randint(0, 3))
        ]
        return [row for row in rows if row]
    return rng.choice(["Camera an ninh", "Tổ tự quản", "=1+1", "-5 % so với năm trước"])
