"""OpenDocument (.ods): a look through the content of a workbook, and a clean copy of it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date

from antq_rules.errors import Phrase, message
from antq_rules.readers.workbook.archive import (
    Archive,
    Attributes,
    Markup,
    broken,
    encrypted,
    parse,
    too_large,
    whole_number,
)
from antq_rules.readers.workbook.outline import LAST_COLUMN, LAST_ROW, MAX_CELL_TEXT, Bounds, Oddity, Outline

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
EPOCH = date(1899, 12, 30)
CONTENT = "content.xml"
MANIFEST = "META-INF/manifest.xml"

_VALUES = {
    "office:value-type",
    "office:value",
    "office:date-value",
    "office:time-value",
    "office:boolean-value",
    "office:string-value",
    "table:formula",
}
_CELLS = {"table:table-cell", "table:covered-table-cell"}
_ERROR = re.compile(r"#(N/A|DIV/0!|REF!|NAME\?|VALUE!|NUM!|NULL!)|Err:[0-9]{3}")
_SIGNS = {"text:tab": b"\t", "text:line-break": b"\n"}


def look_through(archive: Archive, copy: zipfile.ZipFile) -> tuple[list[Outline], date]:
    """The outlines of the sheets and the day of serial number 0; a clean workbook of them goes to ``copy``.

    Raises:
        EvidenceError: The workbook is encrypted, broken or too large.
    """
    _refuse_encrypted(archive)
    look = _Look(archive)
    copy.writestr("mimetype", MIMETYPE)
    copy.writestr(MANIFEST, "<manifest/>")
    with copy.open(CONTENT, "w", force_zip64=True) as stream:
        for piece in look.pieces():
            stream.write(piece)
    names = [outline.name for outline in look.outlines]
    for name in names:
        if names.count(name) > 1:
            raise broken(archive.source, Phrase(message("two sheets are called {sheet}"), sheet=name))
    return look.outlines, look.epoch


def _refuse_encrypted(archive: Archive) -> None:
    def start(element: str, attributes: Attributes) -> None:
        if element.rpartition(":")[2] == "encryption-data":
            raise encrypted(archive.source)

    if MANIFEST in archive:
        parse(archive, MANIFEST, start)


class _Look:
    """A look through all sheets."""

    def __init__(self, archive: Archive) -> None:
        self.outlines: list[Outline] = []
        self.epoch = EPOCH
        self._source = archive.source
        self._archive, self._bounds = archive, Bounds(archive.source)
        self._texts: list[str] = []
        self._markup = Markup(archive.source, CONTENT, self._start, self._end, text=self._texts.append, plain=True)
        self._signs: list[tuple[int, bytes]] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._sheet: Outline | None = None
        self._next_row = self._rows = 0
        self._next_column = self._columns = 0
        self._cell: Attributes | None = None
        self._spaces = 0
        self._row_width = 0
        self._row_oddities: dict[int, Oddity] = {}
        self._row_durations: set[int] = set()

    def pieces(self) -> Iterator[bytes]:
        """The content, looked through, with tabs and line breaks as text: the reader of cells overlooks their tags."""
        held, start = b"", 0
        for chunk in self._archive.chunks(CONTENT):
            self._markup.feed(chunk)
            if sum(map(len, self._texts)) + self._spaces > MAX_CELL_TEXT:
                raise too_large(self._source, Phrase(message("a cell holds an endless text")))
            if self._cell is None:
                self._texts.clear()
            held += chunk
            complete = self._markup.index - start
            yield self._with_signs(held[:complete], start)
            held, start = held[complete:], start + complete
        self._markup.close()
        yield self._with_signs(held, start)

    def _with_signs(self, piece: bytes, start: int) -> bytes:
        if not self._signs:
            return piece
        parts, done = [], 0
        for index, sign in self._signs:
            end = piece.find(b">", index - start) + 1
            if piece[end - 2 : end] != b"/>":
                raise self._markup.broken()
            parts += [piece[done : index - start], sign]
            done = end
        self._signs.clear()
        return b"".join([*parts, piece[done:]])

    def _start(self, element: str, attributes: Attributes) -> None:
        if element in _CELLS:
            self._start_cell(attributes)
        elif element == "table:table-row":
            if self._sheet is not None:
                self._rows = self._repeats(attributes, "table:number-rows-repeated", LAST_ROW)
                self._next_column = self._row_width = 0
        elif element == "text:s":
            number = whole_number(attributes.get("text:c", "1"))
            self._spaces += MAX_CELL_TEXT if number is None else number
        elif element in _SIGNS and self._cell is not None:
            self._signs.append((self._markup.index, _SIGNS[element]))
        elif element == "table:table":
            self._start_table(attributes)
        elif element == "table:table-source" and self._sheet is not None:
            # A copy of another file's sheet is named by the address of the file, in quotes.
            self._sheet.foreign = self._sheet.name.startswith("'") and "'#" in self._sheet.name
        elif element == "style:style":
            self._style = attributes.get("style:name", "")
        elif element == "style:table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)
        elif element == "table:null-date":
            self._start_null_date(attributes)

    def _end(self, element: str) -> None:
        if element in _CELLS:
            self._finish_cell()
        elif element == "table:table-row":
            self._finish_row()
        elif element == "table:table" and self._sheet is not None:
            self._bounds.area(self._sheet)
            self._sheet = None

    def _start_table(self, attributes: Attributes) -> None:
        if self._sheet is not None:
            raise broken(
                self._source, Phrase(message("the sheet {sheet} holds a table inside a cell"), sheet=self._sheet.name)
            )
        if "table:name" not in attributes:
            return
        self._bounds.another_sheet()
        self._sheet = Outline(attributes["table:name"], attributes.get("table:style-name") in self._hidden_styles)
        self.outlines.append(self._sheet)
        self._next_row = self._rows = 0

    def _start_null_date(self, attributes: Attributes) -> None:
        try:
            self.epoch = date.fromisoformat(attributes.get("table:date-value", "1899-12-30")[:10])
        except ValueError:
            raise self._markup.broken() from None

    def _start_cell(self, attributes: Attributes) -> None:
        if self._sheet is None:
            return
        if self._cell is not None or not self._rows:
            raise self._markup.broken()
        self._cell = attributes
        self._columns = self._repeats(attributes, "table:number-columns-repeated", LAST_COLUMN)
        self._spaces = 0
        self._texts.clear()

    def _finish_cell(self) -> None:
        attributes, sheet = self._cell, self._sheet
        if attributes is None or sheet is None:
            return
        self._cell = None
        first, self._next_column = self._next_column, self._next_column + self._columns
        if not _VALUES.isdisjoint(attributes):
            if self._next_column > LAST_COLUMN:
                raise self._markup.broken()
            self._row_width = self._next_column
            kind = attributes.get("office:value-type")
            text = self._spaces + sum(map(len, self._texts))
            text += len(attributes.get("office:string-value", "")) + len(attributes.get("table:formula", ""))
            self._bounds.more_text(text * self._columns * self._rows, sheet)
            oddity = self._oddity(attributes, kind)
            duration = kind == "time"
            if oddity is not None or duration:
                self._bounds.odd(sheet, self._columns * self._rows)
                for column in range(first, self._next_column):
                    if oddity is not None:
                        self._row_oddities[column] = oddity
                    else:
                        self._row_durations.add(column)
        if "table:number-rows-spanned" in attributes or "table:number-columns-spanned" in attributes:
            self._merge(attributes, sheet, first)
        self._texts.clear()

    def _oddity(self, attributes: Attributes, kind: str | None) -> Oddity | None:
        if attributes.get("calcext:value-type") == "error":
            return Oddity.ERROR
        if "table:formula" in attributes:
            if kind is None:
                return Oddity.NO_RESULT
            if _ERROR.fullmatch("".join(self._texts).strip()):
                return Oddity.ERROR
        return Oddity.PERCENT if kind == "percentage" else None

    def _finish_row(self) -> None:
        sheet = self._sheet
        if sheet is None or not self._rows:
            return
        first, self._next_row = self._next_row, self._next_row + self._rows
        if self._row_width:
            if self._next_row > LAST_ROW:
                raise self._markup.broken()
            sheet.height = self._next_row
            sheet.width = max(sheet.width, self._row_width)
        for row in range(first, self._next_row) if self._row_oddities or self._row_durations else ():
            for column, oddity in self._row_oddities.items():
                sheet.oddities[row, column] = oddity
            for column in self._row_durations:
                sheet.durations.add((row, column))
        self._row_oddities.clear()
        self._row_durations.clear()
        self._rows = 0

    def _merge(self, attributes: Attributes, sheet: Outline, column: int) -> None:
        rows = self._repeats(attributes, "table:number-rows-spanned", LAST_ROW)
        columns = self._repeats(attributes, "table:number-columns-spanned", LAST_COLUMN)
        if rows * columns > 1:
            sheet.merged.append((self._next_row, column, self._next_row + rows - 1, column + columns - 1))
            self._bounds.odd(sheet, 0, 1)

    def _repeats(self, attributes: Attributes, name: str, limit: int) -> int:
        if name not in attributes:
            return 1
        number = whole_number(attributes[name])
        if number is None or not 0 < number <= limit:
            raise self._markup.broken()
        return number
