"""What a format is: how dossiers are read and reports written, whoever offers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

from antq_rules.model.dossier import Dossier


@dataclass(frozen=True, slots=True)
class Reader:
    """A format of dossiers.

    ``suffixes`` are those of its files, in small letters. ``read`` takes the bytes of a file and its name in messages
    and raises an EvidenceError where the file as a whole cannot be used; what is wrong inside a unit stays with it.
    ``claims`` tells from a text whose suffix is not known whether it is of this format; the reader of the smallest
    ``rank`` that claims a text reads it.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes, str], Dossier]
    claims: Callable[[str], bool]
    rank: int


class Write(Protocol):
    """Writes the report of an assessment."""

    def __call__(self, assessment: Any, stream: TextIO, *, passes: bool = False) -> None:
        """Write an ``Assessment`` to a text stream; with ``passes`` the reasons of passes too."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """How a format is written. ``exact`` ones are for programs: the same bytes everywhere."""

    write: Write
    exact: bool = False
