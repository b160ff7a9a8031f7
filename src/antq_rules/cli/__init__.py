"""The command ``antq``: arguments, progress and exit codes; what it does is done by the layers below."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from antq_rules.cli.interruption import interrupted, listen

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""

FEW_COLLECTIONS = 200_000
"""Containers that come before the garbage collector looks for circles: what a start makes stays to the end."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``antq`` and return its exit code.

    Args:
        arguments: What stands behind ``antq``; by default the arguments of the process.
    Returns: 0 every unit passes or is not applicable; 1 some fail or are undetermined; 2 some input, ruleset or plugin
        could not be used; 70 a fault of this program, with its traceback; 130 interrupted; 141 the reader of the
        output has gone.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if arguments is None:
        _own_process()
    try:
        code = _run(words)
    except KeyboardInterrupt:
        code = INTERRUPTED
    return INTERRUPTED if interrupted() else code


def _run(words: list[str]) -> int:
    if words == ["--version"]:
        # Asked often and by scripts: answered before anything is imported that takes time.
        from antq_rules.version import __version__

        print(f"antq {__version__}")
        return 0
    from antq_rules.cli.running import run

    return run(words)


def _own_process() -> None:
    """Set up a process in which nothing else runs."""
    listen()
    gc.set_threshold(FEW_COLLECTIONS)
    # Pydantic would look through all that is installed for plugins of its own; shapes are checked without any.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
