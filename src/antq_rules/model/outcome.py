"""The four outcomes and the logic between tests."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """What a finding or verdict says, by its name in results."""

    FAIL = "fail"
    PASS = "pass"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"


FAIL = Outcome.FAIL
PASS = Outcome.PASS
UNDETERMINED = Outcome.UNDETERMINED
NOT_APPLICABLE = Outcome.NOT_APPLICABLE


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Fail if any fails, else undetermined if any is, else pass; what is not applicable is left out."""
    result = NOT_APPLICABLE
    for outcome in outcomes:
        if outcome is FAIL:
            return FAIL
        if outcome is UNDETERMINED or (outcome is PASS and result is NOT_APPLICABLE):
            result = outcome
    return result


def any_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Pass if any passes, else undetermined if any is, else fail; what is not applicable is left out."""
    result = NOT_APPLICABLE
    for outcome in outcomes:
        if outcome is PASS:
            return PASS
        if outcome is UNDETERMINED or (outcome is FAIL and result is NOT_APPLICABLE):
            result = outcome
    return result


def not_(outcome: Outcome) -> Outcome:
    """Pass and fail change places."""
    return PASS if outcome is FAIL else FAIL if outcome is PASS else outcome


def at_least_k(k: int, outcomes: Iterable[Outcome]) -> Outcome:
    """Whether ``k`` of the applicable ones pass; with fewer than ``k`` applicable ones it fails."""
    passed = pending = applicable = 0
    for outcome in outcomes:
        applicable += outcome is not NOT_APPLICABLE
        passed += outcome is PASS
        pending += outcome is UNDETERMINED
    if not applicable:
        return NOT_APPLICABLE
    if passed >= k:
        return PASS
    return UNDETERMINED if passed + pending >= k else FAIL


def when(applies: Outcome, require: Outcome) -> Outcome:
    """``require`` where it applies; not applicable where it does not; undetermined where that is unknown."""
    if applies is PASS:
        return require
    return UNDETERMINED if applies is UNDETERMINED else NOT_APPLICABLE


def of_margin(low: int, high: int) -> Outcome:
    """A test passes where every completion of its margin is 0 or more, and fails where none is."""
    return PASS if low >= 0 else FAIL if high < 0 else UNDETERMINED
