"""A naive evaluator of Thông tư 124/2021/TT-BCA, the further witness of the engines.

Written from the circular and from the section "Binding names" of ``standards/tt-124-2021.md`` only: plain,
slow, one function a clause, standard library alone. Inside, evidence is a dictionary of plain values (dates
as :class:`date` or ``"absent"``, counts, booleans, text, lists of records), a missing key is unknown.
Where a value is unknown, a test is tried with its possible values: with both booleans, and for a count, since
every test here moves one way as a count grows, with the least (0) and with one greater than all others.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

PASS = "pass"
FAIL = "fail"
UNDETERMINED = "undetermined"
NOT_APPLICABLE = "not_applicable"

Evidence = dict[str, Any]
Window = tuple[date, date]
Findings = dict[str, str]

ABSENT = "absent"
VAST = 10**30
"""Greater than every count of a dossier: the far end of an unbounded count."""

READINGS: dict[str, tuple[str, ...]] = {
    "yoy_mode": ("non_increase", "decrease"),
    "yoy_scope": ("each_series", "total"),
    "discipline_limb": ("social_evil_only",),
    "mixed_primary_school": ("in_scope", "out_of_scope"),
    "share_pooling": ("pooled",),
}
"""The readings and the choices known here; the first is the default."""

RATINGS = ("not_completed", "completed", "well", "excellent")
GRADES = ("less_serious", "serious", "very_serious", "extremely_serious")
SMALL_LEVELS = frozenset({"nursery", "kindergarten", "primary"})
LEVELS = SMALL_LEVELS | {
    "lower_secondary",
    "upper_secondary",
    "continuing",
    "vocational",
    "college",
    "university",
    "other",
}
WORKPLACE_TOPICS = frozenset(
    {"guarding", "state_secrets", "internal_politics", "labour_safety", "fire_explosion", "environment"}
)
SCHOOL_TOPICS = frozenset({"guarding", "internal_politics", "learner_management", "fire_explosion"})
INCIDENT_TYPES = frozenset(
    {
        "anti_state",
        "sabotage_key_works",
        "unlawful_religion",
        "exploitation_complicating_security",
        "separatism",
        "prolonged_dispute",
        "incited_mass_complaint",
        "unlawful_strike",
        "state_secret_violation",
    }
)
AREA_ACCIDENTS = frozenset({"serious_fire_explosion", "fatal_work_accident", "serious_incident"})
WORKPLACE_ACCIDENTS = AREA_ACCIDENTS | {"environment_serious", "food_safety_serious"}

CHILD_KINDS = frozenset({"kdc", "coquan", "dn", "csgd"})
GROUPING_KINDS = frozenset({"huyen", "tinh"})
KINDS = CHILD_KINDS | GROUPING_KINDS | {"xa"}
MANAGING_LEVELS = frozenset({"xa", "huyen", "tinh", "bo"})
UNIT_KEYS = frozenset({"id", "kind", "name", "parent", "tags", "managing_level", "evidence"})

SERIES = ("crime_cases", "social_evil_cases", "other_violation_cases")


@dataclass(frozen=True)
class OracleResult:
    """The verdicts of a dossier, and the units that got none because of errors.

    ``verdicts`` maps the id of a judged unit (in Unicode NFC) to its outcome and to the outcome of every
    criterion in the order of the circular. ``rejected`` holds the ids of units with errors; a unit without a
    readable id is there as the empty string.
    """

    verdicts: dict[str, tuple[str, Findings]]
    rejected: frozenset[str]


# ---------------------------------------------------------------------------------------------------------
# Logic (design section 2: completions inside a test, Kleene logic between tests)


def settled(outcomes: Iterable[str]) -> str:
    """What all completions of one test give, or undetermined where they differ (design section 2)."""
    different = set(outcomes)
    return different.pop() if len(different) == 1 else UNDETERMINED


def truth(value: bool) -> str:
    """The outcome of a test whose answer is known."""
    return PASS if value else FAIL


def all_of(outcomes: Iterable[str]) -> str:
    """Kleene "all" (Art. 8.1): members not applicable are left out; nothing left is not applicable."""
    members = [outcome for outcome in outcomes if outcome != NOT_APPLICABLE]
    if not members:
        return NOT_APPLICABLE
    if FAIL in members:
        return FAIL
    return UNDETERMINED if UNDETERMINED in members else PASS


def any_of(outcomes: Iterable[str]) -> str:
    """Kleene "any", the dual of :func:`all_of`, for members that all apply."""
    members = list(outcomes)
    if PASS in members:
        return PASS
    return UNDETERMINED if UNDETERMINED in members else FAIL


def no_row_fails(rows: Iterable[str]) -> str:
    """No judged row fails ("không để xảy ra", Arts. 4.4.b, 4.4.d, 6.3); an empty list passes."""
    return all_of([PASS, *rows])


def some_row_passes(rows: Iterable[str]) -> str:
    """At least one judged row passes ("ít nhất 01", Arts. 5.1, 6.1, 7.1); an empty list fails."""
    return any_of([FAIL, *rows])


def applies_when(conditions: Iterable[bool | None], test: str) -> str:
    """A criterion under conditions: one false is not applicable, else one unknown is undetermined."""
    known = list(conditions)
    if False in known:
        return NOT_APPLICABLE
    return UNDETERMINED if None in known else test


# ---------------------------------------------------------------------------------------------------------
# Tests that several clauses share


def in_first_quarter(value: date | str | None, year: int) -> str:
    """A document dated in "Quý I" of the year (Arts. 4.1, 5.1, 6.1, 7.1); a known absence fails."""
    if value is None:
        return UNDETERMINED
    if isinstance(value, str):
        return FAIL
    return truth(date(year, 1, 1) <= value <= date(year, 3, 31))


def judged_true(value: bool | None) -> str:
    """A judgement that an assessor fills (Arts. 4.2, 4.4.c, 5.3, 6.2, 7.2)."""
    return UNDETERMINED if value is None else truth(value)


def is_zero(count: int | None) -> str:
    """A count that must be 0 ("không có", Arts. 4.4.c, 4.5, 5.3, 6.3.h to 6.5, 7.4 to 7.6)."""
    return UNDETERMINED if count is None else truth(count == 0)


def hundred_per_cent(part: int | None, total: int | None) -> str:
    """The whole of one group ("100%", Arts. 4.1, 5.4, 6.1, 7.1); a group of 0 is not applicable."""
    if total is None:
        return UNDETERMINED
    if total == 0:
        return NOT_APPLICABLE
    return UNDETERMINED if part is None else truth(part == total)


def seventy_per_cent(part: int | None, total: int | None) -> str:
    """At least 70% ("từ 70% trở lên", Arts. 5.4, 6.5, 7.6); a share of nothing is not applicable."""
    if total is None:
        return UNDETERMINED
    if total == 0:
        return NOT_APPLICABLE
    possible = [0, VAST] if part is None else [part]
    return settled(truth(10 * number >= 7 * total) for number in possible)


def rated_at_least(rating: str | None, least: str) -> str:
    """A rating on the ladder of four (Arts. 4.5, 6.4, 7.5)."""
    return UNDETERMINED if rating is None else truth(RATINGS.index(rating) >= RATINGS.index(least))


def holds_topics(topics: frozenset[str] | None, required: frozenset[str]) -> str:
    """Internal rules that cover every required topic (Arts. 6.1, 7.1)."""
    return UNDETERMINED if topics is None else truth(required <= topics)


def has_effective_model(models: list[Evidence] | None) -> str:
    """At least one movement model both active and effective (Arts. 5.1, 6.1, 7.1)."""
    if models is None:
        return UNDETERMINED
    return some_row_passes(by_completions(row, ("active", "effective"), all) for row in models)


def by_completions(row: Evidence, names: tuple[str, ...], test: Callable[[tuple[bool, ...]], bool]) -> str:
    """One row judged under every filling of its unknown booleans (design section 2)."""
    possible = [(False, True) if row.get(name) is None else (row[name],) for name in names]
    return settled(truth(test(values)) for values in product(*possible))


def inside(day: date, window: Window) -> bool:
    """Whether an event counts: both ends of the window belong to it (Art. 8)."""
    return window[0] <= day <= window[1]


def no_incident(evidence: Evidence, kind_of_incident: str, window: Window) -> str:
    """No incident of one type in the window (Arts. 4.3, 6.3.a to d, 6.3.e, 7.3)."""
    incidents = evidence.get("incidents")
    if incidents is None:
        return UNDETERMINED
    return no_row_fails(
        FAIL for row in incidents if row["type"] == kind_of_incident and inside(row["occurred_on"], window)
    )


def no_unhandled_serious_crime(evidence: Evidence, window: Window) -> str:
    """Art. 4.4.b and 6.3.đ: no crime from "serious" up but by force majeure or properly handled."""
    crimes = evidence.get("crimes")
    if crimes is None:
        return UNDETERMINED
    names = ("force_majeure", "detected_promptly", "consequences_mitigated", "reported_immediately")
    return no_row_fails(
        by_completions(row, names, lambda known: known[0] or (known[1] and known[2] and known[3]))
        for row in crimes
        if GRADES.index(row["grade"]) >= GRADES.index("serious") and inside(row["occurred_on"], window)
    )


def no_grave_accident(evidence: Evidence, kinds: frozenset[str], window: Window) -> str:
    """Art. 4.4.d and 6.3.g: no accident of the kinds named but by force majeure."""
    accidents = evidence.get("accidents")
    if accidents is None:
        return UNDETERMINED
    return no_row_fails(
        by_completions(row, ("force_majeure",), all)
        for row in accidents
        if row["kind"] in kinds and inside(row["occurred_on"], window)
    )


def does_not_rise(current: int, before: int, yoy_mode: str) -> bool:
    """Art. 4.4.a for known numbers; under ``decrease`` 0 after 0 passes too."""
    if yoy_mode == "non_increase":
        return current <= before
    return current < before or (current == 0 and before == 0)


def crime_restrained(evidence: Evidence, readings: dict[str, str]) -> str:
    """Art. 4.4.a: crime, social evils and other violations against last year, each series or their total."""
    groups: list[tuple[str, ...]] = [SERIES]
    if readings["yoy_scope"] == "each_series":
        groups = [(name,) for name in SERIES]
    tests = []
    for group in groups:
        # The test moves one way with every number in it, so the two ends of each unknown decide.
        fields = [f"{name}_{year}" for year in ("curr", "prev") for name in group]
        possible = [(0, VAST) if evidence.get(field) is None else (evidence[field],) for field in fields]
        tests.append(
            settled(
                truth(does_not_rise(sum(numbers[: len(group)]), sum(numbers[len(group) :]), readings["yoy_mode"]))
                for numbers in product(*possible)
            )
        )
    return all_of(tests)


# ---------------------------------------------------------------------------------------------------------
# Windows and scope (Arts. 1, 2 and 8)


def window_of(kind: str, year: int) -> Window:
    """Art. 8: residential areas 1/11 to 31/10, all others 16/11 to 15/11, both ends included."""
    if kind == "kdc":
        return date(year - 1, 11, 1), date(year, 10, 31)
    return date(year - 1, 11, 16), date(year, 11, 15)


def in_scope(kind: str, evidence: Evidence, readings: dict[str, str]) -> bool | None:
    """Art. 1.2.b: what the circular leaves out; ``None`` where the evidence does not tell."""
    if kind == "coquan":
        armed = evidence.get("is_armed_forces")
        return None if armed is None else not armed
    if kind == "dn":
        size = evidence.get("enterprise_size")
        return None if size is None else size in ("medium", "large")
    if kind == "csgd":
        levels = evidence.get("education_levels")
        if levels is None:
            return None
        if levels <= SMALL_LEVELS:
            return False
        mixed = bool(levels & SMALL_LEVELS)
        return not (mixed and readings["mixed_primary_school"] == "out_of_scope")
    return True


# ---------------------------------------------------------------------------------------------------------
# The four standards


def order_clauses(evidence: Evidence, window: Window, readings: dict[str, str]) -> Findings:
    """Art. 4.2 to 4.4, which communes borrow with their own evidence and window (Art. 5.2)."""
    incident_points = {
        "a": "anti_state",
        "b": "sabotage_key_works",
        "c": "unlawful_religion",
        "d": "exploitation_complicating_security",
        "dd": "separatism",
        "e": "prolonged_dispute",
        "g": "incited_mass_complaint",
    }
    findings = {"tt124.kdc.2": judged_true(evidence.get("policy_implementation_full"))}
    for point, kind_of_incident in incident_points.items():
        findings[f"tt124.kdc.3.{point}"] = no_incident(evidence, kind_of_incident, window)
    findings["tt124.kdc.4.a"] = crime_restrained(evidence, readings)
    findings["tt124.kdc.4.b"] = no_unhandled_serious_crime(evidence, window)
    findings["tt124.kdc.4.c1"] = is_zero(evidence.get("new_hotspots"))
    findings["tt124.kdc.4.c2"] = is_zero(evidence.get("new_social_evil_persons"))
    findings["tt124.kdc.4.c3"] = judged_true(evidence.get("management_effective"))
    findings["tt124.kdc.4.d"] = no_grave_accident(evidence, AREA_ACCIDENTS, window)
    return findings


def judge_kdc(evidence: Evidence, year: int, readings: dict[str, str]) -> Findings:
    """Art. 4: residential areas."""
    return {
        "tt124.kdc.1.a": in_first_quarter(evidence.get("party_resolution_date"), year),
        "tt124.kdc.1.b": in_first_quarter(evidence.get("registration_date"), year),
        "tt124.kdc.1.c": hundred_per_cent(evidence.get("households_registered"), evidence.get("households_resident")),
        **order_clauses(evidence, window_of("kdc", year), readings),
        "tt124.kdc.5.a": rated_at_least(evidence.get("grassroots_force_rating"), "completed"),
        "tt124.kdc.5.b": is_zero(evidence.get("grassroots_force_disciplined")),
    }


def judge_xa(evidence: Evidence, year: int, readings: dict[str, str], children: list["Child"]) -> Findings:
    """Art. 5: communes, wards, townships and special zones, over their managed children."""
    borrowed = order_clauses(evidence, window_of("xa", year), readings)
    return {
        "tt124.xa.1.a": in_first_quarter(evidence.get("party_resolution_date"), year),
        "tt124.xa.1.b": in_first_quarter(evidence.get("security_plan_date"), year),
        "tt124.xa.1.c": in_first_quarter(evidence.get("registration_date"), year),
        "tt124.xa.1.d": has_effective_model(evidence.get("movement_models")),
        **{f"tt124.xa.2/{criterion}": outcome for criterion, outcome in borrowed.items()},
        "tt124.xa.3.a": judged_true(evidence.get("police_advisory_effective")),
        "tt124.xa.3.b": is_zero(evidence.get("police_disciplined")),
        "tt124.xa.4.a": all_children_register(evidence, children),
        "tt124.xa.4.b": enough_children_recognised(evidence, children),
    }


def workplace_events(evidence: Evidence, year: int) -> Findings:
    """Art. 6.3.a to g; Art. 7.3 borrows all of them but point d."""
    window = window_of("coquan", year)
    return {
        "tt124.cqdn.3.a": no_incident(evidence, "unlawful_religion", window),
        "tt124.cqdn.3.b": no_incident(evidence, "exploitation_complicating_security", window),
        "tt124.cqdn.3.c": no_incident(evidence, "incited_mass_complaint", window),
        "tt124.cqdn.3.d": no_incident(evidence, "unlawful_strike", window),
        "tt124.cqdn.3.dd": no_unhandled_serious_crime(evidence, window),
        "tt124.cqdn.3.e": no_incident(evidence, "state_secret_violation", window),
        "tt124.cqdn.3.g": no_grave_accident(evidence, WORKPLACE_ACCIDENTS, window),
    }


def party_resolution(evidence: Evidence, year: int) -> str:
    """Art. 6.1 and 7.1: the resolution in the first quarter, where there is a Party organisation."""
    test = in_first_quarter(evidence.get("party_resolution_date"), year)
    return applies_when([evidence.get("has_party_org")], test)


def guard_force_good(evidence: Evidence) -> str:
    """Art. 6.4 and 7.5: the guards hold the title or are rated "well"; where they exist and are eligible."""
    test = any_of(
        [
            judged_true(evidence.get("guard_force_title")),
            rated_at_least(evidence.get("guard_force_rating"), "well"),
        ]
    )
    conditions = [evidence.get("guard_force_exists"), evidence.get("guard_force_eligible_for_title")]
    return applies_when(conditions, test)


def guard_force_clean(evidence: Evidence) -> str:
    """Art. 6.4 and 7.5: no guard disciplined from "cảnh cáo" up, where there is a guard force."""
    test = is_zero(evidence.get("guard_disciplined_warning_plus"))
    return applies_when([evidence.get("guard_force_exists")], test)


def judge_cqdn(evidence: Evidence, year: int) -> Findings:
    """Art. 6: agencies and enterprises."""
    return {
        "tt124.cqdn.1.a": party_resolution(evidence, year),
        "tt124.cqdn.1.b": in_first_quarter(evidence.get("security_plan_date"), year),
        "tt124.cqdn.1.c": in_first_quarter(evidence.get("registration_date"), year),
        "tt124.cqdn.1.d": holds_topics(evidence.get("internal_rules"), WORKPLACE_TOPICS),
        "tt124.cqdn.1.e": hundred_per_cent(evidence.get("staff_briefed"), evidence.get("staff_total")),
        "tt124.cqdn.1.f": has_effective_model(evidence.get("movement_models")),
        "tt124.cqdn.2": judged_true(evidence.get("policy_implementation_full")),
        **workplace_events(evidence, year),
        "tt124.cqdn.3.h": all_of(
            [
                is_zero(evidence.get("staff_admin_sanctions_security")),
                is_zero(evidence.get("staff_social_evil_disciplined_warning_plus")),
            ]
        ),
        "tt124.cqdn.4.a": guard_force_good(evidence),
        "tt124.cqdn.4.b": guard_force_clean(evidence),
        "tt124.cqdn.5.a": seventy_per_cent(evidence.get("subunits_titled_or_well"), evidence.get("subunits_eligible")),
        "tt124.cqdn.5.b": is_zero(evidence.get("staff_disciplined_warning_plus")),
    }


def judge_csgd(evidence: Evidence, year: int) -> Findings:
    """Art. 7: educational institutions."""
    briefed = [
        hundred_per_cent(evidence.get("staff_briefed"), evidence.get("staff_total")),
        hundred_per_cent(evidence.get("learners_briefed"), evidence.get("learners_total")),
    ]
    borrowed = workplace_events(evidence, year)
    del borrowed["tt124.cqdn.3.d"]
    return {
        "tt124.csgd.1.a": party_resolution(evidence, year),
        "tt124.csgd.1.b": in_first_quarter(evidence.get("security_plan_date"), year),
        "tt124.csgd.1.c": in_first_quarter(evidence.get("registration_date"), year),
        "tt124.csgd.1.d": holds_topics(evidence.get("internal_rules"), SCHOOL_TOPICS),
        "tt124.csgd.1.e": all_of(briefed),
        "tt124.csgd.1.f": has_effective_model(evidence.get("movement_models")),
        "tt124.csgd.2.a": judged_true(evidence.get("policy_implementation_full")),
        "tt124.csgd.2.b": applies_when(
            [evidence.get("is_general_education")], judged_true(evidence.get("parent_board_coordination"))
        ),
        **{f"tt124.csgd.3/{criterion}": outcome for criterion, outcome in borrowed.items()},
        "tt124.csgd.4.a": is_zero(evidence.get("school_violence_cases")),
        "tt124.csgd.4.b": all_of(
            [
                is_zero(evidence.get("persons_offended")),
                is_zero(evidence.get("persons_social_evil_disciplined_warning_plus")),
            ]
        ),
        "tt124.csgd.5.a": guard_force_good(evidence),
        "tt124.csgd.5.b": guard_force_clean(evidence),
        "tt124.csgd.6.a": seventy_per_cent(evidence.get("subunits_titled_or_well"), evidence.get("subunits_eligible")),
        "tt124.csgd.6.b": is_zero(evidence.get("staff_disciplined_warning_plus")),
    }


def verdict_of(kind: str, evidence: Evidence, findings: Findings, readings: dict[str, str]) -> tuple[str, Findings]:
    """Art. 8.1 with the scope of Art. 1.2.b: all findings, unless out of scope or of unknown scope."""
    scope = in_scope(kind, evidence, readings)
    if scope is None:
        return UNDETERMINED, findings
    if not scope:
        return NOT_APPLICABLE, dict.fromkeys(findings, NOT_APPLICABLE)
    return all_of(findings.values()), findings


# ---------------------------------------------------------------------------------------------------------
# Art. 5.4: the units of a commune


@dataclass(frozen=True)
class Child:
    """A unit that its commune manages (Art. 5.4): three facts, each true, false or unknown (``None``)."""

    scope: bool | None
    registered: bool | None
    recognised: bool | None

    def may_be_in_scope(self) -> bool:
        """Possibly in scope."""
        return self.scope is not False

    def may_be_registered(self) -> bool:
        """Possibly registered."""
        return self.registered is not False

    def may_be_recognised(self) -> bool:
        """Possibly passing."""
        return self.recognised is not False


def known_child(kind: str, evidence: Evidence, outcome: str, readings: dict[str, str]) -> Child:
    """The three facts of a child without errors (Art. 5.4)."""
    registration = evidence.get("registration_date")
    return Child(
        scope=in_scope(kind, evidence, readings),
        registered=None if registration is None else registration != ABSENT,
        recognised={PASS: True, FAIL: False}.get(outcome),
    )


def children_are_out(evidence: Evidence, children: list[Child]) -> bool:
    """Art. 5.4 over nothing: children only out of scope and none announced."""
    return all(child.scope is False for child in children) and not evidence.get("subunits_total")


def all_children_register(evidence: Evidence, children: list[Child]) -> str:
    """Art. 5.4, first half: 100% of the managed units in scope register."""
    announced = evidence.get("subunits_total")
    if not children:
        return hundred_per_cent(evidence.get("subunits_registered"), announced)
    if children_are_out(evidence, children):
        return NOT_APPLICABLE
    certain = [child for child in children if child.scope is True]
    possible = [child for child in children if child.may_be_in_scope()]
    if any(child.registered is False for child in certain):
        return FAIL
    enough = bool(certain) and len(certain) >= (announced or 0)
    if enough and all(child.registered is True for child in possible):
        return PASS
    return UNDETERMINED


def enough_children_recognised(evidence: Evidence, children: list[Child]) -> str:
    """Art. 5.4, second half: from 70% of the registered are recognised, all kinds pooled."""
    announced = evidence.get("subunits_total")
    if not children:
        if announced == 0:
            return NOT_APPLICABLE
        return seventy_per_cent(evidence.get("subunits_recognised"), evidence.get("subunits_registered"))
    if children_are_out(evidence, children):
        return NOT_APPLICABLE
    candidates = [child for child in children if child.may_be_in_scope() and child.may_be_registered()]
    present = [child for child in children if child.scope is True or child in candidates]
    missing = max(0, (announced or 0) - len(present))

    worst_recognised = sum(1 for child in children if child.scope is True and child.recognised is True)
    worst_registered = missing + len(candidates)
    if worst_registered == 0:
        return NOT_APPLICABLE
    best_recognised = missing + sum(1 for child in candidates if child.may_be_recognised())
    best_registered = best_recognised + sum(
        1 for child in children if child.scope is True and child.registered is True and child.recognised is False
    )
    if 10 * worst_recognised >= 7 * worst_registered:
        return PASS
    if 10 * best_recognised < 7 * best_registered:
        return FAIL
    return UNDETERMINED


# ---------------------------------------------------------------------------------------------------------
# Reading a unit strictly ("Binding names", fields and errors)


class UnitError(Exception):
    """A unit breaks the contract and gets no verdict (design section 5)."""


def normal(text: str) -> str:
    """Text in Unicode NFC, in which ids are compared and written (design section 5)."""
    return unicodedata.normalize("NFC", text)


def require(condition: bool, message: str) -> None:
    """Reject the unit unless the condition holds (design section 5)."""
    if not condition:
        raise UnitError(message)


def read_bool(value: object) -> bool:
    """A boolean, and nothing that only looks like one (design section 5)."""
    if not isinstance(value, bool):
        raise UnitError("not a boolean")
    return value


def read_count(value: object) -> int:
    """A whole number from 0; neither text nor a boolean (design section 5)."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnitError("not a count")
    require(value >= 0, "a negative count")
    return value


def read_text(value: object) -> str:
    """Text (design section 5)."""
    if not isinstance(value, str):
        raise UnitError("not text")
    return normal(value)


def read_date(value: object) -> date:
    """A calendar date written YYYY-MM-DD that exists (design section 5)."""
    text = read_text(value)
    require(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None, "not a date")
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError as error:
        raise UnitError("a date that does not exist") from error


def read_document_date(value: object) -> date | str:
    """The date of a document, or the word that says that it does not exist ("Fields")."""
    return ABSENT if value == ABSENT else read_date(value)


def read_one_of(choices: Iterable[str]) -> Callable[[object], str]:
    """A reader of one value of an enumeration ("Fields")."""
    allowed = frozenset(choices)

    def read(value: object) -> str:
        """One of the values allowed ("Fields")."""
        text = read_text(value)
        require(text in allowed, "an unknown value")
        return text

    return read


def read_set_of(choices: Iterable[str], may_be_empty: bool) -> Callable[[object], frozenset[str]]:
    """A reader of a set written as a list ("Fields")."""
    read_member = read_one_of(choices)

    def read(value: object) -> frozenset[str]:
        """A set of the values allowed ("Fields")."""
        if not isinstance(value, list):
            raise UnitError("not a list")
        require(may_be_empty or bool(value), "an empty list")
        return frozenset(read_member(member) for member in value)

    return read


def read_rows(
    required: dict[str, Callable[[object], Any]], optional: dict[str, Callable[[object], Any]]
) -> Callable[[object], list[Evidence]]:
    """A reader of a list of records; the required keys must be there, other keys are errors ("Fields")."""

    def read(value: object) -> list[Evidence]:
        """The records, each a dictionary of read values ("Fields")."""
        if not isinstance(value, list):
            raise UnitError("not a list of records")
        return [read_fields(row, required | optional, required) for row in value]

    return read


def unwrapped(value: object) -> object:
    """The bare value of ``{value, document, confirmed_by, confirmed_on, note}`` (design section 3)."""
    if not isinstance(value, dict):
        return value
    require("value" in value, "a mapping without a value")
    require(
        set(value) <= {"value", "document", "confirmed_by", "confirmed_on", "note"},
        "an unknown key of a value",
    )
    for key in ("confirmed_by", "note"):
        if key in value:
            read_text(value[key])
    if "confirmed_on" in value:
        read_date(value["confirmed_on"])
    document = value.get("document", {})
    if not isinstance(document, dict):
        raise UnitError("a document that is no mapping")
    require(set(document) <= {"kind", "number", "date", "issuer"}, "an unknown key of a document")
    for key, part in document.items():
        if key == "date":
            read_date(part)
        else:
            read_text(part)
    bare: object = value["value"]
    return bare


def read_fields(given: object, readers: dict[str, Callable[[object], Any]], required: Iterable[str] = ()) -> Evidence:
    """A mapping read field by field; an undeclared field or a required one missing is an error ("Fields")."""
    if not isinstance(given, dict):
        raise UnitError("not a mapping")
    require(set(given) <= set(readers), "an undeclared field")
    require(set(required) <= set(given), "a required field is missing")
    return {name: readers[name](unwrapped(value)) for name, value in given.items()}


def fields_of(kind: str) -> dict[str, Callable[[object], Any]]:
    """The fields that a kind of unit may give, with their readers (table in "Binding names")."""
    day, flag, count = read_document_date, read_bool, read_count
    rating = read_one_of(RATINGS)
    event = {"occurred_on": read_date}
    handling = ("force_majeure", "detected_promptly", "consequences_mitigated", "reported_immediately")
    common: dict[str, Callable[[object], Any]] = {
        "party_resolution_date": day,
        "security_plan_date": day,
        "registration_date": day,
        "policy_implementation_full": flag,
        "management_effective": flag,
        "police_advisory_effective": flag,
        "parent_board_coordination": flag,
        "incidents": read_rows({"type": read_one_of(INCIDENT_TYPES), **event}, {}),
        "crimes": read_rows({"grade": read_one_of(GRADES), **event}, dict.fromkeys(handling, flag)),
        "accidents": read_rows({"kind": read_one_of(WORKPLACE_ACCIDENTS), **event}, {"force_majeure": flag}),
        "movement_models": read_rows({}, {"name": read_text, "active": flag, "effective": flag}),
    }
    order_counts: dict[str, Callable[[object], Any]] = {
        **{f"{name}_{year}": count for name in SERIES for year in ("curr", "prev")},
        "new_hotspots": count,
        "new_social_evil_persons": count,
        "managed_persons_total": count,
        "managed_persons_with_measures": count,
    }
    guards_and_subunits: dict[str, Callable[[object], Any]] = {
        "guard_force_exists": flag,
        "guard_force_eligible_for_title": flag,
        "guard_force_title": flag,
        "guard_force_rating": rating,
        "guard_disciplined_warning_plus": count,
        "subunits_eligible": count,
        "subunits_titled_or_well": count,
        "staff_disciplined_warning_plus": count,
    }
    shared_by_workplaces: dict[str, Callable[[object], Any]] = {
        "has_party_org": flag,
        "internal_rules": read_set_of(WORKPLACE_TOPICS | SCHOOL_TOPICS, may_be_empty=True),
        "staff_total": count,
        "staff_briefed": count,
        **guards_and_subunits,
    }
    cqdn: dict[str, Callable[[object], Any]] = {
        **shared_by_workplaces,
        "has_police_coordination_rules": flag,
        "staff_admin_sanctions_security": count,
        "staff_social_evil_disciplined_warning_plus": count,
    }
    further: dict[str, dict[str, Callable[[object], Any]]] = {
        "kdc": {
            "households_resident": count,
            "households_registered": count,
            **order_counts,
            "grassroots_force_rating": rating,
            "grassroots_force_disciplined": count,
        },
        "xa": {
            "commune_kind": read_one_of(("xa", "phuong", "thi_tran", "dac_khu")),
            **order_counts,
            "police_disciplined": count,
            "police_proposals": count,
            "subunits_total": count,
            "subunits_registered": count,
            "subunits_recognised": count,
        },
        "coquan": {"is_armed_forces": flag, **cqdn},
        "dn": {"enterprise_size": read_one_of(("micro", "small", "medium", "large")), **cqdn},
        "csgd": {
            "education_levels": read_set_of(LEVELS, may_be_empty=False),
            **shared_by_workplaces,
            "learners_total": count,
            "learners_briefed": count,
            "is_general_education": flag,
            "school_violence_cases": count,
            "persons_offended": count,
            "persons_social_evil_disciplined_warning_plus": count,
        },
        "huyen": {},
        "tinh": {},
    }
    return common | further[kind]


FIELDS = {kind: fields_of(kind) for kind in sorted(KINDS)}

NOT_MORE_THAN = (
    ("households_registered", "households_resident"),
    ("staff_briefed", "staff_total"),
    ("learners_briefed", "learners_total"),
    ("subunits_titled_or_well", "subunits_eligible"),
    ("managed_persons_with_measures", "managed_persons_total"),
    ("subunits_recognised", "subunits_registered"),
    ("subunits_registered", "subunits_total"),
)
"""The errors between fields: the first of a pair may not exceed the second, where both are given."""


def read_unit(unit: object) -> tuple[str, str, Evidence]:
    """The id, kind and read evidence of a unit, or :class:`UnitError` ("Binding names", design section 5)."""
    if not isinstance(unit, dict):
        raise UnitError("a unit that is no mapping")
    require(set(unit) <= UNIT_KEYS, "an unknown key of a unit")
    require({"id", "kind"} <= set(unit), "a unit without id or kind")
    identity = read_text(unit["id"])
    require(identity != "", "an empty id")
    kind = read_one_of(KINDS)(unit["kind"])
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
    evidence = read_fields(unit.get("evidence", {}), FIELDS[kind])
    for part, whole in NOT_MORE_THAN:
        if part in evidence and whole in evidence:
            require(evidence[part] <= evidence[whole], f"{part} exceeds {whole}")
    return identity, kind, evidence


def plain_id(unit: object) -> str:
    """The id of a unit as far as it can be read, else the empty string (for the list of rejected units)."""
    identity = unit.get("id") if isinstance(unit, dict) else None
    return normal(identity) if isinstance(identity, str) else ""


def read_units(units: list[Any]) -> list[tuple[str, str, Evidence] | None]:
    """Every unit read, ``None`` where it is rejected; an id used twice rejects all that use it."""
    ids = [plain_id(unit) for unit in units]
    times = Counter(ids)
    result: list[tuple[str, str, Evidence] | None] = []
    for unit, identity in zip(units, ids, strict=True):
        try:
            require(times[identity] == 1 or identity == "", "an id used twice")
            result.append(read_unit(unit))
        except UnitError:
            result.append(None)
    return result


def manager_of(unit: dict[str, Any]) -> str | None:
    """The commune that a unit counts for, read from a unit that may be broken elsewhere (Art. 5.4, Art. 10).

    A readable level other than ``xa`` and a known kind that is no kind of child do not count; an unknown kind
    or an unreadable level does.
    """
    parent, kind, level = unit.get("parent"), unit.get("kind"), unit.get("managing_level")
    if not isinstance(parent, str):
        return None
    if isinstance(kind, str) and kind in KINDS - CHILD_KINDS:
        return None
    if isinstance(level, str) and level in MANAGING_LEVELS - {"xa"}:
        return None
    return normal(parent)


# ---------------------------------------------------------------------------------------------------------
# A whole dossier


def chosen_readings(readings: dict[str, str] | None) -> dict[str, str]:
    """The readings with their defaults ("Readings"); ``NotImplementedError`` for one not written here."""
    chosen = {name: choices[0] for name, choices in READINGS.items()}
    for name, choice in (readings or {}).items():
        if name not in READINGS:
            raise ValueError(f"{name} is no reading of tt-124-2021")
        if choice not in READINGS[name]:
            raise NotImplementedError(f"{name}: {choice} is not written in this oracle")
        chosen[name] = choice
    return chosen


def last_year(previous: dict[str, Any] | None) -> dict[tuple[str, str], Evidence]:
    """Last year's evidence by id and kind, for Art. 4.4.a; units with errors tell nothing."""
    if previous is None:
        return {}
    read = read_units(previous.get("units", []))
    return {(unit[0], unit[1]): unit[2] for unit in read if unit is not None}


def with_last_year(evidence: Evidence, before: Evidence) -> Evidence:
    """Evidence whose missing ``*_prev`` is last year's ``*_curr`` (Art. 4.4.a); the own field wins."""
    filled = dict(evidence)
    for name in SERIES:
        if f"{name}_prev" not in filled and f"{name}_curr" in before:
            filled[f"{name}_prev"] = before[f"{name}_curr"]
    return filled


def judge(
    dossier: dict[str, Any],
    *,
    period: int,
    readings: dict[str, str] | None = None,
    previous: dict[str, Any] | None = None,
) -> OracleResult:
    """The verdicts of all units of an ``antq.dossier/1`` structure for one year (Arts. 4 to 8 and 10).

    Raises:
        NotImplementedError: A reading has a choice that is not written here.
        ValueError: There is no such reading.
    """
    chosen = chosen_readings(readings)
    before = last_year(previous)
    units = dossier.get("units", [])
    read = read_units(units)
    verdicts: dict[str, tuple[str, Findings]] = {}
    children: dict[str, list[Child]] = {}
    for unit, known in zip(units, read, strict=True):
        child = Child(scope=None, registered=None, recognised=None)
        if known is not None and known[1] in CHILD_KINDS:
            identity, kind, own = known
            evidence = with_last_year(own, before.get((identity, kind), {}))
            if kind == "kdc":
                findings = judge_kdc(evidence, period, chosen)
            elif kind == "csgd":
                findings = judge_csgd(evidence, period)
            else:
                findings = judge_cqdn(evidence, period)
            verdicts[identity] = verdict_of(kind, evidence, findings, chosen)
            child = known_child(kind, evidence, verdicts[identity][0], chosen)
        commune = manager_of(unit) if isinstance(unit, dict) else None
        if commune is not None:
            children.setdefault(commune, []).append(child)
    for known in read:
        if known is not None and known[1] == "xa":
            identity, kind, own = known
            evidence = with_last_year(own, before.get((identity, kind), {}))
            findings = judge_xa(evidence, period, chosen, children.get(identity, []))
            verdicts[identity] = verdict_of(kind, evidence, findings, chosen)
    in_order = [known[0] for known in read if known is not None and known[0] in verdicts]
    rejected = frozenset(plain_id(unit) for unit, known in zip(units, read, strict=True) if known is None)
    return OracleResult({identity: verdicts[identity] for identity in in_order}, rejected)
