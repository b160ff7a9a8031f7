"""The oracles of the older standard and of the typical commune agree with every executor on random units.

They also tell every shifted threshold and every changed relation of these rulesets from the plan as it is.
"""

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

import pytest

from antq_rules import Assessment, Engine
from antq_rules.assessment.assessing import assess as assess_with
from antq_rules.assessment.judging import Judging, UnitTelling
from antq_rules.engine import as_dossier
from antq_rules.engines import columnar
from antq_rules.engines.scalar import CompiledStandard, ScalarExecutor
from antq_rules.evidence.intake import Intake
from antq_rules.model.expression import (
    AllOf,
    Compare,
    Days,
    FieldValue,
    Literal,
    OneOf,
    ParameterValue,
    Ratio,
    Share,
    SlotValue,
    When,
    bounds,
    fields_read,
)
from antq_rules.plan.compiling import Plan, PlannedStandard
from tests import oracle_2012, oracle_typical_ward, random_rulesets
from tests.judged import ENGINES, disagreements, witnessed
from tests.oracle import OracleResult, plain_id
from tests.test_mutations import SHARPER, Judged, Mutant, changes, differs_in_verdict, mutants_of, put, sites, why_same
from tests.test_oracle import FOLDER, OUTCOMES, imports

UNITS = 3_000
MUTANT_UNITS = 6_000
LEAST = 20
"""Units that the random dossiers hold for each criterion and outcome that can be reached."""


@dataclass(frozen=True)
class Case:
    """A ruleset, who draws its dossiers and who judges them."""

    ruleset: str
    period: int
    draw: Callable[[int, int, int], dict[str, Any]]
    judge: Callable[..., OracleResult]
    readings: dict[str, tuple[str, ...]]
    standards: dict[str, str]
    unreachable: frozenset[tuple[str, str]]


CASES = {
    "tt-23-2012": Case(
        "tt-23-2012",
        2018,
        random_rulesets.dossier_2012,
        oracle_2012.judge,
        oracle_2012.READINGS,
        {"kdc": "tt23.kdc", "xa": "tt23.xa", "coquan": "tt23.cqdn", "dn": "tt23.cqdn", "truong": "tt23.truong"},
        random_rulesets.UNREACHABLE_2012,
    ),
    "typical-ward-9745": Case(
        "typical-ward-9745",
        2025,
        random_rulesets.dossier_typical,
        oracle_typical_ward.judge,
        oracle_typical_ward.READINGS,
        {"xa": "pdh.xa"},
        random_rulesets.UNREACHABLE_PDH,
    ),
}
BOTH = tuple(CASES)


def others(readings: dict[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """Each reading by its other choice, and all of them at once."""
    changed = [{name: choice} for name, choices in readings.items() for choice in choices[1:]]
    return [*changed, {name: choices[-1] for name, choices in readings.items()}]


def named(one: str | dict[str, str]) -> str:
    """The name of a case in the list of tests."""
    return one if isinstance(one, str) else "-".join(one)


OTHER_READINGS = [(name, readings) for name, case in CASES.items() for readings in others(case.readings)]


@pytest.fixture(autouse=True)
def every_unit_by_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few units are no table else, and the plain interpreter would judge them."""
    monkeypatch.setattr(columnar, "FEWEST", 0)


@cache
def engine(ruleset: str, name: str = "scalar", **readings: str) -> Engine:
    """An engine for one of the rulesets."""
    return Engine(ruleset, engine=name, readings=readings, language="en")


@lru_cache(maxsize=6)
def judged_units(
    ruleset: str, seed: int, units: int, period: int, before: bool = False, **readings: str
) -> tuple[dict[str, Any], dict[str, Any] | None, OracleResult]:
    """A random dossier, last year's if there is one, and what the oracle says of it."""
    case = CASES[ruleset]
    dossier = case.draw(seed, units, period)
    previous = random_rulesets.previous_of(dossier, seed) if before else None
    return dossier, previous, case.judge(dossier, period=period, readings=readings, previous=previous)


def assess(judge: Engine, dossier: dict[str, Any], previous: dict[str, Any] | None = None) -> Assessment:
    """The assessment of a dossier for its own year."""
    return judge.assess(dossier, previous=previous)


@pytest.mark.parametrize(
    ("file", "besides"),
    [
        ("oracle_2012.py", {"tests.oracle"}),
        ("oracle_typical_ward.py", {"tests.oracle", "tests.oracle_2012"}),
        (
            "random_rulesets.py",
            {"tests.oracle", "tests.oracle_2012", "tests.oracle_typical_ward", "tests.random_dossiers"},
        ),
    ],
)
def test_the_oracles_import_nothing_of_the_package(file: str, besides: set[str]) -> None:
    assert {name for name in imports(file) if name.split(".")[0] not in sys.stdlib_module_names} == besides
    assert not {name for name in imports(file) if name.split(".")[0] in {"importlib", "runpy", "subprocess"}}
    names = {node.id for node in ast.walk(ast.parse((FOLDER / file).read_text("utf-8"))) if isinstance(node, ast.Name)}
    assert not names & {"__import__", "eval", "exec"}


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("ruleset", BOTH)
def test_the_engines_agree_with_the_oracle_on_every_finding(ruleset: str, name: str) -> None:
    judge = engine(ruleset, name)
    dossier, _, expected = judged_units(ruleset, 1, UNITS, CASES[ruleset].period)
    assert list(disagreements(assess(judge, dossier), expected, judge))[:5] == []


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("ruleset", "period"),
    [
        *(("tt-23-2012", period) for period in (2013, 2016, 2020)),
        *(("typical-ward-9745", period) for period in (2023, 2024, 2026)),
    ],
)
def test_they_agree_in_other_years_and_with_last_year_beside(ruleset: str, period: int, name: str) -> None:
    judge = engine(ruleset, name)
    dossier, previous, expected = judged_units(ruleset, 2, 500, period, before=True)
    assert list(disagreements(assess(judge, dossier, previous), expected, judge))[:5] == []


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("ruleset", "readings"), OTHER_READINGS, ids=lambda one: one if isinstance(one, str) else "-".join(one)
)
def test_they_agree_under_other_readings(ruleset: str, readings: dict[str, str], name: str) -> None:
    judge = engine(ruleset, name, **readings)
    dossier, previous, expected = judged_units(ruleset, 3, 500, CASES[ruleset].period, before=True, **readings)
    assert list(disagreements(assess(judge, dossier, previous), expected, judge))[:5] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
@pytest.mark.parametrize("ruleset", BOTH)
def test_they_agree_on_a_hundred_thousand_units(ruleset: str, seed: int) -> None:
    judge = engine(ruleset)
    dossier, previous, expected = judged_units(ruleset, seed, 10_000, CASES[ruleset].period, before=True)
    assert list(disagreements(witnessed(judge, dossier, previous), expected, judge))[:5] == []


@pytest.mark.parametrize("ruleset", BOTH)
def test_every_outcome_that_can_be_reached_is_met_often(ruleset: str) -> None:
    case = CASES[ruleset]
    dossier, _, expected = judged_units(ruleset, 1, UNITS, case.period)
    kinds = {plain_id(unit): unit["kind"] for unit in dossier["units"]}
    table: dict[str, Counter[str]] = {}
    for unit, (outcome, findings) in expected.verdicts.items():
        for name, word in [(case.standards[kinds[unit]], outcome), *findings.items()]:
            table.setdefault(name, Counter())[word] += 1
    print(f"\n{'units of ' + str(case.period):<32}", *(f"{word:>14}" for word in OUTCOMES))
    for name in sorted(table):
        print(f"{name:<32}", *(f"{table[name][word]:>14}" for word in OUTCOMES))
    print(f"{len(expected.rejected)} ids rejected")
    cells = {(name, word): table[name][word] for name in table for word in OUTCOMES}
    assert {cell for cell, number in cells.items() if number < LEAST} == case.unreachable
    assert {cell for cell, number in cells.items() if number == 0} == case.unreachable
    assert len(expected.rejected) >= LEAST


# ---------------------------------------------------------------------------------------------------------
# A province fills in the members of a team


OVERLAY = """
overlay: households-test
base: typical-ward-9745
version: 1.0.0
title: {vi: Biên chế thử, en: Staffing for a test}
instrument: {number: 1/QĐ-UBND, issuer: UBND tỉnh, date: 2024-07-01}
in_force: {from: 2024-07-01}
prefix: thu
slots:
  staffing:
    value:
      steps: {of: households, bands: [{from: 0, value: 3}, {from: 350, value: 4}, {from: 800, value: 5}]}
"""


def by_households(row: dict[str, Any]) -> tuple[int, int]:
    """The same staircase: 3 members, 4 from 350 and 5 from 800 households."""
    households = row.get("households")
    if households is None:
        return 3, 5
    asked = 3 if households < 350 else 4 if households < 800 else 5
    return asked, asked


@pytest.mark.parametrize("name", ENGINES)
def test_they_agree_where_a_province_says_how_many_members_a_team_has(name: str, tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text(OVERLAY, encoding="utf-8")
    judge = Engine("typical-ward-9745", overlays=[str(tmp_path)], engine=name, language="en")
    dossier, _, _ = judged_units("typical-ward-9745", 6, 1_500, 2025)
    expected = oracle_typical_ward.judge(dossier, period=2025, staffing=by_households)
    assert list(disagreements(assess(judge, dossier), expected, judge))[:5] == []
    outcomes = Counter(findings["pdh.2.09"] for _, findings in expected.verdicts.values())
    assert min(outcomes[word] for word in ("pass", "fail", "undetermined")) >= LEAST


# ---------------------------------------------------------------------------------------------------------
# Mutants


@cache
def judged(ruleset: str, standard: str, **readings: str) -> list[Judged]:
    """Random units of a standard; their facts and their children are found once, by the plan unchanged."""
    dossier, _, expected = judged_units(ruleset, 4, MUTANT_UNITS, CASES[ruleset].period, **readings)
    found = []
    for verdict in assess(engine(ruleset, **readings), dossier).verdicts:
        if verdict.standard == standard:
            values = cast(UnitTelling, verdict.telling).values
            found.append(Judged(verdict.kind, values, *expected.verdicts[verdict.unit]))
    return found


def more_changes(node: Any) -> Iterator[tuple[str, Any]]:
    """Changes of what only these rulesets have: the ranges of what is unset, and the years of a series."""
    match node:
        case ParameterValue(low=low, high=high) | SlotValue(low=low, high=high):
            yield f"{node.name} is from {low + 1}", replace(node, low=low + 1)
            yield from ((f"{node.name} is up to {high + step}", replace(node, high=high + step)) for step in (1, -1))
        case FieldValue(name) if name.endswith("]"):
            series, year = name.removesuffix("]").split("[")
            for step in (1, -1):
                yield f"{name} is of {int(year) + step}", replace(node, name=f"{series}[{int(year) + step}]")


def all_mutants(standard: PlannedStandard) -> Iterator[Mutant]:
    """The mutants of a standard's criteria, scopes and decision."""
    yield from mutants_of(standard)
    for criterion in standard.criteria:
        for path, node in sites(criterion.truth):
            for what, new in more_changes(node):
                yield Mutant(standard.id, criterion.id, what, node, new, put(criterion.truth, path, new))
    if standard.decision is not None:
        for path, node in sites(standard.decision.truth):
            if isinstance(node, Compare | Literal) and (len(path) < 4 or isinstance(node, Compare)):
                for what, new in changes(node):
                    where = ".".join(str(step) for step in path)
                    changed = put(standard.decision.truth, path, new)
                    yield Mutant(standard.id, "decision", f"{where} {what}", node, new, changed)


def never_beyond(plan: Plan, mutant: Mutant) -> bool:
    """The left side never lies on the side of the right one that the two relations tell apart."""
    if not isinstance(mutant.old, Compare) or not isinstance(mutant.new, Compare):
        return False
    (low, high), (least, most) = bounds(mutant.old.left), bounds(mutant.old.right)
    relations = {mutant.old.relation, mutant.new.relation}
    return (relations == {"<=", "=="} and low >= most) or (relations == {">=", "=="} and high <= least)


def always_applies(plan: Plan, mutant: Mutant) -> bool:
    """The condition dropped reads nothing of the unit."""
    return (
        isinstance(mutant.old, When) and mutant.new == mutant.old.require and not list(fields_read(mutant.old.applies))
    )


def nothing_to_share(plan: Plan, mutant: Mutant) -> bool:
    """Only a share of nothing is judged otherwise, in a criterion where that makes no difference."""
    dropped = isinstance(mutant.old, When) and isinstance(mutant.old.require, Share)
    of_nothing = mutant.what.partition(".applies")[1] != "" and isinstance(mutant.old, Compare | Literal)
    return mutant.part in ("pdh.1.04", "pdh.3.06") and (dropped or of_nothing)


def too_fine(plan: Plan, mutant: Mutant) -> bool:
    """A share of 1, raised by less than one of the greatest number of cases allowed."""
    return mutant.part == "pdh.3.06" and mutant.new == Ratio(1 + SHARPER)


def keeps_nobody_out(plan: Plan, mutant: Mutant) -> bool:
    """The scope removed names every choice there is."""
    return mutant.new is None and isinstance(mutant.old, OneOf) and mutant.old.values >= set(range(4))


def there_anyway(plan: Plan, mutant: Mutant) -> bool:
    """That a document is there, beside what its day must be."""
    dropped = (
        isinstance(mutant.old, AllOf)
        and isinstance(mutant.new, AllOf)
        and len(mutant.old.members) > len(mutant.new.members)
    )
    lost = set(mutant.old.members) - set(mutant.new.members) if dropped else {mutant.old}
    documented = all(isinstance(one, Literal) or getattr(one, "operator", "") == "documented" for one in lost)
    return (
        mutant.part in ("tt23.truong.1.a", "tt23.truong.1.b")
        and documented
        and plan.readings["school_documents"] == "school_year"
    )


SAME: Mapping[str, tuple[Callable[[Plan, Mutant], bool], str]] = {
    "never beyond": (
        never_beyond,
        "A count is at least 0, and no more than all criteria can be met, so that <= and ==, or >= and ==, say the "
        "same of a known number; of an unknown one all of them say undetermined.",
    ),
    "always applies": (always_applies, "The law is in force in the year judged; other years have a test of their own."),
    "nothing to share": (
        nothing_to_share,
        "Of no households all signed the pledge, so that a share of them which is left out and one which is reached "
        "give the same beside the registration. And against a baseline of 0 only 0 crimes pass, by the clause beside.",
    ),
    "too fine": (too_fine, "Crimes are at most 10^6, where one more than the baseline is more than a millionth more."),
    "there anyway": (
        there_anyway,
        "A document whose day lies after the last closing is there. One that does not exist has no day, and of one "
        "that is not known neither its day nor its being there is.",
    ),
    "keeps nobody out": (keeps_nobody_out, "While the entry gate is open every kind of commune is judged."),
}


def same(plan: Plan, mutant: Mutant) -> str | None:
    """The name of the argument by which a mutant is no other plan."""
    named = next((name for name, (holds, _) in SAME.items() if holds(plan, mutant)), None)
    return named or why_same(plan, mutant)


def is_told_apart(plan: Plan, mutant: Mutant, units: list[Judged]) -> bool:
    """Whether the oracle contradicts the mutant on some unit."""
    standard = plan.standards[mutant.standard]
    if mutant.part == "decision":
        assert standard.decision is not None
        changed = replace(standard, decision=replace(standard.decision, truth=mutant.truth))
        compiled = CompiledStandard(changed)
        return any(compiled.judge(unit.kind, unit.values).outcome.value != unit.outcome for unit in units)
    if mutant.part.startswith("scope "):
        kind = mutant.part.removeprefix("scope ")
        compiled = CompiledStandard(replace(standard, scopes={**standard.scopes, kind: mutant.truth}))
        return any(differs_in_verdict(compiled, unit) for unit in units if unit.kind == kind)
    (planned,) = [criterion for criterion in standard.criteria if criterion.id == mutant.part]
    changed = replace(standard, criteria=(replace(planned, truth=mutant.truth),), decision=None)
    compiled = CompiledStandard(changed)
    return any(compiled.judge(unit.kind, unit.values).findings[0].value != unit.findings[mutant.part] for unit in units)


def examine(plan: Plan, mutants: list[Mutant], units: list[Judged]) -> None:
    """Each mutant is told apart by the oracle, or is the same by an argument."""
    survivors = [mutant for mutant in mutants if not is_told_apart(plan, mutant, units)]
    reasons = Counter(name for name in (same(plan, mutant) for mutant in survivors) if name)
    print(f"\n{len(mutants)} mutants, {len(mutants) - len(survivors)} told apart; the same: {dict(reasons)}")
    unexplained = [str(mutant) for mutant in survivors if same(plan, mutant) is None]
    print("\n".join(unexplained))
    assert mutants
    assert unexplained == []


STANDARDS = [(name, standard) for name in BOTH for standard in sorted(set(CASES[name].standards.values()))]


@pytest.mark.parametrize(("ruleset", "standard"), STANDARDS)
def test_no_threshold_or_operator_can_change_unseen(ruleset: str, standard: str) -> None:
    plan = engine(ruleset).plan(CASES[ruleset].period)
    units = judged(ruleset, standard)
    whole = CompiledStandard(plan.standards[standard])
    assert not any(differs_in_verdict(whole, unit) for unit in units)
    examine(plan, list(all_mutants(plan.standards[standard])), units)


def parts(standard: PlannedStandard) -> dict[str, Any]:
    """The conditions of a standard by name."""
    found: dict[str, Any] = {criterion.id: criterion.truth for criterion in standard.criteria}
    found |= {f"scope {kind}": truth for kind, truth in standard.scopes.items()}
    return found | {"decision": None if standard.decision is None else standard.decision.truth}


def slowly(readings: dict[str, str]) -> tuple[pytest.MarkDecorator, ...]:
    """One reading by itself is left to the slow run, save that whose conditions depend on another one too."""
    return (pytest.mark.slow,) if len(readings) == 1 and "accident_count" not in readings else ()


@pytest.mark.parametrize(
    ("ruleset", "readings"),
    [pytest.param(name, readings, marks=slowly(readings)) for name, readings in OTHER_READINGS],
    ids=named,
)
def test_nor_under_other_readings(ruleset: str, readings: dict[str, str]) -> None:
    period = CASES[ruleset].period
    plan, usual = engine(ruleset, **readings).plan(period), engine(ruleset).plan(period)
    for standard, planned in plan.standards.items():
        before = parts(usual.standards[standard])
        changed = {name for name, truth in parts(planned).items() if truth != before[name]}
        mutants = [mutant for mutant in all_mutants(planned) if mutant.part in changed]
        if mutants:
            examine(plan, mutants, judged(ruleset, standard, **readings))


@pytest.mark.parametrize(
    ("ruleset", "standard"), [one for one in STANDARDS if one[1] in ("tt23.kdc", "tt23.xa", "tt23.cqdn")]
)
def test_no_window_can_move_by_a_day_unseen(ruleset: str, standard: str) -> None:
    case = CASES[ruleset]
    plan = engine(ruleset).plan(case.period)
    planned = plan.standards[standard]
    dossier, _, _ = judged_units(ruleset, 4, MUTANT_UNITS, case.period)
    alone = {**dossier, "units": [unit for unit in dossier["units"] if unit.get("kind") in planned.scopes]}
    expected = case.judge(alone, period=case.period)

    def agrees(window: Days) -> bool:
        moved = replace(plan, standards={**plan.standards, standard: replace(planned, window=window)})
        judging = Judging(moved, ScalarExecutor(moved), "en")
        found = assess_with(as_dossier(alone), judging, Intake(moved), "en")
        return not list(disagreements(found, expected, engine(ruleset)))

    assert agrees(planned.window)
    assert [what for what, window in changes(planned.window) if agrees(cast(Days, window))] == []
