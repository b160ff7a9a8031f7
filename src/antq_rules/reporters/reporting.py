"""The formats in which an assessment can be reported.

A format is one module of this folder, ``<format>_format.py``, with a :class:`Reporter` named ``REPORTER``. A new format
is a new module here and nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol, TextIO

import antq_rules.reporters
from antq_rules.errors import Fault, ReportError, message
from antq_rules.operators.base import closest

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment

ENDING = "_format"


class Write(Protocol):
    """Writes the report of an assessment."""

    def __call__(self, assessment: Assessment, stream: TextIO, *, passes: bool = False) -> None:
        """Write to a text stream; with ``passes`` the reasons of passes too."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """How a format is written. ``exact`` ones are for programs: the same bytes everywhere."""

    write: Write
    exact: bool = False


@cache
def formats() -> tuple[str, ...]:
    """The names of all formats, sorted."""
    modules = pkgutil.iter_modules(antq_rules.reporters.__path__)
    return tuple(sorted(module.name.removesuffix(ENDING) for module in modules if module.name.endswith(ENDING)))


def reporter_of(format: str) -> Reporter:
    """The reporter of a format.

    Raises:
        ReportError: There is no such format.
    """
    if format in formats():
        found: Reporter = importlib.import_module(f"antq_rules.reporters.{format}{ENDING}").REPORTER
        return found
    raise ReportError(
        Fault(
            "unknown_format",
            message("there is no format '{format}'"),
            "{hint}",
            values={"format": format, "hint": closest(format, formats())},
        )
    )
