"""The smallest change that makes a test pass, and its application to a unit.

A change is sought on the values as they would be after the changes found before it, so that the changes of one
finding, applied in their order, make its criterion pass.
"""

from __future__ import annotations

import copy
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from antq_rules.evidence.intake import ROW
from antq_rules.evidence.measuring import (
    MISSING,
    Children,
    ChildState,
    Functions,
    MeasureFunction,
    Nodes,
    PerNode,
    children_key,
    compile_margin,
    compile_measure,
)
from antq_rules.explain.wording import written
from antq_rules.frozen import frozen
from antq_rules.model.dossier import Unit
from antq_rules.model.expression import (
    ABSENT,
    IN_WINDOW,
    LEVELS,
    AllOf,
    AnyOf,
    AtLeastOf,
    Award,
    ChildGroup,
    ChildrenAny,
    ChildShare,
    Choose,
    Compare,
    Computed,
    Count,
    Days,
    Dimension,
    FieldValue,
    Includes,
    Linear,
    Literal,
    Measure,
    Not,
    OneOf,
    Preferred,
    Ratio,
    SeriesValue,
    Share,
    Steps,
    Test,
    Total,
    Truth,
    When,
    Within,
    bounds,
    rebuild,
    verdict_key,
    walk,
    year_of,
)
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.ruleset import Constraint, Field
from antq_rules.model.verdict import Shortfall
from antq_rules.plan.compiling import PlannedCriterion, PlannedStandard
from antq_rules.plan.periods import LAST_DAY

Changes = tuple[Shortfall, ...]

_OPPOSITE = {">=": "<", ">": "<=", "<=": ">", "<": ">=", "==": "!=", "!=": "=="}
VERDICT = verdict_key("")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class Room:
    """In which changes to units of one kind are sought: their fields, and how these are bound to one another.

    ``constraints`` bound what a value may become beside the others. What can be told without the values of a unit is
    found out once for the conditions of ``nodes``.
    """

    def __init__(
        self,
        fields: Mapping[str, Field],
        standard: PlannedStandard,
        groups: Mapping[str, ChildGroup],
        constraints: Iterable[Constraint] = (),
        nodes: Nodes | None = None,
    ) -> None:
        self.fields = fields
        self.standard = standard
        self.groups = groups
        self._nodes = Nodes(()) if nodes is None else nodes
        self.functions = Functions(self._nodes)
        constraints = tuple(constraints)
        self.constraints = tuple(
            self.functions.truth(constraint.require)
            for constraint in constraints
            if all(name in fields for name in constraint.fields)
        )
        self._pairs = [pair for pair in map(_ordered, constraints) if pair is not None]
        self._beyond: dict[tuple[str, bool], tuple[tuple[str, int], ...]] = {
            (name, upwards): tuple(self._bound_to(name, upwards=upwards))
            for lesser, greater, _ in self._pairs
            for name in (lesser, greater)
            for upwards in (False, True)
        }
        self._inside: dict[str, Room] = {}
        self._linked = _linked(self._names(constraint.require) for constraint in constraints)
        self.difference: PerNode[Difference] = PerNode(self._nodes, self._difference)
        self.opened: PerNode[tuple[FieldValue, ...]] = PerNode(self._nodes, self._opened)
        self.reads: PerNode[tuple[str, ...]] = PerNode(self._nodes, self._reads)
        self.awarding: PerNode[tuple[Award | FieldValue | Preferred, ...]] = PerNode(self._nodes, _awarding)

    def inside(self, records: str) -> Room:
        """The room of a record in a list."""
        found = self._inside.get(records)
        if found is None:
            found = self._inside[records] = Room(self.fields[records].columns, self.standard, {}, (), self._nodes)
        return found

    def beyond(self, name: str, *, upwards: bool) -> tuple[tuple[str, int], ...]:
        """The fields than which one is not more, or not less, and how far apart they are at least."""
        return self._beyond.get((name, upwards), ())

    def _bound_to(self, name: str, *, upwards: bool) -> Iterator[tuple[str, int]]:
        found = {name: 0}
        line = [name]
        for current in line:
            for lesser, greater, apart in self._pairs:
                here, there = (lesser, greater) if upwards else (greater, lesser)
                if here == current and there not in found:
                    found[there] = found[here] + apart
                    line.append(there)
                    yield there, found[there]

    def _difference(self, node: Compare | Share | ChildShare | ChildrenAny) -> Difference:
        """What a test compares with 0, from below or above."""
        if isinstance(node, Compare):
            measure: Measure = Linear(((1, node.left), (-1, node.right)))
        elif isinstance(node, Share):
            assert isinstance(node.ratio, Ratio)
            p, q = node.ratio.value.numerator, node.ratio.value.denominator
            measure = Linear(((q, node.of), (-p, node.among)), -1 if node.strict else 0)
        else:
            reported = self.groups[node.children].reported
            whole = reported[LEVELS.index(node.among)]
            assert whole is not None
            measure = whole
            if isinstance(node, ChildShare):
                part = reported[LEVELS.index(node.of)]
                assert part is not None
                assert isinstance(node.ratio, Ratio)
                p, q = node.ratio.value.numerator, node.ratio.value.denominator
                measure = Linear(((q, part), (-p, whole)))
        terms = tuple(_flat(measure))
        preferring = any(isinstance(inner, Preferred) for _, term in terms for inner in walk(term))
        return Difference(terms, _constant(measure), compile_measure(measure), preferring)

    def _opened(self, node: Compare) -> tuple[FieldValue, ...]:
        """What stands below a staircase or a choice of numbers."""
        return tuple(
            inner
            for side in (node.left, node.right)
            for part in walk(side)
            if isinstance(part, Steps | Choose | Computed)
            for inner in walk(part)
            if isinstance(inner, FieldValue) and inner.name in self.fields
        )

    @cached_property
    def readers(self) -> Mapping[str, tuple[PlannedCriterion, ...]]:
        """For the name of a value the criteria on which it may bear."""
        found: dict[str, tuple[PlannedCriterion, ...]] = {}
        for one in self.standard.criteria:
            for name in self.reads(one.truth):
                found[name] = (*found.get(name, ()), one)
        return found

    def _reads(self, node: Truth | Measure) -> tuple[str, ...]:
        """The names of all values on which a search for a condition may depend, save those of the window."""
        names = self._names(node)
        return tuple(sorted(names.union(*(self._linked[name] for name in names if name in self._linked))))

    def _names(self, node: Truth | Measure) -> frozenset[str]:
        names: set[str] = set()
        for inner in walk(node):
            if isinstance(inner, FieldValue):
                names.add(inner.name)
            elif isinstance(inner, Count | Total):
                names.add(inner.records)
            elif isinstance(inner, Includes):
                names.add(inner.field)
            elif isinstance(inner, SeriesValue) and inner.last is not None:
                names.update(year_of(inner.name, inner.latest - back) for back in range(bounds(inner.last)[1]))
            elif isinstance(inner, ChildShare | ChildrenAny):
                names.add(children_key(inner.children))
                names.update(one.name for one in self.groups[inner.children].reported if one is not None)
        return frozenset(names)


@frozen
class Difference:
    """A linear measure that a test compares with 0.

    ``preferring`` is whether one of two fields may count in it, by which of them is known.
    """

    terms: tuple[tuple[int, Measure], ...]
    constant: int
    function: MeasureFunction
    preferring: bool


class Search:
    """Looks for changes to one unit's values under one standard.

    With ``facts_stand`` only unknown values may be given, as in a record of what happened. What does not apply is never
    made to apply.
    """

    def __init__(self, values: Mapping[str, Any], room: Room, *, facts_stand: bool = False) -> None:
        self.facts_stand = facts_stand
        self.values = dict(values)
        self.room = room
        self.fields = room.fields
        self.standard = room.standard
        self.truth = room.functions.truth
        self.measure = room.functions.measure

    def outcome(self, node: Truth) -> Outcome:
        """The outcome of a condition on the values as changed so far."""
        return self.truth(node)(self.values)

    def reach(self, node: Truth, want: Outcome = PASS) -> Changes | None:
        """Changes after which the condition has the outcome wanted, taken over into the values; None if none do."""
        before = dict(self.values)
        for opening in self._windows():
            changes = self._reach(node, want)
            if changes is not None and self.outcome(node) is want and not (changes and self.contradicts()):
                return (*opening, *changes) if changes or self._needed(before, node, want) else ()
            self.values = dict(before)
        return None

    def _needed(self, before: Mapping[str, Any], node: Truth, want: Outcome) -> bool:
        """Whether the values as they are now do what those before did not."""
        return self.truth(node)(before) is not want

    def _windows(self) -> Iterator[Changes]:
        """Nothing first; then, where the days of the window are open, days that leave out or take in what is dated."""
        yield ()
        lacking = [name for name in self.standard.window_fields or () if self.values.get(name) is None]
        if not lacking or self.facts_stand:
            return
        dated = {name: known.dated_by for name, known in self.fields.items() if known.dated_by is not None}
        days = sorted(row[day] for name, day in dated.items() for row in self.values.get(name) or ())
        if not days:
            return
        before = dict(self.values)
        first, last = self.standard.window_fields or ("", "")
        for opens, closes in ((days[-1], days[-1] + 1), (days[0] - 2, days[0] - 1), (days[0] - 1, days[-1])):
            given = {name: day for name, day in ((first, opens), (last, closes)) if name in lacking}
            self.values = {**before, **given}
            if self.contradicts() or (self.values[first] or 0) >= (self.values[last] or 0):
                continue
            for name, day in dated.items():
                rows = self.values.get(name) or ()
                inside = [row for row in rows if self.values[first] < row[day] <= self.values[last]]
                if rows:
                    self.values[name] = tuple({**row, IN_WINDOW: 1} for row in inside)
            yield tuple(
                Shortfall("provide", name, None, written(day, Dimension("date"))) for name, day in given.items()
            )

    def contradicts(self) -> bool:
        """Whether values would be refused beside one another."""
        return any(holds(self.values) is FAIL for holds in self.room.constraints)

    def _reach(self, node: Truth, want: Outcome) -> Changes | None:
        if self.outcome(node) is want:
            return ()
        if isinstance(node, Not):
            return self._reach(node.member, FAIL if want is PASS else PASS)
        if isinstance(node, When):
            return self._when(node, want)
        if isinstance(node, AllOf | AnyOf):
            # All of them for a pass of `all` or a failure of `any`; otherwise one is enough.
            if isinstance(node, AllOf) == (want is PASS):
                return self._every(node.members, want)
            options = self.options(node.members, want)
            return self._reach(min(options, key=_cheapest)[1], want) if options else None
        if isinstance(node, AtLeastOf):
            return self._several(node, want)
        return self._test(node, want)  # type: ignore[arg-type]

    def _when(self, node: When, want: Outcome) -> Changes | None:
        # What makes the requirement hold often says that it applies as well.
        before = dict(self.values)
        changes = self._reach(node.require, want)
        if changes is not None and self.outcome(node) is want:
            return changes
        self.values = before
        applies = self._reach(node.applies, PASS)
        changes = None if applies is None else self._reach(node.require, want)
        return None if applies is None or changes is None else (*applies, *changes)

    def _every(self, members: Iterable[Truth], want: Outcome) -> Changes | None:
        found: list[Shortfall] = []
        for member in members:
            if self.outcome(member) is NOT_APPLICABLE:
                continue
            changes = self._reach(member, want)
            if changes is None:
                return None
            found += changes
        return tuple(found)

    def _several(self, node: AtLeastOf, want: Outcome) -> Changes | None:
        members = [member for member in node.members if self.outcome(member) is not NOT_APPLICABLE]
        needed = node.k if want is PASS else len(members) - node.k + 1
        open_members = [member for member in members if self.outcome(member) is not want]
        needed -= len(members) - len(open_members)
        options = sorted(self.options(open_members, want), key=_cheapest)
        if len(options) < needed:
            return None
        return self._every([member for _, member in options[:needed]], want)

    def options(self, members: Iterable[Truth], want: Outcome = PASS) -> list[tuple[Changes, Truth]]:
        """For each member that can be had, the changes that give it; the values stay as they are."""
        found = []
        for member in members:
            if self.outcome(member) is NOT_APPLICABLE:
                continue
            before = dict(self.values)
            changes = self.reach(member, want)
            self.values = before
            if changes is not None:
                found.append((changes, member))
        return found

    # Tests

    def _test(self, node: Test, want: Outcome) -> Changes | None:
        if isinstance(node, Compare):
            relation = node.relation if want is PASS else _OPPOSITE[node.relation]
            told = self._opened(node, want)
            return told or self._relation(self.room.difference(node), relation)
        if isinstance(node, Share):
            if not isinstance(node.ratio, Ratio):
                return None
            return self._relation(self.room.difference(node), ">=" if want is PASS else "<")
        if isinstance(node, Within):
            return self._within(node, want)
        if isinstance(node, OneOf):
            return self._one_of(node, want)
        if isinstance(node, Includes):
            return self._includes(node, want)
        return self._children(node) if want is PASS and isinstance(node, ChildShare | ChildrenAny) else None

    def _opened(self, node: Compare, want: Outcome) -> Changes | None:
        """What is unknown below a staircase or a choice of numbers, given so that the rest may stay as it is."""
        unknown = [one for one in self.room.opened(node) if self.values.get(one.name) is None]
        if not unknown:
            return None
        if len(unknown) == 1 and unknown[0].dimension.kind in ("count", "decimal"):
            furthest = self._furthest(node, want, unknown[0])
            if furthest is not None:
                return furthest
        before = dict(self.values)
        for end in (1, 0):
            for one in unknown:
                self.values[one.name] = self._range(one)[end]
            if self.outcome(node) is want:
                return tuple(_value_change(one.name, None, self.values[one.name], one) for one in unknown)
            self.values = dict(before)
        return None

    def _furthest(self, node: Compare, want: Outcome, field: FieldValue) -> Changes | None:
        """The greatest number of one field for which a test comes out as wanted, where only lesser ones do."""
        before = dict(self.values)
        low, high = self._range(field)

        def too_far(number: int) -> bool:
            self.values[field.name] = number
            return self.outcome(node) is not want

        number = low + bisect_left(range(low, high + 1), True, key=too_far) - 1
        if number < low or too_far(number):
            self.values = before
            return None
        return (_value_change(field.name, None, number, field),)

    def _relation(self, difference: Difference, relation: str) -> Changes | None:
        """Changes after which a linear measure stands in a relation to 0."""
        terms: Sequence[tuple[int, Measure]] = difference.terms
        if difference.preferring:
            terms = [flat for factor, term in terms for flat in _flat(self._known(term), factor)]
        if any(isinstance(term, FieldValue) and term.name.startswith("#") for _, term in terms):
            return None  # What is no field of the evidence cannot be given.
        fields = [(factor, term) for factor, term in terms if isinstance(term, FieldValue)]
        counts = [(factor, term) for factor, term in terms if isinstance(term, Count)]
        counts = counts if len(counts) == 1 else []
        fixed = self._at_worst([one for one in terms if one not in fields and one not in counts], relation)
        if fixed is None:
            return None
        for end in (0, 1):
            before = dict(self.values)
            given = self._provided([term for _, term in fields], end)
            changes = self._balanced(fields, counts, given, difference.constant + fixed, relation)
            if changes is not None:
                self._take_back(difference, relation, given)
                return (*self._told(fields, given), *changes)
            self.values = before
        return None

    def _known(self, measure: Measure) -> Measure:
        """The measure with the field that counts in place of two of which the first is preferred."""

        def change(node: Any) -> Any:
            if isinstance(node, Preferred):
                return node.second if self.values.get(node.first.name) is None else node.first
            return node

        plain: Measure = rebuild(measure, change)
        return plain

    def _at_worst(self, terms: Iterable[tuple[int, Measure]], relation: str) -> int | None:
        """What terms add at worst that are not sought for: slots, unset parameters, totals, several counts at once."""
        total = 0
        for factor, term in terms:
            low, high = sorted(factor * end for end in self.measure(term)(self.values))
            if low < high and relation in ("==", "!="):
                return None
            total += low if relation in (">", ">=") else high
        return total

    def _provided(self, terms: Iterable[FieldValue], end: int) -> dict[str, int | None]:
        """Put the least or the greatest number where one is unknown; what stood there before."""
        before: dict[str, int | None] = {}
        for term in terms:
            before[term.name] = self.values.get(term.name)
            if before[term.name] is None:
                low, high = self._range(term)
                high = max(low, high)  # Beside numbers that leave no room, others may have to move.
                dated = term.dimension.kind == "date"
                self.values[term.name] = self._day(low, high) if dated else (low, high)[end]
        return before

    def _day(self, low: int, high: int) -> int:
        """The day between two that is nearest to the beginning of the window."""
        return min(max(self.standard.window.first, low), high)

    def _balanced(
        self,
        fields: Sequence[tuple[int, FieldValue]],
        counts: Sequence[tuple[int, Count]],
        before: Mapping[str, int | None],
        constant: int,
        relation: str,
    ) -> Changes | None:
        """Change rows, or else numbers, until their sum stands in the relation; the changes to rows."""
        for factor, count in counts:
            rest = constant + sum(other * self.values[term.name] for other, term in fields)
            changes = self._rows(factor, count, rest, relation)
            if changes is not None:
                return changes
            low, high = self.measure(count)(self.values)
            if low < high:
                return None
            constant += factor * low
        return () if self._settle_fields(fields, before, constant, relation) else None

    def _settle_fields(
        self,
        fields: Sequence[tuple[int, FieldValue]],
        before: Mapping[str, int | None],
        constant: int,
        relation: str,
    ) -> bool:
        """Move numbers until their sum stands in the relation: one of them if that is enough, unknown ones first."""
        unknown = [one for one in fields if before[one[1].name] is None]
        known = [one for one in fields if before[one[1].name] is not None and self._changeable(one[1].name)]

        def settled(factor: int, term: FieldValue, have: int | None) -> bool:
            rest = constant + sum(other * self.values[one.name] for other, one in fields if one.name != term.name)
            target = _nearest(factor, rest, relation, have, *self._range(term))
            if target is None:
                return False
            former, self.values[term.name] = self.values[term.name], target
            if self.contradicts():
                self.values[term.name] = former
                return False
            return True

        if any(settled(factor, term, self._start(term, before)) for factor, term in (*unknown, *known)):
            return True
        for factor, term in (*unknown, *known):
            if settled(factor, term, self.values[term.name]):
                return True
            total = constant + sum(other * self.values[one.name] for other, one in fields)
            rising = relation in (">", ">=") or (relation == "==" and total < 0)
            self.values[term.name] = self._range(term)[rising == (factor > 0)]
        return False

    def _start(self, term: FieldValue, before: Mapping[str, int | None]) -> int | None:
        """From where the nearest number is sought; a paper still to be made gets a day of the window."""
        if term.dimension.kind == "date":
            return before[term.name] or self.standard.window.first
        return before[term.name]

    def _take_back(self, difference: Difference, relation: str, before: Mapping[str, int | None]) -> None:
        """Leave unknown what need not be known."""
        for name in [name for name, have in before.items() if have is None]:
            number = self.values.pop(name)
            if not _stands(*difference.function(self.values), relation):
                self.values[name] = number

    def _told(self, fields: Sequence[tuple[int, FieldValue]], before: Mapping[str, int | None]) -> Changes:
        """The numbers that have changed, as changes."""
        return tuple(
            _value_change(term.name, before[term.name], self.values[term.name], term)
            for _, term in fields
            if self.values.get(term.name) != before[term.name]
        )

    def _range(self, term: FieldValue) -> tuple[int, int]:
        """What a field may be beside the others that are known."""
        return (
            max([term.low, *self._beyond(term.name, upwards=False)]),
            min([term.high, *self._beyond(term.name, upwards=True)]),
        )

    def _beyond(self, name: str, *, upwards: bool) -> Iterator[int]:
        """What a field is at most, or at least, by the constraints and each known number."""
        for there, apart in self.room.beyond(name, upwards=upwards):
            known = self.values.get(there)
            if known is not None:
                yield known - apart if upwards else known + apart

    def _changeable(self, name: str) -> bool:
        """Whether a known value may become another one: what is on paper with its date stands."""
        have = self.values.get(name)
        known = self.fields.get(name)
        dated = known is not None and known.kind == "date" and have != ABSENT
        return have is None or not (dated or self.facts_stand or name.startswith(VERDICT))

    def _set(self, term: FieldValue, number: int) -> Changes:
        have = self.values.get(term.name)
        self.values[term.name] = number
        return (_value_change(term.name, have, number, term),)

    def _within(self, node: Within, want: Outcome) -> Changes | None:
        assert isinstance(node.period, Days)
        have = self.values.get(node.value.name)
        still_open = have == ABSENT and want is PASS and node.period.last >= LAST_DAY
        if have is not None and not still_open:
            return None  # The paper has its date, or the period has passed without it.
        low, high = self._range(node.value)
        first, last = node.period.first, node.period.last
        if want is PASS:
            spans = [(max(low, first, ABSENT + 1), min(high, last))]
        else:
            spans = [(low, min(high, first - 1)), (max(low, last + 1), high)]
        days = [self._day(*span) for span in spans if span[0] <= span[1]]
        return self._set(node.value, days[0]) if days else None

    def _one_of(self, node: OneOf, want: Outcome) -> Changes | None:
        have = self.values.get(node.value.name)
        if not self._changeable(node.value.name):
            return None
        ranks = [rank for rank in range(node.value.low, node.value.high + 1) if (rank in node.values) == (want is PASS)]
        if not ranks:
            return None
        return self._set(node.value, min(ranks, key=lambda rank: abs(rank - (have or 0))))

    def _includes(self, node: Includes, want: Outcome) -> Changes | None:
        have = self.values.get(node.field)
        if not self._changeable(node.field):
            return None
        bits = sum(1 << rank for rank in node.members)
        everything = (1 << len(node.dimension.choices)) - 1
        start = have or 0
        if node.mode == "all":
            goal = start | bits if want is PASS else start & ~(1 << node.members[0])
        elif node.mode == "any":
            goal = start | 1 << node.members[0] if want is PASS else start & ~bits
        else:
            goal = (start & bits) or 1 << node.members[0]
            if want is FAIL:
                others = everything & ~bits
                if not others:
                    return None
                goal = start | (others & -others)
        known = self.fields.get(node.field)
        if known is not None and known.not_empty and not goal:
            others = everything & ~bits
            goal = others & -others
        self.values[node.field] = goal
        need = written(goal, node.dimension)
        if have is None:
            return (Shortfall("provide", node.field, None, need),)
        kind = "add" if goal.bit_count() > have.bit_count() else "reduce"
        difference = (goal ^ have).bit_count()
        return (Shortfall(kind, node.field, written(have, node.dimension), need, difference),)

    # Rows

    def _rows(self, factor: int, count: Count, rest: int, relation: str) -> Changes | None:
        """Changes to a record list after which its count stands in a relation to a number."""
        rows = self.values.get(count.records)
        states = [self._state(count, row) for row in rows or ()]
        certain, pending = states.count(PASS), states.count(UNDETERMINED)
        allowed = _allowed(factor, rest, relation, 0, count.high, certain)
        if allowed is None:
            return None
        least, most = allowed
        if rows is None and least == 0 and most == count.high:
            return ()
        if rows is None:
            made = self._row(count) if least else {}
            if made is None:
                return None
            self.values[count.records] = (made,) * least
            return (Shortfall("provide", count.records, None, [self._record(count.records, made)] * least),)
        changes = self._settle(count, PASS, least - certain)
        certain += len(changes)
        pending -= len(changes)
        added = self._added(count, certain, least)
        if added is None:
            return None
        excess = max(certain, least) + pending - most
        settled = self._settle(count, FAIL, excess)
        if len(settled) < excess:
            return None  # What certainly happened stays.
        return (*(change for row in (*changes, *settled) for change in row), *added)

    def _added(self, count: Count, have: int, need: int) -> Changes | None:
        """Records added to those of the sort, up to the number needed."""
        if have >= need:
            return ()
        made = self._row(count)
        if made is None:
            return None
        self.values[count.records] = (*self.values[count.records], *[made] * (need - have))
        record = self._record(count.records, made)
        return (Shortfall("add", count.records, have, need, need - have, record=record),)

    def _settle(self, count: Count, want: Outcome, number: int) -> list[Changes]:
        """For so many rows, what makes them be of the sort or not be; those with fewest changes first.

        What happened on a day stands, so that only undetermined rows of such a list may change.
        """
        rows = list(self.values[count.records])
        found = []
        stand = self.fields[count.records].dated_by is not None
        for place, row in enumerate(rows):
            state = self._state(count, row)
            if count.where is not None and (state is UNDETERMINED or (want is FAIL and state is PASS and not stand)):
                inner = Search(row, self.room.inside(count.records), facts_stand=stand or state is UNDETERMINED)
                changes = inner.reach(count.where, want)
                if changes is not None:
                    prefix = f"{count.records}[{row[ROW]}]."
                    moved = tuple(replace(change, field=f"{prefix}{change.field}") for change in changes)
                    found.append((moved, place, inner.values))
        found = sorted(found, key=lambda one: len(one[0]))[: max(0, number)]
        for _, place, values in found:
            rows[place] = values
        self.values[count.records] = tuple(rows)
        return [changes for changes, _, _ in found]

    def _row(self, count: Count) -> dict[str, Any] | None:
        """The values of a record of the sort counted, inside the window."""
        known = self.fields[count.records]
        inner = Search({ROW: -1}, self.room.inside(count.records))
        if count.where is not None and inner.reach(count.where) is None:
            return None
        window = self.standard.window
        if known.dated_by is not None:
            day = inner.values.setdefault(known.dated_by, window.first)
            if not window.first <= day <= window.last:
                return None
        for name, column in known.columns.items():
            if column.required:
                inner.values.setdefault(name, column.low)
        return inner.values

    def _state(self, count: Count, row: Mapping[str, Any]) -> Outcome:
        """Whether a row is of the sort counted."""
        return PASS if count.where is None else self.truth(count.where)(row)

    def _record(self, records: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """A record as a dossier writes it."""
        return {
            name: "-" if column.kind == "text" else stated(row[name], column.dimension)
            for name, column in self.fields[records].columns.items()
            if row.get(name) is not None
        }

    # Units below

    def _children(self, node: ChildShare | ChildrenAny) -> Changes | None:
        children: Children = self.values[children_key(node.children)]
        if not children.present:
            return self._reported(node, children)
        level = LEVELS.index(node.of if isinstance(node, ChildShare) else node.among)
        have = sum(count for state, count in children.counts.items() if _certainly(state, level))
        by, margin = 0, self.room.functions.margin(node)
        for state, count in raisable(node, children):
            number = _enough(margin, node, children, state, count, level)
            children = _raised(children, state, number, level)
            by += number
        if _least(margin, node, children) < 0:
            return None
        self.values[children_key(node.children)] = children
        return (Shortfall("children", None, have, have + by, by, children=node.children, level=LEVELS[level]),)

    def _reported(self, node: ChildShare | ChildrenAny, children: Children) -> Changes | None:
        """Changes to the counts that a unit reports where no units below it are in the input."""
        if isinstance(node, ChildShare) and not isinstance(node.ratio, Ratio):
            return None
        group = self.room.groups[node.children]
        changes = self._relation(self.room.difference(node), ">" if isinstance(node, ChildrenAny) else ">=")
        low, middle, high = (reported_bounds(self.values, field) for field in group.reported)
        self.values[children_key(node.children)] = replace(children, reported=(low, middle, high))
        return changes


def raisable(node: ChildShare | ChildrenAny, children: Children) -> list[tuple[ChildState | None, int]]:
    """The states below the level that a test asks for and how many children are in each, the most gainful first.

    None stands for those announced that the input lacks. Who lies outside the scope stays there.
    """
    level = LEVELS.index(node.of if isinstance(node, ChildShare) else node.among)
    inside = sum(count for state, count in children.counts.items() if state.in_scope is PASS)
    found: list[tuple[ChildState | None, int]] = [
        (state, count)
        for state, count in children.counts.items()
        if state.in_scope is not FAIL and not _certainly(state, level)
    ]
    found.append((None, max(0, children.announced - inside)))
    margin = compile_margin(node)
    gains = [_least(margin, node, _raised(children, state, 1, level)) for state, _ in found]
    order = sorted(range(len(found)), key=lambda place: -gains[place])
    return [found[place] for place in order if found[place][1]]


def _least(margin: MeasureFunction, node: ChildShare | ChildrenAny, children: Children) -> int:
    """The least margin of a test on children."""
    return margin({children_key(node.children): children})[0]


def _raised(children: Children, state: ChildState | None, number: int, level: int) -> Children:
    """The children with so many of one state raised to a level, or so many brought in."""
    counts = dict(children.counts)
    if state is not None:
        counts[state] -= number
    new = raised_to(state or MISSING, level)
    counts[new] = counts.get(new, 0) + number
    return replace(children, counts={state: count for state, count in counts.items() if count})


def _enough(
    margin: MeasureFunction,
    node: ChildShare | ChildrenAny,
    children: Children,
    state: ChildState | None,
    count: int,
    level: int,
) -> int:
    """How many children of a state must be raised for the test to pass; all of them if that is too few."""
    return bisect_left(
        range(count), True, key=lambda number: _least(margin, node, _raised(children, state, number, level)) >= 0
    )


def reported_bounds(values: Mapping[str, Any], field: FieldValue | None) -> tuple[int, int]:
    """A reported count, or its range where it is not reported; nothing for a level that the group has not."""
    if field is None:
        return 0, 0
    value = values.get(field.name)
    return (field.low, field.high) if value is None else (value, value)


def raised_to(state: ChildState, level: int) -> ChildState:
    """The state of a child once it has reached a level."""
    recognised = PASS if level >= 2 else state.recognised
    return ChildState(PASS, PASS if level >= 1 else state.registered, recognised)


def _certainly(state: ChildState, level: int) -> bool:
    registered = state.registered is PASS or state.recognised is PASS
    return state.in_scope is PASS and (level < 1 or registered) and (level < 2 or state.recognised is PASS)


def _cheapest(option: tuple[Changes, Truth]) -> tuple[int, int]:
    changes, _ = option
    return len(changes), sum(int(change.by or 0) for change in changes)


def _awarding(gate: Compare) -> tuple[Award | FieldValue | Preferred, ...]:
    """What brings points to a gate: findings, and columns filled with numbers."""
    return tuple(
        node
        for node in walk(gate.left)
        if isinstance(node, Award)
        or (isinstance(node, FieldValue | Preferred) and node.dimension.kind in ("count", "decimal"))
    )


def _linked(sets: Iterable[Iterable[str]]) -> dict[str, frozenset[str]]:
    """For each name all those that stand in a set with it, or with one that does."""
    found: dict[str, frozenset[str]] = {}
    for names in map(frozenset, sets):
        joined = names.union(*(found[name] for name in names if name in found))
        found.update(dict.fromkeys(joined, joined))
    return found


def _ordered(constraint: Constraint) -> tuple[str, str, int] | None:
    """Two fields of which a constraint says that the first is not more than the second, and how far apart they are."""
    node = constraint.require
    if not isinstance(node, Compare) or node.relation == "==":
        return None
    if not isinstance(node.left, FieldValue) or not isinstance(node.right, FieldValue):
        return None
    lesser, greater = (node.left, node.right) if node.relation in ("<", "<=") else (node.right, node.left)
    return lesser.name, greater.name, int(node.relation in ("<", ">"))


def _stands(low: int, high: int, relation: str) -> bool:
    """Whether every number in [low, high] stands in a relation to 0."""
    if relation in (">", ">="):
        return low > 0 if relation == ">" else low >= 0
    if relation in ("<", "<="):
        return high < 0 if relation == "<" else high <= 0
    return low == high == 0 if relation == "==" else low > 0 or high < 0


def _flat(node: Measure, factor: int = 1) -> Iterator[tuple[int, Measure]]:
    """The variable terms of a linear measure."""
    if isinstance(node, Linear):
        for inner, term in node.terms:
            yield from _flat(term, factor * inner)
    elif factor and not isinstance(node, Literal):
        yield factor, node


def _constant(node: Measure, factor: int = 1) -> int:
    if isinstance(node, Literal):
        return factor * node.value
    if isinstance(node, Linear):
        return factor * node.constant + sum(_constant(term, factor * inner) for inner, term in node.terms)
    return 0


def _nearest(factor: int, rest: int, relation: str, have: int | None, low: int, high: int) -> int | None:
    """The number in [low, high] nearest to ``have`` for which factor * number + rest stands in relation to 0."""
    allowed = _allowed(factor, rest, relation, low, high, low if have is None else have)
    if allowed is None:
        return None
    if have is None:
        # What just suffices.
        return allowed[0] if factor > 0 else allowed[1]
    return min(max(have, allowed[0]), allowed[1])


def _allowed(factor: int, rest: int, relation: str, low: int, high: int, near: int) -> tuple[int, int] | None:
    """The numbers in [low, high] for which factor * number + rest stands in relation to 0, from and to.

    Where one number alone is forbidden, those on the side of it on which ``near`` lies.
    """
    if relation in ("<", "<="):
        factor, rest, relation = -factor, -rest, {"<": ">", "<=": ">="}[relation]
    number, remainder = divmod(-rest, factor)
    if relation == "==":
        low, high = (max(low, number), min(high, number)) if remainder == 0 else (1, 0)
    elif relation == "!=":
        sides = [(low, min(high, number - 1)), (max(low, number + 1), high)] if remainder == 0 else [(low, high)]
        sides = [side for side in sides if side[0] <= side[1]]
        low, high = min(sides, key=lambda side: max(side[0] - near, near - side[1]), default=(1, 0))
    else:
        needed = int(relation == ">") - rest
        low = max(low, -(-needed // factor)) if factor > 0 else low
        high = min(high, needed // factor) if factor < 0 else high
    return (low, high) if low <= high else None


def stated(number: int, dimension: Dimension) -> Any:
    """A measure's number as a dossier holds it in Python."""
    return Decimal(number).scaleb(-dimension.places) if dimension.places else written(number, dimension)


def _value_change(name: str, have: int | None, number: int, term: FieldValue) -> Shortfall:
    before = None if have is None else stated(have, term.dimension)
    need = stated(number, term.dimension)
    if have is None or term.dimension.kind not in ("count", "decimal"):
        return Shortfall("provide", name, before, need)
    return Shortfall("add" if number > have else "reduce", name, before, need, abs(need - before))


def apply(unit: Unit, shortfall: Shortfall) -> Unit:
    """A copy of the unit with a shortfall made up.

    Args:
        unit: With the evidence from which the shortfall was told.
        shortfall: Of kind add, reduce, provide or choose; of a choose the first option is taken. Shortfalls of kind
            children concern other units of the dossier: see ``Engine.apply``.
    Returns: A unit with the same id; documents beside changed values are kept.
    Raises:
        ValueError: The shortfall is of kind children or impossible.
    """
    if shortfall.kind == "choose":
        for change in shortfall.options[0]:
            unit = apply(unit, change)
        return unit
    if shortfall.kind in ("children", "impossible") or shortfall.field is None:
        raise ValueError(f"a shortfall of kind {shortfall.kind} cannot be applied to one unit")
    evidence = copy.deepcopy(dict(unit.evidence))
    steps: list[str | int] = [
        match[1] if match[1] is not None else int(match[2]) for match in _STEP.finditer(shortfall.field)
    ]
    target: Any = evidence
    for step in steps[:-1]:
        if isinstance(target, dict) and step not in target:
            target[step] = {}
        target = target[step]
        if isinstance(target, dict) and "value" in target:
            target = target["value"]
    last = steps[-1]
    if isinstance(target, dict) and isinstance(last, int):
        last = last if last in target else str(last)  # A year of a series.
    old = target.get(last) if isinstance(target, dict) else target[last]
    new = shortfall.need
    if shortfall.record is not None:
        bare: Any = old["value"] if isinstance(old, dict) else old
        new = [*bare, *[dict(shortfall.record)] * int(shortfall.by or 1)]
    target[last] = {**old, "value": new} if isinstance(old, dict) and "value" in old else new
    return replace(unit, evidence=evidence)
