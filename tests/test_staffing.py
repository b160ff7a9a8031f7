"""Staircases, choices of numbers and slots: what they say to people, and what is lacking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from antq_rules import Engine, Outcome, Report
from tests.small_rulesets import ENGINES, engine_of, unit, written

FIELDS = """
  people: {kinds: [u], type: integer, range: [0, 100000], title: {vi: dân số, en: residents}}
  members: {kinds: [u], type: integer, range: [0, 100], title: {vi: thành viên, en: members}}
  area:
    {kinds: [u], type: enum, values: {rural: &t {vi: mẫu, en: sample}, urban: *t}, title: {vi: khu, en: area}}
  offenders: {kinds: [u], type: series, range: [0, 100], title: {vi: phạm tội, en: offenders}}
  teams:
    kinds: [u]
    type: records
    title: {vi: tổ, en: teams}
    columns:
      households: {type: integer, range: [0, 10000], title: {vi: hộ, en: households}}
      members: {type: integer, range: [0, 100], title: {vi: thành viên, en: members of the team}}
"""
STEPS = (
    "{steps: {of: people, reading: bracket, bands: [{from: 0, value: 3}, {from: 2700, value: 3, grow: 1, every: 900}]}}"
)
STANDARD = f"""
criteria:
  - {{id: s.steps, title: *title, citation: {{article: 1}}, require: {{at_least: [members, {STEPS}]}}}}
  - id: s.choose
    title: *title
    citation: {{article: 2}}
    require: {{at_least: [members, {{choose: [{{when: {{equal: [area, rural]}}, value: 4}}, {{value: 6}}]}}]}}
  - id: s.teams
    title: *title
    citation: {{article: 3}}
    require:
      every:
        records: teams
        have:
          at_least:
            - members
            - {{steps: {{of: households, bands: [{{from: 0, value: 3}}, {{from: 350, value: 4}}]}}}}
  - id: s.years
    title: *title
    citation: {{article: 4}}
    require: {{equal: [{{series: {{field: offenders, last: 2}}}}, 0]}}
"""


@pytest.fixture(params=ENGINES)
def judge(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return engine_of(written(tmp_path / "r", standard=STANDARD, fields=FIELDS), request.param)


CASES: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("s.steps", {"people": 2701, "members": 3}, "fail", "members: 3; needed: at least 4"),
    ("s.steps", {"people": 3600, "members": 4}, "pass", None),
    ("s.steps", {"members": 4}, "undetermined", "members: 4 as far as is known; needed: at least 3 to 112"),
    ("s.steps", {"people": 2000}, "undetermined", "members: not known yet; needed: at least 3"),
    ("s.choose", {"members": 5, "area": "urban"}, "fail", "members: 5; needed: at least 6"),
    ("s.choose", {"members": 5}, "undetermined", "members: 5 as far as is known; needed: at least 4 to 6"),
    ("s.choose", {"members": 6}, "pass", None),
    ("s.teams", {"teams": [{"households": 350, "members": 3}]}, "fail", "teams: 1; needed: no case"),
    ("s.teams", {"teams": [{"members": 3}]}, "undetermined", "teams: 0 to 1 as far as is known; needed: no case"),
    ("s.teams", {"teams": [{"members": 4}, {"households": 349, "members": 3}]}, "pass", None),
    (
        "s.years",
        {"offenders": {"2025": 0, "2024": 1}},
        "fail",
        "offenders (2025) + offenders (2024): 1; needed: no case",
    ),
    ("s.years", {"offenders": {"2025": 0}}, "undetermined", None),
]


@pytest.mark.parametrize(("criterion", "evidence", "outcome", "text"), CASES, ids=str)
def test_outcome_and_words(
    criterion: str, evidence: dict[str, Any], outcome: str, text: str | None, judge: Engine
) -> None:
    finding = judge.evaluate(unit(evidence), period=2025).finding(criterion)
    assert finding.outcome.value == outcome
    if text is not None:
        assert [reason.text for reason in finding.reasons] == [text]


@pytest.mark.parametrize(("criterion", "evidence", "outcome", "text"), CASES, ids=str)
def test_shortfall_makes_the_criterion_pass(
    criterion: str, evidence: dict[str, Any], outcome: str, text: str | None, judge: Engine
) -> None:
    dossier: Any = {"schema": "antq.dossier/1", "period": 2025, "units": [unit(evidence)]}
    for reason in judge.assess(dossier).verdicts[0].finding(criterion).reasons:
        assert reason.shortfall is not None
        assert reason.shortfall.kind != "impossible"
        dossier = judge.apply(dossier, "u-1", reason.shortfall)
    assert judge.assess(dossier).verdicts[0].finding(criterion).outcome is Outcome.PASS


def test_what_is_lacking_is_the_fact_and_not_a_vast_team(judge: Engine) -> None:
    (reason,) = judge.evaluate(unit({"members": 4}), period=2025).finding("s.steps").reasons
    assert reason.missing == ("people",)
    assert reason.shortfall is not None
    assert (reason.shortfall.kind, reason.shortfall.field, reason.shortfall.need) == ("provide", "people", 3600)
    (of_team,) = judge.evaluate(
        unit({"teams": [{"households": 350, "members": 3}]}), period=2025
    ).finding("s.teams").reasons  # fmt: skip
    assert of_team.shortfall is not None
    assert (of_team.shortfall.kind, of_team.shortfall.field, of_team.shortfall.by) == ("add", "teams[0].members", 1)


def test_reports_show_years_and_rows(judge: Engine) -> None:
    import io

    from antq_rules.reporters.text_format import write

    evidence = {"offenders": {"2025": 0, "2024": 1}, "teams": [{"households": 350, "members": 3}]}
    stream = io.StringIO()
    dossier = {"schema": "antq.dossier/1", "period": 2025, "units": [unit(evidence)]}
    write(Report(judge.assess(dossier)), stream)
    assert "offenders (2024): 1 fewer (from 1 to 0)" in stream.getvalue()
    assert "teams, row 1: members of the team: 1 more (from 3 to 4)" in " ".join(stream.getvalue().split())
