"""How a standard decides, as plan nodes over its findings: so many met, or points with their gates and classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Protocol

from antq_rules.frozen import frozen
from antq_rules.model.expression import (
    COUNT,
    AllOf,
    Award,
    Clamped,
    Compare,
    Conclusion,
    Label,
    Linear,
    Literal,
    Measure,
    Not,
    Preferred,
    SlotValue,
    Surplus,
    Truth,
    bounds,
    rescaled,
    surplus,
)
from antq_rules.model.ruleset import AtLeastMet, Block, Criterion, Item, Policy, Score, Standard

Resolve = Callable[[Truth | Measure], Truth | Measure]
NOTHING = Literal(0)
ONE = Literal(1)


class Planned(Protocol):
    """What is needed of a planned criterion."""

    @property
    def id(self) -> str: ...
    @property
    def criterion(self) -> Criterion: ...
    @property
    def conditional(self) -> bool: ...


@frozen
class Gate:
    """One thing that a decision asks for: so many criteria met, so many points, a block that is full, no veto.

    ``title`` names what it is asked of, where that is not the unit as a whole. One that asks for a ``share`` of points
    tells which of how many, since its condition compares both multiplied.
    """

    code: str
    truth: Truth
    title: Label | None = None
    share: ShareOf | None = None


@frozen
class ShareOf:
    """A share of points."""

    points: Measure
    whole: Measure
    ratio: Fraction


@frozen
class PlannedBlock:
    """The points of one block of a score sheet."""

    id: str
    title: Label
    points: Measure
    cap: Measure | None


@frozen
class PlannedClass:
    """A class, and the test that its points are reached."""

    id: str
    title: Label
    reached: Compare


@frozen
class PlannedDecision:
    """A decision other than by all criteria. All gates must hold; ``truth`` says so in one condition.

    ``points`` is the score with what is not encoded, ``out_of`` its scale. Classes run from the highest to the lowest.
    ``columns`` are items graded twice: the criterion and its two fields.
    """

    gates: tuple[Gate, ...]
    truth: Truth
    points: Measure | None = None
    out_of: Measure | None = None
    blocks: tuple[PlannedBlock, ...] = ()
    classes: tuple[PlannedClass, ...] = ()
    columns: tuple[tuple[Criterion, Preferred], ...] = ()
    graded: frozenset[str] = frozenset()
    """Fields that hold points given to the unit."""


def plan_decision(
    standard: Standard, planned: Iterable[Planned], readings: Mapping[str, str], resolve: Resolve
) -> PlannedDecision | None:
    """The decision of a standard for one year; None where all of its criteria decide.

    Args:
        standard: As loaded.
        planned: Its criteria as they are judged that year.
        readings: The choice of every reading.
        resolve: Puts values in the place of names.
    """
    form = standard.decision
    if form.form == "all":
        return None
    criteria = {one.id: one for one in planned}
    # What a province adds is asked for besides: it can neither replace a national criterion nor add to its points.
    added = [Gate("all", Conclusion(one.id)) for one in criteria.values() if one.criterion.origin]
    national = {id: one for id, one in criteria.items() if not one.criterion.origin}
    if form.at_least_met is not None:
        gates = [_met(form.at_least_met, national, readings, resolve), *added]
        return PlannedDecision(tuple(gates), AllOf(tuple(gate.truth for gate in gates)))
    assert form.score is not None
    sheet = _Sheet(form.score, standard, national, readings, resolve)
    gates = [*sheet.gates(), *added]
    return PlannedDecision(
        gates=tuple(gates),
        truth=AllOf(tuple(gate.truth for gate in gates)),
        points=sheet.total,
        out_of=sheet.out_of,
        blocks=tuple(
            PlannedBlock(block.id, block.title, points, sheet.measure(block.cap))
            for block, points in zip(form.score.blocks, sheet.blocks, strict=True)
        ),
        classes=sheet.classes(),
        columns=tuple(
            (criteria[item.criterion].criterion, given)
            for block in form.score.blocks
            for item in block.items
            if item.criterion in criteria and isinstance(given := grade(item), Preferred)
        ),
        graded=frozenset(
            field.name
            for block in form.score.blocks
            for item in block.items
            for field in (item.graded, item.verified)
            if field is not None
        ),
    )


def _met(form: AtLeastMet, criteria: Mapping[str, Planned], readings: Mapping[str, str], resolve: Resolve) -> Gate:
    beyond = ONE if _word(form.not_applicable, readings) == "met" else NOTHING
    awards = [award(one, ONE, NOTHING, beyond) for one in criteria.values()]
    needed = resolve(form.needed)
    assert not isinstance(needed, Truth)
    return Gate("at_least_met", Compare("at_least_met", ">=", total(awards), needed))


def _word(policy: Policy, readings: Mapping[str, str]) -> str:
    return policy.word if policy.reading is None else readings[policy.reading]


class _Sheet:
    """A score sheet with all points in one unit, so that they can be added."""

    def __init__(
        self,
        score: Score,
        standard: Standard,
        criteria: Mapping[str, Planned],
        readings: Mapping[str, str],
        resolve: Resolve,
    ) -> None:
        self.score = score
        self.standard = standard
        self.criteria = criteria
        self.resolve = resolve
        self.policy = _word(score.not_applicable, readings)
        self.places = max(measure.dimension.places for measure in _measures(score, standard))
        out_of = self.measure(score.out_of)
        assert out_of is not None
        self.out_of = out_of
        self.blocks = [self.block(block) for block in score.blocks]
        unseen = self.measure(score.not_encoded)
        rest = [] if unseen is None else [SlotValue("not_encoded", 0, bounds(unseen)[1], unseen.dimension)]
        self.total = clamped(total([*self.blocks, *rest]), self.out_of)

    def measure(self, measure: Measure | None) -> Measure | None:
        if measure is None:
            return None
        found = self.resolve(measure)
        assert not isinstance(found, Truth)
        return rescaled(found, self.places)

    def block(self, block: Block) -> Measure:
        start = self.measure(block.start)
        items = [self.item(item) for item in block.items if item.criterion in self.criteria]
        return clamped(total([*([] if start is None else [start]), *items]), self.measure(block.cap))

    def item(self, item: Item) -> Measure:
        """What an item gives; under ``drop`` nothing where it does not apply."""
        planned = self.criteria[item.criterion]
        if item.deduct is not None:
            loss = self.loss(item)
            return award(planned, _zero(loss), loss, _zero(loss))
        points = self.measure(item.points)
        assert points is not None
        beyond = points if self.policy == "full" else _zero(points)
        given = self.measure(grade(item))
        if given is None:
            return award(planned, points, _zero(points), beyond)
        given = clamped(given, points)
        return award(planned, given, given, beyond) if planned.conditional else given

    def loss(self, item: Item) -> Measure:
        deduct = self.measure(item.deduct)
        assert deduct is not None
        if item.deduct_each is None:
            return total([deduct], factor=-1)
        each = self.resolve(item.deduct_each)
        assert isinstance(deduct, Literal)
        assert not isinstance(each, Truth)
        return Linear(((-deduct.value, each),), 0, deduct.dimension)

    # Gates

    def gates(self) -> list[Gate]:
        found = [Gate("score", self.enough())]
        for block, points in zip(self.score.blocks, self.blocks, strict=True):
            cap = self.measure(block.cap)
            if block.must_be_full and cap is not None:
                full = self.share_of("must_be_full", block, points, cap, Fraction(1))
                found.append(Gate("must_be_full", full, block.title, ShareOf(points, cap, Fraction(1))))
            if block.floor_points is not None:
                least = self.measure(block.floor_points)
                assert least is not None
                found.append(Gate("floor", Compare("floor", ">=", points, least), block.title))
            elif block.floor_share is not None and cap is not None:
                share = ShareOf(points, cap, block.floor_share)
                floor = self.share_of("floor", block, points, cap, block.floor_share)
                found.append(Gate("floor", floor, block.title, share))
            found += [self.full(item) for item in block.items if item.must_be_full and item.criterion in self.criteria]
        for veto in self.score.vetoes:
            truth = self.resolve(veto)
            assert isinstance(truth, Truth)
            found.append(Gate("veto", Not(truth)))
        return found

    def enough(self) -> Compare:
        least = self.least()
        if self.policy == "drop" and isinstance(least, Literal) and isinstance(self.out_of, Literal):
            return self.share(
                "score",
                [item for block in self.score.blocks for item in block.items],
                least.value,
                self.out_of.value,
                self.out_of.value,
            )
        return Compare("score", ">=", self.total, least)

    def least(self) -> Measure:
        """The points from which a unit passes."""
        asked = self.score.pass_from
        if asked is None:
            asked = next(one.first for one in self.standard.classes if one.id == self.score.pass_class)
        found = self.measure(asked)
        assert found is not None
        return found

    def share_of(self, code: str, block: Block, points: Measure, cap: Measure, ratio: Fraction) -> Compare:
        """A block has a share of the points that it can have."""
        p, q = ratio.numerator, ratio.denominator
        if self.policy == "drop" and isinstance(cap, Literal):
            return self.share(code, block.items, p, q, cap.value)
        weights = [self.measure(item.points) for item in block.items if item.criterion in self.criteria]
        if block.start is None and cap in (total(weight for weight in weights if weight is not None), *weights[:1]):
            return self.part(code, block.items, p, q)
        return Compare(code, ">=", total([points], factor=q), total([cap], factor=p))

    def part(self, code: str, items: Iterable[Item], p: int, q: int) -> Compare:
        """Points are at least p/q of what the items can give; each item's points and its part of that together.

        So a number of points that is not known stands on one side only, and its completions are those of one number.
        """
        awards: list[Measure] = []
        for item in items:
            weight = self.measure(item.points)
            if item.criterion not in self.criteria or weight is None:
                continue
            given = self.measure(grade(item))
            whole: Measure = total([weight], q - p)
            nothing: Measure = total([weight], -p)
            if given is not None:
                low, high = surplus(bounds(given), bounds(weight), p, q)
                graded = Surplus(given, weight, p, q, low, high, weight.dimension)
                met: tuple[Measure, Measure] = (graded, graded)
            else:
                met = (whole, nothing)
            beyond = whole if self.policy == "full" else nothing if self.policy == "zero" else _zero(weight)
            awards.append(award(self.criteria[item.criterion], *met, beyond))
        return Compare(code, ">=", total(awards), Literal(0, self.out_of.dimension))

    def share(self, code: str, items: Iterable[Item], p: int, q: int, whole: int) -> Compare:
        """Points are at least p/q of those that apply: one that does not apply asks for p/q of its points less."""
        awards: list[Measure] = []
        for item in items:
            points = self.measure(item.points)
            if item.criterion not in self.criteria or not isinstance(points, Literal):
                continue
            given = self.measure(grade(item))
            met = Literal(q * points.value, points.dimension) if given is None else total([clamped(given, points)], q)
            unmet = _zero(points) if given is None else met
            awards.append(award(self.criteria[item.criterion], met, unmet, Literal(p * points.value, points.dimension)))
        return Compare(code, ">=", total(awards), Literal(p * whole, self.out_of.dimension))

    def full(self, item: Item) -> Gate:
        planned = self.criteria[item.criterion]
        title = planned.criterion.title
        if item.graded is None:
            return Gate("must_be_full", Conclusion(item.criterion), title)
        given, points = self.measure(grade(item)), self.measure(item.points)
        assert given is not None
        assert points is not None
        # One that does not apply lacks nothing.
        reached = award(planned, given, given, points) if planned.conditional else given
        return Gate("must_be_full", Compare("must_be_full", ">=", reached, points), title)

    def classes(self) -> tuple[PlannedClass, ...]:
        found = []
        for one in self.standard.classes:
            least = self.measure(one.first)
            assert least is not None
            found.append(PlannedClass(one.id, one.title, Compare("class", ">=", self.total, least)))
        return tuple(found)


def grade(item: Item) -> Measure | None:
    """The points that the columns give an item: those of the higher level where it has given any."""
    first, second = item.verified, item.graded
    if first is None or second is None:
        return second
    return Preferred(first, second, min(first.low, second.low), max(first.high, second.high), first.dimension)


def full_marks(item: Item) -> Compare:
    """The requirement of a graded item: all of its points."""
    given, points = grade(item), item.points
    assert given is not None
    assert points is not None
    places = max(given.dimension.places, points.dimension.places)
    return Compare("at_least", ">=", rescaled(given, places), rescaled(points, places))


def award(planned: Planned, met: Measure, unmet: Measure, beyond: Measure) -> Award:
    """What a criterion gives."""
    ends = [end for one in (met, unmet, beyond) for end in bounds(one)]
    return Award(planned.id, met, unmet, beyond, planned.conditional, min(ends), max(ends), met.dimension)


def total(measures: Iterable[Measure], factor: int = 1) -> Linear:
    """The sum of measures of one unit."""
    terms = tuple((factor, measure) for measure in measures)
    return Linear(terms, 0, terms[0][1].dimension if terms else COUNT)


def clamped(measure: Measure, cap: Measure | None) -> Clamped:
    """Not below 0, not above a cap."""
    low, high = bounds(measure)
    if cap is not None:
        low, high = min(low, bounds(cap)[0]), min(high, bounds(cap)[1])
    return Clamped(measure, cap, max(0, low), max(0, high), measure.dimension)


def _zero(measure: Measure) -> Literal:
    return Literal(0, measure.dimension)


def _measures(score: Score, standard: Standard) -> Iterable[Measure]:
    yield from (one for one in (score.out_of, score.not_encoded, score.pass_from) if one is not None)
    for block in score.blocks:
        yield from (one for one in (block.cap, block.start, block.floor_points) if one is not None)
        for item in block.items:
            parts = (item.points, item.graded, item.verified, item.deduct)
            yield from (one for one in parts if one is not None)
    yield from (one.first for one in standard.classes)
