"""A plan in which one threshold is shifted or one operator changed no longer agrees with the oracle.

Every mutant of every condition is judged on random units; one that the oracle does not tell from the plan must be
named in :data:`SAME`, with the argument why no evidence can tell them apart.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any, cast

import pytest

from antq_rules.assessment.assessing import assess
from antq_rules.assessment.judging import Judging, UnitTelling
from antq_rules.engine import as_dossier
from antq_rules.engines.scalar import CompiledStandard, ScalarExecutor
from antq_rules.evidence.intake import Intake
from antq_rules.evidence.measuring import Values
from antq_rules.model.expression import (
    LEVELS,
    AllOf,
    AnyOf,
    AtLeastOf,
    ChildrenAny,
    ChildShare,
    Compare,
    Count,
    Days,
    Dimension,
    FieldValue,
    Includes,
    Label,
    Linear,
    Literal,
    Not,
    OneOf,
    Ratio,
    Share,
    When,
    bounds,
)
from antq_rules.plan.compiling import Plan, PlannedStandard
from tests import oracle
from tests.judged import PERIOD, assessed, disagreements, engine, judged_units

UNITS = 20_000
RELATIONS = ("==", ">=", ">", "<=", "<")
SHARPER = Fraction(1, 10**6)
"""What a share is raised by for "at least" to become "more than"."""

Path = tuple[str | int, ...]


# ---------------------------------------------------------------------------------------------------------
# Mutants


@dataclass(frozen=True)
class Mutant:
    """A condition with one node changed."""

    standard: str
    part: str
    what: str
    old: Any
    new: Any
    truth: Any

    def __str__(self) -> str:
        return f"{self.part}: {self.what}"


def sites(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every node of a condition with the way to it."""
    if isinstance(node, tuple):
        for index, item in enumerate(node):
            yield from sites(item, (*path, index))
    elif is_dataclass(node) and not isinstance(node, Label | Dimension):
        yield path, node
        for spec in fields(node):
            yield from sites(getattr(node, spec.name), (*path, spec.name))


def put(node: Any, path: Path, new: Any) -> Any:
    """The condition with another node at the end of the way."""
    if not path:
        return new
    step, *rest = path
    if isinstance(step, int):
        return (*node[:step], put(node[step], tuple(rest), new), *node[step + 1 :])
    return replace(node, **{step: put(getattr(node, step), tuple(rest), new)})


def changes(node: Any) -> Iterator[tuple[str, Any]]:
    """One step away from a node: thresholds by one, ends by a day, members, relations, connectives."""
    match node:
        case Literal(value):
            yield from ((f"{value} is {value + step}", replace(node, value=value + step)) for step in (1, -1))
        case Ratio(value):
            above = Fraction(value.numerator + 1, value.denominator)
            below = Fraction(value.numerator - 1, value.denominator)
            yield from ((f"{value} is {other}", Ratio(other)) for other in (above, below, value + SHARPER))
        case Days(first, last):
            yield from ((f"begins {step:+} day", Days(first + step, last)) for step in (1, -1))
            yield from ((f"ends {step:+} day", Days(first, last + step)) for step in (1, -1))
        case Compare(_, relation):
            yield from ((f"{relation} is {one}", replace(node, relation=one)) for one in RELATIONS if one != relation)
        case OneOf(_, _, values):
            yield from ((f"{one} is dropped", replace(node, values=values - {one})) for one in sorted(values))
        case Includes(_, _, mode, members):
            for one in members:
                yield (
                    f"{one} is dropped",
                    replace(node, members=tuple(rest for rest in members if rest != one)),
                )
            yield from ((f"{mode} is {one}", replace(node, mode=one)) for one in ("all", "any", "only") if one != mode)
        case AllOf(members) | AnyOf(members):
            yield (
                "all is any" if isinstance(node, AllOf) else "any is all",
                (AnyOf(members) if isinstance(node, AllOf) else AllOf(members)),
            )
            for index in range(len(members)):
                yield f"member {index} is dropped", type(node)(members[:index] + members[index + 1 :])
        case AtLeastOf(k, _):
            yield from ((f"{k} of them is {k + step}", replace(node, k=k + step)) for step in (1, -1))
        case Not(member):
            yield "not is dropped", member
        case When(_, require):
            yield "applies_when is dropped", require
        case Share(strict=strict):
            yield "strictness is changed", replace(node, strict=not strict)
        case Linear(terms) if len(terms) > 1:
            for index in range(len(terms)):
                yield f"term {index} is dropped", replace(node, terms=terms[:index] + terms[index + 1 :])
        case Count(where=where) if where is not None:
            yield "every row counts", replace(node, where=None)
        case ChildShare(of=of, among=among):
            yield from ((f"of {of} is of {one}", replace(node, of=one)) for one in LEVELS if one != of)
            yield from ((f"among {among} is {one}", replace(node, among=one)) for one in LEVELS if one != among)
        case ChildrenAny(among=among):
            yield from ((f"among {among} is {one}", replace(node, among=one)) for one in LEVELS if one != among)


def mutants_of(standard: PlannedStandard) -> Iterator[Mutant]:
    """Every mutant of a standard's criteria and scopes."""
    conditions = [(criterion.id, criterion.truth) for criterion in standard.criteria]
    conditions += [(f"scope {kind}", truth) for kind, truth in standard.scopes.items() if truth is not None]
    for part, truth in conditions:
        for path, node in sites(truth):
            for what, new in changes(node):
                where = ".".join(str(step) for step in path)
                yield Mutant(standard.id, part, f"{where} {what}".strip(), node, new, put(truth, path, new))
        if part.startswith("scope"):
            yield Mutant(standard.id, part, "removed", truth, None, None)


# ---------------------------------------------------------------------------------------------------------
# Mutants that no evidence tells from the plan


def never_below(plan: Plan, mutant: Mutant) -> bool:
    """The left side has no value below the right one."""
    return mutant.new.relation == "<=" and bounds(mutant.old.left)[0] >= bounds(mutant.old.right)[1]


def never_above(plan: Plan, mutant: Mutant) -> bool:
    """The left side has no value above the right one."""
    return mutant.new.relation == ">=" and bounds(mutant.old.left)[1] <= bounds(mutant.old.right)[0]


def refused_above(plan: Plan, mutant: Mutant) -> bool:
    """Evidence whose left side is above the right one is refused."""
    sides = (mutant.old.left, mutant.old.right)
    return mutant.new.relation == ">=" and any(
        isinstance(constraint.require, Compare)
        and constraint.require.relation == "<="
        and (constraint.require.left, constraint.require.right) == sides
        for constraint in plan.ruleset.constraints
    )


SAME: Mapping[str, tuple[Callable[[Plan, Mutant], bool], str]] = {
    "never below": (
        never_below,
        "A count is at least 0, a choice at least the first one. So the known number equals that bound or stands "
        "above it, and == and <= say the same; an unknown one may do either, and both say undetermined.",
    ),
    "never above": (
        never_above,
        "A truth value is at most true, a choice at most the last one. So the known number equals that bound or "
        "stands below it, and == and >= say the same; an unknown one may do either, and both say undetermined.",
    ),
    "refused above": (
        refused_above,
        "A part greater than its whole is refused, so that two known numbers are equal or the part is less, and == "
        "and >= say the same. Of an unknown part == says undetermined; >= would say pass only for a whole of 0, and "
        "to that the criterion does not apply. Of an unknown whole it is not known whether the criterion applies, "
        "and that is undetermined under both.",
    ),
}


def why_same(plan: Plan, mutant: Mutant) -> str | None:
    """The name of the argument by which a mutant is no other plan."""
    if not isinstance(mutant.old, Compare) or mutant.old.relation != "==" or not isinstance(mutant.new, Compare):
        return None
    return next((name for name, (holds, _) in SAME.items() if holds(plan, mutant)), None)


# ---------------------------------------------------------------------------------------------------------
# Judging them


@dataclass(frozen=True)
class Judged:
    """A unit as executors see it, and what the oracle says of it."""

    kind: str
    values: Values
    outcome: str
    findings: Mapping[str, str]


@cache
def judged(standard: str, seed: int, units: int, **readings: str) -> list[Judged]:
    """Random units of a standard; their facts and their children are found once, by the plan unchanged."""
    _, _, expected = judged_units(seed, units, **readings)
    found = []
    for verdict in assessed(seed, units, **readings).verdicts:
        if verdict.standard == standard:
            values = cast(UnitTelling, verdict.telling).values
            found.append(Judged(verdict.kind, values, *expected.verdicts[verdict.unit]))
    return found


def is_told_apart(plan: Plan, mutant: Mutant, units: list[Judged]) -> bool:
    """Whether the oracle contradicts the mutant on some unit."""
    standard = plan.standards[mutant.standard]
    if mutant.part.startswith("scope "):
        kind = mutant.part.removeprefix("scope ")
        compiled = CompiledStandard(replace(standard, scopes={**standard.scopes, kind: mutant.truth}))
        return any(differs_in_verdict(compiled, unit) for unit in units if unit.kind == kind)
    (planned,) = [criterion for criterion in standard.criteria if criterion.id == mutant.part]
    compiled = CompiledStandard(replace(standard, criteria=(replace(planned, truth=mutant.truth),)))
    return any(compiled.judge(unit.kind, unit.values).findings[0].value != unit.findings[mutant.part] for unit in units)


def differs_in_verdict(compiled: CompiledStandard, unit: Judged) -> bool:
    """Whether verdict or findings of a unit are not those of the oracle."""
    judgement = compiled.judge(unit.kind, unit.values)
    words = [outcome.value for outcome in judgement.findings]
    return judgement.outcome.value != unit.outcome or words != list(unit.findings.values())


def examine(plan: Plan, mutants: list[Mutant], units: list[Judged]) -> None:
    """Each mutant is told apart by the oracle, or is the same by an argument."""
    same = Counter(name for name in (why_same(plan, mutant) for mutant in mutants) if name)
    survivors = {str(mutant) for mutant in mutants if not is_told_apart(plan, mutant, units)}
    print(f"\n{len(mutants)} mutants, {len(mutants) - len(survivors)} told apart; the same: {dict(same)}")
    assert mutants
    assert survivors == {str(mutant) for mutant in mutants if why_same(plan, mutant)}


@pytest.mark.parametrize("standard", ["tt124.kdc", "tt124.xa", "tt124.cqdn", "tt124.csgd"])
def test_no_threshold_or_operator_can_change_unseen(standard: str) -> None:
    plan = engine().plan(PERIOD)
    units = judged(standard, 1, UNITS)
    whole = CompiledStandard(plan.standards[standard])
    assert not any(differs_in_verdict(whole, unit) for unit in units)
    examine(plan, list(mutants_of(plan.standards[standard])), units)


@pytest.mark.parametrize(
    ("standard", "readings"),
    [
        ("tt124.kdc", {"yoy_mode": "decrease"}),
        ("tt124.kdc", {"yoy_scope": "total"}),
        ("tt124.kdc", {"yoy_mode": "decrease", "yoy_scope": "total"}),
        ("tt124.xa", {"yoy_mode": "decrease", "yoy_scope": "total"}),
        ("tt124.csgd", {"mixed_primary_school": "out_of_scope"}),
    ],
    ids=str,
)
def test_nor_under_other_readings(standard: str, readings: dict[str, str]) -> None:
    plan, usual = (
        engine(**readings).plan(PERIOD).standards[standard],
        engine().plan(PERIOD).standards[standard],
    )
    same = {one.id for one, other in zip(plan.criteria, usual.criteria, strict=True) if one.truth == other.truth}
    same |= {f"scope {kind}" for kind, truth in plan.scopes.items() if truth == usual.scopes[kind]}
    mutants = [mutant for mutant in mutants_of(plan) if mutant.part not in same]
    examine(engine(**readings).plan(PERIOD), mutants, judged(standard, 5, 3_000, **readings))


@pytest.mark.parametrize("standard", ["tt124.kdc", "tt124.xa", "tt124.cqdn", "tt124.csgd"])
def test_no_window_can_move_by_a_day_unseen(standard: str) -> None:
    plan = engine().plan(PERIOD)
    planned = plan.standards[standard]
    dossier, _, _ = judged_units(5, 3_000)
    alone = {**dossier, "units": [unit for unit in dossier["units"] if unit.get("kind") in planned.scopes]}
    expected = oracle.judge(alone, period=PERIOD)

    def agrees(window: Days) -> bool:
        moved = replace(plan, standards={**plan.standards, standard: replace(planned, window=window)})
        judging = Judging(moved, ScalarExecutor(moved), "en")
        found = assess(as_dossier(alone), judging, Intake(moved), "en")
        return not list(disagreements(found, expected, engine()))

    assert agrees(planned.window)
    assert [what for what, window in changes(planned.window) if agrees(cast(Days, window))] == []


def test_every_sort_of_node_is_mutated() -> None:
    plan = engine().plan(PERIOD)
    nodes = {
        type(node)
        for standard in plan.standards.values()
        for truth in (*(one.truth for one in standard.criteria), *standard.scopes.values())
        for _, node in sites(truth)
    }
    unchanged = {kind.__name__ for kind in nodes if kind is not FieldValue} - {
        type(mutant.old).__name__ for standard in plan.standards.values() for mutant in mutants_of(standard)
    }
    assert unchanged == {"Within"}, "its period is changed instead"
