"""A ruleset: the encoding of a legal text, as its files say it and before any year is chosen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date
from fractions import Fraction
from typing import Any

from antq_rules.errors import Place
from antq_rules.frozen import frozen
from antq_rules.model.expression import (
    COUNT,
    ChildGroup,
    Dimension,
    FieldValue,
    Label,
    Measure,
    Period,
    Ratio,
    RatioParameter,
    SlotValue,
    Truth,
)


@frozen
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

    def common(self, other: Term) -> Term | None:
        """The days of both terms; None where they have none in common."""
        if self.meets(other) is None:
            return None
        firsts = [term.first for term in (self, other) if term.first is not None]
        lasts = [term.last for term in (self, other) if term.last is not None]
        return Term(max(firsts, default=None), min(lasts, default=None))


@frozen
class Citation:
    """Where the instrument says it."""

    instrument: str
    article: str | None = None
    clause: str | None = None
    point: str | None = None


@frozen
class Choice:
    """One value of an enum."""

    name: str
    title: Label
    term: Term = Term()


@frozen
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
    attested: bool = False
    previous_of: str | None = None
    columns: Mapping[str, Field] = field(default_factory=dict)
    dated_by: str | None = None
    document: Label | None = None
    default: Any = None
    origin: str = ""
    """The overlay that adds the field; nothing where the ruleset has it."""


@frozen
class Constraint:
    """A relation between fields; evidence that breaks it is refused."""

    require: Truth
    fields: tuple[str, ...]


@frozen
class Parameter:
    """A number of the law with its values by date; ``tighten`` is the way an overlay may move it.

    ``values`` are those of the ruleset, ``changes`` those of overlays.
    """

    name: str
    title: Label
    values: tuple[tuple[Term, Fraction | None], ...]
    tighten: str | None = None
    citation: Citation | None = None
    dimension: Dimension = COUNT
    ratio: bool = False
    low: int = 0
    high: int = 0
    changes: tuple[Change, ...] = ()

    def at(self, day: date) -> Fraction | None:
        """The value in force on ``day``, the tightest of the ruleset's and the overlays'; None while it is unset."""
        own = next((value for term, value in self.values if term.holds(day)), None)
        changed = [change.value for change in self.changes if change.term.holds(day)]
        if not changed:
            return own
        return (max if self.tighten == "up" else min)([*changed, *([] if own is None else [own])])


@frozen
class Reading:
    """A place where the text leaves more than one reading."""

    name: str
    ambiguity: str
    title: Label
    choices: Mapping[str, Label]
    default: str


@frozen
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
    group: str | None = None
    basis: str = "seen"
    """seen, inferred or reconstructed: how its text is known; attested: by whom it is decided in its place."""

    def expressions(self) -> Iterator[Truth]:
        """The conditions that it reads."""
        if self.applies_when is not None:
            yield self.applies_when
        if self.require is not None:
            yield self.require


@frozen
class Scope:
    """Which units of these kinds the standard judges at all."""

    kinds: frozenset[str]
    require: Truth
    citation: Citation


@frozen
class Window:
    """The days whose events count: fixed relative to the year, or from two date fields of the unit."""

    period: Period | None
    from_field: str | None = None
    to_field: str | None = None


@frozen
class Policy:
    """What a criterion that does not apply counts as in a decision: one word, or what a reading chooses."""

    word: str
    reading: str | None = None


@frozen
class AtLeastMet:
    """So many criteria are met; ``not_applicable`` is met or unmet."""

    needed: Measure
    not_applicable: Policy


@frozen
class Item:
    """What a criterion weighs in a score.

    ``graded`` and ``verified`` are the columns of the unit and of the higher level; ``deduct`` is taken away once, or
    once for each of ``deduct_each``.
    """

    criterion: str
    points: Measure | None = None
    graded: FieldValue | None = None
    verified: FieldValue | None = None
    deduct: Measure | None = None
    deduct_each: Measure | None = None
    must_be_full: bool = False


@frozen
class Block:
    """A block of a score sheet. Its floor is a share of the cap or a number of points."""

    id: str
    title: Label
    items: tuple[Item, ...]
    cap: Measure | None = None
    start: Measure | None = None
    floor_share: Fraction | None = None
    floor_points: Measure | None = None
    must_be_full: bool = False


@frozen
class Score:
    """A decision by points; ``not_applicable`` is full, drop or zero.

    A unit passes from ``pass_from`` points, or from the class ``pass_class``.
    """

    out_of: Measure
    not_encoded: Measure | None
    blocks: tuple[Block, ...]
    not_applicable: Policy
    pass_from: Measure | None = None
    pass_class: str | None = None
    vetoes: tuple[Truth, ...] = ()


@frozen
class Decision:
    """How a standard decides: by all of its criteria unless one of the two says otherwise."""

    at_least_met: AtLeastMet | None = None
    score: Score | None = None

    @property
    def form(self) -> str:
        """``all``, ``at_least_met`` or ``score``."""
        return "score" if self.score else "at_least_met" if self.at_least_met else "all"


@frozen
class ScoreClass:
    """A class from a number of points upwards."""

    id: str
    title: Label
    first: Measure


@frozen
class Sort:
    """A sort of units that a quota counts: by a condition, by a class or by an outcome."""

    where: Truth | None = None
    score_class: str | None = None
    outcome: str | None = None


@frozen
class Quota:
    """Units of one sort are at most a share of those of another, below one parent or in the whole dossier."""

    id: str
    title: Label
    citation: Citation
    over: str
    of: Sort
    among: Sort
    at_most: Ratio | RatioParameter


@frozen
class Standard:
    """A standard of the ruleset: the criteria for units of some kinds."""

    id: str
    title: Label
    kinds: tuple[str, ...]
    window: Window
    criteria: tuple[Criterion, ...]
    scopes: tuple[Scope, ...] = ()
    decision: Decision = Decision()
    classes: tuple[ScoreClass, ...] = ()
    quotas: tuple[Quota, ...] = ()
    place: Place | None = None


@frozen
class Kind:
    """A kind of unit; a grouping kind has no verdict and only gathers."""

    name: str
    title: Label
    groups: bool = False


@frozen
class Instrument:
    """The legal text or decision behind a ruleset, overlay or change."""

    number: str
    issuer: str
    title: Label | None = None
    date: date | None = None


@frozen
class Change:
    """A value that an overlay gives to a parameter, and the days on which it holds."""

    term: Term
    value: Fraction
    origin: str
    instrument: Instrument
    place: Place | None = None


@frozen
class Filling:
    """What an overlay puts into a slot, and the days on which it stands there."""

    term: Term
    measure: Measure
    origin: str
    instrument: Instrument | None = None
    place: Place | None = None


@frozen
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
    fillings: Mapping[str, tuple[Filling, ...]] = field(default_factory=dict)
    """What overlays put into slots; no two fillings of a slot share a day."""
    national: Ruleset | None = field(default=None, repr=False)
    """The ruleset without its overlays; None where it has none."""
    default: bool = False
    """Whether it is chosen by the period judged where nobody names a ruleset."""
    used: tuple[Ruleset, ...] = ()
    """Rulesets whose verdicts it asks."""

    @property
    def combined_sha256(self) -> str:
        """SHA-256 over the ruleset and its overlays, the same in whatever order they were laid; of it alone its own."""
        if not self.overlays:
            return self.sha256
        parts = [self.sha256, *(f"{overlay.id} {overlay.sha256}" for overlay in self.overlays)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def filling(self, name: str, day: date) -> Measure | None:
        """What stands in a slot on ``day``; None while it is open."""
        return next((one.measure for one in self.fillings.get(name, ()) if one.term.holds(day)), None)

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

    def all_readings(self) -> dict[str, Reading]:
        """The readings, those of the rulesets used among them."""
        found: dict[str, Reading] = {}
        for ruleset in reversed(self.used):
            found |= ruleset.all_readings()
        return found | dict(self.readings)

    def all_fields_of(self, kind: str) -> dict[str, Field]:
        """The fields that a unit of this kind may have, those of the rulesets used among them."""
        found: dict[str, Field] = {}
        for ruleset in (*reversed(self.used), self):
            found |= ruleset.fields_of(kind) if ruleset is self else ruleset.all_fields_of(kind)
        return found

    def fields_of(self, kind: str) -> dict[str, Field]:
        """The fields of its own that a unit of this kind may have."""
        return {
            name: definition
            for name, definitions in self.fields.items()
            for definition in definitions
            if kind in definition.kinds
        }


@frozen
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
