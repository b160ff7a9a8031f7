"""Judging by columns: it agrees with the interpreter on every node of the plan, whatever is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import cycle, islice, product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antq_rules.engines.columnar import FEWEST, ColumnarExecutor, ColumnarStandard
from antq_rules.engines.protocol import Judgement
from antq_rules.engines.scalar import ScalarExecutor
from antq_rules.evidence.measuring import UNIT, Children, ChildState, children_key
from antq_rules.model.expression import (
    LEVELS,
    AllOf,
    AnyOf,
    AtLeastOf,
    Band,
    ChildGroup,
    ChildrenAny,
    ChildShare,
    Compare,
    Computed,
    Count,
    FieldValue,
    Literal,
    Measure,
    Not,
    Ratio,
    SeriesValue,
    Share,
    Steps,
    Total,
    Truth,
    UnitId,
    When,
    stairs,
)
from antq_rules.model.outcome import FAIL, PASS, UNDETERMINED
from antq_rules.plan.compiling import Plan
from tests.plans import LABEL, plan_of
from tests.small_world import VALUES, single_tests, trees

Values = dict[str, Any]


def agree(plan: Plan, batch: Sequence[Values]) -> None:
    """Both executors come to the same judgement of every unit."""
    assert columnar(plan, batch) == [ScalarExecutor(plan).judge("s", "u", values) for values in batch]


def columnar(plan: Plan, batch: Sequence[Values]) -> list[Judgement]:
    """The judgements by columns, however few units there are."""
    standard = ColumnarStandard(plan.standards["s"])
    return list(standard.judgements(standard.judge("u", standard.tables(batch))))


@pytest.mark.parametrize("units", [0, FEWEST - 1, FEWEST, 3 * FEWEST])
def test_the_executor_takes_the_table_where_there_are_many_units(units: int) -> None:
    plan = plan_of(boolean("a"), Not(boolean("b")))
    batch = [{name: value for name, value in zip("ab", values, strict=True) if value is not None}
             for values in islice(cycle(product((0, 1, None), repeat=2)), units)]  # fmt: skip
    found = list(ColumnarExecutor(plan).judge_many("s", "u", batch))
    assert found == columnar(plan, batch) == [ScalarExecutor(plan).judge("s", "u", values) for values in batch]


def field(name: str, high: int = 3) -> FieldValue:
    return FieldValue(name, 0, high)


def boolean(name: str) -> Compare:
    return Compare("is_true", "==", field(name, 1), Literal(1))


@given(
    st.lists(trees(single_tests(), 4), min_size=1, max_size=4),
    trees(single_tests(), 2),
    st.lists(VALUES, min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_agrees_with_the_interpreter_on_random_conditions(
    truths: list[Truth], scope: Truth, batch: list[Values]
) -> None:
    agree(plan_of(*truths, Not(truths[0]), scope=scope), batch)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_logic_of_members_of_every_outcome(size: int) -> None:
    members = tuple(When(boolean(f"applies{index}"), boolean(f"holds{index}")) for index in range(size))
    conditions: list[Truth] = [AllOf(members), AnyOf(members), *(AtLeastOf(k, members) for k in range(1, size + 1))]
    names = [f"{part}{index}" for index in range(size) for part in ("applies", "holds")]
    batch = [
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in product((0, 1, None), repeat=2 * size)
    ]
    agree(plan_of(*conditions, *(Not(one) for one in conditions), When(conditions[0], conditions[1])), batch)


STATES = [ChildState(*three) for three in product((PASS, FAIL, UNDETERMINED), repeat=3)]
GROUP = ChildGroup("areas", ("kdc",), ("xa",), None, None, (field("a"), None, field("b")), LABEL)
BELOW = st.builds(
    Children,
    st.dictionaries(st.sampled_from(STATES), st.integers(1, 3), max_size=5),
    st.integers(0, 8),
    st.tuples(*([st.tuples(st.integers(0, 3), st.integers(3, 6))] * 3)),
)


@given(st.lists(BELOW, min_size=1, max_size=30), st.sampled_from(("0", "1/2", "7/10", "1")))
@settings(max_examples=60, deadline=None)
def test_agrees_on_units_below(several: list[Children], share: str) -> None:
    ratio = Ratio(Fraction(share))
    tests: list[Truth] = [
        *(ChildrenAny("any", "areas", level) for level in LEVELS),
        *(ChildShare("share", "areas", of, among, ratio) for among, of in (LEVELS[:2], LEVELS[1:], LEVELS[::2])),
    ]
    agree(plan_of(*tests, groups=(GROUP,)), [{children_key("areas"): one} for one in several])


# The traps of tables


EMPTY: list[tuple[str, Values]] = [
    ("no rows sum to nothing", {"events": ()}),
    ("a list that is not told may sum to anything", {}),
    ("rows of which nothing is known", {"events": ({}, {})}),
    ("all rows known", {"events": ({"weight": 2}, {"weight": 1})}),
    ("some rows known", {"events": ({"weight": 2}, {})}),
]


@pytest.mark.parametrize("values", [values for _, values in EMPTY], ids=[name for name, _ in EMPTY])
def test_sums_over_rows_that_are_missing_or_empty(values: Values) -> None:
    heavy = Compare("at_least", ">=", field("weight"), Literal(2))
    nodes = [
        Compare("at_most", "<=", measure, Literal(limit))
        for measure in (
            Count("events", None, 3), Count("events", heavy, 3), Total("events", field("weight"), None, 3),
            Total("events", field("weight"), heavy, 3),
        )
        for limit in (0, 1, 2, 3, 9)
    ]  # fmt: skip
    agree(plan_of(*nodes), [values])
    agree(plan_of(*nodes), [{"events": ({"weight": 0},)}, values, {}, {"events": ()}])


def test_differences_of_counts_and_large_products_do_not_wrap() -> None:
    many, most = 2**40, 2**60
    difference = Compare("at_most", "<=", Count("events", None, 9), Count("cases", None, 9))
    shares = [
        Share("share", FieldValue("a", 0, many), FieldValue("b", 0, many), Ratio(Fraction(p, q)))
        for p, q in ((1, 3), (999_983, 1_000_003))
    ]
    large = Compare("at_least", ">=", FieldValue("c", -most, most), FieldValue("d", -most, most))
    batch: list[Values] = [
        {"events": (), "cases": ({}, {}), "a": 0, "b": many, "c": -most, "d": most},
        {"events": ({}, {}), "cases": (), "a": many, "b": many, "c": most, "d": -most},
        {"events": ({},), "a": many - 1, "c": most},
        {},
    ]
    agree(plan_of(difference, *shares, large), batch)


def test_a_function_of_a_plugin_is_asked_once_for_all_units_with_the_same_arguments() -> None:
    asked = []

    def lamps(unit: str, number: int) -> int | None:
        asked.append((unit, number))
        return None if number == 3 else number * 2

    node = Computed("lamps", LABEL, lamps, (UnitId(), field("a")), 0, 9)
    plan = plan_of(Compare("at_least", ">=", node, Literal(4)))
    batch = [{UNIT: unit, **values} for unit in ("x", "y") for values in ({"a": 1}, {"a": 2}, {"a": 3}, {}, {"a": 2})]
    found = columnar(plan, batch)
    assert sorted(asked) == [(unit, number) for unit in ("x", "y") for number in (1, 2, 3)]
    assert found == [ScalarExecutor(plan).judge("s", "u", values) for values in batch]


def test_an_open_number_of_years_and_stairs_under_unknowns() -> None:
    bands = (Band(0, 1), Band(2, 3, 1, 2), Band(5, 0))
    staircase = Steps(field("a", 9), bands, "floor", *stairs(bands, "floor", 0, 9))
    series = SeriesValue("cases", 0, 9, last=field("years", 3), latest=2025)
    measures: tuple[Measure, ...] = (staircase, series)
    nodes = [
        Compare("t", relation, one, Literal(limit))
        for one in measures
        for relation, limit in product(("==", ">=", "<"), range(6))
    ]
    years = [{f"cases[{year}]": count for year, count in zip((2025, 2024, 2023), counts, strict=True) if count >= 0}
             for counts in product((-1, 0, 2), repeat=3)]  # fmt: skip
    batch = [{**one, **({"years": n} if n else {}), **({"a": n * 3} if n else {})} for one in years for n in range(4)]
    agree(plan_of(*nodes), batch)


def test_no_units_give_no_judgements() -> None:
    agree(plan_of(boolean("a")), [])
