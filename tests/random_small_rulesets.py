"""Random dossiers for the smaller national rulesets and for those of provinces; the same seed gives the same dossier.

Facts are drawn, never outcomes, as in :mod:`tests.random_rulesets`: a unit starts from evidence of a good year, then
loses fields or has groups of them drawn anew from bad values, and numbers and days lie often at a threshold, beside
it, and at the ends of what a field may hold. About one unit in eighty breaks the contract and must be rejected.
"""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from tests import random_dossiers
from tests.oracle import FIELDS
from tests.oracle_national import CONTENTS, MAXIMA, SCORES
from tests.oracle_provinces import LANG_SON, MUONG_CHA, Sheet
from tests.random_rulesets import (
    Draw,
    Evidence,
    Unit,
    at_least,
    choice,
    dossier_typical,
    finished,
    free_evidence,
    new_id,
)

# ---------------------------------------------------------------------------------------------------------
# Units of one kind


def simple(seed: int, units: int, period: int, kind: str, groups: Sequence[Draw], wrong: list[Evidence]) -> Evidence:
    """A dossier of units of one kind that stand by themselves."""
    rng = random.Random(f"{kind} {len(wrong)} {len(groups)} {seed} {units} {period}")
    made: list[Unit] = []
    for number in range(units):
        unit: Unit = {"id": new_id(rng, kind, number), "kind": kind}
        unit["evidence"] = free_evidence(rng, tuple(groups), kind, period)
        adorn(rng, unit, period)
        if rng.random() < 0.02:
            spoil(rng, unit, wrong)
        made.append(unit)
    return finished(rng, made, period)


def adorn(rng: random.Random, unit: Unit, period: int) -> None:
    """Give a unit a name and wrapped values at times; none of them decides anything."""
    if rng.random() < 0.5:
        unit["name"] = f"Đơn vị số {rng.randint(1, 30)}"
    if rng.random() < 0.15:
        unit["evidence"] = {
            field: random_dossiers.wrapped(rng, value, period)
            if not isinstance(value, dict) and rng.random() < 0.5
            else value
            for field, value in unit["evidence"].items()
        }
    if not unit["evidence"] and rng.random() < 0.5:
        del unit["evidence"]


def spoil(rng: random.Random, unit: Unit, wrong: list[Evidence]) -> None:
    """Break the contract in one unit."""
    if rng.random() < 0.8:
        unit["evidence"] = unit.get("evidence", {}) | rng.choice(wrong)
    else:
        unit |= rng.choice([{"address": "Đường số 1"}, {"name": 12}, {"tags": "border"}, {"kind": "XÃ"}])


def day_about(rng: random.Random, edges: Sequence[date], first: date, days: int) -> str:
    """A day beside one of the edges, or any of so many days."""
    if rng.random() < 0.5:
        return (rng.choice(edges) + timedelta(days=rng.choice([-1, 0, 1]))).isoformat()
    return (first + timedelta(days=rng.randrange(days))).isoformat()


# ---------------------------------------------------------------------------------------------------------
# Members of a team


BY_PERSONS = (2700, 3600, 4500, 5400, 6300, 7200, 799200, 800000)
BY_HOUSEHOLDS = (350, 500, 700, 800)


def team(sizes: Sequence[int], least: Callable[[int, str], int], most: Callable[[int, str], int]) -> Draw:
    """A group of all that is known of a team, its members about the numbers that its size gives."""

    def draw(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """A number from the least to the most; or one beside."""
        span = 800_000 if sizes is BY_PERSONS else 200_000
        edges = [number + step for number in sizes for step in (-1, 0, 1) if number + step <= span]
        size = rng.choice([0, rng.choice(edges), rng.choice(edges), rng.randrange(9000), rng.randint(0, span)])
        area = rng.choice(["rural", "urban"])
        low, high = least(size, area), most(size, area)
        members = min(1000, rng.choice([low, high, rng.randint(low, high)]))
        if bad:
            beside = [low - 1, high + 1, low - 1, high + 1, 0, 2, 3, 4, 5, 1000]
            members = min(1000, max(0, rng.choice(beside)))
        evidence: Evidence = {"area_kind": area, "members": members}
        if sizes is BY_PERSONS:
            evidence |= {"population": size, "households": rng.choice([0, 350, 500])}
        else:
            evidence |= {"households": size, "population": rng.choice([0, 2700, 2701])}
        if rng.random() < 0.08:
            # What is left decides at times: too few or too many members for any size, and no area either.
            for name in rng.sample(["area_kind", "members", "households", "population"], rng.choice([1, 2])):
                del evidence[name]
            if "members" in evidence:
                evidence["members"] = rng.choice([2, 3, 4, 5, 6, 888, 889, 890, 999, 1000])
        return evidence

    return draw


WRONG_TEAM: list[Evidence] = [
    {"members": -1},
    {"members": 1001},
    {"members": "3"},
    {"members": True},
    {"population": 800_001},
    {"households": 200_001},
    {"area_kind": "town"},
    {"teams": 1},
]


def dossier_team(
    sizes: Sequence[int], least: Callable[[int, str], int], most: Callable[[int, str], int]
) -> Callable[[int, int, int], Evidence]:
    """A maker of dossiers of teams."""
    return lambda seed, units, period: simple(seed, units, period, "kdc", (team(sizes, least, most),), WRONG_TEAM)


# ---------------------------------------------------------------------------------------------------------
# Nam Định


def not_on_lists(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """On neither list; or on one or both."""
    lists = rng.choice([(True, False), (False, True), (True, True)]) if bad else (False, False)
    return dict(zip(("on_complex_area_list", "on_provincial_order_list"), lists, strict=True))


def offenders(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
    """Serious offenders by year: none in the two latest, what it was before; or some, or a year is missing."""
    years = {str(period - back): rng.choice([0, 1, 3]) for back in (-1, 2, 3) if rng.random() < 0.6}
    years |= {str(period): 0, str(period - 1): 0}
    if bad:
        latest = str(period - rng.choice([0, 1]))
        if rng.random() < 0.7:
            years[latest] = rng.choice([1, 1, 4])
        else:
            del years[latest]
    return {"serious_offenders_resident": years}


def models(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
    """At least three crime prevention models, a camera model among them; or not."""
    if bad:
        number = rng.choice([2, 2, 0, 3, 5])
        return {
            "crime_prevention_models": number,
            "camera_models": 0 if number > 2 else rng.choice([0, min(1, number)]),
        }
    number = rng.choice([3, 3, 4, 20])
    return {"crime_prevention_models": number, "camera_models": rng.choice([1, 1, number])}


WRONG_NAM_DINH: list[Evidence] = [
    {"on_complex_area_list": "no"},
    {"serious_offenders_resident": {"2023": -1}},
    {"serious_offenders_resident": {"23": 0}},
    {"serious_offenders_resident": 0},
    {"crime_prevention_models": 3, "camera_models": 4},
    {"crime_prevention_models": 100_001},
    {"movement_class": "tot"},
    {"models": 3},
]


def dossier_nam_dinh(seed: int, units: int, period: int = 2023) -> Evidence:
    """A dossier of communes of Nam Định."""
    classes = choice("movement_class", ("xuat_sac",), ("yeu", "trung_binh", "kha", "kha"))
    return simple(seed, units, period, "xa", (not_on_lists, offenders, models, classes), WRONG_NAM_DINH)


# ---------------------------------------------------------------------------------------------------------
# Score sheets of the standard of 2012


def points(own: str, higher: str | None, most: int) -> Draw:
    """A group of one graded item, in one column or two."""

    def draw(rng: random.Random, _kind: str, _period: int, bad: bool) -> Evidence:
        """All points; or fewer, often by one."""
        given = rng.choice([most - 1, most - 1, 0, rng.randrange(most)]) if bad else most
        if higher is None:
            return {own: given}
        other = rng.choice([given, given, most, most - 1, rng.randint(0, most)])
        evidence = {own: other, higher: given}
        for column in rng.choice([(), (), (own,), (higher,)]):
            del evidence[column]
        return evidence

    return draw


def what_happened(sheet: Sheet) -> Draw:
    """A group of the incidents of a sheet, about the ends of its window."""
    types = sorted(set().union(*sheet.sorts.values()))

    def draw(rng: random.Random, _kind: str, period: int, bad: bool) -> Evidence:
        """None in the window; or some on any day."""
        first, last = sheet.window(period)
        outside = [first - timedelta(days=1), last + timedelta(days=1), first - timedelta(days=200)]
        rows = [
            {"type": rng.choice(types), "occurred_on": rng.choice(outside).isoformat()}
            for _ in range(rng.choice([0, 0, 1, 2]))
        ]
        if bad:
            rows += [
                {"type": rng.choice(types), "occurred_on": day_about(rng, (first, last), first, 365)}
                for _ in range(rng.choice([1, 1, 2, 3, 6]))
            ]
        return {"incidents": rows}

    return draw


def dossier_sheet(sheet: Sheet) -> Callable[[int, int, int], Evidence]:
    """A maker of dossiers for a score sheet."""
    groups = [points(own, higher, most) for own, higher, most in sheet.graded.values()]
    groups += [what_happened(sheet)] * 2
    wrong: list[Evidence] = [
        {"incidents": [{"type": "theft", "occurred_on": "2015-03-01"}]},
        {"incidents": [{"type": "anti_state"}]},
        {"points": 3},
    ]
    for own, _, most in sheet.graded.values():
        wrong += [{own: most + 1}, {own: -1}, {own: "2"}]
    return lambda seed, units, period: simple(seed, units, period, sheet.kind, groups, wrong)


dossier_lang_son = dossier_sheet(LANG_SON)
dossier_muong_cha = dossier_sheet(MUONG_CHA)


# ---------------------------------------------------------------------------------------------------------
# Communes that the circular of 2021 judges as well


def communes(
    seed: int, units: int, period: int, carry: Callable[[random.Random, Unit, int], None], wrong: list[Evidence]
) -> Evidence:
    """A dossier of ``units`` communes by themselves, and some more with all that lies below them."""
    rng = random.Random(f"communes {carry.__name__} {seed} {units} {period}")
    # A unit below a commune that only the ruleset which is asked would refuse has a test of its own.
    made = [unit for unit in random_dossiers.random_dossier(seed, units // 4, period)["units"] if is_known(unit)]
    for number in range(units):
        unit: Unit = {"id": f"lone-{number:06d}", "kind": "xa", "evidence": {}}
        if rng.random() < 0.3:
            unit["evidence"] = random_dossiers.free_evidence(rng, "xa", period)
            random_dossiers.report_counts(rng, unit["evidence"])
        made.append(unit)
    for unit in made:
        if unit.get("kind") == "xa" and isinstance(unit.get("evidence", {}), dict):
            unit.setdefault("evidence", {})
            carry(rng, unit, period)
            if rng.random() < 0.02:
                unit["evidence"] |= rng.choice(wrong)
    return {"schema": "antq.dossier/1", "period": period, "units": made}


def is_known(unit: Unit) -> bool:
    """Whether the kind of the unit is known, and all of its fields are."""
    fields, evidence = FIELDS.get(unit["kind"]), unit.get("evidence", {})
    return fields is not None and (not isinstance(evidence, dict) or set(evidence) <= set(fields))


# ---------------------------------------------------------------------------------------------------------
# Legal access


WHOLES = (
    (20, 20, 20, 20, 12, 4, 4),
    (20, 20, 20, 24, 2, 10, 4),
    (10, 15, 25, 30, 10, 5, 5),
    (15, 15, 17.5, 22.5, 20, 4.5, 5.5),
    (19.99, 20.01, 20.03, 19.97, 12, 4, 4),
)


def score_sheet(rng: random.Random, unit: Unit, _period: int) -> None:
    """A score sheet: maxima that add up to 100, points about half of them, totals about 80, and the two counts."""
    wholes = [round(100 * whole) for whole in rng.choice(WHOLES)]
    if rng.random() < 0.25:
        # Nothing at all for one criterion, or the least that a sheet can name, and its points for another.
        empty, other = rng.sample(range(5), 2)
        least = rng.choice([0, 0, 0, 1])
        wholes[other] += wholes[empty] - least
        wholes[empty] = least
    officials = rng.choice([0, 0, 0, 0, 1, 2])
    safe = rng.choice([True, True, True, False, None])
    given = []
    for whole in wholes[:5]:
        half = whole // 2
        edge = rng.choice([half, half - 1, half + 1])
        usual = [whole, whole, whole, round(0.9 * whole), round(0.75 * whole)]
        given.append(rng.choice([*usual, max(0, edge), rng.randint(0, whole)] if rng.random() < 0.5 else usual))
    if rng.random() < 0.1:
        # About half of criterion 5, and enough of the others.
        given[:4] = wholes[:4]
        half = sum(wholes[4:]) // 2 - wholes[5] * (officials == 0) - wholes[6] * (safe is True)
        given[4] = max(0, min(wholes[4], half + rng.choice([-1, -1, 0, 1])))
    elif rng.random() < 0.5:
        sure = sum(given) + wholes[5] * (officials == 0) + wholes[6] * (safe is True)
        wanted = rng.choice([8000, 7999, 8001]) - sure
        for index in rng.sample(range(5), 5):
            moved = max(0, min(wholes[index], given[index] + wanted))
            wanted -= moved - given[index]
            given[index] = moved
    evidence: Evidence = {
        name: number / 100 for name, number in zip((*SCORES, *MAXIMA), (*given, *wholes), strict=True)
    }
    if rng.random() < 0.3:
        evidence = {name: int(number) if number == int(number) else number for name, number in evidence.items()}
    evidence |= {"officials_disciplined": officials, "heads_disciplined": rng.choice([0, 0, 0, 0, 0, 0, 1, 2])}
    if safe is not None:
        evidence["tt124_recognised"] = safe
    gaps = rng.choice([0, 0, 0, 0, 0.05, 0.1, 0.3, 0.9])
    lost = {name for name in evidence if rng.random() < gaps}
    unit["evidence"] |= {name: value for name, value in evidence.items() if name not in lost}


WRONG_LEGAL: list[Evidence] = [
    {"score_1": 101},
    {"score_2": -0.5},
    {"score_3": "12"},
    {"max_4": 3.333},
    {"score_4": 12.5, "max_4": 12.49},
    dict.fromkeys(MAXIMA, 14),
    {"heads_disciplined": True},
    {"tt124_recognised": 1},
    {"score_5": 1},
]


def dossier_legal(seed: int, units: int, period: int = 2025) -> Evidence:
    """A dossier for the legal-access standard."""
    return communes(seed, units, period, score_sheet, WRONG_LEGAL)


# ---------------------------------------------------------------------------------------------------------
# New rural communes


NTM_TYPES = (
    "anti_state",
    "sabotage_key_works",
    "unlawful_religion",
    "exploitation_complicating_security",
    "separatism",
    "prolonged_dispute",
    "unlawful_strike",
)


def attesting(rng: random.Random, period: int, met: bool) -> Any:
    """A content that nobody saw, with or without the decision that attests it."""
    document = {"kind": "Quyết định", "number": "56/QĐ-UBND", "date": f"{period}-06-20", "issuer": "UBND tỉnh"}
    if rng.random() < 0.03:
        for key in rng.sample(sorted(document), rng.choice([1, 2])):
            del document[key]
    roll = rng.random()
    if roll < 0.01:
        return met
    if roll < 0.02:
        return {"value": met, "confirmed_by": "Công an tỉnh"}
    return {"value": met, "document": document}


def request(rng: random.Random, unit: Unit, period: int) -> None:
    """All that a commune hands in with its request; at times a part of it is bad."""
    asked = date(period, 1, 1) + timedelta(days=rng.choice([0, 364, rng.randrange(365), rng.randrange(60, 365)]))
    after = asked - timedelta(days=rng.choice([1, 2, 365, 365, 365, 366, 180]))
    bad = set(rng.sample(range(8), rng.choice([0, 0, 0, 1, 1, 2, 4])))
    evidence: Evidence = {"request_date": asked.isoformat(), "reviewed_after": after.isoformat()}
    for index, name in enumerate(("party_resolution_date", "security_plan_date")):
        span = max(1, (asked - date(period, 1, 1)).days + 1)
        day = rng.choice([asked, date(period, 1, 1), date(period, 1, 1) + timedelta(days=rng.randrange(span))])
        others = [asked + timedelta(days=1), date(period - 1, 12, 31), date(period + 1, 1, 1), date(period - 3, 5, 4)]
        others += [date.min, date.max, date(period, 12, 31)]
        evidence[name] = rng.choice(["absent", "absent", *(one.isoformat() for one in others)])
        if index not in bad:
            evidence[name] = day.isoformat()
    evidence["direction_effective"] = 2 not in bad
    outside = [after, asked + timedelta(days=1), after - timedelta(days=30)]
    rows = [
        {"type": rng.choice(NTM_TYPES), "occurred_on": rng.choice(outside).isoformat()}
        for _ in range(rng.choice([0, 0, 0, 1, 2]))
    ]
    if bad & {3, 4, 5}:
        rows += [
            {"type": rng.choice(NTM_TYPES), "occurred_on": day_about(rng, (after, asked), after, 365)}
            for _ in range(rng.choice([1, 2, 3, 6]))
        ]
    evidence["incidents"] = rows
    crowd: Evidence = {"participants": 30, "duration_days": 12, "already_settled": rng.random() < 0.5}
    evidence["mass_complaints"] = [rng.choice([crowd, {}])] if 6 in bad else []
    unmet = rng.choice([*CONTENTS]) if 7 in bad else None
    evidence |= {f"content_{number}_met": attesting(rng, period, number != unmet) for number in CONTENTS}
    reported = rng.choice([True, True, False, None])
    if reported is not None:
        evidence["tt124_recognised"] = reported
    gaps = rng.choice([0, 0, 0, 0, 0.06, 0.15, 0.4, 0.9])
    own = {name: value for name, value in evidence.items() if rng.random() >= gaps}
    if rng.random() < 0.03:
        own["request_date"] = "9999-12-31"
    elif rng.random() < 0.02:
        own["reviewed_after"] = "0001-01-01"
    unit["evidence"] = {name: value for name, value in unit["evidence"].items() if name not in evidence} | own


WRONG_NTM: list[Evidence] = [
    {"request_date": "absent"},
    {"request_date": "2025-02-30"},
    {"request_date": "2025-06-30", "reviewed_after": "2025-06-30"},
    {"request_date": "2025-06-30", "reviewed_after": "2025-07-01"},
    {"direction_effective": "có"},
    {"mass_complaints": 0},
    {"mass_complaints": [{"participants": -1}]},
    {"content_4_met": "true"},
    {"content_5_met": {"value": True, "document": {"number": 12, "date": "2025-06-20"}}},
    {"content_3_met": True},
    {"incidents": [{"type": "anti_state"}]},
]


def dossier_ntm(seed: int, units: int, period: int = 2025) -> Evidence:
    """A dossier for criterion 19.2 of new rural communes."""
    return communes(seed, units, period, request, WRONG_NTM)


# ---------------------------------------------------------------------------------------------------------
# Overlays


def staffed(asks: Callable[[Evidence], tuple[int, int]]) -> Callable[[int, int, int], Evidence]:
    """A maker of dossiers of typical communes whose teams are about as strong as a province asks."""

    def draw(seed: int, units: int, period: int) -> Evidence:
        """Teams drawn anew, with sizes beside the steps."""
        dossier = dossier_typical(seed, units, period)
        rng = random.Random(f"staffed {seed} {units} {period}")
        for unit in dossier["units"]:
            teams = unit.get("evidence", {}).get("teams")
            if not isinstance(teams, list) or rng.random() < 0.1:
                continue
            weak = rng.random() < 0.4
            for row in teams:
                sizes = [edge + step for edge in (*BY_PERSONS[:6], 899_100, 900_000) for step in (-1, 0, 1)]
                row["population"] = rng.choice([*sizes, rng.randrange(9000), 10**9])
                edges = [edge + step for edge in BY_HOUSEHOLDS for step in (-1, 0, 1)]
                row["households"] = rng.choice([*edges, rng.randrange(1500), 10**9])
                row["area_kind"] = rng.choice(["rural", "urban"])
                asked = asks(row)[0]
                row["members"] = max(0, asked + rng.choice([-1, -1, 0, 0, 1] if weak else [0, 0, 1, 5]))
                for name in ("population", "households", "area_kind", "members"):
                    if weak and rng.random() < 0.1:
                        del row[name]
                if rng.random() < 0.005:
                    row |= rng.choice([{"members": -1}, {"households": "350"}, {"persons": 3000}])
        return dossier

    return draw


def dossier_duc_ninh_dong(seed: int, units: int, period: int = 2023) -> Evidence:
    """Typical communes with the resolution of the programme."""
    dossier = dossier_typical(seed, units, period)
    rng = random.Random(f"programme {seed} {units} {period}")
    for unit in dossier["units"]:
        evidence = unit.setdefault("evidence", {})
        if isinstance(evidence, dict) and rng.random() < 0.85:
            days = [date(period, 4, 21), date(period, 1, 1), date(period, 12, 31)]
            others = [date(period - 1, 12, 31), date(period + 1, 1, 1), date(period - 2, 4, 21)]
            day = rng.choice(days if rng.random() < 0.7 else others).isoformat()
            evidence["typical_programme_resolution_date"] = "absent" if rng.random() < 0.08 else day
            if rng.random() < 0.02:
                evidence["typical_programme_resolution_date"] = rng.choice(["2023-02-30", 20230421, "chưa có"])
    return dossier


def dossier_example(seed: int, units: int, period: int = 2025) -> Evidence:
    """Units of the circular of 2021 with the tags and the fields of the sample province."""
    dossier = random_dossiers.random_dossier(seed, units, period)
    rng = random.Random(f"example {seed} {units} {period}")
    for unit in dossier["units"]:
        kind, evidence = unit.get("kind"), unit.setdefault("evidence", {})
        if not isinstance(evidence, dict) or kind not in ("kdc", "xa"):
            continue
        if "tags" not in unit and rng.random() < 0.85:
            unit["tags"] = rng.choice([[], ["border"], ["border", "coastal"], ["island"], ["biên giới"]])
        field, least = ("border_self_management_groups", 1) if kind == "kdc" else ("crime_prevention_models", 3)
        if rng.random() < 0.9:
            drawn = at_least(field, least, 8)(rng, kind, period, rng.random() < 0.4)
            evidence |= {field: 1000} if rng.random() < 0.02 else drawn
        if rng.random() < 0.01:
            evidence[field] = rng.choice([-1, 1001, "3", True])
        if kind == "xa" and rng.random() < 0.15:
            part, total = rng.choice([(8, 10), (7, 10), (16, 20), (15, 20), (4, 5), (3, 4), (18, 23), (19, 23)])
            evidence |= {"subunits_total": total, "subunits_registered": total, "subunits_recognised": part}
    return dossier
