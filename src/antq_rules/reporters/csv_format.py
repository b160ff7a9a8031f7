"""The result as CSV: a row a unit, or a row a finding, parted by commas, in UTF-8 with a byte order mark.

Without the mark Excel takes a file for one in the code page of the machine and spoils every Vietnamese letter; other
programs pass it over. Text that a spreadsheet would take for a formula has an apostrophe before it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from antq_rules.reporters.reporting import (
    ROWS,
    Part,
    PartWriter,
    Report,
    Reporter,
    ReportOptions,
    WholePart,
    bytes_to,
    needs_polars,
)

MARK = "\ufeff"
LINES = 10_000
"""How many rows are made text at once."""


def check() -> None:
    """Refuse where Polars is not installed."""
    needs_polars("csv")


def write(report: Report, stream: TextIO) -> None:
    """Write the table of units or of findings."""
    check()
    for text in _texts(WholePart(report), ReportOptions(report.passes, report.rows)):
        stream.write(text)


def write_part(part: Part, options: ReportOptions, path: Path) -> None:
    """Write a piece of the table, with its header."""
    check()
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for text in _texts(part, options):
            stream.write(text)


def join_parts(pieces: Sequence[Path], result: Any, target: BinaryIO | Path) -> None:
    """Put pieces together in order, under the header of the first."""
    with bytes_to(target) as stream:
        for position, piece in enumerate(pieces):
            with piece.open("rb") as lines:
                if position:
                    lines.readline()
                shutil.copyfileobj(lines, stream)


def _texts(part: Part, options: ReportOptions) -> Iterator[str]:
    import polars as pl

    from antq_rules.reporters.rows import schema_of, tables_of, text_rows

    yield MARK + text_rows(pl.DataFrame(schema=schema_of(part.plan, options))).write_csv()
    for table in tables_of(part, options):
        for rows in table.iter_slices(LINES):
            yield text_rows(rows).write_csv(include_header=False)


REPORTER = Reporter(
    write,
    exact=True,
    rows=ROWS,
    parts=PartWriter(".csv", write_part, join_parts),
    check=check,
)
