"""What holds of every dossier: order never matters, knowledge never overturns, engines write the same bytes."""

import copy
import json
import random
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antq_rules import Assessment, load_dossier
from antq_rules.assessment.document import verdict_row
from antq_rules.evidence.measuring import compile_truth
from antq_rules.model.expression import Compare, FieldValue, Linear, Literal
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED
from tests.judged import PERIOD, dossier_of, engine, needs_durable, passing
from tests.random_dossiers import GROUPS, free_evidence, random_dossier, random_previous

Evidence = dict[str, Any]
Dossier = dict[str, Any]

seeds = st.integers(0, 10**9)
randoms = seeds.map(random.Random)
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rows(found: Assessment) -> dict[str, str]:
    """Each verdict as the result writes it, by the unit's id."""
    return {
        verdict.unit: json.dumps(verdict_row(verdict, found.plan.ruleset.id), ensure_ascii=False)
        for verdict in found.verdicts
    }


def dossiers(units: int = 14) -> st.SearchStrategy[Dossier]:
    """Random dossiers, bad units, regions and whole families among them."""
    return seeds.map(lambda seed: random_dossier(seed, units))


# ---------------------------------------------------------------------------------------------------------
# Order and form


def shuffled(value: Any, rng: random.Random, *, lists: bool = False) -> Any:
    """The same mapping with its keys, at every depth, in another order."""
    if isinstance(value, dict):
        items = [(key, shuffled(item, rng)) for key, item in value.items()]
        rng.shuffle(items)
        return dict(items)
    return [shuffled(item, rng) for item in value] if isinstance(value, list) else value


@often
@given(dossiers(), randoms)
def test_the_order_of_units_and_fields_never_matters(dossier: Dossier, rng: random.Random) -> None:
    first = engine().assess(dossier)
    other = shuffled(dossier, rng)
    rng.shuffle(other["units"])
    second = engine().assess(other)
    assert rows(first) == rows(second)
    assert first.input_sha256 == second.input_sha256
    assert {one.unit for one in first.rejected} == {one.unit for one in second.rejected}
    in_order = [unicodedata.normalize("NFC", str(unit.get("id"))) for unit in other["units"]]
    places = [in_order.index(verdict.unit) for verdict in second.verdicts]
    assert places == sorted(places)


@often
@given(dossiers(), randoms)
def test_the_order_of_rows_and_choices_never_matters(dossier: Dossier, rng: random.Random) -> None:
    other = copy.deepcopy(dossier)
    for unit in other["units"]:
        evidence = unit.get("evidence")
        for value in evidence.values() if isinstance(evidence, dict) else ():
            if isinstance(value, list):
                rng.shuffle(value)
    outcomes = [
        {verdict.unit: (verdict.outcome, verdict.outcomes) for verdict in engine().assess(one).verdicts}
        for one in (dossier, other)
    ]
    assert outcomes[0] == outcomes[1]


def decomposed(value: Any) -> Any:
    """The same text in Unicode NFD, keys too."""
    if isinstance(value, dict):
        return {decomposed(key): decomposed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decomposed(item) for item in value]
    return unicodedata.normalize("NFD", value) if isinstance(value, str) else value


@often
@given(dossiers())
def test_the_form_of_letters_never_matters(dossier: Dossier) -> None:
    assert engine().assess(dossier).to_json() == engine().assess(decomposed(dossier)).to_json()


@settings(often, max_examples=25)
@given(dossiers(8))
def test_yaml_and_json_give_the_same_hash_and_the_same_verdicts(
    tmp_path_factory: pytest.TempPathFactory, dossier: Dossier
) -> None:
    folder = tmp_path_factory.mktemp("forms")
    (folder / "d.json").write_text(json.dumps(dossier), encoding="utf-8")
    text = yaml.safe_dump(dossier, allow_unicode=True, sort_keys=False)
    (folder / "d.yaml").write_text(text, encoding="utf-8")
    first, second = (engine().assess(load_dossier(folder / name)) for name in ("d.json", "d.yaml"))
    assert first.input_sha256 == second.input_sha256 == engine().assess(dossier).input_sha256
    assert rows(first) == rows(second) == rows(engine().assess(dossier))


@needs_durable
@often
@given(seeds, st.booleans())
def test_the_engines_write_the_same_bytes(seed: int, before: bool) -> None:
    dossier = random_dossier(seed, 14)
    previous = random_previous(dossier, seed) if before else None
    scalar, durable = (engine(name).assess(dossier, previous=previous) for name in ("scalar", "durable"))
    assert scalar.to_json(passes=True) == durable.to_json(passes=True)


# ---------------------------------------------------------------------------------------------------------
# What becomes known


def filled(rng: random.Random, unit: dict[str, Any], share: float) -> dict[str, Any]:
    """The unit with some of what it leaves open filled in, fields and cells of records; it announces no children."""
    kind, evidence = unit["kind"], dict(unit.get("evidence", {}))
    for name, value in free_evidence(rng, kind, PERIOD).items():
        if name not in evidence and rng.random() < share:
            evidence[name] = value
    for name, value in evidence.items():
        bare = value["value"] if isinstance(value, dict) else value
        if isinstance(bare, list) and any(isinstance(row, dict) for row in bare):
            told = [told_of(rng, name, row, share) for row in bare]
            evidence[name] = {**value, "value": told} if isinstance(value, dict) else told
    if kind == "xa" and rng.random() < share:
        total = evidence.get("subunits_total")
        for name in ("subunits_registered", "subunits_recognised"):
            evidence.setdefault(name, rng.randint(0, total if isinstance(total, int) else 30))
    return {**unit, "evidence": evidence}


COLUMNS = {
    "crimes": ("force_majeure", "detected_promptly", "consequences_mitigated", "reported_immediately"),
    "accidents": ("force_majeure",),
    "movement_models": ("active", "effective"),
}


def told_of(rng: random.Random, name: str, row: Evidence, share: float) -> Evidence:
    """A record with some of its open cells filled in."""
    open_cells = [column for column in COLUMNS.get(name, ()) if column not in row and rng.random() < share]
    return {**row, **{column: rng.random() < 0.5 for column in open_cells}}


def overturned(before: Assessment, after: Assessment) -> Iterator[tuple[str, str]]:
    """Passes and fails that did not stay.

    A unit that turns out to lie outside the scope has no findings any more, and says nothing of the others.
    """
    later = {verdict.unit: verdict for verdict in after.verdicts}
    for verdict in before.verdicts:
        now = later.get(verdict.unit)
        if now is None or (now.scope is FAIL and verdict.scope is not FAIL):
            continue
        if verdict.outcome in (PASS, FAIL, NOT_APPLICABLE) and now.outcome is not verdict.outcome:
            yield verdict.unit, "verdict"
        for place, (old, new) in enumerate(zip(verdict.outcomes, now.outcomes, strict=True)):
            if old in (PASS, FAIL, NOT_APPLICABLE) and new is not old:
                yield verdict.unit, str(place)


def told(dossier: Dossier, rng: random.Random, share: float) -> Dossier:
    """The dossier with more known of its units; what would make a unit unsound is left out again."""
    refused = {one.unit for one in engine().assess(dossier).rejected}
    units = [
        unit if name_of(unit) in refused or unit["kind"] not in GROUPS else filled(rng, unit, share)
        for unit in dossier["units"]
    ]
    found = {one.unit for one in engine().assess({**dossier, "units": units}).rejected} - refused
    chosen = [old if name_of(old) in found else new for old, new in zip(dossier["units"], units, strict=True)]
    return {**dossier, "units": chosen}


def name_of(unit: dict[str, Any]) -> str:
    return unicodedata.normalize("NFC", str(unit.get("id")))


@settings(often, max_examples=100)
@given(dossiers(20), randoms, st.sampled_from([0.1, 0.4, 1.0]))
def test_what_becomes_known_overturns_no_pass_and_no_fail(dossier: Dossier, rng: random.Random, share: float) -> None:
    before, after = engine().assess(dossier), engine().assess(told(dossier, rng, share))
    assert list(overturned(before, after)) == []


@settings(often, max_examples=100)
@given(seeds)
def test_neither_do_announced_children_that_arrive(seed: int) -> None:
    rng = random.Random(seed)
    dossier = family(rng, children=rng.randint(1, 6), announced=rng.choice([None, 5, 8]))
    before = engine().assess(dossier)
    total = dossier["units"][0]["evidence"].get("subunits_total", 0)
    for number in range(max(0, total - count_in_scope(before))):
        dossier["units"].append(child(rng, 100 + number))
        after = engine().assess(dossier)
        assert list(overturned(before, after)) == []


def family(rng: random.Random, children: int, announced: int | None) -> Dossier:
    """A commune and its children, some of whom may lie outside the scope."""
    own = passing("xa") if rng.random() < 0.5 else free_evidence(rng, "xa", PERIOD)
    own = {name: value for name, value in own.items() if not name.startswith("subunits_")}
    if announced is not None:
        own["subunits_total"] = announced
    return dossier_of(
        {"id": "xa-1", "kind": "xa", "evidence": own}, *(child(rng, number) for number in range(children))
    )


def child(rng: random.Random, number: int) -> dict[str, Any]:
    kind = rng.choice(["kdc", "coquan", "dn", "csgd"])
    evidence = passing(kind) if rng.random() < 0.5 else free_evidence(rng, kind, PERIOD)
    if rng.random() < 0.2:
        evidence["registration_date"] = "absent"
    return {"id": f"child-{number}", "kind": kind, "parent": "xa-1", "evidence": evidence}


def count_in_scope(found: Assessment) -> int:
    """Children that are, or may be, in scope."""
    return sum(verdict.scope is not FAIL for verdict in found.verdicts if verdict.kind != "xa")


# ---------------------------------------------------------------------------------------------------------
# More of what is asked for

AT_LEAST = {
    "tt124.xa.1.d": ("xa", "movement_models"),
    "tt124.cqdn.1.f": ("dn", "movement_models"),
    "tt124.csgd.1.f": ("csgd", "movement_models"),
    "tt124.cqdn.5.a": ("coquan", "subunits_titled_or_well"),
    "tt124.csgd.6.a": ("csgd", "subunits_titled_or_well"),
    "tt124.kdc.5.a": ("kdc", "grassroots_force_rating"),
    "tt124.cqdn.4.a": ("dn", "guard_force_rating"),
    "tt124.xa.4.b": ("xa", "subunits_recognised"),
    "tt124.kdc.4.a": ("kdc", "crime_cases_prev"),
}
RATINGS = ["not_completed", "completed", "well", "excellent"]


def raised(rng: random.Random, value: Any) -> Any:
    """More of the same: a greater count, a better rating, a longer list."""
    if isinstance(value, list):
        return [*value, {"active": rng.random() < 0.5, "effective": rng.random() < 0.5}]
    if isinstance(value, str):
        return rng.choice(RATINGS[RATINGS.index(value) :])
    return value + rng.choice([1, 2, 10])


@pytest.mark.parametrize("criterion", AT_LEAST)
@settings(often, max_examples=40)
@given(seeds)
def test_more_of_it_never_turns_a_pass_into_a_fail(criterion: str, seed: int) -> None:
    rng = random.Random(seed)
    kind, field = AT_LEAST[criterion]
    evidence = passing(kind) | free_evidence(rng, kind, PERIOD)
    outcomes = []
    for _ in range(3):
        found = engine().assess(dossier_of({"id": "u", "kind": kind, "evidence": evidence}))
        if not found.verdicts:
            break  # More than its whole.
        outcomes.append(found.verdicts[0].finding(criterion).outcome)
        evidence = {**evidence, field: raised(rng, evidence[field])}
    assert outcomes == sorted(outcomes, key=[FAIL, UNDETERMINED, PASS, NOT_APPLICABLE].index)


numbers = st.integers(0, 20)
unknown_or_number = st.none() | numbers


@given(
    st.lists(st.tuples(st.integers(1, 5), unknown_or_number), min_size=1, max_size=4),
    st.integers(-5, 60),
    st.data(),
)
def test_a_sum_that_is_enough_stays_enough_as_a_part_grows(
    parts: list[tuple[int, int | None]], least: int, data: st.DataObject
) -> None:
    fields = [FieldValue(str(place), 0, 20) for place in range(len(parts))]
    terms = tuple((factor, field) for (factor, _), field in zip(parts, fields, strict=True))
    test = compile_truth(Compare("at_least", ">=", Linear(terms), Literal(least)))
    values = {str(place): value for place, (_, value) in enumerate(parts) if value is not None}
    grown = {name: data.draw(st.integers(value, 25)) for name, value in values.items()}
    ladder = [FAIL, UNDETERMINED, PASS]
    assert ladder.index(test(grown)) >= ladder.index(test(values))
