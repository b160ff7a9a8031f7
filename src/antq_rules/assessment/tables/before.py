"""Last year's units, as far as this year's counts are compared with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from antq_rules.assessment.result import Rejected
from antq_rules.assessment.tables.hashing import InputHash
from antq_rules.assessment.tables.opening import OpenedTables
from antq_rules.assessment.tables.pieces import Admission, AdmittedPiece, Item
from antq_rules.evidence.intake import Facts, Intake
from antq_rules.evidence.measuring import UNIT
from antq_rules.model.dossier import Unit
from antq_rules.plan.compiling import Plan

_KIND = "#kind"
_REFUSED = "#refused"


class LastYear:
    """Last year's units, of which only ids and counts to compare with are known.

    Args:
        plan: Of the year judged.
        frame: A row for each unit, in the shape that :attr:`schema` says.
    """

    def __init__(self, plan: Plan, frame: pl.DataFrame | None = None) -> None:
        self.plan = plan
        self.compared: Mapping[str, Mapping[str, str]] = {
            kind: {name: known.previous_of for name, known in fields.items() if known.previous_of}
            for kind, fields in plan.fields.items()
        }
        self.counts = sorted({last for fields in self.compared.values() for last in fields.values()})
        self.frame = pl.DataFrame(schema=self.schema) if frame is None else frame

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The columns of its frame."""
        counts = dict.fromkeys(self.counts, pl.Int64())
        return {UNIT: pl.String(), _KIND: pl.String(), _REFUSED: pl.Boolean(), **counts}

    def rows(self, admitted: AdmittedPiece) -> pl.DataFrame:
        """The units of a piece of last year in the shape of the frame."""
        frames = [pl.DataFrame(schema=self.schema)]
        for kind, one in admitted.columns.items():
            units = one.admitted.units.filter(one.sound)
            counts = [name if name in units.columns else pl.lit(None, pl.Int64).alias(name) for name in self.counts]
            frames.append(units.select(UNIT, pl.lit(kind).alias(_KIND), pl.lit(False).alias(_REFUSED), *counts))
        rows = [self._row(item) for item in admitted.items.values()]
        frames.append(pl.DataFrame(rows, schema=self.schema, orient="row"))
        return pl.concat(frames)

    def _row(self, item: Item) -> list[object]:
        if isinstance(item, Rejected):
            return [item.unit, item.kind, True, *[None] * len(self.counts)]
        return [item.unit.id, item.unit.kind, False, *(item.values.get(name) for name in self.counts)]

    def filled(self, kind: str, units: pl.DataFrame) -> pl.DataFrame:
        """The values of units of a kind, with last year's counts where they do not state them themselves."""
        fields = self.compared[kind]
        if not fields:
            return units
        last = self.frame.filter((pl.col(_KIND) == kind) & ~pl.col(_REFUSED)).unique(UNIT, keep="first")
        joined = units.select(UNIT).join(last, on=UNIT, how="left", maintain_order="left")
        return units.with_columns(
            units[name].fill_null(joined[count]) if name in units.columns else joined[count].alias(name)
            for name, count in fields.items()
        )

    def units(self, ids: Sequence[str]) -> dict[str, Item]:
        """Some of last year's units by their ids, with nothing but the counts to compare with."""
        found: dict[str, Item] = {}
        for row in self.frame.filter(pl.col(UNIT).is_in(list(ids))).iter_rows(named=True):
            if row[_REFUSED]:
                found[row[UNIT]] = Rejected(row[UNIT], row[_KIND], None, None, ())
            else:
                values = {name: row[name] for name in self.counts if row[name] is not None}
                found[row[UNIT]] = Facts(Unit(row[UNIT], row[_KIND]), values, {})
        return found


class Before(LastYear):
    """Last year's units as its tables have them.

    Args:
        tables: Of last year.
        intake: Of the plan of the year judged.
        restrict: Whether the plan is that of a ruleset used.
    """

    def __init__(self, tables: OpenedTables, intake: Intake, *, restrict: bool = False) -> None:
        super().__init__(intake.plan)
        admission = Admission(tables, intake, restrict=restrict)
        hashed = InputHash(tables.ids)
        frames = [self.frame]
        for piece in tables.pieces:
            admitted = admission.admit(tables.load(piece))
            for ids, texts, ties in admission.texts(admitted):
                hashed.add(ids, texts, ties)
            frames.append(self.rows(admitted))
        self.frame = pl.concat(frames)
        self.sha256 = hashed.digest()
