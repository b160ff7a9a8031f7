"""A ruleset: the encoding of a legal text, as its files say it and before any year is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from antq_rules.errors import Place
from antq_rules.model.expression import COUNT, ChildGroup, Dimension, Label, Measure, Period, SlotValue, Truth


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which something is in force; an open side is None."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether ``day`` lies in the term."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def meets(self, other: Term) -> date | None:
        """The first day that lies in both terms; None where they have none in common."""
        first = max(self.first or date.min, other.first or date.min)
        last = min(self.last or date.max, other.last or date.max)
        return first if first <= last else None


@dataclass(frozen=True, slots=True)
class Citation:
    """Where the instrument says it."""

    instrument: str
    article: str | None = None
    clause: str | None = None
    point: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of an enum."""

    name: str
    title: Label
    term: Term = Term()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the evidence dictionary.

    ``kind`` is boolean, integer, decimal, date, enum, set, text, records or series. ``columns`` are the fields of a
    record, ``dated_by`` the column that holds its date.
    """

    name: str
    kind: str
    title: Label
    kinds: frozenset[str] = frozenset()
    low: int = 0
    high: int = 0
    dimension: Dimension = COUNT
    choices: tuple[Choice, ...] = ()
    required: bool = False
    may_be_absent: bool = False
    not_empty: bool = False
    judged: bool = False
    previous_of: str | None = None
    columns: Mapping[str, Field] = field(default_factory=dict)
    dated_by: str | None = None
    document: Label | None = None
    default: Any = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """A relation between fields; evidence that breaks it is refused."""

    require: Truth
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the law with its values by date; ``tighten`` is the way an overlay may move it."""

    name: str
    title: Label
    values: tuple[tuple[Term, Fraction | None], ...]
    tighten: str | None = None
    citation: Citation | None = None
    dimension: Dimension = COUNT
    ratio: bool = False
    low: int = 0
    high: int = 0

    def at(self, day: date) -> Fraction | None:
        """The value in force on ``day``; None while it is unset."""
        return next((value for term, value in self.values if term.holds(day)), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """A place where the text leaves more than one reading."""

    name: str
    ambiguity: str
    title: Label
    choices: Mapping[str, Label]
    default: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One clause judged. ``reuse`` borrows criteria of other standards in place of a requirement of its own."""

    id: str
    title: Label
    citation: Citation
    require: Truth | None = None
    applies_when: Truth | None = None
    reuse: tuple[str, ...] = ()
    discretion: bool = False
    term: Term = Term()
    note: Label | None = None
    origin: str = ""
    place: Place | None = None
    points: Any = None
    group: str | None = None

    def expressions(self) -> Iterator[Truth]:
        """The conditions that it reads."""
        if self.applies_when is not None:
            yield self.applies_when
        if self.require is not None:
            yield self.require


@dataclass(frozen=True, slots=True)
class Scope:
    """Which units of these kinds the standard judges at all."""

    kinds: frozenset[str]
    require: Truth
    citation: Citation


@dataclass(frozen=True, slots=True)
class Window:
    """The days whose events count: fixed relative to the year, or from two date fields of the unit."""

    period: Period | None
    from_field: str | None = None
    to_field: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """How a standard decides: ``all``, ``at_least_met`` or ``score``; ``options`` hold what the latter two need."""

    form: str = "all"
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard of the ruleset: the criteria for units of some kinds."""

    id: str
    title: Label
    kinds: tuple[str, ...]
    window: Window
    criteria: tuple[Criterion, ...]
    scopes: tuple[Scope, ...] = ()
    decision: Decision = Decision()
    classes: tuple[Any, ...] = ()
    quotas: tuple[Any, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of unit; a grouping kind has no verdict and only gathers."""

    name: str
    title: Label
    groups: bool = False


@dataclass(frozen=True, slots=True)
class Instrument:
    """The legal text or decision behind a ruleset, overlay or change."""

    number: str
    issuer: str
    title: Label | None = None
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A loaded ruleset; immutable, hashable by its content."""

    id: str
    version: str
    title: Label
    status: str
    instrument: Instrument
    term: Term
    kinds: Mapping[str, Kind]
    fields: Mapping[str, tuple[Field, ...]]
    """For each name its definitions, which never share a kind of unit."""
    constraints: tuple[Constraint, ...]
    parameters: Mapping[str, Parameter]
    readings: Mapping[str, Reading]
    periods: Mapping[str, Period]
    children: Mapping[str, ChildGroup]
    slots: Mapping[str, SlotValue]
    standards: tuple[Standard, ...]
    managing_levels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    amendments: tuple[Mapping[str, Any], ...] = ()
    procedure: Mapping[str, Any] = field(default_factory=dict)
    not_encoded: tuple[Mapping[str, Any], ...] = ()
    sha256: str = ""
    folder: str = ""
    overlays: tuple[Overlay, ...] = ()
    fillings: Mapping[str, Measure] = field(default_factory=dict)
    """What overlays put into slots."""

    def standard_of(self, kind: str) -> Standard | None:
        """The standard that judges units of this kind."""
        return next((standard for standard in self.standards if kind in standard.kinds), None)

    def standard(self, id: str) -> Standard:
        """The standard of this id; KeyError if there is none."""
        for standard in self.standards:
            if standard.id == id:
                return standard
        raise KeyError(id)

    def criterion(self, id: str) -> Criterion:
        """The criterion of this id; KeyError if there is none."""
        for standard in self.standards:
            for criterion in standard.criteria:
                if criterion.id == id:
                    return criterion
        raise KeyError(id)

    def fields_of(self, kind: str) -> dict[str, Field]:
        """The fields that a unit of this kind may have."""
        return {
            name: definition
            for name, definitions in self.fields.items()
            for definition in definitions
            if kind in definition.kinds
        }


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a province adds to a ruleset."""

    id: str
    version: str
    base: str
    title: Label
    instrument: Instrument
    term: Term
    prefix: str
    sha256: str = ""
    folder: str = ""
