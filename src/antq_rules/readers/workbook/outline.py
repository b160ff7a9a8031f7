"""What a look through the XML of a workbook tells before any cell is read: how large each sheet is and what is odd."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from antq_rules.errors import Phrase, message
from antq_rules.extensions.formats import Source
from antq_rules.readers.workbook.archive import too_large
from antq_rules.readers.workbook.places import cell_name

MAX_SHEETS = 1_000
MAX_CELLS = 5_000_000
MAX_SHARED_TEXTS = 2_000_000
MAX_TEXT = 64 << 20
MAX_CELL_TEXT = 1 << 20
MAX_ODDITIES = 1_000_000
MAX_MERGED = 100_000

LAST_ROW, LAST_COLUMN = 1 << 20, 1 << 14
"""How many rows and columns the largest sheet of any spreadsheet program has."""


class Oddity(Enum):
    """What a cell's value alone does not tell."""

    PERCENT = "percent"
    NO_RESULT = "no_result"
    ERROR = "error"


@dataclass(slots=True)
class Outline:
    """A sheet without its values: the rows and columns that hold any, counted from A1, and what is odd about cells.

    ``durations`` are the cells of OpenDocument that hold a length of time. A ``foreign`` sheet is a copy of another
    file's, kept beside a link to it.
    """

    name: str
    hidden: bool = False
    height: int = 0
    width: int = 0
    oddities: dict[tuple[int, int], Oddity] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    durations: set[tuple[int, int]] = field(default_factory=set)
    foreign: bool = False


@dataclass(slots=True)
class Bounds:
    """How much of a workbook may still come, over all its sheets.

    The program that reads the cells makes a place for each of the used area, whatever stands in it, and a text of its
    own for each cell, even where a thousand cells share it in the file.
    """

    source: Source
    sheets: int = 0
    cells: int = 0
    text: int = 0
    oddities: int = 0
    merged: int = 0

    def another_sheet(self) -> None:
        """Count a sheet."""
        self.sheets += 1
        if self.sheets > MAX_SHEETS:
            raise too_large(self.source, Phrase(message("it has more than {limit} sheets"), limit=MAX_SHEETS))

    def area(self, sheet: Outline) -> None:
        """Count the used area of a sheet that was looked through."""
        self.cells += sheet.height * sheet.width
        if self.cells > MAX_CELLS:
            raise too_large(
                self.source,
                Phrase(
                    message("the sheet {sheet} is in use as far as the cell {cell}"),
                    sheet=sheet.name,
                    cell=cell_name(sheet.height - 1, sheet.width - 1),
                ),
            )

    def more_text(self, characters: int, sheet: Outline) -> None:
        """Count characters of cells."""
        self.text += characters
        if self.text > MAX_TEXT:
            raise too_large(
                self.source, Phrase(message("the cells of the sheet {sheet} hold too much text"), sheet=sheet.name)
            )

    def odd(self, sheet: Outline, oddities: int, merged: int = 0) -> None:
        """Count odd cells and groups of merged ones."""
        self.oddities += oddities
        self.merged += merged
        if self.oddities > MAX_ODDITIES or self.merged > MAX_MERGED:
            raise too_large(
                self.source,
                Phrase(
                    message("the sheet {sheet} has too many merged cells, percentages or formulas without result"),
                    sheet=sheet.name,
                ),
            )
