"""Which way a number moves what is judged: whether raising it can help a unit, can hurt it, or can do either.

An overlay may move a parameter only where that can help nobody, and may make units below stricter only where no unit
above gains by their failing.
"""

from __future__ import annotations

from collections.abc import Iterator

from antq_rules.model.expression import (
    AllOf,
    AnyOf,
    AtLeastOf,
    ByReading,
    ChildShare,
    Clamped,
    Compare,
    Count,
    Linear,
    Node,
    Not,
    ParameterValue,
    RatioParameter,
    Share,
    Total,
    When,
    bounds,
    walk,
)
from antq_rules.model.ruleset import Standard

HELPS, HURTS, EITHER = 1, -1, 0
LEAF = ParameterValue | RatioParameter | ChildShare
_LEFT = {">=": HELPS, ">": HELPS, "<=": HURTS, "<": HURTS, "==": EITHER}


def moves(node: Node | RatioParameter, way: int = HELPS) -> Iterator[tuple[LEAF, int]]:
    """Each parameter and each share of units below in a node, with what raising it does.

    Args:
        node: A condition or a measure.
        way: What it does where the condition holds more readily, or the measure is greater.
    """
    if isinstance(node, ParameterValue | RatioParameter):
        yield node, way
    elif isinstance(node, Compare):
        yield from moves(node.left, way * _LEFT[node.relation])
        yield from moves(node.right, -way * _LEFT[node.relation])
    elif isinstance(node, Share):
        yield from moves(node.of, way)
        yield from moves(node.among, -way)
        if isinstance(node.ratio, RatioParameter):
            yield node.ratio, -way
    elif isinstance(node, ChildShare):
        yield node, way
        if isinstance(node.ratio, RatioParameter):
            yield node.ratio, -way
    elif isinstance(node, Not):
        yield from moves(node.member, -way)
    elif isinstance(node, When):
        # What does not apply is left out, which may help and may hurt.
        yield from moves(node.applies, EITHER)
        yield from moves(node.require, way)
    elif isinstance(node, AllOf | AnyOf | AtLeastOf):
        for member in node.members:
            yield from moves(member, way)
    elif isinstance(node, ByReading):
        for _, choice in node.choices:
            yield from moves(choice, way)
    elif isinstance(node, Linear):
        for factor, term in node.terms:
            yield from moves(term, way if factor > 0 else -way)
    elif isinstance(node, Count | Total):
        if node.where is not None:
            grows = isinstance(node, Count) or bounds(node.column)[0] >= 0
            yield from moves(node.where, way if grows else EITHER)
    elif isinstance(node, Clamped):
        yield from moves(node.measure, way)
        if node.cap is not None:
            yield from moves(node.cap, way)
    else:
        for below in walk(node):
            if isinstance(below, ParameterValue | RatioParameter | ChildShare):
                yield below, EITHER


def moves_in(standard: Standard) -> Iterator[tuple[LEAF, int, str, str]]:
    """The same of everything that decides in a standard, with the id of the criterion and the overlay that adds it.

    For what belongs to no criterion the id is that of the standard.
    """
    for criterion in standard.criteria:
        if criterion.applies_when is not None:
            for leaf, way in moves(criterion.applies_when, EITHER):
                yield leaf, way, criterion.id, criterion.origin
        if criterion.require is not None:
            for leaf, way in moves(criterion.require):
                yield leaf, way, criterion.id, criterion.origin
    others = [(scope.require, EITHER) for scope in standard.scopes]
    for node, towards in (*others, *_deciding(standard)):
        for leaf, way in moves(node, towards):
            yield leaf, way, standard.id, ""


def _deciding(standard: Standard) -> Iterator[tuple[Node | RatioParameter, int]]:
    """The measures and conditions of a decision, with what raising them does."""
    if standard.decision.at_least_met is not None:
        yield standard.decision.at_least_met.needed, HURTS
    score = standard.decision.score
    if score is not None:
        if score.pass_from is not None:
            yield score.pass_from, HURTS
        for veto in score.vetoes:
            yield veto, HURTS
        for block in score.blocks:
            if block.floor_points is not None:
                yield block.floor_points, HURTS
            for item in block.items:
                # More points for one item are more for whoever has it, and may be asked of whoever has not.
                parts = (item.points, item.deduct, item.deduct_each)
                yield from ((part, EITHER) for part in parts if part is not None)
            yield from ((part, EITHER) for part in (block.cap, block.start) if part is not None)
        yield from ((part, EITHER) for part in (score.out_of, score.not_encoded) if part is not None)
    for one in standard.classes:
        yield one.first, HURTS
    for quota in standard.quotas:
        if isinstance(quota.at_most, RatioParameter):
            yield quota.at_most, HELPS
        for sort in (quota.of, quota.among):
            if sort.where is not None:
                yield sort.where, EITHER
