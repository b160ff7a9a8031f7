"""The cases of the national ruleset and the worked cases: each gives what it must, and none is lacking."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from antq_rules import AntqError, Engine, Outcome, RulesetError
from antq_rules.assessment.judging import gathered
from antq_rules.authoring.cases import VERDICT, Case, CaseResult, Plans, load_cases, run_cases
from antq_rules.evidence.intake import Facts
from antq_rules.evidence.measuring import Values, children_key, compile_margin
from antq_rules.explain.catalogue import translator
from antq_rules.explain.reasons import walk_tests
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.language.loader import load_folder
from antq_rules.located import parse_yaml
from antq_rules.model.dossier import Entry
from antq_rules.model.expression import (
    ChildrenAny,
    ChildShare,
    Compare,
    Count,
    Days,
    Includes,
    Ratio,
    Share,
    SlotValue,
    Test,
    Within,
    walk,
)
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED
from antq_rules.plan.compiling import Plan
from tests import oracle
from tests.judged import ENGINES

ROOT = Path(__file__).parent.parent
RULESET = find_ruleset("tt-124-2021")
CASES = load_cases(RULESET)
WORKED = ROOT / "fixtures" / "worked-cases"
INVALID = ROOT / "fixtures" / "invalid" / "rulesets" / "base"


@cache
def results(engine: str, language: str = "en") -> tuple[CaseResult, ...]:
    return tuple(run_cases(RULESET, CASES, engine=engine, language=language))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_case_gives_its_outcome_and_reason(engine: str) -> None:
    assert len(CASES) >= 800
    assert [result.line() for result in results(engine) if not result.agrees] == []


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_case_that_is_not_passed_gives_a_reason_in_words(language: str) -> None:
    if language == "vi":
        try:
            translator("vi")
        except AntqError:
            pytest.skip("the catalogues are not compiled")
    for result in results("scalar", language):
        # A verdict may be open for its scope alone, which a note tells.
        if result.got is not PASS and result.case.criterion != VERDICT:
            assert result.reasons, result.line()
        for reason in result.reasons:
            assert reason.text.strip(), result.line()
            assert "{" not in reason.text, reason.text


def test_oracle_agrees_with_the_cases() -> None:
    compared = 0
    for case in CASES:
        if case.children:
            continue
        dossier = {"schema": "antq.dossier/1", "period": case.period, "units": [case.unit]}
        try:
            judged = oracle.judge(dossier, period=case.period, readings=dict(case.readings))
        except (NotImplementedError, ValueError):
            continue  # a reading that the oracle does not know
        outcome, findings = judged.verdicts["case"]
        got = outcome if case.criterion == VERDICT else findings[case.criterion]
        assert got == case.expect.value, f"{case.place}: {case.criterion}, {case.name}"
        compared += 1
    assert compared > 650


# --- nothing lacks a case ------------------------------------------------------------------------------------


def national_plan() -> Plan:
    return Plans(RULESET).of(2025, {}).plan


def test_every_finding_has_a_case_of_each_outcome() -> None:
    counted: dict[str, Counter[Outcome]] = defaultdict(Counter)
    for case in CASES:
        counted[case.criterion][case.expect] += 1
    findings = [one.id for planned in national_plan().standards.values() for one in planned.criteria]
    assert {*findings, VERDICT} == set(counted)
    for id in [*findings, VERDICT]:
        for outcome in (PASS, FAIL, UNDETERMINED):
            assert counted[id][outcome], f"{id} has no case that is {outcome.value}"


def test_every_reason_that_is_no_pass_is_named_by_some_case() -> None:
    for case in CASES:
        if case.criterion != VERDICT and case.expect in (FAIL, UNDETERMINED):
            assert case.reason, f"{case.place}: {case.criterion}, {case.name}"


def test_every_choice_of_a_reading_that_decides_has_cases() -> None:
    used = defaultdict(set)
    for case in CASES:
        for name in RULESET.readings:
            used[name].add(case.readings.get(name, RULESET.readings[name].default))
    read = {name for planned in national_plan().standards.values() for name in planned.readings}
    for name in read:
        assert used[name] == set(RULESET.readings[name].choices), name


def edges(test: Test) -> dict[str, Callable[[int], bool]]:
    """For a test with a threshold the margins just at it and just beyond it."""
    if any(isinstance(node, SlotValue) for node in walk(test)):
        return {}
    if isinstance(test, Compare):
        dimension = test.left.dimension
        bare = dimension.kind == "boolean" or (dimension.kind == "choice" and not dimension.ordered)
        if bare or test.operator == "documented":
            return {}
        return {"reached": lambda margin: margin == 0, "missed": lambda margin: margin == -1}
    if isinstance(test, Share | ChildShare):
        assert isinstance(test.ratio, Ratio)
        one = test.ratio.value.denominator
        return {"reached": lambda margin: 0 <= margin < one, "missed": lambda margin: -one <= margin < 0}
    if isinstance(test, ChildrenAny):
        return {"reached": lambda margin: margin >= 0, "missed": lambda margin: margin < 0}
    if isinstance(test, Includes):
        return {"reached": lambda margin: margin == 0, "missed": lambda margin: margin == -1}
    return {}


def met(test: Test, values: Values) -> Iterator[str]:
    low, high = compile_margin(test)(values)
    yield from (name for name, holds in edges(test).items() if low == high and holds(low))


def met_day(day: int | None, days: Days) -> Iterator[str]:
    around = {days.first: "first", days.first - 1: "day before", days.last: "last", days.last + 1: "day after"}
    if day in around:
        yield around[day]


DAYS = ("first", "day before", "last", "day after")


def sides(case: Case, plans: Plans) -> Iterator[tuple[str, set[str], set[str]]]:
    """For each threshold and window that the case's criterion reads: its name, its sides, those that the case is on."""
    ready = plans.of(case.period, case.readings)
    planned = ready.plan.standards[case.standard]
    criterion = next(one for one in planned.criteria if one.id == case.criterion)
    facts = ready.intake.admit(Entry(case.unit))
    assert isinstance(facts, Facts)
    values = dict(facts.values)
    for group in planned.groups:
        states = [one.state for one in case.children if one.kind in group.kinds for _ in range(one.count)]
        values[children_key(group.name)] = gathered(group, states, values)
    fields = ready.plan.fields[case.unit["kind"]]
    for test in walk_tests(criterion.truth):
        if isinstance(test, Within):
            assert isinstance(test.period, Days)
            yield str(test), {*DAYS}, {*met_day(values.get(test.value.name), test.period)}
        elif edges(test):
            yield str(test), {*edges(test)}, {*met(test, values)}
        for count in (node for node in walk(test) if isinstance(node, Count)):
            rows = values.get(count.records) or ()
            for inner in walk_tests(count.where) if count.where is not None else ():
                if edges(inner):
                    yield str(inner), {*edges(inner)}, {side for row in rows for side in met(inner, row)}
            dated_by = fields[count.records].dated_by
            if dated_by is not None:
                written = case.unit["evidence"].get(count.records) or ()
                days = [datetime.date.fromisoformat(row[dated_by]).toordinal() for row in written]
                found = {side for day in days for side in met_day(day, planned.window)}
                yield f"window of {count.records}", {*DAYS}, found


def test_every_threshold_and_window_has_cases_on_both_sides() -> None:
    plans = Plans(RULESET)
    wanted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in CASES:
        if case.criterion != VERDICT:
            for name, asked, found in sides(case, plans):
                wanted.setdefault((case.criterion, name), asked).difference_update(found)
    assert len(wanted) > 140
    assert {key: lacking for key, lacking in wanted.items() if lacking} == {}


def test_every_criterion_has_titles_and_a_citation() -> None:
    for planned in national_plan().standards.values():
        for one in planned.criteria:
            for citation in (one.citation, one.criterion.citation):
                assert citation.instrument == "124/2021/TT-BCA"
                assert citation.article
                assert citation.article.isdigit()
            assert (one.via is None) == ("/" not in one.id)
            title = one.criterion.title
            assert title.vi.strip()
            assert title.en.strip()
            assert title.vi != title.en


# --- worked cases --------------------------------------------------------------------------------------------


def plain(file: Path) -> Any:
    document = parse_yaml(file.read_text(encoding="utf-8"), file.name)
    assert not document.faults
    return document.data


BASES = plain(WORKED / "bases.yaml")


def worked_unit(row: dict[str, Any]) -> dict[str, Any]:
    """A unit of a worked case with its base filled in, as the head of cases.yaml says."""
    row = dict(row)
    evidence = dict(BASES[row.pop("base")]) if "base" in row else {}
    for name in row.pop("drop", []):
        del evidence[name]
    return {**row, "evidence": {**evidence, **row.get("evidence", {})}}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", plain(WORKED / "cases.yaml")["cases"], ids=lambda case: case["id"])
def test_worked_case(case: dict[str, Any], engine: str) -> None:
    judge = Engine("tt-124-2021", engine=engine, readings=case.get("readings"), language="en")
    dossier = {**case["dossier"], "units": [worked_unit(row) for row in case["dossier"]["units"]]}
    assessment = judge.assess(dossier)
    assert not assessment.rejected
    assert case["status"] in ("seen", "derived")
    for id, expected in case["expect"].items():
        verdict = assessment.verdict(id)
        findings = {finding.criterion: finding.outcome.value for finding in verdict.findings}
        named = {criterion: findings.get(criterion) for criterion in expected.get("findings", {})}
        assert (verdict.outcome.value, named) == (expected["outcome"], expected.get("findings", {}))


def test_bases_of_worked_cases_pass() -> None:
    for kind, evidence in BASES.items():
        for readings in ({}, {"yoy_mode": "decrease"}):
            judge = Engine("tt-124-2021", engine="scalar", readings=readings, language="en")
            verdict = judge.evaluate({"id": "u", "kind": kind, "evidence": evidence}, period=2025)
            assert verdict.outcome is PASS, [one.criterion for one in verdict.findings if one.outcome is not PASS]


# --- case files of authors -----------------------------------------------------------------------------------

CASES_HEAD = """standard: mau.khu
period: 2025
base:
  kind: khu
  tags: [border]
  managing_level: xa
  evidence: {flag: true, done: 7, total: 10, plan_on: 2025-02-01}
bases:
  small: {kind: khu, evidence: {flag: true, done: 1, total: 1}, children: [{kind: nhom, count: 2}]}
cases:
"""


def own_cases(folder: Path, *rows: str, head: str = CASES_HEAD) -> tuple[Case, ...]:
    (folder / "cases").mkdir(exist_ok=True)
    text = head + "".join(f"  - {{{row}}}\n" for row in rows)
    (folder / "cases" / "own.yaml").write_text(text, encoding="utf-8")
    return load_cases(load_folder(INVALID), folder)


def test_case_takes_its_base_less_what_it_drops(tmp_path: Path) -> None:
    first, second, third = own_cases(
        tmp_path,
        "criterion: mau.khu.1, name: a, drop: [total], evidence: {done: 6}, expect: undetermined",
        "criterion: mau.khu.5, name: b, base: small, tags: [], period: 2024, readings: {yoy: fewer}, expect: pass",
        "criterion: verdict, name: c, children: [{kind: nhom, registered: unknown, in_scope: false}], expect: fail",
    )
    assert first.unit == {
        "id": "case",
        "kind": "khu",
        "tags": ["border"],
        "managing_level": "xa",
        "evidence": {"flag": True, "done": 6, "plan_on": "2025-02-01"},
    }
    assert (first.period, first.standard, first.expect, first.reason) == (2025, "mau.khu", UNDETERMINED, None)
    assert str(first.place).endswith("cases/own.yaml:11:5")
    assert (second.period, second.readings, second.unit["tags"]) == (2024, {"yoy": "fewer"}, [])
    assert [(one.kind, one.count) for one in second.children] == [("nhom", 2)]
    (child,) = third.children
    assert (child.state.in_scope, child.state.registered, child.state.recognised) == (FAIL, UNDETERMINED, PASS)


def test_results_tell_what_was_expected_and_what_came_out(tmp_path: Path) -> None:
    cases = own_cases(
        tmp_path,
        "criterion: mau.khu.1, name: seven of ten, expect: pass",
        "criterion: mau.khu.1, name: six of ten, evidence: {done: 6}, expect: pass",
        "criterion: mau.khu.1, name: other reason, evidence: {done: 6}, expect: fail, reason: equal",
        "criterion: mau.khu.5, name: both groups, base: small, expect: pass",
        "criterion: verdict, name: out of scope, evidence: {flag: false}, expect: not_applicable",
    )
    ruleset = load_folder(INVALID)
    good, bad, misled, children, beyond = run_cases(ruleset, cases, engine="scalar", language="en")
    assert good.agrees
    assert (good.got, good.codes) == (PASS, ())
    assert not bad.agrees
    assert bad.line().endswith("cases/own.yaml:12:5: mau.khu.1, six of ten: expected pass, got fail (share_at_least)")
    assert not misled.agrees
    assert misled.line().endswith("other reason: expected fail (equal), got fail (share_at_least)")
    assert good.line().endswith("seven of ten: expected pass, got pass (-)")
    assert children.agrees
    assert beyond.agrees
    assert beyond.got is NOT_APPLICABLE


CASE_FAULTS: list[tuple[str, str, str, str]] = [
    ("criterion: mau.khu.9, name: a, expect: pass", "unknown_criterion", "mau.khu.9", "did you mean 'mau.khu."),
    ("criterion: mau.nhom.1, name: a, expect: pass", "unknown_criterion", "mau.nhom.1", "'mau.nhom.1'"),
    ("criterion: mau.khu.1, name: a, base: big, expect: pass", "unknown_base", "big", "known: small"),
    ("criterion: mau.khu.1, name: a, kind: nhom, expect: pass", "unknown_kind", "nhom", "known: khu"),
    ("criterion: mau.khu.1, name: a, drop: [done, don], expect: pass", "unknown_field", "don]", "'don'"),
    ("criterion: mau.khu.1, name: a, readings: {yyo: fewer}, expect: pass", "unknown_reading", "{yyo", "yyo=fewer"),
    ("criterion: mau.khu.1, name: a, readings: {yoy: few}, expect: pass", "unknown_choice", "{yoy", "no_more"),
    ("criterion: mau.khu.1, name: a, period: 1000, expect: pass", "bad_period", "1000", "1000"),
    ("criterion: mau.khu.1, name: a, evidence: {done: -1}, expect: pass", "out_of_range", "-1", "-1"),
    ("criterion: mau.khu.1, name: a, evidence: {don: 1}, expect: pass", "unknown_field", "don:", "did you mean"),
    ("criterion: mau.khu.1, name: a, evidence: {done: 11}, expect: pass", "broken_constraint", "11}", "total"),
    ("criterion: mau.khu.1, name: a, expect: passed", "wrong_value", "passed", "did you mean 'pass'?"),
    ("criterion: mau.khu.1, name: a", "missing_key", "", "'expect'"),
    (
        "criterion: mau.khu.5, name: a, children: [{kind: nhom, registered: perhaps}], expect: pass",
        "wrong_value",
        "perhaps",
        "'unknown'",
    ),
]


@pytest.mark.parametrize(("row", "code", "spot", "word"), CASE_FAULTS, ids=lambda text: text[-40:])
def test_fault_of_a_case_is_named_with_its_place(row: str, code: str, spot: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(RulesetError) as caught:
        own_cases(tmp_path, row)
    (fault,) = caught.value.faults
    column = 6 + row.index(spot) if spot else 5
    assert (fault.code, str(fault.place)) == (code, f"{tmp_path.as_posix()}/cases/own.yaml:11:{column}")
    assert word in fault.text()


def test_fault_in_a_base_stands_at_the_base_and_is_told_once(tmp_path: Path) -> None:
    rows = [f"criterion: mau.khu.1, name: case {number}, expect: pass" for number in range(3)]
    with pytest.raises(RulesetError) as caught:
        own_cases(tmp_path, *rows, head=CASES_HEAD.replace("done: 7", "done: seven").replace("[border]", "border"))
    assert len(caught.value.faults) == 1
    with pytest.raises(RulesetError) as caught:
        own_cases(tmp_path, *rows, head=CASES_HEAD.replace("done: 7", "done: seven"))
    (fault,) = caught.value.faults
    assert str(fault.place).endswith("own.yaml:7:32")
    with pytest.raises(RulesetError) as caught:
        own_cases(tmp_path, *rows, head=CASES_HEAD.replace("small: {kind: khu", "small: {kind: nhom"))
    assert [one.code for one in caught.value.faults] == ["unknown_kind"]


def test_faults_of_the_head_of_a_case_file(tmp_path: Path) -> None:
    row = "criterion: mau.khu.1, name: a, expect: pass"
    for old, new, code in [
        ("mau.khu\n", "mau.khi\n", "unknown_standard"),
        ("period: 2025", "period: 1000", "bad_period"),
        ("period: 2025", "period: [", "not_yaml"),
        ("period: 2025\n", "", "missing_key"),
    ]:
        with pytest.raises(RulesetError) as caught:
            own_cases(tmp_path, row, head=CASES_HEAD.replace(old, new))
        assert [one.code for one in caught.value.faults] == [code]
        assert caught.value.faults[0].place is not None
    (tmp_path / "cases" / "own.yaml").write_text("", encoding="utf-8")
    with pytest.raises(RulesetError, match="empty"):
        load_cases(load_folder(INVALID), tmp_path)


def test_case_without_a_base_names_its_kind(tmp_path: Path) -> None:
    head = "standard: mau.khu\nperiod: 2025\ncases:\n"
    (case,) = own_cases(tmp_path, "criterion: mau.khu.2, name: a, kind: khu, expect: undetermined", head=head)
    assert case.unit == {"id": "case", "kind": "khu", "evidence": {}}
    with pytest.raises(RulesetError) as caught:
        own_cases(tmp_path, "criterion: mau.khu.2, name: a, expect: undetermined", head=head)
    assert [(one.code, one.values["name"]) for one in caught.value.faults] == [("missing_key", "kind")]


def test_ruleset_without_cases_has_none(tmp_path: Path) -> None:
    assert load_cases(load_folder(INVALID), tmp_path) == ()
    assert len(load_cases(load_folder(INVALID))) == 1
