"""The intermediate form that every operator lowers to: measures, tests and truth.

Measures are integers known to lie in an interval: a count, a date as its ordinal day (0 for a document known not to
exist), an ordered choice as its rank, a boolean as 0 or 1, a decimal scaled to its places. A test turns measures into
a margin that passes from 0 upwards. Truth combines tests. Executors know these few nodes, never an operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

from antq_rules.frozen import frozen

ABSENT = 0
"""The ordinal day of a document that is known not to exist."""


@frozen
class Label:
    """A text for people, in Vietnamese and English."""

    vi: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.vi if language == "vi" else self.en


@frozen
class Dimension:
    """How a measure's integers read: as counts, days, choices, truth values or decimals."""

    kind: str
    """count, date, boolean, choice, decimal or set."""
    choices: tuple[str, ...] = ()
    ordered: bool = False
    places: int = 0
    unit: Label | None = None

    def comparable(self, other: Dimension) -> bool:
        """Whether values of both may stand in one comparison."""
        if self.kind == "choice" or other.kind == "choice":
            return self.kind == other.kind and self.choices == other.choices
        numbers = {"count", "decimal"}
        return self.kind == other.kind or {self.kind, other.kind} <= numbers


COUNT = Dimension("count")
BOOLEAN = Dimension("boolean", ("false", "true"))


@frozen
class Literal:
    """A number that the ruleset states."""

    value: int
    dimension: Dimension = COUNT


@frozen
class FieldValue:
    """A field of the unit, or of the row inside a collection."""

    name: str
    low: int
    high: int
    dimension: Dimension = COUNT


@frozen
class ParameterValue:
    """A parameter, replaced by its value in force when the plan is compiled; unset is unknown."""

    name: str
    low: int
    high: int
    dimension: Dimension = COUNT


@frozen
class SlotValue:
    """A hole that a province fills; unknown as long as it is not filled.

    With ``records`` it stands in conditions on the rows of that list, and its filling reads their columns.
    """

    name: str
    low: int
    high: int
    dimension: Dimension = COUNT
    records: str | None = None
    title: Label | None = None


@frozen
class Linear:
    """A sum of measures with whole factors, and a constant."""

    terms: tuple[tuple[int, Measure], ...]
    constant: int = 0
    dimension: Dimension = COUNT


@frozen
class Count:
    """How many rows of a record list fulfil a condition."""

    records: str
    where: Truth | None
    high: int
    dimension: Dimension = COUNT


@frozen
class Total:
    """The sum of a column over the rows that fulfil a condition."""

    records: str
    column: FieldValue
    where: Truth | None
    high: int
    dimension: Dimension = COUNT


@frozen
class SeriesValue:
    """The total of the ``last`` years of a series up to the year judged, or its value in one year.

    A ``year`` up to 0 is relative to the year judged. When the plan is compiled it becomes the sum of the values of
    those years, each a field of its own; only where ``last`` is not known does it stay.
    """

    name: str
    low: int
    high: int
    last: Measure | None = None
    year: int | None = None
    dimension: Dimension = COUNT
    latest: int = 0
    """The year judged, once the plan is compiled."""


@frozen
class Band:
    """From ``start`` on the value is ``value``, growing by ``grow`` with every further ``every``."""

    start: int
    value: int
    grow: int = 0
    every: int = 1


@frozen
class Steps:
    """A staircase over a measure; ``reading`` floor counts full steps, bracket begun ones."""

    measure: Measure
    bands: tuple[Band, ...]
    reading: str
    low: int
    high: int
    dimension: Dimension = COUNT


@frozen
class Choose:
    """The measure of the first case whose condition holds; ``otherwise`` where none does.

    A case whose condition does not apply is passed over.
    """

    cases: tuple[tuple[Truth, Measure], ...]
    otherwise: Measure
    low: int
    high: int
    dimension: Dimension = COUNT


@frozen
class Computed:
    """What a function of a plugin gives for its arguments; on unknown ones anything of its declared range."""

    name: str
    title: Label
    function: Callable[..., object]
    arguments: tuple[Argument, ...]
    low: int
    high: int
    dimension: Dimension = COUNT


@frozen
class UnitId:
    """The id of the unit, as an argument of a computed measure."""


@frozen
class Preferred:
    """The first field, or the second where the first is not known."""

    first: FieldValue
    second: FieldValue
    low: int
    high: int
    dimension: Dimension = COUNT


@frozen
class Clamped:
    """A measure that is not less than 0 and, with a cap, not more than that."""

    measure: Measure
    cap: Measure | None
    low: int
    high: int
    dimension: Dimension = COUNT


@frozen
class Surplus:
    """``q`` times the lesser of two measures, less ``p`` times the second, of which it is a share: p is at most q."""

    given: Measure
    whole: Measure
    p: int
    q: int
    low: int
    high: int
    dimension: Dimension = COUNT


@frozen
class Award:
    """What a finding gives in a decision: one measure where it is met, others where it is not or does not apply.

    ``conditional`` is whether the criterion may not apply, which counts as long as its outcome is open.
    """

    finding: str
    met: Measure
    unmet: Measure
    beyond: Measure
    conditional: bool
    low: int
    high: int
    dimension: Dimension = COUNT


Measure = (
    Literal
    | FieldValue
    | ParameterValue
    | SlotValue
    | Linear
    | Count
    | Total
    | SeriesValue
    | Steps
    | Choose
    | Computed
    | Preferred
    | Clamped
    | Surplus
    | Award
)
Argument = Measure | UnitId


@frozen
class Compare:
    """``left`` relation ``right``; the relation is one of ``== >= > <= <``."""

    operator: str
    relation: str
    left: Measure
    right: Measure


@frozen
class PeriodName:
    """A period named by the ruleset, replaced by its days when the plan is compiled."""

    name: str


@frozen
class Day:
    """A day of the year judged, or of a year near it; ``absolute`` years do not move."""

    month: int
    day: int
    year: int = 0
    absolute: bool = False


@frozen
class Period:
    """Days from ``first`` to ``last``, both inclusive; an open side is None."""

    first: Day | None
    last: Day | None


@frozen
class Within:
    """A date lies in a period; a document known not to exist does not."""

    operator: str
    value: FieldValue
    period: PeriodName | Period | Days


@frozen
class Days:
    """A period resolved to ordinal days."""

    first: int
    last: int


@frozen
class OneOf:
    """A choice is one of several."""

    operator: str
    value: FieldValue
    values: frozenset[int]


@frozen
class Includes:
    """How a set of choices stands to another: ``all`` of it, ``any`` of it, or ``only`` members of it."""

    operator: str
    field: str
    mode: str
    members: tuple[int, ...]
    dimension: Dimension
    not_empty: bool = False


@frozen
class Ratio:
    """A share stated in the ruleset, exact."""

    value: Fraction


@frozen
class RatioParameter:
    """A share held by a parameter, replaced when the plan is compiled."""

    name: str


@frozen
class Share:
    """``of / among`` is at least (``strict``: more than) the ratio; asked only where ``among`` is above 0."""

    operator: str
    of: Measure
    among: Measure
    ratio: Ratio | RatioParameter
    strict: bool = False


@frozen
class ChildGroup:
    """The units below one that its criteria read, and the counts reported where they are not in the input.

    ``levels`` run from the widest to the narrowest; ``reported`` names the unit's field for each. ``announced`` names
    the field that counts the units in scope, also those that the input lacks. A group whose units need not register
    has no field for that level.
    """

    name: str
    kinds: tuple[str, ...]
    managed_by: tuple[str, ...]
    registered_by: str | None
    announced: str | None
    reported: tuple[FieldValue, FieldValue | None, FieldValue]
    title: Label


LEVELS = ("in_scope", "registered", "recognised")


@frozen
class ChildShare:
    """Among the children at one level, the share at a narrower level is at least the ratio."""

    operator: str
    children: str
    of: str
    among: str
    ratio: Ratio | RatioParameter


@frozen
class ChildrenAny:
    """There is at least one child at this level."""

    operator: str
    children: str
    among: str


Test = Compare | Within | OneOf | Includes | Share | ChildShare | ChildrenAny


@frozen
class AllOf:
    """Every member holds."""

    members: tuple[Truth, ...]


@frozen
class AnyOf:
    """At least one member holds."""

    members: tuple[Truth, ...]


@frozen
class AtLeastOf:
    """At least ``k`` members hold."""

    k: int
    members: tuple[Truth, ...]


@frozen
class Not:
    """The member does not hold."""

    member: Truth


@frozen
class When:
    """``require`` holds, where ``applies`` does."""

    applies: Truth
    require: Truth


@frozen
class ByReading:
    """What holds under each choice of a reading; replaced by the chosen one when the plan is compiled."""

    reading: str
    choices: tuple[tuple[str, Truth], ...]


@frozen
class VerdictOf:
    """The unit's verdict under another standard is a pass.

    When the plan is compiled it becomes a test of a value that holds that verdict.
    """

    operator: str
    standard: str
    reported: str | None


@frozen
class Conclusion:
    """The outcome of a finding, in a decision."""

    finding: str


Truth = Test | AllOf | AnyOf | AtLeastOf | Not | When | ByReading | VerdictOf | Conclusion
Node = Measure | Truth


def walk(node: Any) -> Iterator[Any]:
    """The node and every node below it, depth first."""
    yield node
    for child in _children(node):
        yield from walk(child)


def rebuild(node: Any, change: Callable[[Any], Any]) -> Any:
    """The tree with ``change`` applied to every node, from the root downwards, until it changes no more."""
    changed = change(node)
    while changed is not node:
        node, changed = changed, change(changed)
    values = {}
    for name in _parts(node.__class__):
        old = getattr(node, name)
        new = _rebuilt(old, change)
        if new is not old:
            values[name] = new
    return replace(node, **values) if values else node


def _rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple):
        items = tuple([_rebuilt(item, change) for item in value])
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return rebuild(value, change) if _is_node(value.__class__) else value


def _children(node: Any) -> Iterator[Any]:
    for name in _parts(node.__class__):
        yield from _nodes(getattr(node, name))


def _nodes(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif _is_node(value.__class__):
        yield value


@cache
def _parts(kind: type[Any]) -> tuple[str, ...]:
    """The names of a node's fields."""
    return tuple(spec.name for spec in fields(kind))


@cache
def _is_node(kind: type[Any]) -> bool:
    """Whether values of a type are nodes."""
    return is_dataclass(kind) and kind not in (Label, Dimension)


def stair(bands: tuple[Band, ...], reading: str, number: int) -> int:
    """The value of a staircase at a number; below its first band that of the band itself."""
    band = next((one for one in reversed(bands) if one.start <= number), bands[0])
    beyond = max(0, number - band.start)
    return band.value + band.grow * (beyond // band.every if reading == "floor" else -(-beyond // band.every))


def stairs(bands: tuple[Band, ...], reading: str, low: int, high: int) -> tuple[int, int]:
    """The least and the greatest value of a staircase from a number to another."""
    # Inside a band it goes one way only, so that its ends decide.
    edges = {edge for band in bands for edge in (band.start - 1, band.start) if low <= edge <= high}
    values = [stair(bands, reading, number) for number in (low, high, *edges)]
    return min(values), max(values)


def surplus(given: tuple[int, int], whole: tuple[int, int], p: int, q: int) -> tuple[int, int]:
    """The least and the greatest surplus over two measures known to lie between two numbers each."""

    def of(points: int, most: int) -> int:
        return q * min(points, most) - p * most

    # It rises with the second up to the first, and falls beyond.
    turn = min(max(given[1], whole[0]), whole[1])
    return min(of(given[0], whole[0]), of(given[0], whole[1])), of(given[1], turn)


def year_of(series: str, year: int) -> str:
    """The name under which values hold one year of a series."""
    return f"{series}[{year}]"


IN_WINDOW = "#in_window"
"""Under this key a row holds whether its day lies in a window that comes from the unit's evidence."""


def finding_key(finding: str) -> str:
    """The key under which values hold the outcome of a finding, for decisions."""
    return f"finding:{finding}"


def verdict_key(standard: str) -> str:
    """The key under which values hold whether the unit passes another standard, where that was judged."""
    return f"verdict:{standard}"


def series_of(name: str) -> str:
    """The field to which a name read by a condition belongs: the series of a year, else the field itself."""
    return name.partition("[")[0]


MARGIN_LIMIT = 2**62
"""Executors compare whole numbers below this; what could pass it is refused when a ruleset is read."""


def bounds(measure: Measure) -> tuple[int, int]:
    """The least and the greatest value that a measure can have."""
    if isinstance(measure, Literal):
        return measure.value, measure.value
    if isinstance(measure, Count):
        return 0, measure.high
    if isinstance(measure, Total):
        low, high = bounds(measure.column)
        return min(0, low * measure.high), max(0, high * measure.high)
    if isinstance(measure, Linear):
        low = high = measure.constant
        for factor, term in measure.terms:
            ends = [factor * end for end in bounds(term)]
            low, high = low + min(ends), high + max(ends)
        return low, high
    return measure.low, measure.high


def rescaled(measure: Measure, places: int) -> Measure:
    """The measure in units of 10^-places."""
    factor = 10 ** (places - measure.dimension.places)
    if factor == 1:
        return measure
    dimension = replace(measure.dimension, kind="decimal", places=places)
    if isinstance(measure, Literal):
        return Literal(measure.value * factor, dimension)
    return Linear(((factor, measure),), 0, dimension)


def fields_read(node: Any) -> Iterator[str]:
    """Names of the unit's fields that a node reads, with repeats; columns inside a record list are not the unit's."""
    if isinstance(node, FieldValue):
        yield node.name
    elif isinstance(node, Count | Total):
        yield node.records
    elif isinstance(node, Includes):
        yield node.field
    elif isinstance(node, SeriesValue):
        # Each year of a series is an unknown of its own.
        if node.last is None:
            yield year_of(node.name, node.year or 0)
        else:
            yield from (year_of(node.name, -back) for back in range(bounds(node.last)[1]))
            yield from fields_read(node.last)
    elif isinstance(node, Choose):
        # One case holds: a field that several of them read is read once.
        for condition, _ in node.cases:
            yield from fields_read(condition)
        read = [list(fields_read(measure)) for measure in (*(one for _, one in node.cases), node.otherwise)]
        for name in dict.fromkeys(name for names in read for name in names):
            yield from [name] * max(names.count(name) for names in read)
    elif isinstance(node, Preferred):
        yield node.first.name
        yield node.second.name
    else:
        if isinstance(node, VerdictOf) and node.reported:
            yield node.reported
        for child in _children(node):
            yield from fields_read(child)
