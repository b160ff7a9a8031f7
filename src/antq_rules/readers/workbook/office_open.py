"""Office Open XML (.xlsx, .xlsm): a look through the parts of a workbook, and a clean copy of those that hold cells."""

from __future__ import annotations

import posixpath
import re
import zipfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from antq_rules.errors import EvidenceError, Fault, Phrase, message
from antq_rules.readers.workbook.archive import (
    MAX_SMALL_PART,
    MAX_UNPACKED,
    Archive,
    Attributes,
    Markup,
    broken,
    parse,
    too_large,
    whole_number,
)
from antq_rules.readers.workbook.outline import (
    LAST_COLUMN,
    LAST_ROW,
    MAX_CELL_TEXT,
    MAX_SHARED_TEXTS,
    MAX_TEXT,
    Bounds,
    Oddity,
    Outline,
)
from antq_rules.readers.workbook.places import cell_place, column_number

EPOCH, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
PERCENT_FORMATS = {9, 10}
"""The numbers of the percent formats that no file declares."""

ERRORS = {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA"}
TRUE = {"1", "true", "on"}

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_NO_SIGN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


@dataclass(slots=True)
class _Book:
    sheets: list[tuple[str, bool, str]] = field(default_factory=list)
    epoch: date = EPOCH
    not_computed: bool = False


def workbook_part(archive: Archive) -> str:
    """The name of the part that the file is about; empty where it does not tell."""
    if "_rels/.rels" not in archive:
        return ""
    return next((target for kind, target in _relations(archive, "").values() if kind == "officeDocument"), "")


def look_through(archive: Archive, part: str, copy: zipfile.ZipFile) -> tuple[list[Outline], date]:
    """The outlines of the worksheets and the day of serial number 0; a clean workbook of them goes to ``copy``.

    The copy has what holds cells, styles and shared texts, and no macros, links, pictures or anything else.

    Raises:
        EvidenceError: The workbook is broken or too large.
    """
    bounds = Bounds(archive.source)
    book = _read_book(archive, part)
    relations = _relations(archive, part)
    parts = {kind: target for kind, target in relations.values() if kind in ("styles", "sharedStrings")}
    percents = _percent_styles(archive, parts.get("styles"), copy)
    lengths = _text_lengths(archive, parts.get("sharedStrings"), copy)
    outlines: list[Outline] = []
    seen = set()
    for name, hidden, relation in book.sheets:
        kind, target = relations.get(relation, ("", ""))
        if kind in ("chartsheet", "dialogsheet", "xlMacrosheet", "xlIntlMacrosheet"):
            continue
        if kind != "worksheet" or target in seen:
            raise broken(archive.source, Phrase(message("the content of the sheet {sheet} is missing"), sheet=name))
        seen.add(target)
        bounds.another_sheet()
        outline = Outline(name, hidden)
        look = _Look(archive, target, outline, bounds, percents, lengths, book.not_computed)
        with copy.open(f"xl/worksheets/sheet{len(outlines) + 1}.xml", "w", force_zip64=True) as stream:
            for chunk in look.chunks():
                stream.write(chunk)
        outlines.append(outline)
    _write_book(copy, len(outlines), book.epoch)
    return outlines, book.epoch


def _relations(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """The kind and the target of each relation of a part, by its id."""
    folder, name = posixpath.split(part)
    found: dict[str, tuple[str, str]] = {}

    def start(element: str, attributes: Attributes) -> None:
        if element.rpartition(":")[2] == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "").replace("\\", "/")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (kind, target.lstrip("/").lower())

    parse(archive, posixpath.join(folder, "_rels", f"{name}.rels"), start)
    return found


def _read_book(archive: Archive, part: str) -> _Book:
    book = _Book()

    def start(element: str, attributes: Attributes) -> None:
        local = element.rpartition(":")[2]
        if local == "sheet":
            relation = next((value for name, value in attributes.items() if name.endswith(":id")), "")
            book.sheets.append(
                (attributes.get("name", ""), attributes.get("state") in ("hidden", "veryHidden"), relation)
            )
        elif local == "workbookPr" and attributes.get("date1904", "").lower() in TRUE:
            book.epoch = EPOCH_1904
        elif local == "calcPr" and attributes.get("fullCalcOnLoad", "").lower() in TRUE:
            book.not_computed = True

    parse(archive, part, start)
    return book


def _copied(
    archive: Archive, part: str, markup: Markup, copy: zipfile.ZipFile, name: str, limit: int = MAX_UNPACKED
) -> Iterator[None]:
    """Parse a part and copy it to another archive, a piece at each step."""
    with copy.open(name, "w", force_zip64=True) as stream:
        for chunk in archive.chunks(part, limit):
            markup.feed(chunk)
            stream.write(chunk)
            yield
    markup.close()


def _percent_styles(archive: Archive, part: str | None, copy: zipfile.ZipFile) -> frozenset[str]:
    """Which styles of cells show a number in percent."""
    if part is None:
        return frozenset()
    formats = set(PERCENT_FORMATS)
    styles: list[int | None] = []
    inside = ""

    def start(element: str, attributes: Attributes) -> None:
        nonlocal inside
        local = element.rpartition(":")[2]
        if local in ("numFmts", "cellXfs"):
            inside = local
        elif local == "numFmt" and inside == "numFmts":
            number = whole_number(attributes.get("numFmtId", ""))
            if number is not None and "%" in _NO_SIGN.sub("", attributes.get("formatCode", "")):
                formats.add(number)
        elif local == "xf" and inside == "cellXfs":
            styles.append(whole_number(attributes.get("numFmtId", "0")))

    def end(element: str) -> None:
        nonlocal inside
        if element.rpartition(":")[2] == inside:
            inside = ""

    markup = Markup(archive.source, part, start, end)
    for _ in _copied(archive, part, markup, copy, "xl/styles.xml", MAX_SMALL_PART):
        pass
    return frozenset(str(style) for style, number in enumerate(styles) if number in formats)


def _text_lengths(archive: Archive, part: str | None, copy: zipfile.ZipFile) -> array[int]:
    """How many characters each shared text has."""
    lengths = array("l")
    if part is None:
        return lengths
    pieces: list[str] = []
    total = 0

    def start(element: str, attributes: Attributes) -> None:
        if element.rpartition(":")[2] == "si":
            close()
            lengths.append(0)
            if len(lengths) > MAX_SHARED_TEXTS:
                why = Phrase(message("it has more than {limit} different texts"), limit=MAX_SHARED_TEXTS)
                raise too_large(archive.source, why)

    def close() -> None:
        nonlocal total
        if lengths:
            length = sum(map(len, pieces))
            total += length
            lengths[-1] += length
            if lengths[-1] > MAX_CELL_TEXT:
                raise too_large(archive.source, Phrase(message("a cell holds an endless text")))
        pieces.clear()

    markup = Markup(archive.source, part, start, text=pieces.append, plain=True)
    for _ in _copied(archive, part, markup, copy, "xl/sharedStrings.xml"):
        close()
        if total > MAX_TEXT:
            raise too_large(archive.source, Phrase(message("it holds too much text")))
    close()
    return lengths


_WITH_TEXT_OF_THEIR_OWN = frozenset(
    ("customSheetViews", "conditionalFormatting", "dataValidations", "headerFooter", "extLst", "legacyDrawing")
)
"""Parts of a sheet behind its last cell, whose text is not that of the cell."""


class _Look:
    """A look through one worksheet: how far it is used, and which cells are odd.

    ``_start`` runs for every element of every sheet, so that it is written for speed.
    """

    __slots__ = (
        "_archive", "_bounds", "_cell", "_cells", "_column", "_columns", "_has_formula", "_has_value", "_lengths",
        "_markup", "_not_computed", "_odd", "_outline", "_part", "_percents", "_row", "_row_text", "_text", "_texts",
        "_values",
    )  # fmt: skip

    def __init__(
        self,
        archive: Archive,
        part: str,
        outline: Outline,
        bounds: Bounds,
        percents: frozenset[str],
        lengths: array[int],
        not_computed: bool,
    ) -> None:
        self._archive, self._part, self._outline, self._bounds = archive, part, outline, bounds
        self._percents, self._lengths, self._not_computed = percents, lengths, not_computed
        self._texts: list[str] = []
        self._markup = Markup(archive.source, part, self._start, text=self._texts.append, plain=True)
        self._cells, self._values = "c", "v"
        self._columns: dict[str, int] = {}
        self._row, self._column, self._row_text = -1, -1, ""
        self._cell: Attributes = {}
        self._has_value = self._has_formula = False
        self._text = self._odd = 0

    def chunks(self) -> Iterator[bytes]:
        """The content of the part, each piece after it was looked through."""
        for chunk in self._archive.chunks(self._part):
            self._markup.feed(chunk)
            self._count()
            yield chunk
        self._markup.close()
        self._finish()
        self._count()
        self._bounds.area(self._outline)

    def _count(self) -> None:
        if sum(map(len, self._texts)) > MAX_CELL_TEXT:
            raise too_large(self._archive.source, Phrase(message("a cell holds an endless text")))
        if not (self._has_value or self._has_formula):
            self._texts.clear()
        odd = len(self._outline.oddities)
        self._bounds.odd(self._outline, odd - self._odd)
        self._bounds.more_text(self._text, self._outline)
        self._odd, self._text = odd, 0

    def _start(self, element: str, attributes: Attributes) -> None:
        if element == self._values:
            self._has_value = True
            self._texts.clear()
        elif element == self._cells:
            if self._has_value or self._has_formula:
                self._finish()
            self._cell = attributes
            row, column = self._row_text, self._column
            name = attributes.get("r")
            if name is None:
                column += 1
            else:
                letters = name.removesuffix(row)
                column = self._columns.get(letters, -1)
                if column < 0:
                    column = self._columns[letters] = self._number_of(letters)
                if len(letters) + len(row) != len(name):
                    raise self._markup.broken()
            # The reader of cells relies on their order.
            if not self._column < column < LAST_COLUMN or self._row < 0:
                raise self._markup.broken()
            self._column = column
        else:
            self._start_other(element, attributes)

    def _start_other(self, element: str, attributes: Attributes) -> None:
        prefix, _, local = element.rpartition(":")
        if local == "row":
            self._finish()
            number = whole_number(attributes["r"]) if "r" in attributes else self._row + 2
            if number is None or not self._row + 1 < number <= LAST_ROW:
                raise self._markup.broken()
            self._row, self._column, self._row_text = number - 1, -1, str(number)
        elif local == "f":
            if self._has_value:
                raise self._markup.broken()
            self._has_formula = True
        elif local == "is":
            self._has_value = True
            self._texts.clear()
        elif local == "sheetData":
            self._cells, self._values = (f"{prefix}:c", f"{prefix}:v") if prefix else ("c", "v")
        elif local == "mergeCell":
            self._finish()
            self._merge(attributes.get("ref", ""))
        elif local in _WITH_TEXT_OF_THEIR_OWN:
            self._finish()
        elif local in ("c", "v"):
            raise self._markup.broken()

    def _finish(self) -> None:
        """Take note of the cell that ended."""
        texts, outline = self._texts, self._outline
        if self._has_value or self._has_formula:
            row, column = self._row, self._column
            outline.height = row + 1
            if column >= outline.width:
                outline.width = column + 1
            kind = self._cell.get("t", "n")
            if kind == "s":
                self._count_shared("".join(texts).strip())
            elif kind == "n":
                if self._cell.get("s") in self._percents:
                    outline.oddities[row, column] = Oddity.PERCENT
            elif kind == "e" and self._has_value:
                self._take_error("".join(texts).strip())
            else:
                self._text += sum(map(len, texts))
            if self._has_formula and self._has_no_result(kind):
                outline.oddities[row, column] = Oddity.NO_RESULT
            self._has_value = self._has_formula = False
        texts.clear()

    def _has_no_result(self, kind: str) -> bool:
        if not self._has_value:
            return True
        text = "".join(self._texts).strip()
        # Programs that compute nothing write 0 for each formula, and ask that it be computed when the file is opened.
        return kind == "n" and (not text or (self._not_computed and text == "0"))

    def _count_shared(self, index: str) -> None:
        try:
            self._text += self._lengths[int(index)] if self._has_value and index else 0
        except (ValueError, IndexError):
            raise self._markup.broken() from None

    def _take_error(self, error: str) -> None:
        if error not in ERRORS:
            raise EvidenceError(
                Fault(
                    "formula_error",
                    message("the cell holds the error {error}"),
                    message("mend its formula, or write the value"),
                    place=cell_place(self._archive.source.name, self._outline.name, self._row, self._column),
                    values={"error": error[:50]},
                )
            )
        self._outline.oddities[self._row, self._column] = Oddity.ERROR

    def _merge(self, text: str) -> None:
        if ":" not in text:
            return
        parts = _RANGE.fullmatch(text)
        if parts is None:
            raise self._markup.broken()
        first, last = self._number_of(parts[1]), self._number_of(parts[3])
        self._outline.merged.append((int(parts[2]) - 1, first, int(parts[4]) - 1, last))
        self._bounds.odd(self._outline, 0, 1)

    def _number_of(self, letters: str) -> int:
        number = column_number(letters)
        if number is None or number >= LAST_COLUMN:
            raise self._markup.broken()
        return number


def _write_book(copy: zipfile.ZipFile, sheets: int, epoch: date) -> None:
    """Write the parts of a workbook that tell where its sheets are."""
    numbers = range(1, sheets + 1)
    listed = "".join(f'<sheet name="S{number}" sheetId="{number}" r:id="rId{number}"/>' for number in numbers)
    related = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    copy.writestr(
        "_rels/.rels",
        f'<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )
    copy.writestr(
        "xl/workbook.xml",
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(epoch == EPOCH_1904)}"/>'
        f"<sheets>{listed}</sheets></workbook>",
    )
    copy.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}">{related}</Relationships>')
