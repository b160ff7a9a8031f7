"""A live session: whatever the order of what arrives, it ends in the verdict of a whole dossier."""

import random
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antq_rules import Assessment, Engine, EvidenceError, Finding, Outcome, Session, Verdict
from antq_rules.assessment.document import verdict_row
from tests.judged import ENGINES, KINDS, PERIOD, dossier_of, engine, passing, unit_of
from tests.random_dossiers import free_evidence

Evidence = dict[str, Any]

seeds = st.integers(0, 10**9)
often = settings(max_examples=40, deadline=None)


def told(verdict: Verdict, found: Assessment) -> dict[str, Any]:
    """All that a result says of a unit."""
    return verdict_row(verdict, found.plan.ruleset.id, passes=True)


def changed(before: Verdict, after: Verdict) -> list[str]:
    """The criteria whose outcome is another one now."""
    ids = [criterion.id for criterion in engine().plan(PERIOD).standards[after.standard].criteria]
    rows = zip(ids, before.outcomes, after.outcomes, strict=True)
    return [criterion for criterion, old, new in rows if old is not new]


def play(session: Session, steps: list[Callable[[Session], tuple[Finding, ...]]]) -> None:
    """Record one thing after the other; each tells exactly the findings that it changed."""
    for step in steps:
        before = session.verdict
        findings = step(session)
        assert [finding.criterion for finding in findings] == changed(before, session.verdict)


def recording(field: str, value: Any) -> Callable[[Session], tuple[Finding, ...]]:
    return lambda session: session.record(field, value)


def recording_child(verdict: Verdict) -> Callable[[Session], tuple[Finding, ...]]:
    return lambda session: session.record_child(verdict)


@often
@given(seeds, st.sampled_from(KINDS), st.sampled_from([None, "Tổ 5"]))
def test_fields_in_any_order_end_in_the_verdict_of_the_whole(seed: int, kind: str, name: str | None) -> None:
    rng = random.Random(seed)
    evidence = free_evidence(rng, kind, PERIOD)
    whole = {**unit_of(kind, **evidence), "name": name}
    session = engine().open({**whole, "evidence": {}}, period=PERIOD)
    steps = [recording(field, value) for field, value in evidence.items()]
    rng.shuffle(steps)
    play(session, steps)
    found = engine().assess(dossier_of(whole))
    assert told(session.verdict, found) == told(found.verdicts[0], found)
    assert session.verdict.findings == found.verdicts[0].findings
    assert session.verdict == engine().evaluate(whole, period=PERIOD) == found.verdicts[0]
    assert session.unit.evidence == evidence


def family(rng: random.Random) -> dict[str, Any]:
    """A commune that reports and announces, and children of every sort."""
    own = free_evidence(rng, "xa", PERIOD)
    total = rng.randint(0, 8)
    own |= {"subunits_total": total, "subunits_registered": rng.randint(0, total)}
    children = []
    for number in range(rng.randint(1, 6)):
        kind = rng.choice(["kdc", "coquan", "dn", "csgd", "tinh"])
        evidence = {} if kind == "tinh" else free_evidence(rng, kind, PERIOD)
        child = {"id": f"c-{number}", "kind": kind, "parent": "xa-1", "evidence": evidence}
        if rng.random() < 0.3:
            child["managing_level"] = rng.choice(["xa", "tinh"])
        children.append(child)
    return dossier_of(unit_of("xa", **own), *children)


@pytest.mark.parametrize("name", ENGINES)
@settings(often, max_examples=25)
@given(seeds)
def test_children_and_fields_in_any_order_end_in_the_assessment(name: str, seed: int) -> None:
    rng = random.Random(seed)
    dossier = family(rng)
    found = engine(name).assess(dossier)
    own, *_ = dossier["units"]
    session = engine(name).open({**own, "evidence": {}}, period=PERIOD)
    steps = [recording(field, value) for field, value in own["evidence"].items()]
    steps += [recording_child(verdict) for verdict in found.verdicts[1:]]
    rng.shuffle(steps)
    play(session, steps)
    assert told(session.verdict, found) == told(found.verdict("xa-1"), found)


@often
@given(seeds, st.sampled_from(KINDS))
def test_what_was_recorded_may_be_corrected_and_taken_back(seed: int, kind: str) -> None:
    rng = random.Random(seed)
    evidence, other = (free_evidence(rng, kind, PERIOD) for _ in range(2))
    session = engine().open(unit_of(kind), period=PERIOD)
    for field, value in other.items():
        session.record(field, value)
    for field in [*other]:
        session.record(field, None)
    assert session.verdict == engine().evaluate(unit_of(kind), period=PERIOD)
    for field, value in evidence.items():
        session.record(field, value)
    assert session.verdict == engine().evaluate(unit_of(kind, **evidence), period=PERIOD)


def test_a_later_verdict_of_a_child_takes_the_place_of_the_earlier() -> None:
    own = {field: value for field, value in passing("xa").items() if not field.startswith("subunits_")}
    session = engine().open(unit_of("xa", **own), period=PERIOD)
    child = {**unit_of("kdc", **passing("kdc")), "parent": "xa-1"}
    worse = {**child, "evidence": {**child["evidence"], "registration_date": "absent"}}
    outcomes = []
    for unit in (worse, child):
        findings = session.record_child(engine().evaluate(unit, period=PERIOD))
        outcomes.append({finding.criterion: finding.outcome.value for finding in findings})
    assert outcomes == [
        {"tt124.xa.4.a": "fail", "tt124.xa.4.b": "not_applicable"},
        {"tt124.xa.4.a": "pass", "tt124.xa.4.b": "pass"},
    ]
    assert session.verdict.outcome is Outcome.PASS


REFUSED = [
    ("households_resident", -1, "out_of_range"),
    ("households_resident", "12", "wrong_type"),
    ("households_resident", True, "wrong_type"),
    ("households_registered", 202, "broken_constraint"),
    ("registration_date", "2025-02-30", "bad_date"),
    ("staff_total", 3, "unknown_field"),
    ("incidents", [{"type": "theft", "occurred_on": "2025-02-03"}], "unknown_choice"),
    ("crimes", [{"occurred_on": "2025-02-03"}], "missing_key"),
]


@pytest.mark.parametrize(("field", "value", "code"), REFUSED)
def test_a_refused_value_leaves_the_session_as_it_was(field: str, value: Any, code: str) -> None:
    session = engine().open(unit_of("kdc", **passing("kdc")), period=PERIOD)
    unit, verdict = session.unit, session.verdict
    with pytest.raises(EvidenceError) as caught:
        session.record(field, value)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert (session.unit, session.verdict) == (unit, verdict)
    assert session.verdict is verdict
    assert [finding.criterion for finding in session.record("new_hotspots", 1)] == ["tt124.kdc.4.c1"]


def child_of(parent: str | None, judge: Engine, period: int = PERIOD) -> Verdict:
    return judge.evaluate({**unit_of("kdc", **passing("kdc")), "parent": parent}, period=period)


FOREIGN = [
    (child_of("xa-2", engine()), "'kdc-1' of 2025 is not below 'xa-1' of 2025"),
    (child_of(None, engine()), "'kdc-1' of 2025 is not below 'xa-1' of 2025"),
    (child_of("xa-1", engine(), PERIOD - 1), "'kdc-1' of 2024 is not below 'xa-1' of 2025"),
    (child_of("xa-1", engine(yoy_mode="decrease")), "'kdc-1' was judged under another ruleset or other readings"),
    (replace(child_of("xa-1", engine()), standard="tt23.kdc"), "another ruleset"),
    (replace(child_of("xa-1", engine()), kind="thon"), "another ruleset"),
]


@pytest.mark.parametrize(("verdict", "words"), FOREIGN)
def test_a_verdict_from_elsewhere_is_refused(verdict: Verdict, words: str) -> None:
    session = engine().open(unit_of("xa", **passing("xa")), period=PERIOD)
    before = session.verdict
    with pytest.raises(EvidenceError) as caught:
        session.record_child(verdict)
    assert [fault.code for fault in caught.value.faults] == ["not_a_child"]
    assert words in str(caught.value)
    assert session.verdict is before
    assert session.record("new_hotspots", 0) == ()


def test_a_child_that_another_level_manages_changes_nothing() -> None:
    session = engine().open(unit_of("xa", **passing("xa")), period=PERIOD)
    child = {**unit_of("csgd"), "parent": "xa-1", "managing_level": "tinh"}
    assert session.record_child(engine().evaluate(child, period=PERIOD)) == ()


def test_names_and_parents_are_compared_in_one_form() -> None:
    commune = {**unit_of("xa", **passing("xa")), "id": unicodedata.normalize("NFD", "xã-Mỹ-Đức")}
    session = engine().open(commune, period=PERIOD)
    child = {**unit_of("kdc"), "parent": unicodedata.normalize("NFC", "xã-Mỹ-Đức")}
    assert session.record_child(engine().evaluate(child, period=PERIOD))


def test_a_session_opens_on_sound_evidence_of_a_judged_kind_only() -> None:
    with pytest.raises(EvidenceError, match="tinh"):
        engine().open(unit_of("tinh"), period=PERIOD)
    with pytest.raises(EvidenceError, match="out of range"):
        engine().open(unit_of("kdc", new_hotspots=-1), period=PERIOD)
