"""Random dossiers for the standards of 2012 and of the typical commune; the same seed gives the same dossier.

As in :mod:`tests.random_dossiers` facts are drawn, never outcomes: a unit starts from evidence of a good year and
then loses fields or has groups of them drawn anew from bad values, days beside the ends of the windows, and both
sides of the thresholds. About one unit in eighty breaks the contract and must be rejected.
"""

import random
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from tests.oracle import RATINGS
from tests.oracle_2012 import INCIDENT_TYPES, SCHOOL_TOPICS, SERIES, TITLES, WORKPLACE_TOPICS
from tests.oracle_typical_ward import CLASSES, POLICE_TITLES
from tests.random_dossiers import judgement, whole_group, wrapped, zero_count

Evidence = dict[str, Any]
Unit = dict[str, Any]
Draw = Callable[[random.Random, str, int, bool], Evidence]

ORDER_CLAUSES = tuple(f"tt23.kdc.{point}" for point in ("2.a", "2.b", "3.a", "3.b", "3.c", "3.d", "4.a", "4.b"))
UNREACHABLE_2012: frozenset[tuple[str, str]] = frozenset(
    (criterion, "not_applicable")
    for criterion in (
        *(f"tt23.{standard}" for standard in ("kdc", "xa", "cqdn", "truong")),
        *("tt23.kdc.1.a", "tt23.kdc.1.b", *ORDER_CLAUSES),
        *(f"tt23.xa.{point}" for point in ("1.a", "1.b", "1.c", "3.a", "3.b")),
        *(f"tt23.xa.2/{criterion}" for criterion in ORDER_CLAUSES),
        *(
            f"tt23.cqdn.{point}"
            for point in ("1.a", "1.b", "1.c", "2.a", "2.b", "3.a", "3.b", "3.c", "3.d", "3.e", "4")
        ),
        *(f"tt23.truong.{point}" for point in ("1.b", "1.c", "2", "3")),
    )
)
"""Cells that no evidence can give: nobody is out of scope, and only a whole of nobody, a school without a Party
organisation and a commune without residential areas are not applicable."""

GROUPS_OF_PDH = {"1": 7, "2": 12, "3": 10, "4": 5}
PDH = tuple(f"pdh.{group}.{number:02d}" for group, size in GROUPS_OF_PDH.items() for number in range(1, size + 1))
UNREACHABLE_PDH: frozenset[tuple[str, str]] = frozenset(
    (criterion, "not_applicable") for criterion in ("pdh.xa", *PDH) if criterion not in ("pdh.2.01", "pdh.2.07")
) | {("pdh.1.07", "fail")}
"""Cells that no evidence can give while the entry gate is open and the law on the grassroots force holds: only shares
of nothing are not applicable, and the lowest rating is not below a least rating that nobody has set."""

MANY_TYPES = (*INCIDENT_TYPES, *("anti_state", "sabotage_works") * 2)
"""Two clauses read one type each; these are drawn more often."""

SEVENTY = ((7, 10), (6, 10), (14, 20), (13, 20), (16, 25), (17, 25), (18, 25), (5, 7), (2, 3), (16, 23), (17, 23))


# ---------------------------------------------------------------------------------------------------------
# Groups of fields of the standard of 2012


def edges(period: int) -> list[date]:
    """Days beside the ends of the windows of Art. 9.2, and some far from them."""
    days = [date(period - 2, 6, 1), date(period + 1, 2, 1), date(period - 1, 12, 31), date(period, 1, 1)]
    for year in (period - 1, period):
        days += [date(year, 10, 30), date(year, 10, 31), date(year, 11, 1), date(year, 11, 2)]
        days += [date(year, 11, 29), date(year, 11, 30), date(year, 12, 1), date(year, 12, 2)]
    return days


def event_day(rng: random.Random, period: int) -> str:
    """A day of an event, often beside the end of a window."""
    if rng.random() < 0.45:
        return rng.choice(edges(period)).isoformat()
    return (date(period - 1, 12, 3) + timedelta(days=rng.randrange(320))).isoformat()


def day_of_year(rng: random.Random, period: int, bad: bool) -> str:
    """A day of the calendar year, its ends often; or one beside it, or none."""
    if bad:
        others = [date(period - 1, 12, 31), date(period + 1, 1, 1), date(period - 1, 5, 4), date(period + 1, 7, 1)]
        others += [day for day in edges(period) if day.year == period - 1]
        return rng.choice([*["absent"] * 5, *(day.isoformat() for day in others)])
    if rng.random() < 0.3:
        return rng.choice([date(period, 1, 1), date(period, 12, 31)]).isoformat()
    if rng.random() < 0.2:
        return rng.choice([day for day in edges(period) if day.year == period]).isoformat()
    return (date(period, 1, 1) + timedelta(days=rng.randrange(365))).isoformat()


def yearly_document(field: str) -> Draw:
    """A group of one document of the year."""

    def draw(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
        """A day of the year, or not."""
        return {field: day_of_year(rng, period, bad)}

    return draw


def any_document(field: str) -> Draw:
    """A group of one document that must only exist."""

    def draw(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
        """Any day, often about the closing of a school year, or none."""
        if not bad and rng.random() < 0.5:
            year = rng.choice([period - 1, period])
            if rng.random() < 0.05:
                return {field: rng.choice(["0001-01-01", "9999-12-31"])}
            return {field: (date(year, 5, 22) + timedelta(days=rng.choice([-1, 0, 1, 30]))).isoformat()}
        return {field: "absent" if bad else day_of_year(rng, period, rng.random() < 0.2)}

    return draw


def at_least(field: str, least: int, most: int) -> Draw:
    """A group of one count that should reach a threshold."""

    def draw(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """The threshold or more; or below it."""
        if bad:
            return {field: rng.choice([least - 1, least - 1, 0, rng.randrange(least)])}
        return {field: rng.choice([least, least, rng.randint(least, most)])}

    return draw


def choice(field: str, good: Sequence[str], poor: Sequence[str]) -> Draw:
    """A group of one value of a ladder."""

    def draw(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """A good or a poor one."""
        return {field: rng.choice(poor if bad else good)}

    return draw


def incidents(rng: random.Random, kind: str, period: int, bad: bool) -> Evidence:
    """Incidents: none, or some of any type on any day."""
    number = rng.choice([1, 1, 2, 3, 4]) if bad else rng.choice([0, 0, 0, 0, 1])
    types = ("mass_complaint", "unlawful_strike") if kind in ("coquan", "dn") and rng.random() < 0.5 else MANY_TYPES
    rows = [{"type": rng.choice(types), "occurred_on": event_day(rng, period)} for _ in range(number)]
    if not bad:
        month = 10 if kind == "kdc" else 11
        beside = date(period - 1, month, 31 - (month == 11)), date(period, month + 1, 1)
        far = [date(period - 2, 6, 1), *beside]
        rows = [row | {"occurred_on": rng.choice(far).isoformat()} for row in rows]
    return {"incidents": rows}


def series(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
    """The series of Art. 5.4: falling, equal, 0 after 0, 0 after anything; or one of them rising."""
    evidence: Evidence = {}
    for name in SERIES:
        before = rng.choice([0, 0, 1, 2, rng.randrange(50)])
        evidence |= {f"{name}_curr": rng.choice([before, max(0, before - 1), 0]), f"{name}_prev": before}
    if bad:
        name = rng.choice(SERIES)
        evidence[f"{name}_curr"] = evidence[f"{name}_prev"] + rng.choice([1, 1, 4])
    if rng.random() < 0.05:
        for name in SERIES:
            del evidence[f"{name}_prev"]
    days = [event_day(rng, period) for _ in range(min(6, evidence["accident_cases_curr"]) + rng.choice([0, 0, 1]))]
    return evidence | {"accidents": [{"occurred_on": day} for day in days]}


def rules(rng: random.Random, kind: str, _period: int, bad: bool) -> Evidence:
    """The internal rules: every topic, or one or all left out."""
    topics = sorted(SCHOOL_TOPICS if kind == "truong" else WORKPLACE_TOPICS)
    rng.shuffle(topics)
    if bad:
        topics = [] if rng.random() < 0.2 else topics[1:]
    return {"internal_rules": topics}


def civil_guard(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The civil guard and its title; without a guard mostly no title."""
    exists = rng.random() < 0.8
    evidence: Evidence = {"has_civil_guard": exists}
    if exists or rng.random() < 0.5:
        evidence["civil_guard_title"] = rng.choice(TITLES[:1] if bad else TITLES[1:])
    return evidence


def attested(field: str) -> Draw:
    """A group of one clause that was not seen, with or without the decision that attests it."""

    def draw(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
        """True or false with its document; at times the document lacks its number or date, or is missing."""
        document = {"kind": "quyết định", "number": "12/QĐ-UBND", "date": f"{period}-12-03", "issuer": "UBND huyện"}
        for key in rng.sample(sorted(document), rng.choice([0, 0, 0, 0, 1, 2])):
            del document[key]
        roll = rng.random()
        if roll < 0.06:
            return {field: not bad}
        if roll < 0.12:
            return {field: {"value": not bad, "confirmed_by": "Công an huyện"}}
        return {field: {"value": not bad, "document": document}}

    return draw


def party(rng: random.Random, kind: str, period: int, bad: bool) -> Evidence:
    """The Party organisation of a school and its resolution."""
    exists = bad or rng.random() < 0.8
    evidence: Evidence = {"has_party_org": exists}
    if exists or rng.random() < 0.3:
        evidence |= any_document("party_resolution_date")(rng, kind, period, bad)
    return evidence


def families(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The plan with the families, in general education."""
    general = rng.random() < 0.7
    evidence: Evidence = {"is_general_education": general}
    if general or rng.random() < 0.5:
        evidence["coordination_plan_with_families"] = not bad
    return evidence


def school_year(rng: random.Random, _kind: str, period: int, _bad: bool) -> Evidence:
    """The closings of two school years."""
    days = {
        "school_year_close_prev": date(period - 1, 5, rng.choice([21, 22, 22, 23, 31])),
        "school_year_close": date(period, 5, rng.choice([21, 22, 22, 23, 31])),
    }
    return {name: day.isoformat() for name, day in days.items()}


ORDER: tuple[Draw, ...] = (
    judgement("policy_implementation_effective"),
    at_least("self_management_models", 1, 6),
    incidents,
    incidents,
    series,
    zero_count("serious_crimes", "residents_offending_elsewhere"),
)
WORKPLACE: tuple[Draw, ...] = (
    yearly_document("security_plan_date"),
    yearly_document("registration_date"),
    rules,
    whole_group("staff_pledged", "staff_total"),
    judgement("policy_implementation_effective"),
    judgement("coordination_plan"),
    at_least("self_management_models", 1, 6),
    incidents,
    incidents,
    zero_count("major_thefts"),
    zero_count("secret_leaks"),
    zero_count("serious_accidents"),
    zero_count("staff_offenders", "staff_social_evil"),
    attested("guard_force_clause_met"),
)
GROUPS: dict[str, tuple[Draw, ...]] = {
    "kdc": (
        yearly_document("party_resolution_date"),
        yearly_document("registration_date"),
        whole_group("households_pledged", "households_total"),
        *ORDER,
    ),
    "xa": (
        yearly_document("party_resolution_date"),
        yearly_document("security_plan_date"),
        yearly_document("registration_date"),
        *ORDER,
        choice("commune_police_title", TITLES[1:], TITLES[:1]),
        civil_guard,
        zero_count("disciplined_warning_plus"),
    ),
    "coquan": WORKPLACE,
    "dn": WORKPLACE,
    "truong": (
        party,
        any_document("security_plan_date"),
        any_document("registration_date"),
        rules,
        whole_group("staff_pledged", "staff_total"),
        whole_group("learners_pledged", "learners_lower_secondary_up"),
        judgement("policy_implementation_effective"),
        judgement("coordination_plan"),
        families,
        school_year,
        attested("remaining_clauses_met"),
    ),
}


# ---------------------------------------------------------------------------------------------------------
# Groups of fields of the typical commune


def quarter_document(field: str) -> Draw:
    """A group of one document of the first quarter."""

    def draw(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
        """A day of the first quarter, its ends often; or another, or none."""
        if bad:
            others = [date(period, 4, 1), date(period - 1, 12, 31), date(period, 4, 21)]
            return {field: rng.choice(["absent", "0001-01-01", *(day.isoformat() for day in others)])}
        inside = [date(period, 1, 1), date(period, 3, 31), date(period, 2, 3)]
        return {field: rng.choice(inside).isoformat()}

    return draw


def ratio(part: str, total: str, numerator: int, denominator: int) -> Draw:
    """A group of a part and a total with a share to reach."""

    def draw(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """On either side of the share, mostly just at it; at times of nothing."""
        whole = rng.choice([10, 20, 23, 1000, rng.randint(1, 400)])
        least = -(-numerator * whole // denominator)
        if bad:
            return {total: whole, part: rng.choice([least - 1, least - 1, rng.randrange(least)])}
        if rng.random() < 0.06:
            return {total: 0, part: 0}
        return {total: whole, part: rng.choice([least, least, whole, rng.randint(least, whole)])}

    return draw


def below(rng: random.Random, kind: str, period: int, bad: bool) -> Evidence:
    """The units below: all registered, and enough of them recognised."""
    evidence = ratio("subunits_recognised", "subunits_registered", 7, 10)(rng, kind, period, bad and rng.random() < 0.6)
    more = rng.choice([1, 2]) if bad and rng.random() < 0.6 else 0
    return evidence | {"subunits_total": evidence["subunits_registered"] + more}


def areas_and_teams(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """Residential areas, who is in charge of them, and their teams, mostly stronger than any province asks."""
    areas = rng.choice([0, 1, 2, 3, 5, 8])
    evidence: Evidence = {"residential_areas_total": areas, "residential_areas_with_assigned_member": areas}
    teams = [team(rng, rng.choice([1000, 1000, 1003])) for _ in range(areas)]
    if bad:
        roll = rng.random()
        if roll < 0.35:
            evidence["residential_areas_total"] = areas + 1
            teams = teams[: rng.choice([areas, 1])]
        elif roll < 0.6:
            teams.append(team(rng, 1000))
        elif teams:
            teams[0] = team(rng, rng.choice([None, None, 0, 2, 3, 4, 5, 999]))
    return evidence | {"teams": teams, "teams_total": len(teams)}


def team(rng: random.Random, members: int | None) -> Evidence:
    """One grassroots team, some of its facts unknown."""
    row: Evidence = {
        "area_kind": rng.choice(["rural", "urban"]),
        "households": rng.choice([349, 350, 499, 500, 799, 800, rng.randrange(1500)]),
        "population": rng.choice([2700, 2701, 3600, 3601, rng.randrange(8000)]),
        "members": members,
    }
    return {
        name: value for name, value in row.items() if value is not None and (name == "members" or rng.random() > 0.1)
    }


def mediation(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The mediation teams of 2.10, at both sides of each threshold."""
    rows = []
    for _ in range(rng.choice([0, 1, 2, 6])):
        row: Evidence = {"members": rng.choice([3, 3, 6]), "women": rng.choice([1, 1, 2]), "ethnic_area": False}
        if rng.random() < 0.4:
            row |= {"ethnic_area": True, "ethnic_minority": rng.choice([1, 1, 2])}
        rows.append(row)
    if bad:
        row = {"members": 3, "women": 1, "ethnic_minority": 1, "ethnic_area": True}
        roll = rng.random()
        if roll < 0.2:
            row["members"] = rng.choice([2, 2, 0])
        elif roll < 0.4:
            row["women"] = 0
        elif roll < 0.65:
            row["ethnic_minority"] = 0
        else:
            row |= {"ethnic_minority": rng.choice([0, 1]), "ethnic_area": rng.choice([True, False])}
            for name in rng.sample(sorted(row), rng.choice([1, 2])):
                del row[name]
        rows.append(row)
    rng.shuffle(rows)
    return {"mediation_teams": rows}


def by_year(field: str) -> Draw:
    """A group of one series that should be 0 in the year judged."""

    def draw(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
        """Counts for some years; the year judged is there and 0, or it is positive or missing."""
        years = {str(period - back): rng.choice([0, 0, 1, 3]) for back in range(1, rng.choice([1, 2, 4]))}
        if not bad:
            years[str(period)] = 0
        elif rng.random() < 0.7:
            years[str(period)] = rng.choice([1, 1, 2])
        if rng.random() < 0.2:
            years[str(period + 1)] = rng.choice([0, 2])
        return {field: years}

    return draw


def against_baseline(now: str, before: str, yearly: str) -> Draw:
    """A group of a count, last year's and the series with that of 2019."""

    def draw(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """Not above both baselines, mostly at one; or above one of them."""
        base, old = rng.choice([0, 0, 1, 5, rng.randrange(80)]), rng.choice([0, 1, 5, rng.randrange(80)])
        least = min(base, old)
        value = rng.choice([least, least, max(0, least - 1), 0])
        if bad:
            value = rng.choice([base, old]) + 1
        evidence: Evidence = {now: value, before: base, yearly: {"2019": old, "2021": rng.randrange(9)}}
        if rng.random() < 0.1:
            del evidence[yearly]["2019"]
        if rng.random() < 0.1:
            del evidence[before]
        return evidence

    return draw


def satisfaction(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The share of people who are satisfied."""
    return {"satisfaction_ratio": rng.choice([0, 0.5, 0.85, 0.999]) if bad else 1}


def staff(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The police present and by establishment."""
    asked = rng.choice([0, 5, 6, 12])
    if bad:
        return {"police_staff_required": asked + 1, "police_staff": asked}
    return {"police_staff_required": asked, "police_staff": asked + rng.choice([0, 0, 1, 3])}


def gate(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """The results of the year before, which decide only under another reading."""
    bad = bad or rng.random() < 0.1
    return {
        "tt124_result": "chua_dat" if bad and rng.random() < 0.5 else "dat",
        "movement_class_prev": rng.choice(CLASSES[:2] if bad else CLASSES[2:]),
        "commune_kind": rng.choice(["xa", "phuong", "thi_tran", "dac_khu"]),
    }


TYPICAL: tuple[Draw, ...] = (
    whole_group("directive_docs_implemented", "directive_docs_received"),
    whole_group("units_disseminated", "units_total"),
    quarter_document("party_resolution_date"),
    quarter_document("peoples_committee_plan_date"),
    any_document("steering_programme_date"),
    whole_group("topics_done", "topics_assigned"),
    judgement("steering_committee_exists"),
    areas_and_teams,
    areas_and_teams,
    any_document("registration_date"),
    ratio("households_pledged", "households_total", 1, 1),
    at_least("reviews_held", 1000, 1002),
    whole_group("reports_on_time", "reports_due"),
    at_least("movement_budget_vnd", 1, 900000000),
    choice("party_rating", RATINGS[3:], RATINGS[:3]),
    choice("government_rating", RATINGS[3:], RATINGS[:3]),
    ratio("people_reached", "people_target", 9, 10),
    judgement("festival_held"),
    at_least("models_effective", 1, 9),
    lambda rng, kind, period, bad: (
        {"models_new": 0, "model_points_new": 0}
        if bad
        else rng.choice([{"models_new": 1, "model_points_new": 0}, {"models_new": 0, "model_points_new": 1}])
    ),
    at_least("camera_models", 1, 5),
    below,
    below,
    choice("movement_class", CLASSES[2:], CLASSES[:2]),
    mediation,
    mediation,
    at_least("tips_received", 1000000, 1000001),
    whole_group("persons_supervised_with_mentor", "persons_supervised"),
    judgement("coordination_rule_issued"),
    judgement("coordination_rule_implemented"),
    zero_count("anti_state_incidents"),
    zero_count("unlawful_religion_ethnic_incidents"),
    zero_count("complex_disputes_prolonged"),
    zero_count("mass_complaints_prolonged"),
    by_year("serious_crimes"),
    by_year("serious_offenders_resident"),
    against_baseline("crime_cases", "baseline_crime_cases", "crime_cases_yearly"),
    against_baseline("traffic_accidents", "baseline_traffic_accidents", "traffic_accidents_yearly"),
    zero_count("crime_hotspots", "drug_hotspots"),
    zero_count("serious_fires"),
    lambda rng, kind, period, bad: {"on_complex_area_list": bad},
    at_least("advisory_documents_issued", 1000000, 1000001),
    zero_count("unexpected_hotspots"),
    zero_count("police_disciplined"),
    choice("police_unit_title", POLICE_TITLES[1:], POLICE_TITLES[:1]),
    staff,
    judgement("police_office_adequate"),
    whole_group("dossiers_on_time", "dossiers_total"),
    satisfaction,
    gate,
)


# ---------------------------------------------------------------------------------------------------------
# Units


def draw_evidence(
    rng: random.Random, groups: tuple[Draw, ...], kind: str, period: int, slips: int, gaps: float
) -> Evidence:
    """Evidence with ``slips`` groups drawn bad and each field left out with probability ``gaps``."""
    spoilt = set(rng.sample(range(len(groups)), min(slips, len(groups))))
    evidence: Evidence = {}
    if kind == "truong" and rng.random() < 0.06:
        evidence = dict.fromkeys(("staff_total", "staff_pledged", "learners_lower_secondary_up", "learners_pledged"), 0)
    for index, group in enumerate(groups):
        drawn = group(rng, kind, period, index in spoilt)
        if index in spoilt or not set(drawn) & set(evidence):
            evidence |= drawn
    return {field: value for field, value in evidence.items() if rng.random() >= gaps}


def free_evidence(rng: random.Random, groups: tuple[Draw, ...], kind: str, period: int) -> Evidence:
    """Evidence as found in the field: clean, with slips, with gaps, with both, or hardly any."""
    profile = rng.choices(["clean", "slips", "gaps", "both", "bare"], [30, 36, 18, 12, 4])[0]
    slips = rng.choice([1, 1, 2, 3, 5]) if profile in ("slips", "both") else 0
    gaps = {"gaps": rng.choice([0.1, 0.3, 0.5]), "both": 0.3, "bare": 0.85}.get(profile, 0.0)
    return draw_evidence(rng, groups, kind, period, slips, gaps)


def new_id(rng: random.Random, kind: str, number: int) -> str:
    """An id; some hold Vietnamese letters, composed or not."""
    if rng.random() < 0.95:
        return f"{kind}-{number:06d}"
    return unicodedata.normalize(rng.choice(["NFC", "NFD"]), f"{kind}-Đồng-Mỹ-{number:06d}")


def decorate(rng: random.Random, unit: Unit, period: int) -> None:
    """Give a unit a name, tags and wrapped values at times; none of them decides anything."""
    if rng.random() < 0.7:
        unit["name"] = unicodedata.normalize(rng.choice(["NFC", "NFD"]), f"Đơn vị số {rng.randint(1, 30)}")
    if rng.random() < 0.3:
        unit["tags"] = rng.sample(["border", "island", "ethnic_minority_area", "biên giới"], rng.randint(0, 2))
    if rng.random() < 0.1:
        attested_fields = ("guard_force_clause_met", "remaining_clauses_met")
        unit["evidence"] = {
            field: wrapped(rng, value, period) if field not in attested_fields and rng.random() < 0.4 else value
            for field, value in unit["evidence"].items()
        }
    if not unit["evidence"] and rng.random() < 0.5:
        del unit["evidence"]


def spoil(rng: random.Random, unit: Unit, wrong: list[Evidence]) -> None:
    """Break the contract in one unit."""
    if rng.random() < 0.75:
        unit["evidence"] = unit.get("evidence", {}) | rng.choice(wrong)
        return
    unit |= rng.choice(
        [
            {"tags": "border"},
            {"kind": rng.choice(["csgd", "thon", "XA"])},
            {"address": "Đường số 1"},
            {"name": 12},
            {"managing_level": "province"},
        ]
    )


def wrong_2012(kind: str) -> list[Evidence]:
    """Evidence of the standard of 2012 that must be refused."""
    pairs = {
        "kdc": ("households_pledged", "households_total"),
        "xa": ("kdc_recognised", "kdc_total"),
        "truong": ("learners_pledged", "learners_lower_secondary_up"),
    }
    part, total = pairs.get(kind, ("staff_pledged", "staff_total"))
    wrong: list[Evidence] = [
        {"registration_date": "2018-02-30"},
        {"registration_date": {"document": {"number": "1/NQ"}}},
        {"policy_implementation_effective": "true"},
        {"households_registered": 1},
        {part: 4, total: 3},
        {part: -1},
        {total: "12"},
    ]
    if kind == "truong":
        wrong += [
            {"school_year_close_prev": "2018-05-31", "school_year_close": "2018-05-31"},
            {"school_year_close_prev": "2019-05-31", "school_year_close": "2018-05-31"},
            {"remaining_clauses_met": "true"},
            {"internal_rules": ["state_secrets"]},
        ]
    else:
        wrong += [
            {"incidents": [{"type": "theft", "occurred_on": "2018-03-01"}]},
            {"incidents": [{"type": "disorder"}]},
            {"incidents": [{"type": "disorder", "occurred_on": "absent"}]},
        ]
    if kind in ("coquan", "dn"):
        wrong.append({"guard_force_clause_met": {"value": True, "document": {"number": 12, "date": "2018-12-03"}}})
    return wrong


WRONG_PDH: list[Evidence] = [
    {"party_resolution_date": "2025-02-30"},
    {"festival_held": 1},
    {"models_new": -1},
    {"households_pledged": 4, "households_total": 3},
    {"subunits_recognised": 4, "subunits_registered": 3},
    {"subunits_registered": 4, "subunits_total": 3},
    {"dossiers_on_time": 4, "dossiers_total": 3},
    {"satisfaction_ratio": 1.5},
    {"satisfaction_ratio": 0.8333},
    {"satisfaction_ratio": "0.8"},
    {"serious_crimes": 3},
    {"serious_crimes": {"2025": "3"}},
    {"serious_crimes": {"2025": -1}},
    {"mediation_teams": [{"members": 3, "men": 2}]},
    {"teams": [{"members": -3}], "teams_total": 1},
    {"teams": [{"members": 3}], "teams_total": 2},
    {"teams": [], "teams_total": 1},
    {"movement_class": "good"},
    {"tt124_result": "pass"},
    {"kdc_total": 3},
]


# ---------------------------------------------------------------------------------------------------------
# Dossiers


def area_evidence(rng: random.Random, period: int, temper: str) -> Evidence:
    """Evidence of a residential area in a commune of one temper."""
    if temper == "fine" and rng.random() < 0.9:
        return draw_evidence(rng, GROUPS["kdc"], "kdc", period, 0, 0.0)
    if temper == "edge":
        return draw_evidence(rng, GROUPS["kdc"], "kdc", period, int(rng.random() < 0.4), 0.0)
    if temper == "poor":
        return draw_evidence(rng, GROUPS["kdc"], "kdc", period, rng.choice([0, 3]), 0.0)
    return free_evidence(rng, GROUPS["kdc"], "kdc", period)


def family(rng: random.Random, period: int, number: int, room: int, regions: list[str]) -> list[Unit]:
    """A commune of 2012 and what lies below it, at most ``room`` units."""
    commune: Unit = {"id": new_id(rng, "xa", number), "kind": "xa"}
    if regions and rng.random() < 0.6:
        commune["parent"] = rng.choice(regions)
    evidence = free_evidence(rng, GROUPS["xa"], "xa", period)
    commune["evidence"] = evidence
    temper = rng.choice(["fine", "fine", "edge", "poor", "free"])
    areas = min(rng.choices([0, 1, 2, 3, 4, 7, 10], [48, 13, 12, 11, 8, 5, 3])[0], room - 1)
    units: list[Unit] = []
    for index in range(areas):
        kind = "kdc" if rng.random() < 0.93 else rng.choice(["coquan", "truong", "dn"])
        own = area_evidence(rng, period, temper) if kind == "kdc" else free_evidence(rng, GROUPS[kind], kind, period)
        units.append(
            {
                "id": new_id(rng, kind, 100 * number + index),
                "kind": kind,
                "parent": commune["id"],
                "evidence": own,
                **({"managing_level": rng.choice(["xa", "xa", "huyen", "tinh"])} if rng.random() < 0.1 else {}),
            }
        )
    if areas == 0 or rng.random() < 0.4:
        part, total = rng.choice(SEVENTY)
        if rng.random() < 0.12:
            part, total = 0, 0
        if areas:
            total = max(0, areas + rng.choice([-1, 0, 0, 1, 2, 10]))
            part = rng.randint(0, total)
        reported = {"kdc_total": total, "kdc_recognised": part}
        evidence |= {name: value for name, value in reported.items() if rng.random() < 0.85}
    return [commune, *units]


def dossier_2012(seed: int, units: int, period: int = 2018) -> dict[str, Any]:
    """A dossier of ``units`` units under the standard of 2012, communes and grouping units included."""
    rng = random.Random(f"2012 {seed} {units} {period}")
    made: list[Unit] = []
    regions: list[str] = []
    number = 0
    while len(made) < units:
        number += 1
        roll = rng.random()
        if roll < 0.02:
            regions.append(f"huyen-{number}")
            made.append({"id": regions[-1], "kind": "huyen", "evidence": {}})
        elif roll < 0.72:
            kind = rng.choice(["kdc", "coquan", "dn", "truong", "truong"])
            unit: Unit = {"id": new_id(rng, kind, number), "kind": kind}
            if rng.random() < 0.2:
                unit["parent"] = rng.choice([*regions, "xa-not-here"])
            made.append(unit | {"evidence": free_evidence(rng, GROUPS[kind], kind, period)})
        else:
            made += family(rng, period, number, units - len(made), regions)
    for unit in made:
        decorate(rng, unit, period)
        if rng.random() < 0.013 and unit["kind"] in GROUPS:
            spoil(rng, unit, wrong_2012(unit["kind"]))
    return finished(rng, made, period)


def dossier_typical(seed: int, units: int, period: int = 2025) -> dict[str, Any]:
    """A dossier of ``units`` communes under the criteria of the typical commune."""
    rng = random.Random(f"typical {seed} {units} {period}")
    made: list[Unit] = []
    for number in range(units):
        unit: Unit = {"id": new_id(rng, "xa", number), "kind": "xa"}
        unit["evidence"] = free_evidence(rng, TYPICAL, "xa", period)
        decorate(rng, unit, period)
        if rng.random() < 0.013:
            spoil(rng, unit, WRONG_PDH)
        made.append(unit)
    return finished(rng, made, period)


def finished(rng: random.Random, made: list[Unit], period: int) -> dict[str, Any]:
    """The dossier: some ids are used twice, and at times the units stand in any order."""
    for _ in range(len(made) // 400):
        first, second = rng.sample(range(len(made)), 2)
        made[second]["id"] = unicodedata.normalize(rng.choice(["NFC", "NFD"]), made[first]["id"])
    if rng.random() < 0.5:
        rng.shuffle(made)
    return {"schema": "antq.dossier/1", "period": period, "units": made}


def previous_of(dossier: dict[str, Any], seed: int) -> dict[str, Any]:
    """Last year's dossier of a part of the units, every one of which keeps the contract."""
    rng = random.Random(f"previous {seed}")
    period: int = dossier["period"] - 1
    typical = all(unit["kind"] == "xa" or unit["kind"] not in GROUPS for unit in dossier["units"])
    seen: set[str] = set()
    made: list[Unit] = []
    for unit in dossier["units"]:
        identity, kind = unicodedata.normalize("NFC", unit["id"]), unit["kind"]
        if identity in seen or kind not in GROUPS or rng.random() < 0.4:
            continue
        seen.add(identity)
        groups = TYPICAL if typical else GROUPS[kind]
        made.append({"id": identity, "kind": kind, "evidence": free_evidence(rng, groups, kind, period)})
        decorate(rng, made[-1], period)
    rng.shuffle(made)
    return {"schema": "antq.dossier/1", "period": period, "units": made}
