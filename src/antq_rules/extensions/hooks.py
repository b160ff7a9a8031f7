"""The hook specifications that a plugin may implement. A hook takes nothing and gives all that the plugin offers.

Plugins only add: what one offers never takes the place of what another one does, and ids are claimed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pluggy

from antq_rules.extensions.formats import Reader, Reporter
from antq_rules.model.measure import MeasureFunction

hookspec = pluggy.HookspecMarker("antq_rules")
hookimpl = pluggy.HookimplMarker("antq_rules")


@hookspec
def antq_rulesets() -> Iterable[Path]:  # type: ignore[empty-body]
    """Folders of rulesets, each with a ``ruleset.yaml``."""


@hookspec
def antq_overlays() -> Iterable[Path]:  # type: ignore[empty-body]
    """Folders of overlays, each with an ``overlay.yaml``."""


@hookspec
def antq_measures() -> Iterable[MeasureFunction]:  # type: ignore[empty-body]
    """Functions that rulesets and overlays may call for a measure."""


@hookspec
def antq_readers() -> Iterable[Reader]:  # type: ignore[empty-body]
    """Formats of dossiers."""


@hookspec
def antq_reporters() -> Mapping[str, Reporter]:  # type: ignore[empty-body]
    """Formats of reports by their names."""


@hookspec
def antq_catalogues() -> Iterable[Path]:  # type: ignore[empty-body]
    """Folders with ``<language>/LC_MESSAGES/*.mo``, for sentences of the plugin's own."""
