"""Cells of tables into values, sheets into dossiers, and the cells that faults name."""

from __future__ import annotations

import random
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antq_rules import Engine, EvidenceError, Ruleset, load_dossier, load_ruleset
from antq_rules.assessment.assessing import input_hash
from antq_rules.cli import main
from antq_rules.extensions.formats import Source
from antq_rules.model.dossier import Dossier
from antq_rules.model.expression import Dimension, Label
from antq_rules.model.ruleset import Choice, Field
from antq_rules.readers.cells import Refusal, reader_of
from antq_rules.readers.layout import (
    DOCUMENT_COLUMNS,
    DOCUMENTS,
    GUIDE,
    UNIT_COLUMNS,
    marker_of,
    rows_marker,
    units_marker,
)
from antq_rules.readers.reading import built_in
from antq_rules.readers.sheets import dossier_of_workbook
from antq_rules.readers.structure import dossier_from_mapping
from antq_rules.readers.workbook.opening import Oddity, Sheet, Value, Workbook
from antq_rules.readers.workbook.places import cell_place
from tests.random_dossiers import random_dossier

EPOCH = date(1899, 12, 30)
PERCENT = Oddity.PERCENT


# Cells

TITLE = Label("tên", "title")
GRADES = (
    Choice("good", Label("Tốt", "Good")),
    Choice("weak", Label("Yếu; cần củng cố", "Weak")),
    Choice("none", Label("Không có", "None at all")),
    Choice("first", Label("Hạng A", "Double")),
    Choice("second", Label("Hạng B", "Double")),
)
FLAG = Field("flag", "boolean", TITLE)
COUNT = Field("count", "integer", TITLE, high=10**9)
SHARE = Field("share", "decimal", TITLE, high=1000, dimension=Dimension("decimal", places=3))
PER_CENT = Field("rate", "decimal", TITLE, high=10_000, dimension=Dimension("decimal", places=2, unit=Label("%", "%")))
POINTS = Field("points", "decimal", TITLE, high=10**9, dimension=Dimension("decimal", places=2))
DAY = Field("day", "date", TITLE)
PAPER = Field("paper", "date", TITLE, may_be_absent=True)
GRADE = Field("grade", "enum", TITLE, choices=GRADES)
GRADES_GIVEN = Field("grades", "set", TITLE, choices=GRADES)
WORDS = Field("words", "text", TITLE)


def read(known: Field, value: Value, oddity: Oddity | None = None, epoch: date = EPOCH) -> Any:
    return reader_of(known, epoch)(value, oddity)


READ: list[tuple[Field, Value, Any]] = [
    *((FLAG, word, True) for word in ("có", "CÓ", " Có ", "x", "X", "✓", "đúng", "Yes", "true", "1", 1, 1.0, True)),
    *((FLAG, word, False) for word in ("không", "KHÔNG", "không  có", "sai", "No", "false", "0", 0, 0.0, False)),
    *((FLAG, word, None) for word in ("", "  ", "chưa rõ", "Chưa\u00a0rõ", "không rõ", "?", None)),
    (FLAG, unicodedata.normalize("NFD", "không"), False),
    (FLAG, unicodedata.normalize("NFD", "ĐÚNG"), True),
    (COUNT, 7, 7),
    (COUNT, 7.0, 7),
    (COUNT, -3, -3),
    (COUNT, "1205", 1205),
    (COUNT, " 1.205 ", 1205),
    (COUNT, "1.205.300", 1205300),
    (COUNT, "-5", -5),
    (COUNT, "05", 5),
    (COUNT, "chưa rõ", None),
    (COUNT, None, None),
    (POINTS, 7.25, Decimal("7.25")),
    (POINTS, 0.1, Decimal("0.1")),
    (POINTS, 7.0, 7),
    (POINTS, 7, 7),
    (POINTS, "0,7", Decimal("0.7")),
    (POINTS, "1.205", 1205),
    (POINTS, "1.205,5", Decimal("1205.5")),
    (POINTS, "7,0", 7),
    (POINTS, "", None),
    (SHARE, "0,205", Decimal("0.205")),
    (SHARE, "70%", Decimal("0.7")),
    (SHARE, "87,5 %", Decimal("0.875")),
    (PER_CENT, "70 %", 70),
    (PER_CENT, 70, 70),
    (DAY, date(2025, 3, 31), "2025-03-31"),
    (DAY, datetime(2025, 3, 31, 17, 30), "2025-03-31"),
    *((DAY, text, "2025-03-01") for text in ("01/03/2025", "1/3/2025", "1-3-2025", "1.3.2025", "2025-03-01")),
    (DAY, "2025-03-01 00:00:00", "2025-03-01"),
    (DAY, 45747, "2025-03-31"),
    (DAY, 45747.0, "2025-03-31"),
    (DAY, "chưa rõ", None),
    (PAPER, "không có", "absent"),
    (PAPER, unicodedata.normalize("NFD", "Không có"), "absent"),
    (PAPER, "absent", "absent"),
    (GRADE, "good", "good"),
    (GRADE, "TỐT", "good"),
    (GRADE, unicodedata.normalize("NFD", "tốt"), "good"),
    (GRADE, "Good", "good"),
    (GRADE, "yếu;  cần củng cố", "weak"),
    (GRADE, "không có", "none"),
    (GRADE, "chưa rõ", None),
    (GRADES_GIVEN, "Tốt; Yếu; cần củng cố", ["good", "weak"]),
    (GRADES_GIVEN, "Yếu;cần củng cố\nTốt;", ["weak", "good"]),
    (GRADES_GIVEN, "good; good", ["good"]),
    (GRADES_GIVEN, "không", []),
    (GRADES_GIVEN, "không có", ["none"]),
    (GRADES_GIVEN, "chưa rõ", None),
    (WORDS, " Tổ tự quản ", "Tổ tự quản"),
    (WORDS, "hai\r\ndòng", "hai\ndòng"),
    (WORDS, 7, "7"),
    (WORDS, 7.0, "7"),
    (WORDS, "=1+1", "=1+1"),
    (WORDS, "chưa rõ", None),
    (WORDS, unicodedata.normalize("NFD", "Đội"), "Đội"),
]


@pytest.mark.parametrize(("known", "value", "expected"), READ)
def test_a_cell_is_read_as_a_yaml_author_would_write_it(known: Field, value: Value, expected: Any) -> None:
    found = read(known, value)
    assert (found, type(found)) == (expected, type(expected))


REFUSED: list[tuple[Field, Value, Oddity | None, str, str]] = [
    (FLAG, "cos", None, "wrong_type", "'có', 'không' or 'chưa rõ' is needed here, not 'cos'"),
    (FLAG, 2, None, "wrong_type", "not 2"),
    (FLAG, 1, PERCENT, "wrong_type", "not 1"),
    (FLAG, date(2025, 1, 2), None, "wrong_type", "not the date 02/01/2025"),
    (COUNT, "1,205", None, "wrong_type", "write 1205 if that is meant"),
    (COUNT, 1.205, None, "wrong_type", "write 1205 if that is meant"),
    (COUNT, 0.5, None, "wrong_type", "a whole number is needed here, not 0.5"),
    (COUNT, "0.205", None, "wrong_type", "write digits only"),
    (COUNT, "1.20", None, "wrong_type", "write digits only"),
    (COUNT, "201 hộ", None, "wrong_type", "write digits only"),
    (COUNT, "-", None, "wrong_type", "not '-'"),
    (COUNT, 0.7, PERCENT, "wrong_type", "not a percentage"),
    (COUNT, 1, PERCENT, "wrong_type", "not a percentage"),
    (COUNT, "70%", None, "wrong_type", "not a percentage"),
    (COUNT, True, None, "wrong_type", "a whole number is needed here, not true"),
    (COUNT, date(1900, 1, 5), None, "wrong_type", "not the date 05/01/1900"),
    (COUNT, time(8, 0), None, "wrong_type", "not a time of day"),
    (COUNT, 1e300, None, "wrong_type", "at most 15 digits"),
    (COUNT, None, Oddity.ERROR, "formula_error", "the formula in this cell gives an error"),
    (COUNT, None, Oddity.NO_RESULT, "no_result", "no result of the formula"),
    (POINTS, "1.2", None, "wrong_type", "decimal comma"),
    (POINTS, "7.25", None, "wrong_type", "decimal comma"),
    (POINTS, "1,205.5", None, "wrong_type", "decimal comma"),
    (POINTS, 0.7, PERCENT, "wrong_type", "not a percentage"),
    (POINTS, False, None, "wrong_type", "a number is needed here, not false"),
    (SHARE, "1.205", None, "wrong_type", "in two ways"),
    (SHARE, "1,205", None, "wrong_type", "in two ways"),
    (DAY, "31/13/2025", None, "bad_date", "a day of the calendar"),
    (DAY, "03/31/2025", None, "bad_date", "write the day before the month"),
    (DAY, "30/02/2025", None, "bad_date", "a day of the calendar"),
    (DAY, "31/3/25", None, "bad_date", "year in four digits"),
    (DAY, "3/2025", None, "bad_date", "'3/2025'"),
    (DAY, "không có", None, "bad_date", "a date such as 31/03/2025 is needed here, not 'không có'"),
    (DAY, 2025, None, "bad_date", "not 2025"),
    (DAY, 20250331, None, "bad_date", "not 20250331"),
    (DAY, 45747.5, None, "bad_date", "not 45747.5"),
    (DAY, 45747, PERCENT, "bad_date", "not 45747"),
    (DAY, True, None, "wrong_type", "not true"),
    (DAY, date(1900, 1, 7), None, "bad_date", "not the date 07/01/1900"),
    (PAPER, "chưa có", None, "bad_date", "or 'không có', is needed here"),
    (GRADE, "Tôt", None, "unknown_choice", "did you mean 'Tốt'?"),
    (GRADE, "Xuất sắc", None, "unknown_choice", "known: Hạng A, Hạng B"),
    (GRADE, "double", None, "ambiguous_choice", "fits several choices: first, second"),
    (GRADE, True, None, "wrong_type", "not true"),
    (GRADES_GIVEN, "Tốt, Yếu", None, "unknown_choice", "'Tốt, Yếu'"),
    (GRADES_GIVEN, "Tốt; không", None, "unknown_choice", "'không'"),
    (WORDS, 7.5, None, "wrong_type", "a text is needed here, not 7.5"),
    (WORDS, date(2025, 2, 3), None, "wrong_type", "format the cell as text"),
    (WORDS, True, None, "wrong_type", "not true"),
]


@pytest.mark.parametrize(("known", "value", "oddity", "code", "words"), REFUSED)
def test_a_cell_that_would_be_a_guess_is_refused(
    known: Field, value: Value, oddity: Oddity | None, code: str, words: str
) -> None:
    found = read(known, value, oddity)
    assert isinstance(found, Refusal), found
    fault = found.fault(("evidence", known.name), cell_place("f", "A", 0, 0))
    assert fault.code == code
    assert words in fault.text()


def test_a_percent_cell_is_taken_where_the_field_tells_how() -> None:
    assert read(SHARE, 0.875, PERCENT) == Decimal("0.875")
    assert read(PER_CENT, 0.875, PERCENT) == Decimal("87.5")
    assert read(PER_CENT, 0.7, PERCENT) == 70


def test_serial_numbers_count_from_the_epoch_of_the_file() -> None:
    assert read(DAY, 44285, epoch=date(1904, 1, 1)) == "2025-03-31"


def test_markers_say_what_a_sheet_is() -> None:
    assert marker_of(units_marker("kdc")) == ("antq:units", "kdc")
    assert marker_of(rows_marker("crimes")) == ("antq:rows", "crimes")
    assert marker_of(GUIDE) == (GUIDE, "")
    assert marker_of("Khu dân cư") is None
    assert marker_of("antq:units") is None
    assert marker_of(3) is None


# Sheets of a template


@cache
def tt124() -> Ruleset:
    return load_ruleset("tt-124-2021")


def sheet(name: str, rows: Sequence[Sequence[Value]], **more: Any) -> Sheet:
    width = max(map(len, rows))
    filled = [[*row, *[None] * (width - len(row))] for row in rows]
    return replace(Sheet(name, filled, {}, (), False), **more)


def marked(name: str, marker: str, ids: Sequence[Value], *rows: Sequence[Value], **more: Any) -> Sheet:
    return sheet(name, [[marker], ids, ["tên"], ["gợi ý"], *rows], **more)


def kdc(ids: str, *rows: Sequence[Value], **more: Any) -> Sheet:
    return marked("KDC", "antq:units:kdc", ids.split(), *rows, **more)


def rows_of(field: str, ids: str, *rows: Sequence[Value], **more: Any) -> Sheet:
    return marked(field, rows_marker(field), ids.split(), *rows, **more)


def documents(*rows: Sequence[Value]) -> Sheet:
    return marked("Tài liệu", DOCUMENTS, DOCUMENT_COLUMNS, *rows)


def guide(period: Value, ruleset: str = "tt-124-2021", overlays: str = "") -> Sheet:
    return sheet(
        "HD",
        [[GUIDE], ["period", "Năm", period], ["ruleset", "", ruleset], ["overlays", "", overlays], ["Việc cần làm"]],
    )


def dossier_of(*sheets: Sheet, ruleset: Ruleset | None = None, mapping: Path | None = None) -> Dossier:
    source = Source("mau.xlsx", mapping=mapping, ruleset_of=lambda _: ruleset or tt124())
    return dossier_of_workbook(Workbook(sheets, EPOCH), source)


def units_of(*sheets: Sheet, **more: Any) -> list[Any]:
    return [entry.data for entry in dossier_of(*sheets, **more).entries]


def faults_of(*sheets: Sheet, **more: Any) -> list[str]:
    """The lines of all faults of the units, or of the file."""
    try:
        dossier = dossier_of(*sheets, **more)
    except EvidenceError as error:
        return [fault.line() for fault in error.faults]
    engine = Engine(tt124(), engine="scalar", language="en")
    rejected = engine.assess(dossier, period=2025).rejected
    return [fault.line() for one in rejected for fault in one.faults]


def has(lines: list[str], *beginnings: str) -> None:
    assert len(lines) == len(beginnings), lines
    for line, beginning in zip(lines, beginnings, strict=True):
        assert line.startswith(f"mau.xlsx: {beginning}"), line


def test_a_row_is_a_unit_and_blank_cells_are_left_out() -> None:
    assert units_of(
        guide(2025),
        kdc(
            "id name parent tags managing_level households_resident party_resolution_date",
            ["kdc-01", "Thôn Một", 7.0, "border; island", "XA", 201.0, date(2025, 2, 3)],
            [None, "  ", None],
            [12, None, "chưa rõ", "không", None, "chưa rõ", None],
        ),
    ) == [
        {
            "id": "kdc-01",
            "kind": "kdc",
            "name": "Thôn Một",
            "parent": "7",
            "tags": ["border", "island"],
            "managing_level": "xa",
            "evidence": {"households_resident": 201, "party_resolution_date": "2025-02-03"},
        },
        {"id": "12", "kind": "kdc", "tags": []},
    ]


@pytest.mark.parametrize(("cell", "period"), [(2025, 2025), (2025.0, 2025), ("2025", 2025), (None, None), ("", None)])
def test_the_guide_states_the_year(cell: Value, period: int | None) -> None:
    assert dossier_of(guide(cell), kdc("id", ["a"])).period == period


@pytest.mark.parametrize("cell", ["năm 2025", 25, date(2025, 1, 1)])
def test_a_year_that_is_none_names_its_cell(cell: Value) -> None:
    has(faults_of(guide(cell), kdc("id", ["a"])), "HD!C2: a")


def test_a_template_without_rows_is_a_dossier_of_no_units() -> None:
    assert dossier_of(guide(2025), kdc("id name"), rows_of("crimes", "unit"), documents()).entries == ()


def test_sheets_without_a_marker_are_passed_over() -> None:
    assert len(units_of(sheet("Ghi chú", [["của tôi", 3]]), kdc("id", ["a"]), sheet("Trống", [[]]))) == 1


def test_what_cannot_be_read_refuses_its_unit_alone_and_names_every_cell() -> None:
    sheets = kdc(
        "id name households_resident households_registered party_resolution_date",
        ["a", None, 3, 3, None],
        ["b", None, "1,205", -1, "30/02/2025"],
    )
    has(faults_of(sheets), "KDC!C6: a whole number", "KDC!D6: -1 is out of range", "KDC!E6: a day of the calendar")
    assert units_of(sheets)[0]["evidence"] == {"households_resident": 3, "households_registered": 3}


def test_faults_that_are_found_later_name_their_cell() -> None:
    has(faults_of(kdc("id name managing_level", ["a", None, "commune"])), "KDC!C5: 'commune' is not one")
    has(faults_of(kdc("id name", ["a"], ["a"])), "KDC!A5: the id 'a'", "KDC!A6: the id 'a'")
    has(faults_of(kdc("name id", ["Thôn"])), "KDC!B5: the key 'id' is missing")
    contradiction = kdc("id households_registered households_resident", ["a", 4, 3])
    assert faults_of(contradiction)[0].startswith(("mau.xlsx: KDC!B5", "mau.xlsx: KDC!C5"))
    rows = rows_of("crimes", "unit occurred_on grade", ["a", date(2025, 2, 3), None], ["a", "32/1/2025", "serious"])
    has(faults_of(kdc("id", ["a"]), rows), "crimes!C5: the key 'grade' is missing", "crimes!B6: a day of the calendar")
    rows = rows_of("crimes", "unit occurred_on", ["a", date(2025, 2, 3)])
    has(faults_of(kdc("id", ["a"]), rows), "crimes!A5: the key 'grade' is missing")


def test_columns_that_are_no_fields_stop_the_file_all_at_once() -> None:
    lines = faults_of(
        guide(2025, overlays="tinh-mau-2025"),
        kdc("id households_residen households_registered households_registered", ["a", 1, 2, 3]),
        rows_of("crimes", "unit gradee"),
    )
    has(
        lines,
        "KDC!B2: 'households_residen' is not a field of kdc; did you mean 'households_resident'?",
        "KDC!D2: the column 'households_registered' stands twice",
        "crimes!B2: 'gradee' is not a field of crimes; did you mean 'grade'?",
        "HD!C3: the workbook was made for tt-124-2021 + tinh-mau-2025, and is read by tt-124-2021",
    )


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (marked("A", "antq:units:kdcc", ["id"]), "A!A1: there is no kind of unit 'kdcc'; did you mean 'kdc'?"),
        (marked("A", "antq:rows:crime", ["unit"]), "A!A1: there is no list 'crime'; did you mean 'crimes'?"),
        (marked("A", "antq:units:kdc", ["name"]), "A!A2: row 2 lacks the column 'id'"),
        (marked("A", "antq:rows:crimes", ["grade"]), "A!A2: row 2 lacks the column 'unit'"),
        (sheet("A", [["antq:units:kdc"]]), "A!A2: row 2 lacks the column 'id'"),
    ],
)
def test_a_sheet_whose_ids_were_changed_is_refused(one: Sheet, line: str) -> None:
    has(faults_of(one), line)


def test_columns_without_an_id_are_the_users_own() -> None:
    own = marked("KDC", "antq:units:kdc", ["id", None, "name"], ["a", "ghi chú", "Thôn"])
    assert units_of(own) == [{"id": "a", "kind": "kdc", "name": "Thôn"}]


CRIME = {"occurred_on": "2025-02-03", "grade": "serious"}
CRIME_ROW = ("a", "3/2/2025", "nghiêm trọng")

STATES: list[tuple[Value, list[Sequence[Value]], Any]] = [
    ("không", [], []),
    ("không có", [], []),
    (0, [], []),
    ("có", [CRIME_ROW], [CRIME]),
    (None, [CRIME_ROW, CRIME_ROW], [CRIME, CRIME]),
    (None, [], None),
    ("chưa rõ", [], None),
    ("có", [], "KDC!B5: this says that there are some, but no row of the list is of this unit"),
    ("không", [CRIME_ROW], "KDC!B5: this says 'không', but 1 rows of the list are of this unit"),
    ("chưa rõ", [CRIME_ROW], "KDC!B5: this says that it is not known, but 1 rows"),
    (3, [CRIME_ROW] * 3, "KDC!B5: 'có', 'không' or 'chưa rõ' is needed here, not 3"),
]


@pytest.mark.parametrize(("cell", "rows", "expected"), STATES)
def test_the_units_sheet_says_whether_a_list_has_rows(cell: Value, rows: list[Any], expected: Any) -> None:
    sheets = kdc("id crimes", ["a", cell]), rows_of("crimes", "unit occurred_on grade", *rows)
    if isinstance(expected, str):
        has(faults_of(*sheets), expected)
    else:
        assert units_of(*sheets)[0].get("evidence", {}).get("crimes") == expected


def test_rows_of_units_that_are_nowhere_stop_the_file() -> None:
    rows = rows_of("crimes", "unit occurred_on", ["kdc-02", "1/2/2025"], [None, "1/2/2025"], ["zzz"], ["Tổng cộng:", 3])
    has(
        faults_of(kdc("id", ["kdc-01"]), rows, documents(["kdc-03", "registration_date"])),
        "crimes!A5: there is no unit 'kdc-02'; did you mean 'kdc-01'?",
        "crimes!A6: this row does not say of which unit it is",
        "crimes!A7: there is no unit 'zzz'; write the id of a unit of this workbook",
        "Tài liệu!A5: there is no unit 'kdc-03'; did you mean 'kdc-01'?",
    )


def test_a_unit_merged_over_its_rows_holds_for_each_of_them() -> None:
    rows = rows_of("crimes", "unit occurred_on grade", CRIME_ROW, (None, *CRIME_ROW[1:]), merged=((4, 0, 5, 0),))
    assert units_of(kdc("id", ["a"]), rows)[0]["evidence"] == {"crimes": [CRIME, CRIME]}


def test_several_sheets_may_hold_one_list() -> None:
    one = rows_of("crimes", "unit occurred_on grade", CRIME_ROW)
    assert len(units_of(one, kdc("id", ["a"]), replace(one, name="crimes 2"))[0]["evidence"]["crimes"]) == 2


def test_documents_stand_beside_values() -> None:
    unit = units_of(
        kdc("id registration_date crimes", ["a", "1/2/2025", "không"]),
        documents(
            ["a", "registration_date", "công văn", 12, date(2025, 2, 3), "UBND xã", "Trưởng bản", "5/2/2025", "đã xem"],
            ["a", "Vụ phạm tội", None, "7/BC"],
            ["a", "households_resident", None, None, None, None, "Công an xã"],
        ),
    )[0]  # fmt: skip
    assert unit["evidence"] == {
        "registration_date": {
            "value": "2025-02-01",
            "document": {"kind": "công văn", "number": "12", "date": "2025-02-03", "issuer": "UBND xã"},
            "confirmed_by": "Trưởng bản",
            "confirmed_on": "2025-02-05",
            "note": "đã xem",
        },
        "crimes": {"value": [], "document": {"number": "7/BC"}},
        "households_resident": {"value": None, "confirmed_by": "Công an xã"},
    }


def test_faults_of_documents_name_their_cells() -> None:
    units = kdc("id registration_date", ["a", "1/2/2025"])
    row = ["a", "registration_date", None, "7", "31/2/2025"]
    has(faults_of(units, documents(row)), "Tài liệu!E5: a day of the calendar")
    has(faults_of(units, documents(["a", "registration_dat"])), "Tài liệu!B5: 'registration_dat' is not a field of kdc")
    has(faults_of(units, documents(["a", None, "x"])), "Tài liệu!B5: the key 'field' is missing")
    row = ["a", "registration_date", "x"]
    has(faults_of(units, documents(row, row)), "Tài liệu!B6: registration_date of unit 'a' has a row already")


def test_a_series_is_written_a_year_a_row() -> None:
    ward = load_ruleset("typical-ward-9745")
    name = next(known.name for known in ward.all_fields_of("xa").values() if known.kind == "series")
    units = marked("Xã", "antq:units:xa", ["id", name], ["a", "có"], ["b", "không"])
    rows = rows_of(name, "unit year value", ["a", 2023, 3], ["a", "2024", "1.205"], ["a", 2025, None])
    assert units_of(units, rows, ruleset=ward) == [
        {"id": "a", "kind": "xa", "evidence": {name: {"2023": 3, "2024": 1205}}},
        {"id": "b", "kind": "xa", "evidence": {name: {}}},
    ]
    rows = rows_of(
        name, "unit year value", ["a", 2023, 3], ["a", 2023, 4], ["a", 25, 1], ["a", None, 1], ["a", 2024, "x"]
    )
    entry = dossier_of(units, rows, ruleset=ward).entries[0]
    assert [fault.line().split(": ")[1] for fault in entry.faults()] == [
        f"{name}!B6",
        f"{name}!B7",
        f"{name}!B8",
        f"{name}!C9",
    ]
    assert str(entry.place(("evidence", name, "2023"))) == f"mau.xlsx: {name}!C5"


def test_without_markers_or_a_mapping_it_is_said_what_to_do() -> None:
    for sheets in ([sheet("A", [["Mã", "Tên"], ["a", "b"]])], [guide(2025)]):
        has(
            faults_of(*sheets),
            "nothing in this file tells what its columns mean; fill in a workbook of 'antq template'",
        )


def test_formulas_without_a_usable_result_are_no_blank_cells() -> None:
    ids = "id name households_resident crimes"
    odd = {(4, 0): Oddity.ERROR, (5, 2): Oddity.NO_RESULT, (6, 3): Oddity.ERROR, (7, 2): PERCENT, (7, 3): PERCENT}
    one = kdc(ids, [None], ["b"], ["c"], ["d", None, 1, None], oddities=odd)
    has(
        faults_of(one),
        "KDC!A5: the formula in this cell gives an error",
        "KDC!C6: the file holds no result of the formula",
        "KDC!D7: the formula in this cell gives an error",
        "KDC!C8: a whole number is needed here, not a percentage",
    )
    has(
        faults_of(kdc("id", ["a"]), rows_of("crimes", "unit", [None], oddities={(4, 0): Oddity.ERROR})),
        "crimes!A5: the f",
    )
    has(faults_of(kdc("id", ["a"]), documents(["a", 7.5])), "Tài liệu!B5: a text is needed here, not 7.5")
    merged = kdc(ids, ["a", None, 1], ["b"], merged=((4, 2, 5, 2),), oddities={(4, 2): PERCENT})
    has(faults_of(merged), *["KDC!C5: a whole number is needed here, not a percentage"] * 2)


def test_tags_are_not_parted_by_commas() -> None:
    line = "KDC!B5: a list of tags is needed here, not 'border, island'; part them by ';'"
    has(faults_of(kdc("id tags", ["a", "border, island"])), line)


def test_a_list_of_another_kind_is_refused() -> None:
    ward = load_ruleset("typical-ward-9745")
    kinds = [kind for kind in ("xa", "kdc", "coquan") if kind in ward.kinds]
    assert kinds == ["xa"]
    name = next(name for name, (known, *_) in ward.fields.items() if known.kind == "records")
    known = ward.fields[name][0]
    other = replace(ward, kinds={**ward.kinds, "thon": replace(ward.kinds["xa"], name="thon")})
    units = marked("A", "antq:units:thon", ["id", name], ["a", None])
    assert known.kinds == {"xa"}
    has(faults_of(units, ruleset=other), f"A!B2: '{name}' is not a field of thon")
    entry = dossier_of(
        marked("A", "antq:units:thon", ["id"], ["a"]), rows_of(name, "unit", ["a"]), ruleset=other
    ).entries[0]
    assert next(fault.line() for fault in entry.faults()).startswith(
        f"mau.xlsx: {name}!A5: '{name}' is not a field of thon"
    )


# The same data in YAML


def tidy(value: Any) -> Any:
    """A value beside which nothing stands is bare."""
    return value["value"] if isinstance(value, dict) and value.keys() == {"value"} else value


def sound_units(seed: int) -> list[dict[str, Any]]:
    dossier = random_dossier(seed, 60)
    refused = {one.unit for one in Engine(tt124(), engine="scalar").assess(dossier_from_mapping(dossier)).rejected}
    units = []
    for unit in dossier["units"]:
        if unicodedata.normalize("NFC", unit["id"]) not in refused:
            evidence = {name: tidy(value) for name, value in unit.get("evidence", {}).items()}
            kept = {key: value for key, value in unit.items() if key != "evidence"}
            units.append(kept | ({"evidence": evidence} if evidence else {}))
    return units


class Filling:
    """Writes units into the sheets of a template, in one of the ways in which each value may stand there."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.lists: dict[str, list[list[Value]]] = {}
        self.proofs: list[list[Value]] = []

    def sheets(self, units: list[dict[str, Any]]) -> list[Sheet]:
        made = []
        for kind in dict.fromkeys(unit["kind"] for unit in units):
            fields = tt124().all_fields_of(kind)
            names = list(fields)
            self.rng.shuffle(names)
            rows = [self.unit(unit, fields, names) for unit in units if unit["kind"] == kind]
            made.append(marked(kind, units_marker(kind), [*UNIT_COLUMNS, *names], *rows))
        for name, rows in self.lists.items():
            columns = next(iter(tt124().fields[name])).columns
            made.append(marked(name, rows_marker(name), ["unit", *columns], *rows))
        self.rng.shuffle(made)
        return [*made, documents(*self.proofs)]

    def unit(self, unit: dict[str, Any], fields: Any, names: list[str]) -> list[Value]:
        tags = unit.get("tags")
        row: list[Value] = [unit["id"], unit.get("name"), unit.get("parent")]
        row += [None if tags is None else "; ".join(tags) or "không", unit.get("managing_level")]
        for name in names:
            value = unit.get("evidence", {}).get(name)
            if isinstance(value, dict):
                proof = {**value, **value.get("document", {})}
                self.proofs.append([unit["id"], name, *(proof.get(key) for key in DOCUMENT_COLUMNS[2:])])
                value = value["value"]
            row.append(self.cell(unit["id"], fields[name], value))
        return row

    def cell(self, unit: str, known: Field, value: Any) -> Any:
        one: Callable[[Any], Any] = self.rng.choice
        if value is None:
            return one([None, None, "chưa rõ", ""])
        if known.kind == "records":
            rows = self.lists.setdefault(known.name, [])
            for record in value:
                rows.append(
                    [unit, *(self.cell("", column, record.get(name)) for name, column in known.columns.items())]
                )
            return one(["có", None, True]) if value else one(["không", False, 0])
        if known.kind == "boolean":
            return one(["có", "x", True, 1] if value else ["không", "Không có", False, 0.0])
        if known.kind == "integer":
            return one([value, float(value), str(value), f"{value:,}".replace(",", ".")])
        if known.kind == "date":
            if value == "absent":
                return "không có"
            day = date.fromisoformat(value)
            return one([day, f"{day.day}/{day.month}/{day.year}", value, (day - EPOCH).days])
        if known.kind in ("enum", "set"):
            titles = {choice.name: one([choice.title.vi, choice.title.en, choice.name]) for choice in known.choices}
            words = "; ".join(titles[name] for name in ([value] if known.kind == "enum" else value)) or "không"
            return one([words, words.upper(), unicodedata.normalize("NFD", words)])
        return value


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_workbook_has_the_hash_of_the_same_data_in_yaml(seed: int) -> None:
    units = sound_units(seed)
    read = dossier_of(*Filling(random.Random(seed)).sheets(units))
    assert [entry.faults() for entry in read.entries] == [[] for _ in units]
    assert input_hash(read) == input_hash(Dossier.of(units))


def test_a_whole_decimal_has_the_hash_of_the_whole_number() -> None:
    def hashed(value: Any) -> str:
        return input_hash(Dossier.of([{"id": "a", "kind": "kdc", "evidence": {"points": value}}]))

    assert hashed(7) == hashed(Decimal("7.00")) == hashed(7.0)
    assert len({hashed(7), hashed(Decimal("7.5")), hashed("7")}) == 3


# A user's own tables

OWN = """
schema: antq.mapping/1
period: 2025
sheets:
  - sheet: khu dân cư
    kind: kdc
    columns:
      Mã: id
      Tên khu dân cư: name
      Số hộ: households_resident
      hộ  đăng ký: households_registered
      Phạm tội: crimes
    constants: {parent: xa-01, tags: [border]}
"""
TABLE: list[Sequence[Value]] = [
    ["UBND XÃ MỘT"],
    ["BIỂU TỔNG HỢP"],
    ["TT", " MÃ", "Tên khu dân cư", "Số hộ", "Hộ đăng\nký", "Phạm tội", "Ghi chú"],
    ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)"],
    [1, "kdc-01", "Thôn Một", 7, "7", "không", "1,2,3"],
    [2, "kdc-02", "Thôn Hai", "1.205", None, None, None],
    [None],
    ["Tổng cộng", None, None, 1212, 7],
    [None, None, "Người lập biểu"],
]
FIRST = {
    "id": "kdc-01",
    "kind": "kdc",
    "name": "Thôn Một",
    "parent": "xa-01",
    "tags": ["border"],
    "evidence": {"households_resident": 7, "households_registered": 7, "crimes": []},
}
SECOND = {
    "id": "kdc-02",
    "kind": "kdc",
    "name": "Thôn Hai",
    "parent": "xa-01",
    "tags": ["border"],
    "evidence": {"households_resident": 1205},
}


@pytest.fixture
def mapped(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        file = tmp_path / "cot.yaml"
        file.write_text(text.lstrip(), encoding="utf-8")
        return file

    return write


def test_a_mapping_says_which_column_is_which_field(mapped: Callable[[str], Path]) -> None:
    dossier = dossier_of(sheet("Khu dân cư", TABLE), sheet("Khác", [["x"]]), mapping=mapped(OWN))
    assert [entry.data for entry in dossier.entries] == [FIRST, SECOND]
    assert dossier.period == 2025
    assert str(dossier.entries[1].place(("evidence", "households_resident"))) == "mau.xlsx: Khu dân cư!D6"
    text = unicodedata.normalize("NFD", OWN)
    assert units_of(sheet("Khu dân cư", TABLE), mapping=mapped(text)) == [FIRST, SECOND]


def test_a_workbook_that_says_itself_what_it_is_needs_no_mapping(mapped: Callable[[str], Path]) -> None:
    assert units_of(kdc("id", ["a"]), mapping=mapped(OWN)) == [{"id": "a", "kind": "kdc"}]


def own(*rows: Sequence[Value], header: Sequence[Value] = ("Mã", "Tên", "Số hộ"), **more: Any) -> Sheet:
    return sheet("KDC", [header, *rows], **more)


SHORT = "schema: antq.mapping/1\nsheets:\n  - {kind: kdc, columns: {Mã: id, Tên: name, Số hộ: households_resident}}\n"

ROWS: list[tuple[list[Sequence[Value]], Any]] = [
    ([["a", "A", 1], ["Tổng", None, 1]], ["a"]),
    ([["a", "A", 1], [None, "TỔNG CỘNG:", 1]], ["a"]),
    ([["a", "A", 1], [None, "Tổng số 5 khu dân cư", 1]], ["a"]),
    ([["a", "Tổng", 1]], ["a"]),
    ([["I. Khu vực miền núi", None, None], ["a", None, 1]], ["I. Khu vực miền núi", "a"]),
    ([[None, "Khu vực miền núi", None], ["a", None, 1]], ["a"]),
    ([[7, "A", 1], [8.0, "B", 2]], ["7", "8"]),
    ([["a", "A", 1], [None, "B", 2]], "KDC!A3: the key 'id' is missing"),
    ([["a", "A", 1], [None, "B", 2, "Tổng"]], "KDC!A3: the key 'id' is missing"),
    ([["a", "A", 1], [None, "Tổng công ty", 2]], "KDC!A3: the key 'id' is missing"),
    ([["a", "A", 0.7]], "KDC!C2: a whole number is needed here, not 0.7"),
]


@pytest.mark.parametrize(("rows", "expected"), ROWS)
def test_totals_and_headings_are_no_units(rows: Any, expected: Any, mapped: Callable[[str], Path]) -> None:
    if isinstance(expected, str):
        has(faults_of(own(*rows), mapping=mapped(SHORT)), expected)
    else:
        assert [unit["id"] for unit in units_of(own(*rows), mapping=mapped(SHORT))] == expected


def test_a_heading_over_several_columns_is_no_unit(mapped: Callable[[str], Path]) -> None:
    one = own(["I. Miền núi"], ["a", "A", 1], merged=((1, 0, 1, 2),))
    assert [unit["id"] for unit in units_of(one, mapping=mapped(SHORT))] == ["a"]


def test_cells_merged_over_rows_hold_for_each(mapped: Callable[[str], Path]) -> None:
    text = SHORT.replace("Tên: name", "Xã: parent")
    one = own(["a", "xa-1", 1], ["b", None, 2], ["c", "xa-2", 3], header=["Mã", "Xã", "Số hộ"], merged=((1, 1, 2, 1),))
    assert [unit["parent"] for unit in units_of(one, mapping=mapped(text))] == ["xa-1", "xa-1", "xa-2"]


TWO_ROWS = """
schema: antq.mapping/1
sheets:
  - sheet: KDC
    kind: kdc
    header: [1, 2]
    columns:
      Mã: id
      Hộ gia đình/Tổng số: households_resident
      Hộ gia đình / Đã đăng ký: households_registered
      Nghị quyết: party_resolution_date
"""


def test_headers_of_two_rows_are_named_upper_and_lower(mapped: Callable[[str], Path]) -> None:
    rows: list[Sequence[Value]] = [
        ["Mã", "Hộ gia đình", None, "Người", "Ngày"],
        [None, "Tổng số", "Đã đăng ký", "Tổng số", "Nghị quyết"],
        ["a", 5, 4, 20, "3/2/2025"],
    ]
    one = sheet("KDC", rows, merged=((0, 0, 1, 0), (0, 1, 0, 2)))
    assert units_of(one, mapping=mapped(TWO_ROWS))[0]["evidence"] == {
        "households_resident": 5,
        "households_registered": 4,
        "party_resolution_date": "2025-02-03",
    }
    text = TWO_ROWS.replace("Hộ gia đình/Tổng số", "Tổng số")
    assert faults_of(one, mapping=mapped(text))[0].endswith(
        "cot.yaml:8:7: the sheet KDC has 2 columns 'Tổng số'; rename all but one of them, or name those above, too: "
        "'upper / lower'"
    )


def test_a_column_may_name_the_kind(mapped: Callable[[str], Path]) -> None:
    text = """
schema: antq.mapping/1
sheets:
  - kind: {column: Loại, values: {Cơ quan: coquan, Doanh nghiệp: dn}}
    columns: {Mã: id, Người: staff_total, Quân đội: is_armed_forces}
"""
    head: Sequence[Value] = ["Mã", "Loại", "Người", "Quân đội"]
    one = sheet("A", [head, ["a", "CƠ QUAN", 3, "không"], ["b", "doanh  nghiệp", 4]])
    assert [unit["kind"] for unit in units_of(one, mapping=mapped(text))] == ["coquan", "dn"]
    one = sheet("A", [head, ["a", "Trường", 3], ["b", "Doanh nghiệp", 4, "không"], ["c", None, 5]])
    has(
        faults_of(one, mapping=mapped(text)),
        "A!B2: 'Trường' is not one of the choices; known: cơ quan, doanh nghiệp",
        "A!D3: 'is_armed_forces' is not a field of dn",
        "A!B4: the key 'kind' is missing",
    )


def test_rows_of_lists_stand_on_sheets_of_their_own(mapped: Callable[[str], Path]) -> None:
    text = """
schema: antq.mapping/1
sheets:
  - {sheet: Vụ việc, rows: crimes, columns: {Mã đơn vị: unit, Ngày: occurred_on, Mức độ: grade}}
  - {sheet: KDC, kind: kdc, columns: {Mã: id}}
"""
    rows = sheet("Vụ việc", [["Mã đơn vị", "Mức độ", "Ngày"], ["a", "nghiêm trọng", "3/2/2025"], ["Cộng", None, 1]])
    assert units_of(own(["a"]), rows, mapping=mapped(text))[0]["evidence"] == {"crimes": [CRIME]}


ROWS_OF = "schema: antq.mapping/1\nsheets:\n  - {{sheet: A, rows: {}, columns: {{{}}}}}"

WRONG: list[tuple[str, str, str]] = [
    ("schema: antq.mapping/1", "schema: antq.mapping/2", "1:9: the schema is 'antq.mapping/2', not 'antq.mapping/1'"),
    ("schema: antq.mapping/1", "scheme: antq.mapping/1", "1:1: 'scheme' is no key here; did you mean 'schema'?"),
    ("period: 2025", "period: nay", "2:9: a year such as 2025 is needed here, not 'nay'"),
    ("kind: kdc", "kind: kdcc", "5:11: there is no kind of unit 'kdcc'; did you mean 'kdc'?"),
    ("kind: kdc", "kinds: kdc", "5:5: 'kinds' is no key here; did you mean 'kind'?"),
    ("khu dân cư\n", "khu dan cư\n", "4:12: mau.xlsx has no sheet 'khu dan cư'; did you mean 'Khu dân cư'?"),
    ("households_resident", "households_residents", "9:14: 'households_residents' is not a field of kdc; did you mean"),
    ("households_resident", "[1]", "9:14: a text is needed here, not a list"),
    ("households_resident", "name", "9:14: the columns 'Tên khu dân cư' and 'Số hộ' are both 'name'; keep one"),
    ("Mã: id", "Mã: parent", "7:7: no column is 'id'; say which column holds the id of the unit"),
    ("Số hộ:", "Số  họ:", "9:7: the sheet Khu dân cư has no column 'Số  họ'; did you mean 'số hộ'?"),
    ("parent: xa-01", "parent: 3", "12:25: a text is needed here, not 3"),
    ("parent: xa-01", "paren: xa-01", "12:17: 'paren' is no key here; did you mean 'parent'?"),
    (
        "    kind: kdc",
        "    kind: kdc\n    header: 0",
        "6:13: the number of a row, or [first, last] is needed here, not 0",
    ),
    ("    kind: kdc", "    kind: kdc\n    header: 2", "8:7: the sheet Khu dân cư has no column 'Mã'"),
    ("    kind: kdc", "    rows: crime\n    kind: kdc", "6:5: 'kind' is no key here"),
    ("sheets:", "sheets: [", "this is not YAML"),
    (OWN, "- 3", "1:1: a mapping is needed here, not a list"),
    (OWN, "schema: antq.mapping/1\nsheets: 3", "2:9: a list of sheets is needed here, not 3"),
    (OWN, "schema: antq.mapping/1\nsheets: [3]", "2:10: a mapping is needed here, not 3"),
    (OWN, ROWS_OF.format("crime", "Mã: unit"), "3:22: there is no list 'crime'; did you mean 'crimes'?"),
    (OWN, ROWS_OF.format("crimes", "Mã: id"), "no column is 'unit'"),
    (
        OWN,
        ROWS_OF.format("crimes", "Mã: unit, Số hộ: grades"),
        "'grades' is not a field of crimes; did you mean 'grade'?",
    ),
    (OWN, ROWS_OF.format("crimes", "3"), "3:41: a text is needed here, not nothing"),
    ("kind: kdc", "kind: {column: Loại, values: {A: kdc}}", "5:20: the sheet Khu dân cư has no column 'Loại'"),
    ("tags: [border]", "tags: border", "12:38: a list of tags is needed here, not 'border'"),
    ("sheet: khu dân cư", "sheet: ''", "4:12: a text that is not empty is needed here, not ''"),
]


@pytest.mark.parametrize(("old", "new", "line"), WRONG)
def test_faults_of_a_mapping_name_its_line(old: str, new: str, line: str, mapped: Callable[[str], Path]) -> None:
    assert old in OWN
    lines = faults_of(sheet("Khu dân cư", TABLE), mapping=mapped(OWN.replace(old, new, 1)))
    assert any(f"cot.yaml:{line}" in found or line in found for found in lines), lines


def test_all_faults_of_a_mapping_are_told_at_once(mapped: Callable[[str], Path]) -> None:
    text = OWN.replace("Số hộ:", "Số hộ dân:").replace("Phạm tội:", "Tội phạm:")
    lines = faults_of(sheet("Khu dân cư", TABLE), mapping=mapped(text))
    assert [line.rpartition("cot.yaml:")[2].partition(": ")[0] for line in lines] == ["9:7", "11:7"]
    lines = faults_of(sheet("Khu dân cư", [["a"]]), mapping=mapped(OWN))
    assert "no row of the sheet Khu dân cư holds these headers" in lines[0]
    lines = faults_of(sheet("A", [["a"]]), sheet("B", [["a"]]), mapping=mapped(SHORT))
    assert "mau.xlsx has 2 sheets, and this does not say which one is meant" in lines[0]


def test_a_mapping_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    lines = faults_of(sheet("A", [["a"]]), mapping=tmp_path / "cot.yaml")
    assert lines == [f"{(tmp_path / 'cot.yaml').as_posix()}: there is no such file or folder; check the path"]


# Files


def filled(file: Path, sheets: Mapping[str, Sequence[Sequence[Value]]], *, merged: Sequence[str] = ()) -> Path:
    book = openpyxl.Workbook()
    for index, (name, rows) in enumerate(sheets.items()):
        made = book.create_sheet(name, index)
        for row in rows:
            made.append(list(row))
    for area in merged:
        book.worksheets[0].merge_cells(area)
    book.save(file)
    return file


def test_the_mapping_of_the_documentation_reads_a_file(
    tmp_path: Path, mapped: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    text = (Path(__file__).parent.parent / "docs/workbooks.md").read_text(encoding="utf-8")
    (shown,) = [block for block in re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL) if "antq.mapping/1" in block]
    sheets: dict[str, Sequence[Sequence[Value]]] = {
        "Khu dân cư": [
            ["Biểu số 1"],
            ["Mã", "Khu dân cư", "Hộ", None, "Phạm tội"],
            [None, None, "Đang cư trú", "Đã đăng ký", None],
            ["kdc-01", "Thôn Một", 201, 200, "có"],
            ["kdc-02", "Thôn Hai", "1.205", 1205, "không"],
            ["Tổng cộng", None, 1406, 1405],
        ],
        "Cơ quan, doanh nghiệp": [["Mã", "Loại", "Tên", "Tổng số người"], ["dn-01", "Doanh nghiệp", "Công ty A", 80]],
        "Vụ phạm tội": [["Mã đơn vị", "Ngày", "Mức độ"], ["kdc-01", date(2025, 2, 3), "Nghiêm trọng"]],
    }
    file = filled(tmp_path / "bang.xlsx", sheets, merged=["A2:A3", "B2:B3", "C2:D2", "E2:E3"])
    mapping = mapped(shown)
    dossier = load_dossier(file, ruleset="tt-124-2021", mapping=mapping)
    assert [entry.data for entry in dossier.entries] == [
        {
            "id": "kdc-01",
            "kind": "kdc",
            "name": "Thôn Một",
            "parent": "xa-01",
            "evidence": {"households_resident": 201, "households_registered": 200, "crimes": [CRIME]},
        },
        {
            "id": "kdc-02",
            "kind": "kdc",
            "name": "Thôn Hai",
            "parent": "xa-01",
            "evidence": {"households_resident": 1205, "households_registered": 1205, "crimes": []},
        },
        {
            "id": "dn-01",
            "kind": "dn",
            "name": "Công ty A",
            "parent": "xa-01",
            "managing_level": "xa",
            "evidence": {"staff_total": 80},
        },
    ]
    assert main(["validate", str(file), "--mapping", str(mapping), "--lang", "en"]) == 0
    sheets["Khu dân cư"][3][2] = 199  # type: ignore[index]
    filled(file, sheets, merged=["A2:A3", "B2:B3", "C2:D2", "E2:E3"])
    assert main(["validate", str(file), "--mapping", str(mapping), "--lang", "en"]) == 2
    assert "bang.xlsx: Khu dân cư!" in capsys.readouterr().out


def test_a_workbook_is_known_by_its_content(tmp_path: Path) -> None:
    raw = filled(tmp_path / "a.xlsx", {"A": [["x"]]}).read_bytes()
    known = built_in()
    assert known["xlsx"].claims(raw)
    assert not known["ods"].claims(raw)
    assert not known["xlsx"].claims(b"schema: antq.dossier/1")
    ods = tmp_path / "a.ods"
    with zipfile.ZipFile(ods, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert known["ods"].claims(ods.read_bytes())
    assert known["ods"].rank < known["xlsx"].rank
