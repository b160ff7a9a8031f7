"""A small world of fields with few values each, and random tests, conditions and values over it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hypothesis import strategies as st

from antq_rules.model.expression import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Band,
    Choose,
    Clamped,
    Compare,
    Computed,
    Count,
    Days,
    Dimension,
    FieldValue,
    Includes,
    Label,
    Linear,
    Literal,
    Measure,
    Not,
    OneOf,
    ParameterValue,
    Preferred,
    Ratio,
    Share,
    SlotValue,
    Steps,
    Surplus,
    Test,
    Total,
    Truth,
    When,
    Within,
    bounds,
    stairs,
    surplus,
)

FIELDS = {
    "a": FieldValue("a", 0, 3),
    "b": FieldValue("b", 0, 2),
    "c": FieldValue("c", 1, 3),
    "d": FieldValue("d", -2, 1),
    "flag": FieldValue("flag", 0, 1),
    "day": FieldValue("day", 0, 9),
    "later": FieldValue("later", 1, 9),
    "grade": FieldValue("grade", 0, 2),
}
SLOT = SlotValue("slot", 0, 2)
PARAMETER = ParameterValue("parameter", 1, 2)
SETS = {"topics": False, "levels": True}
"""Sets of three choices; whether they may not be empty."""
TOPICS = Dimension("set", ("x", "y", "z"))
COLUMNS = {"ok": FieldValue("ok", 0, 1), "weight": FieldValue("weight", 0, 2), "loss": FieldValue("loss", -1, 1)}
RECORDS = {"events": 2, "cases": 3}
"""Record lists and the number of rows that they may have."""

OTHERS = ("steps", "choose", "computed", "preferred", "clamped", "surplus")
"""Sorts of measures whose values have gaps."""
LABEL = Label("mẫu", "sample")
MAYBE = st.booleans()


def field_values(fields: Mapping[str, FieldValue]) -> st.SearchStrategy[dict[str, int]]:
    """Some of the fields with values, the others unknown."""
    return st.fixed_dictionaries({}, optional={name: st.integers(one.low, one.high) for name, one in fields.items()})


ROWS = st.lists(field_values(COLUMNS), max_size=3).map(tuple)
SET_VALUES = st.fixed_dictionaries({}, optional={"topics": st.integers(0, 7), "levels": st.integers(1, 7)})
LISTS = st.fixed_dictionaries({}, optional=dict.fromkeys(RECORDS, ROWS))
VALUES = st.builds(lambda *parts: {key: item for part in parts for key, item in part.items()},
                   field_values(FIELDS), SET_VALUES, LISTS)  # fmt: skip


@st.composite
def row_conditions(draw: st.DrawFn) -> Truth:
    """A condition on a row, each of its tests over one column."""
    leaves = st.builds(
        Compare, st.just("t"), st.sampled_from(("==", ">=", ">", "<=", "<")), st.sampled_from([*COLUMNS.values()]),
        st.integers(-1, 3).map(Literal),
    )  # fmt: skip
    return draw(trees(leaves, 3))


def trees(leaves: st.SearchStrategy[Test], most: int) -> st.SearchStrategy[Truth]:
    """Conditions over tests."""

    def grown(inner: st.SearchStrategy[Truth]) -> st.SearchStrategy[Truth]:
        several = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return (
            several.map(AllOf)
            | several.map(AnyOf)
            | st.tuples(st.integers(1, 3), several).map(lambda pair: AtLeastOf(min(pair[0], len(pair[1])), pair[1]))
            | inner.map(Not)
            | st.builds(When, inner, inner)
        )

    return st.recursive(leaves, grown, max_leaves=most)


@st.composite
def measures(draw: st.DrawFn, names: list[str], *, gapless: bool) -> Measure:
    """A measure that uses up some of the names, so that no unknown occurs twice in a test."""
    if not names or draw(MAYBE):
        return draw(st.integers(-3, 6).map(Literal))
    kinds = ("field", "field", "count", "total", "sum")
    kind = draw(st.sampled_from(kinds if gapless else (*kinds, *OTHERS)))
    name = names.pop()
    if kind == "sum" and names:
        factors = st.sampled_from((-1, 1)) if gapless else st.integers(-2, 3)
        terms = [FIELDS[name]] if name in FIELDS else []
        parts: list[Measure] = [
            *terms,
            draw(measures(names, gapless=gapless)),
            draw(st.just(Literal(1)) | st.just(SLOT)),
        ]
        return Linear(tuple((draw(factors), part) for part in parts), draw(st.integers(-2, 2)))
    if kind in ("steps", "clamped", "computed"):
        return draw(over(kind, name, names))
    if kind in ("choose", "preferred", "surplus") and names and name in FIELDS and names[-1] in FIELDS:
        return draw(of_two(kind, FIELDS[name], FIELDS[names.pop()]))
    if name in RECORDS:
        where = draw(st.none() | row_conditions())
        if kind == "total":
            column = draw(st.sampled_from((COLUMNS["weight"], COLUMNS["loss"])))
            return Total(name, column, None if gapless else where, RECORDS[name])
        return Count(name, where, RECORDS[name])
    return FIELDS[name]


@st.composite
def over(draw: st.DrawFn, kind: str, name: str, names: list[str]) -> Measure:
    """A staircase, a cap or a computed number over one other measure."""
    inner: Measure = FIELDS[name] if name in FIELDS else Count(name, draw(st.none() | row_conditions()), RECORDS[name])
    low, high = bounds(inner)
    if kind == "clamped":
        cap = draw(st.none() | st.integers(0, 3).map(Literal) | st.just(SLOT))
        return Clamped(inner, cap, 0, max(0, high))
    if kind == "computed":
        factor = draw(st.integers(-2, 2))
        return Computed("f", LABEL, lambda number: factor * number % 5, (inner,), 0, 4)
    starts = sorted({low, *draw(st.lists(st.integers(low, high), max_size=3))})
    bands = tuple(
        Band(start, draw(st.integers(-2, 4)), draw(st.integers(-1, 2)), draw(st.integers(1, 3))) for start in starts
    )
    reading = draw(st.sampled_from(("floor", "bracket")))
    return Steps(inner, bands, reading, *stairs(bands, reading, low, high))


@st.composite
def of_two(draw: st.DrawFn, kind: str, one: FieldValue, other: FieldValue) -> Measure:
    """One field or another: by which is known, or by a condition on the first."""
    if kind == "surplus":
        p, q = draw(st.sampled_from(((0, 1), (1, 2), (2, 3), (1, 1))))
        return Surplus(one, other, p, q, *surplus(bounds(one), bounds(other), p, q))
    if kind == "preferred":
        return Preferred(one, other, min(one.low, other.low), max(one.high, other.high))
    conditions = draw(
        st.lists(
            st.builds(
                Compare, st.just("t"), st.sampled_from(("==", ">=", "<")), st.just(one), st.integers(-1, 3).map(Literal)
            ),
            min_size=1, max_size=2,
        )
    )  # fmt: skip
    branches = [other, *draw(st.lists(st.integers(-2, 3).map(Literal) | st.just(other), min_size=2, max_size=2))]
    cases = tuple(zip(conditions, branches, strict=False))
    return Choose(cases, branches[len(cases)], -2, 9)


@st.composite
def single_tests(draw: st.DrawFn) -> Test:
    """A test in which every unknown occurs once."""
    kind = draw(st.sampled_from(("compare", "compare", "compare", "share", "within", "one_of", "includes")))
    if kind == "within":
        # Every day of the calendar may be unknown, so that a period never reaches beyond.
        first, last = draw(st.integers(1, 9)), draw(st.integers(1, 9))
        return Within("dated_within", FIELDS[draw(st.sampled_from(("day", "later")))], Days(first, last))
    if kind == "one_of":
        allowed = draw(st.frozensets(st.integers(0, 2), min_size=1))
        return OneOf("one_of", FIELDS["grade"], allowed)
    if kind == "includes":
        name = draw(st.sampled_from([*SETS]))
        members = draw(st.lists(st.integers(0, 2), min_size=1, max_size=3, unique=True))
        mode = draw(st.sampled_from(("all", "any", "only")))
        return Includes(f"includes_{mode}", name, mode, tuple(members), TOPICS, SETS[name])
    names = draw(st.permutations([*FIELDS, *RECORDS]))[:4]
    if kind == "share":
        of, among = draw(measures(names, gapless=False)), draw(measures(names, gapless=False))
        ratio = draw(st.sampled_from(("0", "1/3", "1/2", "7/10", "1")))
        return Share("share", of, among, Ratio(Fraction(ratio)), draw(MAYBE))
    relation = draw(st.sampled_from(("==", ">=", ">", "<=", "<")))
    left = draw(measures(names, gapless=relation == "=="))
    right = draw(measures(names, gapless=relation == "==") | st.just(PARAMETER))
    return Compare("compare", relation, left, right)
