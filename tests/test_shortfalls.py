"""A shortfall, made up, makes its criterion pass; nothing smaller does; where it is impossible nothing does."""

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any, cast

import pytest

from antq_rules import Dossier, Outcome, Shortfall, Unit, apply
from antq_rules.assessment.judging import UnitTelling
from antq_rules.engine import as_dossier
from antq_rules.evidence.measuring import Children, ChildState
from antq_rules.model.outcome import FAIL, PASS
from tests import oracle
from tests.judged import PERIOD, assessed, dossier_of, engine, judged_units, passing, unit_of
from tests.lacking import Lacking, lacking, outcome_in, outcome_with
from tests.random_dossiers import free_evidence

UNITS = 900
READINGS: list[dict[str, str]] = [
    {},
    {"yoy_scope": "total", "quarter_scope": "resolution_only"},
    {"yoy_mode": "decrease", "force_majeure_scope": "last_limb", "mixed_primary_school": "out_of_scope"},
    {"yoy_mode": "decrease", "yoy_scope": "total", "discipline_limb": "every_limb"},
]

Evidence = dict[str, Any]


@cache
def random_lacking(reading: int) -> list[Lacking]:
    """Such findings of random units under one set of readings."""
    units = UNITS if reading == 0 else UNITS // 4
    return list(lacking(engine(**READINGS[reading]), judged_units(20 + reading, units)[0]))


# ---------------------------------------------------------------------------------------------------------
# The property


@pytest.mark.parametrize("reading", range(len(READINGS)))
def test_made_up_in_order_they_make_the_criterion_pass(reading: int) -> None:
    judge = engine(**READINGS[reading])
    possible = [case for case in random_lacking(reading) if case.possible]
    assert len(possible) > 200
    assert [str(case) for case in possible if outcome_with(judge, case, *case.shortfalls) is not PASS] == []


@pytest.mark.parametrize("reading", range(len(READINGS)))
def test_every_finding_that_does_not_pass_names_one(reading: int) -> None:
    assert [str(case) for case in random_lacking(reading) if not case.shortfalls] == []


@pytest.mark.parametrize("reading", range(len(READINGS)))
def test_each_option_is_enough(reading: int) -> None:
    judge = engine(**READINGS[reading])
    found, wrong = 0, []
    for case in random_lacking(reading):
        for place, shortfall in enumerate(case.shortfalls):
            for option in shortfall.options if case.possible else ():
                chosen = [*case.shortfalls]
                chosen[place] = replace(shortfall, options=(option,))
                found += 1
                if outcome_with(judge, case, *chosen) is not PASS:
                    wrong.append((str(case), option))
    assert found > 10
    assert wrong == []


# ---------------------------------------------------------------------------------------------------------
# Nothing smaller is enough


def one_less(shortfall: Shortfall) -> Shortfall | None:
    """The shortfall with its difference reduced by one; None where nothing is left of it."""
    if shortfall.by == 1:
        return None
    assert shortfall.by is not None
    if shortfall.kind == "children" or shortfall.record is not None:
        return replace(shortfall, by=shortfall.by - 1)
    if isinstance(shortfall.need, list):
        further = [one for one in shortfall.need if one not in shortfall.have]
        return replace(shortfall, need=[one for one in shortfall.need if one != further[0]])
    return replace(shortfall, need=shortfall.need + (1 if shortfall.need < shortfall.have else -1))


@pytest.mark.parametrize("reading", range(len(READINGS)))
def test_one_less_is_not_enough(reading: int) -> None:
    judge = engine(**READINGS[reading])
    found, wrong = set(), []
    for case in random_lacking(reading):
        for place, shortfall in enumerate(case.shortfalls):
            if shortfall.by is None or not case.possible or case.twins:
                continue
            less = one_less(shortfall)
            others = [*case.shortfalls[:place], *([less] if less else []), *case.shortfalls[place + 1 :]]
            found.add(shortfall.kind)
            if outcome_with(judge, case, *others) is PASS:
                wrong.append(str(case))
    assert found == {"add", "reduce", "children"}
    assert wrong == []


def test_a_change_that_is_not_needed_is_not_named() -> None:
    wrong = []
    for case in random_lacking(0):
        for place in range(len(case.shortfalls)):
            others = [*case.shortfalls[:place], *case.shortfalls[place + 1 :]]
            if case.possible and outcome_with(engine(), case, *others) is PASS:
                wrong.append(str(case))
    assert wrong == []


def test_no_choice_of_fewer_children_is_enough() -> None:
    found = 0
    for verdict in assessed(5, 3_000).verdicts:
        if verdict.kind != "xa":
            continue
        values = cast(UnitTelling, verdict.telling).values
        children: Children = values["children:subunits"]
        announced = values.get("subunits_total")
        for finding, test in zip(verdict.findings[-2:], (all_register, enough_recognised), strict=True):
            for shortfall in (reason.shortfall for reason in finding.reasons):
                if shortfall is not None and shortfall.kind == "children":
                    assert isinstance(shortfall.by, int)
                    assert shortfall.need - shortfall.have == shortfall.by
                    assert not any(
                        test(announced, fewer) == oracle.PASS
                        for fewer in raised(children, announced, shortfall.by - 1, shortfall.level == "recognised")
                    )
                    found += 1
    assert found > 150


def all_register(announced: int | None, children: list[oracle.Child]) -> str:
    return oracle.all_children_register({"subunits_total": announced}, children)


def enough_recognised(announced: int | None, children: list[oracle.Child]) -> str:
    return oracle.enough_children_recognised({"subunits_total": announced}, children)


KNOWN = {PASS: True, FAIL: False}


def raised(children: Children, announced: int | None, by: int, recognised: bool) -> Iterator[list[oracle.Child]]:
    """Every way to raise so many children in scope, or bring in announced ones, as the oracle sees children."""
    lifted = oracle.Child(True, True, True if recognised else None)
    states: list[tuple[ChildState | None, int]] = [
        (state, count) for state, count in children.counts.items() if state.in_scope is not FAIL
    ]
    states.append((None, max(0, (announced or 0) - sum(children.counts.values()))))
    fixed = [
        seen for state, count in children.counts.items() if state.in_scope is FAIL for seen in [child(state)] * count
    ]
    for takes in product(*(range(min(count, by) + 1) for _, count in states)):
        if sum(takes) == by:
            rest = [
                child(state)
                for (state, count), taken in zip(states, takes, strict=True)
                if state is not None
                for _ in range(count - taken)
            ]
            yield [*fixed, *rest, *[lifted] * by]


def child(state: ChildState) -> oracle.Child:
    return oracle.Child(KNOWN.get(state.in_scope), KNOWN.get(state.registered), KNOWN.get(state.recognised))


# ---------------------------------------------------------------------------------------------------------
# Where it is impossible


@cache
def pool(kind: str) -> dict[str, list[Any]]:
    """Values of each field, as found in random units of a kind."""
    rng = random.Random(kind)
    found: dict[str, list[Any]] = {}
    for _ in range(150):
        for name, value in free_evidence(rng, kind, PERIOD).items():
            values = found.setdefault(name, [])
            if value not in values and len(values) < 12:
                values.append(value)
    return found


def other_values(kind: str, name: str, have: Any) -> Iterator[Any]:
    """What a field may become: anything where it is unknown; dates and what is recorded of events stand."""
    have = have["value"] if isinstance(have, dict) else have
    known = pool(kind).get(name, [])
    if have is None:
        yield from (0, 1, True, False, [], "2025-01-01", *known)
    elif isinstance(have, bool) or not isinstance(have, int | str | list):
        yield not have
    elif isinstance(have, int):
        yield from (0, have + 1, max(0, have - 1), *known)
    elif isinstance(have, str):
        yield from () if name.endswith("_date") else known
    elif any(isinstance(row, dict) for row in have):
        yield from ([*have, *rows] for rows in known)
        for place, row in enumerate(have):
            for column in ("force_majeure", "detected_promptly", "active", "effective"):
                for value in (True, False) if column not in row else ():
                    yield [*have[:place], {**row, column: value}, *have[place + 1 :]]
    else:
        yield from known


@pytest.mark.parametrize("reading", range(len(READINGS)))
def test_where_it_is_impossible_no_single_change_is_enough(reading: int) -> None:
    judge = engine(**READINGS[reading])
    tried, wrong = 0, []
    for case in random_lacking(reading):
        if case.possible:
            continue
        kind, evidence = case.unit["kind"], case.unit.get("evidence", {})
        (planned,) = [
            one
            for standard in judge.plan(PERIOD).standards.values()
            for one in standard.criteria
            if one.id == case.finding.criterion
        ]
        for name in sorted(planned.fields):
            for value in other_values(kind, name, evidence.get(name)):
                changed = {**case.unit, "evidence": {**evidence, name: value}}
                try:
                    outcome = outcome_in(judge, Dossier.of([changed], PERIOD), case)
                except KeyError:
                    continue  # Refused.
                tried += 1
                if outcome is PASS:
                    wrong.append((str(case), name, value))
    assert tried > 200
    assert wrong == []


# ---------------------------------------------------------------------------------------------------------
# Examples


def shortfall_for(criterion: str, dossier: dict[str, Any], **readings: str) -> dict[str, Any]:
    """The one shortfall of a criterion of the first unit."""
    unit = dossier["units"][0]["id"]
    (reason,) = engine(**readings).assess(dossier).verdict(unit).finding(criterion).reasons
    assert reason.shortfall is not None
    return reason.shortfall.to_mapping()


def alone(kind: str, **evidence: Any) -> dict[str, Any]:
    """A dossier of one unit that would pass but for this evidence; None takes a field away."""
    return dossier_of(unit_of(kind, **passing(kind) | evidence))


def commune_of(recognised: int, others: int, **evidence: Any) -> dict[str, Any]:
    """A commune with areas that pass and areas that are registered and fail."""
    own = {name: value for name, value in passing("xa").items() if not name.startswith("subunits_")}
    areas: list[dict[str, Any]] = [
        {"id": f"kdc-{number}", "kind": "kdc", "parent": "xa-1", "evidence": passing("kdc")}
        for number in range(recognised + others)
    ]
    for area in areas[recognised:]:
        area["evidence"]["new_hotspots"] = 1
    return dossier_of(unit_of("xa", **own | evidence), *areas)


def change(kind: str, field: str, have: Any, need: Any, by: int | None = None) -> dict[str, Any]:
    row = {"kind": kind, "field": field, "have": have, "need": need}
    return row if by is None else {**row, "by": by}


EXAMPLES = [
    (
        "tt124.kdc.1.c",
        alone("kdc", households_resident=201, households_registered=200),
        change("add", "households_registered", 200, 201, 1),
    ),
    (
        "tt124.xa.4.b",
        alone("xa", subunits_total=25, subunits_registered=25, subunits_recognised=16),
        change("add", "subunits_recognised", 16, 18, 2),
    ),
    (
        "tt124.xa.4.b",
        commune_of(16, 9),
        {"kind": "children", "children": "subunits", "level": "recognised", "have": 16, "need": 18, "by": 2},
    ),
    (
        "tt124.xa.4.b",
        commune_of(6, 0, subunits_total=10),
        {"kind": "children", "children": "subunits", "level": "recognised", "have": 6, "need": 7, "by": 1},
    ),
    (
        "tt124.cqdn.5.a",
        alone("dn", subunits_eligible=10, subunits_titled_or_well=6),
        change("add", "subunits_titled_or_well", 6, 7, 1),
    ),
    (
        "tt124.cqdn.5.b",
        alone("dn", staff_disciplined_warning_plus=3),
        change("reduce", "staff_disciplined_warning_plus", 3, 0, 3),
    ),
    (
        "tt124.kdc.2",
        alone("kdc", policy_implementation_full=None),
        change("provide", "policy_implementation_full", None, True),
    ),
    ("tt124.kdc.1.a", alone("kdc", party_resolution_date="absent"), {"kind": "impossible"}),
    ("tt124.kdc.1.a", alone("kdc", party_resolution_date="2025-04-01"), {"kind": "impossible"}),
    (
        "tt124.kdc.1.a",
        alone("kdc", party_resolution_date=None),
        change("provide", "party_resolution_date", None, "2025-01-01"),
    ),
    (
        "tt124.kdc.3.a",
        alone("kdc", incidents=[{"type": "anti_state", "occurred_on": "2025-02-03"}]),
        {"kind": "impossible"},
    ),
    ("tt124.kdc.3.a", alone("kdc", incidents=None), change("provide", "incidents", None, [])),
    (
        "tt124.kdc.4.d",
        alone("kdc", accidents=[{"kind": "serious_incident", "occurred_on": "2025-02-03"}]),
        change("provide", "accidents[0].force_majeure", None, True),
    ),
    (
        "tt124.xa.1.d",
        alone("xa", movement_models=[]),
        {**change("add", "movement_models", 0, 1, 1), "record": {"active": True, "effective": True}},
    ),
    # A number that is not known fits those beside it.
    ("tt124.kdc.1.c", alone("kdc", households_registered=None), change("provide", "households_registered", None, 201)),
    (
        "tt124.xa.4.b",
        alone("xa", subunits_registered=None, subunits_total=None),
        change("provide", "subunits_registered", None, 28),
    ),
    # What need not be known is not asked for.
    (
        "tt124.kdc.4.a",
        alone("kdc", crime_cases_curr=None, crime_cases_prev=None),
        change("provide", "crime_cases_curr", None, 0),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("criterion", "dossier", "expected"), EXAMPLES)
def test_examples(criterion: str, dossier: dict[str, Any], expected: dict[str, Any]) -> None:
    assert shortfall_for(criterion, dossier) == expected


def test_a_paper_that_is_to_exist_may_still_be_made() -> None:
    dossier = alone("coquan", security_plan_date="absent")
    found = shortfall_for("tt124.cqdn.1.b", dossier, quarter_scope="resolution_only")
    assert found == change("provide", "security_plan_date", "absent", "2024-11-16")


def test_one_of_two_is_a_choice() -> None:
    dossier = alone("dn", guard_force_title=False, guard_force_rating="completed")
    found = shortfall_for("tt124.cqdn.4.a", dossier)
    assert found == {
        "kind": "choose",
        "options": [
            [change("provide", "guard_force_title", False, True)],
            [change("provide", "guard_force_rating", "completed", "well")],
        ],
    }


# ---------------------------------------------------------------------------------------------------------
# Applying


def apply_to(evidence: Evidence, shortfall: Shortfall) -> Any:
    return dict(apply(Unit("kdc-1", "kdc", evidence=evidence), shortfall).evidence)


def test_a_copy_is_changed_and_documents_stay() -> None:
    evidence = {"new_hotspots": {"value": 2, "document": {"number": "7/BC"}, "note": "n"}}
    changed = apply_to(evidence, Shortfall("reduce", "new_hotspots", 2, 0, 2))
    assert changed == {"new_hotspots": {"value": 0, "document": {"number": "7/BC"}, "note": "n"}}
    assert evidence["new_hotspots"]["value"] == 2


def test_a_cell_of_a_record_is_changed_in_its_place() -> None:
    evidence = {"crimes": {"value": [{"grade": "serious"}, {"grade": "serious"}], "note": "n"}}
    changed = apply_to(evidence, Shortfall("provide", "crimes[1].force_majeure", None, True))
    assert changed["crimes"]["value"] == [{"grade": "serious"}, {"grade": "serious", "force_majeure": True}]


def test_records_are_added_to_those_there() -> None:
    shortfall = Shortfall("add", "movement_models", 0, 2, 2, record={"active": True})
    assert apply_to({"movement_models": [{"name": "x"}]}, shortfall) == {
        "movement_models": [{"name": "x"}, {"active": True}, {"active": True}]
    }
    wrapped = apply_to({"movement_models": {"value": [], "note": "n"}}, shortfall)
    assert wrapped == {"movement_models": {"value": [{"active": True}, {"active": True}], "note": "n"}}


@pytest.mark.parametrize("kind", ["impossible", "children"])
def test_what_one_unit_cannot_make_up_is_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=kind):
        apply(Unit("kdc-1", "kdc"), Shortfall(kind))


def test_an_engine_refuses_what_is_impossible_and_units_it_does_not_know() -> None:
    dossier = alone("kdc")
    with pytest.raises(ValueError, match="impossible"):
        engine().apply(dossier, "kdc-1", Shortfall("impossible"))
    with pytest.raises(KeyError, match="kdc-2"):
        engine().apply(dossier, "kdc-2", Shortfall("provide", "new_hotspots", None, 0))


def test_children_that_were_refused_or_never_handed_in_are_made() -> None:
    dossier = commune_of(1, 0, subunits_total=4)
    dossier["units"].append({"id": "dn-1", "kind": "dn", "parent": "xa-1", "evidence": {"staff_total": -1}})
    (reason,) = engine().assess(dossier).verdict("xa-1").finding("tt124.xa.4.a").reasons
    assert reason.shortfall is not None
    assert (reason.shortfall.have, reason.shortfall.need) == (1, 4)
    improved = engine().assess(engine().apply(dossier, "xa-1", reason.shortfall))
    assert improved.verdict("xa-1").finding("tt124.xa.4.a").outcome is PASS
    assert sorted(verdict.kind for verdict in improved.verdicts) == ["dn", "kdc", "kdc", "kdc", "xa"]


def test_children_may_be_made_one_by_one() -> None:
    dossier = as_dossier(commune_of(1, 0, subunits_total=4))
    for _ in range(3):
        (reason,) = engine().assess(dossier).verdict("xa-1").finding("tt124.xa.4.a").reasons
        assert reason.shortfall is not None
        dossier = engine().apply(dossier, "xa-1", replace(reason.shortfall, by=1))
    improved = engine().assess(dossier)
    assert improved.rejected == ()
    assert improved.verdict("xa-1").outcome is PASS


def test_a_child_out_of_scope_stays_there() -> None:
    dossier = commune_of(1, 1)
    agency: dict[str, Any] = {
        "id": "coquan-1",
        "kind": "coquan",
        "parent": "xa-1",
        "evidence": passing("coquan"),
    }
    agency["evidence"] |= {"is_armed_forces": True, "registration_date": "absent"}
    dossier["units"].append(agency)
    (reason,) = engine().assess(dossier).verdict("xa-1").finding("tt124.xa.4.b").reasons
    assert reason.shortfall is not None
    improved = engine().assess(engine().apply(dossier, "xa-1", reason.shortfall))
    assert improved.verdict("coquan-1").outcome is Outcome.NOT_APPLICABLE
    assert improved.verdict("xa-1").finding("tt124.xa.4.b").outcome is PASS
