"""How operands become nodes: names are looked up, types and ranges are checked, faults are collected.

A reader never raises on bad input. It notes a fault with its place and gives None, so that one pass finds them all.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from antq_rules.errors import Fault, Phrase, message
from antq_rules.frozen import frozen
from antq_rules.located import Document, Path
from antq_rules.model.expression import (
    BOOLEAN,
    LEVELS,
    MARGIN_LIMIT,
    ChildGroup,
    ChildrenAny,
    ChildShare,
    Choose,
    Compare,
    Computed,
    Count,
    Day,
    Dimension,
    FieldValue,
    Includes,
    Label,
    Linear,
    Literal,
    Measure,
    Period,
    PeriodName,
    Ratio,
    RatioParameter,
    SeriesValue,
    Share,
    SlotValue,
    Steps,
    Total,
    Truth,
    When,
    bounds,
    fields_read,
    rescaled,
)
from antq_rules.model.measure import MeasureFunction
from antq_rules.model.ruleset import Field, Parameter, Reading

RATIO_LIMIT = 10**6
"""Numerators and denominators of ratios stay below this, so that shares of counts keep within the margin limit."""

TAGS = "tags"
"""The set of tags that every unit may carry, read like a field."""

NUMBER_SCHEMA = {"$ref": "#/$defs/number"}
CONDITION_SCHEMA = {"$ref": "#/$defs/condition"}
RATIO_SCHEMA = {"$ref": "#/$defs/ratio"}
CONDITIONS_SCHEMA: Mapping[str, Any] = {"type": "array", "items": CONDITION_SCHEMA, "minItems": 1}
PAIR_SCHEMA: Mapping[str, Any] = {"type": "array", "items": NUMBER_SCHEMA, "minItems": 2, "maxItems": 2}
MEMBERS_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "prefixItems": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
    "minItems": 2,
    "maxItems": 2,
}


@frozen
class Case:
    """A condition over the sample dictionary of the operator tests, the facts given, and the outcome."""

    condition: str
    evidence: Mapping[str, Any]
    outcome: str


@frozen
class Operator:
    """A word of the language.

    ``read`` turns the operand at a path into a node. ``companions`` are keys that stand beside the operator's own.
    ``needs`` says in a reason what the test asks for; ``schema`` is the JSON Schema of the operand.
    """

    name: str
    gives: str
    read: Callable[[Any, Path, Reader], Any]
    schema: Mapping[str, Any]
    needs: str = ""
    companions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()


def closest(word: object, known: Iterable[str]) -> str:
    """``did you mean 'x'?``, or a list of what is known, for the end of a message."""
    names = sorted(known)
    matches = get_close_matches(str(word), names, n=1, cutoff=0.6)
    if matches:
        return Phrase(message("did you mean '{name}'?"), name=matches[0])
    if not names:
        return Phrase(message("none is declared"))
    return Phrase(message("known: {known}"), known=", ".join(names))


@dataclass
class Reader:
    """Reads the conditions and numbers of one document against a dictionary."""

    document: Document
    operators: Mapping[str, Operator]
    fields: Mapping[str, Field]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    readings: Mapping[str, Reading] = field(default_factory=dict)
    periods: Mapping[str, Period] = field(default_factory=dict)
    children: Mapping[str, ChildGroup] = field(default_factory=dict)
    slots: Mapping[str, SlotValue] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    where: str = "this unit"
    broken: frozenset[tuple[str, str]] = frozenset()
    """Things declared with faults of their own, such as ``("field", "crimes")``: naming them is no further fault."""
    measures: Mapping[str, MeasureFunction] = field(default_factory=dict)
    standards: Mapping[str, Label] = field(default_factory=dict)
    """Standards of the rulesets used, whose verdicts may be asked."""
    records: str | None = None
    """The record list whose rows the conditions are about; None for conditions on the unit."""
    uses_judged: bool = False
    uses_attested: bool = False

    def fault(self, code: str, path: Path, what: str, mending: str, *, key: bool = False, **values: Any) -> None:
        """Note a fault at ``path``."""
        self.faults.append(self.document.fault(code, what, mending, path, key=key, **values))

    def unfit(self, path: Path, what: str, mending: str, **values: Any) -> None:
        """Note that an operand is not of the sort needed."""
        self.fault("wrong_operand", path, what, mending, **values)

    def over(self, records: Field) -> Reader:
        """A reader of conditions on the rows of a record list, with the same list of faults."""
        others = frozenset(one for one in self.broken if one[0] != "field")
        return replace(
            self, fields=records.columns, where=f"the records '{records.name}'", broken=others, uses_judged=False,
            records=records.name,
        )  # fmt: skip

    # Conditions

    def condition(self, value: Any, path: Path) -> Truth | None:
        """A condition: a boolean field by its name, or one operator with its operand."""
        if isinstance(value, str):
            return self.is_true("is_true", value, path)
        operator = self._operator(value, path, "condition")
        if operator is None:
            return None
        node: Truth | None = operator.read(value[operator.name], (*path, operator.name), self)
        return node

    def conditions(self, value: Any, path: Path) -> tuple[Truth, ...] | None:
        """A list of conditions, not empty."""
        items = self.items(value, path)
        if items is None:
            return None
        nodes = [self.condition(item, (*path, index)) for index, item in enumerate(items)]
        known = tuple(node for node in nodes if node is not None)
        return known if len(known) == len(nodes) else None

    def _operator(self, value: Any, path: Path, gives: str) -> Operator | None:
        if not isinstance(value, dict) or not value:
            self.unfit(
                path,
                message("a {gives} is needed here, not {value}"),
                message("write one operator with its operand"),
                gives=gives,
                value=shown(value),
            )
            return None
        allowed = {name for name, operator in self.operators.items() if operator.gives == gives}
        named = [key for key in value if key in allowed]
        if not named:
            for key in value:
                self.fault(
                    "unknown_operator",
                    (*path, key),
                    message("'{name}' is not an operator"),
                    "{hint}",
                    key=True,
                    name=key,
                    hint=closest(key, allowed),
                )
            return None
        operator = self.operators[named[0]]
        sound = True
        for key in value:
            if key != operator.name and key not in operator.companions:
                sound = False
                self.fault(
                    "unknown_key",
                    (*path, key),
                    message("'{name}' does not belong beside '{operator}'"),
                    message("put each operator into a list item of its own, under 'all' for instance"),
                    key=True,
                    name=key,
                    operator=operator.name,
                )
        return operator if sound else None

    def companions(self, path: Path) -> Mapping[str, Any]:
        """The mapping in which the operand at ``path`` stands."""
        value = self.document.data
        for step in path[:-1]:
            value = value[step]
        result: Mapping[str, Any] = value
        return result

    def is_true(self, operator: str, value: Any, path: Path) -> Compare | None:
        """A boolean field, as a test that it is true."""
        found = self.field(value, path, {"boolean"})
        if found is None:
            return None
        return Compare(operator, "==", self.value_of(found), Literal(1, BOOLEAN))

    def compare(self, operator: str, relation: str, value: Any, path: Path) -> Compare | None:
        """``[left, right]`` as a comparison of two like measures."""
        items = self.items(value, path, count=2)
        if items is None:
            return None
        left = self.number(items[0], (*path, 0))
        if left is None and isinstance(items[1], str) and items[1] not in self.fields:
            # It may be a choice of the field that the left side was to name.
            return None
        right = self.number(items[1], (*path, 1), left.dimension if left is not None else None)
        if left is None or right is None:
            return None
        if not left.dimension.comparable(right.dimension):
            self.unfit(
                path,
                message("{left} cannot be compared with {right}"),
                message("compare like with like"),
                left=left.dimension.kind,
                right=right.dimension.kind,
            )
            return None
        if relation != "==" and left.dimension.kind == "choice" and not left.dimension.ordered:
            self.unfit(
                path,
                message("the choices of this field have no order"),
                message("use equal or one_of, or declare the field as ordered"),
            )
            return None
        places = max(left.dimension.places, right.dimension.places)
        test = Compare(operator, relation, rescaled(left, places), rescaled(right, places))
        if relation == "==" and not (gapless(test.left) and gapless(test.right)):
            self.unfit(
                path,
                message("'{operator}' cannot tell what is unknown here, since not every value in between is possible"),
                message("compare with at_least and at_most, or without factors, finer decimals and chosen rows"),
                operator=operator,
            )
            return None
        sound = self.once(test, path) and self.within_limit((test.left, test.right), path)
        return test if sound else None

    def includes(self, operator: str, mode: str, value: Any, path: Path) -> Includes | None:
        """``[field, [choice, ...]]`` as a test on a set of choices."""
        items = self.items(value, path, count=2)
        found = self.field(items[0], (*path, 0), {"set"}) if items else None
        members = self.choices(found, items[1], (*path, 1)) if items and found else None
        if found is None or not members:
            return None
        return Includes(operator, found.name, mode, members, found.dimension, found.not_empty)

    def share(self, operator: str, value: Any, path: Path, *, strict: bool) -> When | None:
        """``{of, among, ratio}`` over measures; not applicable where ``among`` is 0."""
        found = self.mapping(value, path, ["of", "among", "ratio"])
        if found is None:
            return None
        of = self.number(found["of"], (*path, "of"))
        among = self.number(found["among"], (*path, "among"))
        ratio = self.ratio(found["ratio"], (*path, "ratio"))
        if of is None or among is None or ratio is None:
            return None
        test = Share(operator, of, among, ratio, strict)
        if not self.once(test, path) or not self.within_limit((of, among), path, factor=2 * RATIO_LIMIT):
            return None
        return When(Compare("some", ">", among, Literal(0, among.dimension)), test)

    def child_share(self, operator: str, value: Mapping[str, Any], path: Path, level_key: str = "of") -> When | None:
        """``{children, of, among, ratio}`` over levels of the units below; not applicable where there are none."""
        found = self.mapping(value, path, ["children", "of", "among", "ratio"])
        if found is None:
            return None
        group = self.named("children", found["children"], self.children, (*path, "children"))
        levels = {
            level: level
            for level, field in zip(LEVELS, group.reported if group else LEVELS, strict=True)
            if field is not None
        }
        of = self.named("level", found["of"], levels, (*path, level_key))
        among = self.named("level", found["among"], levels, (*path, "among"))
        ratio = self.ratio(found["ratio"], (*path, "ratio"))
        if group is None or of is None or among is None or ratio is None:
            return None
        if LEVELS.index(of) <= LEVELS.index(among):
            self.unfit(
                (*path, level_key),
                message("'{of}' is no part of '{among}'"),
                message("the levels narrow from in_scope to registered to recognised"),
                of=of,
                among=among,
            )
            return None
        return When(ChildrenAny("some", group.name, among), ChildShare(operator, group.name, of, among, ratio))

    # Shapes

    def items(self, value: Any, path: Path, *, count: int | None = None) -> list[Any] | None:
        """A list, of ``count`` items or at least one."""
        if isinstance(value, list) and (len(value) == count if count else value):
            return value
        self.unfit(
            path,
            message("{needed} is needed here, not {value}"),
            message("write [first, second, ...]"),
            needed=f"a list of {count}" if count else "a list of at least one",
            value=shown(value),
        )
        return None

    def mapping(
        self, value: Any, path: Path, required: Sequence[str], optional: Sequence[str] = ()
    ) -> dict[str, Any] | None:
        """A mapping with just these keys."""
        if not isinstance(value, dict):
            self.unfit(
                path,
                message("a mapping with {keys} is needed here, not {value}"),
                message("write {{key: value}}"),
                keys=", ".join([*required, *optional]),
                value=shown(value),
            )
            return None
        sound = True
        for key in value:
            if key not in required and key not in optional:
                sound = False
                self.fault(
                    "unknown_key",
                    (*path, key),
                    message("'{name}' is no key here"),
                    "{hint}",
                    key=True,
                    name=key,
                    hint=closest(key, [*required, *optional]),
                )
        for key in required:
            if key not in value:
                sound = False
                self.fault("missing_key", path, message("the key '{name}' is missing"), message("add it"), name=key)
        return value if sound else None

    # Names

    def field(self, name: Any, path: Path, kinds: Iterable[str] = ()) -> Field | None:
        """The field of this name, of one of these types."""
        found = self.fields.get(name) if isinstance(name, str) else None
        if found is None and isinstance(name, str) and ("field", name) in self.broken:
            return None
        if found is None:
            self.fault(
                "unknown_field",
                path,
                message("{name} is not a field of {where}"),
                "{hint}",
                name=shown(name),
                where=self.where,
                hint=closest(name, self.fields),
            )
            return None
        wanted = sorted(kinds)
        if wanted and found.kind not in wanted:
            self.unfit(
                path,
                message("'{name}' is a field of type {kind}, {wanted} is needed"),
                message("use an operator for {kind}"),
                name=name,
                kind=found.kind,
                wanted=" or ".join(wanted),
            )
            return None
        self.uses_judged = self.uses_judged or found.judged
        return found

    def value_of(self, found: Field) -> FieldValue:
        """The field as a measure."""
        return FieldValue(found.name, found.low, found.high, found.dimension)

    def choices(self, found: Field, value: Any, path: Path) -> tuple[int, ...] | None:
        """The ranks of named choices of a field."""
        items = self.items(value, path)
        if items is None:
            return None
        ranks = [self.choice(found.dimension, item, (*path, index)) for index, item in enumerate(items)]
        known = tuple(rank for rank in ranks if rank is not None)
        if len(known) < len(ranks):
            return None
        if len(set(known)) < len(known):
            self.unfit(path, message("a choice stands twice in the list"), message("keep one of the two"))
            return None
        return known

    def choice(self, dimension: Dimension, name: Any, path: Path) -> int | None:
        """The rank of a named choice."""
        if isinstance(name, str) and name in dimension.choices:
            return dimension.choices.index(name)
        self.fault(
            "unknown_choice",
            path,
            message("{name} is not one of the choices"),
            "{hint}",
            name=shown(name),
            hint=closest(name, dimension.choices),
        )
        return None

    def named(self, thing: str, name: Any, known: Mapping[str, Any], path: Path) -> Any:
        """The thing of this name in ``known``, or None."""
        if isinstance(name, str) and name in known:
            return known[name]
        if isinstance(name, str) and (thing, name) in self.broken:
            return None
        self.fault(
            f"unknown_{thing}",
            path,
            message("there is no {thing} {name}"),
            "{hint}",
            thing=thing,
            name=shown(name),
            hint=closest(name, known),
        )
        return None

    # Numbers

    def number(self, value: Any, path: Path, like: Dimension | None = None) -> Measure | None:
        """A literal, a field by its name, a choice of ``like``, or a number operator."""
        if isinstance(value, int) and not isinstance(value, bool):
            return Literal(value)
        if isinstance(value, Decimal):
            return decimal_literal(value)
        if isinstance(value, str):
            if like is not None and like.kind == "choice" and value not in self.fields:
                rank = self.choice(like, value, path)
                return None if rank is None else Literal(rank, like)
            found = self.field(value, path, {"integer", "decimal", "enum", "date"})
            return None if found is None else self.value_of(found)
        if isinstance(value, dict):
            operator = self._operator(value, path, "number")
            if operator is None:
                return None
            measure: Measure | None = operator.read(value[operator.name], (*path, operator.name), self)
            return measure
        self.unfit(
            path,
            message("a number or the name of a field is needed here, not {value}"),
            message("write a whole number, a field or {{param: name}}"),
            value=shown(value),
        )
        return None

    def once(self, test: Any, path: Path) -> bool:
        """Whether no unknown occurs twice in the test."""
        names = list(fields_read(test))
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            self.fault(
                "unknown_twice",
                path,
                message("'{name}' occurs twice in one test"),
                message("an unknown may occur once; move terms so that it stands on one side, or split the test"),
                name=twice[0],
            )
        return not twice

    def within_limit(self, measures: Sequence[Measure], path: Path, factor: int = 1) -> bool:
        """Whether the sum of the measures stays below the limit of the executors."""
        reach = factor * sum(max(abs(end) for end in bounds(measure)) for measure in measures)
        if reach >= MARGIN_LIMIT:
            self.fault(
                "overflow",
                path,
                message("this could reach {reach}, beyond 2^62"),
                message("narrow the declared ranges"),
                reach=reach,
            )
        return reach < MARGIN_LIMIT

    def ratio(self, value: Any, path: Path) -> Ratio | RatioParameter | None:
        """A share between 0 and 1, or a parameter that holds one."""
        if isinstance(value, dict):
            found = self.mapping(value, path, ["param"])
            if found is None:
                return None
            parameter = self.named("parameter", found["param"], self.parameters, (*path, "param"))
            if parameter is not None and not parameter.ratio:
                self.unfit(
                    (*path, "param"),
                    message("the parameter '{name}' holds no ratio"),
                    message("declare it with 'type: ratio'"),
                    name=parameter.name,
                )
                return None
            return None if parameter is None else RatioParameter(parameter.name)
        share = exact_fraction(value)
        if share is None or not 0 <= share <= 1 or share.denominator >= RATIO_LIMIT:
            self.unfit(
                path,
                message("a share between 0 and 1 is needed here, not {value}"),
                message("write 7/10, 0.7 or {{param: name}}"),
                value=shown(value),
            )
            return None
        return Ratio(share)

    def rows(self, value: Mapping[str, Any], path: Path) -> tuple[Field, Reader] | None:
        """The record list named under ``records`` and a reader of conditions over its rows."""
        found = self.field(value["records"], (*path, "records"), {"records"})
        if found is None:
            return None
        return found, self.over(found)

    def noted(self, inner: Reader) -> None:
        """Carry over what a reader of rows saw."""
        self.uses_judged = self.uses_judged or inner.uses_judged

    def count(self, found: Field, where: Truth | None) -> Count:
        """How many rows of a record list fulfil a condition."""
        return Count(found.name, where, found.high, Dimension("count", unit=found.dimension.unit))

    # Days

    def period(self, value: Any, path: Path) -> PeriodName | Period | None:
        """A period by its name, or ``{from, to}`` with one side at least."""
        if isinstance(value, str):
            return None if self.named("period", value, self.periods, path) is None else PeriodName(value)
        return self.plain_period(value, path)

    def plain_period(self, value: Any, path: Path) -> Period | None:
        """``{from, to}`` with days relative to the year or fixed."""
        found = self.mapping(value, path, [], ["from", "to"])
        if found is None:
            return None
        if not found:
            self.unfit(path, message("a period needs a first or a last day"), message("add 'from' or 'to'"))
            return None
        days = {side: self.day(found[side], (*path, side)) for side in found}
        if any(day is None for day in days.values()):
            return None
        first, last = days.get("from"), days.get("to")
        if first and last and first.absolute == last.absolute and _order(first) > _order(last):
            self.fault("bad_term", path, message("'from' lies after 'to'"), message("correct one of the days"))
            return None
        return Period(first, last)

    def day(self, value: Any, path: Path) -> Day | None:
        """``{year: 0, day: 10-31}`` relative to the year judged, or a fixed ISO date."""
        if isinstance(value, str) and (fixed := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", value)):
            year, month, day = (int(part) for part in fixed.groups())
            if is_day(year, month, day):
                return Day(month, day, year, absolute=True)
        elif isinstance(value, dict):
            found = self.mapping(value, path, ["year", "day"])
            if found is None:
                return None
            parts = re.fullmatch(r"(\d\d)-(\d\d)", str(found["day"]))
            year = found["year"]
            if parts and isinstance(year, int) and not isinstance(year, bool) and abs(year) <= 100:
                month, day = int(parts[1]), int(parts[2])
                # A day that only leap years have would be no day in most of them.
                if is_day(2001, month, day):
                    return Day(month, day, year)
        self.unfit(
            path,
            message("{value} is no day"),
            message("write {{year: 0, day: 10-31}} or 2025-10-31"),
            value=shown(value),
        )
        return None


def _order(day: Day) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def is_day(year: int, month: int, day: int) -> bool:
    """Whether the calendar has this day."""
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


def exact_fraction(value: Any) -> Fraction | None:
    """``7/10``, 0.7 or 1 as an exact fraction."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}/[1-9]\d{0,8}", value):
        return Fraction(value)
    return None


def decimal_literal(value: Decimal) -> Literal:
    """A decimal as a whole number scaled to its places."""
    number, places = Fraction(value), 0
    while number.denominator != 1:
        number, places = number * 10, places + 1
    return Literal(int(number), Dimension("decimal", places=places))


def gapless(measure: Measure) -> bool:
    """Whether a measure may have every whole value between its least and its greatest, as equality needs."""
    if isinstance(measure, Linear):
        return all(abs(factor) == 1 and gapless(term) for factor, term in measure.terms)
    if isinstance(measure, Total):
        return measure.where is None
    if isinstance(measure, SeriesValue):
        return measure.last is None or isinstance(measure.last, Literal)
    return not isinstance(measure, Steps | Choose | Computed)


def shown(value: Any) -> str:
    """A value as a message shows it, never long."""
    if isinstance(value, str):
        text = f"'{value}'"
    elif value is None:
        return Phrase(message("nothing"))
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, dict):
        if len(value) == 1:
            return Phrase(message("a mapping with '{name}'"), name=str(next(iter(value)))[:40])
        return Phrase(message("a mapping"))
    elif isinstance(value, list):
        return Phrase(message("a list"))
    else:
        text = str(value)
    return printable(text if len(text) <= 60 else text[:57] + "...")


def printable(text: str) -> str:
    """The text with control characters and half surrogates written as escapes."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
