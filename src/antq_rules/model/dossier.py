"""A dossier: the units of a year with their evidence, as handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Any

from antq_rules.errors import Fault, Place
from antq_rules.frozen import frozen
from antq_rules.located import Document, Path, path_text

UNIT_KEYS = ("id", "kind", "name", "parent", "tags", "managing_level", "evidence")


@frozen
class Unit:
    """One unit and its evidence for a period.

    ``evidence`` maps declared field names to values, bare or as ``{value, document, confirmed_by, confirmed_on,
    note}``; a missing key is unknown. ``tags`` None is unknown, empty says none.
    """

    id: str
    kind: str
    name: str | None = None
    parent: str | None = None
    tags: tuple[str, ...] | None = None
    managing_level: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def to_mapping(self) -> dict[str, Any]:
        """The unit as a dossier writes it, without the keys that hold nothing."""
        row = {key: getattr(self, key) for key in UNIT_KEYS}
        row["tags"] = None if self.tags is None else list(self.tags)
        return {key: value for key, value in row.items() if value is not None}


@frozen
class Entry:
    """A unit as written, sound or not, with where it stands."""

    data: Any
    document: Document | None = None
    path: Path = ()

    def place(self, inner: Path = (), *, key: bool = False) -> Place | None:
        """Where something inside the unit stands, if the unit comes from a file."""
        return None if self.document is None else self.document.place((*self.path, *inner), key=key)

    def faults(self) -> list[Fault]:
        """What reading the text already found wrong inside this unit."""
        if self.document is None or not self.document.faults:
            return []
        before = len(path_text(self.path))
        return [
            replace(fault, path=fault.path[before:].lstrip(".")) for fault in self.document.faults_inside(self.path)
        ]


@frozen
class Dossier:
    """Units of a period, in the order of the input."""

    period: int | None
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, units: Iterable[Unit | Mapping[str, Any]], period: int | None = None) -> Dossier:
        """A dossier of units made in Python."""
        return cls(period, tuple([entry_of(unit) for unit in units]))


def entry_of(unit: Unit | Mapping[str, Any]) -> Entry:
    """A unit made in Python as an entry."""
    return Entry(unit.to_mapping() if isinstance(unit, Unit) else dict(unit))
