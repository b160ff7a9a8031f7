"""The published shape of results: ``antq.assessment/1``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from antq_rules.errors import Fault
from antq_rules.explain.catalogue import translator
from antq_rules.model.outcome import Outcome
from antq_rules.model.ruleset import Citation
from antq_rules.model.verdict import Finding, Reason, Verdict
from antq_rules.operators.base import printable
from antq_rules.version import __version__

if TYPE_CHECKING:
    from antq_rules.assessment.assessing import Assessment, Group, Rejected, Tally

SCHEMA = "antq.assessment/1"


def assessment_document(assessment: Assessment, *, passes: bool = False) -> dict[str, Any]:
    """The whole result as plain values."""
    lists = _lists(assessment, passes)
    return {"schema": SCHEMA, "manifest": manifest(assessment), **{key: list(rows) for key, rows in lists.items()}}


def json_chunks(assessment: Assessment, *, passes: bool = False) -> Iterator[str]:
    """The whole result as JSON text, piece by piece: every row of a list is a line of its own."""
    yield f'{{"schema": {_json(SCHEMA)},\n"manifest": {_json(manifest(assessment))}'
    for key, rows in _lists(assessment, passes).items():
        yield f',\n"{key}": ['
        for position, row in enumerate(rows):
            yield f"{',' if position else ''}\n{_json(row)}"
        yield "]"
    yield "}\n"


def _lists(assessment: Assessment, passes: bool) -> dict[str, Iterable[dict[str, Any]]]:
    return {
        "summary": (tally_row(tally) for tally in assessment.summary),
        "groups": (group_row(group, assessment) for group in assessment.groups),
        "verdicts": (verdict_row(verdict, assessment, passes=passes) for verdict in assessment.verdicts),
        "rejected": (rejected_row(rejected, assessment.language) for rejected in assessment.rejected),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def manifest(assessment: Assessment) -> dict[str, Any]:
    """What made the result."""
    ruleset = assessment.plan.ruleset
    return {
        "ruleset": {
            "id": ruleset.id, "version": ruleset.version, "sha256": ruleset.sha256, "status": ruleset.status,
        },
        "overlays": [
            {"id": overlay.id, "version": overlay.version, "sha256": overlay.sha256} for overlay in ruleset.overlays
        ],
        "plugins": [],
        "antq_rules": __version__,
        "period": assessment.plan.period,
        "input_sha256": assessment.input_sha256,
        "previous_sha256": assessment.previous_sha256,
        "readings": dict(assessment.plan.readings),
    }  # fmt: skip


def tally_row(tally: Tally) -> dict[str, Any]:
    """One line of the summary."""
    counts = {outcome.word: tally.outcomes[outcome] for outcome in (Outcome.PASS, Outcome.FAIL, *list(Outcome)[2:])}
    return {"standard": tally.standard, "kind": tally.kind, "total": tally.total, **counts}


def group_row(group: Group, assessment: Assessment) -> dict[str, Any]:
    """A grouping unit with the counts of all units below it."""
    return {
        "unit": group.unit,
        "kind": group.kind,
        "name": group.name,
        "parent": group.parent,
        "summary": [tally_row(tally) for tally in assessment.summary_below(group.unit)],
    }


def verdict_row(verdict: Verdict, assessment: Assessment, *, passes: bool = False) -> dict[str, Any]:
    """One verdict with all its findings."""
    origin = assessment.plan.ruleset.id
    return {
        "unit": verdict.unit,
        "kind": verdict.kind,
        "name": verdict.name,
        "parent": verdict.parent,
        "standard": verdict.standard,
        "outcome": verdict.outcome.word,
        "status": verdict.status,
        "readings": dict(verdict.readings),
        "progress": {"met": verdict.met, "applicable": verdict.applicable},
        "score": None,
        "class": None,
        "notes": [{"code": note.code, "text": note.text} for note in verdict.notes],
        "findings": [finding_row(finding, origin) for finding in verdict.telling.findings(passes=passes)],
    }


def finding_row(finding: Finding, ruleset: str) -> dict[str, Any]:
    """One finding with its reasons."""
    row: dict[str, Any] = {
        "criterion": finding.criterion,
        "outcome": finding.outcome.word,
        "discretion": finding.discretion,
        "citation": citation_row(finding.citation),
        "origin": {"overlay": finding.origin} if finding.origin else {"ruleset": ruleset},
        "documents": [dict(document) for document in finding.documents],
        "reasons": [reason_row(reason) for reason in finding.reasons],
    }
    if finding.via is not None:
        row["via"] = citation_row(finding.via)
    return row


def citation_row(citation: Citation) -> dict[str, Any]:
    """A citation."""
    return {
        "instrument": citation.instrument,
        "article": citation.article,
        "clause": citation.clause,
        "point": citation.point,
    }


def reason_row(reason: Reason) -> dict[str, Any]:
    """A reason with its numbers and what is lacking."""
    return {
        "code": reason.code,
        "text": reason.text,
        "observed": reason.observed,
        "required": reason.required,
        "missing": list(reason.missing),
        "shortfall": None if reason.shortfall is None else reason.shortfall.to_mapping(),
    }


def rejected_row(rejected: Rejected, language: str) -> dict[str, Any]:
    """A unit that could not be judged."""
    return {"unit": printable(rejected.unit), "errors": [error_row(fault, language) for fault in rejected.faults]}


def error_row(fault: Fault, language: str) -> Mapping[str, Any]:
    """One fault of a unit; the text names the place in the file, where there is one."""
    translate = translator(language)
    place = f"{fault.place}: " if fault.place is not None and fault.place.line else ""
    text = f"{place}{fault.text(translate)}"
    return {"code": fault.code, "path": printable(fault.path), "text": printable(text)}
