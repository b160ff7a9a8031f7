"""Tables judged piece by piece: the same bytes as their units give in a dossier, whatever the pieces are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from antq_rules import Engine, EvidenceError, load_dossier
from antq_rules.assessment.tables import opening, pieces
from antq_rules.assessment.tables.judging import JudgedPiece
from antq_rules.assessment.tables.running import WrittenPiece
from antq_rules.assessment.tables.summary import PieceSummary
from antq_rules.model import dossier as dossiers
from antq_rules.readers.frames import ROW, dossier_of, sort_tables, tables_in_memory
from tests import test_oracle_provinces
from tests.random_dossiers import random_dossier, random_previous
from tests.random_rulesets import dossier_2012, dossier_typical
from tests.table_files import frames_of, sayable, write_tables

ROOT = Path(__file__).parent.parent
Dossier = dict[str, Any]
Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Case:
    """A ruleset with random dossiers for it."""

    engine: Callable[[], Engine]
    draw: Callable[[int, int], Dossier]
    period: int


def national(period: int = 2025, **readings: str) -> Case:
    return Case(
        cache(lambda: Engine("tt-124-2021", readings=readings, engine="scalar", language="en")),
        lambda seed, units: random_dossier(seed, units, period),
        period,
    )


CASES = {
    "tt-124-2021": national(),
    "tt-124-2021-other-readings": national(2022, yoy_mode="decrease", mixed_primary_school="out_of_scope"),
    "tt-23-2012": Case(
        cache(lambda: Engine("tt-23-2012", engine="scalar", language="en")),
        lambda seed, units: dossier_2012(seed, units),
        2018,
    ),
    "typical-ward": Case(
        cache(lambda: Engine("typical-ward-9745", engine="scalar", language="en")),
        lambda seed, units: dossier_typical(seed, units),
        2025,
    ),
}


def of_province(id: str) -> Case:
    case = test_oracle_provinces.CASES[id]
    return Case(
        lambda: test_oracle_provinces.engine(id, "scalar"), lambda seed, units: case.draw(seed, units, case.period),
        case.period,
    )  # fmt: skip


CASES |= {id: of_province(id) for id in test_oracle_provinces.CASES}

ALIKE = ("hcm-staffing", "hoa-binh-staffing", "hau-giang-staffing", "ninh-binh-staffing", "ho-chi-minh-2024",
         "hoa-binh-2024")  # fmt: skip
"""Rulesets whose nodes the others have, too; they are tried with the slow tests."""


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of few units, and columns for fewer."""
    monkeypatch.setattr(opening, "PIECE", 120)
    monkeypatch.setattr(pieces, "FEWEST", 3)


def sayable_dossier(case: Case, seed: int, units: int) -> Dossier:
    dossier = {**case.draw(seed, units), "period": case.period}
    return sayable(dossier, case.engine().ruleset)


def read_at_once(frames: Mapping[str, pl.DataFrame], engine: Engine, period: int = 2025) -> dossiers.Dossier:
    """The dossier in tables as the readers of small files make it, whose faults name the same cells."""
    tables = sort_tables(tables_in_memory(frames), engine.ruleset)
    return dossier_of([(one, one.rows.with_row_index(ROW).collect()) for one in tables], engine.ruleset, period)


def by_columns(found: list[JudgedPiece]) -> int:
    """How many units were judged by columns."""
    return sum(frame.height for piece in found for frame in piece.judged.values())


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("id", [id for id in CASES if id not in ALIKE])
def test_tables_give_the_bytes_of_the_dossier(id: str) -> None:
    case = CASES[id]
    frames = frames_of(sayable_dossier(case, 11, 250), case.engine().ruleset)
    expected = case.engine().assess(read_at_once(frames, case.engine(), case.period))
    found = case.engine().assess_table(frames, period=case.period)
    assert found.to_json() == expected.to_json()
    assert found.exit_code == expected.exit_code
    assert by_columns(list(found.pieces)) > 0


@pytest.mark.slow
@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("id", CASES)
@pytest.mark.parametrize("seed", range(20, 26))
def test_tables_give_the_bytes_of_many_dossiers(id: str, seed: int) -> None:
    case = CASES[id]
    frames = frames_of(sayable_dossier(case, seed, 2000), case.engine().ruleset)
    expected = case.engine().assess(read_at_once(frames, case.engine(), case.period))
    found = case.engine().assess_table(frames, period=case.period)
    assert found.to_json(passes=True) == expected.to_json(passes=True)


NATIONAL = CASES["tt-124-2021"]


@cache
def national_dossier(units: int = 400) -> Dossier:
    return sayable_dossier(NATIONAL, 5, units)


@cache
def national_json(units: int = 400) -> str:
    return NATIONAL.engine().assess(read_at_once(frames_of(national_dossier(units)), NATIONAL.engine())).to_json()


@pytest.mark.parametrize("size", [7, 64, 399, 400, 1 << 16])
def test_the_size_of_pieces_does_not_show(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PIECE", size)
    monkeypatch.setattr(pieces, "FEWEST", min(size, 20))
    units = 80 if size == 7 else 400
    found = NATIONAL.engine().assess_table(frames_of(national_dossier(units)), period=2025)
    assert found.to_json() == national_json(units)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_files_give_the_bytes_of_the_dossier(format: str, tmp_path: Path) -> None:
    write_tables(national_dossier(), tmp_path, format)
    expected = NATIONAL.engine().assess(load_dossier(tmp_path, period=2025, ruleset="tt-124-2021")).to_json()
    assert NATIONAL.engine().assess_table(tmp_path, period=2025).to_json() == expected
    files = sorted(tmp_path.iterdir())
    assert NATIONAL.engine().assess_table(files, period=2025).to_json() == expected


@pytest.mark.usefixtures("small_pieces")
def test_rows_in_another_order_give_the_same_hash_and_outcomes() -> None:
    frames = frames_of(national_dossier())
    kinds = NATIONAL.engine().plan(2025).kinds
    frames |= {name: frames[name].sample(fraction=1, shuffle=True, seed=1) for name in kinds if name in frames}
    found = NATIONAL.engine().assess_table(frames, period=2025)
    expected = NATIONAL.engine().assess(national_dossier())
    assert found.input_sha256 == expected.input_sha256
    assert {v.unit: (v.outcome, v.outcomes) for v in found.verdicts} == {
        v.unit: (v.outcome, v.outcomes) for v in expected.verdicts
    }


def mixed(frames: Frames, kinds: set[str]) -> Frames:
    """The units of all kinds in one table with a column that names the kind, unlike kinds side by side."""
    units = [frame.with_columns(pl.lit(name).alias("kind")) for name, frame in frames.items() if name in kinds]
    whole = pl.concat(units, how="diagonal_relaxed").sample(fraction=1, shuffle=True, seed=2)
    return {"units": whole, **{name: frame for name, frame in frames.items() if name not in kinds}}


@pytest.mark.usefixtures("small_pieces")
def test_units_of_several_kinds_in_one_table() -> None:
    """Communes stand among the units below them, in every piece."""
    frames = mixed(frames_of(national_dossier()), set(NATIONAL.engine().plan(2025).kinds))
    found = NATIONAL.engine().assess_table(frames, period=2025)
    assert found.to_json() == NATIONAL.engine().assess(read_at_once(frames, NATIONAL.engine())).to_json()
    assert found.input_sha256 == json.loads(national_json())["manifest"]["input_sha256"]


@pytest.mark.usefixtures("small_pieces")
def test_last_year_beside() -> None:
    dossier = national_dossier()
    previous = sayable(random_previous(dossier, 5), NATIONAL.engine().ruleset)
    now, before = frames_of(dossier), frames_of(previous, NATIONAL.engine().ruleset)
    engine = NATIONAL.engine()
    expected = engine.assess(read_at_once(now, engine), previous=read_at_once(before, engine, 2024)).to_json()
    found = engine.assess_table(now, period=2025, previous=before)
    assert found.to_json() == expected
    assert expected != national_json()


def odd_rows(frames: Frames) -> Frames:
    """Rows that tables can hold and dossiers cannot: ids that stand twice, none at all, sums, cells of other types."""
    areas = frames["kdc"].with_columns(pl.col("households_resident").cast(pl.String))
    communes = frames["xa"]
    twice = areas.head(2)
    none = areas.slice(2, 1).with_columns(pl.lit(None, pl.String).alias("id"))
    total = areas.slice(3, 1).with_columns(pl.lit(" Tổng cộng").alias("id"))
    blank = areas.slice(4, 1).select(pl.lit(None, type).alias(name) for name, type in areas.schema.items())
    wrong = areas.slice(5, 3).with_columns(
        ("x" + pl.col("id")).alias("id"), pl.Series("households_resident", ["-1", "1,205", "1.205"])
    )
    control = areas.slice(8, 1).with_columns(pl.lit("a\x07b").alias("id"))
    return {
        **frames,
        "kdc": pl.concat([areas, twice, none, total, blank, wrong, control]),
        "xa": pl.concat([communes, communes.slice(1, 1)]),
    }


@pytest.mark.usefixtures("small_pieces")
def test_odd_rows_are_refused_in_the_same_words() -> None:
    frames = odd_rows(frames_of(national_dossier()))
    expected = NATIONAL.engine().assess(read_at_once(frames, NATIONAL.engine()))
    found = NATIONAL.engine().assess_table(frames, period=2025)
    assert len(found.rejected) >= 9
    assert found.to_json() == expected.to_json()
    assert found.exit_code == 2


def test_rows_of_no_unit_stop_the_run() -> None:
    frames = frames_of(national_dossier())
    lost = frames["incidents"].head(1).with_columns(pl.lit("kdc-nowhere").alias("unit"))
    with pytest.raises(EvidenceError) as raised:
        NATIONAL.engine().assess_table({**frames, "incidents": pl.concat([frames["incidents"], lost])}, period=2025)
    (fault,) = raised.value.faults
    assert fault.code == "unknown_unit"
    assert fault.place is not None
    assert fault.place.line == frames["incidents"].height + 1


def test_tables_without_units() -> None:
    empty = {"kdc": pl.DataFrame(schema={"id": pl.String, "households_resident": pl.Int64})}
    for frames in (empty, {}):
        found = NATIONAL.engine().assess_table(frames, period=2025)
        assert (
            found.to_json()
            == NATIONAL.engine().assess({"schema": "antq.dossier/1", "units": []}, period=2025).to_json()
        )
        assert found.units.is_empty()


@pytest.mark.usefixtures("small_pieces")
def test_what_is_asked_of_a_result() -> None:
    found = NATIONAL.engine().assess_table(frames_of(national_dossier()), period=2025)
    document = json.loads(national_json())
    assert found.to_mapping() == document
    expected = NATIONAL.engine().assess(read_at_once(frames_of(national_dossier()), NATIONAL.engine()))
    assert found.summary == expected.summary
    assert found.rejected == expected.rejected
    units = found.units
    assert units.drop_nulls("outcome")["unit"].to_list() == [verdict.unit for verdict in expected.verdicts]
    last = expected.verdicts[-1]
    assert found.verdict(last.unit) == last
    assert found.verdict(last.unit).findings == last.findings
    with pytest.raises(KeyError):
        found.verdict("kdc-nowhere")
    findings = found.findings()
    assert findings.height == sum(len(verdict["findings"]) for verdict in document["verdicts"])


@pytest.mark.usefixtures("small_pieces")
def test_pieces_that_an_earlier_run_has_written_are_not_judged_again() -> None:
    """What remains of them, through JSON, is all that the others and the whole need."""
    dossier = national_dossier()
    engine = NATIONAL.engine()
    first = engine.table_run(frames_of(dossier), period=2025)
    judged = {piece.number: piece for piece in first.pieces() if isinstance(piece, JudgedPiece)}
    whole = first.result()
    written = {number: json.loads(json.dumps(piece.summary.to_mapping())) for number, piece in judged.items()}
    for kept in (list(judged)[::2], list(judged)[:3], list(judged)):
        run = engine.table_run(frames_of(dossier), period=2025)
        summaries = {number: PieceSummary.of(written[number]) for number in kept}
        for piece in run.pieces(summaries.get):
            if piece.number in kept:
                assert isinstance(piece, WrittenPiece)
            else:
                assert isinstance(piece, JudgedPiece)
                assert piece.codes.equals(judged[piece.number].codes)
        found = run.result()
        assert (found.summary, found.quotas, found.groups, found.input_sha256, found.exit_code) == (
            whole.summary, whole.quotas, whole.groups, whole.input_sha256, whole.exit_code,
        )  # fmt: skip
        assert [one.unit for one in found.rejected] == [one.unit for one in whole.rejected]


def test_progress_counts_all_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PIECE", 100)
    told: list[tuple[int, int]] = []
    dossier = national_dossier()
    NATIONAL.engine().assess_table(
        frames_of(dossier), period=2025, progress=lambda done, total: told.append((done, total))
    )
    assert told[-1] == (len(dossier["units"]), len(dossier["units"]))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
