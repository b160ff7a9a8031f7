"""Reasons of a finding: the tests that decided it, with their numbers, in words and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from antq_rules.errors import message
from antq_rules.evidence.intake import ROW
from antq_rules.evidence.measuring import (
    Children,
    Functions,
    Nodes,
    PerNode,
    children_key,
    gains_of,
    missing_children,
)
from antq_rules.explain.shortfalls import VERDICT, Changes, Room, Search
from antq_rules.explain.wording import WORDS, Wording, percentage, written
from antq_rules.model.expression import (
    IN_WINDOW,
    LEVELS,
    AllOf,
    AnyOf,
    AtLeastOf,
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
    ParameterValue,
    Preferred,
    Ratio,
    SeriesValue,
    Share,
    SlotValue,
    Steps,
    Test,
    Truth,
    UnitId,
    When,
    Within,
    bounds,
    rebuild,
    walk,
    year_of,
)
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.ruleset import Constraint
from antq_rules.model.verdict import Finding, Reason, Shortfall
from antq_rules.operators import operators
from antq_rules.plan.compiling import PlannedCriterion, PlannedStandard
from antq_rules.plan.periods import LAST_DAY

IMPOSSIBLE = Shortfall("impossible")

FAILED = message("{subject}: {observed}; needed: {needs}")
UNKNOWN = message("{subject}: not known yet; needed: {needs}")
PARTLY = message("{subject}: {observed} as far as is known; needed: {needs}")
PASSED = message("{subject}: {observed} (needed: {needs})")
ALTERNATIVES = message("None of these holds: {members}")
OPEN_ALTERNATIVES = message("Not known yet whether one of these holds: {members}")
TOO_FEW = message("Fewer than {count} of these hold: {members}")
OPEN_TOO_FEW = message("Not known yet whether {count} of these hold: {members}")
MUST_NOT = message("This holds and must not: {members}")
OPEN_MUST_NOT = message("Not known yet whether this holds, which must not: {members}")
HOLDS_NOT = message("This must not hold and does not: {members}")
CONDITION = message("{subject}: {needs}")
OUT_OF_SCOPE = message("The unit lies outside the scope of the standard ({citation}): {why}")
DOES_NOT_APPLY = message("Does not apply: {why}")
SEEN = message("{subject}: {observed}")
NOTHING_TO_SHARE = message("Does not apply: there is nothing to take a share of ({subject})")
MAYBE_APPLIES = message("Not known yet whether this applies: {why}")
BETWEEN = message("from {first} to {last}")
UNTIL = message("until {last}")
SINCE = message("from {first}")
SPAN = message("{low} to {high}")
ROWS = message("{count} ({rows})")
CHILDREN = message("{of} of {among} {level}")
CHILDREN_OPEN = message("{of} of {among} {level}, {pending} not known yet")
CHILDREN_ABSENT = message("{of} of {among} {level}, {missing} announced but not handed in")
CHILDREN_MISSING = message("{of} of {among} {level}, {pending} not known yet, {missing} announced but not handed in")
LEVEL_WORDS = {
    "in_scope": message("in scope"),
    "registered": message("registered"),
    "recognised": message("recognised"),
}
NO_CASE = message("no case")
UNSET = message("“{title}”, which is not set")
SHARE_NEEDED = message("{count} of {among} ({share})")


class Groundwork:
    """What the reasons of all units of one kind share: compiled conditions, their words, where changes are sought.

    It holds the more the more of the standard was told, but nothing of a unit.
    """

    def __init__(self, standard: PlannedStandard, wording: Wording, constraints: tuple[Constraint, ...]) -> None:
        self.standard = standard
        self.wording = wording
        self.constraints = constraints
        nodes = Nodes((*conditions_of(standard), *(constraint.require for constraint in constraints)))
        self.room = Room(wording.fields, standard, wording.groups, constraints, nodes)
        self.functions: Functions = self.room.functions
        self.proven = {one.id: tuple(sorted(one.fields)) for one in standard.criteria}
        self.tests: PerNode[tuple[Test, ...]] = PerNode(nodes, lambda node: tuple(walk_tests(node)))
        self.all_tests: PerNode[tuple[Test, ...]] = PerNode(
            nodes, lambda node: tuple(one for one in walk(node) if isinstance(one, Test))
        )
        self.prefers: PerNode[bool] = PerNode(nodes, self._prefers)
        self.subject: PerNode[str] = PerNode(nodes, wording.subject)
        self.needs: PerNode[str] = PerNode(nodes, self._needs)
        self.required: PerNode[str] = PerNode(nodes, self._required)
        self.columns: PerNode[list[str]] = PerNode(nodes, fields_of)
        self._bare: dict[tuple[str, Outcome], Finding] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Functions cannot be pickled; they are compiled again.
        return Groundwork, (self.standard, self.wording, self.constraints)

    def bare(self, planned: PlannedCriterion, outcome: Outcome) -> Finding:
        """A finding of a criterion without documents and reasons."""
        found = self._bare.get((planned.id, outcome))
        if found is None:
            found = self._bare[planned.id, outcome] = self.finding(planned, outcome, (), ())
        return found

    def finding(
        self,
        planned: PlannedCriterion,
        outcome: Outcome,
        documents: tuple[Mapping[str, Any], ...],
        reasons: tuple[Reason, ...],
    ) -> Finding:
        """A finding of a criterion."""
        return Finding(
            criterion=planned.id,
            title=planned.criterion.title,
            outcome=outcome,
            discretion=planned.discretion,
            citation=planned.citation,
            via=planned.via,
            origin=planned.criterion.origin,
            documents=documents,
            reasons=reasons,
            basis=planned.criterion.basis,
        )

    @staticmethod
    def _prefers(node: Any) -> bool:
        """Whether one of two fields may count in a measure, by which of them is known."""
        return any(isinstance(inner, Preferred) for inner in walk(node))

    def _needs(self, node: Test) -> str:
        """The template of what a test asks for."""
        operator = operators().get(node.operator)
        # Where there is none, the test asks that there is anything to take a share of.
        return self.wording.translate((operator or operators()["at_least"]).needs)

    def _required(self, node: Within | OneOf | Includes) -> str:
        """What a test asks for that asks the same of every unit."""
        if isinstance(node, Within):
            days = node.period
            assert isinstance(days, Days)
            first, last = self.wording.day(max(1, days.first)), self.wording.day(days.last)
            template = UNTIL if days.first <= 1 else SINCE if days.last >= LAST_DAY else BETWEEN
            return self.wording.say(template, first=first, last=last)
        if isinstance(node, OneOf):
            names = [node.value.dimension.choices[rank] for rank in sorted(node.values)]
            return ", ".join(self.wording.choice(node.value.name, name) for name in names)
        return self.wording.names(node.field, list(node.members), node.dimension)


def conditions_of(standard: PlannedStandard) -> Iterator[Truth | Measure]:
    """The conditions of a standard's criteria and scopes and of its decision, and the measures of the latter."""
    yield from (criterion.truth for criterion in standard.criteria)
    yield from (truth for truth in standard.scopes.values() if truth is not None)
    decision = standard.decision
    if decision is None:
        return
    yield decision.truth
    for gate in decision.gates:
        yield gate.truth
        if gate.share is not None:
            yield from (gate.share.points, gate.share.whole)
    yield from (measure for measure in (decision.points, decision.out_of) if measure is not None)
    for block in decision.blocks:
        yield from (measure for measure in (block.points, block.cap) if measure is not None)


class Explaining:
    """Makes the reasons of one unit's findings."""

    def __init__(self, groundwork: Groundwork, values: Mapping[str, Any]) -> None:
        self.groundwork = groundwork
        self.standard = groundwork.standard
        self.wording = groundwork.wording
        self.values = values
        self.truth = groundwork.functions.truth
        self.measure = groundwork.functions.measure

    def finding(self, criterion: PlannedCriterion, outcome: Outcome, *, passes: bool = False) -> tuple[Reason, ...]:
        """The reasons of a finding; of a pass only where they are asked for."""
        if outcome is PASS and not passes:
            return ()
        return tuple(self.reasons(criterion.truth, outcome, self.search()))

    def beyond_scope(self, kind: str) -> tuple[Reason, ...]:
        """The reason of every finding of a unit out of scope."""
        scope = next(one for one in self.standard.standard.scopes if kind in one.kinds)
        truth = self.standard.scopes[kind]
        assert truth is not None
        tests = self.groundwork.tests(truth)
        why = "; ".join(dict.fromkeys(self.stated(test) for test in tests))
        text = self.wording.say(OUT_OF_SCOPE, citation=self.wording.citation(scope.citation), why=why)
        observed = self.observed(tests[0]) if len(tests) == 1 else None
        return (Reason("out_of_scope", NOT_APPLICABLE, text, observed),)

    def unknown_scope(self, kind: str) -> tuple[Reason, ...]:
        """Why it is not known whether the unit is in scope."""
        truth = self.standard.scopes[kind]
        assert truth is not None
        return tuple(self.reasons(truth, UNDETERMINED, self.search()))

    def search(self) -> Search:
        """A search for what the unit lacks."""
        return Search(self.values, self.groundwork.room)

    # The tree

    def reasons(self, node: Truth, outcome: Outcome, search: Search) -> Iterator[Reason]:
        """The reasons for which a condition has this outcome."""
        if isinstance(node, AllOf):
            for member in node.members:
                found = self.outcome(member)
                if found is outcome or (outcome not in (PASS, NOT_APPLICABLE) and found not in (PASS, NOT_APPLICABLE)):
                    yield from self.reasons(member, found, search)
        elif isinstance(node, When):
            yield from self.conditional(node, outcome, search)
        elif isinstance(node, AnyOf | AtLeastOf | Not):
            yield from self.combined(node, outcome, search)
        else:
            yield self.test(node, outcome, search)  # type: ignore[arg-type]

    def conditional(self, node: When, outcome: Outcome, search: Search) -> Iterator[Reason]:
        applies = self.outcome(node.applies)
        if applies is PASS:
            yield from self.reasons(node.require, outcome, search)
            return
        tests = self.groundwork.all_tests(node.applies)
        counted = isinstance(node.applies, ChildrenAny) or (
            isinstance(node.applies, Compare) and node.applies.operator == "some"
        )
        if applies is UNDETERMINED:
            if counted and self.outcome(node.require) is UNDETERMINED:
                # The share itself lacks the same numbers and says more.
                assert isinstance(node.require, Test)
                yield self.test(node.require, UNDETERMINED, search, node)
                return
            changes = search.reach(node.applies)
            why = self.members(node.applies)
            yield Reason(
                "applies_when", UNDETERMINED, self.wording.say(MAYBE_APPLIES, why=why),
                missing=tuple(dict.fromkeys(name for test in tests for name in self.missing(test))),
                shortfall=shortfall_of(changes),
            )  # fmt: skip
            found = self.outcome(node.require)
            if found not in (PASS, NOT_APPLICABLE):
                yield from self.reasons(node.require, found, search)
            return
        if counted:
            text = self.wording.say(NOTHING_TO_SHARE, subject=self.subject(tests[0]))
        else:
            decisive = [test for test in tests if self.outcome(test) is FAIL] or tests
            why = "; ".join(self.stated(test) for test in decisive)
            text = self.wording.say(DOES_NOT_APPLY, why=why)
        observed = self.observed(tests[0]) if len(tests) == 1 else None
        yield Reason("applies_when", NOT_APPLICABLE, text, observed)

    def combined(self, node: AnyOf | AtLeastOf | Not, outcome: Outcome, search: Search) -> Iterator[Reason]:
        below = (node.member,) if isinstance(node, Not) else node.members
        members = tuple(member for member in below if self.outcome(member) is not NOT_APPLICABLE)
        if outcome is NOT_APPLICABLE:
            for member in below:
                yield from self.reasons(member, NOT_APPLICABLE, search)
        elif isinstance(node, AnyOf) and len(members) == 1:
            yield from self.reasons(members[0], outcome, search)
        elif outcome is PASS and not isinstance(node, Not):
            for member in members:
                if self.outcome(member) is PASS:
                    yield from self.reasons(member, PASS, search)
        else:
            yield Reason(
                {AnyOf: "any", AtLeastOf: "at_least_k", Not: "not"}[type(node)],
                outcome,
                self.negated(node, outcome) if isinstance(node, Not) else self.alternatives(node, members, outcome),
                required=node.k if isinstance(node, AtLeastOf) else None,
                missing=tuple(dict.fromkeys(name for member in members for name in self.missing_in(member))),
                shortfall=None if outcome is PASS else self.choice(node, members, search),
            )

    def choice(self, node: Truth, members: Iterable[Truth], search: Search) -> Shortfall | None:
        """What is lacking for one of several; where there are several ways, all of them."""
        options = [found for found, _ in search.options(members)] if isinstance(node, AnyOf) else []
        changes = search.reach(node)
        if changes is None or len(options) < 2:
            return shortfall_of(changes)
        return Shortfall("choose", options=tuple(sorted(options, key=lambda option: option != changes)))

    def alternatives(self, node: AnyOf | AtLeastOf, members: Iterable[Truth], outcome: Outcome) -> str:
        told = "; ".join(self.members(member) for member in members)
        if isinstance(node, AtLeastOf):
            return self.wording.say(OPEN_TOO_FEW if outcome is UNDETERMINED else TOO_FEW, count=node.k, members=told)
        return self.wording.say(OPEN_ALTERNATIVES if outcome is UNDETERMINED else ALTERNATIVES, members=told)

    def negated(self, node: Not, outcome: Outcome) -> str:
        told = "; ".join(
            self.wording.say(CONDITION, subject=self.subject(test), needs=self.needs(test))
            for test in self.groundwork.tests(node.member)
        )
        template = {PASS: HOLDS_NOT, FAIL: MUST_NOT}.get(outcome, OPEN_MUST_NOT)
        return self.wording.say(template, members=told)

    def members(self, node: Truth) -> str:
        """The tests below a condition, each in words."""
        return "; ".join(self.sentence(test, self.outcome(test)) for test in self.groundwork.tests(node))

    def missing_in(self, node: Truth) -> Iterator[str]:
        for test in self.groundwork.tests(node):
            yield from self.missing(test)

    def outcome(self, node: Truth) -> Outcome:
        return self.truth(node)(self.values)

    # Tests

    def test(self, node: Test, outcome: Outcome, search: Search, goal: Truth | None = None) -> Reason:
        """The reason of one test; its shortfall makes ``goal`` hold, by default the test."""
        shortfall = None
        if outcome is not PASS and outcome is not NOT_APPLICABLE:
            shortfall = shortfall_of(search.reach(goal or node))
        return Reason(
            node.operator, outcome, self.sentence(node, outcome), self.observed(node), self.required(node),
            tuple(self.missing(node)), shortfall,
        )  # fmt: skip

    def sentence(self, node: Test, outcome: Outcome) -> str:
        observed = self.observed_words(node)
        if outcome is PASS:
            template = PASSED
        elif outcome is UNDETERMINED and not isinstance(node, ChildShare | ChildrenAny):
            template = UNKNOWN if observed is None else PARTLY
        else:
            template = FAILED
        return self.wording.say(
            template, subject=self.subject(node), observed=self.seen(observed), needs=self.needs(node)
        )

    def seen(self, observed: str | None) -> str:
        return self.wording.translate(WORDS["unknown"]) if observed is None else observed

    def stated(self, node: Test) -> str:
        """What a test saw, with its subject."""
        return self.wording.say(SEEN, subject=self.subject(node), observed=self.seen(self.observed_words(node)))

    def needs(self, node: Test) -> str:
        """What a test asks for, in words."""
        if isinstance(node, Compare) and node.relation == "==" and node.right == Literal(0):
            return self.wording.translate(NO_CASE)
        # A test of no operator asks that there is anything to take a share of.
        required = self.required_words(node) if node.operator in operators() else "1"
        return self.groundwork.needs(node).format(required=required)

    def subject(self, node: Test) -> str:
        subject = self.groundwork.subject
        if isinstance(node, Compare):
            return subject(self.counting(node.left))
        if isinstance(node, Within | OneOf):
            return subject(node.value)
        if isinstance(node, Includes):
            return subject(node)
        if isinstance(node, Share):
            return f"{subject(node.of)} / {subject(node.among)}"
        return self.wording.label(self.wording.groups[node.children].title)

    def counting(self, measure: Measure) -> Measure:
        """The measure with the field that counts in place of two of which the first is preferred.

        A verdict asked keeps its own name, also where it is only reported.
        """

        def change(node: Any) -> Any:
            if not isinstance(node, Preferred) or node.first.name.startswith(VERDICT):
                return node
            return node.second if self.values.get(node.first.name) is None else node.first

        if not self.groundwork.prefers(measure):
            return measure
        plain: Measure = rebuild(measure, change)
        return plain

    def observed(self, node: Test) -> Any:
        """What the test saw, as a dossier writes it; both ends where it lies between two."""
        if isinstance(node, Compare):
            return self.span(node.left)
        if isinstance(node, Within | OneOf):
            return self.span(node.value)
        if isinstance(node, Includes):
            bits = self.values.get(node.field)
            return None if bits is None else written(bits, node.dimension)
        if isinstance(node, Share):
            of, among = self.span(node.of), self.span(node.among)
            return None if of is None or among is None else f"{of}/{among}"
        tally = self.tally(node)
        return None if tally is None else f"{tally[0]}/{tally[1]}"

    def span(self, measure: Measure) -> Any:
        low, high = self.measure(measure)(self.values)
        dimension = measure.dimension
        if low == high:
            return written(low, dimension)
        if isinstance(measure, FieldValue | Literal) or not self.bounded(measure):
            return None
        return {"least": written(low, dimension), "most": written(high, dimension)}

    def bounded(self, measure: Measure) -> bool:
        """Whether something is known of a measure: a record list is there."""
        return isinstance(measure, Count) and self.values.get(measure.records) is not None

    def observed_words(self, node: Test) -> str | None:
        if isinstance(node, Compare):
            words = self.span_words(node.left)
            return words if words is None or not isinstance(node.left, Count) else self.listed(node.left, words)
        if isinstance(node, Within | OneOf):
            return self.span_words(node.value)
        if isinstance(node, Includes):
            bits = self.values.get(node.field)
            return None if bits is None else self.wording.value(bits, node.dimension, node.field)
        if isinstance(node, Share):
            of, among = self.span(node.of), self.span(node.among)
            return None if of is None or among is None else f"{of}/{among}{self.percent(of, among)}"
        tally = self.tally(node)
        if tally is None:
            return None
        of_count, among_count, pending, missing = tally
        if missing:
            template = CHILDREN_MISSING if pending else CHILDREN_ABSENT
        else:
            template = CHILDREN_OPEN if pending else CHILDREN
        level = node.of if isinstance(node, ChildShare) else node.among
        return self.wording.say(
            template, of=of_count, among=among_count, pending=pending, missing=missing,
            level=self.wording.translate(LEVEL_WORDS[level]),
        )  # fmt: skip

    def percent(self, of: Any, among: Any) -> str:
        """The share cut to two places, never rounded up to a threshold that it does not reach."""
        if not isinstance(of, int) or not isinstance(among, int) or among <= 0:
            return ""
        hundredths = 10_000 * of // among
        text = f"{hundredths // 100}.{hundredths % 100:02}".rstrip("0").rstrip(".")
        return f" ({text.replace('.', ',') if self.wording.language == 'vi' else text} %)"

    def span_words(self, measure: Measure) -> str | None:
        low, high = self.measure(measure)(self.values)
        name = measure.name if isinstance(measure, FieldValue) else ""
        if low == high:
            return self.wording.value(low, measure.dimension, name)
        if not self.bounded(measure):
            return None
        return self.wording.say(
            SPAN, low=self.wording.count(low), high=self.wording.value(high, measure.dimension, name)
        )

    def range_words(self, measure: Measure) -> str:
        """The least and the greatest that a measure can still be."""
        low, high = self.measure(measure)(self.values)
        return self.wording.say(SPAN, low=self.wording.count(low), high=self.wording.value(high, measure.dimension))

    def listed(self, count: Count, words: str) -> str:
        """The rows counted, each by its date and choices."""
        rows = self.values.get(count.records) or ()
        holds = self.truth(count.where) if count.where is not None else (lambda row: PASS)
        known = self.wording.fields[count.records]
        told = []
        for row in rows:
            if holds(row) in (PASS, UNDETERMINED):
                parts = [
                    self.wording.value(row[name], column.dimension, name).strip("“”")
                    for name, column in known.columns.items()
                    if column.kind in ("date", "enum") and row.get(name) is not None
                ]
                told.append(" ".join(parts))
        shown = [row for row in told if row]
        return self.wording.say(ROWS, count=words, rows="; ".join(shown)) if shown else words

    def required(self, node: Test) -> Any:
        """What the test asks for, as a dossier writes it."""
        if isinstance(node, Compare):
            return None if node.operator == "documented" else self.span(node.right)
        if isinstance(node, Within):
            days = node.period
            assert isinstance(days, Days)
            day = Dimension("date")
            return {
                "from": None if days.first <= 1 else written(days.first, day),
                "to": None if days.last >= LAST_DAY else written(days.last, day),
            }
        if isinstance(node, OneOf):
            return [written(rank, node.value.dimension) for rank in sorted(node.values)]
        if isinstance(node, Includes):
            return [node.dimension.choices[rank] for rank in node.members]
        if isinstance(node, ChildrenAny):
            return 1
        return str(node.ratio.value) if isinstance(node.ratio, Ratio) else None

    def required_words(self, node: Test) -> str:
        if isinstance(node, Compare):
            words = self.span_words(node.right)
            if words is None and isinstance(node.right, Steps | Choose | Computed):
                words = self.range_words(node.right)
            if words is not None:
                return self.rank_words(node, words)
            subject = self.wording.subject(node.right)
            open_number = isinstance(node.right, ParameterValue | SlotValue)
            return self.wording.say(UNSET, title=subject) if open_number else subject
        if isinstance(node, Within | OneOf | Includes):
            return self.groundwork.required(node)
        if isinstance(node, ChildrenAny):
            return "1"
        if not isinstance(node.ratio, Ratio):
            return self.wording.translate(WORDS["unknown"])
        p, q = node.ratio.value.numerator, node.ratio.value.denominator
        share = percentage(node.ratio.value)
        among = self.span(node.among) if isinstance(node, Share) else (self.tally(node) or (0, None))[1]
        if not isinstance(among, int) or not among:
            return share
        return self.wording.say(SHARE_NEEDED, count=-(-p * among // q), among=among, share=share)

    def rank_words(self, node: Compare, words: str) -> str:
        """A required choice by the title that the field on the left gives it."""
        if node.right.dimension.kind == "choice" and isinstance(node.right, Literal):
            name = node.left.name if isinstance(node.left, FieldValue) else ""
            return self.wording.value(node.right.value, node.right.dimension, name)
        return words

    def tally(self, node: ChildShare | ChildrenAny) -> tuple[int, int, int, int] | None:
        """Children at the level asked for, children to compare with, children not known, announced ones lacking."""
        children: Children = self.values[children_key(node.children)]
        among = LEVELS.index(node.among)
        of = LEVELS.index(node.of) if isinstance(node, ChildShare) else among
        if not children.present:
            (low, high), (first, last) = children.reported[of], children.reported[among]
            return (low, first, 0, 0) if low == high and first == last else None
        ratio = node.ratio.value if isinstance(node, ChildShare) and isinstance(node.ratio, Ratio) else None
        missing = missing_children(children, of, among, ratio.numerator, ratio.denominator) if ratio else 0
        reached = total = pending = missing
        reached = 0
        for state, count in children.counts.items():
            ways = [(way_of, way_among) for way_of, way_among in level_ways(state, of, among)]
            total += count * any(way[1] for way in ways)
            reached += count * all(way[0] for way in ways)
            pending += count * (len(set(ways)) > 1)
        return reached, total, pending - missing, missing

    def missing(self, node: Test) -> Iterator[str]:
        """Ways to the values that the test lacks, each once."""
        yield from dict.fromkeys(self.lacking(node))

    def lacking(self, node: Test) -> Iterator[str]:
        measures: Iterable[Any] = ()
        if isinstance(node, Compare):
            measures = (node.left, node.right)
        elif isinstance(node, Within | OneOf):
            measures = (node.value,)
        elif isinstance(node, Share):
            measures = (node.of, node.among)
        elif isinstance(node, Includes):
            if self.values.get(node.field) is None:
                yield node.field
            return
        else:
            children: Children = self.values[children_key(node.children)]
            if not children.present:
                measures = [one for one in self.wording.groups[node.children].reported if one is not None]
        for measure in measures:
            yield from self.missing_of(measure)

    def missing_of(self, measure: Measure) -> Iterator[str]:
        if isinstance(measure, Count):
            rows = self.values.get(measure.records)
            if rows is None:
                yield measure.records
                return
            if measure.where is None:
                return
            holds = self.truth(measure.where)
            for row in rows:
                if holds(row) is UNDETERMINED:
                    for name in self.groundwork.columns(measure.where):
                        if name == IN_WINDOW and row.get(name) is None:
                            yield from self.window_missing()
                        elif row.get(name) is None:
                            yield f"{measure.records}[{row[ROW]}].{name}"
            return
        if isinstance(measure, Preferred):
            if self.values.get(measure.first.name) is None and self.values.get(measure.second.name) is None:
                yield measure.second.name
            return
        if isinstance(measure, SeriesValue) and measure.last is not None:
            years = (year_of(measure.name, measure.latest - back) for back in range(bounds(measure.last)[1]))
            yield from (name for name in years if self.values.get(name) is None)
            return
        if isinstance(measure, Choose):
            yield from self.missing_choice(measure)
            return
        if isinstance(measure, FieldValue) and self.values.get(measure.name) is None:
            yield measure.name
        for node in children_of(measure):
            yield from self.missing_of(node)

    def missing_choice(self, measure: Choose) -> Iterator[str]:
        """What is lacking to tell which case holds, and what that case lacks."""
        for condition, chosen in measure.cases:
            outcome = self.outcome(condition)
            if outcome is UNDETERMINED:
                yield from self.missing_in(condition)
            if outcome in (PASS, UNDETERMINED):
                yield from self.missing_of(chosen)
            if outcome is PASS:
                return
        yield from self.missing_of(measure.otherwise)

    def window_missing(self) -> Iterator[str]:
        """The fields that say when the window begins and ends, where they are not known."""
        yield from (name for name in self.standard.window_fields or () if self.values.get(name) is None)


def children_of(measure: Measure) -> Iterator[Measure]:
    """The measures of which a measure is made."""
    if isinstance(measure, Linear):
        yield from (term for _, term in measure.terms)
    elif isinstance(measure, Steps):
        yield measure.measure
    elif isinstance(measure, Computed):
        yield from (one for one in measure.arguments if not isinstance(one, UnitId))


def level_ways(state: Any, of: int, among: int) -> list[tuple[bool, bool]]:
    """For every way in which a child may stand, whether it is at two levels."""
    # With weights 2 and 1 the sum tells which of the two levels are reached.
    return [(gain >= 2, gain in (1, 3)) for gain in gains_of(state, of, among, -1, 2)]


def fields_of(node: Truth) -> list[str]:
    """The columns that a condition on a row reads."""
    found = [test.name for test in walk(node) if isinstance(test, FieldValue)]
    return list(dict.fromkeys([*found, *(test.field for test in walk(node) if isinstance(test, Includes))]))


def walk_tests(node: Truth) -> Iterator[Test]:
    """The tests of a condition on the unit; those inside record lists belong to their count."""
    if isinstance(node, Test):
        yield node
    elif isinstance(node, AllOf | AnyOf | AtLeastOf):
        for member in node.members:
            yield from walk_tests(member)
    elif isinstance(node, Not):
        yield from walk_tests(node.member)
    elif isinstance(node, When):
        yield from walk_tests(node.applies)
        yield from walk_tests(node.require)


def shortfall_of(changes: Changes | None) -> Shortfall | None:
    """Changes as one shortfall; several that are needed together are a choice of one.

    None where nothing is lacking beyond what earlier reasons of the finding name.
    """
    if changes is None:
        return IMPOSSIBLE
    if not changes:
        return None
    return changes[0] if len(changes) == 1 else Shortfall("choose", options=(changes,))
