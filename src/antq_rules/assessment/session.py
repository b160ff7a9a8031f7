"""A live session: evidence arrives value by value, and each one tells which findings it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from antq_rules.assessment.assessing import restricted
from antq_rules.assessment.judging import Judging, is_managed, state_of
from antq_rules.errors import EvidenceError, Fault, message
from antq_rules.evidence.intake import Facts, Intake
from antq_rules.evidence.measuring import ChildState
from antq_rules.model.dossier import Dossier, Entry, Unit
from antq_rules.model.verdict import Finding, Verdict


class Session:
    """One unit under one standard. Recording the same things in any order ends in the same verdict.

    A session belongs to one thread at a time.
    """

    def __init__(self, judging: Judging, intake: Intake, facts: Facts) -> None:
        self._judging = judging
        self._intake = intake
        self._unit: Unit = facts.unit
        self._children: dict[str, Verdict] = {}
        self._verdict = self._judged(judging, intake, facts, {})

    def _judged(self, judging: Judging, intake: Intake, facts: Facts, below: Mapping[str, Verdict]) -> Verdict:
        """The verdict on facts and verdicts of units below, with what the rulesets used say of the same."""
        plan = judging.plan
        standard = plan.standard_of(facts.unit.kind)
        assert standard is not None
        children: dict[str, Iterable[ChildState]] = {
            group.name: [
                state_of(verdict)
                for verdict in below.values()
                if verdict.standard in plan.standards and is_managed(group, verdict.kind, verdict.managing_level)
            ]
            for group in standard.groups
        }
        asked = {}
        for used in judging.used:
            for entry in restricted(Dossier.of([facts.unit]), used.judging.plan).entries:
                own = used.intake.admit(entry)
                if isinstance(own, Facts) and used.judging.plan.standard_of(facts.unit.kind) is not None:
                    verdict = self._judged(used.judging, used.intake, own, below)
                    asked[verdict.standard] = verdict
        return judging.verdict(facts, children, asked=asked)

    @property
    def unit(self) -> Unit:
        """The unit with the evidence recorded so far."""
        return self._unit

    @property
    def verdict(self) -> Verdict:
        """The verdict on what is recorded so far."""
        return self._verdict

    def record(self, field: str, value: Any) -> tuple[Finding, ...]:
        """Record a value of a field, in place of an earlier one; None takes it back.

        Returns: The findings whose outcome changed, in ruleset order.
        Raises:
            EvidenceError: The value is refused; the session stays as it was.
        """
        evidence = {**self._unit.evidence, field: value}
        return self._renew(replace(self._unit, evidence=evidence), self._children)

    def record_child(self, verdict: Verdict) -> tuple[Finding, ...]:
        """Record the verdict of a unit below, in place of an earlier one of the same unit.

        Returns: The findings whose outcome changed, in ruleset order.
        Raises:
            EvidenceError: The verdict is of another year, of a unit that is not below this one, or was found under
                another ruleset or other readings.
        """
        fault = self._foreign(verdict)
        if fault is not None:
            raise EvidenceError(fault)
        return self._renew(self._unit, {**self._children, verdict.unit: verdict})

    def _foreign(self, verdict: Verdict) -> Fault | None:
        """Why a verdict is not one of a unit below."""
        values = {
            "unit": verdict.unit, "period": verdict.period, "parent": self._unit.id, "own": self._verdict.period,
        }  # fmt: skip
        if verdict.parent != self._unit.id or verdict.period != self._verdict.period:
            return Fault(
                "not_a_child",
                message("'{unit}' of {period} is not below '{parent}' of {own}"),
                message("record verdicts of units whose parent is '{parent}', of the same year"),
                "parent",
                values=values,
            )
        plans = [self._judging.plan, *(used.judging.plan for used in self._judging.used)]
        known = {
            (kind, standard.id) for plan in plans for standard in plan.standards.values() for kind in standard.scopes
        }
        same = {name: plans[0].readings.get(name) for name in verdict.readings} == verdict.readings
        if (verdict.kind, verdict.standard) not in known or not same:
            return Fault(
                "not_a_child",
                message("'{unit}' was judged under another ruleset or other readings"),
                message("judge it with the engine of this session"),
                values=values,
            )
        return None

    def _renew(self, unit: Unit, below: dict[str, Verdict]) -> tuple[Finding, ...]:
        result = self._intake.admit(Entry(unit.to_mapping()))
        if isinstance(result, list):
            raise EvidenceError(result)
        before, self._verdict = self._verdict, self._judged(self._judging, self._intake, result, below)
        self._unit, self._children = result.unit, below
        if before.outcomes == self._verdict.outcomes:
            return ()
        rows = zip(self._verdict.findings, before.outcomes, self._verdict.outcomes, strict=True)
        return tuple(finding for finding, old, new in rows if old is not new)
