"""Shortfalls of conditions that the national ruleset does not use: each word of the language, plain and negated."""

import random
from decimal import Decimal
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from antq_rules import Dossier, Engine
from antq_rules.model.outcome import PASS
from tests.judged import PERIOD, dossier_of
from tests.lacking import lacking, outcome_in, outcome_with

Evidence = dict[str, Any]

CONDITIONS = {
    "equal": "equal: [a, b]",
    "equal_choice": "equal: [grade, mid]",
    "not_equal": "not: {equal: [a, 3]}",
    "more_than": "more_than: [b, a]",
    "sum": "at_most: [{sum: [a, b]}, {sum: [c, d]}]",
    "sum_equal": "equal: [{sum: [a, b]}, {sum: [c, d]}]",
    "sum_not_equal": "not: {equal: [{sum: [a, b]}, c]}",
    "times": "at_least: [{times: [3, a]}, {sum: [b, 2]}]",
    "decimal": "at_least: [weight, 2.5]",
    "decimal_beside_count": "at_least: [weight, a]",
    "share_more_than": "share_more_than: {of: a, among: b, ratio: 2/3}",
    "share_of_sum": "share_at_least: {of: {sum: [a, c]}, among: {sum: [b, d]}, ratio: 3/4}",
    "not_share": "not: {share_at_least: {of: a, among: b, ratio: 1/2}}",
    "one_of": "one_of: [grade, [low, high]]",
    "not_one_of": "not: {one_of: [grade, [low, high]]}",
    "includes_all": "includes_all: [topics, [x, y]]",
    "includes_any": "includes_any: [topics, [x, y]]",
    "only": "only: [topics, [x, y]]",
    "not_all": "not: {includes_all: [topics, [x, y]]}",
    "not_any": "not: {includes_any: [topics, [x, y]]}",
    "not_only": "not: {only: [topics, [x, y]]}",
    "only_levels": "only: [levels, [x, y]]",
    "not_levels": "not: {includes_any: [levels, [x, y]]}",
    "documented": "documented: day",
    "not_dated": "not: {dated_within: [day, {from: {year: 0, day: 03-01}}]}",
    "since": "dated_within: [day, {from: {year: 0, day: 03-01}}]",
    "until": "dated_within: [day, {to: {year: 0, day: 03-01}}]",
    "later": "at_least: [day, other_day]",
    "at_least_k": "at_least_k: {k: 2, of: [flag, {equal: [a, 0]}, {at_least: [b, 5]}]}",
    "not_at_least_k": "not: {at_least_k: {k: 2, of: [flag, {equal: [a, 0]}, {at_least: [b, 5]}]}}",
    "not_any_of": "not: {any: [flag, {equal: [a, 0]}]}",
    "not_all_of": "not: {all: [flag, {equal: [a, 0]}]}",
    "applies": "any: [{applies_when: flag, require: {at_least: [a, 3]}}, {at_least: [b, 9]}]",
    "all_applies": "all: [{applies_when: flag, require: {at_least: [a, 3]}}, {at_least: [b, 5]}]",
    "k_of_dates": "at_least_k: {k: 2, of: [{dated_within: [day, {to: {year: 0, day: 03-01}}]}, {equal: [a, 0]}, flag]}",
    "slot": "any: [flag, {equal: [{slot: hole}, 0]}]",
    "unset": "at_least: [a, {param: number}]",
    "hopeless": "equal: [{slot: hole}, 0]",
    "hopeless_share": "share_at_least: {of: a, among: b, ratio: {param: share}}",
    "hopeless_day": "more_than: [{count: {records: events, where: {dated_within: [on, next_year]}}}, 0]",
    "day_of_event": "more_than: [{count: {records: events, where: {dated_within: [on, summer]}}}, 0]",
    "number_beside_count": "at_least: [a, {count: {records: events, where: {equal: [sort, y]}}}]",
    "count": "at_least: [{count: {records: events, where: ok}}, 2]",
    "count_beside_number": "at_most: [a, {count: {records: events, where: ok}}]",
    "count_of_all": "equal: [{count: {records: events}}, 2]",
    "not_some": "not: {at_least: [{count: {records: events, where: {equal: [sort, y]}}}, 1]}",
    "every": "every: {records: events, where: {equal: [sort, y]}, have: {any: [ok, {at_least: [size, 3]}]}}",
    "none_of": "none_of: {records: events, where: {at_most: [size, 3]}, unless: {all: [ok, {equal: [sort, x]}]}}",
}
SMALL = {
    "ruleset.yaml": """
        ruleset: small
        version: 1.0.0
        title: {vi: Nhỏ, en: Small}
        status: local
        instrument: {number: 1/QĐ, issuer: UBND}
        in_force: {}
        kinds: {u: {title: {vi: đơn vị, en: unit}}}
        parameters:
          share: {title: {vi: phần, en: share}, type: ratio, values: [{value: unset}]}
          number: {title: {vi: số, en: number}, type: integer, range: [0, 5], values: [{value: unset}]}
        periods:
          summer: {from: {year: 0, day: 06-01}, to: {year: 0, day: 08-31}}
          next_year: {from: {year: 1, day: 01-01}, to: {year: 1, day: 12-31}}
        slots: {hole: {title: {vi: chỗ trống, en: hole}, range: [0, 5]}}
        """,
    "evidence.yaml": """
        fields:
          a: {kinds: [u], type: integer, range: [0, 9], title: {vi: a, en: a}}
          b: {kinds: [u], type: integer, range: [0, 9], title: {vi: b, en: b}}
          c: {kinds: [u], type: integer, range: [0, 9], title: {vi: c, en: c}}
          d: {kinds: [u], type: integer, range: [0, 9], title: {vi: d, en: d}}
          weight: {kinds: [u], type: decimal, places: 1, range: [0, 9], title: {vi: nặng, en: weight}}
          flag: {kinds: [u], type: boolean, title: {vi: cờ, en: flag}}
          day: {kinds: [u], type: date, may_be_absent: true, title: {vi: ngày, en: day}}
          other_day: {kinds: [u], type: date, title: {vi: ngày khác, en: other day}}
          grade:
            kinds: [u]
            type: enum
            ordered: true
            title: {vi: bậc, en: grade}
            values: {low: {vi: thấp, en: low}, mid: {vi: vừa, en: mid}, high: {vi: cao, en: high}}
          topics:
            kinds: [u]
            type: set
            title: {vi: mặt, en: topics}
            values: {x: {vi: x, en: x}, y: {vi: y, en: y}, z: {vi: z, en: z}}
          levels:
            kinds: [u]
            type: set
            not_empty: true
            title: {vi: cấp, en: levels}
            values: {x: {vi: x, en: x}, y: {vi: y, en: y}, z: {vi: z, en: z}}
          events:
            kinds: [u]
            type: records
            dated_by: on
            title: {vi: việc, en: events}
            columns:
              "on": {type: date, required: true, title: {vi: ngày, en: day}}
              sort: {type: enum, required: true, title: {vi: loại, en: sort},
                     values: {x: {vi: x, en: x}, y: {vi: y, en: y}}}
              size: {type: integer, range: [0, 9], title: {vi: cỡ, en: size}}
              ok: {type: boolean, title: {vi: được, en: ok}}
        constraints:
          - at_most: [a, b]
          - at_least: [c, b]
          - less_than: [other_day, day]
        """,
}


def small_ruleset(folder: Path) -> Engine:
    """An engine whose criteria are the conditions above."""
    for name, text in SMALL.items():
        (folder / name).write_text(dedent(text), encoding="utf-8")
    head = "standard: s\ntitle: {vi: s, en: s}\nkinds: [u]\n"
    head += "window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}\ncriteria:\n"
    rows = [
        f"  - id: {name}\n    title: {{vi: t, en: t}}\n    citation: {{article: 1}}\n    require: {{{condition}}}\n"
        for name, condition in CONDITIONS.items()
    ]
    (folder / "standards").mkdir()
    (folder / "standards" / "s.yaml").write_text(head + "".join(rows), encoding="utf-8")
    return Engine.from_path(folder, language="en", engine="scalar")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return small_ruleset(tmp_path_factory.mktemp("small"))


def small_value(rng: random.Random, name: str) -> Any:
    """A value of a field of the small ruleset."""
    if name in "abcd":
        return rng.choice([0, 1, 2, 3, 5, 9])
    if name in ("topics", "levels"):
        return rng.sample("xyz", rng.randint(int(name == "levels"), 3))
    if name == "events":
        return [small_event(rng) for _ in range(rng.randint(0, 3))]
    if name == "other_day":
        return rng.choice(["2025-01-05", "2025-02-28"])
    choices: dict[str, list[Any]] = {
        "weight": [0, Decimal("2.4"), 3],
        "flag": [True, False],
        "day": ["absent", "2025-02-28", "2025-03-01", "2025-05-01"],
        "grade": ["low", "mid", "high"],
    }
    return rng.choice(choices[name])


def small_event(rng: random.Random) -> Evidence:
    row = {"on": rng.choice(["2025-03-04", "2024-12-31"]), "sort": rng.choice("xy")}
    further = {"size": rng.choice([1, 3, 4]), "ok": rng.random() < 0.5}
    return {**row, **{name: value for name, value in further.items() if rng.random() < 0.6}}


SMALL_FIELDS = (*"abcd", "weight", "flag", "day", "other_day", "grade", "topics", "levels", "events")


def small_units(seed: int, number: int) -> dict[str, Any]:
    """Units with random evidence, each field known or not."""
    rng = random.Random(seed)
    units = []
    for place in range(number):
        known = [name for name in SMALL_FIELDS if rng.random() < 0.6]
        units.append({"id": f"u-{place}", "kind": "u", "evidence": {name: small_value(rng, name) for name in known}})
    return dossier_of(*units)


def test_made_up_in_order_they_make_the_condition_hold(small: Engine) -> None:
    cases = list(lacking(small, small_units(1, 150)))
    possible = [case for case in cases if case.possible]
    hopeless = {name for name in CONDITIONS if name.startswith("hopeless")}
    assert {case.finding.criterion for case in possible} == CONDITIONS.keys() - hopeless
    assert [
        (str(case), case.shortfalls) for case in possible if outcome_with(small, case, *case.shortfalls) is not PASS
    ] == []


STAND = ("events", "day", "other_day")
"""What is recorded of events and papers is not changed."""

NOT_SOUGHT = {("applies", "flag")}
"""What does not apply is not made to apply."""


def contradictory(evidence: Evidence) -> bool:
    """Whether there is no number for b, which lies between a and c."""
    return bool(evidence.get("a", 0) > evidence.get("c", 9))


def test_where_it_is_impossible_no_single_change_is_enough(small: Engine) -> None:
    rng = random.Random(2)
    values = {name: [small_value(rng, name) for _ in range(12)] for name in SMALL_FIELDS}
    tried, wrong = 0, []
    for case in lacking(small, small_units(3, 25)):
        if case.possible:
            continue
        evidence = case.unit["evidence"]
        for name in SMALL_FIELDS:
            if (name in STAND and name in evidence) or (case.finding.criterion, name) in NOT_SOUGHT:
                continue
            for value in values[name]:
                changed = {**case.unit, "evidence": {**evidence, name: value}}
                if contradictory(changed["evidence"]):
                    continue
                found = small.assess(dossier_of(changed))
                tried += 1
                if found.verdicts and outcome_in(small, Dossier.of([changed], PERIOD), case) is PASS:
                    wrong.append((str(case), name, value))
    assert tried > 300
    assert wrong == []


# ---------------------------------------------------------------------------------------------------------
# The reasons beside them


def test_every_finding_has_a_reason_that_says_something(small: Engine) -> None:
    found = small.assess(small_units(5, 80))
    for verdict in found.verdicts:
        for finding in verdict.telling.findings(passes=True):
            assert finding.reasons
            for reason in finding.reasons:
                assert reason.text
                assert "needed: ;" not in reason.text
                assert not reason.text.endswith("needed: ")


def test_what_a_reason_calls_missing_is_not_known(small: Engine) -> None:
    dossier = small_units(6, 80)
    units = {unit["id"]: unit for unit in dossier["units"]}
    named = set()
    for verdict in small.assess(dossier).verdicts:
        unit = units[verdict.unit]
        for finding in verdict.findings:
            for name in (name for reason in finding.reasons for name in reason.missing):
                field, _, cell = name.partition("[")
                named.add(field)
                if cell:
                    place, _, column = cell.partition("].")
                    assert column not in unit["evidence"][field][int(place)]
                else:
                    assert field not in unit["evidence"]
    assert named == set(SMALL_FIELDS)


def sentence(small: Engine, criterion: str, **evidence: Any) -> str:
    """The text of the one reason of a criterion."""
    unit = {"id": "u", "kind": "u", "evidence": evidence}
    (verdict,) = small.assess(dossier_of(unit)).verdicts
    (reason,) = next(one for one in verdict.telling.findings(passes=True) if one.criterion == criterion).reasons
    return reason.text


SENTENCES: list[tuple[str, Evidence, str]] = [
    ("not_equal", {"a": 3}, "This holds and must not: a: exactly 3"),
    ("not_equal", {}, "Not known yet whether this holds, which must not: a: exactly 3"),
    ("not_equal", {"a": 4}, "This must not hold and does not: a: exactly 3"),
    (
        "at_least_k",
        {"flag": False, "a": 1, "b": 7},
        "Fewer than 2 of these hold: flag: no; needed: yes; a: 1; needed: no case; b: 7 (needed: at least 5)",
    ),
    (
        "at_least_k",
        {"flag": True, "a": 1},
        "Not known yet whether 2 of these hold: flag: yes (needed: yes); a: 1; needed: no case; "
        "b: not known yet; needed: at least 5",
    ),
    ("share_more_than", {"a": 0, "b": 0}, "Does not apply: there is nothing to take a share of (b)"),
    ("documented", {"day": "absent"}, "day: there is none; needed: the document with its date"),
    ("since", {"day": "2025-02-28"}, "day: 2025-02-28; needed: a date from 2025-03-01"),
]


@pytest.mark.parametrize(("criterion", "evidence", "text"), SENTENCES)
def test_sentences(small: Engine, criterion: str, evidence: Evidence, text: str) -> None:
    assert sentence(small, criterion, **evidence) == text
