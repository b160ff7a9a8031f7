"""Which of the installed plugins take part; apart from what finds them, since options are parsed before that."""

from __future__ import annotations

from antq_rules.frozen import frozen


@frozen
class PluginChoice:
    """Which of the installed plugins take part.

    Names are those of distributions or of entry points. ``only`` None lets all take part that are not in ``without``.
    """

    without: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    data_only: bool = False


ALL = PluginChoice()
"""The choice of every installed plugin."""
