"""The sheets of a workbook as plain cells: XLSX, XLSM and ODS, read by python-calamine.

Only what a file holds is read: formulas, macros and links to other files are never run. A file is looked through first
(:mod:`office_open`, :mod:`open_document`), which keeps memory within bounds whatever the file says; what was looked
through goes to a clean copy, and python-calamine reads nothing but that.
"""

from __future__ import annotations

import math
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from antq_rules.errors import EvidenceError, Phrase, message
from antq_rules.extensions.formats import Source
from antq_rules.frozen import frozen
from antq_rules.readers.workbook import office_open, open_document
from antq_rules.readers.workbook.archive import CHUNK, MAX_PACKED, ZIP, Archive, broken, encrypted, too_large
from antq_rules.readers.workbook.outline import Oddity as Oddity
from antq_rules.readers.workbook.outline import Outline
from antq_rules.readers.workbook.places import cell_name as cell_name
from antq_rules.readers.workbook.places import cell_place as cell_place

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

Value = str | int | float | bool | date | datetime | time | timedelta | None
"""What a cell holds; None for a blank one."""

EXACT = 10**15
"""Below it a spreadsheet's numbers have all their digits, so that one without a fraction is a whole number."""


@frozen
class Sheet:
    """One sheet.

    ``rows[0][0]`` is A1, whatever is hidden; blank rows and columns at the end are cut off, and all rows are of one
    length. ``oddities`` names by row and column, both from 0, the numbers shown in percent, the formulas of which
    the file holds no result and the results that are an error such as ``#N/A``; the latter two are blank in ``rows``.
    ``merged`` are first row, first column, last row and last column of each group of merged cells.
    """

    name: str
    rows: list[list[Value]]
    oddities: Mapping[tuple[int, int], Oddity]
    merged: tuple[tuple[int, int, int, int], ...]
    hidden: bool


@frozen
class Workbook:
    """The worksheets of a file in its order; ``epoch`` is the day that the serial number 0 stands for."""

    sheets: tuple[Sheet, ...]
    epoch: date


def open_workbook(source: Source) -> Workbook:
    """The sheets of a workbook.

    Raises:
        EvidenceError: The file is no workbook, is not what its name says, is broken, encrypted or too large.
    """
    if source.size() > MAX_PACKED:
        raise too_large(source, Phrase(message("the file has more than {limit} MiB"), limit=MAX_PACKED >> 20))
    try:
        with source.open() as stream, tempfile.TemporaryDirectory(prefix="antq-") as folder:
            archive, part = _archive(source, stream)
            path = Path(folder, f"copy{'.xlsx' if part else '.ods'}")
            with zipfile.ZipFile(path, "w") as copy:
                if part:
                    outlines, epoch = office_open.look_through(archive, part, copy)
                else:
                    outlines, epoch = open_document.look_through(archive, copy)
            return Workbook(_sheets(source, path, outlines), epoch)
    except OSError as error:
        why = Phrase(message("no copy of it can be made: {why}"), why=error.strerror or str(error))
        raise broken(source, why) from None


# What a file is


def _archive(source: Source, stream: BinaryIO) -> tuple[Archive, str]:
    """The archive that a file is, and the part that an Office Open XML workbook begins with; "" for OpenDocument."""
    beginning = stream.read(1024)
    if not beginning.startswith(ZIP):
        raise _not_packed(source, beginning, stream)
    archive = Archive(source, stream)
    suffix = source.path.suffix.lower() if source.path else ""
    if "mimetype" in archive:
        mimetype = archive.read("mimetype").decode("ascii", "replace").strip()
        if mimetype != open_document.MIMETYPE:
            raise _not_a_workbook(source, message("an OpenDocument file, but not a spreadsheet"))
        if suffix in (".xlsx", ".xlsm"):
            raise _misnamed(source, message("an OpenDocument spreadsheet"), suffix, ".ods")
        return archive, ""
    part = office_open.workbook_part(archive)
    folder, _, _ = part.partition("/")
    if part.endswith(".bin"):
        raise _not_a_workbook(source, message("a binary Excel workbook (.xlsb)"))
    if folder in _OTHER_DOCUMENTS:
        raise _not_a_workbook(source, _OTHER_DOCUMENTS[folder])
    if not part:
        raise _not_a_workbook(source, message("an archive of other files"))
    if suffix == ".ods":
        raise _misnamed(source, message("an Excel workbook"), suffix, ".xlsx")
    return archive, part


_OTHER_DOCUMENTS = {"word": message("a Word document"), "ppt": message("a PowerPoint presentation")}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(rb"<(!doctype\s+html|html|table|meta|head|body)\b", re.IGNORECASE)


def _not_packed(source: Source, beginning: bytes, stream: BinaryIO) -> EvidenceError:
    """The error of a file that is not packed as workbooks are."""
    if not beginning:
        return source.error("empty_file", message("the file is empty"), message("save the workbook again"))
    if beginning.startswith(_OLE):
        stream.seek(0)
        end = b""
        while chunk := stream.read(CHUNK):
            if "EncryptedPackage".encode("utf-16-le") in end + chunk:
                return encrypted(source)
            end = chunk[-64:]
        return _not_a_workbook(source, message("an old Excel workbook (.xls) or another old Office file"))
    if beginning.startswith(b"%PDF"):
        return _not_a_workbook(source, message("a PDF document"))
    if beginning.startswith(b"PK"):
        return _not_a_workbook(source, message("an archive of other files"))
    if _MARKUP.search(beginning):
        return _not_a_workbook(source, message("a web page"))
    if b"<?xml" in beginning[:16]:
        return _not_a_workbook(source, message("an XML file"))
    if b"\0" not in beginning:
        return _not_a_workbook(source, message("plain text, such as CSV"))
    return _not_a_workbook(source, message("a file of another kind"))


def _not_a_workbook(source: Source, kind: str) -> EvidenceError:
    return source.error(
        "not_a_workbook",
        message("this is {kind}, not a workbook that can be read"),
        message("open it in a spreadsheet program and save it as an Excel workbook (.xlsx)"),
        kind=Phrase(kind),
    )


def _misnamed(source: Source, kind: str, suffix: str, right: str) -> EvidenceError:
    return source.error(
        "not_a_workbook",
        message("this is {kind}, but its name ends in {suffix}"),
        message("save it under a name that ends in {right}"),
        kind=Phrase(kind),
        suffix=suffix,
        right=right,
    )


# Cells


def _sheets(source: Source, path: Path, outlines: list[Outline]) -> tuple[Sheet, ...]:
    from python_calamine import CalamineWorkbook

    if not outlines:
        raise broken(source, Phrase(message("it has no sheet with cells")))
    book: CalamineWorkbook = _guarded(source, "", lambda: CalamineWorkbook.from_path(path))
    with book:
        texts: dict[str, str] = {}
        return tuple(
            _sheet(source, book, index, outline, texts) for index, outline in enumerate(outlines) if not outline.foreign
        )


def _guarded(source: Source, sheet: str, read: Callable[[], Any]) -> Any:
    """What ``read`` gives; what goes wrong inside python-calamine, panics too, is an error of the workbook."""
    try:
        return read()
    except BaseException as error:
        if isinstance(error, MemoryError) or not (
            isinstance(error, Exception) or type(error).__name__ == "PanicException"
        ):
            raise
        why = " ".join(str(error).split())
        raise broken(
            source,
            Phrase(message("the sheet {sheet}: {why}"), sheet=sheet, why=why)
            if sheet
            else Phrase(message("its cells: {why}"), why=why),
        ) from None


def _sheet(source: Source, book: CalamineWorkbook, index: int, outline: Outline, texts: dict[str, str]) -> Sheet:
    name = unicodedata.normalize("NFC", outline.name)
    rows: list[list[Any]] = _guarded(
        source, name, lambda: book.get_sheet_by_index(index).to_python(skip_empty_area=False)
    )
    width = len(rows[0]) if rows else 0
    if len(rows) > outline.height or width > outline.width:
        raise broken(source, Phrase(message("the sheet {sheet} is larger than it says"), sheet=name))
    for row in rows:
        _tidy(row, texts)
    for row_number, column in outline.durations:
        rows[row_number][column] = _duration(rows[row_number][column])
    unusable = [place for place, oddity in outline.oddities.items() if oddity is not Oddity.PERCENT]
    _fit(rows, unusable)
    for row_number, column in unusable:
        rows[row_number][column] = None
    return Sheet(name, rows, outline.oddities, tuple(outline.merged), outline.hidden)


def _tidy(row: list[Any], texts: dict[str, str]) -> None:
    """Make cells without content None, texts composed (equal ones one object) and whole numbers int."""
    for column, value in enumerate(row):
        if type(value) is str:
            if not value:
                row[column] = None
            elif value in texts:
                row[column] = texts[value]
            else:
                row[column] = texts[value] = unicodedata.normalize("NFC", value)
        elif type(value) is float:
            if value.is_integer() and abs(value) < EXACT:
                row[column] = int(value)
            elif not math.isfinite(value):
                row[column] = str(value)


_DURATION = re.compile(r"PT([0-9]{1,6})H([0-9]{1,2})M([0-9]{1,2})(\.[0-9]{1,6})?[0-9]*S")


def _duration(value: Value) -> Value:
    """A length of time that OpenDocument writes as ``PT36H00M00S``; python-calamine leaves those over a day as text."""
    parts = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        return value
    seconds = int(parts[3]) + float(parts[4] or 0)
    return timedelta(hours=int(parts[1]), minutes=int(parts[2]), seconds=seconds)


def _fit(rows: list[list[Any]], unusable: list[tuple[int, int]]) -> None:
    """Cut blank rows and columns off the end, but for cells whose formula has no usable result."""
    height = max((row + 1 for row, _ in unusable), default=0)
    width = max((column + 1 for _, column in unusable), default=0)
    for number, row in enumerate(rows):
        last = len(row)
        while last and row[last - 1] is None:
            last -= 1
        if last:
            height, width = max(height, number + 1), max(width, last)
    del rows[height:]
    rows.extend([] for _ in range(height - len(rows)))
    for row in rows:
        del row[width:]
        row.extend([None] * (width - len(row)))
