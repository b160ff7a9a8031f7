"""Results as tables of units and of findings: they say what the JSON document says, whole or put together of pieces."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from antq_rules import (
    Assessment,
    Engine,
    InferenceError,
    PluginError,
    Plugins,
    Report,
    Reporter,
    ReportError,
    Verdict,
    hookimpl,
    load_dossier,
)
from antq_rules.assessment.result_rows import (
    codes_of,
    codes_schema,
    finding_rows,
    findings_schema,
    unit_rows,
    units_schema,
)
from antq_rules.model.expression import Compare, Literal
from antq_rules.plan.compiling import Plan
from antq_rules.reporters import csv_format, parquet_format, reporting
from antq_rules.reporters.reporting import PartWriter, ReportOptions, WholePart, reporter_of, rows_wanted
from antq_rules.reporters.rows import text_rows
from tests import random_rulesets, random_small_rulesets, small_rulesets
from tests.plans import plan_of
from tests.random_dossiers import random_dossier

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
LANG_SON = ROOT / "plugins/antq-rules-lang-son/src/antq_rules_lang_son/rulesets/langson-2083-2012"


@dataclass(frozen=True)
class Case:
    """A dossier, and by what it is judged."""

    dossier: Callable[[], Any]
    ruleset: str = "tt-124-2021"
    period: int = 2025

    def assess(self, language: str = "vi") -> Assessment:
        folder = Path(self.ruleset)
        options: dict[str, Any] = {"language": language, "engine": "scalar"}
        judge = Engine.from_path(folder, **options) if folder.is_dir() else Engine(self.ruleset, **options)
        return judge.assess(self.dossier(), period=self.period)


def fixture(name: str, ruleset: str = "tt-124-2021", period: int = 2025) -> Case:
    return Case(lambda: load_dossier(FIXTURES / name), ruleset, period)


CASES = {
    "xa-mau": fixture("xa-mau"),
    "hai-thong-tu": fixture("hai-thong-tu", "tt-23-2012", 2022),
    "hai-thong-tu-124": fixture("hai-thong-tu", "tt-124-2021", 2022),
    "quang-binh-2018": fixture("quang-binh-2018", "tt-23-2012", 2018),
    **{f"traps-{path.name}": fixture(f"traps/{path.name}") for path in sorted((FIXTURES / "traps").glob("*.yaml"))},
    "rejected-child": fixture("invalid/dossiers/rejected-child.yaml"),
    "random": Case(lambda: random_dossier(5, 60, 2025)),
    "typical-ward": Case(lambda: random_rulesets.dossier_typical(4, 25, 2025), "typical-ward-9745"),
    "lang-son": Case(lambda: random_small_rulesets.dossier_lang_son(4, 40, 2013), str(LANG_SON), 2013),
    "nothing": Case(lambda: {"schema": "antq.dossier/1", "period": 2025, "units": []}),
}
del CASES["traps-expected.yaml"]
every_case = pytest.mark.parametrize("name", CASES)
every_rows = pytest.mark.parametrize("rows", ["units", "findings"])


@cache
def assessed(name: str) -> Assessment:
    return CASES[name].assess()


@cache
def document(name: str, passes: bool = False) -> dict[str, Any]:
    return json.loads(assessed(name).to_json(passes=passes))  # type: ignore[no-any-return]


CLASSED = """
decide:
  score:
    out_of: 100
    pass_from: {class: good}
    groups:
      - {id: g, title: *title, items: [{item: s.0, points: 100, graded: marks}]}
classes:
  - {id: best, title: *title, from: 90}
  - {id: good, title: *title, from: 70}
quotas:
  - id: q.best
    title: *title
    citation: {article: 9}
    over: parent
    of: {class: best}
    among: {class: good}
    at_most: 1/5
criteria:
  - {id: s.0, title: *title, citation: {article: 1}}
"""
MARKS = "  marks: {kinds: [u], type: decimal, places: 1, range: [0, 100], title: {vi: điểm, en: marks}}"


def kdc(id: str, **keys: Any) -> dict[str, Any]:
    return {"id": id, "kind": "kdc", **keys}


def judged(*units: dict[str, Any]) -> Assessment:
    dossier = {"schema": "antq.dossier/1", "period": 2025, "units": list(units)}
    return Engine("tt-124-2021", engine="scalar").assess(dossier)


def written(format: str, assessment: Assessment, rows: str = "units", passes: bool = False) -> bytes:
    """What a reporter writes, as bytes."""
    reporter = reporter_of(format)
    report = Report(assessment, passes, rows=rows)
    if reporter.binary:
        binary = io.BytesIO()
        reporter.write(report, binary)
        return binary.getvalue()
    text = io.StringIO()
    reporter.write(report, text)
    return text.getvalue().encode()


# Units


@every_case
def test_codes_have_the_columns_that_the_plan_says(name: str) -> None:
    codes = codes_of(assessed(name))
    plan = assessed(name).plan
    assert codes.schema == codes_schema(plan)
    criteria = [criterion.id for standard in plan.standards.values() for criterion in standard.criteria]
    assert codes.columns[-len(criteria) :] == criteria
    assert codes.height == len(document(name)["verdicts"]) + len(document(name)["rejected"])


@every_case
def test_rows_of_units_say_what_the_verdicts_say(name: str) -> None:
    table = units_of(assessed(name))
    assert table.schema == units_schema(assessed(name).plan)
    assert table.filter(pl.col("errors").is_null()).rows(named=True) == expected_units(table, document(name))


def units_of(assessment: Assessment) -> pl.DataFrame:
    return unit_rows(codes_of(assessment), assessment.plan)


def expected_units(table: pl.DataFrame, result: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the units that have a verdict, read from the JSON document."""
    nothing = dict.fromkeys(table.columns)
    expected = []
    for verdict in result["verdicts"]:
        score = verdict["score"]
        ends = score if isinstance(score, dict) else {"least": score, "most": score}
        expected.append(
            {
                **nothing,
                "period": result["manifest"]["period"],
                **{key: verdict[key] for key in ("unit", "kind", "name", "parent", "standard", "outcome", "status")},
                **verdict["progress"],
                "score_least": None if score is None else Decimal(ends["least"]),
                "score_most": None if score is None else Decimal(ends["most"]),
                "class": verdict["class"],
                "possible_classes": verdict.get("possible_classes"),
                **{finding["criterion"]: finding["outcome"] for finding in verdict["findings"]},
            }
        )
    return expected


@every_case
def test_rows_of_refused_units_say_why(name: str) -> None:
    table = units_of(assessed(name)).filter(pl.col("errors").is_not_null())
    rejected = document(name)["rejected"]
    assert table["unit"].to_list() == [row["unit"] for row in rejected]
    for errors, row in zip(table["errors"], rejected, strict=True):
        lines = errors.split("\n")
        assert len(lines) == len(row["errors"])
        for line, error in zip(lines, row["errors"], strict=True):
            assert line.endswith(error["text"])
    judged = ["standard", "outcome", "met", "applicable", "score_least", "class", "possible_classes"]
    assert table.select(pl.col(judged).null_count()).sum_horizontal().sum() == len(judged) * table.height
    assert table["parent"].to_list() == [one.parent for one in assessed(name).rejected]


def test_the_cases_hold_every_outcome_and_refused_units() -> None:
    tables = [units_of(assessed(name)) for name in CASES]
    assert {word for table in tables for word in table["outcome"]} == {
        None, "pass", "fail", "undetermined", "not_applicable"
    }  # fmt: skip


@pytest.fixture
def classed(tmp_path: Path) -> Assessment:
    """Units with points, classes and a quota."""
    folder = small_rulesets.written(tmp_path / "r", standard=CLASSED, fields=MARKS)
    units = [
        small_rulesets.unit({} if marks is None else {"marks": marks}, id=f"u-{marks}", parent="p")
        for marks in (95, Decimal("70.5"), 10, None, 0)
    ]
    judge = small_rulesets.engine_of(folder, "scalar")
    return judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": units})


def test_rows_of_units_tell_points_and_classes(classed: Assessment) -> None:
    table = units_of(classed)
    assert table.rows(named=True) == expected_units(table, json.loads(classed.to_json()))
    assert table["score_least"].to_list() == [95, Decimal("70.5"), 10, 0, 0]
    assert table["score_most"].to_list() == [95, Decimal("70.5"), 10, 100, 0]
    assert table["class"].to_list() == ["best", "good", None, None, None]
    assert table["possible_classes"].to_list() == [None, None, None, ["best", "good"], None]


def test_parquet_tells_quotas(classed: Assessment) -> None:
    about = pl.read_parquet_metadata(io.BytesIO(written("parquet", classed)))["antq.assessment"]
    assert json.loads(about)["quotas"] == json.loads(classed.to_json())["quotas"] != []


def test_units_stand_in_the_order_of_the_input_refused_ones_among_them() -> None:
    wrong = {"evidence": {"households_resident": -1}}
    units = [kdc("a", **wrong), kdc("b"), kdc("c", **wrong), {"id": "h", "kind": "huyen"}, kdc("d"), kdc("e", **wrong)]
    codes = codes_of(judged(*units))
    assert codes["unit"].to_list() == ["a", "b", "c", "d", "e"]
    assert codes["errors"].is_not_null().to_list() == [True, False, True, False, True]


def test_places_of_faults_are_told_within_files_and_within_units() -> None:
    values = codes_of(judged(kdc("a", parent="xa", evidence={"households_resident": -1, "nothing": 1})))
    first, second = values["errors"][0].split("\n")
    assert first.startswith("evidence.households_resident: ")
    assert second.startswith("evidence.nothing: ")
    file = codes_of(assessed("rejected-child")).filter(pl.col("errors").is_not_null())
    assert file["errors"][0].startswith((FIXTURES / "invalid/dossiers/rejected-child.yaml").as_posix())


def test_a_criterion_named_as_a_column_is_refused() -> None:
    plan = plan_of(Compare("s", ">=", Literal(1), Literal(0)))
    standard = plan.standards["s"]
    clashing = replace(standard, criteria=(replace(standard.criteria[0], id="outcome"),))
    with pytest.raises(ReportError, match="'outcome' is named as a column of results is"):
        codes_schema(cast(Plan, SimpleNamespace(standards={"s": clashing})))


# Findings


@pytest.mark.parametrize(("name", "passes"), [*((name, False) for name in CASES), ("xa-mau", True), ("lang-son", True)])
def test_rows_of_findings_say_what_the_findings_say(name: str, passes: bool) -> None:
    assessment = assessed(name)
    table = finding_rows(assessment.verdicts, assessment.plan.ruleset.id, passes=passes)
    assert table.schema == findings_schema()
    expected = []
    for verdict in document(name, passes)["verdicts"]:
        for finding in verdict["findings"]:
            via = finding.get("via") or dict.fromkeys(finding["citation"])
            (origin,) = finding["origin"].values()
            proof = {"field": None, "kind": None, "number": None, "date": None, "issuer": None}
            expected.append(
                {
                    "period": assessment.plan.period,
                    **{key: verdict[key] for key in ("unit", "kind", "standard")},
                    **{key: finding[key] for key in ("criterion", "outcome", "discretion")},
                    **finding["citation"],
                    **{f"via_{key}": value for key, value in via.items()},
                    "origin": origin,
                    "basis": finding.get("basis", "seen"),
                    "reasons": [unnested(reason) for reason in finding["reasons"]],
                    "documents": [{**proof, **document} for document in finding["documents"]],
                }
            )
    assert table.rows(named=True) == expected


def unnested(reason: dict[str, Any]) -> dict[str, Any]:
    """A reason with JSON text in the place of what may be of any shape."""
    texts = {
        key: None if reason[key] is None else json.dumps(reason[key], ensure_ascii=False)
        for key in ("observed", "required", "shortfall")
    }
    return {**reason, **texts}


# Parquet


@every_rows
def test_parquet_holds_the_table_and_what_made_it(rows: str) -> None:
    assessment = assessed("random")
    content = written("parquet", assessment, rows)
    table = pl.read_parquet(io.BytesIO(content))
    whole = units_of(assessment)
    if rows == "findings":
        whole = finding_rows(assessment.verdicts, assessment.plan.ruleset.id)
    assert table.equals(whole)
    assert table.schema == whole.schema
    about = json.loads(pl.read_parquet_metadata(io.BytesIO(content))["antq.assessment"])
    expected = document("random")
    assert about == {key: expected[key] for key in ("schema", "manifest", "summary", "groups")}


@every_rows
@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_the_same_result_gives_the_same_bytes(format: str, rows: str) -> None:
    first, second = (CASES["xa-mau"].assess() for _ in range(2))
    assert written(format, first, rows) == written(format, second, rows)
    everything = written(format, first, rows, passes=True)
    assert (written(format, first, rows) == everything) == (rows == "units")


# CSV


@every_rows
@pytest.mark.parametrize("name", ["xa-mau", "typical-ward", "rejected-child"])
def test_csv_holds_the_same_cells_as_text(name: str, rows: str) -> None:
    assessment = assessed(name)
    content = written("csv", assessment, rows)
    assert content.startswith(b"\xef\xbb\xbfperiod,unit,kind,")
    assert b"\r" not in content
    found = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    table = units_of(assessment)
    if rows == "findings":
        table = finding_rows(assessment.verdicts, assessment.plan.ruleset.id)
    assert found == [
        {key: cell for name, value in row.items() for key, cell in cells(name, value)}
        for row in table.iter_rows(named=True)
    ]


def cells(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The cells that a value of a table makes."""
    if name == "reasons":
        yield "reasons", " | ".join(reason["text"] for reason in value)
        yield "codes", "; ".join(reason["code"] for reason in value)
        yield "missing", "; ".join(dict.fromkeys(field for reason in value for field in reason["missing"]))
    elif name == "documents":
        told = [(one["field"], [text for key, text in one.items() if key != "field" and text]) for one in value]
        yield "documents", " | ".join(f"{field}: {', '.join(texts)}" for field, texts in told)
    elif isinstance(value, Decimal):
        yield name, f"{value.normalize():f}"
    elif isinstance(value, bool):
        yield name, str(value).lower()
    elif isinstance(value, list):
        yield name, "; ".join(value)
    else:
        yield name, "" if value is None else str(value)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"])
def test_no_cell_begins_as_a_formula_does(start: str) -> None:
    name = f"{start}HYPERLINK(0)"
    content = written("csv", judged(kdc("a", name=name), kdc("b", name=f"Thôn {start}"))).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert [row["name"] for row in rows] == [f"'{name}", f"Thôn {start}"]


def test_points_are_no_formulas_and_end_at_the_last_place_that_counts() -> None:
    points = {"score_least": ["-1.50", "100.0", "0", "0.000"], "score_most": [None, "10", "0.250", "7.000000001"]}
    table = pl.DataFrame(points).cast(pl.Decimal(38, 9))
    assert text_rows(table).rows() == [("-1.5", None), ("100", "10"), ("0", "0.25"), ("0", "7.000000001")]


def test_vietnamese_letters_stay_what_they_are() -> None:
    name = "Thôn Đình Thượng, “Ấp Ữ”\nxóm 2"
    assessment = judged(kdc("kdc-đông", name=name))
    (row,) = csv.DictReader(io.StringIO(written("csv", assessment).decode("utf-8-sig"), newline=""))
    table = pl.read_parquet(io.BytesIO(written("parquet", assessment)))
    assert (row["unit"], row["name"]) == ("kdc-đông", name) == (table["unit"][0], table["name"][0])


# Pieces


@dataclass(frozen=True)
class Piece:
    """Some units of an assessment."""

    whole: Assessment
    codes: pl.DataFrame

    @property
    def plan(self) -> Plan:
        return self.whole.plan

    @property
    def language(self) -> str:
        return self.whole.language

    def verdicts(self) -> Iterator[Verdict]:
        return map(self.whole.verdict, self.codes.filter(pl.col("errors").is_null())["unit"])


def pieces_of(assessment: Assessment, units: int) -> list[Piece]:
    codes = codes_of(assessment)
    return [Piece(assessment, part) for part in codes.iter_slices(units)] or [Piece(assessment, codes)]


@pytest.mark.parametrize(
    ("format", "rows"),
    [("parquet", "units"), ("parquet", "findings"), ("csv", "units"), ("csv", "findings"), ("jsonl", "units")],
)
@pytest.mark.parametrize(
    ("name", "units"),
    [("xa-mau", 1), ("xa-mau", 7), ("xa-mau", 1000), ("random", 7), ("typical-ward", 10), ("nothing", 1)],
)
def test_pieces_put_together_are_the_whole(
    name: str, format: str, units: int, rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_format, "ROW_GROUP", 11)
    monkeypatch.setattr(parquet_format, "PIECE_ROW_GROUP", 4)
    monkeypatch.setattr(csv_format, "LINES", 5)
    assessment = assessed(name)
    parts = reporter_of(format).parts
    assert parts is not None
    files = []
    for number, piece in enumerate(pieces_of(assessment, units)):
        files.append(tmp_path / f"piece-{number:03}")
        parts.write(piece, ReportOptions(rows=rows), files[-1])
    target, stream = tmp_path / f"whole{parts.suffix}", io.BytesIO()
    parts.join(files, assessment, target)
    parts.join(files, assessment, stream)
    assert target.read_bytes() == stream.getvalue() == written(format, assessment, rows)


def test_a_table_of_several_groups_of_rows_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pl.read_parquet(io.BytesIO(written("parquet", assessed("random"), "findings")))
    monkeypatch.setattr(parquet_format, "ROW_GROUP", 100)
    assert pl.read_parquet(io.BytesIO(written("parquet", assessed("random"), "findings"))).equals(whole)


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_what_fails_while_rows_are_made_is_told_as_it_is(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def verdicts(part: WholePart) -> Iterator[Verdict]:
        yield assessed("xa-mau").verdicts[0]
        raise InferenceError("one finding too many")

    monkeypatch.setattr(WholePart, "verdicts", verdicts)
    with pytest.raises(InferenceError, match="one finding too many"):
        written(format, assessed("xa-mau"), "findings")


def test_progress_hears_of_every_verdict() -> None:
    heard: list[tuple[int, int]] = []
    assessment = assessed("xa-mau")
    report = Report(assessment, progress=lambda done, total: heard.append((done, total)), rows="findings")
    reporter_of("csv").write(report, io.StringIO())
    total = len(assessment.verdicts)
    assert heard == [(done, total) for done in range(1, total + 1)]


# Formats


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_without_polars_tables_are_refused(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "find_spec", lambda name: None)
    check = reporter_of(format).check
    assert check is not None
    with pytest.raises(ReportError, match=rf"'{format}' needs Polars.*; install antq-rules\[batch\]"):
        check()


def test_what_a_plugin_writes_in_pieces_is_told_in_its_name(tmp_path: Path) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    class Mine:
        @hookimpl
        def antq_reporters(self) -> dict[str, Reporter]:
            return {"mine": Reporter(fail, parts=PartWriter(".mine", fail, fail), check=fail)}

    reporter = reporter_of("mine", Plugins.of([Mine()]))
    parts, check = reporter.parts, reporter.check
    assert parts is not None
    assert check is not None
    calls: tuple[Callable[[], None], ...] = (
        check,
        lambda: parts.write(WholePart(Report(assessed("xa-mau"))), ReportOptions(), tmp_path / "a"),
        lambda: parts.join([tmp_path / "a"], assessed("xa-mau"), tmp_path / "b"),
    )
    for call in calls:
        with pytest.raises(PluginError, match=r"the format 'mine' of the plugin .* fails: ZeroDivisionError"):
            call()


def test_only_tables_have_rows_to_choose() -> None:
    for format in reporting.formats():
        reporter = reporter_of(format)
        assert rows_wanted(None, format, reporter) == "units"
        if reporter.rows:
            assert rows_wanted("findings", format, reporter) == "findings"
        else:
            with pytest.raises(ReportError, match=f"'{format}' has no rows to choose; .* csv, parquet"):
                rows_wanted("units", format, reporter)
