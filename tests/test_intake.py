"""Evidence into whole numbers: what each type takes, what it refuses and where, and what the window leaves out."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from antq_rules.errors import Fault
from antq_rules.evidence.intake import ROW, Facts, Intake
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.located import parse_yaml
from antq_rules.model.dossier import Entry
from antq_rules.plan.compiling import choose_readings, compile_ruleset
from tests.sample import Sample, sample_of

DAY = datetime.date(2025, 3, 31).toordinal()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample_of(tmp_path_factory.mktemp("sample"), ["flag"])


def admitted(sample: Sample, evidence: Any, **unit: Any) -> Facts | list[Fault]:
    return sample.intake.admit(Entry({"id": "1", "kind": "u", "evidence": evidence, **unit}))


def value_of(sample: Sample, field: str, value: Any) -> Any:
    facts = admitted(sample, {field: value})
    assert isinstance(facts, Facts), [str(fault) for fault in facts]
    return facts.values.get(field, "unknown")


@pytest.mark.parametrize(
    "value",
    [
        {"2024": 3, "2025": 0},
        {2024: 3, 2025: 0},
        {"2024": 3, "2025": 0, "2023": None},
        {"value": {"2024": 3, "2025": 0}, "note": "n"},
    ],
)
def test_years_of_a_series_are_values_of_their_own(value: Any, sample: Sample) -> None:
    facts = admitted(sample, {"yearly": value})
    assert isinstance(facts, Facts)
    found = {name: number for name, number in facts.values.items() if name.startswith("yearly")}
    assert found == {"yearly[2024]": 3, "yearly[2025]": 0}


def faults_of(sample: Sample, evidence: Any, **unit: Any) -> list[tuple[str, str]]:
    faults = admitted(sample, evidence, **unit)
    assert isinstance(faults, list), faults
    assert all(fault.text() for fault in faults)
    return [(fault.code, fault.path) for fault in faults]


TAKEN: list[tuple[str, Any, Any]] = [
    ("a", 0, 0), ("a", 10**6, 10**6), ("flag", True, 1), ("flag", False, 0), ("judgement", True, 1),
    ("day", "2025-03-31", DAY), ("day", datetime.date(2025, 3, 31), DAY), ("day", "absent", 0),
    ("other_day", "0001-01-01", 1), ("other_day", "9999-12-31", 3_652_059), ("other_day", "2024-02-29", 738_945),
    ("grade", "low", 0), ("grade", "high", 2), ("colour", "blue", 1),
    ("topics", [], 0), ("topics", ["z", "x"], 5), ("topics", ["x", "x"], 1), ("levels", ["y"], 2),
    ("rate", 2, 2000), ("rate", Decimal("2.5"), 2500), ("rate", 0.125, 125), ("rate", Decimal("1E-3"), 1),
    ("rate", Decimal("1000.000"), 10**6),
    ("remark", "Ghi chú", "unknown"),
    ("events", [], ()), ("events", [{"kind": "y", "ok": True}], ({ROW: 0, "kind": 1, "ok": 1},)),
    ("events", [{"kind": "x", "on": None, "weight": 0}], ({ROW: 0, "kind": 0, "weight": 0},)),
    *((field, None, "unknown") for field in ("a", "flag", "day", "grade", "topics", "rate", "yearly", "events")),
    ("a", {"value": 3, "document": {"kind": "k", "date": "2025-01-01"}, "confirmed_on": "2025-02-01"}, 3),
    ("a", {"value": None}, "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "number"), TAKEN, ids=lambda item: repr(item)[:40])
def test_value_as_a_whole_number(field: str, value: Any, number: Any, sample: Sample) -> None:
    assert value_of(sample, field, value) == number


NO_COUNTS: tuple[Any, ...] = (True, "3", 3.0, Decimal(3), [3], "absent")
NO_TRUTHS: tuple[Any, ...] = (1, 0, "true", "có", [])
REFUSED: list[tuple[str, Any, str, str]] = [
    *(("a", value, "wrong_type", "") for value in NO_COUNTS),
    ("a", -1, "out_of_range", ""), ("a", 10**6 + 1, "out_of_range", ""), ("a", {"a": 3}, "unknown_key", ".a"),
    *(("flag", value, "wrong_type", "") for value in NO_TRUTHS),
    ("day", "31/03/2025", "bad_date", ""), ("day", "2025-02-29", "bad_date", ""), ("day", "2025-3-31", "bad_date", ""),
    ("day", "2025-03-31T00:00", "bad_date", ""), ("day", "٢٠٢٥-٠٣-٣١", "bad_date", ""),
    ("day", 20250331, "wrong_type", ""),
    ("day", datetime.datetime(2025, 3, 31), "wrong_type", ""), ("day", True, "wrong_type", ""),
    ("day", "0000-01-01", "bad_date", ""), ("other_day", "absent", "bad_date", ""),
    ("grade", "highest", "unknown_choice", ""), ("grade", "High", "unknown_choice", ""), ("grade", 2, "wrong_type", ""),
    ("topics", "x", "wrong_type", ""), ("topics", ["x", "q"], "unknown_choice", "[1]"),
    ("topics", [1], "wrong_type", "[0]"),
    ("levels", [], "empty_set", ""),
    ("rate", "2.5", "wrong_type", ""), ("rate", True, "wrong_type", ""), ("rate", Decimal("0.0001"), "wrong_type", ""),
    ("rate", Decimal("NaN"), "wrong_type", ""), ("rate", float("inf"), "wrong_type", ""),
    ("rate", -1, "out_of_range", ""),
    ("rate", Decimal("1000.001"), "out_of_range", ""), ("rate", Decimal("0.1" + "0" * 30 + "1"), "wrong_type", ""),
    ("yearly", {"last year": 3}, "wrong_type", ".last year"), ("yearly", {"25": 3}, "wrong_type", ".25"),
    ("yearly", 3, "wrong_type", ""), ("yearly", {"2024": "3"}, "wrong_type", ".2024"),
    ("yearly", {"2024": 1001}, "out_of_range", ".2024"), ("yearly", {"2024": True}, "wrong_type", ".2024"),
    ("remark", 7, "wrong_type", ""), ("remark", "x" * 10_001, "wrong_type", ""),
    ("remark", "a\x1b[31m", "wrong_type", ""),
    ("events", {}, "missing_key", ".value"), ("events", "x", "wrong_type", ""), ("events", ["x"], "wrong_type", "[0]"),
    ("events", [{}], "missing_key", "[0].kind"), ("events", [{"kind": None}], "missing_key", "[0].kind"),
    ("events", [{"kind": "x", "weigth": 1}], "unknown_field", "[0].weigth"),
    ("events", [{"kind": "x", "weight": -1}], "out_of_range", "[0].weight"),
    ("a", {"value": 3, "note": 7}, "wrong_type", ".note"),
    ("a", {"value": 3, "confirmed_by": []}, "wrong_type", ".confirmed_by"),
    ("a", {"value": 3, "confirmed_on": "hôm qua"}, "bad_date", ".confirmed_on"),
    ("a", {"value": 3, "document": "số 5"}, "wrong_type", ".document"),
    ("a", {"value": 3, "document": {"number": 5}}, "wrong_type", ".document.number"),
    ("a", {"value": 3, "document": {"no": "5"}}, "unknown_key", ".document.no"),
    ("a", {"value": 3, "document": {"date": "5"}}, "bad_date", ".document.date"),
    ("nowhere", 3, "unknown_field", ""),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "code", "path"), REFUSED, ids=lambda item: repr(item)[:40])
def test_value_that_does_not_fit(field: str, value: Any, code: str, path: str, sample: Sample) -> None:
    found = faults_of(sample, {field: value})
    assert (code, f"evidence.{field}{path}") in found
    assert {code for code, _ in found} <= {code, "missing_key"}


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, value, *_ in (*TAKEN, *REFUSED) if not isinstance(value, dict)],
    ids=lambda item: repr(item)[:40],
)
def test_plain_value_is_what_it_is_beside_a_note(field: str, value: Any, sample: Sample) -> None:
    bare, noted = admitted(sample, {field: value}), admitted(sample, {field: {"value": value, "note": "n"}})
    if isinstance(bare, Facts) and isinstance(noted, Facts):
        assert bare.values == noted.values
        assert {field: value} == bare.unit.evidence or value is None
    else:
        assert isinstance(bare, list)
        assert isinstance(noted, list)
        assert [(fault.code, fault.text()) for fault in bare] == [(fault.code, fault.text()) for fault in noted]


def test_values_that_are_missing_are_no_evidence(sample: Sample) -> None:
    facts = admitted(sample, {"a": None, "b": {"value": None}, "flag": True})
    assert isinstance(facts, Facts)
    assert facts.unit.evidence == {"flag": True}


def test_documents_are_kept_for_the_reasons(sample: Sample) -> None:
    proof = {"kind": "Quyết định", "number": "12/QĐ", "date": datetime.date(2025, 1, 2), "issuer": None}
    facts = admitted(sample, {"a": {"value": 3, "document": proof}, "b": 4})
    assert isinstance(facts, Facts)
    assert facts.documents == {"a": {"kind": "Quyết định", "number": "12/QĐ", "date": "2025-01-02"}}


def test_list_longer_than_any_is_refused(sample: Sample) -> None:
    many = [{"kind": "x"}] * (sample.plan.fields["u"]["events"].high + 1)
    assert faults_of(sample, {"events": many}) == [("out_of_range", "evidence.events")]


UNITS: list[tuple[Any, str, str]] = [
    ({"kind": "u"}, "missing_key", "id"), ({"id": "1"}, "missing_key", "kind"),
    ({"id": 7, "kind": "u"}, "wrong_type", "id"),
    ({"id": " ", "kind": "u"}, "wrong_type", "id"), ({"id": "1", "kind": "v"}, "unknown_kind", "kind"),
    ({"id": "1", "kind": "u", "nmae": "x"}, "unknown_key", "nmae"),
    ({"id": "1", "kind": "u", "name": 3}, "wrong_type", "name"),
    ({"id": "1", "kind": "u", "managing_level": "high"}, "unknown_choice", "managing_level"),
    ({"id": "1", "kind": "u", "tags": "border"}, "wrong_type", "tags"),
    ({"id": "1", "kind": "u", "tags": [1]}, "wrong_type", "tags"),
    ({"id": "1", "kind": "u", "evidence": [1]}, "wrong_type", "evidence"),
    ({"id": "1\x00", "kind": "u"}, "wrong_type", "id"), (["id"], "wrong_type", ""), (None, "wrong_type", ""),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "code", "path"), UNITS, ids=lambda item: repr(item)[:40])
def test_unit_that_is_none(unit: Any, code: str, path: str, sample: Sample) -> None:
    faults = sample.intake.admit(Entry(unit))
    assert isinstance(faults, list)
    assert [(fault.code, fault.path) for fault in faults] == [(code, path)]


def test_tags_of_a_unit(sample: Sample) -> None:
    def bits(**unit: Any) -> Any:
        facts = admitted(sample, None, **unit)
        assert isinstance(facts, Facts)
        return facts.values.get("tags"), facts.unit.tags

    assert bits() == (None, None)
    assert bits(tags=[]) == (0, ())
    assert bits(tags=["coastal", "coastal"]) == (2, ("coastal",))


def test_all_faults_of_a_unit_come_together_with_their_places(sample: Sample) -> None:
    text = """
id: "1"
kind: u
evidence:
  a: -1
  grade: {value: top}
  events:
    - {kind: x}
    - {knd: x}
"""
    document = parse_yaml(text.lstrip(), "f.yaml")
    faults = sample.intake.admit(Entry(document.data, document))
    assert isinstance(faults, list)
    assert [(fault.code, fault.path, str(fault.place)) for fault in faults] == [
        ("out_of_range", "evidence.a", "f.yaml:4:6"),
        ("unknown_choice", "evidence.grade", "f.yaml:5:10"),
        ("unknown_field", "evidence.events[1].knd", "f.yaml:8:8"),
        ("missing_key", "evidence.events[1].kind", "f.yaml:8:7"),
    ]
    assert str(faults[0]).startswith("f.yaml:4:6: -1 is out of range; give a value from 0 to 1000000")


def national() -> Intake:
    ruleset = find_ruleset("tt-124-2021")
    return Intake(compile_ruleset(ruleset, 2025, choose_readings(ruleset, {})))


def test_rows_outside_the_window_do_not_count_and_are_noted() -> None:
    intake = national()
    days = ["2024-10-31", "2024-11-01", "2025-10-31", "2025-11-01"]
    evidence: dict[str, Any] = {
        "crimes": [{"occurred_on": day, "grade": "serious"} for day in days],
        "accidents": [{"occurred_on": "2025-01-01", "kind": "serious_incident"}],
        "incidents": [],
    }
    facts = intake.admit(Entry({"id": "1", "kind": "kdc", "evidence": evidence}))
    assert isinstance(facts, Facts)
    assert [row[ROW] for row in facts.values["crimes"]] == [1, 2]
    (note,) = facts.notes
    assert (note.code, note.values["count"], note.values["total"]) == ("outside_window", 2, 4)
    # A unit without a standard has no window.
    other = intake.admit(Entry({"id": "2", "kind": "tinh", "evidence": evidence}))
    assert isinstance(other, Facts)
    assert len(other.values["crimes"]) == 4
    assert not other.notes


def test_relations_between_fields_are_asked_only_of_what_is_known() -> None:
    intake = national()

    def admit(**evidence: int) -> Facts | list[Fault]:
        return intake.admit(Entry({"id": "1", "kind": "xa", "evidence": evidence}))

    assert isinstance(admit(subunits_recognised=5, subunits_total=3), Facts)
    faults = admit(subunits_recognised=5, subunits_registered=4, subunits_total=3)
    assert isinstance(faults, list)
    assert [(fault.code, fault.path) for fault in faults] == [
        ("broken_constraint", "evidence.subunits_recognised"), ("broken_constraint", "evidence.subunits_registered"),
    ]  # fmt: skip
    assert "subunits_recognised (5) and subunits_registered (4) contradict each other" in faults[0].text()
