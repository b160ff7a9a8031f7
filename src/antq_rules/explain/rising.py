"""What makes a decision by points or by numbers met come out well: findings changed until their awards suffice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from antq_rules.evidence.measuring import compile_measure, compile_truth
from antq_rules.explain.shortfalls import Changes, Search
from antq_rules.model.expression import (
    Award,
    Compare,
    Conclusion,
    FieldValue,
    Literal,
    Measure,
    Preferred,
    Truth,
    bounds,
    finding_key,
    walk,
)
from antq_rules.model.outcome import PASS
from antq_rules.plan.compiling import PlannedCriterion, PlannedStandard


class Rising:
    """Looks for changes to one unit's values after which a gate of its decision holds.

    It takes the criteria and graded items that bring most for the fewest changes, one after another.
    """

    def __init__(self, search: Search, standard: PlannedStandard) -> None:
        self.search = search
        self.graded = standard.decision.graded if standard.decision else frozenset()
        self.criteria: Mapping[str, PlannedCriterion] = {one.id: one for one in standard.criteria}

    def reach(self, gate: Truth) -> Changes | None:
        """Changes in the order in which they are to be made; None if none were found that suffice."""
        if isinstance(gate, Conclusion):
            return self.search.reach(self.criteria[gate.finding].truth)
        if not isinstance(gate, Compare):
            return self.search.reach(gate)
        changes: Changes = ()
        while not self.holds(gate):
            step = self.best(gate)
            if step is None:
                return None
            changes = (*changes, *step)
        return changes

    def holds(self, gate: Truth) -> bool:
        """Whether the gate holds for certain with the changes made so far."""
        return compile_truth(gate)(self.known()) is PASS

    def known(self) -> dict[str, Any]:
        """The values as changed so far, with the findings that they lead to."""
        values = dict(self.search.values)
        found = {finding_key(id): compile_truth(one.truth)(values) for id, one in self.criteria.items()}
        return {**values, **found}

    def best(self, gate: Compare) -> Changes | None:
        """The changes that raise the margin most for each change, taken over into the values."""
        before = dict(self.search.values)
        start = self.margin(gate)
        options = []
        for rank, goal in self.goals(gate):
            changes = self.search.reach(goal)
            gain = self.margin(gate) - start
            if changes and gain > 0:
                worth = Fraction(min(gain, -start), len(changes))
                options.append(((rank, worth), changes, dict(self.search.values)))
            self.search.values = dict(before)
        if not options:
            return None
        _, changes, values = max(options, key=lambda option: option[0])
        self.search.values = values
        return changes

    def margin(self, gate: Compare) -> int:
        """The least margin of the gate."""
        values = self.known()
        return compile_measure(gate.left)(values)[0] - compile_measure(gate.right)(values)[1]

    def goals(self, gate: Compare) -> Iterator[tuple[int, Truth]]:
        """Conditions that, made to hold, may bring points, and whether that is for the unit to bring about.

        Criteria are met, columns filled as far as is needed; last of all, what weighs so much is told.
        """
        for node in walk(gate.left):
            if isinstance(node, Award):
                yield 1, self.criteria[node.finding].truth
            elif isinstance(node, FieldValue | Preferred) and node.dimension.kind in ("count", "decimal"):
                names = {node.name} if isinstance(node, FieldValue) else {node.first.name, node.second.name}
                own = int(bool(names & self.graded))
                yield own, Compare("at_least", ">=", node, Literal(self.enough(gate, node), node.dimension))

    def enough(self, gate: Compare, column: Measure) -> int:
        """The points of a column that suffice, or all that it can have."""
        low, high = compile_measure(column)(self.search.values)
        factor = 10 ** max(0, gate.left.dimension.places - column.dimension.places)
        needed: int = low - self.margin(gate) // factor
        return min(max(needed, low), max(high, bounds(column)[1]))
