"""A standard that asks the verdict of another ruleset: judged in the same run, or as it is reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from antq_rules import Engine, Outcome, RulesetError
from antq_rules.language.loader import load_folder
from antq_rules.model.ruleset import Ruleset
from antq_rules.readers.dossier_schema import dossier_schema
from tests.small_rulesets import ENGINES, engine_of, unit, written

LOWER_MAIN = """
kinds: {u: {title: *title}, part: {title: *title}}
managing_levels: [xa]
readings:
  strict: {ambiguity: A, title: *title, choices: {mild: *title, hard: *title}, default: mild}
children:
  parts: {title: *title, kinds: [part], managed_by: [xa], reported: {in_scope: parts, recognised: parts_safe}}
"""
LOWER_FIELDS = """
  quiet: {kinds: [u, part], type: boolean, title: {vi: yên, en: quiet}}
  parts: {kinds: [u], type: integer, range: [0, 100], title: {vi: phần, en: parts}}
  parts_safe: {kinds: [u], type: integer, range: [0, 100], title: {vi: phần, en: safe parts}}
"""
LOWER = """
criteria:
  - id: lower.1
    title: *title
    citation: {article: 1}
    require: {reading: strict, choices: {mild: quiet, hard: {not: quiet}}}
  - {id: lower.2, title: *title, citation: {article: 2}, require: {every: {children: parts, are: recognised}}}
"""
PART = """
standard: lower.part
title: &title {vi: mẫu, en: sample}
kinds: [part]
window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}
criteria:
  - {id: lower.p.1, title: *title, citation: {article: 1}, require: quiet}
"""
UPPER_MAIN = "uses: [lower]\nkinds: {u: {title: *title}}"
UPPER_FIELDS = """
  told: {kinds: [u], type: boolean, title: {vi: báo cáo, en: reported as safe}}
  extra: {kinds: [u], type: boolean, title: {vi: thêm, en: extra}}
"""
UPPER = """
criteria:
  - {id: upper.1, title: *title, citation: {article: 1}, require: {verdict_of: {standard: lower.u, reported: told}}}
  - {id: upper.2, title: *title, citation: {article: 2}, require: extra}
"""


@pytest.fixture
def installed(tmp_path: Path) -> Callable[[str], Ruleset]:
    folder = written(tmp_path / "lower", standard=LOWER, fields=LOWER_FIELDS, main=LOWER_MAIN, id="lower")
    (folder / "standards" / "part.yaml").write_text(PART.lstrip(), encoding="utf-8")
    lower = load_folder(folder, "lower")

    def find(id: str) -> Ruleset:
        if id != "lower":
            raise RulesetError("there is none")
        return lower

    return find


@pytest.fixture(params=ENGINES)
def judge(request: pytest.FixtureRequest, tmp_path: Path, installed: Callable[[str], Ruleset]) -> Engine:
    folder = written(tmp_path / "upper", standard=UPPER, fields=UPPER_FIELDS, main=UPPER_MAIN, id="upper")
    return engine_of(folder, request.param, installed=installed)


ASKED = "{verdict_of: {standard: lower.u}}"
BESIDE = {
    "scope": (f"scope: [{{kinds: [u], citation: {{article: 1}}, require: {ASKED}}}]\n", ("pass", "not_applicable")),
    "veto": (
        "decide:\n  score:\n    out_of: 1\n    pass_from: 1\n"
        "    groups: [{id: g.1, title: *title, items: [{item: upper.2, points: 1}]}]\n"
        f"    vetoes: [{ASKED}]\n",
        ("fail", "pass"),
    ),
    "quota": (
        "quotas: [{id: q.1, title: *title, citation: {article: 9}, over: dossier, "
        f"of: {{where: {ASKED}}}, among: {{outcome: fail}}, at_most: 0}}]\n",
        ("pass", "pass"),
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", BESIDE)
def test_a_verdict_is_asked_beside_the_criteria_too(
    place: str, engine: str, tmp_path: Path, installed: Callable[[str], Ruleset]
) -> None:
    text, outcomes = BESIDE[place]
    extra = "criteria:\n  - {id: upper.2, title: *title, citation: {article: 2}, require: extra}\n"
    folder = written(tmp_path / "u", standard=text + extra, fields=UPPER_FIELDS, main=UPPER_MAIN, id="upper")
    judge = engine_of(folder, engine, installed=installed)
    for quiet, outcome in zip((True, False), outcomes, strict=True):
        one = unit({"quiet": quiet, "parts": 0, "parts_safe": 0, "extra": True})
        found = judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": [one]})
        assert found.verdicts[0].outcome.value == outcome
        assert [quota.outcome.value for quota in found.quotas] == (
            ["fail" if quiet else "not_applicable"] if place == "quota" else []
        )
        assert found.verdicts[0].readings == {"strict": "mild"}


def test_a_borrowed_criterion_asks_a_verdict_too(tmp_path: Path, installed: Callable[[str], Ruleset]) -> None:
    main = UPPER_MAIN.replace("}}", "}, other: {title: *title}}")
    fields = UPPER_FIELDS.replace("[u]", "[u, other]")
    folder = written(tmp_path / "u", standard=UPPER, fields=fields, main=main, id="upper")
    borrowing = PART.replace("lower.part", "upper.other").replace("[part]", "[other]")
    borrowing = borrowing.replace("lower.p.1", "upper.o.1").replace("require: quiet", "reuse: [upper.1]")
    (folder / "standards" / "other.yaml").write_text(borrowing.lstrip(), encoding="utf-8")
    plan = engine_of(folder, installed=installed).plan(2025)
    assert [node.standard for node in plan.standards["upper.other"].verdicts] == ["lower.u"]


CASES: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"quiet": True, "parts": 2, "parts_safe": 2}, "pass", []),
    ({"quiet": False, "parts": 2, "parts_safe": 2}, "fail", []),
    ({"quiet": True, "parts": 2, "parts_safe": 1}, "fail", []),
    ({"quiet": True}, "undetermined", []),
    ({}, "undetermined", []),
    ({"told": True}, "pass", []),
    ({"told": False}, "fail", []),
    ({"quiet": True, "told": True}, "pass", []),
    ({"quiet": False, "told": True}, "fail", ["reported_verdict_differs"]),
    ({"quiet": True, "parts": 0, "parts_safe": 0, "told": False}, "pass", ["reported_verdict_differs"]),
    ({"quiet": False, "told": False}, "fail", []),
]


@pytest.mark.parametrize(("evidence", "outcome", "notes"), CASES, ids=str)
def test_verdict_is_found_in_the_same_run_or_as_reported(
    evidence: dict[str, Any], outcome: str, notes: list[str], judge: Engine
) -> None:
    verdict = judge.evaluate(unit({**evidence, "extra": True}), period=2025)
    assert verdict.finding("upper.1").outcome.value == outcome
    assert [note.code for note in verdict.notes] == notes
    assert verdict.readings == {"strict": "mild"}
    session = judge.open(unit({}), period=2025)
    for field, value in {**evidence, "extra": True}.items():
        session.record(field, value)
    assert session.verdict == verdict


def test_units_below_are_judged_by_the_other_ruleset_and_get_no_verdict_here(judge: Engine) -> None:
    def result(*quiet: bool) -> Any:
        parts = [
            {"id": f"p-{n}", "kind": "part", "parent": "u-1", "evidence": {"quiet": one}} for n, one in enumerate(quiet)
        ]
        units = [unit({"quiet": True, "extra": True}), *parts]
        return judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": units})

    assert [verdict.outcome for verdict in result(True, True).verdicts] == [Outcome.PASS]
    assert [verdict.outcome for verdict in result(True, False).verdicts] == [Outcome.FAIL]
    assert result(True, False).rejected == ()


def test_a_reading_of_the_other_ruleset_may_be_chosen(judge: Engine) -> None:
    other = Engine(judge.ruleset, engine=judge.engine, readings={"strict": "hard"}, language="en")
    evidence = {"quiet": True, "parts": 0, "parts_safe": 0, "extra": True}
    assert judge.evaluate(unit(evidence), period=2025).outcome is Outcome.PASS
    assert other.evaluate(unit(evidence), period=2025).outcome is Outcome.FAIL
    changed = judge.sensitivity({"schema": "antq.dossier/1", "period": 2025, "units": [unit(evidence)]})
    assert changed == {"u-1": {"strict": {"hard": "fail"}}}


def test_reason_and_what_is_lacking_name_the_other_standard(judge: Engine) -> None:
    (reason,) = judge.evaluate(unit({}), period=2025).finding("upper.1").reasons
    assert (reason.code, reason.missing) == ("verdict_of", ("told",))
    assert reason.shortfall is not None
    assert (reason.shortfall.kind, reason.shortfall.field, reason.shortfall.need) == ("provide", "told", True)
    (failed,) = judge.evaluate(unit({"quiet": False}), period=2025).finding("upper.1").reasons
    assert failed.shortfall is not None
    assert failed.shortfall.kind == "impossible"


def test_a_constraint_or_a_type_of_the_other_ruleset_holds_too(judge: Engine) -> None:
    result = judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": [unit({"parts": "two"})]})
    assert [fault.code for fault in result.rejected[0].faults] == ["wrong_type"]


RELATED = """
  a: {kinds: [u], type: integer, range: [0, 10], title: &t {vi: mẫu, en: sample}}
  b: {kinds: [u], type: integer, range: [0, 10], title: *t}
  c: {kinds: [u], type: integer, range: [0, 10], title: *t}
  paper: {kinds: [u], type: date, may_be_absent: true, title: *t}
  other: {kinds: [u], type: date, title: *t}
constraints:
  - equal: [{sum: [a, b, c]}, 10]
  - less_than: [other, paper]
"""


@pytest.mark.parametrize(
    ("evidence", "refused"),
    [({"a": 6, "b": 5}, True), ({"a": 6, "b": 4}, False), ({"a": 6}, False), ({}, False),
     ({"a": 5, "b": 5, "c": 1}, True),
     ({"paper": "absent"}, False), ({"paper": "absent", "other": "2025-01-01"}, True),
     ({"paper": "2025-01-02", "other": "2025-01-02"}, True), ({"other": "2025-01-02"}, False)],
    ids=str,
)  # fmt: skip
def test_a_relation_is_broken_where_nothing_unknown_can_mend_it(
    evidence: dict[str, Any], refused: bool, tmp_path: Path
) -> None:
    standard = "criteria: [{id: s.1, title: *title, citation: {article: 1}, require: {at_least: [a, 1]}}]"
    judge = engine_of(written(tmp_path / "r", standard=standard, fields=RELATED))
    result = judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": [unit(evidence)]})
    assert [fault.code for one in result.rejected for fault in one.faults] == ["broken_constraint"] * refused


def test_the_schema_of_dossiers_knows_the_fields_of_both(judge: Engine) -> None:
    schema = dossier_schema(judge.ruleset)
    assert schema["$defs"]["u"]["properties"].keys() == {"told", "extra", "quiet", "parts", "parts_safe"}
    assert schema["$defs"]["unit"]["properties"]["kind"] == {"enum": ["u", "part"]}
    assert schema["$defs"]["unit"]["properties"]["managing_level"] == {"enum": ["xa", None]}


def test_a_ruleset_that_is_not_there_is_a_fault_with_its_place(
    tmp_path: Path, installed: Callable[[str], Ruleset]
) -> None:
    folder = written(
        tmp_path / "upper",
        standard=UPPER,
        fields=UPPER_FIELDS,
        main=UPPER_MAIN.replace("[lower]", "[higher]"),
        id="upper",
    )
    for find in (None, installed):
        with pytest.raises(RulesetError) as caught:
            load_folder(folder, "r", installed=find)
        assert str(caught.value.faults[0].place) == "r/ruleset.yaml:7:8"


def test_a_field_that_the_other_ruleset_has_otherwise_is_refused(
    tmp_path: Path, installed: Callable[[str], Ruleset]
) -> None:
    fields = UPPER_FIELDS + "  parts: {kinds: [u], type: boolean, title: {vi: phần, en: parts}}"
    folder = written(tmp_path / "upper", standard=UPPER, fields=fields, main=UPPER_MAIN, id="upper")
    with pytest.raises(RulesetError) as caught:
        load_folder(folder, "r", installed=installed)
    assert [(fault.code, fault.values["name"]) for fault in caught.value.faults] == [("duplicate_id", "parts")]


def test_a_standard_that_the_other_ruleset_lacks_is_refused(
    tmp_path: Path, installed: Callable[[str], Ruleset]
) -> None:
    standard = UPPER.replace("standard: lower.u", "standard: lower.v")
    folder = written(tmp_path / "upper", standard=standard, fields=UPPER_FIELDS, main=UPPER_MAIN, id="upper")
    with pytest.raises(RulesetError, match=r"did you mean 'lower\.u'"):
        load_folder(folder, "r", installed=installed)
