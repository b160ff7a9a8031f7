"""Which verdicts depend on which: a graph over criteria, not over kinds.

A roll-up criterion reads the verdicts of its children, and so every criterion that decides them. Two kinds may read
one another's criteria without a circle as long as no criterion reads itself.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from antq_rules.errors import Fault, RulesetSchemaError, message
from antq_rules.model.expression import ChildGroup, ChildrenAny, ChildShare, walk
from antq_rules.model.ruleset import Criterion, Standard


def dependencies(standards: Iterable[Standard], children: Mapping[str, ChildGroup]) -> dict[str, set[str]]:
    """For every criterion and standard, what it reads.

    A standard reads its criteria; a criterion reads the criteria it borrows and the standards of the units below whose
    verdicts it asks. A standard of another ruleset is judged before all of these.
    """
    standards = tuple(standards)
    graph: dict[str, set[str]] = {}
    known = [criterion.id for standard in standards for criterion in standard.criteria]
    for standard in standards:
        graph[standard.id] = {criterion.id for criterion in standard.criteria}
        for criterion in standard.criteria:
            borrowed = {id for pattern in criterion.reuse for id in fnmatch.filter(known, pattern)}
            graph[criterion.id] = borrowed | _standards_read(standards, children, criterion)
    return graph


def _standards_read(
    standards: tuple[Standard, ...], children: Mapping[str, ChildGroup], criterion: Criterion
) -> set[str]:
    found = set()
    for expression in criterion.expressions():
        for node in walk(expression):
            if isinstance(node, ChildShare | ChildrenAny):
                kinds = set(children[node.children].kinds)
                found |= {standard.id for standard in standards if kinds & set(standard.kinds)}
    return found


def order_of_kinds(standards: Iterable[Standard], children: Mapping[str, ChildGroup]) -> tuple[str, ...]:
    """The judged kinds, each behind those whose verdicts it reads.

    Raises:
        RulesetSchemaError: A criterion depends on itself.
    """
    standards = tuple(standards)
    graph = dependencies(standards, children)
    try:
        order = list(TopologicalSorter({name: sorted(graph[name]) for name in sorted(graph)}).static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        places = {criterion.id: criterion.place for standard in standards for criterion in standard.criteria}
        raise RulesetSchemaError(
            Fault(
                "cycle",
                message("verdicts depend on themselves: {circle}"),
                message("break the circle"),
                place=next((places[name] for name in circle if name in places), None),
                values={"circle": " -> ".join(circle)},
            )
        ) from None
    by_id = {standard.id: standard for standard in standards}
    return tuple(kind for name in order if name in by_id for kind in by_id[name].kinds)
