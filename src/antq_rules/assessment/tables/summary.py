"""What remains of a piece when it is written: what other pieces must know, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from antq_rules.assessment.result import Group
from antq_rules.assessment.tables.states import State
from antq_rules.frozen import frozen

Count = tuple[str | None, str, str, int, int]
"""The unit above, standard, kind and code of the outcome of units, and how many there are."""

SortCount = tuple[str, int, str | None, int, int, int, tuple[int, int]]
"""The standard and number of a quota, the unit above, codes of both sorts, how many units are of these, the first."""


@frozen
class PieceSummary:
    """What remains of a piece.

    ``states`` are for the units above. ``counts`` and ``sorts`` make the summaries and quotas of the whole.
    """

    states: tuple[State, ...] = ()
    counts: tuple[Count, ...] = ()
    sorts: tuple[SortCount, ...] = ()
    groups: tuple[Group, ...] = ()
    units: int = field(default=0)

    def to_mapping(self) -> dict[str, Any]:
        """As values of JSON."""
        return {
            "states": [list(row) for row in self.states],
            "counts": [list(row) for row in self.counts],
            "sorts": [list(row) for row in self.sorts],
            "groups": [[group.unit, group.kind, group.name, group.parent] for group in self.groups],
            "units": self.units,
        }

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> PieceSummary:
        """What :meth:`to_mapping` wrote."""
        return cls(
            states=tuple((group, parent, state, count) for group, parent, state, count in written["states"]),
            counts=tuple((parent, *rest) for parent, *rest in written["counts"]),
            sorts=tuple((*row, (first[0], first[1])) for *row, first in written["sorts"]),
            groups=tuple(Group(*row) for row in written["groups"]),
            units=written["units"],
        )
