"""What every executor gives for one unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from antq_rules.evidence.measuring import Values
from antq_rules.frozen import frozen
from antq_rules.model.outcome import Outcome


@frozen
class Judgement:
    """Outcomes of one unit under one standard: its scope, every criterion in ruleset order, the decision.

    ``classes`` says of each class of a score sheet, from the highest to the lowest, whether its points are reached.
    """

    scope: Outcome
    findings: tuple[Outcome, ...]
    outcome: Outcome
    classes: tuple[Outcome, ...] = ()


class Executor(Protocol):
    """Judges the values of units under the standards of one plan."""

    name: str

    def judge(self, standard: str, kind: str, values: Values) -> Judgement:
        """The judgement of a unit of this kind under the standard of this id.

        Raises:
            InferenceError: The executor concluded too little, too much or something else than its witness.
        """

    def judge_many(self, standard: str, kind: str, batch: Sequence[Values]) -> Iterable[Judgement]:
        """The judgements of units of one kind, in their order.

        Raises:
            InferenceError: As above.
        """

    def holds(self, low: int, high: int) -> Outcome:
        """Whether a margin known to lie between two numbers is 0 or more, as a quota asks.

        Raises:
            InferenceError: As above.
        """
