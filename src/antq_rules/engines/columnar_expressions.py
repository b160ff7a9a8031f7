"""Plan nodes as Polars expressions over a table of units, a row a unit.

A measure becomes two expressions, the least and the greatest value that it may have; a test the outcome that its margin
has between both. Outcomes are small numbers in such an order that "all of" is a minimum:

====================  =
fail                  0
undetermined          1
pass                  2
not applicable        3
====================  =

Columns are named as values are (see :mod:`antq_rules.evidence.measuring`) and hold Int64, with null for what is not
known; no expression gives null. A list of records has the number of its rows there, and each sum over its rows (a
:class:`Count` or :class:`Total`) two columns that :class:`Aggregate` names; the units below have a column for each
state in which they may be.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import product

import polars as pl

from antq_rules.errors import Fault, RulesetError, message
from antq_rules.evidence.measuring import (
    MISSING,
    UNIT,
    UNKNOWN_MARGIN,
    ChildState,
    Way,
    children_key,
    compile_test,
    completions,
)
from antq_rules.frozen import frozen
from antq_rules.model.expression import (
    LEVELS,
    MARGIN_LIMIT,
    AllOf,
    AnyOf,
    AtLeastOf,
    Award,
    Band,
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
    fields_read,
    finding_key,
    stair,
    walk,
    year_of,
)
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome

Span = tuple[pl.Expr, pl.Expr]
"""The least and the greatest value of a measure."""

CODES: Mapping[Outcome, int] = {FAIL: 0, UNDETERMINED: 1, PASS: 2, NOT_APPLICABLE: 3}
OUTCOMES: tuple[Outcome, ...] = (FAIL, UNDETERMINED, PASS, NOT_APPLICABLE)
"""The outcome of each code."""

STATES: tuple[ChildState, ...] = tuple(ChildState(*three) for three in product((PASS, FAIL, UNDETERMINED), repeat=3))
"""The states in which a unit below may be."""

WAYS: tuple[Way, ...] = tuple((a, b, c) for a in (False, True) for b in (False, True) for c in (False, True))


@frozen
class Aggregate:
    """A sum over the rows of a list, with the columns that hold its least and its greatest value."""

    node: Count | Total
    low: str
    high: str


class Expressions:
    """Expressions for nodes of one stage of judging, whose columns begin with a prefix of their own.

    ``aggregates`` are the sums over lists that were met on the way. ``columns`` are to be added before the expressions
    are asked, one after another: what is read more than once and is dear, such as a plugin's function.
    """

    def __init__(self, prefix: str = "#") -> None:
        self.prefix = prefix
        self.aggregates: dict[Count | Total, Aggregate] = {}
        self.columns: dict[str, pl.Expr] = {}
        self._names: dict[Hashable, str] = {}
        self._held_measures: dict[Measure, Span] = {}

    def _column(self, key: Hashable, make: Callable[[], pl.Expr]) -> pl.Expr:
        """An expression that is computed once, as a column."""
        if key not in self._names:
            value = make()
            self._names[key] = name = f"{self.prefix}column{len(self.columns)}"
            self.columns[name] = value
        return pl.col(self._names[key])

    def _held(self, node: Measure) -> Span:
        """The two ends of a measure that are asked many times, so that expressions do not grow with their depth."""
        if isinstance(node, Literal | FieldValue | ParameterValue | SlotValue | Count | Total):
            return self.measure(node)
        if node not in self._held_measures:
            low, high = self.measure(node)
            self._held_measures[node] = (
                self._column((node, "low"), lambda: low), self._column((node, "high"), lambda: high)
            )  # fmt: skip
        return self._held_measures[node]

    def _held_truth(self, node: Truth) -> pl.Expr:
        """The code of the outcome of a condition that is asked several times."""
        plain = isinstance(node, Conclusion) or (isinstance(node, Test) and _only_column(node) is not None)
        return self.truth(node) if plain else self._column((node, "truth"), lambda: self.truth(node))

    # Measures

    def measure(self, node: Measure) -> Span:
        """The two ends of a measure."""
        if isinstance(node, Literal):
            return _constant(node.value, node.value)
        if isinstance(node, FieldValue):
            return _known_or(pl.col(node.name), node.low, node.high)
        if isinstance(node, ParameterValue | SlotValue):
            return _constant(node.low, node.high)
        if isinstance(node, Linear):
            return self._linear(node)
        if isinstance(node, Count | Total):
            return self._aggregate(node)
        if isinstance(node, SeriesValue):
            return self._series(node)
        if isinstance(node, Steps):
            _check_reach(*bounds(node.measure))
            return _stairs(node.bands, node.reading, *self._held(node.measure))
        if isinstance(node, Choose):
            return self._choose(node)
        if isinstance(node, Computed):
            return self._computed(node)
        if isinstance(node, Preferred):
            return _known_or(pl.coalesce(node.first.name, node.second.name), node.low, node.high)
        if isinstance(node, Clamped):
            return self._clamped(node)
        if isinstance(node, Surplus):
            return _surplus(self._held(node.given), self._held(node.whole), node.p, node.q)
        return self._award(node)

    def _linear(self, node: Linear) -> Span:
        fixed = sum(factor * bounds(term)[0] for factor, term in node.terms if _is_fixed(term))
        low = high = pl.lit(_wrapped(node.constant + fixed), pl.Int64)
        for factor, term in node.terms:
            if _is_fixed(term):
                continue
            least, greatest = self.measure(term)
            if factor < 0:
                least, greatest = greatest, least
            low, high = low + factor * least, high + factor * greatest
        return low, high

    def _aggregate(self, node: Count | Total) -> Span:
        if isinstance(node, Count) and node.where is None:
            return _known_or(pl.col(node.records), 0, node.high)
        name = f"{self.prefix}sum{len(self.aggregates)}"
        found = self.aggregates.setdefault(node, Aggregate(node, f"{name}.low", f"{name}.high"))
        least, greatest = bounds(node)
        listed = pl.col(node.records).is_not_null()
        # A list without rows has no group, and its sum is 0; a list that is not told may sum to anything.
        return (
            pl.when(listed).then(pl.col(found.low).fill_null(0)).otherwise(least),
            pl.when(listed).then(pl.col(found.high).fill_null(0)).otherwise(greatest),
        )

    def _series(self, node: SeriesValue) -> Span:
        """The total of an open number of years: of every number that it may be, the least and the greatest."""
        assert node.last is not None
        most = bounds(node.last)[1]
        fewest, longest = self.measure(node.last)
        least = greatest = pl.lit(0, pl.Int64)
        lows, highs = [], []
        for back in range(most):
            year = pl.col(year_of(node.name, node.latest - back))
            low, high = _known_or(year, node.low // most, node.high // most)
            least, greatest = least + low, greatest + high
            possible = (fewest <= back + 1) & (longest > back)
            # Null is what min and max pass over: here on purpose.
            lows.append(pl.when(possible).then(least))
            highs.append(pl.when(possible).then(greatest))
        return pl.min_horizontal(lows), pl.max_horizontal(highs)

    def _choose(self, node: Choose) -> Span:
        still = pl.lit(True)
        lows, highs = [], []
        for condition, measure in node.cases:
            outcome = self._held_truth(condition)
            low, high = self.measure(measure)
            possible = still & ((outcome == CODES[PASS]) | (outcome == CODES[UNDETERMINED]))
            lows.append(pl.when(possible).then(low))
            highs.append(pl.when(possible).then(high))
            still = still & (outcome != CODES[PASS])
        low, high = self.measure(node.otherwise)
        lows.append(pl.when(still).then(low))
        highs.append(pl.when(still).then(high))
        return pl.min_horizontal(lows), pl.max_horizontal(highs)

    def _computed(self, node: Computed) -> Span:
        """What a function of a plugin gives, called once for every set of arguments that differ."""
        return _known_or(self._column(node, lambda: self._called(node)), node.low, node.high)

    def _called(self, node: Computed) -> pl.Expr:
        for one in node.arguments:
            if not isinstance(one, UnitId):
                _check_reach(*bounds(one))
        arguments = [None if isinstance(one, UnitId) else self.measure(one) for one in node.arguments]
        known = reduce(
            pl.Expr.and_, (low == high for span in arguments if span is not None for low, high in [span]), pl.lit(True)
        )
        given = [
            (pl.col(UNIT) if span is None else pl.when(known).then(span[0])).alias(str(position))
            for position, span in enumerate(arguments)
        ]
        call = _caller(node.function, known=len(given))
        return pl.struct([*given, known.alias("known")]).map_batches(call, return_dtype=pl.Int64)

    def _clamped(self, node: Clamped) -> Span:
        low, high = self.measure(node.measure)
        if node.cap is not None:
            least, most = self.measure(node.cap)
            low, high = pl.min_horizontal(low, least), pl.min_horizontal(high, most)
        return pl.max_horizontal(low, pl.lit(0, pl.Int64)), pl.max_horizontal(high, pl.lit(0, pl.Int64))

    def _award(self, node: Award) -> Span:
        outcome = pl.col(finding_key(node.finding))
        met, unmet, beyond = (self.measure(one) for one in (node.met, node.unmet, node.beyond))
        possible = (met, unmet, beyond) if node.conditional else (met, unmet)
        ends = (pl.min_horizontal([low for low, _ in possible]), pl.max_horizontal([high for _, high in possible]))
        return tuple(  # type: ignore[return-value]
            pl.when(outcome == CODES[UNDETERMINED])
            .then(ends[end])
            .when(outcome == CODES[PASS])
            .then(met[end])
            .when(outcome == CODES[FAIL])
            .then(unmet[end])
            .otherwise(beyond[end])
            for end in (0, 1)
        )

    # Tests

    def margin(self, node: Test) -> Span:
        """The two ends of a test's margin."""
        if isinstance(node, Compare):
            return self._compare(node)
        if isinstance(node, Share):
            return self._share(node)
        if isinstance(node, ChildShare):
            return self._child_share(node)
        if isinstance(node, ChildrenAny):
            return self._children_any(node)
        raise AssertionError(f"{type(node).__name__} reads one column")

    def _compare(self, node: Compare) -> Span:
        (a, b), (c, d) = self.measure(node.left), self.measure(node.right)
        if node.relation == "==":
            low, high = a - d, b - c
            inside = (low <= 0) & (high >= 0)
            nearest = pl.when(inside).then(0).otherwise(-pl.min_horizontal(low.abs(), high.abs()))
            return -pl.max_horizontal(low.abs(), high.abs()), nearest
        strict = int(node.relation in (">", "<"))
        if node.relation in (">=", ">"):
            return a - d - strict, b - c - strict
        return c - b - strict, d - a - strict

    def _share(self, node: Share) -> Span:
        if not isinstance(node.ratio, Ratio):
            return _constant(*UNKNOWN_MARGIN)
        (a, b), (c, d) = self.measure(node.of), self.measure(node.among)
        p, q, strict = node.ratio.value.numerator, node.ratio.value.denominator, int(node.strict)
        return a * q - d * p - strict, b * q - c * p - strict

    def _child_share(self, node: ChildShare) -> Span:
        of, among = LEVELS.index(node.of), LEVELS.index(node.among)
        if not isinstance(node.ratio, Ratio):
            return _constant(*UNKNOWN_MARGIN)
        p, q = node.ratio.value.numerator, node.ratio.value.denominator
        (a, b), (c, d) = _reported(node.children, of), _reported(node.children, among)
        low, high = self._extremes(node.children, lambda way: q * way[of] - p * way[among])
        present = pl.col(present_column(node.children))
        return (
            pl.when(present).then(low).otherwise(a * q - d * p),
            pl.when(present).then(high).otherwise(b * q - c * p),
        )

    def _children_any(self, node: ChildrenAny) -> Span:
        among = LEVELS.index(node.among)
        certain, possible = self._extremes(node.children, lambda way: int(way[among]))
        low, high = _reported(node.children, among)
        wider = [_reported(node.children, level)[1] == 0 for level in range(among)]
        none = reduce(pl.Expr.or_, wider, pl.lit(False))
        present = pl.col(present_column(node.children))
        return tuple(  # type: ignore[return-value]
            pl.when(present).then(counted - 1).when(none).then(-1).otherwise(reported - 1)
            for counted, reported in ((certain, low), (possible, high))
        )

    def _extremes(self, group: str, gain: Callable[[Way], int]) -> Span:
        """The least and the greatest sum of gains over all ways in which the units below may stand."""
        gains = {way: gain(way) for way in WAYS}
        losses = {way: -value for way, value in gains.items()}
        low = self._column((group, *gains.values()), lambda: _least(group, gains))
        high = self._column((group, *losses.values()), lambda: _least(group, losses))
        return low, -high

    # Truth

    def truth(self, node: Truth) -> pl.Expr:
        """The code of the outcome of a condition."""
        if isinstance(node, AllOf):
            return _all_of([self.truth(member) for member in node.members])
        if isinstance(node, AnyOf):
            return _any_of([self.truth(member) for member in node.members])
        if isinstance(node, AtLeastOf):
            return _at_least(node.k, [self._held_truth(member) for member in node.members])
        if isinstance(node, Not):
            # 0 and 2 change places; 1 and 3 stay.
            return ((6 - self.truth(node.member)) & 3).cast(pl.Int8)
        if isinstance(node, When):
            return when(self._held_truth(node.applies), self.truth(node.require))
        if isinstance(node, Conclusion):
            return pl.col(finding_key(node.finding))
        assert isinstance(node, Test), f"{type(node).__name__} is resolved when the plan is compiled"
        return self.test(node)

    def test(self, node: Test) -> pl.Expr:
        """The code of the outcome of a test.

        Raises:
            RulesetError: What it reads may pass the numbers that a column holds.
        """
        if isinstance(node, Includes):
            _check_reach(sum(1 << rank for rank in range(len(node.dimension.choices))))
        column = _only_column(node)
        if column is not None:
            # With its one unknown known the test is a plain comparison; without it, always the same.
            missing = CODES[compile_test(node)({})]
            return (
                pl.when(pl.col(column).is_null())
                .then(pl.lit(missing, pl.Int8))
                .when(self._holds(node))
                .then(pl.lit(CODES[PASS], pl.Int8))
                .otherwise(pl.lit(CODES[FAIL], pl.Int8))
            )
        low, high = self.margin(node)
        return code_of_margin(low, high)

    def _holds(self, node: Test) -> pl.Expr:
        """Whether a test holds whose one column is known."""
        if isinstance(node, Compare):
            left, right = _plain(node.left), _plain(node.right)
            return {
                "==": pl.Expr.eq, ">=": pl.Expr.ge, ">": pl.Expr.gt, "<=": pl.Expr.le, "<": pl.Expr.lt
            }[node.relation](left, right)  # fmt: skip
        if isinstance(node, Within):
            assert isinstance(node.period, Days)
            return pl.col(node.value.name).is_between(node.period.first, node.period.last)
        if isinstance(node, OneOf):
            return pl.col(node.value.name).is_in(sorted(node.values))
        assert isinstance(node, Includes)
        have, bits = pl.col(node.field), sum(1 << rank for rank in node.members)
        if node.mode == "all":
            return (have & bits) == bits
        if node.mode == "any":
            return (have & bits) != 0
        return (have & ~bits) == 0


def _only_column(node: Test) -> str | None:
    """The one column that a plain test reads; None where it reads several, or sums rows or units below."""
    if isinstance(node, Within | OneOf):
        return node.value.name
    if isinstance(node, Includes):
        return node.field
    if not isinstance(node, Compare):
        return None
    names = list(fields_read(node))
    plain = all(isinstance(one, Compare | Literal | Linear | FieldValue) for one in walk(node))
    return names[0] if plain and len(names) == 1 else None


def _plain(node: Measure) -> pl.Expr:
    """A measure over known columns; null where one is missing."""
    if isinstance(node, Literal):
        return pl.lit(_wrapped(node.value), pl.Int64)
    if isinstance(node, FieldValue):
        return pl.col(node.name)
    assert isinstance(node, Linear)
    constant = pl.lit(_wrapped(node.constant), pl.Int64)
    return reduce(pl.Expr.add, (factor * _plain(term) for factor, term in node.terms), constant)


def code_of_margin(low: pl.Expr, high: pl.Expr) -> pl.Expr:
    """The code of the outcome of a margin between two numbers."""
    return (
        pl.when(low >= 0)
        .then(pl.lit(CODES[PASS], pl.Int8))
        .when(high < 0)
        .then(pl.lit(CODES[FAIL], pl.Int8))
        .otherwise(pl.lit(CODES[UNDETERMINED], pl.Int8))
    )


def when(applies: pl.Expr, require: pl.Expr) -> pl.Expr:
    """``require`` where it applies; see :func:`antq_rules.model.outcome.when`."""
    return (
        pl.when(applies == CODES[PASS])
        .then(require)
        .when(applies == CODES[UNDETERMINED])
        .then(applies)
        .otherwise(pl.lit(CODES[NOT_APPLICABLE], pl.Int8))
    )


def _all_of(outcomes: Sequence[pl.Expr]) -> pl.Expr:
    if not outcomes:
        return pl.lit(CODES[NOT_APPLICABLE], pl.Int8)
    return pl.min_horizontal(outcomes)


def _any_of(outcomes: Sequence[pl.Expr]) -> pl.Expr:
    if not outcomes:
        return pl.lit(CODES[NOT_APPLICABLE], pl.Int8)
    # Turned by one, what does not apply is the least and a pass the greatest.
    best = pl.max_horizontal([(outcome + 1) & 3 for outcome in outcomes])
    return ((best + 3) & 3).cast(pl.Int8)


def _at_least(k: int, outcomes: Sequence[pl.Expr]) -> pl.Expr:
    def count(code: int) -> pl.Expr:
        return pl.sum_horizontal([(outcome == code).cast(pl.Int64) for outcome in outcomes])

    passed, pending, beyond = (count(CODES[one]) for one in (PASS, UNDETERMINED, NOT_APPLICABLE))
    return (
        pl.when(beyond == len(outcomes))
        .then(pl.lit(CODES[NOT_APPLICABLE], pl.Int8))
        .otherwise(code_of_margin(passed - k, passed + pending - k))
    )


# Measures


def _constant(low: int, high: int) -> Span:
    return pl.lit(low, pl.Int64), pl.lit(high, pl.Int64)


def _check_reach(*ends: int) -> None:
    """Refuse what is no sum on the way to a margin, and so is not held below the limit when a ruleset is read."""
    reach = max(abs(end) for end in ends)
    if reach >= 2**63:
        raise RulesetError(
            Fault(
                "overflow", message("this could reach {reach}, beyond 2^62"), message("narrow the declared ranges"),
                values={"reach": reach},
            )
        )  # fmt: skip


def _is_fixed(measure: Measure) -> bool:
    low, high = bounds(measure)
    return low == high


def _wrapped(number: int) -> int:
    """A number as Int64 holds it: a sum that passes its ends on the way wraps back, since the whole lies within."""
    return (number + 2**63) % 2**64 - 2**63


def _known_or(value: pl.Expr, low: int, high: int) -> Span:
    return value.fill_null(low), value.fill_null(high)


def _stairs(bands: tuple[Band, ...], reading: str, low: pl.Expr, high: pl.Expr) -> Span:
    """The ends of a staircase; inside a band it goes one way only, so that the ends of bands decide."""
    at_low, at_high = _stair(bands, reading, low), _stair(bands, reading, high)
    lows, highs = [at_low, at_high], [at_low, at_high]
    for edge in sorted({edge for band in bands for edge in (band.start - 1, band.start)}):
        value = pl.when((low <= edge) & (high >= edge)).then(pl.lit(stair(bands, reading, edge), pl.Int64))
        lows.append(value)
        highs.append(value)
    return pl.min_horizontal(lows), pl.max_horizontal(highs)


def _stair(bands: tuple[Band, ...], reading: str, number: pl.Expr) -> pl.Expr:
    def value(band: Band) -> pl.Expr:
        beyond = pl.max_horizontal(number - band.start, pl.lit(0, pl.Int64))
        every = min(band.every, MARGIN_LIMIT)
        full = beyond // every
        if reading == "bracket":
            full = full + (beyond % every > 0).cast(pl.Int64)
        return band.value + band.grow * full

    first, *others = bands
    found = value(first)
    for band in others:
        found = pl.when(number >= band.start).then(value(band)).otherwise(found)
    return found


def _surplus(given: Span, whole: Span, p: int, q: int) -> Span:
    def of(points: pl.Expr, most: pl.Expr) -> pl.Expr:
        return q * pl.min_horizontal(points, most) - p * most

    turn = pl.min_horizontal(pl.max_horizontal(given[1], whole[0]), whole[1])
    return pl.min_horizontal(of(given[0], whole[0]), of(given[0], whole[1])), of(given[1], turn)


def _caller(function: Callable[..., object], known: int) -> Callable[[pl.Series], pl.Series]:
    """A function over a column of arguments that calls ``function`` once for each that differ."""

    def call(given: pl.Series) -> pl.Series:
        table = given.struct.unnest()
        distinct = table.filter(pl.col("known")).unique(maintain_order=True)
        results = [function(*row[:known]) for row in distinct.iter_rows()]
        answers = distinct.with_columns(pl.Series("found", results, pl.Int64))
        return table.join(answers, on=table.columns, how="left", nulls_equal=True, maintain_order="left")["found"]

    return call


# Units below


def present_column(group: str) -> str:
    """The column that says whether the input holds any units of a group."""
    return f"{children_key(group)}.present"


def announced_column(group: str) -> str:
    """The column of how many units of a group are announced."""
    return f"{children_key(group)}.announced"


def reported_columns(group: str, level: int) -> tuple[str, str]:
    """The columns of the least and the greatest number of units that are reported at a level."""
    return f"{children_key(group)}.{LEVELS[level]}.low", f"{children_key(group)}.{LEVELS[level]}.high"


def state_column(group: str, state: ChildState) -> str:
    """The column of how many units of a group are in a state."""
    return f"{children_key(group)}.{state.in_scope}.{state.registered}.{state.recognised}"


def _reported(group: str, level: int) -> Span:
    low, high = reported_columns(group, level)
    return pl.col(low), pl.col(high)


def _least(group: str, gains: Mapping[Way, int]) -> pl.Expr:
    """The least sum of gains; see ``_least`` in :mod:`antq_rules.evidence.measuring`."""
    zero = pl.lit(0, pl.Int64)
    lacking = min(gains[way] for way in completions(MISSING))
    total, places = zero, pl.col(announced_column(group))
    optional: list[tuple[int, pl.Expr]] = []
    for state in STATES:
        count, ways = pl.col(state_column(group, state)), completions(state)
        inside = [gains[way] for way in ways if way[0]]
        if not inside:
            continue
        if len(inside) < len(ways):
            optional.append((min(inside), count))
        else:
            total, places = total + min(inside) * count, places - count
    places = pl.max_horizontal(places, zero)
    best = total + lacking * places
    for value, count in sorted(optional, key=lambda one: one[0]):
        for step in (pl.min_horizontal(count, places), count):
            left = pl.max_horizontal(places - step, zero)
            best = pl.min_horizontal(best, total + value * step + lacking * left)
        total, places = total + value * count, pl.max_horizontal(places - count, zero)
    return best


def columns_read(nodes: Iterable[Truth | Measure]) -> set[str]:
    """The columns of units that some nodes read, but for those of sums and of units below."""
    found: set[str] = set()
    for node in nodes:
        found.update(fields_read(node))
        for inner in walk(node):
            if isinstance(inner, SeriesValue) and inner.last is not None:
                most = bounds(inner.last)[1]
                found.update(year_of(inner.name, inner.latest - back) for back in range(most))
    return found
