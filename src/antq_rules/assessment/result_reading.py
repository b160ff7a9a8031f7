"""Results as they were written, ``antq.assessment/1`` in JSON or JSON Lines, read back for a comparison."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from antq_rules.assessment.comparing import (
    OPEN,
    Gathering,
    Judged,
    JudgedYear,
    LaidOver,
    Named,
    Side,
    Standing,
    Unjudged,
    names_of_criteria,
    titles_of_kinds,
)
from antq_rules.assessment.document import SCHEMA
from antq_rules.errors import EvidenceError, Fault, RulesetError, message
from antq_rules.extensions.plugins import Plugins
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.located import Document, decode, parse_json, path_text
from antq_rules.model.outcome import Outcome
from antq_rules.model.ruleset import Citation
from antq_rules.model.verdict import VerdictNote
from antq_rules.plan.compiling import Plan, choose_readings, compile_ruleset

FAMILY = SCHEMA.partition("/")[0] + "/"
MOST_FAULTS = 10
LISTS = {"group": "groups", "verdict": "verdicts", "rejected": "rejected"}
"""The types of lines that a comparison needs, and the lists of the document in which they stand."""


class _Part(BaseModel):
    """What a comparison needs of an object; other keys may stand beside."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Id(_Part):
    id: str
    version: str


class _Ruleset(_Id):
    sha256: str
    status: str


class _Note(_Part):
    code: str
    text: str


class _Manifest(_Part):
    ruleset: _Ruleset
    overlays: list[_Id]
    period: int
    readings: dict[str, str]
    input_sha256: str
    notes: list[_Note]


class _Unit(_Part):
    unit: str
    kind: str
    name: str | None
    parent: str | None


class _Citation(_Part):
    instrument: str
    article: str | None
    clause: str | None
    point: str | None


class _Text(_Part):
    text: str


OutcomeWord = Literal["pass", "fail", "undetermined", "not_applicable"]


class _Finding(_Part):
    criterion: str
    outcome: OutcomeWord
    citation: _Citation
    reasons: list[_Text]


class _Verdict(_Unit):
    outcome: OutcomeWord
    findings: list[_Finding]


class _Rejected(_Part):
    unit: str
    errors: list[_Text]


class _Result(_Part):
    manifest: _Manifest
    groups: list[_Unit]
    verdicts: list[_Verdict]
    rejected: list[_Rejected]


def result_document(raw: bytes, name: str) -> Document | None:
    """The document of a result; None where the bytes are something else, by their ``schema``.

    Args:
        raw: The content of a file.
        name: What messages call it.
    Raises:
        EvidenceError: It is a result, but not as a whole.
    """
    if not raw.removeprefix(BOM_UTF8).lstrip().startswith(b"{") or FAMILY.encode() not in raw:
        return None
    text = decode(raw, name)
    if isinstance(text, Fault):
        return None
    document = parse_json(text, name)
    if document.data is None or _is_manifest(document.data):
        lines = _lines(text, name)
        document = lines if "schema" in lines.data else document
    schema = document.data.get("schema") if isinstance(document.data, dict) else None
    if not isinstance(schema, str) or not schema.startswith(FAMILY):
        return None
    if schema != SCHEMA:
        what = message("the schema is {found}, not '{wanted}'")
        mending = message("write the result anew with this version of antq")
        raise EvidenceError(document.fault("wrong_schema", what, mending, ("schema",), found=schema, wanted=SCHEMA))
    if document.faults:
        raise EvidenceError(document.faults)
    return document


def _is_manifest(row: Any) -> bool:
    """Whether this is the first line of a result in JSON Lines."""
    return isinstance(row, dict) and row.get("type") == "manifest"


def _lines(text: str, name: str) -> Document:
    """Lines of objects as the one document that they stand for."""
    found: dict[str, Any] = {key: [] for key in LISTS.values()}
    faults: list[Fault] = []
    for line in text.split("\n"):
        if not line.strip():
            continue
        read = parse_json(line, name)
        faults += read.faults
        row = read.data
        if not isinstance(row, dict):
            continue
        if _is_manifest(row):
            found |= {"schema": row.get("schema"), "manifest": row}
        elif row.get("type") in LISTS:
            found[LISTS[row["type"]]].append(row)
    return Document(name, found, faults)


def judged_year(document: Document, language: str, plugins: Plugins | None = None) -> JudgedYear:
    """What a comparison needs of a result.

    Args:
        document: See :func:`result_document`.
        language: Of the titles of kinds and criteria, which come from the ruleset where it is known here.
        plugins: Whose rulesets are known; those of the installed ones by default.
    Raises:
        EvidenceError: The result lacks something, or holds a unit twice.
    """
    try:
        result = _Result.model_validate(document.data)
    except ValidationError as error:
        raise EvidenceError(
            [
                document.fault(
                    "wrong_result",
                    message("this is no sound result: '{where}' is missing or wrong"),
                    message("write it anew with 'antq evaluate --format json'"),
                    item["loc"],
                    where=path_text(item["loc"]),
                )
                for item in error.errors(include_url=False)[:MOST_FAULTS]
            ]
        ) from None
    twice = _twice([*(one.unit for one in result.verdicts), *(one.unit for one in result.groups)])
    if twice is not None:
        what = message("the unit '{unit}' stands in the result twice")
        mending = message("write it anew with 'antq evaluate --format json'")
        raise EvidenceError(document.fault("wrong_result", what, mending, ("verdicts",), unit=twice))
    plan = _plan(result.manifest, plugins)
    # In an order that does not follow that of the units, should the ruleset not be known here.
    units = sorted(result.verdicts, key=lambda verdict: (verdict.kind, verdict.unit))
    named = {finding.criterion: _citation(finding) for verdict in units for finding in verdict.findings}
    known = {} if plan is None else names_of_criteria(plan, language)
    kinds = {} if plan is None else titles_of_kinds(plan, language)
    present = {one.kind for one in (*result.verdicts, *result.groups)}
    return JudgedYear(
        side=_side(result.manifest, plan, language),
        judged={verdict.unit: _judged(verdict) for verdict in result.verdicts},
        unjudged={
            one.unit: Unjudged(one.unit, None, None, None, Standing.REFUSED, tuple(error.text for error in one.errors))
            for one in result.rejected
        },
        gatherings={one.unit: Gathering(one.unit, one.kind, one.name, one.parent) for one in result.groups},
        kinds={**{kind: kind for kind in sorted(present - kinds.keys())}, **kinds},
        criteria={
            **known,
            **{id: Named(known[id].title if id in known else id, citation) for id, citation in named.items()},
        },
    )


def _twice(units: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for unit in units:
        if unit in seen:
            return unit
        seen.add(unit)
    return None


def _plan(manifest: _Manifest, plugins: Plugins | None) -> Plan | None:
    """The plan from which titles come: with the overlays, else without them; None where the ruleset is not known."""
    for overlays in ([one.id for one in manifest.overlays], []):
        try:
            ruleset = find_ruleset(manifest.ruleset.id, overlays, plugins=plugins)
            return compile_ruleset(ruleset, manifest.period, choose_readings(ruleset, {}))
        except RulesetError:
            continue
    return None


def _side(manifest: _Manifest, plan: Plan | None, language: str) -> Side:
    ruleset = manifest.ruleset
    return Side(
        manifest.period,
        ruleset.id,
        ruleset.version,
        ruleset.sha256,
        ruleset.status,
        None if plan is None else plan.ruleset.title[language],
        tuple(LaidOver(one.id, one.version) for one in manifest.overlays),
        manifest.readings,
        manifest.input_sha256,
        tuple(VerdictNote(note.code, note.text) for note in manifest.notes),
    )


def _judged(verdict: _Verdict) -> Judged:
    open_ones: Mapping[str, tuple[str, ...]] = {
        finding.criterion: tuple(reason.text for reason in finding.reasons)
        for finding in verdict.findings
        if finding.outcome in OPEN
    }
    return Judged(
        verdict.unit,
        verdict.kind,
        verdict.name,
        verdict.parent,
        Outcome(verdict.outcome),
        tuple(finding.criterion for finding in verdict.findings),
        tuple(Outcome(finding.outcome) for finding in verdict.findings),
        lambda: open_ones,
    )


def _citation(finding: _Finding) -> Citation:
    cited = finding.citation
    return Citation(cited.instrument, cited.article, cited.clause, cited.point)
