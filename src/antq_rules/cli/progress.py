"""Progress of long work, for people at a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

LONG = 2_000
"""Units from which judging is long enough to be watched."""


@contextlib.contextmanager
def watched(units: int) -> Iterator[Callable[[int, int], None] | None]:
    """A function to call with the units done and their number; None where nobody watches."""
    if units < LONG or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress

    with Progress(BarColumn(), MofNCompleteColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=units)

        def note(done: int, total: int) -> None:
            if done % 100 == 0 or done == total:
                progress.update(task, completed=done, total=total)

        yield note
