"""Where the time goes, as text: the functions that take most of it, without paths."""

from __future__ import annotations

import cProfile
import io
import pstats
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from antq_rules import Engine
from benchmarks import areas, batch, limit
from benchmarks.growth import command
from benchmarks.startup import ANTQ
from benchmarks.watch import ROOT, environment

SHOWN = 30
"""So many functions, or modules."""


def of_engine(name: str, count: int) -> str:
    """The evaluation of one unit after another by an engine."""
    engine = Engine("tt-124-2021", engine=name)
    units = areas.units(count)
    engine.evaluate(units[0], period=areas.PERIOD)
    return of_call(lambda: [engine.evaluate(unit, period=areas.PERIOD) for unit in units])


def of_batch(units: int) -> str:
    """Judging by columns; what Polars does inside is one line of it."""
    judge, given = batch.columnar(), batch.tables(limit.table(units))
    return of_call(lambda: judge.judge("flat", given))


def of_call(run: Callable[[], object]) -> str:
    """The functions of a call by the time of their own."""
    profile = cProfile.Profile()
    profile.runcall(run)
    return _told(profile)


def of_growth(folder: Path, scratch: Path) -> str:
    """A batch from Parquet to Parquet in a process of its own; what other threads do is not seen."""
    found = scratch / "growth.prof"
    arguments = command(folder, scratch / "profiled")[3:]
    _run([sys.executable, "-m", "cProfile", "-o", str(found), "-m", "antq_rules", *arguments], scratch)
    return _told(str(found))


def of_start(arguments: list[str], scratch: Path) -> str:
    """The modules that a command imports by the time of their own."""
    lines = _run([sys.executable, "-X", "importtime", *ANTQ[1:], *arguments], scratch).stderr.splitlines()
    times = [line.removeprefix("import time:").split("|") for line in lines if line.startswith("import time:")]
    rows = [(int(own), name.strip()) for own, _, name in times if own.strip().isdigit()]
    total = sum(own for own, _ in rows)
    longest = sorted(rows, reverse=True)[:SHOWN]
    return "\n".join(
        [
            f"{total / 1000:8.1f} ms  all {len(rows)} modules",
            *(f"{own / 1000:8.1f} ms  {name}" for own, name in longest),
        ]
    )


def _run(arguments: list[str], scratch: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=ROOT, env=environment(scratch), check=False)
    if "Traceback" in done.stderr:
        raise RuntimeError(done.stderr)
    return done


def _told(profile: cProfile.Profile | str) -> str:
    out = io.StringIO()
    pstats.Stats(profile, stream=out).strip_dirs().sort_stats("tottime").print_stats(SHOWN)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    # The first lines name the file that was read.
    start = next(place for place, line in enumerate(lines) if "function calls" in line)
    return "\n".join(lines[start:]).strip()
