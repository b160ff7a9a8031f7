"""Standards that decide otherwise than by all of their criteria: so many met, points with gates, classes."""

from __future__ import annotations

import itertools
import json
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from antq_rules import Assessment, Engine, Outcome, RulesetSchemaError, Verdict
from antq_rules.language.loader import load_folder
from antq_rules.reporters.result_schema import result_schema
from tests.small_rulesets import ENGINES, engine_of, unit, written

RESULTS = Draft202012Validator(result_schema())
validate = RESULTS.validate

FLAGS = "\n".join(f"  f{n}: {{kinds: [u], type: boolean, title: {{vi: có, en: flag {n}}}}}" for n in range(4))
APPLIES = "\n".join(f"  a{n}: {{kinds: [u], type: boolean, title: {{vi: có, en: applies {n}}}}}" for n in range(4))
CRITERIA = "criteria:\n" + "\n".join(
    f"  - {{id: s.{n}, title: *title, citation: {{article: {n + 1}}}, applies_when: a{n}, require: f{n}}}"
    for n in range(4)
)
READING = """
kinds: {u: {title: *title}}
readings:
  policy: {ambiguity: A, title: *title, choices: {met: *title, unmet: *title}, default: unmet}
parameters:
  needed:
    title: *title
    type: integer
    range: [1, 4]
    values: [{to: 2024-12-31, value: unset}, {from: 2025-01-01, value: 3}]
"""
SCORE_READING = READING.replace(
    "{met: *title, unmet: *title}, default: unmet", "{full: *title, drop: *title, zero: *title}, default: full"
)


@pytest.fixture(params=ENGINES)
def executor(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


# --- so many criteria met ------------------------------------------------------------------------------------

AT_LEAST = "decide: {at_least_met: {param: needed}, not_applicable: {reading: policy}}\n" + CRITERIA

MET_CASES: list[tuple[str, str, str, str]] = [
    # Each letter is a criterion: p passes, f fails, u is open, n does not apply, ? may not apply.
    ("pppf", "unmet", "pass", "pass"),
    ("ppff", "unmet", "fail", "fail"),
    ("ppfu", "unmet", "undetermined", "undetermined"),
    ("pppu", "unmet", "pass", "pass"),
    ("uuuf", "unmet", "undetermined", "undetermined"),
    ("uuff", "unmet", "fail", "fail"),
    ("ppfn", "unmet", "fail", "pass"),
    ("ppnn", "unmet", "fail", "pass"),
    ("pfnn", "unmet", "fail", "pass"),
    ("ffnn", "unmet", "fail", "fail"),
    ("nnnn", "unmet", "not_applicable", "not_applicable"),
    ("ppf?", "unmet", "undetermined", "undetermined"),
    ("pp??", "unmet", "undetermined", "undetermined"),
]


def facts(word: str) -> dict[str, bool]:
    """Evidence under which the criteria come out as the letters say."""
    found: dict[str, bool] = {}
    for n, letter in enumerate(word):
        if letter != "?":
            found[f"a{n}"] = letter != "n"
        if letter in "pf":
            found[f"f{n}"] = letter == "p"
    return found


@pytest.mark.parametrize(("word", "policy", "unmet", "met"), MET_CASES)
def test_so_many_criteria_are_met(word: str, policy: str, unmet: str, met: str, executor: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "r", standard=AT_LEAST, fields=f"{FLAGS}\n{APPLIES}", main=READING)
    for reading, expected in (("unmet", unmet), ("met", met)):
        judge = engine_of(folder, executor, policy=reading)
        verdict = judge.evaluate(unit(facts(word)), period=2025)
        assert verdict.outcome.value == expected
        assert verdict.readings == {"policy": reading}
        assert (verdict.met, verdict.applicable) == (word.count("p"), 4 - word.count("n"))


def test_a_number_that_is_not_set_leaves_the_verdict_open(executor: str, tmp_path: Path) -> None:
    judge = engine_of(written(tmp_path / "r", standard=AT_LEAST, fields=f"{FLAGS}\n{APPLIES}", main=READING), executor)
    outcomes = {word: judge.evaluate(unit(facts(word)), period=2024).outcome for word in ("pppp", "pfff", "ffff")}
    assert outcomes == {
        "pppp": Outcome.PASS,  # Whatever the number from 1 to 4.
        "pfff": Outcome.UNDETERMINED,
        "ffff": Outcome.FAIL,
    }


def test_reason_of_too_few_met_names_the_number_and_what_to_do(tmp_path: Path) -> None:
    judge = engine_of(written(tmp_path / "r", standard=AT_LEAST, fields=f"{FLAGS}\n{APPLIES}", main=READING))
    evidence = facts("pfff")
    verdict = judge.evaluate(unit(evidence), period=2025)
    (reason,) = verdict.decided_by
    assert (reason.code, reason.observed, reason.required) == ("at_least_met", 1, 3)
    assert reason.text == "Criteria met: 1; needed: 3"
    assert verdict.telling.decision(passes=True) == verdict.decided_by
    assert judge.evaluate(unit(facts("pppp")), period=2025).decided_by == ()
    assert made_up(judge, evidence).outcome is Outcome.PASS


def made_up(judge: Engine, evidence: dict[str, Any], period: int = 2025) -> Verdict:
    """The verdict after the shortfalls of the decision have been made up, gate by gate."""
    dossier: Any = {"schema": "antq.dossier/1", "period": period, "units": [unit(evidence)]}
    for _ in range(5):
        verdict = judge.assess(dossier).verdicts[0]
        lacking = [one.shortfall for one in verdict.decided_by if one.shortfall is not None]
        if not lacking or verdict.outcome is Outcome.PASS:
            break
        dossier = judge.apply(dossier, "u-1", lacking[0])
    return verdict


# --- points ----------------------------------------------------------------------------------------------------

SCORED = """
decide:
  score:
    out_of: 100
    pass_from: 60
    not_applicable: {reading: policy}
    groups:
      - {id: g.0, title: {vi: Một, en: One}, cap: 50, items: [{item: s.0, points: 20}, {item: s.1, points: 30}]}
      - {id: g.1, title: {vi: Hai, en: Two}, cap: 50, items: [{item: s.2, points: 25}, {item: s.3, points: 25}]}
"""
POINTS = (20, 30, 25, 25)


def by_hand(word: str, policy: str, points: tuple[int, ...] = POINTS, least: int = 60, out_of: int = 100) -> str:
    """The verdict of a plain sheet: every way of filling what is open, each with exact fractions."""
    if set(word) == {"n"}:
        return "not_applicable"
    found = set()
    for ways in itertools.product(*({"u": "pf", "?": "pfn"}.get(letter, letter) for letter in word)):
        given = sum(weight for way, weight in zip(ways, points, strict=True) if way == "p")
        beyond = sum(weight for way, weight in zip(ways, points, strict=True) if way == "n")
        if policy == "full":
            found.add(given + beyond >= least)
        elif policy == "zero":
            found.add(given >= least)
        else:
            found.add(given >= Fraction(least, out_of) * (out_of - beyond))
    return "undetermined" if len(found) == 2 else "pass" if True in found else "fail"


@pytest.mark.parametrize("policy", ["full", "drop", "zero"])
def test_points_are_added_up(policy: str, executor: str, tmp_path: Path) -> None:
    fields = f"{FLAGS}\n{APPLIES}"
    judge = engine_of(
        written(tmp_path / "r", standard=SCORED + CRITERIA, fields=fields, main=SCORE_READING), executor, policy=policy
    )
    seen = set()
    for letters in itertools.product("pfun?", repeat=4):
        word = "".join(letters)
        outcome = judge.evaluate(unit(facts(word)), period=2025).outcome.value
        assert outcome == by_hand(word, policy), word
        seen.add(outcome)
    assert len(seen) == 4


MUST = SCORED.replace("cap: 50, items: [{item: s.0", "cap: 50, must_be_full: true, items: [{item: s.0")
GRADED = SCORED.replace("{item: s.2, points: 25}", "{item: s.2, points: 25, graded: marks, must_be_full: true}")


@pytest.mark.parametrize(
    ("word", "full", "drop", "zero"),
    [("pppp", "pass", "pass", "pass"), ("pnpp", "pass", "pass", "fail"), ("pfpp", "fail", "fail", "fail"),
     ("pupp", "undetermined", "undetermined", "undetermined"), ("p?pp", "undetermined", "undetermined", "undetermined"),
     ("nnpp", "pass", "pass", "fail")],
)  # fmt: skip
def test_a_block_must_be_full_of_what_applies(
    word: str, full: str, drop: str, zero: str, executor: str, tmp_path: Path
) -> None:
    folder = written(tmp_path / "r", standard=MUST + CRITERIA, fields=f"{FLAGS}\n{APPLIES}", main=SCORE_READING)
    for policy, expected in (("full", full), ("drop", drop), ("zero", zero)):
        judge = engine_of(folder, executor, policy=policy)
        assert judge.evaluate(unit(facts(word)), period=2025).outcome.value == expected, policy


@pytest.mark.parametrize(
    ("applies", "marks", "outcome"),
    [(True, 25, "pass"), (True, 24, "fail"), (False, 0, "pass"), (None, 24, "undetermined"), (None, 25, "pass")],
)
def test_a_graded_item_that_does_not_apply_lacks_nothing(
    applies: bool | None, marks: int, outcome: str, executor: str, tmp_path: Path
) -> None:
    fields = (
        f"{FLAGS}\n{APPLIES}\n  marks: {{kinds: [u], type: integer, range: [0, 25], title: {{vi: điểm, en: marks}}}}"
    )
    folder = written(tmp_path / "r", standard=GRADED + CRITERIA, fields=fields, main=SCORE_READING)
    evidence: dict[str, Any] = {**facts("pppp"), "a2": applies, "marks": marks}
    judge = engine_of(folder, executor)
    assert judge.evaluate(unit(evidence), period=2025).outcome.value == outcome


def test_score_and_blocks_are_told(tmp_path: Path) -> None:
    fields = f"{FLAGS}\n{APPLIES}"
    judge = engine_of(written(tmp_path / "r", standard=SCORED + CRITERIA, fields=fields, main=SCORE_READING))
    verdict = judge.evaluate(unit(facts("pfpu")), period=2025)
    assert verdict.score is not None
    assert (verdict.score.to_value(), verdict.score.out_of) == ({"least": 45, "most": 70}, 100)
    assert [(one.id, one.points.to_value(), one.points.out_of) for one in verdict.telling.blocks()] == [
        ("g.0", 20, 50),
        ("g.1", {"least": 25, "most": 50}, 50),
    ]
    (reason,) = verdict.decided_by
    assert reason.text == "Points: 45 to 70 of 100; needed: at least 60"
    document = judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": [unit(facts("pfpp"))]}).to_mapping()
    validate(document)
    (row,) = document["verdicts"]
    assert (row["score"], row["out_of"], row["outcome"]) == (70, 100, "pass")
    assert [block["points"] for block in row["blocks"]] == [20, 50]


def test_dropped_points_are_told_in_proportion(tmp_path: Path) -> None:
    fields = f"{FLAGS}\n{APPLIES}"
    judge = engine_of(
        written(tmp_path / "r", standard=SCORED + CRITERIA, fields=fields, main=SCORE_READING), policy="drop"
    )
    (reason,) = judge.evaluate(unit(facts("pfnf")), period=2025).decided_by
    assert reason.text == "Points: 20 of 100, of which 25 do not apply; needed: 60 of 100 in proportion"
    assert reason.observed == 20


GATED = """
decide:
  score:
    out_of: 100
    not_encoded: 40
    pass_from: {param: least}
    groups:
      - id: g.0
        title: {vi: Một, en: One}
        cap: 20
        floor: {share: 1/2}
        items:
          - {item: s.plan, points: 10, graded: plan, verified: plan_seen}
          - {item: s.paper, points: 10, must_be_full: true}
      - id: g.1
        title: {vi: Hai, en: Two}
        start: 24
        cap: 24
        items: [{item: s.quiet, deduct: 6}, {item: s.order, deduct: 2, deduct_each: {count: {records: events}}}]
      - id: g.2
        title: {vi: Ba, en: Three}
        cap: 16
        must_be_full: true
        items: [{item: s.rest, points: 16}]
    vetoes: [{more_than: [disciplined, 0]}]
classes:
  - {id: best, title: *title, from: 90}
  - {id: good, title: *title, from: {param: good_from}}
criteria:
  - {id: s.plan, title: {vi: kế hoạch, en: plan}, citation: {article: 1}}
  - {id: s.paper, title: {vi: giấy, en: paper}, citation: {article: 1}, require: paper}
  - {id: s.quiet, title: *title, citation: {article: 2}, require: quiet}
  - {id: s.order, title: *title, citation: {article: 2}, require: {none_of: {records: events}}}
  - {id: s.rest, title: *title, citation: {article: 3}, require: rest}
"""
GATED_FIELDS = """
  plan: {kinds: [u], type: decimal, places: 1, range: [0, 10], title: {vi: điểm, en: own points}}
  plan_seen: {kinds: [u], type: decimal, places: 1, range: [0, 10], title: {vi: điểm, en: their points}}
  paper: {kinds: [u], type: boolean, title: {vi: giấy, en: paper}}
  quiet: {kinds: [u], type: boolean, title: {vi: yên, en: quiet}}
  rest: {kinds: [u], type: boolean, title: {vi: khác, en: rest}}
  disciplined: {kinds: [u], type: integer, range: [0, 100], title: {vi: kỷ luật, en: disciplined}}
  events:
    {kinds: [u], type: records, title: {vi: vụ, en: events}, columns: {note: {type: text, title: {vi: chữ, en: text}}}}
"""
GATED_MAIN = """
kinds: {u: {title: *title}}
parameters:
  least:
    title: *title
    type: integer
    range: [0, 100]
    values: [{to: 2024-12-31, value: unset}, {from: 2025-01-01, value: 50}]
  good_from:
    title: *title
    type: integer
    range: [0, 89]
    values: [{to: 2024-12-31, value: unset}, {from: 2025-01-01, value: 55}]
"""
WHOLE: dict[str, Any] = {
    "plan": Decimal("9.5"), "plan_seen": Decimal(8), "paper": True, "quiet": True, "rest": True, "disciplined": 0,
    "events": [],
}  # fmt: skip

GATE_CASES: list[tuple[dict[str, Any], str, Any, str | None, list[str]]] = [
    # Changes to the whole evidence, verdict, score, class, codes of the decision's reasons.
    ({}, "pass", {"least": "58.0", "most": "98.0"}, None, []),
    ({"plan_seen": Decimal(0)}, "pass", {"least": "50.0", "most": "90.0"}, None, []),
    ({"plan_seen": Decimal(0), "quiet": False}, "undetermined", {"least": "44.0", "most": "84.0"}, None, ["score"]),
    ({"plan_seen": None}, "pass", {"least": "59.5", "most": "99.5"}, None, []),
    ({"plan_seen": None, "plan": None}, "pass", {"least": "50.0", "most": "100.0"}, None, []),
    ({"paper": False}, "fail", {"least": "48.0", "most": "88.0"}, None, ["score", "floor", "must_be_full"]),
    ({"paper": None}, "undetermined", {"least": "48.0", "most": "98.0"}, None, ["score", "floor", "must_be_full"]),
    ({"rest": False}, "fail", {"least": "42.0", "most": "82.0"}, None, ["score", "must_be_full"]),
    ({"disciplined": 1}, "fail", {"least": "58.0", "most": "98.0"}, None, ["veto"]),
    ({"disciplined": None}, "undetermined", {"least": "58.0", "most": "98.0"}, None, ["veto"]),
    ({"events": [{}] * 3}, "pass", {"least": "52.0", "most": "92.0"}, None, []),
    ({"events": [{}] * 50}, "undetermined", {"least": "34.0", "most": "74.0"}, None, ["score"]),
    ({"events": None}, "undetermined", {"least": "34.0", "most": "98.0"}, None, ["score"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "outcome", "score", "reached", "codes"), GATE_CASES)
def test_gates_of_a_score_sheet(
    changes: dict[str, Any],
    outcome: str,
    score: Any,
    reached: str | None,
    codes: list[str],
    executor: str,
    tmp_path: Path,
) -> None:
    judge = engine_of(written(tmp_path / "r", standard=GATED, fields=GATED_FIELDS, main=GATED_MAIN), executor)
    verdict = judge.evaluate(unit({**WHOLE, **changes}), period=2025)
    assert verdict.score is not None
    assert (verdict.outcome.value, verdict.score.to_value(), verdict.score_class) == (outcome, score, reached)
    dossier = {"schema": "antq.dossier/1", "period": 2025, "units": [unit({**WHOLE, **changes})]}
    validate(judge.assess(dossier).to_mapping())
    assert [reason.code for reason in verdict.decided_by] == codes
    assert "unit" not in {note.code for note in verdict.notes}


def test_two_columns_that_differ_are_noted_and_the_higher_level_counts(tmp_path: Path) -> None:
    judge = engine_of(written(tmp_path / "r", standard=GATED, fields=GATED_FIELDS, main=GATED_MAIN))
    notes = judge.evaluate(unit(WHOLE), period=2025).notes
    assert [(note.code, note.text) for note in notes] == [
        ("columns_differ", "plan: the unit gave itself 9.5 points, the higher level 8.0, which counts")
    ]
    assert judge.evaluate(unit({**WHOLE, "plan_seen": Decimal("9.5")}), period=2025).notes == ()
    finding = judge.evaluate(unit(WHOLE), period=2025).finding("s.plan")
    assert (finding.outcome, finding.reasons[0].required) == (Outcome.FAIL, "10.0")


def test_shortfalls_of_a_decision_make_the_unit_pass(tmp_path: Path) -> None:
    judge = engine_of(written(tmp_path / "r", standard=GATED, fields=GATED_FIELDS, main=GATED_MAIN))
    for changes in (
        {"paper": False}, {"rest": False}, {"disciplined": 1}, {"plan_seen": Decimal(0), "quiet": False},
        {"events": None},
        {"paper": None, "disciplined": None, "plan": None, "plan_seen": None},
    ):  # fmt: skip
        assert made_up(judge, {**WHOLE, **changes}).outcome is Outcome.PASS, changes


def test_reasons_of_gates_tell_points_and_what_they_are_a_share_of(tmp_path: Path) -> None:
    judge = engine_of(written(tmp_path / "r", standard=GATED, fields=GATED_FIELDS, main=GATED_MAIN))
    verdict = judge.evaluate(unit({**WHOLE, "paper": False, "rest": False, "disciplined": 2}), period=2025)
    assert [(reason.code, reason.text, reason.observed, reason.required) for reason in verdict.decided_by] == [
        ("score", "Points: 32.0 to 72.0 of 100.0; needed: at least 50.0", {"least": "32.0", "most": "72.0"}, "50.0"),
        ("floor", "One: 8.0; needed: at least 50 % of 20.0", "8.0", "1/2"),
        ("must_be_full", "paper: must give all of its points", None, None),
        ("must_be_full", "Three: 0.0; needed: at least 16.0", "0.0", "16.0"),
        ("veto", "Ruled out whatever the rest: This holds and must not: disciplined: more than 0", None, None),
    ]
    told = judge.evaluate(unit(WHOLE), period=2025).telling.decision(passes=True)
    assert [reason.text for reason in told] == [
        "Points: 58.0 to 98.0 of 100.0; needed: at least 50.0",
        "One: 18.0; needed: at least 50 % of 20.0",
        "paper: must give all of its points",
        "Three: 16.0; needed: at least 16.0",
        "Not ruled out: This must not hold and does not: disciplined: more than 0",
    ]


def test_a_mark_that_is_not_set_leaves_only_what_is_certain(executor: str, tmp_path: Path) -> None:
    judge = engine_of(written(tmp_path / "r", standard=GATED, fields=GATED_FIELDS, main=GATED_MAIN), executor)
    assert judge.evaluate(unit(WHOLE), period=2024).outcome is Outcome.UNDETERMINED
    assert judge.evaluate(unit({**WHOLE, "rest": False}), period=2024).outcome is Outcome.FAIL
    assert judge.evaluate(unit(WHOLE), period=2024).possible_classes == ("best", "good")


# --- classes -----------------------------------------------------------------------------------------------------

CLASSED = """
decide:
  score:
    out_of: 100
    pass_from: {class: good}
    groups:
      - {id: g, title: *title, items: [{item: s.0, points: 100, graded: marks}]}
classes:
  - {id: best, title: *title, from: 90}
  - {id: good, title: *title, from: 70}
  - {id: weak, title: *title, from: 0}
criteria:
  - {id: s.0, title: *title, citation: {article: 1}}
"""
MARKS = "  marks: {kinds: [u], type: integer, range: [0, 100], title: {vi: điểm, en: marks}}"


@pytest.mark.parametrize(
    ("marks", "reached", "outcome"),
    [(100, "best", "pass"), (90, "best", "pass"), (89, "good", "pass"), (70, "good", "pass"), (69, "weak", "fail"),
     (0, "weak", "fail"), (None, None, "undetermined")],
)  # fmt: skip
def test_classes_are_bands_of_points(
    marks: int | None, reached: str | None, outcome: str, executor: str, tmp_path: Path
) -> None:
    judge = engine_of(written(tmp_path / "r", standard=CLASSED, fields=MARKS), executor)
    verdict = judge.evaluate(unit({} if marks is None else {"marks": marks}), period=2025)
    assert (verdict.score_class, verdict.outcome.value) == (reached, outcome)
    assert verdict.possible_classes == (("best", "good", "weak") if marks is None else ())
    document = judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": [unit({"marks": marks})]})
    assert document.to_mapping()["verdicts"][0]["class"] == reached


# --- quotas ------------------------------------------------------------------------------------------------------

QUOTA = """
quotas:
  - id: q.best
    title: {vi: chỉ tiêu, en: the best are few}
    citation: {article: 9}
    over: OVER
    of: {class: best}
    among: {class: good}
    at_most: 1/5
"""


def quota_dossier(counts: dict[int | None, int], parent: str | None = "p") -> dict[str, Any]:
    units = [
        unit({} if marks is None else {"marks": marks}, id=f"u-{marks}-{n}", parent=parent)
        for marks, count in counts.items()
        for n in range(count)
    ]
    return {"schema": "antq.dossier/1", "period": 2025, "units": units}


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [({95: 1, 75: 5}, "pass"), ({95: 1, 75: 4}, "fail"), ({95: 2, 75: 10, 10: 3}, "pass"), ({10: 3}, "not_applicable"),
     ({95: 1, 75: 4, None: 1}, "undetermined"), ({95: 0, 75: 4, None: 1}, "undetermined"), ({75: 5, None: 1}, "pass"),
     ({95: 2, 75: 4, None: 3}, "fail"), ({95: 1, None: 4}, "fail")],
)  # fmt: skip
@pytest.mark.parametrize("over", ["parent", "dossier"])
def test_a_quota_is_a_finding_of_its_own(
    counts: dict[int | None, int], outcome: str, over: str, executor: str, tmp_path: Path
) -> None:
    standard = CLASSED.replace("criteria:", QUOTA.replace("OVER", over) + "criteria:")
    judge = engine_of(written(tmp_path / "r", standard=standard, fields=MARKS), executor)
    result = judge.assess(quota_dossier(counts))
    (finding,) = result.quotas
    assert (finding.outcome.value, finding.unit) == (outcome, "p" if over == "parent" else None)
    validate(result.to_mapping())
    document = result.to_mapping()["quotas"]
    assert [(row["quota"], row["outcome"], row["at_most"]) for row in document] == [("q.best", outcome, "1/5")]
    # It decides no verdict.
    assert {verdict.outcome for verdict in result.verdicts if verdict.score_class == "best"} <= {Outcome.PASS}


def test_a_quota_counts_below_each_parent(tmp_path: Path) -> None:
    standard = CLASSED.replace("criteria:", QUOTA.replace("OVER", "parent") + "criteria:")
    judge = engine_of(written(tmp_path / "r", standard=standard, fields=MARKS))
    one, other = quota_dossier({95: 1, 75: 5}), quota_dossier({95: 1, 75: 1}, parent="q")
    units = [*one["units"], *({**row, "id": f"q-{row['id']}"} for row in other["units"])]
    found = judge.assess({**one, "units": units}).quotas
    assert [(finding.unit, finding.outcome.value, finding.text) for finding in found] == [
        ("p", "pass", "1 of at most 1 (20 % of 5)"),
        ("q", "fail", "1 of at most 0 (20 % of 1)"),
    ]


# --- what the loader refuses ---------------------------------------------------------------------------------------


def changed(*pairs: tuple[str, str], quota: bool = False) -> str:
    """The classed standard with some texts in place of others."""
    standard = CLASSED.replace("criteria:", QUOTA.replace("OVER", "parent") + "criteria:") if quota else CLASSED
    for old, new in pairs:
        assert old in standard
        standard = standard.replace(old, new)
    return standard


PLAIN = CLASSED[CLASSED.index("classes:") :].replace("{article: 1}", "{article: 1}, require: {at_least: [marks, 1]}")
REFUSED: list[tuple[str, str, str]] = [
    (changed(("decide:\n  score:", "decide: all\nunused:\n  score:")), "unknown_key", "unused"),
    (PLAIN, "wrong_operand", "classes"),
    (changed(("pass_from: {class: good}", "pass_from: {class: god}")), "unknown_class", "good"),
    (changed(("graded: marks", "graded: mark")), "unknown_field", "marks"),
    (changed(("points: 100, graded: marks", "points: -1")), "wrong_operand", "from 0 upwards"),
    (changed(("points: 100, ", "")), "wrong_operand", "points"),
    (changed(("points: 100,", "points: 100, deduct: 3,")), "wrong_operand", "takes them away"),
    (changed(("graded: marks", "verified: marks")), "missing_key", "graded"),
    (changed(("title: *title, items", "title: *title, floor: {share: 1/2}, items")), "missing_key", "cap"),
    (changed(("title: *title, items", "title: *title, cap: 9, floor: {share: 2}, items")), "wrong_operand", "share"),
    (changed(("out_of: 100", "out_of: 100\n    not_applicable: drop")), "wrong_operand", "drop"),
    (changed(("out_of: 100", "out_of: 100\n    not_applicable: {reading: none}")), "unknown_reading", "none"),
    (changed(("score:\n", "at_least_met: 1\n  score:\n")), "wrong_operand", "one way"),
    (changed(("criteria:\n", "criteria:\n  - {id: s.1, title: *title, citation: {article: 1}}\n")),
     "no_requirement", "require"),
    (changed(("over: parent", "over: commune"), quota=True), "wrong_value", "parent"),
    (changed(("{class: best}", "{class: bets}"), quota=True), "unknown_class", "best"),
    (changed(("{class: best}", "{class: best, outcome: pass}"), quota=True), "wrong_value", "one of"),
]  # fmt: skip


@pytest.mark.parametrize(("standard", "code", "word"), REFUSED, ids=lambda value: str(value)[-30:])
def test_a_decision_that_cannot_be_is_refused(standard: str, code: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(RulesetSchemaError) as caught:
        load_folder(written(tmp_path / "r", standard=standard, fields=MARKS), "r")
    found = [fault for fault in caught.value.faults if fault.code == code and word in fault.text()]
    assert found, caught.value
    assert found[0].place is not None
    assert found[0].place.line > 0


# --- units below, asked beside the criteria ----------------------------------------------------------------------

BELOW_MAIN = """
kinds: {u: {title: *title}, v: {title: *title}}
managing_levels: [xa]
children:
  parts: {title: *title, kinds: [v], managed_by: [xa], reported: {in_scope: parts, recognised: parts_safe}}
slots:
  open: {title: *title, range: [0, 1]}
"""
BELOW_FIELDS = """
  fine: {kinds: [u], type: boolean, title: {vi: tốt, en: fine}}
  bad: {kinds: [u], type: boolean, title: {vi: xấu, en: bad}}
  quiet: {kinds: [v], type: boolean, title: {vi: yên, en: quiet}}
  parts: {kinds: [u], type: integer, range: [0, 9], title: {vi: phần, en: parts}}
  parts_safe: {kinds: [u], type: integer, range: [0, 9], title: {vi: phần an toàn, en: safe parts}}
"""
BELOW_STANDARD = """
standard: small.v
title: &title {vi: mẫu, en: sample}
kinds: [v]
window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}
criteria:
  - {id: v.1, title: *title, citation: {article: 1}, require: quiet}
"""
FILLED = """
overlay: filled
base: small
version: 1.0.0
title: {vi: mẫu, en: sample}
instrument: {number: n, issuer: i}
prefix: fill
slots: {open: {value: NUMBER}}
"""
ALL_SAFE = "{every: {children: parts, are: recognised}}"
NUMBER = f"{{choose: [{{when: {ALL_SAFE}, value: 1}}, {{value: 0}}]}}"
FINE = "criteria:\n  - {id: s.1, title: *title, citation: {article: 1}, require: fine}\n"
BOTH = f"{FINE}  - {{id: s.2, title: *title, citation: {{article: 1}}, require: bad}}"
SHEET_FROM = "decide:\n  score:\n    out_of: 1\n    pass_from: FROM\n    groups: [{id: g.1, title: *title, items: [{item: s.1, points: 1}]}]\n"  # noqa: E501
SAFE_FEW = (
    "quotas: [{id: q.1, title: *title, citation: {article: 9}, over: dossier, "
    f"of: {{where: {ALL_SAFE}}}, among: {{outcome: pass}}, at_most: 0}}]\n"
)
CLASSES = f"classes: [{{id: good, title: *title, from: {{sum: [1, {NUMBER}]}}}}]\n"
BELOW: dict[str, tuple[str, tuple[str, str, str]]] = {
    # What comes out where the unit below passes, fails and is open.
    "scope": (f"scope: [{{kinds: [u], citation: {{article: 1}}, require: {ALL_SAFE}}}]\n{FINE}",
              ("pass", "not_applicable", "undetermined")),
    "veto": (f"{SHEET_FROM.replace('FROM', '1')}    vetoes: [{ALL_SAFE}]\n{FINE}", ("fail", "pass", "undetermined")),
    "number": (f"decide: {{at_least_met: {{sum: [1, {NUMBER}]}}}}\n{BOTH}", ("fail", "pass", "undetermined")),
    "points": (f"{SHEET_FROM.replace('FROM', '1').replace('points: 1', f'points: {NUMBER}')}{FINE}",
               ("pass", "fail", "undetermined")),
    "class": (f"{SHEET_FROM.replace('FROM', '{class: good}')}{CLASSES}{FINE}", ("fail", "pass", "undetermined")),
    "class alone": (f"{SHEET_FROM.replace('FROM', '1')}{CLASSES}{FINE}", ("pass", "pass", "pass")),
    "quota": (f"{SAFE_FEW}{FINE}", ("pass", "pass", "pass")),
    "slot": (BOTH.replace("require: bad", "require: {at_least: [{slot: open}, 1]}"), ("pass", "fail", "undetermined")),
}  # fmt: skip


def below(place: str, executor: str, folder: Path, quiet: bool | None) -> Assessment:
    """A unit and the one below it, judged by a standard that asks of units below in one place."""
    path = written(folder / "r", standard=BELOW[place][0], fields=BELOW_FIELDS, main=BELOW_MAIN)
    (path / "standards" / "v.yaml").write_text(BELOW_STANDARD.lstrip(), encoding="utf-8")
    (folder / "o").mkdir()
    (folder / "o" / "overlay.yaml").write_text(FILLED.replace("NUMBER", NUMBER).lstrip(), encoding="utf-8")
    overlays = [str(folder / "o")] if place == "slot" else []
    judge = Engine(load_folder(path, "r"), overlays=overlays, engine=executor, language="en")
    part = {"id": "v-1", "kind": "v", "parent": "u-1", "evidence": {} if quiet is None else {"quiet": quiet}}
    units = [unit({"fine": True, "bad": False}), part]
    return judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": units})


@pytest.mark.parametrize("place", BELOW)
def test_units_below_are_asked_beside_the_criteria_too(place: str, executor: str, tmp_path: Path) -> None:
    for number, quiet in enumerate((True, False, None)):
        (tmp_path / str(number)).mkdir()
        found = below(place, executor, tmp_path / str(number), quiet)
        assert found.verdicts[0].outcome.value == BELOW[place][1][number]
        assert [one.kind for one in found.verdicts] == ["u", "v"]
        # The units below are judged first, though their standard has the later name.
        assert found.plan.order == ("v", "u")
        validate(json.loads(found.to_json(passes=True)))
        if place == "quota":
            assert found.quotas[0].outcome.value == ("fail", "pass", "undetermined")[number]
        if place == "class alone":
            classes = (found.verdicts[0].score_class, found.verdicts[0].possible_classes)
            assert classes == ((None, ()), ("good", ()), (None, ("good",)))[number]


def test_units_that_a_veto_lacks_can_be_made_up_for(tmp_path: Path) -> None:
    standard = f"{SHEET_FROM.replace('FROM', '1')}    vetoes: [{{not: {ALL_SAFE}}}]\n{FINE}"
    path = written(tmp_path / "r", standard=standard, fields=BELOW_FIELDS, main=BELOW_MAIN)
    (path / "standards" / "v.yaml").write_text(BELOW_STANDARD.lstrip(), encoding="utf-8")
    judge = Engine(load_folder(path, "r"), engine="scalar", language="en")
    part = {"id": "v-1", "kind": "v", "parent": "u-1", "evidence": {}}
    dossier = {"schema": "antq.dossier/1", "period": 2025, "units": [unit({"fine": True}), part]}
    verdict = judge.assess(dossier).verdict("u-1")
    assert verdict.outcome is Outcome.UNDETERMINED
    (shortfall,) = [reason.shortfall for reason in verdict.decided_by if reason.shortfall is not None]
    assert shortfall.kind == "children"
    assert judge.assess(judge.apply(dossier, "u-1", shortfall)).verdict("u-1").outcome is Outcome.PASS


def test_readings_that_choose_a_veto_are_named(tmp_path: Path) -> None:
    veto = "{reading: policy, choices: {met: bad, unmet: {not: bad}}}"
    main = READING.replace("kinds: {u: {title: *title}}", BELOW_MAIN)
    standard = f"{SHEET_FROM.replace('FROM', '1')}    vetoes: [{veto}]\n{FINE}"
    folder = written(tmp_path / "r", standard=standard, fields=BELOW_FIELDS, main=main)
    for policy, outcome in (("met", Outcome.FAIL), ("unmet", Outcome.PASS)):
        verdict = engine_of(folder, policy=policy).evaluate(unit({"fine": True, "bad": True}), period=2025)
        assert (verdict.outcome, verdict.readings) == (outcome, {"policy": policy})


# --- both engines on random sheets -----------------------------------------------------------------------------


def test_engines_agree_on_random_sheets(tmp_path: Path) -> None:
    pytest.importorskip("durable_rules_engine")
    judges = [
        engine_of(written(tmp_path / name, standard=GATED, fields=GATED_FIELDS, main=GATED_MAIN), name)
        for name in ("scalar", "durable")
    ]
    chance = random.Random(5)
    for _ in range(400):
        evidence: dict[str, Any] = {
            "plan": chance.choice([None, Decimal(0), Decimal("4.5"), Decimal(10)]),
            "plan_seen": chance.choice([None, None, Decimal(1), Decimal(10)]),
            "disciplined": chance.choice([None, 0, 0, 1]),
            "events": chance.choice([None, [], [{}], [{}] * 9, [{}] * 20]),
            **{name: chance.choice([None, True, True, False]) for name in ("paper", "quiet", "rest")},
        }
        dossier = {"schema": "antq.dossier/1", "period": 2025, "units": [unit(evidence)]}
        rows = [judge.assess(dossier).to_json() for judge in judges]
        assert rows[0] == rows[1]
