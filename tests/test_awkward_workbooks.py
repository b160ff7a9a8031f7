"""Workbooks as people make them: each is read as it is meant, or refused with the cell named.

Cells are written by openpyxl, XlsxWriter and LibreOffice. Most cases are a single cell of a workbook laid out like a
template; each of those is read as .xlsx, and once more as the .ods that LibreOffice makes of it.
"""

from __future__ import annotations

import datetime
import io
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from antq_rules import Engine, EvidenceError, Fault, Ruleset, load_dossier
from antq_rules.language.loader import load_folder
from antq_rules.readers.layout import DOCUMENTS, GUIDE, rows_marker, units_marker
from tests.conftest import Converted
from tests.hand_made import ods_cell, ods_parts, ods_row, packed, table
from tests.small_rulesets import written

FIELDS = """
  count: {kinds: [u, v], type: integer, range: [0, 100000000], title: {vi: Số vụ, en: Cases}}
  change: {kinds: [u], type: integer, range: [-1000, 1000], title: {vi: Tăng giảm, en: Change}}
  share: {kinds: [u], type: decimal, places: 4, range: [0, 1], title: {vi: Tỷ lệ, en: Share}}
  percent: {kinds: [u], type: decimal, places: 2, unit: {vi: "%", en: "%"}, title: {vi: Phần trăm, en: Percent}}
  area: {kinds: [u], type: decimal, places: 1, unit: {vi: ha, en: ha}, title: {vi: Diện tích, en: Area}}
  weight: {kinds: [u], type: decimal, places: 3, range: [0, 1000000], title: {vi: Trọng số, en: Weight}}
  day: {kinds: [u], type: date, title: {vi: Ngày, en: Day}}
  paper: {kinds: [u], type: date, may_be_absent: true, title: {vi: Ngày văn bản, en: Day of the paper}}
  flag: {kinds: [u], type: boolean, title: {vi: Đạt yêu cầu, en: Meets}}
  rating:
    kinds: [u]
    type: enum
    ordered: true
    title: {vi: Xếp loại, en: Rating}
    values: {poor: {vi: Không hoàn thành, en: Not completed}, good: {vi: Hoàn thành tốt, en: Completed well}}
  levels:
    kinds: [u]
    type: set
    title: {vi: Cấp học, en: Levels}
    values: {primary: {vi: Tiểu học, en: Primary}, secondary: {vi: Trung học, en: Secondary}}
  remark: {kinds: [u], type: text, title: {vi: Ghi chú, en: Remark}}
  events:
    kinds: [u]
    type: records
    dated_by: on
    title: {vi: Vụ việc, en: Events}
    columns:
      "on": {type: date, required: true, title: {vi: Ngày xảy ra, en: Date}}
      grave: {type: boolean, title: {vi: Nghiêm trọng, en: Grave}}
  trend: {kinds: [u], type: series, range: [0, 1000], title: {vi: Từng năm, en: Each year}}
"""
STANDARD = """
criteria:
  - id: small.u.1
    title: *title
    citation: {article: 1}
    require: {at_least: [count, 0]}
"""
KINDS = "kinds: {u: {title: *title}, v: {title: *title}}"
SHEET = "Đơn vị"


@pytest.fixture(scope="module")
def ruleset(tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    folder = written(tmp_path_factory.mktemp("ruleset") / "r", standard=STANDARD, fields=FIELDS, main=KINDS)
    return load_folder(folder, "r")


@dataclass
class Refused:
    """That a cell is refused in words such as these."""

    words: str
    cell: str = f"{SHEET}!C5"


Reading = tuple[dict[str, dict[str, Any]], list[Fault]]


def reading(path: Path, ruleset: Ruleset, **options: Any) -> Reading:
    """The evidence of each unit by its id, and all faults that were found, also those of units."""
    try:
        dossier = load_dossier(path, ruleset=ruleset, **options)
    except EvidenceError as error:
        return {}, list(error.faults)
    found = Engine(ruleset, engine="scalar", language="en").assess(dossier, period=2025)
    faults = [fault for unit in found.rejected for fault in unit.faults]
    return {str(entry.data.get("id")): dict(entry.data.get("evidence", {})) for entry in dossier.entries}, faults


def check_refused(found: Reading, *expected: Refused) -> None:
    _, faults = found
    shown = [(fault.place.cell if fault.place else "", fault.text()) for fault in faults]
    assert [cell for cell, _ in shown] == [one.cell for one in expected], shown
    for (_, text), one in zip(shown, expected, strict=True):
        assert one.words in text, shown


Row = list[Any]
Sheets = dict[str, list[Row]]


def units_sheet(*rows: Row, fields: tuple[str, ...] = ("count",), kind: str = "u") -> list[Row]:
    """The rows of a sheet of units whose columns are id, name and fields."""
    ids = ["id", "name", *fields]
    return [[units_marker(kind)], list(ids), ["Mã", "Tên", *fields], ["", "", *("gợi ý" for _ in fields)], *rows]


def at(cell: str) -> str:
    """A cell of the sheet of units."""
    return f"{SHEET}!{cell}"


def rows_sheet(field: str, columns: Row, *rows: Row) -> list[Row]:
    return [[rows_marker(field)], columns, columns, [None], *rows]


Make = Callable[[], bytes]
"""Makes the bytes of a workbook, when a test needs them."""


def by_openpyxl(sheets: Sheets) -> Make:
    def make() -> bytes:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    return make


Write = Callable[[Any, Any], None]


def by_xlsxwriter(write: Write, sheets: Sheets, **options: Any) -> Make:
    """Sheets, the first of which ``write`` then changes."""

    def make() -> bytes:
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False, **options})
        made = []
        for name, rows in sheets.items():
            made.append(book.add_worksheet(name))
            for number, row in enumerate(rows):
                made[-1].write_row(number, 0, row)
        write(book, made[0])
        book.close()
        return stream.getvalue()

    return make


# One cell


@dataclass
class Cell:
    """A workbook of one unit with one value. ``shown`` is the number format; ``ods`` is what the .ods gives if else."""

    name: str
    field: str
    value: Any
    expected: Any
    shown: str | None = None
    ods: Any = ...


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


TODAY = datetime.date(2025, 3, 15)
WHOLE = "a whole number is needed here"
IS_DATE = "a date such as 31/03/2025"

CELLS = [
    # Whole numbers
    Cell("a whole number", "count", 7, 7),
    Cell("zero is not blank", "count", 0, 0),
    Cell("a whole number shown with decimals", "count", 7, 7, "0.00"),
    Cell("a whole number shown with separators", "count", 1205, 1205, "#,##0"),
    Cell("digits as text", "count", "7", 7),
    Cell("digits with an apostrophe and blanks", "count", " 1205 ", 1205),
    Cell("zeros in front", "count", "007", 7),
    Cell("dots between thousands", "count", "1.205", 1205),
    Cell("dots between millions", "count", "1.205.300", 1205300),
    Cell("dots in wrong places", "count", "1.20.5", Refused(WHOLE)),
    Cell("a comma", "count", "1,205", Refused("write 1205 if that is meant")),
    Cell("a decimal comma", "count", "1,5", Refused(WHOLE)),
    Cell("a blank between thousands", "count", "1 205", Refused(WHOLE)),
    Cell("a narrow blank between thousands", "count", "1\u202f205", Refused(WHOLE)),
    Cell("a blank that does not break around it", "count", "\u00a012\u00a0", 12),
    Cell("a fraction", "count", 7.5, Refused(WHOLE)),
    Cell("1.205 that was taken for a fraction", "count", 1.205, Refused("write 1205 if that is meant")),
    Cell("nearly a whole number", "count", 3.0000000001, Refused(WHOLE)),
    Cell("a percentage in place of a number", "count", 0.05, Refused("not a percentage"), "0%"),
    Cell("a whole percentage in place of a number", "count", 1, Refused("not a percentage"), "0%"),
    Cell("a percentage as text", "count", "5%", Refused("not a percentage")),
    Cell("a negative number of cases", "count", -3, Refused("out of range")),
    Cell("a minus of typographers", "change", "−3", Refused(WHOLE)),
    Cell("a negative change", "change", "-3", -3),
    Cell("a positive change", "change", "+3", 3),
    Cell("more than the range", "count", 10**9, Refused("out of range")),
    Cell("more digits than a cell holds", "count", 1e17, Refused("at most 15 digits")),
    Cell("a number with words", "count", "7 vụ", Refused(WHOLE)),
    Cell("a word for zero", "count", "không", Refused(WHOLE)),
    Cell("a dash", "count", "-", Refused(WHOLE)),
    Cell("unknown", "count", "chưa rõ", None),
    Cell("unknown, decomposed", "count", nfd("Chưa rõ"), None),
    Cell("only white space", "count", " \u00a0\n", None),
    Cell("a truth value in place of a number", "count", True, Refused(WHOLE), ods=1),
    Cell("a number shown as a date", "count", 7, Refused(WHOLE), "dd/mm/yyyy"),
    Cell("a number shown as a time", "count", 0.5, Refused(WHOLE), "hh:mm"),
    Cell("a full-width digit", "count", "７", Refused(WHOLE)),
    # Decimals
    Cell("a decimal", "area", 12.5, Decimal("12.5")),
    Cell("a tenth that no float holds", "area", 0.1, Decimal("0.1")),
    Cell("a decimal comma in text", "area", "1.205,5", Decimal("1205.5")),
    Cell("a decimal comma without thousands", "area", "1205,5", Decimal("1205.5")),
    Cell("a decimal dot in text", "area", "1205.5", Refused("a number is needed here")),
    Cell("thousands in text", "area", "1.205", 1205),
    Cell("thousands or a little over one", "weight", "1.205", Refused("it can be read in two ways")),
    Cell("a number that needs no guess", "weight", 1.205, Decimal("1.205")),
    Cell("a share as a percentage", "share", 0.705, Decimal("0.705"), "0.0%"),
    Cell("a share as text in percent", "share", "70,5%", Decimal("0.705")),
    Cell("a percent field as a percentage", "percent", 0.705, Decimal("70.5"), "0.0%"),
    Cell("a percent field as a number", "percent", 70.5, Decimal("70.5")),
    Cell("a percent field as text", "percent", "70,5 %", Decimal("70.5")),
    Cell("a share over one", "share", 70.5, Refused("out of range")),
    Cell("an area in percent", "area", 0.5, Refused("not a percentage"), "0%"),
    Cell("more places than the field has", "area", 12.55, Refused("decimal place")),
    # Days
    Cell("a date", "day", TODAY, "2025-03-15", "dd/mm/yyyy"),
    Cell("a date with a time", "day", datetime.datetime(2025, 3, 15, 14, 30), "2025-03-15", "dd/mm/yyyy hh:mm"),
    Cell("the serial number of a day", "day", 45731, "2025-03-15"),
    Cell("a serial number with a time", "day", 45731.5, Refused(IS_DATE)),
    Cell("a year in place of a day", "day", 2025, Refused(IS_DATE)),
    Cell("a year shown as a date", "day", 2025, Refused(IS_DATE), "dd/mm/yyyy"),
    Cell("a date as text", "day", "15/3/2025", "2025-03-15"),
    Cell("a date as text with dots", "day", "15.03.2025", "2025-03-15"),
    Cell("a date as text with dashes", "day", " 15-03-2025 ", "2025-03-15"),
    Cell("an ISO date as text", "day", "2025-03-15", "2025-03-15"),
    Cell("a year of two digits", "day", "15/3/25", Refused("year in four digits")),
    Cell("the month before the day", "day", "03/15/2025", Refused("write the day before the month")),
    Cell("a day that no calendar has", "day", "31/02/2025", Refused("a day of the calendar")),
    Cell("a month only", "day", "03/2025", Refused(IS_DATE)),
    Cell("a date in words", "day", "ngày 15 tháng 3 năm 2025", Refused(IS_DATE)),
    Cell("a paper that does not exist", "paper", "Không có", "absent"),
    Cell("a paper that does not exist, decomposed", "paper", nfd("không có"), "absent"),
    Cell("không có where a day always is", "day", "không có", Refused(IS_DATE)),
    Cell("a time only", "day", 0.5, Refused(IS_DATE), "hh:mm"),
    # Yes and no
    *(
        Cell(f"true as {word!r}", "flag", word, True)
        for word in ("có", "Có", "CÓ", nfd("có"), " có ", "x", "X", "đúng", "Yes", "TRUE", "1", "✓")
    ),
    *(Cell(f"false as {word!r}", "flag", word, False) for word in ("không", "Không", nfd("KHÔNG"), "No", "false", "0")),
    *(Cell(f"unknown as {word!r}", "flag", word, None) for word in ("chưa rõ", "Chưa rõ", "?", "")),
    Cell("a truth value", "flag", True, True),
    Cell("a false truth value", "flag", False, False),
    Cell("one", "flag", 1, True),
    Cell("two", "flag", 2, Refused("'có', 'không' or 'chưa rõ'")),
    Cell("one in percent", "flag", 1, Refused("'có', 'không' or 'chưa rõ'"), "0%"),
    Cell("có without its mark", "flag", "co", Refused("'có', 'không' or 'chưa rõ'")),
    Cell("another word", "flag", "đạt", Refused("'có', 'không' or 'chưa rõ'")),
    # Choices
    Cell("a choice by its id", "rating", "good", "good"),
    Cell("a choice by its title", "rating", "hoàn thành tốt", "good"),
    Cell("a choice by its title, decomposed, in capitals", "rating", nfd("HOÀN THÀNH TỐT"), "good"),
    Cell("a choice with a line end within", "rating", "Hoàn thành\ntốt", "good"),
    Cell("a choice by its English title", "rating", "Completed well", "good"),
    Cell("a choice that is none", "rating", "Hoàn thành", Refused("is not one of the choices")),
    Cell("several choices", "levels", "Tiểu học; Trung học", ["primary", "secondary"]),
    Cell("several choices on lines", "levels", "Tiểu học\r\nTrung học\n", ["primary", "secondary"]),
    Cell("no choice", "levels", "không", []),
    Cell("a choice among several that is none", "levels", "Tiểu học; Cao học", Refused("is not one of the choices")),
    # Text
    Cell("a text like a formula", "remark", "=1+1", "=1+1"),
    *(Cell(f"a text that begins with {sign}", "remark", f"{sign}84 tổ", f"{sign}84 tổ") for sign in "+-@"),
    Cell("a decomposed text", "remark", nfd("Tổ dân phố"), "Tổ dân phố"),
    Cell("a number as text", "remark", 12, "12"),
    Cell("a text of two lines", "remark", "a\nb", "a\nb"),
    Cell("marks of XML", "remark", "a < b & c", "a < b & c"),
    Cell("no text", "remark", "  ", None),
]


def made_of(cell: Cell) -> bytes:
    def write(book: Any, sheet: Any) -> None:
        form = book.add_format({"num_format": cell.shown} if cell.shown else {})
        if isinstance(cell.value, str):
            sheet.write_string(4, 2, cell.value, form)
        else:
            sheet.write(4, 2, cell.value, form)

    return by_xlsxwriter(write, {SHEET: units_sheet(["u-1", "Tổ 1"], fields=(cell.field,))})()


@pytest.fixture(scope="module")
def as_xlsx(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("cells")
    paths = {cell.name: folder / f"{number}.xlsx" for number, cell in enumerate(CELLS)}
    for cell in CELLS:
        paths[cell.name].write_bytes(made_of(cell))
    return paths


@pytest.fixture(scope="module")
def as_ods(as_xlsx: dict[str, Path], converted: Converted) -> dict[str, Path]:
    return dict(zip(as_xlsx, converted(list(as_xlsx.values()), "ods"), strict=True))


def check_cell(cell: Cell, expected: Any, found: Reading) -> None:
    if isinstance(expected, Refused):
        check_refused(found, expected)
        return
    units, faults = found
    assert not faults
    assert list(units) == ["u-1"]
    value = units["u-1"].get(cell.field)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize("cell", CELLS, ids=[cell.name for cell in CELLS])
def test_a_cell(cell: Cell, as_xlsx: dict[str, Path], ruleset: Ruleset) -> None:
    check_cell(cell, cell.expected, reading(as_xlsx[cell.name], ruleset))


@pytest.mark.parametrize("cell", CELLS, ids=[cell.name for cell in CELLS])
def test_a_cell_that_libreoffice_saved(cell: Cell, as_ods: dict[str, Path], ruleset: Ruleset) -> None:
    check_cell(cell, cell.expected if cell.ods is ... else cell.ods, reading(as_ods[cell.name], ruleset))


# Whole workbooks


@dataclass
class Book:
    """A workbook and what it gives: the evidence of its units by id, or the cells that are refused.

    The evidence of units that are refused besides is not compared.
    """

    name: str
    make: Make
    expected: dict[str, dict[str, Any]] | list[Refused]
    suffix: str = ".xlsx"
    mapping: str = ""
    also_saved: bool = False


def one(value: Any = 7, **more: Any) -> dict[str, dict[str, Any]]:
    """The evidence of the only unit."""
    return {"u-1": {"count": value, **more}}


def plain_sheet(*rows: Row, **options: Any) -> Sheets:
    return {SHEET: units_sheet(*rows, **options)}


def units_only(*rows: Row, **options: Any) -> Make:
    return by_openpyxl(plain_sheet(*rows, **options))


def format_of(book: Any, shown: str) -> Any:
    return book.add_format({"num_format": shown})


def in_1904(book: Any, sheet: Any) -> None:
    sheet.write_number(4, 2, 44269, format_of(book, "dd/mm/yyyy"))
    sheet.write_number(4, 3, 44269)


def merged_parents(book: Any, sheet: Any) -> None:
    sheet.merge_range(4, 2, 6, 2, "xa-1")


def merged_titles(book: Any, sheet: Any) -> None:
    sheet.merge_range(2, 1, 2, 3, "Thông tin chung\nvề đơn vị")
    sheet.merge_range(0, 4, 1, 5, "")


def hidden(book: Any, sheet: Any) -> None:
    sheet.set_row(4, options={"hidden": True})
    sheet.set_column(2, 2, options={"hidden": True})
    sheet.hide()
    book.add_worksheet("Ghi chú").activate()


def formatted_blanks(book: Any, sheet: Any) -> None:
    form = book.add_format({"bg_color": "yellow", "num_format": "0%"})
    for row in range(5, 400):
        for column in range(60):
            sheet.write_blank(row, column, None, form)
    sheet.write_blank(1_048_575, 16_383, None, form)
    sheet.set_row(500, 30, form)


def dressed(book: Any, sheet: Any) -> None:
    """All that stands in a workbook beside its cells."""
    sheet.data_validation(4, 2, 4, 2, {"validate": "integer", "criteria": ">", "value": 0})
    sheet.conditional_format(4, 2, 4, 2, {"type": "blanks", "format": book.add_format({"bg_color": "red"})})
    sheet.freeze_panes(4, 2)
    sheet.autofilter(2, 0, 4, 2)
    sheet.protect("")
    sheet.write_comment(4, 2, "99")
    sheet.insert_textbox(6, 6, "99")
    sheet.set_row(4, options={"level": 1, "collapsed": False})
    sheet.write_url(4, 1, "https://example.vn", string="Tổ 1")
    book.define_name("count", f"='{SHEET}'!$C$5")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": [SHEET, 4, 2, 4, 2]})
    book.add_chartsheet("Biểu đồ").set_chart(chart)


def rich(book: Any, sheet: Any) -> None:
    bold = book.add_format({"bold": True})
    sheet.write_rich_string(4, 2, bold, "1.", "205")
    sheet.write_rich_string(4, 3, "Hoàn thành ", bold, "tốt")
    sheet.write_string(2, 2, "Số vụ\n(trong năm)")


def formulas(book: Any, sheet: Any) -> None:
    sheet.write_formula(4, 2, "=3+4", None, 7)
    sheet.write_formula(4, 3, '=IF(1,"có","không")', None, "có")
    sheet.write_formula(4, 4, '=IF(1,"","x")', None, "")


def not_computed(book: Any, sheet: Any) -> None:
    sheet.write_formula(4, 2, "=SUM(D1:D9)")
    sheet.write_formula(5, 2, "=1/0", None, "#DIV/0!")
    sheet.write_formula(6, 2, "=NA()", None, "#N/A")


def with_parts(make: Make, **parts: str) -> Make:
    """A workbook with more parts, such as a macro or a link to another file."""

    def made() -> bytes:
        stream = io.BytesIO(make())
        with zipfile.ZipFile(stream, "a") as archive:
            for name, text in parts.items():
                archive.writestr(f"xl/{name}", text)
        return stream.getvalue()

    return made


def with_table(book: Any, sheet: Any) -> None:
    sheet.add_table(2, 0, 4, 2, {"columns": [{"header": name} for name in ("Mã", "Tên", "Số vụ")], "total_row": False})


EVENTS = ["unit", "on", "grave"]
TWO = [["u-1", "Tổ 1", 1], ["u-2", "Tổ 2", 2]]
BOTH = {"u-1": {"count": 1}, "u-2": {"count": 2}}
LISTED = ("events",)
GUIDE_ROWS: list[Row] = [[GUIDE], ["period", "Năm", 2025]]


def listing(stated: Any, *events: Row) -> Sheets:
    """A unit that says something of its events, and rows of them."""
    return {
        SHEET: units_sheet(["u-1", "Tổ 1", stated], fields=LISTED),
        "Vụ việc": rows_sheet("events", EVENTS, *events),
    }


def series(*years: Row) -> Sheets:
    return {SHEET: units_sheet(["u-1", "Tổ 1"]), "Từng năm": rows_sheet("trend", ["unit", "year", "value"], *years)}


def proving(*rows: Row) -> Sheets:
    columns = ["unit", "field", "kind", "number", "date", "issuer", "confirmed_by", "confirmed_on", "note"]
    return {
        SHEET: units_sheet(["u-1", "Tổ 1", 7]),
        "Văn bản": [[DOCUMENTS], columns, columns, [None], *rows],
    }


def own_table(*rows: Row) -> Sheets:
    return {"Biểu 1": [["BIỂU TỔNG HỢP"], [None], *rows]}


def own_headers(book: Any, sheet: Any) -> None:
    """A title over all columns, headers over two rows, and the kind of unit as a heading of its rows."""
    sheet.merge_range(0, 0, 0, 3, "BIỂU TỔNG HỢP NĂM 2025")
    sheet.merge_range(2, 0, 3, 0, "Mã số")
    sheet.merge_range(2, 1, 3, 1, "Tên đơn vị")
    sheet.merge_range(2, 2, 2, 3, nfd("Số vụ"))
    sheet.write_row(3, 2, ["Năm nay", "Năm trước"])


OWN = """
schema: antq.mapping/1
sheets:
  - kind: u
    columns: {Mã số: id, Tên đơn vị: name, Số vụ: count}
"""
TWO_ROWS = OWN.replace("columns:", "header: [3, 4]\n    columns:").replace("Số vụ", "Số vụ / Năm nay")
EVENT = {"on": "2025-03-15", "grave": True}

BOOKS = [
    # Days counted from 1904
    Book(
        "days from 1904",
        by_xlsxwriter(in_1904, plain_sheet(["u-1", "Tổ 1"], fields=("day", "paper")), date_1904=True),
        {"u-1": {"day": "2025-03-15", "paper": "2025-03-15"}},
        also_saved=True,
    ),
    # What surrounds the cells
    Book("a dressed workbook", by_xlsxwriter(dressed, plain_sheet(["u-1", "Tổ 1", 7])), one(), also_saved=True),
    Book("a table of Excel", by_xlsxwriter(with_table, plain_sheet(["u-1", "Tổ 1", 7])), one(), also_saved=True),
    Book(
        "rich text and line breaks",
        by_xlsxwriter(rich, plain_sheet(["u-1", "Tổ 1"], fields=("count", "rating"))),
        one(1205, rating="good"),
        also_saved=True,
    ),
    Book(
        "hidden rows, columns and sheets",
        by_xlsxwriter(hidden, plain_sheet(["u-1", "Tổ 1", 7])),
        one(),
        also_saved=True,
    ),
    Book(
        "formatted blanks down to the last row",
        by_xlsxwriter(formatted_blanks, plain_sheet(["u-1", "Tổ 1", 7])),
        one(),
        also_saved=True,
    ),
    Book(
        "sheets of their own",
        by_openpyxl({"Ghi chú": [["u-1", 9]], **plain_sheet(["u-1", "Tổ 1", 7]), "Trống": []}),
        one(),
        also_saved=True,
    ),
    Book("macros", with_parts(units_only(["u-1", "Tổ 1", 7]), **{"vbaProject.bin": "\0"}), one(), ".xlsm"),
    Book(
        "links to other files",
        with_parts(units_only(["u-1", "Tổ 1", 7]), **{"externalLinks/externalLink1.xml": "<broken"}),
        one(),
    ),
    Book(
        "a decomposed name of a sheet",
        by_openpyxl({nfd(SHEET): units_sheet(["u-1", "Tổ 1", "x"])}),
        [Refused(WHOLE)],
        also_saved=True,
    ),
    # Formulas
    Book(
        "results of formulas",
        by_xlsxwriter(formulas, plain_sheet(["u-1", "Tổ 1"], fields=("count", "flag", "remark"))),
        [Refused("no result of the formula", at("E5"))],
    ),
    Book(
        "formulas that nobody computed or that give an error",
        by_xlsxwriter(not_computed, plain_sheet(["u-1", "Tổ 1"], ["u-2", "Tổ 2"], ["u-3", "Tổ 3"])),
        [Refused("no result of the formula"), Refused("gives an error", at("C6")), Refused("gives an error", at("C7"))],
    ),
    Book("formulas that openpyxl wrote", units_only(["u-1", "Tổ 1", "=3+4"]), [Refused("no result of the formula")]),
    # Rows and columns
    Book(
        "columns in another order",
        by_openpyxl(
            {SHEET: [[units_marker("u")], ["count", None, "name", "id"], [], [], [7, "tự ghi", "Tổ 1", "u-1"]]}
        ),
        one(),
        also_saved=True,
    ),
    Book("blank rows between", units_only(TWO[0], [], [None, " ", None], TWO[1], []), BOTH, also_saved=True),
    Book("rows of totals", units_only(*TWO, ["Tổng cộng", None, 3], [None, nfd("TỔNG SỐ:"), 3]), BOTH, also_saved=True),
    Book("no units", units_only(), {}, also_saved=True),
    Book("two sheets of one kind", by_openpyxl({"Một": units_sheet(TWO[0]), "Hai": units_sheet(TWO[1])}), BOTH),
    Book(
        "units of two kinds",
        by_openpyxl({"Một": units_sheet(TWO[0]), "Hai": units_sheet(TWO[1], kind="v")}),
        BOTH,
        also_saved=True,
    ),
    Book(
        "a column twice",
        units_only(["u-1", "Tổ 1", 1, 2], fields=("count", "count")),
        [Refused("stands twice", at("D2"))],
    ),
    Book(
        "a column that is none",
        units_only(["u-1", "Tổ 1", 1], fields=("counts",)),
        [Refused("'counts' is not a field of u", at("C2"))],
    ),
    Book(
        "no column of ids",
        by_openpyxl({SHEET: [[units_marker("u")], ["name", "count"], [], [], ["Tổ 1", 7]]}),
        [Refused("lacks the column 'id'", at("A2"))],
    ),
    Book(
        "a kind that is none", units_only(["u-1", "Tổ 1", 1], kind="w"), [Refused("there is no kind of unit", at("A1"))]
    ),
    Book(
        "a list that is none",
        by_openpyxl({**plain_sheet(TWO[0]), "L": rows_sheet("fires", ["unit"])}),
        [Refused("there is no list", "L!A1")],
    ),
    Book("merged titles", by_xlsxwriter(merged_titles, plain_sheet(["u-1", "Tổ 1", 7])), one(), also_saved=True),
    Book(
        "a name merged over rows",
        by_xlsxwriter(
            merged_parents,
            {SHEET: [[units_marker("u")], ["id", "count", "parent"], [], [], ["u-1", 1], ["u-2", 2], ["u-3", 3]]},
        ),
        {**BOTH, "u-3": {"count": 3}},
        also_saved=True,
    ),
    # Units
    Book(
        "ids that are numbers",
        units_only([7, "Tổ 7", 1], ["07", "Tổ 07", 2]),
        {"7": {"count": 1}, "07": {"count": 2}},
        also_saved=True,
    ),
    Book("a decomposed id with white space", units_only([nfd(" tổ  1\n"), "Tổ", 1]), {"tổ 1": {"count": 1}}),
    Book("an id that is a fraction", units_only([1.5, "Tổ", 1]), [Refused("a text is needed", at("A5"))]),
    Book(
        "a unit twice",
        units_only(TWO[0], TWO[0]),
        [Refused("stands at 2 units", at("A5")), Refused("stands at 2 units", at("A6"))],
        also_saved=True,
    ),
    Book("a row without an id", units_only(TWO[0], [None, "Tổ 2", 2]), [Refused("'id' is missing", at("A6"))]),
    Book(
        "a signature below", units_only(TWO[0], [None, "Người lập biểu", None]), [Refused("'id' is missing", at("A6"))]
    ),
    Book(
        "several faults at once",
        units_only(["u-1", "Tổ 1", "x", "y"], ["u-2", "Tổ 2", 1, "z"], fields=("count", "flag")),
        [Refused(WHOLE), Refused("'có'", at("D5")), Refused("'có'", at("D6"))],
        also_saved=True,
    ),
    # Lists
    Book(
        "rows of a list",
        by_openpyxl(listing("có", ["u-1", TODAY, "có"], ["u-1", "15/3/2025", "x"])),
        {"u-1": {"events": [EVENT, EVENT]}},
        also_saved=True,
    ),
    Book(
        "rows of a list of which the unit says nothing",
        by_openpyxl(listing(None, ["u-1", TODAY, True])),
        {"u-1": {"events": [EVENT]}},
    ),
    Book("none occurred", by_openpyxl(listing("Không")), {"u-1": {"events": []}}, also_saved=True),
    Book("not known whether any occurred", by_openpyxl(listing("chưa rõ")), {"u-1": {}}),
    Book(
        "có without rows", by_openpyxl(listing("có")), [Refused("no row of the list is of this unit")], also_saved=True
    ),
    Book("không with rows", by_openpyxl(listing("không", ["u-1", TODAY, "có"])), [Refused("but 1 rows of the list")]),
    Book(
        "chưa rõ with rows", by_openpyxl(listing("chưa rõ", ["u-1", TODAY, "có"])), [Refused("but 1 rows of the list")]
    ),
    Book(
        "rows of a unit that is nowhere",
        by_openpyxl(listing("có", ["u-1", TODAY, "có"], ["u-2", TODAY, "có"])),
        [Refused("there is no unit", "Vụ việc!A6")],
        also_saved=True,
    ),
    Book(
        "a row of no unit",
        by_openpyxl(listing("không", [None, TODAY, "có"])),
        [Refused("does not say of which unit", "Vụ việc!A5")],
    ),
    Book(
        "a bad cell of a list",
        by_openpyxl(listing("có", ["u-1", "31/02/2025", "có"])),
        [Refused("a day of the calendar", "Vụ việc!B5")],
        also_saved=True,
    ),
    Book(
        "a missing cell of a list", by_openpyxl(listing("có", ["u-1", None, "có"])), [Refused("missing", "Vụ việc!B5")]
    ),
    Book(
        "a sum below a list",
        by_openpyxl(listing("có", ["u-1", TODAY, "có"], ["Cộng", 1, None])),
        {"u-1": {"events": [EVENT]}},
    ),
    Book(
        "numbers of years",
        by_openpyxl(series(["u-1", 2024, 3], ["u-1", "2025", "1"])),
        {"u-1": {"trend": {"2024": 3, "2025": 1}}},
        also_saved=True,
    ),
    Book(
        "a year twice",
        by_openpyxl(series(["u-1", 2024, 3], ["u-1", 2024, 3])),
        [Refused("stands twice", "Từng năm!B6")],
    ),
    Book(
        "a date in place of a year", by_openpyxl(series(["u-1", TODAY, 3])), [Refused("a whole number", "Từng năm!B5")]
    ),
    # Documents
    Book(
        "a document",
        by_openpyxl(proving(["u-1", nfd("Số vụ"), "Báo cáo", "12/BC", TODAY, "Công an xã"])),
        {
            "u-1": {
                "count": {
                    "value": 7,
                    "document": {"kind": "Báo cáo", "number": "12/BC", "date": "2025-03-15", "issuer": "Công an xã"},
                }
            }
        },
        also_saved=True,
    ),
    Book(
        "a number of a document that became a date",
        by_openpyxl(proving(["u-1", "count", "Báo cáo", TODAY])),
        [Refused("a text is needed", "Văn bản!D5")],
    ),
    Book(
        "a document of no field",
        by_openpyxl(proving(["u-1", "fires", "Báo cáo"])),
        [Refused("'fires' is not a field", "Văn bản!B5")],
    ),
    # The year
    Book(
        "the year in words",
        by_openpyxl({"Hướng dẫn": [[GUIDE], ["period", "Năm", "năm nay"]], **plain_sheet(TWO[0])}),
        [Refused("a year such as 2025", "Hướng dẫn!C2")],
    ),
    Book(
        "the year as text",
        by_openpyxl({"Hướng dẫn": [[GUIDE], ["period", "Năm", " 2025 "]], **plain_sheet(*TWO)}),
        BOTH,
    ),
    # Tables of their own
    Book(
        "a table that nothing explains",
        by_openpyxl(own_table(["Mã số", "Số vụ"], ["u-1", 7])),
        [Refused("nothing in this file tells what its columns mean", "")],
    ),
    Book(
        "headers over two rows",
        by_xlsxwriter(own_headers, {"Biểu 1": [[], [], [], [], ["u-1", "Tổ 1", 7, 9], [None, "Cộng", 7, 9]]}),
        one(),
        mapping=TWO_ROWS,
        also_saved=True,
    ),
    Book(
        "a table with a title, totals and a signature",
        by_openpyxl(
            own_table(
                ["STT", nfd("Mã số"), "Tên đơn vị", " SỐ  VỤ "],
                [1, "u-1", "Tổ 1", "1"],
                [2, "u-2", "Tổ 2", 2],
                [None, None, "Tổng cộng", 3],
                [],
                [None, None, "Người lập biểu"],
            )
        ),
        BOTH,
        mapping=OWN,
        also_saved=True,
    ),
    Book(
        "a table with a bad cell",
        by_openpyxl(own_table(["Mã số", "Tên đơn vị", "Số vụ"], ["u-1", "Tổ 1", "bảy"])),
        [Refused(WHOLE, "Biểu 1!C4")],
        mapping=OWN,
    ),
    # Files of OpenDocument
    Book(
        "rows repeated",
        lambda: packed(
            ods_parts(
                table(
                    ods_row(ods_cell(units_marker("u")))
                    + ods_row(ods_cell("id"), ods_cell("count"))
                    + ods_row(repeated=2)
                    + ods_row(ods_cell("u-1"), ods_cell("x", kind="float", office_value="7"))
                    + ods_row(ods_cell("", 1024, ""), repeated=1_048_000),
                    SHEET,
                )
            )
        ),
        one(),
        ".ods",
    ),
    Book(
        "a cell that is repeated over units",
        lambda: packed(
            ods_parts(
                table(
                    ods_row(ods_cell(units_marker("u")))
                    + ods_row(ods_cell("id"), ods_cell("count"))
                    + ods_row(repeated=2)
                    + ods_row(ods_cell("u-1"), ods_cell("x", kind="float", office_value="7"), repeated=2),
                    SHEET,
                )
            )
        ),
        [Refused("stands at 2 units", at("A5")), Refused("stands at 2 units", at("A6"))],
        ".ods",
    ),
    # Files that are something else
    Book(
        "a web page",
        lambda: b"<html><body><table><tr><td>u-1</td></tr></table></body></html>",
        [Refused("a web page", "")],
    ),
    Book("CSV", lambda: b"id;count\nu-1;7\n", [Refused("plain text", "")], ".ods"),
]


def files_of(folder: Path) -> dict[str, Path]:
    """Each workbook as a file."""
    paths = {book.name: folder / f"{number}{book.suffix}" for number, book in enumerate(BOOKS)}
    for book in BOOKS:
        paths[book.name].write_bytes(book.make())
    return paths


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return files_of(tmp_path_factory.mktemp("books"))


SAVED = [book for book in BOOKS if book.also_saved]


@pytest.fixture(scope="module", params=["ods", "xlsx"])
def saved(request: pytest.FixtureRequest, books: dict[str, Path], converted: Converted) -> dict[str, Path]:
    """The workbooks as LibreOffice saves them."""
    paths = converted([books[book.name] for book in SAVED], request.param)
    return {book.name: path for book, path in zip(SAVED, paths, strict=True)}


def check_book(book: Book, path: Path, folder: Path, ruleset: Ruleset) -> None:
    mapping = folder / "mapping.yaml"
    mapping.write_text(book.mapping, encoding="utf-8")
    found = reading(path, ruleset, mapping=mapping if book.mapping else None)
    if isinstance(book.expected, list):
        check_refused(found, *book.expected)
    else:
        assert not found[1]
        assert found[0] == book.expected


@pytest.mark.parametrize("book", BOOKS, ids=[book.name for book in BOOKS])
def test_a_workbook(book: Book, books: dict[str, Path], tmp_path: Path, ruleset: Ruleset) -> None:
    check_book(book, books[book.name], tmp_path, ruleset)


@pytest.mark.parametrize("book", SAVED, ids=[book.name for book in SAVED])
def test_a_workbook_that_libreoffice_saved(
    book: Book, saved: dict[str, Path], tmp_path: Path, ruleset: Ruleset
) -> None:
    check_book(book, saved[book.name], tmp_path, ruleset)
