"""A unit as written into facts: every value checked against the dictionary and turned into a whole number.

Strict: text is no number, ``true`` is no count. A value of null is a missing one. All faults of a unit are collected.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from antq_rules.errors import Fault, Phrase, message
from antq_rules.evidence.measuring import UNIT, Values, compile_truth
from antq_rules.frozen import frozen
from antq_rules.located import Path, path_text
from antq_rules.model.dossier import UNIT_KEYS, Entry, Unit
from antq_rules.model.expression import ABSENT, IN_WINDOW, year_of
from antq_rules.model.outcome import FAIL
from antq_rules.model.ruleset import Field
from antq_rules.operators.base import TAGS, closest, shown
from antq_rules.plan.compiling import Plan, PlannedStandard

WRAPPER_KEYS = ("value", "document", "confirmed_by", "confirmed_on", "note")
DOCUMENT_KEYS = ("kind", "number", "date", "issuer")
TEXT_LIMIT = 10_000
# Control characters could steer the terminal of whoever reads a report; half surrogates cannot be written at all.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")

_UNIT_KEYS = frozenset(UNIT_KEYS)

ROW = "#"
"""Under this key a row of a record list holds its position in the input."""


@frozen
class Note:
    """Something a reader of the verdict should know, which decides nothing."""

    code: str
    what: str
    values: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Facts:
    """A sound unit: its values as whole numbers, the documents that prove them, notes on what was left out.

    ``values`` maps a field to its number, a set to its bits, a record list to rows of numbers within the window.
    """

    unit: Unit
    values: Values
    documents: Mapping[str, Mapping[str, Any]]
    notes: tuple[Note, ...] = ()


class Intake:
    """Checks units for one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        days = days_around(plan.period)
        self.kinds = {kind: KindIntake(plan, kind, days) for kind in plan.kinds}

    def admit(self, entry: Entry) -> Facts | list[Fault]:
        """The facts of a unit, or everything that is wrong with it."""
        return _Admission(self, entry).result()

    def number(self, known: Field, value: Any) -> int | list[Fault] | None:
        """A value of a field, neither a list nor a series, as a whole number or bits; or what is wrong with it."""
        admission = _Admission(self, Entry({}))
        number: int | None = admission.value(known, value, ())
        return admission.faults or number


class KindIntake:
    """What is asked of units of one kind: how plain values are read, what must hold between them, what is dated."""

    def __init__(self, plan: Plan, kind: str, days: Days) -> None:
        self.fields = plan.fields[kind]
        readers = ((name, plain_reader(one, days)) for name, one in self.fields.items())
        self.readers: dict[str, PlainReader] = {name: read for name, read in readers if read is not None}
        # A relation to a field that the kind has not says nothing of it.
        self.constraints = [
            (constraint, compile_truth(constraint.require))
            for constraint in plan.constraints
            if all(name in self.fields for name in constraint.fields)
        ]
        self.standard = plan.standard_of(kind)
        self.dated = [(name, one.dated_by) for name, one in self.fields.items() if one.dated_by is not None]


class _Admission:
    def __init__(self, intake: Intake, entry: Entry) -> None:
        self.plan = intake.plan
        self.kinds = intake.kinds
        self.entry = entry
        self.faults: list[Fault] = entry.faults()
        self.documents: dict[str, Mapping[str, Any]] = {}
        self.notes: list[Note] = []

    def fault(self, code: str, path: Path, what: str, mending: str, *, key: bool = False, **values: Any) -> None:
        where = path_text(path)
        if code == "missing_key" and any(fault.path == where for fault in self.faults):
            # A cell that cannot be read leaves no value, but is not a missing one.
            return
        self.faults.append(Fault(code, what, mending, where, self.entry.place(path, key=key), values))

    def result(self) -> Facts | list[Fault]:
        data = self.entry.data
        if not isinstance(data, dict):
            if not self.faults:
                self.wrong_type((), data, message("a mapping with id, kind and evidence"))
            return self.faults
        if not data.keys() <= _UNIT_KEYS:
            for key in data:
                if key not in UNIT_KEYS:
                    self.fault(
                        "unknown_key", (key,), message("'{name}' is no key of a unit"), "{hint}", key=True, name=key,
                        hint=closest(key, UNIT_KEYS),
                    )  # fmt: skip
        id, kind = self.text("id", required=True), self.text("kind", required=True)
        name, parent = self.text("name", empty=True), self.text("parent")
        if kind is not None and kind not in self.plan.kinds:
            self.fault(
                "unknown_kind", ("kind",), message("there is no kind of unit {name}"), "{hint}", name=shown(kind),
                hint=closest(kind, self.plan.kinds),
            )  # fmt: skip
            kind = None
        tags = self.tags(data.get("tags"))
        level = self.text("managing_level")
        if level is not None and level not in self.plan.managing_levels:
            self.fault(
                "unknown_choice", ("managing_level",), message("{name} is not one of the choices"), "{hint}",
                name=shown(level), hint=closest(level, self.plan.managing_levels),
            )  # fmt: skip
        values, evidence = self.evidence(data.get("evidence"), kind)
        if tags is not None:
            known = self.plan.ruleset.tags
            values[TAGS] = sum(1 << known.index(tag) for tag in tags if tag in known)
        if self.faults or id is None or kind is None:
            return self.faults
        asked = self.kinds[kind]
        self.check_constraints(values, asked)
        if self.faults:
            return self.faults
        if asked.standard is not None:
            self.keep_window(values, asked, asked.standard)
        unit = Unit(id, kind, name, parent, tags, level, evidence)
        values[UNIT] = id
        return Facts(unit, values, self.documents, tuple(self.notes))

    def text(self, key: str, *, required: bool = False, empty: bool = False) -> str | None:
        value = self.entry.data.get(key)
        if value is None:
            if required:
                self.fault("missing_key", (key,), message("the key '{name}' is missing"), message("add it"), name=key)
            return None
        if not isinstance(value, str):
            self.wrong_type((key,), value, message("a text"))
            return None
        plain = value.isascii() and value.isprintable() and len(value) <= TEXT_LIMIT
        text = value if plain else self.clean(value, (key,))
        if text is not None and not text.strip() and not empty:
            self.wrong_type((key,), value, message("a text that is not empty"))
            return None
        return text

    def clean(self, value: str, path: Path) -> str | None:
        # Of texts that are printable throughout, which nearly all are, none holds what is sought here.
        if len(value) > TEXT_LIMIT or (not value.isprintable() and _UNPRINTABLE.search(value)):
            self.wrong_type(path, value, message("a text of at most 10000 letters without control characters"))
            return None
        return value if value.isascii() else unicodedata.normalize("NFC", value)

    def tags(self, value: Any) -> tuple[str, ...] | None:
        if value is None:
            return None
        if not isinstance(value, list) or any(not isinstance(tag, str) for tag in value):
            self.wrong_type(("tags",), value, message("a list of tags"))
            return None
        clean = [self.clean(tag, ("tags", index)) for index, tag in enumerate(value)]
        return tuple(dict.fromkeys(tag for tag in clean if tag is not None))

    def wrong_type(self, path: Path, value: Any, needed: str, code: str = "wrong_type") -> None:
        self.fault(
            code, path, message("{needed} is needed here, not {value}"), message("correct the value"),
            needed=Phrase(needed), value=shown(value),
        )  # fmt: skip

    # Evidence

    def evidence(self, data: Any, kind: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        values: dict[str, Any] = {}
        clean: dict[str, Any] = {}
        if data is None:
            return values, clean
        if not isinstance(data, dict):
            self.wrong_type(("evidence",), data, message("a mapping from fields to values"))
            return values, clean
        if kind is None:
            return values, clean
        readers = self.kinds[kind].readers
        clean = dict(data)
        for name, value in data.items():
            number = readers[name](value) if name in readers else None
            if number is None:
                self.look_closer(name, value, kind, values, clean)
            else:
                values[name] = number
        return values, clean

    def look_closer(self, name: str, value: Any, kind: str, values: dict[str, Any], clean: dict[str, Any]) -> None:
        """Take a value that is not plain, or leave it out and tell what is wrong with it."""
        path: Path = ("evidence", name)
        fields = self.plan.fields[kind]
        known = fields.get(name)
        if known is None:
            self.fault(
                "unknown_field", path, message("'{name}' is not a field of {kind}"), "{hint}", key=True,
                name=name, kind=kind, hint=closest(name, fields),
            )  # fmt: skip
            del clean[name]
            return
        plain_years = known.kind == "series" and isinstance(value, dict) and "value" not in value
        bare = value if plain_years else self.unwrap(value, path, name)
        if bare is None:
            del clean[name]
            return
        number = self.value(known, bare, path)
        if number is None or (known.attested and not self.decided(known)):
            return
        if known.kind == "series":
            values.update({year_of(name, year): count for year, count in number.items()})
        else:
            values[name] = number

    def decided(self, known: Field) -> bool:
        """Whether the evidence names the decision that attests a clause; a note where it does not."""
        proof = self.documents.get(known.name, {})
        lacking = [key for key in ("number", "date") if key not in proof]
        if lacking:
            self.notes.append(
                Note(
                    "attested_without_decision",
                    message("{field}: counts only with the number and the date of the decision that attests it"),
                    {"field": known.title},
                )
            )
        return not lacking

    def unwrap(self, value: Any, path: Path, name: str) -> Any:
        """The bare value of ``{value, document, ...}``; the document is noted under the field."""
        if not isinstance(value, dict):
            return value
        for key in value:
            if key not in WRAPPER_KEYS:
                self.fault(
                    "unknown_key", (*path, key), message("'{name}' is no key beside a value"), "{hint}", key=True,
                    name=key, hint=closest(key, WRAPPER_KEYS),
                )  # fmt: skip
        if "value" not in value:
            self.fault(
                "missing_key", (*path, "value"), message("the key '{name}' is missing"), message("add it"),
                name="value",
            )  # fmt: skip
            return None
        for key in ("confirmed_by", "note"):
            if value.get(key) is not None and not isinstance(value[key], str):
                self.wrong_type((*path, key), value[key], message("a text"))
        if value.get("confirmed_on") is not None:
            self.day(value["confirmed_on"], (*path, "confirmed_on"))
        proof = value.get("document")
        if proof is not None:
            self.proof(proof, (*path, "document"), name)
        return value["value"]

    def proof(self, proof: Any, path: Path, name: str) -> None:
        if not isinstance(proof, dict):
            self.wrong_type(path, proof, message("a mapping with kind, number, date and issuer"))
            return
        for key, item in proof.items():
            if key not in DOCUMENT_KEYS:
                self.fault(
                    "unknown_key", (*path, key), message("'{name}' is no key of a document"), "{hint}", key=True,
                    name=key, hint=closest(key, DOCUMENT_KEYS),
                )  # fmt: skip
            elif key == "date":
                if item is not None:
                    self.day(item, (*path, key))
            elif item is not None and not isinstance(item, str):
                self.wrong_type((*path, key), item, message("a text"))
        self.documents[name] = {
            key: unicodedata.normalize("NFC", str(proof[key])) for key in DOCUMENT_KEYS if proof.get(key) is not None
        }

    def value(self, known: Field, value: Any, path: Path) -> Any:
        """The value as a whole number, bits or rows; None where it is unknown or wrong."""
        if value is None:
            return None
        if known.kind == "records":
            return self.rows(known, value, path)
        if known.kind == "set":
            return self.bits(known, value, path)
        if known.kind == "boolean":
            if isinstance(value, bool):
                return int(value)
            self.wrong_type(path, value, message("true or false"))
        elif known.kind == "integer":
            if isinstance(value, int) and not isinstance(value, bool):
                return self.within(known, value, path, value)
            self.wrong_type(path, value, message("a whole number"))
        elif known.kind == "decimal":
            return self.decimal(known, value, path)
        elif known.kind == "date":
            if value == "absent" and known.may_be_absent:
                return ABSENT
            return self.day(value, path)
        elif known.kind == "enum":
            if isinstance(value, str):
                return self.choice(known, value, path)
            self.wrong_type(path, value, message("the name of a choice"))
        elif known.kind == "series":
            return self.series(known, value, path)
        elif isinstance(value, str):
            self.clean(value, path)
        else:
            self.wrong_type(path, value, message("a text"))
        return None

    def within(self, known: Field, number: int, path: Path, value: Any) -> int | None:
        if known.low <= number <= known.high:
            return number
        scale = 10**known.dimension.places
        self.fault(
            "out_of_range", path, message("{value} is out of range"), message("give a value from {low} to {high}"),
            value=value, low=Decimal(known.low) / scale, high=Decimal(known.high) / scale,
        )  # fmt: skip
        return None

    def decimal(self, known: Field, value: Any, path: Path) -> int | None:
        if isinstance(value, float):
            value = Decimal(repr(value))
        if not isinstance(value, int | Decimal) or isinstance(value, bool) or not Decimal(value).is_finite():
            self.wrong_type(path, value, message("a number"))
            return None
        # Not with Decimal, which rounds to 28 digits when it computes.
        scaled = Fraction(value) * 10**known.dimension.places
        if scaled.denominator != 1:
            self.wrong_type(path, value, message("a number with fewer decimal places"))
            return None
        return self.within(known, int(scaled), path, value)

    def day(self, value: Any, path: Path) -> int | None:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value.toordinal()
        if isinstance(value, bool) or not isinstance(value, str):
            self.wrong_type(path, value, message("a date such as 2025-03-31"))
            return None
        if _ISO_DAY.match(value):
            try:
                return datetime.date.fromisoformat(value).toordinal()
            except ValueError:
                pass
        self.wrong_type(path, value, message("a day of the calendar written as 2025-03-31"), code="bad_date")
        return None

    def choice(self, known: Field, value: str, path: Path) -> int | None:
        if value in known.dimension.choices:
            return known.dimension.choices.index(value)
        self.fault(
            "unknown_choice", path, message("{name} is not one of the choices"), "{hint}", name=shown(value),
            hint=closest(value, known.dimension.choices),
        )  # fmt: skip
        return None

    def bits(self, known: Field, value: Any, path: Path) -> int | None:
        if not isinstance(value, list):
            self.wrong_type(path, value, message("a list of choices"))
            return None
        if known.not_empty and not value:
            self.fault(
                "empty_set", path, message("this list may not be empty"),
                message("name at least one, or leave the field out"),
            )  # fmt: skip
            return None
        bits = 0
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.wrong_type((*path, index), item, message("the name of a choice"))
                continue
            rank = self.choice(known, item, (*path, index))
            bits |= 0 if rank is None else 1 << rank
        return bits

    def series(self, known: Field, value: Any, path: Path) -> dict[int, int] | None:
        if not isinstance(value, dict):
            self.wrong_type(path, value, message("a mapping from years to counts"))
            return None
        years: dict[int, int] = {}
        for year, count in value.items():
            if not re.fullmatch(r"[12]\d{3}", str(year)):
                self.wrong_type((*path, year), year, message("a year such as 2025"))
            elif count is None:
                continue
            elif not isinstance(count, int) or isinstance(count, bool):
                self.wrong_type((*path, year), count, message("a whole number"))
            elif self.within(known, count, (*path, year), count) is not None:
                years[int(year)] = count
        return years

    def rows(self, known: Field, value: Any, path: Path) -> tuple[dict[str, Any], ...] | None:
        if not isinstance(value, list):
            self.wrong_type(path, value, message("a list of records; an empty one says that none occurred"))
            return None
        if len(value) > known.high:
            self.fault(
                "out_of_range", path, message("{value} is out of range"),
                message("give a value from {low} to {high}"), value=len(value), low=0, high=known.high,
            )  # fmt: skip
            return None
        return tuple(self.row(known, row, (*path, index), index) for index, row in enumerate(value))

    def row(self, known: Field, row: Any, path: Path, index: int) -> dict[str, Any]:
        values: dict[str, Any] = {ROW: index}
        if not isinstance(row, dict):
            self.wrong_type(path, row, message("a record, that is a mapping"))
            return values
        for name, value in row.items():
            column = known.columns.get(name)
            if column is None:
                self.fault(
                    "unknown_field", (*path, name), message("'{name}' is not a field of {kind}"), "{hint}", key=True,
                    name=name, kind=known.name, hint=closest(name, known.columns),
                )  # fmt: skip
                continue
            bare = self.unwrap(value, (*path, name), known.name)
            number = self.value(column, bare, (*path, name)) if bare is not None else None
            if number is not None:
                values[name] = number
        for name, column in known.columns.items():
            if column.required and row.get(name) is None:
                self.fault(
                    "missing_key", (*path, name), message("the key '{name}' is missing"), message("add it"),
                    name=name,
                )  # fmt: skip
        return values

    # What holds between values

    def check_constraints(self, values: Mapping[str, Any], asked: KindIntake) -> None:
        for constraint, holds in asked.constraints:
            if holds(values) is not FAIL:
                continue
            known = [name for name in constraint.fields if name in values]
            # A paper that does not exist says nothing of the day of another that is not told.
            absent = any(asked.fields[name].kind == "date" and values[name] == ABSENT for name in known)
            if known and (len(known) == len(constraint.fields) or not absent):
                first, *others = known
                self.fault(
                    "broken_constraint", ("evidence", first),
                    message("{first} ({value}) and {others} contradict each other") if others else
                    message("{first} ({value}) cannot be, whatever stands beside it"),
                    message("correct one of them"),
                    first=first, value=values[first],
                    others=", ".join(f"{name} ({values[name]})" for name in others),
                )  # fmt: skip

    def keep_window(self, values: dict[str, Any], asked: KindIntake, standard: PlannedStandard) -> None:
        """Leave out dated rows beyond the window and say so."""
        for name, dated_by in asked.dated:
            rows = values.get(name)
            if not rows:
                continue
            opens, closes = window_of(standard, values)
            marked = standard.window_fields is not None and opens and closes
            kept = tuple(
                {**row, IN_WINDOW: 1} if marked else row
                for row in rows
                if (opens is None or opens <= row[dated_by]) and (closes is None or row[dated_by] <= closes)
            )
            values[name] = kept
            if len(kept) < len(rows) and name in standard.fields:
                self.notes.append(
                    Note(
                        "outside_window",
                        message("{count} of {total} rows of {field} lie outside the window and do not count"),
                        {"count": len(rows) - len(kept), "total": len(rows), "field": asked.fields[name].title},
                    )
                )


def window_of(standard: PlannedStandard, values: Values) -> tuple[int | None, int | None]:
    """The first and the last day whose events count for a unit; None for a side that its evidence leaves open.

    A window from evidence begins on the day after the first of its two fields.
    """
    if standard.window_fields is None:
        return standard.window.first, standard.window.last
    before, last = (values.get(name) for name in standard.window_fields)
    return None if before is None else before + 1, last


# What is plainly sound

PlainReader = Callable[[Any], Any]
"""Gives the whole number, the bits or the rows of a value that is plainly sound; None for any that is not.

None says nothing of a value but that it needs a closer look, which tells a wrapped, a null or a faulty one.
"""


Days = tuple[Mapping[str, int], Mapping[str, int]]
"""Days as text with their ordinals, and the same with ``absent``."""


def days_around(year: int) -> Days:
    """The days of the years in which nearly all dates of a dossier lie."""
    first, last = datetime.date(year - 1, 1, 1).toordinal(), datetime.date(year + 1, 12, 31).toordinal()
    days = {datetime.date.fromordinal(day).isoformat(): day for day in range(first, last + 1)}
    return days, {**days, "absent": ABSENT}


def plain_reader(known: Field, days: Days) -> PlainReader | None:
    """How the plain values of a field are read; None where each needs a closer look."""
    if known.attested:
        return None
    return _plain_rows(known, days) if known.kind == "records" else _plain_value(known, days)


def _plain_value(known: Field, days: Days) -> PlainReader | None:
    if known.kind == "integer":
        return _plain_count(known.low, known.high)
    if known.kind == "boolean":
        return _plain_truth
    if known.kind == "date":
        return _plain_day(days[known.may_be_absent])
    ranks = {name: rank for rank, name in enumerate(known.dimension.choices)}
    if known.kind == "enum":
        return _plain_choice(ranks)
    if known.kind == "set":
        return _plain_choices(ranks, empty=None if known.not_empty else 0)
    return None


def _plain_count(low: int, high: int) -> PlainReader:
    def read(value: Any) -> int | None:
        return value if type(value) is int and low <= value <= high else None

    return read


def _plain_truth(value: Any) -> int | None:
    return 1 if value is True else 0 if value is False else None


def _plain_day(days: Mapping[str, int]) -> PlainReader:
    def read(value: Any) -> int | None:
        return days.get(value) if type(value) is str else None

    return read


def _plain_choice(ranks: Mapping[str, int]) -> PlainReader:
    def read(value: Any) -> int | None:
        return ranks.get(value) if type(value) is str else None

    return read


def _plain_choices(ranks: Mapping[str, int], empty: int | None) -> PlainReader:
    def read(value: Any) -> int | None:
        if type(value) is not list:
            return None
        if not value:
            return empty
        bits = 0
        for item in value:
            rank = ranks.get(item) if type(item) is str else None
            if rank is None:
                return None
            bits |= 1 << rank
        return bits

    return read


def _plain_rows(known: Field, days: Days) -> PlainReader:
    columns = ((name, _plain_value(column, days)) for name, column in known.columns.items())
    readers: dict[str, PlainReader] = {name: read for name, read in columns if read is not None}
    required = [name for name, column in known.columns.items() if column.required]
    high = known.high

    def read_row(row: Any, index: int) -> dict[str, Any] | None:
        if type(row) is not dict:
            return None
        values: dict[str, Any] = {ROW: index}
        for name, value in row.items():
            number = readers[name](value) if name in readers else None
            if number is None:
                return None
            values[name] = number
        return values if all(name in values for name in required) else None

    def read_rows(value: Any) -> tuple[dict[str, Any], ...] | None:
        if type(value) is not list or len(value) > high:
            return None
        rows: list[dict[str, Any]] = []
        for index, row in enumerate(value):
            found = read_row(row, index)
            if found is None:
                return None
            rows.append(found)
        return tuple(rows)

    return read_rows
