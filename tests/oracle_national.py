"""Naive evaluators of the legal-access standard and of criterion 19.2 of new rural communes, further witnesses.

Written from sections 1 and 3 of ``standards/related.md``: plain dictionaries, the standard library and the logic of
:mod:`tests.oracle`. Both ask whether a commune is safe in security and order: as the oracle of that circular finds
in the same dossier, else as the commune reports.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

from tests import oracle
from tests.oracle import (
    ABSENT,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    UNDETERMINED,
    Evidence,
    Findings,
    OracleResult,
    UnitError,
    all_of,
    is_zero,
    judged_true,
    no_row_fails,
    read_bool,
    read_count,
    read_date,
    read_rows,
    require,
    settled,
    truth,
    unwrapped,
)
from tests.oracle_2012 import Reader, chosen, read_attested

Ends = tuple[Fraction, Fraction]

MOST = Fraction(100)
"""The greatest number of points that a sheet may name, and so the far end of one that is not known."""

NTM_READINGS: dict[str, tuple[str, ...]] = {
    "yearly_document": ("request_year", "any_year"),
    "fifth_point": ("dd", "e", "both"),
    "not_complicated": ("eight_contents", "with_circular"),
    "reviewed_time": ("as_stated",),
}
"""The readings of criterion 19.2 and their choices; the first is the default."""


@dataclass(frozen=True)
class ScoredResult(OracleResult):
    """The verdicts, and of a score sheet the ends of the score and how many items both columns grade differently."""

    scores: dict[str, Ends] = field(default_factory=dict)
    differing: dict[str, int] = field(default_factory=dict)


# ---------------------------------------------------------------------------------------------------------
# A dossier in which communes carry the evidence of two rulesets


def split(unit: Any, fields: dict[str, dict[str, Reader]]) -> tuple[Any, Evidence]:
    """A unit without the fields that a ruleset or an overlay has for its kind, and these fields read.

    Raises:
        UnitError: One of the fields is wrong.
    """
    evidence = unit.get("evidence") if isinstance(unit, dict) else None
    kind = unit.get("kind") if isinstance(unit, dict) else None
    if not isinstance(evidence, dict) or not isinstance(kind, str) or kind not in fields:
        return unit, {}
    readers = fields[kind]
    own = {name: readers[name](value) for name, value in evidence.items() if name in readers}
    rest = {name: value for name, value in evidence.items() if name not in readers}
    return {**unit, "evidence": rest}, own


def plain(reader: Reader) -> Reader:
    """The reader of a value that may stand in its wrapper."""
    return lambda value: reader(unwrapped(value))


def judged_nationally(
    dossier: dict[str, Any],
    period: int,
    readings: dict[str, str],
    previous: dict[str, Any] | None,
    own: dict[str, Reader],
) -> tuple[OracleResult, dict[str, Evidence]]:
    """What the circular of 2021 says of a dossier, and all evidence of each commune without errors.

    A unit that is wrong in another ruleset's fields is left as it is, and so refused here, where nobody declares them.
    """
    units, given = [], []
    for unit in dossier["units"]:
        try:
            rest, evidence = split(unit, {"xa": own})
        except UnitError:
            rest, evidence = unit, {}
        units.append(rest)
        given.append(evidence)
    found = oracle.judge({**dossier, "units": units}, period=period, readings=readings, previous=previous)
    communes = {
        known[0]: known[2] | evidence
        for known, evidence in zip(oracle.read_units(units), given, strict=True)
        if known is not None and known[1] == "xa"
    }
    return found, communes


def is_safe(outcome: str, reported: bool | None) -> str:
    """Whether the commune is safe in security and order: as found, or while that is open as reported."""
    if outcome != UNDETERMINED:
        return truth(outcome == PASS)
    return judged_true(reported)


# ---------------------------------------------------------------------------------------------------------
# Legal access (related.md, section 3)


def read_points(value: object) -> Fraction:
    """Points from 0 to 100 with at most two places."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise UnitError("not a number")
    exact = Fraction(str(value))
    require(0 <= exact <= MOST and (exact * 100).denominator == 1, "no points")
    return exact


SCORES = ("score_1", "score_2", "score_3", "score_4", "score_5_other")
ITEMS = ("tcpl.1.all", "tcpl.2.all", "tcpl.3.all", "tcpl.4.all", "tcpl.5.other")
MAXIMA = ("max_1", "max_2", "max_3", "max_4", "max_5_other", "max_5_3", "max_5_4")
LEGAL_READERS: dict[str, Reader] = {
    **dict.fromkeys((*SCORES, *MAXIMA), plain(read_points)),
    "officials_disciplined": plain(read_count),
    "heads_disciplined": plain(read_count),
    "tt124_recognised": plain(read_bool),
}


def may_be(points: Fraction | None) -> list[Fraction]:
    """The points, or both ends of what they may be."""
    return [Fraction(0), MOST] if points is None else [points]


def either(outcome: str) -> list[bool]:
    """Whether a finding is met, as far as is known."""
    return [False, True] if outcome == UNDETERMINED else [outcome == PASS]


def half_of(score: Fraction | None, most: Fraction | None) -> str:
    """A criterion with at least half of its maximum; half of nothing is not applicable."""
    return settled(
        NOT_APPLICABLE if whole == 0 else truth(2 * points >= whole)
        for points, whole in product(may_be(score), may_be(most))
    )


def not_below_half(score: Fraction | None, most: Fraction | None) -> str:
    """The floor of one criterion; less than the maximum counts, and half of nothing is reached."""
    # For known points the margin rises with the maximum up to them and falls beyond, so that point is a turn.
    wholes = [*may_be(most), *(may_be(score) if most is None else [])]
    return settled(truth(2 * min(points, whole) >= whole) for points, whole in product(may_be(score), wholes))


def not_below_half_in_fifth(evidence: Evidence, third: str, fourth: str) -> str:
    """The floor of criterion 5: its other indicators, and indicators 3 and 4 with all of their points or none."""
    others, most = evidence.get("score_5_other"), evidence.get("max_5_other")
    wholes = [*may_be(most), *(may_be(others) if most is None else [])]
    margins = (
        2 * (min(points, whole) + met_3 * max_3 + met_4 * max_4) - (whole + max_3 + max_4)
        for points, whole, met_3, met_4, max_3, max_4 in product(
            may_be(others),
            wholes,
            either(third),
            either(fourth),
            may_be(evidence.get("max_5_3")),
            may_be(evidence.get("max_5_4")),
        )
    )
    return settled(truth(margin >= 0) for margin in margins)


def legal_score(evidence: Evidence, findings: Findings) -> Ends:
    """The least and the greatest total.

    A criterion that is not applicable gives all of its points. Its finding is a test of its own, so that while it is
    open the points may be that too. No total is beyond the scale.
    """
    low = high = Fraction(0)
    for item, score, most in zip(ITEMS, SCORES, MAXIMA, strict=False):
        given = [min(may_be(evidence.get(score))[end], may_be(evidence.get(most))[end]) for end in (0, -1)]
        if item != "tcpl.5.other" and findings[item] == UNDETERMINED:
            given += may_be(evidence.get(most))
        low += min(given)
        high += max(given)
    for item, most in (("tcpl.5.3", "max_5_3"), ("tcpl.5.4", "max_5_4")):
        points = [met * number for met, number in product(either(findings[item]), may_be(evidence.get(most)))]
        low += min(points)
        high += max(points)
    return min(low, MOST), min(high, MOST)


def legal_access(evidence: Evidence, safe: str, pass_from: int) -> tuple[str, Findings, Ends]:
    """The verdict of a commune, its findings and its score."""
    third = is_zero(evidence.get("officials_disciplined"))
    findings = {
        f"tcpl.{number}.all": half_of(evidence.get(f"score_{number}"), evidence.get(f"max_{number}"))
        for number in range(1, 5)
    }
    findings["tcpl.5.other"] = settled(
        truth(points >= whole)
        for points, whole in product(may_be(evidence.get("score_5_other")), may_be(evidence.get("max_5_other")))
    )
    findings |= {"tcpl.5.3": third, "tcpl.5.4": safe}
    ends = legal_score(evidence, findings)
    outcome = all_of(
        [
            settled(truth(total >= pass_from) for total in ends),
            *(not_below_half(evidence.get(f"score_{number}"), evidence.get(f"max_{number}")) for number in range(1, 5)),
            not_below_half_in_fifth(evidence, third, safe),
            is_zero(evidence.get("heads_disciplined")),
        ]
    )
    return outcome, findings, ends


def breaks_sheet(evidence: Evidence) -> bool:
    """Points beyond a maximum, or maxima that cannot add up to 100."""
    for score, most in zip(SCORES, MAXIMA[:5], strict=True):
        if score in evidence and most in evidence and evidence[score] > evidence[most]:
            return True
    stated = [evidence[name] for name in MAXIMA if name in evidence]
    total = sum(stated)
    return total > MOST or (len(stated) == len(MAXIMA) and total < MOST)


def judge_legal(
    dossier: dict[str, Any],
    *,
    period: int,
    readings: dict[str, str] | None = None,
    previous: dict[str, Any] | None = None,
    pass_from: int = 80,
) -> ScoredResult:
    """The verdicts of all communes under the legal-access standard.

    Args:
        dossier: The units, of the circular's kinds.
        period: The year of assessment.
        readings: Choices of the circular of 2021 that differ from the defaults.
        previous: Last year's dossier, which only the circular reads.
        pass_from: The points asked for.
    """
    national, communes = judged_nationally(dossier, period, readings or {}, previous, LEGAL_READERS)
    broken = {identity for identity, evidence in communes.items() if breaks_sheet(evidence)}
    verdicts: dict[str, tuple[str, Findings]] = {}
    scores: dict[str, Ends] = {}
    for identity, evidence in communes.items():
        if identity not in broken:
            safe = is_safe(national.verdicts[identity][0], evidence.get("tt124_recognised"))
            outcome, findings, scores[identity] = legal_access(evidence, safe, pass_from)
            verdicts[identity] = outcome, findings
    return ScoredResult(verdicts, national.rejected | broken, scores)


# ---------------------------------------------------------------------------------------------------------
# New rural communes (related.md, section 1)


CONTENTS = range(4, 9)
"""The contents that nobody saw: a decision attests them."""

NTM_READERS: dict[str, Reader] = {
    "request_date": plain(read_date),
    "reviewed_after": plain(read_date),
    "direction_effective": plain(read_bool),
    "mass_complaints": plain(
        read_rows({}, {"participants": read_count, "duration_days": read_count, "already_settled": read_bool})
    ),
    **{f"content_{number}_met": read_attested for number in CONTENTS},
    "tt124_recognised": plain(read_bool),
}

FIFTH_POINT = {"dd": {"separatism"}, "e": {"prolonged_dispute"}, "both": {"separatism", "prolonged_dispute"}}


def may_be_day(day: date | None) -> list[date]:
    """The day, or both ends of what it may be."""
    return [date.min, date.max] if day is None else [day]


def yearly(document: date | str | None, request: date | None, year: int, reading: str) -> str:
    """A yearly document: of the year of the request or of any, and there by the day of the request."""
    if document == ABSENT:
        return FAIL
    assert not isinstance(document, str)
    of_year = UNDETERMINED if document is None else PASS
    if reading == "request_year" and document is not None:
        of_year = truth(document.year == year)
    in_time = settled(truth(written <= asked) for written, asked in product(may_be_day(document), may_be_day(request)))
    return all_of([of_year, in_time])


def no_such_act(evidence: Evidence, types: set[str]) -> str:
    """None of these acts after the day from which the dossier reviews, up to the day of the request."""
    incidents = evidence.get("incidents")
    if incidents is None:
        return UNDETERMINED
    return no_row_fails(
        settled(
            truth(not after < row["occurred_on"] <= request)
            for after, request in product(
                may_be_day(evidence.get("reviewed_after")), may_be_day(evidence.get("request_date"))
            )
        )
        for row in incidents
        if row["type"] in types
    )


def eight_contents(evidence: Evidence, year: int, readings: dict[str, str]) -> Findings:
    """The contents of criterion 19.2."""
    reading, request = readings["yearly_document"], evidence.get("request_date")
    complaints = evidence.get("mass_complaints")
    points = {
        "a": {"anti_state"},
        "b": {"sabotage_key_works"},
        "c": {"unlawful_religion"},
        "d": {"exploitation_complicating_security"},
        "5": FIFTH_POINT[readings["fifth_point"]],
    }
    return {
        "ntm.19_2.1.a": yearly(evidence.get("party_resolution_date"), request, year, reading),
        "ntm.19_2.1.b": yearly(evidence.get("security_plan_date"), request, year, reading),
        "ntm.19_2.1.c": judged_true(evidence.get("direction_effective")),
        **{f"ntm.19_2.2.{point}": no_such_act(evidence, types) for point, types in points.items()},
        "ntm.19_2.3": is_zero(None if complaints is None else len(complaints)),
        **{f"ntm.19_2.{number}": judged_true(evidence.get(f"content_{number}_met")) for number in CONTENTS},
    }


def judge_ntm(
    dossier: dict[str, Any],
    *,
    period: int,
    readings: dict[str, str] | None = None,
    previous: dict[str, Any] | None = None,
) -> OracleResult:
    """The verdicts of all communes under criterion 19.2, with readings of this ruleset or of the circular of 2021."""
    given = readings or {}
    choices = chosen(NTM_READINGS, {name: choice for name, choice in given.items() if name in NTM_READINGS})
    others = {name: choice for name, choice in given.items() if name not in NTM_READINGS}
    national, communes = judged_nationally(dossier, period, others, previous, NTM_READERS)
    verdicts: dict[str, tuple[str, Findings]] = {}
    broken = set()
    for identity, evidence in communes.items():
        after, request = evidence.get("reviewed_after"), evidence.get("request_date")
        if after is not None and request is not None and after >= request:
            broken.add(identity)
            continue
        findings = eight_contents(evidence, period, choices)
        findings["ntm.3371"] = NOT_APPLICABLE
        if choices["not_complicated"] == "with_circular":
            findings["ntm.3371"] = is_safe(national.verdicts[identity][0], evidence.get("tt124_recognised"))
        verdicts[identity] = all_of(findings.values()), findings
    return OracleResult(verdicts, national.rejected | broken)
