"""Rulesets as read from their files: what loads, what is refused and where, and what a year makes of it."""

from __future__ import annotations

import copy
import datetime
import json
import random
import shutil
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from antq_rules import RulesetError, RulesetSchemaError, RulesetSyntaxError
from antq_rules.errors import Fault, Place
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.language.checking import read_document, violations
from antq_rules.language.documents import DOCUMENTS
from antq_rules.language.loader import load_folder
from antq_rules.language.overlay import base_of, load_overlay
from antq_rules.located import parse_yaml
from antq_rules.model.expression import Days, SlotValue, When, fields_read, walk
from antq_rules.model.ruleset import Field, Ruleset, Term
from antq_rules.plan.compiling import Plan, choose_readings, compile_ruleset

ROOT = Path(__file__).parent.parent
NATIONAL = ROOT / "rulesets" / "tt-124-2021"
INVALID = ROOT / "fixtures" / "invalid" / "rulesets"


def data_of(file: Path) -> Any:
    document = parse_yaml(file.read_text(encoding="utf-8"), file.name)
    assert not document.faults
    return document.data


def compiled(ruleset: Ruleset, period: int = 2025, **readings: str) -> Plan:
    return compile_ruleset(ruleset, period, choose_readings(ruleset, readings))


def faults_of(folder: Path) -> list[Fault]:
    """What loading a folder finds wrong; nothing where it loads."""
    try:
        load_folder(folder, "r")
    except RulesetError as error:
        return list(error.faults)
    return []


# --- rulesets with one fault ---------------------------------------------------------------------------------

FAULTS = data_of(INVALID / "faults.yaml")


def broken(row: Mapping[str, Any], folder: Path) -> Path:
    """A copy of the base ruleset with the edits of a row."""
    shutil.copytree(INVALID / "base", folder / "base")
    shutil.copytree(INVALID / "overlay", folder / "overlay")
    base = folder / "base"
    for edit in [row, row.get("also", {})]:
        if "replace" in edit:
            file = base / edit["file"]
            text = file.read_text(encoding="utf-8")
            assert text.count(edit["replace"]) == 1, row["name"]
            file.write_text(text.replace(edit["replace"], edit["with"]), encoding="utf-8", newline="")
        elif "content" in edit:
            (base / edit["file"]).write_text(edit["content"], encoding="utf-8", newline="")
    for name in row.get("delete", []):
        (base / name).unlink()
    return base


@pytest.mark.parametrize("row", FAULTS["faults"], ids=lambda row: row["name"])
def test_fault_is_named_with_its_place(row: dict[str, Any], tmp_path: Path) -> None:
    base = broken(row, tmp_path)
    if "document" in row:
        document = read_document(base / row["file"], row["file"])
        faults = [*document.faults, *violations(DOCUMENTS[row["document"]], document)]
        file = row["file"]
    else:
        faults = faults_of(base)
        file = f"r/{row.get('in', row.get('file'))}"
    wanted = Place(file, row["line"], row["column"]) if "line" in row else None
    found = [
        fault
        for fault in faults
        if fault.code == row["code"]
        and (fault.place == wanted if wanted else fault.place is not None and fault.place.file == file)
        and all(word in fault.text() for word in row["words"])
    ]
    assert found, "\n".join(str(fault) for fault in faults) or "nothing was found wrong"
    count = row.get("faults", 1)
    assert count == "any" or len(faults) == count, "\n".join(str(fault) for fault in faults)


@pytest.mark.parametrize("row", FAULTS["sound"], ids=lambda row: row["name"])
def test_sound_edit_loads(row: dict[str, Any], tmp_path: Path) -> None:
    assert faults_of(broken(row, tmp_path)) == []


CHOICE = "  pick: {title: {vi: v, en: e}, type: choice, choices_of: grade, values: [{value: mid}]}\nreadings:\n"
EDITS: list[tuple[str, str, str, str, str]] = [
    ("ruleset.yaml", "ruleset: mau-2020", "ruleset: mau 2020", "wrong_value", "letters, digits, dots and hyphens"),
    ("ruleset.yaml", "readings:\n", CHOICE.replace("mid", "midd"), "unknown_choice", "did you mean 'mid'?"),
    ("ruleset.yaml", "readings:\n", CHOICE.replace("mid", "7"), "unknown_choice", "7 is not one of the choices"),
    ("ruleset.yaml", "readings:\n", CHOICE.replace("of: grade", "of: grades"), "unknown_field", "mean 'grade'?"),
    ("ruleset.yaml", "readings:\n", CHOICE.replace("choices_of: grade, ", ""), "unknown_field", "of type enum"),
    ("ruleset.yaml", "{from: 2023-01-01, value: 3}", "{from: 2023-01-01, value: three}", "wrong_value", "'three'"),
    ("standards/a.yaml", "require: flag}", "require: {param: share}}", "unknown_operator", "'param'"),
    ("standards/a.yaml", "ratio: {param: share}", "ratio: {of: share}", "unknown_key", "known: param"),
    ("standards/a.yaml", "decide: all\n", "decide: {at_least_met: 0}\n", "wrong_value", "ask for 1 to 5"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "code", "words"), EDITS, ids=lambda text: text[:30])
def test_more_faults_are_named(name: str, old: str, new: str, code: str, words: str, tmp_path: Path) -> None:
    base = broken({"name": name, "file": name, "replace": old, "with": new}, tmp_path)
    fault = next(iter(faults_of(base)))
    assert fault.code == code
    assert words in fault.text()


def test_choice_parameter_is_a_rank(tmp_path: Path) -> None:
    base = broken({"name": "pick", "file": "ruleset.yaml", "replace": "readings:\n", "with": CHOICE}, tmp_path)
    assert load_folder(base).parameters["pick"].at(datetime.date(2025, 1, 1)) == 1


def test_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    shutil.copytree(INVALID / "base", tmp_path / "base")
    file = tmp_path / "base" / "standards" / "b.yaml"
    file.write_bytes(file.read_text(encoding="utf-8").encode("cp1258", "replace"))
    (fault,) = faults_of(tmp_path / "base")
    assert (fault.code, str(fault.place)) == ("not_utf8", "r/standards/b.yaml:2:15")
    file.write_bytes("standard: x\n".encode("utf-16"))
    (fault,) = faults_of(tmp_path / "base")
    assert "UTF-16" in fault.text()


def test_syntax_and_schema_faults_are_told_apart(tmp_path: Path) -> None:
    shutil.copytree(INVALID / "base", tmp_path / "a")
    (tmp_path / "a" / "standards" / "b.yaml").write_text("standard: [", encoding="utf-8")
    with pytest.raises(RulesetSyntaxError):
        load_folder(tmp_path / "a")
    (tmp_path / "a" / "standards" / "b.yaml").write_text("standard: []\n", encoding="utf-8")
    with pytest.raises(RulesetSchemaError):
        load_folder(tmp_path / "a")
    with pytest.raises(RulesetError, match="no folder with a ruleset"):
        load_folder(tmp_path / "nowhere")


def test_all_faults_of_all_files_come_in_one_pass(tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(INVALID / "base", base)
    edits = [
        ("ruleset.yaml", "status: local\n", "status: oficial\n"),
        ("ruleset.yaml", "    tighten: up\n", "    tightens: up\n"),
        ("ruleset.yaml", "managed_by: [xa]", "managed_by: [huyen]"),
        ("evidence.yaml", "type: text,", "type: texts,"),
        ("evidence.yaml", "  - at_most: [done, total]\n", "  - at_most: [done, totl]\n"),
        ("standards/a.yaml", "dated_within: [plan_on, quarter]", "dated_within: [done, quater]"),
        ("standards/a.yaml", "[sort, fire]}, unless: excused", "[sort, fir]}, unless: flag"),
        ("standards/a.yaml", "    citation: {article: 3, clause: 1}\n", ""),
        ("standards/b.yaml", "id: mau.nhom.1", "id: mau.khu.3"),
        ("standards/b.yaml", "reuse: [mau.khu.1]", "reuse: [mau.khu.11]"),
    ]
    for name, old, new in edits:
        file = base / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulesetSchemaError) as caught:
        load_folder(base, "base")
    assert sorted((str(fault.place), fault.code) for fault in caught.value.faults) == [
        ("base/evidence.yaml:38:32", "wrong_value"),
        ("base/evidence.yaml:58:21", "unknown_field"),
        ("base/ruleset.yaml:18:5", "unknown_key"),
        ("base/ruleset.yaml:42:18", "unknown_level"),
        ("base/ruleset.yaml:5:9", "wrong_value"),
        ("base/standards/a.yaml:15:30", "wrong_operand"),
        ("base/standards/a.yaml:15:36", "unknown_period"),
        ("base/standards/a.yaml:19:64", "unknown_choice"),
        ("base/standards/a.yaml:19:79", "unknown_field"),
        ("base/standards/a.yaml:9:5", "missing_key"),
        ("base/standards/b.yaml:13:13", "unknown_reuse"),
        ("base/standards/b.yaml:6:9", "duplicate_id"),
    ]
    assert "base/standards/b.yaml:6:9: the id 'mau.khu.3' is taken already; give every" in str(caught.value)


MUTANTS: tuple[Any, ...] = (
    None, [], {}, "x", "", 7, -1, True, 1.5, [[1]], [{}], {"a": 1}, {"from": 1}, "done", ["khu", "khu"], 10**30,
    "99/1", [None], {"param": "share"}, {"param": [1]}, {"equal": None}, {"reading": []}, [["a"], ["b"]],
)  # fmt: skip


def steps_of(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield before
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from steps_of(item, (*before, step))


def mutant(rng: random.Random, data: Any, steps: tuple[Any, ...]) -> Any:
    """A copy of a document with one value replaced, taken out or added."""
    value = rng.choice(MUTANTS)
    if not steps:
        return value
    result = copy.deepcopy(data)
    inner = result
    for step in steps[:-1]:
        inner = inner[step]
    chance = rng.random()
    if chance < 0.2:
        del inner[steps[-1]]
    elif chance < 0.3 and isinstance(inner, dict):
        inner["surplus"] = value
    else:
        inner[steps[-1]] = value
    return result


def check_mutants(source: Path, folder: Path, count: int, seed: int) -> None:
    """Whatever stands somewhere in a file, it loads and compiles, or faults say what is wrong."""
    shutil.copytree(source, folder)
    files = [file for file in folder.rglob("*.yaml") if "cases" not in file.parts]
    documents = {file: data_of(file) for file in files}
    spots = [(file, steps) for file in files for steps in steps_of(documents[file])]
    rng = random.Random(seed)
    for _ in range(count):
        file, steps = rng.choice(spots)
        before = file.read_text(encoding="utf-8")
        # Decimals become floats here, which is all the same for this test.
        file.write_text(json.dumps(mutant(rng, documents[file], steps), default=float), encoding="utf-8")
        try:
            compiled(load_folder(folder, "r"))
        except RulesetError as error:
            for fault in error.faults:
                assert fault.text()
                assert fault.place is not None
        file.write_text(before, encoding="utf-8")


def test_no_value_in_the_wrong_place_makes_the_loader_fail(tmp_path: Path) -> None:
    check_mutants(INVALID / "base", tmp_path / "base", 250, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("source", [INVALID / "base", *sorted(NATIONAL.parent.glob("*/"))], ids=lambda path: path.name)
def test_no_value_in_the_wrong_place_makes_the_loader_fail_at_length(source: Path, tmp_path: Path) -> None:
    check_mutants(source, tmp_path / "copy", 1_000, seed=2)


# --- overlays ------------------------------------------------------------------------------------------------

OVERLAY_FAULTS: list[tuple[str, str, str, str, str]] = [
    ("base: mau-2020", "base: mau-2021", "wrong_base", "2:7", "'mau-2021'"),
    ("{share: {value: 8/10}}", "{share: {value: 6/10}}", "loosened", "8:26", "only tighten"),
    ("{share: {value: 8/10}}", "{share: {value: 11/10}}", "wrong_value", "8:26", "range of 'share'"),
    ("{share: {value: 8/10}}", "{least: {value: 9}}", "cannot_tighten", "8:11", "'least'"),
    ("{share: {value: 8/10}}", "{shares: {value: 8/10}}", "unknown_parameter", "8:11", "did you mean 'share'?"),
    ("slots: {staffing: 5}", "slots: {stafing: 5}", "unknown_slot", "9:18", "did you mean 'staffing'?"),
    ("slots: {staffing: 5}", "slots: {staffing: 1001}", "wrong_value", "9:19", "from 0 to 1000"),
    ("slots: {staffing: 5}", "slots: {staffing: {slot: staffing}}", "unknown_slot", "9:26", "'staffing'"),
    ("  groups_on_border: {", "  done: {", "duplicate_id", "11:17", "'done'"),
    ("  mau.khu:\n", "  mau.khi:\n", "unknown_standard", "13:3", "did you mean 'mau.khu'?"),
    ("id: tm.khu.1", "id: mau.khu.1", "duplicate_id", "14:11", "'mau.khu.1'"),
    ("id: tm.khu.1", "id: xx.khu.1", "wrong_prefix", "14:11", "'tm.'"),
    ("{at_least: [groups_on_border, 1]}", "{at_least: [groups, 1]}", "unknown_field", "18:28", "'groups'"),
    ("tighten: {share: {value: 8/10}}", "tighten: {share: {value: 8/10}", "not_yaml", "9:1", "YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "place", "word"), OVERLAY_FAULTS, ids=lambda text: text[:20])
def test_overlay_may_only_add_and_tighten(old: str, new: str, code: str, place: str, word: str, tmp_path: Path) -> None:
    shutil.copytree(INVALID / "overlay", tmp_path / "overlay")
    file = tmp_path / "overlay" / "overlay.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulesetError) as caught:
        load_overlay(tmp_path / "overlay", load_folder(INVALID / "base"), "o")
    found = [fault for fault in caught.value.faults if fault.code == code]
    assert [str(fault.place) for fault in found] == [f"o/overlay.yaml:{place}"], str(caught.value)
    assert word in found[0].text()


def test_empty_overlay_is_refused(tmp_path: Path) -> None:
    (tmp_path / "overlay.yaml").write_text("", encoding="utf-8")
    assert base_of(tmp_path) is None
    with pytest.raises(RulesetError, match="empty"):
        load_overlay(tmp_path, load_folder(INVALID / "base"))


def test_overlay_fills_a_slot(tmp_path: Path) -> None:
    source = INVALID / "base"
    shutil.copytree(source, tmp_path / "base")
    file = tmp_path / "base" / "standards" / "a.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("{dated_within: [plan_on, quarter]}", "{at_least: [done, {slot: staffing}]}"), encoding="utf-8"
    )
    base = load_folder(tmp_path / "base")
    filled = load_overlay(INVALID / "overlay", base)

    def slots(ruleset: Ruleset) -> int:
        criterion = compiled(ruleset).standards["mau.khu"].criteria[1]
        return sum(isinstance(node, SlotValue) for node in walk(criterion.truth))

    assert (slots(base), slots(filled)) == (1, 0)


# --- tt-124-2021 ---------------------------------------------------------------------------------------------

KINDS = ("kdc", "xa", "coquan", "dn", "csgd", "huyen", "tinh")
RATINGS = ("not_completed", "completed", "well", "excellent")
INCIDENTS = (
    "anti_state", "sabotage_key_works", "unlawful_religion", "exploitation_complicating_security", "separatism",
    "prolonged_dispute", "incited_mass_complaint", "unlawful_strike", "state_secret_violation",
)  # fmt: skip
GRADES = ("less_serious", "serious", "very_serious", "extremely_serious")
ACCIDENTS = (
    "serious_fire_explosion", "fatal_work_accident", "serious_incident", "environment_serious", "food_safety_serious",
)  # fmt: skip
LEVELS = (
    "nursery", "kindergarten", "primary", "lower_secondary", "upper_secondary", "continuing", "vocational", "college",
    "university", "other",
)  # fmt: skip
TOPICS = (
    "guarding", "state_secrets", "internal_politics", "labour_safety", "fire_explosion", "environment",
    "learner_management",
)  # fmt: skip

DATE, JUDGED, BOOLEAN, COUNT = "date or absent", "judged boolean", "boolean", "count"

# The section "Binding names" of the sources of the ruleset: for every kind its fields and what they hold. Fields of
# every kind first, then those of each.
EVERY_KIND: dict[str, Any] = {
    **dict.fromkeys(("party_resolution_date", "security_plan_date", "registration_date"), DATE),
    **dict.fromkeys(
        (
            "policy_implementation_full", "management_effective", "police_advisory_effective",
            "parent_board_coordination",
        ),
        JUDGED,
    ),
    "incidents": {"type": ("needed", INCIDENTS), "occurred_on": "needed date"},
    "crimes": {
        "occurred_on": "needed date",
        "grade": ("needed", GRADES),
        "force_majeure": BOOLEAN,
        "detected_promptly": JUDGED,
        "consequences_mitigated": JUDGED,
        "reported_immediately": JUDGED,
    },
    "accidents": {"kind": ("needed", ACCIDENTS), "occurred_on": "needed date", "force_majeure": BOOLEAN},
    "movement_models": {"name": "text", "active": BOOLEAN, "effective": JUDGED},
}  # fmt: skip
CRIME_COUNTS = (
    "crime_cases_curr", "crime_cases_prev", "social_evil_cases_curr", "social_evil_cases_prev",
    "other_violation_cases_curr", "other_violation_cases_prev", "new_hotspots", "new_social_evil_persons",
    "managed_persons_total", "managed_persons_with_measures",
)  # fmt: skip
GUARDS: dict[str, Any] = {
    **dict.fromkeys(("guard_force_exists", "guard_force_eligible_for_title", "guard_force_title"), BOOLEAN),
    "guard_force_rating": RATINGS,
    "guard_disciplined_warning_plus": COUNT,
}
SUBUNITS = dict.fromkeys(("subunits_eligible", "subunits_titled_or_well", "staff_disciplined_warning_plus"), COUNT)
STAFF: dict[str, Any] = {
    "has_party_org": BOOLEAN,
    "internal_rules": {*TOPICS},
    "staff_total": COUNT,
    "staff_briefed": COUNT,
}
COQUAN: dict[str, Any] = {
    **STAFF,
    "has_police_coordination_rules": BOOLEAN,
    "staff_admin_sanctions_security": COUNT,
    "staff_social_evil_disciplined_warning_plus": COUNT,
    **GUARDS,
    **SUBUNITS,
}
BINDING: dict[str, dict[str, Any]] = {
    "kdc": {
        **dict.fromkeys(("households_resident", "households_registered", *CRIME_COUNTS), COUNT),
        "grassroots_force_rating": RATINGS,
        "grassroots_force_disciplined": COUNT,
    },
    "xa": {
        "commune_kind": ("xa", "phuong", "thi_tran", "dac_khu"),
        **dict.fromkeys(
            (
                *CRIME_COUNTS, "police_disciplined", "police_proposals", "subunits_total", "subunits_registered",
                "subunits_recognised",
            ),
            COUNT,
        ),
    },
    "coquan": {"is_armed_forces": BOOLEAN, **COQUAN},
    "dn": {"enterprise_size": ("micro", "small", "medium", "large"), **COQUAN},
    "csgd": {
        "education_levels": {*LEVELS},
        **STAFF,
        **dict.fromkeys(
            (
                "learners_total", "learners_briefed", "school_violence_cases", "persons_offended",
                "persons_social_evil_disciplined_warning_plus",
            ),
            COUNT,
        ),
        "is_general_education": BOOLEAN,
        **GUARDS,
        **SUBUNITS,
    },
    "huyen": {},
    "tinh": {},
}  # fmt: skip

ORDERED = {"grassroots_force_rating", "guard_force_rating", "grade", "enterprise_size"}


def spoken(field: Field) -> Any:
    """A field of the dictionary in the words of the table above."""
    if field.kind == "records":
        return {name: spoken(column) for name, column in field.columns.items()}
    if field.kind == "date":
        return DATE if field.may_be_absent else "needed date" if field.required else "date"
    if field.kind == "boolean":
        return JUDGED if field.judged else BOOLEAN
    if field.kind == "integer":
        return COUNT if field.low == 0 else "number"
    if field.kind == "set":
        return {*field.dimension.choices}
    if field.kind == "enum":
        assert field.dimension.ordered == (field.name in ORDERED), field.name
        return ("needed", field.dimension.choices) if field.required else field.dimension.choices
    return field.kind


@pytest.fixture(scope="module")
def national() -> Ruleset:
    return find_ruleset("tt-124-2021")


@pytest.mark.parametrize("kind", KINDS)
def test_dictionary_is_the_table_of_binding_names(kind: str, national: Ruleset) -> None:
    assert {name: spoken(field) for name, field in national.fields_of(kind).items()} == EVERY_KIND | BINDING[kind]


def test_kinds_levels_and_tags(national: Ruleset) -> None:
    assert tuple(national.kinds) == KINDS
    assert [name for name, kind in national.kinds.items() if kind.groups] == ["huyen", "tinh"]
    assert national.managing_levels == ("xa", "huyen", "tinh", "bo")
    assert {standard.id: standard.kinds for standard in national.standards} == {
        "tt124.cqdn": ("coquan", "dn"),
        "tt124.csgd": ("csgd",),
        "tt124.kdc": ("kdc",),
        "tt124.xa": ("xa",),
    }
    group = national.children["subunits"]
    assert (group.kinds, group.managed_by) == (("kdc", "coquan", "dn", "csgd"), ("xa",))
    assert (group.registered_by, group.announced) == ("registration_date", "subunits_total")


def test_dated_lists_and_lists_that_may_not_be_empty(national: Ruleset) -> None:
    fields = {name: field for kind in KINDS for name, field in national.fields_of(kind).items()}
    assert {name: field.dated_by for name, field in fields.items() if field.kind == "records"} == {
        "incidents": "occurred_on", "crimes": "occurred_on", "accidents": "occurred_on", "movement_models": None,
    }  # fmt: skip
    assert [name for name, field in fields.items() if field.not_empty] == ["education_levels"]
    assert {name: field.previous_of for name, field in fields.items() if field.previous_of} == {
        f"{series}_cases_prev": f"{series}_cases_curr" for series in ("crime", "social_evil", "other_violation")
    }


def test_constraints_are_exactly_those_of_the_table(national: Ruleset) -> None:
    assert [constraint.fields for constraint in national.constraints] == [
        ("households_registered", "households_resident"),
        ("staff_briefed", "staff_total"),
        ("learners_briefed", "learners_total"),
        ("subunits_titled_or_well", "subunits_eligible"),
        ("managed_persons_with_measures", "managed_persons_total"),
        ("subunits_recognised", "subunits_registered"),
        ("subunits_registered", "subunits_total"),
    ]


READINGS = {
    "yoy_mode": ("non_increase", "decrease"),
    "yoy_scope": ("each_series", "total"),
    "discipline_limb": ("social_evil_only", "every_limb"),
    "share_pooling": ("pooled",),
    "force_majeure_scope": ("every_limb", "last_limb"),
    "quarter_scope": ("every_document", "resolution_only"),
    "mixed_primary_school": ("in_scope", "out_of_scope"),
}


def test_readings_cover_every_ambiguity_and_default_to_the_first_choice(national: Ruleset) -> None:
    named = {reading.ambiguity for reading in national.readings.values()}
    assert {f"A{number}" for number in range(1, 15)} <= named
    for name, choices in READINGS.items():
        reading = national.readings[name]
        assert (tuple(reading.choices), reading.default) == (choices, choices[0])


@pytest.mark.parametrize(
    ("period", "day", "share"),
    [(2021, "2021-11-15", None), (2022, "2022-11-15", "7/10"), (2025, "2025-11-15", "7/10")],
)
def test_parameters_by_date(period: int, day: str, share: str | None, national: Ruleset) -> None:
    found = national.parameters["recognised_share"].at(datetime.date.fromisoformat(day))
    assert found == (None if share is None else Fraction(share))
    assert national.term.holds(datetime.date.fromisoformat(day)) is (share is not None)


@pytest.mark.parametrize("period", [2022, 2024, 2025, 2026])
def test_windows_by_year(period: int, national: Ruleset) -> None:
    plan = compiled(national, period)

    def window(first: str, last: str) -> Days:
        days = (datetime.date.fromisoformat(text).toordinal() for text in (first, last))
        return Days(*days)

    assert plan.standards["tt124.kdc"].window == window(f"{period - 1}-11-01", f"{period}-10-31")
    for id in ("tt124.xa", "tt124.cqdn", "tt124.csgd"):
        assert plan.standards[id].window == window(f"{period - 1}-11-16", f"{period}-11-15")


def test_plan_sorts_children_before_their_commune(national: Ruleset) -> None:
    assert compiled(national).order[-1] == "xa"
    assert {*compiled(national).order} == {"kdc", "xa", "coquan", "dn", "csgd"}


@pytest.mark.parametrize("period", [1899, 2201, -1])
def test_years_beyond_the_calendar_are_refused(period: int, national: Ruleset) -> None:
    with pytest.raises(RulesetError, match="no year that can be judged"):
        compiled(national, period)


def test_unknown_readings_are_refused(national: Ruleset) -> None:
    with pytest.raises(RulesetError) as caught:
        choose_readings(national, {"yoy_mode": "fewer", "yoy": "decrease"})
    assert [fault.code for fault in caught.value.faults] == ["unknown_choice", "unknown_reading"]
    assert "non_increase" in str(caught.value)
    assert compiled(national, 2025, yoy_mode="decrease").readings["yoy_mode"] == "decrease"


def test_names_of_nothing_are_key_errors(national: Ruleset) -> None:
    for lookup in (national.standard, national.criterion):
        with pytest.raises(KeyError):
            lookup("tt124.nowhere")
    assert national.standard("tt124.xa").id == "tt124.xa"
    assert national.criterion("tt124.xa.2").reuse
    assert national.standard_of("tinh") is None
    assert compiled(national).standard_of("tinh") is None


# --- content hash --------------------------------------------------------------------------------------------


def test_hash_is_of_the_content_and_not_of_line_ends_or_marks(tmp_path: Path) -> None:
    for name in ("plain", "dos", "changed", "renamed"):
        shutil.copytree(INVALID / "base", tmp_path / name)
    for file in (tmp_path / "dos").rglob("*.yaml"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    file = tmp_path / "changed" / "standards" / "b.yaml"
    file.write_bytes(file.read_bytes() + b"# a remark\n")
    standards = tmp_path / "renamed" / "standards"
    (standards / "b.yaml").rename(standards / "c.yaml")
    shutil.rmtree(tmp_path / "plain" / "cases")
    loaded = {name: load_folder(tmp_path / name) for name in ("plain", "dos", "changed", "renamed")}
    assert loaded["plain"].sha256 == loaded["dos"].sha256 == load_folder(INVALID / "base").sha256
    assert len({ruleset.sha256 for ruleset in loaded.values()}) == 3
    assert loaded["dos"].criterion("mau.khu.3").title.vi == "Không có vụ cháy"


# --- dependencies --------------------------------------------------------------------------------------------

CIRCLE = {
    "ruleset.yaml": """
ruleset: circle
version: '1'
title: {vi: v, en: e}
status: local
instrument: {number: n, issuer: i}
in_force: {}
kinds: {khu: {title: {vi: v, en: e}}, doi: {title: {vi: v, en: e}}}
managing_levels: [xa]
children:
  teams: &group
    title: {vi: v, en: e}
    kinds: [doi]
    managed_by: [xa]
    registered_by: registered
    reported: {in_scope: total, registered: total, recognised: total}
  areas:
    title: {vi: v, en: e}
    kinds: [khu]
    managed_by: [xa]
    registered_by: registered
    reported: {in_scope: total, registered: total, recognised: total}
""",
    "evidence.yaml": """
fields:
  registered: {kinds: [khu, doi], type: date, may_be_absent: true, title: {vi: v, en: e}}
  total: {kinds: [khu, doi], type: integer, range: [0, 1000], title: {vi: v, en: e}}
  calm: {kinds: [khu, doi], type: boolean, title: {vi: v, en: e}}
""",
    "standards/khu.yaml": """
standard: c.khu
title: {vi: v, en: e}
kinds: [khu]
window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}
criteria:
  - {id: c.khu.4, title: {vi: v, en: e}, citation: {article: 4}, require: calm}
  - id: c.khu.5
    title: {vi: v, en: e}
    citation: {article: 5}
    require: {share_at_least: {children: teams, of: recognised, among: in_scope, ratio: 1/2}}
""",
    "standards/doi.yaml": """
standard: c.doi
title: {vi: v, en: e}
kinds: [doi]
window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}
criteria:
  - {id: c.doi.1, title: {vi: v, en: e}, citation: {article: 1}, reuse: [c.khu.4]}
""",
}


def written(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.lstrip(), encoding="utf-8")
    return folder


def test_kinds_that_read_one_another_are_no_circle(tmp_path: Path) -> None:
    """An area's clause 5 reads the rating of its team, and the team's rating reads clause 4 in the area."""
    ruleset = load_folder(written(tmp_path, CIRCLE))
    plan = compiled(ruleset)
    assert plan.order == ("doi", "khu")
    assert [one.id for one in plan.standards["c.doi"].criteria] == ["c.doi.1/c.khu.4"]
    assert plan.standards["c.doi"].criteria[0].via is not None


def test_criterion_that_reads_itself_through_another_kind_is_a_circle(tmp_path: Path) -> None:
    files = {**CIRCLE, "standards/doi.yaml": CIRCLE["standards/doi.yaml"].replace("c.khu.4", "c.khu.5")}
    with pytest.raises(RulesetSchemaError) as caught:
        load_folder(written(tmp_path, files), "r")
    (fault,) = caught.value.faults
    assert fault.code == "cycle"
    assert str(fault.place) in ("r/standards/khu.yaml:7:5", "r/standards/doi.yaml:6:5")
    assert all(name in fault.text() for name in ("c.khu.5", "c.doi.1", "c.doi"))


def test_verdicts_that_ask_one_another_are_a_circle(tmp_path: Path) -> None:
    require = "require: {every: {children: areas, are: recognised}}"
    files = {**CIRCLE, "standards/doi.yaml": CIRCLE["standards/doi.yaml"].replace("reuse: [c.khu.4]", require)}
    assert [fault.code for fault in faults_of(written(tmp_path / "children", files))] == ["cycle"]
    # A verdict of this ruleset is of other units; that of the unit itself is asked by another ruleset.
    asked = CIRCLE["standards/doi.yaml"].replace("reuse: [c.khu.4]", "require: {verdict_of: {standard: c.khu}}")
    files = {**CIRCLE, "standards/doi.yaml": asked}
    assert [fault.code for fault in faults_of(written(tmp_path / "verdict", files))] == ["unknown_standard"]


SCOPE = "scope: [{kinds: [KIND], citation: {article: 1}, require: {every: {children: GROUP, are: registered}}}]\n"
VETO = """decide:
  score:
    out_of: 1
    pass_from: 1
    groups: [{id: g.1, title: {vi: v, en: e}, items: [{item: ITEM, points: 1}]}]
    vetoes: [{every: {children: GROUP, are: recognised}}]
"""
NUMBER = (
    "decide: {at_least_met: {choose: [{when: {every: {children: GROUP, are: recognised}}, value: 1}, {value: 1}]}}\n"
)
QUOTA = """quotas:
  - id: q.1
    title: {vi: v, en: e}
    citation: {article: 1}
    of: {where: {every: {children: GROUP, are: recognised}}}
    among: {outcome: pass}
    at_most: 1/2
"""
BESIDE = {"scope": SCOPE, "veto": VETO, "number": NUMBER, "quota": QUOTA}


def asking(place: str, kind: str, group: str, item: str) -> str:
    """What stands in the standard of a kind and asks of units below, and where its criteria begin."""
    return BESIDE[place].replace("KIND", kind).replace("GROUP", group).replace("ITEM", item) + "criteria:"


@pytest.mark.parametrize("place", BESIDE)
def test_what_a_standard_asks_beside_its_criteria_orders_the_kinds(place: str, tmp_path: Path) -> None:
    khu, doi = CIRCLE["standards/khu.yaml"], CIRCLE["standards/doi.yaml"]
    free = khu[: khu.index("  - id: c.khu.5")]
    asked = doi.replace("criteria:", asking(place, "doi", "areas", "c.doi.1")).replace(
        "reuse: [c.khu.4]", "require: calm"
    )
    plan = compiled(
        load_folder(written(tmp_path / "a", {**CIRCLE, "standards/khu.yaml": free, "standards/doi.yaml": asked}))
    )
    assert plan.order == ("khu", "doi")
    assert [group.name for group in plan.standards["c.doi"].groups] == ["areas"]
    # A criterion of the other kind asks of this one.
    (fault,) = faults_of(written(tmp_path / "b", {**CIRCLE, "standards/doi.yaml": asked}))
    assert (fault.code, str(fault.place)) == ("cycle", "r/standards/khu.yaml:7:5")
    assert fault.what == "verdicts depend on themselves: {circle}"
    assert {"c.khu", "c.doi", "c.khu.5"} == set(fault.values["circle"].split(" -> "))
    # No criterion stands in the circle.
    both = free.replace("criteria:", asking(place, "khu", "teams", "c.khu.4"))
    (fault,) = faults_of(written(tmp_path / "c", {**CIRCLE, "standards/khu.yaml": both, "standards/doi.yaml": asked}))
    assert fault.code == "cycle"
    assert str(fault.place) in ("r/standards/khu.yaml:1:11", "r/standards/doi.yaml:1:11")


def test_borrowed_criterion_needs_fields_of_the_same_sort(tmp_path: Path) -> None:
    shared = "  calm: {kinds: [khu, doi], type: boolean, title: {vi: v, en: e}}\n"
    own = f"{shared.replace(', doi', '')}  calm_2: {shared[8:].replace('khu, ', '').replace('boolean', 'integer')}"
    own = f"  calm: [{own.splitlines()[0][8:]}, {own.splitlines()[1][10:]}]\n"
    files = {**CIRCLE, "evidence.yaml": CIRCLE["evidence.yaml"].replace(shared, own)}
    (fault,) = faults_of(written(tmp_path, files))
    assert (fault.code, fault.values["name"]) == ("unknown_field", "calm")


def test_borrowed_criteria_that_borrow_keep_every_condition_of_application(tmp_path: Path) -> None:
    far = """
standard: c.to
title: {vi: v, en: e}
kinds: [to]
window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}
criteria:
  - id: c.to.1
    title: {vi: v, en: e}
    citation: {article: 1}
    reuse: [c.doi.*]
    applies_when: {more_than: [total, 0]}
"""
    files = {key: text.replace("[khu, doi]", "[khu, doi, to]") for key, text in CIRCLE.items()} | {
        "standards/to.yaml": far,
        "ruleset.yaml": CIRCLE["ruleset.yaml"].replace("doi: {title", "to: {title: {vi: v, en: e}}, doi: {title"),
        "standards/doi.yaml": CIRCLE["standards/doi.yaml"].replace(
            "reuse:", "applies_when: {documented: registered}, reuse:"
        ),
    }
    (planned,) = compiled(load_folder(written(tmp_path / "sound", files))).standards["c.to"].criteria
    assert planned.id == "c.to.1/c.khu.4"
    outer = planned.truth
    assert isinstance(outer, When)
    assert [*fields_read(outer.applies)] == ["total"]
    assert isinstance(outer.require, When)
    assert [*fields_read(outer.require.applies)] == ["registered"]
    assert [*fields_read(outer.require.require)] == ["calm"]
    assert (planned.citation.article, planned.via and planned.via.article) == ("1", "4")

    files["evidence.yaml"] = files["evidence.yaml"].replace("calm: {kinds: [khu, doi, to]", "calm: {kinds: [khu, doi]")
    (fault,) = faults_of(written(tmp_path / "lacking", files))
    assert (fault.code, fault.values["name"], fault.values["kind"]) == ("unknown_field", "calm", "to")


def test_two_scopes_of_one_kind_are_refused(tmp_path: Path) -> None:
    scope = "scope:\n" + 2 * "  - {kinds: [khu], citation: {article: 1}, require: calm}\n"
    files = {**CIRCLE, "standards/khu.yaml": CIRCLE["standards/khu.yaml"].replace("criteria:", scope + "criteria:")}
    (fault,) = faults_of(written(tmp_path, files))
    assert str(fault.place) == "r/standards/khu.yaml:7:14"
    assert "has a scope already" in fault.text()


def test_terms_meet_on_their_first_common_day() -> None:
    day = datetime.date.fromisoformat
    early, late = Term(None, day("2022-12-31")), Term(day("2022-12-31"), None)
    assert early.meets(late) == late.meets(early) == day("2022-12-31")
    assert early.meets(Term(day("2023-01-01"))) is None
    assert Term().meets(Term()) == datetime.date.min


def test_criteria_and_scopes_read_only_declared_fields(national: Ruleset) -> None:
    for planned in compiled(national).standards.values():
        for kind in planned.scopes:
            known = national.fields_of(kind)
            for criterion in planned.criteria:
                assert set(fields_read(criterion.truth)) <= known.keys(), criterion.id
