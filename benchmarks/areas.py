"""Units of tt124.kdc with missing evidence, and the outcomes of its criteria by plain Python.

The outcomes are those of Art. 4 of Circular 124/2021/TT-BCA for the year 2025 under the default readings: events count
within the window, what is not known is judged by all the ways it could turn out.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

Unit = dict[str, Any]
Facts = dict[str, Any]
Answer = tuple[str, list[str]]

PASS, FAIL, UNDETERMINED, NOT_APPLICABLE = "pass", "fail", "undetermined", "not_applicable"

PERIOD = 2025
FIRST_DAY, LAST_DAY = "2024-11-01", "2025-10-31"
QUARTER_FIRST, QUARTER_LAST = "2025-01-01", "2025-03-31"

INCIDENTS = (
    "anti_state",
    "sabotage_key_works",
    "unlawful_religion",
    "exploitation_complicating_security",
    "separatism",
    "prolonged_dispute",
    "incited_mass_complaint",
)
GRAVE_ACCIDENTS = ("serious_fire_explosion", "fatal_work_accident", "serious_incident")
SERIES = ("crime_cases", "social_evil_cases", "other_violation_cases")
FLAGS = ("force_majeure", "detected_promptly", "consequences_mitigated", "reported_immediately")

CRITERIA = (
    *(f"tt124.kdc.{number}" for number in ("1.a", "1.b", "1.c", "2")),
    *(f"tt124.kdc.3.{point}" for point in ("a", "b", "c", "d", "dd", "e", "g")),
    *(f"tt124.kdc.4.{point}" for point in ("a", "b", "c1", "c2", "c3", "d")),
    *(f"tt124.kdc.5.{point}" for point in ("a", "b")),
)

FIELDS = (
    "party_resolution_date",
    "registration_date",
    "households_resident",
    "households_registered",
    "policy_implementation_full",
    "incidents",
    "crimes",
    "accidents",
    *(f"{name}_{year}" for name in SERIES for year in ("curr", "prev")),
    "new_hotspots",
    "new_social_evil_persons",
    "management_effective",
    "grassroots_force_rating",
    "grassroots_force_disciplined",
)
"""The fields that the criteria read."""

MISSING = 0.05
"""The share of values, of fields and of the columns of events, that are missing."""


def units(count: int) -> list[Unit]:
    """Residential areas with evidence of the year; the same count gives the same units."""
    rng = random.Random(124)
    return [_unit(rng, place) for place in range(count)]


def _unit(rng: random.Random, place: int) -> Unit:
    resident = 0 if rng.random() < 0.01 else rng.randint(40, 400)
    lacking = rng.choice([0] * 12 + [1, 2, 7])
    counts = {name: rng.randint(0, 6) for name in SERIES}
    evidence: dict[str, Any] = {
        "party_resolution_date": _document(rng),
        "registration_date": _document(rng),
        "households_resident": resident,
        "households_registered": max(0, resident - lacking),
        "policy_implementation_full": rng.random() < 0.97,
        "incidents": _events(rng, 0.06, lambda: {"type": rng.choice(INCIDENTS)}),
        "crimes": _events(rng, 0.10, lambda: _crime(rng)),
        "accidents": _events(rng, 0.04, lambda: _accident(rng)),
        **{f"{name}_curr": count for name, count in counts.items()},
        **{f"{name}_prev": count + rng.choice([0, 0, 1, 1, 2, 2, 2, -1]) for name, count in counts.items()},
        "new_hotspots": rng.choice([0] * 30 + [1]),
        "new_social_evil_persons": rng.choice([0] * 30 + [2]),
        "management_effective": rng.random() < 0.97,
        "grassroots_force_rating": rng.choice(["not_completed"] + ["completed"] * 10 + ["well"] * 20 + ["excellent"]),
        "grassroots_force_disciplined": rng.choice([0] * 30 + [1]),
    }
    for name in SERIES:
        evidence[f"{name}_prev"] = max(0, evidence[f"{name}_prev"])
    known = {name: value for name, value in evidence.items() if rng.random() >= MISSING}
    return {"id": f"kdc-{place:06}", "kind": "kdc", "evidence": known}


def _day(rng: random.Random, first: int, days: int) -> str:
    """A day between so many days from the first of a month of 2024 and 2025, counted from 2024-10."""
    offset = rng.randrange(days)
    month, day = first + offset // 28, 1 + offset % 28
    return f"{2024 + month // 12}-{1 + month % 12:02}-{day:02}"


def _document(rng: random.Random) -> str:
    draw = rng.random()
    return "absent" if draw < 0.02 else _day(rng, 15, 56) if draw < 0.05 else _day(rng, 12, 84)


def _events(rng: random.Random, share: float, one: Any) -> list[dict[str, Any]]:
    count = rng.randint(1, 3) if rng.random() < share else 0
    # A few days lie before the window and after it.
    return [{**one(), "occurred_on": _day(rng, 9, 14 * 28)} for _ in range(count)]


def _flags(rng: random.Random, names: tuple[str, ...]) -> dict[str, bool]:
    return {name: rng.random() < 0.6 for name in names if rng.random() >= MISSING}


def _crime(rng: random.Random) -> dict[str, Any]:
    grade = rng.choice(["less_serious"] * 3 + ["serious"] * 3 + ["very_serious", "extremely_serious"])
    return {"grade": grade, **_flags(rng, FLAGS)}


def _accident(rng: random.Random) -> dict[str, Any]:
    return {"kind": rng.choice([*GRAVE_ACCIDENTS, "environment_serious"]), **_flags(rng, FLAGS[:1])}


def in_window(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows whose day lies in the window."""
    return [row for row in rows if FIRST_DAY <= row["occurred_on"] <= LAST_DAY]


def verdict(outcomes: list[str]) -> Answer:
    """The outcome of a unit and those of its criteria."""
    if FAIL in outcomes:
        return FAIL, outcomes
    return (UNDETERMINED if UNDETERMINED in outcomes else PASS), outcomes


def ref(unit: Unit) -> Answer:
    """The answer for a unit, by plain Python."""
    known = unit["evidence"].get
    incidents, crimes, accidents = (
        None if rows is None else in_window(rows) for rows in map(known, ("incidents", "crimes", "accidents"))
    )
    types = None if incidents is None else {row["type"] for row in incidents}
    resident, registered, rating = map(
        known, ("households_resident", "households_registered", "grassroots_force_rating")
    )
    return verdict(
        [
            _dated(known("party_resolution_date")),
            _dated(known("registration_date")),
            NOT_APPLICABLE
            if resident == 0
            else _is(None if None in (resident, registered) else registered == resident),
            _is(known("policy_implementation_full")),
            *(_is(None if types is None else type not in types) for type in INCIDENTS),
            _all_of([_no_more(known(f"{name}_curr"), known(f"{name}_prev")) for name in SERIES]),
            _none(crimes, crime_counts),
            _is(_zero(known("new_hotspots"))),
            _is(_zero(known("new_social_evil_persons"))),
            _is(known("management_effective")),
            _none(accidents, accident_counts),
            _is(None if rating is None else rating != "not_completed"),
            _is(_zero(known("grassroots_force_disciplined"))),
        ]
    )


def _is(value: bool | None) -> str:
    return UNDETERMINED if value is None else PASS if value else FAIL


def _zero(value: int | None) -> bool | None:
    return None if value is None else value == 0


def _dated(day: str | None) -> str:
    return _is(None if day is None else QUARTER_FIRST <= day <= QUARTER_LAST)


def _no_more(curr: int | None, prev: int | None) -> str:
    # None at all this year is not more than whatever there was last year.
    return _is(True if curr == 0 else None if curr is None or prev is None else curr <= prev)


def _all_of(outcomes: list[str]) -> str:
    return FAIL if FAIL in outcomes else UNDETERMINED if UNDETERMINED in outcomes else PASS


def _none(rows: list[dict[str, Any]] | None, counts: Any) -> str:
    if rows is None:
        return UNDETERMINED
    found = [counts(row) for row in rows]
    return FAIL if True in found else UNDETERMINED if None in found else PASS


def crime_counts(row: Mapping[str, Any]) -> bool | None:
    """Whether a crime counts against Art. 4.4.b; None where that is not known."""
    majeure, *handled = (row.get(name) for name in FLAGS)
    if row["grade"] == "less_serious" or majeure or all(handled):
        return False
    return True if majeure is False and False in handled else None


def accident_counts(row: Mapping[str, Any]) -> bool | None:
    """Whether an accident counts against Art. 4.4.d; None where that is not known."""
    majeure = row.get("force_majeure")
    return False if row["kind"] not in GRAVE_ACCIDENTS or majeure else True if majeure is False else None


# What a host program hands to a rule engine


_BLANK_CRIME = dict.fromkeys(FLAGS)
_BLANK_ACCIDENT = {"force_majeure": None}
_BLANK = dict.fromkeys(FIELDS)


def facts(unit: Unit) -> Facts:
    """The fields with null for what is not known; of events those in the window, of incidents their types."""
    found: Facts = {**_BLANK, **unit["evidence"]}
    if found["incidents"]:
        found["incidents"] = [row["type"] for row in in_window(found["incidents"])]
    if found["crimes"]:
        found["crimes"] = [{**_BLANK_CRIME, **row} for row in in_window(found["crimes"])]
    if found["accidents"]:
        found["accidents"] = [{**_BLANK_ACCIDENT, **row} for row in in_window(found["accidents"])]
    return found
