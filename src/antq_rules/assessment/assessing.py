"""A dossier to the verdicts of its units, rolled up from the units below to those above."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from antq_rules.assessment.judging import (
    PARENT_MISSING,
    PREVIOUS_DIFFERS,
    PREVIOUS_UNUSABLE,
    Case,
    Judging,
    is_managed,
    state_of,
)
from antq_rules.assessment.quotas import quota_findings
from antq_rules.assessment.result import Assessment, Group, Progress, Rejected
from antq_rules.errors import EvidenceError, Fault, message
from antq_rules.evidence.intake import Facts, Intake, Note
from antq_rules.evidence.measuring import PENDING, ChildState
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.model.verdict import Verdict
from antq_rules.plan.compiling import Plan


def assess(
    dossier: Dossier,
    judging: Judging,
    intake: Intake,
    language: str,
    previous: Dossier | None = None,
    progress: Progress | None = None,
    refused: Collection[str] = (),
) -> Assessment:
    """Judge every unit of a dossier.

    Args:
        dossier: Its period, where it states one, must be that of the plan.
        judging: With the plan and the executor.
        intake: Of the same plan.
        language: Of the sentences.
        previous: Last year's dossier; its ``*_curr`` counts fill missing ``*_prev`` ones.
        progress: Called with the units judged and their number.
        refused: Ids of units that another ruleset refuses in the same run, so that they are pending here as well.
    Raises:
        EvidenceError: The period of a dossier does not fit.
    """
    plan = judging.plan
    check_period(dossier, plan.period, message("the dossier is of {found}, the year judged is {wanted}"))
    if previous is not None:
        check_period(previous, plan.period - 1, message("last year's dossier is of {found}, not of {wanted}"))
    admitted = [withheld(item, refused) for item in admit_all(dossier, intake)]
    before = {} if previous is None else previous_units(previous, intake)
    facts = [item for item in admitted if isinstance(item, Facts)]
    rejected = [item for item in admitted if isinstance(item, Rejected)]
    asked = verdicts_asked(dossier, judging, language, previous, {item.unit for item in rejected})
    known_ids = {item.unit.id for item in facts} | {item.unit for item in rejected}
    below: dict[str, list[Facts]] = {}
    rejected_below: dict[str, list[Rejected]] = {}
    for item in facts:
        if item.unit.parent is not None:
            below.setdefault(item.unit.parent, []).append(item)
    for one in rejected:
        if one.parent is not None:
            rejected_below.setdefault(one.parent, []).append(one)

    verdicts: dict[str, Verdict] = {}
    done, total = 0, sum(plan.standard_of(item.unit.kind) is not None for item in facts)
    for kind in plan.order:
        standard = plan.standard_of(kind)
        assert standard is not None
        cases: list[Case] = []
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
            children: dict[str, list[ChildState]] = {
                group.name: [
                    *(
                        state_of(verdicts[child.unit.id])
                        for child in below.get(unit.id, ())
                        if is_managed(group, child.unit.kind, child.unit.managing_level)
                    ),
                    *(
                        PENDING
                        for child in rejected_below.get(unit.id, ())
                        if is_managed(group, child.kind, child.managing_level)
                    ),
                ]
                for group in standard.groups
            }
            cases.append(judging.case(item, children, notes, asked.get(unit.id)))
        for verdict in judging.verdicts(kind, cases):
            verdicts[verdict.unit] = verdict
            done += 1
            if progress is not None:
                progress(done, total)
    return Assessment(
        plan=plan,
        language=language,
        verdicts=tuple(verdicts[item.unit.id] for item in facts if item.unit.id in verdicts),
        rejected=tuple(rejected),
        rejected_after=tuple(judged_before(admitted, verdicts)),
        groups=tuple(
            Group(item.unit.id, item.unit.kind, item.unit.name, item.unit.parent)
            for item in facts
            if plan.kinds[item.unit.kind].groups
        ),
        quotas=tuple(quota_findings(verdicts.values(), judging, language)),
        input_sha256=input_hash(dossier),
        previous_sha256=None if previous is None else input_hash(previous),
    )


def judged_before(admitted: Iterable[Facts | Rejected], verdicts: Collection[str]) -> Iterator[int]:
    """For each refused unit how many units before it have a verdict."""
    judged = 0
    for item in admitted:
        if isinstance(item, Rejected):
            yield judged
        else:
            judged += item.unit.id in verdicts


def withheld(item: Facts | Rejected, refused: Collection[str]) -> Facts | Rejected:
    """A unit, refused without faults of its own where another ruleset refuses it."""
    if isinstance(item, Rejected) or item.unit.id not in refused:
        return item
    unit = item.unit
    return Rejected(unit.id, unit.kind, unit.parent, unit.managing_level, ())


def verdicts_asked(
    dossier: Dossier,
    judging: Judging,
    language: str,
    previous: Dossier | None = None,
    refused: Collection[str] = (),
) -> dict[str, dict[str, Verdict]]:
    """The verdicts under the rulesets used, by unit and standard; ``refused`` units are pending in all of them."""
    found: dict[str, dict[str, Verdict]] = {}
    for used in judging.used:
        plan = used.judging.plan
        before = None if previous is None else restricted(previous, plan)
        known = restricted(dossier, plan, refused)
        judged = assess(known, used.judging, used.intake, language, before, refused=refused)
        for verdict in judged.verdicts:
            found.setdefault(verdict.unit, {})[verdict.standard] = verdict
    return found


def restricted(
    dossier: Dossier, plan: Plan, refused: Collection[str] = (), numbers: Sequence[int] | None = None
) -> Dossier:
    """The dossier as far as a ruleset knows its kinds of unit and its fields; ``refused`` units stay as they are.

    ``numbers`` are the places of its units in the whole, where it is a part.
    """
    entries = []
    for position, entry in zip(numbers or range(len(dossier.entries)), dossier.entries, strict=True):
        kind = text_of(entry, "kind")
        if (text_of(entry, "id") or f"units[{position}]") in refused:
            entries.append(entry)
            continue
        if kind is None or kind not in plan.kinds:
            continue
        evidence = entry.data.get("evidence")
        if isinstance(evidence, Mapping):
            fields = plan.fields[kind]
            known = {name: value for name, value in evidence.items() if name in fields}
            entry = Entry({**entry.data, "evidence": known})
        entries.append(entry)
    return Dossier(dossier.period, tuple(entries))


def check_period(dossier: Dossier, wanted: int, what: str) -> None:
    """Refuse a dossier of another year."""
    if dossier.period is not None and dossier.period != wanted:
        raise EvidenceError(
            Fault(
                "period_mismatch", what, message("hand in the dossier of that year, or judge its own"),
                values={"found": dossier.period, "wanted": wanted},
            )
        )  # fmt: skip


def admit_all(
    dossier: Dossier, intake: Intake, shared: Mapping[str, int] | None = None, numbers: Sequence[int] | None = None
) -> list[Facts | Rejected]:
    """Every unit as facts or as refused; units that share an id are all refused.

    Args:
        dossier: The units, or a part of them.
        intake: Of the plan.
        shared: Where it is a part, how many units of the whole have the ids that are not of one alone.
        numbers: Where it is a part, the places of its units in the whole.
    """
    results = [(entry, intake.admit(entry)) for entry in dossier.entries]
    if shared is None:
        shared = Counter(id for entry, _ in results if (id := text_of(entry, "id")) is not None)
    admitted: list[Facts | Rejected] = []
    for position, (entry, result) in zip(numbers or range(len(results)), results, strict=True):
        id = text_of(entry, "id")
        faults = list(result) if isinstance(result, list) else []
        if id is not None and shared.get(id, 1) > 1:
            faults.append(
                Fault(
                    "duplicate_id", message("the id '{id}' stands at {count} units"),
                    message("give every unit an id of its own"), "id", entry.place(("id",)),
                    {"id": id, "count": shared[id]},
                )
            )  # fmt: skip
        if faults:
            kind, level = text_of(entry, "kind"), text_of(entry, "managing_level")
            plan = intake.plan
            admitted.append(
                Rejected(
                    unit=id or f"units[{position}]",
                    kind=kind if kind in plan.kinds else None,
                    parent=text_of(entry, "parent"),
                    managing_level=level if level in plan.managing_levels else None,
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
        number = Decimal(str(value))
        # 7.0 is what 7 is: a table does not tell which of the two was written.
        if number.is_finite() and abs(number) < 10**18 and number == number.to_integral_value():
            return int(number)
        return format(number.normalize(), "f")
    return canonical(str(value))
