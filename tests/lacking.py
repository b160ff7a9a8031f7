"""Findings that do not pass, and what becomes of them once their shortfalls are made up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from antq_rules import Dossier, Engine, Finding, Outcome, Shortfall
from tests import oracle
from tests.judged import OPEN, PERIOD


@dataclass(frozen=True)
class Lacking:
    """A finding that does not pass, with the dossier of its unit and of the units below it."""

    dossier: Dossier
    unit: dict[str, Any]
    finding: Finding

    @property
    def shortfalls(self) -> list[Shortfall]:
        """What the reasons name, in their order."""
        return [reason.shortfall for reason in self.finding.reasons if reason.shortfall is not None]

    @property
    def possible(self) -> bool:
        """Whether every reason names a change."""
        return all(shortfall.kind != "impossible" for shortfall in self.shortfalls)

    @property
    def twins(self) -> bool:
        """Whether an id is used twice; to replace one of the two frees the other as well."""
        return len({oracle.plain_id(entry.data) for entry in self.dossier.entries}) < len(self.dossier.entries)

    def __str__(self) -> str:
        return f"{self.unit['id']} {self.finding.criterion}"


def lacking(judge: Engine, dossier: dict[str, Any]) -> Iterator[Lacking]:
    """Every finding of a dossier that fails or is undetermined, each unit beside those below it alone."""
    below: dict[str, list[dict[str, Any]]] = {}
    for unit in dossier["units"]:
        below.setdefault(oracle.normal(str(unit.get("parent"))), []).append(unit)
    for unit in dossier["units"]:
        family = Dossier.of([unit, *below.get(oracle.plain_id(unit), ())], PERIOD)
        for verdict in judge.assess(family).verdicts:
            for finding in verdict.findings if verdict.unit == oracle.plain_id(unit) else ():
                if finding.outcome in OPEN:
                    yield Lacking(family, unit, finding)


def outcome_with(judge: Engine, case: Lacking, *shortfalls: Shortfall) -> Outcome:
    """The outcome of the criterion once these are made up, one after the other."""
    dossier, unit = case.dossier, oracle.plain_id(case.unit)
    for shortfall in shortfalls:
        dossier = judge.apply(dossier, unit, shortfall)
    return outcome_in(judge, dossier, case)


def outcome_in(judge: Engine, dossier: Dossier, case: Lacking) -> Outcome:
    verdict = judge.assess(dossier).verdict(case.unit["id"])
    criteria = [criterion.id for criterion in judge.plan(PERIOD).standards[verdict.standard].criteria]
    return verdict.outcomes[criteria.index(case.finding.criterion)]
