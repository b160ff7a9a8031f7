"""The plain interpreter: conditions compiled to functions, one unit at a time. It runs everywhere."""

from __future__ import annotations

from antq_rules.engines.protocol import Judgement
from antq_rules.evidence.measuring import OutcomeFunction, Values, compile_truth
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome, all_of
from antq_rules.plan.compiling import Plan, PlannedStandard


class ScalarExecutor:
    """Judges by calling one compiled function for each criterion."""

    name = "scalar"

    def __init__(self, plan: Plan) -> None:
        self._standards = {id: CompiledStandard(standard) for id, standard in plan.standards.items()}

    def judge(self, standard: str, kind: str, values: Values) -> Judgement:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        return self._standards[standard].judge(kind, values)


class CompiledStandard:
    """The functions of one standard."""

    def __init__(self, standard: PlannedStandard) -> None:
        self.criteria: tuple[OutcomeFunction, ...] = tuple(
            compile_truth(criterion.truth) for criterion in standard.criteria
        )
        self.scopes = {kind: None if truth is None else compile_truth(truth) for kind, truth in standard.scopes.items()}
        self.beyond = Judgement(NOT_APPLICABLE, (NOT_APPLICABLE,) * len(self.criteria), NOT_APPLICABLE)

    def judge(self, kind: str, values: Values) -> Judgement:
        """The judgement of a unit of this kind."""
        scope_test = self.scopes[kind]
        scope = PASS if scope_test is None else inside(scope_test(values))
        if scope is FAIL:
            return self.beyond
        findings = tuple([criterion(values) for criterion in self.criteria])
        return Judgement(scope, findings, decide(scope, findings))


def inside(scope: Outcome) -> Outcome:
    """Whether a unit is in scope; a condition of scope that does not apply to it keeps nobody out."""
    return PASS if scope is NOT_APPLICABLE else scope


def decide(scope: Outcome, findings: tuple[Outcome, ...]) -> Outcome:
    """The verdict: that of all criteria together; undetermined where the scope is not known."""
    return UNDETERMINED if scope is UNDETERMINED else all_of(findings)
