"""Which verdicts depend on which: a graph over criteria, not over kinds.

A roll-up criterion reads the verdicts of its children, and so every criterion that decides them. Two kinds may read
one another's criteria without a circle as long as no criterion reads itself.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from antq_rules.errors import Fault, RulesetSchemaError, message
from antq_rules.model.expression import ChildGroup, ChildrenAny, ChildShare, SlotValue, walk
from antq_rules.model.ruleset import Filling, Standard

Fillings = Mapping[str, tuple[Filling, ...]]


def dependencies(
    standards: Iterable[Standard], children: Mapping[str, ChildGroup], fillings: Fillings
) -> dict[str, set[str]]:
    """For every criterion and standard, what it reads.

    A criterion reads the criteria it borrows and the standards of the units below whose verdicts it asks. A standard
    reads its criteria, and what its scopes, its decision, its classes and its quotas ask of the units below. A standard
    of another ruleset is judged before all of these.
    """
    standards = tuple(standards)
    graph: dict[str, set[str]] = {}
    known = [criterion.id for standard in standards for criterion in standard.criteria]

    def standards_read(parts: Iterable[Any]) -> set[str]:
        kinds = {kind for name in _groups_read(parts, fillings) for kind in children[name].kinds}
        return {standard.id for standard in standards if kinds & set(standard.kinds)}

    for standard in standards:
        beside = (*standard.scopes, standard.decision, *standard.classes, *standard.quotas)
        graph[standard.id] = {criterion.id for criterion in standard.criteria} | standards_read(beside)
        for criterion in standard.criteria:
            borrowed = {id for pattern in criterion.reuse for id in fnmatch.filter(known, pattern)}
            graph[criterion.id] = borrowed | standards_read(criterion.expressions())
    return graph


def _groups_read(parts: Iterable[Any], fillings: Fillings) -> Iterator[str]:
    """The groups of units below that conditions and numbers read, also through what fills their slots."""
    for part in parts:
        for node in walk(part):
            if isinstance(node, ChildShare | ChildrenAny):
                yield node.children
            elif isinstance(node, SlotValue):
                # A filling knows no slots itself.
                yield from _groups_read((filling.measure for filling in fillings.get(node.name, ())), {})


def order_of_kinds(
    standards: Iterable[Standard], children: Mapping[str, ChildGroup], fillings: Fillings
) -> tuple[str, ...]:
    """The judged kinds, each behind those whose verdicts it reads.

    Args:
        standards: Of one ruleset.
        children: Its groups of units below.
        fillings: What overlays put into its slots.
    Raises:
        RulesetSchemaError: A criterion or a standard depends on itself.
    """
    standards = tuple(standards)
    graph = dependencies(standards, children, fillings)
    by_id = {standard.id: standard for standard in standards}
    try:
        order = list(TopologicalSorter({name: sorted(graph[name]) for name in sorted(graph)}).static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        places = {criterion.id: criterion.place for standard in standards for criterion in standard.criteria}
        places |= {standard.id: standard.place for standard in standards}
        # The criterion says more than the standard in which it stands.
        named = sorted(circle, key=lambda name: name in by_id)
        raise RulesetSchemaError(
            Fault(
                "cycle",
                message("verdicts depend on themselves: {circle}"),
                message("break the circle"),
                place=places[named[0]],
                values={"circle": " -> ".join(circle)},
            )
        ) from None
    return tuple(kind for name in order if name in by_id for kind in by_id[name].kinds)
