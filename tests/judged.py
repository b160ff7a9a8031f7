"""What the tests of judging share: engines made once, random units, and the comparison with the oracle."""

import copy
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest

from antq_rules import Assessment, Engine, Outcome, Verdict
from antq_rules.engines.durable_driver import available
from antq_rules.located import parse_yaml
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
