"""A naive evaluator of Thông tư 23/2012/TT-BCA, the further witness of the engines for the older standard.

Written from ``standards/tt-23-2012.md`` only: one function a clause, plain dictionaries, the standard library and
the logic of :mod:`tests.oracle`. A missing key is unknown; an unknown is tried with its possible values inside a
test, and Kleene logic holds between tests. Clauses that nobody saw are attested: true or false only where the value
carries a document with number and date, unknown otherwise.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any

from tests.oracle import (
    ABSENT,
    FAIL,
    MANAGING_LEVELS,
    NOT_APPLICABLE,
    PASS,
    UNDETERMINED,
    UNIT_KEYS,
    VAST,
    Evidence,
    Findings,
    OracleResult,
    UnitError,
    Window,
    all_of,
    applies_when,
    holds_topics,
    inside,
    is_zero,
    judged_true,
    no_row_fails,
    normal,
    plain_id,
    read_bool,
    read_count,
    read_date,
    read_document_date,
    read_one_of,
    read_rows,
    read_set_of,
    read_text,
    require,
    settled,
    truth,
    unwrapped,
)

READINGS: dict[str, tuple[str, ...]] = {
    "yoy_mode": ("non_increase", "decrease"),
    "window_edges": ("last_day",),
    "document_year": ("calendar_year", "assessment_year"),
    "school_documents": ("exist", "school_year"),
    "missing_civil_guard": ("title_required", "left_out"),
    "accident_count": ("as_reported", "by_event"),
}
"""The readings and their choices; the first is the default."""

SHARE = (7, 10)
"""Art. 6.4: from 70% of the residential areas."""

KINDS = frozenset({"kdc", "xa", "coquan", "dn", "truong"})
GROUPING_KINDS = frozenset({"huyen", "tinh"})
INCIDENT_TYPES = (
    "anti_state",
    "sabotage_works",
    "unlawful_religion",
    "separatism",
    "disorder",
    "complex_dispute",
    "mass_complaint",
    "unlawful_skip_level_complaint",
    "unlawful_strike",
)
TITLES = ("below_advanced", "advanced", "above_advanced")
WORKPLACE_TOPICS = frozenset({"guarding", "state_secrets", "internal_politics", "fire_explosion"})
SCHOOL_TOPICS = frozenset({"guarding", "internal_politics", "learner_management", "fire_explosion"})
SERIES = ("crime_cases", "accident_cases", "social_evil_cases", "violation_cases")
ATTESTED = frozenset({"guard_force_clause_met", "remaining_clauses_met"})
YEARLY = frozenset({"serious_crimes", "serious_offenders_resident", "crime_cases_yearly", "traffic_accidents_yearly"})
"""Series of the typical commune: their value is itself a mapping, from years to counts."""

Reader = Callable[[object], Any]
Fields = dict[str, dict[str, Reader]]
Pair = tuple[str, str]


# ---------------------------------------------------------------------------------------------------------
# Tests that several clauses share


def in_year(value: date | str | None, kind: str, year: int, readings: dict[str, str]) -> str:
    """A document of the year ("hằng năm", Arts. 5.1, 6.1, 7.1), by the calendar or by Art. 9.2; an absence fails."""
    if value is None:
        return UNDETERMINED
    window = date(year, 1, 1), date(year, 12, 31)
    if readings["document_year"] == "assessment_year":
        window = window_of(kind, year)
    return truth(not isinstance(value, str) and inside(value, window))


def exists(value: date | str | None) -> str:
    """A document that is there, whatever its day (Art. 8.1)."""
    return UNDETERMINED if value is None else truth(value != ABSENT)


def of_school(evidence: Evidence, name: str, readings: dict[str, str]) -> str:
    """A document of a school (Art. 8.1): it is there or, as also read, is of the school year (Art. 9.2)."""
    value = evidence.get(name)
    if readings["school_documents"] == "exist" or value is None or value == ABSENT:
        return exists(value)
    before, close = (
        [date.min, date.max] if evidence.get(day) is None else [evidence[day]]
        for day in ("school_year_close_prev", "school_year_close")
    )
    return all_of([settled(truth(value > day) for day in before), settled(truth(value <= day) for day in close)])


def at_least_one(count: int | None) -> str:
    """At least one model (Arts. 5.2, 7.2)."""
    return UNDETERMINED if count is None else truth(count >= 1)


def whole(part: list[int | None], total: list[int | None]) -> str:
    """100% of everybody together (Arts. 5.1, 7.1, 8.1); the whole of nobody is not applicable."""
    possible = [(0, VAST) if number is None else (number,) for number in (*part, *total)]
    outcomes = set()
    for numbers in product(*possible):
        signed, all_together = sum(numbers[: len(part)]), sum(numbers[len(part) :])
        outcomes.add(NOT_APPLICABLE if all_together == 0 else truth(signed >= all_together))
    return settled(outcomes)


def none_of(evidence: Evidence, types: set[str], window: Window) -> str:
    """No incident of these types in the window (Arts. 5.3, 7.3)."""
    incidents = evidence.get("incidents")
    if incidents is None:
        return UNDETERMINED
    return no_row_fails(FAIL for row in incidents if row["type"] in types and inside(row["occurred_on"], window))


def not_more(current: int | None, before: int | None, yoy_mode: str) -> str:
    """Art. 5.4: one series against the year before; under ``decrease`` it must fall, or be 0."""
    possible = [(0, VAST) if number is None else (number,) for number in (current, before)]
    return settled(
        truth(now <= last if yoy_mode == "non_increase" else now < last or now == 0) for now, last in product(*possible)
    )


def holds_title(title: str | None) -> str:
    """Art. 6.3: "Đơn vị tiên tiến" or better."""
    return UNDETERMINED if title is None else truth(TITLES.index(title) >= TITLES.index("advanced"))


# ---------------------------------------------------------------------------------------------------------
# The standards


def window_of(kind: str, year: int) -> Window:
    """Art. 9.2; the first day as worded is the last day of the year before and left to that."""
    if kind == "kdc":
        return date(year - 1, 11, 1), date(year, 10, 31)
    return date(year - 1, 12, 1), date(year, 11, 30)


def order_clauses(evidence: Evidence, window: Window, readings: dict[str, str]) -> Findings:
    """Art. 5.2 to 5.4, which communes borrow with their own evidence and window (Art. 6.2)."""
    current = {name: evidence.get(f"{name}_curr") for name in SERIES}
    if readings["accident_count"] == "by_event":
        accidents = evidence.get("accidents")
        current["accident_cases"] = None
        if accidents is not None:
            current["accident_cases"] = sum(inside(row["occurred_on"], window) for row in accidents)
    rises = [not_more(current[name], evidence.get(f"{name}_prev"), readings["yoy_mode"]) for name in SERIES]
    disputes = {"complex_dispute", "mass_complaint", "unlawful_skip_level_complaint"}
    return {
        "tt23.kdc.2.a": judged_true(evidence.get("policy_implementation_effective")),
        "tt23.kdc.2.b": at_least_one(evidence.get("self_management_models")),
        "tt23.kdc.3.a": none_of(evidence, {"anti_state"}, window),
        "tt23.kdc.3.b": none_of(evidence, {"sabotage_works"}, window),
        "tt23.kdc.3.c": none_of(evidence, {"unlawful_religion", "separatism", "disorder"}, window),
        "tt23.kdc.3.d": none_of(evidence, disputes, window),
        "tt23.kdc.4.a": all_of(rises),
        "tt23.kdc.4.b": all_of(
            [is_zero(evidence.get("serious_crimes")), is_zero(evidence.get("residents_offending_elsewhere"))]
        ),
    }


def judge_kdc(evidence: Evidence, year: int, readings: dict[str, str]) -> Findings:
    """Art. 5: residential areas."""
    return {
        "tt23.kdc.1.a": in_year(evidence.get("party_resolution_date"), "kdc", year, readings),
        "tt23.kdc.1.b": in_year(evidence.get("registration_date"), "kdc", year, readings),
        "tt23.kdc.1.c": whole([evidence.get("households_pledged")], [evidence.get("households_total")]),
        **order_clauses(evidence, window_of("kdc", year), readings),
    }


def judge_xa(
    evidence: Evidence, year: int, readings: dict[str, str], areas: list[str | None], share: tuple[int, int]
) -> Findings:
    """Art. 6: communes, wards and townships."""
    borrowed = order_clauses(evidence, window_of("xa", year), readings)
    guard = holds_title(evidence.get("civil_guard_title"))
    if readings["missing_civil_guard"] == "left_out":
        guard = applies_when([evidence.get("has_civil_guard")], guard)
    return {
        "tt23.xa.1.a": in_year(evidence.get("party_resolution_date"), "xa", year, readings),
        "tt23.xa.1.b": in_year(evidence.get("security_plan_date"), "xa", year, readings),
        "tt23.xa.1.c": in_year(evidence.get("registration_date"), "xa", year, readings),
        **{f"tt23.xa.2/{criterion}": outcome for criterion, outcome in borrowed.items()},
        "tt23.xa.3.a": all_of([holds_title(evidence.get("commune_police_title")), guard]),
        "tt23.xa.3.b": is_zero(evidence.get("disciplined_warning_plus")),
        "tt23.xa.4": enough_areas(evidence, areas, share),
    }


def judge_cqdn(evidence: Evidence, year: int, readings: dict[str, str]) -> Findings:
    """Art. 7: agencies and enterprises."""
    window = window_of("coquan", year)
    return {
        "tt23.cqdn.1.a": in_year(evidence.get("security_plan_date"), "coquan", year, readings),
        "tt23.cqdn.1.b": in_year(evidence.get("registration_date"), "coquan", year, readings),
        "tt23.cqdn.1.c": holds_topics(evidence.get("internal_rules"), WORKPLACE_TOPICS),
        "tt23.cqdn.1.d": whole([evidence.get("staff_pledged")], [evidence.get("staff_total")]),
        "tt23.cqdn.2.a": all_of(
            [
                judged_true(evidence.get("policy_implementation_effective")),
                judged_true(evidence.get("coordination_plan")),
            ]
        ),
        "tt23.cqdn.2.b": at_least_one(evidence.get("self_management_models")),
        "tt23.cqdn.3.a": none_of(evidence, {"mass_complaint", "unlawful_strike"}, window),
        "tt23.cqdn.3.b": is_zero(evidence.get("major_thefts")),
        "tt23.cqdn.3.c": is_zero(evidence.get("secret_leaks")),
        "tt23.cqdn.3.d": is_zero(evidence.get("serious_accidents")),
        "tt23.cqdn.3.e": all_of([is_zero(evidence.get("staff_offenders")), is_zero(evidence.get("staff_social_evil"))]),
        "tt23.cqdn.4": judged_true(evidence.get("guard_force_clause_met")),
    }


def judge_truong(evidence: Evidence, readings: dict[str, str]) -> Findings:
    """Art. 8: schools."""
    with_families = judged_true(evidence.get("coordination_plan_with_families"))
    return {
        "tt23.truong.1.a": applies_when(
            [evidence.get("has_party_org")], of_school(evidence, "party_resolution_date", readings)
        ),
        "tt23.truong.1.b": all_of(
            [of_school(evidence, "security_plan_date", readings), of_school(evidence, "registration_date", readings)]
        ),
        "tt23.truong.1.c": holds_topics(evidence.get("internal_rules"), SCHOOL_TOPICS),
        "tt23.truong.1.d": whole(
            [evidence.get("staff_pledged"), evidence.get("learners_pledged")],
            [evidence.get("staff_total"), evidence.get("learners_lower_secondary_up")],
        ),
        "tt23.truong.2": all_of(
            [
                judged_true(evidence.get("policy_implementation_effective")),
                judged_true(evidence.get("coordination_plan")),
                applies_when([evidence.get("is_general_education")], with_families),
            ]
        ),
        "tt23.truong.3": judged_true(evidence.get("remaining_clauses_met")),
    }


def enough_areas(evidence: Evidence, areas: list[str | None], share: tuple[int, int]) -> str:
    """Art. 6.4: from 70% of the residential areas are recognised.

    ``areas`` holds the verdict of each residential area of the dossier, ``None`` for one with errors, of which it is
    not even known that it is one. Announced areas that are not in the dossier are pending. Without any the counts
    that the commune reports decide.
    """
    part, among = share
    announced = evidence.get("kdc_total")
    if not areas:
        recognised = evidence.get("kdc_recognised")
        if announced is None:
            return UNDETERMINED
        if announced == 0:
            return NOT_APPLICABLE
        possible = [0, VAST] if recognised is None else [recognised]
        return settled(truth(among * number >= part * announced) for number in possible)
    total = max(len(areas), announced or 0)
    passed, failed = areas.count(PASS), areas.count(FAIL)
    at_worst = among * passed >= part * total
    at_best = among * (total - failed) >= part * total
    return PASS if at_worst else UNDETERMINED if at_best else FAIL


# ---------------------------------------------------------------------------------------------------------
# Reading a dossier strictly


def read_attested(value: object) -> bool | None:
    """A clause that was not seen: known only with a document that has number and date."""
    document = value.get("document") if isinstance(value, dict) else None
    known = read_bool(unwrapped(value))
    if isinstance(document, dict) and "number" in document and "date" in document:
        return known
    return None


def fields_of(kind: str) -> dict[str, Reader]:
    """The fields that a kind of unit may give, with their readers."""
    day, flag, count = read_document_date, read_bool, read_count
    incidents = read_rows({"type": read_one_of(INCIDENT_TYPES), "occurred_on": read_date}, {})
    order: dict[str, Reader] = {
        "policy_implementation_effective": flag,
        "self_management_models": count,
        "incidents": incidents,
        **{f"{name}_{year}": count for name in SERIES for year in ("curr", "prev")},
        "serious_crimes": count,
        "residents_offending_elsewhere": count,
        "accidents": read_rows({"occurred_on": read_date}, {}),
    }
    workplace: dict[str, Reader] = {
        "security_plan_date": day,
        "registration_date": day,
        "internal_rules": read_set_of(WORKPLACE_TOPICS, may_be_empty=True),
        "staff_total": count,
        "staff_pledged": count,
        "policy_implementation_effective": flag,
        "coordination_plan": flag,
        "self_management_models": count,
        "incidents": incidents,
        "major_thefts": count,
        "secret_leaks": count,
        "serious_accidents": count,
        "staff_offenders": count,
        "staff_social_evil": count,
        "guard_force_clause_met": read_attested,
    }
    fields: Fields = {
        "kdc": {
            "party_resolution_date": day,
            "registration_date": day,
            "households_total": count,
            "households_pledged": count,
            **order,
        },
        "xa": {
            "party_resolution_date": day,
            "security_plan_date": day,
            "registration_date": day,
            **order,
            "commune_police_title": read_one_of(TITLES),
            "civil_guard_title": read_one_of(TITLES),
            "has_civil_guard": flag,
            "disciplined_warning_plus": count,
            "kdc_total": count,
            "kdc_recognised": count,
        },
        "coquan": workplace,
        "dn": workplace,
        "truong": {
            "has_party_org": flag,
            "party_resolution_date": day,
            "security_plan_date": day,
            "registration_date": day,
            "internal_rules": read_set_of(SCHOOL_TOPICS, may_be_empty=True),
            "staff_total": count,
            "staff_pledged": count,
            "learners_lower_secondary_up": count,
            "learners_pledged": count,
            "policy_implementation_effective": flag,
            "coordination_plan": flag,
            "coordination_plan_with_families": flag,
            "is_general_education": flag,
            "school_year_close_prev": read_date,
            "school_year_close": read_date,
            "remaining_clauses_met": read_attested,
        },
    }
    return fields.get(kind, {})


FIELDS: Fields = {kind: fields_of(kind) for kind in sorted(KINDS | GROUPING_KINDS)}

NOT_MORE_THAN: tuple[Pair, ...] = (
    ("households_pledged", "households_total"),
    ("staff_pledged", "staff_total"),
    ("learners_pledged", "learners_lower_secondary_up"),
    ("kdc_recognised", "kdc_total"),
)
"""The errors between fields: the first of a pair may not exceed the second, where both are given."""

BEFORE: tuple[Pair, ...] = (("school_year_close_prev", "school_year_close"),)
"""The errors between days: the first of a pair must lie before the second."""

Read = tuple[str, str, Evidence]


def read_evidence(given: object, readers: dict[str, Reader]) -> Evidence:
    """Evidence read field by field; an attested clause keeps its wrapper until it is read."""
    if not isinstance(given, dict):
        raise UnitError("not a mapping")
    require(set(given) <= set(readers), "an undeclared field")
    evidence = {}
    for name, value in given.items():
        yearly = name in YEARLY and isinstance(value, dict) and "value" not in value
        bare = value if yearly else unwrapped(value)
        evidence[name] = readers[name](value if name in ATTESTED else bare)
    return {name: value for name, value in evidence.items() if value is not None}


def read_unit(
    unit: object,
    fields: Fields,
    not_more: tuple[Pair, ...],
    before: tuple[Pair, ...] = (),
    counted: tuple[Pair, ...] = (),
) -> Read:
    """The id, kind and read evidence of a unit, or :class:`UnitError`."""
    if not isinstance(unit, dict):
        raise UnitError("a unit that is no mapping")
    require(set(unit) <= UNIT_KEYS, "an unknown key of a unit")
    require({"id", "kind"} <= set(unit), "a unit without id or kind")
    identity = read_text(unit["id"])
    require(identity != "", "an empty id")
    kind = read_one_of(fields)(unit["kind"])
    for key in ("name", "parent"):
        if key in unit:
            read_text(unit[key])
    if "managing_level" in unit:
        read_one_of(MANAGING_LEVELS)(unit["managing_level"])
    if "tags" in unit:
        if not isinstance(unit["tags"], list):
            raise UnitError("tags that are no list")
        for tag in unit["tags"]:
            read_text(tag)
    evidence = read_evidence(unit.get("evidence", {}), fields[kind])
    for part, total in not_more:
        if part in evidence and total in evidence:
            require(evidence[part] <= evidence[total], f"{part} exceeds {total}")
    for first, second in before:
        if first in evidence and second in evidence:
            require(evidence[first] < evidence[second], f"{first} is not before {second}")
    for rows, number in counted:
        if rows in evidence and number in evidence:
            require(len(evidence[rows]) == evidence[number], f"{rows} are not {number}")
    return identity, kind, evidence


def read_units(
    units: list[Any],
    fields: Fields,
    not_more: tuple[Pair, ...],
    before: tuple[Pair, ...] = (),
    counted: tuple[Pair, ...] = (),
) -> list[Read | None]:
    """Every unit read, ``None`` where it is rejected; an id used twice rejects all that use it."""
    ids = [plain_id(unit) for unit in units]
    times = Counter(ids)
    result: list[Read | None] = []
    for unit, identity in zip(units, ids, strict=True):
        try:
            require(times[identity] == 1 or identity == "", "an id used twice")
            result.append(read_unit(unit, fields, not_more, before, counted))
        except UnitError:
            result.append(None)
    return result


def commune_of(unit: object) -> str | None:
    """The commune that a unit counts for: a residential area, or a unit whose kind cannot be read.

    One that a higher level manages does not count.
    """
    if not isinstance(unit, dict):
        return None
    parent, kind, level = unit.get("parent"), unit.get("kind"), unit.get("managing_level")
    if not isinstance(parent, str):
        return None
    if isinstance(level, str) and level in MANAGING_LEVELS - {"xa"}:
        return None
    if isinstance(kind, str) and kind in (KINDS | GROUPING_KINDS) - {"kdc"}:
        return None
    return normal(parent)


# ---------------------------------------------------------------------------------------------------------
# A whole dossier


def chosen(readings: dict[str, tuple[str, ...]], given: dict[str, str] | None) -> dict[str, str]:
    """The readings with their defaults."""
    for name, choice in (given or {}).items():
        if choice not in readings.get(name, ()):
            raise ValueError(f"{name}: {choice} is not written in this oracle")
    return {name: choices[0] for name, choices in readings.items()} | (given or {})


def judge(
    dossier: dict[str, Any],
    *,
    period: int,
    readings: dict[str, str] | None = None,
    previous: dict[str, Any] | None = None,
    share: tuple[int, int] = SHARE,
) -> OracleResult:
    """The verdicts of all units of an ``antq.dossier/1`` structure for one year.

    Args:
        dossier: The units.
        period: The year of assessment.
        readings: Choices that differ from the defaults.
        previous: Last year's dossier, for series whose ``*_prev`` is missing.
        share: What part of the areas a commune needs, as numerator and denominator.
    """
    choices = chosen(READINGS, readings)
    last: dict[Pair, Evidence] = {}
    if previous is not None:
        known_before = read_units(previous.get("units", []), FIELDS, NOT_MORE_THAN, BEFORE)
        last = {(unit[0], unit[1]): unit[2] for unit in known_before if unit is not None}
    units = dossier.get("units", [])
    read = read_units(units, FIELDS, NOT_MORE_THAN, BEFORE)
    verdicts: dict[str, tuple[str, Findings]] = {}
    areas: dict[str, list[str | None]] = {}
    for unit, known in zip(units, read, strict=True):
        outcome = None
        if known is not None and known[1] in KINDS - {"xa"}:
            identity, kind, own = known
            evidence = with_last_year(own, last.get((identity, kind), {}))
            if kind == "kdc":
                findings = judge_kdc(evidence, period, choices)
            elif kind == "truong":
                findings = judge_truong(evidence, choices)
            else:
                findings = judge_cqdn(evidence, period, choices)
            outcome = all_of(findings.values())
            verdicts[identity] = outcome, findings
        commune = commune_of(unit)
        if commune is not None:
            areas.setdefault(commune, []).append(outcome)
    for known in read:
        if known is not None and known[1] == "xa":
            identity, kind, own = known
            evidence = with_last_year(own, last.get((identity, kind), {}))
            findings = judge_xa(evidence, period, choices, areas.get(identity, []), share)
            verdicts[identity] = all_of(findings.values()), findings
    in_order = [known[0] for known in read if known is not None and known[0] in verdicts]
    rejected = frozenset(plain_id(unit) for unit, known in zip(units, read, strict=True) if known is None)
    return OracleResult({identity: verdicts[identity] for identity in in_order}, rejected)


def with_last_year(evidence: Evidence, before: Evidence) -> Evidence:
    """Evidence whose missing ``*_prev`` is last year's ``*_curr``; the own field wins."""
    filled = dict(evidence)
    for name in SERIES:
        if f"{name}_prev" not in filled and f"{name}_curr" in before:
            filled[f"{name}_prev"] = before[f"{name}_curr"]
    return filled
