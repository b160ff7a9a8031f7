"""Tables of units in frames, Parquet and CSV files: their cells, what each table is, the dossiers that they make."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas
import polars as pl
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antq_rules import Engine, EvidenceError, Ruleset, hookimpl, load_dossier
from antq_rules.assessment.assessing import input_hash
from antq_rules.cli import main
from antq_rules.extensions.formats import Reader, Source
from antq_rules.extensions.plugins import Plugins
from antq_rules.model.dossier import Dossier
from antq_rules.readers.csv_tables import CsvFile
from antq_rules.readers.frames import ROW, dossier_of, named_tables, open_tables, sort_tables, tables_in_memory
from antq_rules.readers.layout import DOCUMENTS, ROWS, UNITS
from antq_rules.readers.structure import dossier_from_mapping
from tests.random_dossiers import random_dossier
from tests.small_rulesets import engine_of, written
from tests.table_files import frames_of, sayable, write_tables

FIXTURES = Path(__file__).parent.parent / "fixtures"
FORMATS = ("parquet", "csv")

MAIN = "kinds: {u: {title: *title}, v: {title: *title}}\ntags: [border, coastal]\nmanaging_levels: [low]"
FIELDS = """
  count: {kinds: [u, v], type: integer, range: [0, 1000000], title: &title {vi: Số, en: Count}}
  more: {kinds: [u], type: integer, range: [0, 4000000000000000000], title: *title}
  rate: {kinds: [u], type: decimal, places: 3, range: [0, 1000], title: *title}
  exact: {kinds: [u], type: decimal, places: 9, range: [0, 1], title: *title}
  flag: {kinds: [u], type: boolean, title: *title}
  day: {kinds: [u], type: date, may_be_absent: true, title: {vi: Ngày ký, en: Day of signing}}
  grade:
    {kinds: [u], type: enum, values: {good: {vi: Tốt, en: Good}, weak: {vi: Yếu; kém, en: Weak}}, title: *title}
  topics:
    {kinds: [u], type: set, values: {x: {vi: Cháy; nổ, en: Fire}, y: {vi: Không, en: None}, z: *title}, title: *title}
  remark: {kinds: [u], type: text, title: *title}
  yearly: {kinds: [u], type: series, range: [0, 1000], title: *title}
  events:
    kinds: [u]
    type: records
    title: *title
    columns:
      on: {type: date, required: true, title: *title}
      weight: {type: integer, range: [0, 1000], title: *title}
      topics: {type: set, values: {x: *title, y: *title}, title: *title}
"""
STANDARD = """
criteria: [{id: small.u.1, title: *title, citation: {article: 1}, require: {at_least: [count, 1]}}]
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return engine_of(written(tmp_path_factory.mktemp("small") / "r", standard=STANDARD, fields=FIELDS, main=MAIN))


@pytest.fixture(scope="module")
def national() -> Engine:
    return Engine("tt-124-2021")


def gathered(ruleset: Ruleset, tables: Mapping[str, Any], period: int | None = 2025) -> Dossier:
    """The dossier of frames."""
    sorted_tables = sort_tables(tables_in_memory(tables), ruleset)
    return dossier_of([(raw, raw.rows.with_row_index(ROW).collect()) for raw in sorted_tables], ruleset, period)


def refused(action: Callable[[], object]) -> list[str]:
    """What is said of an input that cannot be used."""
    with pytest.raises(EvidenceError) as caught:
        action()
    return [fault.line() for fault in caught.value.faults]


def evidence_of(dossier: Dossier) -> dict[str, Any]:
    (entry,) = dossier.entries
    assert entry.faults() == []
    found: dict[str, Any] = entry.data.get("evidence", {})
    return found


def u(**columns: Any) -> dict[str, pl.DataFrame]:
    """A table of one unit."""
    return {"u": pl.DataFrame({"id": ["u-1"], **columns})}


# Cells of typed columns

SECONDS = datetime(2025, 2, 3, 17, 30)
CELLS: list[tuple[str, pl.Series, Any]] = [
    ("flag", pl.Series([True]), True),
    ("flag", pl.Series([1]), True),
    ("flag", pl.Series([0.0]), False),
    ("flag", pl.Series(["Có"]), True),
    ("flag", pl.Series(["chưa rõ"]), None),
    ("flag", pl.Series([None]), None),
    ("count", pl.Series([7], dtype=pl.UInt8), 7),
    ("count", pl.Series([7.0]), 7),
    ("count", pl.Series([7.0], dtype=pl.Float32), 7),
    ("count", pl.Series([float("nan")]), None),
    ("count", pl.Series(["1.205"]), 1205),
    ("count", pl.Series([" "]), None),
    ("count", pl.Series([Decimal("7.00")]), 7),
    ("count", pl.Series(["7"], dtype=pl.Categorical), 7),
    ("more", pl.Series([2**62 + 1]), 2**62 + 1),
    ("more", pl.Series([2**53 + 1], dtype=pl.UInt64), 2**53 + 1),
    ("rate", pl.Series([0.7]), Decimal("0.7")),
    ("rate", pl.Series([0.7], dtype=pl.Float32), Decimal("0.7")),
    ("rate", pl.Series([Decimal("0.7")], dtype=pl.Decimal(38, 3)), Decimal("0.7")),
    ("rate", pl.Series([Decimal("12.500")]), Decimal("12.5")),
    ("rate", pl.Series(["12,5"]), Decimal("12.5")),
    ("rate", pl.Series([12]), 12),
    ("exact", pl.Series([Decimal("0.123456789")]), Decimal("0.123456789")),
    ("day", pl.Series([date(2025, 2, 3)]), "2025-02-03"),
    ("day", pl.Series([date(1905, 2, 3)]), "1905-02-03"),
    ("day", pl.Series([SECONDS]), "2025-02-03"),
    ("day", pl.Series([datetime(1965, 2, 3, 23, 59)], dtype=pl.Datetime("ns")), "1965-02-03"),
    ("day", pl.Series(["3/2/2025"]), "2025-02-03"),
    ("day", pl.Series(["2025-02-03"]), "2025-02-03"),
    ("day", pl.Series(["không có"]), "absent"),
    ("day", pl.Series(["absent"]), "absent"),
    ("grade", pl.Series(["good"], dtype=pl.Enum(["good", "weak"])), "good"),
    ("grade", pl.Series(["Yếu; kém"]), "weak"),
    ("topics", pl.Series([["z", "x"]]), ["z", "x"]),
    ("topics", pl.Series([["Cháy; nổ", "x"]]), ["x"]),
    ("topics", pl.Series([["Không"]]), ["y"]),
    ("topics", pl.Series([[]], dtype=pl.List(pl.String)), []),
    ("topics", pl.Series([[]], dtype=pl.List(pl.Null)), []),
    ("topics", pl.Series([None], dtype=pl.List(pl.String)), None),
    ("topics", pl.Series([["x", "z"]], dtype=pl.List(pl.Categorical)), ["x", "z"]),
    ("topics", pl.Series([["x", "z"]], dtype=pl.Array(pl.String, 2)), ["x", "z"]),
    ("topics", pl.Series(["z; Cháy; nổ"]), ["z", "x"]),
    ("remark", pl.Series([unicodedata.normalize("NFD", " Tổ tự quản ")]), "Tổ tự quản"),
    ("remark", pl.Series([12]), "12"),
    ("yearly", pl.Series([False]), {}),
    ("events", pl.Series([False]), []),
    ("events", pl.Series(["không"]), []),
]


@pytest.mark.parametrize(("field", "column", "value"), CELLS, ids=lambda one: str(getattr(one, "dtype", one))[:30])
def test_typed_cells_are_what_they_say(field: str, column: pl.Series, value: Any, engine: Engine) -> None:
    found = evidence_of(gathered(engine.ruleset, u(**{field: column})))
    assert found == ({} if value is None else {field: value})
    assert type(found.get(field)) is type(value)


REFUSED: list[tuple[str, pl.Series, str]] = [
    ("count", pl.Series([7.5]), "a whole number is needed here, not 7.5; write 7500 if that is meant"),
    ("count", pl.Series([Decimal("7.5")]), "a whole number is needed here, not 7.5; correct the value"),
    ("count", pl.Series([True]), "a whole number is needed here, not true; correct the value"),
    (
        "count",
        pl.Series([float("inf")]),
        "a whole number is needed here, not inf; a cell holds numbers of at most 15 digits exactly",
    ),
    (
        "count",
        pl.Series([date(2025, 2, 3)]),
        "a whole number is needed here, not the date 03/02/2025; correct the value",
    ),
    (
        "rate",
        pl.Series(["7.5"]),
        "a number is needed here, not '7.5'; write it as a number, or as text with a decimal comma, such as 1.205,5",
    ),
    (
        "day",
        pl.Series([45731]),
        "a date such as 31/03/2025, or 'không có', is needed here, not 45731; correct the value",
    ),
    (
        "day",
        pl.Series([45731.0]),
        "a date such as 31/03/2025, or 'không có', is needed here, not 45731; correct the value",
    ),
    (
        "day",
        pl.Series([4_000_000]).cast(pl.Date),
        "a date such as 31/03/2025, or 'không có', is needed here, not '+12921-08-18'; "
        "write day, month and year in four digits",
    ),
    ("flag", pl.Series([2]), "'có', 'không' or 'chưa rõ' is needed here, not 2; correct the value"),
    ("flag", pl.Series([Decimal("0.5")]), "'có', 'không' or 'chưa rõ' is needed here, not 0.5; correct the value"),
    ("topics", pl.Series([["x;z"]]), "'x;z' is not one of the choices; known: Cháy; nổ, Không, Số"),
    ("topics", pl.Series([["x", ""]]), "'' is not one of the choices; known: Cháy; nổ, Không, Số"),
    ("topics", pl.Series([["x", None]]), "the name of a choice is needed here, not nothing; correct the value"),
    ("tags", pl.Series([["border;coastal"]]), "a list of tags is needed here, not a list; write each tag as an item"),
    ("tags", pl.Series([["border", None]]), "a list of tags is needed here, not a list; write each tag as an item"),
    ("events", pl.Series([3]), "'có', 'không' or 'chưa rõ' is needed here, not 3; correct the value"),
]


@pytest.mark.parametrize(("field", "column", "text"), REFUSED, ids=lambda one: str(one)[:30])
def test_typed_cells_that_cannot_be_read_are_told_with_row_and_column(
    field: str, column: pl.Series, text: str, engine: Engine
) -> None:
    (entry,) = gathered(engine.ruleset, u(**{field: column})).entries
    (fault,) = entry.faults()
    assert fault.line().startswith(f"u: #1 {field}: {text}")
    assert fault.place is not None
    assert (fault.place.line, fault.place.column) == (1, 2)


TYPES: list[tuple[str, pl.Series, str]] = [
    (
        "day",
        pl.Series([SECONDS]).dt.replace_time_zone("UTC"),
        "the moments in the column 'day' are of the time zone UTC, where the day may differ; write a column of dates",
    ),
    (
        "events",
        pl.Series([[{"on": "2025-02-03"}]]),
        "the column 'events' holds lists, and is none of choices or tags; "
        "write one value a cell; the rows of a list stand in a table of their own",
    ),
    (
        "count",
        pl.Series([[1]]),
        "the column 'count' holds lists, and is none of choices or tags; "
        "write one value a cell; the rows of a list stand in a table of their own",
    ),
    (
        "topics",
        pl.Series([[1]]),
        "the column 'topics' holds lists, and is none of choices or tags; "
        "write one value a cell; the rows of a list stand in a table of their own",
    ),
    (
        "remark",
        pl.Series([b"x"]),
        "the column 'remark' is of the type Binary, which no cell may be; "
        "write text, numbers, true and false, dates, or lists of text",
    ),
    (
        "day",
        pl.Series([SECONDS.time()]),
        "the column 'day' is of the type Time, which no cell may be; "
        "write text, numbers, true and false, dates, or lists of text",
    ),
]


@pytest.mark.parametrize(("field", "column", "text"), TYPES, ids=lambda one: str(one)[:30])
def test_columns_of_types_that_no_cell_may_be_stop_the_whole(
    field: str, column: pl.Series, text: str, engine: Engine
) -> None:
    assert refused(lambda: gathered(engine.ruleset, u(**{field: column}))) == [f"u: {field}: {text}"]


def test_keys_of_units(engine: Engine) -> None:
    rows = {
        "id": ["u-1", "u-2"],
        "name": ["Tổ  1", "?"],
        "parent": ["chưa rõ", "u-1"],
        "tags": [["Border", "far away"], []],
        "managing_level": ["LOW", None],
    }
    one, other = (entry.data for entry in gathered(engine.ruleset, {"u": pl.DataFrame(rows)}).entries)
    assert one == {"id": "u-1", "kind": "u", "name": "Tổ  1", "tags": ["border", "far away"], "managing_level": "low"}
    assert other == {"id": "u-2", "kind": "u", "name": "?", "parent": "u-1", "tags": []}


# What each table is


def sorted_names(tables: Mapping[str, Any], engine: Engine) -> list[tuple[str, str, str]]:
    return [(table.name, table.what, table.of) for table in sort_tables(tables_in_memory(tables), engine.ruleset)]


def test_tables_are_told_by_their_names_and_stand_in_their_order(engine: Engine) -> None:
    events = pl.DataFrame({"unit": ["a"], "on": ["2025-02-03"]})
    tables = {
        "u": pl.DataFrame({"id": ["a"]}),
        "v": pl.DataFrame(schema={"id": pl.String}),
        "Đơn vị khác": pl.DataFrame({"kind": ["u"], "id": ["b"]}),
        "events": events,
        "yearly": pl.DataFrame({"unit": ["a"], "year": [2025], "value": [7]}),
        "documents": pl.DataFrame({"unit": ["a"], "field": ["day"], "number": ["1/NQ"]}),
    }
    assert sorted_names(tables, engine) == [
        ("documents", DOCUMENTS, ""),
        ("events", ROWS, "events"),
        ("u", UNITS, "u"),
        ("v", UNITS, "v"),
        ("yearly", ROWS, "yearly"),
        ("Đơn vị khác", UNITS, ""),
    ]
    dossier = gathered(engine.ruleset, tables)
    assert [entry.data for entry in dossier.entries] == [
        {
            "id": "a",
            "kind": "u",
            "evidence": {
                "events": [{"on": "2025-02-03"}],
                "yearly": {"2025": 7},
                "day": {"value": None, "document": {"number": "1/NQ"}},
            },
        },
        {"id": "b", "kind": "u"},
    ]
    assert dossier.period == 2025


def test_names_are_compared_composed_and_without_white_space_around_them(engine: Engine) -> None:
    name = unicodedata.normalize("NFD", " Tổ ")
    tables = {name: pl.DataFrame({" id ": ["a"], "kind": ["U "], "count ": [7]})}
    assert sorted_names(tables, engine) == [("Tổ", UNITS, "")]
    assert evidence_of(gathered(engine.ruleset, tables)) == {"count": 7}


UNUSABLE: list[tuple[dict[str, Any], list[str]]] = [
    (
        {"w": pl.DataFrame({"id": ["a"]})},
        ["w: the table 'w' is named as no kind of unit and no list, and has no columns 'id' and 'kind'; "
         "known: documents, events, u, v, yearly"],
    ),
    (
        {"event": pl.DataFrame({"unit": ["a"]})},
        ["event: the table 'event' is named as no kind of unit and no list, and has no columns 'id' and 'kind'; "
         "did you mean 'events'?"],
    ),
    ({"u": pl.DataFrame({"name": ["a"]})}, ["u: no column is 'id'; add it"]),
    ({"events": pl.DataFrame({"on": ["a"]})}, ["events: no column is 'unit'; add it"]),
    (
        {"yearly": pl.DataFrame({"on": ["a"]})},
        ["yearly: on: 'on' is not a field of yearly; known: unit, value, year",
         "yearly: no column is 'unit'; add it", "yearly: no column is 'year'; add it",
         "yearly: no column is 'value'; add it"],
    ),
    (
        {"documents": pl.DataFrame({"kind": ["a"]})},
        ["documents: no column is 'unit'; add it", "documents: no column is 'field'; add it"],
    ),
    (
        {"u": pl.DataFrame({"id": ["a"], "kind": ["u"]}), "v": pl.DataFrame({"id": ["a"], "dai": [1]})},
        ["u: kind: 'kind' is not a field of u; did you mean 'id'?", "v: dai: 'dai' is not a field of v; "],
    ),
    (
        {"x": pl.DataFrame({"id": ["a"], "kind": ["u"], "cuont": [1]})},
        ["x: cuont: 'cuont' is not a field of x; did you mean 'count'?"],
    ),
    (
        {"u": pl.DataFrame({"id": ["a"], "count": [1], "count ": [2]})},
        ["u: count : the column 'count' stands twice; keep one of the two"],
    ),
    ({"u": 3}, ["u: the table 'u' is no data frame; "]),
    ({"u": pl.DataFrame({"id": []}), "u ": pl.DataFrame({"id": []})}, ["u : u is the table 'u', too; keep one"]),
]  # fmt: skip


@pytest.mark.parametrize(("tables", "lines"), UNUSABLE, ids=lambda one: " ".join(one)[:30])
def test_tables_that_cannot_be_used_stop_the_whole(tables: dict[str, Any], lines: list[str], engine: Engine) -> None:
    found = refused(lambda: gathered(engine.ruleset, tables))
    assert len(found) == len(lines)
    assert all(line.startswith(start) for line, start in zip(found, lines, strict=True)), found


def test_frames_of_other_libraries_say_the_same(engine: Engine) -> None:
    rows: dict[str, list[Any]] = {
        "id": ["a", "b", "c"],
        "count": [1, None, 3],
        "flag": [True, None, False],
        "day": [date(2025, 2, 3), None, None],
        "rate": [0.7, None, 12.0],
    }
    want = [entry.data for entry in gathered(engine.ruleset, {"u": pl.DataFrame(rows)}).entries]
    assert want[0]["evidence"] == {"count": 1, "flag": True, "day": "2025-02-03", "rate": Decimal("0.7")}
    table = pyarrow.table(rows)
    frame = pandas.DataFrame(rows, index=[5, 6, 7])
    # What pandas makes of counts of which one is missing.
    assert frame["count"].dtype == "float64"
    days = frame.assign(day=pandas.to_datetime(frame["day"]))
    for other in (table, table.to_reader(), frame, days, frame.convert_dtypes(), pl.DataFrame(rows).lazy()):
        found = gathered(engine.ruleset, {"u": other})
        assert [entry.data for entry in found.entries] == want, type(other)


def test_a_column_of_pandas_that_mixes_types_is_told(engine: Engine) -> None:
    frame = pandas.DataFrame({"id": ["a", 7], "count": [1, "x"]}, dtype=object)
    (line,) = refused(lambda: gathered(engine.ruleset, {"u": frame}))
    assert line.startswith("u: the table is broken: ")


# Lists and documents

EVENTS = {"unit": ["a", "a", "b"], "on": ["2025-02-03", None, "2025-02-30"], "weight": [1, None, 3]}


def test_rows_belong_to_units_and_name_their_cells(engine: Engine) -> None:
    tables = {
        "u": pl.DataFrame({"id": ["a", "b"], "events": [True, None]}),
        "events": pl.DataFrame(EVENTS),
        "yearly": pl.DataFrame(
            {"unit": ["a", "a", "b", "b"], "year": [2024, 2025, 24, 2025], "value": [1, None, 2, 3]}
        ),
    }
    a, b = gathered(engine.ruleset, tables).entries
    assert a.data["evidence"] == {"events": [{"on": "2025-02-03", "weight": 1}, {}], "yearly": {"2024": 1}}
    assert [fault.line() for fault in b.faults()] == [
        "events: #3 on: a day of the calendar written as 31/03/2025 is needed here, not '2025-02-30'; "
        "write the day before the month",
        "yearly: #3 year: a year such as 2025 is needed here, not 24; correct the value",
    ]
    (rejected,) = engine.assess(gathered(engine.ruleset, tables), period=2025).rejected[:1]
    assert rejected.faults[0].line() == "events: #2 on: the key 'on' is missing; add it"


STATED: list[tuple[Any, bool, str]] = [
    (True, False, "u: #1 events: this says that there are some, but no row of the list is of this unit; add the rows"),
    (False, True, "u: #1 events: this says 'không', but 1 rows of the list are of this unit; write 'có'"),
    ("?", True, "u: #1 events: this says that it is not known, but 1 rows of the list are of this unit; write 'có'"),
]


@pytest.mark.parametrize(("stated", "rows", "text"), STATED)
def test_what_a_unit_says_of_its_lists_fits_their_rows(stated: Any, rows: bool, text: str, engine: Engine) -> None:
    tables = u(events=[stated])
    if rows:
        tables["events"] = pl.DataFrame({"unit": ["u-1"], "on": ["2025-02-03"]})
    (entry,) = gathered(engine.ruleset, tables).entries
    (fault,) = entry.faults()
    assert fault.line().startswith(text)


def test_rows_of_no_unit_stop_the_whole_unless_it_is_elsewhere(engine: Engine) -> None:
    tables = {
        "u": pl.DataFrame({"id": ["tổ 1", "tổ 2"]}),
        "events": pl.DataFrame({"unit": ["tổ 3", "?!", None], "on": ["2025-02-03", "2025-02-03", "2025-02-03"]}),
        "documents": pl.DataFrame({"unit": ["tổ 1"], "field": ["dayy"]}),
    }
    assert refused(lambda: gathered(engine.ruleset, tables)) == [
        "events: #1 unit: there is no unit 'tổ 3'; did you mean 'tổ 2'?",
        "events: #2 unit: there is no unit '?!'; write the id of a unit of these tables",
        "events: #3 unit: this row does not say of which unit it is; write the id of the unit",
        "documents: #1 field: 'dayy' is not a field of u; did you mean 'day'?",
    ]
    raw = sort_tables(tables_in_memory({"u": tables["u"], "events": tables["events"][:2]}), engine.ruleset)
    slices = [(one, one.rows.with_row_index(ROW).collect()) for one in raw]
    found = dossier_of(slices, engine.ruleset, 2025, elsewhere={"tổ 3", "?!"})
    assert [entry.data for entry in found.entries] == [{"id": "tổ 1", "kind": "u"}, {"id": "tổ 2", "kind": "u"}]


def test_documents_prove_values_by_name_or_title(engine: Engine) -> None:
    tables = u(day=[date(2025, 2, 3)], count=[7]) | {
        "documents": pl.DataFrame(
            {
                "unit": ["u-1", "u-1"],
                "field": ["Ngày ký", "count"],
                "number": ["12/NQ", None],
                "date": [date(2025, 2, 1), None],
                "confirmed_by": [None, "Công an xã"],
            }
        )
    }
    assert evidence_of(gathered(engine.ruleset, tables)) == {
        "day": {"value": "2025-02-03", "document": {"number": "12/NQ", "date": "2025-02-01"}},
        "count": {"value": 7, "confirmed_by": "Công an xã"},
    }


def test_some_rows_are_read_as_they_are_among_all(national: Engine) -> None:
    tables = sort_tables(tables_in_memory(frames_of(random_dossier(5, 120))), national.ruleset)
    whole = [(raw, raw.rows.with_row_index(ROW).collect()) for raw in tables]
    every = {entry.data["id"]: entry for entry in dossier_of(whole, national.ruleset, 2025).entries}
    rng = random.Random(5)
    wanted = rng.sample([id for raw, rows in whole if raw.what == UNITS for id in rows["id"]], 40)
    some = []
    for raw, rows in whole:
        key = pl.col("id" if raw.what == UNITS else "unit")
        kept = rows.filter(key.is_in(wanted))
        some += [(raw, part) for part in (kept[: kept.height // 2], kept[kept.height // 2 :])]
    found = dossier_of(some, national.ruleset, 2025)
    assert len(found.entries) == 40
    for entry in found.entries:
        whole_one = every[entry.data["id"]]
        assert entry.data == whole_one.data
        for name in entry.data.get("evidence", {}):
            assert entry.place(("evidence", name)) == whole_one.place(("evidence", name))


def test_units_without_a_known_kind_are_refused_alone(engine: Engine) -> None:
    rows = {"id": ["a", "b", "c"], "kind": ["U", None, "w"], "count": [1, 2, 3], "day": [None, None, "x"]}
    assessment = engine.assess(gathered(engine.ruleset, {"đơn vị": pl.DataFrame(rows)}), period=2025)
    assert [verdict.unit for verdict in assessment.verdicts] == ["a"]
    assert [fault.line() for one in assessment.rejected for fault in one.faults] == [
        "đơn vị: #2 kind: the key 'kind' is missing; add it",
        "đơn vị: #3 kind: 'w' is not one of the choices; known: u, v",
    ]


def test_a_field_of_another_kind_is_refused_where_it_says_something(engine: Engine) -> None:
    rows = {"id": ["a", "b"], "kind": ["v", "v"], "day": [None, "2025-02-03"]}
    one, other = gathered(engine.ruleset, {"x": pl.DataFrame(rows)}).entries
    assert one.faults() == []
    assert [fault.line() for fault in other.faults()] == [
        "x: #2 day: 'day' is not a field of v; known: count"
    ]  # fmt: skip


# CSV


def put(folder: Path, **files: str | bytes) -> Path:
    """A folder with CSV files."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(folder: Path, engine: Engine) -> Dossier:
    return load_dossier(folder, period=2025, ruleset=engine.ruleset)


LINES = [
    "id,name,count,day,topics,flag,events",
    'u-1,"Tổ ""An Bình"", số 1",1.205,03/02/2025,x; y,có,có',
    "",
    'u-2,"hai\ndòng",,không có,không,không,không',
    "u-3,Tổ 3",
    "Tổng cộng,,1205,,,,",
]
SAID = [
    {
        "id": "u-1",
        "name": 'Tổ "An Bình", số 1',
        "kind": "u",
        "evidence": {
            "count": 1205, "day": "2025-02-03", "topics": ["x", "y"], "flag": True,
            "events": [{"on": "2025-03-01", "weight": 2}],
        },
    },
    {
        "id": "u-2",
        "name": "hai\ndòng",
        "kind": "u",
        "evidence": {"day": "absent", "topics": ["y"], "flag": False, "events": []},
    },
    {"id": "u-3", "name": "Tổ 3", "kind": "u"},
]  # fmt: skip


def dialect(text: str, separator: str, end: str, mark: str) -> bytes:
    """CSV as another program writes it."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, lineterminator=end).writerows(rows)
    return (mark + stream.getvalue()).encode()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_is_read_as_programs_write_it(separator: str, end: str, mark: str, tmp_path: Path, engine: Engine) -> None:
    units = dialect("\n".join(LINES), separator, end, mark)
    events = dialect("unit,on,weight\nu-1,1-3-2025,2\n", separator, end, mark)
    assert [entry.data for entry in read(put(tmp_path, u=units, events=events), engine).entries] == SAID


def test_columns_without_a_name_may_be_empty(tmp_path: Path, engine: Engine) -> None:
    folder = put(tmp_path, u="id;count;;\nu-1;7;;\nu-2;8\nu-3;9;;;;\n; ;;\n", events="unit,on\n")
    assert [entry.data["evidence"] for entry in read(folder, engine).entries] == [{"count": n} for n in (7, 8, 9)]


def test_cells_are_named_by_line_and_column(tmp_path: Path, engine: Engine) -> None:
    text = '\ufeffid,name,count,events\n"u-1","Tổ\n""1""","x,y",\n\nu-2,Tổ 2,,có\nu-3,"Tổ" ,ba,1\n'
    # Polars takes no blank after a quotation mark.
    folder = put(tmp_path, u=text.replace('"Tổ" ', '"Tổ"'), events="unit,on\nu-2,31/02/2025\n")
    entries = read(folder, engine).entries
    file, events = f"{folder}/u.csv", f"{folder}/events.csv"
    assert [fault.line() for entry in entries for fault in entry.faults()] == [
        f"{file}:3:8: a whole number is needed here, not 'x,y'; write digits only, such as 1205 or 1.205",
        f"{events}:2:5: a day of the calendar written as 31/03/2025 is needed here, not '31/02/2025'; "
        "write the day before the month",
        f"{file}:6:10: a whole number is needed here, not 'ba'; write digits only, such as 1205 or 1.205",
        f"{file}:6:13: this says that there are some, but no row of the list is of this unit; "
        "add the rows, or write 'không' where none occurred",
    ]
    assert str(entries[1].place(("evidence", "count"))) == f"{file}:5:10"
    assert str(entries[1].place(("evidence", "flag"))) == f"{file}:5:1"


CELL = st.text(st.sampled_from('ab "\n,;ổ'), max_size=4)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=8), separator=st.sampled_from([",", ";"]))
def test_every_cell_is_found_where_it_stands(rows: list[list[str]], separator: str, tmp_path_factory: Any) -> None:
    file: Path = tmp_path_factory.mktemp("csv") / "u.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
        writer.writerows([["a", "b", "c"], *rows])
    (table,) = open_tables([file]).values()
    read = table.rows.collect()
    assert [[cell or "" for cell in row] for row in read.rows()] == rows
    assert isinstance(table.places, CsvFile)
    lines = file.read_text(encoding="utf-8").split("\n")
    for number, row in enumerate(rows):
        for name, cell in zip("abc", row, strict=True):
            place = table.places.place(number, name)
            rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
            found = next(csv.reader(io.StringIO(rest, newline=""), delimiter=separator), [])
            assert (found or [""])[0] == cell


BROKEN: list[tuple[str | bytes, str]] = [
    (b"", "u.csv: the file is empty; write a table into it"),
    (b"\n", "u.csv:1:1: the first row does not name the columns; write their names into it"),
    (",,\nu-1,,\n", "u.csv:1:1: the first row does not name the columns; write their names into it"),
    ('id,"na\nme"\nu-1,a\n', "u.csv:1:1: the first row does not name the columns; write their names into it"),
    ("id,count,\nu-1,7,8\n", "u.csv:1:10: this column holds something, but has no name; name it in the first row"),
    (
        "id,count\nu-1,7\n\nu-2,8,9\nu-3,7,,\nu-4,1,,x\n",
        "u.csv:4:7: this row has 3 cells, and the first row names 2 columns; put a text that holds ',' in quotation"
        "\nu.csv:6:8: this row has 4 cells, and the first row names 2 columns; put a text that holds ',' in quotation",
    ),
    ('id,name\nu-1,"Tổ\nu-2,\n', "u.csv:2:1: the quotation marks of this row do not pair up; put a text"),
    ('id,name\nu-1,a\nu-2,"Tổ" 1\n', "u.csv:3:1: the quotation marks of this row do not pair up; put a text"),
    ('id,name\nu-1,4" ống\nu-2,a\n', "u.csv:2:1: the quotation marks of this row do not pair up; put a text"),
    ("id,tên\nu-1,a\n".encode("cp1258"), "u.csv:1:5: the file is not UTF-8 but another encoding; save it as UTF-8"),
    (b"id,name\nu-1,a\nu-2,\xe1\n", "u.csv:3:5: the file is not UTF-8 but another encoding; save it as UTF-8"),
    ("id,name\nu-1,a\n".encode("utf-16"), "u.csv: the file is not UTF-8 but UTF-16; save it as UTF-8"),
    ("id,name,name\nu-1,a,\n", "u.csv:1:9: the column 'name' stands twice; keep one of the two"),
    ("id;cuont\nu-1;1\n", "u.csv:1:4: 'cuont' is not a field of u; did you mean 'count'?"),
    ("id count\nu-1 1\n", "u.csv:1:1: 'id count' is not a field of u; \nu.csv: no column is 'id'; add it"),
    (
        b"PAR1" + bytes(20),
        "u.csv: this is a Parquet file, but its name ends in .csv; save it under a name that ends in .parquet",
    ),
]


@pytest.mark.parametrize(("content", "text"), BROKEN, ids=lambda one: repr(one)[:30])
def test_broken_csv_is_told_with_its_line(content: str | bytes, text: str, tmp_path: Path, engine: Engine) -> None:
    folder = put(tmp_path, u=content)
    found = [line.removeprefix(f"{folder}/") for line in refused(lambda: read(folder, engine))]
    assert len(found) == text.count("\n") + 1
    assert all(line.startswith(start) for line, start in zip(found, text.split("\n"), strict=True)), found


def test_every_faulty_file_is_told(tmp_path: Path, engine: Engine) -> None:
    folder = put(tmp_path, u="id\nu-1\n", v="", x=b"\xff")
    pl.DataFrame({"id": ["u-1"]}).write_parquet(folder / "u.parquet")
    whole = (folder / "u.parquet").read_bytes()
    (folder / "w.parquet").write_bytes(whole[:-20])
    (folder / "z.parquet").write_bytes(b"id\nz-1\n")
    lines = [line.removeprefix(f"{folder}/") for line in refused(lambda: read(folder, engine))]
    assert lines[:2] == [
        f"u.parquet: {folder}/u.csv is the table 'u', too; keep one of the two",
        "v.csv: the file is empty; write a table into it",
    ]
    assert lines[2].startswith("w.parquet: the table is broken: ")
    assert lines[3] == "x.csv:1:1: the file is not UTF-8 but another encoding; save it as UTF-8"
    assert lines[4:] == ["z.parquet: this is no Parquet file, though its name says so; write it anew"]


def test_a_parquet_file_broken_inside_is_told(tmp_path: Path, engine: Engine) -> None:
    file = tmp_path / "u.parquet"
    pl.DataFrame({"id": [f"u-{number * 7919}" for number in range(5000)]}).write_parquet(file)
    content = bytearray(file.read_bytes())
    content[100:2000] = bytes(1900)
    file.write_bytes(content)
    (line,) = refused(lambda: read(tmp_path, engine))
    assert line.startswith(f"{file}: the table is broken: ")


def test_a_table_too_large_for_a_dossier_is_told(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("antq_rules.located.MAX_NODES", 5)
    folder = put(tmp_path, u="id,count\na,1\nb,2\nc,3\n")
    assert refused(lambda: read(folder, engine)) == [
        f"{folder}/u.csv: the table has 6 cells, the limit is 5; split it into several folders"
    ]


# Which files are read together


def ids(dossier: Dossier) -> list[str]:
    return [entry.data["id"] for entry in dossier.entries]


def test_the_tables_of_each_folder_are_one_dossier(tmp_path: Path, engine: Engine) -> None:
    first = put(tmp_path / "a", u="id,events\na-1,có\n", events="unit,on\na-1,2025-02-03\n")
    second = put(tmp_path / "b", u="id,events\nb-1,có\n")
    pl.DataFrame({"unit": ["b-1"], "on": [date(2025, 2, 4)]}).write_parquet(second / "events.parquet")
    (tmp_path / "a.yaml").write_text("schema: antq.dossier/1\nunits: [{id: y-1, kind: u}]\n", encoding="utf-8")
    whole = read(tmp_path, engine)
    assert ids(whole) == ["a-1", "y-1", "b-1"]
    assert [entry.data.get("evidence") for entry in whole.entries] == [
        {"events": [{"on": "2025-02-03"}]}, None, {"events": [{"on": "2025-02-04"}]},
    ]  # fmt: skip
    named = (second / "events.parquet", first / "u.csv", tmp_path / "a.yaml", first / "events.csv", second / "u.csv")
    assert ids(load_dossier(*named, period=2025, ruleset=engine.ruleset)) == ["b-1", "a-1", "y-1"]
    assert refused(
        lambda: load_dossier(first / "events.csv", second / "u.csv", period=2025, ruleset=engine.ruleset)
    ) == [f"{first}/events.csv:2:1: there is no unit 'a-1'; write the id of a unit of these tables"]


def test_tables_are_named_by_a_mapping_a_folder_or_files(tmp_path: Path) -> None:
    folder = put(tmp_path / "số liệu [1]", u="id\na\n", v="id\n")
    (folder / ".u.csv").write_text("x", encoding="utf-8")
    (folder / "ghi chú.txt").write_text("x", encoding="utf-8")
    (tmp_path / "trống").mkdir()
    inputs: list[Path | str | list[Path | str]] = [folder, str(folder), [folder / "v.csv", str(folder / "u.csv")]]
    for one in inputs:
        tables = named_tables(one)
        assert sorted(tables) == ["u", "v"]
        assert tables["u"].rows.collect().rows() == [("a",)]
    assert sorted(named_tables({"w": pl.DataFrame()})) == ["w"]
    assert refused(lambda: named_tables(tmp_path / "trống")) == [
        f"{tmp_path}/trống: the folder holds no dossier; put files there that end in .parquet, .csv"
    ]
    assert refused(lambda: named_tables(tmp_path / "u.csv")) == [
        f"{tmp_path}/u.csv: there is no such file or folder; check the path"
    ]


def test_readers_of_plugins_can_take_files_together(tmp_path: Path) -> None:
    def together(sources: Sequence[Source]) -> Dossier:
        return Dossier.of([{"id": "+".join(Path(source.name).name for source in sources), "kind": "kdc"}], 2025)

    class Plugin:
        @hookimpl
        def antq_readers(self) -> list[Reader]:
            return [
                Reader(name, (f".{name}",), lambda source: together([source]), lambda raw: False, 5, together)
                for name in ("dot", "dash")
            ]

    for name in ("a.dot", "b.dash", "c/a.dot"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert ids(load_dossier(tmp_path, plugins=Plugins.of([Plugin()]))) == ["a.dot+b.dash", "a.dot"]


STDIN: list[tuple[bytes, int]] = [
    ("\ufeffid;kind;count\na;u;7\nb;v;\n".encode(), 2),
    (b'"kind","id"\r\nu,a\r\n', 1),
    (b"kind\tid\n", 0),
    (b"schema: antq.dossier/1\nunits: [\n id, kind]\n", 2),
    (b'{"schema": "antq.dossier/1", "units": [{"id": "a", "kind": "u"}]}', 1),
    (b'{"id": "a", "kind": "u"}\n{"id": "b", "kind": "u"}\n', 2),
]


@pytest.mark.parametrize(("content", "count"), STDIN)
def test_the_standard_input_may_be_a_table(
    content: bytes, count: int, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert len(load_dossier("-", period=2025, ruleset=engine.ruleset).entries) == count


def test_parquet_on_the_standard_input(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    pl.DataFrame({"id": ["a"], "kind": ["u"], "count": ["x"]}).write_parquet(stream)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stream.getvalue())))
    (entry,) = load_dossier("-", period=2025, ruleset=engine.ruleset).entries
    (fault,) = entry.faults()
    assert fault.line().startswith("<stdin>: #1 count: a whole number is needed here, not 'x'")


def test_a_mapping_is_not_for_tables(tmp_path: Path, engine: Engine) -> None:
    folder = put(tmp_path, u="id\na\n")
    assert refused(lambda: load_dossier(folder, period=2025, ruleset=engine.ruleset, mapping="m.yaml")) == [
        f"{folder}/u.csv: --mapping is for workbooks and tells nothing of this table; "
        "name the table and its columns as the ruleset does"
    ]


def test_without_polars_tables_cannot_be_read(tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(tmp_path, u="id\na\n")
    monkeypatch.setitem(sys.modules, "polars", None)
    assert refused(lambda: read(folder, engine)) == [
        f"{folder}/u.csv: tables are read by Polars, which is not installed; install antq-rules[batch]"
    ]


def test_a_table_states_no_year(tmp_path: Path) -> None:
    folder = put(tmp_path, kdc="id\na\n")
    (line,) = refused(lambda: load_dossier(folder))
    assert line == "the dossier states no period; add 'period: 2025' or --period 2025"


# The same as other formats

PLACE = re.compile(r'"text": "[^"]*?(csv:\d+:\d+|: #\d+ \w+): ')


def without_places(result: str) -> str:
    """A result in which the faults of rejected units do not say where they stand."""
    return PLACE.sub('"text": "', result)


def holds_the_same(said: dict[str, Any], dossier: Dossier, engine: Engine) -> None:
    """Holds a dossier from tables against the same in plain values."""
    want = dossier_from_mapping(said)
    assert input_hash(dossier) == input_hash(want)
    found = engine.assess(dossier, period=said["period"]).to_json()
    assert without_places(found) == engine.assess(want).to_json()
    assert f'"input_sha256": "{input_hash(want)}"' in found


def plain(source: Path) -> dict[str, Any]:
    """What the files of a dossier say."""
    dossier = load_dossier(source)
    units = [entry.data for entry in dossier.entries if not entry.faults()]
    return {"schema": "antq.dossier/1", "period": dossier.period, "units": units}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("source", "ruleset", "lost"),
    [
        ("xa-mau", "tt-124-2021", 0),
        ("traps/bom.json", "tt-124-2021", 0),
        ("traps/nfd.yaml", "tt-124-2021", 0),
        ("traps/yaml-1.2.yaml", "tt-124-2021", 15),
        ("ba-don-2016", "tt-23-2012", 0),
        ("bich-dong-2016", "tt-23-2012", 0),
        ("duc-ninh-dong-2023", "typical-ward-9745", 0),
    ],
)
def test_fixtures_say_the_same_in_tables(source: str, ruleset: str, lost: int, format: str, tmp_path: Path) -> None:
    dossier, judge = plain(FIXTURES / source), Engine(ruleset)
    said = sayable(dossier, judge.ruleset)
    assert len(dossier["units"]) - len(said["units"]) == lost
    write_tables(dossier, tmp_path, format, judge.ruleset)
    holds_the_same(said, load_dossier(tmp_path, period=dossier["period"], ruleset=judge.ruleset), judge)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("seed", range(4))
def test_random_dossiers_say_the_same_in_tables(seed: int, format: str, tmp_path: Path, national: Engine) -> None:
    dossier = random_dossier(seed, 250)
    said = sayable(dossier)
    # Most of what breaks the contract breaks it in ways of which cells know nothing.
    assert 240 <= len(said["units"]) <= 250
    write_tables(dossier, tmp_path, format)
    holds_the_same(said, load_dossier(tmp_path, period=2025), national)


def test_frames_say_the_same(national: Engine) -> None:
    dossier = random_dossier(11, 300)
    holds_the_same(sayable(dossier), gathered(national.ruleset, frames_of(dossier)), national)


def test_tables_are_judged_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], national: Engine
) -> None:
    dossier = plain(FIXTURES / "xa-mau")
    write_tables(dossier, tmp_path, "csv")
    assert main(["evaluate", str(tmp_path), "--period", "2025", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads(national.assess(dossier_from_mapping(sayable(dossier))).to_json())


# What docs/tables.md shows

PAGE = (FIXTURES.parent / "docs" / "tables.md").read_text(encoding="utf-8")


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the page's example, in the working folder."""
    folder = tmp_path / "so-lieu"
    folder.mkdir()
    for name, content in re.findall(r"`(\w+\.csv)`.*\n\n```csv\n((?:.*\n)*?)```", PAGE):
        (folder / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


def test_the_commands_of_the_page_print_what_it_shows(shown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands, *_ = re.findall(r"```sh\n((?:.*\n)*?)```", PAGE)
    (text,) = re.findall(r"```text\n((?:.*\n)*?)```", PAGE)
    validate, evaluate = (line.split()[1:] for line in commands.splitlines())
    assert main(validate) == 0
    assert main(evaluate) == 1
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())
    assert text in printed


def test_the_python_of_the_page_runs(shown: Path) -> None:
    block, *_ = re.findall(r"```python\n((?:.*\n)*?)```", PAGE)
    exec(compile(block, "docs/tables.md", "exec"), {})


def test_the_faults_of_the_page_are_told_so(shown: Path) -> None:
    (lines,) = re.findall(r"```\n(so-lieu/(?:.*\n)*?)```", PAGE)
    file = shown / "kdc.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",180,", ",18o,"), encoding="utf-8")
    first = [fault.line() for entry in load_dossier("so-lieu", period=2025).entries for fault in entry.faults()]
    file.unlink()
    rows = {"id": ["kdc-01", "kdc-02"], "households_resident": ["201", "18o"], "crimes": [False, True]}
    pl.DataFrame(rows).write_parquet(shown / "kdc.parquet")
    second = [fault.line() for entry in load_dossier("so-lieu", period=2025).entries for fault in entry.faults()]
    assert [*first, *second] == lines.splitlines()
