"""What the tests of judging share: engines made once, random units, and the comparison with the oracle."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest

from antq_rules import Assessment, Engine, Outcome, Verdict
from antq_rules.assessment.assessing import assess
from antq_rules.assessment.judging import prepared
from antq_rules.engine import as_dossier
from antq_rules.engines.columnar import ColumnarStandard
from antq_rules.engines.durable import DurableExecutor
from antq_rules.engines.durable_driver import available
from antq_rules.engines.protocol import Judgement
from antq_rules.engines.scalar import ScalarExecutor
from antq_rules.evidence.intake import Intake
from antq_rules.evidence.measuring import Values
from antq_rules.located import parse_yaml
from antq_rules.plan.compiling import Plan
from tests import oracle
from tests.random_dossiers import GROUPS, random_dossier, random_previous

PERIOD = 2025
ROOT = Path(__file__).parent.parent
OPEN = (Outcome.FAIL, Outcome.UNDETERMINED)

needs_durable = pytest.mark.skipif(not available(), reason="durable-rules cannot be imported here")
ENGINES = ("scalar", pytest.param("durable", marks=needs_durable), "columnar")


@cache
def engine(name: str = "scalar", **readings: str) -> Engine:
    """An engine for the national ruleset that speaks English, whether or not the catalogues are compiled."""
    return Engine("tt-124-2021", engine=name, readings=readings, language="en")


def dossier_of(*units: dict[str, Any]) -> dict[str, Any]:
    """A dossier of these units."""
    return {"schema": "antq.dossier/1", "period": PERIOD, "units": list(units)}


@lru_cache(maxsize=8)
def judged_units(
    seed: int, units: int, period: int = PERIOD, before: bool = False, **readings: str
) -> tuple[dict[str, Any], dict[str, Any] | None, oracle.OracleResult]:
    """A random dossier, last year's if there is one, and what the oracle says of it."""
    dossier = random_dossier(seed, units, period)
    previous = random_previous(dossier, seed) if before else None
    return dossier, previous, oracle.judge(dossier, period=period, readings=readings, previous=previous)


@lru_cache(maxsize=8)
def assessed(seed: int, units: int, **readings: str) -> Assessment:
    """The same random dossier as the plain interpreter judges it."""
    return engine(**readings).assess(judged_units(seed, units, **readings)[0])


class Witnesses:
    """All executors at once, who must agree on every outcome of every unit, however few units there are."""

    name = "witnesses"

    def __init__(self, plan: Plan) -> None:
        self._plain = ScalarExecutor(plan)
        self._durable = DurableExecutor(plan) if available() else None
        self._columns = {id: ColumnarStandard(standard) for id, standard in plan.standards.items()}

    def judge(self, standard: str, kind: str, values: Values) -> Judgement:
        """The judgement on which all agree."""
        (judgement,) = self.judge_many(standard, kind, [values])
        return judgement

    def judge_many(self, standard: str, kind: str, batch: Sequence[Values]) -> Iterable[Judgement]:
        """The judgements on which all agree."""
        wanted = list(self._plain.judge_many(standard, kind, batch))
        columns = self._columns[standard]
        others = [columns.judgements(columns.judge(kind, columns.tables(batch)))]
        if self._durable is not None:
            others.append(iter(self._durable.judge_many(standard, kind, batch)))
        for other in others:
            different = [pair for pair in zip(wanted, other, strict=True) if pair[0] != pair[1]]
            assert different[:3] == [], standard
        return wanted

    def holds(self, low: int, high: int) -> Outcome:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        found = self._plain.holds(low, high)
        assert self._durable is None or self._durable.holds(low, high) is found
        return found


def witnessed(judge: Engine, dossier: dict[str, Any], previous: dict[str, Any] | None = None) -> Assessment:
    """The assessment on which all executors agree; how much they have judged is printed."""
    plan = judge.plan(dossier["period"])
    before = None if previous is None else as_dossier(previous)
    found = assess(as_dossier(dossier), prepared(plan, Witnesses, "en"), Intake(plan), "en", before)
    findings = sum(len(verdict.outcomes) for verdict in found.verdicts)
    print(f"{plan.ruleset.id} {plan.period}: {len(dossier['units'])} units, {findings} findings of each executor")
    return found


def findings_of(verdict: Verdict, judge: Engine) -> dict[str, str]:
    """The outcome of each criterion, in ruleset order; reasons are not made."""
    criteria = judge.plan(verdict.period).standards[verdict.standard].criteria
    return {criterion.id: outcome.value for criterion, outcome in zip(criteria, verdict.outcomes, strict=True)}


def disagreements(found: Assessment, expected: oracle.OracleResult, judge: Engine) -> Iterator[str]:
    """Where an assessment and the oracle differ: verdicts, findings, their order, units rejected."""
    if [verdict.unit for verdict in found.verdicts] != list(expected.verdicts):
        yield "other units have a verdict, or they stand in another order"
        return
    named = {one.unit for one in found.rejected if not one.unit.startswith("units[")}
    if named != expected.rejected - {""}:
        yield f"rejected are not the same units: {sorted(named ^ expected.rejected)}"
    for verdict in found.verdicts:
        outcome, findings = expected.verdicts[verdict.unit]
        if verdict.outcome.value != outcome:
            yield f"{verdict.unit}: {verdict.outcome.value}, the oracle says {outcome}"
        own = findings_of(verdict, judge)
        if list(own.items()) != list(findings.items()):
            wrong = sorted(set(own.items()) ^ set(findings.items())) or "another order"
            yield f"{verdict.unit}: {wrong}"


@cache
def _bases() -> dict[str, dict[str, Any]]:
    file = ROOT / "fixtures" / "worked-cases" / "bases.yaml"
    document = parse_yaml(file.read_text("utf-8"), file.name)
    assert not document.faults
    data: dict[str, dict[str, Any]] = document.data
    return data


def passing(kind: str) -> dict[str, Any]:
    """Evidence with which a unit of this kind passes."""
    return copy.deepcopy(_bases()[kind])


def unit_of(kind: str, **evidence: Any) -> dict[str, Any]:
    """A unit of a kind."""
    return {"id": f"{kind}-1", "kind": kind, "evidence": evidence}


KINDS = tuple(GROUPS)
