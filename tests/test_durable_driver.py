"""The driver of durable-rules: what it concludes, and each guard that stands before the library."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest

from antq_rules.engines import durable_driver as driver
from antq_rules.engines.durable_driver import AllOf, AnyOf, Compare, Condition, Rule, Stage
from antq_rules.errors import InferenceError

needs_library = pytest.mark.skipif(not driver.available(), reason="durable-rules is not installed")

COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "eq": lambda a, b: a == b,
    "gte": lambda a, b: a >= b,
    "gt": lambda a, b: a > b,
    "lte": lambda a, b: a <= b,
    "lt": lambda a, b: a < b,
}


def at_least(name: str, value: int = 0) -> Compare:
    return Compare(name, "gte", value)


def below(name: str, value: int = 0) -> Compare:
    return Compare(name, "lt", value)


def margins(count: int, usual: bool = False) -> list[Rule]:
    """A pass and a fail rule for each of so many margins."""
    passes = [Rule(f"pass{i}", at_least(f"h{i}"), usual) for i in range(count)]
    return [*passes, *(Rule(f"fail{i}", below(f"h{i}")) for i in range(count))]


def judged(fact: Mapping[str, int]) -> set[str]:
    return {f"{'pass' if value >= 0 else 'fail'}{name[1:]}" for name, value in fact.items()}


def holds(condition: Condition, fact: Mapping[str, int]) -> bool:
    if isinstance(condition, Compare):
        value = fact.get(condition.name)
        return value is not None and COMPARISONS[condition.op](value, condition.value)
    each = (holds(member, fact) for member in condition.members)
    return all(each) if isinstance(condition, AllOf) else any(each)


def random_condition(rng: random.Random, names: list[str], depth: int) -> Condition:
    if depth == 0 or rng.random() < 0.3:
        return Compare(rng.choice(names), rng.choice(list(COMPARISONS)), rng.randrange(-3, 4))
    members = tuple(random_condition(rng, names, depth - 1) for _ in range(rng.randrange(1, 5)))
    return AllOf(members) if rng.random() < 0.5 else AnyOf(members)


def random_rules(rng: random.Random, names: list[str], depth: int, usual: float) -> list[Rule]:
    return [
        Rule(f"c{i}", random_condition(rng, names, rng.randrange(depth)), rng.random() < usual)
        for i in range(rng.randrange(1, 14))
    ]


def random_fact(rng: random.Random, names: list[str]) -> dict[str, int]:
    """Some of the properties, with h0 at most h1."""
    fact = {name: rng.randrange(-4, 5) for name in names if rng.random() < 0.8}
    if fact.get("h0", -9) > fact.get("h1", 9):
        fact["h0"], fact["h1"] = fact["h1"], fact["h0"]
    return fact


class Fake:
    """Stands in for the C module: fires what it is told to, refuses as the library does."""

    def __init__(self, fires: tuple[str, ...] = (), code: int = 0, error: Exception | None = None) -> None:
        self.fires = fires
        self.code = code
        self.error = error
        self.heartbeat = True
        self.deletes = True
        self.live: list[tuple[int, str]] = []
        self.most_live = 0
        self.rulesets = 0
        self._queue: list[str] = []

    def create_ruleset(self, name: str, definition: str) -> int:
        self.rulesets += 1
        return self.rulesets

    def assert_fact(self, ruleset: int, text: str) -> tuple[int, int]:
        fact = json.loads(text)
        first = len(fact) == 3
        self.live.append((ruleset, fact["sid"]))
        self.most_live = max(self.most_live, sum(handle == ruleset for handle, _ in self.live))
        if self.error and not first:
            raise self.error
        self._queue = ["a"] if self.heartbeat or first else []
        self._queue += () if first else self.fires
        return (0 if first else self.code), 7

    def start_action_for_state(self, ruleset: int, state: int) -> tuple[str, str] | None:
        time.sleep(0)
        return ("{}", self._action()) if self._queue else None

    def complete_and_start_action(self, ruleset: int, state: int) -> str | None:
        return self._action() if self._queue else None

    def delete_state(self, ruleset: int, session: str) -> None:
        if not self.deletes:
            raise RuntimeError("Could not delete state, error code: 309")
        self.live.remove((ruleset, session))

    def _action(self) -> str:
        return json.dumps({self._queue.pop(0): {"m": {}}})


class Spy:
    """The C module itself, with a record of what is asked of it."""

    def __init__(self) -> None:
        self.engine: Any = import_module("durable_rules_engine")
        self.definitions: list[dict[str, Any]] = []
        self.facts: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.live: set[tuple[int, str]] = set()

    def create_ruleset(self, name: str, definition: str) -> int:
        time.sleep(0.005)  # so that threads get in each other's way if they can
        self.calls.append("create")
        self.definitions.append(json.loads(definition))
        return int(self.engine.create_ruleset(name, definition))

    def assert_fact(self, ruleset: int, text: str) -> tuple[int, int]:
        self.calls.append("assert")
        self.facts.append(json.loads(text))
        self.live.add((ruleset, self.facts[-1]["sid"]))
        code, state = self.engine.assert_fact(ruleset, text)
        return code, state

    def start_action_for_state(self, ruleset: int, state: int) -> tuple[str, str] | None:
        self.calls.append("start")
        started: tuple[str, str] | None = self.engine.start_action_for_state(ruleset, state)
        return started

    def complete_and_start_action(self, ruleset: int, state: int) -> str | None:
        action: str | None = self.engine.complete_and_start_action(ruleset, state)
        return action

    def delete_state(self, ruleset: int, session: str) -> None:
        self.calls.append("delete")
        self.engine.delete_state(ruleset, session)
        self.live.remove((ruleset, session))


def with_library(monkeypatch: pytest.MonkeyPatch, engine: Any, limit: int = driver.MAX_RULESETS) -> None:
    monkeypatch.setattr(driver, "_library", driver._Library(engine, limit))


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spy]:
    spy = Spy()
    with_library(monkeypatch, spy)
    yield spy
    assert not spy.live


def one_rule() -> Stage:
    return Stage("tests", [Rule("yes", at_least("x"))])


# --- what is concluded --------------------------------------------------------------------------------------


@needs_library
def test_a_pass_and_a_fail_are_conclusions_and_an_unknown_is_neither() -> None:
    assert Stage("tests", margins(3)).conclude({"h0": 0, "h1": -1}) == {"pass0", "fail1"}


@needs_library
@pytest.mark.parametrize("op", list(COMPARISONS))
@pytest.mark.parametrize("value", [-(2**62) + 1, -7, 0, 7, 2**62 - 1])
def test_comparisons_are_exact_on_both_sides(op: str, value: int) -> None:
    stage = Stage("tests", [Rule("yes", Compare("x", op, value))])
    for x in (value - 1, value, value + 1):
        if abs(x) < 2**62:
            assert bool(stage.conclude({"x": x})) is COMPARISONS[op](x, value)


@needs_library
def test_random_conditions_are_as_in_python() -> None:
    rng = random.Random(1)
    rounds = bundles = concluded = 0
    for _ in range(150):
        names = [f"h{i}" for i in range(rng.randrange(2, 12))]
        rules = random_rules(rng, names, depth=5, usual=0.5)
        stage = Stage("random", rules, [("h0", "h1")])
        rounds, bundles = rounds + len(stage._rounds), bundles + len(stage._bundles)
        for _ in range(20):
            fact = random_fact(rng, names)
            expected = {rule.conclusion for rule in rules if holds(rule.condition, fact)}
            assert stage.conclude(fact) == expected, (rules, fact)
            concluded += len(expected)
    assert rounds > 20
    assert bundles > 100
    assert concluded > 5_000


@needs_library
def test_alternatives_that_are_all_true_conclude_once() -> None:
    any_of_60 = AnyOf(tuple(at_least(f"h{i}") for i in range(60)))
    assert Stage("tests", [Rule("yes", any_of_60)]).conclude({f"h{i}": 1 for i in range(60)}) == {"yes"}


@needs_library
def test_many_nested_alternatives_are_concluded_in_a_round_of_their_own(spy: Spy) -> None:
    choices = [AnyOf((at_least(f"p{i}", 1), at_least(f"n{i}", 1))) for i in range(40)]
    stage = Stage("standard", [Rule("pass", AllOf(tuple(choices)))])
    met = {f"{'pn'[i % 2]}{i}": 1 for i in range(40)}
    assert stage.conclude(met) == {"pass"}
    assert stage.conclude({**met, "p38": 0}) == set()
    assert sum(map(len, spy.definitions)) < 90


@needs_library
def test_usual_rules_and_ordered_bounds_change_no_conclusion(spy: Spy) -> None:
    rng = random.Random(2)
    bounds = [(f"l{i}", f"g{i}") for i in range(34)]
    rules = [Rule(f"pass{low}", at_least(low), usual=True) for low, _ in bounds]
    rules += [Rule(f"fail{low}", below(high)) for low, high in bounds]
    stage = Stage("tests", rules, bounds)
    for _ in range(200):
        fact = {}
        for low, high in bounds:
            fact[low] = rng.randrange(-1, 30)
            fact[high] = fact[low] + rng.choice((0, 0, 5))
        assert stage.conclude(fact) == {rule.conclusion for rule in rules if holds(rule.condition, fact)}
    spy.facts.clear()
    assert len(stage.conclude({name: 1 for pair in bounds for name in pair})) == 34
    assert len(spy.facts) == 1


@needs_library
def test_usual_rules_are_asked_together_and_those_in_doubt_singly(spy: Spy) -> None:
    stage = Stage("tests", margins(34, usual=True))
    for fails in ({}, {"h3": -1}, {"h3": -1, "h4": -1, "h33": -1}):
        fact = {f"h{i}": 1 for i in range(34)} | fails
        doubted = [f"pass{name[1:]}" for name in fails]
        stage.conclude(fact, doubted)
        spy.facts.clear()
        assert stage.conclude(fact, doubted) == judged(fact)
        assert len(spy.facts) == 1 + len(fails)
    # The heartbeat and the bundle; a pass with its fail, which all of them share.
    assert [len(definition) for definition in spy.definitions] == [2, 3]


@needs_library
@pytest.mark.parametrize("count", [driver.MAX_KEYS, driver.MAX_KEYS + 1, 450])
def test_as_many_usual_rules_as_one_conjunction_takes(count: int) -> None:
    stage = Stage("tests", margins(count, usual=True))
    rng = random.Random(4)
    for fails in (0, 1, 5):
        fact = {f"h{i}": 1 for i in range(count)} | {f"h{i}": -1 for i in rng.sample(range(count), fails)}
        assert stage.conclude(fact, [f"pass{i}" for i in range(count) if fact[f"h{i}"] < 0]) == judged(fact)


@needs_library
def test_doubts_change_no_conclusion() -> None:
    """Rules that share what they read, some usual and some not, with any of them in doubt, rightly or not."""
    rng = random.Random(3)
    doubted_fired = spared = 0
    for _ in range(150):
        names = [f"h{i}" for i in range(rng.randrange(2, 8))]
        rules = random_rules(rng, names, depth=4, usual=0.7)
        stage = Stage("random", rules, [("h0", "h1")])
        for _ in range(20):
            fact = random_fact(rng, names)
            expected = {rule.conclusion for rule in rules if holds(rule.condition, fact)}
            right = [rule.conclusion for rule in rules if rule.conclusion not in expected]
            wild = [rule.conclusion for rule in rules if rng.random() < 0.3] + ["unknown"]
            for doubted in (right, wild):
                assert stage.conclude(fact, doubted) == expected, (rules, fact, doubted)
            doubted_fired += len(expected.intersection(wild))
            spared += len(right)
    assert min(doubted_fired, spared) > 1_000


@needs_library
def test_bounds_that_touch_contradict_nothing() -> None:
    rules = [Rule("low", at_least("low"), usual=True), Rule("high", Compare("high", "lte", 0))]
    stage = Stage("tests", rules, [("low", "high")])
    assert stage.conclude({"low": 0, "high": 0}) == {"low", "high"}


@needs_library
def test_a_rule_is_put_off_only_where_it_contradicts_the_bundle(spy: Spy) -> None:
    rules = [*margins(2, usual=True), Rule("odd", AnyOf((below("h0"), at_least("z"))))]
    assert Stage("tests", rules).conclude({"h0": 1, "h1": 1, "z": 1}) == {"pass0", "pass1", "odd"}


@needs_library
def test_conditions_that_contradict_themselves_never_fire() -> None:
    rules = [Rule("never", AllOf((at_least("x", 2), below("x", 2))), usual=True), Rule("yes", at_least("x"))]
    assert Stage("tests", rules).conclude({"x": 2}) == {"yes"}


@needs_library
def test_nothing_true_concludes_nothing() -> None:
    assert one_rule().conclude({"x": -1}) == set()


@needs_library
def test_nothing_known_concludes_nothing_and_asks_nothing(spy: Spy) -> None:
    assert one_rule().conclude({}) == set()
    assert one_rule().conclude({"other": 1}) == set()
    assert Stage("empty", []).conclude({"x": 1}) == set()
    assert not spy.calls


@needs_library
def test_a_stage_is_pickled_after_use() -> None:
    stage = Stage("tests", margins(60, usual=True), [("h0", "h1")])
    fact = {f"h{i}": i - 30 for i in range(60)}
    again = pickle.loads(pickle.dumps(stage)) if stage.conclude(fact) else stage
    assert again is not stage
    assert again.conclude(fact) == judged(fact)
    with pytest.raises(InferenceError, match="h0 = 1 is more than h1 = 0"):
        again.conclude({"h0": 1, "h1": 0})


@needs_library
@pytest.mark.parametrize("usual", [False, True])
def test_eight_threads_share_a_stage(monkeypatch: pytest.MonkeyPatch, usual: bool) -> None:
    with_library(monkeypatch, None)
    stage = Stage("tests", margins(34, usual))
    barrier = threading.Barrier(8)

    def work(seed: int) -> int:
        rng = random.Random(seed)
        barrier.wait()
        for _ in range(300):
            fact = {f"h{i}": rng.choice((-1, 1, 2, 3, 4, 5)) for i in range(34) if rng.random() < 0.95}
            assert stage.conclude(fact) == judged(fact)
        return 300

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 2_400


@needs_library
def test_sessions_do_not_pile_up(spy: Spy) -> None:
    stage = Stage("tests", margins(5))
    for number in range(5_000):
        stage.conclude({f"h{i}": number % (i + 2) - 1 for i in range(5)})
        assert not spy.live
    assert len(spy.definitions) == 1


# --- guards: facts and conditions ---------------------------------------------------------------------------


def refused(words: str, fact: dict[str, Any]) -> None:
    with pytest.raises(InferenceError, match=words):
        Stage("tests", [Rule("yes", AnyOf((at_least("x"), at_least("y"))))]).conclude(fact)


@pytest.mark.parametrize("value", [True, False, 1.0, "1", 10**30 * 1.5, [1]])
def test_only_integers_are_values(value: Any) -> None:
    refused(r"x is .*, of type", {"y": 1, "x": value})
    with pytest.raises(InferenceError, match="of type"):
        Compare("x", "gte", value)


def test_an_integer_of_a_subclass_is_no_value() -> None:
    class Rank(int):
        pass

    refused("of type Rank", {"x": Rank(1)})


def test_none_is_refused_and_not_taken_for_unknown() -> None:
    refused("x is None; leave an unknown property out", {"y": 1, "x": None})


@pytest.mark.parametrize("value", [2**62, -(2**62), 2**63, pytest.param(10**5_000, id="huge")])
def test_values_stay_below_2_to_the_62(value: int) -> None:
    refused("x is 2\\^62 or more", {"y": 1, "x": value})
    with pytest.raises(InferenceError, match=r"2\^62"):
        Compare("x", "gte", value)


@pytest.mark.parametrize("name", ["sid", "id", "$s", "X", "1x", "_x", "x-1", "đạt", "x y", 'x"', "x\n", "", 7])
def test_names_are_plain_and_not_the_library_s_own(name: Any) -> None:
    refused("cannot name a property", {"x": 1, name: 1})
    with pytest.raises(InferenceError, match="cannot name a property"):
        Compare(name, "gte", 0)


@pytest.mark.parametrize("op", ["neq", "nex", "$gte", ">=", ""])
def test_only_five_comparisons_are_known(op: str) -> None:
    with pytest.raises(InferenceError, match="is not a comparison; use one of eq, gt, gte, lt, lte"):
        Compare("x", op, 0)


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_conditions_without_members_are_refused(kind: type[AllOf] | type[AnyOf]) -> None:
    with pytest.raises(InferenceError, match="without members"):
        kind(())


def test_two_rules_with_one_conclusion_are_refused() -> None:
    with pytest.raises(InferenceError, match="stage 'tests': two rules conclude 'yes'"):
        Stage("tests", [Rule("yes", at_least("x")), Rule("yes", at_least("y"))])


def test_bounds_out_of_order_are_refused() -> None:
    stage = Stage("tests", [Rule("yes", at_least("low"))], [("low", "high")])
    with pytest.raises(InferenceError, match="low = 2 is more than high = 1"):
        stage.conclude({"low": 2, "high": 1})


# --- guards: the library's limits ---------------------------------------------------------------------------


@needs_library
@pytest.mark.parametrize("usual", [False, True])
def test_rulesets_keep_within_48_rules_and_200_keys(spy: Spy, usual: bool) -> None:
    singles = [Rule(f"one{i}", at_least(f"h{i}"), usual) for i in range(300)]
    wide = [
        Rule(f"wide{j}", AllOf(tuple(at_least(f"h{i}") for i in range(70 * j, 70 * j + 90))), usual) for j in range(4)
    ]
    rules = [*wide, *singles, Rule("any", AnyOf(tuple(at_least(f"h{i}", 2) for i in range(200))))]
    stage = Stage("tests", rules)
    assert stage.conclude({f"h{i}": 2 for i in range(300)}) == {rule.conclusion for rule in rules}
    assert stage.conclude({f"h{i}": 2 for i in range(299)}) == {rule.conclusion for rule in rules} - {
        "one299",
        "wide3",
    }
    for definition in spy.definitions:
        assert len(definition) <= 48
    for fact in spy.facts:
        assert len(fact) <= 200 + len(("sid", "id", "heartbeat"))


@needs_library
def test_a_rule_may_read_200_properties() -> None:
    between = [c for i in range(200) for c in (at_least(f"h{i}", 5), below(f"h{i}", 9))]
    stage = Stage("tests", [Rule("all", AllOf(tuple(between)), usual=True)])
    assert stage.conclude({f"h{i}": 6 for i in range(200)}) == {"all"}
    assert stage.conclude({f"h{i}": 6 + 3 * (i == 199) for i in range(200)}) == set()


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_a_rule_that_reads_201_properties_is_refused_by_name(kind: type[AllOf] | type[AnyOf]) -> None:
    rule = Rule("too wide", kind(tuple(at_least(f"h{i}") for i in range(201))))
    with pytest.raises(InferenceError, match="stage 'tests': rule 'too wide' reads 201 properties"):
        Stage("tests", [Rule("fine", at_least("x")), rule])


@needs_library
def test_the_library_sees_only_names_made_here(spy: Spy) -> None:
    Stage("tests", [Rule("đạt", at_least("label"))]).conclude({"label": 1, "chart": 1})
    assert spy.facts[-1] == {"sid": spy.facts[-1]["sid"], "id": "f", "a": 1, "b": 1}
    assert spy.definitions == [{"a": {"all": [{"m": {"a": 1}}]}, "b": {"all": [{"m": {"$gte": {"b": 0}}}]}}]


def test_names_made_here_share_no_hash() -> None:
    def fnv(text: str) -> int:
        value = 0x811C9DC5
        for byte in text.encode():
            value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
        return value

    names = [*driver._SHORT, "sid", "id", "$s", "$forward", "$m"]
    assert len({fnv(name) for name in names}) == len(names) == driver.MAX_KEYS + 6
    facts = [driver._FACT_ID, *(f"sid-{session}" for session in driver._SESSIONS)]
    assert len({fnv(fact) for fact in facts}) == len(facts)
    assert len({fnv(session) for session in driver._SESSIONS}) == len(driver._SESSIONS)


@needs_library
def test_consecutive_facts_have_sessions_of_their_own(spy: Spy) -> None:
    stage = one_rule()
    for x in range(500):
        stage.conclude({"x": x})
    assert len({fact["sid"] for fact in spy.facts}) == 501


@needs_library
def test_rulesets_are_made_once_for_a_shape_at_first_use(spy: Spy) -> None:
    stages = [Stage(f"s{i}", [Rule(f"c{i}", at_least(f"h{i}", 5))]) for i in range(10)]
    assert not spy.definitions
    with ThreadPoolExecutor(8) as pool:
        concluded = list(pool.map(lambda i: stages[i % 10].conclude({f"h{i % 10}": 5}), range(200)))
    assert concluded == [{f"c{i % 10}"} for i in range(200)]
    assert len(spy.definitions) == 1


def test_no_more_rulesets_are_made_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake()
    with_library(monkeypatch, fake, limit=2)
    stages = [Stage("tests", [Rule("yes", at_least("x", bound))]) for bound in range(3)]
    for _ in range(2):
        assert stages[0].conclude({"x": 1}) == stages[1].conclude({"x": 1}) == set()
        with pytest.raises(InferenceError, match=r"has made 2 rulesets .* run the scalar engine"):
            stages[2].conclude({"x": 1})
    assert fake.rulesets == 2


@needs_library
def test_a_ruleset_s_first_fact_fires_its_heartbeat(spy: Spy) -> None:
    one_rule().conclude({"x": -1})
    assert spy.calls == ["create", "assert", "start", "delete", "assert", "start", "delete"]
    assert spy.facts[0] == {"sid": spy.facts[0]["sid"], "id": "f", "a": 1}


def test_a_ruleset_has_one_session_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(fires=("b",))
    with_library(monkeypatch, fake)
    stage = one_rule()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda x: stage.conclude({"x": x}), range(800))) == {frozenset({"yes"})}
    assert fake.most_live == 1


# --- guards: what the library says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fake", "words"),
    [
        (Fake(code=1), "no rule took the fact"),
        (Fake(code=2), "already observed"),
        (Fake(code=3), "deferred"),
        (Fake(code=9), "code 9"),
        (Fake(error=RuntimeError("Could not assert fact, error code: 303")), "error code: 303"),
        (Fake(error=MemoryError()), "MemoryError"),
        (Fake(fires=("b", "b")), "fired rule 'yes' twice"),
        (Fake(fires=("c",)), "fired 'c', which is no rule"),
    ],
)
def test_refusals_and_strange_answers_are_inference_errors(
    monkeypatch: pytest.MonkeyPatch, fake: Fake, words: str
) -> None:
    with_library(monkeypatch, fake)
    for _ in range(2):
        with pytest.raises(InferenceError, match=words):
            one_rule().conclude({"x": 1})
    assert not fake.live
    assert fake.rulesets == 1


def test_silence_is_an_error_and_not_an_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake()
    with_library(monkeypatch, fake)
    assert one_rule().conclude({"x": 1}) == set()
    fake.heartbeat = False
    with pytest.raises(InferenceError, match="fell silent"):
        one_rule().conclude({"x": 1})
    fake.fires = ("b",)
    with pytest.raises(InferenceError, match="fell silent"):
        one_rule().conclude({"x": 1})


def test_a_ruleset_whose_session_stays_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = Fake(fires=("b",))
    with_library(monkeypatch, fake)
    stage = one_rule()
    assert stage.conclude({"x": 1}) == {"yes"}
    fake.deletes = False
    with pytest.raises(InferenceError, match="did not delete the session"):
        stage.conclude({"x": 1})
    fake.deletes = True
    assert stage.conclude({"x": 1}) == {"yes"}
    assert fake.rulesets == 2


def test_a_refused_ruleset_is_an_inference_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(Fake):
        def create_ruleset(self, name: str, definition: str) -> int:
            raise RuntimeError("Could not create ruleset, error code: 113")

    with_library(monkeypatch, Refusing())
    with pytest.raises(InferenceError, match=r"refused a ruleset: .* 113"):
        one_rule().conclude({"x": 1})


@pytest.mark.parametrize("error", [ImportError("undefined symbol: PyEval_CallObject"), OSError("no such file")])
def test_a_library_that_cannot_be_imported_is_not_available(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(name: str) -> Any:
        raise error

    with_library(monkeypatch, None)
    monkeypatch.setattr(driver, "import_module", fail)
    assert driver.available() is False
    stage = one_rule()
    with pytest.raises(InferenceError, match=r"cannot be imported .* run the scalar engine"):
        stage.conclude({"x": 1})


def test_the_module_is_imported_without_the_library() -> None:
    program = (
        "import sys, antq_rules.engines.durable_driver as d\n"
        "d.Stage('s', [d.Rule('yes', d.Compare('x', 'gte', 0))])\n"
        "sys.exit('durable_rules_engine' in sys.modules or 'durable' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
