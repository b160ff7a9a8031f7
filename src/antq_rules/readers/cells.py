"""A cell of a table into the value that a dossier writes, by the field whose column it stands in.

Strict: what can be read in two ways is refused, never guessed.

- Unknown: a blank cell or ``chưa rõ``. An error such as ``#N/A`` and a formula without a result are refused.
- boolean: ``có``, ``không``, ``x``, ``đúng``, ``yes`` ...; 1 and 0; no other number.
- integer: whole numbers; as text with dots between thousands (``1.205``). ``1,205`` and percent are refused.
- decimal: numbers; as text with dots between thousands and a comma before decimals (``1.205,5``). ``1.2`` is refused as
  text, and so are ``1.205`` and ``1,205`` where the field has three decimal places. Percent is taken where the field
  is in ``%`` or lies between 0 and 1.
- date: date cells (of a time the day); ``31/3/2025`` (also with ``-`` or ``.``) and ``2025-03-31`` as text; serial
  numbers of the days from 1990 to 2100; ``không có`` for a document that does not exist.
- enum and set: ids or titles; those of a set are parted by ``;`` or ends of lines, and ``không`` says that it is empty.
- text: text; whole numbers become their digits.

A table whose columns have types besides holds exact decimals, and lists of choices or tags of which each item is one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import field
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from antq_rules.errors import Fault, Phrase, Place, message
from antq_rules.evidence.intake import TEXT_LIMIT
from antq_rules.frozen import frozen
from antq_rules.located import Path, path_text
from antq_rules.model.ruleset import Field
from antq_rules.operators.base import closest, shown
from antq_rules.readers.layout import (
    ABSENT_WORDS,
    FALSE_WORDS,
    LIST_SEPARATOR,
    NONE_WORDS,
    TRUE_WORDS,
    UNKNOWN_WORDS,
    same,
)
from antq_rules.readers.workbook.opening import Oddity, Value

FIRST_SERIAL, LAST_SERIAL = date(1990, 1, 1), date(2100, 12, 31)
"""Between these days a bare number is taken for a date."""

FIRST_DAY = date(1910, 1, 1)
"""A date cell before it is a small number that is shown as a date."""

GUESSED = 200
"""So many letters of what is no choice are compared with the choices."""

EXACT = 2**53
"""Whole numbers beyond it are not told apart by the numbers of a spreadsheet."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}(\.[0-9]{3}){1,5}\Z")
_DECIMAL = re.compile(r"[-+]?([0-9]{1,15}|[1-9][0-9]{0,2}(\.[0-9]{3}){1,4}),[0-9]{1,10}\Z")
_THOUSANDS_OR_PARTS = re.compile(r"[-+]?[1-9][0-9]{0,2}[.,][0-9]{3}\Z")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})\Z")
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?\Z")
_SEPARATORS = re.compile(rf"([{LIST_SEPARATOR}\n])")
_TAGS_JOINED = re.compile(rf"[{LIST_SEPARATOR},\n]")


@frozen
class Refusal:
    """Why a cell cannot be read, and how to mend it."""

    code: str
    what: str
    mending: str
    values: dict[str, Any] = field(default_factory=dict)

    def fault(self, path: Path, place: Place) -> Fault:
        """The fault of a value at a path, whose cell stands at a place."""
        return Fault(self.code, self.what, self.mending, path_text(path), place, self.values)


Cell = Value | Decimal | tuple[str | None, ...]
"""What a cell of any table holds; a tuple in a column of lists."""

CellReader = Callable[[Cell, Oddity | None], Any]
"""From a cell to the value that a dossier writes: None where it is unknown, a Refusal where it cannot be read."""

NEEDED = message("{needed} is needed here, not {value}")
CORRECT = message("correct the value")


def reader_of(known: Field, epoch: date | None) -> CellReader:
    """What reads the cells of a field's column; for records and series whether there are any.

    Args:
        known: The field.
        epoch: The day that the serial number 0 stands for; None where no number is a day.
    """
    if known.kind in ("boolean", "records", "series"):
        return boolean
    if known.kind == "integer":
        return integer
    if known.kind == "decimal":
        return _decimals(known)
    if known.kind == "date":
        return _dates(epoch, known.may_be_absent)
    if known.kind == "enum":
        return _Choices.of(known).one
    if known.kind == "set":
        return _Choices.of(known).several
    return text


def day_reader(epoch: date | None) -> CellReader:
    """What reads a date that is always known to exist."""
    return _dates(epoch, may_be_absent=False)


# Words and marks that all columns have in common


def written(value: str) -> str:
    """The text of a cell, composed and without white space around it."""
    clean = value.strip()
    if clean.isascii() and "\r" not in clean:
        return clean
    return unicodedata.normalize("NFC", clean).replace("\r\n", "\n").replace("\r", "\n")


def blank(value: Cell, oddity: Oddity | None) -> bool:
    """Whether a cell holds nothing at all."""
    return oddity not in (Oddity.ERROR, Oddity.NO_RESULT) and (
        value is None or (isinstance(value, str) and not value.strip())
    )


def unusable(oddity: Oddity | None) -> Refusal | None:
    """Why a formula has no value to read, if so."""
    if oddity is Oddity.ERROR:
        return Refusal(
            "formula_error", message("the formula in this cell gives an error"), message("mend it, or write the value")
        )
    if oddity is Oddity.NO_RESULT:
        return Refusal(
            "no_result",
            message("the file holds no result of the formula in this cell"),
            message("open and save it in a spreadsheet program, or write the value"),
        )
    return None


def _refused(needed: str, value: Cell, mending: str = CORRECT, code: str = "wrong_type", **values: Any) -> Refusal:
    return Refusal(code, NEEDED, mending, {"needed": Phrase(needed), "value": cell_shown(value), **values})


def cell_shown(value: Cell) -> str:
    """What a cell holds as a message shows it, never long."""
    if isinstance(value, datetime | date):
        return Phrase(message("the date {day}"), day=value.strftime("%d/%m/%Y"))
    if isinstance(value, tuple):
        return shown(list(value))
    if isinstance(value, str | bool | int | float | Decimal) or value is None:
        return shown(int(value) if isinstance(value, float) and value.is_integer() else value)
    return Phrase(message("a time of day"))


def _percent(value: Cell, oddity: Oddity | None) -> bool:
    return oddity is Oddity.PERCENT or (isinstance(value, str) and value.rstrip().endswith("%"))


def _in_percent(needed: str, value: Cell) -> Refusal:
    return Refusal(
        "wrong_type",
        message("{needed} is needed here, not a percentage"),
        message("write the number itself, in a cell that is not formatted as a percentage"),
        {"needed": Phrase(needed), "value": cell_shown(value)},
    )


# Kinds of fields


def boolean(value: Cell, oddity: Oddity | None) -> bool | Refusal | None:
    """True, False, or None where it is unknown."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = same(value)
        if not word or word in UNKNOWN_WORDS:
            return None
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
    elif value is None:
        return unusable(oddity)
    elif isinstance(value, int | float) and value in (0, 1) and oddity is None:
        return bool(value)
    return _refused(message("'có', 'không' or 'chưa rõ'"), value)


WHOLE = message("a whole number")


def integer(value: Cell, oddity: Oddity | None) -> int | Refusal | None:
    """A whole number, or None where it is unknown."""
    if type(value) is int and oddity is None:
        return value
    if value is None:
        return unusable(oddity)
    if _percent(value, oddity):
        return _in_percent(WHOLE, value)
    if isinstance(value, str):
        return _written_integer(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _refused(WHOLE, value)
    return _whole(value, WHOLE)


def _written_integer(value: str) -> int | Refusal | None:
    digits = value.strip()
    if _INTEGER.match(digits):
        return int(digits)
    if _GROUPED.match(digits):
        return int(digits.replace(".", ""))
    if _is_unknown(digits):
        return None
    if _THOUSANDS_OR_PARTS.match(digits):
        return _refused(
            WHOLE, value, message("write {plain} if that is meant"), plain=digits.replace(",", "").lstrip("+")
        )
    return _refused(WHOLE, value, message("write digits only, such as 1205 or 1.205"))


def _is_unknown(text: str) -> bool:
    return not text or same(text) in UNKNOWN_WORDS


def _exact(value: int | float, needed: str) -> int | Decimal | Refusal:
    """A number as its shortest decimal; a whole one as an integer."""
    if isinstance(value, int):
        return value
    if not abs(value) <= EXACT:
        return _refused(needed, value, message("a cell holds numbers of at most 15 digits exactly"))
    return int(value) if value.is_integer() else Decimal(repr(value))


def _whole(value: int | float, needed: str) -> int | Refusal:
    number = _exact(value, needed)
    if not isinstance(number, Decimal):
        return number
    meant = number * 1000
    if needed == WHOLE and abs(value) >= 1 and meant == int(meant):
        # Typed as 1.205 into a spreadsheet that takes the dot for a decimal one.
        return _refused(needed, value, message("write {plain} if that is meant"), plain=int(meant))
    return _refused(needed, value)


NUMBER = message("a number")


def _decimals(known: Field) -> CellReader:
    places = known.dimension.places
    unit = known.dimension.unit
    in_percent = unit is not None and "%" in unit.vi
    is_share = known.low >= 0 and known.high <= 10**places

    def decimal(value: Cell, oddity: Oddity | None) -> int | Decimal | Refusal | None:
        if value is None:
            return unusable(oddity)
        percent = _percent(value, oddity)
        if percent and not in_percent and not is_share:
            return _in_percent(NUMBER, value)
        number: int | Decimal | Refusal | None
        if isinstance(value, str):
            number = _written_decimal(value.rstrip().removesuffix("%"), places)
            hundreds = -2 if percent and not in_percent else 0
        elif isinstance(value, Decimal):
            number, hundreds = value, 0
        elif isinstance(value, bool) or not isinstance(value, int | float):
            return _refused(NUMBER, value)
        else:
            number = _exact(value, NUMBER)
            # A cell that shows 70 % holds 0.7.
            hundreds = 2 if percent and in_percent else 0
        if isinstance(number, int | Decimal) and hundreds:
            number = Decimal(number).scaleb(hundreds)
        return int(number) if isinstance(number, Decimal) and number == number.to_integral_value() else number

    return decimal


def _written_decimal(value: str, places: int) -> int | Decimal | Refusal | None:
    digits = value.strip()
    if _INTEGER.match(digits):
        return int(digits)
    if _is_unknown(digits):
        return None
    if places >= 3 and _THOUSANDS_OR_PARTS.match(digits):
        # 1.205 may be over a thousand or just over one.
        return _refused(NUMBER, value, message("it can be read in two ways: write it as a number, not as text"))
    if _GROUPED.match(digits):
        return int(digits.replace(".", ""))
    if _DECIMAL.match(digits):
        return Decimal(digits.replace(".", "").replace(",", "."))
    return _refused(NUMBER, value, message("write it as a number, or as text with a decimal comma, such as 1.205,5"))


DAY = message("a date such as 31/03/2025")


def _dates(epoch: date | None, may_be_absent: bool) -> CellReader:
    needed = message("a date such as 31/03/2025, or 'không có',") if may_be_absent else DAY

    def day(value: Cell, oddity: Oddity | None) -> str | Refusal | None:
        if isinstance(value, datetime):
            value = value.date()
        if isinstance(value, date):
            sound = epoch is None or value >= FIRST_DAY
            return value.isoformat() if sound else _refused(needed, value, code="bad_date")
        if value is None:
            return unusable(oddity)
        if isinstance(value, str):
            return _written_day(value, needed, may_be_absent)
        if epoch is not None and isinstance(value, int | float) and not isinstance(value, bool) and oddity is None:
            first, last = (FIRST_SERIAL - epoch).days, (LAST_SERIAL - epoch).days
            if value == int(value) and first <= value <= last:
                return (epoch + timedelta(days=int(value))).isoformat()
        return _refused(needed, value, code="wrong_type" if isinstance(value, bool) else "bad_date")

    return day


def _written_day(value: str, needed: str, may_be_absent: bool) -> str | Refusal | None:
    text = value.strip()
    if found := _DAY_FIRST.match(text):
        parts = found[4], found[3], found[1]
    elif found := _YEAR_FIRST.match(text):
        parts = found[1], found[2], found[3]
    else:
        word = same(text)
        if _is_unknown(word):
            return None
        if word in ABSENT_WORDS and may_be_absent:
            return "absent"
        return _refused(needed, value, message("write day, month and year in four digits"), "bad_date")
    try:
        return date(*map(int, parts)).isoformat()
    except ValueError:
        return _refused(
            message("a day of the calendar written as 31/03/2025"), value,
            message("write the day before the month"), "bad_date",
        )  # fmt: skip


TEXT = message("a text")


def text(value: Cell, oddity: Oddity | None) -> str | Refusal | None:
    """A text, or None where it is unknown."""
    found = plain(value, oddity)
    return None if isinstance(found, str) and _is_unknown(found) else found


def plain(value: Cell, oddity: Oddity | None) -> str | Refusal | None:
    """A text in which no word has a meaning of its own, or None where the cell is blank."""
    if isinstance(value, str):
        return written(value) or None
    if value is None:
        return unusable(oddity)
    if isinstance(value, int | float) and not isinstance(value, bool) and oddity is None:
        number = _whole(value, TEXT)
        return str(number) if isinstance(number, int) else number
    return _refused(TEXT, value, message("format the cell as text and write it anew"))


def identity(value: Cell, oddity: Oddity | None) -> str | Refusal | None:
    """The id of a unit, white space in it made single blanks."""
    found = plain(value, oddity)
    return " ".join(found.split()) if isinstance(found, str) else found


def year(value: Cell, oddity: Oddity | None) -> int | Refusal | None:
    """A year of four digits, or None where the cell is blank."""
    found = integer(value, oddity) if not isinstance(value, str) or _INTEGER.match(value.strip()) else text(value, None)
    if found is None or isinstance(found, Refusal) or (isinstance(found, int) and 1000 <= found <= 2999):
        return found
    return _refused(message("a year such as 2025"), value)


def tags_reader(known: Iterable[str]) -> CellReader:
    """What reads the tags of a unit: those of the ruleset in any case of letters, and others as they stand."""
    names = {same(tag): tag for tag in known}

    def tags(value: Cell, oddity: Oddity | None) -> list[str] | Refusal | None:
        if isinstance(value, tuple):
            if any(not piece or not piece.strip() or _TAGS_JOINED.search(piece) for piece in value):
                return _refused(message("a list of tags"), value, message("write each tag as an item of the list"))
            return list(dict.fromkeys(names.get(same(piece), written(piece)) for piece in value if piece))
        found = text(value, oddity)
        if not isinstance(found, str):
            return found
        if same(found) in NONE_WORDS:
            return []
        if "," in found:
            return _refused(message("a list of tags"), value, message("part them by ';'"))
        pieces = [piece.strip() for piece in _SEPARATORS.split(found)[::2] if piece.strip()]
        return list(dict.fromkeys(names.get(same(piece), piece) for piece in pieces))

    return tags


def level_reader(known: Iterable[str]) -> CellReader:
    """What reads a managing level; one that is not known is left as it stands."""
    names = {same(level): level for level in known}

    def level(value: Cell, oddity: Oddity | None) -> str | Refusal | None:
        found = text(value, oddity)
        return names.get(same(found), found) if isinstance(found, str) else found

    return level


# Choices


def _key(text: str) -> str:
    return re.sub(r" ?; ?", ";", same(text))


@frozen
class _Choices:
    """The choices of a field by all that a cell may call them."""

    names: dict[str, list[str]]
    shown: tuple[str, ...]
    titles: tuple[str, ...]
    longest: int

    @classmethod
    def of(cls, known: Field) -> _Choices:
        names: dict[str, list[str]] = {}
        for choice in known.choices:
            for key in dict.fromkeys(map(_key, (choice.name, choice.title.vi, choice.title.en))):
                names.setdefault(key, []).append(choice.name)
        every = [word for one in known.choices for word in (one.name, one.title.vi, one.title.en)]
        longest = max((len(_SEPARATORS.split(word)) for word in every), default=1)
        # A title may be broken into lines by whoever copied it.
        longest += 2 * max((word.count(" ") for word in every), default=0)
        return cls(names, tuple(every), tuple(one.title.vi for one in known.choices), longest)

    def one(self, value: Cell, oddity: Oddity | None) -> str | Refusal | None:
        """The choice that a cell names."""
        found = plain(value, oddity)
        if not isinstance(found, str):
            return found
        if len(found) > TEXT_LIMIT:
            return _refused(message("the name of a choice"), value)
        return self.named(found) if _key(found) in self.names or not _is_unknown(found) else None

    def several(self, value: Cell, oddity: Oddity | None) -> list[str] | Refusal | None:
        """The choices that a cell lists, each once."""
        if isinstance(value, tuple):
            return self.each(value)
        found = plain(value, oddity)
        if not isinstance(found, str):
            return found
        if len(found) > TEXT_LIMIT:
            return _refused(message("a list of choices"), value)
        if _key(found) not in self.names:
            if _is_unknown(found):
                return None
            if same(found) in NONE_WORDS:
                return []
        parts = _SEPARATORS.split(found)
        chosen: dict[str, None] = {}
        start = 0
        while start < len(parts):
            if not parts[start].strip():
                start += 2
                continue
            # A title may hold the separator: the longest run of pieces that is a choice is one.
            end = next(
                (
                    end
                    for end in range(min(len(parts), start + self.longest), start, -1)
                    if end % 2 == 1 and _key("".join(parts[start:end])) in self.names
                ),
                start + 1,
            )
            name = self.named("".join(parts[start:end]))
            if isinstance(name, Refusal):
                return name
            chosen[name] = None
            start = end + 1
        return list(chosen)

    def each(self, items: tuple[str | None, ...]) -> list[str] | Refusal:
        """The choices that the items of a list name, each once."""
        chosen: dict[str, None] = {}
        for item in items:
            if item is None or len(item) > TEXT_LIMIT:
                return _refused(message("the name of a choice"), item)
            name = self.named(item)
            if isinstance(name, Refusal):
                return name
            chosen[name] = None
        return list(chosen)

    def named(self, word: str) -> str | Refusal:
        """The only choice of this id or title."""
        word = word.strip()
        names = self.names.get(_key(word), [])
        if len(names) == 1:
            return names[0]
        if names:
            return Refusal(
                "ambiguous_choice",
                message("{name} fits several choices: {choices}"),
                message("write one of these ids"),
                {"name": shown(word), "choices": ", ".join(names)},
            )
        known = self.shown if get_close_matches(word[:GUESSED], self.shown, n=1) else self.titles
        return Refusal(
            "unknown_choice",
            message("{name} is not one of the choices"),
            "{hint}",
            {"name": shown(word), "hint": closest(word[:GUESSED], known)},
        )
