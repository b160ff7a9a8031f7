"""A dossier in which a shortfall is made up, for a look at what would have been."""

from __future__ import annotations

from dataclasses import replace

from antq_rules.assessment.assessing import Assessment, Rejected, text_of
from antq_rules.assessment.judging import Judging, is_managed, state_of
from antq_rules.evidence.intake import Facts, Intake
from antq_rules.evidence.measuring import PENDING, ChildState, gains_of
from antq_rules.explain.shortfalls import Search, apply
from antq_rules.model.dossier import Dossier, Entry, Unit
from antq_rules.model.expression import LEVELS, ChildGroup, ChildrenAny, ChildShare, Ratio, fields_read, walk
from antq_rules.model.outcome import PASS
from antq_rules.model.verdict import Shortfall
from antq_rules.plan.compiling import PlannedStandard


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
    if shortfall.kind == "choose":
        for change in shortfall.options[0]:
            dossier = improved(dossier, unit, change, assessment, judging, intake)
        return dossier
    if shortfall.kind == "children":
        return _Raising(dossier, unit, shortfall, assessment, judging, intake).dossier()
    entries = list(dossier.entries)
    for position, entry in enumerate(entries):
        if text_of(entry, "id") == unit:
            facts = intake.admit(entry)
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
        assert shortfall.children is not None and shortfall.level is not None
        self.group: ChildGroup = judging.plan.ruleset.children[shortfall.children]
        self.level = LEVELS.index(shortfall.level)

    def dossier(self) -> Dossier:
        entries = list(self.source.entries)
        ranked = sorted(
            ((self.gain(state), position, state) for position, state in self.children()), key=lambda row: (-row[0], row[1])
        )
        left = self.shortfall.by or 0
        for _, position, _ in ranked[:left]:
            entries[position] = Entry(self.raised(entries[position], position).to_mapping())
        for number in range(left - len(ranked)):
            kind = self.group.kinds[0]
            made = Unit(f"{self.unit}+{number + 1}", kind, parent=self.unit, evidence=self.passing(kind))
            entries.append(Entry(made.to_mapping()))
        return replace(self.source, entries=tuple(entries))

    def children(self) -> list[tuple[int, ChildState]]:
        """Positions and states of the children in the input that are below the level."""
        rejected = {one.unit: one for one in self.assessment.rejected}
        found = []
        for position, entry in enumerate(self.source.entries):
            if text_of(entry, "parent") != self.unit:
                continue
            id = text_of(entry, "id") or f"units[{position}]"
            refused: Rejected | None = rejected.get(id)
            if refused is not None:
                if is_managed(self.group, refused.kind, refused.managing_level):
                    found.append((position, PENDING))
                continue
            if text_of(entry, "kind") not in self.group.kinds:
                continue
            verdict = self.assessment.verdict(id)
            if is_managed(self.group, verdict.kind, verdict.managing_level):
                state = state_of(verdict)
                if min(gains_of(state, self.level, self.level, 0, 1)) < 1:
                    found.append((position, state))
        return found

    def gain(self, state: ChildState) -> int:
        """What the criterion gains when a child in this state is raised."""
        verdict = self.assessment.verdict(self.unit)
        standard: PlannedStandard = self.judging.plan.standards[verdict.standard]
        for criterion in standard.criteria:
            for node in walk(criterion.truth):
                if isinstance(node, ChildShare) and LEVELS.index(node.of) == self.level and isinstance(node.ratio, Ratio):
                    p, q = node.ratio.value.numerator, node.ratio.value.denominator
                    return q - p - min(gains_of(state, self.level, LEVELS.index(node.among), p, q))
                if isinstance(node, ChildrenAny) and LEVELS.index(node.among) == self.level:
                    return 1
        return 0

    def raised(self, entry: Entry, position: int) -> Unit:
        """The child with evidence that brings it to the level."""
        facts = self.intake.admit(entry)
        if isinstance(facts, list):
            kind = text_of(entry, "kind")
            known = kind if kind in self.group.kinds else self.group.kinds[0]
            assert known is not None
            made = Unit(f"{self.unit}+{position}", known, parent=self.unit, evidence=self.passing(known))
            return made
        unit = facts.unit
        fresh = self.passing(unit.kind)
        if self.level < 2:
            standard = self.judging.plan.standard_of(unit.kind)
            truth = None if standard is None else standard.scopes[unit.kind]
            read = {self.group.registered_by, *(fields_read(truth) if truth is not None else ())}
            return replace(unit, evidence={**unit.evidence, **{name: fresh[name] for name in read if name in fresh}})
        return replace(unit, evidence=fresh)

    def passing(self, kind: str) -> dict[str, object]:
        """Evidence with which a unit of this kind passes."""
        return passing_evidence(kind, self.judging, self.intake)


def passing_evidence(kind: str, judging: Judging, intake: Intake) -> dict[str, object]:
    """Evidence with which a unit of this kind passes every criterion, made from nothing but the plan.

    Raises:
        ValueError: The standard cannot be met by evidence alone.
    """
    unit = Unit("-", kind)
    standard = judging.plan.standard_of(kind)
    assert standard is not None
    wording = judging.wordings[kind]
    truths = [truth for truth in (standard.scopes[kind],) if truth is not None]
    truths += [criterion.truth for criterion in standard.criteria]
    for truth in truths:
        facts = intake.admit(Entry(unit.to_mapping()))
        if isinstance(facts, list):
            raise ValueError(f"no evidence was found with which a unit of kind {kind} passes: {facts[0]}")
        search = Search(facts.values, wording.fields, standard, wording.groups)
        if search.outcome(truth) is PASS:
            continue
        for change in search.reach(truth) or ():
            unit = apply(unit, change)
    return dict(unit.evidence)

