"""A country of tt-124-2021 as Parquet tables, a table for each kind of unit and for each list of events.

``python -m benchmarks.generate 100000 FOLDER`` writes it. The same number and seed give the same values; ids are in no
order, and the units of a commune lie anywhere in their tables. Tables are written in pieces, so that any number of
units takes the same memory.

Of 1,000 units 12 are communes, 150 agencies, 160 enterprises and 90 schools, about one is a district or province, and
the rest are residential areas. Two units in five lack some of their values, a resolution in 50 is ``absent``, and one
unit in a thousand is odd: a negative count, counts that contradict each other, a day that does not exist, a choice that
is none, an id that stands twice, a list whose rows contradict what the unit says of it, or, which is no fault, words
and days as officers write them.
"""

# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from math import gcd
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

SEED = 5
ODD = 0.001
"""The share of units that are odd."""

PIECE = 50_000
"""So many units of a kind are made at once."""

KINDS = ("tinh", "huyen", "xa", "kdc", "coquan", "dn", "csgd")
TITLES = {
    "tinh": "Tỉnh",
    "huyen": "Huyện",
    "xa": "Xã",
    "kdc": "Khu dân cư",
    "coquan": "Cơ quan",
    "dn": "Doanh nghiệp",
    "csgd": "Trường",
}
PARENTS = {"huyen": "tinh", "xa": "huyen", "kdc": "xa", "coquan": "xa", "dn": "xa", "csgd": "xa"}

INCIDENTS = (
    "anti_state",
    "sabotage_key_works",
    "unlawful_religion",
    "exploitation_complicating_security",
    "separatism",
    "prolonged_dispute",
    "incited_mass_complaint",
    "unlawful_strike",
    "state_secret_violation",
)
GRADES = ("less_serious", "serious", "very_serious", "extremely_serious")
ACCIDENTS = (
    "serious_fire_explosion",
    "fatal_work_accident",
    "serious_incident",
    "environment_serious",
    "food_safety_serious",
)
RATINGS = ("not_completed", "completed", "well", "excellent")
SIZES = ("micro", "small", "medium", "large")
TOPICS = (
    "guarding",
    "state_secrets",
    "internal_politics",
    "labour_safety",
    "fire_explosion",
    "environment",
    "learner_management",
)
LEVELS = (
    ("primary",),
    ("lower_secondary",),
    ("upper_secondary",),
    ("primary", "lower_secondary"),
    ("lower_secondary", "upper_secondary"),
    ("kindergarten",),
    ("vocational", "college"),
    ("university",),
)
TAGS = ((), ("border",), ("urban",), ("island", "coastal"), ("ethnic_minority_area", "religious_area"))

LISTS = {"incidents": 0.03, "crimes": 0.08, "accidents": 0.02}
"""The share of units that have events of each list."""

Columns = dict[str, pl.Series]


def counts(units: int) -> dict[str, int]:
    """How many units of each kind there are among so many."""
    communes = max(1, units * 12 // 1000)
    districts = max(1, communes // 15)
    found = {"tinh": max(1, districts // 12), "huyen": districts, "xa": communes}
    found |= {kind: units * share // 1000 for kind, share in (("coquan", 150), ("dn", 160), ("csgd", 90))}
    return {kind: found.get(kind, units - sum(found.values())) for kind in KINDS}


def generate(folder: Path, units: int, seed: int = SEED) -> dict[str, int]:
    """Write the tables of so many units into a folder; how many rows each table has."""
    folder.mkdir(parents=True, exist_ok=True)
    writers: dict[str, pq.ParquetWriter] = {}
    rows: dict[str, int] = {}
    try:
        for name, table in tables(units, seed):
            arrow = table.to_arrow(compat_level=pl.CompatLevel.oldest())
            if name not in writers:
                writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", arrow.schema, compression="zstd")
            writers[name].write_table(arrow)
            rows[name] = rows.get(name, 0) + table.height
    finally:
        for writer in writers.values():
            writer.close()
    return rows


def tables(units: int, seed: int = SEED) -> Iterator[tuple[str, pl.DataFrame]]:
    """The tables by their names, in pieces."""
    number = counts(units)
    for order, kind in enumerate(KINDS):
        for start in range(0, number[kind], PIECE):
            rng = np.random.default_rng([seed, order, start])
            places = np.arange(start, min(start + PIECE, number[kind]))
            yield from Piece(kind, places, number, rng).tables()


def ids(kind: str, places: np.ndarray, among: int) -> pl.Series:
    """The ids of the units at these places of a kind: every one once, in no order."""
    factor = next(one for one in range(max(1, int(among * 0.618)), 2 * among + 2) if gcd(one, among) == 1)
    numbers = pl.Series((places * factor + among // 3) % among)
    return (kind + "-" + numbers.cast(pl.String).str.zfill(7)).rename("id")


class Piece:
    """Some units of a kind with their events."""

    def __init__(self, kind: str, places: np.ndarray, number: dict[str, int], rng: np.random.Generator) -> None:
        self.kind = kind
        self.size = len(places)
        self.rng = rng
        parent = PARENTS.get(kind)
        self.parent = (
            None if parent is None else ids(parent, rng.integers(0, number[parent], self.size), number[parent])
        )
        self.places = places
        self.gappy = rng.random(self.size) < 0.4
        odd = rng.random(self.size) < ODD
        self.oddity = np.where(odd, rng.integers(1, 9, self.size), 0)
        own = ids(kind, places, number[kind])
        # Some ids stand again at the next unit.
        self.id = self.where(5, own.shift(1).fill_null(own), own)
        self.lists: dict[str, pl.DataFrame] = {}

    def tables(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """The units, then their lists."""
        columns = {
            "id": self.id,
            "name": TITLES[self.kind] + " " + pl.Series(self.places + 1).cast(pl.String),
            "parent": pl.Series([None] * self.size, dtype=pl.String) if self.parent is None else self.parent,
            "tags": self.gaps(self.lists_of(TAGS, (0.7, 0.06, 0.14, 0.04, 0.06)), 0.5),
            "managing_level": self.managing_level(),
            **self.evidence(),
        }
        yield self.kind, pl.DataFrame(columns)
        yield from self.lists.items()

    def evidence(self) -> Columns:
        """The fields of the kind."""
        if self.kind in ("tinh", "huyen"):
            return {}
        own = {"kdc": self.area, "xa": self.commune, "coquan": self.agency, "dn": self.enterprise, "csgd": self.school}
        columns = own[self.kind]()
        # A commune fails or waits as soon as one of its units is not registered.
        columns = {
            name: self.gaps(one, 0.0005 if name == "registration_date" else 0.05) for name, one in columns.items()
        }
        columns |= {name: self.events(name, share) for name, share in LISTS.items()}
        columns["movement_models"] = self.events("movement_models", 0.3 if self.kind == "kdc" else 0.97)
        return self.odd(columns)

    # Kinds

    def documents(self) -> Columns:
        return {
            "party_resolution_date": self.document(),
            "registration_date": self.document(0.0005),
            "policy_implementation_full": self.boolean(0.985),
        }

    def order(self) -> Columns:
        """What residential areas and communes are both asked."""
        columns: Columns = {}
        for name in ("crime_cases", "social_evil_cases", "other_violation_cases"):
            now = self.rng.integers(0, 7, self.size)
            columns[f"{name}_curr"] = pl.Series(now)
            columns[f"{name}_prev"] = pl.Series(now + self.pick((0, 1, 2), (0.5, 0.3, 0.2)))
            grown = self.rng.random(self.size) < 0.03
            columns[f"{name}_curr"] = pl.Series(now + np.where(grown, 3, 0))
        managed = self.rng.integers(0, 12, self.size)
        return columns | {
            "new_hotspots": self.zeros(0.01),
            "new_social_evil_persons": self.zeros(0.02),
            "management_effective": self.boolean(0.985),
            "managed_persons_total": pl.Series(managed),
            "managed_persons_with_measures": self.part_of(managed, 0.9),
        }

    def area(self) -> Columns:
        resident = self.rng.integers(40, 400, self.size) * (self.rng.random(self.size) >= 0.002)
        return {
            **self.documents(),
            **self.order(),
            "households_resident": pl.Series(resident),
            "households_registered": self.part_of(resident, 0.9),
            "grassroots_force_rating": self.words(RATINGS, (0.01, 0.3, 0.6, 0.09)),
            "grassroots_force_disciplined": self.zeros(0.01),
        }

    def commune(self) -> Columns:
        total = self.rng.integers(60, 140, self.size)
        registered = self.part_of(total, 0.8)
        return {
            **self.documents(),
            **self.order(),
            "security_plan_date": self.document(),
            "commune_kind": self.words(("xa", "phuong", "dac_khu"), (0.78, 0.215, 0.005)),
            "police_advisory_effective": self.boolean(0.99),
            "police_disciplined": self.zeros(0.01),
            "police_proposals": pl.Series(self.rng.integers(0, 30, self.size)),
            "subunits_total": self.only(0.2, total),
            "subunits_registered": self.only(0.2, registered.to_numpy()),
            "subunits_recognised": self.only(0.2, self.part_of(registered.to_numpy(), 0.3).to_numpy()),
        }

    def workplace(self) -> Columns:
        """What agencies, enterprises and schools are all asked."""
        staff, bodies = self.rng.integers(5, 300, self.size), self.rng.integers(0, 15, self.size)
        return {
            **self.documents(),
            "security_plan_date": self.document(),
            "has_party_org": self.boolean(0.8),
            "internal_rules": self.lists_of((TOPICS, TOPICS[:-1], TOPICS[:3]), (0.8, 0.17, 0.03)),
            "staff_total": pl.Series(staff),
            "staff_briefed": self.part_of(staff, 0.93),
            "guard_force_exists": self.boolean(0.6),
            "guard_force_eligible_for_title": self.boolean(0.5),
            "guard_force_title": self.boolean(0.5),
            "guard_force_rating": self.words(RATINGS, (0.01, 0.05, 0.8, 0.14)),
            "guard_disciplined_warning_plus": self.zeros(0.01),
            "subunits_eligible": pl.Series(bodies),
            "subunits_titled_or_well": self.part_of(bodies, 0.85),
            "staff_disciplined_warning_plus": self.zeros(0.01),
        }

    def agency(self) -> Columns:
        return {"is_armed_forces": self.boolean(0.05), **self.workplace(), **self.sanctions()}

    def enterprise(self) -> Columns:
        size = self.words(SIZES, (0.3, 0.3, 0.25, 0.15))
        return {"enterprise_size": size, **self.workplace(), **self.sanctions()}

    def sanctions(self) -> Columns:
        return {
            "has_police_coordination_rules": self.boolean(0.9),
            "staff_admin_sanctions_security": self.zeros(0.01),
            "staff_social_evil_disciplined_warning_plus": self.zeros(0.01),
        }

    def school(self) -> Columns:
        learners = self.rng.integers(100, 2000, self.size)
        return {
            "education_levels": self.lists_of(LEVELS, (0.3, 0.25, 0.15, 0.08, 0.05, 0.1, 0.04, 0.03)),
            **self.workplace(),
            "learners_total": pl.Series(learners),
            "learners_briefed": self.part_of(learners, 0.93),
            "is_general_education": self.boolean(0.85),
            "parent_board_coordination": self.boolean(0.98),
            "school_violence_cases": self.zeros(0.02),
            "persons_offended": self.zeros(0.005),
            "persons_social_evil_disciplined_warning_plus": self.zeros(0.005),
        }

    # Columns

    def pick(self, values: tuple[int, ...], shares: tuple[float, ...]) -> np.ndarray:
        return np.asarray(values)[self.rng.choice(len(values), self.size, p=shares)]

    def words(self, values: tuple[str, ...], shares: tuple[float, ...]) -> pl.Series:
        return pl.Series(list(values)).gather(self.rng.choice(len(values), self.size, p=shares))

    def lists_of(self, values: tuple[tuple[str, ...], ...], shares: tuple[float, ...]) -> pl.Series:
        lists = pl.Series([list(one) for one in values], dtype=pl.List(pl.String))
        return lists.gather(self.rng.choice(len(values), self.size, p=shares))

    def boolean(self, share: float) -> pl.Series:
        return pl.Series(self.rng.random(self.size) < share)

    def zeros(self, share: float) -> pl.Series:
        """Counts of which so many are not zero."""
        return pl.Series(np.where(self.rng.random(self.size) < share, self.rng.integers(1, 4, self.size), 0))

    def part_of(self, whole: np.ndarray, full: float) -> pl.Series:
        """Counts of which so many reach the whole."""
        lacking = np.where(self.rng.random(self.size) < full, 0, self.rng.integers(1, 6, self.size))
        return pl.Series(np.maximum(whole - lacking, 0))

    def only(self, share: float, column: np.ndarray) -> pl.Series:
        return _without(pl.Series(column), self.rng.random(self.size) >= share)

    def gaps(self, column: pl.Series, share: float = 0.05) -> pl.Series:
        """The column without some of the values of units that lack any."""
        return _without(column, self.gappy & (self.rng.random(self.size) < share))

    def days(self, first: date, number: int, size: int) -> pl.Series:
        return pl.Series(np.datetime64(first) + self.rng.integers(0, number, size))

    def document(self, absent: float = 0.02) -> pl.Series:
        """Days of the first quarter, some later, some of papers that do not exist."""
        days = self.days(date(2025, 1, 2), 88, self.size)
        late = self.days(date(2025, 4, 1), 90, self.size)
        drawn = pl.Series(self.rng.random(self.size))
        text = pl.select(
            pl.when(drawn < 0.9995 - absent / 4).then(days).otherwise(late).dt.to_string("%Y-%m-%d")
        ).to_series()
        return pl.select(pl.when(drawn < absent).then(pl.lit("absent")).otherwise(text)).to_series()

    def managing_level(self) -> pl.Series:
        if self.kind in ("tinh", "huyen", "xa"):
            return pl.Series([None] * self.size, dtype=pl.String)
        if self.kind == "kdc":
            return self.only_words(0.3, self.words(("xa",), (1,)))
        return self.only_words(0.5, self.words(("xa", "huyen", "tinh", "bo"), (0.7, 0.15, 0.14, 0.01)))

    def only_words(self, share: float, column: pl.Series) -> pl.Series:
        return _without(column, self.rng.random(self.size) >= share)

    # Lists

    def events(self, name: str, share: float) -> pl.Series:
        """Draw the rows of a list; what the units' table says of it: some, none, or nothing."""
        some = self.rng.random(self.size) < share
        owners = np.repeat(np.flatnonzero(some), self.rng.integers(1, 4, int(some.sum())))
        size = len(owners)
        told = _without(pl.Series(some), ~some & self.gappy & (self.rng.random(self.size) < 0.1))
        self.lists[name] = pl.DataFrame({"unit": self.id.gather(owners).rename("unit"), **self.rows(name, size)})
        contradicted = some & (self.oddity == 6)
        return pl.select(pl.when(pl.Series(contradicted)).then(False).otherwise(told)).to_series()

    def rows(self, name: str, size: int) -> Columns:
        rng = self.rng

        def flag(share: float) -> pl.Series:
            return _without(pl.Series(rng.random(size) < share), rng.random(size) < 0.05)

        # Some lie before the window and some after it.
        day = self.days(date(2024, 10, 1), 14 * 30, size)
        if name == "movement_models":
            number = pl.Series(rng.integers(1, 900, size)).cast(pl.String)
            return {"name": "Mô hình " + number, "active": flag(0.95), "effective": flag(0.93)}
        if name == "incidents":
            return {
                "type": pl.Series(list(INCIDENTS)).gather(rng.integers(0, len(INCIDENTS), size)),
                "occurred_on": day,
            }
        if name == "accidents":
            kind = pl.Series(list(ACCIDENTS)).gather(rng.integers(0, len(ACCIDENTS), size))
            return {"kind": kind, "occurred_on": day, "force_majeure": flag(0.4)}
        grade = pl.Series(list(GRADES)).gather(rng.choice(4, size, p=(0.8, 0.15, 0.04, 0.01)))
        flags = ("detected_promptly", "consequences_mitigated", "reported_immediately")
        return {
            "occurred_on": day,
            "grade": grade,
            "force_majeure": flag(0.1),
            **{name: flag(0.9) for name in flags},
        }

    # What is odd

    def odd(self, columns: Columns) -> Columns:
        """Values that are wrong, or written as officers write them."""
        for name, whole in (("households_registered", "households_resident"), ("staff_briefed", "staff_total")):
            if name in columns:
                columns[name] = self.where(1, pl.select(pl.lit(-1)).to_series(), columns[name])
                columns[name] = self.where(2, columns[whole] + 7, columns[name])
        dates = columns["party_resolution_date"]
        for code, text in ((3, "2025-02-30"), (7, "03/02/2025"), (8, "không có")):
            dates = self.where(code, pl.select(pl.lit(text)).to_series(), dates)
        columns["party_resolution_date"] = dates
        for name in ("grassroots_force_rating", "guard_force_rating", "commune_kind"):
            if name in columns:
                columns[name] = self.where(4, pl.select(pl.lit("rất tốt")).to_series(), columns[name])
        return columns

    def where(self, code: int, odd: pl.Series, column: pl.Series) -> pl.Series:
        mask = pl.Series(self.oddity == code)
        return pl.select(pl.when(mask).then(odd).otherwise(column)).to_series().rename(column.name)


def _without(column: pl.Series, mask: np.ndarray) -> pl.Series:
    return pl.select(pl.when(pl.Series(~mask)).then(column)).to_series()


def main() -> None:
    """Write the tables and say how many rows they have."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__.split("\n")[0])
    parser.add_argument("units", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    for name, rows in generate(given.folder, given.units, given.seed).items():
        print(f"{name}: {rows:,} rows")


if __name__ == "__main__":
    main()
