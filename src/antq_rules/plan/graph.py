"""Which verdicts depend on which: a graph over criteria, not over kinds.

A roll-up criterion reads the verdicts of its children, and so every criterion that decides them. Two kinds may read
one another's criteria without a circle as long as no criterion reads itself.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from antq_rules.errors import Fault, RulesetSchemaError, message
from antq_rules.model.expression import ChildrenAny, ChildShare, VerdictOf, walk
from antq_rules.model.ruleset import Criterion, Ruleset


def dependencies(ruleset: Ruleset) -> dict[str, set[str]]:
    """For every criterion and standard of the ruleset, what it reads.

    A standard reads its criteria; a criterion reads the criteria it borrows and the standards whose verdicts it asks.
    """
    graph: dict[str, set[str]] = {}
    known = [criterion.id for standard in ruleset.standards for criterion in standard.criteria]
    for standard in ruleset.standards:
        graph[standard.id] = {criterion.id for criterion in standard.criteria}
        for criterion in standard.criteria:
            borrowed = {id for pattern in criterion.reuse for id in fnmatch.filter(known, pattern)}
            graph[criterion.id] = borrowed | _standards_read(ruleset, criterion)
    return graph


def _standards_read(ruleset: Ruleset, criterion: Criterion) -> set[str]:
    found = set()
    for expression in criterion.expressions():
        for node in walk(expression):
            if isinstance(node, ChildShare | ChildrenAny):
                for kind in ruleset.children[node.children].kinds:
                    standard = ruleset.standard_of(kind)
                    if standard is not None:
                        found.add(standard.id)
            elif isinstance(node, VerdictOf) and any(one.id == node.standard for one in ruleset.standards):
                found.add(node.standard)
    return found


def order_of_kinds(ruleset: Ruleset) -> tuple[str, ...]:
    """The judged kinds, each behind those whose verdicts it reads.

    Raises:
        RulesetSchemaError: A criterion depends on itself.
    """
    graph: Mapping[str, set[str]] = dependencies(ruleset)
    try:
        order = list(TopologicalSorter({name: sorted(graph[name]) for name in sorted(graph)}).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise RulesetSchemaError(
            Fault(
                "cycle",
                message("verdicts depend on themselves: {circle}"),
                message("break the circle"),
                values={"circle": circle},
            )
        ) from None
    standards = {standard.id: standard for standard in ruleset.standards}
    return tuple(kind for name in order if name in standards for kind in standards[name].kinds)
