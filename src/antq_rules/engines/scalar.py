"""The plain interpreter: conditions compiled to functions, one unit at a time. It runs everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from antq_rules.engines.protocol import Judgement
from antq_rules.evidence.measuring import OutcomeFunction, Values, compile_test, compile_truth
from antq_rules.model.expression import finding_key
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome, of_margin
from antq_rules.plan.compiling import Plan, PlannedStandard


class ScalarExecutor:
    """Judges by calling one compiled function for each criterion."""

    name = "scalar"

    def __init__(self, plan: Plan) -> None:
        self._standards = {id: CompiledStandard(standard) for id, standard in plan.standards.items()}

    def judge(self, standard: str, kind: str, values: Values) -> Judgement:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        return self._standards[standard].judge(kind, values)

    def judge_many(self, standard: str, kind: str, batch: Sequence[Values]) -> Iterator[Judgement]:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        return (self.judge(standard, kind, values) for values in batch)

    def holds(self, low: int, high: int) -> Outcome:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        return of_margin(low, high)


class CompiledStandard:
    """The functions of one standard."""

    def __init__(self, standard: PlannedStandard) -> None:
        self.criteria: tuple[OutcomeFunction, ...] = tuple(
            compile_truth(criterion.truth) for criterion in standard.criteria
        )
        self.scopes = {kind: None if truth is None else compile_truth(truth) for kind, truth in standard.scopes.items()}
        self.names = tuple(finding_key(criterion.id) for criterion in standard.criteria)
        self.own = own_criteria(standard)
        decision = standard.decision
        self.decision = None if decision is None else compile_truth(decision.truth)
        self.classes = () if decision is None else tuple(compile_test(one.reached) for one in decision.classes)
        self.beyond = Judgement(
            NOT_APPLICABLE,
            (NOT_APPLICABLE,) * len(self.criteria),
            NOT_APPLICABLE,
            (NOT_APPLICABLE,) * len(self.classes),
        )

    def judge(self, kind: str, values: Values) -> Judgement:
        """The judgement of a unit of this kind."""
        scope_test = self.scopes[kind]
        scope = PASS if scope_test is None else inside(scope_test(values))
        if scope is FAIL:
            return self.beyond
        findings = tuple([criterion(values) for criterion in self.criteria])
        if self.decision is None:
            return Judgement(scope, findings, decide(scope, all_found(weighed(findings, self.own))))
        concluded = {**values, **dict(zip(self.names, findings, strict=True))}
        found = NOT_APPLICABLE if nothing_applies(weighed(findings, self.own)) else self.decision(concluded)
        return Judgement(scope, findings, decide(scope, found), tuple([one(concluded) for one in self.classes]))


def inside(scope: Outcome) -> Outcome:
    """Whether a unit is in scope; a condition of scope that does not apply to it keeps nobody out."""
    return PASS if scope is NOT_APPLICABLE else scope


def own_criteria(standard: PlannedStandard) -> tuple[int, ...] | None:
    """Where the criteria of the ruleset itself stand among all; None where overlays add none to them."""
    own = tuple(index for index, one in enumerate(standard.criteria) if not one.criterion.origin)
    return own if len(own) < len(standard.criteria) else None


def weighed(findings: tuple[Outcome, ...], own: tuple[int, ...] | None) -> tuple[Outcome, ...]:
    """The findings that decide: none where no criterion of the ruleset itself applies, whatever overlays add."""
    if own is None or any(findings[index] is not NOT_APPLICABLE for index in own):
        return findings
    return ()


def nothing_applies(findings: tuple[Outcome, ...]) -> bool:
    """Whether no criterion applies, so that there is nothing to decide."""
    return all(finding is NOT_APPLICABLE for finding in findings)


def all_found(findings: tuple[Outcome, ...]) -> Outcome:
    """What :func:`~antq_rules.model.outcome.all_of` gives, by looking the outcomes up."""
    for outcome in (FAIL, UNDETERMINED, PASS):
        if outcome in findings:
            return outcome
    return NOT_APPLICABLE


def decide(scope: Outcome, decision: Outcome) -> Outcome:
    """The verdict: what the standard decides; undetermined where the scope is not known."""
    return UNDETERMINED if scope is UNDETERMINED else decision
