"""A batch in Spark to its judged units, level by level."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as all of Spark's own examples name it

from antq_rules.assessment.tables.judging import levels_of
from antq_rules.assessment.tables.opening import KIND
from antq_rules.engine import Engine
from antq_rules.engines.choosing import executor_for
from antq_rules.plan.compiling import Plan
from antq_rules.spark.opening import OpenedFrames, mapped, united
from antq_rules.spark.result import SparkResult
from antq_rules.spark.workers import (
    ASKED,
    BEFORE,
    BELOW,
    NUMBER,
    REMAINS,
    UNIT_ID,
    Found,
    Judged,
    Past,
    Refused,
    Units,
    Work,
)


def assess(
    engine: Engine,
    tables: Mapping[str, DataFrame],
    *,
    period: int,
    previous: Mapping[str, DataFrame] | None = None,
) -> SparkResult:
    """Judge the units of tables on Spark, and roll them up.

    Args:
        engine: It is pickled to the workers, on which the same packages must be installed.
        tables: Frames of Spark by name; see docs/tables.md for what they hold. Their rows must come in the same order
            whenever Spark computes them, as those of files do.
        period: The year judged.
        previous: Last year's tables.
    Returns: The same outcomes, reasons and hashes as :meth:`Engine.assess_table` gives for the same tables. The tables
        are read and checked at once; units are judged when a result is asked for.
    Raises:
        EvidenceError: A table is unknown or wrong, or rows are of no unit.
        RulesetError: Polars is not installed.
    """
    executor_for("columnar")
    work = Work(pickle.dumps(engine), period)
    opened = OpenedFrames(tables, work)
    try:
        before = None if previous is None else OpenedFrames(previous, work)
    except BaseException:
        opened.close()
        raise
    run = Run(opened, work, before)
    return SparkResult(engine, work, opened, before, run.judged, run.tasks)


@dataclass(frozen=True)
class Stage:
    """Units that can be judged at once: those of some kinds in one table, with whatever else is known of them."""

    frame: DataFrame
    units: Units
    kinds: frozenset[str]


class Run:
    """The stages of one plan, each judged by what those before it left."""

    def __init__(
        self, opened: OpenedFrames, work: Work, before: OpenedFrames | None, refused: DataFrame | None = None
    ) -> None:
        self.opened = opened
        self.work = work
        self.before = before
        self.refused = refused
        self.plan: Plan = work.judging.plan
        self.tasks: list[tuple[DataFrame, Found]] = []
        self.judged: list[DataFrame] = []
        judged_kinds = frozenset(self.plan.order)
        for level in [None, *levels_of(self.plan)]:
            # Units of kinds that have no verdict come first: refused, they are pending for those above them.
            stages = [stage for one, frame in opened.units if (stage := self._stage(one, frame, level, judged_kinds))]
            states = self._states()
            done = [self._judged(stage, states) for stage in stages]
            self.judged += done

    def _stage(
        self, units: Units, frame: DataFrame, level: frozenset[str] | None, judged: frozenset[str]
    ) -> Stage | None:
        kind = units.sheet.table.of
        if kind:
            inside = kind not in judged if level is None else kind in level
            return Stage(frame, units, level or frozenset()) if inside else None
        if level is None:
            others = ~F.coalesce(F.col(KIND).isin(*judged), F.lit(False))
            return Stage(frame.where(others), units, frozenset())
        return Stage(frame.where(F.col(KIND).isin(*level)), units, level)

    def _judged(self, stage: Stage, states: DataFrame | None) -> DataFrame:
        frame = stage.frame
        standards = [standard for kind in stage.kinds if (standard := self.plan.standard_of(kind)) is not None]
        if states is not None and any(standard.groups for standard in standards):
            frame = frame.join(states, UNIT_ID, "left")
        if stage.kinds and self._last_year is not None:
            frame = frame.join(self._last_year, UNIT_ID, "left")
        if stage.kinds and self._asked is not None:
            frame = frame.join(self._asked, NUMBER, "left")
        frame = self._withheld(frame)
        self.tasks.append((frame, Found(self.work, stage.units, stage.kinds)))
        return self.opened.keep(mapped(frame, Judged(self.work, stage.units, stage.kinds)))

    def _states(self) -> DataFrame | None:
        """The states of units judged so far, by the unit above them."""
        if not self.judged or not self.plan.ruleset.children:
            return None
        left = united([frame.where(F.col(REMAINS).isNotNull()).select(REMAINS) for frame in self.judged])
        each = left.select(F.explode(f"{REMAINS}.states").alias("one")).select("one.*")
        counted = each.groupBy("group", "parent", "state").agg(F.sum("count").alias("count"))
        return counted.groupBy(F.col("parent").alias(UNIT_ID)).agg(
            F.collect_list(F.struct("group", "state", "count")).alias(BELOW)
        )

    @cached_property
    def _last_year(self) -> DataFrame | None:
        """Last year's units by their ids."""
        if self.before is None or not self.before.units:
            return None
        rows = united([mapped(frame, Past(self.work, units)) for units, frame in self.before.units])
        every = F.struct(*rows.columns)
        by_id = rows.groupBy(F.col(rows.columns[0]).alias(UNIT_ID)).agg(F.collect_list(every).alias(BEFORE))
        return self.opened.keep(by_id)

    @cached_property
    def _asked(self) -> DataFrame | None:
        """The verdicts of units under the rulesets used; those that are refused are pending there, too."""
        if not self.work.judging.used or not self.opened.units:
            return None
        refused = self.opened.keep(
            united([mapped(self._withheld(frame), Refused(self.work, units)) for units, frame in self.opened.units])
        )
        found = []
        for number, _ in enumerate(self.work.judging.used):
            work = Work(self.work.engine, self.work.period, (*self.work.used, number))
            run = Run(self.opened, work, self.before, refused)
            found += [frame.select(NUMBER, "standard", "outcome").where("outcome is not null") for frame in run.judged]
        asked = united(found).groupBy(NUMBER).agg(F.collect_list(F.struct("standard", "outcome")).alias(ASKED))
        return self.opened.keep(asked)

    def _withheld(self, frame: DataFrame) -> DataFrame:
        """Units with what refuses them elsewhere."""
        return frame if self.refused is None else frame.join(self.refused, NUMBER, "left")
