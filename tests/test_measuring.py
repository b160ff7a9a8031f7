"""Unknowns: a test says what all ways of filling them give; between tests Kleene logic holds. Held by brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from antq_rules.evidence.measuring import (
    Children,
    ChildState,
    children_key,
    compile_margin,
    compile_measure,
    compile_test,
    compile_truth,
)
from antq_rules.model.expression import (
    LEVELS,
    AllOf,
    AnyOf,
    AtLeastOf,
    ChildrenAny,
    ChildShare,
    Choose,
    Clamped,
    Compare,
    Computed,
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
    RatioParameter,
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
    walk,
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
from tests.small_world import FIELDS, RECORDS, VALUES, single_tests, trees

# --- brute force, written without a thought of intervals -----------------------------------------------------

RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "==": lambda a, b: a == b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
}


def possible(node: Measure, values: Mapping[str, Any]) -> set[int]:
    """Every number that a measure may be."""
    if isinstance(node, Literal):
        return {node.value}
    if isinstance(node, FieldValue):
        return {values[node.name]} if node.name in values else {*range(node.low, node.high + 1)}
    if isinstance(node, SlotValue | ParameterValue):
        return {*range(node.low, node.high + 1)}
    if isinstance(node, Linear):
        sums = {node.constant}
        for factor, term in node.terms:
            sums = {one + factor * other for one in sums for other in possible(term, values)}
        return sums
    if isinstance(node, Steps):
        return {stair_by_hand(node, number) for number in possible(node.measure, values)}
    if isinstance(node, Clamped):
        caps = {10**9} if node.cap is None else possible(node.cap, values)
        return {max(0, min(number, cap)) for number in possible(node.measure, values) for cap in caps}
    if isinstance(node, Surplus):
        pairs = product(possible(node.given, values), possible(node.whole, values))
        return {node.q * min(given, whole) - node.p * whole for given, whole in pairs}
    if isinstance(node, Preferred):
        known = [one.name for one in (node.first, node.second) if one.name in values]
        return {values[known[0]]} if known else {*range(node.low, node.high + 1)}
    if isinstance(node, Computed):
        (argument,) = node.arguments
        assert not isinstance(argument, UnitId)
        numbers = possible(argument, values)
        # A function is asked only where its argument is known.
        return {int(str(node.function(*numbers)))} if len(numbers) == 1 else {*range(node.low, node.high + 1)}
    if isinstance(node, Choose):
        found: set[int] = set()
        for condition, measure in node.cases:
            outcome = brute(condition, values)
            found |= possible(measure, values) if outcome in (PASS, UNDETERMINED) else set()
            if outcome is PASS:
                return found
        return found | possible(node.otherwise, values)
    assert isinstance(node, Count | Total)
    one = Literal(1) if isinstance(node, Count) else node.column
    if node.records not in values:
        sums = {0}
        for _ in range(node.high):
            sums |= {old + more for old in sums for more in possible(one, {})}
        return sums
    sums = {0}
    for row in values[node.records]:
        outcome = PASS if node.where is None else brute(node.where, row)
        gains = possible(one, row) if outcome in (PASS, UNDETERMINED) else {0}
        sums = {old + gain for old in sums for gain in (gains if outcome is PASS else gains | {0})}
    return sums


def stair_by_hand(node: Steps, number: int) -> int:
    """Up the stairs one by one."""
    band = [one for one in node.bands if one.start <= number][-1]
    value, reached = band.value, band.start
    while reached < number:
        step = min(band.every, number - reached)
        if node.reading == "bracket" or step == band.every:
            value += band.grow
        reached += step
    return value


def holds(node: Test, values: Mapping[str, Any]) -> set[bool]:
    """Every answer that a test may give."""
    if isinstance(node, Compare):
        pairs = product(possible(node.left, values), possible(node.right, values))
        return {RELATIONS[node.relation](left, right) for left, right in pairs}
    if isinstance(node, Share):
        assert isinstance(node.ratio, Ratio)
        share = node.ratio.value
        relation = RELATIONS[">" if node.strict else ">="]
        pairs = product(possible(node.of, values), possible(node.among, values))
        # a/b >= p/q as whole numbers; where b is 0 or less nobody asks.
        return {relation(a * share.denominator, b * share.numerator) for a, b in pairs}
    if isinstance(node, Within):
        assert isinstance(node.period, Days)
        return {node.period.first <= day <= node.period.last for day in possible(node.value, values)}
    if isinstance(node, OneOf):
        return {rank in node.values for rank in possible(node.value, values)}
    assert isinstance(node, Includes)
    members = {*node.members}
    if node.field in values:
        sets = [{rank for rank in range(3) if values[node.field] >> rank & 1}]
    else:
        sets = [{rank for rank in range(3) if bits >> rank & 1} for bits in range(int(node.not_empty), 8)]
    answers = {"all": members.issubset, "any": lambda have: bool(members & have), "only": members.issuperset}
    return {answers[node.mode](have) for have in sets}


def settled(answers: set[bool]) -> Outcome:
    return UNDETERMINED if len(answers) == 2 else PASS if answers == {True} else FAIL


def brute(node: Truth, values: Mapping[str, Any]) -> Outcome:
    """Completions inside a test, Kleene logic between tests, what does not apply left out."""
    if isinstance(node, Not):
        return {PASS: FAIL, FAIL: PASS}.get(inner := brute(node.member, values), inner)
    if isinstance(node, When):
        applies = brute(node.applies, values)
        return {PASS: brute(node.require, values), UNDETERMINED: UNDETERMINED}.get(applies, NOT_APPLICABLE)
    if isinstance(node, AllOf | AnyOf | AtLeastOf):
        members = [outcome for member in node.members if (outcome := brute(member, values)) is not NOT_APPLICABLE]
        if not members:
            return NOT_APPLICABLE
        k = len(members) if isinstance(node, AllOf) else 1 if isinstance(node, AnyOf) else node.k
        passes = [members.count(PASS), members.count(PASS) + members.count(UNDETERMINED)]
        return settled({least >= k for least in passes})
    assert isinstance(node, Test)
    return settled(holds(node, values))


# --- the comparison ------------------------------------------------------------------------------------------


@given(single_tests(), VALUES)
@settings(max_examples=1_500, deadline=None)
def test_test_says_what_all_completions_give(node: Test, values: dict[str, Any]) -> None:
    assert compile_test(node)(values) is settled(holds(node, values))
    low, high = compile_margin(node)(values)
    assert low <= high
    if isinstance(node, Compare) and node.relation != "==":
        sign = 1 if node.relation in (">", ">=") else -1
        strict = node.relation in (">", "<")
        pairs = product(possible(node.left, values), possible(node.right, values))
        margins = {sign * (left - right) - strict for left, right in pairs}
        assert (low, high) == (min(margins), max(margins))


@given(single_tests(), VALUES)
@settings(max_examples=500, deadline=None)
def test_measures_keep_within_their_bounds(node: Test, values: dict[str, Any]) -> None:
    for inner in walk(node):
        if isinstance(inner, Measure) and not isinstance(inner, FieldValue):
            least, greatest = bounds(inner)
            low, high = compile_measure(inner)(values)
            found = possible(inner, values)
            assert (low, high) == (min(found), max(found))
            if all(len(values.get(name, ())) <= most for name, most in RECORDS.items()):
                assert least <= low <= high <= greatest


@given(trees(single_tests(), 6), VALUES)
@settings(max_examples=1_000, deadline=None)
def test_condition_is_kleene_between_tests(node: Truth, values: dict[str, Any]) -> None:
    assert compile_truth(node)(values) is brute(node, values)


@given(trees(single_tests(), 6), VALUES, st.data())
@settings(max_examples=300, deadline=None)
def test_what_is_settled_stays_when_an_unknown_becomes_known(
    node: Truth, values: dict[str, Any], data: st.DataObject
) -> None:
    # But for a value that another one takes the place of, as the points of the higher level do.
    assume(not any(isinstance(inner, Preferred) for inner in walk(node)))
    before = compile_truth(node)(values)
    unknown = sorted(FIELDS.keys() - values.keys())
    if before in (PASS, FAIL) and unknown:
        name = data.draw(st.sampled_from(unknown))
        number = data.draw(st.integers(FIELDS[name].low, FIELDS[name].high))
        assert compile_truth(node)({**values, name: number}) is before


def test_unset_ratio_is_unknown() -> None:
    unset = RatioParameter("unset")
    none = Children({}, 0, ((0, 9), (0, 9), (0, 9)))
    values = {"a": 3, "b": 1, children_key("below"): none}
    shares = (Share("s", FIELDS["a"], FIELDS["b"], unset), ChildShare("s", "below", "recognised", "registered", unset))
    for node in shares:
        assert compile_test(node)(values) is UNDETERMINED


# --- the four outcomes ---------------------------------------------------------------------------------------

OUTCOMES = (PASS, FAIL, UNDETERMINED, NOT_APPLICABLE)


@pytest.mark.parametrize("size", range(5))
def test_logic_of_outcomes(size: int) -> None:
    leaf: dict[Outcome, Measure] = {PASS: Literal(1), FAIL: Literal(0), UNDETERMINED: FIELDS["flag"]}

    def test_of(outcome: Outcome) -> Truth:
        if outcome is NOT_APPLICABLE:
            return When(test_of(FAIL), test_of(PASS))
        return Compare("t", "==", leaf[outcome], Literal(1))

    for members in product(OUTCOMES, repeat=size):
        nodes = tuple(test_of(member) for member in members)
        assert all_of(members) is brute(AllOf(nodes), {})
        assert any_of(members) is brute(AnyOf(nodes), {})
        for k in range(1, size + 1):
            assert at_least_k(k, members) is brute(AtLeastOf(k, nodes), {})
        if size == 1:
            assert not_(members[0]) is brute(Not(nodes[0]), {})
        if size == 2:
            assert when(*members) is brute(When(*nodes), {})


def test_margin_of_zero_passes() -> None:
    assert [of_margin(*ends) for ends in ((0, 0), (-1, -1), (-1, 0), (3, 9))] == [PASS, FAIL, UNDETERMINED, PASS]
    assert [outcome.value for outcome in OUTCOMES] == ["pass", "fail", "undetermined", "not_applicable"]


# --- units below ---------------------------------------------------------------------------------------------

THREE = (PASS, FAIL, UNDETERMINED)
STATES = tuple(ChildState(*facts) for facts in product(THREE, repeat=3))
PAIRS = (("registered", "in_scope"), ("recognised", "registered"), ("recognised", "in_scope"))
RATIOS = tuple(Ratio(Fraction(text)) for text in ("0", "1/2", "7/10", "1"))


def ways(state: ChildState) -> set[tuple[bool, bool, bool]]:
    """How a child may stand: in scope, registered, recognised; a pass is never without registration."""

    def known(outcome: Outcome) -> list[bool]:
        return [True, False] if outcome is UNDETERMINED else [outcome is PASS]

    found = set()
    for scope, paper, verdict in product(known(state.in_scope), known(state.registered), known(state.recognised)):
        if verdict and not paper and state.registered is not FAIL:
            continue
        found.add((scope, scope and (paper or verdict), scope and verdict))
    if state.recognised is UNDETERMINED and state.registered is FAIL:
        # Whoever surely did not register cannot pass.
        found = {way for way in found if not way[2]}
    return found


def counts(states: Sequence[ChildState], announced: int) -> Iterator[tuple[int, int, int]]:
    """How many are in scope, registered and recognised, in every way; announced ones that lack are in scope."""
    for chosen in product(*(ways(state) for state in states)):
        total, registered, recognised = (sum(way[level] for way in chosen) for level in range(3))
        missing = max(0, announced - total)
        for more in range(missing + 1):
            for best in range(more + 1):
                yield total + missing, registered + more, recognised + best


def brute_share(states: Sequence[ChildState], announced: int, of: str, among: str, ratio: Ratio) -> Outcome:
    answers = set()
    for levels in counts(states, announced):
        part, whole = levels[LEVELS.index(of)], levels[LEVELS.index(among)]
        answers.add(None if whole == 0 else Fraction(part, whole) >= ratio.value)
    if len(answers) > 1:
        return UNDETERMINED
    return {True: PASS, False: FAIL, None: NOT_APPLICABLE}[answers.pop()]


def share_of(states: Sequence[ChildState], announced: int, of: str, among: str, ratio: Ratio) -> Outcome:
    tally: dict[ChildState, int] = {}
    for state in states:
        tally[state] = tally.get(state, 0) + 1
    below = Children(tally, announced, ((0, 9), (0, 9), (0, 9)))
    node = When(ChildrenAny("some", "below", among), ChildShare("share_at_least", "below", of, among, ratio))
    return compile_truth(node)({children_key("below"): below})


@pytest.mark.parametrize(("of", "among"), PAIRS)
def test_share_of_one_or_two_children_says_what_all_completions_give(of: str, among: str) -> None:
    for size in (1, 2):
        for states in combinations_with_replacement(STATES, size):
            for announced in range(4):
                for ratio in RATIOS:
                    found = share_of(states, announced, of, among, ratio)
                    assert found is brute_share(states, announced, of, among, ratio), (states, announced, ratio)


@given(
    st.lists(st.sampled_from(STATES), min_size=1, max_size=4), st.integers(0, 6), st.sampled_from(PAIRS),
    st.sampled_from((*RATIOS, Ratio(Fraction(2, 3)), Ratio(Fraction(1, 10)))),
)  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_share_of_children_says_what_all_completions_give(
    states: list[ChildState], announced: int, pair: tuple[str, str], ratio: Ratio
) -> None:
    assert share_of(states, announced, *pair, ratio) is brute_share(states, announced, *pair, ratio)


@pytest.mark.slow
@pytest.mark.parametrize(("of", "among"), PAIRS)
def test_share_of_three_children_says_what_all_completions_give(of: str, among: str) -> None:
    for states in combinations_with_replacement(STATES, 3):
        for announced in range(5):
            for ratio in RATIOS:
                found = share_of(states, announced, of, among, ratio)
                assert found is brute_share(states, announced, of, among, ratio), (states, announced, ratio)


@pytest.mark.parametrize(("of", "among"), PAIRS)
@pytest.mark.parametrize("ratio", RATIOS, ids=lambda ratio: str(ratio.value))
def test_reported_counts_decide_where_no_child_is_there(of: str, among: str, ratio: Ratio) -> None:
    node = When(ChildrenAny("some", "below", among), ChildShare("share_at_least", "below", of, among, ratio))
    known: list[int | None] = [None, 0, 1, 2, 7, 10]
    for reported in product(known, repeat=3):
        ends = tuple((0, 12) if count is None else (count, count) for count in reported)
        below = Children({}, 0, ends)  # type: ignore[arg-type]
        outcome = compile_truth(node)({children_key("below"): below})
        wider = reported[: LEVELS.index(among)]
        parts, wholes = (range(low, high + 1) for low, high in (ends[LEVELS.index(of)], ends[LEVELS.index(among)]))
        answers = {None if whole == 0 else Fraction(part, whole) >= ratio.value for part in parts for whole in wholes}
        if 0 in wider:
            expected = NOT_APPLICABLE
        elif len(answers) > 1:
            expected = UNDETERMINED
        else:
            expected = {True: PASS, False: FAIL, None: NOT_APPLICABLE}[answers.pop()]
        assert outcome is expected, reported
