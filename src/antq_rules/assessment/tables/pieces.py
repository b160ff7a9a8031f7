"""A piece of a batch: its units as columns where they are plainly sound, and by themselves where they are not."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl

from antq_rules.assessment.assessing import admit_all, canonical, restricted, withheld
from antq_rules.assessment.result import Rejected
from antq_rules.assessment.tables.columns import Admitted, ColumnIntake, Rows
from antq_rules.assessment.tables.opening import KIND, Loaded, UnitTables
from antq_rules.engines.columnar import FEWEST, OWNER
from antq_rules.evidence.intake import Facts, Intake
from antq_rules.frozen import frozen
from antq_rules.model.dossier import UNIT_KEYS, Dossier, Entry
from antq_rules.plan.compiling import Plan
from antq_rules.readers.frames import dossier_of
from antq_rules.readers.layout import ROWS

Item = Facts | Rejected


@frozen
class Columns:
    """The units of one kind in a piece: ``places`` are theirs in the piece; ``sound`` are those judged by columns."""

    places: pl.Series
    admitted: Admitted
    sound: pl.Series


@frozen
class AdmittedPiece:
    """A piece as it is to be judged: by columns, or one by one (``items``, by their place in the piece)."""

    loaded: Loaded
    columns: Mapping[str, Columns]
    items: Mapping[int, Item]
    entries: Mapping[int, Entry]

    @property
    def height(self) -> int:
        """How many units it holds."""
        return self.loaded.piece.height


class Admission:
    """Admits the units of pieces for one plan.

    Args:
        tables: To which the pieces belong.
        intake: Of the plan.
        restrict: Whether the plan is that of a ruleset used, which does not know all fields and kinds of the tables.
        refused: Ids of units that the ruleset judged by refuses, which are pending here as well.
    """

    def __init__(
        self,
        tables: UnitTables,
        intake: Intake,
        *,
        restrict: bool = False,
        refused: Collection[str] = (),
    ) -> None:
        self.tables = tables
        self.intake = intake
        self.plan: Plan = intake.plan
        self.restrict = restrict
        self.refused = refused
        self._columns = ColumnIntake(intake)

    def admit(self, loaded: Loaded) -> AdmittedPiece:
        """The units of a piece."""
        columns: dict[str, Columns] = {}
        alone = pl.repeat(True, loaded.piece.height, eager=True)
        shared = loaded.ids.is_in(list(self.tables.shared)) if self.tables.shared else None
        for (kind,), units in loaded.units.with_row_index("#place").group_by(KIND, maintain_order=True):
            if kind is None or kind not in self.plan.kinds or units.height < FEWEST:
                continue
            places = units["#place"]
            rows = [Rows(one.table, found) for one in loaded.rows if (found := _of(one.frame, places)).height]
            admitted = self._admitted(str(kind), loaded, units.drop("#place", KIND), rows)
            sound = ~admitted.odd
            ids = loaded.ids.gather(places)
            if shared is not None:
                sound = sound & ~shared.gather(places)
            if self.refused:
                sound = sound & ~ids.is_in(list(self.refused)).fill_null(False)
            columns[str(kind)] = Columns(places, admitted, sound)
            alone = alone.scatter(places.filter(sound), False)
        places = alone.arg_true()
        items, entries = self.alone(loaded, places)
        return AdmittedPiece(loaded, columns, items, dict(zip(places.to_list(), entries, strict=True)))

    def _admitted(self, kind: str, loaded: Loaded, frame: pl.DataFrame, rows: Sequence[Rows]) -> Admitted:
        table = loaded.piece.table
        if self.restrict:
            fields = self.plan.fields[kind]
            unknown = [id for id in table.columns if id not in fields and id not in UNIT_KEYS]
            frame = frame.drop(table.columns[id] for id in unknown)
            rows = [one for one in rows if one.table.what != ROWS or one.table.of in fields]
        return self._columns.admit(kind, table, frame, rows)

    def alone(self, loaded: Loaded, places: pl.Series) -> tuple[dict[int, Item], list[Entry]]:
        """Units of a piece read one by one, by their place in it, and as they are written."""
        if places.is_empty():
            return {}, []
        entries = self.entries(loaded, places)
        dossier = Dossier(None, tuple(entries))
        numbers = [loaded.number(place) for place in places.to_list()]
        if not self.restrict:
            items = admit_all(dossier, self.intake, self.tables.shared, numbers)
            return dict(zip(places.to_list(), items, strict=True)), entries
        found: dict[int, Item] = {}
        for place, number, entry in zip(places.to_list(), numbers, entries, strict=True):
            known = restricted(Dossier(None, (entry,)), self.plan, self.refused, [number])
            for item in admit_all(known, self.intake, self.tables.shared, [number]):
                found[place] = withheld(item, self.refused)
        return found, entries

    def entries(self, loaded: Loaded, places: pl.Series) -> list[Entry]:
        """Units of a piece as a dossier writes them."""
        table = loaded.piece.table
        units = loaded.units[places].drop(KIND)
        slices = [(table, units)]
        slices += [(one.table, _of(one.frame, places).drop(OWNER)) for one in loaded.rows]
        entries = dossier_of(slices, self.tables.ruleset, None).entries
        assert len(entries) == len(places)
        return list(entries)

    def texts(self, piece: AdmittedPiece) -> Iterator[tuple[pl.Series, pl.Series, pl.Series]]:
        """The units of a piece as the hash of the input takes them: ids, canonical JSON, what parts equal ids."""
        for one in piece.columns.values():
            texts = one.admitted.texts.filter(one.sound)
            ids = piece.loaded.ids.gather(one.places.filter(one.sound))
            yield ids, texts, pl.repeat("", len(ids), eager=True, dtype=pl.String)
        if piece.entries:
            units = [canonical(entry.data) for entry in piece.entries.values()]
            whole = [json.dumps(unit, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for unit in units]
            ties = [json.dumps(unit, sort_keys=True) for unit in units]
            yield pl.Series([str(unit.get("id")) for unit in units]), pl.Series(whole), pl.Series(ties)


def _of(rows: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """The rows of some units, which are counted anew from 0."""
    owners = pl.DataFrame({OWNER: places}).with_columns(pl.col(OWNER).cast(pl.UInt32)).with_row_index("#new")
    kept = rows.join(owners, on=OWNER, how="inner", maintain_order="left")
    return kept.drop(OWNER).rename({"#new": OWNER})
