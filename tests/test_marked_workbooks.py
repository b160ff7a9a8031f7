"""Copies of faulty workbooks: what is marked in them, and that nothing else is changed."""

import datetime
import gc
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from antq_rules import load_dossier, load_ruleset
from antq_rules.cli import main
from antq_rules.errors import Fault, Place
from antq_rules.readers.layout import GUIDE
from antq_rules.reporters.workbook.marking import write_marked
from tests.conftest import Converted
from tests.filling import Filling, columns_of, sheets_of, template

PINK = "FFC7CE"
TT124 = "tt-124-2021"


def fault(cell: str = "", *, file: str = "a.xlsx", what: str = "wrong", path: str = "") -> Fault:
    """A fault at a cell, or of a file as a whole."""
    sheet, _, corner = cell.rpartition("!")
    if not sheet:
        return Fault("code", what, "mend it", path, Place(file))
    where = Workbook().worksheets[0][corner]
    return Fault("code", what, "mend it", path, Place(file, where.row, where.column, cell))


def marked(file: Path, *faults: Fault, language: str = "en", macros: bool = False) -> bytes:
    stream = io.BytesIO()
    write_marked(file, faults, stream, language=language, macros=macros)
    return stream.getvalue()


def opened(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))


def marks(book: Any) -> dict[str, str]:
    """The comments of a copy by their cells."""
    return {
        f"{sheet.title}!{cell.coordinate}": cell.comment.text
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment is not None
    }


def saved(file: Path, fill: Callable[[Worksheet], None]) -> Path:
    """A workbook with one sheet, ``Bảng``."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Bảng"
    fill(sheet)
    book.save(file)
    return file


def table(sheet: Worksheet) -> None:
    for row in (["Mã", "Số hộ", "Ngày"], ["kdc-1", "hai", datetime.date(2025, 3, 1)], ["kdc-2", 7, None]):
        sheet.append(row)


# One workbook


@pytest.fixture(scope="module")
def blank() -> bytes:
    return template(load_ruleset(TT124), 2025)


def test_a_faulty_cell_has_a_colour_and_a_comment_with_all_its_faults(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", table)
    book = opened(marked(file, fault("Bảng!B2"), fault("Bảng!B2", what="worse"), fault("Bảng!C3", what="missing")))
    assert marks(book) == {"Bảng!B2": "• wrong; mend it\n• worse; mend it", "Bảng!C3": "missing; mend it"}
    sheet = book["Bảng"]
    assert sheet["B2"].fill.fgColor.rgb[2:] == PINK
    assert sheet["B2"].border.left.color.rgb == "00C00000"
    assert sheet["A2"].fill.fill_type is None
    assert [row[:2] for row in sheet.iter_rows(values_only=True)] == [("Mã", "Số hộ"), ("kdc-1", "hai"), ("kdc-2", 7)]


def test_the_first_sheet_lists_all_faults_with_links(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", table)
    book = opened(marked(file, fault(what="no sheet of units"), fault("Bảng!B2"), fault("Mất!A1", path="units[0]")))
    sheet = book.worksheets[0]
    assert (book.sheetnames, book.active.title) == (["Faults", "Bảng"], "Faults")
    rows = list(sheet.iter_rows(min_row=5, values_only=True))
    assert rows == [(None, "no sheet of units; mend it"), ("Mất!A1", "wrong; mend it"), ("Bảng!B2", "wrong; mend it")]
    assert sheet["A6"].hyperlink is None
    assert sheet["A7"].hyperlink.location == "'Bảng'!B2"


def test_sentences_are_in_the_language_asked_for(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", table)
    said = Fault(
        "x", "the key '{name}' is missing", "add it", place=Place("a.xlsx", 2, 1, "Bảng!A2"), values={"name": "id"}
    )
    assert marks(opened(marked(file, said, language="vi")))["Bảng!A2"] == "thiếu khóa 'id'; bổ sung"


def test_formulas_links_and_the_rest_are_carried_over_and_not_run(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        table(sheet)
        sheet["D2"] = "=[1]Khác!$A$1*2"
        sheet["D3"] = '=HYPERLINK("file:///x","y")'
        sheet["A5"] = "=cmd|' /C calc'!A0"
        sheet["A5"].data_type = "s"
        sheet.freeze_panes = "A2"
        sheet.row_dimensions[3].hidden = True
        sheet["A1"].comment = Comment("của người dùng", "ai đó")
        sheet["C1"].fill = PatternFill("solid", fgColor="112233")

    file = saved(tmp_path / "a.xlsx", fill)
    book = opened(marked(file, fault("Bảng!A1"), fault("Bảng!D2")))
    sheet = book["Bảng"]
    assert sheet["D2"].value == "=[1]Khác!$A$1*2"
    assert sheet["D3"].value == '=HYPERLINK("file:///x","y")'
    assert (sheet["A5"].value, sheet["A5"].data_type) == ("=cmd|' /C calc'!A0", "s")
    assert sheet.freeze_panes == "A2"
    assert sheet.row_dimensions[3].hidden
    assert sheet["A1"].comment.text == "wrong; mend it\n\ncủa người dùng"
    assert sheet["C1"].fill.fgColor.rgb == "00112233"


def test_a_blank_cell_that_is_marked_stays_free(tmp_path: Path, blank: bytes) -> None:
    file = tmp_path / "mau.xlsx"
    file.write_bytes(blank)
    sheet = opened(marked(file, fault("Khu dân cư!F9")))["Khu dân cư"]
    assert not sheet["F9"].protection.locked
    assert sheet["F9"].number_format == "dd/mm/yyyy"


def test_of_merged_cells_the_first_is_marked(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        table(sheet)
        sheet.merge_cells("A5:B7")

    assert set(marks(opened(marked(saved(tmp_path / "a.xlsx", fill), fault("Bảng!B6"))))) == {"Bảng!A5"}


def test_a_copy_that_is_marked_again_loses_its_old_marks(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", table)
    copy = tmp_path / "b.xlsx"
    copy.write_bytes(marked(file, fault("Bảng!B2"), fault("Bảng!C3")))
    book = opened(marked(copy, fault("Bảng!C3", what="still")))
    assert marks(book) == {"Bảng!C3": "still; mend it"}
    assert book["Bảng"]["B2"].fill.fill_type is None
    assert book.sheetnames == ["Faults", "Bảng"]


def test_a_sheet_of_the_users_own_keeps_its_name(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.title = "Faults"
        sheet["A1"] = "của tôi"

    book = opened(marked(saved(tmp_path / "a.xlsx", fill), fault("Faults!A1")))
    assert book.sheetnames == ["Faults (2)", "Faults"]
    assert set(marks(book)) == {"Faults!A1"}


def test_the_same_faults_give_the_same_bytes(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.xlsx", table)
    content = marked(file, fault("Bảng!B2"))
    assert content == marked(file, fault("Bảng!B2"))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert {member.date_time for member in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_of_a_file_that_cannot_be_read_there_is_the_list_only(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"PK\x03\x04 no workbook")
    book = opened(marked(file, fault(what="broken")))
    assert book.sheetnames == ["Faults"]
    assert book.worksheets[0]["B5"].value == "broken; mend it"


def test_ods_gives_a_copy_of_its_values(tmp_path: Path, converted: Converted) -> None:
    def fill(sheet: Worksheet) -> None:
        table(sheet)
        sheet["A5"] = "=1+1"
        sheet["A5"].data_type = "s"

    (file,) = converted([saved(tmp_path / "a.xlsx", fill)], "ods")
    book = opened(marked(file, fault("Bảng!B2", file="a.ods")))
    sheet = book["Bảng"]
    assert marks(book) == {"Bảng!B2": "wrong; mend it"}
    assert [cell.value for cell in sheet[2]][:2] == ["kdc-1", "hai"]
    assert sheet["C2"].value == datetime.datetime(2025, 3, 1)
    assert sheet["C2"].number_format == "dd/mm/yyyy"
    assert (sheet["A5"].value, sheet["A5"].data_type) == ("=1+1", "s")


# At the command line


def faulty(file: Path, blank: bytes) -> Path:
    """A template with a sound unit and one with faults on two sheets."""
    ruleset = load_ruleset(TT124)
    filling = Filling(ruleset, blank, random.Random(0))
    filling.unit({"id": "kdc-1", "kind": "kdc", "evidence": {"households_resident": 3}})
    filling.row("antq:units:kdc", {"id": "kdc-2", "households_resident": -4, "registration_date": "31/02/2025"})
    filling.row("antq:rows:crimes", {"unit": "kdc-2", "occurred_on": datetime.date(2025, 2, 3), "grade": "nặng"})
    return filling.save(file)


FAULTY_CELLS = {
    ("antq:units:kdc", "households_resident"),
    ("antq:units:kdc", "registration_date"),
    ("antq:rows:crimes", "grade"),
}


def marked_columns(book: Any) -> set[tuple[str, str]]:
    """The marked cells below the heads, by sheet and column."""
    return {
        (marker, id)
        for marker, sheet in sheets_of(book).items()
        for id, column in (columns_of(sheet).items() if marker != GUIDE else ())
        for (cell,) in sheet.iter_rows(min_row=5, min_col=column, max_col=column)
        if cell.comment is not None and cell.fill.fgColor.rgb[2:] == PINK
    }


@pytest.mark.parametrize("command", ["validate", "evaluate"])
def test_the_commands_write_the_copy_and_say_where(
    command: str, blank: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, copy = faulty(tmp_path / "mau.xlsx", blank), tmp_path / "loi.xlsx"
    before = file.read_bytes()
    words = [command, str(file), "--ruleset", TT124, "--period", "2025", "--lang", "en", "--mark-errors", str(copy)]
    assert main(words) == 2
    assert f"3 faults are marked in {copy}" in capsys.readouterr().err
    assert marked_columns(load_workbook(copy)) == FAULTY_CELLS
    assert file.read_bytes() == before


def test_a_corrected_copy_is_sound_and_keeps_its_ids_locked(blank: bytes, tmp_path: Path) -> None:
    file, copy = faulty(tmp_path / "mau.xlsx", blank), tmp_path / "loi.xlsx"
    words = ["--ruleset", TT124, "--mark-errors", str(copy)]
    assert main(["validate", str(file), *words]) == 2
    book = load_workbook(copy)
    sheet = sheets_of(book)["antq:units:kdc"]
    assert sheet.protection.sheet
    assert sheet["A2"].protection.locked
    assert not any(column.protection.locked for column in sheet.column_dimensions.values())
    assert len(sheet.data_validations.dataValidation) > 5
    columns = columns_of(sheet)
    sheet.cell(6, columns["households_resident"], 4)
    sheet.cell(6, columns["registration_date"], "28/02/2025")
    crimes = sheets_of(book)["antq:rows:crimes"]
    crimes.cell(5, columns_of(crimes)["grade"], "nghiêm trọng")
    book.save(copy)
    assert main(["validate", str(copy), "--ruleset", TT124]) == 0


MAPPING = """
schema: antq.mapping/1
period: 2025
sheets:
  - {kind: kdc, columns: {Mã: id, Số hộ: households_resident}}
"""


def test_a_corrected_copy_of_a_users_own_table_is_read_by_the_same_mapping(tmp_path: Path) -> None:
    file, copy, mapping = saved(tmp_path / "bang.xlsx", table), tmp_path / "loi.xlsx", tmp_path / "cot.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    words = ["--ruleset", TT124, "--mapping", str(mapping)]
    assert main(["validate", str(file), *words, "--mark-errors", str(copy)]) == 2
    book = load_workbook(copy)
    assert set(marks(book)) == {"Bảng!B2"}
    book["Bảng"]["B2"] = 2
    book.save(copy)
    assert main(["validate", str(copy), *words]) == 0


def test_sound_workbooks_get_no_copy(blank: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, copy = tmp_path / "mau.xlsx", tmp_path / "loi.xlsx"
    file.write_bytes(blank)
    assert main(["validate", str(file), "--ruleset", TT124, "--lang", "en", "--mark-errors", str(copy)]) == 0
    assert "no fault to mark in a workbook" in capsys.readouterr().err
    assert not copy.exists()


def test_of_several_workbooks_each_faulty_one_has_a_copy_in_the_folder(blank: bytes, tmp_path: Path) -> None:
    inputs = [tmp_path / "xa-1", tmp_path / "xa-2"]
    for folder in inputs:
        folder.mkdir()
        faulty(folder / "mau.xlsx", blank)
    (inputs[0] / "dung.xlsx").write_bytes(blank)
    (inputs[1] / "them.yaml").write_text("schema: antq.dossier/1\nunits: []\n", encoding="utf-8")
    folder = tmp_path / "loi"
    words = ["validate", *map(str, inputs), "--ruleset", TT124, "--period", "2025", "--mark-errors", str(folder)]
    assert main(words) == 2
    assert sorted(file.name for file in folder.iterdir()) == ["mau-2.xlsx", "mau.xlsx"]


def test_what_is_wrong_with_the_workbook_as_a_whole_is_listed(blank: bytes, tmp_path: Path) -> None:
    file, copy = faulty(tmp_path / "mau.xlsx", blank), tmp_path / "loi.xlsx"
    assert main(["evaluate", str(file), "--ruleset", TT124, "--period", "2024", "--mark-errors", str(copy)]) == 2
    listed = load_workbook(copy).worksheets[0]
    assert "2025" in str(listed["B5"].value)


REFUSED = {
    "no workbook": ("a.yaml", "loi.xlsx", "no input is a workbook whose cells can be marked"),
    "standard input": ("-", "loi.xlsx", "no input is a workbook whose cells can be marked"),
    "the input itself": ("mau.xlsx", "mau.xlsx", "a copy never takes the place of an input"),
    "another name of the input": ("mau.xlsx", "link.xlsx", "a copy never takes the place of an input"),
    "no name of a workbook": ("mau.xlsx", "loi.txt", "let its name end in .xlsx"),
    "macros out of nowhere": ("mau.xlsx", "loi.xlsm", "let its name end in .xlsx"),
    "no such folder": ("mau.xlsx", "not/there.xlsx", "there is no such folder"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("command", ["validate", "evaluate"])
def test_copies_that_cannot_be(
    command: str,
    case: str,
    blank: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given, target, said = REFUSED[case]
    monkeypatch.chdir(tmp_path)
    before = faulty(tmp_path / "mau.xlsx", blank).read_bytes()
    (tmp_path / "link.xlsx").symlink_to(tmp_path / "mau.xlsx")
    (tmp_path / "a.yaml").write_text("schema: antq.dossier/1\nperiod: 2025\nunits: []\n", encoding="utf-8")
    words = [command, given, "--ruleset", TT124, "--period", "2025", "--lang", "en", "--mark-errors", target]
    assert main(words) == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "mau.xlsx").read_bytes() == before
    assert {file.name for file in tmp_path.iterdir()} == {"mau.xlsx", "link.xlsx", "a.yaml"}


def with_macros(file: Path) -> Path:
    """A workbook with a macro's part, which nothing here opens."""
    plain = file.with_suffix(".xlsx")
    saved(plain, table)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(file, "w") as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "[Content_Types].xml":
                kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
                content = content.replace(kind, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
                part = b'<Override PartName="/xl/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/>'
                content = content.replace(b"</Types>", part + b"</Types>")
            target.writestr(member.filename, content)
        target.writestr("xl/vbaProject.bin", b"macro")
    plain.unlink()
    return file


def test_macros_are_carried_over_only_where_the_name_allows(tmp_path: Path) -> None:
    file = with_macros(tmp_path / "a.xlsm")
    with zipfile.ZipFile(io.BytesIO(marked(file, fault("Bảng!B2"), macros=True))) as packed:
        assert packed.read("xl/vbaProject.bin") == b"macro"
    # Whatever was left open would complain when it is collected.
    gc.collect()
    with zipfile.ZipFile(io.BytesIO(marked(file, fault("Bảng!B2")))) as packed:
        assert "xl/vbaProject.bin" not in packed.namelist()
        assert b"macroEnabled" not in packed.read("[Content_Types].xml")


def test_libreoffice_opens_the_copies(blank: bytes, tmp_path: Path, converted: Converted) -> None:
    file, copy = faulty(tmp_path / "mau.xlsx", blank), tmp_path / "loi.xlsx"
    assert main(["validate", str(file), "--ruleset", TT124, "--mark-errors", str(copy)]) == 2
    (ods,) = converted([file], "ods")
    from_ods = tmp_path / "loi-ods.xlsx"
    assert main(["validate", str(ods), "--ruleset", TT124, "--mark-errors", str(from_ods)]) == 2
    for opened_again in converted([copy, from_ods], "xlsx"):
        assert marked_columns(load_workbook(opened_again)) == FAULTY_CELLS
    assert load_dossier(copy, ruleset=TT124).period == 2025
