"""Reading dossiers: formats, folders, standard input, and what is refused with its place."""

import io
import json
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from antq_rules import Dossier, Engine, EvidenceError, Fault, load_dossier, load_ruleset
from antq_rules.explain.catalogue import translator
from antq_rules.readers.dossier_schema import dossier_schema

FIXTURES = Path(__file__).parent.parent / "fixtures"
COMMUNE = FIXTURES / "xa-mau"
ENGINE = Engine("tt-124-2021", engine="scalar", language="en")
HEADER = '{"schema": "antq.dossier/1", "period": 2025}'
UNIT = '{"id": "kdc-01", "kind": "kdc"}'
LATE = "registration_date: 2025-13-01"


def expectations(folder: str) -> list[Any]:
    path = FIXTURES / folder
    expected = yaml.safe_load((path / "expected.yaml").read_text(encoding="utf-8"))
    return [pytest.param(path / name, row, id=name) for name, row in expected.items()]


def written(tmp_path: Path, name: str, text: str | bytes) -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(*sources: Path | str, **options: Any) -> tuple[Fault, ...]:
    with pytest.raises(EvidenceError) as caught:
        load_dossier(*sources, **options)
    return caught.value.faults


def codes(*sources: Path | str, **options: Any) -> list[str]:
    return [fault.code for fault in refusal(*sources, **options)]


def ids(dossier: Dossier) -> list[Any]:
    return [entry.data["id"] for entry in dossier.entries]


def rejected(dossier: Dossier) -> dict[str, list[Fault]]:
    return {unit.unit: list(unit.faults) for unit in ENGINE.assess(dossier, period=2025).rejected}


# The fixtures


@pytest.mark.parametrize(("file", "expected"), [*expectations("invalid/dossiers"), *expectations("traps")])
def test_each_fixture_is_judged_or_refused_as_it_says(file: Path, expected: Any) -> None:
    if expected["file_error"] is not None:
        with pytest.raises(EvidenceError) as caught:
            ENGINE.assess(load_dossier(file), period=2025)
        assert [fault.code for fault in caught.value.faults] == [expected["file_error"]]
        return
    found = ENGINE.assess(load_dossier(file), period=2025)
    errors = {unit.unit: [(fault.code, fault.path) for fault in unit.faults] for unit in found.rejected}
    assert errors == {unit: [(row["code"], row["path"])] for unit, row in expected["rejected"].items()}
    assert [verdict.unit for verdict in found.verdicts] == expected["judged"]
    for unit, findings in (expected.get("findings") or {}).items():
        outcomes = {finding.criterion: finding.outcome.value for finding in found.verdict(unit).findings}
        # A criterion of another kind of unit is not there to be asked.
        assert findings.items() <= outcomes.items()


@pytest.mark.parametrize(("file", "expected"), expectations("traps"))
def test_values_are_read_as_they_are_meant(file: Path, expected: Any) -> None:
    units = {str(entry.data["id"]): entry.data for entry in load_dossier(file).entries}
    for unit, values in (expected.get("read") or {}).items():
        for path, value in values.items():
            found: Any = units[unit]
            for step in path.replace("[", ".[").split("."):
                found = found[int(step[1:-1])] if step.startswith("[") else found[step]
                found = found["value"] if isinstance(found, dict) and "value" in found else found
            assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(("file", "expected"), expectations("invalid/dossiers"))
def test_every_fault_names_its_place_and_the_mending(file: Path, expected: Any) -> None:
    try:
        found = ENGINE.assess(load_dossier(file), period=2025)
        faults = [fault for unit in found.rejected for fault in unit.faults]
    except EvidenceError as error:
        faults = list(error.faults)
    for fault in faults:
        for language in ("vi", "en"):
            assert "; " in fault.text(translator(language))
        assert fault.place is not None or fault.code == "period_mismatch"
        if expected["file_error"] is None:
            assert fault.place is not None
            assert fault.place.line > 0


# Formats


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The units of the sample commune in one file of each format."""
    folder = tmp_path_factory.mktemp("forms")
    units = [entry.data for entry in load_dossier(COMMUNE).entries]
    whole = {"schema": "antq.dossier/1", "period": 2025, "units": units}
    lines = [HEADER, *(json.dumps(unit, ensure_ascii=False) for unit in units)]
    return {
        "yaml": written(folder, "a.yaml", yaml.safe_dump(whole, allow_unicode=True, sort_keys=True)),
        "json": written(folder, "a.json", json.dumps(whole)),
        "jsonl": written(folder, "a.jsonl", "\n".join(lines) + "\n"),
    }


def test_every_format_says_the_same(forms: dict[str, Path]) -> None:
    results = [ENGINE.assess(load_dossier(path)).to_json() for path in [COMMUNE, *forms.values()]]
    assert len(set(results[1:])) == 1
    assert json.loads(results[0])["manifest"] == json.loads(results[1])["manifest"]


@pytest.mark.parametrize("format", ["yaml", "json", "jsonl"])
def test_the_standard_input_is_told_by_its_text(
    format: str, forms: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = forms[format].read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert len(load_dossier("-").entries) == 23
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert len(load_dossier("-", format=format).entries) == 23


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (UNIT, 1),
        (f"{UNIT}\n", 1),
        ('{"schema": "antq.dossier/1",\n "units": []}', 0),
        ('\n {"schema": "antq.dossier/1", "units": []}\n', 0),
    ],
)
def test_one_line_may_be_a_unit_or_a_dossier(text: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert len(load_dossier("-").entries) == count


def test_a_format_that_nobody_knows_is_named() -> None:
    (fault,) = refusal(COMMUNE / "xa.yaml", format="jsom")
    assert fault.text() == "there is no format 'jsom'; did you mean 'json'?"
    assert fault.text(translator("vi")) == "không có định dạng 'jsom'; có phải ý là 'json'?"


def test_a_suffix_that_nobody_knows_is_named(tmp_path: Path) -> None:
    (fault,) = refusal(written(tmp_path, "a.docx", "x"))
    assert fault.code == "unknown_format"
    assert ".csv, .json, .jsonl, .ndjson, .ods, .parquet, .xlsm, .xlsx, .yaml, .yml" in fault.text()


# JSON Lines


@pytest.mark.parametrize("head", ["", f"{HEADER}\n", f"\ufeff{HEADER}\r\n\r\n", f"\n{HEADER}\n"])
def test_a_header_may_be_left_out(head: str, tmp_path: Path) -> None:
    dossier = load_dossier(written(tmp_path, "a.jsonl", f"{head}{UNIT}\n"))
    assert ids(dossier) == ["kdc-01"]
    assert dossier.period == (2025 if "schema" in head else None)


def test_a_line_that_is_not_json_is_one_unit_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", f'{HEADER}\n{UNIT}\n{{"id": "kdc-02", "ki\n{{"id": "kdc-03", "kind": "kdc"}}\n')
    found = ENGINE.assess(load_dossier(path))
    assert [verdict.unit for verdict in found.verdicts] == ["kdc-01", "kdc-03"]
    ((unit, (fault,)),) = rejected(load_dossier(path)).items()
    assert (unit, fault.code) == ("units[1]", "not_json")
    assert fault.line().startswith(f"{path.as_posix()}:3:")


def test_a_fault_stands_in_the_line_of_its_unit(tmp_path: Path) -> None:
    wrong = '{"id": "kdc-02", "kind": "kdc", "evidence": {"households_resident": "5"}}'
    twice = '{"id": "kdc-03", "kind": "kdc", "evidence": {"households_resident": 5, "households_resident": 6}}'
    faults = rejected(load_dossier(written(tmp_path, "a.jsonl", f"{HEADER}\n{UNIT}\n\n{wrong}\n{twice}\n")))
    assert {unit: (found[0].code, str(found[0].place)) for unit, found in faults.items()} == {
        "kdc-02": ("wrong_type", f"{tmp_path.as_posix()}/a.jsonl:4:{wrong.index(chr(34) + '5') + 1}"),
        "kdc-03": ("duplicate_key", f"{tmp_path.as_posix()}/a.jsonl:5:{twice.rindex(chr(34) + 'households') + 1}"),
    }


def test_lines_end_where_json_says(tmp_path: Path) -> None:
    name = "Thôn\u2028Đồng\u0085Quan\u2029"
    unit = json.dumps({"id": "kdc-01", "kind": "kdc", "name": name}, ensure_ascii=False)
    (entry,) = load_dossier(written(tmp_path, "a.jsonl", unit)).entries
    assert entry.data["name"] == name


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ('{"schema": "antq.dossier/2"}', "wrong_schema"),
        ('{"schema": "antq.dossier/1", "year": 2025}', "unknown_key"),
        ('{"schema": "antq.dossier/1", "period": "2025"}', "wrong_type"),
        ('{"schema": "antq.dossier/1", "units": [{"id": "a", "kind": "kdc"}]}', "unknown_key"),
        ('{"schema": "antq.dossier/1", "period": 2025, "period": 2025}', "duplicate_key"),
    ],
)
def test_a_wrong_header_refuses_the_file(header: str, code: str, tmp_path: Path) -> None:
    (fault,) = refusal(written(tmp_path, "a.jsonl", f"\n{header}\n{UNIT}\n"))
    assert fault.code == code
    assert fault.place is not None
    assert fault.place.line == 2


# Faults inside units


def test_a_duplicate_key_refuses_its_unit_wherever_that_stands(tmp_path: Path) -> None:
    for position in range(3):
        rows = [f"  - {{id: kdc-{n}, kind: kdc}}" for n in range(3)]
        rows[position] = f"  - {{id: kdc-{position}, kind: kdc, evidence: {{incidents: [], incidents: []}}}}"
        path = written(tmp_path, "a.yaml", "schema: antq.dossier/1\nperiod: 2025\nunits:\n" + "\n".join(rows))
        ((unit, (fault,)),) = rejected(load_dossier(path)).items()
        assert (unit, fault.code, fault.path) == (f"kdc-{position}", "duplicate_key", "evidence.incidents")
        assert fault.place is not None
        assert fault.place.line == 4 + position


@pytest.mark.parametrize("value", ["!secret 5", "!!int 5", ".inf", "1e400", "9" * 60])
def test_what_cannot_be_a_value_refuses_its_unit_only(value: str, tmp_path: Path) -> None:
    text = f"""
schema: antq.dossier/1
period: 2025
units:
  - {{id: kdc-01, kind: kdc}}
  - {{id: kdc-02, kind: kdc, evidence: {{households_resident: {value}}}}}
"""
    dossier = load_dossier(written(tmp_path, "a.yaml", text))
    assert list(rejected(dossier)) == ["kdc-02"]


@pytest.mark.parametrize("text", ["schema: antq.dossier/1\nschema: antq.dossier/1\nunits: []", "units: !x []"])
def test_faults_outside_the_units_refuse_the_file(text: str, tmp_path: Path) -> None:
    assert codes(written(tmp_path, "a.yaml", text))


def test_a_key_that_looks_like_a_way_into_a_unit_is_no_way_out(tmp_path: Path) -> None:
    text = '{"schema": "antq.dossier/1", "units[0].x": 1, "units[0].x": 2, "units": [{"id": "a", "kind": "kdc"}]}'
    assert "unknown_key" in codes(written(tmp_path, "a.json", text))


# Files and folders


def test_a_folder_is_read_in_the_order_of_its_paths(tmp_path: Path) -> None:
    def dossier(id: str) -> str:
        return f"schema: antq.dossier/1\nperiod: 2025\nunits: [{{id: {id}, kind: kdc}}]\n"

    written(tmp_path, "b.yml", dossier("b"))
    written(tmp_path, "a/z.YAML", dossier("a-z"))
    written(tmp_path, "a/b/c.jsonl", '{"id": "a-b-c", "kind": "kdc"}')
    written(tmp_path, "README.md", "not a dossier")
    written(tmp_path, ".hidden.yaml", "not a dossier")
    written(tmp_path, "~$open.xlsx", "the lock of a workbook that is open")
    written(tmp_path, ".git/x.yaml", "not a dossier")
    assert ids(load_dossier(tmp_path)) == ["a-b-c", "a-z", "b"]
    assert ids(load_dossier(tmp_path / "b.yml", tmp_path / "a")) == ["b", "a-b-c", "a-z"]


def test_a_folder_without_dossiers_is_an_error(tmp_path: Path) -> None:
    written(tmp_path, "README.md", "nothing")
    assert codes(tmp_path) == ["no_dossier"]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (fault,) = refusal(tmp_path / "nix.yaml")
    assert (fault.code, str(fault.place)) == ("missing_file", f"{tmp_path.as_posix()}/nix.yaml")


def test_all_faults_of_all_files_are_told(tmp_path: Path) -> None:
    written(tmp_path, "a.yaml", "")
    written(tmp_path, "b.json", "{")
    written(tmp_path, "c.yaml", "schema: x\nunits: 3\nextra: 1\n")
    assert codes(tmp_path, tmp_path / "d.yaml") == [
        "empty_file", "not_json", "unknown_key", "wrong_schema", "wrong_type", "missing_file",
    ]  # fmt: skip


def test_dossiers_of_two_years_do_not_mix(tmp_path: Path) -> None:
    for year in (2024, 2025):
        written(tmp_path, f"{year}.yaml", f"schema: antq.dossier/1\nperiod: {year}\nunits: []\n")
    (fault,) = refusal(tmp_path)
    assert fault.code == "period_mismatch"
    assert "2024.yaml" in fault.text()
    assert "2025.yaml" in str(fault.place)
    assert codes(tmp_path, period=2025) == ["period_mismatch"]


def test_the_year_may_come_from_outside(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", UNIT)
    assert load_dossier(path).period is None
    assert load_dossier(path, period=2025).period == 2025


def test_the_order_of_files_decides_the_order_of_verdicts_only() -> None:
    files = sorted(COMMUNE.glob("*.yaml"))
    forward, backward = (ENGINE.assess(load_dossier(*order)) for order in (files, files[::-1]))
    assert forward.input_sha256 == backward.input_sha256
    assert [verdict.unit for verdict in forward.verdicts] != [verdict.unit for verdict in backward.verdicts]
    for verdict in forward.verdicts:
        assert verdict == backward.verdict(verdict.unit)
        assert verdict.findings == backward.verdict(verdict.unit).findings


def test_ids_meet_whatever_their_normal_form(tmp_path: Path) -> None:
    shutil.copy(COMMUNE / "xa.yaml", tmp_path / "a.yaml")
    name = unicodedata.normalize("NFD", "thôn-đồng")
    written(tmp_path, "b.jsonl", json.dumps({"id": name, "kind": "kdc", "parent": "xa-yen-khe-thuong"}))
    assert ENGINE.assess(load_dossier(tmp_path)).verdict("thôn-đồng").unit == unicodedata.normalize("NFC", name)


# The schema of dossiers


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = dossier_schema(load_ruleset("tt-124-2021"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("file", sorted(COMMUNE.glob("*.yaml")), ids=lambda file: str(file.name))
def test_the_sample_commune_fits_the_schema(file: Path, validator: Draft202012Validator) -> None:
    document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    assert Draft202012Validator(dossier_schema()).is_valid({**document, "period": 2025})
    plain = json.loads(json.dumps([entry.data for entry in load_dossier(file).entries]))
    assert not list(validator.iter_errors({"schema": "antq.dossier/1", "period": 2025, "units": plain}))


@pytest.mark.parametrize(
    "unit",
    [
        {"kind": "kdc"},
        {"id": "a", "kind": "thon"},
        {"id": "a", "kind": "kdc", "managing_level": "toan_quoc"},
        {"id": "a", "kind": "kdc", "evidence": {"staff_total": 1}},
        {"id": "a", "kind": "kdc", "evidence": {"households_resident": "1"}},
        {"id": "a", "kind": "kdc", "evidence": {"households_resident": {"value": 1, "signer": "x"}}},
        {"id": "a", "kind": "kdc", "evidence": {"registration_date": "1/2/2025"}},
        {"id": "a", "kind": "kdc", "evidence": {"crimes": [{"occurred_on": "2025-01-01"}]}},
        {"id": "a", "kind": "csgd", "evidence": {"education_levels": []}},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(unit: dict[str, Any], validator: Draft202012Validator) -> None:
    whole = {"schema": "antq.dossier/1", "period": 2025, "units": [unit]}
    assert not validator.is_valid(whole)
    assert ENGINE.assess(whole).rejected
