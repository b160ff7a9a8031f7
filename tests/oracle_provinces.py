"""Naive evaluators of what the provincial packages hold, further witnesses of the engines.

Written from ``standards/local-variation.md`` and from the README of each package: the number of members of a team
by persons or households, Nam Định's model commune, two score sheets of the standard of 2012, and overlays as the
oracle of the national standard with what the province adds. The standard library and other oracles alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

from tests import oracle, oracle_typical_ward
from tests.oracle import (
    FAIL,
    NOT_APPLICABLE,
    PASS,
    UNDETERMINED,
    Child,
    Evidence,
    Findings,
    OracleResult,
    UnitError,
    Window,
    all_of,
    applies_when,
    inside,
    no_row_fails,
    normal,
    plain_id,
    read_bool,
    read_count,
    read_date,
    read_document_date,
    read_one_of,
    read_rows,
    require,
    settled,
    truth,
)
from tests.oracle_2012 import Fields, Reader, chosen, in_year, read_units
from tests.oracle_national import Ends, ScoredResult, plain, split

Range = tuple[int, int]


def up_to(most: int) -> Reader:
    """A reader of a count with a greatest value."""

    def read(value: object) -> int:
        """A count that is not too great."""
        count = read_count(value)
        require(count <= most, "out of range")
        return count

    return read


def possible(value: int | None, span: Range) -> tuple[int, ...]:
    """A number, or both ends of what it may be."""
    return span if value is None else (value,)


def at_least(value: int | None, span: Range, least: Range) -> str:
    """A number against a threshold of which both ends are known."""
    return settled(truth(number >= asked) for number, asked in product(possible(value, span), least))


def at_most(value: int | None, span: Range, most: Range) -> str:
    """A number against a limit of which both ends are known."""
    return settled(truth(number <= limit) for number, limit in product(possible(value, span), most))


def judged(
    dossier: dict[str, Any], fields: Fields, find: Callable[[Evidence], Findings], not_more: tuple[Any, ...] = ()
) -> OracleResult:
    """The verdicts of units of one kind, each by all of its findings."""
    units = dossier["units"]
    read = read_units(units, fields, not_more)
    verdicts = {}
    for known in read:
        if known is not None:
            findings = find(known[2])
            verdicts[known[0]] = all_of(findings.values()), findings
    rejected = frozenset(plain_id(unit) for unit, known in zip(units, read, strict=True) if known is None)
    return OracleResult(verdicts, rejected)


# ---------------------------------------------------------------------------------------------------------
# Members of a grassroots team (local-variation.md, section 1)


MEMBERS = (0, 1000)
POPULATION = (0, 800_000)
HOUSEHOLDS = (0, 200_000)
KINDS_OF_AREA = ("rural", "urban")
TEAM: Fields = {
    "kdc": {
        "population": up_to(POPULATION[1]),
        "households": up_to(HOUSEHOLDS[1]),
        "area_kind": read_one_of(KINDS_OF_AREA),
        "members": up_to(MEMBERS[1]),
    }
}


def hcm_asks(persons: int) -> int:
    """3 up to 2,700 persons, then one more for each bracket of 900 that is begun."""
    members = 3
    while persons > 2700:
        persons -= 900
        members += 1
    return members


def hoa_binh_asks(households: int, area: str) -> int:
    """3, and 4 from 350 households in the countryside and from 500 in towns."""
    return 4 if households >= {"rural": 350, "urban": 500}[area] else 3


def binh_dinh_allows(households: int, area: str) -> int:
    """Up to 3; both ends of the middle band, 350 and 700 or 500 and 800, have up to 4; above it up to 5."""
    first, last = {"rural": (350, 700), "urban": (500, 800)}[area]
    return 3 if households < first else 4 if households <= last else 5


def hau_giang_asks(households: int) -> int:
    """3 under 350 households, 4 under 750, then 6 (a draft)."""
    return 3 if households < 350 else 4 if households < 750 else 6


def ninh_binh_asks(households: int, area: str) -> int:
    """3, and one more for every full 200 households above 350 in the countryside and 500 in towns."""
    above = households - {"rural": 350, "urban": 500}[area]
    members = 3
    while above >= 200:
        above -= 200
        members += 1
    return members


def by_persons(asks: Callable[[int], int], row: Evidence, most: int = POPULATION[1]) -> Range:
    """The least and the most members that a rule over persons may ask for."""
    numbers = [asks(persons) for persons in possible(row.get("population"), (0, most))]
    return min(numbers), max(numbers)


def by_households(asks: Callable[[int, str], int], row: Evidence, most: int = HOUSEHOLDS[1]) -> Range:
    """The least and the most members that a rule over households and the sort of area may ask for."""
    area = row.get("area_kind")
    areas = KINDS_OF_AREA if area is None else (area,)
    numbers = [asks(households, one) for households, one in product(possible(row.get("households"), (0, most)), areas)]
    return min(numbers), max(numbers)


@dataclass(frozen=True)
class Staffing:
    """How a province staffs a team: the least and the most members, each known between two numbers."""

    name: str
    least: Callable[[Evidence], Range]
    most: Callable[[Evidence], Range]

    def judge(self, dossier: dict[str, Any], *, period: int) -> OracleResult:
        """The verdicts of all residential areas."""
        return judged(dossier, TEAM, self.find)

    def find(self, evidence: Evidence) -> Findings:
        """No fewer members, and no more."""
        members = evidence.get("members")
        return {
            f"{self.name}.staffing.1": at_least(members, MEMBERS, self.least(evidence)),
            f"{self.name}.staffing.2": at_most(members, MEMBERS, self.most(evidence)),
        }


def exactly(name: str, asks: Callable[[Evidence], Range]) -> Staffing:
    """A rule that gives one number."""
    return Staffing(name, asks, asks)


HCM = exactly("hcm", lambda row: by_persons(hcm_asks, row))
HOA_BINH = exactly("hoabinh", lambda row: by_households(hoa_binh_asks, row))
BINH_DINH = Staffing("binhdinh", lambda row: (3, 3), lambda row: by_households(binh_dinh_allows, row))
HAU_GIANG = exactly("haugiang", lambda row: by_households(lambda number, _: hau_giang_asks(number), row))
NINH_BINH = exactly("ninhbinh", lambda row: by_households(ninh_binh_asks, row))


# ---------------------------------------------------------------------------------------------------------
# Nam Định's model rural commune (local-variation.md, section 3)


CLASSES = ("yeu", "trung_binh", "kha", "xuat_sac")
MODELS = (0, 100_000)


def read_by_year(value: object) -> dict[int, int]:
    """A count for each year."""
    if not isinstance(value, dict):
        raise UnitError("not a series")
    require(all(str(year).isdigit() and len(str(year)) == 4 for year in value), "not a year")
    return {int(year): up_to(1_000_000)(number) for year, number in value.items()}


NAM_DINH: dict[str, Reader] = {
    "on_complex_area_list": read_bool,
    "on_provincial_order_list": read_bool,
    "serious_offenders_resident": read_by_year,
    "crime_prevention_models": up_to(MODELS[1]),
    "camera_models": up_to(MODELS[1]),
    "movement_class": read_one_of(CLASSES),
}


def not_listed(listed: bool | None) -> str:
    """Not on a list."""
    return UNDETERMINED if listed is None else truth(not listed)


def judge_nam_dinh(dossier: dict[str, Any], *, period: int) -> OracleResult:
    """The verdicts of all communes by the four criteria of the model commune."""

    def find(evidence: Evidence) -> Findings:
        """The four criteria; the two latest years are the year judged and the one before."""
        offenders = evidence.get("serious_offenders_resident", {})
        years = [offenders.get(period), offenders.get(period - 1)]
        rank = evidence.get("movement_class")
        return {
            "namdinh.xa.1": all_of(
                [not_listed(evidence.get(name)) for name in ("on_complex_area_list", "on_provincial_order_list")]
            ),
            "namdinh.xa.2": FAIL if any(years) else UNDETERMINED if None in years else PASS,
            "namdinh.xa.3": all_of(
                [
                    at_least(evidence.get("crime_prevention_models"), MODELS, (3, 3)),
                    at_least(evidence.get("camera_models"), MODELS, (1, 1)),
                ]
            ),
            "namdinh.xa.4": UNDETERMINED if rank is None else truth(rank == "xuat_sac"),
        }

    return judged(dossier, {"xa": NAM_DINH}, find, (("camera_models", "crime_prevention_models"),))


# ---------------------------------------------------------------------------------------------------------
# Score sheets of the standard of 2012 (local-variation.md, section 5.3)


@dataclass(frozen=True)
class Sheet:
    """A sheet: graded items with their points, and sorts of incident that must not occur with theirs.

    ``must_be_full`` are items that must have all of their points, the incidents together among them where
    ``incidents_full`` says so. ``unseen`` points follow rules that nobody saw, and the pass mark was not seen either.
    """

    prefix: str
    kind: str
    graded: dict[str, tuple[str, str | None, int]]
    sorts: dict[str, set[str]]
    each: int
    window: Callable[[int], Window]
    unseen: int
    must_be_full: frozenset[str] = frozenset()
    incidents_full: bool = False

    @property
    def fields(self) -> Fields:
        """Both columns, and what happened."""
        types = sorted(set().union(*self.sorts.values()))
        columns = {own: up_to(points) for own, _, points in self.graded.values()}
        columns |= {higher: up_to(points) for _, higher, points in self.graded.values() if higher}
        rows = read_rows({"type": read_one_of(types), "occurred_on": read_date}, {})
        return {self.kind: {**columns, "incidents": rows}}

    def judge(self, dossier: dict[str, Any], *, period: int) -> ScoredResult:
        """The verdicts and scores of all units of this kind."""
        units = dossier["units"]
        read = read_units(units, self.fields, ())
        verdicts: dict[str, tuple[str, Findings]] = {}
        scores: dict[str, Ends] = {}
        differing: dict[str, int] = {}
        for known in read:
            if known is None:
                continue
            identity, _, evidence = known
            outcome, findings, scores[identity] = self.score(evidence, self.window(period))
            verdicts[identity] = outcome, findings
            differing[identity] = sum(
                higher in evidence and own in evidence and evidence[higher] != evidence[own]
                for own, higher, _ in self.graded.values()
                if higher
            )
        rejected = frozenset(plain_id(unit) for unit, known in zip(units, read, strict=True) if known is None)
        return ScoredResult(verdicts, rejected, scores, differing)

    def score(self, evidence: Evidence, window: Window) -> tuple[str, Findings, Ends]:
        """The verdict, the findings and the ends of the score of one unit."""
        findings, gates = {}, []
        low, high = 0, self.unseen
        for item, (own, higher, points) in self.graded.items():
            given = evidence.get(higher) if higher else None
            if given is None:
                given = evidence.get(own)
            found = possible(given, (0, points))
            low, high = low + found[0], high + found[-1]
            findings[f"{self.prefix}.{item}"] = settled(truth(number == points) for number in found)
            if item in self.must_be_full:
                gates.append(findings[f"{self.prefix}.{item}"])
        for item, types in self.sorts.items():
            outcome = self.did_not_occur(evidence, types, window)
            findings[f"{self.prefix}.{item}"] = outcome
            low += self.each * (outcome == PASS)
            high += self.each * (outcome != FAIL)
            if self.incidents_full:
                gates.append(outcome)
        # Whatever the points, the mark may be 0 and may be 100, and the points unseen may be none or all.
        marks = [settled(truth(total >= mark) for total, mark in product((low, high), (0, 100)))]
        return all_of([*marks, *gates]), findings, (Fraction(low), Fraction(high))

    def did_not_occur(self, evidence: Evidence, types: set[str], window: Window) -> str:
        """None of these incidents in the window."""
        incidents = evidence.get("incidents")
        if incidents is None:
            return UNDETERMINED
        return no_row_fails(FAIL for row in incidents if row["type"] in types and inside(row["occurred_on"], window))


LANG_SON = Sheet(
    prefix="tt23.langson",
    kind="xa",
    graded={
        "I.1": ("points_resolution_and_plan", None, 10),
        "I.2": ("points_registration", None, 10),
        "II.1": ("points_policy", None, 10),
        "II.2": ("points_models", None, 10),
    },
    sorts={
        "III.1": {"anti_state"},
        "III.2": {"sabotage_works"},
        "III.3": {"unlawful_religion", "separatism"},
        "III.4": {"complex_dispute", "complaint"},
    },
    each=5,
    window=lambda year: (date(year - 1, 12, 1), date(year, 11, 30)),
    unseen=40,
    must_be_full=frozenset({"I.2"}),
    incidents_full=True,
)
MUONG_CHA = Sheet(
    prefix="tt23.muongcha",
    kind="kdc",
    graded={
        "1.a": ("self_1_resolution", "verified_1_resolution", 6),
        "1.b": ("self_1_plan", "verified_1_plan", 6),
        "1.c": ("self_1_registration", "verified_1_registration", 2),
        "2.a": ("self_2_policy", "verified_2_policy", 10),
        "2.b": ("self_2_models", "verified_2_models", 8),
    },
    sorts={
        "3.a": {"anti_state"},
        "3.b": {"sabotage_works"},
        "3.c": {"hmong_kingdom_propaganda", "unlawful_exit"},
        "3.d": {"complex_dispute", "complaint"},
    },
    each=6,
    window=lambda year: (date(year - 1, 11, 1), date(year, 10, 31)),
    unseen=44,
)


# ---------------------------------------------------------------------------------------------------------
# Overlays: the national standard with what a province adds


TEAM_MEMBERS = 1000
"""The most members that the national criterion allows a province to ask of a team."""


def hcm_team(row: Evidence) -> Range:
    """What Hồ Chí Minh City asks of a team, as far as the national criterion can hold it."""
    least, most = by_persons(lambda persons: hcm_asks(min(persons, 900_000)), row, 10**12)
    return min(least, TEAM_MEMBERS), min(most, TEAM_MEMBERS)


def hoa_binh_team(row: Evidence) -> Range:
    """What Hòa Bình asks of a team."""
    return by_households(hoa_binh_asks, row, 10**12)


def judge_hcm_ward(dossier: dict[str, Any], *, period: int, readings: dict[str, str] | None = None) -> OracleResult:
    """Typical communes in Hồ Chí Minh City."""
    return oracle_typical_ward.judge(dossier, period=period, readings=readings, staffing=hcm_team)


def judge_hoa_binh_ward(
    dossier: dict[str, Any], *, period: int, readings: dict[str, str] | None = None
) -> OracleResult:
    """Typical communes in Hòa Bình."""
    return oracle_typical_ward.judge(dossier, period=period, readings=readings, staffing=hoa_binh_team)


def with_more(
    dossier: dict[str, Any], fields: Fields, judge: Callable[[dict[str, Any]], OracleResult]
) -> tuple[OracleResult, list[Any], dict[str, Evidence]]:
    """What the national oracle says of a dossier without a province's fields, the units so, and these fields read.

    A unit that is wrong in these fields is left as it is, and so refused by the national oracle.
    """
    units, given = [], {}
    for unit in dossier["units"]:
        try:
            rest, evidence = split(unit, fields)
        except UnitError:
            rest, evidence = unit, {}
        units.append(rest)
        given[plain_id(unit)] = evidence
    return judge({**dossier, "units": units}), units, given


def judge_duc_ninh_dong(
    dossier: dict[str, Any], *, period: int, readings: dict[str, str] | None = None
) -> OracleResult:
    """Typical communes under the programme of Đức Ninh Đông, which held for 2023 alone."""
    fields: Fields = {"xa": {"typical_programme_resolution_date": plain(read_document_date)}}
    national, units, given = with_more(
        dossier, fields, lambda rest: oracle_typical_ward.judge(rest, period=period, readings=readings)
    )
    if period != 2023:
        return national
    choices = chosen(oracle_typical_ward.READINGS, readings)
    verdicts = {}
    for known in read_units(units, oracle_typical_ward.FIELDS, oracle_typical_ward.NOT_MORE_THAN):
        if known is None or known[0] not in national.verdicts:
            continue
        outcome, findings = national.verdicts[known[0]]
        resolution = given[known[0]].get("typical_programme_resolution_date")
        added = in_year(resolution, "xa", period, {"document_year": "calendar_year"})
        gate = oracle_typical_ward.may_be_chosen(known[2], choices)
        if gate == FAIL:
            added = NOT_APPLICABLE
        elif gate == PASS:
            outcome = all_of([outcome, added])
        verdicts[known[0]] = outcome, findings | {"qb.1": added}
    return OracleResult(verdicts, national.rejected)


EXAMPLE: Fields = {
    "kdc": {"border_self_management_groups": plain(up_to(1000))},
    "xa": {"crime_prevention_models": plain(up_to(1000))},
}


def judge_example(
    dossier: dict[str, Any],
    *,
    period: int,
    readings: dict[str, str] | None = None,
    previous: dict[str, Any] | None = None,
) -> OracleResult:
    """The circular of 2021 in the sample province: 80%, groups on the border, three crime prevention models."""
    national, units, given = with_more(
        dossier, EXAMPLE, lambda rest: oracle.judge(rest, period=period, readings=readings, previous=previous)
    )
    if period < 2025:
        return national
    choices = oracle.chosen_readings(readings)
    read = oracle.read_units(units)
    verdicts = dict(national.verdicts)
    children: dict[str, list[Child]] = {}
    for unit, known in zip(units, read, strict=True):
        child = Child(scope=None, registered=None, recognised=None)
        if known is not None and known[1] in oracle.CHILD_KINDS:
            identity, kind, evidence = known
            if kind == "kdc":
                groups = at_least(given[identity].get("border_self_management_groups"), (0, 1000), (1, 1))
                tags = unit.get("tags")
                on_border = None if tags is None else "border" in {normal(tag) for tag in tags}
                findings = verdicts[identity][1] | {"tm.kdc.1": applies_when([on_border], groups)}
                verdicts[identity] = all_of(findings.values()), findings
            child = oracle.known_child(kind, evidence, verdicts[identity][0], choices)
        commune = oracle.manager_of(unit) if isinstance(unit, dict) else None
        if commune is not None:
            children.setdefault(commune, []).append(child)
    for known in read:
        if known is not None and known[1] == "xa":
            identity, _, evidence = known
            models = at_least(given[identity].get("crime_prevention_models"), (0, 1000), (3, 3))
            recognised = enough_recognised(evidence, children.get(identity, []))
            findings = verdicts[identity][1] | {"tt124.xa.4.b": recognised, "tm.xa.1": models}
            verdicts[identity] = all_of(findings.values()), findings
    return OracleResult(verdicts, national.rejected)


def enough_recognised(evidence: Evidence, children: list[Child]) -> str:
    """Art. 5.4 with 80% in place of 70%: among the registered units, or among those that the commune reports."""
    announced = evidence.get("subunits_total")
    if not children:
        total = evidence.get("subunits_registered")
        if announced == 0 or total == 0:
            return NOT_APPLICABLE
        part = evidence.get("subunits_recognised")
        if total is None:
            return UNDETERMINED
        return settled(truth(10 * number >= 8 * total) for number in possible(part, (0, total)))
    if oracle.children_are_out(evidence, children):
        return NOT_APPLICABLE
    candidates = [child for child in children if child.may_be_in_scope() and child.may_be_registered()]
    present = [child for child in children if child.scope is True or child in candidates]
    missing = max(0, (announced or 0) - len(present))
    certain = [child for child in children if child.scope is True]
    passed = sum(child.recognised is True for child in certain)
    if missing + len(candidates) == 0:
        return NOT_APPLICABLE
    hopeful = missing + sum(child.may_be_recognised() for child in candidates)
    lost = sum(child.registered is True and child.recognised is False for child in certain)
    if 10 * passed >= 8 * (missing + len(candidates)):
        return PASS
    return UNDETERMINED if 10 * hopeful >= 8 * (hopeful + lost) else FAIL
