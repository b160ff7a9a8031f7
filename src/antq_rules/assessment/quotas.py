"""Quotas: how many units of one sort there are against another, below a parent or in the whole dossier.

A quota is a finding of its own. It decides no verdict and never picks who would lose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from antq_rules.assessment.judging import Judging
from antq_rules.errors import message
from antq_rules.evidence.measuring import compile_truth
from antq_rules.explain.catalogue import translator
from antq_rules.explain.wording import percentage
from antq_rules.frozen import frozen
from antq_rules.model.expression import Label, Ratio, Truth
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.ruleset import Citation, Sort
from antq_rules.model.verdict import Verdict
from antq_rules.plan.compiling import PlannedQuota, PlannedStandard

KEPT = message("{of} of at most {most} ({share} of {among})")
OPEN = message("{of} to {of_most} against {among} to {among_most}; at most {share} is allowed")
OPEN_SHARE = message("the share is not set")


@frozen
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


Sorts = tuple[Outcome, Outcome]
"""Whether a unit is of the sort that a quota counts, and of that against which it counts."""


def quota_findings(verdicts: Iterable[Verdict], judging: Judging, language: str) -> Iterator[QuotaFinding]:
    """The findings of all quotas, by standard, quota and parent, in the order of the verdicts."""
    found = list(verdicts)
    for standard in judging.plan.standards.values():
        judged = [one for one in found if one.standard == standard.id and one.scope is not FAIL]
        for planned in standard.quotas:
            together: dict[str | None, Counter[Sorts]] = {}
            for verdict in judged:
                if planned.quota.over == "dossier" or verdict.parent is not None:
                    unit = None if planned.quota.over == "dossier" else verdict.parent
                    together.setdefault(unit, Counter())[sorts_of(planned, verdict, standard)] += 1
            for unit, members in together.items():
                yield quota_finding(planned, unit, members, judging, language)


def quota_finding(
    planned: PlannedQuota, unit: str | None, members: Mapping[Sorts, int], judging: Judging, language: str
) -> QuotaFinding:
    """The finding of a quota.

    Args:
        planned: The quota.
        unit: The parent below which it counts, None where it counts in the whole dossier.
        members: How many units that may be in scope are of which sorts.
        judging: By which margins are judged.
        language: Of the sentence.
    """
    quota = planned.quota
    of, among = (_span((sorts[place], count) for sorts, count in members.items()) for place in (0, 1))
    ratio = planned.at_most.value if isinstance(planned.at_most, Ratio) else None
    if not any(possible for _, possible in (of, among)):
        outcome = NOT_APPLICABLE
    elif ratio is None:
        outcome = UNDETERMINED
    else:
        outcome = judging.executor.holds(*_margin(members, ratio))
    return QuotaFinding(
        quota.id, quota.title, quota.citation, unit, outcome, of, among, ratio, _text(of, among, ratio, language)
    )


def sorts_of(planned: PlannedQuota, verdict: Verdict, standard: PlannedStandard) -> Sorts:
    """Of which sorts a unit is; not known where it is not known whether the standard judges it at all."""
    quota = planned.quota
    of, among = (
        _state(sort, where, verdict, standard) for sort, where in ((quota.of, planned.of), (quota.among, planned.among))
    )
    return _inside(verdict, of), _inside(verdict, among)


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
    return UNDETERMINED if verdict.scope is UNDETERMINED and state is PASS else state


def _span(states: Iterable[tuple[Outcome, int]]) -> tuple[int, int]:
    least = most = 0
    for state, count in states:
        least += count * (state is PASS)
        most += count * (state in (PASS, UNDETERMINED))
    return least, most


def _margin(members: Mapping[Sorts, int], ratio: Fraction) -> tuple[int, int]:
    """The least and the greatest margin of ``of <= ratio * among`` over all ways in which the units may stand."""
    p, q = ratio.numerator, ratio.denominator
    low = high = 0
    for (of, among), count in members.items():
        ways = [
            p * in_among - q * in_of
            for in_of in ((1,) if of is PASS else (0, 1) if of is UNDETERMINED else (0,))
            for in_among in ((1,) if among is PASS else (0, 1) if among is UNDETERMINED else (0,))
        ]
        low, high = low + count * min(ways), high + count * max(ways)
    return low, high


def _text(of: tuple[int, int], among: tuple[int, int], ratio: Fraction | None, language: str) -> str:
    translate = translator(language)
    share = translate(OPEN_SHARE) if ratio is None else percentage(ratio)
    if of[0] == of[1] and among[0] == among[1] and ratio is not None:
        most = ratio.numerator * among[0] // ratio.denominator
        return translate(KEPT).format(of=of[0], most=most, share=share, among=among[0])
    return translate(OPEN).format(of=of[0], of_most=of[1], among=among[0], among_most=among[1], share=share)
