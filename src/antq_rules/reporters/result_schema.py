"""The published shape of results, ``antq.assessment/1``, as models from which its JSON Schema is made.

Keys may be added within ``/1``, so a reader of results must let keys stand that it does not know; none is taken away or
changed. Every key named here is always there, save those that say when.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from antq_rules.assessment.document import SCHEMA

DRAFT = "https://json-schema.org/draft/2020-12/schema"
OutcomeWord = Literal["pass", "fail", "undetermined", "not_applicable"]


class Part(BaseModel):
    """An object of the result, to which keys may be added."""

    model_config = ConfigDict(extra="allow")


class RulesetPart(Part):
    """The ruleset judged by."""

    id: str
    version: str
    sha256: str = Field(description="Over the files of the ruleset.")
    status: Literal["official", "partial", "reconstructed", "local"]


class OverlayPart(Part):
    """A province's additions to the ruleset."""

    id: str
    version: str
    sha256: str


class LeftOutPart(Part):
    """An installed plugin that was left out by its name."""

    name: str
    version: str


class PluginPart(LeftOutPart):
    """An installed plugin that had a part in the ruleset and its overlays."""

    contributions: dict[str, list[str]] = Field(description="What of it took part: for each sort the ids.")


class ManifestNotePart(Part):
    """Something to be known of the whole result."""

    code: str
    text: str


class ManifestPart(Part):
    """What made the result."""

    ruleset: RulesetPart
    uses: list[RulesetPart] = Field(description="Rulesets whose verdicts it asked.")
    overlays: list[OverlayPart]
    plugins: list[PluginPart]
    plugins_left_out: list[LeftOutPart]
    antq_rules: str = Field(description="The version of the package.")
    period: int = Field(description="The year judged.")
    input_sha256: str = Field(description="Over canonical JSON of the units: NFC, sorted keys, units by id.")
    previous_sha256: str | None = Field(description="The same of last year's dossier, where one was given.")
    readings: dict[str, str] = Field(description="The choice of every reading.")
    notes: list[ManifestNotePart]


class TallyPart(Part):
    """How many units of a kind came to which outcome."""

    model_config = ConfigDict(populate_by_name=True)

    standard: str
    kind: str
    total: int = Field(ge=0)
    pass_: int = Field(ge=0, alias="pass")
    fail: int = Field(ge=0)
    undetermined: int = Field(ge=0)
    not_applicable: int = Field(ge=0)


class CitationPart(Part):
    """A place in the law."""

    instrument: str
    article: str | None
    clause: str | None
    point: str | None


class ShortfallPart(Part):
    """The smallest change that would make a test pass; which keys stand beside ``kind`` depends on it."""

    kind: Literal["add", "reduce", "provide", "choose", "children", "impossible"]
    field: str | None = Field(None, description="The way to the value inside the unit's evidence.")
    have: Any = None
    need: Any = None
    by: int | str | None = Field(None, description="The difference; a decimal as text.")
    record: dict[str, Any] | None = Field(None, description="An example of the rows to add.")
    children: str | None = Field(None, description="A group of units below.")
    level: Literal["in_scope", "registered", "recognised"] | None = None
    options: list[list[ShortfallPart]] | None = Field(
        None, description="Alternatives, each a list of changes that suffice together."
    )


class ReasonPart(Part):
    """Why a test came out as it did."""

    code: str = Field(
        description="The operator, or applies_when, out_of_scope, any, at_least_k, not; of a decision at_least_met, "
        "score, floor, must_be_full, veto."
    )
    text: str
    observed: Any = Field(description="As a dossier writes it; {least, most} where it lies between two.")
    required: Any
    missing: list[str] = Field(description="Ways to the values that are not known.")
    shortfall: ShortfallPart | None


class DocumentPart(Part):
    """A document that proves the value of a field."""

    field: str
    kind: str | None = None
    number: str | None = None
    date: str | None = None
    issuer: str | None = None


class OriginPart(Part):
    """Who states the criterion: the ruleset or an overlay."""

    ruleset: str | None = None
    overlay: str | None = None


class FindingPart(Part):
    """The outcome of one criterion."""

    criterion: str
    outcome: OutcomeWord
    discretion: bool = Field(description="Whether it rests on somebody's judgement.")
    citation: CitationPart
    origin: OriginPart
    documents: list[DocumentPart]
    reasons: list[ReasonPart]
    via: CitationPart | None = Field(None, description="The clause from which a borrowed criterion comes.")
    basis: Literal["inferred", "reconstructed", "attested"] | None = Field(
        None, description="How the text of the criterion is known, where it was not seen."
    )


class ProgressPart(Part):
    """Criteria met, of those that apply."""

    met: int = Field(ge=0)
    applicable: int = Field(ge=0)


class NotePart(Part):
    """What a reader should know and what decides nothing."""

    code: str
    text: str


class SpanPart(Part):
    """A number that lies between two; a decimal is text."""

    least: int | str
    most: int | str


Points = int | str | SpanPart


class BlockPart(Part):
    """The points of one block of a score sheet."""

    id: str
    points: Points
    out_of: int | str | None


class QuotaPart(Part):
    """Whether a quota is kept below a parent, or in the whole dossier where ``unit`` is null."""

    quota: str
    unit: str | None
    outcome: OutcomeWord
    citation: CitationPart
    of: int | SpanPart
    among: int | SpanPart
    at_most: str | None
    text: str


class VerdictPart(Part):
    """What the standard says of a unit."""

    model_config = ConfigDict(populate_by_name=True)

    unit: str
    kind: str
    name: str | None
    parent: str | None
    standard: str
    outcome: OutcomeWord
    status: Literal["official", "partial", "reconstructed", "local"]
    readings: dict[str, str] = Field(description="The readings that the verdict rests on.")
    progress: ProgressPart
    score: Points | None = Field(description="Of a score sheet; a number, or both ends where it is not known yet.")
    class_: str | None = Field(alias="class", description="Of a score sheet; null also where it is not known yet.")
    out_of: int | str | None = Field(None, description="The scale of the score; only beside a score.")
    blocks: list[BlockPart] | None = Field(None, description="Only beside a score.")
    possible_classes: list[str] | None = Field(None, description="Where the class is not known yet, from the highest.")
    decided_by: list[ReasonPart] | None = Field(
        None, description="Where the standard decides otherwise than by all criteria: what keeps the unit from a pass."
    )
    notes: list[NotePart]
    findings: list[FindingPart] = Field(description="All of the standard, in ruleset order.")


class ErrorPart(Part):
    """One thing that is wrong with a unit."""

    code: str
    path: str = Field(description="The way inside the unit.")
    text: str


class RejectedPart(Part):
    """A unit that could not be judged."""

    unit: str = Field(description="Its id, or units[n] where it has none that can be used.")
    errors: list[ErrorPart] = Field(min_length=1)


class GroupPart(Part):
    """A unit that only gathers others, with the counts of all units below it."""

    unit: str
    kind: str
    name: str | None
    parent: str | None
    summary: list[TallyPart]


class Result(Part):
    """The result of judging a dossier."""

    model_config = ConfigDict(title=SCHEMA, populate_by_name=True)

    schema_: Literal["antq.assessment/1"] = Field(alias="schema")
    manifest: ManifestPart
    summary: list[TallyPart]
    groups: list[GroupPart]
    quotas: list[QuotaPart] | None = Field(None, description="Where the ruleset has quotas.")
    verdicts: list[VerdictPart] = Field(description="In the order of the input.")
    rejected: list[RejectedPart]


def result_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of results."""
    return {"$schema": DRAFT, **Result.model_json_schema(by_alias=True)}
