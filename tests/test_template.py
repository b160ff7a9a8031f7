"""Templates: what they hold, that what is filled in is read as the same in YAML, and that LibreOffice takes them."""

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from antq_rules import AntqError, Engine, Ruleset, load_dossier, load_ruleset
from antq_rules.authoring.template import fields_to_state, make_template
from antq_rules.cli import main
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.model.dossier import Dossier
from antq_rules.readers.layout import (
    DOCUMENTS,
    FIRST_DATA_ROW,
    GUIDE,
    HINTS_ROW,
    IDS_ROW,
    TITLES_ROW,
    UNIT_COLUMNS,
    rows_marker,
    units_marker,
)
from tests.conftest import Converted
from tests.filling import Filling, columns_of, open_template, random_values, sheets_of, sound, template
from tests.random_dossiers import random_dossier
from tests.random_rulesets import dossier_2012, dossier_typical

ROOT = Path(__file__).parent.parent
RULESETS = sorted(path.parent for path in ROOT.glob("rulesets/*/ruleset.yaml"))
RULESETS += sorted(path.parent for path in ROOT.glob("plugins/*/src/*/rulesets/*/ruleset.yaml"))
OVERLAYS = sorted(path.parent for path in ROOT.glob("plugins/*/src/*/overlays/*/overlay.yaml"))
EXAMPLE = ROOT / "plugins/antq-rules-example/src/antq_rules_example/overlays/tinh-mau-2025"
LATER_ROW = FIRST_DATA_ROW + 9_999


@pytest.fixture(scope="module")
def tt124() -> Ruleset:
    return load_ruleset("tt-124-2021")


@pytest.fixture(scope="module")
def blank(tt124: Ruleset) -> bytes:
    """The template of 2025, without units."""
    return template(tt124, 2025)


def plain(dossier: Dossier) -> list[Any]:
    return [entry.data for entry in dossier.entries]


def result(engine: Engine, dossier: Any) -> Any:
    """What a dossier gives; no place in a file is in it."""
    return json.loads(engine.assess(dossier).to_json())


# What a template holds


@pytest.mark.parametrize("folder", [*RULESETS, *OVERLAYS], ids=lambda folder: folder.name)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_each_ruleset_and_overlay_has_a_template_that_is_read_back_as_no_units(
    folder: Path, language: str, tmp_path: Path
) -> None:
    ruleset = find_ruleset(folder)
    content = template(ruleset, None, language=language)
    sheets = sheets_of(open_template(content))
    assert {units_marker(kind) for standard in ruleset.standards for kind in standard.kinds} <= set(sheets)
    file = tmp_path / "mau.xlsx"
    file.write_bytes(content)
    assert load_dossier(file, ruleset=ruleset).entries == ()


def test_the_same_ruleset_gives_the_same_bytes(tt124: Ruleset, blank: bytes) -> None:
    assert template(tt124, 2025) == blank
    assert template(tt124, 2026) != blank


@pytest.mark.parametrize("folder", [*RULESETS, *OVERLAYS], ids=lambda folder: folder.name)
def test_all_that_a_standard_reads_can_be_stated(folder: Path) -> None:
    ruleset = find_ruleset(folder)
    engine = Engine(ruleset, engine="scalar")
    period = 2025 if ruleset.term.last is None else 2015
    plan = engine.plan(period)
    asked = fields_to_state(ruleset, period)
    for kind, fields in asked.items():
        standard = plan.standard_of(kind)
        if standard is not None:
            assert standard.fields & plan.fields[kind].keys() <= fields.keys()
            assert set(standard.window_fields or ()) <= fields.keys()
            counts = {one.name for group in standard.groups for one in group.reported if one is not None}
            assert counts <= fields.keys()
        assert all(
            set(constraint.fields) <= fields.keys()
            for constraint in plan.constraints
            if fields.keys() & set(constraint.fields) and set(constraint.fields) <= plan.fields[kind].keys()
        )


def test_fields_that_are_there_for_other_kinds_are_left_out(tt124: Ruleset) -> None:
    asked = fields_to_state(tt124, 2025)
    assert "parent_board_coordination" in asked["csgd"]
    assert "parent_board_coordination" not in asked["kdc"]
    assert "commune_kind" in asked["xa"]
    assert asked["tinh"] == {}


def test_ids_are_locked_and_all_else_is_free(blank: bytes) -> None:
    book = open_template(blank)
    for marker, sheet in sheets_of(book).items():
        if marker == GUIDE:
            continue
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        free = ("formatCells", "formatColumns", "insertRows", "deleteRows", "sort", "autoFilter")
        assert not any(getattr(sheet.protection, name) for name in free)
        assert sheet.row_dimensions[1].hidden
        assert sheet.row_dimensions[IDS_ROW].hidden
        for column in range(1, len(columns_of(sheet)) + 1):
            assert sheet.cell(IDS_ROW, column).protection.locked
            assert not sheet.cell(TITLES_ROW, column).protection.locked
            assert not sheet.cell(HINTS_ROW, column).protection.locked
        assert sheet["A1"].protection.locked
        columns = sheet.column_dimensions.values()
        assert not any(column.protection.locked for column in columns)
        assert max(column.max or 0 for column in columns) == 16_384


def test_heads_stay_in_sight_and_data_can_be_filtered(blank: bytes) -> None:
    for marker, sheet in sheets_of(open_template(blank)).items():
        if marker != GUIDE:
            assert sheet.freeze_panes == f"{'C' if marker.startswith('antq:units') else 'B'}{FIRST_DATA_ROW}"
            first, last = str(sheet.auto_filter.ref).split(":")
            assert first == f"A{HINTS_ROW}"
            assert int("".join(filter(str.isdigit, last))) >= LATER_ROW


def checks(blank: bytes, marker: str) -> dict[str, Any]:
    """The checks of a sheet by the ids of their columns; each reaches ten thousand rows and more."""
    sheet = sheets_of(open_template(blank))[marker]
    names = {index: id for id, index in columns_of(sheet).items()}
    found = {}
    for check in sheet.data_validations.dataValidation:
        for cells in check.sqref.ranges:
            assert cells.min_row == FIRST_DATA_ROW
            assert cells.max_row >= LATER_ROW
            for column in range(cells.min_col, cells.max_col + 1):
                found[names[column]] = check
    return found


def choices(blank: bytes, check: Any) -> list[str]:
    """The choices of a drop-down."""
    sheet, _, cells = check.formula1.rpartition("!")
    book = open_template(blank)
    name = sheet.strip("'")
    assert book[name].sheet_state == "hidden"
    return [str(row[0].value) for row in book[name][cells.replace("$", "")]]


def test_cells_are_checked_by_the_type_of_their_field(blank: bytes) -> None:
    found = checks(blank, "antq:units:kdc")
    assert choices(blank, found["policy_implementation_full"]) == ["có", "không", "chưa rõ"]
    assert choices(blank, found["incidents"]) == ["không", "có", "chưa rõ"]
    assert choices(blank, found["grassroots_force_rating"])[0] == "không hoàn thành nhiệm vụ"
    assert choices(blank, found["managing_level"]) == ["xa", "huyen", "tinh", "bo"]
    assert found["households_resident"].type == "whole"
    assert (found["households_resident"].formula1, found["households_resident"].formula2) == ("0", str(10**12))
    assert found["registration_date"].type == "custom"
    assert "không có" in found["registration_date"].formula1
    assert found["registration_date"].errorStyle == "warning"
    assert {"id", "name", "parent", "tags"}.isdisjoint(found)
    crimes = checks(blank, "antq:rows:crimes")
    assert crimes["occurred_on"].type == "date"
    assert choices(blank, crimes["grade"])[-1] == "đặc biệt nghiêm trọng"
    documents = checks(blank, DOCUMENTS)
    assert "Số hộ đang cư trú" in choices(blank, documents["field"])


def test_long_lists_of_choices_are_whole(blank: bytes) -> None:
    titles = choices(blank, checks(blank, "antq:rows:incidents")["type"])
    assert len(titles) == 9
    assert sum(map(len, titles)) > 255


def test_sets_and_tags_list_their_choices_in_a_comment(blank: bytes) -> None:
    sheet = sheets_of(open_template(blank))["antq:units:csgd"]
    columns = columns_of(sheet)
    levels = sheet.cell(TITLES_ROW, columns["education_levels"]).comment
    assert levels is not None
    assert "• giáo dục thường xuyên" in levels.text
    tags = sheet.cell(TITLES_ROW, columns["tags"]).comment
    assert tags is not None
    assert "• border" in tags.text


def test_hints_name_unit_proof_and_clause(blank: bytes) -> None:
    sheet = sheets_of(open_template(blank))["antq:units:kdc"]
    hint = str(sheet.cell(HINTS_ROW, columns_of(sheet)["households_registered"]).value)
    assert "(hộ)" in hint
    assert "Danh sách hộ đăng ký có chữ ký" in hint
    assert "khoản 1 Điều 4" in hint


def test_what_is_missing_is_coloured_to_the_last_row(blank: bytes) -> None:
    sheet = sheets_of(open_template(blank))["antq:units:kdc"]
    columns = columns_of(sheet)
    coloured: set[int] = set()
    for area in sheet.conditional_formatting:
        for cells in area.sqref.ranges:
            assert cells.max_row >= LATER_ROW
            coloured |= set(range(cells.min_col, cells.max_col + 1))
    assert coloured == {index for id, index in columns.items() if id not in UNIT_COLUMNS}


def test_columns_stand_in_the_order_of_the_dictionary(tt124: Ruleset, blank: bytes) -> None:
    order = list(tt124.fields)
    for marker, sheet in sheets_of(open_template(blank)).items():
        if marker.startswith("antq:units"):
            fields = [id for id in columns_of(sheet) if id in tt124.fields]
            assert fields == sorted(fields, key=order.index)


def test_titles_are_in_the_language_asked_for(tt124: Ruleset) -> None:
    english = {sheet.name for sheet in make_template(tt124, 2025, language="en").sheets}
    assert {"Residential area", "Crimes"} <= english
    vietnamese = {sheet.name for sheet in make_template(tt124, 2025).sheets}
    assert {"Khu dân cư", "Xã, phường, thị trấn, đặc khu", "Vụ phạm tội"} <= vietnamese


@pytest.mark.parametrize("folder", [*RULESETS, *OVERLAYS], ids=lambda folder: folder.name)
def test_excel_takes_the_names_of_the_sheets(folder: Path) -> None:
    made = make_template(find_ruleset(folder), None)
    names = [made.guide_name, made.choices_name, *(sheet.name for sheet in made.sheets)]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


# Units that are known already


def test_units_are_filled_in_without_their_evidence(tt124: Ruleset, tmp_path: Path) -> None:
    before = load_dossier(ROOT / "fixtures/xa-mau")
    file = tmp_path / "mau.xlsx"
    file.write_bytes(template(tt124, 2026, before))
    read = load_dossier(file, ruleset=tt124)
    assert read.period == 2026
    without = [{key: value for key, value in unit.items() if key != "evidence"} for unit in plain(before)]
    assert sorted(plain(read), key=lambda unit: str(unit["id"])) == sorted(without, key=lambda unit: str(unit["id"]))
    assert Engine(tt124).assess(read).rejected == ()


def test_names_that_look_like_formulas_and_ids_with_zeros_stay_text(tt124: Ruleset, tmp_path: Path) -> None:
    units: list[Mapping[str, Any]] = [
        {"id": "007", "kind": "kdc", "name": "=1+1", "tags": []},
        {"id": "+8", "kind": "kdc", "name": "@xa", "tags": ["border", "coastal"], "managing_level": "xa"},
        {"id": "https://x.vn", "kind": "tinh", "name": "-"},
    ]
    file = tmp_path / "mau.xlsx"
    file.write_bytes(template(tt124, 2026, Dossier.of(units)))
    assert plain(load_dossier(file, ruleset=tt124)) == units


def test_ten_thousand_units_are_checked_to_their_last_row(tt124: Ruleset) -> None:
    units = Dossier.of([{"id": f"kdc-{number}", "kind": "kdc"} for number in range(12_000)])
    sheet = sheets_of(open_template(template(tt124, 2026, units)))["antq:units:kdc"]
    assert sheet.cell(FIRST_DATA_ROW + 11_999, 1).value == "kdc-11999"
    assert all(
        cells.max_row >= FIRST_DATA_ROW + 12_999
        for check in sheet.data_validations.dataValidation
        for cells in check.sqref.ranges
    )


def test_units_of_another_ruleset_are_refused_all_at_once(tt124: Ruleset) -> None:
    units = Dossier.of([{"id": "a", "kind": "truong"}, {"id": "", "kind": "kdc"}, {"id": "b", "kind": "kdc"}])
    with pytest.raises(AntqError) as caught:
        make_template(tt124, 2025, units=units)
    assert [fault.code for fault in caught.value.faults] == ["unknown_kind", "missing_key"]


# Filled in and read back


def test_2500_units_of_all_kinds_are_judged_as_in_a_dossier(
    tt124: Ruleset, blank: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dossier = sound(random_dossier(7, 2_560), tt124, blank)
    assert len(dossier["units"]) >= 2_500
    assert {unit["kind"] for unit in dossier["units"]} == set(tt124.kinds)
    filling = Filling(tt124, blank, random.Random(7))
    for unit in dossier["units"]:
        filling.unit(unit)
    workbook = filling.save(tmp_path / "mau.xlsx")
    file = tmp_path / "mau.yaml"
    file.write_text(json.dumps(dossier, ensure_ascii=False), encoding="utf-8")

    def judged(name: Path) -> Any:
        code = main(["evaluate", str(name), "--ruleset", "tt-124-2021", "--period", "2025", "--format", "json"])
        assert code == 1
        return json.loads(capsys.readouterr().out)

    assert judged(workbook) == judged(file)


def random_units(ruleset: Ruleset, period: int, count: int) -> dict[str, Any]:
    """Units of all kinds with any values."""
    rng = random.Random(f"{ruleset.id} {period}")
    units: list[dict[str, Any]] = []
    for kind, fields in fields_to_state(ruleset, period).items():
        for number in range(count):
            unit: dict[str, Any] = {"id": f"{kind}-{number}", "kind": kind, "name": f"Đơn vị {number}"}
            evidence = dict(random_values(list(fields.values()), rng, period))
            units.append(unit | ({"evidence": evidence} if evidence else {}))
    return {"period": period, "units": units}


CASES: dict[str, tuple[Path, Callable[[Ruleset], dict[str, Any]]]] = {
    "typical-ward-9745": (ROOT / "rulesets/typical-ward-9745", lambda _: dossier_typical(5, 60)),
    "tt-23-2012": (ROOT / "rulesets/tt-23-2012", lambda _: dossier_2012(5, 90)),
    "ntm-19.2": (ROOT / "rulesets/ntm-19.2", lambda ruleset: random_units(ruleset, 2025, 25)),
    "legal-access-25-2021": (ROOT / "rulesets/legal-access-25-2021", lambda ruleset: random_units(ruleset, 2025, 25)),
    "tinh-mau-2025": (EXAMPLE, lambda ruleset: random_units(ruleset, 2025, 25)),
}


@pytest.mark.parametrize("name", CASES)
def test_other_rulesets_and_overlays_are_read_as_filled_in(name: str, tmp_path: Path) -> None:
    folder, made = CASES[name]
    ruleset = find_ruleset(folder)
    everything = made(ruleset)
    content = template(ruleset, everything["period"])
    dossier = sound(everything, ruleset, content)
    assert len(dossier["units"]) >= 30
    filling = Filling(ruleset, content, random.Random(1))
    for unit in dossier["units"]:
        filling.unit(unit)
    read = load_dossier(filling.save(tmp_path / "mau.xlsx"), ruleset=ruleset)
    engine = Engine(ruleset, engine="scalar")
    assert result(engine, read) == result(engine, dossier)


def test_titles_and_hints_may_be_changed_and_rows_sorted(tt124: Ruleset, blank: bytes, tmp_path: Path) -> None:
    filling = Filling(tt124, blank, random.Random(3))
    for number in (3, 1, 2):
        evidence: dict[str, Any] = {"households_resident": number, "incidents": []}
        filling.unit({"id": f"kdc-{number}", "kind": "kdc", "evidence": evidence})
    sheet = filling.sheets["antq:units:kdc"]
    sheet.title = "Thôn của xã"
    for column in columns_of(sheet).values():
        sheet.cell(TITLES_ROW, column, f"Cột {column}")
        sheet.cell(HINTS_ROW, column, None)
    filling.book.create_sheet("Nháp", 0)["B2"] = "ghi chú riêng"
    sheet.insert_rows(FIRST_DATA_ROW + 1)
    read = load_dossier(filling.save(tmp_path / "mau.xlsx"), ruleset=tt124)
    assert [(unit["id"], unit["evidence"]["households_resident"]) for unit in plain(read)] == [
        ("kdc-3", 3),
        ("kdc-1", 1),
        ("kdc-2", 2),
    ]


# At the command line


def test_the_command_writes_the_file(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / "mau.xlsx"
    assert main(["template", "--ruleset", "tt-124-2021", "--period", "2025", "-o", str(file)]) == 0
    assert sheets_of(open_template(file.read_bytes())).keys() >= {GUIDE, "antq:units:kdc", rows_marker("crimes")}
    assert main(["template", "--period", "2025", "-o", "-"]) == 0
    assert capsysbinary.readouterr().out == file.read_bytes()


def test_the_guide_says_what_to_do_next(tmp_path: Path) -> None:
    file = tmp_path / "mau.xlsx"
    words = ["--overlay", str(EXAMPLE), "--period", "2025", "--lang", "en"]
    assert main(["template", *words, "-o", str(file)]) == 0
    sheet = sheets_of(open_template(file.read_bytes()))[GUIDE]
    said = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    named = f"--ruleset tt-124-2021 --overlay {EXAMPLE}"
    assert f"antq evaluate template-2025.xlsx {named} --period 2025 --format xlsx -o result-2025.xlsx" in said
    assert [one.value for one in sheet["A"] if one.value] == [GUIDE, "period", "ruleset", "overlays"]
    assert sheet["C4"].value == 2025


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "neither a ruleset nor a year is named"),
        (["--ruleset", "tt-124"], "there is no ruleset 'tt-124'"),
        (["--period", "1990"], "no ruleset was in force for 1990"),
        (["--period", "2025", "--units", "not-there.yaml"], "not-there.yaml: there is no such file or folder"),
    ],
)
def test_what_cannot_be_written_leaves_no_file(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mau.xlsx"
    assert main(["template", *words, "--lang", "en", "-o", str(file)]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# LibreOffice


@pytest.mark.parametrize("suffix", ["ods", "xlsx"])
def test_libreoffice_keeps_a_template_that_reads_the_same(
    suffix: str, tt124: Ruleset, blank: bytes, converted: Converted, tmp_path: Path
) -> None:
    dossier = sound(random_dossier(11, 160), tt124, blank)
    filling = Filling(tt124, blank, random.Random(11))
    for unit in dossier["units"]:
        filling.unit(unit)
    empty = tmp_path / "trong.xlsx"
    empty.write_bytes(blank)
    full = filling.save(tmp_path / "day.xlsx")
    read_empty, read_full = (load_dossier(file, ruleset=tt124) for file in converted([empty, full], suffix))
    assert (read_empty.period, read_empty.entries) == (2025, ())
    engine = Engine(tt124, engine="scalar")
    assert result(engine, read_full) == result(engine, dossier)
