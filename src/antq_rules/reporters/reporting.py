"""The formats in which an assessment can be reported.

A format is one module of this folder, ``<format>_format.py``, with a :class:`Reporter` named ``REPORTER``. A new format
is a new module here and nothing else. Plugins offer theirs through the hook ``antq_reporters``; none may take a name
that is taken.
"""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import antq_rules.reporters
from antq_rules.errors import Fault, ReportError, message
from antq_rules.extensions.formats import Compare as Compare
from antq_rules.extensions.formats import Part as Part
from antq_rules.extensions.formats import PartWriter as PartWriter
from antq_rules.extensions.formats import Report as Report
from antq_rules.extensions.formats import Reporter as Reporter
from antq_rules.extensions.formats import ReportOptions as ReportOptions
from antq_rules.extensions.formats import Write as Write
from antq_rules.operators.base import closest

if TYPE_CHECKING:
    from antq_rules.extensions.plugins import Plugins
    from antq_rules.model.verdict import Verdict
    from antq_rules.plan.compiling import Plan

ENDING = "_format"

UNITS, FINDINGS = "units", "findings"
ROWS = (UNITS, FINDINGS)
"""Of what a table has a row each."""


@cache
def formats() -> tuple[str, ...]:
    """The names of all formats, sorted."""
    modules = pkgutil.iter_modules(antq_rules.reporters.__path__)
    return tuple(sorted(module.name.removesuffix(ENDING) for module in modules if module.name.endswith(ENDING)))


def reporters_of(plugins: Plugins | None = None) -> Mapping[str, Reporter]:
    """The reporters that plugins offer, by the names of their formats.

    Args:
        plugins: Whose reporters take part; the installed ones by default.
    Raises:
        PluginError: One has a name that is taken.
    """
    from antq_rules.extensions.plugins import claimed_already, installed_plugins

    found = {}
    for name, one in (plugins or installed_plugins()).reporters.items():
        if name in formats():
            raise claimed_already(one, name)
        found[name] = one.value
    return found


def reporter_of(format: str, plugins: Plugins | None = None) -> Reporter:
    """The reporter of a format.

    Args:
        format: Its name.
        plugins: Whose formats are known besides; those of the installed ones by default.
    Raises:
        ReportError: There is no such format.
    """
    others = reporters_of(plugins)
    if format in others:
        return others[format]
    if format in formats():
        found: Reporter = importlib.import_module(f"antq_rules.reporters.{format}{ENDING}").REPORTER
        return found
    raise ReportError(
        Fault(
            "unknown_format",
            message("there is no format '{format}'"),
            "{hint}",
            values={"format": format, "hint": closest(format, [*formats(), *others])},
        )
    )


def rows_wanted(rows: str | None, format: str, reporter: Reporter) -> str:
    """Of what the table of a format has its rows; units, if nothing is chosen.

    Raises:
        ReportError: The format is no table, or has no such rows.
    """
    if rows is None or rows in reporter.rows:
        return rows or UNITS
    raise ReportError(
        Fault(
            "no_rows",
            message("the format '{format}' has no rows to choose"),
            message("leave --rows out, or choose one of the formats {known}"),
            values={"format": format, "known": ", ".join(name for name in formats() if reporter_of(name).rows)},
        )
    )


# Tables


def needs_polars(format: str) -> None:
    """Refuse a format that is written by Polars where that is not installed.

    Raises:
        ReportError: It is not.
    """
    if find_spec("polars") is None:
        raise ReportError(
            Fault(
                "no_polars",
                message("the format '{format}' needs Polars, which is not installed"),
                message("install antq-rules[batch], or choose another format"),
                values={"format": format},
            )
        )


@dataclass(frozen=True)
class WholePart:
    """A result as its only piece."""

    report: Report

    @cached_property
    def codes(self) -> Any:
        """See :class:`Part`."""
        from antq_rules.assessment.result_rows import codes_of

        return codes_of(self.report.assessment)

    def verdicts(self) -> Iterator[Verdict]:
        """See :class:`Part`."""
        from antq_rules.assessment.result import watched

        return watched(self.report.assessment.verdicts, self.report.progress)

    @property
    def plan(self) -> Plan:
        """See :class:`Part`."""
        found: Plan = self.report.assessment.plan
        return found

    @property
    def language(self) -> str:
        """See :class:`Part`."""
        return str(self.report.assessment.language)


@contextlib.contextmanager
def bytes_to(target: BinaryIO | Path) -> Iterator[BinaryIO]:
    """A stream of bytes into a file, or the one that is given."""
    if not isinstance(target, Path):
        yield target
        return
    with target.open("wb") as stream:
        yield stream
