"""A whole run, written as Markdown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import batch, growth, machine, plot, profiling, single, startup
from benchmarks.tables import seconds
from benchmarks.targets import Target
from benchmarks.targets import table as target_table

HEAD = """\
# Results

Written by `python -m benchmarks`; do not edit. All figures are of one run on one machine, in which the contenders take
turns; shown are medians of the rounds ({rounds}; of growth {growth_rounds}), and ratios are medians of the rounds' own
ratios. Processor time is what all threads of a process spend: it tells more than the clock does where other programs
run besides.
"""

SINGLE = """\
## One unit at a time: tt124.kdc

An evidence object to a verdict object with the outcome of each of the 19 criteria, on the same units with 5 % of their
values missing; all answers are held against a plain evaluator. Ours checks every value against the dictionary of fields
besides; the peers take the evidence as it is. For the peers the host program leaves out the events beyond the window,
fills in nulls and puts the outcomes together; `benchmarks/area_peers.py` has their rules. Ratios are by processor time.

{table}
"ZEN expression alone" is all criteria as one compiled expression without rules or names, "plain Python" the evaluator
written by hand: no rule engines, but they show what is possible.
"""

FLAT = """\
## One unit at a time: 34 flat criteria

12 thresholds, 11 booleans and 11 counts of nothing; the peers of `benchmarks/peers.py`, ours by the ruleset
`benchmarks/flat-34`. Ratios are by processor time. The loader of zen-engine is not among the first peers, for which the
batch has a target, but faster.

{table}"""

BATCH = """\
## Many units at once: 34 flat criteria, {units:,} units

A warm table to outcome columns: ours through the ruleset `benchmarks/flat-34`, the others by queries written by hand.

{table}"""

START = """\
## Start

In a fresh process each time, {runs} times; the first run does not count. The targets are for an idle core. What other
programs do can only add to a run, so that the least processor time tells it best, and is what is held against them.

{table}"""

GROWTH = """\
## Growth: a country of tt-124-2021

Five kinds of unit with events and roll-up, made by `benchmarks/generate.py`, through the command line
(`antq evaluate FOLDER --period 2025 --format parquet -o FILE`), a fresh process each time. Memory is the greatest of
the process and all below it.

{table}
![Time and memory by the number of units](growth.svg)
"""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a run is."""

    rounds: int = 5
    single: int = 8000
    batch: int = 1_000_000
    sizes: tuple[int, ...] = growth.SIZES
    growth_rounds: int = 3

    @property
    def starts(self) -> int:
        """A start is over soon, and so repeated more often."""
        return 4 * self.rounds


def run(target: Path, scratch: Path, scale: Scale) -> None:
    """Run everything and write ``RESULTS.md``, the plot and the profiles into a folder."""
    described = machine.table()
    say("one unit at a time: tt124.kdc")
    area = single.area(scale.single, scale.rounds)
    say("one unit at a time: 34 flat criteria")
    flat = single.flat(scale.single // 2, scale.rounds)
    say("many units at once")
    many, many_targets = batch.report(scale.batch, scale.rounds, flat)
    say("start")
    start, start_targets = startup.report(scratch, scale.starts)
    say("growth")
    points = growth.measure(scale.sizes, scratch, scale.growth_rounds)
    targets = [*single.targets(area), *many_targets, *start_targets, *growth.targets(points)]
    (target / "growth.svg").write_text(drawn(points), encoding="utf-8")
    say("profiles of what was missed")
    profiles = profiled(targets, scratch, scale)
    parts = [
        HEAD.format(rounds=scale.rounds, growth_rounds=scale.growth_rounds),
        described.markdown(),
        "## Targets\n\n" + target_table(targets).markdown(),
        *([where_the_time_goes(profiles, targets)] if profiles else []),
        SINGLE.format(table=area.table().markdown()),
        FLAT.format(table=flat.table().markdown()),
        BATCH.format(table=many.markdown(), units=scale.batch),
        START.format(table=start.markdown(), runs=scale.starts),
        GROWTH.format(table=growth.table(points).markdown()),
    ]
    (target / "RESULTS.md").write_text("\n".join(parts), encoding="utf-8")
    write_profiles(target / "profiles", profiles)


def say(what: str) -> None:
    """Tell what is measured now."""
    print(what, file=sys.stderr, flush=True)


def drawn(points: list[growth.Point]) -> str:
    """The curve of growth."""
    sizes = [one.units for one in points]
    spent = [
        plot.Line("by the clock", [one.wall for one in points]),
        plot.Line("processor", [one.cpu for one in points]),
    ]
    memory = [plot.Line("greatest memory", [one.peak for one in points])]
    return plot.svg(
        [
            plot.Panel("Time", sizes, spent, lambda value: f"{value:,g} s"),
            plot.Panel("Memory", sizes, memory, lambda value: f"{value / 1e6:,.0f} MB"),
            plot.Panel(
                "Time a unit",
                sizes,
                [
                    plot.Line("by the clock", [one.wall / one.units for one in points]),
                    plot.Line("processor", [one.cpu / one.units for one in points]),
                ],
                seconds,
            ),
        ]
    )


def profiled(targets: list[Target], scratch: Path, scale: Scale) -> dict[str, str]:
    """A profile for each target that was missed, by its name."""
    makers: dict[str, Callable[[], str]] = {
        "scalar": lambda: profiling.of_engine("scalar", scale.single),
        "durable": lambda: profiling.of_engine("durable", scale.single),
        "batch": lambda: profiling.of_batch(scale.batch),
        "version": lambda: profiling.of_start(["--version"], scratch),
        "startup": lambda: profiling.of_start(["evaluate", str(scratch / "small.yaml"), "--period", "2025"], scratch),
        "growth": lambda: profiling.of_growth(scratch / f"in-{scale.sizes[-2]}", scratch),
    }
    missed = {one.profile for one in targets if one.missed}
    return {name: make() for name, make in makers.items() if name in missed}


def where_the_time_goes(profiles: dict[str, str], targets: list[Target]) -> str:
    """The targets missed with their profiles: the heads of them here, the rest in files."""
    parts = ["## Where the time goes\n"]
    for name, text in profiles.items():
        missed = "; ".join(one.what for one in targets if one.missed and one.profile == name)
        first = [line for line in text.splitlines() if line][:14]
        parts.append(f"Missed: {missed}. Profile: [profiles/{name}.txt](profiles/{name}.txt), of which the head:\n")
        parts.append("```text\n" + "\n".join(first) + "\n```\n")
    return "\n".join(parts)


def write_profiles(folder: Path, profiles: dict[str, str]) -> None:
    """Write profiles in the place of those of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.txt"):
        old.unlink()
    for name, text in profiles.items():
        (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
    if not profiles:
        folder.rmdir()
