"""Forms of other texts in the language of the rulesets: the cases of ``fixtures/forms``, and its quota in words."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from antq_rules import Engine, Report
from antq_rules.authoring.cases import load_cases, run_cases
from antq_rules.language.loader import load_folder
from antq_rules.reporters.text_format import write
from tests.small_rulesets import ENGINES

FORMS = Path(__file__).parent.parent / "fixtures" / "forms"


@pytest.mark.parametrize("engine", ENGINES)
def test_cases_of_other_forms(engine: str) -> None:
    ruleset = load_folder(FORMS, "forms")
    results = list(run_cases(ruleset, load_cases(ruleset), engine=engine, language="en"))
    assert len(results) == 36
    assert [result.line() for result in results if not result.agrees] == []


def teams(**grades: int) -> dict[str, Any]:
    """A commune's dossier with so many teams of each grade."""
    units = [
        {
            "id": f"to-{grade}-{number}",
            "kind": "to",
            "parent": "xa-1",
            "evidence": {"months": 12, "tasks": 10, "tasks_done": 10, "grade": grade, "leader_grade": grade},
        }
        for grade, count in grades.items()
        for number in range(count)
    ]
    return {
        "schema": "antq.dossier/1",
        "period": 2026,
        "units": [{"id": "xa-1", "kind": "xa", "name": "Xã Một"}, *units],
    }


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("grades", "outcome"),
    [({"excellent": 2, "good": 10}, "pass"), ({"excellent": 2, "good": 9}, "fail"), ({"good": 3}, "pass"),
     ({"excellent": 1}, "fail"), ({"completed": 4}, "not_applicable")],
)  # fmt: skip
def test_excellent_teams_are_few(grades: dict[str, int], outcome: str, engine: str) -> None:
    (finding,) = Engine.from_path(FORMS, engine=engine, language="en").assess(teams(**grades)).quotas
    assert (finding.id, finding.unit, finding.outcome.value) == ("forms.teams.quota", "xa-1", outcome)


def test_a_quota_is_reported_in_words() -> None:
    stream = io.StringIO()
    write(Report(Engine.from_path(FORMS, language="en").assess(teams(excellent=2, good=9))), stream)
    lines = [" ".join(line.split()) for line in stream.getvalue().splitlines()]
    assert "Quotas" in lines
    assert any("Xã Một 2 of at most 1 (20 % of 9)" in line and line.endswith("fail") for line in lines)
