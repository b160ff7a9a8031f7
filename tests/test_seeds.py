"""The dossiers made from news items give the totals that the items report, by every executor and by the oracle."""

import importlib.util
import io
import json
import re
import sys
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from antq_rules import Assessment, Engine, Outcome, Report, Verdict
from antq_rules.cli import main
from antq_rules.located import parse_yaml
from antq_rules.reporters.text_format import write
from tests import oracle_2012, oracle_typical_ward
from tests.judged import ENGINES, disagreements
from tests.oracle import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, OracleResult

FIXTURES = Path(__file__).parent.parent / "fixtures"
YEARS = {
    "quang-binh-2018": 2018,
    "quang-binh-2019": 2019,
    "ba-don-2016": 2016,
    "duc-ninh-dong-2023": 2023,
    "bich-dong-2016": 2016,
}
RULESETS = {"duc-ninh-dong-2023": "typical-ward-9745"}

QUANG_BINH = {"kdc": (1046, 1205), "xa": (126, 159), "coquan, dn": (314, 337), "truong": (597, 625)}
QUANG_BINH_2019 = {"kdc": (1042, 1165), "xa": (138, 159), "coquan, dn": (299, 311)}
"""All reported but for the total of communes, which is invented, see the README of the fixture."""
CLOSE = 12
"""Communes that pass with 70 % to below 80 % of their areas."""


@cache
def dossier(name: str) -> dict[str, Any]:
    """The units of all files of a fixture."""
    units: list[Any] = []
    for file in sorted((FIXTURES / name).glob("*.yaml")):
        document = parse_yaml(file.read_text("utf-8"), file.name)
        assert not document.faults
        assert document.data["period"] == YEARS[name]
        units += document.data["units"]
    return {"schema": "antq.dossier/1", "period": YEARS[name], "units": units}


@cache
def engine(name: str, executor: str) -> Engine:
    """The engine of the ruleset that a fixture is judged by."""
    return Engine(RULESETS.get(name, "tt-23-2012"), engine=executor)


@cache
def assessed(name: str, executor: str = "scalar") -> Assessment:
    """A fixture as an executor judges it."""
    return engine(name, executor).assess(dossier(name))


@cache
def expected(name: str, share: tuple[int, int] = oracle_2012.SHARE) -> OracleResult:
    """A fixture as the oracle judges it."""
    if name in RULESETS:
        return oracle_typical_ward.judge(dossier(name), period=YEARS[name])
    return oracle_2012.judge(dossier(name), period=YEARS[name], share=share)


def verdict(name: str, unit: str, executor: str = "scalar") -> Verdict:
    """The verdict of one unit."""
    (found,) = [one for one in assessed(name, executor).verdicts if one.unit == unit]
    return found


def totals(outcomes: list[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """Passed and judged by kind, agencies and enterprises together."""
    kinds = [("coquan, dn" if kind in ("coquan", "dn") else kind, outcome) for kind, outcome in outcomes]
    judged, passed = Counter(kind for kind, _ in kinds), Counter(kind for kind, outcome in kinds if outcome == PASS)
    return {kind: (passed[kind], number) for kind, number in judged.items()}


def by_oracle(name: str, share: tuple[int, int] = oracle_2012.SHARE) -> list[tuple[str, str]]:
    """Kind and outcome of each unit, by the oracle."""
    kinds = {unit["id"]: unit["kind"] for unit in dossier(name)["units"]}
    return [(kinds[unit], outcome) for unit, (outcome, _) in expected(name, share).verdicts.items()]


@cache
def generator() -> ModuleType:
    """The script that makes the dossiers."""
    spec = importlib.util.spec_from_file_location("generate_seeds", FIXTURES / "generate_seeds.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_the_generator_gives_the_same_bytes(tmp_path: Path) -> None:
    generator().generate(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.yaml")}
    names = {path.relative_to(FIXTURES) for name in generator().DOSSIERS for path in (FIXTURES / name).glob("*.yaml")}
    assert names == set(made)
    for name in names:
        assert (FIXTURES / name).read_bytes() == made[name], name
    assert sum(len(text) for text in made.values()) < 2_500_000


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("seed", YEARS)
def test_every_finding_is_that_of_the_oracle(seed: str, name: str) -> None:
    assert list(disagreements(assessed(seed, name), expected(seed), engine(seed, name)))[:5] == []
    assert not expected(seed).rejected


@pytest.mark.parametrize("name", ENGINES)
def test_quang_binh_has_the_totals_reported(name: str) -> None:
    outcomes = [(one.kind, one.outcome.value) for one in assessed("quang-binh-2018", name).verdicts]
    assert totals(outcomes) == totals(by_oracle("quang-binh-2018")) == QUANG_BINH


@pytest.mark.parametrize("name", ENGINES)
def test_quang_binh_a_year_later_has_the_totals_reported(name: str) -> None:
    outcomes = [(one.kind, one.outcome.value) for one in assessed("quang-binh-2019", name).verdicts]
    assert totals(outcomes) == totals(by_oracle("quang-binh-2019")) == QUANG_BINH_2019


def test_units_go_on_under_their_ids_with_the_counts_of_the_year_before() -> None:
    before, after = ({unit["id"]: unit for unit in dossier(f"quang-binh-{year}")["units"]} for year in (2018, 2019))
    kinds = Counter(unit["kind"] for id, unit in after.items() if id in before)
    assert kinds == {"huyen": 8, "xa": 159, "kdc": 1165, "coquan": 181, "dn": 128}
    for id, unit in after.items():
        if id in before:
            assert [unit.get(key) for key in ("kind", "name", "parent")] == [
                before[id].get(key) for key in ("kind", "name", "parent")
            ]
    for series in ("crime_cases", "accident_cases", "social_evil_cases", "violation_cases"):
        found = sum(unit["evidence"][f"{series}_curr"] for unit in before.values() if unit["kind"] == "kdc")
        assert sum(unit["evidence"][f"{series}_prev"] for unit in after.values() if unit["kind"] == "kdc") == found


@pytest.mark.parametrize("name", ENGINES)
def test_ba_don_has_the_totals_reported(name: str) -> None:
    outcomes = [one.outcome.value for one in assessed("ba-don-2016", name).verdicts]
    assert Counter(outcomes) == Counter(outcome for _, outcome in by_oracle("ba-don-2016")) == {PASS: 65, FAIL: 2}
    assert {one.kind for one in assessed("ba-don-2016", name).verdicts} == {"kdc", "xa", "coquan", "dn", "truong"}


def test_failures_are_spread_over_every_criterion() -> None:
    failed = Counter(
        criterion
        for _, findings in expected("quang-binh-2018").verdicts.values()
        for criterion, outcome in findings.items()
        if outcome == FAIL
    )
    criteria = {name for _, findings in expected("quang-binh-2018").verdicts.values() for name in findings}
    assert set(failed) == criteria
    for standard in ("tt23.kdc", "tt23.xa", "tt23.cqdn", "tt23.truong"):
        numbers = [number for name, number in failed.items() if name.startswith(f"{standard}.") and name != "tt23.xa.4"]
        assert max(numbers) - min(numbers) <= 2
    assert failed["tt23.xa.4"] == 7


def evaluated(name: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What ``antq evaluate`` prints of a fixture; the ruleset in force is found by the period."""
    assert main(["evaluate", str(FIXTURES / name), "--period", str(YEARS[name]), "--format", "json"]) == 1
    out, err = capsys.readouterr()
    assert "tt-23-2012" in err
    result: dict[str, Any] = json.loads(out)
    return result


def test_the_command_prints_the_totals(capsys: pytest.CaptureFixture[str]) -> None:
    result = evaluated("quang-binh-2018", capsys)
    ruleset = result["manifest"]["ruleset"]
    assert (ruleset["id"], ruleset["status"]) == ("tt-23-2012", "partial")
    found: dict[str, tuple[int, int]] = {}
    for row in result["summary"]:
        kind = "coquan, dn" if row["kind"] in ("coquan", "dn") else row["kind"]
        passed, total = found.get(kind, (0, 0))
        found[kind] = passed + row["pass"], total + row["total"]
    assert found == QUANG_BINH
    summary = evaluated("ba-don-2016", capsys)["summary"]
    assert (sum(row["pass"] for row in summary), sum(row["total"] for row in summary)) == (65, 67)


def printed_communes(assessment: Assessment) -> tuple[int, int]:
    """Communes judged and passed, as the report for people prints them."""
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "120")
        write(Report(assessment), stream)
    line = next(line for line in stream.getvalue().splitlines() if line.startswith("xã, phường, thị trấn"))
    total, passed, *_ = (int(number) for number in re.findall("[0-9]+", line))
    return total, passed


def test_seventy_read_as_eighty_changes_the_total_by_what_the_oracle_says() -> None:
    ruleset = engine("quang-binh-2018", "scalar").ruleset
    share = ruleset.parameters["recognised_share"]
    stricter = replace(share, values=tuple((term, Fraction(8, 10)) for term, _ in share.values))
    changed = Engine(replace(ruleset, parameters={**ruleset.parameters, share.name: stricter}), engine="scalar")
    total, passed = printed_communes(assessed("quang-binh-2018"))
    assert (total, passed) == (159, 126)
    by_eighty = totals(by_oracle("quang-binh-2018", (8, 10)))["xa"]
    assert printed_communes(changed.assess(dossier("quang-binh-2018"))) == (159, by_eighty[0])
    assert passed - by_eighty[0] == CLOSE


def commune_p() -> str:
    """The one commune with 25 residential areas."""
    (unit,) = [
        one["id"] for one in dossier("quang-binh-2018")["units"] if one.get("evidence", {}).get("kdc_total") == 25
    ]
    return str(unit)


def test_commune_p_lacks_two_of_eighteen() -> None:
    found = verdict("quang-binh-2018", commune_p())
    areas = [one for one in assessed("quang-binh-2018").verdicts if one.parent == found.unit]
    assert Counter(one.outcome for one in areas) == {Outcome.PASS: 16, Outcome.FAIL: 9}
    assert found.outcome is Outcome.FAIL
    assert [one.criterion for one in found.findings if one.outcome is not Outcome.PASS] == ["tt23.xa.4"]
    (reason,) = found.finding("tt23.xa.4").reasons
    assert reason.shortfall is not None
    told = reason.shortfall.to_mapping()
    assert (told["kind"], told["have"], told["need"], told["by"]) == ("children", 16, 18, 2)


def test_a_report_that_differs_from_the_areas_is_noted() -> None:
    (unit,) = [
        one["id"]
        for one in dossier("quang-binh-2018")["units"]
        if one["kind"] == "xa" and (one["evidence"]["kdc_total"], one["evidence"].get("kdc_recognised")) == (20, 14)
    ]
    assert "reported_counts_differ" in [note.code for note in verdict("quang-binh-2018", unit).notes]


@pytest.mark.parametrize("name", ENGINES)
def test_duc_ninh_dong_has_34_findings_and_its_progress(name: str) -> None:
    found = verdict("duc-ninh-dong-2023", "phuong-duc-ninh-dong", name)
    outcomes = Counter(one.outcome.value for one in found.findings)
    assert len(found.findings) == 34
    assert outcomes == {PASS: 27, FAIL: 1, UNDETERMINED: 5, NOT_APPLICABLE: 1}
    assert (found.met, found.applicable) == (27, 33)
    assert found.outcome is Outcome.FAIL
    assert found.status == "reconstructed"
    late = found.finding("pdh.1.02")
    assert late.outcome is Outcome.FAIL
    assert [document["number"] for document in late.documents] == ["15-NQ/ĐU"]


@pytest.mark.parametrize("name", ENGINES)
def test_of_bich_dong_only_the_models_are_proven(name: str) -> None:
    assert {one.outcome for one in assessed("bich-dong-2016", name).verdicts} == {Outcome.UNDETERMINED}
    for one in assessed("bich-dong-2016", name).verdicts:
        proven = [finding.criterion for finding in one.findings if finding.outcome is Outcome.PASS]
        assert proven == ["tt23.xa.2/tt23.kdc.2.b" if one.kind == "xa" else "tt23.kdc.2.b"]
        assert one.status == "partial"
