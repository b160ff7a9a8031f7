"""A copy of a workbook in which every faulty cell is coloured and says what is wrong with it.

Nothing in the workbook is evaluated: formulas, macros and links to other files are carried over as they stand. The
copy of an ODS file, or of one that only holds together as plain cells, is an XLSX file of its values.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from antq_rules.errors import EvidenceError, Fault, Place, message
from antq_rules.explain.catalogue import Translate, translator
from antq_rules.extensions.formats import Source
from antq_rules.readers.layout import FAULTS

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

SHEET = message("Faults")
WHERE = message("Where")
WHAT = message("What is wrong and how to mend it")
COUNT = message("{count} faults in {file}; a click on a cell's name leads to it")
AUTHOR = "antq_rules"
FONT = "Calibri"
RED, PINK, DARK = "C00000", "FFC7CE", "44546A"
NAME_LIMIT = 31
COMMENT_LIMIT = 8_000
SEVERAL = "• "
MACROS = ".xlsm"
WORKBOOKS = (".xlsx", MACROS, ".ods")
"""What the names of files end in of which a copy can be marked."""

# What openpyxl raises at workbooks that other programs read.
_UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, zipfile.BadZipFile)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SAVED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_SAVED_THEN = rb"\g<1>2000-01-01T00:00:00Z\g<2>"
_PACKED_THEN = (1980, 1, 1, 0, 0, 0)


def write_marked(file: Path, faults: Sequence[Fault], stream: IO[Any], *, language: str, macros: bool) -> None:
    """Write the copy of a workbook with its faults.

    Args:
        file: The workbook.
        faults: Those of this file. Those that name no cell stand on the first sheet only, which lists all.
        stream: Takes the bytes; the same workbook and faults give the same.
        language: Of the sentences.
        macros: Whether to carry macros over, which only a file named .xlsm may hold.
    """
    translate = translator(language)
    book = _copied(file, macros)
    _unmark(book)
    by_cell: dict[tuple[str, int, int], list[Fault]] = {}
    for fault in faults:
        place = fault.place
        sheet = place.cell.rpartition("!")[0] if place else ""
        if place and sheet in book.sheetnames and place.line and place.column:
            by_cell.setdefault((sheet, place.line, place.column), []).append(fault)
    for (sheet, row, column), found in by_cell.items():
        _mark(book[sheet], row, column, [fault.text(translate) for fault in found])
    _list_faults(book, file.name, faults, translate)
    whole = io.BytesIO()
    book.save(whole)
    if book.vba_archive is not None:
        # openpyxl leaves it open, and what it lies in may be gone before it is.
        book.vba_archive.close()
    _repack(whole, stream)


def _copied(file: Path, macros: bool) -> Workbook:
    """The workbook as openpyxl holds it; one with no sheet of its own where the file cannot be read at all."""
    from openpyxl import Workbook, load_workbook

    from antq_rules.readers.workbook.opening import open_workbook

    source = Source(file.as_posix(), file)
    try:
        # What is refused here, such as a zip that unfolds without end, is not to be read by anybody else.
        read = open_workbook(source)
    except EvidenceError:
        empty = Workbook()
        empty.remove(empty.worksheets[0])
        return empty
    if file.suffix.lower() != ".ods":
        try:
            with warnings.catch_warnings():
                # openpyxl warns of each part that it does not carry over.
                warnings.simplefilter("ignore")
                return load_workbook(io.BytesIO(source.read_bytes()), keep_vba=macros, keep_links=True)
        except _UNREADABLE:
            pass
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in read.sheets:
        plain = book.create_sheet(sheet.name)
        plain.sheet_state = "hidden" if sheet.hidden else "visible"
        for row, values in enumerate(sheet.rows, start=1):
            for column, value in enumerate(values, start=1):
                if value is not None:
                    _write(plain, row, column, value)
    return book


def _write(sheet: Worksheet, row: int, column: int, value: Any) -> None:
    """A value as it is: text that begins like a formula stays text."""
    if isinstance(value, str):
        cell = sheet.cell(row, column, _CONTROL.sub("", value))
        cell.data_type = "s"
        return
    cell = sheet.cell(row, column, value)
    if isinstance(value, date) and not (isinstance(value, datetime) and value.time() != datetime.min.time()):
        cell.number_format = "dd/mm/yyyy"


def _unmark(book: Workbook) -> None:
    """Take away the marks of an earlier copy, whose user went on with it."""
    from openpyxl.styles import Border, PatternFill

    lists = [sheet for sheet in book.worksheets if sheet["A1"].value == FAULTS]
    for one in lists:
        book.remove(one)
    for sheet in book.worksheets if lists else ():
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and cell.comment.author == AUTHOR:
                    cell.comment = None
                    cell.fill, cell.border = PatternFill(), Border()


def _mark(sheet: Worksheet, row: int, column: int, texts: list[str]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, PatternFill, Protection, Side

    for merged in sheet.merged_cells.ranges:
        if merged.min_row <= row <= merged.max_row and merged.min_col <= column <= merged.max_col:
            # Only the first cell of a merged group is there.
            row, column = merged.min_row, merged.min_col
    cell = sheet.cell(row, column)
    if not cell.has_style:
        # A blank cell that is not in the file looks as its column says, and is as free.
        for known in sheet.column_dimensions.values():
            if known.min and known.max and known.min <= column <= known.max:
                cell.number_format = known.number_format
                cell.protection = Protection(locked=known.protection.locked)
                cell.alignment = Alignment(
                    horizontal=known.alignment.horizontal,
                    vertical=known.alignment.vertical,
                    wrap_text=known.alignment.wrap_text,
                )
    text = texts[0] if len(texts) == 1 else "\n".join(SEVERAL + one for one in texts)
    if cell.comment is not None:
        text = f"{text}\n\n{cell.comment.text}"
    text = _CONTROL.sub("", text)[:COMMENT_LIMIT]
    lines = sum(1 + len(line) // 48 for line in text.split("\n"))
    cell.comment = Comment(text, AUTHOR, height=min(600, 24 + 18 * lines), width=360)
    cell.fill = PatternFill("solid", fgColor=PINK)
    side = Side("medium", color=RED)
    cell.border = Border(left=side, right=side, top=side, bottom=side)


def _list_faults(book: Workbook, file: str, faults: Iterable[Fault], translate: Translate) -> None:
    """The first sheet: every fault, with a link to its cell."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.worksheet.hyperlink import Hyperlink
    from openpyxl.worksheet.properties import PageSetupProperties

    sheets = book.sheetnames

    def order(fault: Fault) -> tuple[int, int, int]:
        place = fault.place or Place("")
        name = place.cell.rpartition("!")[0]
        return (sheets.index(name) if name in sheets else -1), place.line, place.column

    listed = sorted(faults, key=order)
    sheet = book.create_sheet(_free(translate(SHEET), book.sheetnames), 0)
    # By this readers and a later run know the sheet again.
    _write(sheet, 1, 1, FAULTS)
    sheet.row_dimensions[1].hidden = True
    _write(sheet, 2, 1, translate(COUNT).format(count=len(listed), file=file))
    sheet["A2"].font = Font(name=FONT, bold=True, size=13, color=RED)
    for column, title in enumerate((WHERE, WHAT), start=1):
        _write(sheet, 4, column, translate(title))
        sheet.cell(4, column).font = Font(name=FONT, bold=True, color="FFFFFF")
        sheet.cell(4, column).fill = PatternFill("solid", fgColor=DARK)
    for row, fault in enumerate(listed, start=5):
        cell = fault.place.cell if fault.place else ""
        name, _, corner = cell.rpartition("!")
        _write(sheet, row, 1, cell or fault.path)
        if name in sheets:
            quoted = name.replace("'", "''")
            sheet.cell(row, 1).hyperlink = Hyperlink(ref=f"A{row}", location=f"'{quoted}'!{corner}", display=cell)
            sheet.cell(row, 1).font = Font(name=FONT, underline="single", color="0563C1")
        _write(sheet, row, 2, fault.text(translate))
        for column in (1, 2):
            sheet.cell(row, column).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.column_dimensions["A"].width = 38
    sheet.column_dimensions["B"].width = 110
    sheet.freeze_panes = "A5"
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.tabColor = RED
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is sheet
    book.active = 0


def _free(name: str, taken: Iterable[str]) -> str:
    """The name of a sheet that is not taken yet."""
    known = {one.casefold() for one in taken}
    number, free = 1, name
    while free.casefold() in known:
        number += 1
        free = f"{name[: NAME_LIMIT - 5]} ({number})"
    return free


def _repack(whole: IO[bytes], stream: IO[bytes]) -> None:
    """The same file without the hour at which it was saved."""
    with zipfile.ZipFile(whole) as saved, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for member in saved.infolist():
            content = saved.read(member)
            if member.filename == "docProps/core.xml":
                content = _SAVED.sub(_SAVED_THEN, content)
            packed.writestr(zipfile.ZipInfo(member.filename, _PACKED_THEN), content, zipfile.ZIP_DEFLATED)
