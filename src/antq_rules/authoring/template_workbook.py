"""Writes a template as a workbook (XLSX): drop-downs, checks of dates and numbers, colours, locked ids."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from itertools import zip_longest
from math import ceil
from typing import IO, Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from antq_rules.authoring.template import Column, GuideRow, Sheet, Template
from antq_rules.errors import message
from antq_rules.explain.catalogue import Translate, translator
from antq_rules.readers.layout import (
    ABSENT,
    FIRST_DATA_ROW,
    GUIDE,
    GUIDE_ID_COLUMN,
    GUIDE_VALUE_COLUMN,
    HINTS_ROW,
    IDS_ROW,
    MARKER_ROW,
    PERIOD,
    TITLES_ROW,
    UNKNOWN,
)
from antq_rules.version import __version__

LAST_COLUMN = 16_383
ROWS_CHECKED = 20_000
"""So many rows for data are checked and coloured on each sheet, and more where there are more units."""
FIRST_DAY, LAST_DAY = datetime.date(1990, 1, 1), datetime.date(2199, 12, 31)

BLUE, BROWN, GREEN, SLATE = "#1F4E79", "#7F5200", "#2E6B34", "#44546A"
PALE, MISSING, GRID = "#EEF3F8", "#FFF2CC", "#BFBFBF"
LOOKS = {"key": SLATE, "evidence": BLUE, "judged": BROWN, "list": GREEN}
TABS = {"units": BLUE, "list": GREEN, "documents": BROWN}
WIDTHS = {"id": 18, "truth": 16, "stated": 18, "choice": 24, "choices": 26, "date": 16, "whole": 15, "number": 15}
NAME_WIDTH, TEXT_WIDTH, YEAR_WIDTH = 34, 24, 10
GUIDE_WIDTHS = (30, 100)
PAGE_WIDTH = 260
"""So many letters stand side by side on a printed page (A3)."""

NOT_A_CHOICE = message("Not one of the choices")
TAKE_A_CHOICE = message("Take one from the list of the cell; leave it blank if it is not known.")
NOT_A_DATE = message("Not a date")
WRITE_A_DATE = message("Write day/month/year; leave it blank if it is not known.")
WRITE_A_DATE_OR_ABSENT = message(
    "Write day/month/year, or “{absent}” where the document does not exist; leave it blank if it is not known."
)
NOT_A_NUMBER = message("Not such a number")
WRITE_A_NUMBER = message("A number from {low} to {high} is needed; leave it blank if it is not known.")

ALLOWED = dict.fromkeys(
    ("objects", "format_cells", "format_columns", "format_rows", "insert_rows", "delete_rows", "sort", "autofilter"),
    True,
)
"""What the protection of a sheet, which keeps its ids, still lets people do."""


def write_template(template: Template, stream: IO[bytes]) -> None:
    """Write the workbook: the same template gives the same bytes."""
    # A zip cannot be written to a pipe with the same bytes as to a file.
    whole = io.BytesIO()
    _Writing(template, whole).write()
    stream.write(whole.getvalue())


class _Writing:
    def __init__(self, template: Template, stream: IO[bytes]) -> None:
        self.template = template
        self.translate: Translate = translator(template.language)
        self.book = xlsxwriter.Workbook(
            stream,
            {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False},
        )
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.lists: dict[tuple[str, ...], str] = {}
        self.headed: list[tuple[str, tuple[str, ...]]] = []

    def write(self) -> None:
        year = self.template.period or 2000
        self.book.set_properties(
            {
                "title": self.template.title,
                "comments": f"antq_rules {__version__}",
                "created": datetime.datetime(year, 1, 1),
            }
        )
        guide = self.book.add_worksheet(self.template.guide_name)
        sheets = [(sheet, self.book.add_worksheet(sheet.name)) for sheet in self.template.sheets]
        for sheet, worksheet in sheets:
            self.sheet(sheet, worksheet)
        self.guide(guide)
        self.choices(self.book.add_worksheet(self.template.choices_name))
        self.book.close()

    def format(self, **properties: Any) -> Any:
        """A format of the workbook, each made once."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"valign": "vcenter", **properties})
        return self.formats[key]

    # Sheets that are filled in

    def sheet(self, sheet: Sheet, worksheet: Any) -> None:
        last_row = FIRST_DATA_ROW - 1 + max(ROWS_CHECKED, 2 * len(sheet.rows))
        widths = [_width(column) for column in sheet.columns]
        # A row can be deleted only where none of its cells is locked, those beyond the last column among them; these
        # are not to count as used, since the writer goes through all used columns of every row.
        worksheet.set_column(0, LAST_COLUMN, None, self.format(locked=False))
        worksheet.dim_colmin = worksheet.dim_colmax = None
        for index, (column, width) in enumerate(zip(sheet.columns, widths, strict=True)):
            worksheet.set_column(index, index, width, self.format(locked=False, **_cell_look(column)))
        locked = self.format(font_color="#808080")
        for row, texts in ((MARKER_ROW, [sheet.marker]), (IDS_ROW, [column.id for column in sheet.columns])):
            worksheet.set_row(row - 1, None, locked, {"hidden": True})
            for index, text in enumerate(texts):
                worksheet.write_string(row - 1, index, text, locked)
        self.head(sheet, worksheet, widths)
        for offset, values in enumerate(sheet.rows):
            for index, value in enumerate(values):
                if value:
                    row = FIRST_DATA_ROW - 1 + offset
                    look = _cell_look(sheet.columns[index])
                    worksheet.write_string(row, index, value, self.format(locked=False, **look))
        for index, column in enumerate(sheet.columns):
            check = self.check(column, xl_rowcol_to_cell(FIRST_DATA_ROW - 1, index))
            if check is not None:
                worksheet.data_validation(FIRST_DATA_ROW - 1, index, last_row - 1, index, check)
        self.colour(sheet, worksheet, last_row)
        frozen = 2 if sheet.look == "units" else 1
        worksheet.freeze_panes(FIRST_DATA_ROW - 1, frozen)
        worksheet.autofilter(HINTS_ROW - 1, 0, last_row - 1, len(sheet.columns) - 1)
        worksheet.protect("", ALLOWED)
        worksheet.set_tab_color(TABS[sheet.look])
        worksheet.set_landscape()
        worksheet.set_paper(8)
        worksheet.fit_to_pages(ceil(sum(widths) / PAGE_WIDTH), 0)
        worksheet.repeat_rows(TITLES_ROW - 1, HINTS_ROW - 1)
        worksheet.repeat_columns(0, frozen - 1)
        worksheet.set_footer("&L&A&R&P/&N")
        worksheet.set_selection(FIRST_DATA_ROW - 1, 0, FIRST_DATA_ROW - 1, 0)

    def head(self, sheet: Sheet, worksheet: Any, widths: list[int]) -> None:
        """Titles and hints, which may be changed."""
        tall = max(_lines(column.title, width) for column, width in zip(sheet.columns, widths, strict=True))
        worksheet.set_row(TITLES_ROW - 1, max(33, 16 * tall + 3))
        tall = max(_lines(column.hint, width * 1.25) for column, width in zip(sheet.columns, widths, strict=True))
        # The buttons of the filter stand at the foot of the hints.
        worksheet.set_row(HINTS_ROW - 1, 12.5 * tall + 20)
        for index, column in enumerate(sheet.columns):
            title = self.format(
                locked=False, bold=True, font_color="white", bg_color=LOOKS[column.look], text_wrap=True,
                align="center", border=1, border_color=GRID,
            )  # fmt: skip
            hint = self.format(
                locked=False, italic=True, font_size=9, font_color="#404040", bg_color=PALE, text_wrap=True,
                align="center", valign="top", border=1, border_color=GRID,
            )  # fmt: skip
            worksheet.write_string(TITLES_ROW - 1, index, column.title, title)
            worksheet.write_string(HINTS_ROW - 1, index, column.hint, hint)
            if column.comment:
                lines = _lines(column.comment, 62)
                options = {"author": "", "width": 420, "height": min(600, 20 + 17 * lines), "font_size": 9}
                worksheet.write_comment(TITLES_ROW - 1, index, column.comment, options)

    def colour(self, sheet: Sheet, worksheet: Any, last_row: int) -> None:
        """A colour for what is blank in the row of a unit."""
        colour = self.book.add_format({"bg_color": MISSING})
        for first, last in _runs([column.wanted for column in sheet.columns]):
            cell = xl_rowcol_to_cell(FIRST_DATA_ROW - 1, first)
            criteria = f"=AND(LEN($A{FIRST_DATA_ROW})>0,LEN({cell})=0)"
            rule = {"type": "formula", "criteria": criteria, "format": colour}
            worksheet.conditional_format(FIRST_DATA_ROW - 1, first, last_row - 1, last, rule)

    def check(self, column: Column, cell: str) -> dict[str, Any] | None:
        """What a cell of a column may hold."""
        if column.sort in ("truth", "stated", "choice"):
            source = self.source(column)
            return {
                "validate": "list", "source": source, "error_title": self.translate(NOT_A_CHOICE),
                "error_message": self.translate(TAKE_A_CHOICE),
            }  # fmt: skip
        if column.sort == "date":
            return self.date_check(column, cell)
        if column.sort in ("whole", "number", "year"):
            low, high = (Decimal(end).scaleb(-column.places) for end in (column.low, column.high))
            if column.sort == "year":
                low, high = Decimal(1900), Decimal(2200)
            return {
                "validate": "decimal" if column.sort == "number" else "integer",
                "criteria": "between", "minimum": _plain(low), "maximum": _plain(high),
                "error_title": self.translate(NOT_A_NUMBER),
                "error_message": self.translate(WRITE_A_NUMBER).format(low=_plain(low), high=_plain(high)),
            }  # fmt: skip
        return None

    def date_check(self, column: Column, cell: str) -> dict[str, Any]:
        """A date; a warning lets people keep what Excel of another language takes for text."""
        told = {"error_type": "warning", "error_title": self.translate(NOT_A_DATE)}
        if not column.may_be_absent:
            day = {"validate": "date", "criteria": "between", "minimum": FIRST_DAY, "maximum": LAST_DAY}
            return {**day, **told, "error_message": self.translate(WRITE_A_DATE)}
        absent, unknown = ABSENT[self.template.language], UNKNOWN[self.template.language]
        first, last = (f"DATE({day.year},{day.month},{day.day})" for day in (FIRST_DAY, LAST_DAY))
        is_day = f"AND(ISNUMBER({cell}),{cell}>={first},{cell}<={last})"
        formula = f'=OR({is_day},TRIM({cell})="{absent}",TRIM({cell})="{unknown}")'
        text = self.translate(WRITE_A_DATE_OR_ABSENT).format(absent=absent)
        return {"validate": "custom", "value": formula, **told, "error_message": text}

    def source(self, column: Column) -> str:
        """The range of the hidden sheet that holds the choices of a column."""
        found = self.lists.get(column.choices)
        if found is None:
            letter = xl_col_to_name(len(self.headed))
            sheet = self.template.choices_name.replace("'", "''")
            found = f"='{sheet}'!${letter}$2:${letter}${len(column.choices) + 1}"
            self.lists[column.choices] = found
            self.headed.append((column.title, column.choices))
        return found

    def choices(self, worksheet: Any) -> None:
        """The hidden sheet with the choices of the drop-downs, which have no room in the cells' checks."""
        for index, (title, choices) in enumerate(self.headed):
            for row, text in enumerate((title, *choices)):
                worksheet.write_string(row, index, text)
        worksheet.protect()
        worksheet.hide()

    # The guidance

    def guide(self, worksheet: Any) -> None:
        """The sheet in front."""
        worksheet.hide_gridlines(2)
        worksheet.set_column(0, 0, None, None, {"hidden": True})
        worksheet.set_column(1, 1, GUIDE_WIDTHS[0])
        worksheet.set_column(2, 2, GUIDE_WIDTHS[1])
        worksheet.set_row(MARKER_ROW - 1, None, None, {"hidden": True})
        locked = self.format()
        worksheet.write_string(MARKER_ROW - 1, 0, GUIDE, locked)
        for row, one in enumerate(self.template.guide, start=MARKER_ROW):
            if one.id:
                worksheet.write_string(row, GUIDE_ID_COLUMN - 1, one.id, locked)
            getattr(self, f"guide_{one.sort}")(worksheet, row, one)
        worksheet.protect("", {"format_columns": True, "format_rows": True})
        worksheet.set_tab_color(SLATE)
        worksheet.set_paper(9)
        worksheet.fit_to_pages(1, 0)
        worksheet.activate()

    def guide_title(self, worksheet: Any, row: int, one: GuideRow) -> None:
        worksheet.set_row(row, 30)
        worksheet.write_string(row, 1, one.text, self.format(bold=True, font_size=18, font_color=BLUE))

    def guide_subtitle(self, worksheet: Any, row: int, one: GuideRow) -> None:
        worksheet.set_row(row, 22)
        worksheet.write_string(row, 1, one.text, self.format(font_size=12, font_color=SLATE))

    def guide_heading(self, worksheet: Any, row: int, one: GuideRow) -> None:
        worksheet.set_row(row, 30)
        look = self.format(bold=True, font_size=13, font_color=BLUE, valign="bottom", bottom=2, bottom_color=BLUE)
        worksheet.write_string(row, 1, one.text, look)
        worksheet.write_blank(row, 2, None, look)

    def guide_value(self, worksheet: Any, row: int, one: GuideRow) -> None:
        worksheet.write_string(row, 1, one.label, self.format(bold=True))
        if one.id != PERIOD:
            worksheet.set_row(row, 16 * _lines(one.text, GUIDE_WIDTHS[1]) + 2)
            look = self.format(text_wrap=True, align="left")
            worksheet.write_string(row, GUIDE_VALUE_COLUMN - 1, one.text, look)
            return
        year = {"locked": False, "bold": True, "align": "left", "num_format": "0"}
        if one.text:
            worksheet.write_number(row, GUIDE_VALUE_COLUMN - 1, int(one.text), self.format(**year))
        else:
            worksheet.write_blank(row, GUIDE_VALUE_COLUMN - 1, None, self.format(**year, bg_color=MISSING))
        check = {"validate": "integer", "criteria": "between", "minimum": 1900, "maximum": 2200}
        worksheet.data_validation(row, GUIDE_VALUE_COLUMN - 1, row, GUIDE_VALUE_COLUMN - 1, check)

    def guide_sheet(self, worksheet: Any, row: int, one: GuideRow) -> None:
        quoted = one.label.replace("'", "''")
        link = self.format(font_color="#0563C1", underline=1)
        worksheet.write_url(row, 1, f"internal:'{quoted}'!A{FIRST_DATA_ROW}", link, one.label)
        self._text(worksheet, row, one.text, self.format(text_wrap=True))

    def guide_step(self, worksheet: Any, row: int, one: GuideRow) -> None:
        worksheet.set_row(row, 16 * _lines(one.text, sum(GUIDE_WIDTHS) * 1.25) + 3)
        look = self.format(text_wrap=True, align="left")
        worksheet.merge_range(row, 1, row, 2, f"{one.label}. {one.text}", look)

    def guide_colour(self, worksheet: Any, row: int, one: GuideRow) -> None:
        colour = MISSING if one.label == "missing" else LOOKS[one.label]
        worksheet.write_blank(row, 1, None, self.format(bg_color=colour, border=1, border_color=GRID))
        self._text(worksheet, row, one.text, self.format(text_wrap=True, indent=1))

    def guide_text(self, worksheet: Any, row: int, one: GuideRow) -> None:
        worksheet.set_row(row, 20)
        worksheet.write_string(row, 1, one.text, self.format())

    def guide_command(self, worksheet: Any, row: int, one: GuideRow) -> None:
        worksheet.set_row(row, 20)
        look = self.format(font_name="Consolas", font_size=10, bg_color=PALE)
        worksheet.write_string(row, 1, one.text, look)
        worksheet.write_blank(row, 2, None, look)

    def _text(self, worksheet: Any, row: int, text: str, look: Any) -> None:
        worksheet.set_row(row, 16 * _lines(text, GUIDE_WIDTHS[1] * 1.2) + 2)
        worksheet.write_string(row, 2, text, look)


def _cell_look(column: Column) -> dict[str, Any]:
    """How the cells of a column look; text stays text, so that an id of 007 keeps its zeros."""
    if column.sort == "date":
        return {"num_format": "dd/mm/yyyy", "align": "center"}
    if column.sort == "whole":
        return {"num_format": "#,##0"}
    if column.sort == "number":
        return {"num_format": "#,##0." + "#" * column.places}
    if column.sort == "year":
        return {"num_format": "0", "align": "center"}
    if column.sort in ("truth", "stated"):
        return {"align": "center"}
    return {"num_format": "@", "text_wrap": column.sort in ("choice", "choices")}


def _width(column: Column) -> int:
    if column.sort == "year":
        return YEAR_WIDTH
    if column.id == "name":
        return NAME_WIDTH
    width = WIDTHS.get(column.sort, TEXT_WIDTH)
    # Long titles make a head of many lines.
    return min(width + 8, max(width, len(column.title) // 3))


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a cell of a width in letters."""
    return sum(max(1, ceil(len(line) * 1.12 / width)) for line in text.split("\n"))


def _runs(flags: list[bool]) -> list[tuple[int, int]]:
    """The first and the last index of each run of flags that are set."""
    found: list[tuple[int, int]] = []
    for index, (flag, before) in enumerate(zip_longest(flags, [False, *flags[:-1]])):
        if flag and before:
            found[-1] = (found[-1][0], index)
        elif flag:
            found.append((index, index))
    return found


def _plain(number: Decimal) -> int | float:
    return int(number) if number == int(number) else float(number)
