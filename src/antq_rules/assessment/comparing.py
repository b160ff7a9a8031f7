"""Two results side by side: counts and shares, and who gained, who lost and by which criteria.

A result is an ``Assessment`` or a document ``antq.assessment/1``; both come in by way of :class:`JudgedYear`, which
keeps of them what a comparison needs. Units are matched by their id and kind. Everything is in an order of its own
(kinds as the ruleset has them, units by their ids), so the order of the input makes no difference.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cache, cached_property

from antq_rules.assessment.document import error_row
from antq_rules.assessment.result import Assessment, manifest_notes
from antq_rules.explain.wording import Wording
from antq_rules.frozen import frozen
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.ruleset import Citation
from antq_rules.model.verdict import Verdict, VerdictNote
from antq_rules.operators.base import printable
from antq_rules.plan.compiling import Plan

OPEN = (FAIL, UNDETERMINED)


class Standing(StrEnum):
    """How a unit stands in one of two results."""

    JUDGED = "judged"
    REFUSED = "refused"
    """Its input has errors."""
    NOT_JUDGED = "not_judged"
    """The ruleset has no standard for its kind."""
    ABSENT = "absent"
    """It is not in the input."""


class Sort(StrEnum):
    """What became of a unit."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"
    """Another outcome, and a pass in neither result."""
    SAME = "same"
    ARRIVED = "arrived"
    LEFT = "left"
    NOT_JUDGED = "not_judged"
    """In the input of both, but not judged in one of them or in both."""


# One result


@frozen
class Judged:
    """A unit with its outcome and those of its criteria, in the order of the ruleset.

    ``reasons`` gives the sentences of what is open, by criterion.
    """

    unit: str
    kind: str
    name: str | None
    parent: str | None
    outcome: Outcome
    criteria: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    reasons: Callable[[], Mapping[str, tuple[str, ...]]] = field(repr=False, compare=False)


@frozen
class Unjudged:
    """A unit of the input without a verdict; ``faults`` says what is wrong where it was refused."""

    unit: str
    kind: str | None
    name: str | None
    parent: str | None
    standing: Standing
    faults: tuple[str, ...] = ()


@frozen
class Gathering:
    """A grouping unit."""

    unit: str
    kind: str
    name: str | None
    parent: str | None


@frozen
class LaidOver:
    """An overlay that took part."""

    id: str
    version: str


@frozen
class Side:
    """By what one of two results was judged. ``title`` is None where the ruleset is not known here."""

    period: int
    ruleset: str
    version: str
    sha256: str
    status: str
    title: str | None
    overlays: tuple[LaidOver, ...]
    readings: Mapping[str, str]
    input_sha256: str
    notes: tuple[VerdictNote, ...] = ()


@frozen
class Named:
    """The title of a criterion and its place in the law."""

    title: str
    citation: Citation


@frozen
class JudgedYear:
    """What a comparison keeps of one result.

    ``kinds`` are the titles of kinds, ``criteria`` those of criteria, both in the order of the ruleset.
    """

    side: Side
    judged: Mapping[str, Judged]
    unjudged: Mapping[str, Unjudged]
    gatherings: Mapping[str, Gathering]
    kinds: Mapping[str, str]
    criteria: Mapping[str, Named]

    @classmethod
    def of(
        cls,
        assessment: Assessment,
        kept_back: Iterable[Unjudged | Gathering] = (),
        notes: Iterable[VerdictNote] = (),
        input_sha256: str | None = None,
    ) -> JudgedYear:
        """What a comparison keeps of an assessment.

        Args:
            assessment: A year's verdicts.
            kept_back: Units of the input that it did not get, since its ruleset does not know their kind.
            notes: What is to be known of it besides.
            input_sha256: Of the input with those units; by default that of what was judged.
        """
        plan, language = assessment.plan, assessment.language
        ruleset = plan.ruleset
        kept = tuple(kept_back)
        criteria = {id: tuple(one.id for one in standard.criteria) for id, standard in plan.standards.items()}
        told = (VerdictNote(code, text) for code, text in manifest_notes(assessment))
        refused = {
            one.unit: Unjudged(
                printable(one.unit),
                one.kind,
                None,
                one.parent,
                Standing.REFUSED,
                tuple(str(error_row(fault, language)["text"]) for fault in one.faults),
            )
            for one in assessment.rejected
        }
        return cls(
            side=Side(
                plan.period,
                ruleset.id,
                ruleset.version,
                ruleset.sha256,
                ruleset.status,
                ruleset.title[language],
                tuple(LaidOver(overlay.id, overlay.version) for overlay in ruleset.overlays),
                dict(plan.readings),
                input_sha256 or assessment.input_sha256,
                (*told, *notes),
            ),
            judged={verdict.unit: _judged(verdict, criteria[verdict.standard]) for verdict in assessment.verdicts},
            unjudged={one.unit: one for one in kept if isinstance(one, Unjudged)} | refused,
            gatherings={one.unit: one for one in kept if isinstance(one, Gathering)}
            | {group.unit: Gathering(group.unit, group.kind, group.name, group.parent) for group in assessment.groups},
            kinds=titles_of_kinds(plan, language),
            criteria=names_of_criteria(plan, language),
        )

    def parents(self) -> dict[str, str | None]:
        """The unit above each one, as far as it is told."""
        return {unit: one.parent for unit, one in self.everybody().items()}

    def everybody(self) -> dict[str, Judged | Unjudged | Gathering]:
        """All units by their ids."""
        return {**self.unjudged, **self.judged, **self.gatherings}

    def standing(self, unit: str) -> Standing:
        """How a unit stands."""
        if unit in self.judged:
            return Standing.JUDGED
        if unit in self.unjudged:
            return self.unjudged[unit].standing
        return Standing.NOT_JUDGED if unit in self.gatherings else Standing.ABSENT


def titles_of_kinds(plan: Plan, language: str) -> dict[str, str]:
    """The titles of all kinds, those of the standards first."""
    judged = [kind for standard in plan.ruleset.standards for kind in standard.kinds]
    return {kind: plan.kinds[kind].title[language] for kind in dict.fromkeys((*judged, *plan.kinds))}


def names_of_criteria(plan: Plan, language: str) -> dict[str, Named]:
    """The titles and citations of all criteria."""
    return {
        planned.id: Named(planned.criterion.title[language], planned.citation)
        for standard in plan.ruleset.standards
        for planned in plan.standards[standard.id].criteria
    }


def _judged(verdict: Verdict, criteria: tuple[str, ...]) -> Judged:
    def reasons() -> Mapping[str, tuple[str, ...]]:
        return {
            finding.criterion: tuple(reason.text for reason in finding.reasons)
            for finding in verdict.findings
            if finding.outcome in OPEN
        }

    return Judged(
        verdict.unit,
        verdict.kind,
        verdict.name,
        verdict.parent,
        verdict.outcome,
        criteria,
        verdict.outcomes,
        reasons,
    )


# Counts


@frozen
class Count:
    """How many units came to which outcome."""

    outcomes: Mapping[Outcome, int]

    @property
    def total(self) -> int:
        """All that were judged."""
        return sum(self.outcomes.values())

    @property
    def passed(self) -> int:
        """Those that pass."""
        return self.outcomes[PASS]

    @property
    def applicable(self) -> int:
        """Those to which the standard applies."""
        return self.total - self.outcomes[NOT_APPLICABLE]

    @property
    def share(self) -> Fraction | None:
        """Those that pass among those to which the standard applies; None where it applies to none."""
        return Fraction(self.passed, self.applicable) if self.applicable else None


def counted(outcomes: Iterable[Outcome]) -> Count:
    """The count of some outcomes."""
    return Count({**dict.fromkeys(Outcome, 0), **Counter(outcomes)})


@frozen
class KindChange:
    """The units of one kind; a side is None where it has none that was judged."""

    kind: str
    title: str
    before: Count | None
    after: Count | None

    @property
    def more(self) -> int | None:
        """How many more pass than before; fewer where it is negative."""
        return None if self.before is None or self.after is None else self.after.passed - self.before.passed

    @property
    def points(self) -> Fraction | None:
        """By how many percentage points the share rose, exactly; None where a side has no share."""
        if self.before is None or self.after is None or self.before.share is None or self.after.share is None:
            return None
        return (self.after.share - self.before.share) * 100


@frozen
class GroupChange:
    """The units below a grouping unit or a commune, however deep; name and kind are None where no side tells them."""

    unit: str
    name: str | None
    kind: str | None
    parent: str | None
    kinds: tuple[KindChange, ...]


@frozen
class CriterionTally:
    """The outcomes of one criterion over all units; a side is None where it is not among its criteria."""

    criterion: str
    title: str
    citation: Citation
    before: Count | None
    after: Count | None

    @property
    def more_open(self) -> int | None:
        """How many more units do not meet it, or lack the evidence for it, than before."""
        if self.before is None or self.after is None:
            return None
        return open_ones(self.after) - open_ones(self.before)


def open_ones(count: Count) -> int:
    """How many fail or are undetermined."""
    return sum(count.outcomes[outcome] for outcome in OPEN)


# Units


@frozen
class CriterionChange:
    """One criterion of a unit; a side is None where it is not judged by it. Its reasons are made on demand."""

    criterion: str
    title: str
    citation: Citation
    before: Outcome | None
    after: Outcome | None
    open_reasons: Callable[[], Mapping[str, tuple[str, ...]]] = field(repr=False, compare=False)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is open: after, or before where it is no longer so."""
        return self.open_reasons().get(self.criterion, ())


@frozen
class UnitChange:
    """What became of a unit; its outcome on a side is None where it was not judged there."""

    unit: str
    name: str | None
    kind: str | None
    parent: str | None
    sort: Sort
    standing_before: Standing
    standing_after: Standing
    was: Judged | None = field(default=None, repr=False)
    now: Judged | None = field(default=None, repr=False)
    faults: tuple[str, ...] = ()
    """What is wrong with it where it was refused, after or else before."""
    names: Mapping[str, Named] = field(default_factory=dict, repr=False, compare=False)

    @property
    def before(self) -> Outcome | None:
        """The outcome before."""
        return None if self.was is None else self.was.outcome

    @property
    def after(self) -> Outcome | None:
        """The outcome after."""
        return None if self.now is None else self.now.outcome

    @property
    def is_loss(self) -> bool:
        """Whether it had the title and has it no longer, or was judged and now is not."""
        withdrawn = self.standing_before is Standing.JUDGED and self.standing_after in (
            Standing.REFUSED,
            Standing.NOT_JUDGED,
        )
        return self.sort is Sort.LOST or withdrawn

    @property
    def criteria(self) -> tuple[CriterionChange, ...]:
        """The criteria that came out otherwise, and those of one side alone that are open there."""
        before = {} if self.was is None else dict(zip(self.was.criteria, self.was.outcomes, strict=True))
        after = {} if self.now is None else dict(zip(self.now.criteria, self.now.outcomes, strict=True))
        why_before, why_after = (cache(_nothing if one is None else one.reasons) for one in (self.was, self.now))
        return tuple(
            CriterionChange(
                criterion,
                self.names[criterion].title,
                self.names[criterion].citation,
                before.get(criterion),
                after.get(criterion),
                why_after if after.get(criterion) in OPEN else why_before,
            )
            for criterion in dict.fromkeys((*after, *before))
            if _differs(before.get(criterion), after.get(criterion))
        )


def _nothing() -> Mapping[str, tuple[str, ...]]:
    return {}


def _differs(before: Outcome | None, after: Outcome | None) -> bool:
    if before is None or after is None:
        return (after or before) in OPEN
    return before is not after


# Both


@dataclass(frozen=True)
class Comparison:
    """Two results side by side, in words of ``language``; its parts are made when they are asked for."""

    first: JudgedYear = field(repr=False)
    second: JudgedYear = field(repr=False)
    language: str

    @property
    def before(self) -> Side:
        """By what the first one was judged."""
        return self.first.side

    @property
    def after(self) -> Side:
        """By what the second one was judged."""
        return self.second.side

    @cached_property
    def kind_titles(self) -> Mapping[str, str]:
        """The titles of all kinds, in the order of the second ruleset and then of the first."""
        return dict(self.second.kinds) | {
            kind: title for kind, title in self.first.kinds.items() if kind not in self.second.kinds
        }

    @cached_property
    def names(self) -> Mapping[str, Named]:
        """The titles of all criteria, in the order of the second ruleset and then of the first."""
        return dict(self.second.criteria) | {
            id: name for id, name in self.first.criteria.items() if id not in self.second.criteria
        }

    @cached_property
    def kinds(self) -> tuple[KindChange, ...]:
        """Counts for each kind."""
        return self._kinds(self.first.judged.values(), self.second.judged.values())

    @cached_property
    def groups(self) -> tuple[GroupChange, ...]:
        """Counts below each grouping unit and each commune, the grouping units first."""
        before, after = _below(self.first, self.second), _below(self.second, self.first)
        told = {**self.first.everybody(), **self.second.everybody()}
        found = []
        for unit in {**before, **after, **self.first.gatherings, **self.second.gatherings}:
            one = told.get(unit)
            kinds = self._kinds(before.get(unit, ()), after.get(unit, ()))
            if kinds:
                name, kind, parent = (None, None, None) if one is None else (one.name, one.kind, one.parent)
                found.append(GroupChange(unit, name, kind, parent, kinds))
        gathering = {*self.first.gatherings, *self.second.gatherings}
        return tuple(
            sorted(found, key=lambda group: (group.unit not in gathering, *self._rank(group.kind, group.unit)))
        )

    @cached_property
    def units(self) -> tuple[UnitChange, ...]:
        """Every unit of both inputs that is not a grouping one, by kind and id."""
        ids = {**self.first.judged, **self.first.unjudged, **self.second.judged, **self.second.unjudged}
        changes = [change for unit in ids for change in self._changes(unit)]
        return tuple(sorted(changes, key=lambda change: self._rank(change.kind, change.unit)))

    @cached_property
    def criteria(self) -> tuple[CriterionTally, ...]:
        """The outcomes of every criterion that a unit was judged by."""
        before, after = _by_criterion(self.first), _by_criterion(self.second)
        return tuple(
            CriterionTally(id, name.title, name.citation, before.get(id), after.get(id))
            for id, name in self.names.items()
            if id in before or id in after
        )

    def of(self, *sorts: Sort) -> Iterator[UnitChange]:
        """The units of which this became."""
        return (change for change in self.units if change.sort in sorts)

    @property
    def is_loss(self) -> bool:
        """Whether some unit lost the title, or is no longer judged."""
        return any(change.is_loss for change in self.units)

    def _kinds(self, before: Iterable[Judged], after: Iterable[Judged]) -> tuple[KindChange, ...]:
        counts = [_by_kind(before), _by_kind(after)]
        order = dict.fromkeys((*self.kind_titles, *counts[1], *counts[0]))
        return tuple(
            KindChange(kind, self.kind_titles.get(kind, kind), counts[0].get(kind), counts[1].get(kind))
            for kind in order
            if kind in counts[0] or kind in counts[1]
        )

    def _changes(self, unit: str) -> Iterator[UnitChange]:
        first, second = self.first, self.second
        was, now = first.judged.get(unit), second.judged.get(unit)
        held, holds = first.unjudged.get(unit), second.unjudged.get(unit)
        before, after = first.standing(unit), second.standing(unit)
        tellers = (was or held or first.gatherings.get(unit), now or holds or second.gatherings.get(unit))
        kinds = {one.kind for one in tellers if one is not None and one.kind is not None}
        if len(kinds) < 2:
            yield self._change(unit, was, now, held, holds, before, after)
            return
        # Another kind under the same id is another unit.
        if was or held:
            yield self._change(unit, was, None, held, None, before, Standing.ABSENT)
        if now or holds:
            yield self._change(unit, None, now, None, holds, Standing.ABSENT, after)

    def _change(
        self,
        unit: str,
        was: Judged | None,
        now: Judged | None,
        held: Unjudged | None,
        holds: Unjudged | None,
        before: Standing,
        after: Standing,
    ) -> UnitChange:
        tellers = [one for one in (now, holds, was, held) if one is not None]
        return UnitChange(
            unit=printable(unit),
            name=next((one.name for one in tellers if one.name is not None), None),
            kind=next((one.kind for one in tellers if one.kind is not None), None),
            parent=next((one.parent for one in tellers if one.parent is not None), None),
            sort=_sort(before, after, was.outcome if was else None, now.outcome if now else None),
            standing_before=before,
            standing_after=after,
            was=was,
            now=now,
            faults=next((one.faults for one in (holds, held) if one is not None and one.faults), ()),
            names=self.names,
        )

    def _rank(self, kind: str | None, unit: str) -> tuple[int, list[tuple[int, str, str]]]:
        return self._kind_ranks.get(kind or "", len(self._kind_ranks)), natural(unit)

    @cached_property
    def _kind_ranks(self) -> Mapping[str, int]:
        return {kind: rank for rank, kind in enumerate(self.kind_titles)}


def compared(
    before: Assessment | JudgedYear, after: Assessment | JudgedYear, language: str | None = None
) -> Comparison:
    """Two results side by side.

    Args:
        before: The first one.
        after: The second one.
        language: Of titles; by default that of an assessment among the two, the second first.
    """
    languages = [one.language for one in (after, before) if isinstance(one, Assessment)]
    first, second = (one if isinstance(one, JudgedYear) else JudgedYear.of(one) for one in (before, after))
    return Comparison(first, second, language or next(iter(languages), "vi"))


def _sort(before: Standing, after: Standing, was: Outcome | None, now: Outcome | None) -> Sort:
    if before is Standing.ABSENT:
        return Sort.ARRIVED
    if after is Standing.ABSENT:
        return Sort.LEFT
    if was is None or now is None:
        return Sort.NOT_JUDGED
    if was is now:
        return Sort.SAME
    return Sort.GAINED if now is PASS else Sort.LOST if was is PASS else Sort.CHANGED


def _by_kind(units: Iterable[Judged]) -> dict[str, Count]:
    found: dict[str, list[Outcome]] = {}
    for one in units:
        found.setdefault(one.kind, []).append(one.outcome)
    return {kind: counted(outcomes) for kind, outcomes in found.items()}


def _by_criterion(year: JudgedYear) -> dict[str, Count]:
    found: dict[str, list[Outcome]] = {}
    for one in year.judged.values():
        for criterion, outcome in zip(one.criteria, one.outcomes, strict=True):
            found.setdefault(criterion, []).append(outcome)
    return {criterion: counted(outcomes) for criterion, outcomes in found.items()}


def _below(year: JudgedYear, other: JudgedYear) -> dict[str, list[Judged]]:
    """The judged units below each unit, however deep; where one year does not tell who is above, the other may."""
    parents = {unit: parent for unit, parent in other.parents().items() if parent is not None}
    parents |= {unit: parent for unit, parent in year.parents().items() if parent is not None}
    own = year.parents()
    found: dict[str, list[Judged]] = {}
    for one in year.judged.values():
        above, seen = one.parent, {one.unit}
        while above is not None and above not in seen:
            seen.add(above)
            found.setdefault(above, []).append(one)
            above = own[above] if above in year.judged or above in year.gatherings else parents.get(above)
    return found


# In words and figures


def natural(text: str) -> list[tuple[int, str, str]]:
    """A key that sorts ``kdc-2`` before ``kdc-10``."""
    pieces = re.split(r"([0-9]+)", text)
    return [
        (0, piece, "") if index % 2 == 0 else (len(piece.lstrip("0")), piece.lstrip("0"), piece)
        for index, piece in enumerate(pieces)
    ]


def hundredths(number: Fraction) -> int:
    """A number in hundredths, the half rounded up and away from nothing below it."""
    size = (abs(number.numerator) * 200 + number.denominator) // (2 * number.denominator)
    return size if number >= 0 else -size


def decimal_text(number: Fraction, language: str, *, signed: bool = False) -> str:
    """A number with two decimals: ``86,80`` in Vietnamese, ``86.80`` in English; with its sign where that is asked."""
    value = hundredths(number)
    sign = "-" if value < 0 else "+" if signed and value > 0 else ""
    whole, part = divmod(abs(value), 100)
    return f"{sign}{whole}{',' if language == 'vi' else '.'}{part:02d}"


def citation_text(citation: Citation, language: str) -> str:
    """A place in the law with its instrument."""
    place = Wording(language, {}, {}, {}).citation(citation)
    return place if place == citation.instrument else f"{place} {citation.instrument}"
