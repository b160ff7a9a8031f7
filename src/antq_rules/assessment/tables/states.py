"""What communes must know of the units below them, gathered piece by piece."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat

import polars as pl

from antq_rules.assessment.judging import is_managed
from antq_rules.engines.columnar_expressions import (
    CODES,
    STATES,
    announced_column,
    present_column,
    reported_columns,
    state_column,
)
from antq_rules.evidence.measuring import PENDING, ChildState
from antq_rules.model.expression import LEVELS, ChildGroup
from antq_rules.model.outcome import NOT_APPLICABLE

State = tuple[str, str, int, int]
"""A group of units below, the unit above, the number of their state and how many are in it."""

SCHEMA = {"group": pl.String, "parent": pl.String, "state": pl.Int64, "count": pl.Int64}

_NOTHING = CODES[NOT_APPLICABLE]


def number_of(state: ChildState) -> int:
    """A number for a state."""
    return 9 * CODES[state.in_scope] + 3 * CODES[state.registered] + CODES[state.recognised]


_NUMBERS = {number_of(state): state for state in STATES}


def states_of(groups: Iterable[ChildGroup], kind: str, judged: pl.DataFrame) -> Iterator[State]:
    """How the units of a kind stand, for the units above them.

    Args:
        groups: Of the ruleset.
        kind: Of the units.
        judged: Their ``parent``, ``managing_level``, and as codes ``scope``, ``registered`` and ``outcome``.
    """
    # Beyond the scope means no, and so does a verdict that does not apply.
    scope, outcome = (
        pl.when(pl.col(name) == _NOTHING).then(0).otherwise(pl.col(name)).cast(pl.Int64)
        for name in ("scope", "outcome")
    )
    number = 9 * scope + 3 * pl.col("registered").cast(pl.Int64) + outcome
    for group in groups:
        if kind not in group.kinds:
            continue
        level = pl.col("managing_level")
        managed = judged.filter(
            pl.col("parent").is_not_null() & (level.is_null() | level.is_in(list(group.managed_by)))
        )
        counted = managed.group_by("parent", number.alias("state")).len("count").sort("parent", "state")
        for parent, state, count in counted.iter_rows():
            yield group.name, parent, state, count


def pending_state(
    groups: Iterable[ChildGroup], kind: str | None, parent: str | None, level: str | None
) -> Iterator[State]:
    """A refused unit, which is wholly unknown to the unit above it."""
    for group in groups:
        if parent is not None and is_managed(group, kind, level):
            yield group.name, parent, number_of(PENDING), 1


class StatesBelow:
    """The states of units below, by group and by the unit above; one thread may ask while another one adds."""

    def __init__(self) -> None:
        self._rows: list[State] = []
        self._frame: pl.DataFrame | None = None
        self._lock = threading.Lock()

    def add(self, states: Iterable[State]) -> None:
        """Count some more units."""
        with self._lock:
            self._rows += states
            self._frame = None

    @property
    def frame(self) -> pl.DataFrame:
        """One row for each group, unit above and state."""
        with self._lock:
            if self._frame is None:
                frame = pl.DataFrame(self._rows, schema=SCHEMA, orient="row")
                self._frame = frame.group_by("group", "parent", "state").agg(pl.col("count").sum()).sort(pl.all())
            return self._frame

    def columns(self, group: ChildGroup, ids: pl.Series, values: pl.DataFrame) -> dict[str, pl.Series]:
        """The columns that the expressions read of a group below some units.

        Args:
            group: Which units below.
            ids: Of the units above.
            values: Of the units above.
        """
        places = pl.DataFrame({"parent": ids})
        counts = self.frame.filter(pl.col("group") == group.name)
        found: dict[str, pl.Series] = {}
        present = pl.repeat(False, len(ids), eager=True)
        for state in STATES:
            one = counts.filter(pl.col("state") == number_of(state)).select("parent", "count")
            column = places.join(one, on="parent", how="left", maintain_order="left")["count"].fill_null(0)
            found[state_column(group.name, state)] = column
            present = present | (column > 0)
        found[present_column(group.name)] = present
        unknown = pl.repeat(None, len(ids), dtype=pl.Int64, eager=True)
        announced = values[group.announced] if group.announced in values.columns else unknown
        found[announced_column(group.name)] = announced.fill_null(0)
        for level in range(len(LEVELS)):
            low, high = reported_columns(group.name, level)
            known = group.reported[level]
            if known is None:
                found[low] = found[high] = unknown.fill_null(0)
            else:
                reported = values[known.name] if known.name in values.columns else unknown
                found[low], found[high] = reported.fill_null(known.low), reported.fill_null(known.high)
        return found

    def below(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, list[ChildState]]]:
        """The states of the units below each of some units, by group."""
        found: dict[str, dict[str, list[ChildState]]] = {}
        rows = self.frame.filter(pl.col("parent").is_in(list(ids)))
        for group, parent, state, count in rows.iter_rows():
            found.setdefault(parent, {}).setdefault(group, []).extend(repeat(_NUMBERS[state], count))
        return found
