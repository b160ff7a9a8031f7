"""The inference engine: it agrees with the interpreter everywhere, and no wrong conclusion becomes a verdict."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antq_rules import Engine, InferenceError, RulesetError
from antq_rules.authoring.cases import load_cases, run_cases
from antq_rules.engines import durable_driver
from antq_rules.engines.choosing import executor_for
from antq_rules.engines.durable import DurableExecutor, stages_of
from antq_rules.engines.durable_driver import Stage
from antq_rules.engines.protocol import Judgement
from antq_rules.engines.scalar import ScalarExecutor
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.model.expression import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Compare,
    Conclusion,
    FieldValue,
    Literal,
    Not,
    Truth,
    When,
)
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED
from antq_rules.plan.compiling import Plan
from antq_rules.plan.deciding import PlannedDecision
from tests.judged import PERIOD, engine, needs_durable
from tests.plans import plan_of
from tests.random_dossiers import random_dossier
from tests.small_world import VALUES, single_tests, trees


def boolean(name: str) -> Compare:
    return Compare("is_true", "==", FieldValue(name, 0, 1), Literal(1))


# --- agreement ------------------------------------------------------------------------------------------------


@needs_durable
def test_agrees_with_the_interpreter_on_every_finding_of_every_case() -> None:
    ruleset = find_ruleset("tt-124-2021")
    cases = load_cases(ruleset)
    for one, other in zip(
        run_cases(ruleset, cases, engine="durable", language="en"),
        run_cases(ruleset, cases, engine="scalar", language="en"),
        strict=True,
    ):
        assert (one.got, one.reasons) == (other.got, other.reasons), one.line()


@needs_durable
def test_agrees_with_the_interpreter_on_random_units() -> None:
    dossier = random_dossier(seed=7, units=400, period=PERIOD)
    found, wanted = (engine(name).assess(dossier) for name in ("durable", "scalar"))
    assert [(one.unit, one.outcome, one.outcomes) for one in found.verdicts] == [
        (one.unit, one.outcome, one.outcomes) for one in wanted.verdicts
    ]


@needs_durable
@given(trees(single_tests(), 4), trees(single_tests(), 2), st.lists(VALUES, min_size=4, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_agrees_with_the_interpreter_on_random_conditions(
    truth: Truth, scope: Truth, several: list[dict[str, Any]]
) -> None:
    plan = plan_of(truth, Not(truth), scope=scope)
    durable, scalar = DurableExecutor(plan), ScalarExecutor(plan)
    for values in several:
        assert durable.judge("s", "u", values) == scalar.judge("s", "u", values)


@needs_durable
@pytest.mark.parametrize("size", [1, 3, 5])
def test_logic_of_members_of_every_outcome(size: int) -> None:
    members = tuple(When(boolean(f"applies{index}"), boolean(f"holds{index}")) for index in range(size))
    conditions: list[Truth] = [AllOf(members), AnyOf(members), *(AtLeastOf(k, members) for k in range(1, size + 1))]
    plan = plan_of(*conditions, *(Not(one) for one in conditions), When(conditions[0], conditions[1]))
    durable, scalar = DurableExecutor(plan), ScalarExecutor(plan)
    applies = {"applies": 1}
    ways: list[dict[str, int]] = [{}, applies, {"applies": 0}, {**applies, "holds": 0}, {**applies, "holds": 1}]
    chosen = [*product(ways, repeat=size)]
    for way in random.Random(1).sample(chosen, min(len(chosen), 200)):
        values = {f"{name}{index}": value for index, part in enumerate(way) for name, value in part.items()}
        assert durable.judge("s", "u", values) == scalar.judge("s", "u", values)


@needs_durable
def test_decision_counts_the_findings_inside_the_scope() -> None:
    conditions: list[Truth] = [When(boolean("applies"), boolean("a")), boolean("b")]
    durable = DurableExecutor(plan_of(*conditions, scope=boolean("inside")))

    def outcome(**values: int) -> Any:
        return durable.judge("s", "u", values).outcome

    assert outcome(inside=1, applies=1, a=1, b=1) is PASS
    assert outcome(inside=1, applies=0, b=1) is PASS
    assert outcome(inside=1, applies=1, a=0) is FAIL
    assert outcome(inside=1, applies=1, b=1) is UNDETERMINED
    assert outcome(applies=1, a=1, b=1) is UNDETERMINED
    assert outcome(applies=1, a=0, b=0) is UNDETERMINED
    assert outcome(inside=0, applies=1, a=0, b=0) is NOT_APPLICABLE
    alone = DurableExecutor(plan_of(conditions[0]))
    assert alone.judge("s", "u", {"applies": 0}).outcome is NOT_APPLICABLE


@needs_durable
def test_engine_is_used_from_several_threads_and_pickled() -> None:
    dossier = random_dossier(seed=3, units=60, period=PERIOD)
    judge = Engine("tt-124-2021", engine="durable", language="en")
    wanted = engine("scalar").assess(dossier).to_json()
    again = pickle.loads(pickle.dumps(judge))
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda one: one.assess(dossier).to_json(), [judge, again] * 4))
    assert {*texts} == {wanted}


@needs_durable
def test_stages_of_a_ruleset_keep_within_what_the_library_bears() -> None:
    judge = Engine("tt-124-2021", engine="durable", language="en")
    executor = executor_for("durable")(judge.plan(PERIOD))
    assert isinstance(executor, DurableExecutor)
    stages = stages_of(executor)
    assert len(stages) == 5
    # All criteria decide, and so the verdict is concluded with them.
    assert all(len(one) == 1 for one in stages.values())


# --- conclusions that are wrong ---------------------------------------------------------------------------------

Tamper = Callable[[frozenset[str]], list[str]]
STAGES = ("criteria and verdict", "criteria", "deciding", "verdict")
OTHER = {"p": "f", "f": "p", "u": "p", "n": "f"}


def missing(conclusions: frozenset[str]) -> list[str]:
    return sorted(conclusions)[1:]


def doubled(conclusions: frozenset[str]) -> list[str]:
    first, *_ = found = sorted(conclusions)
    return [*found, f"{first[:-1]}{OTHER.get(first[-1], 'p')}"]


def repeated(conclusions: frozenset[str]) -> list[str]:
    return [*conclusions, min(conclusions)]


def foreign(conclusions: frozenset[str]) -> list[str]:
    return [*conclusions, "x99_p"]


def nonsense(conclusions: frozenset[str]) -> list[str]:
    return [*sorted(conclusions)[1:], f"{min(conclusions)[:-1]}z"]


def silent(conclusions: frozenset[str]) -> list[str]:
    return []


def wrong(conclusions: frozenset[str]) -> list[str]:
    first, *others = sorted(conclusions)
    return [f"{first[:-1]}{OTHER.get(first[-1], 'p')}", *others]


WORDS: dict[Tamper, str] = {
    missing: "no outcome was concluded",
    doubled: "two outcomes were concluded",
    repeated: "two outcomes were concluded",
    foreign: "one too many for",
    nonsense: "which is no outcome",
    silent: "no outcome was concluded",
    wrong: "the rules concluded",
}


class Tampered:
    """Stands before a stage and changes what it concludes."""

    def __init__(self, stage: Stage, tamper: Tamper) -> None:
        self.stage = stage
        self.tamper = tamper

    def conclude(self, fact: dict[str, int], doubted: Sequence[str] = ()) -> list[str]:
        return self.tamper(self.stage.conclude(fact, doubted))


def decided_plan(scope: Truth | None) -> Plan:
    """All criteria decide, but by a decision of its own."""
    plan = plan_of(boolean("a"), boolean("b"), scope=scope)
    both = AllOf(tuple(Conclusion(f"s.{index}") for index in range(2)))
    standard = replace(plan.standards["s"], decision=PlannedDecision((), both))
    return cast(Plan, SimpleNamespace(standards={"s": standard}))


def tampered(stage: str, tamper: Tamper, *, scope: Truth | None = None) -> DurableExecutor:
    together = stage == "criteria and verdict"
    executor = DurableExecutor(plan_of(boolean("a"), boolean("b"), scope=scope) if together else decided_plan(scope))
    stages: Any = executor.stages("s", "u")
    owner, name = {
        "deciding": (stages.deciding, "whole"),
        "verdict": (stages.deciding, "verdict"),
    }.get(stage, (stages, "criteria"))
    setattr(owner, name, Tampered(getattr(owner, name), tamper))
    return executor


@needs_durable
@pytest.mark.parametrize("scoped", [False, True])
@pytest.mark.parametrize("tamper", WORDS)
@pytest.mark.parametrize("stage", STAGES)
def test_conclusion_that_is_wrong_is_an_error_and_no_verdict(stage: str, tamper: Tamper, scoped: bool) -> None:
    executor = tampered(stage, tamper, scope=boolean("inside") if scoped else None)
    with pytest.raises(InferenceError, match=WORDS[tamper]):
        executor.judge("s", "u", {"a": 1, "b": 1, "inside": 1})


@needs_durable
def test_difference_from_the_witness_names_criterion_and_both_outcomes() -> None:
    with pytest.raises(InferenceError, match=r"s\.0: the rules concluded fail, the interpreter pass"):
        tampered("criteria", wrong).judge("s", "u", {"a": 1, "b": 1})
    with pytest.raises(InferenceError, match=r"s: the rules concluded scope pass, verdict fail; .* verdict pass"):
        tampered("verdict", wrong).judge("s", "u", {"a": 1, "b": 1})


@needs_durable
def test_no_tampering_ever_gives_another_verdict() -> None:
    rng = random.Random(5)

    def chance(conclusions: frozenset[str]) -> list[str]:
        found = sorted(conclusions)
        for _ in range(rng.randint(0, 3)):
            found = rng.choice([*WORDS])(frozenset(found)) if found else ["x1_p"]
        return found

    executors = [(tampered(stage, chance, scope=boolean("inside")), stage) for stage in STAGES]
    scalar = ScalarExecutor(plan_of(boolean("a"), boolean("b"), scope=boolean("inside")))
    refused = 0
    for _ in range(600):
        values = {name: rng.randint(0, 1) for name in ("a", "b", "inside") if rng.random() < 0.8}
        executor, _ = rng.choice(executors)
        try:
            found: Judgement | None = executor.judge("s", "u", values)
        except InferenceError:
            refused += 1
        else:
            assert found == scalar.judge("s", "u", values)
    assert 200 < refused < 600


@needs_durable
def test_witness_that_errs_is_told_apart_too(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = DurableExecutor(plan_of(boolean("a")))
    monkeypatch.setattr(
        executor._witness["s"], "judge", lambda kind, values: Judgement(PASS, (FAIL,), FAIL), raising=True
    )
    with pytest.raises(InferenceError, match="the rules concluded pass, the interpreter fail"):
        executor.judge("s", "u", {"a": 1})


# --- what is not compiled ---------------------------------------------------------------------------------------


@needs_durable
def test_at_least_k_of_many_members_is_counted() -> None:
    """More members than combinations could be made of; some of them may not apply."""
    members = tuple(When(boolean(f"a{index}"), boolean(f"f{index}")) for index in range(12))
    durable = DurableExecutor(plan_of(AtLeastOf(4, members)))
    chance = random.Random(4)
    seen = set()
    for _ in range(400):
        values = {f"{letter}{index}": chance.choice([0, 1, None]) for letter in "af" for index in range(12)}
        if chance.random() < 0.1:
            values |= {f"a{index}": 0 for index in range(12)}
        known = {name: value for name, value in values.items() if value is not None}
        seen.add(durable.judge("s", "u", known).findings)
    assert seen == {(outcome,) for outcome in (PASS, FAIL, UNDETERMINED, NOT_APPLICABLE)}


# --- which executor runs -----------------------------------------------------------------------------------------


def test_auto_takes_what_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable_driver, "available", lambda: False)
    assert executor_for("auto") is ScalarExecutor
    with pytest.raises(RulesetError, match="needs durable-rules") as caught:
        executor_for("durable")
    assert caught.value.faults[0].code == "no_engine"
    monkeypatch.setattr(durable_driver, "available", lambda: True)
    assert executor_for("auto") is DurableExecutor
    assert executor_for("scalar") is ScalarExecutor


def test_an_engine_that_does_not_exist_or_lacks_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    for name, words in (("duckdb", "auto, scalar, durable, columnar"), ("columnar", "antq-rules[batch]")):
        with pytest.raises(RulesetError) as caught:
            executor_for(name)
        assert [fault.code for fault in caught.value.faults] == ["no_engine"]
        assert words in str(caught.value)
