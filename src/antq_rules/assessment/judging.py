"""One unit to its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from antq_rules.engines.protocol import Executor, Judgement
from antq_rules.errors import message
from antq_rules.evidence.intake import Facts, Intake, Note
from antq_rules.evidence.measuring import Children, ChildState, children_key
from antq_rules.explain.decisions import DecisionTelling
from antq_rules.explain.reasons import Explaining, Groundwork
from antq_rules.explain.shortfalls import reported_bounds, stated
from antq_rules.explain.wording import Wording
from antq_rules.frozen import frozen
from antq_rules.model.expression import LEVELS, ChildGroup, Label, VerdictOf, verdict_key
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.ruleset import Standard
from antq_rules.model.verdict import BlockPoints, Finding, Points, Reason, Verdict, VerdictNote
from antq_rules.plan.compiling import Plan, PlannedCriterion, PlannedStandard, compile_ruleset

SCOPE_UNKNOWN = message("It is not known whether the unit is in scope: {why}")
COUNTS_DIFFER = message("Reported {level}: {reported}; counted from the units handed in: {counted}")
PREVIOUS_DIFFERS = message("{field}: {own} is stated, last year's dossier has {previous}; the stated one counts")
PREVIOUS_UNUSABLE = message("The unit in last year's dossier has errors and was not used")
VERDICT_DIFFERS = message(
    "The verdict reported for {standard} is another than the one found from the evidence, which counts"
)
COLUMNS_DIFFER = message("{item}: the unit gave itself {own} points, the higher level {verified}, which counts")
PARENT_MISSING = message("The parent '{parent}' is not in the input")


class Judging:
    """Turns facts into verdicts under one plan."""

    def __init__(self, plan: Plan, executor: Executor, language: str, used: tuple[Used, ...] = ()) -> None:
        self.plan = plan
        self.executor = executor
        self.language = language
        self.used = used
        titles = {verdict_key(standard.id): standard.title for one in used for standard in one.standards}
        self.wordings = {
            kind: Wording(language, plan.fields[kind], plan.ruleset.parameters, plan.ruleset.children, titles)
            for kind in plan.kinds
        }
        self.standards = {kind: one for kind in plan.kinds if (one := plan.standard_of(kind)) is not None}
        self.groundwork = {
            kind: Groundwork(standard, self.wordings[kind], plan.constraints)
            for kind, standard in self.standards.items()
        }
        self.readings = {
            kind: {name: plan.readings[name] for name in standard.readings} for kind, standard in self.standards.items()
        }
        self.groups = {
            kind: next((group for group in plan.ruleset.children.values() if kind in group.kinds), None)
            for kind in plan.kinds
        }

    def verdict(
        self,
        facts: Facts,
        children: Mapping[str, Iterable[ChildState]],
        notes: Iterable[Note] = (),
        asked: Mapping[str, Verdict] | None = None,
    ) -> Verdict:
        """The verdict of a unit; the arguments are those of :meth:`case`."""
        case = self.case(facts, children, notes, asked)
        standard = self.standards[facts.unit.kind]
        judgement = self.executor.judge(standard.id, facts.unit.kind, case.values)
        return self.concluded(standard, case, judgement)

    def case(
        self,
        facts: Facts,
        children: Mapping[str, Iterable[ChildState]],
        notes: Iterable[Note] = (),
        asked: Mapping[str, Verdict] | None = None,
    ) -> Case:
        """A unit as an executor is to judge it.

        Args:
            facts: Of a unit of a judged kind.
            children: For each group of units below what is known of those in the input.
            notes: What to add to the notes of the facts.
            asked: The unit's verdicts under standards of the rulesets used, by standard.
        """
        kind = facts.unit.kind
        standard = self.standards[kind]
        told = [*facts.notes, *notes]
        readings = self.readings[kind].copy()
        if not (standard.groups or standard.verdicts or standard.decision):
            # Nothing is added to what the unit itself says.
            return Case(facts, facts.values, tuple(told), readings)
        values = dict(facts.values)
        for group in standard.groups:
            below = gathered(group, children.get(group.name, ()), values)
            values[children_key(group.name)] = below
            told += differences(group, below, values)
        for node in standard.verdicts:
            other = (asked or {}).get(node.standard)
            if other is not None:
                told += compared(node, other, values)
                readings |= other.readings
        told += columns_compared(standard, values)
        # Of many units the same values are not held twice.
        kept = values if len(values) > len(facts.values) else facts.values
        return Case(facts, kept, tuple(told), readings)

    def verdicts(self, kind: str, cases: Sequence[Case]) -> Iterator[Verdict]:
        """The verdicts of units of one kind, in their order."""
        standard = self.standards[kind]
        judged = self.executor.judge_many(standard.id, kind, [case.values for case in cases])
        for case, judgement in zip(cases, judged, strict=True):
            yield self.concluded(standard, case, judgement)

    def concluded(self, standard: PlannedStandard, case: Case, judgement: Judgement) -> Verdict:
        """The verdict that a judgement gives."""
        unit = case.facts.unit
        reached, possible = (None, ()) if standard.decision is None else classes_of(standard, judgement)
        return Verdict(
            unit=unit.id,
            kind=unit.kind,
            name=unit.name,
            parent=unit.parent,
            managing_level=unit.managing_level,
            standard=standard.id,
            period=self.plan.period,
            outcome=judgement.outcome,
            scope=judgement.scope if judgement.scope is not NOT_APPLICABLE else FAIL,
            registered=self.registered(case.facts),
            status=self.plan.ruleset.status,
            readings=case.readings,
            outcomes=judgement.findings,
            telling=UnitTelling(self.groundwork[unit.kind], case.facts, case.values, judgement, case.told),
            score_class=reached,
            possible_classes=possible,
        )

    def registered(self, facts: Facts) -> Outcome:
        """Whether the unit has registered: a date says yes, ``absent`` says no."""
        group = self.groups[facts.unit.kind]
        date = None if group is None or group.registered_by is None else facts.values.get(group.registered_by)
        return UNDETERMINED if date is None else PASS if date else FAIL


@frozen
class Case:
    """A unit with the values by which it is judged, and what is to be noted of it whatever comes out."""

    facts: Facts
    values: Mapping[str, Any]
    told: tuple[Note, ...]
    readings: Mapping[str, str]


@frozen
class Used:
    """A ruleset whose verdicts another one asks, made ready for the same year."""

    judging: Judging
    intake: Intake

    @property
    def standards(self) -> tuple[Standard, ...]:
        """Its standards."""
        return self.judging.plan.ruleset.standards


def prepared(plan: Plan, executor: Callable[[Plan], Executor], language: str) -> Judging:
    """Judging under a plan, with the rulesets made ready that it uses."""
    used = []
    for ruleset in plan.ruleset.used:
        readings = {name: plan.readings[name] for name in ruleset.all_readings()}
        other = compile_ruleset(ruleset, plan.period, readings)
        used.append(Used(prepared(other, executor, language), Intake(other)))
    return Judging(plan, executor(plan), language, tuple(used))


def compared(node: VerdictOf, other: Verdict, values: dict[str, Any]) -> Iterable[Note]:
    """Put a verdict under another standard among the values; a note where another one is reported."""
    if other.outcome is UNDETERMINED:
        return
    passed = int(other.outcome is PASS)
    values[verdict_key(node.standard)] = passed
    reported = None if node.reported is None else values.get(node.reported)
    if reported is not None and reported != passed:
        yield Note("reported_verdict_differs", VERDICT_DIFFERS, {"standard": node.standard})


def columns_compared(standard: PlannedStandard, values: Mapping[str, Any]) -> Iterable[Note]:
    """A note for each item of a score sheet to which the higher level gave other points than the unit itself."""
    for criterion, given in standard.decision.columns if standard.decision else ():
        verified, own = values.get(given.first.name), values.get(given.second.name)
        if verified is not None and own is not None and verified != own:
            yield Note(
                "columns_differ",
                COLUMNS_DIFFER,
                {
                    "item": criterion.title,
                    "own": stated(own, given.dimension),
                    "verified": stated(verified, given.dimension),
                },
            )


def classes_of(standard: PlannedStandard, judgement: Judgement) -> tuple[str | None, tuple[str, ...]]:
    """The class reached, or those that the unit may still be in."""
    if standard.decision is None or judgement.scope is NOT_APPLICABLE:
        return None, ()
    possible = []
    for one, reached in zip(standard.decision.classes, judgement.classes, strict=True):
        if reached is not FAIL:
            possible.append(one.id)
        if reached is PASS:
            break
    return (possible[0], ()) if len(possible) == 1 and PASS in judgement.classes else (None, tuple(possible))


def state_of(verdict: Verdict) -> ChildState:
    """What a parent reads of a child's verdict."""
    recognised = FAIL if verdict.outcome is NOT_APPLICABLE else verdict.outcome
    return ChildState(verdict.scope, verdict.registered, recognised)


def is_managed(group: ChildGroup, kind: str | None, level: str | None) -> bool:
    """Whether a unit of this kind and managing level counts for its parent; an unknown kind may."""
    return (kind is None or kind in group.kinds) and (level is None or level in group.managed_by)


def gathered(group: ChildGroup, states: Iterable[ChildState], values: Mapping[str, Any]) -> Children:
    """The children of a unit, counted by what is known of them."""
    counts: dict[ChildState, int] = {}
    for state in states:
        counts[state] = counts.get(state, 0) + 1
    announced = values.get(group.announced) if group.announced else None
    first, second, third = (reported_bounds(values, field) for field in group.reported)
    return Children(counts, announced or 0, (first, second, third))


def differences(group: ChildGroup, children: Children, values: Mapping[str, Any]) -> Iterable[Note]:
    """A note for each reported count that the units handed in contradict."""
    if not children.present:
        return
    for level, field in enumerate(group.reported):
        reported = None if field is None else values.get(field.name)
        if reported is None:
            continue
        certain, possible = counted(children, level)
        missing = max(0, children.announced - counted(children, 0)[0])
        if not certain <= reported <= possible + missing:
            span = str(certain) if certain == possible else f"{certain}-{possible}"
            yield Note(
                "reported_counts_differ",
                COUNTS_DIFFER,
                {"level": LEVELS[level], "reported": reported, "counted": span},
            )


def counted(children: Children, level: int) -> tuple[int, int]:
    """How many children are certainly, and how many possibly, at a level."""
    certain = possible = 0
    for state, count in children.counts.items():
        registered = PASS if state.recognised is PASS else state.registered
        steps = (state.in_scope, registered, state.recognised)[: level + 1]
        certain += count * all(step is PASS for step in steps)
        possible += count * all(step is not FAIL for step in steps)
    return certain, possible


@frozen
class UnitTelling:
    """What is needed to tell why a unit was judged so."""

    groundwork: Groundwork
    facts: Facts
    values: Mapping[str, Any]
    judgement: Judgement
    told: tuple[Note, ...]

    @property
    def standard(self) -> PlannedStandard:
        """By which the unit was judged."""
        return self.groundwork.standard

    def findings(self, *, passes: bool = False) -> tuple[Finding, ...]:
        """All findings in ruleset order."""
        explaining = Explaining(self.groundwork, self.values)
        beyond = self.judgement.scope is NOT_APPLICABLE
        scope = explaining.beyond_scope(self.facts.unit.kind) if beyond else ()
        return tuple(
            self.finding(planned, outcome, scope if beyond else explaining.finding(planned, outcome, passes=passes))
            for planned, outcome in zip(self.standard.criteria, self.judgement.findings, strict=True)
        )

    def finding(self, planned: PlannedCriterion, outcome: Outcome, reasons: tuple[Reason, ...]) -> Finding:
        """The finding of one criterion."""
        known = self.facts.documents
        names = self.groundwork.proven[planned.id] if known else ()
        documents = tuple([{"field": name, **known[name]} for name in names if name in known])
        if not documents and not reasons:
            return self.groundwork.bare(planned, outcome)
        return self.groundwork.finding(planned, outcome, documents, reasons)

    def decision(self, *, passes: bool = False) -> tuple[Reason, ...]:
        """See :class:`~antq_rules.model.verdict.Telling`."""
        if self.standard.decision is None or self.judgement.scope is NOT_APPLICABLE:
            return ()
        return tuple(self.deciding().reasons(passes=passes))

    def score(self) -> Points | None:
        """See :class:`~antq_rules.model.verdict.Telling`."""
        if self.standard.decision is None or self.judgement.scope is NOT_APPLICABLE:
            return None
        return self.deciding().score()

    def blocks(self) -> tuple[BlockPoints, ...]:
        """See :class:`~antq_rules.model.verdict.Telling`."""
        if self.standard.decision is None or self.judgement.scope is NOT_APPLICABLE:
            return ()
        return tuple(self.deciding().blocks())

    def deciding(self) -> DecisionTelling:
        """What explains the decision."""
        explaining = Explaining(self.groundwork, self.values)
        return DecisionTelling(explaining, self.judgement.findings)

    def notes(self) -> tuple[VerdictNote, ...]:
        """Notes, each once."""
        wording = self.groundwork.wording
        notes = [
            VerdictNote(note.code, wording.say(note.what, **{k: self.word(v) for k, v in note.values.items()}))
            for note in self.told
        ]
        if self.judgement.scope is UNDETERMINED:
            explaining = Explaining(self.groundwork, self.values)
            why = "; ".join(reason.text for reason in explaining.unknown_scope(self.facts.unit.kind))
            notes.append(VerdictNote("scope_unknown", wording.say(SCOPE_UNKNOWN, why=why)))
        if self.judgement.scope is not NOT_APPLICABLE:
            for planned, outcome in zip(self.standard.criteria, self.judgement.findings, strict=True):
                if outcome is NOT_APPLICABLE and planned.criterion.note is not None:
                    notes.append(VerdictNote("criterion_note", wording.label(planned.criterion.note)))
        return tuple(dict.fromkeys(notes))

    def word(self, value: Any) -> Any:
        """A value of a note in words."""
        wording = self.groundwork.wording
        if isinstance(value, Label):
            return wording.label(value)
        return wording.translate(value) if isinstance(value, str) and value in LEVELS else value
