"""Many units at once: a warm table of 34 flat criteria to outcome columns, against queries written by hand."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl

from antq_rules import Engine, load_ruleset
from antq_rules.engines.columnar import OUTCOME, ColumnarStandard, Tables
from antq_rules.engines.columnar_expressions import CODES
from antq_rules.model.outcome import FAIL, PASS, UNDETERMINED
from benchmarks import limit, peers
from benchmarks.areas import PERIOD
from benchmarks.peers import N
from benchmarks.single import FLAT, Comparison
from benchmarks.tables import Table, number, ratio
from benchmarks.targets import Target
from benchmarks.timing import Contender, Timing, alternate

OURS = "antq_rules by columns"
LIMIT = "Polars, Int8 outcome columns (the limit)"
LISTED = 200_000
"""Lists are slow: so many units of the table are enough for them."""


def columnar() -> ColumnarStandard:
    """Our own expressions for the ruleset with the 34 criteria."""
    (standard,) = Engine(load_ruleset(FLAT), engine="columnar").plan(PERIOD).standards.values()
    return ColumnarStandard(standard)


def tables(df: pl.DataFrame) -> Tables:
    """The table as our own judging takes it: truths are whole numbers there."""
    return Tables(df.select(pl.all().cast(pl.Int64)), {})


def wrong_outcomes(found: pl.DataFrame, right: pl.DataFrame) -> int:
    """How many of our outcomes are others than those of the limit."""
    codes = {0: CODES[FAIL], 1: CODES[PASS], 2: CODES[UNDETERMINED]}
    names = [name for name in found.columns if name not in (OUTCOME, "#scope")]
    wrong = 0
    for name, column in zip(names, right.columns, strict=True):
        wrong += int((found[name] != right[column].replace_strict(codes, return_dtype=pl.Int8)).sum())
    all_of = pl.min_horizontal(found.select(names).get_columns())
    return wrong + int((found[OUTCOME] != found.select(all_of).to_series()).sum())


def wrong_masks(found: pl.DataFrame, right: pl.DataFrame) -> int:
    """How many bits of masks are others than the limit's outcomes."""
    wrong = 0
    for i, column in enumerate(right.columns):
        for mask, code in (("failed", 0), ("missing", 2)):
            bit = found[mask].cast(pl.UInt64) // (1 << i) % 2 == 1
            wrong += int((bit != (right[column] == code)).sum())
    return wrong


def wrong_lists(found: pl.DataFrame, right: pl.DataFrame) -> int:
    """How many lists are others than the limit's outcomes."""
    wrong = 0
    for i, column in enumerate(right.columns):
        for name, code in (("failed", 0), ("missing", 2)):
            inside = found[name].list.contains(i)
            wrong += int((inside != (right[column] == code)).sum())
    return wrong


def measure(units: int, rounds: int) -> tuple[dict[str, Timing], dict[str, int], dict[str, str]]:
    """The timings, the wrong answers, and what could not be measured and why."""
    df = limit.table(units)
    right = limit.outcomes(df)
    judge, ours = columnar(), tables(df)
    few = df.head(LISTED)
    runs: dict[str, tuple[int, Any, Any]] = {
        OURS: (units, partial(judge.judge, "flat", ours), wrong_outcomes),
        LIMIT: (units, partial(limit.outcomes, df), lambda found, right: int(not found.equals(right))),
        "Polars, bit masks": (units, partial(limit.bitmask, df), wrong_masks),
        "Polars, lists": (few.height, partial(limit.lists, few), wrong_lists),
    }
    missing = {}
    try:
        by_duckdb = limit.duckdb_bitmask(df)
        runs["DuckDB, bit masks"] = (
            units,
            by_duckdb,
            lambda found, right: wrong_masks(pl.DataFrame(pl.from_arrow(found)), right),
        )
    except ModuleNotFoundError:
        missing["DuckDB, bit masks"] = "not installed"
    wrong = {name: check(run(), right.head(size)) for name, (size, run, check) in runs.items()}
    contenders = [Contender(name, size, run) for name, (size, run, _) in runs.items()]
    return alternate(contenders, rounds), wrong, missing


def report(units: int, rounds: int, flat: Comparison) -> tuple[Table, list[Target]]:
    """The table of a run and what is to be reached, the peers of which stand in another table of the same run."""
    timings, wrong, missing = measure(units, rounds)
    head = ("", "units/s", "processor ns a unit", "wrong answers", "ours is", "ours is, by processor time")
    ours = timings[OURS]
    rows = [
        (
            name,
            number(timing.rate),
            f"{1e9 / timing.cpu_rate:.1f}",
            f"{wrong[name]} of {timing.units * N:,}",
            ratio(ours.times(timing)),
            ratio(ours.cpu_times(timing)),
        )
        for name, timing in timings.items()
    ]
    rows += [(name, why, "", "", "", "") for name, why in missing.items()]
    first = [one.name for one in peers.RULE_ENGINES if one.make is not peers.zen_loaded]
    targets = [
        Target(f"batch, 34 flat criteria, {units:,} units, against the limit", 0.5, ours.times(timings[LIMIT]), "batch")
    ]
    for names in (first, list(flat.engines)):
        fastest = flat.fastest_of(names)
        reached = None if fastest is None else ours.rate / flat.timings[fastest].rate
        what = f"the same, against the fastest rule engine one unit at a time ({fastest})"
        if what not in [one.what for one in targets]:
            targets.append(Target(what, 1000, reached, "batch"))
    return Table(head, tuple(rows)), targets
