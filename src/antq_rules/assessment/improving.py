"""A dossier in which a shortfall is made up, for a look at what would have been."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from antq_rules.assessment.assessing import text_of
from antq_rules.assessment.judging import Judging, is_managed, state_of
from antq_rules.assessment.result import Assessment, Rejected
from antq_rules.evidence.intake import Facts, Intake
from antq_rules.evidence.measuring import PENDING, Children, ChildState
from antq_rules.explain.shortfalls import Room, Search, apply, raisable
from antq_rules.model.dossier import Dossier, Entry, Unit
from antq_rules.model.expression import LEVELS, ChildGroup, ChildrenAny, ChildShare, fields_read, walk
from antq_rules.model.verdict import Shortfall

NOTHING_REPORTED = ((0, 0), (0, 0), (0, 0))


def improved(
    dossier: Dossier, unit: str, shortfall: Shortfall, assessment: Assessment, judging: Judging, intake: Intake
) -> Dossier:
    """A copy of the dossier with a shortfall of one unit made up.

    Args:
        dossier: From which ``assessment`` was made.
        unit: The id of the unit that lacks something.
        shortfall: Of any kind but impossible; of a choose the first option is taken.
        assessment: Where the states of the units below stand.
        judging: Of the same plan.
        intake: Of the same plan.
    Raises:
        KeyError: The dossier has no sound unit of this id.
        ValueError: The shortfall is impossible.
    """
    unit = unicodedata.normalize("NFC", unit)
    changes = shortfall.options[0] if shortfall.kind == "choose" else (shortfall,)
    own = tuple(change for change in changes if change.kind != "children")
    if own:
        # All at once: half of them might contradict what is recorded.
        dossier = _changed(dossier, unit, Shortfall("choose", options=(own,)), intake)
    for change in changes:
        if change.kind == "children":
            dossier = _Raising(dossier, unit, change, assessment, judging, intake).dossier()
    return dossier


def _changed(dossier: Dossier, unit: str, shortfall: Shortfall, intake: Intake) -> Dossier:
    entries = list(dossier.entries)
    for position, entry in enumerate(entries):
        facts = intake.admit(entry) if text_of(entry, "id") == unit else None
        if isinstance(facts, Facts):
            entries[position] = Entry(apply(facts.unit, shortfall).to_mapping())
            return replace(dossier, entries=tuple(entries))
    raise KeyError(unit)


class _Raising:
    """Lifts as many children of a unit as a shortfall names to the level it names, those first that count most."""

    def __init__(
        self,
        dossier: Dossier,
        unit: str,
        shortfall: Shortfall,
        assessment: Assessment,
        judging: Judging,
        intake: Intake,
    ) -> None:
        self.source = dossier
        self.unit = unit
        self.shortfall = shortfall
        self.assessment = assessment
        self.judging = judging
        self.intake = intake
        assert shortfall.children is not None
        assert shortfall.level is not None
        self.group: ChildGroup = judging.plan.ruleset.children[shortfall.children]
        self.level = LEVELS.index(shortfall.level)

    def dossier(self) -> Dossier:
        entries = list(self.source.entries)
        taken = {text_of(entry, "id") for entry in entries}
        fresh = (id for id in (f"{self.unit}+{number}" for number in count(1)) if id not in taken)
        for position in self.chosen():
            if position is None:
                entries.append(Entry(self.made(next(fresh), self.group.kinds[0]).to_mapping()))
            else:
                entries[position] = Entry(self.raised(entries[position], position, fresh).to_mapping())
        return replace(self.source, entries=tuple(entries))

    def chosen(self) -> list[int | None]:
        """Positions of the children to raise; None for one that is announced and lacks in the input."""
        children = list(self.children())
        states = Counter(state for _, state in children)
        found: list[int | None] = []
        by = int(self.shortfall.by or 0)
        for state, number in raisable(self.node(), Children(states, self.announced(), NOTHING_REPORTED)):
            lacking = [None] * min(number, by)
            found += lacking if state is None else [position for position, one in children if one == state]
        return found[:by]

    def node(self) -> ChildShare | ChildrenAny:
        """The test that lacks children at the level."""
        standard = self.judging.plan.standards[self.assessment.verdict(self.unit).standard]
        truths = [criterion.truth for criterion in standard.criteria]
        truths += [] if standard.decision is None else [standard.decision.truth]
        for truth in truths:
            for node in walk(truth):
                if isinstance(node, ChildShare | ChildrenAny) and node.children == self.group.name:
                    level = node.of if isinstance(node, ChildShare) else node.among
                    if level == self.shortfall.level:
                        return node
        raise KeyError(self.shortfall.level)

    def announced(self) -> int:
        """How many children the unit announces."""
        for entry in self.source.entries:
            facts = self.intake.admit(entry) if text_of(entry, "id") == self.unit else None
            if isinstance(facts, Facts) and self.group.announced is not None:
                return facts.values.get(self.group.announced) or 0
        return 0

    def children(self) -> Iterator[tuple[int, ChildState]]:
        """Positions and states of the children in the input."""
        for position, entry in enumerate(self.source.entries):
            if text_of(entry, "parent") != self.unit:
                continue
            rejected = self.rejected(entry, position)
            if rejected is not None:
                if is_managed(self.group, rejected.kind, rejected.managing_level):
                    yield position, PENDING
            elif text_of(entry, "kind") in self.group.kinds:
                verdict = self.assessment.verdict(text_of(entry, "id") or "")
                if is_managed(self.group, verdict.kind, verdict.managing_level):
                    yield position, state_of(verdict)

    def rejected(self, entry: Entry, position: int) -> Rejected | None:
        """What is wrong with a child, if it was refused."""
        id = text_of(entry, "id") or f"units[{position}]"
        return next((one for one in self.assessment.rejected if one.unit == id), None)

    def raised(self, entry: Entry, position: int, fresh: Iterator[str]) -> Unit:
        """The child with evidence that brings it to the level; a refused one is replaced."""
        facts = self.intake.admit(entry)
        if isinstance(facts, list) or self.rejected(entry, position) is not None:
            kind = text_of(entry, "kind")
            return self.made(next(fresh), kind if kind in self.group.kinds else self.group.kinds[0])
        unit = facts.unit
        new = passing_evidence(unit.kind, self.judging, self.intake)
        if self.level == 2:
            return replace(unit, evidence=new)
        standard = self.judging.plan.standard_of(unit.kind)
        scope = None if standard is None else standard.scopes[unit.kind]
        read = set(fields_read(scope)) if scope is not None else set()
        if self.level == 1 and self.group.registered_by is not None:
            read.add(self.group.registered_by)
        return replace(unit, evidence={**unit.evidence, **{name: new[name] for name in read}})

    def made(self, id: str, kind: str) -> Unit:
        """A child that passes."""
        return Unit(id, kind, parent=self.unit, evidence=passing_evidence(kind, self.judging, self.intake))


def passing_evidence(kind: str, judging: Judging, intake: Intake) -> dict[str, object]:
    """Evidence with which a unit of this kind passes every criterion, made from nothing but the plan.

    Raises:
        ValueError: The standard cannot be met by evidence alone.
    """
    unit = Unit("-", kind)
    plan, wording = judging.plan, judging.wordings[kind]
    standard = plan.standard_of(kind)
    assert standard is not None
    truths = [truth for truth in (standard.scopes[kind],) if truth is not None]
    truths += [criterion.truth for criterion in standard.criteria]
    for truth in truths:
        facts = intake.admit(Entry(unit.to_mapping()))
        if isinstance(facts, list):
            raise ValueError(f"no evidence was found with which a unit of kind {kind} passes: {facts[0]}")
        search = Search(facts.values, Room(wording.fields, standard, wording.groups, plan.ruleset.constraints))
        changes = search.reach(truth)
        if changes is None:
            raise ValueError(f"no evidence was found with which a unit of kind {kind} passes")
        for change in changes:
            unit = apply(unit, change)
    return dict(unit.evidence)
