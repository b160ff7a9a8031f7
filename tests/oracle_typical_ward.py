"""A naive evaluator of the 34 criteria of a typical commune (9745/QĐ-BCA-V05, reconstructed), a further witness.

Written from ``standards/typical-ward.md`` only: one function a group, plain dictionaries, the standard library and
the logic of :mod:`tests.oracle`. A parameter that no source gives is an unknown number of its range, as is the number
of members that a province asks of a grassroots team while no province fills it in.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

from tests.oracle import (
    FAIL,
    NOT_APPLICABLE,
    PASS,
    RATINGS,
    UNDETERMINED,
    VAST,
    Evidence,
    Findings,
    OracleResult,
    UnitError,
    all_of,
    applies_when,
    in_first_quarter,
    is_zero,
    judged_true,
    no_row_fails,
    plain_id,
    read_bool,
    read_count,
    read_document_date,
    read_one_of,
    read_rows,
    require,
    settled,
    truth,
)
from tests.oracle_2012 import YEARLY, Fields, Reader, chosen, exists, read_units

READINGS: dict[str, tuple[str, ...]] = {
    "not_applicable_criteria": ("met", "unmet"),
    "crime_baseline": ("previous_year", "year_2019"),
    "entry_gate": ("open", "gated"),
    "plan_quarter": ("resolution_and_plan", "resolution_only"),
}
"""The readings and their choices; the first is the default."""

CLASSES = ("yeu", "trung_binh", "kha", "xuat_sac")
POLICE_TITLES = ("none", "don_vi_tien_tien", "don_vi_quyet_thang")
TEAMS_FROM = date(2024, 7, 1)
"""The law on the grassroots force: criterion 2.09 makes no sense before."""

Number = int | Fraction
Range = tuple[Number, Number]
Staffing = Callable[[Evidence], Range]

UNSET: dict[str, Range] = {
    "reviews_min": (0, 1000),
    "tips_min": (0, 1000000),
    "advisory_min": (0, 1000000),
    "satisfaction_min": (0, 1),
    "party_rating_min": (0, 3),
    "government_rating_min": (0, 3),
    "staffing": (0, 1000),
}
"""What no source gives, with the numbers that it might be."""


# ---------------------------------------------------------------------------------------------------------
# Tests


def reaches(value: Number | None, least: Range, most: Number = VAST) -> str:
    """A number against a threshold that is only known to lie in a range; an unknown number is from 0 to ``most``."""
    possible = [0, most] if value is None else [value]
    return settled(truth(number >= threshold) for number, threshold in product(possible, least))


def known(threshold: Number) -> Range:
    """A threshold that is known."""
    return threshold, threshold


def same(part: int | None, total: int | None) -> str:
    """Two counts that must be equal; either may be any count where it is unknown."""
    return UNDETERMINED if part is None or total is None else truth(part == total)


def share(part: int | None, total: int | None, least: Fraction) -> str:
    """A share that must be reached; a share of nothing is not applicable."""
    parts = [0, VAST] if part is None else [part]
    totals = [0, VAST**2] if total is None else [total]
    return settled(
        NOT_APPLICABLE if whole == 0 else truth(number >= least * whole) for number, whole in product(parts, totals)
    )


def not_above(value: int | None, limit: int | None) -> str:
    """A count that may not exceed another."""
    values = [0, VAST] if value is None else [value]
    limits = [0, VAST] if limit is None else [limit]
    return settled(truth(number <= most) for number, most in product(values, limits))


def rated(rating: str | None, ladder: tuple[str, ...], least: Range) -> str:
    """A rating on a ladder."""
    return reaches(None if rating is None else ladder.index(rating), least, len(ladder) - 1)


def none_in(series: dict[int, int] | None, year: int, years: int) -> str:
    """A series that is 0 in each of the last years; a year that is not in it is unknown."""
    values = [(series or {}).get(year - back) for back in range(years)]
    if any(value is not None and value > 0 for value in values):
        return FAIL
    return UNDETERMINED if None in values else PASS


def in_series(series: dict[int, int] | None, year: int) -> int | None:
    """The number of one year."""
    return (series or {}).get(year)


# ---------------------------------------------------------------------------------------------------------
# The four groups


def leadership(evidence: Evidence, year: int, readings: dict[str, str]) -> Findings:
    """Group 1: leadership of Party committee and authority."""
    get = evidence.get
    plan = in_first_quarter(get("peoples_committee_plan_date"), year)
    if readings["plan_quarter"] == "resolution_only":
        plan = exists(get("peoples_committee_plan_date"))
    return {
        "pdh.1.01": all_of(
            [
                same(get("directive_docs_implemented"), get("directive_docs_received")),
                same(get("units_disseminated"), get("units_total")),
            ]
        ),
        "pdh.1.02": all_of(
            [
                in_first_quarter(get("party_resolution_date"), year),
                plan,
                exists(get("steering_programme_date")),
                same(get("topics_done"), get("topics_assigned")),
            ]
        ),
        "pdh.1.03": all_of(
            [
                judged_true(get("steering_committee_exists")),
                same(get("residential_areas_with_assigned_member"), get("residential_areas_total")),
            ]
        ),
        "pdh.1.04": all_of(
            [exists(get("registration_date")), share(get("households_pledged"), get("households_total"), Fraction(1))]
        ),
        "pdh.1.05": all_of(
            [reaches(get("reviews_held"), UNSET["reviews_min"]), same(get("reports_on_time"), get("reports_due"))]
        ),
        "pdh.1.06": reaches(get("movement_budget_vnd"), known(1)),
        "pdh.1.07": all_of(
            [
                rated(get("party_rating"), RATINGS, UNSET["party_rating_min"]),
                rated(get("government_rating"), RATINGS, UNSET["government_rating_min"]),
            ]
        ),
    }


def movement(evidence: Evidence, year: int, staffing: Staffing | None) -> Findings:
    """Group 2: building the movement."""
    get = evidence.get
    new = [get("models_new"), get("model_points_new")]
    return {
        "pdh.2.01": share(get("people_reached"), get("people_target"), Fraction(9, 10)),
        "pdh.2.02": judged_true(get("festival_held")),
        "pdh.2.03": reaches(get("models_effective"), known(1)),
        "pdh.2.04": settled(
            truth(sum(numbers) >= 1)
            for numbers in product(*([0, VAST] if number is None else [number] for number in new))
        ),
        "pdh.2.05": reaches(get("camera_models"), known(1)),
        "pdh.2.06": same(get("subunits_registered"), get("subunits_total")),
        "pdh.2.07": share(get("subunits_recognised"), get("subunits_registered"), Fraction(7, 10)),
        "pdh.2.08": rated(get("movement_class"), CLASSES, known(CLASSES.index("kha"))),
        "pdh.2.09": teams_at_strength(evidence, staffing) if date(year, 12, 31) >= TEAMS_FROM else NOT_APPLICABLE,
        "pdh.2.10": mediation(get("mediation_teams")),
        "pdh.2.11": all_of(
            [
                reaches(get("tips_received"), UNSET["tips_min"]),
                same(get("persons_supervised_with_mentor"), get("persons_supervised")),
            ]
        ),
        "pdh.2.12": all_of(
            [judged_true(get("coordination_rule_issued")), judged_true(get("coordination_rule_implemented"))]
        ),
    }


def teams_at_strength(evidence: Evidence, staffing: Staffing | None) -> str:
    """2.09: a team for each residential area, each with the members that the province asks for."""
    rows = evidence.get("teams")
    strong = UNDETERMINED
    if rows is not None:
        strong = no_row_fails(
            reaches(row.get("members"), UNSET["staffing"] if staffing is None else staffing(row)) for row in rows
        )
    return all_of([same(evidence.get("teams_total"), evidence.get("residential_areas_total")), strong])


def mediation(rows: list[Evidence] | None) -> str:
    """2.10: at least 3 mediators, a woman, and where it applies one of an ethnic minority."""
    if rows is None:
        return UNDETERMINED
    return no_row_fails(
        all_of(
            [
                reaches(row.get("members"), known(3)),
                reaches(row.get("women"), known(1)),
                applies_when([row.get("ethnic_area")], reaches(row.get("ethnic_minority"), known(1))),
            ]
        )
        for row in rows
    )


def security(evidence: Evidence, year: int, readings: dict[str, str]) -> Findings:
    """Group 3: security and order."""
    get = evidence.get
    crimes, accidents = get("baseline_crime_cases"), get("baseline_traffic_accidents")
    if readings["crime_baseline"] == "year_2019":
        crimes, accidents = (
            in_series(get("crime_cases_yearly"), 2019),
            in_series(get("traffic_accidents_yearly"), 2019),
        )
    listed = get("on_complex_area_list")
    return {
        "pdh.3.01": is_zero(get("anti_state_incidents")),
        "pdh.3.02": is_zero(get("unlawful_religion_ethnic_incidents")),
        "pdh.3.03": is_zero(get("complex_disputes_prolonged")),
        "pdh.3.04": is_zero(get("mass_complaints_prolonged")),
        "pdh.3.05": all_of(
            [none_in(get("serious_crimes"), year, 1), none_in(get("serious_offenders_resident"), year, 1)]
        ),
        "pdh.3.06": not_above(get("crime_cases"), crimes),
        "pdh.3.07": all_of([is_zero(get("crime_hotspots")), is_zero(get("drug_hotspots"))]),
        "pdh.3.08": not_above(get("traffic_accidents"), accidents),
        "pdh.3.09": is_zero(get("serious_fires")),
        "pdh.3.10": UNDETERMINED if listed is None else truth(not listed),
    }


def police(evidence: Evidence) -> Findings:
    """Group 4: the commune or ward police."""
    get = evidence.get
    satisfied = reaches(get("satisfaction_ratio"), UNSET["satisfaction_min"], 1)
    staff = not_above(get("police_staff_required"), get("police_staff"))
    return {
        "pdh.4.01": all_of(
            [
                reaches(get("advisory_documents_issued"), UNSET["advisory_min"]),
                is_zero(get("unexpected_hotspots")),
            ]
        ),
        "pdh.4.02": is_zero(get("police_disciplined")),
        "pdh.4.03": rated(get("police_unit_title"), POLICE_TITLES, known(1)),
        "pdh.4.04": all_of([staff, judged_true(get("police_office_adequate"))]),
        "pdh.4.05": all_of([same(get("dossiers_on_time"), get("dossiers_total")), satisfied]),
    }


def may_be_chosen(evidence: Evidence, readings: dict[str, str]) -> str:
    """The entry gate, by both results of the year before; open unless the reading says otherwise."""
    if readings["entry_gate"] == "open":
        return PASS
    result = evidence.get("tt124_result")
    return all_of(
        [
            UNDETERMINED if result is None else truth(result == "dat"),
            rated(evidence.get("movement_class_prev"), CLASSES, known(CLASSES.index("kha"))),
        ]
    )


def enough_met(findings: Findings, least: int, not_applicable: str) -> str:
    """Recognised when the number met reaches the least; the reading says what one not applicable counts as."""
    outcomes = list(findings.values())
    met = outcomes.count(PASS)
    if not_applicable == "met":
        met += outcomes.count(NOT_APPLICABLE)
    if met >= least:
        return PASS
    return UNDETERMINED if met + outcomes.count(UNDETERMINED) >= least else FAIL


# ---------------------------------------------------------------------------------------------------------
# Reading a dossier strictly


def read_ratio(value: object) -> Fraction:
    """A decimal from 0 to 1 with at most three places."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise UnitError("not a number")
    exact = Fraction(str(value))
    require(0 <= exact <= 1 and (exact * 1000).denominator == 1, "no ratio")
    return exact


def read_series(value: object) -> dict[int, int]:
    """A count for each year."""
    if not isinstance(value, dict):
        raise UnitError("not a series")
    require(all(str(year).isdigit() and len(str(year)) == 4 for year in value), "not a year")
    return {int(year): read_count(number) for year, number in value.items()}


COUNTS = [
    "directive_docs_received",
    "directive_docs_implemented",
    "units_total",
    "units_disseminated",
    "topics_assigned",
    "topics_done",
    "residential_areas_total",
    "residential_areas_with_assigned_member",
    "households_total",
    "households_pledged",
    "reviews_held",
    "reports_due",
    "reports_on_time",
    "movement_budget_vnd",
    "people_target",
    "people_reached",
    "models_effective",
    "models_new",
    "model_points_new",
    "camera_models",
    "subunits_total",
    "subunits_registered",
    "subunits_recognised",
    "teams_total",
    "tips_received",
    "persons_supervised",
    "persons_supervised_with_mentor",
    "anti_state_incidents",
    "unlawful_religion_ethnic_incidents",
    "complex_disputes_prolonged",
    "mass_complaints_prolonged",
    "crime_cases",
    "baseline_crime_cases",
    "crime_hotspots",
    "drug_hotspots",
    "traffic_accidents",
    "baseline_traffic_accidents",
    "serious_fires",
    "advisory_documents_issued",
    "unexpected_hotspots",
    "police_disciplined",
    "police_staff",
    "police_staff_required",
    "dossiers_total",
    "dossiers_on_time",
]
FLAGS = [
    "steering_committee_exists",
    "festival_held",
    "coordination_rule_issued",
    "coordination_rule_implemented",
    "on_complex_area_list",
    "police_office_adequate",
]
DAYS = ("party_resolution_date", "peoples_committee_plan_date", "steering_programme_date", "registration_date")

READERS: dict[str, Reader] = {
    **dict.fromkeys(COUNTS, read_count),
    **dict.fromkeys(FLAGS, read_bool),
    **dict.fromkeys(DAYS, read_document_date),
    **dict.fromkeys(YEARLY, read_series),
    "party_rating": read_one_of(RATINGS),
    "government_rating": read_one_of(RATINGS),
    "movement_class": read_one_of(CLASSES),
    "movement_class_prev": read_one_of(CLASSES),
    "tt124_result": read_one_of(("dat", "chua_dat")),
    "police_unit_title": read_one_of(POLICE_TITLES),
    "satisfaction_ratio": read_ratio,
    "baseline_year": read_count,
    "commune_kind": read_one_of(("xa", "phuong", "thi_tran", "dac_khu")),
    "teams": read_rows(
        {},
        {
            "area_kind": read_one_of(("rural", "urban")),
            "households": read_count,
            "population": read_count,
            "members": read_count,
        },
    ),
    "mediation_teams": read_rows(
        {}, {"members": read_count, "women": read_count, "ethnic_minority": read_count, "ethnic_area": read_bool}
    ),
}
FIELDS: Fields = {"xa": READERS}

NOT_MORE_THAN = (
    ("directive_docs_implemented", "directive_docs_received"),
    ("units_disseminated", "units_total"),
    ("topics_done", "topics_assigned"),
    ("residential_areas_with_assigned_member", "residential_areas_total"),
    ("households_pledged", "households_total"),
    ("reports_on_time", "reports_due"),
    ("people_reached", "people_target"),
    ("subunits_registered", "subunits_total"),
    ("subunits_recognised", "subunits_registered"),
    ("persons_supervised_with_mentor", "persons_supervised"),
    ("dossiers_on_time", "dossiers_total"),
)
"""The errors between fields: the first of a pair may not exceed the second, where both are given."""

COUNTED = (("teams", "teams_total"),)
"""The errors between a list and a count: the list must be complete, where both are given."""

PREVIOUS = {"baseline_crime_cases": "crime_cases", "baseline_traffic_accidents": "traffic_accidents"}


# ---------------------------------------------------------------------------------------------------------
# A whole dossier


def findings_of(evidence: Evidence, year: int, readings: dict[str, str], staffing: Staffing | None = None) -> Findings:
    """All 34 findings."""
    return {
        **leadership(evidence, year, readings),
        **movement(evidence, year, staffing),
        **security(evidence, year, readings),
        **police(evidence),
    }


def judge(
    dossier: dict[str, Any],
    *,
    period: int,
    readings: dict[str, str] | None = None,
    previous: dict[str, Any] | None = None,
    staffing: Staffing | None = None,
    least: int = 34,
) -> OracleResult:
    """The verdicts of all communes of an ``antq.dossier/1`` structure for one year.

    Args:
        dossier: The units.
        period: The year of assessment.
        readings: Choices that differ from the defaults.
        previous: Last year's dossier, for baselines that are missing.
        staffing: The least and the most members that a province may ask of a team; left out, nobody fills it in.
        least: How many criteria must be met.
    """
    choices = chosen(READINGS, readings)
    last: dict[str, Evidence] = {}
    if previous is not None:
        before = read_units(previous.get("units", []), FIELDS, NOT_MORE_THAN, (), COUNTED)
        last = {unit[0]: unit[2] for unit in before if unit is not None}
    units = dossier.get("units", [])
    read = read_units(units, FIELDS, NOT_MORE_THAN, (), COUNTED)
    verdicts: dict[str, tuple[str, Findings]] = {}
    for known_unit in read:
        if known_unit is None:
            continue
        identity, _, evidence = known_unit
        filled = {
            own: last[identity][field]
            for own, field in PREVIOUS.items()
            if own not in evidence and field in last.get(identity, {})
        }
        findings = findings_of(evidence | filled, period, choices, staffing)
        gate = may_be_chosen(evidence, choices)
        if gate == FAIL:
            verdicts[identity] = NOT_APPLICABLE, dict.fromkeys(findings, NOT_APPLICABLE)
        elif gate == UNDETERMINED:
            verdicts[identity] = UNDETERMINED, findings
        else:
            verdicts[identity] = enough_met(findings, least, choices["not_applicable_criteria"]), findings
    rejected = frozenset(plain_id(unit) for unit, found in zip(units, read, strict=True) if found is None)
    return OracleResult(verdicts, rejected)
