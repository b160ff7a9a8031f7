"""The engine as an integrator uses it: threads, pickles, years, readings, last year, notes and errors."""

import copy
import json
import pickle
import random
import subprocess
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from antq_rules import (
    AntqError,
    Dossier,
    Engine,
    EvidenceError,
    Outcome,
    RulesetError,
    Unit,
    Verdict,
    hookimpl,
    load_ruleset,
)
from antq_rules.assessment.document import verdict_row
from antq_rules.errors import Fault
from antq_rules.extensions.plugins import Plugins
from antq_rules.located import Document
from antq_rules.model.dossier import Entry
from tests.judged import ENGINES, KINDS, PERIOD, ROOT, dossier_of, engine, passing, unit_of
from tests.random_dossiers import random_dossier

RULESET = ROOT / "rulesets" / "tt-124-2021"


def codes(caught: pytest.ExceptionInfo[AntqError]) -> list[str]:
    """The codes of an error's faults."""
    return [fault.code for fault in caught.value.faults]


def notes(verdict: Verdict) -> dict[str, str]:
    """The notes of a verdict by their code."""
    return {note.code: note.text for note in verdict.notes}


# --- making an engine -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_unit_that_meets_everything_passes(kind: str) -> None:
    verdict = engine().evaluate(unit_of(kind, **passing(kind)), period=PERIOD)
    assert verdict.outcome is Outcome.PASS
    assert verdict.met == verdict.applicable == sum(outcome is Outcome.PASS for outcome in verdict.outcomes)
    assert (verdict.status, verdict.period, verdict.unit) == ("official", PERIOD, f"{kind}-1")


def test_a_unit_may_be_a_unit_or_a_mapping() -> None:
    evidence = passing("kdc")
    unit = Unit("kdc-1", "kdc", evidence=evidence)
    assert engine().evaluate(unit, period=PERIOD) == engine().evaluate(unit_of("kdc", **evidence), period=PERIOD)
    found = engine().assess(Dossier.of([unit], PERIOD))
    assert found.verdicts == engine().assess(dossier_of(unit_of("kdc", **evidence))).verdicts


def test_a_ruleset_is_named_loaded_or_a_folder() -> None:
    dossier = random_dossier(1, 30)
    named = Engine("tt-124-2021", language="en")
    loaded = Engine(load_ruleset("tt-124-2021"), language="en")
    folder = Engine.from_path(RULESET, language="en", engine="scalar", readings={})
    results = [judge.assess(dossier).to_json() for judge in (named, loaded, folder)]
    assert results[0] == results[1] == results[2]


WRONG_ENGINES: list[tuple[dict[str, Any], str, str]] = [
    ({"ruleset": "tt-124-2022"}, "unknown_ruleset", "did you mean 'tt-124-2021'"),
    ({"readings": {"yoy": "decrease"}}, "unknown_reading", "yoy_mode"),
    ({"readings": {"yoy_mode": "fall"}}, "unknown_choice", "decrease"),
    ({"engine": "fast"}, "no_engine", "scalar"),
]


@pytest.mark.parametrize(("options", "code", "words"), WRONG_ENGINES)
def test_what_is_not_known_is_told_when_the_engine_is_made(options: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(RulesetError) as caught:
        Engine(**{"ruleset": "tt-124-2021", **options})
    assert codes(caught) == [code]
    assert words in str(caught.value)


def test_all_unknown_readings_are_told_at_once() -> None:
    with pytest.raises(RulesetError) as caught:
        Engine("tt-124-2021", readings={"a": "b", "yoy_mode": "c"})
    assert codes(caught) == ["unknown_reading", "unknown_choice"]


def test_a_language_that_is_not_known_is_an_error() -> None:
    with pytest.raises(AntqError, match="choose vi or en"):
        Engine("tt-124-2021", language="fr").evaluate(unit_of("kdc"), period=PERIOD)


def test_without_durable_rules_the_plain_interpreter_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("antq_rules.engines.durable_driver.available", lambda: False)
    with pytest.raises(RulesetError) as caught:
        Engine("tt-124-2021", engine="durable")
    assert codes(caught) == ["no_engine"]
    dossier = random_dossier(2, 30)
    found = Engine("tt-124-2021", engine="auto", language="en").assess(dossier)
    assert found.to_json() == engine().assess(dossier).to_json()


# --- threads and pickles --------------------------------------------------------------------------------------


def rows(judge: Engine, units: list[dict[str, Any]]) -> list[str]:
    """Each unit's verdict as text."""
    found = judge.assess(dossier_of())
    return [
        json.dumps(verdict_row(judge.evaluate(unit, period=PERIOD), found.plan.ruleset.id), ensure_ascii=False)
        for unit in units
    ]


def some_units(number: int) -> list[dict[str, Any]]:
    """Sound units of all kinds."""
    dossier = random_dossier(3, number)
    found = engine().assess(dossier)
    judged = {verdict.unit for verdict in found.verdicts}
    return [unit for unit in dossier["units"] if unit.get("id") in judged]


@pytest.mark.parametrize("name", ENGINES)
def test_several_threads_may_share_an_engine_from_its_first_use(name: str) -> None:
    units = some_units(150)
    expected = rows(engine(), units)
    shared = Engine("tt-124-2021", engine=name, language="en")
    start = threading.Barrier(8)

    def work(_: int) -> list[str]:
        start.wait()
        return rows(shared, units)

    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(work, range(8)))


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_can_be_pickled_before_and_after_its_first_use(name: str) -> None:
    units = some_units(40)
    judge = Engine("tt-124-2021", engine=name, language="en", readings={"yoy_mode": "decrease"})
    fresh = pickle.loads(pickle.dumps(judge))
    expected = rows(judge, units)
    used = pickle.loads(pickle.dumps(judge))
    assert rows(fresh, units) == rows(used, units) == expected
    assert used.readings["yoy_mode"] == "decrease"


@dataclass
class Catalogues:
    """A plugin with nothing but sentences."""

    folder: Path

    @hookimpl
    def antq_catalogues(self) -> Iterable[Path]:
        return [self.folder]


ELSEWHERE = """
import pickle, sys
judge, dossier = pickle.load(sys.stdin.buffer)
sys.stdout.buffer.write(judge.assess(dossier).to_json().encode())
"""


def test_a_pickled_engine_says_a_plugins_sentences_in_a_process_that_knows_no_plugin(tmp_path: Path) -> None:
    catalogue = Catalog(locale="vi")
    catalogue.add("page {page} of the pickled ledger is torn", "trang {page} của sổ bị rách")
    file = tmp_path / "vi/LC_MESSAGES/ledger.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as stream:
        write_mo(stream, catalogue)
    judge = Engine("tt-124-2021", engine="scalar", plugins=Plugins.of([Catalogues(tmp_path)]))
    torn = Fault("torn", "page {page} of the pickled ledger is torn", "", "units[0].area", values={"page": 7})
    dossier = Dossier(PERIOD, (Entry({"id": "a", "kind": "kdc"}, Document("a.ledger", faults=[torn]), ("units", 0)),))
    command = [sys.executable, "-c", ELSEWHERE]
    ran = subprocess.run(command, input=pickle.dumps((judge, dossier)), stdout=subprocess.PIPE, check=True)
    (rejected,) = json.loads(ran.stdout)["rejected"]
    assert [error["text"] for error in rejected["errors"]] == ["trang 7 của sổ bị rách"]
    assert ran.stdout.decode() == judge.assess(dossier).to_json()


@pytest.mark.parametrize("language", ["en", "vi"])
def test_an_assessment_can_be_pickled(language: str) -> None:
    found = Engine("tt-124-2021", engine="scalar", language=language).assess(random_dossier(4, 30))
    assert pickle.loads(pickle.dumps(found)).to_json() == found.to_json()


def test_errors_can_be_pickled() -> None:
    with pytest.raises(EvidenceError) as caught:
        engine().evaluate(unit_of("kdc", new_hotspots=-1, registration_date=3), period=PERIOD)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.faults == caught.value.faults


# --- years ----------------------------------------------------------------------------------------------------


def test_each_year_has_its_own_plan_and_the_same_one_each_time() -> None:
    plans = [engine().plan(year) for year in (2024, 2025, 2025)]
    assert plans[1] is plans[2]
    assert [plan.period for plan in plans] == [2024, 2025, 2025]
    assert engine().evaluate(unit_of("kdc", **passing("kdc")), period=2024).outcome is Outcome.FAIL


@pytest.mark.parametrize("period", [1899, 2201, 0, -1])
def test_a_year_that_cannot_be_judged_is_refused(period: int) -> None:
    with pytest.raises(RulesetError) as caught:
        engine().plan(period)
    assert codes(caught) == ["bad_period"]


def test_the_period_is_that_of_the_dossier_unless_another_one_is_given() -> None:
    unit = unit_of("kdc", **passing("kdc"))
    stated = dossier_of(unit)
    silent = {"schema": "antq.dossier/1", "units": [unit]}
    assert engine().assess(stated).plan.period == PERIOD
    assert engine().assess(silent, period=PERIOD).plan.period == PERIOD
    with pytest.raises(EvidenceError) as caught:
        engine().assess(silent)
    assert codes(caught) == ["no_period"]
    with pytest.raises(EvidenceError) as caught:
        engine().assess(stated, period=2024)
    assert codes(caught) == ["period_mismatch"]


WRONG_DOSSIERS: list[tuple[Any, list[str]]] = [
    ([], ["wrong_schema"]),
    ({}, ["wrong_schema", "missing_key"]),
    ({"schema": "antq.dossier/2", "units": []}, ["wrong_schema"]),
    ({"schema": "antq.dossier/1", "units": {}}, ["wrong_type"]),
    ({"schema": "antq.dossier/1", "period": "2025", "units": []}, ["wrong_type"]),
    ({"schema": "antq.dossier/1", "period": True, "units": []}, ["wrong_type"]),
    ({"schema": "antq.dossier/1", "unit": [], "units": []}, ["unknown_key"]),
]


@pytest.mark.parametrize(("dossier", "expected"), WRONG_DOSSIERS)
def test_what_is_no_dossier_is_refused_as_a_whole(dossier: Any, expected: list[str]) -> None:
    with pytest.raises(EvidenceError) as caught:
        engine().assess(dossier, period=PERIOD)
    assert codes(caught) == expected


# --- evidence that is refused ---------------------------------------------------------------------------------


def faults_of(unit: Any) -> list[Fault]:
    """What is wrong with a unit."""
    with pytest.raises(EvidenceError) as caught:
        engine().evaluate(unit, period=PERIOD)
    return list(caught.value.faults)


WRONG_UNITS: list[tuple[dict[str, Any], str, str, str]] = [
    (unit_of("kdc", new_hotspots=-1), "out_of_range", "evidence.new_hotspots", "from 0 to"),
    (unit_of("kdc", new_hotspots="3"), "wrong_type", "evidence.new_hotspots", "a whole number is needed here, not '3'"),
    (unit_of("kdc", new_hotspots=True), "wrong_type", "evidence.new_hotspots", "a whole number"),
    (unit_of("kdc", management_effective=1), "wrong_type", "evidence.management_effective", "true or false"),
    (unit_of("kdc", new_hotspot=1), "unknown_field", "evidence.new_hotspot", "did you mean 'new_hotspots'?"),
    (unit_of("kdc", registration_date="2025-02-30"), "bad_date", "evidence.registration_date", "2025-03-31"),
    (unit_of("kdc", grassroots_force_rating="good"), "unknown_choice", "evidence.grassroots_force_rating", "excellent"),
    (unit_of("csgd", education_levels=[]), "empty_set", "evidence.education_levels", "at least one"),
    (unit_of("xa", crimes=[{"grade": "serious"}]), "missing_key", "evidence.crimes[0].occurred_on", "add it"),
    (
        unit_of("kdc", households_resident=3, households_registered=4),
        "broken_constraint",
        "evidence.households_registered",
        "households_registered (4) and households_resident (3)",
    ),
    (unit_of("kdc", new_hotspots={"value": 0, "by": "x"}), "unknown_key", "evidence.new_hotspots.by", "confirmed_by"),
    (unit_of("kdc", new_hotspots={"note": "x"}), "missing_key", "evidence.new_hotspots.value", "add it"),
    ({"id": "a", "kind": "village"}, "unknown_kind", "kind", "kdc"),
    ({"id": "a", "kind": "kdc", "address": "x"}, "unknown_key", "address", "managing_level"),
    ({"id": "a", "kind": "kdc", "managing_level": "commune"}, "unknown_choice", "managing_level", "huyen"),
    ({"id": " ", "kind": "kdc"}, "wrong_type", "id", "not empty"),
    ({"kind": "kdc"}, "missing_key", "id", "add it"),
    ({"id": "a", "kind": "tinh"}, "no_standard", "kind", "only gather"),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "code", "path", "words"), WRONG_UNITS)
def test_an_evidence_error_says_what_where_and_how_to_mend_it(
    unit: dict[str, Any], code: str, path: str, words: str
) -> None:
    (fault,) = faults_of(unit)
    assert (fault.code, fault.path) == (code, path)
    assert words in fault.text()
    assert ";" in fault.text()


def test_all_faults_of_a_unit_come_at_once() -> None:
    faults = faults_of(unit_of("kdc", new_hotspots=-1, registration_date="x", nothing=0, incidents=[3]))
    assert [fault.path for fault in faults] == [
        "evidence.new_hotspots",
        "evidence.registration_date",
        "evidence.nothing",
        "evidence.incidents[0]",
    ]


def test_the_other_units_are_judged_and_a_rejected_child_stays_pending() -> None:
    own = {name: value for name, value in passing("xa").items() if not name.startswith("subunits_")}
    areas = [{"id": f"kdc-{n}", "kind": "kdc", "parent": "xa-1", "evidence": passing("kdc")} for n in range(3)]
    bad = {"id": "dn-1", "kind": "dn", "parent": "xa-1", "evidence": {"staff_total": "many"}}
    found = engine().assess(dossier_of(unit_of("xa", **own), *areas, bad))
    assert [verdict.unit for verdict in found.verdicts] == ["xa-1", "kdc-0", "kdc-1", "kdc-2"]
    assert [(one.unit, one.faults[0].path) for one in found.rejected] == [("dn-1", "evidence.staff_total")]
    assert found.exit_code == 2
    last = {finding.criterion: finding.outcome for finding in found.verdict("xa-1").findings[-2:]}
    assert last == {"tt124.xa.4.a": Outcome.UNDETERMINED, "tt124.xa.4.b": Outcome.PASS}


def test_units_that_share_an_id_are_all_refused() -> None:
    found = engine().assess(dossier_of(unit_of("kdc"), unit_of("kdc"), unit_of("dn")))
    assert [(one.unit, one.faults[0].code) for one in found.rejected] == [("kdc-1", "duplicate_id")] * 2
    assert [verdict.unit for verdict in found.verdicts] == ["dn-1"]


# --- results --------------------------------------------------------------------------------------------------


def test_an_assessment_answers_questions() -> None:
    dossier = dossier_of(
        unit_of("kdc", **passing("kdc")),
        {"id": "dn-1", "kind": "dn", "evidence": {"enterprise_size": "micro"}},
        {"id": "tinh-1", "kind": "tinh"},
    )
    seen: list[tuple[int, int]] = []
    found = engine().assess(dossier, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]
    assert found.exit_code == 0
    assert [group.unit for group in found.groups] == ["tinh-1"]
    assert sorted((one.standard, one.kind, one.total) for one in found.summary) == [
        ("tt124.cqdn", "dn", 1),
        ("tt124.kdc", "kdc", 1),
    ]
    with pytest.raises(KeyError):
        found.verdict("tinh-1")
    with pytest.raises(KeyError):
        found.verdict("kdc-1").finding("tt124.dn.1")
    worse = engine().assess(dossier_of(unit_of("kdc")))
    assert worse.exit_code == 1


def test_json_has_the_published_keys_and_reasons_of_passes_on_request() -> None:
    found = engine().assess(dossier_of(unit_of("kdc", **passing("kdc") | {"new_hotspots": 2})))
    result = json.loads(found.to_json())
    assert list(result) == ["schema", "manifest", "summary", "groups", "verdicts", "rejected"]
    (row,) = result["verdicts"]
    findings = {one["criterion"]: one for one in row["findings"]}
    (reason,) = findings["tt124.kdc.4.c1"]["reasons"]
    assert {name: reason[name] for name in ("code", "observed", "required", "missing")} == {
        "code": "equal",
        "observed": 2,
        "required": 0,
        "missing": [],
    }
    assert findings["tt124.kdc.2"]["reasons"] == []
    full = json.loads(found.to_json(passes=True))
    assert all(one["reasons"] for one in full["verdicts"][0]["findings"])


def test_documents_and_discretion_are_told() -> None:
    document = {"kind": "quyết định", "number": "7/QĐ", "date": "2025-11-03", "issuer": "UBND xã"}
    evidence = passing("kdc") | {
        "grassroots_force_disciplined": {"value": 1, "document": document, "confirmed_by": "Công an xã"},
    }
    verdict = engine().evaluate(unit_of("kdc", **evidence), period=PERIOD)
    (found,) = verdict.finding("tt124.kdc.5.b").documents
    assert found == {"field": "grassroots_force_disciplined", **document}
    assert {finding.criterion for finding in verdict.findings if finding.discretion} == {
        "tt124.kdc.2",
        "tt124.kdc.4.a",
        "tt124.kdc.4.b",
        "tt124.kdc.4.c3",
    }


def test_a_borrowed_criterion_cites_both_clauses() -> None:
    verdict = engine().evaluate(unit_of("xa", **passing("xa")), period=PERIOD)
    finding = verdict.finding("tt124.xa.2/tt124.kdc.3.dd")
    assert finding.via is not None
    assert (finding.citation.article, finding.citation.clause) == ("5", "2")
    assert (finding.via.article, finding.via.clause, finding.via.point) == ("4", "3", "đ")


# --- readings -------------------------------------------------------------------------------------------------


def test_a_verdict_names_the_readings_that_its_criteria_use() -> None:
    usual = engine().evaluate(unit_of("kdc", **passing("kdc")), period=PERIOD)
    assert usual.readings == {
        "yoy_mode": "non_increase",
        "yoy_scope": "each_series",
        "force_majeure_scope": "every_limb",
    }
    other = engine(yoy_mode="decrease").evaluate(unit_of("kdc", **passing("kdc")), period=PERIOD)
    assert other.readings["yoy_mode"] == "decrease"


def test_sensitivity_names_the_readings_that_would_change_a_verdict() -> None:
    steady = passing("kdc") | {"crime_cases_curr": 4, "crime_cases_prev": 4}
    mixed = passing("csgd") | {"education_levels": ["primary", "lower_secondary"]}
    late = passing("dn") | {"security_plan_date": "2025-05-05"}
    dossier = dossier_of(unit_of("kdc", **steady), unit_of("csgd", **mixed), unit_of("dn", **late), unit_of("coquan"))
    assert engine().sensitivity(dossier) == {
        "kdc-1": {"yoy_mode": {"decrease": "fail"}},
        "csgd-1": {"mixed_primary_school": {"out_of_scope": "not_applicable"}},
        "dn-1": {"quarter_scope": {"resolution_only": "pass"}},
    }
    assert engine(yoy_mode="decrease").sensitivity(dossier)["kdc-1"] == {
        "yoy_mode": {"non_increase": "pass"},
        "yoy_scope": {"total": "pass"},
    }


def test_sensitivity_reads_last_year_too() -> None:
    now = {name: value for name, value in passing("kdc").items() if name != "crime_cases_prev"}
    before = dossier_of(unit_of("kdc", crime_cases_curr=now["crime_cases_curr"])) | {"period": PERIOD - 1}
    found = engine().sensitivity(dossier_of(unit_of("kdc", **now)), previous=before)
    assert found == {"kdc-1": {"yoy_mode": {"decrease": "fail"}}}


# --- last year ------------------------------------------------------------------------------------------------


def without_last_year(kind: str) -> dict[str, Any]:
    return {name: value for name, value in passing(kind).items() if not name.endswith("_prev")}


def last_year(kind: str, **evidence: Any) -> dict[str, Any]:
    """A unit of last year's dossier."""
    counts = {"crime_cases_curr": 30, "social_evil_cases_curr": 30, "other_violation_cases_curr": 30}
    return unit_of(kind, **counts | evidence)


@pytest.mark.parametrize("kind", ["kdc", "xa"])
def test_last_years_counts_fill_what_is_missing(kind: str) -> None:
    unit = unit_of(kind, **without_last_year(kind))
    assert engine().evaluate(unit, period=PERIOD).outcome is Outcome.UNDETERMINED
    assert engine().evaluate(unit, period=PERIOD, previous=last_year(kind)).outcome is Outcome.PASS
    before = dossier_of(last_year(kind)) | {"period": PERIOD - 1}
    found = engine().assess(dossier_of(unit), previous=before)
    assert found.verdicts[0].outcome is Outcome.PASS
    assert json.loads(found.to_json())["manifest"]["previous_sha256"] == found.previous_sha256 is not None


def test_the_units_own_count_wins_and_the_difference_is_noted() -> None:
    verdict = engine().evaluate(unit_of("kdc", **passing("kdc")), period=PERIOD, previous=last_year("kdc"))
    assert verdict.outcome is Outcome.PASS
    assert "30" in notes(verdict)["previous_differs"]
    same = last_year("kdc", crime_cases_curr=2, social_evil_cases_curr=0, other_violation_cases_curr=5)
    assert notes(engine().evaluate(unit_of("kdc", **passing("kdc")), period=PERIOD, previous=same)) == {}


def test_a_unit_that_had_errors_or_another_kind_last_year_tells_nothing() -> None:
    unit = unit_of("kdc", **without_last_year("kdc"))
    cases = [last_year("kdc", new_hotspots=-1), {**last_year("xa"), "id": "kdc-1"}, {**last_year("kdc"), "id": "kdc-2"}]
    found = [
        engine().assess(dossier_of(unit), previous=dossier_of(case) | {"period": PERIOD - 1}).verdicts[0]
        for case in cases
    ]
    assert [verdict.outcome for verdict in found] == [Outcome.UNDETERMINED] * 3
    assert [list(notes(verdict)) for verdict in found] == [["previous_rejected"], [], []]


def test_last_years_dossier_must_be_of_last_year() -> None:
    with pytest.raises(EvidenceError) as caught:
        engine().assess(dossier_of(unit_of("kdc")), previous=dossier_of(last_year("kdc")))
    assert codes(caught) == ["period_mismatch"]


# --- notes ----------------------------------------------------------------------------------------------------


def test_events_outside_the_window_are_noted() -> None:
    incidents = [{"type": "separatism", "occurred_on": day} for day in ("2025-11-01", "2024-10-31", "2025-10-31")]
    verdict = engine().evaluate(unit_of("kdc", **passing("kdc") | {"incidents": incidents}), period=PERIOD)
    assert verdict.finding("tt124.kdc.3.dd").outcome is Outcome.FAIL
    assert notes(verdict)["outside_window"].startswith("2 of 3 rows")


def test_reported_counts_that_the_children_contradict_are_noted() -> None:
    commune = unit_of("xa", **passing("xa") | {"subunits_total": 2, "subunits_registered": 2, "subunits_recognised": 0})
    child = {**unit_of("kdc", **passing("kdc")), "parent": "xa-1"}
    verdict = engine().assess(dossier_of(commune, child)).verdict("xa-1")
    assert notes(verdict)["reported_counts_differ"].startswith("Reported recognised: 0; counted")
    agreed = {**commune, "evidence": {**passing("xa"), **dict.fromkeys(passing("xa").keys() & REPORTED, 1)}}
    assert "reported_counts_differ" not in notes(engine().assess(dossier_of(agreed, child)).verdict("xa-1"))


REPORTED = {"subunits_total", "subunits_registered", "subunits_recognised"}


def test_a_parent_that_is_not_in_the_input_is_noted() -> None:
    alone = {**unit_of("kdc"), "parent": "xa-9"}
    assert "'xa-9'" in notes(engine().assess(dossier_of(alone)).verdicts[0])["parent_not_in_input"]
    refused = {"id": "xa-9", "kind": "xa", "evidence": {"nothing": 1}}
    assert notes(engine().assess(dossier_of(alone, refused)).verdicts[0]) == {}


def test_an_unknown_scope_is_noted_and_leaves_the_verdict_open() -> None:
    evidence = {name: value for name, value in passing("dn").items() if name != "enterprise_size"}
    verdict = engine().evaluate(unit_of("dn", **evidence), period=PERIOD)
    assert verdict.outcome is Outcome.UNDETERMINED
    assert set(verdict.outcomes) == {Outcome.PASS}
    assert "Size of the enterprise: not known yet" in notes(verdict)["scope_unknown"]


def test_a_criterion_explains_why_it_does_not_apply() -> None:
    verdict = engine().evaluate(unit_of("coquan", **passing("coquan") | {"guard_force_exists": False}), period=PERIOD)
    assert verdict.outcome is Outcome.PASS
    assert [note.code for note in verdict.notes] == ["criterion_note", "criterion_note"]
    assert "A6" in verdict.notes[0].text


def test_the_input_is_left_as_it_was() -> None:
    dossier = random_dossier(6, 60)
    before = copy.deepcopy(dossier)
    found = engine().assess(dossier)
    _ = [verdict.findings for verdict in found.verdicts]
    engine().sensitivity(dossier)
    assert dossier == before


def test_the_clock_and_the_hash_seed_decide_nothing() -> None:
    dossier = random_dossier(7, 40)
    random.seed(1)
    first = engine().assess(dossier).to_json()
    assert Engine("tt-124-2021", engine="scalar", language="en").assess(dossier).to_json() == first
