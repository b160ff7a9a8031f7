"""What the opening of workbooks gives: plain cells as the file holds them, or a fault that says what the file is.

Cells are written by XlsxWriter, openpyxl and LibreOffice, and by hand where no program would write them.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from openpyxl.chartsheet import Chartsheet

from antq_rules.errors import EvidenceError, Place
from antq_rules.extensions.formats import Source
from antq_rules.readers.workbook.opening import Oddity, Sheet, Value, Workbook, cell_name, cell_place, open_workbook
from tests.conftest import Converted
from tests.hand_made import ods, ods_cell, ods_parts, ods_row, packed, relations, table, xlsx, xlsx_parts

ROOT = Path(__file__).parent.parent
SHEET = "xl/worksheets/sheet1.xml"
ONE = '<row r="1"><c r="A1"><v>1</v></c></row>'


def opened(content: bytes) -> Workbook:
    return open_workbook(Source("<stdin>", content=content))


def rows(content: bytes) -> list[list[Value]]:
    return opened(content).sheets[0].rows


def fault_of(content: bytes, path: Path | None = None) -> tuple[str, str]:
    with pytest.raises(EvidenceError) as caught:
        open_workbook(Source("a", path, content))
    (fault,) = caught.value.faults
    return fault.code, fault.line()


def written(write: Callable[[Any, Any], None], **options: Any) -> bytes:
    """What XlsxWriter writes when ``write`` fills a sheet."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, options)
    write(book, book.add_worksheet("Đơn vị"))
    book.close()
    return stream.getvalue()


# Cells

CELLS: list[tuple[str, Any, str | None, Value]] = [
    ("a text", "Tổ dân phố", None, "Tổ dân phố"),
    ("a decomposed text", unicodedata.normalize("NFD", "Tổ dân phố"), None, "Tổ dân phố"),
    ("digits as text", "007", None, "007"),
    ("a text like a formula", "=A1+1", None, "=A1+1"),
    ("white space", "  a  b ", None, "  a  b "),
    ("lines", "a\nb", None, "a\nb"),
    ("a whole number", 7, None, 7),
    ("a negative number", -7, None, -7),
    ("a fraction", 7.5, None, 7.5),
    ("nearly a whole number", 3.0000000001, None, 3.0000000001),
    ("fifteen digits", 999999999999999, None, 999999999999999),
    ("more than fifteen digits", 1e17, None, 1e17),
    ("a percentage", 0.05, "0%", 0.05),
    ("money", 1205, "#,##0 [$₫-42A]", 1205),
    ("a date", 45731, "dd/mm/yyyy", date(2025, 3, 15)),
    ("a date and a time", 45731.5, "dd/mm/yyyy hh:mm", datetime(2025, 3, 15, 12)),
    ("a time", 0.5, "hh:mm:ss", time(12)),
    ("a duration", 1.5, "[h]:mm:ss", timedelta(hours=36)),
]


def fill(book: Any, sheet: Any) -> None:
    for row, (_, value, shown, _) in enumerate(CELLS):
        form = book.add_format({"num_format": shown} if shown else {})
        if isinstance(value, str):
            sheet.write_string(row, 0, value, form)
        else:
            sheet.write_number(row, 0, value, form)
    sheet.write_boolean(len(CELLS), 0, True)
    sheet.write_comment(0, 0, "một ghi chú")
    sheet.merge_range(1, 2, 2, 4, "gộp")
    sheet.set_row(3, options={"hidden": True})
    sheet.set_column(4, 4, options={"hidden": True})
    sheet.write_blank(500, 60, None, book.add_format({"bold": True}))
    hidden = book.add_worksheet("ẩn")
    hidden.write(2, 1, 1)
    hidden.hide()


def check_filled(book: Workbook) -> None:
    first, second = book.sheets
    assert (first.name, first.hidden, second.name, second.hidden) == ("Đơn vị", False, "ẩn", True)
    assert first.merged == ((1, 2, 2, 4),)
    assert first.oddities == {(12, 0): Oddity.PERCENT}
    assert [row[0] for row in first.rows[: len(CELLS)]] == [value for _, _, _, value in CELLS]
    assert [type(row[0]) for row in first.rows[: len(CELLS)]] == [type(value) for _, _, _, value in CELLS]
    assert first.rows[1][1:] == [None, "gộp"]
    assert {len(row) for row in first.rows} == {3}
    assert len(first.rows) == len(CELLS) + 1
    assert second.rows == [[None, None], [None, None], [None, 1]]


def test_cells_that_xlsxwriter_wrote() -> None:
    book = opened(written(fill))
    check_filled(book)
    assert book.epoch == date(1899, 12, 30)
    assert book.sheets[0].rows[-1] == [True, None, None]


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_cells_that_libreoffice_saved(converted: Converted, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(written(fill))
    (saved,) = converted([path], suffix)
    book = open_workbook(Source("a", saved))
    check_filled(book)
    assert book.sheets[0].rows[-1][0] in (True, 1)


def test_cells_that_openpyxl_wrote() -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in ([1, "a", None], [date(2025, 3, 15), datetime(2025, 3, 15, 12), time(12)], [True, 1.5, "=1+1"]):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    first: Sheet = opened(stream.getvalue()).sheets[0]
    assert first.rows == [
        [1, "a", None],
        [date(2025, 3, 15), datetime(2025, 3, 15, 12), time(12)],
        [True, 1.5, None],
    ]
    assert first.oddities == {(2, 2): Oddity.NO_RESULT}


def test_days_are_counted_from_1904_where_the_file_says_so() -> None:
    book = opened(
        written(lambda b, s: s.write_number(0, 0, 44269, b.add_format({"num_format": "d/m/yyyy"})), date_1904=True)
    )
    assert (book.epoch, book.sheets[0].rows) == (date(1904, 1, 1), [[date(2025, 3, 15)]])


def test_days_of_opendocument_are_counted_from_where_the_file_says() -> None:
    settings = (
        '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    )
    assert opened(packed(ods_parts(table(""), settings=settings))).epoch == date(1904, 1, 1)
    assert opened(packed(ods_parts(table("")))).epoch == date(1899, 12, 30)


@pytest.mark.parametrize(
    ("shown", "percent"),
    [
        ("0%", True), ("0.00%", True), ("[Red]0.0%;-0.0%", True), ("# ??/??", False), ("0.0", False),
        ('0.0"%"', False), (r"0\%", False), ("[$%-42A]0", False), ("General", False),
    ],
)  # fmt: skip
def test_numbers_shown_in_percent(shown: str, percent: bool) -> None:
    book = opened(written(lambda b, s: s.write_number(0, 0, 0.5, b.add_format({"num_format": shown}))))
    assert book.sheets[0].rows == [[0.5]]
    assert book.sheets[0].oddities == ({(0, 0): Oddity.PERCENT} if percent else {})


@pytest.mark.parametrize(
    "shown",
    ['0 "vụ/năm"', '#,##0\\ "đ"', "#,##0 [$₫-vi-VN]", 'General "hộ"', "[Red]0;[Blue]-0", "0_d", "0*d", '00"/"00', "@"],
)
def test_numbers_that_are_shown_with_letters_are_no_dates(shown: str) -> None:
    assert rows(written(lambda b, s: s.write_number(0, 0, 45731, b.add_format({"num_format": shown})))) == [[45731]]


@pytest.mark.parametrize(
    "shown",
    ["dd/mm/yyyy;@", "[$-42A]dd mmmm yyyy", "[$-vi-VN]d/m/yyyy;@", "[$-F800]dddd, mmmm dd, yyyy", "DD/MM/YYYY", "d-mmm",
     "mm/yyyy", '"ngày" dd "tháng" mm "năm" yyyy', "[Red]dd/mm/yyyy"],
)  # fmt: skip
def test_dates_however_they_are_shown(shown: str) -> None:
    day = date(2025, 3, 15)
    assert rows(written(lambda b, s: s.write_number(0, 0, 45731, b.add_format({"num_format": shown})))) == [[day]]


RESULTS: list[tuple[str, str, Value, Oddity | None]] = [
    ("a number", "<f>1+1</f><v>2</v>", 2, None),
    ("zero", "<f>1-1</f><v>0</v>", 0, None),
    ("nothing", "<f>1+1</f>", None, Oddity.NO_RESULT),
    ("an empty value", "<f>1+1</f><v/>", None, Oddity.NO_RESULT),
    ("one of a shared formula", '<f t="shared" si="0"/><v>3</v>', 3, None),
]


@pytest.mark.parametrize(("name", "content", "value", "oddity"), RESULTS, ids=[case[0] for case in RESULTS])
def test_results_of_formulas(name: str, content: str, value: Value, oddity: Oddity | None) -> None:
    sheet = opened(xlsx(f'<row r="2"><c r="B2">{content}</c></row>')).sheets[0]
    assert sheet.rows[1][1] == value
    assert sheet.oddities == ({(1, 1): oddity} if oddity else {})


def test_a_zero_that_no_program_computed_is_no_result() -> None:
    def write(book: Any, sheet: Any) -> None:
        sheet.write_formula(0, 0, "=SUM(B1:B9)")
        sheet.write_formula(1, 0, "=SUM(B1:B9)", None, 5)
        sheet.write_formula(2, 0, "=1<>1", None, False)
        sheet.write_formula(3, 0, "=1/0", None, "#DIV/0!")
        sheet.write_formula(4, 0, "=1=1", None, True)
        sheet.write_formula(5, 0, '="a"', None, "a")

    sheet = opened(written(write)).sheets[0]
    assert sheet.rows == [[None], [5], [False], [None], [True], ["a"]]
    assert sheet.oddities == {(0, 0): Oddity.NO_RESULT, (3, 0): Oddity.ERROR}


ODS_CELLS: list[tuple[str, str, Value, Oddity | None]] = [
    ("a text", ods_cell("a &amp; b"), "a & b", None),
    ("paragraphs", ods_cell("a</text:p><text:p>b"), "a\nb", None),
    ("spans and spaces", ods_cell('<text:span>a</text:span><text:s text:c="2"/>b'), "a  b", None),
    ("a tab and a line break", ods_cell("a<text:tab/>b<text:line-break/>c"), "a\tb\nc", None),
    ("a note", ods_cell("</text:p><office:annotation><text:p>x</text:p></office:annotation><text:p>a"), "\na", None),
    ("a text beside the cell", ods_cell("b", office_string_value="a"), "a", None),
    ("a number", ods_cell("7,0", kind="float", office_value="7"), 7, None),
    ("a percentage", ods_cell("5%", kind="percentage", office_value="0.05"), 0.05, Oddity.PERCENT),
    ("money", ods_cell("7 ₫", kind="currency", office_value="7"), 7, None),
    ("true", ods_cell("x", kind="boolean", office_boolean_value="true"), True, None),
    ("a date", ods_cell("x", kind="date", office_date_value="2025-03-15"), date(2025, 3, 15), None),
    ("a time", ods_cell("x", kind="time", office_time_value="PT12H00M00S"), time(12), None),
    (
        "a duration",
        ods_cell("x", kind="time", office_time_value="PT36H00M01.5S"),
        timedelta(hours=36, seconds=1.5),
        None,
    ),
    ("a text like a duration", ods_cell("PT36H00M00S"), "PT36H00M00S", None),
    ("a result", ods_cell("7", kind="float", office_value="7", table_formula="of:=3+4"), 7, None),
    ("no result", ods_cell("", kind="", table_formula="of:=3+4"), None, Oddity.NO_RESULT),
    ("an error", ods_cell("#N/A", table_formula="of:=NA()", calcext_value_type="error"), None, Oddity.ERROR),
    ("an error shown", ods_cell("Err:502", kind="float", office_value="0", table_formula="of:=X"), None, Oddity.ERROR),
]


@pytest.mark.parametrize(("name", "cell", "value", "oddity"), ODS_CELLS, ids=[case[0] for case in ODS_CELLS])
def test_cells_of_opendocument(name: str, cell: str, value: Value, oddity: Oddity | None) -> None:
    sheet = opened(ods(ods_row(ods_cell("first")) + ods_row(ods_cell("", 2, ""), cell))).sheets[0]
    assert sheet.rows[1][2] == value
    assert sheet.oddities == ({(1, 2): oddity} if oddity else {})


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_signs_of_opendocument_at_the_border_of_a_chunk(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr("antq_rules.readers.workbook.archive.CHUNK", chunk)
    cells = [ods_cell(f"{'a' * number}<text:tab/>b<text:line-break/>c") for number in range(5)]
    assert rows(ods(ods_row(*cells))) == [[f"{'a' * number}\tb\nc" for number in range(5)]]


def test_repeated_cells_and_rows_of_opendocument() -> None:
    percent = ods_cell("1%", 2, "percentage", office_value="0.01")
    sheet = opened(
        ods(ods_row(ods_cell("", 3, ""), repeated=2) + ods_row(ods_cell("a", 2), percent, repeated=2))
    ).sheets[0]
    assert sheet.rows == [[None] * 4, [None] * 4, ["a", "a", 0.01, 0.01], ["a", "a", 0.01, 0.01]]
    assert sorted(sheet.oddities) == [(2, 2), (2, 3), (3, 2), (3, 3)]


def test_merged_cells_of_opendocument() -> None:
    merged = ods_cell("a", table_number_columns_spanned="2", table_number_rows_spanned="3")
    assert opened(ods(ods_row() + ods_row(ods_cell("x"), merged))).sheets[0].merged == ((1, 1, 3, 2),)


def test_sheets_of_other_files_kept_beside_a_link_are_none_of_the_workbook() -> None:
    kept = table("<table:table-source/>" + ods_row(ods_cell("other")), "'file:///tmp/b.ods'#$S")
    book = opened(packed(ods_parts(kept + table(ods_row(ods_cell("own"))))))
    assert [(sheet.name, sheet.rows) for sheet in book.sheets] == [("S", [["own"]])]


XLSX_CELLS: list[tuple[str, str, list[list[Value]]]] = [
    ("cells without places", "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>",
     [[1, 2], [3, None]]),
    ("cells and rows without places after others",
     '<row r="2"><c r="B2"><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>',
     [[None, None, None], [None, 1, 2], [3, None, None]]),
    ("rich text", '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>', [[" a b", "c"]]),
    ("inline text", '<row><c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c></row>', [["ab"]]),
    ("white space between tags", '\n<row r="1">\n <c r="A1">\n  <v>1</v>\n </c>\n</row>\n', [[1]]),
    ("an ISO date", '<row><c t="d"><v>2025-03-15</v></c></row>', [[date(2025, 3, 15)]]),
    ("an empty text", '<row><c t="str"><v></v></c><c><v>1</v></c></row>', [[None, 1]]),
    ("another prefix", '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>', [[1]]),
    ("styles down to the last row", f'{ONE}<row r="1048576"><c r="XFD1048576" s="1"/></row>', [[1]]),
    ("no rows", "", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "expected"), XLSX_CELLS, ids=[case[0] for case in XLSX_CELLS])
def test_cells_of_other_programs(name: str, content: str, expected: list[list[Value]]) -> None:
    parts = xlsx_parts(
        content,
        '<si><r><t xml:space="preserve"> a</t></r><r><rPr><b/></rPr><t xml:space="preserve"> b</t></r>'
        "<rPh><t>x</t></rPh></si><si><t>c</t></si>",
    )
    if "<x:" in content:
        parts[SHEET] = f'<x:worksheet xmlns:x="x"><x:sheetData>{content}</x:sheetData></x:worksheet>'
    assert rows(packed(parts)) == expected


def test_an_empty_shared_text_keeps_its_place() -> None:
    assert rows(xlsx('<row><c t="s"><v>1</v></c></row>', "<si><t/></si><si><t>a</t></si>")) == [["a"]]


def test_parts_are_found_wherever_they_stand() -> None:
    parts = xlsx_parts('<row><c t="s"><v>0</v></c></row>', "<si><t>a</t></si>")
    moved = {
        "_rels/.rels": relations(("officeDocument", "/Book\\Main.xml")),
        "book/main.xml": parts["xl/workbook.xml"],
        "book/_rels/main.xml.rels": relations(("worksheet", "../one.xml"), ("sharedStrings", "/t/x.xml")),
        "ONE.XML": parts[SHEET],
        "t\\x.xml": parts["xl/sharedStrings.xml"],
    }
    assert rows(packed(moved)) == [["a"]]


def test_charts_dialogs_and_macro_sheets_are_passed_over() -> None:
    book = openpyxl.Workbook()
    charts: Chartsheet = book.create_chartsheet("Biểu đồ", 0)
    assert charts.title == "Biểu đồ"
    sheet: Any = book.active
    book["Sheet"]["A1"] = 1
    assert sheet is not None
    stream = io.BytesIO()
    book.save(stream)
    assert [(sheet.name, sheet.rows) for sheet in opened(stream.getvalue()).sheets] == [("Sheet", [[1]])]


def test_macros_links_and_pictures_are_not_even_unpacked() -> None:
    parts: dict[str, str | bytes] = {
        **xlsx_parts(ONE), "xl/vbaProject.bin": b"\0" * 99, "xl/externalLinks/externalLink1.xml": "<broken"
    }  # fmt: skip
    assert rows(packed(parts)) == [[1]]


def test_names_of_sheets_are_composed() -> None:
    name = unicodedata.normalize("NFD", "Xã")
    parts = xlsx_parts(ONE)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace('name="S"', f'name="{name}" state="veryHidden"')
    (sheet,) = opened(packed(parts)).sheets
    assert (sheet.name, sheet.hidden) == ("Xã", True)


@pytest.mark.parametrize(
    ("row", "column", "name"),
    [(0, 0, "A1"), (0, 2, "C1"), (9, 25, "Z10"), (0, 26, "AA1"), (1048575, 16383, "XFD1048576")],
)
def test_names_of_cells(row: int, column: int, name: str) -> None:
    assert cell_name(row, column) == name
    place = cell_place("a.xlsx", "Khu dân cư", row, column)
    assert place == Place("a.xlsx", row + 1, column + 1, f"Khu dân cư!{name}")
    assert str(place) == f"a.xlsx: Khu dân cư!{name}"


# Refusals


def changed(part: str, content: str | bytes, of: dict[str, str] | None = None) -> bytes:
    return packed({**(of or xlsx_parts(ONE)), part: content})


def cut(content: bytes, part: float) -> bytes:
    return content[: int(len(content) * part)]


def encrypted_zip() -> bytes:
    content = bytearray(xlsx(ONE))
    directory = content.rindex(SHEET.encode()) - 46
    assert content[directory : directory + 4] == b"PK\1\2"
    content[directory + 8] |= 1
    return bytes(content)


def lying(size: int) -> bytes:
    """A workbook whose directory gives a wrong size for its sheet."""
    content = bytearray(xlsx(ONE))
    directory = content.rindex(SHEET.encode()) - 46
    content[directory + 24 : directory + 28] = size.to_bytes(4, "little")
    return bytes(content)


def twice() -> bytes:
    stream = io.BytesIO(xlsx(ONE))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(SHEET.upper(), "<worksheet/>")
    return stream.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
STRANGE = "holds XML that no spreadsheet program writes"
TWO_SHEETS = '<sheets><sheet name="S" r:id="rId1"/><sheet name="T" r:id="rId1"/></sheets>'

REFUSED: list[tuple[str, bytes, str, str]] = [
    ("an empty file", b"", "empty_file", "the file is empty"),
    ("an old workbook", OLE, "not_a_workbook", "old Excel workbook (.xls)"),
    ("an encrypted workbook", OLE + "EncryptedPackage".encode("utf-16-le"), "workbook_encrypted", "without a password"),
    ("a web page", b"<html><table><tr><td>1</td></tr></table></html>", "not_a_workbook", "a web page"),
    ("a web page with a mark", b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "not_a_workbook", "a web page"),
    ("XML", b"<?xml version='1.0'?><Workbook/>", "not_a_workbook", "an XML file"),
    ("CSV", "Tên;Số\nTổ 1;2\n".encode(), "not_a_workbook", "plain text, such as CSV"),
    ("PDF", b"%PDF-1.7\n\0", "not_a_workbook", "a PDF document"),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0", "not_a_workbook", "a file of another kind"),
    ("an empty archive", packed({}), "not_a_workbook", "an archive of other files"),
    ("an archive", packed({"a.txt": "a"}), "not_a_workbook", "an archive of other files"),
    ("a Word document", packed({"_rels/.rels": relations(("officeDocument", "word/document.xml"))}), "not_a_workbook",
     "a Word document"),
    ("a binary workbook", packed({"_rels/.rels": relations(("officeDocument", "xl/workbook.bin"))}), "not_a_workbook",
     "a binary Excel workbook (.xlsb)"),
    ("an OpenDocument text", packed({"mimetype": "application/vnd.oasis.opendocument.text"}), "not_a_workbook",
     "an OpenDocument file, but not a spreadsheet"),
    ("a workbook cut in the middle", cut(xlsx(ONE), 0.5), "broken_workbook", "damaged or was cut off"),
    ("a workbook cut at the end", xlsx(ONE)[:-5], "broken_workbook", "damaged or was cut off"),
    ("only the beginning of one", b"PK\3\4", "broken_workbook", "damaged or was cut off"),
    ("a member with a password", encrypted_zip(), "workbook_encrypted", "encrypted"),
    ("a size too small", lying(10), "broken_workbook", f"its part {SHEET} is damaged"),
    ("a part twice", twice(), "broken_workbook", f"it holds the part {SHEET} twice"),
    ("no sheet part", packed({k: v for k, v in xlsx_parts().items() if k != SHEET}), "broken_workbook",
     f"its part {SHEET} is missing"),
    ("no sheet", changed("xl/workbook.xml", "<workbook/>"), "broken_workbook", "it has no sheet with cells"),
    ("a sheet twice", changed("xl/workbook.xml", f'<workbook xmlns:r="r">{TWO_SHEETS}</workbook>'), "broken_workbook",
     "the content of the sheet T is missing"),
    ("a sheet that leads nowhere", changed("xl/_rels/workbook.xml.rels", relations()), "broken_workbook",
     "the content of the sheet S is missing"),
    ("broken XML", changed(SHEET, "<worksheet>\n<a></worksheet>"), "broken_workbook", "is damaged at line 2, column"),
    ("XML cut off", changed(SHEET, "<worksheet><sheetData>"), "broken_workbook", "is damaged at line 1"),
    ("no XML", changed(SHEET, b"\0\1\2"), "broken_workbook", "is damaged at line 1"),
    ("UTF-16", changed(SHEET, "<worksheet/>".encode("utf-16")), "broken_workbook", "is not written in UTF-8"),
    ("Latin-1", changed(SHEET, '<?xml version="1.0" encoding="iso-8859-1"?><worksheet/>'), "broken_workbook",
     "is not written in UTF-8"),
    ("a DTD", changed(SHEET, "<!DOCTYPE worksheet><worksheet/>"), "broken_workbook", STRANGE),
    ("an outside entity", changed(SHEET, '<!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/passwd">]><w>&e;</w>'),
     "broken_workbook", STRANGE),
    ("a DTD in the list of sheets", changed("xl/workbook.xml", '<!DOCTYPE w [<!ENTITY e "e">]><w>&e;</w>'),
     "broken_workbook", STRANGE),
    ("a comment in a value", xlsx("<row><c><v>1<!-- -->2</v></c></row>"), "broken_workbook", STRANGE),
    ("CDATA in a value", xlsx("<row><c><v><![CDATA[12]]></v></c></row>"), "broken_workbook", STRANGE),
    ("deep XML", changed(SHEET, "<a>" * 5000), "broken_workbook", "is damaged"),
    ("rows in disorder", xlsx('<row r="2"><c r="A2"><v>1</v></c></row>' + ONE), "broken_workbook", "is damaged"),
    ("cells in disorder", xlsx('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>'), "broken_workbook",
     "is damaged"),
    ("a cell in another row", xlsx('<row r="1"><c r="A2"><v>1</v></c></row>'), "broken_workbook", "is damaged"),
    ("a cell that is nowhere", xlsx('<row r="1"><c r="XFE1"><v>1</v></c></row>'), "broken_workbook", "is damaged"),
    ("a row that is nowhere", xlsx('<row r="1048577"><c><v>1</v></c></row>'), "broken_workbook", "is damaged"),
    ("a formula after its value", xlsx("<row><c><v>1</v><f>1</f></c></row>"), "broken_workbook", "is damaged"),
    ("a shared text that is none", xlsx('<row><c t="s"><v>9</v></c></row>'), "broken_workbook", "is damaged"),
    ("a number that is none", xlsx('<row><c t="n"><v>x</v></c></row>'), "broken_workbook", "the sheet S:"),
    ("a type that is none", xlsx('<row><c t="q"><v>1</v></c></row>'), "broken_workbook", "the sheet S:"),
    ("an error of another program", xlsx('<row r="7"><c r="C7" t="e"><v>#SPILL!</v></c></row>'), "formula_error",
     "a: S!C7: the cell holds the error #SPILL!"),
    ("an encrypted OpenDocument", changed("META-INF/manifest.xml",
     "<m:manifest xmlns:m='m'><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>", ods_parts("")),
     "workbook_encrypted", "encrypted"),
    ("OpenDocument without content", packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
     "broken_workbook", "content.xml is missing"),
    ("OpenDocument without sheets", packed(ods_parts("")), "broken_workbook", "it has no sheet with cells"),
    ("two sheets of one name", packed(ods_parts(table("") + table(""))), "broken_workbook", "two sheets are called S"),
    ("a table in a cell", ods(ods_row(ods_cell(f"</text:p>{table('')}<text:p>"))), "broken_workbook",
     "the sheet S holds a table inside a cell"),
    ("a value of OpenDocument that is none", ods(ods_row(ods_cell("x", kind="float", office_value="x"))),
     "broken_workbook", "the workbook cannot be read"),
    ("cells repeated no times", ods(ods_row(ods_cell("x", repeated=0))), "broken_workbook", "is damaged"),
    ("a DTD in OpenDocument", changed("content.xml", "<!DOCTYPE a><a/>", ods_parts("")), "broken_workbook", STRANGE),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "code", "words"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refusals(name: str, content: bytes, code: str, words: str) -> None:
    given, line = fault_of(content)
    assert (given, words in line) == (code, True), line
    assert ";" in line, "it says how to mend it"


def test_a_size_too_large_does_no_harm() -> None:
    assert rows(lying(0x7FFFFFFF)) == [[1]]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "a.xlsx",
            ods(""),
            "an OpenDocument spreadsheet, but its name ends in .xlsx; save it under a name that ends in .ods",
        ),
        ("a.XLSM", ods(""), "an OpenDocument spreadsheet, but its name ends in .xlsm"),
        ("a.ods", xlsx(ONE), "an Excel workbook, but its name ends in .ods; save it under a name that ends in .xlsx"),
    ],
)
def test_workbooks_under_the_name_of_another_kind(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, line = fault_of(b"", path)
    assert (code, words in line) == ("not_a_workbook", True), line


def test_a_file_beyond_any_workbook_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as stream:
        stream.truncate(2 << 30)
    assert fault_of(b"", path)[0] == "workbook_too_large"


def test_a_missing_file(tmp_path: Path) -> None:
    assert fault_of(b"", tmp_path / "a.xlsx")[0] == "missing_file"


def test_a_panic_of_the_reader_of_cells_is_an_error_of_the_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """What a panic in Rust becomes."""

    class Panicking:
        @staticmethod
        def from_path(path: Path) -> None:
            raise PanicException("index out of bounds")

    monkeypatch.setattr(python_calamine, "CalamineWorkbook", Panicking)
    code, line = fault_of(xlsx(ONE))
    assert (code, "index out of bounds" in line) == ("broken_workbook", True), line


def test_an_interrupt_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        @staticmethod
        def from_path(path: Path) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(python_calamine, "CalamineWorkbook", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        opened(xlsx(ONE))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the most memory of a program")
def test_bombs_are_refused_within_bounded_memory() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "tests.bombs"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=600
    )
    found = json.loads(made.stdout)
    kept = {
        name: code for name, code in found["codes"].items() if code not in ("workbook_too_large", "broken_workbook")
    }
    assert not kept
    assert len(found["codes"]) > 20
    assert found["MiB"] < 300
