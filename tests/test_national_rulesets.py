"""The national rulesets beside tt-124-2021: their cases agree, none is lacking, what was not seen has no value."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from antq_rules import Engine, Outcome
from antq_rules.authoring.cases import VERDICT, Case, CaseResult, load_cases, run_cases
from antq_rules.extensions.rulesets import find_ruleset, ruleset_in_force
from antq_rules.model.expression import FieldValue, Literal, When, walk
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED
from antq_rules.model.ruleset import Ruleset
from antq_rules.plan.compiling import Plan, PlannedCriterion, choose_readings, compile_ruleset
from tests.judged import ENGINES, passing

STATUS = {
    "tt-23-2012": "partial",
    "typical-ward-9745": "reconstructed",
    "legal-access-25-2021": "partial",
    "ntm-19.2": "partial",
}
YEAR = {"tt-23-2012": 2016, "typical-ward-9745": 2025, "legal-access-25-2021": 2025, "ntm-19.2": 2025}
RULESETS = tuple(STATUS)

NO_SOURCE = (
    "party_rating_min",
    "government_rating_min",
    "reviews_min",
    "tips_min",
    "advisory_min",
    "satisfaction_min",
)
"""Parameters for which typical-ward.md names no source."""

OPEN = {"pdh.1.05", "pdh.1.07", "pdh.2.09", "pdh.2.11", "pdh.4.01", "pdh.4.05"}
"""They read a parameter or slot that nobody has set, so that a good year leaves them open."""
NEVER_PASS = OPEN - {"pdh.1.07", "pdh.4.05"}
"""What they count has no top that would reach whatever may be asked."""
NEVER_FAIL = {"pdh.1.07"}


@cache
def ruleset_of(id: str) -> Ruleset:
    return find_ruleset(id)


@cache
def cases_of(id: str) -> tuple[Case, ...]:
    return load_cases(ruleset_of(id))


@cache
def results_of(id: str, engine: str) -> tuple[CaseResult, ...]:
    return tuple(run_cases(ruleset_of(id), cases_of(id), engine=engine, language="en"))


@cache
def plan_of(id: str) -> Plan:
    ruleset = ruleset_of(id)
    return compile_ruleset(ruleset, YEAR[id], choose_readings(ruleset, {}))


def criteria_of(id: str) -> Iterator[PlannedCriterion]:
    for planned in plan_of(id).standards.values():
        yield from planned.criteria


def base_of(id: str, standard: str) -> dict[str, Any]:
    """The evidence of a case that changes nothing of its base, and with which the verdict is the best there is."""
    case = next(one for one in cases_of(id) if (one.standard, one.criterion) == (standard, VERDICT))
    return dict(case.unit["evidence"])


# --- each of them --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", RULESETS)
def test_status_says_that_the_text_was_not_seen_whole(id: str) -> None:
    ruleset = ruleset_of(id)
    assert ruleset.status == STATUS[id]
    assert ruleset.not_encoded
    kind = ruleset.standards[0].kinds[0]
    verdict = Engine(id, engine="scalar", language="en").evaluate({"id": "u", "kind": kind}, period=YEAR[id])
    assert (verdict.status, verdict.outcome) == (STATUS[id], UNDETERMINED)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("id", RULESETS)
def test_every_case_gives_its_outcome_and_reason(id: str, engine: str) -> None:
    assert [result.line() for result in results_of(id, engine) if not result.agrees] == []


@pytest.mark.parametrize("id", RULESETS)
def test_every_case_that_is_not_passed_gives_a_reason_in_words(id: str) -> None:
    for result in results_of(id, "scalar"):
        if result.got is not PASS and result.case.criterion != VERDICT:
            assert result.reasons, result.line()
        for reason in result.reasons:
            assert reason.text.strip(), result.line()
            assert "{" not in reason.text, reason.text


@pytest.mark.parametrize("id", RULESETS)
def test_every_finding_has_a_case_of_each_outcome(id: str) -> None:
    counted: dict[str, Counter[Outcome]] = defaultdict(Counter)
    for case in cases_of(id):
        counted[case.criterion][case.expect] += 1
    findings = {one.id for one in criteria_of(id)}
    assert set(counted) == findings | {VERDICT}
    for name in findings | {VERDICT}:
        never_pass = name in NEVER_PASS or (name == VERDICT and id == "typical-ward-9745")
        assert bool(counted[name][PASS]) != never_pass, name
        assert bool(counted[name][FAIL]) != (name in NEVER_FAIL), name
        assert counted[name][UNDETERMINED], name
    for one in criteria_of(id):
        if isinstance(one.truth, When):
            assert counted[one.id][NOT_APPLICABLE], one.id


@pytest.mark.parametrize("id", RULESETS)
def test_every_choice_of_a_reading_has_cases(id: str) -> None:
    used = defaultdict(set)
    for case in cases_of(id):
        for name, reading in ruleset_of(id).readings.items():
            used[name].add(case.readings.get(name, reading.default))
    for name, reading in ruleset_of(id).readings.items():
        assert used[name] == set(reading.choices), name


@pytest.mark.parametrize("id", RULESETS)
def test_every_standard_has_cases_for_its_verdict(id: str) -> None:
    judged = {case.standard for case in cases_of(id) if case.criterion == VERDICT}
    assert judged == {standard.id for standard in ruleset_of(id).standards}


@pytest.mark.parametrize("id", RULESETS)
def test_every_criterion_says_what_it_rests_on(id: str) -> None:
    fields = {name: one for kind in plan_of(id).kinds for name, one in plan_of(id).fields[kind].items()}
    for one in criteria_of(id):
        criterion = one.criterion
        assert criterion.title.vi.strip() != criterion.title.en.strip()
        assert criterion.citation.instrument
        attested = any(fields[name].attested for name in one.fields if name in fields)
        assert (criterion.basis == "attested") == attested, one.id
        if criterion.basis != "seen":
            assert criterion.note is not None, one.id


@pytest.mark.parametrize("id", RULESETS)
def test_every_field_of_a_number_says_what_it_counts(id: str) -> None:
    for definitions in ruleset_of(id).fields.values():
        for one in definitions:
            assert one.title.vi.strip() != one.title.en.strip() or not one.title.vi.isascii(), one.name
            if one.kind in ("integer", "series"):
                assert one.dimension.unit is not None, one.name
            assert not one.attested or one.document is not None, one.name


# --- 23/2012/TT-BCA ------------------------------------------------------------------------------------------


def test_older_circular_was_in_force_until_the_newer_one() -> None:
    assert {ruleset_in_force(year) for year in (2012, 2016, 2021)} == {"tt-23-2012"}
    assert ruleset_in_force(2022) == "tt-124-2021"


def test_clauses_that_nobody_saw_are_attested() -> None:
    bases = {one.id: one.criterion.basis for one in criteria_of("tt-23-2012")}
    assert {id for id, basis in bases.items() if basis == "attested"} == {"tt23.cqdn.4", "tt23.truong.3"}
    inferred = {"tt23.kdc.4.b", "tt23.xa.2/tt23.kdc.4.b"}
    assert {id for id, basis in bases.items() if basis == "inferred"} == inferred
    evidence = base_of("tt-23-2012", "tt23.cqdn")
    verdict = Engine("tt-23-2012", engine="scalar", language="en").evaluate(
        {"id": "u", "kind": "coquan", "evidence": evidence}, period=2016
    )
    finding = verdict.finding("tt23.cqdn.4")
    assert (finding.outcome, finding.basis) == (PASS, "attested")
    assert [one["number"] for one in finding.documents] == ["12/QĐ-UBND"]


@pytest.mark.parametrize("engine", ENGINES)
def test_commune_p_needs_two_more_areas(engine: str) -> None:
    evidence = base_of("tt-23-2012", "tt23.xa")
    del evidence["kdc_recognised"], evidence["kdc_total"]
    area = base_of("tt-23-2012", "tt23.kdc")
    areas = [
        {"id": f"k{n}", "kind": "kdc", "parent": "p", "evidence": area if n < 16 else {**area, "serious_crimes": 1}}
        for n in range(25)
    ]
    dossier = {
        "schema": "antq.dossier/1",
        "period": 2016,
        "units": [*areas, {"id": "p", "kind": "xa", "evidence": evidence}],
    }
    verdict = Engine("tt-23-2012", engine=engine, language="en").assess(dossier).verdict("p")
    assert verdict.outcome is FAIL
    (reason,) = verdict.finding("tt23.xa.4").reasons
    assert reason.shortfall is not None
    assert (reason.shortfall.kind, reason.shortfall.have, reason.shortfall.need) == ("children", 16, 18)


# --- 9745/QĐ-BCA-V05 -----------------------------------------------------------------------------------------


def test_typical_set_has_34_criteria_in_four_groups() -> None:
    criteria = [one.criterion for one in criteria_of("typical-ward-9745")]
    assert Counter(one.group for one in criteria) == {"leadership": 7, "movement": 12, "security": 10, "police": 5}
    for number, group in enumerate(("leadership", "movement", "security", "police"), 1):
        size = [one.id for one in criteria if one.group == group]
        assert size == [f"pdh.{number}.{index:02}" for index in range(1, len(size) + 1)]
    assert Counter(one.basis for one in criteria) == {"seen": 2, "inferred": 31, "reconstructed": 1}
    assert [one.id for one in criteria if one.basis == "seen"] == ["pdh.1.01", "pdh.1.02"]
    assert [one.id for one in criteria if one.basis == "reconstructed"] == ["pdh.4.05"]


def test_what_has_no_source_has_no_value() -> None:
    ruleset = ruleset_of("typical-ward-9745")
    unset = {name for name, one in ruleset.parameters.items() if all(value is None for _, value in one.values)}
    assert unset == set(NO_SOURCE)
    assert not ruleset.fillings
    assert set(ruleset.slots) == {"staffing"}


@pytest.mark.parametrize("engine", ENGINES)
def test_typical_ward_with_all_that_can_be_met(engine: str) -> None:
    judge = Engine("typical-ward-9745", engine=engine, language="en")
    evidence = base_of("typical-ward-9745", "pdh.xa")
    verdict = judge.evaluate({"id": "u", "kind": "xa", "evidence": evidence}, period=2025)
    assert (verdict.outcome, len(verdict.outcomes), verdict.met, verdict.applicable) == (UNDETERMINED, 34, 28, 34)
    assert {one.criterion for one in verdict.findings if one.outcome is not PASS} == OPEN


@pytest.mark.parametrize("engine", ENGINES)
def test_duc_ninh_dong_in_2023(engine: str) -> None:
    resolution = {"kind": "Nghị quyết", "number": "15-NQ/ĐU", "date": "2023-04-21"}
    evidence = {
        "commune_kind": "phuong",
        "party_resolution_date": {"value": "2023-04-21", "document": resolution},
        "festival_held": True,
        "models_effective": 1,
    }
    unit = {"id": "duc-ninh-dong", "kind": "xa", "evidence": evidence}
    for policy in ("met", "unmet"):
        readings = {"not_applicable_criteria": policy}
        judge = Engine("typical-ward-9745", engine=engine, readings=readings, language="en")
        verdict = judge.evaluate(unit, period=2023)
        # Teams have been asked for since 2024-07-01: the criterion is among the 34 and does not apply.
        assert (len(verdict.findings), verdict.met, verdict.applicable) == (34, 2, 33)
        assert verdict.finding("pdh.2.09").outcome is NOT_APPLICABLE
        late = verdict.finding("pdh.1.02")
        assert late.outcome is FAIL
        assert [one["number"] for one in late.documents] == ["15-NQ/ĐU"]
        assert verdict.readings["not_applicable_criteria"] == policy
        assert verdict.outcome is FAIL  # one criterion fails and all are asked for
    del evidence["party_resolution_date"]
    outcomes = [
        Engine("typical-ward-9745", engine=engine, readings={"not_applicable_criteria": policy}, language="en")
        .evaluate({**unit, "evidence": evidence}, period=2023)
        .outcome
        for policy in ("met", "unmet")
    ]
    assert outcomes == [UNDETERMINED, FAIL]


# --- 25/2021/QĐ-TTg ------------------------------------------------------------------------------------------


def test_points_and_maxima_of_legal_access_are_those_of_the_sheet() -> None:
    (standard,) = ruleset_of("legal-access-25-2021").standards
    score = standard.decision.score
    assert score is not None
    assert score.pass_from is not None
    measures = [item.points for block in score.blocks for item in block.items]
    measures += [block.cap for block in score.blocks]
    for measure in measures:
        assert measure is not None
        nodes = [measure, *walk(measure)]
        assert any(isinstance(node, FieldValue) for node in nodes)
        assert not any(isinstance(node, Literal) for node in nodes)


@pytest.mark.parametrize("engine", ENGINES)
def test_safety_of_the_commune_is_judged_in_the_same_run(engine: str) -> None:
    judge = Engine("legal-access-25-2021", engine=engine, language="en")
    sheet = base_of("legal-access-25-2021", "tcpl.xa")
    safe = {**passing("xa"), **sheet}
    units = [
        {"id": "reported", "kind": "xa", "evidence": sheet},
        {"id": "judged", "kind": "xa", "evidence": {**safe, "tt124_recognised": False}},
        {"id": "unsafe", "kind": "xa", "evidence": {**safe, "police_disciplined": 1}},
    ]
    assessment = judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": units})
    assert not assessment.rejected
    found = {one.unit: one.finding("tcpl.5.4").outcome for one in assessment.verdicts}
    assert found == {"reported": PASS, "judged": PASS, "unsafe": FAIL}
    notes = {one.unit: [note.code for note in one.notes] for one in assessment.verdicts}
    assert "reported_verdict_differs" in notes["judged"]
    assert "reported_verdict_differs" in notes["unsafe"]
    assert "reported_verdict_differs" not in notes["reported"]


def test_a_sheet_with_further_criteria_is_refused() -> None:
    sheet = base_of("legal-access-25-2021", "tcpl.xa")
    unit = {"id": "u", "kind": "xa", "evidence": {**sheet, "max_5_other": 2, "score_5_other": 2}}
    judge = Engine("legal-access-25-2021", engine="scalar", language="en")
    (refused,) = judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": [unit]}).rejected
    assert refused.unit == "u"


# --- 04/HD-BCA-V05 -------------------------------------------------------------------------------------------


def test_eight_contents_of_which_five_are_attested() -> None:
    bases = {one.id: one.criterion.basis for one in criteria_of("ntm-19.2")}
    contents = {id.split(".")[2] for id in bases if id.startswith("ntm.19_2.")}
    assert contents == {str(number) for number in range(1, 9)}
    assert {id for id, basis in bases.items() if basis == "attested"} == {f"ntm.19_2.{n}" for n in range(4, 9)}


@pytest.mark.parametrize("engine", ENGINES)
def test_window_of_a_new_rural_commune_ends_with_its_request(engine: str) -> None:
    judge = Engine("ntm-19.2", engine=engine, language="en")
    evidence = base_of("ntm-19.2", "ntm.xa")
    act = {"type": "anti_state", "occurred_on": "2025-07-01"}
    for request, outcome in (("2025-06-30", PASS), ("2025-07-01", FAIL)):
        given = {**evidence, "incidents": [act], "request_date": request}
        verdict = judge.evaluate({"id": "u", "kind": "xa", "evidence": given}, period=2025)
        assert verdict.outcome is outcome


@pytest.mark.parametrize("engine", ENGINES)
def test_circular_is_asked_of_a_new_rural_commune_only_under_its_reading(engine: str) -> None:
    evidence = {**passing("xa"), **base_of("ntm-19.2", "ntm.xa")}
    found = []
    for reading in ("eight_contents", "with_circular"):
        judge = Engine("ntm-19.2", engine=engine, readings={"not_complicated": reading}, language="en")
        for disciplined in (0, 1):
            unit = {"id": "u", "kind": "xa", "evidence": {**evidence, "police_disciplined": disciplined}}
            verdict = judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": [unit]}).verdict("u")
            found.append((verdict.finding("ntm.3371").outcome, verdict.outcome))
    assert found == [(NOT_APPLICABLE, PASS), (NOT_APPLICABLE, PASS), (PASS, PASS), (FAIL, FAIL)]
