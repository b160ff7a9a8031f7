"""The command ``antq``: arguments, progress and exit codes; what it does is done by the layers below."""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``antq`` and return its exit code.

    Args:
        arguments: What stands behind ``antq``; by default the arguments of the process.
    Returns: 0 every unit passes or is not applicable; 1 some fail or are undetermined; 2 some input, ruleset or plugin
        could not be used; 70 a fault of this program, with its traceback; 130 interrupted; 141 the reader of the
        output has gone.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if words == ["--version"]:
            # Asked often and by scripts: answered before anything is imported that takes time.
            from antq_rules.version import __version__

            print(f"antq {__version__}")
            return 0
        from antq_rules.cli.running import run

        return run(words)
    except KeyboardInterrupt:
        return INTERRUPTED
