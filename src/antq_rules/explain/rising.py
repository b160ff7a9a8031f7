"""What makes a decision by points or by numbers met come out well: findings changed until their awards suffice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from antq_rules.explain.shortfalls import Changes, Search
from antq_rules.frozen import frozen
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
)
from antq_rules.model.outcome import PASS
from antq_rules.plan.compiling import PlannedCriterion, PlannedStandard

Values = Mapping[str, Any]
Goal = tuple[int, int | None]
"""What is to be had: the identity of a criterion's condition, or that of a column and the number it is to reach."""


@frozen
class Found:
    """What a search gave, and of which values it holds: as long as those that it read are the same."""

    read: tuple[Any, ...]
    changes: Changes | None
    values: Values
    """The values that the changes give anew."""


class Rising:
    """Looks for changes to one unit's values after which a gate of its decision holds.

    It takes the criteria and graded items that bring most for the fewest changes, one after another. A search for one
    goal is not made again before a value that it read is another one.
    """

    def __init__(self, search: Search, standard: PlannedStandard) -> None:
        self.search = search
        self.start: Values = search.values
        self.graded = standard.decision.graded if standard.decision else frozenset()
        self.criteria: Mapping[str, PlannedCriterion] = {one.id: one for one in standard.criteria}
        # Days of the window, and what contradicts already, bear upon every search.
        self.apart = standard.window_fields is None and not search.contradicts()
        self.found: dict[Goal, Found] = {}

    def reach(self, gate: Truth) -> Changes | None:
        """Changes in the order in which they are to be made; None if none were found that suffice."""
        self.search.values = dict(self.start)
        if isinstance(gate, Conclusion):
            return self.search.reach(self.criteria[gate.finding].truth)
        if not isinstance(gate, Compare):
            return self.search.reach(gate)
        changes: Changes = ()
        known = self.known()
        while self.search.truth(gate)(known) is not PASS:
            step = self.best(gate, known)
            if step is None:
                return None
            changes = (*changes, *(step.changes or ()))
            self.search.values.update(step.values)
            known = self.changed(known, step.values)
        return changes

    def known(self) -> dict[str, Any]:
        """The values as they are, with the findings that they lead to."""
        values = self.search.values
        found = {finding_key(id): self.search.truth(one.truth)(values) for id, one in self.criteria.items()}
        return {**values, **found}

    def changed(self, known: Values, values: Values) -> dict[str, Any]:
        """The same with some values anew, and the findings that read them."""
        new = {**known, **values}
        readers = self.search.room.readers
        for one in {one.id: one for name in values for one in readers.get(name, ())}.values():
            new[finding_key(one.id)] = self.search.truth(one.truth)(new)
        return new

    def best(self, gate: Compare, known: Values) -> Found | None:
        """The changes that raise the margin most for each change."""
        start = self.margin(gate, known)
        best: tuple[tuple[int, Fraction], Found] | None = None
        for rank, node, number in self.goals(gate, start):
            found = self.sought(node, number)
            if not found.changes:
                continue
            gain = self.margin(gate, self.changed(known, found.values)) - start
            if gain > 0:
                worth = rank, Fraction(min(gain, -start), len(found.changes))
                if best is None or worth > best[0]:
                    best = worth, found
        return best[1] if best else None

    def sought(self, node: Truth | Measure, number: int | None) -> Found:
        """What is to be changed for a criterion to be met, or for a column to reach a number."""
        values = self.search.values
        read = tuple([values.get(name) for name in self.search.room.reads(node)])
        found = self.found.get((id(node), number)) if self.apart else None
        if found is None or found.read != read:
            goal: Any = node
            if number is not None:
                column: Any = node
                goal = Compare("at_least", ">=", column, Literal(number, column.dimension))
            before = dict(values)
            changes = self.search.reach(goal)
            after, self.search.values = self.search.values, before
            moved = {name: value for name, value in after.items() if value is not before.get(name)}
            found = self.found[id(node), number] = Found(read, changes, moved)
        return found

    def margin(self, gate: Compare, known: Values) -> int:
        """The least margin of the gate."""
        return self.search.measure(gate.left)(known)[0] - self.search.measure(gate.right)(known)[1]

    def goals(self, gate: Compare, margin: int) -> Iterator[tuple[int, Truth | Measure, int | None]]:
        """What, made to hold, may bring points, and first whether that is for the unit to bring about.

        Criteria are met, columns filled up to a number as far as is needed; last of all, what weighs so much is told.
        """
        for node in self.search.room.awarding(gate):
            if isinstance(node, Award):
                yield 1, self.criteria[node.finding].truth, None
            else:
                names = {node.name} if isinstance(node, FieldValue) else {node.first.name, node.second.name}
                yield int(bool(names & self.graded)), node, self.enough(gate, node, margin)

    def enough(self, gate: Compare, column: FieldValue | Preferred, margin: int) -> int:
        """The points of a column that suffice, or all that it can have."""
        low, high = self.search.measure(column)(self.search.values)
        factor = 10 ** max(0, gate.left.dimension.places - column.dimension.places)
        needed: int = low - margin // factor
        return min(max(needed, low), max(high, bounds(column)[1]))
