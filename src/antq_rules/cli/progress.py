"""Progress of long work, for people at a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

LONG = 2_000
"""Units from which judging and writing are long enough to be watched."""


@contextlib.contextmanager
def watched(units: int, what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A function to call with the units done and their number; None where nobody watches.

    Args:
        units: How many there are.
        what: Is done with them, in a word before the bar.
    """
    if units < LONG or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=units)
        shown = 0

        def note(done: int, total: int) -> None:
            nonlocal shown
            if done - shown >= 100 or done == total:
                shown = done
                progress.update(task, completed=done, total=total)

        yield note
