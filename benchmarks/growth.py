"""Growth: a country of tt-124-2021 from Parquet to Parquet through the command line, in a fresh process each time."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

from benchmarks.areas import PERIOD
from benchmarks.generate import generate
from benchmarks.startup import ANTQ
from benchmarks.tables import Table, megabytes, number, ratio, seconds
from benchmarks.targets import Target
from benchmarks.watch import Cost, cost_of

SIZES = (10_000, 100_000, 1_000_000)
MOST_MEMORY = 2e9


@dataclass(frozen=True, slots=True)
class Point:
    """The costs of one size, what went in and what came out."""

    units: int
    costs: tuple[Cost, ...]
    rows_in: int
    bytes_in: int
    rows_out: int
    bytes_out: int

    @property
    def wall(self) -> float:
        """Seconds by the clock, the median."""
        return median(one.wall for one in self.costs)

    @property
    def cpu(self) -> float:
        """Seconds of processor time, the median."""
        return median(one.cpu for one in self.costs)

    @property
    def peak(self) -> int:
        """Bytes of memory at the greatest, of all rounds."""
        return max(one.peak for one in self.costs)


def command(folder: Path, output: Path) -> list[str]:
    """The command that judges a folder of tables."""
    return [
        *ANTQ, "evaluate", str(folder), "--period", str(PERIOD), "--format", "parquet", "-o", str(output)
    ]  # fmt: skip


def measure(sizes: tuple[int, ...], scratch: Path, rounds: int) -> list[Point]:
    """The points of the curve; the sizes run in turn."""
    made = {units: generate(scratch / f"in-{units}", units) for units in sizes}
    costs: dict[int, list[Cost]] = {units: [] for units in sizes}
    for _ in range(rounds):
        for units in sizes:
            output = scratch / f"out-{units}"
            _remove(output)
            costs[units].append(cost_of(command(scratch / f"in-{units}", output), scratch))
    points = []
    for units in sizes:
        out = _files(scratch / f"out-{units}")
        points.append(
            Point(
                units,
                tuple(costs[units]),
                sum(made[units].values()),
                sum(file.stat().st_size for file in _files(scratch / f"in-{units}")),
                sum(pq.read_metadata(file).num_rows for file in out if file.suffix == ".parquet" or len(out) == 1),
                sum(file.stat().st_size for file in out),
            )
        )
    return points


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def table(points: list[Point]) -> Table:
    """A row a size."""
    head = (
        "units", "rows in", "time", "processor time", "time a unit", "processor time a unit", "greatest memory",
        "bytes in", "rows out", "bytes out", "bytes out a unit",
    )  # fmt: skip
    rows = [
        (
            number(one.units),
            number(one.rows_in),
            seconds(one.wall),
            seconds(one.cpu),
            f"{1e6 * one.wall / one.units:.1f} µs",
            f"{1e6 * one.cpu / one.units:.1f} µs",
            megabytes(one.peak),
            megabytes(one.bytes_in),
            number(one.rows_out),
            megabytes(one.bytes_out),
            number(one.bytes_out / one.units),
        )
        for one in points
    ]
    return Table(head, tuple(rows))


def targets(points: list[Point]) -> list[Target]:
    """What is to be reached at the largest size."""
    before, last = points[-2:]
    grown = (last.wall / last.units) / (before.wall / before.units)
    cpu_grown = (last.cpu / last.units) / (before.cpu / before.units)
    what = f"cost a unit at {last.units:,} against {before.units:,}"
    return [
        Target(
            f"greatest memory at {last.units:,} units of five kinds, Parquet to Parquet",
            MOST_MEMORY, last.peak, "growth", at_most=True, shown=megabytes,
        ),
        Target(f"{what}, by the clock", 1.3, grown, "growth", at_most=True, shown=ratio),
        Target(f"{what}, by processor time", 1.3, cpu_grown, "growth", at_most=True, shown=ratio),
    ]  # fmt: skip
