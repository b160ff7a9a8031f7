"""What a spreadsheet calls a cell."""

from __future__ import annotations

import re

from antq_rules.errors import Place

_LETTERS = re.compile(r"[A-Z]{1,3}")


def cell_name(row: int, column: int) -> str:
    """The name of a cell, its row and column counted from 0: ``cell_name(0, 2)`` is ``C1``."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def column_number(letters: str) -> int | None:
    """The column of letters, counted from 0 (``A`` is 0); None where they name none."""
    if not _LETTERS.fullmatch(letters):
        return None
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def cell_place(file: str, sheet: str, row: int, column: int) -> Place:
    """Where a cell stands, its row and column counted from 0."""
    return Place(file, row + 1, column + 1, cell=f"{sheet}!{cell_name(row, column)}")
