"""Verdicts and faults in the published shape of results, ``antq.assessment/1``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from antq_rules.assessment.quotas import QuotaFinding
from antq_rules.errors import Fault
from antq_rules.explain.catalogue import translator
from antq_rules.model.outcome import Outcome
from antq_rules.model.ruleset import Citation
from antq_rules.model.verdict import Finding, Points, Reason, Verdict, plain
from antq_rules.operators.base import printable

SCHEMA = "antq.assessment/1"


def verdict_row(verdict: Verdict, ruleset: str, *, passes: bool = False) -> dict[str, Any]:
    """One verdict with all its findings; ``ruleset`` is the id of that judged by.

    Where the standard decides otherwise than by all criteria, ``decided_by`` holds the reasons; a score sheet adds
    ``out_of``, ``blocks`` and, while the class is not known, ``possible_classes``.
    """
    findings = verdict.telling.findings(passes=passes)
    return _verdict_row(verdict, [finding_row(finding, ruleset) for finding in findings], passes)


def _verdict_row(verdict: Verdict, findings: list[dict[str, Any]], passes: bool) -> dict[str, Any]:
    score, telling = verdict.score, verdict.telling
    row = {
        "unit": verdict.unit,
        "kind": verdict.kind,
        "name": verdict.name,
        "parent": verdict.parent,
        "standard": verdict.standard,
        "outcome": verdict.outcome.value,
        "status": verdict.status,
        "readings": dict(verdict.readings),
        "progress": {"met": verdict.met, "applicable": verdict.applicable},
        "score": None if score is None else score.to_value(),
        "class": verdict.score_class,
        "notes": [{"code": note.code, "text": note.text} for note in verdict.notes],
        "findings": findings,
    }
    decided_by = telling.decision(passes=passes)
    if decided_by:
        row["decided_by"] = [reason_row(reason) for reason in decided_by]
    if score is not None:
        row["out_of"] = plain(score.out_of)
        row["blocks"] = [
            {"id": block.id, "points": block.points.to_value(), "out_of": plain(block.points.out_of)}
            for block in telling.blocks()
        ]
    if verdict.possible_classes:
        row["possible_classes"] = list(verdict.possible_classes)
    return row


class VerdictTexts:
    """Writes the verdicts of one assessment as JSON text, in the bytes that ``verdict_row`` gives.

    What every finding of a criterion with the same outcome says is written once and kept, so that of each unit only
    its own reasons and documents remain to be written.
    """

    def __init__(self, ruleset: str, *, passes: bool = False) -> None:
        self.ruleset = ruleset
        self.passes = passes
        self._encode = json.JSONEncoder(ensure_ascii=False).encode
        self._frames: dict[tuple[str, str, Outcome], tuple[str, str, str]] = {}

    def text(self, verdict: Verdict) -> str:
        """One verdict with all its findings, as an object on one line."""
        findings = verdict.telling.findings(passes=self.passes)
        told = ", ".join([self._finding(verdict.standard, finding) for finding in findings])
        head, empty, tail = self._encode(_verdict_row(verdict, [], self.passes)).partition(_NO_FINDINGS)
        assert empty
        return f'{head}"findings": [{told}]{tail}'

    def _finding(self, standard: str, finding: Finding) -> str:
        frame = self._frames.get((standard, finding.criterion, finding.outcome))
        if frame is None:
            bare = self._encode(finding_row(replace(finding, documents=(), reasons=()), self.ruleset))
            head, empty, tail = bare.partition(_NOTHING_OWN)
            assert empty
            frame = self._frames[standard, finding.criterion, finding.outcome] = bare, head, tail
        if not finding.documents and not finding.reasons:
            return frame[0]
        documents = self._encode([dict(document) for document in finding.documents])
        reasons = self._encode([reason_row(reason) for reason in finding.reasons])
        return f'{frame[1]}"documents": {documents}, "reasons": {reasons}{frame[2]}'


_NO_FINDINGS = '"findings": []'
_NOTHING_OWN = '"documents": [], "reasons": []'


def finding_row(finding: Finding, ruleset: str) -> dict[str, Any]:
    """One finding with its reasons."""
    row: dict[str, Any] = {
        "criterion": finding.criterion,
        "outcome": finding.outcome.value,
        "discretion": finding.discretion,
        "citation": citation_row(finding.citation),
        "origin": {"overlay": finding.origin} if finding.origin else {"ruleset": ruleset},
        "documents": [dict(document) for document in finding.documents],
        "reasons": [reason_row(reason) for reason in finding.reasons],
    }
    if finding.basis != "seen":
        row["basis"] = finding.basis
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


def quota_row(finding: QuotaFinding) -> dict[str, Any]:
    """Whether a quota is kept."""
    return {
        "quota": finding.id,
        "unit": finding.unit,
        "outcome": finding.outcome.value,
        "citation": citation_row(finding.citation),
        "of": Points(*finding.of).to_value(),
        "among": Points(*finding.among).to_value(),
        "at_most": None if finding.at_most is None else str(finding.at_most),
        "text": finding.text,
    }


def error_row(fault: Fault, language: str) -> Mapping[str, Any]:
    """One fault of a unit; the text names the place in the file, where there is one."""
    translate = translator(language)
    place = f"{fault.place}: " if fault.place is not None and fault.place.is_exact else ""
    text = f"{place}{fault.text(translate)}"
    return {"code": fault.code, "path": printable(fault.path), "text": printable(text)}
