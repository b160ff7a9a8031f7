"""The shape of each YAML document of a ruleset; the published JSON Schemas come from here.

Annotations are not deferred, and no validator is built before a document is held against its shape: both take time at
every start of the program.
"""

import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from antq_rules.operators.base import exact_fraction

SHAPES = "shapes"
"""Key of the validation context under which the class of every mapping is noted, for hints on unknown keys."""
BUILT = "built"
"""Key of the validation context under which stands what was built from every mapping that is sound, by its class."""
PART = "x-antq-part"
"""Key of a JSON Schema in whose place stands what the operators make of it, see :mod:`antq_rules.language.schema`."""


class Shape(BaseModel):
    """A mapping that refuses keys it does not know."""

    model_config = ConfigDict(
        extra="forbid", strict=True, populate_by_name=True, arbitrary_types_allowed=True, defer_build=True
    )

    @model_validator(mode="wrap")
    @classmethod
    def _note(cls, value: Any, build: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if not info.context or not isinstance(value, dict):
            return build(value)
        info.context[SHAPES][id(value)] = cls
        found = info.context[BUILT][id(value), cls] = build(value)
        return found

    @classmethod
    def keys(cls) -> list[str]:
        """The keys as they are written."""
        return [spec.alias or name for name, spec in cls.model_fields.items()]


def _day(value: Any) -> Any:
    if isinstance(value, str) and len(value) == 10:
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("day", "an ISO date such as 2025-03-31 is needed")


def _reference(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _name(value: str) -> str:
    if not value or not value.isascii() or not value.replace("_", "a").isalnum() or value != value.lower():
        raise PydanticCustomError("name", "a name of small letters, digits and _ is needed")
    return value


def _id(value: str) -> str:
    if not value or not value.isascii() or any(not part.replace("_", "a").isalnum() for part in value.split(".")):
        raise PydanticCustomError("id", "an id of letters, digits, _ and dots is needed")
    return value


def _ruleset_id(value: str) -> str:
    if not value or not value.isascii() or any(not part.replace(".", "a").isalnum() for part in value.split("-")):
        raise PydanticCustomError("id", "an id of letters, digits, dots and hyphens is needed")
    return value


def _number(value: Any) -> Any:
    if value == "unset" or exact_fraction(value) is not None:
        return value
    raise PydanticCustomError("number", "a number, a fraction such as 7/10 or 'unset' is needed")


def _number_or_choice(value: Any) -> Any:
    return value if isinstance(value, str) and value.isidentifier() else _number(value)


def _tight(value: Any) -> Any:
    if value != "unset" and (exact_fraction(value) is not None or (isinstance(value, str) and value.isidentifier())):
        return value
    raise PydanticCustomError("number", "a number, a fraction such as 7/10 or a choice is needed")


def _known(value: Any) -> Any:
    if value is True or value is False or value == "unknown":
        return value
    raise PydanticCustomError("known", "true, false or 'unknown' is needed")


def _text(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("text", "a text is needed, not nothing")
    return value


Text = Annotated[str, AfterValidator(_text)]
Day = Annotated[
    datetime.date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}),
]
Reference = Annotated[
    str, BeforeValidator(_reference), AfterValidator(_text), WithJsonSchema({"type": ["string", "integer"]})
]
Name = Annotated[str, AfterValidator(_name)]
Id = Annotated[str, AfterValidator(_id)]
RulesetId = Annotated[str, AfterValidator(_ruleset_id)]
Number = Annotated[Any, AfterValidator(_number), WithJsonSchema({"type": ["integer", "number", "string"]})]
Condition = Annotated[Any, WithJsonSchema({PART: "condition"})]
Measure = Annotated[Any, WithJsonSchema({PART: "number"})]
Period = Annotated[Any, WithJsonSchema({PART: "period"})]
Known = Annotated[Any, AfterValidator(_known), WithJsonSchema({"enum": [True, False, "unknown"]})]
Bound = Annotated[Any, AfterValidator(_number), WithJsonSchema({"type": ["integer", "number"]})]


class LabelShape(Shape):
    """A text in both languages."""

    vi: Text
    en: Text


class TermShape(Shape):
    """Days in force; an open side is left out."""

    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise PydanticCustomError("bad_term", "'from' lies after 'to'")
        return self


class ChoiceShape(LabelShape):
    """The title of a choice, with the days on which it exists."""

    in_force: TermShape = TermShape.model_construct()


class InstrumentShape(Shape):
    """A legal text or decision."""

    number: Text
    issuer: Text
    date: Day | None = None
    title: LabelShape | None = None


class CitationShape(Shape):
    """A place in an instrument; that of the ruleset unless another is named."""

    instrument: Text | None = None
    article: Reference | None = None
    clause: Reference | None = None
    point: Reference | None = None

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if self.article is None and self.instrument is None:
            raise PydanticCustomError("missing_key", "the key 'article' is missing", {"name": "article"})
        return self


class KindShape(Shape):
    """A kind of unit."""

    title: LabelShape
    groups: bool = False


class ValueShape(TermShape):
    """A value of a parameter and the days on which it holds."""

    value: Annotated[Any, AfterValidator(_number_or_choice), WithJsonSchema({"type": ["integer", "number", "string"]})]
    instrument: InstrumentShape | None = None


class ParameterShape(Shape):
    """A number of the law."""

    title: LabelShape
    type: Literal["ratio", "integer", "decimal", "choice"]
    choices_of: str | None = None
    tighten: Literal["up", "down"] | None = None
    range: Annotated[list[Bound], Field(min_length=2, max_length=2)] | None = None
    places: Annotated[int, Field(ge=0, le=9)] = 0
    citation: CitationShape | None = None
    note: LabelShape | None = None
    values: Annotated[list[ValueShape], Field(min_length=1)]


class ReadingShape(Shape):
    """An unclear place of the text, with the ways to read it."""

    ambiguity: Text
    title: LabelShape
    choices: Annotated[dict[Name, LabelShape], Field(min_length=1)]
    default: str


class ReportedShape(Shape):
    """The unit's own fields for the levels of its children."""

    in_scope: str
    registered: str | None = None
    recognised: str


class ChildrenShape(Shape):
    """A group of units below."""

    title: LabelShape
    kinds: Annotated[list[str], Field(min_length=1)]
    managed_by: list[str] = []
    registered_by: str | None = None
    announced: str | None = None
    reported: ReportedShape


class SlotShape(Shape):
    """A hole that a province fills."""

    title: LabelShape
    range: Annotated[list[Bound], Field(min_length=2, max_length=2)]
    records: str | None = None


class AmendmentShape(Shape):
    """What a later instrument changed, as data."""

    instrument: InstrumentShape
    in_force: TermShape = TermShape.model_construct()
    status: str
    changes: list[Any] = []
    note: LabelShape | None = None


class NotEncodedShape(Shape):
    """A clause that the ruleset leaves out, and why."""

    citation: CitationShape
    why: LabelShape


class RulesetShape(Shape):
    """ruleset.yaml."""

    ruleset: RulesetId
    version: Text
    title: LabelShape
    status: Literal["official", "partial", "reconstructed", "local"]
    instrument: InstrumentShape
    in_force: TermShape
    default: bool = False
    uses: list[RulesetId] = []
    sources: list[str] = []
    kinds: Annotated[dict[Name, KindShape], Field(min_length=1)]
    managing_levels: list[Name] = []
    tags: list[Name] = []
    parameters: dict[Name, ParameterShape] = {}
    readings: dict[Name, ReadingShape] = {}
    periods: dict[Name, Period] = {}
    children: dict[Name, ChildrenShape] = {}
    slots: dict[Name, SlotShape] = {}
    amendments: list[AmendmentShape] = []
    procedure: dict[str, Any] = {}
    not_encoded: list[NotEncodedShape] = []


class ColumnShape(Shape):
    """A field of a record, or what all fields share."""

    type: Literal["boolean", "integer", "decimal", "date", "enum", "set", "text"]
    title: LabelShape
    unit: LabelShape | None = None
    range: Annotated[list[Bound], Field(min_length=2, max_length=2)] | None = None
    places: Annotated[int, Field(ge=0, le=9)] = 0
    values: dict[Name, ChoiceShape] | None = None
    ordered: bool = False
    required: bool = False
    may_be_absent: bool = False
    judged: bool = False


class FieldShape(Shape):
    """A field of the evidence dictionary."""

    kinds: Annotated[list[str], Field(min_length=1)]
    type: Literal["boolean", "integer", "decimal", "date", "enum", "set", "text", "records", "series"]
    title: LabelShape
    unit: LabelShape | None = None
    range: Annotated[list[Bound], Field(min_length=2, max_length=2)] | None = None
    places: Annotated[int, Field(ge=0, le=9)] = 0
    values: dict[Name, ChoiceShape] | None = None
    ordered: bool = False
    may_be_absent: bool = False
    not_empty: bool = False
    judged: bool = False
    attested: bool = False
    previous_of: str | None = None
    document: LabelShape | None = None
    dated_by: str | None = None
    columns: dict[Name, ColumnShape] | None = None


def _one_or_more(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class EvidenceShape(Shape):
    """evidence.yaml."""

    fields: dict[Name, Annotated[list[FieldShape], Field(min_length=1), BeforeValidator(_one_or_more)]]
    constraints: list[Condition] = []


class ScopeShape(Shape):
    """Which units of some kinds are judged at all."""

    kinds: Annotated[list[str], Field(min_length=1)]
    citation: CitationShape
    require: Condition


class WindowShape(Shape):
    """The days whose events count."""

    first: Any = Field(None, alias="from")
    last: Any = Field(None, alias="to")
    from_field: str | None = None
    to_field: str | None = None


class CriterionShape(Shape):
    """One clause."""

    id: Id
    title: LabelShape
    citation: CitationShape
    applies_when: Condition | None = None
    require: Condition | None = None
    reuse: Annotated[list[str], Field(min_length=1)] | None = None
    discretion: bool = False
    in_force: TermShape = TermShape.model_construct()
    note: LabelShape | None = None
    group: str | None = None
    basis: Literal["seen", "inferred", "reconstructed", "attested"] = "seen"


class ItemShape(Shape):
    """What a criterion weighs in a score."""

    item: str
    points: Measure | None = None
    graded: str | None = None
    verified: str | None = None
    deduct: Measure | None = None
    deduct_each: Measure | None = None
    must_be_full: bool = False


class FloorShape(Shape):
    """The least that a group must reach."""

    share: Any = None
    points: Measure | None = None


class GroupShape(Shape):
    """A block of a score sheet."""

    id: Id
    title: LabelShape
    start: Measure | None = None
    cap: Measure | None = None
    floor: FloorShape | None = None
    must_be_full: bool = False
    items: Annotated[list[ItemShape], Field(min_length=1)]


class PolicyShape(Shape):
    """The reading that chooses what a criterion that does not apply counts as."""

    reading: str


class PassClassShape(Shape):
    """The class from which a unit passes."""

    score_class: str = Field(alias="class")


class ScoreShape(Shape):
    """A decision by points."""

    out_of: Number
    not_encoded: Number | None = None
    pass_from: PassClassShape | Measure
    not_applicable: Literal["full", "drop", "zero"] | PolicyShape = "full"
    groups: Annotated[list[GroupShape], Field(min_length=1)]
    vetoes: list[Condition] = []


class DecideShape(Shape):
    """How a standard decides, where that is not ``all``."""

    at_least_met: Measure | None = None
    not_applicable: Literal["met", "unmet"] | PolicyShape = "unmet"
    score: ScoreShape | None = None


class ClassShape(Shape):
    """A class from a number of points upwards."""

    id: Name
    title: LabelShape
    first: Measure = Field(alias="from")


class SortShape(Shape):
    """Which units a quota counts: one of the three."""

    where: Condition | None = None
    score_class: str | None = Field(None, alias="class")
    outcome: Literal["pass", "fail", "undetermined", "not_applicable"] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.where, self.score_class, self.outcome)) != 1:
            raise PydanticCustomError("sort", "one of 'where', 'class' and 'outcome' is needed")
        return self


class QuotaShape(Shape):
    """A limit over the units below one parent, or over the whole dossier."""

    id: Id
    title: LabelShape
    citation: CitationShape
    over: Literal["parent", "dossier"] = "parent"
    of: SortShape
    among: SortShape
    at_most: Any


def _decide(value: Any) -> Any:
    return {} if value == "all" else value


class StandardShape(Shape):
    """standards/*.yaml."""

    standard: Id
    title: LabelShape
    kinds: Annotated[list[str], Field(min_length=1)]
    window: WindowShape
    scope: list[ScopeShape] = []
    decide: Annotated[DecideShape, BeforeValidator(_decide)] = DecideShape.model_construct()
    classes: list[ClassShape] = []
    quotas: list[QuotaShape] = []
    criteria: Annotated[list[CriterionShape], Field(min_length=1)]


class TightenShape(Shape):
    """A parameter moved in its declared direction."""

    value: Annotated[Any, AfterValidator(_tight), WithJsonSchema({"type": ["integer", "number", "string"]})]
    in_force: TermShape = TermShape.model_construct()
    instrument: InstrumentShape | None = None


class FillingShape(Shape):
    """A number put into a slot."""

    value: Measure
    in_force: TermShape = TermShape.model_construct()
    instrument: InstrumentShape | None = None


def _form(value: Any) -> str:
    return "filling" if isinstance(value, dict) and "value" in value else "number"


FillingOrNumber = Annotated[
    Annotated[FillingShape, Tag("filling")] | Annotated[Measure, Tag("number")], Discriminator(_form)
]


class OverlayShape(Shape):
    """overlay.yaml."""

    overlay: RulesetId
    base: RulesetId
    version: Text
    title: LabelShape
    instrument: InstrumentShape
    in_force: TermShape = TermShape.model_construct()
    prefix: Name
    tighten: dict[str, TightenShape] = {}
    slots: dict[str, FillingOrNumber] = {}
    fields: dict[Name, Annotated[list[FieldShape], Field(min_length=1), BeforeValidator(_one_or_more)]] = {}
    criteria: dict[str, list[CriterionShape]] = {}


class CaseChildShape(Shape):
    """Children of a case's unit, by what is known of them."""

    kind: str
    count: Annotated[int, Field(ge=1)] = 1
    in_scope: Known = True
    registered: Known = True
    verdict: Literal["pass", "fail", "undetermined", "not_applicable"] = "pass"


class BaseShape(Shape):
    """Evidence from which cases start."""

    kind: str
    tags: list[str] | None = None
    managing_level: str | None = None
    evidence: dict[str, Any]
    children: list[CaseChildShape] = []


class CaseShape(Shape):
    """Facts and the outcome they must give."""

    criterion: str
    name: Text
    base: str | None = None
    kind: str | None = None
    tags: list[str] | None = None
    period: int | None = None
    evidence: dict[str, Any] = {}
    drop: list[str] = []
    children: list[CaseChildShape] | None = None
    readings: dict[str, str] = {}
    expect: Literal["pass", "fail", "undetermined", "not_applicable"]
    reason: str | None = None


class CasesShape(Shape):
    """cases/*.yaml."""

    standard: str
    period: int
    base: BaseShape | None = None
    bases: dict[str, BaseShape] = {}
    cases: Annotated[list[CaseShape], Field(min_length=1)]


DOCUMENTS: dict[str, type[Shape]] = {
    "ruleset": RulesetShape,
    "evidence": EvidenceShape,
    "standard": StandardShape,
    "overlay": OverlayShape,
    "cases": CasesShape,
}
