"""The units of a result in the order of the communes that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from antq_rules.frozen import frozen
from antq_rules.model.verdict import Verdict

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment, Group


@frozen
class Family:
    """A unit with those directly below it; ``unit`` is None for those that belong to nobody.

    The verdicts of a family and of all families below it stand together in :attr:`Families.verdicts`: those from
    ``first`` to ``last``, the unit's own at their head where it has one.
    """

    unit: str | None
    verdict: Verdict | None
    group: Group | None
    is_refused: bool
    parent: str | None
    members: tuple[Verdict, ...]
    refused: int
    """Units directly below it that were not judged for their errors."""
    first: int
    last: int

    @property
    def name(self) -> str | None:
        """Its name, where that is told."""
        one = self.verdict or self.group
        return None if one is None else one.name

    @property
    def kind(self) -> str | None:
        """Its kind, where that is told."""
        one = self.verdict or self.group
        return None if one is None else one.kind


class Families:
    """The units of an assessment, from the highest down; beside each other in the order of the input."""

    def __init__(self, assessment: Assessment) -> None:
        self._judged = {verdict.unit: verdict for verdict in assessment.verdicts}
        self._groups = {group.unit: group for group in assessment.groups}
        self._refused = {one.unit for one in assessment.rejected}
        self._parents: dict[str, str | None] = {}
        for ways in (
            ((one.unit, one.parent) for one in assessment.rejected),
            ((one.unit, one.parent) for one in assessment.groups),
            ((one.unit, one.parent) for one in assessment.verdicts),
        ):
            self._parents.update(ways)
        self._below: dict[str | None, list[str]] = {}
        for unit, parent in self._parents.items():
            self._below.setdefault(parent, []).append(unit)
        self.verdicts: list[Verdict] = []
        """All verdicts, those of a family together."""
        self._spans: dict[str | None, tuple[int, int]] = {}
        for top in self._tops():
            self._walk(top)
        alone = [unit for unit in self._below.get(None, ()) if unit not in self._below]
        self._spans[None] = (len(self.verdicts), len(self.verdicts))
        self._place(alone)
        self._spans[None] = (self._spans[None][0], len(self.verdicts) - 1)

    def __iter__(self) -> Iterator[Family]:
        """Every family of which a member was judged, in the order of the verdicts; at the end those of nobody."""
        for unit, (first, last) in self._spans.items():
            below = self._below.get(unit, ())
            members = tuple(self._judged[one] for one in below if one in self._judged)
            refused = sum(one in self._refused for one in below)
            if members or refused:
                yield Family(
                    unit,
                    self._judged.get(unit or ""),
                    self._groups.get(unit or ""),
                    unit in self._refused,
                    self._parents.get(unit or ""),
                    members,
                    refused,
                    first,
                    last,
                )

    def names(self) -> Mapping[str, str | None]:
        """The names of all units that have one."""
        groups = {unit: group.name for unit, group in self._groups.items()}
        return groups | {unit: verdict.name for unit, verdict in self._judged.items()}

    def _tops(self) -> Iterator[str]:
        """Units above others from which all the rest can be reached; those of a circle last."""
        above = dict.fromkeys(unit for unit in self._below if unit is not None)
        yield from (unit for unit in above if self._parents.get(unit) is None)
        yield from above

    def _walk(self, top: str) -> None:
        # Not by recursion, since dossiers may be as deep as they are long.
        ways: list[tuple[str, Iterator[str]]] = []
        self._enter(top, ways)
        while ways:
            unit, rest = ways[-1]
            below = next(rest, None)
            if below is not None:
                self._enter(below, ways)
                continue
            ways.pop()
            self._spans[unit] = (self._spans[unit][0], len(self.verdicts) - 1)

    def _enter(self, unit: str, ways: list[tuple[str, Iterator[str]]]) -> None:
        if unit in self._spans:
            return
        self._spans[unit] = (len(self.verdicts), len(self.verdicts))
        self._place([unit])
        below = self._below[unit]
        self._place(one for one in below if one not in self._below)
        ways.append((unit, iter([one for one in below if one in self._below])))

    def _place(self, units: Iterable[str]) -> None:
        self.verdicts.extend(self._judged[unit] for unit in units if unit in self._judged)
