"""What is said of a unit: findings with reasons, gathered in a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal
from typing import Any, Protocol

from antq_rules.frozen import frozen
from antq_rules.model.expression import Label
from antq_rules.model.outcome import NOT_APPLICABLE, PASS, Outcome
from antq_rules.model.ruleset import Citation


def plain(value: Any) -> Any:
    """A value as JSON writes it; a decimal is text, so that it stays exact."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value


@frozen
class Shortfall:
    """The smallest change that would make a test pass.

    ``kind`` is add, reduce, provide, choose, children or impossible. ``field`` is the way to the value inside the
    unit's evidence (``crimes[0].force_majeure``). ``have`` and ``need`` are values as a dossier writes them, ``by``
    the difference. ``options`` of a choose are alternatives, each a list of changes that together suffice.
    ``children`` names a group of units below and ``level`` what ``by`` more of them must reach. ``record`` is an
    example of the rows to add to a record list.
    """

    kind: str
    field: str | None = None
    have: Any = None
    need: Any = None
    by: int | Decimal | None = None
    options: tuple[tuple[Shortfall, ...], ...] = ()
    children: str | None = None
    level: str | None = None
    record: Mapping[str, Any] | None = None

    def to_mapping(self) -> dict[str, Any]:
        """The shortfall as the result writes it."""
        row: dict[str, Any] = {"kind": self.kind}
        if self.field is not None:
            row |= {"field": self.field, "have": plain(self.have), "need": plain(self.need)}
        if self.children is not None:
            row |= {"children": self.children, "level": self.level, "have": self.have, "need": self.need}
        if self.by is not None:
            row["by"] = plain(self.by)
        if self.record is not None:
            row["record"] = plain(self.record)
        if self.options:
            row["options"] = [[change.to_mapping() for change in option] for option in self.options]
        return row


@frozen
class Reason:
    """Why a test of a criterion came out as it did.

    ``code`` names the operator. ``observed`` and ``required`` are values as a dossier writes them, ``missing`` the
    fields that are not known. ``text`` is the sentence in the language of the run.
    """

    code: str
    outcome: Outcome
    text: str
    observed: Any = None
    required: Any = None
    missing: tuple[str, ...] = ()
    shortfall: Shortfall | None = None


@frozen
class Finding:
    """The outcome of one criterion. ``via`` cites the clause from which a borrowed criterion comes.

    ``basis`` says how its text is known: seen, inferred or reconstructed; attested: by a decision in its place.
    """

    criterion: str
    title: Label
    outcome: Outcome
    discretion: bool
    citation: Citation
    via: Citation | None
    origin: str
    documents: tuple[Mapping[str, Any], ...]
    reasons: tuple[Reason, ...] = ()
    basis: str = "seen"


@frozen
class Points:
    """Points known to lie between two numbers, out of so many where that is known."""

    least: int | Decimal
    most: int | Decimal
    out_of: int | Decimal | None = None

    def to_value(self) -> Any:
        """One number, or both ends."""
        if self.least == self.most:
            return plain(self.least)
        return {"least": plain(self.least), "most": plain(self.most)}


@frozen
class BlockPoints:
    """The points of one block of a score sheet."""

    id: str
    title: Label
    points: Points


@frozen
class VerdictNote:
    """Something a reader should know that decides nothing."""

    code: str
    text: str


class Telling(Protocol):
    """Makes the findings of a verdict when they are asked for."""

    @property
    def values(self) -> Mapping[str, Any]:
        """The unit's values as whole numbers, by field."""

    def findings(self, *, passes: bool = False) -> tuple[Finding, ...]:
        """All findings in ruleset order; reasons of passes too where they are wanted."""

    def notes(self) -> tuple[VerdictNote, ...]:
        """Notes on the verdict."""

    def decision(self, *, passes: bool = False) -> tuple[Reason, ...]:
        """What the standard asks for besides its criteria, where it decides otherwise than by all of them."""

    def score(self) -> Points | None:
        """The score, where the standard has one and judges the unit."""

    def blocks(self) -> tuple[BlockPoints, ...]:
        """The points of each block of the score sheet."""


@frozen
class Verdict:
    """What the standard says of a unit for a period.

    ``outcomes`` are those of the findings, in ruleset order; findings with their reasons are made on demand.
    """

    unit: str
    kind: str
    name: str | None
    parent: str | None
    managing_level: str | None
    standard: str
    period: int
    outcome: Outcome
    scope: Outcome
    registered: Outcome
    status: str
    readings: Mapping[str, str]
    outcomes: tuple[Outcome, ...]
    telling: Telling = field(repr=False, compare=False)
    score_class: str | None = None
    """The class reached; None without classes, below the lowest, and where it is not known yet."""
    possible_classes: tuple[str, ...] = ()
    """The classes that it may still be, from the highest, where that is not known yet."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """One finding for each criterion, in ruleset order."""
        return self.telling.findings()

    @property
    def notes(self) -> tuple[VerdictNote, ...]:
        """What a reader should know besides."""
        return self.telling.notes()

    @property
    def score(self) -> Points | None:
        """The points of a score sheet; None where the standard has none."""
        return self.telling.score()

    @property
    def decided_by(self) -> tuple[Reason, ...]:
        """What besides single criteria keeps the unit from a pass: too few met, too few points, a veto."""
        return self.telling.decision()

    @property
    def met(self) -> int:
        """How many criteria are met."""
        return sum(outcome is PASS for outcome in self.outcomes)

    @property
    def applicable(self) -> int:
        """How many criteria apply, as far as is known."""
        return sum(outcome is not NOT_APPLICABLE for outcome in self.outcomes)

    def finding(self, criterion: str) -> Finding:
        """The finding of this criterion; KeyError if the standard has none."""
        for finding in self.findings:
            if finding.criterion == criterion:
                return finding
        raise KeyError(criterion)
