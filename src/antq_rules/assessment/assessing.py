"""A dossier to the verdicts of its units, rolled up from the units below to those above."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from antq_rules.assessment.judging import (
    PARENT_MISSING,
    PENDING_CHILD,
    PREVIOUS_DIFFERS,
    PREVIOUS_UNUSABLE,
    Judging,
    is_managed,
    state_of,
)
from antq_rules.errors import EvidenceError, Fault, message
from antq_rules.evidence.intake import Facts, Intake, Note
from antq_rules.evidence.measuring import ChildState
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.model.outcome import Outcome
from antq_rules.model.verdict import Verdict
from antq_rules.plan.compiling import Plan

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A unit that could not be judged, and everything that is wrong with it."""

    unit: str
    kind: str | None
    parent: str | None
    managing_level: str | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A unit of a grouping kind: it has no verdict and only gathers the units below it."""

    unit: str
    kind: str
    name: str | None
    parent: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many units of a kind came to which outcome."""

    standard: str
    kind: str
    outcomes: Mapping[Outcome, int]

    @property
    def total(self) -> int:
        """All units of the kind that were judged."""
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class Assessment:
    """The verdicts of a dossier in the order of the input, and the units that were refused."""

    plan: Plan
    language: str
    verdicts: tuple[Verdict, ...]
    rejected: tuple[Rejected, ...]
    groups: tuple[Group, ...]
    input_sha256: str
    previous_sha256: str | None = None
    _by_unit: dict[str, Verdict] = field(default_factory=dict, repr=False, compare=False)

    def verdict(self, unit: str) -> Verdict:
        """The verdict of the unit of this id; KeyError if it has none."""
        if not self._by_unit:
            self._by_unit.update((verdict.unit, verdict) for verdict in self.verdicts)
        return self._by_unit[unicodedata.normalize("NFC", unit)]

    @cached_property
    def summary(self) -> tuple[Tally, ...]:
        """Counts for each kind, in the order of the standards."""
        return tally(self.plan, self.verdicts)

    def summary_below(self, group: str) -> tuple[Tally, ...]:
        """Counts for each kind over all units below a grouping unit, however deep; empty if there are none."""
        return tally(self.plan, self._gathered.get(group, ()))

    @cached_property
    def _gathered(self) -> dict[str, list[Verdict]]:
        parents = {group.unit: group.parent for group in self.groups}
        parents |= {rejected.unit: rejected.parent for rejected in self.rejected}
        parents |= {verdict.unit: verdict.parent for verdict in self.verdicts}
        found: dict[str, list[Verdict]] = {group.unit: [] for group in self.groups}
        for verdict in self.verdicts:
            above, seen = verdict.parent, {verdict.unit}
            while above is not None and above not in seen:
                seen.add(above)
                if above in found:
                    found[above].append(verdict)
                above = parents.get(above)
        return found

    @property
    def exit_code(self) -> int:
        """0 every unit pass or not applicable, 1 some fail or undetermined, 2 some unit could not be used."""
        if self.rejected:
            return 2
        open_outcomes = (Outcome.FAIL, Outcome.UNDETERMINED)
        return int(any(verdict.outcome in open_outcomes for verdict in self.verdicts))

    def to_mapping(self, *, passes: bool = False) -> dict[str, Any]:
        """The result as plain values, in the shape of ``antq.assessment/1``."""
        from antq_rules.assessment.document import assessment_document

        return assessment_document(self, passes=passes)

    def to_json(self, *, passes: bool = False) -> str:
        """The result as JSON text; the same bytes for the same input, whatever the engine."""
        from antq_rules.assessment.document import json_chunks

        return "".join(json_chunks(self, passes=passes))


def tally(plan: Plan, verdicts: Iterable[Verdict]) -> tuple[Tally, ...]:
    """Counts of outcomes for each kind, in the order of the standards."""
    counts: dict[tuple[str, str], dict[Outcome, int]] = {}
    for verdict in verdicts:
        row = counts.setdefault((verdict.standard, verdict.kind), dict.fromkeys(Outcome, 0))
        row[verdict.outcome] += 1
    order = [(standard.id, kind) for standard in plan.ruleset.standards for kind in standard.kinds]
    return tuple(Tally(*key, counts[key]) for key in order if key in counts)


def assess(
    dossier: Dossier,
    judging: Judging,
    intake: Intake,
    language: str,
    previous: Dossier | None = None,
    progress: Progress | None = None,
) -> Assessment:
    """Judge every unit of a dossier.

    Args:
        dossier: Its period, where it states one, must be that of the plan.
        judging: With the plan and the executor.
        intake: Of the same plan.
        language: Of the sentences.
        previous: Last year's dossier; its ``*_curr`` counts fill missing ``*_prev`` ones.
        progress: Called with the units judged and their number.
    Raises:
        EvidenceError: The period of a dossier does not fit.
    """
    plan = judging.plan
    check_period(dossier, plan.period, message("the dossier is of {found}, the year judged is {wanted}"))
    if previous is not None:
        check_period(previous, plan.period - 1, message("last year's dossier is of {found}, not of {wanted}"))
    admitted = admit_all(dossier, intake)
    before = {} if previous is None else previous_units(previous, intake)
    facts = [item for item in admitted if isinstance(item, Facts)]
    rejected = [item for item in admitted if isinstance(item, Rejected)]
    known_ids = {item.unit.id for item in facts} | {item.unit for item in rejected}
    below: dict[str, list[Facts]] = {}
    refused: dict[str, list[Rejected]] = {}
    for item in facts:
        if item.unit.parent is not None:
            below.setdefault(item.unit.parent, []).append(item)
    for one in rejected:
        if one.parent is not None:
            refused.setdefault(one.parent, []).append(one)

    verdicts: dict[str, Verdict] = {}
    done, total = 0, sum(plan.standard_of(item.unit.kind) is not None for item in facts)
    for kind in plan.order:
        for item in facts:
            if item.unit.kind != kind:
                continue
            unit = item.unit
            notes: list[Note] = []
            if unit.parent is not None and unit.parent not in known_ids:
                notes.append(Note("parent_not_in_input", PARENT_MISSING, {"parent": unit.parent}))
            if unit.id in before:
                item, more = with_previous(item, before[unit.id], plan)
                notes += more
            standard = plan.standard_of(kind)
            assert standard is not None
            children: dict[str, list[ChildState]] = {
                group.name: [
                    *(
                        state_of(verdicts[child.unit.id])
                        for child in below.get(unit.id, ())
                        if is_managed(group, child.unit.kind, child.unit.managing_level)
                    ),
                    *(
                        PENDING_CHILD
                        for child in refused.get(unit.id, ())
                        if is_managed(group, child.kind, child.managing_level)
                    ),
                ]
                for group in standard.groups
            }
            verdicts[unit.id] = judging.verdict(item, children, notes)
            done += 1
            if progress is not None:
                progress(done, total)
    return Assessment(
        plan=plan,
        language=language,
        verdicts=tuple(verdicts[item.unit.id] for item in facts if item.unit.id in verdicts),
        rejected=tuple(rejected),
        groups=tuple(
            Group(item.unit.id, item.unit.kind, item.unit.name, item.unit.parent)
            for item in facts
            if plan.ruleset.kinds[item.unit.kind].groups
        ),
        input_sha256=input_hash(dossier),
        previous_sha256=None if previous is None else input_hash(previous),
    )


def check_period(dossier: Dossier, wanted: int, what: str) -> None:
    """Refuse a dossier of another year."""
    if dossier.period is not None and dossier.period != wanted:
        raise EvidenceError(
            Fault(
                "period_mismatch", what, message("hand in the dossier of that year, or judge its own"),
                values={"found": dossier.period, "wanted": wanted},
            )
        )  # fmt: skip


def admit_all(dossier: Dossier, intake: Intake) -> list[Facts | Rejected]:
    """Every unit as facts or as refused; units that share an id are all refused."""
    results = [(entry, intake.admit(entry)) for entry in dossier.entries]
    seen: dict[str, int] = {}
    for entry, _ in results:
        id = text_of(entry, "id")
        if id is not None:
            seen[id] = seen.get(id, 0) + 1
    admitted: list[Facts | Rejected] = []
    for position, (entry, result) in enumerate(results):
        id = text_of(entry, "id")
        faults = list(result) if isinstance(result, list) else []
        if id is not None and seen[id] > 1:
            faults.append(
                Fault(
                    "duplicate_id", message("the id '{id}' stands at {count} units"),
                    message("give every unit an id of its own"), "id", entry.place(("id",)),
                    {"id": id, "count": seen[id]},
                )
            )  # fmt: skip
        if faults:
            kind, level = text_of(entry, "kind"), text_of(entry, "managing_level")
            ruleset = intake.plan.ruleset
            admitted.append(
                Rejected(
                    unit=id or f"units[{position}]",
                    kind=kind if kind in ruleset.kinds else None,
                    parent=text_of(entry, "parent"),
                    managing_level=level if level in ruleset.managing_levels else None,
                    faults=tuple(sorted(faults, key=_place)),
                )
            )
        else:
            assert isinstance(result, Facts)
            admitted.append(result)
    return admitted


def _place(fault: Fault) -> tuple[int, int]:
    return (fault.place.line, fault.place.column) if fault.place else (0, 0)


def text_of(entry: Entry, key: str) -> str | None:
    """A text of a unit that may be unsound otherwise."""
    value = entry.data.get(key) if isinstance(entry.data, dict) else None
    return unicodedata.normalize("NFC", value) if isinstance(value, str) and value.strip() else None


def previous_units(previous: Dossier, intake: Intake) -> dict[str, Facts | Rejected]:
    """Last year's units by their id."""
    return {item.unit.id if isinstance(item, Facts) else item.unit: item for item in admit_all(previous, intake)}


def with_previous(facts: Facts, before: Facts | Rejected, plan: Plan) -> tuple[Facts, list[Note]]:
    """The facts with last year's counts where the unit does not state them itself."""
    if isinstance(before, Rejected):
        return facts, [Note("previous_rejected", PREVIOUS_UNUSABLE)]
    if before.unit.kind != facts.unit.kind:
        return facts, []
    values, notes = dict(facts.values), []
    for name, known in plan.fields[facts.unit.kind].items():
        last = before.values.get(known.previous_of) if known.previous_of else None
        if last is None:
            continue
        own = values.setdefault(name, last)
        if own != last:
            notes.append(
                Note("previous_differs", PREVIOUS_DIFFERS, {"field": known.title, "own": own, "previous": last})
            )
    return Facts(facts.unit, values, facts.documents, facts.notes), notes


def input_hash(dossier: Dossier) -> str:
    """SHA-256 over the canonical JSON of a dossier: NFC, sorted keys, units by id."""
    units = [canonical(entry.data) for entry in dossier.entries]
    units.sort(
        key=lambda unit: (str(unit.get("id")) if isinstance(unit, dict) else "", json.dumps(unit, sort_keys=True))
    )
    text = json.dumps(units, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def canonical(value: Any) -> Any:
    """A value as the hash sees it: text in NFC, decimals without trailing zeros, nothing for null."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if kind is bool or kind is int or value is None:
        return value
    if isinstance(value, Mapping):
        return {canonical(str(key)): canonical(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if isinstance(value, Decimal | float):
        return format(Decimal(str(value)).normalize(), "f")
    return canonical(str(value))
