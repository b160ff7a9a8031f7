"""A workbook of results, written row by row: text stays text, and a table that fills its sheet goes on in another.

Whatever the number of rows, only the row that is being written is held in memory; the rest stands in a folder that is
gone when the workbook is.
"""

from __future__ import annotations

import datetime
import math
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from antq_rules.assessment.comparing import hundredths
from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.model.outcome import Outcome
from antq_rules.reporters.lines import OUTCOMES
from antq_rules.reporters.workbook.cells import FORMATS, Cell, Column, Link, Signed, Spot

ROWS = 1_048_576
"""Rows of a sheet."""
LINKS = 65_530
"""Links of a sheet."""
LETTERS = 32_767
"""Letters of a cell, those outside the basic plane counted twice."""
SHEET_LETTERS = 31
"""Letters of a sheet's name."""
LINE_HEIGHT, MOST_LINES = 15, 27
"""Points of a line, and the lines of the highest row that there can be."""
LETTERS_OF_WIDTH, BOLD_LETTERS_OF_WIDTH = 1.15, 0.95
"""Letters for which a column has room for each digit of its width."""
HEIGHTS = 100_000
"""Rows of a sheet whose height is set, since each one takes memory; the others are left to the program."""

CREATED = datetime.datetime(1980, 1, 1)
"""When every workbook was made, so that the same result has the same bytes; the zip's own dates say the same."""

CUT = message("… (cut: a cell holds no more)")
BACK = message("← {name}")
SHEETS = message("Sheets of this workbook")
ROWS_OF = message("Rows: {count}.")
PAGE = message("Page {page} of {pages}")
FEWER_LINKS = message("Sheet “{sheet}” has more rows than a workbook may have links: the last ones lead nowhere.")
GOES_ON = message("“{sheet}” goes on in “{next}”, since a sheet holds {rows} rows.")

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML does not hold, or only in disguise."""

PAPER_A4 = 9


def cell_text(text: str, cut: str = "…") -> str:
    """Text as a cell can hold it: without what XML forbids, and no longer than a cell may be.

    Args:
        text: Of any letters.
        cut: What stands at the end of a text that was cut.
    """
    if not text.isprintable():
        text = FORBIDDEN.sub(_escape, text.replace("\r\n", "\n"))
    if text.startswith("<r>") and text.endswith("</r>"):
        # XlsxWriter takes this for its own rich text and would write it as it is.
        text += " "
    if len(text) * 2 > LETTERS and len(pairs := text.encode("utf-16-le")) > LETTERS * 2:
        text = pairs[: (LETTERS - len(cut)) * 2].decode("utf-16-le", "ignore") + cut
    return text


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")


class Book(AbstractContextManager["Book"]):
    """A workbook that goes to a stream when it is complete; nothing is written where an error comes before.

    Args:
        stream: Takes the bytes.
        language: Of the words that the workbook itself adds.
        title: Stands in the properties and at the foot of every page.
    """

    def __init__(self, stream: BinaryIO, language: str, title: str) -> None:
        from xlsxwriter import Workbook

        self.stream = stream
        self.title = title
        self.translate = translator(language)
        self.sheets: list[Sheet] = []
        self.contents: list[tuple[str, str, Table | None]] = []
        """The sheets behind the first one, with what they tell."""
        self.remarks: list[str] = []
        """What a reader should know of the workbook itself."""
        self._folder = tempfile.TemporaryDirectory(prefix="antq-")
        self._file = Path(self._folder.name) / "result.xlsx"
        options = {"constant_memory": True, "tmpdir": self._folder.name, "use_zip64": True}
        plain = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
        self.workbook = Workbook(str(self._file), {**options, **plain})
        self.workbook.set_properties({"title": cell_text(title), "created": CREATED})
        self.workbook.set_size(2400, 1200)
        self.formats = {name: self.workbook.add_format(dict(shape)) for name, shape in FORMATS.items()}
        self.cut = self.translate(CUT)
        self.words = {outcome: self.translate(word) for outcome, word in OUTCOMES.items()}

    def say(self, template: str, **values: object) -> str:
        """A template in the language of the workbook, filled in."""
        return self.translate(template).format(**values)

    def sheet(self, name: str) -> Sheet:
        """A new sheet behind the others."""
        sheet = Sheet(self, name)
        self.sheets.append(sheet)
        return sheet

    def column(self, title: str, width: int, group: str = "") -> Column:
        """A column with its title in the language of the workbook."""
        return Column(self.say(title), width, group)

    def table(self, name: str, about: str, columns: Sequence[Column]) -> Table:
        """A table on a sheet of its own behind the others.

        Args:
            name: Of the sheet, and its title.
            about: What it tells.
            columns: With their titles and widths.
        """
        table = Table(self, self.say(name), self.say(about), columns)
        self.contents.append((table.name, table.about, table))
        return table

    def page(self, name: str, about: str) -> Sheet:
        """A sheet behind the others that is no table, with its title and what it tells."""
        sheet = self.sheet(self.say(name))
        self.contents.append((sheet.name, self.say(about), None))
        sheet.top(self.say(name), self.say(about))
        return sheet

    def write_contents(self) -> None:
        """Write on the first sheet which others there are, and what is to be known of them."""
        first = self.sheets[0]
        first.write([self.say(SHEETS)], "heading")
        for name, about, table in self.contents:
            count = "" if table is None else " " + self.say(ROWS_OF, count=table.count)
            first.write([Link(name, Spot(name, 0)), about + count], "plain")
        for remark in self.remarks:
            first.write([remark], "warning")
        first.skip()

    def __exit__(self, error: object, *_: object) -> None:
        try:
            if error is None:
                self._store()
        finally:
            for sheet in self.sheets:
                sheet.sheet.row_data_fh.close()
            self._folder.cleanup()

    def _store(self) -> None:
        from xlsxwriter.exceptions import FileCreateError

        try:
            self.workbook.close()
        except FileCreateError as failed:
            raise failed.args[0] from None
        with self._file.open("rb") as made:
            shutil.copyfileobj(made, self.stream)


class Sheet:
    """A sheet that is written from its top to its bottom."""

    def __init__(self, book: Book, name: str) -> None:
        self.book = book
        self.name = name[:SHEET_LETTERS]
        self.sheet: Any = book.workbook.add_worksheet(self.name)
        self.row = 0
        self.links = 0
        self._widths: tuple[int, ...] = ()
        self.sheet.set_landscape()
        self.sheet.set_paper(PAPER_A4)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer(f"&L&8{_footer(book.title)}&R&8{book.say(PAGE, page='&P', pages='&N')}")

    def top(self, title: str, about: str) -> None:
        """Write the title, the way back to the first sheet, and what the sheet tells."""
        self.write([title], "title")
        home = Spot(self.book.sheets[0].name, 0)
        self.write([Link(self.book.say(BACK, name=home.sheet), home), about], "about")

    def widths(self, *widths: int) -> None:
        """Set how wide the columns are."""
        self._widths = widths
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)

    def write(self, cells: Iterable[Cell], shape: str = "text") -> int:
        """Write the next row; which it is, from 0.

        Args:
            cells: From the first column on.
            shape: The format of text.
        """
        row = list(cells)
        if "text_wrap" in FORMATS[shape] and self.row < HEIGHTS:
            # Not every program finds the height of wrapped text by itself.
            letters = BOLD_LETTERS_OF_WIDTH if shape == "header" else LETTERS_OF_WIDTH
            cells_with_widths = zip(row, self._widths, strict=False)
            lines = max((self._lines(cell, width * letters) for cell, width in cells_with_widths), default=1)
            if lines > 1:
                self.sheet.set_row(self.row, LINE_HEIGHT * min(lines, MOST_LINES))
        for column, cell in enumerate(row):
            self._cell(column, cell, shape)
        self.row += 1
        return self.row - 1

    def _lines(self, cell: Cell, letters: float) -> int:
        """About how many lines a cell takes that has room for so many letters in each."""
        text = cell.text if isinstance(cell, Link) else self.book.words[cell] if isinstance(cell, Outcome) else cell
        if not isinstance(text, str):
            return 1
        if len(text) <= letters and "\n" not in text:
            return 1
        return sum(max(1, math.ceil(len(line) / letters)) for line in text.split("\n"))

    def skip(self) -> None:
        """Leave a row empty."""
        self.row += 1

    def header(self, *columns: Column) -> None:
        """Write the titles of columns, with those of their groups above them."""
        if any(column.group for column in columns):
            self.sheet.set_row(self.row, 2 * LINE_HEIGHT)
            first = 0
            for group, members in groupby(columns, key=lambda column: column.group):
                last = first + len(list(members)) - 1
                if group:
                    self.across(first, last, group, "header")
                else:
                    self._blank(first, last, "header")
                first = last + 1
            self.row += 1
        self.write((column.title for column in columns), "header")

    def across(self, first: int, last: int, text: str, shape: str = "text") -> None:
        """Write a text over several columns of the next row."""
        if last > first:
            self.sheet.merge_range(self.row, first, self.row, last, "", self.book.formats[shape])
        self.sheet.write_string(self.row, first, cell_text(text), self.book.formats[shape])

    def _blank(self, first: int, last: int, shape: str) -> None:
        for column in range(first, last + 1):
            self.sheet.write_blank(self.row, column, None, self.book.formats[shape])

    def _cell(self, column: int, cell: Cell, shape: str) -> None:
        formats, sheet, row = self.book.formats, self.sheet, self.row
        if cell is None or cell == "":
            sheet.write_blank(row, column, None, formats[shape])
        elif isinstance(cell, Outcome):
            sheet.write_string(row, column, self.book.words[cell], formats[cell.value])
        elif isinstance(cell, str):
            sheet.write_string(row, column, cell_text(cell, self.book.cut), formats[shape])
        elif isinstance(cell, Link):
            self._link(column, cell, "linked" if shape == "text" else "link")
        elif isinstance(cell, int):
            sheet.write_number(row, column, cell, formats["number"])
        elif isinstance(cell, Fraction):
            # Rounded here, by the half up, so that no program that shows it has anything left to round.
            sheet.write_number(row, column, hundredths(cell * 100) / 10_000, formats["share"])
        elif isinstance(cell, Signed):
            sheet.write_number(row, column, cell.number, formats["signed"])
        else:
            sheet.write_number(row, column, hundredths(cell.points) / 100, formats["points"])

    def _link(self, column: int, link: Link, shape: str) -> None:
        text = cell_text(link.text, self.book.cut)
        if self.links < LINKS:
            self.sheet.write_url(self.row, column, link.spot.target, self.book.formats[shape], text)
        else:
            self.sheet.write_string(self.row, column, text, self.book.formats["text"])
            if self.links == LINKS:
                self.book.remarks.append(self.book.say(FEWER_LINKS, sheet=self.name))
        self.links += 1


def _footer(title: str) -> str:
    # A footer holds 255 letters with its own marks, in which & begins a command.
    return cell_text(title).replace("\n", " ").replace("&", "&&")[:180].rstrip("&")


class Table:
    """Rows under one header that stays in sight, on a sheet of their own or on several where one is full.

    Args:
        book: To which it belongs.
        name: Of its sheet, and its title.
        about: What it tells.
        columns: With their titles and widths.
    """

    def __init__(self, book: Book, name: str, about: str, columns: Sequence[Column]) -> None:
        self.book = book
        self.name = name
        self.about = about
        self.columns = columns
        self.count = 0
        self.first = 4 if any(column.group for column in columns) else 3
        """The row of a sheet, from 0, where its data begin."""
        self.room = ROWS - self.first
        self.sheets: list[Sheet] = []
        self._open()

    def spot(self, number: int, last: int | None = None) -> Spot:
        """Where a row stands, or the rows from one to another as far as they stand on one sheet.

        Args:
            number: The row, from 0.
            last: The last row.
        """
        sheet, row = divmod(number, self.room)
        columns = len(self.columns)
        if last is None:
            return Spot(self._name(sheet), self.first + row)
        return Spot(self._name(sheet), self.first + row, self.first + min(row + last - number, self.room - 1), columns)

    def append(self, cells: Iterable[Cell]) -> None:
        """Write the next row."""
        if self.count == self.room * len(self.sheets):
            before = self.sheets[-1].name
            self._open()
            goes_on = self.book.say(GOES_ON, sheet=before, next=self.sheets[-1].name, rows=ROWS)
            self.book.remarks.append(goes_on)
        self.sheets[-1].write(cells)
        self.count += 1

    def finish(self, empty: str) -> None:
        """Let every sheet be filtered; ``empty`` stands where there are no rows."""
        if not self.count:
            self.sheets[0].write([empty], "about")
        for sheet in self.sheets:
            sheet.sheet.autofilter(self.first - 1, 0, max(sheet.row, self.first + 1) - 1, len(self.columns) - 1)

    def _name(self, number: int) -> str:
        if not number:
            return self.name[:SHEET_LETTERS]
        ending = f" ({number + 1})"
        return self.name[: SHEET_LETTERS - len(ending)] + ending

    def _open(self) -> None:
        sheet = self.book.sheet(self._name(len(self.sheets)))
        self.sheets.append(sheet)
        sheet.widths(*(column.width for column in self.columns))
        sheet.top(self.name, self.about)
        sheet.header(*self.columns)
        sheet.sheet.freeze_panes(self.first, 2)
        sheet.sheet.repeat_rows(2, self.first - 1)
