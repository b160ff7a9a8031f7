"""The published shape of comparisons, ``antq.comparison/1``, as models from which its JSON Schema is made.

As with results, keys may be added within ``/1``, and none is taken away or changed.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from antq_rules.assessment.comparison_document import SCHEMA
from antq_rules.reporters.result_schema import DRAFT, CitationPart, ManifestNotePart, OutcomeWord, Part, RulesetPart

Exact = str | None
Became = Literal["gained", "lost", "changed", "same", "arrived", "left", "not_judged"]
Standing = Literal["judged", "refused", "not_judged", "absent"]


class TitledRulesetPart(RulesetPart):
    """The ruleset judged by."""

    title: str | None = Field(description="Null where the ruleset is not known to the program that compared.")


class LaidOverPart(Part):
    """An overlay that took part."""

    id: str
    version: str


class SidePart(Part):
    """By what one of the two results was judged."""

    period: int
    ruleset: TitledRulesetPart
    overlays: list[LaidOverPart]
    readings: dict[str, str]
    input_sha256: str = Field(
        description="Of all units handed in; equal on both sides where one dossier is judged twice."
    )
    notes: list[ManifestNotePart]


class BecamePart(Part):
    """How many units of which this became."""

    gained: int = Field(ge=0, description="Not a pass before, a pass after.")
    lost: int = Field(ge=0, description="A pass before, not a pass after.")
    changed: int = Field(ge=0, description="Another outcome, and a pass in neither.")
    same: int = Field(ge=0)
    arrived: int = Field(ge=0, description="Only in the second input.")
    left: int = Field(ge=0, description="Only in the first input.")
    not_judged: int = Field(ge=0, description="In both inputs, but not judged in one of them or in both.")


class CountPart(Part):
    """How many units came to which outcome."""

    model_config = ConfigDict(populate_by_name=True)

    pass_: int = Field(ge=0, alias="pass")
    fail: int = Field(ge=0)
    undetermined: int = Field(ge=0)
    not_applicable: int = Field(ge=0)


class SharePart(CountPart):
    """The same with the share that passes."""

    total: int = Field(ge=0)
    applicable: int = Field(ge=0, description="The total less those to which the standard does not apply.")
    share: Exact = Field(description="Those that pass among the applicable ones, exactly: '1046/1205'.")
    percent_rounded: str | None = Field(description="The share in percent with two decimals, half up: '86.80'.")


class KindPart(Part):
    """The units of one kind; a side is null where it has none that was judged."""

    kind: str
    title: str
    before: SharePart | None
    after: SharePart | None
    more: int | None = Field(description="How many more pass than before.")
    points: Exact = Field(description="By how many percentage points the share rose, exactly.")
    points_rounded: str | None = Field(description="The same with two decimals, half up.")


class GroupPart(Part):
    """The units below a grouping unit or a commune, however deep."""

    unit: str
    kind: str | None = Field(description="Null, as the name, where the unit stands in neither input.")
    name: str | None
    parent: str | None
    kinds: list[KindPart]


class CriterionPart(Part):
    """The outcomes of a criterion; a side is null where no unit is judged by it."""

    criterion: str
    title: str
    citation: CitationPart
    before: CountPart | None
    after: CountPart | None
    more_open: int | None = Field(description="How many more units fail it or lack the evidence than before.")


class StandingPart(Part):
    """How a unit stands on one side."""

    standing: Standing
    outcome: OutcomeWord | None = Field(description="Null where it was not judged.")


class CriterionChangePart(Part):
    """A criterion of a unit; a side is null where the unit is not judged by it."""

    criterion: str
    before: OutcomeWord | None
    after: OutcomeWord | None
    reasons: list[str] = Field(description="Why it is open after, or else was before.")


class UnitPart(Part):
    """What became of a unit."""

    unit: str
    kind: str | None = Field(description="Null where a refused unit states none that is known.")
    name: str | None
    parent: str | None
    became: Became
    loss: bool = Field(description="Whether it lost the title, or was judged and now is not.")
    before: StandingPart
    after: StandingPart
    faults: list[str] = Field(description="What is wrong with it where it was refused.")
    criteria: list[CriterionChangePart] = Field(
        description="Those that came out otherwise, and those of one side alone that fail there or lack evidence."
    )


class ComparisonDocument(Part):
    """Two results side by side."""

    model_config = ConfigDict(title=SCHEMA, populate_by_name=True)

    schema_: Literal["antq.comparison/1"] = Field(alias="schema")
    antq_rules: str = Field(description="The version of the package.")
    before: SidePart
    after: SidePart
    became: BecamePart
    kinds: list[KindPart]
    groups: list[GroupPart] = Field(description="Grouping units first, then communes.")
    criteria: list[CriterionPart]
    units: list[UnitPart] = Field(description="By kind and id; without those of which nothing changed.")


def comparison_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of comparisons."""
    return {"$schema": DRAFT, **ComparisonDocument.model_json_schema(by_alias=True)}
