"""The hook specifications that a plugin may implement."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pluggy

hookspec = pluggy.HookspecMarker("antq_rules")
hookimpl = pluggy.HookimplMarker("antq_rules")


@hookspec
def antq_rulesets() -> Iterable[Path]:  # type: ignore[empty-body]
    """Folders of rulesets, each with a ``ruleset.yaml``."""
