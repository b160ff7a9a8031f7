"""Quotas: how many units of one sort there are against another, below a parent or in the whole dossier.

A quota is a finding of its own. It decides no verdict and never picks who would lose.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from antq_rules.assessment.judging import Judging
from antq_rules.errors import message
from antq_rules.evidence.measuring import compile_truth
from antq_rules.explain.catalogue import translator
from antq_rules.explain.wording import percentage
from antq_rules.model.expression import Label, Ratio, Truth
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.ruleset import Citation, Sort
from antq_rules.model.verdict import Verdict
from antq_rules.plan.compiling import PlannedQuota, PlannedStandard

KEPT = message("{of} of at most {most} ({share} of {among})")
OPEN = message("{of} to {of_most} against {among} to {among_most}; at most {share} is allowed")
OPEN_SHARE = message("the share is not set")


@dataclass(frozen=True, slots=True)
class QuotaFinding:
    """Whether a quota is kept.

    ``unit`` is the parent below which it counts, None where it counts in the whole dossier. ``of`` and ``among`` are
    the least and the greatest number of units of the two sorts.
    """

    id: str
    title: Label
    citation: Citation
    unit: str | None
    outcome: Outcome
    of: tuple[int, int]
    among: tuple[int, int]
    at_most: Fraction | None
    text: str


def quota_findings(verdicts: Iterable[Verdict], judging: Judging, language: str) -> Iterator[QuotaFinding]:
    """The findings of all quotas, by standard, quota and parent, in the order of the verdicts."""
    found = list(verdicts)
    for standard in judging.plan.standards.values():
        judged = [one for one in found if one.standard == standard.id and one.scope is not FAIL]
        for planned in standard.quotas:
            together: dict[str | None, list[Verdict]] = {}
            for verdict in judged:
                if planned.quota.over == "dossier":
                    together.setdefault(None, []).append(verdict)
                elif verdict.parent is not None:
                    together.setdefault(verdict.parent, []).append(verdict)
            for unit, members in together.items():
                yield _finding(planned, standard, unit, members, judging, language)


def _finding(
    planned: PlannedQuota,
    standard: PlannedStandard,
    unit: str | None,
    members: Iterable[Verdict],
    judging: Judging,
    language: str,
) -> QuotaFinding:
    quota = planned.quota
    states = [
        (
            _inside(verdict, _state(quota.of, planned.of, verdict, standard)),
            _inside(verdict, _state(quota.among, planned.among, verdict, standard)),
        )
        for verdict in members
    ]
    of, among = (_span(state[place] for state in states) for place in (0, 1))
    ratio = planned.at_most.value if isinstance(planned.at_most, Ratio) else None
    if not any(possible for _, possible in (of, among)):
        outcome = NOT_APPLICABLE
    elif ratio is None:
        outcome = UNDETERMINED
    else:
        outcome = judging.executor.holds(*_margin(states, ratio))
    return QuotaFinding(
        quota.id, quota.title, quota.citation, unit, outcome, of, among, ratio, _text(of, among, ratio, language)
    )


def _state(sort: Sort, where: Truth | None, verdict: Verdict, standard: PlannedStandard) -> Outcome:
    """Whether a unit is of a sort."""
    if where is not None:
        values: Mapping[str, Any] = verdict.telling.values
        return compile_truth(where)(values)
    if sort.score_class is not None:
        if verdict.possible_classes:
            return UNDETERMINED if sort.score_class in verdict.possible_classes else FAIL
        return PASS if verdict.score_class == sort.score_class else FAIL
    if verdict.outcome is UNDETERMINED and sort.outcome != UNDETERMINED.value:
        return UNDETERMINED
    return PASS if verdict.outcome.value == sort.outcome else FAIL


def _inside(verdict: Verdict, state: Outcome) -> Outcome:
    """The state of a unit of which it is not known whether the standard judges it at all."""
    return UNDETERMINED if verdict.scope is UNDETERMINED and state is PASS else state


def _span(states: Iterable[Outcome]) -> tuple[int, int]:
    least = most = 0
    for state in states:
        least += state is PASS
        most += state in (PASS, UNDETERMINED)
    return least, most


def _margin(states: Iterable[tuple[Outcome, Outcome]], ratio: Fraction) -> tuple[int, int]:
    """The least and the greatest margin of ``of <= ratio * among`` over all ways in which the units may stand."""
    p, q = ratio.numerator, ratio.denominator
    low = high = 0
    for of, among in states:
        ways = [
            p * in_among - q * in_of
            for in_of in ((1,) if of is PASS else (0, 1) if of is UNDETERMINED else (0,))
            for in_among in ((1,) if among is PASS else (0, 1) if among is UNDETERMINED else (0,))
        ]
        low, high = low + min(ways), high + max(ways)
    return low, high


def _text(of: tuple[int, int], among: tuple[int, int], ratio: Fraction | None, language: str) -> str:
    translate = translator(language)
    share = translate(OPEN_SHARE) if ratio is None else percentage(ratio)
    if of[0] == of[1] and among[0] == among[1] and ratio is not None:
        most = ratio.numerator * among[0] // ratio.denominator
        return translate(KEPT).format(of=of[0], most=most, share=share, among=among[0])
    return translate(OPEN).format(of=of[0], of_most=of[1], among=among[0], among_most=among[1], share=share)
