"""What the cells of a workbook of results hold, and how they look."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from antq_rules.frozen import frozen
from antq_rules.model.outcome import Outcome

BASE = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#BFBFBF"}
NUMBER = {**BASE, "align": "center"}
FORMATS: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "heading": {"bold": True, "font_size": 12, "font_color": "#1F3864"},
    "plain": {},
    "about": {"italic": True, "font_color": "#404040"},
    "warning": {"bold": True, "font_color": "#7B1B12"},
    "link": {"font_color": "#0B5394", "underline": 1},
    "header": {
        **BASE,
        "bold": True,
        "valign": "vcenter",
        "align": "center",
        "font_color": "#FFFFFF",
        "bg_color": "#1F3864",
    },
    "text": BASE,
    "name": {**BASE, "bold": True},
    "linked": {**BASE, "font_color": "#0B5394", "underline": 1},
    "number": {**NUMBER, "num_format": "#,##0"},
    "signed": {**NUMBER, "num_format": "+#,##0;-#,##0;0"},
    "share": {**NUMBER, "num_format": "0.00%"},
    "points": {**NUMBER, "num_format": "+0.00;-0.00;0.00"},
    "pass": {**BASE, "font_color": "#1E4620", "bg_color": "#E2F0D9"},
    "fail": {**BASE, "font_color": "#7B1B12", "bg_color": "#FBE0DD", "bold": True},
    "undetermined": {**BASE, "font_color": "#5C4400", "bg_color": "#FFF2CC"},
    "not_applicable": {**BASE, "font_color": "#404040", "bg_color": "#EDEDED"},
}


@frozen
class Column:
    """A column of a table. Those beside each other that have the same ``group`` stand below it."""

    title: str
    width: int
    group: str = ""


@frozen
class Spot:
    """A row of a sheet, counted from 0, or the rows up to ``last``; over ``columns`` columns."""

    sheet: str
    row: int
    last: int | None = None
    columns: int = 1

    @property
    def target(self) -> str:
        """The spot as a link names it."""
        sheet = self.sheet.replace("'", "''")
        end = "" if self.last is None else f":{_letters(self.columns)}{self.last + 1}"
        return f"internal:'{sheet}'!A{self.row + 1}{end}"


@frozen
class Link:
    """Text that leads to a spot of the workbook."""

    text: str
    spot: Spot


@frozen
class Signed:
    """A difference of counts."""

    number: int


@frozen
class PercentagePoints:
    """A difference of shares in percentage points."""

    points: Fraction


Cell = str | int | Fraction | Outcome | Link | Signed | PercentagePoints | None
"""What a cell shows: text, a count, a share, an outcome in its words and colour, a link, a difference, or nothing."""


def _letters(columns: int) -> str:
    return chr(ord("A") + columns - 1) if columns <= 26 else "Z"
