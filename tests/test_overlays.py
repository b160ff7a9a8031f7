"""Overlays add, fill and tighten, and can do nothing else; together they come to one ruleset in any order."""

import copy
import datetime
import io
import json
import random
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from antq_rules import Assessment, Engine, Outcome, Ruleset
from antq_rules.errors import Fault, RulesetError
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.language.documents import OverlayShape
from antq_rules.language.loader import load_folder
from antq_rules.language.overlay import base_of, lay_overlays, load_overlay
from antq_rules.language.overlay_reading import REDEFINING
from antq_rules.located import parse_yaml
from antq_rules.model.expression import Literal
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED
from antq_rules.model.ruleset import Term
from antq_rules.plan.compiling import choose_readings, compile_ruleset
from antq_rules.reporters.ruleset_text import RulesetText
from tests.judged import ENGINES, PERIOD
from tests.random_dossiers import random_dossier
from tests.test_loader import mutant, steps_of

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "fixtures" / "invalid" / "overlays"
SOUND = ("overlay", "second", "third")
ORDER = {FAIL: 0, UNDETERMINED: 1, PASS: 2}
seeds = st.integers(0, 10**9)
often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def base() -> Ruleset:
    return load_folder(FOLDER / "base", "base")


def laid(*names: str) -> Ruleset:
    """The base with overlays of the fixtures laid over it, in this order."""
    return lay_overlays(base(), [(FOLDER / name, name) for name in names])


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


# ---------------------------------------------------------------------------------------------------------
# What is refused

FAULTS = parse_yaml((FOLDER / "faults.yaml").read_text(encoding="utf-8"), "faults.yaml").data["faults"]


def edited(edits: Iterable[Mapping[str, str]], folder: Path) -> None:
    """Copies of the base and its overlays with edits."""
    for name in ("base", *SOUND):
        shutil.copytree(FOLDER / name, folder / name)
    for edit in edits:
        file = folder / edit["file"]
        text = file.read_text(encoding="utf-8")
        assert text.count(edit["replace"]) == 1, edit
        file.write_text(text.replace(edit["replace"], edit["with"]), encoding="utf-8", newline="")


def faults_of(folder: Path, names: Iterable[str]) -> list[Fault]:
    """What laying overlays in this order finds wrong; nothing where they can be laid."""
    try:
        lay_overlays(load_folder(folder / "base", "base"), [(folder / name, name) for name in names])
    except RulesetError as error:
        return list(error.faults)
    return []


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row["name"])
def test_what_an_overlay_may_not_do_is_refused_with_its_place(row: dict[str, Any], tmp_path: Path) -> None:
    edited(row["edits"], tmp_path)
    names = ["overlay", "second"] if row.get("beside") else ["overlay"]
    faults = faults_of(tmp_path, names)
    found = [
        fault
        for fault in faults
        if fault.code == row["code"]
        and str(fault.place) == f"{row['file']}:{row['line']}:{row['column']}"
        and all(word in fault.text() for word in row["words"])
    ]
    told = "\n".join(map(str, faults)) or "nothing was found wrong"
    assert found, told
    assert row.get("faults", 1) in ("any", len(faults)), told
    assert all(fault.mending for fault in found)
    assert {str(fault) for fault in faults} == {str(fault) for fault in faults_of(tmp_path, names[::-1])}


def test_many_ways_to_loosen_are_tried() -> None:
    codes = [row["code"] for row in FAULTS]
    assert len(FAULTS) >= 70
    assert sum(code in ("loosened", "cannot_tighten", "redefined", "duplicate_id", "conflict") for code in codes) >= 35


def test_every_key_of_the_ruleset_is_out_of_reach(tmp_path: Path) -> None:
    assert not REDEFINING & set(OverlayShape.keys())
    for key in sorted(REDEFINING):
        folder = tmp_path / key
        edited([{"file": "third/overlay.yaml", "replace": "prefix: bp\n", "with": f"prefix: bp\n{key}: 1\n"}], folder)
        assert [fault.code for fault in faults_of(folder, ["third"])] == ["redefined"], key


def test_faults_of_all_overlays_come_in_one_pass(tmp_path: Path) -> None:
    edits = [
        {"file": "overlay/overlay.yaml", "replace": "share: {value: 8/10}", "with": "share: {value: 1/10}"},
        {"file": "overlay/overlay.yaml", "replace": "posts_needed: 5", "with": "posts_needed: -1"},
        {"file": "second/overlay.yaml", "replace": "id: hm.khu.1", "with": "id: mau.khu.1"},
        {"file": "third/overlay.yaml", "replace": "prefix: bp\n", "with": "prefix: bp\nwindow: {}\n"},
    ]
    edited(edits, tmp_path)
    found = faults_of(tmp_path, SOUND)
    assert [fault.code for fault in found] == ["loosened", "wrong_value", "duplicate_id", "redefined"]


def test_no_value_in_the_wrong_place_makes_the_reading_fail(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "overlay", tmp_path / "overlay")
    file = tmp_path / "overlay" / "overlay.yaml"
    data = parse_yaml(file.read_text(encoding="utf-8"), "overlay.yaml").data
    spots = list(steps_of(data))
    rng = random.Random(3)
    for _ in range(300):
        file.write_text(json.dumps(mutant(rng, data, rng.choice(spots)), default=float), encoding="utf-8")
        try:
            laid = lay_overlays(base(), [(tmp_path / "overlay", "o"), (FOLDER / "second", "second")])
            compile_ruleset(laid, PERIOD, choose_readings(laid, {}))
        except RulesetError as error:
            for fault in error.faults:
                assert fault.text()
                assert fault.place is not None


def test_a_folder_without_an_overlay_is_told(tmp_path: Path) -> None:
    assert base_of(tmp_path) is None
    with pytest.raises(RulesetError, match="cannot be read"):
        load_overlay(tmp_path, base())
    (tmp_path / "overlay.yaml").write_text("", encoding="utf-8")
    with pytest.raises(RulesetError, match="empty"):
        load_overlay(tmp_path, base())


# ---------------------------------------------------------------------------------------------------------
# Any order


def test_every_order_gives_the_same_ruleset() -> None:
    first = laid(*SOUND)
    assert [overlay.id for overlay in first.overlays] == ["mau-bien", "mau-huyen", "mau-tinh"]
    for order in permutations(SOUND):
        other = laid(*order)
        assert other == first
        assert other.combined_sha256 == first.combined_sha256
        assert list(other.fields) == list(first.fields)
    assert first.combined_sha256 != laid("overlay", "second").combined_sha256 != base().combined_sha256
    assert base().combined_sha256 == base().sha256 == first.sha256


def test_overlays_laid_one_after_the_other_are_laid_together() -> None:
    one_by_one = base()
    for name in SOUND:
        one_by_one = load_overlay(FOLDER / name, one_by_one)
    together = lay_overlays(base(), [(FOLDER / name, (FOLDER / name).as_posix()) for name in reversed(SOUND)])
    assert one_by_one == together
    assert together.national == base()


def test_no_overlay_changes_nothing() -> None:
    assert laid() is base()


def test_what_one_overlay_adds_says_so() -> None:
    found = laid("overlay")
    assert found.criterion("tm.khu.1").origin == "mau-tinh"
    assert found.criterion("mau.khu.1").origin == ""
    assert found.fields["groups_on_border"][0].origin == "mau-tinh"
    (change,) = found.parameters["least"].changes
    assert (change.origin, change.instrument.number) == ("mau-tinh", "02/QĐ-UBND")
    assert found.fillings["posts_needed"][0].measure == Literal(5)


# ---------------------------------------------------------------------------------------------------------
# Days in force


@pytest.mark.parametrize(
    ("name", "on", "value"),
    [
        ("share", "2023-12-31", "7/10"),
        ("share", "2024-01-01", "8/10"),
        ("share", "2024-12-31", "8/10"),
        ("share", "2025-01-01", "9/10"),
        ("share", "2025-12-31", "9/10"),
        ("share", "2026-01-01", "8/10"),
        ("share", "2027-12-31", "8/10"),
        ("share", "2028-01-01", "7/10"),
        ("least", "2022-12-31", "2"),
        ("least", "2024-12-31", "6"),
        ("least", "2025-01-01", "7"),
        ("least", "2026-01-01", "7"),
        ("least", "2027-12-31", "7"),
        ("least", "2028-01-01", "3"),
        ("most", "2023-12-31", None),
        ("most", "2024-01-01", "20"),
        ("most", "2026-01-01", "10"),
        ("most", "2028-01-01", "10"),
        ("rating_least", "2023-12-31", "1"),
        ("rating_least", "2025-12-31", "2"),
        ("rating_least", "2026-01-01", "1"),
    ],
)
def test_the_tighter_value_holds_on_each_day(name: str, on: str, value: str | None) -> None:
    wanted = None if value is None else Fraction(value)
    assert {laid(*order).parameters[name].at(day(on)) for order in permutations(SOUND)} == {wanted}


@pytest.mark.parametrize(
    ("on", "filled"),
    [("2024-12-31", ""), ("2025-01-01", "mau-tinh"), ("2025-12-31", "mau-tinh"), ("2026-01-01", "mau-huyen")],
)
def test_a_slot_is_filled_on_the_days_of_its_filling(on: str, filled: str) -> None:
    found = laid(*SOUND)
    measures = {one.origin: one.measure for one in found.fillings["staffing"]}
    assert found.filling("staffing", day(on)) == measures.get(filled)
    assert found.filling("no_such_slot", day(on)) is None


@pytest.mark.parametrize(
    ("period", "judged"),
    [
        (2023, ["hm.khu.1"]),
        (2024, ["hm.khu.1", "tm.khu.1", "tm.khu.2"]),
        (2025, ["bp.khu.1", "hm.khu.1", "tm.khu.1", "tm.khu.2"]),
        (2026, ["bp.khu.1", "hm.khu.1", "tm.khu.1"]),
        (2028, ["bp.khu.1", "hm.khu.1"]),
    ],
)
def test_a_criterion_is_judged_on_its_days_and_those_of_the_overlay(period: int, judged: list[str]) -> None:
    ruleset = laid(*SOUND)
    criteria = compile_ruleset(ruleset, period, choose_readings(ruleset, {})).standards["mau.khu"].criteria
    assert [one.id for one in criteria if one.criterion.origin] == judged


def test_terms_have_days_in_common() -> None:
    year = Term(day("2025-01-01"), day("2025-12-31"))
    assert year.common(Term()) == Term().common(year) == year
    assert year.common(Term(day("2025-12-31"))) == Term(day("2025-12-31"), day("2025-12-31"))
    assert year.common(Term(day("2026-01-01"))) is None


# ---------------------------------------------------------------------------------------------------------
# What it means for units


def outcome(ruleset: Ruleset, kind: str, evidence: dict[str, Any], engine: str = "scalar", **unit: Any) -> Outcome:
    judge = Engine(ruleset, engine=engine, language="en")
    return judge.evaluate({"id": "u", "kind": kind, "evidence": evidence, **unit}, period=PERIOD).outcome


AREA = {
    "size": 50, "total": 10, "done": 10, "meetings": 9, "complaints": 3, "members": 60, "posts": 5, "rating": "good",
    "households": 350, "plan_on": "2025-02-01", "teams": [{"members": 2, "homes": 100}, {"members": 1, "homes": 99}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("evidence", "unit", "before", "after"),
    [
        ({}, {"tags": []}, UNDETERMINED, UNDETERMINED),
        ({"meetings_prev": 9}, {"tags": []}, UNDETERMINED, UNDETERMINED),
        ({"meetings_prev": 9, "complaints": 21}, {"tags": []}, UNDETERMINED, FAIL),
        ({"meetings_prev": 10}, {"tags": []}, UNDETERMINED, FAIL),
        ({"meetings_prev": 9, "groups_on_border": 0}, {"tags": ["border"]}, UNDETERMINED, FAIL),
        ({"meetings_prev": 9, "teams": [{"members": 1, "homes": 100}]}, {"tags": []}, UNDETERMINED, FAIL),
        ({"meetings_prev": 9, "members": 3, "households": 350}, {"tags": []}, UNDETERMINED, FAIL),
        ({"meetings_prev": 9, "rating": "fair"}, {"tags": []}, UNDETERMINED, FAIL),
        ({"size": 9}, {}, NOT_APPLICABLE, NOT_APPLICABLE),
    ],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_units_are_judged_by_what_was_laid(
    evidence: dict[str, Any], unit: dict[str, Any], before: Outcome, after: Outcome, engine: str
) -> None:
    national = {name: value for name, value in evidence.items() if name in base().fields}
    assert outcome(base(), "khu", AREA | national, engine, **unit) is before
    assert outcome(laid("overlay"), "khu", AREA | evidence, engine, **unit) is after


def test_filled_slots_and_set_parameters_let_a_unit_pass(tmp_path: Path) -> None:
    # The reserve, which nobody fills otherwise, is the last thing that is open.
    edited(
        [{"file": "third/overlay.yaml", "replace": "slots: {reserve: posts}", "with": "slots: {reserve: 0}"}], tmp_path
    )
    ruleset = lay_overlays(base(), [(tmp_path / name, name) for name in ("overlay", "third")])
    assert outcome(ruleset, "khu", AREA | {"meetings_prev": 9}, tags=[]) is PASS
    assert outcome(ruleset, "khu", AREA | {"meetings_prev": 9, "members": 3}, tags=[]) is FAIL


@pytest.mark.parametrize(
    ("evidence", "before", "after"),
    [
        ({"cameras": 2, "guards": 0}, PASS, PASS),
        ({"cameras": 1, "guards": 0}, PASS, FAIL),
        ({"cameras": 0, "guards": 1}, PASS, FAIL),
        ({"guards": 1}, PASS, UNDETERMINED),
        ({"cameras": 0, "guards": 0}, FAIL, FAIL),
    ],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_an_added_criterion_is_asked_besides_where_some_of_the_national_ones_suffice(
    evidence: dict[str, Any], before: Outcome, after: Outcome, engine: str
) -> None:
    assert outcome(base(), "diem", evidence, engine) is before
    assert outcome(laid("overlay"), "diem", evidence, engine) is after


def test_an_added_criterion_does_not_count_among_those_met(tmp_path: Path) -> None:
    edited(
        [{"file": "overlay/overlay.yaml", "replace": "share: {value: 8/10}", "with": "needed: {value: 2}"}], tmp_path
    )
    ruleset = lay_overlays(base(), [(tmp_path / "overlay", "overlay")])
    assert outcome(ruleset, "diem", {"cameras": 2, "guards": 0}) is FAIL
    assert outcome(ruleset, "diem", {"cameras": 2, "guards": 1}) is PASS


@pytest.mark.parametrize("engine", ENGINES)
def test_an_added_criterion_makes_nothing_of_a_unit_to_which_no_national_one_applies(
    engine: str, tmp_path: Path
) -> None:
    edits = [
        {
            "file": "base/standards/diem.yaml",
            "replace": f"    require: {{at_least: [{name}, 1]}}\n",
            "with": f"    applies_when: {{tagged: coastal}}\n    require: {{at_least: [{name}, 1]}}\n",
        }
        for name in ("cameras", "guards")
    ]
    edited(edits, tmp_path)
    for decide in ("decide: {at_least_met: {param: needed}}\n", ""):
        file = tmp_path / "base" / "standards" / "diem.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("decide: {at_least_met: {param: needed}}\n", decide), encoding="utf-8")
        national = load_folder(tmp_path / "base")
        ruleset = lay_overlays(national, [(tmp_path / "overlay", "overlay")])
        for judged in (national, ruleset):
            for cameras in (1, 2):
                unit = {"id": "u", "kind": "diem", "tags": [], "evidence": {"cameras": cameras, "guards": 1}}
                verdict = Engine(judged, engine=engine).evaluate(unit, period=PERIOD)
                assert verdict.outcome is NOT_APPLICABLE, (decide, cameras)


# ---------------------------------------------------------------------------------------------------------
# No unit's outcome gets better

NATIONAL = "tt-124-2021"
KINDS = {
    "tt124.kdc": ("kdc",),
    "tt124.xa": ("xa",),
    "tt124.cqdn": ("coquan", "dn"),
    "tt124.csgd": ("csgd",),
}
TAGS = ("border", "coastal", "island", "urban", "complex_list")
COUNTS = {
    "tt124.kdc": ("new_hotspots", "households_registered", "crime_cases_curr", "grassroots_force_disciplined"),
    "tt124.xa": ("new_hotspots", "crime_cases_curr", "police_disciplined", "subunits_total"),
    "tt124.cqdn": ("staff_total", "staff_briefed", "subunits_eligible", "guard_disciplined_warning_plus"),
    "tt124.csgd": ("learners_total", "learners_briefed", "school_violence_cases", "staff_total"),
}
TITLE = {"vi": "tiêu chí", "en": "criterion"}
INSTRUMENT = {"number": "01/QĐ", "issuer": "UBND"}


@cache
def national() -> Ruleset:
    return find_ruleset(NATIONAL)


@cache
def judge_of(ruleset_id: str) -> Engine:
    return Engine(ruleset_id, engine="scalar", language="en")


def some_days(rng: random.Random) -> dict[str, str]:
    """Days in force that begin or end about the end of a window, or lie beside it, or are open."""
    edges = ["2024-12-31", "2025-01-01", "2025-10-31", "2025-11-01", "2025-11-15", "2025-11-16", "2026-01-01"]
    roll = rng.random()
    if roll < 0.6:
        return {}
    if roll < 0.75:
        return {"from": rng.choice(edges)}
    if roll < 0.9:
        return {"to": rng.choice(edges)}
    first, last = sorted(rng.sample(edges, 2))
    return {"from": first, "to": last}


def random_condition(
    rng: random.Random, standard: str, own: list[str], depth: int = 2, *, straight: bool = True
) -> Any:
    """A condition on fields of the standard's kinds, national ones and the overlay's own.

    Units below are read only where more of them can but help (``straight``); else a further overlay could not be laid.
    """
    roll = rng.random()
    if depth and roll < 0.35:
        sort = rng.choice(["all", "any", "not", "at_least_k", "applies_when"])
        here = straight and sort != "not"
        parts = [random_condition(rng, standard, own, depth - 1, straight=here) for _ in range(rng.choice([1, 2, 3]))]
        if sort == "applies_when":
            applies = random_condition(rng, standard, own, 0, straight=False)
            return {"applies_when": applies, "require": parts[0]}
        return {sort: {"k": 1, "of": parts} if sort == "at_least_k" else parts[0] if sort == "not" else parts}
    fields = [*COUNTS[standard], *own]
    one, other = rng.sample(fields, 2)
    atoms: list[Any] = [
        {"at_least": [one, rng.choice([0, 1, 3])]},
        {"at_most": [one, rng.choice([0, 1, 40])]},
        {"at_least": [one, other]},
        {"share_at_least": {"of": one, "among": other, "ratio": "1/2"}},
        {"tagged": rng.choice(TAGS)},
        {"documented": "registration_date"},
        {"dated_within": ["registration_date", "first_quarter"]},
        {"none_of": {"records": "accidents", "where": {"equal": ["kind", "serious_incident"]}}},
        "policy_implementation_full",
    ]
    if standard == "tt124.xa" and straight:
        of, among = rng.choice([("recognised", "registered"), ("registered", "in_scope"), ("recognised", "in_scope")])
        atoms.append({"share_at_least": {"children": "subunits", "of": of, "among": among, "ratio": "9/10"}})
    return rng.choice(atoms)


def random_overlay(rng: random.Random, number: int) -> dict[str, Any]:
    """A sound overlay of the national ruleset that tightens, adds fields and adds criteria."""
    prefix = f"p{number}"
    tighten = {
        "recognised_share": rng.choice(["7/10", "3/4", "8/10", "9/10", "1/1"]),
        "subunit_share": rng.choice(["7/10", "8/10", "1/1"]),
        "min_effective_models": rng.choice([1, 2, 3]),
    }
    fields: dict[str, Any] = {}
    criteria: dict[str, Any] = {}
    for standard, kinds in KINDS.items():
        own = [f"{prefix}_{standard.removeprefix('tt124.')}_{index}" for index in range(2)]
        fields |= {name: {"kinds": list(kinds), "type": "integer", "range": [0, 50], "title": TITLE} for name in own}
        criteria[standard] = [
            {
                "id": f"{prefix}.{standard}.{index}",
                "title": TITLE,
                "citation": {"article": index},
                "require": random_condition(rng, standard, own),
                **({"applies_when": {"tagged": rng.choice(TAGS)}} if rng.random() < 0.4 else {}),
            }
            for index in range(rng.choice([0, 1, 1, 2]))
        ]
    rows = {name: {"value": value, "in_force": some_days(rng)} for name, value in tighten.items() if rng.random() < 0.5}
    return {
        "overlay": f"random-{number}", "base": NATIONAL, "version": "1", "title": TITLE, "instrument": INSTRUMENT,
        "prefix": prefix, "tighten": rows, "fields": fields, "criteria": criteria,
    }  # fmt: skip


def lay_data(ruleset: Ruleset, overlays: Iterable[Mapping[str, Any]]) -> Ruleset:
    """The ruleset with overlays laid over it that are given as data."""
    with tempfile.TemporaryDirectory() as name:
        folders = []
        for overlay in overlays:
            folder = Path(name) / overlay["overlay"]
            folder.mkdir()
            (folder / "overlay.yaml").write_text(json.dumps(overlay), encoding="utf-8")
            folders.append((folder, overlay["overlay"]))
        return lay_overlays(ruleset, folders)


def with_local_evidence(rng: random.Random, dossier: dict[str, Any], overlays: list[dict[str, Any]]) -> dict[str, Any]:
    """The dossier with values for some of the fields that overlays add, and with tags."""
    result = copy.deepcopy(dossier)
    for unit in result["units"]:
        if isinstance(unit.get("evidence"), dict):
            for overlay in overlays:
                for name, field in overlay["fields"].items():
                    if unit.get("kind") in field["kinds"] and rng.random() < 0.8:
                        unit["evidence"][name] = rng.choice([0, 1, 2, 40])
    return result


def tagged(rng: random.Random, dossier: dict[str, Any]) -> dict[str, Any]:
    """The dossier with tags of the ruleset at most units."""
    result = copy.deepcopy(dossier)
    for unit in result["units"]:
        if rng.random() < 0.8:
            unit["tags"] = rng.sample(TAGS, rng.randint(0, 2))
    return result


def better(before: Assessment, after: Assessment) -> Iterator[str]:
    """Where the second assessment is kinder than the first, to a unit or in a national criterion."""
    assert [verdict.unit for verdict in before.verdicts] == [verdict.unit for verdict in after.verdicts]
    for old, new in zip(before.verdicts, after.verdicts, strict=True):
        if is_better(old.outcome, new.outcome):
            yield f"{old.unit}: {old.outcome.value} became {new.outcome.value}"
        findings = {one.criterion: one.outcome for one in new.findings}
        for one in old.findings:
            if is_better(one.outcome, findings[one.criterion]):
                yield f"{old.unit}: {one.criterion} was {one.outcome.value}, is {findings[one.criterion].value}"


def is_better(old: Outcome, new: Outcome) -> bool:
    """Whether an outcome is further up from fail over undetermined to pass; what does not apply never changes."""
    if NOT_APPLICABLE in (old, new):
        return old is not new
    return ORDER[new] > ORDER[old]


@given(seeds, st.integers(1, 3))
@often
def test_no_outcome_gets_better_under_overlays(seed: int, count: int) -> None:
    rng = random.Random(seed)
    overlays = [random_overlay(rng, number) for number in range(count)]
    dossier = tagged(rng, random_dossier(seed, 24))
    local = with_local_evidence(rng, dossier, overlays)
    before = judge_of(NATIONAL).assess(dossier)
    ruleset = lay_data(national(), overlays)
    after = Engine(ruleset, engine="scalar", language="en").assess(local)
    assert not list(better(before, after))
    # Nor does a further overlay help against fewer of them.
    fewer = with_local_evidence(random.Random(seed), dossier, [])
    few = overlays[:-1]
    for unit, whole in zip(fewer["units"], local["units"], strict=True):
        if isinstance(unit.get("evidence"), dict):
            known = {name for overlay in few for name in overlay["fields"]}
            unit["evidence"] |= {name: value for name, value in whole["evidence"].items() if name in known}
    with_few = Engine(lay_data(national(), few), engine="scalar", language="en").assess(fewer)
    assert not list(better(with_few, after))


@given(seeds)
@settings(often, max_examples=15)
def test_random_overlays_come_to_one_ruleset_in_every_order(seed: int) -> None:
    rng = random.Random(seed)
    overlays = [random_overlay(rng, number) for number in range(3)]
    first = lay_data(national(), overlays)
    for order in permutations(overlays):
        other = lay_data(national(), order)
        assert without_folders(other) == without_folders(first)
        assert other.combined_sha256 == first.combined_sha256


def without_folders(ruleset: Ruleset) -> tuple[Any, ...]:
    """What a ruleset holds, wherever its overlays were read from."""
    overlays = [(one.id, one.sha256, one.term, one.prefix) for one in ruleset.overlays]
    return ruleset.fields, ruleset.parameters, ruleset.fillings, ruleset.standards, overlays


def random_area(rng: random.Random) -> dict[str, Any]:
    """A unit of the fixtures' ruleset with any facts, some of them unknown."""
    kind = rng.choice(["khu", "khu", "xa", "diem"])
    total = rng.randint(0, 12)
    evidence: dict[str, Any] = {
        "total": total, "done": rng.randint(0, total), "meetings": rng.randint(0, 9), "plan_on": "2025-02-01",
        "complaints": rng.choice([0, 5, 6, 9, 10, 11, 20, 21]), "size": rng.choice([9, 10, 500]),
        "members": rng.choice([0, 3, 4, 9, 1000]), "households": rng.choice([0, 349, 350, 1000]),
        "posts": rng.choice([0, 4, 5, 6]), "rating": rng.choice(["poor", "fair", "good"]),
        "cameras": rng.randint(0, 2), "guards": rng.randint(0, 1), "areas_total": 10,
        "areas_recognised": rng.randint(6, 10),
        "teams": [
            {"members": rng.randint(0, 2), "homes": rng.choice([99, 100])} for _ in range(rng.choice([0, 1, 2]))
        ],
    }  # fmt: skip
    known = base().fields_of(kind)
    return {
        "id": "u",
        "kind": kind,
        "tags": rng.sample(["border", "coastal"], rng.randint(0, 2)),
        "evidence": {name: value for name, value in evidence.items() if name in known and rng.random() < 0.9},
    }


@given(seeds, st.sampled_from([2024, 2025, 2026]))
@settings(often, max_examples=200)
def test_where_something_open_is_filled_a_fail_stays_a_fail(seed: int, period: int) -> None:
    rng = random.Random(seed)
    unit = random_area(rng)
    for names in [*((name,) for name in SOUND), SOUND]:
        verdict, other = (judge.evaluate(unit, period=period) for judge in (_judge(), _judge(*names)))
        findings = {one.criterion: one.outcome for one in other.findings}
        pairs = [(one.outcome, findings[one.criterion]) for one in verdict.findings]
        for old, new in [*pairs, (verdict.outcome, other.outcome)]:
            assert old is not FAIL or new is FAIL
            assert old is UNDETERMINED or not is_better(old, new)


@cache
def _judge(*names: str) -> Engine:
    return Engine(laid(*names), engine="scalar", language="en")


# ---------------------------------------------------------------------------------------------------------
# What people see


def shown(ruleset: Ruleset, language: str = "en", criterion: str | None = None) -> str:
    stream = io.StringIO()
    RulesetText(Console(file=stream, width=140, highlight=False, markup=False), language).overview(ruleset, criterion)
    return stream.getvalue()


def test_the_merged_ruleset_says_what_came_from_where() -> None:
    text = shown(laid(*SOUND))
    for line in (
        "  mau-tinh 1.0.0 (tm.*): Criteria of a province\n",
        "      01/QĐ-UBND, UBND tỉnh Mẫu; from 2024-01-01 to 2027-12-31\n",
        "  mau.khu.1 (Art. 3.1): The share is reached\n",
        "  hm.khu.1 (03/QĐ-UBND, Art. 1): There are boats; added by mau-huyen\n",
        "      7/10; always\n",
        "      9/10; from 2025-01-01 to 2025-12-31; by mau-huyen, under 03/QĐ-UBND\n",
        "      7; from 2025-01-01 to 2027-12-31; by mau-tinh, under 02/QĐ-UBND\n",
        "      good; from 2024-01-01 to 2025-12-31; by mau-tinh, under 01/QĐ-UBND\n",
        "  staffing: from 0 to 1000\n",
        "      9; from 2026-01-01; by mau-huyen, under 03/QĐ-UBND\n",
        "      Posts; from 2025-06-01; by mau-bien, under 04/QĐ-BP\n",
        "  team_size: from 0 to 100, for each row of 'teams'\n",
        "        Band start=350 value=4 grow=0 every=1\n",
        "  boats (area): Boats; added by mau-huyen\n",
    ):
        assert line in text
    assert "Overlays" not in shown(base())
    assert shown(base()).count("      open\n") == 4


def test_one_criterion_is_shown_with_its_origin() -> None:
    text = shown(laid("overlay"), "vi", "tm.khu.1")
    assert "tm.khu.1 (01/QĐ-UBND, Điều 1): Có nhóm ở biên giới; từ 01/01/2024 đến 31/12/2027; mau-tinh thêm" in text
    assert "mau.khu.1" not in text
