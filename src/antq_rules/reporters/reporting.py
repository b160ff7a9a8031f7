"""The formats in which an assessment can be reported.

A format is one module of this folder, ``<format>_format.py``, with a :class:`Reporter` named ``REPORTER``. A new format
is a new module here and nothing else. Plugins offer theirs through the hook ``antq_reporters``; none may take a name
that is taken.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import antq_rules.reporters
from antq_rules.errors import Fault, ReportError, message
from antq_rules.extensions.formats import Compare as Compare
from antq_rules.extensions.formats import Report as Report
from antq_rules.extensions.formats import Reporter as Reporter
from antq_rules.extensions.formats import Write as Write
from antq_rules.operators.base import closest

if TYPE_CHECKING:
    from antq_rules.extensions.plugins import Plugins

ENDING = "_format"


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
