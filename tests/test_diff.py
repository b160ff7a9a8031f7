"""Two results side by side: counts, shares, who gained and who lost, in text and JSON, from dossiers and results."""

import io
import json
import random
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from antq_rules import Assessment, Engine, Outcome
from antq_rules.assessment.comparing import (
    Comparison,
    JudgedYear,
    Sort,
    Standing,
    compared,
    decimal_text,
    natural,
)
from antq_rules.assessment.comparison_document import comparison_chunks, comparison_document
from antq_rules.cli import main
from antq_rules.reporters.comparison_schema import comparison_schema
from antq_rules.reporters.reporting import formats, reporter_of
from tests.judged import engine
from tests.random_dossiers import random_dossier, random_previous

ROOT = Path(__file__).parent.parent
OLD, NEW = "fixtures/quang-binh-2018", "fixtures/quang-binh-2019"
BOTH = "fixtures/hai-thong-tu"
COMMUNE = "fixtures/xa-mau"
TWICE = (BOTH, "--old-ruleset", "tt-23-2012", "--ruleset", "tt-124-2021")
VALIDATOR = Draft202012Validator(comparison_schema())

Ran = tuple[int, str, str]
Antq = Callable[..., Ran]


@pytest.fixture
def antq(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Antq:
    """A function that runs ``antq`` in the folder of the project and gives its exit code and what it printed."""
    for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(ROOT)

    def run(*words: str) -> Ran:
        code = main(words)
        return (code, *capsys.readouterr())

    return run


def compare(antq: Antq, *words: str, code: int = 1) -> dict[str, Any]:
    """The comparison that the command writes as JSON; it keeps its schema."""
    ended, out, err = antq("diff", *words, "--format", "json")
    assert ended == code, err
    document: dict[str, Any] = json.loads(out)
    VALIDATOR.validate(document)
    return document


def written(comparison: Comparison) -> str:
    """A comparison as JSON text."""
    return "".join(comparison_chunks(comparison))


def kind(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The row of a kind."""
    (row,) = [row for row in document["kinds"] if row["kind"] == name]
    return dict(row)


def area(id: str = "a-01", **evidence: Any) -> dict[str, Any]:
    """A residential area that passes tt-124-2021 in 2025, but for what is said otherwise."""
    sound = {
        "party_resolution_date": "2025-01-15", "registration_date": "2025-02-20", "households_resident": 9,
        "households_registered": 9, "policy_implementation_full": True, "incidents": [], "crimes": [],
        "accidents": [], "crime_cases_curr": 0, "crime_cases_prev": 0, "social_evil_cases_curr": 0,
        "social_evil_cases_prev": 0, "other_violation_cases_curr": 0, "other_violation_cases_prev": 0,
        "new_hotspots": 0, "new_social_evil_persons": 0, "management_effective": True,
        "grassroots_force_rating": "well", "grassroots_force_disciplined": 0,
    }  # fmt: skip
    known = {name: value for name, value in {**sound, **evidence}.items() if value is not None}
    return {"id": id, "kind": "kdc", "evidence": known}


LATE = {"party_resolution_date": "2025-04-01"}
UNSOUND = {"new_hotspots": -1}


def judged(*units: dict[str, Any], period: int = 2025) -> Assessment:
    """Some units under tt-124-2021."""
    return engine().assess({"schema": "antq.dossier/1", "period": period, "units": list(units)})


# Quảng Bình 2018 and 2019


def test_quang_binh_has_four_fewer_areas_and_a_higher_share(antq: Antq) -> None:
    document = compare(antq, OLD, NEW)
    areas = kind(document, "kdc")
    assert (areas["before"]["pass"], areas["before"]["total"]) == (1046, 1205)
    assert (areas["after"]["pass"], areas["after"]["total"]) == (1042, 1165)
    assert (areas["before"]["percent_rounded"], areas["after"]["percent_rounded"]) == ("86.80", "89.44")
    assert (areas["more"], areas["points_rounded"]) == (-4, "2.64")
    assert Fraction(areas["points"]) == (Fraction(1042, 1165) - Fraction(1046, 1205)) * 100
    assert kind(document, "xa")["after"]["pass"] == 138
    assert kind(document, "truong")["after"] is None
    workplaces = [kind(document, name)["after"] for name in ("coquan", "dn")]
    assert (sum(row["pass"] for row in workplaces), sum(row["total"] for row in workplaces)) == (299, 311)

    # The parts add up to the whole, by district and by commune.
    for level, kinds in (("huyen", ("kdc", "xa", "coquan", "dn", "truong")), ("xa", ("kdc",))):
        groups = [group for group in document["groups"] if group["kind"] == level]
        assert len(groups) == {"huyen": 8, "xa": 159}[level]
        for name in kinds:
            for side in ("before", "after"):
                parts = [row[side] for group in groups for row in group["kinds"] if row["kind"] == name and row[side]]
                whole = kind(document, name)[side] or dict.fromkeys(("total", "pass", "fail"), 0)
                for number in ("total", "pass", "fail"):
                    assert sum(part[number] for part in parts) == whole[number], (level, name, side)

    # Units keep their ids, so that each one's way is told.
    became = Counter(row["became"] for row in document["units"] if row["kind"] == "kdc")
    assert became["gained"] - became["lost"] == 111 - 83
    left = [row for row in document["units"] if row["kind"] == "kdc" and row["became"] == "left"]
    assert (len(left), sum(row["before"]["outcome"] == "pass" for row in left)) == (40, 32)
    assert {row["unit"] for row in document["units"] if row["became"] == "arrived"} == {"coquan-c98", "dn-f99"}
    for row in document["units"]:
        if row["became"] in ("gained", "lost"):
            side = "before" if row["became"] == "gained" else "after"
            open_ones = [one for one in row["criteria"] if one[side] == "fail"]
            assert open_ones, row["unit"]
            assert all(one["reasons"] for one in open_ones) or row["became"] == "gained"


def test_the_report_is_as_it_was(antq: Antq, golden: Callable[[str, str], None]) -> None:
    code, out, _ = antq("diff", OLD, NEW)
    assert code == 1
    line = next(line for line in out.splitlines() if line.startswith("khu dân cư"))
    assert line.split() == ["khu", "dân", "cư", "1.046/1.205", "86,80", "%", "1.042/1.165", "89,44", "%", "-4", "+2,64"]
    golden("diff-quang-binh.vi.txt", out)


@pytest.mark.parametrize(("name", "format", "language"), [
    ("diff-hai-thong-tu.vi.txt", "text", "vi"), ("diff-hai-thong-tu.en.txt", "text", "en"),
    ("diff-hai-thong-tu.json", "json", "en"),
])  # fmt: skip
def test_reports_on_two_rulesets_are_as_they_were(
    name: str, format: str, language: str, antq: Antq, golden: Callable[[str, str], None]
) -> None:
    code, out, _ = antq("diff", *TWICE, "--format", format, "--lang", language)
    assert code == 1
    golden(name, out)


def test_results_give_what_their_dossiers_give(antq: Antq, tmp_path: Path) -> None:
    dossiers = [f"{folder}/huyen-a.yaml" for folder in (OLD, NEW)]
    results: list[str] = []
    for file, format in zip(dossiers, ("json", "jsonl"), strict=True):
        results.append(str(tmp_path / f"{len(results)}.{format}"))
        assert antq("evaluate", file, "--format", format, "-o", results[-1])[0] == 1
    for format in ("json", "text"):
        expected = antq("diff", *dossiers, "--format", format)[:2]
        assert expected[0] == 1
        assert antq("diff", *results, "--format", format)[:2] == expected
        assert antq("diff", results[0], dossiers[1], "--format", format)[:2] == expected
        assert antq("diff", dossiers[0], results[1], "--format", format)[:2] == expected


# One dossier under two rulesets

HAI_THONG_TU: dict[str, tuple[str, str, str, list[str]]] = {
    "kdc-02": ("lost", "pass", "fail", ["tt124.kdc.1.a"]),
    "kdc-03": ("gained", "fail", "pass", ["tt23.kdc.4.a"]),
    "kdc-04": ("gained", "fail", "pass", ["tt23.kdc.1.c"]),
    "kdc-05": ("lost", "pass", "fail", ["tt124.kdc.4.c1", "tt124.kdc.5.a"]),
    "kdc-06": ("same", "fail", "fail", ["tt124.kdc.4.b", "tt23.kdc.4.b"]),
    "kdc-07": ("lost", "pass", "undetermined", ["tt124.kdc.4.c3"]),
    "kdc-08": ("not_judged", "fail", "refused", ["tt23.kdc.3.c"]),
    "coquan-01": ("lost", "pass", "fail", ["tt124.cqdn.1.d"]),
    "coquan-02": ("not_judged", "refused", "pass", []),
    "dn-01": ("lost", "pass", "not_applicable", []),
    "truong-01": ("not_judged", "pass", "not_judged", []),
    "csgd-01": ("not_judged", "not_judged", "pass", []),
    "xa-ht": ("same", "fail", "fail", ["tt124.xa.4.a", "tt124.xa.4.b", "tt23.xa.4"]),
}
"""As the README of the fixture works it out by hand; kdc-01 passes both and is not listed."""


def test_one_dossier_under_two_rulesets_is_as_worked_out_by_hand(antq: Antq) -> None:
    document = compare(antq, *TWICE)
    found = {
        row["unit"]: (
            row["became"],
            *(row[side]["outcome"] or row[side]["standing"] for side in ("before", "after")),
            sorted(one["criterion"] for one in row["criteria"]),
        )
        for row in document["units"]
    }
    assert found == HAI_THONG_TU
    assert document["before"]["input_sha256"] == document["after"]["input_sha256"]
    assert {row["unit"] for row in document["units"] if row["loss"]} == {
        "kdc-02", "kdc-05", "kdc-07", "kdc-08", "coquan-01", "dn-01", "truong-01",
    }  # fmt: skip


def test_fields_of_the_other_ruleset_are_left_out_and_named(antq: Antq) -> None:
    document = compare(antq, *TWICE)
    notes = {side: {note["code"]: note["text"] for note in document[side]["notes"]} for side in ("before", "after")}
    assert "households_registered" in notes["before"]["fields_left_out"]
    assert "households_pledged" in notes["after"]["fields_left_out"]
    for both in ("registration_date", "internal_rules", "crime_cases_curr"):
        assert both not in notes["before"]["fields_left_out"] + notes["after"]["fields_left_out"]
    faults = {row["unit"]: row["faults"] for row in document["units"] if row["faults"]}
    assert set(faults) == {"kdc-08", "coquan-02"}
    assert "'disorder'" in faults["kdc-08"][0]
    assert len(faults["coquan-02"]) == 2


def test_what_neither_ruleset_knows_is_a_fault_on_both_sides(antq: Antq, tmp_path: Path) -> None:
    units = [
        {**area("a"), "evidence": {**area()["evidence"], "hotspots": 1}},
        {"id": "b", "kind": "village", "evidence": {}},
        {"id": "c", "kind": "truong", "evidence": {}},
        {"id": "c", "kind": "truong", "evidence": {}},
    ]
    document = compare(antq, dossier(tmp_path, *units, period=2022), "--old-ruleset", "tt-23-2012", code=0)
    standings = {row["unit"]: (row["before"]["standing"], row["after"]["standing"]) for row in document["units"]}
    assert standings == dict.fromkeys("abc", ("refused", "refused"))


def test_columns_of_the_other_ruleset_are_left_out(antq: Antq, tmp_path: Path) -> None:
    row = {"occurred_on": "2022-03-03", "kind": "serious_incident", "force_majeure": True}
    units = [area("a", accidents=[row]), area("b", accidents={"value": [row], "confirmed_by": "CAX"})]
    document = compare(antq, dossier(tmp_path, *units, period=2022), "--old-ruleset", "tt-23-2012", code=0)
    assert {row["before"]["standing"] for row in document["units"]} == {"judged"}
    (note,) = [note["text"] for note in document["before"]["notes"] if note["code"] == "fields_left_out"]
    assert "accidents.kind" in note


def test_readings_and_overlays_make_a_difference(antq: Antq) -> None:
    by_reading = compare(antq, COMMUNE, "--set", "yoy_mode=decrease")
    assert by_reading["before"]["ruleset"] == by_reading["after"]["ruleset"]
    assert (by_reading["before"]["readings"]["yoy_mode"], by_reading["after"]["readings"]["yoy_mode"]) == (
        "non_increase", "decrease",
    )  # fmt: skip
    lost = [row for row in by_reading["units"] if row["became"] == "lost" and row["kind"] == "kdc"]
    assert lost
    assert {one["criterion"] for row in lost for one in row["criteria"]} == {"tt124.kdc.4.a"}
    backwards = compare(antq, COMMUNE, "--old-set", "yoy_mode=decrease", code=0)
    assert backwards["became"]["gained"] == by_reading["became"]["lost"]
    text = antq("diff", COMMUNE, "--set", "yoy_mode=decrease", "--lang", "en")[1]
    assert "Reading yoy_mode: decrease" in text
    assert "judged in two ways" in text


def test_an_overlay_alone_is_held_against_its_ruleset_without_it(antq: Antq, tmp_path: Path) -> None:
    overlay = tmp_path / "chat-hon"
    overlay.mkdir()
    (overlay / "overlay.yaml").write_text(
        "overlay: chat-hon\nbase: tt-124-2021\nversion: 1.0.0\nprefix: ch\n"
        "title: {vi: Chặt hơn, en: Stricter}\ninstrument: {number: 1/QĐ, issuer: UBND}\n"
        "in_force: {from: 2022-02-10}\ntighten: {min_effective_models: {value: 2}}\n",
        encoding="utf-8",
    )
    document = compare(antq, COMMUNE, "--overlay", str(overlay))
    assert document["before"]["overlays"] == []
    assert [one["id"] for one in document["after"]["overlays"]] == ["chat-hon"]
    assert document["became"]["lost"] > 0
    twice = compare(antq, *TWICE, "--overlay", str(overlay))
    (note,) = [note["text"] for note in twice["after"]["notes"] if note["code"] == "fields_left_out"]
    assert "tt-124-2021" in note
    assert "chat-hon" in note


# Counts, whatever the units

SEEDS = st.integers(0, 10_000)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_counts_are_those_of_the_summaries_and_balance(seed: int) -> None:
    dossier = random_dossier(seed, 40)
    assessments = engine().assess(random_previous(dossier, seed)), engine().assess(dossier)
    comparison = compared(*assessments)
    for side, assessment in zip(("before", "after"), assessments, strict=True):
        counts = {change.kind: getattr(change, side) for change in comparison.kinds}
        for tally in assessment.summary:
            assert counts[tally.kind].outcomes == tally.outcomes
        assert sum(count.total for count in counts.values() if count) == len(assessment.verdicts)
    for change in comparison.kinds:
        balance = {Sort.GAINED: 0, Sort.LOST: 0, Sort.CHANGED: 0, Sort.SAME: 0}
        balance |= {Sort.ARRIVED: 0, Sort.LEFT: 0, Sort.NOT_JUDGED: 0}
        for unit in comparison.units:
            if unit.kind == change.kind:
                balance[unit.sort] += (unit.after is Outcome.PASS) - (unit.before is Outcome.PASS)
        gained, lost = (
            sum(one.kind == change.kind for one in comparison.of(sort)) for sort in (Sort.GAINED, Sort.LOST)
        )
        assert (balance[Sort.GAINED], balance[Sort.LOST], balance[Sort.CHANGED], balance[Sort.SAME]) == (
            gained, -lost, 0, 0,
        )  # fmt: skip
        assert balance[Sort.ARRIVED] >= 0 >= balance[Sort.LEFT]
        passed = [0 if count is None else count.passed for count in (change.before, change.after)]
        assert passed[1] - passed[0] == sum(balance.values())


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, order=st.randoms(use_true_random=False))
def test_the_order_of_units_makes_no_difference(seed: int, order: random.Random) -> None:
    dossier = random_dossier(seed, 30)
    before = engine().assess(random_previous(dossier, seed))
    first = written(compared(before, engine().assess(dossier)))
    order.shuffle(dossier["units"])
    again = engine().assess(dossier)
    assert written(compared(before, again)) == first
    VALIDATOR.validate(json.loads(first))


def test_a_comparison_with_itself_changes_nothing() -> None:
    assessment = engine().assess(random_dossier(7, 250))
    comparison = compared(assessment, assessment)
    sorts = {change.sort for change in comparison.units}
    assert sorts == {Sort.SAME, Sort.NOT_JUDGED}  # refused units are judged on neither side
    assert not comparison.is_loss
    assert {change.points for change in comparison.kinds} <= {0, None}
    assert comparison_document(comparison)["units"] == [
        row for row in comparison_document(comparison)["units"] if row["before"]["standing"] == "refused"
    ]


WAYS: list[tuple[dict[str, Any] | None, dict[str, Any] | None, str, bool]] = [
    ({}, {}, "same", False),
    ({}, LATE, "lost", True),
    (LATE, {}, "gained", False),
    (LATE, {"party_resolution_date": None}, "changed", False),
    ({}, {"party_resolution_date": None}, "lost", True),
    ({}, UNSOUND, "not_judged", True),
    (LATE, UNSOUND, "not_judged", True),
    (UNSOUND, {}, "not_judged", False),
    (UNSOUND, UNSOUND, "not_judged", False),
    (None, {}, "arrived", False),
    (None, UNSOUND, "arrived", False),
    ({}, None, "left", False),
    (UNSOUND, None, "left", False),
]


@pytest.mark.parametrize(("before", "after", "became", "loss"), WAYS)
def test_what_became_of_a_unit(
    before: dict[str, Any] | None, after: dict[str, Any] | None, became: str, loss: bool, antq: Antq, tmp_path: Path
) -> None:
    other = area("b-02")
    files = [
        dossier(tmp_path, other, *([] if evidence is None else [area(**evidence)]), name=name)
        for evidence, name in ((before, "old.json"), (after, "new.json"))
    ]
    for inputs in (files, list(results_of(files, antq, tmp_path))):
        document = compare(antq, *inputs, code=int(loss))
        rows = {row["unit"]: row for row in document["units"]}
        row = rows.get("a-01", {"became": "same", "loss": False})
        assert (row["became"], row["loss"]) == (became, loss)
        assert document["became"][became] == 2 if became == "same" else 1
        refused = [side for side, evidence in (("before", before), ("after", after)) if evidence is UNSOUND]
        assert [side for side in ("before", "after") if row.get(side, {}).get("standing") == "refused"] == refused
        assert bool(row.get("faults")) is bool(refused)


def results_of(files: list[str], antq: Antq, tmp_path: Path) -> Iterator[str]:
    """The results of dossiers, as files."""
    for number, file in enumerate(files):
        result = str(tmp_path / f"result-{number}.jsonl")
        antq("evaluate", file, "--format", "jsonl", "-o", result)
        yield result


def dossier(tmp_path: Path, *units: dict[str, Any], name: str = "a.json", period: int = 2025) -> str:
    """A dossier of some units, as a file."""
    path = tmp_path / name
    path.write_text(json.dumps({"schema": "antq.dossier/1", "period": period, "units": units}), encoding="utf-8")
    return str(path)


def test_another_kind_under_the_same_id_is_another_unit() -> None:
    commune, district = {"id": "a-01", "kind": "xa", "evidence": {}}, {"id": "a-01", "kind": "huyen"}
    comparison = compared(judged(area()), judged(commune))
    assert [(change.kind, change.sort) for change in comparison.units] == [("kdc", Sort.LEFT), ("xa", Sort.ARRIVED)]
    assert [(change.kind, change.sort) for change in compared(judged(district), judged(commune)).units] == [
        ("xa", Sort.ARRIVED)
    ]


def test_units_are_matched_in_whatever_form_their_ids_are_written() -> None:
    written_apart = unicodedata.normalize("NFD", "thôn-đồng")
    assert written_apart != "thôn-đồng"
    (change,) = compared(judged(area("thôn-đồng")), judged(area(written_apart, **LATE))).units
    assert change.sort is Sort.LOST
    assert [one.criterion for one in change.criteria] == ["tt124.kdc.1.a"]
    assert change.criteria[0].reasons


def test_units_are_counted_below_everybody_above_them() -> None:
    units: list[dict[str, Any]] = [
        {"id": "tinh", "kind": "tinh"},
        {"id": "huyen", "kind": "huyen", "parent": "tinh"},
        {"id": "xa", "kind": "xa", "parent": "huyen", "evidence": {}},
        *({**area(f"kdc-{number}"), "parent": "xa"} for number in (2, 10, 1)),
    ]
    comparison = compared(judged(*units), judged(*units[:-1], {**area("kdc-1"), "parent": "elsewhere"}))
    counts = {
        group.unit: {change.kind: (change.before and change.before.total, change.after and change.after.total)
                     for change in group.kinds}
        for group in comparison.groups
    }  # fmt: skip
    assert counts == {
        "tinh": {"kdc": (3, 2), "xa": (1, 1)},
        "huyen": {"kdc": (3, 2), "xa": (1, 1)},
        "xa": {"kdc": (3, 2)},
        "elsewhere": {"kdc": (None, 1)},
    }
    assert list(counts)[2:] == ["xa", "elsewhere"]
    assert [change.unit for change in comparison.units][:3] == ["kdc-1", "kdc-2", "kdc-10"]


def test_units_outside_the_scope_leave_the_denominator() -> None:
    small = {"id": "dn", "kind": "dn", "evidence": {"enterprise_size": "small"}}
    (change,) = compared(judged(small), judged(small)).kinds
    assert change.after is not None
    assert (change.after.total, change.after.applicable, change.after.share, change.points) == (1, 0, None, None)


@pytest.mark.parametrize(("number", "text"), [
    (Fraction(1046, 1205) * 100, "86.80"), (Fraction(1, 200), "0.01"), (Fraction(-1, 200), "-0.01"),
    (Fraction(1, 201), "0.00"), (Fraction(-1, 201), "0.00"), (Fraction(0), "0.00"), (Fraction(100), "100.00"),
    (Fraction(199999, 2000), "100.00"), (Fraction(-12345, 1000), "-12.35"), (Fraction(2, 3), "0.67"),
])  # fmt: skip
def test_numbers_are_rounded_half_up_when_they_are_printed(number: Fraction, text: str) -> None:
    assert decimal_text(number, "en") == text
    assert decimal_text(number, "vi") == text.replace(".", ",")
    assert decimal_text(number, "en", signed=True) == (f"+{text}" if number > 0 and text != "0.00" else text)


def test_ids_are_sorted_by_their_numbers() -> None:
    ids = ["kdc-2", "kdc-10", "kdc-010", "a", "", "1", "kdc-2-1", "kdc-2-b", "١"]
    assert sorted(ids, key=natural) == ["", "1", "a", "kdc-2", "kdc-2-1", "kdc-2-b", "kdc-010", "kdc-10", "١"]


# Results as files


def result(antq: Antq, tmp_path: Path, *units: dict[str, Any]) -> dict[str, Any]:
    """A result as plain values."""
    antq("evaluate", dossier(tmp_path, *units), "--format", "json", "-o", str(tmp_path / "r.json"))
    document: dict[str, Any] = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    return document


def test_a_result_of_a_ruleset_that_is_not_known_here_keeps_its_ids(antq: Antq, tmp_path: Path) -> None:
    document = result(antq, tmp_path, area(), {"id": "xa", "kind": "xa", "evidence": {}})
    document["manifest"]["ruleset"]["id"] = "elsewhere"
    file = tmp_path / "elsewhere.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    found = compare(antq, str(file), str(file), code=0)
    assert [(row["kind"], row["title"]) for row in found["kinds"]] == [("kdc", "kdc"), ("xa", "xa")]
    assert found["after"]["ruleset"]["title"] is None
    assert [row["title"] == row["criterion"] for row in found["criteria"]] == [True] * len(found["criteria"])
    assert found["criteria"][0]["citation"]["instrument"] == "124/2021/TT-BCA"
    assert "elsewhere" in antq("diff", str(file), str(file))[1]


def test_a_laid_over_criterion_without_its_overlay_keeps_its_id(antq: Antq, tmp_path: Path) -> None:
    document = result(antq, tmp_path, area())
    document["manifest"]["overlays"] = [{"id": "far-away", "version": "1", "sha256": "0"}]
    extra = {**document["verdicts"][0]["findings"][0], "criterion": "fa.1", "outcome": "fail"}
    document["verdicts"][0]["findings"].append(extra)
    file = tmp_path / "far.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    found = compare(antq, str(file), str(file), code=0)
    titles = {row["criterion"]: row["title"] for row in found["criteria"]}
    assert titles["fa.1"] == "fa.1"
    assert titles["tt124.kdc.1.a"] == "Chi bộ có nghị quyết trong quý I"
    assert found["after"]["overlays"] == [{"id": "far-away", "version": "1"}]


def broken(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A change of a result that makes it unsound."""

    def apply(document: dict[str, Any]) -> dict[str, Any]:
        change(document)
        return document

    return apply


BROKEN: list[tuple[Callable[[dict[str, Any]], Any], list[str]]] = [
    (lambda found: found["verdicts"][0].pop("outcome"), ["outcome"]),
    (lambda found: found["verdicts"][0].update(outcome="đạt"), ["outcome", "wrong_result"]),
    (lambda found: found["verdicts"].append(found["verdicts"][0]), ["a-01"]),
    (lambda found: found.pop("manifest"), ["manifest"]),
    (lambda found: found["manifest"].update(period="2025"), ["period"]),
    (lambda found: found.update(schema="antq.assessment/2"), ["antq.assessment/2", "antq.assessment/1"]),
    (lambda found: found.update(verdicts={}), ["verdicts"]),
]


@pytest.mark.parametrize(("change", "parts"), BROKEN)
def test_a_result_that_is_not_sound_is_refused(
    change: Callable[[dict[str, Any]], Any], parts: list[str], antq: Antq, tmp_path: Path
) -> None:
    document = broken(change)(result(antq, tmp_path, area()))
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(document, indent=1), encoding="utf-8")
    code, out, err = antq("diff", str(file), COMMUNE)
    assert (code, out) == (2, "")
    assert "broken.json" in err
    assert all(part in err for part in parts if part != "wrong_result")


def test_a_result_that_breaks_off_is_refused(antq: Antq, tmp_path: Path) -> None:
    result(antq, tmp_path, area())
    whole = (tmp_path / "r.json").read_bytes()
    (tmp_path / "r.json").write_bytes(whole[:-40])
    code, out, err = antq("diff", str(tmp_path / "r.json"), COMMUNE)
    assert (code, out) == (2, "")
    assert "r.json" in err


def test_the_standard_input_holds_a_dossier_or_a_result(
    antq: Antq, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old, new = dossier(tmp_path, area(), name="old.json"), dossier(tmp_path, area(**LATE), name="new.json")
    (ended,) = results_of([old], antq, tmp_path)
    expected = antq("diff", old, new, "--format", "json")[1]
    for file in (old, ended):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(file).read_bytes())))
        assert antq("diff", "-", new, "--format", "json")[1] == expected
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(old).read_bytes())))
    code, _, err = antq("diff", "-", new, "--old-period", "2024")
    assert code == 2
    assert "2024" in err


# Options


def test_what_is_named_serves_both_as_far_as_nothing_is_named_for_the_old_one(antq: Antq) -> None:
    def sides(*words: str, code: int = 0) -> list[tuple[str, str]]:
        document = compare(antq, COMMUNE, COMMUNE, *words, code=code)
        return [(document[side]["ruleset"]["id"], document[side]["readings"].get("yoy_mode", ""))
                for side in ("before", "after")]  # fmt: skip

    assert sides() == [("tt-124-2021", "non_increase")] * 2
    assert sides("--ruleset", "tt-124-2021", "--set", "yoy_mode=decrease") == [("tt-124-2021", "decrease")] * 2
    assert sides("--set", "yoy_mode=decrease", "--old-set", "yoy_scope=total", code=1) == [
        ("tt-124-2021", "non_increase"), ("tt-124-2021", "decrease"),
    ]  # fmt: skip


def test_a_year_may_be_named_for_each(antq: Antq, tmp_path: Path) -> None:
    files = []
    for name in ("old.jsonl", "new.jsonl"):
        files.append(str(tmp_path / name))
        Path(files[-1]).write_text(json.dumps(area()) + "\n", encoding="utf-8")
    document = compare(antq, *files, "--old-period", "2024", "--period", "2025", code=0)
    assert (document["before"]["period"], document["after"]["period"]) == (2024, 2025)
    assert document["became"]["gained"] == 1
    code, _, err = antq("diff", *files, "--period", "2025")
    assert code == 2
    assert "--period" in err


REFUSED: list[tuple[tuple[str, ...], str]] = [
    ((COMMUNE,), "nothing"),
    (("{result}",), "result"),
    (("{result}", "--ruleset", "tt-23-2012"), "result"),
    (("{result}", COMMUNE, "--old-ruleset", "tt-23-2012"), "result"),
    ((COMMUNE, "{result}", "--period", "2025"), "result"),
    ((COMMUNE, COMMUNE, "--format", "jsonl"), "json, "),
    ((COMMUNE, COMMUNE, "--format", "nothing"), "nothing"),
    ((COMMUNE, "nowhere"), "nowhere"),
    ((COMMUNE, COMMUNE, "--old-ruleset", "nothing"), "nothing"),
    ((COMMUNE, COMMUNE, "--old-set", "nothing=1"), "nothing=1"),
]


@pytest.mark.parametrize(("words", "part"), REFUSED)
def test_what_cannot_be_compared_is_said(words: tuple[str, ...], part: str, antq: Antq, tmp_path: Path) -> None:
    result(antq, tmp_path, area())
    code, out, err = antq(
        "diff", *(word.replace("{result}", str(tmp_path / "r.json")) for word in words), "--lang", "en"
    )
    assert (code, out) == (2, "")
    assert part in err or part == "nothing"
    assert err.strip()


def test_what_is_wrong_with_either_is_told_at_once(antq: Antq) -> None:
    code, _, err = antq("diff", "nowhere", "elsewhere")
    assert code == 2
    assert "nowhere" in err
    assert "elsewhere" in err


def test_reporters_that_compare_are_named() -> None:
    assert {"json", "text"} <= {name for name in formats() if reporter_of(name).compare is not None}


# As a library


def test_two_assessments_are_compared_in_their_language() -> None:
    years = [Engine("tt-124-2021", language=language, engine="scalar").assess(
        {"schema": "antq.dossier/1", "period": 2025, "units": [area()]}) for language in ("vi", "en")]  # fmt: skip
    vi, en = years
    assert [change.title for change in compared(vi, en).kinds] == ["residential area"]
    assert [change.title for change in compared(en, vi).kinds] == ["khu dân cư"]
    assert compared(JudgedYear.of(en), JudgedYear.of(vi)).language == "vi"
    (change,) = compared(vi, en).units
    assert (change.standing_before, change.standing_after) == (Standing.JUDGED, Standing.JUDGED)
