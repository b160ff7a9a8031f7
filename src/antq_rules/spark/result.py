"""The result of judging on Spark: tables of Spark, and counts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from types import TracebackType
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's own examples name it

from antq_rules.assessment.quotas import QuotaFinding
from antq_rules.assessment.result import Group, TakenPart, Tally, manifest
from antq_rules.assessment.result_rows import units_schema
from antq_rules.assessment.tables.running import Counts
from antq_rules.assessment.tables.summary import PieceSummary
from antq_rules.engine import Engine
from antq_rules.plan.compiling import Plan
from antq_rules.spark.opening import OpenedFrames, mapped, spark_schema, united
from antq_rules.spark.workers import NUMBER, REMAINS, Found, Joined, Work, arrow_schema


@dataclass(frozen=True)
class SparkResult:
    """Outcomes of all units of some tables, computed by Spark when they are asked for.

    Spark keeps the units and their outcomes until :meth:`close`; the result is a context manager, too.
    """

    engine: Engine
    work: Work
    opened: OpenedFrames
    before: OpenedFrames | None
    judged: list[DataFrame]
    tasks: list[tuple[DataFrame, Found]]

    def __enter__(self) -> SparkResult:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let Spark forget what it kept; the tables of this result are not to be used any more."""
        self.opened.close()
        if self.before is not None:
            self.before.close()

    # Tables

    @property
    def units(self) -> DataFrame:
        """A row for each unit that was judged or refused, in no order: its outcome, those of its criteria, its points.

        The names of criteria hold dots, so that Spark takes them between backticks.
        """
        schema = units_schema(self.plan)
        nothing = self.opened.spark.createDataFrame([], spark_schema(arrow_schema(schema)))
        columns = [_column(name) for name in schema]
        return united([nothing, *(frame.where(_column(NUMBER).isNotNull()).select(columns) for frame in self.judged)])

    def findings(self, *, passes: bool = False) -> DataFrame:
        """A row for each finding with its reasons, in no order; those of passes only where they are asked for."""
        nothing = self.opened.spark.createDataFrame([], spark_schema(arrow_schema(Found.schema)))
        return united([nothing, *(mapped(frame, replace(task, passes=passes)) for frame, task in self.tasks)])

    @property
    def rejected(self) -> DataFrame:
        """The units that were refused, and everything that is wrong with them."""
        return self.units.where("errors is not null").select("unit", "kind", "parent", "errors")

    # What is said of the whole

    @property
    def plan(self) -> Plan:
        """By which was judged."""
        return self.work.judging.plan

    @property
    def language(self) -> str:
        """Of the sentences."""
        return self.engine.language

    @property
    def taken_part(self) -> TakenPart:
        """The plugins that had a part."""
        return self.engine.taken_part

    @cached_property
    def _remains(self) -> DataFrame | None:
        if not self.judged:
            return None
        return united([frame.where(_column(REMAINS).isNotNull()).select(f"{REMAINS}.*") for frame in self.judged])

    def _summed(self, name: str, *more: Column) -> list[tuple[Any, ...]]:
        """Rows that batches left of what they counted, with their counts added up."""
        if self._remains is None:
            return []
        each = self._remains.select(F.explode(name).alias("one")).select("one.*")
        keys = [column for column in each.columns if column not in ("count", "order", "first")]
        return [tuple(row) for row in each.groupBy(*keys).agg(F.sum("count").alias("count"), *more).collect()]

    @cached_property
    def _counts(self) -> Counts:
        counts = sorted(self._summed("counts"), key=str)
        sorts = sorted(self._summed("sorts", F.min(F.struct("order", "first")).alias("first")), key=str)
        groups = [] if self._remains is None else self._remains.select(F.explode("groups").alias("one")).collect()
        summary = PieceSummary(
            counts=tuple((parent, standard, kind, outcome, count) for parent, standard, kind, outcome, count in counts),
            sorts=tuple((*row, (first["order"], first["first"])) for *row, first in sorts),
            groups=tuple(Group(*rest) for _, *rest in sorted(tuple(row["one"]) for row in groups)),
        )
        return Counts(self.work.judging, (summary,), self.opened.parents)

    @property
    def summary(self) -> tuple[Tally, ...]:
        """Counts for each kind, in the order of the standards."""
        return self._counts.summary

    @property
    def groups(self) -> tuple[Group, ...]:
        """The units of grouping kinds."""
        return self._counts.groups

    def summary_below(self, group: str) -> tuple[Tally, ...]:
        """Counts for each kind over all units below a grouping unit, however deep; empty if there are none."""
        return self._counts.summary_below(group)

    @property
    def quotas(self) -> tuple[QuotaFinding, ...]:
        """The findings of all quotas."""
        return self._counts.quotas

    @cached_property
    def exit_code(self) -> int:
        """0 every unit pass or not applicable, 1 some fail or undetermined, 2 some unit could not be used."""
        refused = 0 if self._remains is None else self._remains.agg(F.sum("refused")).collect()[0][0]
        return 2 if refused else int(self._counts.some_open)

    @property
    def manifest(self) -> dict[str, Any]:
        """What made the result, as ``antq.assessment/1`` says it; for the hashes all units are sorted once more."""
        return manifest(self)

    @cached_property
    def input_sha256(self) -> str:
        """The hash of the units, whatever they are written in: they pass through the driver, in order, in pieces."""
        return _sha256(self.opened)

    @cached_property
    def previous_sha256(self) -> str | None:
        """The same of last year's units."""
        return None if self.before is None else _sha256(self.before)


def _sha256(opened: OpenedFrames) -> str:
    found = hashlib.sha256(b"[")
    first = True
    for row in mapped(opened.texts(), Joined()).toLocalIterator():
        found.update(b"" if first else b",")
        found.update(row["text"].encode())
        first = False
    found.update(b"]")
    return found.hexdigest()


def _column(name: str) -> Column:
    return F.col(f"`{name}`")
