"""The result as Parquet: a row a unit, or a row a finding.

What made the result, its counts, grouping units and quotas stand as JSON text under ``antq.assessment`` in the metadata
of the file, by the keys of the JSON document. The same result gives the same bytes, however it was put together: rows
are handed to the writer in groups of a fixed size, and copied, since the encoding of a column depends on what its
memory holds besides.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from antq_rules.assessment.document import SCHEMA, quota_row
from antq_rules.assessment.result import group_row, manifest, tally_row
from antq_rules.reporters.reporting import (
    ROWS,
    Part,
    PartWriter,
    Report,
    Reporter,
    ReportOptions,
    WholePart,
    needs_polars,
)

if TYPE_CHECKING:
    import polars as pl

ROW_GROUP = 65_536
PIECE_ROW_GROUP = 16_384
"""Pieces are read back group by group, so theirs are smaller."""

METADATA = "antq.assessment"


def check() -> None:
    """Refuse where Polars is not installed."""
    needs_polars("parquet")


def write(report: Report, stream: BinaryIO) -> None:
    """Write the table of units or of findings."""
    check()
    from antq_rules.reporters.rows import schema_of, tables_of

    part, options = WholePart(report), ReportOptions(report.passes, report.rows)
    schema = schema_of(part.plan, options)
    _sink(tables_of(part, options), schema, stream, _metadata(report.assessment), ROW_GROUP)


def write_part(part: Part, options: ReportOptions, path: Path) -> None:
    """Write a piece of the table."""
    check()
    from antq_rules.reporters.rows import schema_of, tables_of

    _sink(tables_of(part, options), schema_of(part.plan, options), path, {}, PIECE_ROW_GROUP)


def join_parts(pieces: Sequence[Path], result: Any, target: BinaryIO | Path) -> None:
    """Put pieces together in order, one group of rows at a time."""
    check()
    import polars as pl

    schema = pl.scan_parquet(pieces[0], glob=False).collect_schema()
    _sink(_read(pieces), dict(schema), target, _metadata(result), ROW_GROUP)


def _read(pieces: Iterable[Path]) -> Iterator[pl.DataFrame]:
    import polars as pl

    for piece in pieces:
        table = pl.scan_parquet(piece, glob=False)
        rows = table.select(pl.len()).collect().item()
        for first in range(0, rows, PIECE_ROW_GROUP):
            yield table.slice(first, PIECE_ROW_GROUP).collect()


def _metadata(result: Any) -> dict[str, str]:
    quotas = {"quotas": [quota_row(finding) for finding in result.quotas]} if result.quotas else {}
    about = {
        "schema": SCHEMA,
        "manifest": manifest(result),
        "summary": [tally_row(tally) for tally in result.summary],
        "groups": [group_row(group, result) for group in result.groups],
        **quotas,
    }
    return {METADATA: json.dumps(about, ensure_ascii=False)}


def _sink(
    tables: Iterable[pl.DataFrame],
    schema: dict[str, pl.DataType],
    target: BinaryIO | Path,
    metadata: dict[str, str],
    size: int,
) -> None:
    """Write tables one after another. What making them raises is raised here, and not as an error of the writer."""
    from polars.io.plugins import register_io_source

    raised: list[BaseException] = []

    def source(*_: object) -> Iterator[pl.DataFrame]:
        try:
            yield from _groups(tables, size)
        except BaseException as error:
            raised.append(error)
            raise

    try:
        register_io_source(source, schema=schema).sink_parquet(
            target,
            compression="zstd",
            compression_level=3,
            statistics=True,
            row_group_size=size,
            maintain_order=True,
            metadata=metadata,
        )
    except Exception:
        if raised:
            raise raised[0] from None
        raise


def _groups(tables: Iterable[pl.DataFrame], size: int) -> Iterator[pl.DataFrame]:
    """The same rows in tables of one size, each in memory of its own."""
    held: list[pl.DataFrame] = []
    rows = 0
    for table in tables:
        first = 0
        while first < table.height:
            held.append(table.slice(first, size - rows))
            first += held[-1].height
            rows += held[-1].height
            if rows == size:
                yield _copied(held)
                held, rows = [], 0
    if held:
        yield _copied(held)


def _copied(held: Sequence[pl.DataFrame]) -> pl.DataFrame:
    import polars as pl

    table = pl.concat(held)
    if table.height == 1:
        return table.select(pl.all().gather([0]))
    # What is put together of two is copied, and for lists much faster than what is gathered.
    half = table.height // 2
    return pl.concat([table.head(half), table.slice(half)], rechunk=True)


REPORTER = Reporter(
    write,
    exact=True,
    binary=True,
    rows=ROWS,
    parts=PartWriter(".parquet", write_part, join_parts),
    check=check,
)
