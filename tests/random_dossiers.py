"""Random dossiers for comparing engines with the oracle; the same seed gives the same dossier.

Facts are drawn, never outcomes: each unit starts from evidence of a good year and then loses fields or has
some of them drawn anew from bad values, edges of the windows and of the first quarter, and both sides of the
thresholds. About one unit in a hundred breaks the contract and must be rejected.

``python -m tests.random_dossiers`` prints how often the oracle gives each outcome of each criterion in 20,000
units. Every cell of that table holds at least 50, save those in :data:`UNREACHABLE`:

- ``kdc`` and ``xa`` are never out of scope, so that their verdicts and those of their criteria that have no
  condition and no denominator are never ``not_applicable``. This leaves ``tt124.kdc.1.c`` (no resident
  household), ``tt124.xa.4.a`` and ``tt124.xa.4.b`` (no unit to count) as the only ones that can be.
- Every criterion of ``tt124.cqdn`` and ``tt124.csgd`` reaches all four outcomes, ``not_applicable`` at least
  through a unit out of scope.
"""

import random
import unicodedata
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from tests.oracle import judge

Evidence = dict[str, Any]
Unit = dict[str, Any]

INCIDENT_POINTS = ("a", "b", "c", "d", "dd", "e", "g")
ORDER_CLAUSES = (
    "tt124.kdc.2",
    *(f"tt124.kdc.3.{point}" for point in INCIDENT_POINTS),
    *(f"tt124.kdc.4.{point}" for point in ("a", "b", "c1", "c2", "c3", "d")),
)
AREA_CRITERIA = ("tt124.kdc.1.a", "tt124.kdc.1.b", *ORDER_CLAUSES, "tt124.kdc.5.a", "tt124.kdc.5.b")
COMMUNE_CRITERIA = (
    *(f"tt124.xa.1.{point}" for point in "abcd"),
    *(f"tt124.xa.2/{criterion}" for criterion in ORDER_CLAUSES),
    "tt124.xa.3.a",
    "tt124.xa.3.b",
)

UNREACHABLE: frozenset[tuple[str, str]] = frozenset(
    (criterion, "not_applicable") for criterion in ("tt124.kdc", "tt124.xa", *AREA_CRITERIA, *COMMUNE_CRITERIA)
)
"""Cells (criterion or standard, outcome) that no evidence can give; the module's docstring says why."""

INCIDENT_TYPES = (
    "anti_state",
    "sabotage_key_works",
    "unlawful_religion",
    "exploitation_complicating_security",
    "separatism",
    "prolonged_dispute",
    "incited_mass_complaint",
    "unlawful_strike",
    "state_secret_violation",
)
READ_INCIDENTS = {
    "kdc": INCIDENT_TYPES[:7],
    "xa": INCIDENT_TYPES[:7],
    "coquan": (*INCIDENT_TYPES[2:4], *INCIDENT_TYPES[6:]),
    "dn": (*INCIDENT_TYPES[2:4], *INCIDENT_TYPES[6:]),
    "csgd": (*INCIDENT_TYPES[2:4], "incited_mass_complaint", "state_secret_violation"),
}
"""The types that some criterion of a kind reads (Arts. 4.3, 6.3, 7.3)."""

ACCIDENT_KINDS = (
    "serious_fire_explosion",
    "fatal_work_accident",
    "serious_incident",
    "environment_serious",
    "food_safety_serious",
)
WORKPLACE_TOPICS = (
    "guarding",
    "state_secrets",
    "internal_politics",
    "labour_safety",
    "fire_explosion",
    "environment",
)
SCHOOL_TOPICS = ("guarding", "internal_politics", "learner_management", "fire_explosion")
SMALL_LEVELS = ("nursery", "kindergarten", "primary")
GREATER_LEVELS = (
    "lower_secondary",
    "upper_secondary",
    "continuing",
    "vocational",
    "college",
    "university",
    "other",
)
HANDLING = ("detected_promptly", "consequences_mitigated", "reported_immediately")
SERIES = ("crime_cases", "social_evil_cases", "other_violation_cases")
SEVENTY_REACHED = ((7, 10), (17, 23), (1, 1), (14, 20), (21, 30), (10, 13), (3, 4), (28, 40), (5, 7))
SEVENTY_MISSED = ((6, 10), (16, 23), (0, 1), (13, 20), (20, 30), (9, 13), (2, 3), (27, 40), (0, 7))
NAMES = {
    "kdc": ("Thôn Đông", "Tổ dân phố số 3", "Bản Nà Lường", "Ấp Mỹ Phước", "Khu phố 5", "Buôn Đắk Rích"),
    "xa": ("Xã Mỹ Đức", "Phường Kỳ Sơn", "Đặc khu Vân Đồn", "Thị trấn Tân Bình", "Xã Vạn Thắng"),
    "coquan": ("Trung tâm Văn hoá", "Hạt Kiểm lâm", "Ủy ban nhân dân xã Hợp Tiến", "Bảo hiểm xã hội"),
    "dn": ("Công ty Cổ phần Dệt may Hưng Yên", "Nhà máy Xi măng", "Công ty Điện lực", "Hợp tác xã Rạng Đông"),
    "csgd": (
        "Trường THPT Nguyễn Huệ",
        "Trường THCS Lê Lợi",
        "Trường Cao đẳng Y tế",
        "Trường Tiểu học Kim Đồng",
    ),
    "huyen": ("Huyện Đắk Hà", "Quận Bình Thạnh"),
    "tinh": ("Tỉnh Quảng Bình", "Thành phố Đà Nẵng"),
}
COMMUNE_CHILDREN = ("kdc", "kdc", "coquan", "dn", "csgd", "csgd")


# ---------------------------------------------------------------------------------------------------------
# Dates


def window_edges(period: int) -> list[date]:
    """Days beside both ends of both windows (Art. 8), and some far from them."""
    days = []
    for year in (period - 1, period):
        days += [date(year, 10, day) for day in (30, 31)]
        days += [date(year, 11, day) for day in (1, 2, 14, 15, 16, 17)]
    return [
        *days,
        date(period - 1, 12, 31),
        date(period, 1, 1),
        date(period - 2, 6, 1),
        date(period + 1, 2, 1),
    ]


def any_event_day(rng: random.Random, period: int) -> date:
    """A day of an event: an edge, a day well inside both windows, or one of a year and a half around them."""
    roll = rng.random()
    if roll < 0.35:
        return rng.choice(window_edges(period))
    if roll < 0.85:
        return date(period - 1, 11, 18) + timedelta(days=rng.randrange(340))
    return date(period - 1, 8, 1) + timedelta(days=rng.randrange(550))


def far_event_day(rng: random.Random, kind: str, period: int) -> date:
    """A day outside the window of the kind, mostly just beside it (Art. 8)."""
    month_day = ((11, 1), (10, 31)) if kind == "kdc" else ((11, 16), (11, 15))
    first, last = date(period - 1, *month_day[0]), date(period, *month_day[1])
    return rng.choice([day for day in window_edges(period) if not first <= day <= last])


def day_in_first_quarter(rng: random.Random, period: int) -> str:
    """A day of the first quarter (Art. 4.1), its ends often."""
    if rng.random() < 0.3:
        return rng.choice([date(period, 1, 1), date(period, 3, 31)]).isoformat()
    return (date(period, 1, 1) + timedelta(days=rng.randrange(90))).isoformat()


def other_day(rng: random.Random, period: int) -> str:
    """A day outside the first quarter, its neighbours often, or ``absent``."""
    if rng.random() < 0.35:
        return "absent"
    edges = [date(period - 1, 12, 31), date(period, 4, 1), date(period, 4, 2), date(period - 1, 2, 3)]
    edges += [date(period + 1, 1, 1), date(period, 4, 1) + timedelta(days=rng.randrange(200))]
    return rng.choice(edges).isoformat()


# ---------------------------------------------------------------------------------------------------------
# Groups of fields: each is drawn good or bad. ``bad`` is a draw that may, not must, fail a criterion.


Draw = Callable[[random.Random, str, int, bool], Evidence]


def document_day(field: str) -> Draw:
    """A group of one document date."""

    def draw(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
        """A date in the first quarter, or elsewhere."""
        return {field: other_day(rng, period) if bad else day_in_first_quarter(rng, period)}

    return draw


def judgement(field: str) -> Draw:
    """A group of one judged boolean."""

    def draw(_rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """True, or false."""
        return {field: not bad}

    return draw


def zero_count(*fields: str) -> Draw:
    """A group of counts that should be 0."""

    def draw(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """Zeros, or one or all of them positive."""
        counts = dict.fromkeys(fields, 0)
        if bad:
            counts[rng.choice(fields)] = rng.choice([1, 1, 2, 7])
        return counts

    return draw


def free_count(field: str) -> Draw:
    """A group of one count that decides nothing."""

    def draw(rng: random.Random, _kind: str, _period: int, _bad: bool) -> Evidence:
        """Any count."""
        return {field: rng.randrange(40)}

    return draw


def whole_group(part: str, total: str) -> Draw:
    """A group of a part and a total that should be equal (the "100%" of Arts. 4.1, 6.1, 7.1)."""

    def draw(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """Equal counts, at times 0 of 0; or one short, or none."""
        if bad:
            number = rng.choice([1, 2, 10, 201, rng.randrange(1, 900)])
            return {total: number, part: rng.choice([number - 1, number - 1, 0])}
        number = 0 if rng.random() < 0.08 else rng.choice([1, 10, 201, rng.randrange(1, 900)])
        return {total: number, part: number}

    return draw


def managed_persons(rng: random.Random, _kind: str, _period: int, _bad: bool) -> Evidence:
    """Listed persons and those under measures, which decide nothing (Art. 4.4.c)."""
    total = rng.randrange(12)
    return {"managed_persons_total": total, "managed_persons_with_measures": rng.randint(0, total)}


def rating(field: str, good: tuple[str, ...], poor: tuple[str, ...]) -> Draw:
    """A group of one rating."""

    def draw(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """A rating from the good or the poor ones."""
        return {field: rng.choice(poor if bad else good)}

    return draw


def series(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The three series of Art. 4.4.a: falling, equal, 0 after 0, 0 after anything; or one of them rising."""
    evidence: Evidence = {}
    for name in SERIES:
        before = rng.choice([0, 0, 1, 2, 5, rng.randrange(60)])
        now = rng.choice([before, max(0, before - 1), rng.randint(0, before), 0])
        evidence |= {f"{name}_curr": now, f"{name}_prev": before}
    if bad:
        name = rng.choice(SERIES)
        evidence[f"{name}_curr"] = evidence[f"{name}_prev"] + rng.choice([1, 1, 4])
    if rng.random() < 0.06:
        for name in SERIES:
            del evidence[f"{name}_prev"]
    return evidence


def crime_row(rng: random.Random, day: date, bad: bool) -> Evidence:
    """One crime: handled, or with free facts, some of them unknown."""
    grade = rng.choice(["less_serious", "serious", "serious", "very_serious", "extremely_serious"])
    row: Evidence = {"occurred_on": day.isoformat(), "grade": grade}
    if bad:
        for name in ("force_majeure", *HANDLING):
            roll = rng.random()
            if roll < 0.85:
                row[name] = roll < (0.1 if name == "force_majeure" else 0.45)
        return row
    if rng.random() < 0.4:
        row["force_majeure"] = True
        return row
    return row | {"force_majeure": False} | dict.fromkeys(HANDLING, True)


def crimes(rng: random.Random, kind: str, period: int, bad: bool) -> Evidence:
    """The crimes of Arts. 4.4.b and 6.3.đ: none, handled ones, ones outside the window; or any."""
    rows = []
    if bad:
        rows += [crime_row(rng, any_event_day(rng, period), True) for _ in range(rng.choice([1, 2, 3]))]
    if rng.random() < 0.2:
        rows.append(crime_row(rng, any_event_day(rng, period), False))
    if rng.random() < 0.15:
        rows.append(crime_row(rng, far_event_day(rng, kind, period), True))
    rng.shuffle(rows)
    return {"crimes": rows}


def accidents(rng: random.Random, kind: str, period: int, bad: bool) -> Evidence:
    """The accidents of Arts. 4.4.d and 6.3.g: none, by force majeure, outside the window; or any."""
    rows: list[Evidence] = []
    for _ in range(rng.choice([1, 2, 3]) if bad else 0):
        day = any_event_day(rng, period)
        row: Evidence = {"kind": rng.choice(ACCIDENT_KINDS), "occurred_on": day.isoformat()}
        if rng.random() < 0.8:
            row["force_majeure"] = rng.random() < 0.15
        rows.append(row)
    if rng.random() < 0.15:
        day = any_event_day(rng, period)
        rows.append({"kind": rng.choice(ACCIDENT_KINDS), "occurred_on": day.isoformat(), "force_majeure": True})
    if rng.random() < 0.15:
        day = far_event_day(rng, kind, period)
        rows.append({"kind": rng.choice(ACCIDENT_KINDS), "occurred_on": day.isoformat(), "force_majeure": False})
    rng.shuffle(rows)
    return {"accidents": rows}


def incidents(rng: random.Random, kind: str, period: int, bad: bool) -> Evidence:
    """The incidents of Arts. 4.3 and 6.3: none, outside the window, of a type not read; or any."""
    rows = []
    if bad:
        types = READ_INCIDENTS[kind] if rng.random() < 0.85 else INCIDENT_TYPES
        rows += [(rng.choice(types), any_event_day(rng, period)) for _ in range(rng.choice([2, 3, 4]))]
    if rng.random() < 0.15:
        rows.append((rng.choice(INCIDENT_TYPES), far_event_day(rng, kind, period)))
    if kind in ("kdc", "xa") and rng.random() < 0.05:
        unread = rng.choice(["unlawful_strike", "state_secret_violation"])
        rows.append((unread, any_event_day(rng, period)))
    if kind == "csgd" and rng.random() < 0.05:
        rows.append((rng.choice(["unlawful_strike", "separatism"]), any_event_day(rng, period)))
    rng.shuffle(rows)
    return {"incidents": [{"type": name, "occurred_on": day.isoformat()} for name, day in rows]}


def models(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The movement models of Arts. 5.1, 6.1 and 7.1: with an effective one; or without, or not known."""
    rows: list[Evidence] = []
    if not bad:
        rows.append({"name": "Camera an ninh", "active": True, "effective": True})
    for _ in range(rng.choice([0, 0, 1, 2])):
        row: Evidence = {"active": rng.random() < 0.5}
        row["effective"] = not row["active"]
        if rng.random() < 0.25:
            del row[rng.choice(["active", "effective"])]
        if rng.random() < 0.5:
            row["name"] = rng.choice(["Tiếng kẻng an ninh", "Tổ tự quản", "Zalo an ninh"])
        rows.append(row)
    rng.shuffle(rows)
    return {"movement_models": rows}


def party(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
    """The Party organisation and its resolution (Arts. 6.1, 7.1)."""
    exists = bad or rng.random() < 0.85
    evidence: Evidence = {"has_party_org": exists}
    if exists or rng.random() < 0.2:
        evidence["party_resolution_date"] = (
            other_day(rng, period) if bad or not exists else day_in_first_quarter(rng, period)
        )
    return evidence


def rules(rng: random.Random, kind: str, _period: int, bad: bool) -> Evidence:
    """The internal rules of Arts. 6.1 and 7.1: every topic, or one or all left out."""
    topics = list(SCHOOL_TOPICS if kind == "csgd" else WORKPLACE_TOPICS)
    rng.shuffle(topics)
    if bad:
        topics = [] if rng.random() < 0.2 else topics[1:]
    return {"internal_rules": topics}


def guards(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The guard force of Arts. 6.4 and 7.5."""
    exists, eligible = rng.random() < 0.85, rng.random() < 0.88
    title = rng.random() < 0.5
    evidence: Evidence = {"guard_force_exists": exists}
    if not exists and rng.random() < 0.6:
        return evidence
    evidence["guard_force_eligible_for_title"] = eligible
    evidence["guard_force_title"] = title and not bad
    ratings = ["not_completed", "completed"] if bad else ["well", "excellent"]
    if title and not bad:
        ratings += ["completed"]
    evidence["guard_force_rating"] = rng.choice(ratings)
    return evidence


def subunits(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The subunits of Arts. 6.5 and 7.6, at both sides of 70%, at times none."""
    if not bad and rng.random() < 0.07:
        good, eligible = 0, 0
    elif rng.random() < 0.5:
        good, eligible = rng.choice(SEVENTY_MISSED if bad else SEVENTY_REACHED)
    else:
        eligible = rng.randint(1, 40)
        least = -(-7 * eligible // 10)
        good = rng.randint(0, least - 1) if bad else rng.randint(least, eligible)
    return {"subunits_eligible": eligible, "subunits_titled_or_well": good}


def armed_forces(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The scope of an agency (Art. 1.2.b)."""
    return {"is_armed_forces": bad or rng.random() < 0.06}


def size(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The scope of an enterprise (Art. 1.2.b)."""
    small = bad or rng.random() < 0.08
    return {"enterprise_size": rng.choice(["micro", "small"] if small else ["medium", "large"])}


def levels(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The scope of a school (Art. 1.2.b): small levels alone, greater ones, or both."""
    chosen: list[str] = []
    if bad or rng.random() < 0.25:
        chosen += rng.sample(SMALL_LEVELS, rng.randint(1, 3))
    if not bad and (not chosen or rng.random() < 0.7):
        chosen += rng.sample(GREATER_LEVELS, rng.randint(1, 2))
    rng.shuffle(chosen)
    return {"education_levels": chosen}


def parents(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The parents' board of a general school (Art. 7.2)."""
    general = bad or rng.random() < 0.7
    if not general and rng.random() < 0.6:
        return {"is_general_education": False}
    return {"is_general_education": general, "parent_board_coordination": not bad}


def commune_kind(rng: random.Random, _kind: str, _period: int, _bad: bool) -> Evidence:
    """The kind of commune, which decides nothing."""
    return {"commune_kind": rng.choice(["xa", "phuong", "thi_tran", "dac_khu"])}


ORDER_GROUPS: tuple[Draw, ...] = (
    judgement("policy_implementation_full"),
    incidents,
    incidents,
    series,
    crimes,
    crimes,
    accidents,
    accidents,
    zero_count("new_hotspots"),
    zero_count("new_social_evil_persons"),
    managed_persons,
    judgement("management_effective"),
)
WORKPLACE_GROUPS: tuple[Draw, ...] = (
    party,
    document_day("security_plan_date"),
    document_day("registration_date"),
    rules,
    whole_group("staff_briefed", "staff_total"),
    models,
    judgement("policy_implementation_full"),
    incidents,
    incidents,
    crimes,
    crimes,
    accidents,
    accidents,
    guards,
    guards,
    zero_count("guard_disciplined_warning_plus"),
    subunits,
    zero_count("staff_disciplined_warning_plus"),
)
CQDN_GROUPS: tuple[Draw, ...] = (
    *WORKPLACE_GROUPS,
    judgement("has_police_coordination_rules"),
    zero_count("staff_admin_sanctions_security", "staff_social_evil_disciplined_warning_plus"),
)
GROUPS: dict[str, tuple[Draw, ...]] = {
    "kdc": (
        document_day("party_resolution_date"),
        document_day("registration_date"),
        whole_group("households_registered", "households_resident"),
        *ORDER_GROUPS,
        rating("grassroots_force_rating", ("completed", "well", "excellent"), ("not_completed",)),
        zero_count("grassroots_force_disciplined"),
    ),
    "xa": (
        document_day("party_resolution_date"),
        document_day("security_plan_date"),
        document_day("registration_date"),
        models,
        *ORDER_GROUPS,
        judgement("police_advisory_effective"),
        zero_count("police_disciplined"),
        free_count("police_proposals"),
        commune_kind,
    ),
    "coquan": (armed_forces, *CQDN_GROUPS),
    "dn": (size, *CQDN_GROUPS),
    "csgd": (
        levels,
        *WORKPLACE_GROUPS,
        whole_group("learners_briefed", "learners_total"),
        parents,
        zero_count("school_violence_cases"),
        zero_count("persons_offended", "persons_social_evil_disciplined_warning_plus"),
    ),
}
"""The groups of fields of each kind; a group named twice is more often drawn bad."""


# ---------------------------------------------------------------------------------------------------------
# Units


def draw_evidence(rng: random.Random, kind: str, period: int, slips: int, gaps: float) -> Evidence:
    """Evidence with ``slips`` groups drawn bad and each field left out with probability ``gaps``."""
    groups = GROUPS[kind]
    spoilt = set(rng.sample(range(len(groups)), min(slips, len(groups))))
    evidence: Evidence = {}
    for index in range(len(groups)):
        drawn = groups[index](rng, kind, period, index in spoilt)
        if index in spoilt or not set(drawn) & set(evidence):
            evidence |= drawn
    return {field: value for field, value in evidence.items() if rng.random() >= gaps}


def free_evidence(rng: random.Random, kind: str, period: int) -> Evidence:
    """Evidence as found in the field: clean, with slips, with gaps, with both, or hardly any."""
    profile = rng.choices(["clean", "slips", "gaps", "both", "bare"], [42, 27, 18, 11, 2])[0]
    slips = rng.choice([1, 1, 2, 3]) if profile in ("slips", "both") else 0
    gaps = {"gaps": rng.choice([0.1, 0.3, 0.5]), "both": 0.3, "bare": 0.85}.get(profile, 0.0)
    return draw_evidence(rng, kind, period, slips, gaps)


def wrapped(rng: random.Random, value: Any, period: int) -> Evidence:
    """A value with the document that proves it and who confirmed it."""
    result: Evidence = {"value": value}
    if rng.random() < 0.8:
        document: Evidence = {"kind": rng.choice(["quyết định", "báo cáo", "biên bản"])}
        document["number"] = f"{rng.randint(1, 400)}/QĐ-UBND"
        if rng.random() < 0.6:
            document |= {"date": date(period, 11, rng.randint(1, 28)).isoformat(), "issuer": "UBND xã"}
        result["document"] = document
    if rng.random() < 0.5:
        result |= {"confirmed_by": "Công an xã", "confirmed_on": date(period, 11, 3).isoformat()}
    if rng.random() < 0.2:
        result["note"] = "Đối chiếu hồ sơ lưu"
    return result


def decorate(rng: random.Random, unit: Unit, period: int) -> None:
    """Give a unit a name, tags and wrapped values at times; none of them decides anything."""
    if rng.random() < 0.8:
        unit["name"] = f"{rng.choice(NAMES[unit['kind']])} {rng.randint(1, 30)}"
        if rng.random() < 0.2:
            unit["name"] = unicodedata.normalize("NFD", unit["name"])
    if rng.random() < 0.3:
        unit["tags"] = rng.sample(["border", "island", "ethnic_minority", "biên giới"], rng.randint(0, 2))
    if rng.random() < 0.12:
        evidence = unit["evidence"]
        unit["evidence"] = {
            field: wrapped(rng, value, period) if rng.random() < 0.4 else value for field, value in evidence.items()
        }
    if not unit["evidence"] and rng.random() < 0.5:
        del unit["evidence"]


def announce(rng: random.Random, evidence: Evidence, children: int) -> None:
    """Reported counts of a commune with children in the input: fewer, as many, or more (Art. 5.4)."""
    roll = rng.random()
    if roll < 0.55:
        return
    total = children
    if roll > 0.75:
        total = rng.choice([children + 1, children + 2, children + 10, max(0, children - 1), 0])
    evidence["subunits_total"] = total
    if rng.random() < 0.3:
        registered = rng.randint(0, total)
        evidence |= {"subunits_registered": registered, "subunits_recognised": rng.randint(0, registered)}


def report_counts(rng: random.Random, evidence: Evidence) -> None:
    """Reported counts of a commune without children in the input (Art. 5.4), some of them missing."""
    total = 0 if rng.random() < 0.15 else rng.choice([10, 20, 23, rng.randint(1, 40)])
    registered = rng.choice([total, total, total, max(0, total - 1), 0, rng.randint(0, total)])
    least = -(-7 * registered // 10)
    recognised = rng.choice([least, least, max(0, least - 1), registered, registered, rng.randint(0, registered)])
    counts = {"total": total, "registered": registered, "recognised": recognised}
    for name, count in counts.items():
        if rng.random() >= 0.12:
            evidence[f"subunits_{name}"] = count
    if "subunits_registered" not in evidence and rng.random() < 0.5:
        evidence.pop("subunits_recognised", None)


def child_evidence(rng: random.Random, kind: str, period: int, temper: str) -> Evidence:
    """Evidence of a child in a commune of one temper."""
    if temper == "out" and kind != "kdc":
        scope = {"coquan": armed_forces, "dn": size, "csgd": levels}[kind]
        return free_evidence(rng, kind, period) | scope(rng, kind, period, True)
    if temper == "fine":
        evidence = draw_evidence(rng, kind, period, 0, 0.0)
    elif temper == "registered":
        evidence = free_evidence(rng, kind, period)
        evidence["registration_date"] = day_in_first_quarter(rng, period)
    elif temper == "poor":
        evidence = draw_evidence(rng, kind, period, rng.choice([0, 3, 4]), 0.0)
        evidence["registration_date"] = rng.choice(["absent", day_in_first_quarter(rng, period)])
    else:
        evidence = free_evidence(rng, kind, period)
    return evidence


def family(rng: random.Random, period: int, number: int, room: int, regions: list[str]) -> list[Unit]:
    """A commune and its children, at most ``room`` units."""
    commune: Unit = {"id": new_id(rng, "xa", number), "kind": "xa"}
    if rng.random() < 0.5 and regions:
        commune["parent"] = rng.choice(regions)
    commune["evidence"] = free_evidence(rng, "xa", period)
    temper = rng.choices(["fine", "registered", "poor", "free", "out"], [30, 25, 12, 22, 11])[0]
    count = rng.choices([0, 1, 2, 3, 4, 5, 6, 10, 23], [26, 14, 15, 12, 11, 9, 8, 4, 1])[0]
    count = min(count, room - 1)
    children = []
    for index in range(count):
        kinds = ("coquan", "dn", "csgd") if temper == "out" and rng.random() < 0.95 else COMMUNE_CHILDREN
        kind = rng.choice(kinds)
        child: Unit = {"id": new_id(rng, kind, number * 100 + index), "kind": kind, "parent": commune["id"]}
        if rng.random() < 0.22:
            child["managing_level"] = rng.choices(["xa", "huyen", "tinh", "bo"], [60, 15, 18, 7])[0]
        child["evidence"] = child_evidence(rng, kind, period, temper)
        children.append(child)
    managed = [child for child in children if child.get("managing_level", "xa") == "xa"]
    if managed:
        announce(rng, commune["evidence"], len(managed))
    else:
        report_counts(rng, commune["evidence"])
    return [commune, *children]


def new_id(rng: random.Random, kind: str, number: int) -> str:
    """An id; some hold Vietnamese letters, composed or not."""
    roll = rng.random()
    if roll < 0.94:
        return f"{kind}-{number:06d}"
    identity = f"{kind}-Đồng-Mỹ-{number:06d}"
    return unicodedata.normalize("NFD", identity) if roll > 0.97 else identity


def lone_unit(rng: random.Random, period: int, number: int, regions: list[str]) -> Unit:
    """A unit that no commune of the dossier counts."""
    kind = rng.choice(("kdc", "coquan", "dn", "csgd", "csgd"))
    unit: Unit = {"id": new_id(rng, kind, number), "kind": kind, "evidence": free_evidence(rng, kind, period)}
    if rng.random() < 0.3 and regions:
        unit |= {"parent": rng.choice(regions), "managing_level": rng.choice(["huyen", "tinh", "bo"])}
    elif rng.random() < 0.05:
        unit["parent"] = "xa-not-here"
    return unit


def spoil(rng: random.Random, unit: Unit, twins: list[Unit]) -> None:
    """Break the contract in one unit; a broken id use adds a second unit to ``twins``."""
    evidence: Evidence = unit.setdefault("evidence", {})
    faults: list[Evidence] = [
        {"registration_date": f"{rng.choice([2023, 2025])}-02-30"},
        {"registration_date": rng.choice(["31/03/2025", "2025-3-1", "không có", "", 20250301, True])},
        {"party_resolution_date": {"value": "2025-13-01", "note": "Nghị quyết"}},
        {"party_resolution_date": {"document": {"number": "1/NQ"}}},
        {"policy_implementation_full": rng.choice(["true", 1, 0, "có"])},
        {"incidents": [{"type": "unlawful_strike"}]},
        {"incidents": [{"type": "theft", "occurred_on": "2025-02-03"}]},
        {"incidents": rng.choice([3, "none", {"type": "separatism", "occurred_on": "2025-02-03"}])},
        {"crimes": [{"grade": "serious", "occurred_on": "2025-02-29"}]},
        {"crimes": [{"grade": "grave", "occurred_on": "2025-02-03"}]},
        {"crimes": [{"occurred_on": "2025-02-03", "force_majeure": True}]},
        {"crimes": [{"grade": "serious", "occurred_on": "2025-02-03", "force_majeure": "no"}]},
        {"accidents": [{"kind": "serious_incident", "occurred_on": "absent"}]},
        {"accidents": [{"occurred_on": "2025-02-03"}]},
        {"movement_models": [{"name": "Camera", "active": True, "effective": True, "since": "2020-01-01"}]},
        {"movement_models": [{"name": 7, "active": True}]},
        {rng.choice(["resolution_form", "assessor_note", "registration_day"]): "x"},
    ]
    counts = {
        "kdc": ["households_resident", "new_hotspots", "crime_cases_prev", "grassroots_force_disciplined"],
        "xa": ["police_disciplined", "crime_cases_curr", "subunits_total", "police_proposals"],
        "coquan": ["staff_total", "subunits_eligible", "staff_admin_sanctions_security"],
        "dn": ["staff_total", "guard_disciplined_warning_plus", "staff_admin_sanctions_security"],
        "csgd": ["learners_total", "school_violence_cases", "persons_offended"],
    }
    pairs = {
        "kdc": [("households_resident", "households_registered")],
        "xa": [("subunits_total", "subunits_registered"), ("subunits_registered", "subunits_recognised")],
        "coquan": [("staff_total", "staff_briefed")],
        "dn": [("subunits_eligible", "subunits_titled_or_well")],
        "csgd": [("learners_total", "learners_briefed"), ("staff_total", "staff_briefed")],
    }
    kind: str = unit["kind"]
    if kind in counts:
        field = rng.choice(counts[kind])
        faults += [{field: wrong} for wrong in (-1, "12", True, "", [1])]
        whole, part = rng.choice(pairs[kind])
        faults += [{whole: 3, part: 4}, {whole: 0, part: 1}]
    foreign = {
        "kdc": "staff_total",
        "xa": "households_resident",
        "dn": "is_armed_forces",
        "csgd": "enterprise_size",
    }
    faults.append({foreign.get(kind, "grassroots_force_rating"): 1})
    if kind == "csgd":
        faults += [
            {"education_levels": []},
            {"education_levels": ["secondary"]},
            {"internal_rules": ["sport"]},
        ]
        faults += [{"guard_force_rating": "good"}]
    roll = rng.random()
    if roll < 0.6:
        unit["evidence"] = evidence | rng.choice(faults)
    elif roll < 0.7:
        twin = {**unit, "evidence": dict(evidence)}
        if rng.random() < 0.3:
            twin["id"] = unicodedata.normalize("NFD", unit["id"])
        twins.append(twin)
    else:
        faults = [
            {"tags": "border"},
            {"tags": ["border", 3]},
            {"managing_level": rng.choice(["commune", "province", 1])},
            {"kind": rng.choice(["school", "thon", "KDC"])},
            {"address": "Đường số 1"},
            {"evidence": [evidence]},
            {"name": 12},
        ]
        unit |= rng.choice(faults)


# ---------------------------------------------------------------------------------------------------------
# Dossiers


def random_dossier(seed: int, units: int, period: int = 2025) -> dict[str, Any]:
    """A dossier of ``units`` units in the form ``antq.dossier/1``.

    Args:
        seed: The same seed, size and period give the same dossier.
        units: How many units, communes and grouping units included.
        period: The year of assessment, about which all dates lie.
    """
    rng = random.Random(f"dossier {seed} {units} {period}")
    made: list[Unit] = []
    regions: list[str] = []
    number = 0
    while len(made) < units:
        number += 1
        roll = rng.random()
        if roll < 0.015:
            kind = rng.choice(["huyen", "tinh"])
            region: Unit = {"id": new_id(rng, kind, number), "kind": kind, "evidence": {}}
            regions.append(region["id"])
            made.append(region)
        elif roll < 0.16:
            made.append(lone_unit(rng, period, number, regions))
        else:
            made += family(rng, period, number, units - len(made), regions)
    twins: list[Unit] = []
    for unit in made:
        decorate(rng, unit, period)
        if rng.random() < 0.011:
            spoil(rng, unit, twins)
    made = made[: units - len(twins)] + twins
    if rng.random() < 0.5:
        rng.shuffle(made)
    return {"schema": "antq.dossier/1", "period": period, "units": made}


def random_previous(dossier: dict[str, Any], seed: int) -> dict[str, Any]:
    """Last year's dossier of a part of the units, for series whose ``*_prev`` is missing (Art. 4.4.a).

    Some units changed their kind since, some lack a series, some are written in another Unicode form, and
    some are not in this year's dossier. Every unit of it keeps the contract.
    """
    rng = random.Random(f"previous {seed}")
    period: int = dossier["period"] - 1
    seen: set[str] = set()
    made: list[Unit] = []
    for unit in dossier["units"]:
        identity = unicodedata.normalize("NFC", unit["id"])
        if identity in seen or unit["kind"] not in GROUPS or rng.random() < 0.35:
            continue
        seen.add(identity)
        kind = unit["kind"]
        if rng.random() < 0.04:
            kind = rng.choice(["kdc", "xa"])
        if rng.random() < 0.2:
            identity = unicodedata.normalize("NFD", identity)
        made.append({"id": identity, "kind": kind, "evidence": free_evidence(rng, kind, period)})
        decorate(rng, made[-1], period)
    for index in range(rng.randint(0, 3)):
        made.append({"id": f"gone-{index}", "kind": "kdc", "evidence": free_evidence(rng, "kdc", period)})
    rng.shuffle(made)
    return {"schema": "antq.dossier/1", "period": period, "units": made}


# ---------------------------------------------------------------------------------------------------------
# Coverage


STANDARDS = {
    "kdc": "tt124.kdc",
    "xa": "tt124.xa",
    "coquan": "tt124.cqdn",
    "dn": "tt124.cqdn",
    "csgd": "tt124.csgd",
}


def count_outcomes(dossier: dict[str, Any]) -> dict[str, Counter[str]]:
    """How often the oracle gives each outcome, by criterion and by standard (for the verdicts)."""
    result = judge(dossier, period=dossier["period"])
    kinds = {unicodedata.normalize("NFC", unit["id"]): unit["kind"] for unit in dossier["units"]}
    table: dict[str, Counter[str]] = {}
    for identity, (outcome, findings) in result.verdicts.items():
        table.setdefault(STANDARDS[kinds[identity]], Counter())[outcome] += 1
        for criterion, finding in findings.items():
            table.setdefault(criterion, Counter())[finding] += 1
    table["rejected"] = Counter(units=len(result.rejected))
    return table


def main() -> None:
    """Print the table of criteria and outcomes for 20,000 units, thin cells marked."""
    outcomes = ("pass", "fail", "undetermined", "not_applicable")
    table = count_outcomes(random_dossier(seed=1, units=20_000))
    rejected = table.pop("rejected")["units"]
    thin = 0
    for criterion in sorted(table):
        cells = []
        for outcome in outcomes:
            number = table[criterion][outcome]
            wrong = number > 0 if (criterion, outcome) in UNREACHABLE else number < 50
            thin += wrong
            cells.append(f"{number:>7}{'*' if wrong else ' '}")
        print(f"{criterion:<30}", *cells)
    print(f"{rejected} rejected, {thin} cells to mend (marked *); columns:", *outcomes)


if __name__ == "__main__":
    main()
