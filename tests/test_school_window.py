"""Windows from two days of the unit's evidence, half-open: after the first, up to the second."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path
from typing import Any

import pytest

from antq_rules import Engine, Outcome
from antq_rules.language.loader import load_folder
from tests.small_rulesets import ENGINES, engine_of, unit, written

FIELDS = """
  closed_before: {kinds: [u], type: date, title: {vi: bế giảng trước, en: previous closing}}
  closed: {kinds: [u], type: date, title: {vi: bế giảng, en: closing}}
  events:
    kinds: [u]
    type: records
    title: {vi: vụ, en: events}
    dated_by: day
    columns:
      day: {type: date, required: true, title: {vi: ngày, en: day}}
      grave: {type: boolean, title: {vi: nghiêm trọng, en: grave}}
constraints:
  - less_than: [closed_before, closed]
"""
STANDARD = """
criteria:
  - {id: s.none, title: *title, citation: {article: 1}, require: {none_of: {records: events, where: grave}}}
  - {id: s.few, title: *title, citation: {article: 2}, require: {at_most: [{count: {records: events}}, 1]}}
"""


def judge_of(folder: Path, name: str = "scalar") -> Engine:
    path = written(folder / "r", standard=STANDARD, fields=FIELDS)
    file = path / "standards" / "u.yaml"
    text = file.read_text(encoding="utf-8")
    window = "window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}"
    assert window in text
    file.write_text(text.replace(window, "window: {from_field: closed_before, to_field: closed}"), encoding="utf-8")
    return engine_of(path, name)


@pytest.fixture(params=ENGINES)
def judge(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return judge_of(tmp_path, request.param)


def evidence(before: str | None, closed: str | None, *days: str, grave: bool | None = True) -> dict[str, Any]:
    rows = [{"day": day, **({} if grave is None else {"grave": grave})} for day in days]
    dates = {"closed_before": before, "closed": closed}
    return {**{name: day for name, day in dates.items() if day is not None}, "events": rows}


CASES: list[tuple[dict[str, Any], str, str]] = [
    (evidence("2017-05-31", "2018-05-31"), "pass", "pass"),
    (evidence("2017-05-31", "2018-05-31", "2017-05-31"), "pass", "pass"),
    (evidence("2017-05-31", "2018-05-31", "2017-06-01"), "fail", "pass"),
    (evidence("2017-05-31", "2018-05-31", "2018-05-31"), "fail", "pass"),
    (evidence("2017-05-31", "2018-05-31", "2018-06-01"), "pass", "pass"),
    (evidence("2017-05-31", "2018-05-31", "2017-09-05", "2018-01-02"), "fail", "fail"),
    (evidence("2017-05-31", "2018-05-31", "2017-05-05", "2018-01-02"), "fail", "pass"),
    (evidence(None, "2018-05-31", "2018-06-01"), "pass", "pass"),
    (evidence(None, "2018-05-31", "2018-01-02"), "undetermined", "pass"),
    (evidence(None, "2018-05-31", "2018-01-02", "2018-01-03"), "undetermined", "undetermined"),
    (evidence("2017-05-31", None, "2017-05-31", "2016-01-01"), "pass", "pass"),
    (evidence("2017-05-31", None, "2017-06-01"), "undetermined", "pass"),
    (evidence(None, None, "2017-06-01"), "undetermined", "pass"),
    (evidence(None, None), "pass", "pass"),
    (evidence(None, None, "2017-06-01", grave=False), "pass", "pass"),
    (evidence("2017-05-31", "2018-05-31", "2017-06-01", grave=None), "undetermined", "pass"),
    ({"closed_before": "2017-05-31", "closed": "2018-05-31"}, "undetermined", "undetermined"),
]


@pytest.mark.parametrize(("facts", "none", "few"), CASES, ids=str)
def test_events_count_after_the_first_day_up_to_the_second(
    facts: dict[str, Any], none: str, few: str, judge: Engine
) -> None:
    verdict = judge.evaluate(unit(facts), period=2018)
    assert [finding.outcome.value for finding in verdict.findings] == [none, few]


def test_open_windows_are_their_completions(tmp_path: Path) -> None:
    """Against every pair of days: what all of them give is the outcome, otherwise it is open."""
    judge = judge_of(tmp_path)
    days = [datetime.date(2018, 1, 1) + datetime.timedelta(n) for n in range(6)]
    texts = [day.isoformat() for day in days]
    for count in range(3):
        for events in itertools.combinations(texts[1:5], count):
            for before, closed in itertools.product([None, *texts], repeat=2):
                if before is not None and closed is not None and before >= closed:
                    continue
                ways = [
                    (a, b)
                    for a in ([before] if before else texts)
                    for b in ([closed] if closed else texts)
                    if a < b or before is None or closed is None
                ]
                found: list[set[bool]] = [set(), set()]
                for a, b in ways:
                    inside = sum(a < event <= b for event in events)
                    found[0].add(inside == 0)
                    found[1].add(inside <= 1)
                wanted = ["pass" if one == {True} else "fail" if one == {False} else "undetermined" for one in found]
                verdict = judge.evaluate(unit(evidence(before, closed, *events)), period=2018)
                assert [finding.outcome.value for finding in verdict.findings] == wanted, (events, before, closed)


def test_what_lies_outside_is_noted_and_an_open_window_names_what_is_missing(tmp_path: Path) -> None:
    judge = judge_of(tmp_path)
    closed = judge.evaluate(unit(evidence("2017-05-31", "2018-05-31", "2018-06-01")), period=2018)
    assert [note.code for note in closed.notes] == ["outside_window"]
    (reason,) = judge.evaluate(unit(evidence("2017-05-31", None, "2017-06-01")), period=2018).finding("s.none").reasons
    assert reason.missing == ("closed",)


@pytest.mark.parametrize(
    "facts",
    [
        evidence(None, "2018-05-31", "2018-01-02"),
        evidence("2017-05-31", None, "2017-06-02"),
        evidence(None, None, "2017-06-01", "2017-09-09"),
        evidence("2017-05-31", "2018-05-31", "2017-06-01", grave=None),
    ],
    ids=str,
)
def test_shortfall_of_an_open_window_makes_the_criterion_pass(facts: dict[str, Any], tmp_path: Path) -> None:
    judge = judge_of(tmp_path)
    dossier: Any = {"schema": "antq.dossier/1", "period": 2018, "units": [unit(facts)]}
    (reason,) = judge.assess(dossier).verdicts[0].finding("s.none").reasons
    assert reason.shortfall is not None
    mended = judge.apply(dossier, "u-1", reason.shortfall)
    assert judge.assess(mended).verdicts[0].finding("s.none").outcome is Outcome.PASS


def test_window_fields_are_dates_of_the_unit(tmp_path: Path) -> None:
    path = written(tmp_path / "r", standard=STANDARD, fields=FIELDS)
    file = path / "standards" / "u.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}",
        "window: {from_field: closed_befor, to_field: events}",
    )
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Exception, match="closed_before") as caught:
        load_folder(path, "r")
    assert [fault.code for fault in caught.value.faults] == ["unknown_field", "wrong_operand"]  # type: ignore[attr-defined]
