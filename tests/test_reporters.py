"""Reports of the sample commune in every format, held against golden ones and the published schema."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from antq_rules import Assessment, Engine, Outcome, Report, ReportError, load_dossier
from antq_rules.reporters.lines import console_for
from antq_rules.reporters.reporting import formats, reporter_of
from antq_rules.reporters.result_schema import result_schema
from antq_rules.reporters.verdict_tree import verdict_tree

FIXTURES = Path(__file__).parent.parent / "fixtures"
COMMUNE = load_dossier(FIXTURES / "xa-mau")
WIDTHS = (80, 100, 120)
LARGE = {"dn": {"enterprise_size": "large", "guard_force_exists": True, "guard_force_eligible_for_title": True}}


def assessed(dossier: Any = COMMUNE, language: str = "vi", **options: Any) -> Assessment:
    return Engine("tt-124-2021", language=language, engine="scalar", **options).assess(dossier, period=2025)


def report(format: str, assessment: Assessment, *, passes: bool = False) -> str:
    stream = io.StringIO()
    reporter_of(format).write(Report(assessment, passes), stream)
    return stream.getvalue()


def one(kind: str = "kdc", **keys: Any) -> dict[str, Any]:
    unit = {"id": "a-01", "kind": kind, **keys}
    return {"schema": "antq.dossier/1", "period": 2025, "units": [unit]}


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


# Golden reports


@pytest.mark.parametrize(("name", "format", "language"), [
    ("xa-mau.vi.txt", "text", "vi"), ("xa-mau.en.txt", "text", "en"), ("xa-mau.json", "json", "vi"),
])  # fmt: skip
def test_reports_are_as_they_were(name: str, format: str, language: str, golden: Callable[[str, str], None]) -> None:
    golden(name, report(format, assessed(language=language)))


def test_a_tree_is_as_it_was(golden: Callable[[str, str], None]) -> None:
    stream = io.StringIO()
    assessment = assessed()
    verdict = assessment.verdict("kdc-07")
    console_for(stream).print(verdict_tree(assessment, verdict, {"yoy_mode": {"decrease": "fail"}}))
    golden("kdc-07.vi.txt", "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines()))


# Text


def test_every_unit_that_is_not_met_is_explained() -> None:
    text = report("text", assessed())
    for part in (
        "kdc-03 Thôn Cầu Mây (khu dân cư): chưa đạt; 18/19 tiêu chí đạt",
        "✗ khoản 1 Điều 4: 100 % hộ đang cư trú đăng ký tham gia [tt124.kdc.1.c]",
        "Số hộ đăng ký tham gia: 200 hộ; cần đúng 201 hộ",
        "Còn thiếu: Số hộ đăng ký tham gia: thêm 1 (từ 200 hộ lên 201 hộ)",
        "Văn bản: Số hộ đăng ký tham gia: số 02/DS-TCM ngày 18/02/2025, Thôn Cầu Mây",
        "kdc-07 Thôn Đình Thượng (khu dân cư): chưa đủ căn cứ",
        "(nội dung đánh giá)",
        "9/17 được công nhận, 3 chưa rõ; cần ít nhất 12/17 (70 %)",
        "thêm 3 đơn vị được công nhận (từ 9 lên 12)",
        "Ghi chú: Vụ phạm tội: 1/3 mục nằm ngoài thời hạn tính nên không tính",
        "điểm b khoản 2 Điều 1",
    ):
        assert part in text
    assert "kdc-01 Thôn Đồng Quan (khu dân cư)" not in text


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("passes", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_text_fits_its_columns(width: int, passes: bool, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = report("text", assessed(language=language), passes=passes)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if line != line.rstrip()]
    assert "\x1b" not in text
    # No id and no outcome is broken in the table of units.
    table = text[text.index("coquan-01") : text.index("coquan-02", text.index("xa-yen-khe-thuong"))]
    for verdict in assessed(language=language).verdicts:
        assert re.search(rf"^{verdict.unit}  ", table, flags=re.MULTILINE)


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    text = report("text", assessed())
    assert "\x1b[1;31mchưa đạt\x1b[0m" in text
    assert "\x1b[32mđạt" in text


def test_names_are_no_markup() -> None:
    text = report("text", assessed(one(name="[bold]Thôn[/bold] :smile: [link=x]y")))
    assert "[bold]Thôn[/bold] :smile: [link=x]y" in text


def test_all_reasons_name_the_passes_too() -> None:
    text = report("text", assessed(), passes=True)
    assert "kdc-01 Thôn Đồng Quan (khu dân cư): đạt; 19/19 tiêu chí đạt" in text
    assert "Số hộ đăng ký tham gia: 214 hộ (cần đúng 214 hộ)" in text


def test_units_with_errors_are_listed_with_their_places() -> None:
    text = report("text", assessed(load_dossier(FIXTURES / "invalid/dossiers/wrong-type-string-for-count.yaml")))
    where = text.index("Không xét được vì hồ sơ có lỗi")
    assert "kdc-bad" in text[where:]
    assert re.search(r"string-for-count\.yaml:\d+:\d+: ", text[where:].replace("\n  ", ""))
    assert "ở đây cần một số nguyên" in text[where:].replace("\n  ", " ")


def test_an_input_without_judged_units_says_so() -> None:
    assert "không có đơn vị nào" in report("text", assessed({**one("tinh"), "units": []}))


def test_readings_that_were_chosen_are_named() -> None:
    chosen = assessed(readings={"yoy_mode": "decrease"})
    assert "Cách hiểu yoy_mode: " in report("text", chosen)
    assert "Cách hiểu yoy_mode" not in report("text", assessed())


def test_a_ruleset_that_is_not_whole_says_so() -> None:
    ruleset = replace(Engine("tt-124-2021").ruleset, status="partial")
    assessment = Engine(ruleset, language="vi").assess(COMMUNE)
    assert "một phần: còn điều khoản chưa được đưa vào" in report("text", assessment)
    stream = io.StringIO()
    console_for(stream).print(verdict_tree(assessment, assessment.verdict("kdc-01"), {}))
    assert "một phần" in stream.getvalue()


def test_several_grouping_units_have_their_own_counts() -> None:
    units = [
        {"id": "tinh-a", "kind": "tinh", "name": "Tỉnh A"},
        {"id": "huyen-b", "kind": "huyen", "name": "Huyện B", "parent": "tinh-a"},
        {"id": "kdc-01", "kind": "kdc", "parent": "huyen-b"},
        {"id": "kdc-02", "kind": "kdc", "parent": "tinh-a"},
    ]
    text = report("text", assessed({"schema": "antq.dossier/1", "period": 2025, "units": units}))
    table = text[text.index("Theo đơn vị cấp trên") : text.index("Các đơn vị")]
    assert re.search(r"Tỉnh A +khu dân cư +2", table)
    assert re.search(r"Huyện B +khu dân cư +1", table)


@pytest.mark.parametrize(
    ("kind", "evidence", "part"),
    [
        ("kdc", {"crime_cases_curr": 5, "crime_cases_prev": 3}, "Còn thiếu: Số vụ phạm tội năm xét: bớt 2 (từ 5 vụ"),
        ("xa", {"movement_models": []}, "thêm 1 mục, chẳng hạn Đang hoạt động: có, Hoạt động hiệu quả: có"),
        ("xa", {}, "bảo vệ an ninh Tổ quốc (đạt nếu: 1 mục, chẳng hạn Đang hoạt động: có"),
        (
            "dn",
            {"internal_rules": ["guarding", "labour_safety"]},
            "nội quy, quy định: thêm bảo vệ bí mật Nhà nước, bảo vệ",
        ),
        ("kdc", {}, "Còn thiếu: Số hộ đăng ký tham gia (đạt nếu: 1 hộ)"),
        ("kdc", {}, "Còn thiếu: Ngày đăng ký phấn đấu đạt tiêu chuẩn (chẳng hạn 01/01/2025)"),
        ("kdc", {}, "Còn thiếu: Vụ phạm tội (đạt nếu: danh sách trống (không có vụ nào))"),
        ("kdc", {"party_resolution_date": "absent"}, "Không còn khắc phục được trong kỳ này"),
        ("dn", {}, "Hoặc: Mức đánh giá lực lượng bảo vệ (đạt nếu: “hoàn thành tốt nhiệm vụ”)"),
        ("csgd", {"education_levels": ["primary"]}, "Các cấp học và trình độ đào tạo: tiểu học"),
    ],
)
def test_what_is_lacking_is_said_in_words(kind: str, evidence: Any, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    assert part in report("text", assessed(one(kind, evidence={**LARGE.get(kind, {}), **evidence})))


# JSON


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = result_schema()
    Draft202012Validator.check_schema(schema)
    # Keys may be added for others to meet; ours are all declared.
    closed = json.loads(json.dumps(schema).replace('"additionalProperties": true', '"additionalProperties": false'))
    return Draft202012Validator(closed)


def dossiers() -> list[Any]:
    """The fixtures with units that are refused, other than whole files."""
    found = []
    for folder in ("invalid/dossiers", "traps"):
        expected = yaml.safe_load((FIXTURES / folder / "expected.yaml").read_text(encoding="utf-8"))
        names = [name for name, row in expected.items() if row["file_error"] is None]
        found += [pytest.param(FIXTURES / folder / name, id=name) for name in names]
    return found


@pytest.mark.parametrize("passes", [False, True])
def test_results_fit_the_published_schema(passes: bool, validator: Draft202012Validator) -> None:
    result = json.loads(report("json", assessed(), passes=passes))
    assert not list(validator.iter_errors(result))
    assert Draft202012Validator(result_schema()).is_valid({**result, "added": 1})
    assert not Draft202012Validator(result_schema()).is_valid({**result, "verdicts": [{"unit": "a"}]})


@pytest.mark.parametrize("file", dossiers())
def test_results_with_errors_fit_the_published_schema(file: Path, validator: Draft202012Validator) -> None:
    assessment = assessed(load_dossier(file))
    assert not list(validator.iter_errors(json.loads(report("json", assessment))))


@pytest.mark.parametrize("passes", [False, True])
def test_json_is_what_the_assessment_says(passes: bool) -> None:
    assessment = assessed()
    text = report("json", assessment, passes=passes)
    assert text == assessment.to_json(passes=passes)
    assert json.loads(text) == json.loads(json.dumps(assessment.to_mapping(passes=passes)))


def test_an_empty_result_is_json_too() -> None:
    result = json.loads(report("json", assessed({**one(), "units": []})))
    assert (result["summary"], result["verdicts"], result["rejected"]) == ([], [], [])


def test_reasons_of_passes_are_given_only_when_asked_for() -> None:
    for passes in (False, True):
        verdicts = json.loads(report("json", assessed(), passes=passes))["verdicts"]
        findings = [finding for verdict in verdicts for finding in verdict["findings"]]
        assert {bool(row["reasons"]) for row in findings if row["outcome"] == "pass"} == {passes}
        assert all(row["reasons"] for row in findings if row["outcome"] != "pass")


def test_json_lines_hold_the_same_rows() -> None:
    assessment = assessed(load_dossier(FIXTURES / "invalid/dossiers/rejected-child.yaml"))
    rows = [json.loads(line) for line in report("jsonl", assessment).splitlines()]
    whole = json.loads(report("json", assessment))
    assert rows[0] == {"type": "manifest", "schema": whole["schema"], **whole["manifest"]}
    for type, key in {"summary": "summary", "group": "groups", "verdict": "verdicts", "rejected": "rejected"}.items():
        assert [row for row in rows if row["type"] == type] == [{"type": type, **row} for row in whole[key]]
    assert len(rows) == 1 + sum(len(whole[key]) for key in ("summary", "groups", "verdicts", "rejected"))


def test_outcomes_are_told_in_both_languages() -> None:
    counts = dict.fromkeys(Outcome, 0)
    for verdict in assessed().verdicts:
        counts[verdict.outcome] += 1
    assert all(counts.values())
    for language, words in {
        "vi": "đạt chưa_đạt chưa_đủ_căn_cứ không_áp_dụng",
        "en": "pass fail undetermined not_applicable",
    }.items():
        text = report("text", assessed(language=language))
        for word in words.split():
            assert word.replace("_", " ") in text


# Formats


def test_every_format_has_a_reporter() -> None:
    assert formats() == ("csv", "html", "json", "jsonl", "parquet", "text", "xlsx")
    for format in formats():
        stream: Any = io.BytesIO() if reporter_of(format).binary else io.StringIO()
        reporter_of(format).write(Report(assessed()), stream)
        assert stream.getvalue()


def test_a_format_that_nobody_knows_is_named() -> None:
    with pytest.raises(ReportError, match=r"there is no format 'jsom'; did you mean 'json'\?"):
        reporter_of("jsom")
