"""Judging by columns: the plan as Polars expressions over tables, for batches of any size.

A table of units has a row a unit and a column a value (see :mod:`antq_rules.engines.columnar_expressions`); a list of
records is a table of its own, whose rows name their unit by its place among the units. Sums over rows come first, then
scope and criteria, then the decision over the findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from polars import selectors

from antq_rules.engines.columnar_expressions import (
    CODES,
    OUTCOMES,
    STATES,
    Aggregate,
    Expressions,
    announced_column,
    columns_read,
    present_column,
    reported_columns,
    state_column,
)
from antq_rules.engines.protocol import Judgement
from antq_rules.engines.scalar import ScalarExecutor, own_criteria
from antq_rules.evidence.measuring import UNIT, Children, Values, children_key
from antq_rules.frozen import frozen
from antq_rules.model.expression import LEVELS, Count, Measure, Total, Truth, finding_key
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome, of_margin
from antq_rules.plan.compiling import Plan, PlannedStandard

OWNER = "#owner"
"""The column of a table of records that names the place of the unit, from 0."""

SCOPE = "#scope"
OUTCOME = "#outcome"
POINTS = ("#points.low", "#points.high")


@frozen
class Tables:
    """Units of one kind with their lists. Columns that are missing hold nothing that is known."""

    units: pl.DataFrame
    lists: Mapping[str, pl.DataFrame]


FEWEST = 64
"""Units of a kind from which a query is worth its planning."""


class ColumnarExecutor:
    """Judges all units of a kind at once. Few units are no table: the plain interpreter judges them."""

    name = "columnar"

    def __init__(self, plan: Plan) -> None:
        self._standards = {id: ColumnarStandard(standard) for id, standard in plan.standards.items()}
        self._few = ScalarExecutor(plan)

    def judge(self, standard: str, kind: str, values: Values) -> Judgement:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        return self._few.judge(standard, kind, values)

    def judge_many(self, standard: str, kind: str, batch: Sequence[Values]) -> Iterator[Judgement]:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        if len(batch) < FEWEST:
            return self._few.judge_many(standard, kind, batch)
        compiled = self._standards[standard]
        return compiled.judgements(compiled.judge(kind, compiled.tables(batch)))

    def holds(self, low: int, high: int) -> Outcome:
        """See :class:`~antq_rules.engines.protocol.Executor`."""
        return of_margin(low, high)


class ColumnarStandard:
    """The expressions of one standard."""

    def __init__(self, standard: PlannedStandard) -> None:
        self.finding, self.deciding = expressions, decisive = Expressions(), Expressions("#decision.")
        self.names = tuple(finding_key(criterion.id) for criterion in standard.criteria)
        truths = [criterion.truth for criterion in standard.criteria]
        self.criteria = [expressions.truth(truth) for truth in truths]
        self.scopes = {
            kind: None if truth is None else expressions.truth(truth) for kind, truth in standard.scopes.items()
        }
        own = own_criteria(standard)
        self.own = [pl.col(self.names[place]) for place in (range(len(self.names)) if own is None else own)]
        decision = standard.decision
        self.decision = None if decision is None else decisive.truth(decision.truth)
        self.classes = [] if decision is None else [decisive.test(one.reached) for one in decision.classes]
        self.class_names = tuple(f"#class{place}" for place in range(len(self.classes)))
        points = None if decision is None else decision.points
        self.points = None if points is None else decisive.measure(points)
        sorts = {
            sort_column(place, side): where
            for place, quota in enumerate(standard.quotas)
            for side, where in (("of", quota.of), ("among", quota.among))
            if where is not None
        }
        self.sorts = {name: expressions.truth(where) for name, where in sorts.items()}
        self.aggregates: dict[str, list[Aggregate]] = {}
        for one in (*expressions.aggregates.values(), *decisive.aggregates.values()):
            self.aggregates.setdefault(one.node.records, []).append(one)
        nodes: list[Truth | Measure] = [
            *truths,
            *(truth for truth in standard.scopes.values() if truth is not None),
            *sorts.values(),
            *([] if points is None else [points]),
        ]
        if decision is not None:
            nodes += [decision.truth, *(one.reached for one in decision.classes)]
        self.groups = tuple(group.name for group in standard.groups)
        self.columns = sorted(columns_read(nodes))

    # Tables

    def tables(self, batch: Sequence[Values]) -> Tables:
        """The values of units as tables."""
        columns: dict[str, Any] = {UNIT: pl.Series([values.get(UNIT) for values in batch], dtype=pl.String)}
        lists = {}
        for name in self.columns:
            column = [values.get(name) for values in batch]
            if name in self.aggregates or any(isinstance(value, tuple) for value in column):
                lists[name] = _rows(column, self.aggregates.get(name, ()))
                column = [None if rows is None else len(rows) for rows in column]
            columns[name] = pl.Series(column, dtype=pl.Int64)
        for group in self.groups:
            columns |= _states(group, [values[children_key(group)] for values in batch])
        return Tables(pl.DataFrame(columns), lists)

    # Judging

    def judge(self, kind: str, tables: Tables) -> pl.DataFrame:
        """The codes of scope, findings, outcome and classes of units, as Int8 columns without null.

        Beside them the ends of the points of a score sheet, and for each quota with a condition whether it holds.
        """
        # Differences of unsigned numbers, such as Polars gives for counts, would wrap.
        units = tables.units.lazy().cast({selectors.integer(): pl.Int64})
        missing = [name for name in self.columns if name not in tables.units.columns]
        units = units.with_columns(pl.lit(None, pl.Int64).alias(name) for name in missing)
        for name, aggregates in self.aggregates.items():
            sums = summed(tables.lists.get(name), aggregates)
            units = units.with_row_index(OWNER).join(sums, on=OWNER, how="left", maintain_order="left").drop(OWNER)
        units = with_columns(units, self.finding)
        scope_test = self.scopes[kind]
        scope = pl.lit(CODES[PASS], pl.Int8) if scope_test is None else _inside(scope_test)
        units = units.with_columns(
            scope.alias(SCOPE),
            *(one.alias(name) for one, name in zip(self.criteria, self.names, strict=True)),
            *(state.alias(name) for name, state in self.sorts.items()),
        )
        findings = [pl.col(name) for name in self.names]
        # The code of what does not apply is the greatest.
        nothing_applies = pl.min_horizontal(self.own) == CODES[NOT_APPLICABLE] if self.own else pl.lit(True)
        decided = self.decision
        if decided is None:
            decided = pl.min_horizontal(findings) if findings else pl.lit(CODES[NOT_APPLICABLE], pl.Int8)
        beyond = pl.col(SCOPE) == CODES[FAIL]
        outcome = (
            pl.when(pl.col(SCOPE) == CODES[UNDETERMINED])
            .then(pl.lit(CODES[UNDETERMINED], pl.Int8))
            .when(beyond | nothing_applies)
            .then(pl.lit(CODES[NOT_APPLICABLE], pl.Int8))
            .otherwise(decided)
        )
        units = with_columns(units, self.deciding)
        classes = [one.alias(name) for one, name in zip(self.classes, self.class_names, strict=True)]
        judged = units.with_columns(outcome.alias(OUTCOME), *classes)
        shown = [SCOPE, *self.names, *self.class_names]
        if self.points is not None:
            judged = judged.with_columns(end.alias(name) for end, name in zip(self.points, POINTS, strict=True))
        return judged.select(
            OUTCOME,
            *(POINTS if self.points is not None else ()),
            *self.sorts,
            *(
                pl.when(beyond).then(pl.lit(CODES[NOT_APPLICABLE], pl.Int8)).otherwise(pl.col(name)).alias(name)
                for name in shown
            ),
        ).collect()

    def judgements(self, judged: pl.DataFrame) -> Iterator[Judgement]:
        """What :meth:`judge` gave, unit by unit."""
        order = [OUTCOME, SCOPE, *self.names, *self.class_names]
        last = 2 + len(self.names)
        for row in judged.select(order).iter_rows():
            outcomes = [OUTCOMES[code] for code in row]
            yield Judgement(outcomes[1], tuple(outcomes[2:last]), outcomes[0], tuple(outcomes[last:]))


def sort_column(quota: int, side: str) -> str:
    """The column that says whether a unit is of the sort that a quota counts (``of``) or counts against (``among``)."""
    return f"#quota{quota}.{side}"


def with_columns(table: pl.LazyFrame, expressions: Expressions) -> pl.LazyFrame:
    """The table with the columns that some expressions need; a later one may read an earlier one."""
    for name, value in expressions.columns.items():
        table = table.with_columns(value.alias(name))
    return table


def _inside(scope: pl.Expr) -> pl.Expr:
    """A condition of scope that does not apply keeps nobody out."""
    return pl.when(scope == CODES[NOT_APPLICABLE]).then(pl.lit(CODES[PASS], pl.Int8)).otherwise(scope)


def _rows(lists: Iterable[tuple[Mapping[str, Any], ...] | None], aggregates: Iterable[Aggregate]) -> pl.DataFrame:
    """The rows of many units' lists, with the columns that some sums read."""
    names = sorted(_columns_of(aggregates))
    owned = [(owner, row) for owner, rows in enumerate(lists) if rows is not None for row in rows]
    columns = {name: pl.Series([row.get(name) for _, row in owned], dtype=pl.Int64) for name in names}
    return pl.DataFrame({OWNER: pl.Series([owner for owner, _ in owned], dtype=pl.UInt32), **columns})


def _columns_of(aggregates: Iterable[Aggregate]) -> set[str]:
    nodes: list[Truth | Measure] = []
    for one in aggregates:
        nodes += [one.node.where] if one.node.where is not None else []
        nodes += [one.node.column] if isinstance(one.node, Total) else []
    return columns_read(nodes)


def summed(rows: pl.DataFrame | None, aggregates: Sequence[Aggregate]) -> pl.LazyFrame:
    """The sums over the rows of a list, a row for each unit that has any."""
    if rows is None:
        rows = pl.DataFrame(schema={OWNER: pl.UInt32})
    missing = sorted(_columns_of(aggregates) - set(rows.columns))
    table = rows.lazy().with_columns(pl.lit(None, pl.Int64).alias(name) for name in missing)
    for one in aggregates:
        row = Expressions(f"{one.low}.")
        low, high = _contribution(one.node, row)
        # A column first: a condition that reads no column is one number, which a sum would count once for all rows.
        # And in Int64: counts of Polars are unsigned, and their differences would wrap.
        table = with_columns(table, row).with_columns(
            low.cast(pl.Int64).alias(one.low), high.cast(pl.Int64).alias(one.high)
        )
    return table.group_by(OWNER).agg(pl.col(end).sum() for one in aggregates for end in (one.low, one.high))


def _contribution(node: Count | Total, row: Expressions) -> tuple[pl.Expr, pl.Expr]:
    """What a row adds to the least and to the greatest sum."""
    outcome = pl.lit(CODES[PASS], pl.Int8) if node.where is None else row.truth(node.where)
    assert not row.aggregates, "a condition on rows reads their columns only"
    certain, possible = outcome == CODES[PASS], outcome == CODES[UNDETERMINED]
    if isinstance(node, Count):
        return certain, certain | possible
    zero = pl.lit(0, pl.Int64)
    low, high = row.measure(node.column)
    return (
        pl.when(certain).then(low).when(possible).then(pl.min_horizontal(zero, low)).otherwise(zero),
        pl.when(certain).then(high).when(possible).then(pl.max_horizontal(zero, high)).otherwise(zero),
    )


def _states(group: str, below: Sequence[Children]) -> dict[str, pl.Series]:
    """The columns that say how the units below stand."""
    columns = {
        present_column(group): pl.Series([one.present for one in below], dtype=pl.Boolean),
        announced_column(group): pl.Series([one.announced for one in below], dtype=pl.Int64),
    }
    for level in range(len(LEVELS)):
        for end, name in enumerate(reported_columns(group, level)):
            columns[name] = pl.Series([one.reported[level][end] for one in below], dtype=pl.Int64)
    for state in STATES:
        counts = [one.counts.get(state, 0) for one in below]
        columns[state_column(group, state)] = pl.Series(counts, dtype=pl.Int64)
    return columns
