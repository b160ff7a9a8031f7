"""How a workbook made from a ruleset is laid out, and the words that its cells may hold.

The template is written by it and read by it. Every sheet that a program reads says in its cell A1 what it is:

- ``antq:guide``: column A holds ids, column C values; see :data:`GUIDE_IDS`.
- ``antq:units:KIND``: the units of a kind, a column a field.
- ``antq:rows:FIELD``: the rows of a list of records, or the years of a series, keyed by unit.
- ``antq:documents``: what proves values.

On all but the guide row 2 holds the ids of the columns, row 3 their titles, row 4 hints, and data begin in row 5.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from antq_rules.model.expression import Label

GUIDE = "antq:guide"
UNITS = "antq:units"
ROWS = "antq:rows"
DOCUMENTS = "antq:documents"
FAULTS = "antq:faults"
"""Stands in cell A1 of the list of faults in a marked copy, which is passed over."""

# Rows and columns count from 1.
MARKER_ROW = 1
IDS_ROW = 2
TITLES_ROW = 3
HINTS_ROW = 4
FIRST_DATA_ROW = 5
GUIDE_ID_COLUMN = 1
GUIDE_VALUE_COLUMN = 3

PERIOD = "period"
RULESET = "ruleset"
OVERLAYS = "overlays"
GUIDE_IDS = (PERIOD, RULESET, OVERLAYS)
"""The rows of the guide that a program knows; a list of overlays is parted by ``;``."""

UNIT_COLUMNS = ("id", "name", "parent", "tags", "managing_level")
"""The columns of a sheet of units before its fields."""

UNIT = "unit"
YEAR = "year"
VALUE = "value"
SERIES_COLUMNS = (UNIT, YEAR, VALUE)
"""The columns of a sheet with the years of a series."""

FIELD = "field"
DOCUMENT_COLUMNS = (UNIT, FIELD, "kind", "number", "date", "issuer", "confirmed_by", "confirmed_on", "note")
"""The columns of the sheet of documents."""

LIST_SEPARATOR = ";"
"""Between the choices or tags of one cell; ends of lines part them too."""

YES = Label("có", "yes")
NO = Label("không", "no")
UNKNOWN = Label("chưa rõ", "unknown")
ABSENT = Label("không có", "absent")
"""What a date says of a document that does not exist."""

_TRUE = ("có", "yes", "x", "✓", "✔", "true", "đúng", "1")
_FALSE = ("không", "không có", "no", "none", "false", "sai", "0")
_UNKNOWN = ("chưa rõ", "không rõ", "chưa biết", "unknown", "?")
_ABSENT = ("không có", "absent")
_NONE = ("không", "không có", "no", "none")
_MARKER = re.compile(r"antq:(?:(?P<plain>guide|documents)|(?P<what>units|rows):(?P<name>\S+))\Z")


def same(text: str) -> str:
    """What two texts have in common that differ only in case, white space or the form of their letters."""
    return _remembered(text) if len(text) <= 100 else _folded(text)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).split())


_remembered = lru_cache(maxsize=4096)(_folded)


def _words(*words: str) -> frozenset[str]:
    return frozenset(map(same, words))


TRUE_WORDS = _words(*_TRUE)
FALSE_WORDS = _words(*_FALSE)
UNKNOWN_WORDS = _words(*_UNKNOWN)
ABSENT_WORDS = _words(*_ABSENT)
NONE_WORDS = _words(*_NONE)
"""What says that a list or set is empty."""
TOTAL_WORDS = _words("tổng", "tổng cộng", "tổng số", "cộng", "total", "sum")
"""What stands in the first cells of a row that adds up those above it."""


def units_marker(kind: str) -> str:
    """What cell A1 of the sheet of a kind's units holds."""
    return f"{UNITS}:{kind}"


def rows_marker(field: str) -> str:
    """What cell A1 of a sheet with the rows of a field holds."""
    return f"{ROWS}:{field}"


def marker_of(text: object) -> tuple[str, str] | None:
    """What cell A1 says of its sheet, as ``("antq:units", "kdc")``; None where the sheet is the user's own."""
    found = _MARKER.match(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    if found["plain"]:
        return f"antq:{found['plain']}", ""
    return f"antq:{found['what']}", found["name"]
