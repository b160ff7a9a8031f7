"""Results as tables of units or of findings, and the same as text for CSV."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import polars as pl

from antq_rules.assessment.result_rows import (
    DOCUMENT,
    REASON,
    finding_rows,
    findings_schema,
    unit_rows,
    units_schema,
)
from antq_rules.plan.compiling import Plan
from antq_rules.reporters.reporting import UNITS, Part, ReportOptions

AT_ONCE = 1_000
"""Of how many units findings are held at once."""

BETWEEN_IDS, BETWEEN_SENTENCES = "; ", " | "

FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
"""How text begins that a spreadsheet would take for a formula."""


def schema_of(plan: Plan, options: ReportOptions) -> dict[str, pl.DataType]:
    """The columns of the table that the options ask for."""
    return units_schema(plan) if options.rows == UNITS else findings_schema()


def tables_of(part: Part, options: ReportOptions) -> Iterator[pl.DataFrame]:
    """The table that the options ask for, in pieces that fit into memory."""
    if options.rows == UNITS:
        yield unit_rows(part.codes, part.plan)
        return
    verdicts = part.verdicts()
    while some := list(islice(verdicts, AT_ONCE)):
        yield finding_rows(some, part.plan.ruleset.id, passes=options.passes)


def text_rows(table: pl.DataFrame) -> pl.DataFrame:
    """A table of units or of findings with nothing but numbers and text in its cells.

    Lists of ids are parted by ``; ``. Reasons become three columns: their sentences, parted by `` | ``, their codes and
    the fields that are missing. Text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    columns: list[pl.Expr] = []
    for name, type in table.schema.items():
        column = pl.col(name)
        if type == pl.List(REASON):
            columns += [
                column.list.eval(pl.element().struct.field("text")).list.join(BETWEEN_SENTENCES).alias(name),
                column.list.eval(pl.element().struct.field("code")).list.join(BETWEEN_IDS).alias("codes"),
                column.list.eval(pl.element().struct.field("missing").list.explode())
                .list.drop_nulls()
                .list.unique(maintain_order=True)
                .list.join(BETWEEN_IDS)
                .alias("missing"),
            ]
        elif type == pl.List(DOCUMENT):
            columns.append(column.list.eval(_document()).list.join(BETWEEN_SENTENCES))
        elif type == pl.List(pl.String):
            columns.append(column.list.join(BETWEEN_IDS))
        elif type.is_decimal():
            columns.append(_number(column))
        else:
            columns.append(column)
    texts = table.select(columns)
    told = [name for name, type in texts.schema.items() if type == pl.String and name not in _POINTS]
    return texts.with_columns(_told(pl.col(name)).alias(name) for name in told)


def _told(text: pl.Expr) -> pl.Expr:
    """Text that is taken for nothing but text; an empty one is no text."""
    return pl.when(text.str.contains(FORMULA)).then("'" + text).when(text != "").then(text)


_POINTS = ("score_least", "score_most")


def _number(points: pl.Expr) -> pl.Expr:
    """Points without zeros behind the last place that counts."""
    return points.cast(pl.String).str.replace(r"\.?0+$", "")


def _document() -> pl.Expr:
    """``party_resolution_date: Nghị quyết, 01-NQ/CB, 2025-02-03, Chi bộ``."""
    document = pl.element().struct
    field, *told = [document.field(one.name) for one in DOCUMENT.fields]
    return field + ": " + pl.concat_str(told, separator=", ", ignore_nulls=True)
