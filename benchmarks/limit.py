"""The limit for batches: queries written by hand over a warm table of 34 criteria, 5 % of the values missing.

The Int8 outcome columns are what our own judging by columns is compared with.
"""

# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

N = 34
U = 1_000_000


def table(units: int = U) -> pl.DataFrame:
    """The table; the same number of units gives the same one."""
    rng = np.random.default_rng(1)
    cols = {}
    for i in range(N):
        m = rng.random(units) < 0.05 / N * 5
        if i % 3 == 0:
            a = pl.Series(rng.integers(60, 100, units))
        elif i % 3 == 1:
            a = pl.Series(rng.random(units) < 0.97)
        else:
            a = pl.Series((rng.random(units) < 0.03).astype(np.int64))
        cols[f"f{i}"] = pl.select(pl.when(pl.Series(~m)).then(a)).to_series()
    return pl.DataFrame(cols)


FAILS = [
    (pl.col(f"f{i}") < 70 if i % 3 == 0 else (~pl.col(f"f{i}") if i % 3 == 1 else pl.col(f"f{i}") > 0))
    for i in range(N)
]


def bits(es: list[pl.Expr]) -> pl.Expr:
    """A bit for each condition."""
    return pl.sum_horizontal([e.fill_null(False).cast(pl.UInt64) * (1 << i) for i, e in enumerate(es)])


def bitmask(df: pl.DataFrame) -> pl.DataFrame:
    """Bit masks of what fails and of what is missing."""
    return df.lazy().select(failed=bits(FAILS), missing=bits([pl.col(f"f{i}").is_null() for i in range(N)])).collect()


def outcomes(df: pl.DataFrame) -> pl.DataFrame:
    """An Int8 column a criterion: 0 fails, 1 passes, 2 is missing."""
    return (
        df.lazy()
        .select(
            [
                pl.when(e.is_null()).then(2).when(e).then(0).otherwise(1).cast(pl.Int8).alias(f"o{i}")
                for i, e in enumerate(FAILS)
            ]
        )
        .collect()
    )


def lists(df: pl.DataFrame) -> pl.DataFrame:
    """Lists of what fails and of what is missing."""
    return (
        df.lazy()
        .select(
            failed=pl.concat_list(
                [pl.when(e).then(pl.lit(i, dtype=pl.Int16)) for i, e in enumerate(FAILS)]
            ).list.drop_nulls(),
            missing=pl.concat_list(
                [pl.when(pl.col(f"f{i}").is_null()).then(pl.lit(i, dtype=pl.Int16)) for i in range(N)]
            ).list.drop_nulls(),
        )
        .collect()
    )


def duckdb_bitmask(df: pl.DataFrame) -> Callable[[], Any]:
    """The bit masks by a query of DuckDB over the same table."""
    import duckdb

    ar = df.to_arrow()
    con = duckdb.connect()
    con.register("t", ar)
    sf = " + ".join(
        (
            f"(case when f{i}<70 then {1 << i} else 0 end)"
            if i % 3 == 0
            else f"(case when f{i}=false then {1 << i} else 0 end)"
            if i % 3 == 1
            else f"(case when f{i}>0 then {1 << i} else 0 end)"
        )
        for i in range(N)
    )
    sm = " + ".join(f"(case when f{i} is null then {1 << i} else 0 end)" for i in range(N))
    q = f"select {sf} failed, {sm} missing from t"
    return lambda: con.sql(q).to_arrow_table()
