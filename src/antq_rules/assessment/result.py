"""The result of judging a dossier: verdicts, what was refused, counts, and all of it as ``antq.assessment/1``."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from antq_rules.assessment.document import SCHEMA, VerdictTexts, error_row, quota_row, verdict_row
from antq_rules.assessment.quotas import QuotaFinding
from antq_rules.errors import Fault, message
from antq_rules.explain.catalogue import translator
from antq_rules.extensions.plugins import PluginUse
from antq_rules.extensions.rulesets import was_in_force
from antq_rules.frozen import frozen
from antq_rules.model.outcome import Outcome
from antq_rules.model.ruleset import Ruleset
from antq_rules.model.verdict import Verdict
from antq_rules.operators.base import printable
from antq_rules.plan.compiling import Plan, with_used
from antq_rules.version import __version__

Progress = Callable[[int, int], None]
"""Called with the units done and their number."""

NOT_IN_FORCE = message("{ruleset} was not in force for the whole of {period}; it is used since it was named")


@frozen
class Rejected:
    """A unit that could not be judged, and everything that is wrong with it."""

    unit: str
    kind: str | None
    parent: str | None
    managing_level: str | None
    faults: tuple[Fault, ...]


@frozen
class Group:
    """A unit of a grouping kind: it has no verdict and only gathers the units below it."""

    unit: str
    kind: str
    name: str | None
    parent: str | None


@frozen
class Tally:
    """How many units of a kind came to which outcome."""

    standard: str
    kind: str
    outcomes: Mapping[Outcome, int]

    @property
    def total(self) -> int:
        """All units of the kind that were judged."""
        return sum(self.outcomes.values())


@frozen
class TakenPart:
    """The plugins that had a part in a ruleset and its overlays, and those that were left out by name."""

    plugins: tuple[PluginUse, ...] = ()
    left_out: tuple[PluginUse, ...] = ()


class Made(Protocol):
    """What tells how a result was made."""

    @property
    def plan(self) -> Plan:
        """By which was judged."""

    @property
    def language(self) -> str:
        """Of the sentences."""

    @property
    def input_sha256(self) -> str:
        """The hash of the units, whatever they were written in."""

    @property
    def previous_sha256(self) -> str | None:
        """The same of last year's units, where there are any."""

    @property
    def taken_part(self) -> TakenPart:
        """The plugins that had a part."""


class WholeResult(Made, Protocol):
    """What is said of all units together, whether their verdicts are held or were made piece by piece."""

    @property
    def summary(self) -> tuple[Tally, ...]:
        """Counts for each kind, in the order of the standards."""

    @property
    def groups(self) -> tuple[Group, ...]:
        """The units of grouping kinds."""

    def summary_below(self, group: str) -> tuple[Tally, ...]:
        """Counts for each kind over all units below a grouping unit, however deep; empty if there are none."""

    @property
    def quotas(self) -> tuple[QuotaFinding, ...]:
        """The findings of all quotas."""

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """The units that were refused."""


class Result(WholeResult, Protocol):
    """The same with the verdicts, in the order of the input."""

    @property
    def verdicts(self) -> Iterable[Verdict]:
        """Of all units that have one."""


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
    taken_part: TakenPart = field(default_factory=TakenPart)
    quotas: tuple[QuotaFinding, ...] = ()
    rejected_after: tuple[int, ...] = ()
    """For each refused unit how many verdicts are of units before it in the input."""
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
        return assessment_document(self, passes=passes)

    def to_json(self, *, passes: bool = False) -> str:
        """The result as JSON text; the same bytes for the same input, whatever the engine."""
        return "".join(json_chunks(self, passes=passes))


def tally(plan: Plan, verdicts: Iterable[Verdict]) -> tuple[Tally, ...]:
    """Counts of outcomes for each kind, in the order of the standards."""
    return tallied(plan, Counter((verdict.standard, verdict.kind, verdict.outcome) for verdict in verdicts))


def tallied(plan: Plan, units: Mapping[tuple[str, str, Outcome], int]) -> tuple[Tally, ...]:
    """The same from how many units of a kind have which outcome under a standard."""
    counts: dict[tuple[str, str], dict[Outcome, int]] = {}
    for (standard, kind, outcome), count in units.items():
        counts.setdefault((standard, kind), dict.fromkeys(Outcome, 0))[outcome] += count
    order = [(standard.id, kind) for standard in plan.ruleset.standards for kind in standard.kinds]
    return tuple(Tally(*key, counts[key]) for key in order if key in counts)


def assessment_document(assessment: Result, *, passes: bool = False) -> dict[str, Any]:
    """The whole result as plain values."""
    ruleset = assessment.plan.ruleset.id
    verdicts = (verdict_row(verdict, ruleset, passes=passes) for verdict in assessment.verdicts)
    lists = _lists(assessment, verdicts)
    return {"schema": SCHEMA, "manifest": manifest(assessment), **{key: list(rows) for key, rows in lists.items()}}


def json_chunks(assessment: Result, *, passes: bool = False, progress: Progress | None = None) -> Iterator[str]:
    """The whole result as JSON text, piece by piece: every row of a list is a line of its own."""
    yield f'{{"schema": {_json(SCHEMA)},\n"manifest": {_json(manifest(assessment))}'
    texts = VerdictTexts(assessment.plan.ruleset.id, passes=passes)
    verdicts: Iterable[Verdict] = assessment.verdicts
    if isinstance(verdicts, Sequence):
        verdicts = watched(verdicts, progress)
    for key, rows in _lists(assessment, map(texts.text, verdicts)).items():
        yield f',\n"{key}": ['
        for position, row in enumerate(rows):
            yield f"{',' if position else ''}\n{row if isinstance(row, str) else _json(row)}"
        yield "]"
    yield "}\n"


def _lists(assessment: WholeResult, verdicts: Iterable[Any]) -> dict[str, Iterable[Any]]:
    quotas = {"quotas": (quota_row(finding) for finding in assessment.quotas)} if assessment.quotas else {}
    return {
        "summary": (tally_row(tally) for tally in assessment.summary),
        "groups": (group_row(group, assessment) for group in assessment.groups),
        **quotas,
        "verdicts": verdicts,
        "rejected": (rejected_row(rejected, assessment.language) for rejected in assessment.rejected),
    }


def watched(verdicts: Sequence[Verdict], progress: Progress | None) -> Iterator[Verdict]:
    """The verdicts one after another; ``progress`` hears of each when it is done with."""
    for position, verdict in enumerate(verdicts, start=1):
        yield verdict
        if progress is not None:
            progress(position, len(verdicts))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def manifest(assessment: Made) -> dict[str, Any]:
    """What made the result."""
    ruleset = assessment.plan.ruleset
    return {
        "ruleset": _ruleset_row(ruleset),
        "uses": [_ruleset_row(used) for used in with_used(ruleset)[1:]],
        "overlays": [
            {"id": overlay.id, "version": overlay.version, "sha256": overlay.sha256} for overlay in ruleset.overlays
        ],
        "plugins": [
            {**_plugin_row(use), "contributions": {sort: list(ids) for sort, ids in use.contributions.items()}}
            for use in assessment.taken_part.plugins
        ],
        "plugins_left_out": [_plugin_row(use) for use in assessment.taken_part.left_out],
        "antq_rules": __version__,
        "period": assessment.plan.period,
        "input_sha256": assessment.input_sha256,
        "previous_sha256": assessment.previous_sha256,
        "readings": dict(assessment.plan.readings),
        "notes": [{"code": code, "text": text} for code, text in manifest_notes(assessment)],
    }


def _ruleset_row(ruleset: Ruleset) -> dict[str, Any]:
    return {"id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256, "status": ruleset.status}


def _plugin_row(use: PluginUse) -> dict[str, Any]:
    return {"name": use.distribution, "version": use.version}


def manifest_notes(assessment: Made) -> Iterator[tuple[str, str]]:
    """What is to be known of the whole result, as codes with sentences."""
    plan = assessment.plan
    if not was_in_force(plan.ruleset, plan.period):
        text = translator(assessment.language)(NOT_IN_FORCE)
        yield "not_in_force", text.format(ruleset=plan.ruleset.id, period=plan.period)


def tally_row(tally: Tally) -> dict[str, Any]:
    """One line of the summary."""
    counts = {outcome.value: tally.outcomes[outcome] for outcome in (Outcome.PASS, Outcome.FAIL, *list(Outcome)[2:])}
    return {"standard": tally.standard, "kind": tally.kind, "total": tally.total, **counts}


def group_row(group: Group, assessment: WholeResult) -> dict[str, Any]:
    """A grouping unit with the counts of all units below it."""
    return {
        "unit": group.unit,
        "kind": group.kind,
        "name": group.name,
        "parent": group.parent,
        "summary": [tally_row(tally) for tally in assessment.summary_below(group.unit)],
    }


def rejected_row(rejected: Rejected, language: str) -> dict[str, Any]:
    """A unit that could not be judged."""
    return {"unit": printable(rejected.unit), "errors": [error_row(fault, language) for fault in rejected.faults]}
