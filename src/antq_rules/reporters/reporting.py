"""The formats in which an assessment can be reported.

A format is one module of this folder whose name ends in ``_format``: it holds a :class:`Reporter` named ``REPORTER``. A
new format is a new module here and nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TextIO

import antq_rules.reporters
from antq_rules.errors import Fault, ReportError, message
from antq_rules.operators.base import closest

if TYPE_CHECKING:
    from antq_rules.assessment.assessing import Assessment


class Write(Protocol):
    """Writes the report of an assessment."""

    def __call__(self, assessment: Assessment, stream: TextIO, *, passes: bool = False) -> None:
        """Write to a text stream; with ``passes`` the reasons of passes too."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """A format of reports. ``exact`` ones are for programs: the same bytes everywhere."""

    name: str
    write: Write
    exact: bool = False


@cache
def reporters() -> MappingProxyType[str, Reporter]:
    """Every reporter by the name of its format, sorted."""
    found: dict[str, Reporter] = {}
    for module in pkgutil.iter_modules(antq_rules.reporters.__path__):
        if module.name.endswith("_format"):
            reporter: Reporter = importlib.import_module(f"antq_rules.reporters.{module.name}").REPORTER
            found[reporter.name] = reporter
    return MappingProxyType(dict(sorted(found.items())))


def reporter_of(name: str) -> Reporter:
    """The reporter of a format.

    Raises:
        ReportError: There is no such format.
    """
    if name in reporters():
        return reporters()[name]
    raise ReportError(
        Fault(
            "unknown_format",
            message("there is no format '{format}'"),
            "{hint}",
            values={"format": name, "hint": closest(name, reporters())},
        )
    )
