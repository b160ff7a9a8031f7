"""Measures of a unit: plan nodes compiled to functions over its values.

A measure gives the least and the greatest number that it may be; a test gives the same of its margin, which passes
from 0 upwards. Values that are missing range over their declared range, so the two ends are those of all completions.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import product
from typing import Any, Generic, TypeVar

from antq_rules.frozen import frozen
from antq_rules.model.expression import (
    LEVELS,
    MARGIN_LIMIT,
    AllOf,
    AnyOf,
    AtLeastOf,
    Award,
    ChildrenAny,
    ChildShare,
    Choose,
    Clamped,
    Compare,
    Computed,
    Conclusion,
    Count,
    Days,
    FieldValue,
    Includes,
    Linear,
    Literal,
    Measure,
    Not,
    OneOf,
    ParameterValue,
    Preferred,
    Ratio,
    SeriesValue,
    Share,
    SlotValue,
    Steps,
    Surplus,
    Test,
    Total,
    Truth,
    UnitId,
    When,
    Within,
    bounds,
    finding_key,
    stairs,
    surplus,
    walk,
    year_of,
)
from antq_rules.model.outcome import (
    FAIL,
    NOT_APPLICABLE,
    PASS,
    UNDETERMINED,
    Outcome,
    all_of,
    any_of,
    at_least_k,
    not_,
    of_margin,
    when,
)

Values = Mapping[str, Any]
"""A unit's values by field; ``children:<group>`` holds what is known of the units below."""
Bounds = tuple[int, int]
MeasureFunction = Callable[[Values], Bounds]
OutcomeFunction = Callable[[Values], Outcome]

UNKNOWN_MARGIN: Bounds = (-1, 0)


@frozen
class ChildState:
    """What is known of a child: pass says yes, fail says no, undetermined that it is not known."""

    in_scope: Outcome
    registered: Outcome
    recognised: Outcome


@frozen
class Children:
    """The managed units below one: how many there are in each state, how many it announces, what it reports.

    ``present`` is whether the input holds any; without them the reported counts decide.
    """

    counts: Mapping[ChildState, int]
    announced: int
    reported: tuple[Bounds, Bounds, Bounds]

    @property
    def present(self) -> bool:
        """Whether the input holds any of the units below."""
        return bool(self.counts)


def children_key(group: str) -> str:
    """The key under which values hold the children of a group."""
    return f"children:{group}"


UNIT = "#unit"
"""Under this key values hold the unit's id."""


def compile_measure(node: Measure) -> MeasureFunction:
    """A function that gives the least and the greatest value of a measure."""
    if isinstance(node, Literal):
        fixed = (node.value, node.value)
        return lambda values: fixed
    if isinstance(node, FieldValue):
        name, unknown = node.name, (node.low, node.high)

        def field(values: Values) -> Bounds:
            value = values.get(name)
            return unknown if value is None else (value, value)

        return field
    if isinstance(node, ParameterValue | SlotValue):
        span = (node.low, node.high)
        return lambda values: span
    if isinstance(node, Linear):
        terms = [(factor, compile_measure(term)) for factor, term in node.terms]
        constant = node.constant

        def linear(values: Values) -> Bounds:
            low = high = constant
            for factor, term in terms:
                least, greatest = term(values)
                if factor < 0:
                    least, greatest = greatest, least
                low += factor * least
                high += factor * greatest
            return low, high

        return linear
    if isinstance(node, Count):
        return _count(node)
    if isinstance(node, Total):
        return _total(node)
    if isinstance(node, SeriesValue):
        return _series(node)
    if isinstance(node, Steps):
        measure, bands, reading = compile_measure(node.measure), node.bands, node.reading
        return lambda values: stairs(bands, reading, *measure(values))
    if isinstance(node, Choose):
        return _choose(node)
    if isinstance(node, Computed):
        return _computed(node)
    if isinstance(node, Preferred):
        return _preferred(node)
    if isinstance(node, Clamped):
        return _clamped(node)
    if isinstance(node, Surplus):
        given, whole, p, q = compile_measure(node.given), compile_measure(node.whole), node.p, node.q
        return lambda values: surplus(given(values), whole(values), p, q)
    return _award(node)


def _series(node: SeriesValue) -> MeasureFunction:
    """The total of an open number of years."""
    assert node.last is not None
    name, latest, last, (low, high) = node.name, node.latest, compile_measure(node.last), (node.low, node.high)
    most = bounds(node.last)[1]
    year = (low // most, high // most)

    def series(values: Values) -> Bounds:
        totals = []
        least = greatest = 0
        fewest, longest = last(values)
        for back in range(longest):
            value = values.get(year_of(name, latest - back))
            least += year[0] if value is None else value
            greatest += year[1] if value is None else value
            if back + 1 >= fewest:
                totals.append((least, greatest))
        return min(one for one, _ in totals), max(one for _, one in totals)

    return series


def _choose(node: Choose) -> MeasureFunction:
    cases = [(compile_truth(condition), compile_measure(measure)) for condition, measure in node.cases]
    otherwise = compile_measure(node.otherwise)

    def choose(values: Values) -> Bounds:
        possible = []
        for holds, measure in cases:
            outcome = holds(values)
            if outcome is PASS or outcome is UNDETERMINED:
                possible.append(measure(values))
            if outcome is PASS:
                break
        else:
            possible.append(otherwise(values))
        return min(low for low, _ in possible), max(high for _, high in possible)

    return choose


def _computed(node: Computed) -> MeasureFunction:
    function, declared = node.function, (node.low, node.high)
    arguments = [None if isinstance(one, UnitId) else compile_measure(one) for one in node.arguments]

    def computed(values: Values) -> Bounds:
        known: list[Any] = []
        for argument in arguments:
            if argument is None:
                known.append(values[UNIT])
                continue
            low, high = argument(values)
            if low < high:
                return declared
            known.append(low)
        found = function(*known)
        if found is None:
            return declared
        assert isinstance(found, int)
        return found, found

    return computed


def _preferred(node: Preferred) -> MeasureFunction:
    first, second, unknown = node.first.name, node.second.name, (node.low, node.high)

    def preferred(values: Values) -> Bounds:
        value = values.get(first)
        if value is None:
            value = values.get(second)
        return unknown if value is None else (value, value)

    return preferred


def _clamped(node: Clamped) -> MeasureFunction:
    measure = compile_measure(node.measure)
    cap = None if node.cap is None else compile_measure(node.cap)

    def clamped(values: Values) -> Bounds:
        low, high = measure(values)
        if cap is not None:
            least, most = cap(values)
            low, high = min(low, least), min(high, most)
        return max(0, low), max(0, high)

    return clamped


def _award(node: Award) -> MeasureFunction:
    key = finding_key(node.finding)
    ways = {
        PASS: compile_measure(node.met),
        FAIL: compile_measure(node.unmet),
        NOT_APPLICABLE: compile_measure(node.beyond),
    }
    possible = list(ways.values()) if node.conditional else [ways[PASS], ways[FAIL]]

    def award(values: Values) -> Bounds:
        outcome = values[key]
        if outcome is not UNDETERMINED:
            return ways[outcome](values)
        spans = [way(values) for way in possible]
        return min(low for low, _ in spans), max(high for _, high in spans)

    return award


def _count(node: Count) -> MeasureFunction:
    records, unknown = node.records, (0, node.high)
    holds = compile_truth(node.where) if node.where is not None else None

    def count(values: Values) -> Bounds:
        rows = values.get(records)
        if rows is None:
            return unknown
        if holds is None or not rows:
            return len(rows), len(rows)
        certain = possible = 0
        for row in rows:
            outcome = holds(row)
            if outcome is PASS:
                certain += 1
                possible += 1
            elif outcome is UNDETERMINED:
                possible += 1
        return certain, possible

    return count


def _total(node: Total) -> MeasureFunction:
    records, column = node.records, compile_measure(node.column)
    holds = compile_truth(node.where) if node.where is not None else None
    unknown = (
        min(0, node.column.low * node.high),
        max(0, node.column.high * node.high),
    )

    def total(values: Values) -> Bounds:
        rows = values.get(records)
        if rows is None:
            return unknown
        low = high = 0
        for row in rows:
            outcome = PASS if holds is None else holds(row)
            if outcome is PASS or outcome is UNDETERMINED:
                least, greatest = column(row)
                low += least if outcome is PASS else min(0, least)
                high += greatest if outcome is PASS else max(0, greatest)
        return low, high

    return total


def compile_margin(node: Test) -> MeasureFunction:
    """A function that gives the least and the greatest margin of a test; it passes from 0 upwards."""
    if isinstance(node, Compare):
        return _compare(node)
    if isinstance(node, Within):
        return _within(node)
    if isinstance(node, OneOf):
        return _one_of(node)
    if isinstance(node, Includes):
        return _includes(node)
    if isinstance(node, Share):
        return _share(node)
    if isinstance(node, ChildShare):
        return _child_share(node)
    return _children_any(node)


def _compare(node: Compare) -> MeasureFunction:
    left, right, relation = compile_measure(node.left), compile_measure(node.right), node.relation
    one, other = _exactly(node.left), _exactly(node.right)

    def equal(values: Values) -> Bounds:
        (a, b), (c, d) = left(values), right(values)
        low, high = a - d, b - c
        nearest = 0 if low <= 0 <= high else -min(abs(low), abs(high))
        return -max(abs(low), abs(high)), nearest

    def above(values: Values) -> Bounds:
        (a, b), (c, d) = left(values), right(values)
        return a - d - strict, b - c - strict

    def below(values: Values) -> Bounds:
        (a, b), (c, d) = left(values), right(values)
        return c - b - strict, d - a - strict

    strict = 1 if relation in (">", "<") else 0
    ends = equal if relation == "==" else above if relation in (">=", ">") else below
    if isinstance(node.left, Count) and isinstance(node.right, Literal):
        return _of_rows(node.left.records, ends)
    if one is None or other is None:
        return ends

    def of_known(values: Values) -> Bounds:
        a, b = one(values), other(values)
        if a is None or b is None:
            return ends(values)
        margin = -abs(a - b) if relation == "==" else (a - b if ends is above else b - a) - strict
        return margin, margin

    return of_known


def _of_rows(records: str, function: Callable[[Values], Made]) -> Callable[[Values], Made]:
    """A function over a list, which of a list without rows always gives the same."""
    missing, none = function({}), function({records: ()})

    def of_rows(values: Values) -> Made:
        rows = values.get(records)
        if rows:
            return function(values)
        return missing if rows is None else none

    return of_rows


def _within(node: Within) -> MeasureFunction:
    assert isinstance(node.period, Days)
    name, first, last = node.value.name, node.period.first, node.period.last
    # Every period lies within the days that an unknown one may be; from a first to an earlier last day lies none.
    inside = (last - first) // 2 if first <= last else -1
    unknown = (min(node.value.low - first, last - node.value.high), inside)

    def within(values: Values) -> Bounds:
        day = values.get(name)
        if day is None:
            return unknown
        margin = min(day - first, last - day)
        return margin, margin

    return within


def _one_of(node: OneOf) -> MeasureFunction:
    name, allowed = node.value.name, node.values
    complete = all(rank in allowed for rank in range(node.value.low, node.value.high + 1))
    unknown = (0, 0) if complete else UNKNOWN_MARGIN

    def one_of(values: Values) -> Bounds:
        rank = values.get(name)
        if rank is None:
            return unknown
        margin = 0 if rank in allowed else -1
        return margin, margin

    return one_of


def _includes(node: Includes) -> MeasureFunction:
    name, mode, size = node.field, node.mode, len(node.members)
    bits = sum(1 << rank for rank in node.members)
    complete = bits == (1 << len(node.dimension.choices)) - 1
    certain = complete and (mode == "only" or (mode == "any" and node.not_empty))
    unknown = (0, 0) if certain else (-size, 0)

    def includes(values: Values) -> Bounds:
        have = values.get(name)
        if have is None:
            return unknown
        if mode == "all":
            margin = (have & bits).bit_count() - size
        elif mode == "any":
            margin = (have & bits).bit_count() - 1
        else:
            margin = -(have & ~bits).bit_count()
        return margin, margin

    return includes


def _share(node: Share) -> MeasureFunction:
    if not isinstance(node.ratio, Ratio):
        # The parameter that holds the ratio is unset.
        return lambda values: UNKNOWN_MARGIN
    of, among = compile_measure(node.of), compile_measure(node.among)
    p, q, strict = node.ratio.value.numerator, node.ratio.value.denominator, int(node.strict)

    def share(values: Values) -> Bounds:
        (a, b), (c, d) = of(values), among(values)
        return a * q - d * p - strict, b * q - c * p - strict

    return share


# Units below


Way = tuple[bool, bool, bool]
"""Whether a child is in scope, registered and recognised."""


@cache
def completions(state: ChildState) -> tuple[Way, ...]:
    """The ways in which a child may stand at the three levels; a recognised one is registered."""

    def ways(outcome: Outcome) -> tuple[bool, ...]:
        return (outcome is PASS,) if outcome in (PASS, FAIL) else (False, True)

    in_scope, recognised = ways(state.in_scope), ways(state.recognised)
    # A recognition implies a registration, whatever is known of the paper itself.
    registered = (True,) if state.recognised is PASS else ways(state.registered)
    return tuple(
        (scope, scope and paper, scope and verdict)
        for scope, paper, verdict in product(in_scope, registered, recognised)
        if paper or not verdict
    )


PENDING = ChildState(UNDETERMINED, UNDETERMINED, UNDETERMINED)
MISSING = ChildState(PASS, UNDETERMINED, UNDETERMINED)


def _gain(way: Way, of: int, among: int, p: int, q: int) -> int:
    return q * way[of] - p * way[among]


def gains_of(state: ChildState, of: int, among: int, p: int, q: int) -> list[int]:
    """What a child may add to the margin of a share p/q, for every way in which it may stand."""
    return [_gain(way, of, among, p, q) for way in completions(state)]


def missing_children(children: Children, of: int, among: int, p: int, q: int) -> int:
    """Announced children that the input lacks.

    A place is filled by a child certainly in scope, and by one that may be in scope and count as ill as a missing one.
    """
    worst = min(gains_of(MISSING, of, among, p, q))
    filled = 0
    for state, count in children.counts.items():
        ways = completions(state)
        inside = [way for way in ways if way[0]]
        if inside and (len(inside) == len(ways) or min(_gain(way, of, among, p, q) for way in inside) <= worst):
            filled += count
    return max(0, children.announced - filled)


def _extremes(children: Children, gain: Callable[[Way], int]) -> Bounds:
    """The least and the greatest sum of gains over all ways in which the children may stand.

    As many are in scope as the unit announces; those that the input lacks are wholly unknown else. A child that may be
    in scope fills one of these places where it is.
    """
    return _least(children, gain), -_least(children, lambda way: -gain(way))


def _least(children: Children, gain: Callable[[Way], int]) -> int:
    lacking = min(gain(way) for way in completions(MISSING))
    total, places = 0, children.announced
    optional: list[tuple[int, int]] = []
    for state, count in children.counts.items():
        ways = completions(state)
        inside = [gain(way) for way in ways if way[0]]
        if not inside:
            continue
        if len(inside) < len(ways):
            optional.append((min(inside), count))
        else:
            total += count * min(inside)
            places -= count
    places = max(0, places)
    # First come those that gain least. Where the places are filled the sum may turn, and between groups.
    best = total + places * lacking
    for value, count in sorted(optional):
        for step in {min(count, places), count}:
            best = min(best, total + step * value + max(0, places - step) * lacking)
        total, places = total + count * value, max(0, places - count)
    return best


def _child_share(node: ChildShare) -> MeasureFunction:
    key, of, among = children_key(node.children), LEVELS.index(node.of), LEVELS.index(node.among)
    if not isinstance(node.ratio, Ratio):
        return lambda values: UNKNOWN_MARGIN
    p, q = node.ratio.value.numerator, node.ratio.value.denominator

    def child_share(values: Values) -> Bounds:
        children: Children = values[key]
        if not children.present:
            (a, b), (c, d) = children.reported[of], children.reported[among]
            return a * q - d * p, b * q - c * p
        return _extremes(children, lambda way: _gain(way, of, among, p, q))

    return child_share


def _children_any(node: ChildrenAny) -> MeasureFunction:
    key, among = children_key(node.children), LEVELS.index(node.among)

    def children_any(values: Values) -> Bounds:
        children: Children = values[key]
        if not children.present:
            if any(children.reported[level][1] == 0 for level in range(among)):
                return -1, -1
            low, high = children.reported[among]
            return low - 1, high - 1
        certain, possible = _extremes(children, lambda way: int(way[among]))
        return certain - 1, possible - 1

    return children_any


# Truth


def compile_test(node: Test) -> OutcomeFunction:
    """A function that gives a test's outcome."""
    margin = compile_margin(node)

    def by_margin(values: Values) -> Outcome:
        return of_margin(*margin(values))

    # What most tests ask of most units needs no interval: one known value, two known sides, a list without rows.
    if isinstance(node, Within):
        assert isinstance(node.period, Days)
        return _lies_within(node.value, node.period.first, node.period.last, by_margin)
    if isinstance(node, OneOf):
        return _is_one_of(node, by_margin)
    if isinstance(node, Compare):
        return _plain_comparison(node, by_margin)
    return by_margin


def _lies_within(field: FieldValue, first: int, last: int, by_margin: OutcomeFunction) -> OutcomeFunction:
    name, missing = field.name, by_margin({})

    def lies_within(values: Values) -> Outcome:
        value = values.get(name)
        if value is None:
            return missing
        return PASS if first <= value <= last else FAIL

    return lies_within


def _is_one_of(node: OneOf, by_margin: OutcomeFunction) -> OutcomeFunction:
    name, allowed, missing = node.value.name, node.values, by_margin({})

    def is_one_of(values: Values) -> Outcome:
        rank = values.get(name)
        if rank is None:
            return missing
        return PASS if rank in allowed else FAIL

    return is_one_of


def _plain_comparison(node: Compare, by_margin: OutcomeFunction) -> OutcomeFunction:
    left, right = node.left, node.right
    if isinstance(right, Literal):
        if isinstance(left, FieldValue):
            return _lies_within(left, *_span(node.relation, right.value), by_margin)
        if isinstance(left, Count):
            return _of_rows(left.records, by_margin)
    one, other, holds = _exactly(left), _exactly(right), _RELATIONS[node.relation]
    if one is None or other is None:
        return by_margin

    # Of two fields neither of which is known; of a sum a part may be.
    fields = isinstance(left, FieldValue) and isinstance(right, FieldValue)
    neither = by_margin({})

    def compared(values: Values) -> Outcome:
        a, b = one(values), other(values)
        if a is None or b is None:
            return neither if fields and a is b else by_margin(values)
        return PASS if holds(a, b) else FAIL

    return compared


_RELATIONS: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq, ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt
}  # fmt: skip


def _span(relation: str, number: int) -> tuple[int, int]:
    """The least and the greatest value that stands in a relation to a number; values are less than MARGIN_LIMIT."""
    return {
        "==": (number, number),
        ">=": (number, MARGIN_LIMIT),
        ">": (number + 1, MARGIN_LIMIT),
        "<=": (-MARGIN_LIMIT, number),
        "<": (-MARGIN_LIMIT, number - 1),
    }[relation]


def _exactly(node: Measure) -> Callable[[Values], int | None] | None:
    """A function that gives the number of a field or a sum of fields, None where a field is missing; else nothing."""
    if isinstance(node, FieldValue):
        return operator.methodcaller("get", node.name)
    if isinstance(node, Literal):
        number = node.value
        return lambda values: number
    if not isinstance(node, Linear):
        return None
    terms = [(factor, term.name) for factor, term in node.terms if isinstance(term, FieldValue)]
    if len(terms) < len(node.terms):
        return None
    constant = node.constant

    def total(values: Values) -> int | None:
        result = constant
        for factor, name in terms:
            value = values.get(name)
            if value is None:
                return None
            result += factor * value
        return result

    return total


def compile_truth(node: Truth) -> OutcomeFunction:
    """A function that gives the outcome of a condition: completions inside a test, Kleene logic between tests."""
    if isinstance(node, AllOf):
        members = [compile_truth(member) for member in node.members]
        return lambda values: all_of([member(values) for member in members])
    if isinstance(node, AnyOf):
        members = [compile_truth(member) for member in node.members]
        return lambda values: any_of([member(values) for member in members])
    if isinstance(node, AtLeastOf):
        members, k = [compile_truth(member) for member in node.members], node.k
        return lambda values: at_least_k(k, (member(values) for member in members))
    if isinstance(node, Not):
        member = compile_truth(node.member)
        return lambda values: not_(member(values))
    if isinstance(node, When):
        applies, require = compile_truth(node.applies), compile_truth(node.require)

        def conditional(values: Values) -> Outcome:
            outcome = applies(values)
            return require(values) if outcome is PASS else when(outcome, NOT_APPLICABLE)

        return conditional
    if isinstance(node, Conclusion):
        key = finding_key(node.finding)
        return lambda values: values[key]
    assert isinstance(node, Test), f"{type(node).__name__} is resolved when the plan is compiled"
    return compile_test(node)


# Once for all units

Made = TypeVar("Made")


class Nodes:
    """The nodes of conditions that outlast a unit, such as those of a plan, told apart by their identity."""

    __slots__ = ("_ids", "_roots")

    def __init__(self, roots: Iterable[Any]) -> None:
        self._roots = tuple(roots)  # Kept, since an id is that of its node only as long as the node lives.
        self._ids = frozenset(id(node) for root in self._roots for node in walk(root))

    def __contains__(self, node: object) -> bool:
        return id(node) in self._ids


class PerNode(Generic[Made]):
    """What a function makes of a node: once for each of ``nodes``, anew for any other.

    Of nodes made for a single unit nothing is kept.
    """

    __slots__ = ("_made", "_make", "_nodes")

    def __init__(self, nodes: Nodes, make: Callable[[Any], Made]) -> None:
        self._nodes = nodes
        self._make = make
        self._made: dict[int, Made] = {}

    def __call__(self, node: Any) -> Made:
        found = self._made.get(id(node))
        if found is None:
            found = self._make(node)
            if node in self._nodes:
                self._made[id(node)] = found
        return found


class Functions:
    """The compiled functions of the conditions of a plan."""

    __slots__ = ("margin", "measure", "truth")

    def __init__(self, nodes: Nodes) -> None:
        self.truth: PerNode[OutcomeFunction] = PerNode(nodes, compile_truth)
        self.measure: PerNode[MeasureFunction] = PerNode(nodes, compile_measure)
        self.margin: PerNode[MeasureFunction] = PerNode(nodes, compile_margin)
