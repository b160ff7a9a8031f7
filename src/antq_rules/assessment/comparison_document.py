"""Comparisons in their published shape, ``antq.comparison/1``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from antq_rules.assessment.comparing import (
    Comparison,
    Count,
    CriterionTally,
    GroupChange,
    KindChange,
    Side,
    Sort,
    UnitChange,
    decimal_text,
)
from antq_rules.assessment.document import citation_row
from antq_rules.model.outcome import PASS, Outcome
from antq_rules.version import __version__

SCHEMA = "antq.comparison/1"


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """The whole comparison as plain values."""
    return {**_head(comparison), **{key: list(rows) for key, rows in _lists(comparison).items()}}


def comparison_chunks(comparison: Comparison) -> Iterator[str]:
    """The whole comparison as JSON text, piece by piece: every row of a list is a line of its own."""
    yield "{" + ",\n".join(f"{_json(key)}: {_json(value)}" for key, value in _head(comparison).items())
    for key, rows in _lists(comparison).items():
        yield f",\n{_json(key)}: ["
        for position, row in enumerate(rows):
            yield f"{',' if position else ''}\n{_json(row)}"
        yield "]"
    yield "}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _head(comparison: Comparison) -> dict[str, Any]:
    became = dict.fromkeys(Sort, 0)
    for change in comparison.units:
        became[change.sort] += 1
    return {
        "schema": SCHEMA,
        "antq_rules": __version__,
        "before": side_row(comparison.before),
        "after": side_row(comparison.after),
        "became": {sort.value: number for sort, number in became.items()},
    }


def _lists(comparison: Comparison) -> dict[str, Iterable[dict[str, Any]]]:
    return {
        "kinds": (kind_row(change) for change in comparison.kinds),
        "groups": (group_row(group) for group in comparison.groups),
        "criteria": (criterion_row(tally) for tally in comparison.criteria),
        "units": (unit_row(change) for change in comparison.units if change.sort is not Sort.SAME or change.criteria),
    }


def side_row(side: Side) -> dict[str, Any]:
    """By what one of the two was judged."""
    return {
        "period": side.period,
        "ruleset": {
            "id": side.ruleset, "version": side.version, "sha256": side.sha256, "status": side.status,
            "title": side.title,
        },
        "overlays": [{"id": overlay.id, "version": overlay.version} for overlay in side.overlays],
        "readings": dict(side.readings),
        "input_sha256": side.input_sha256,
        "notes": [{"code": note.code, "text": note.text} for note in side.notes],
    }  # fmt: skip


def kind_row(change: KindChange) -> dict[str, Any]:
    """The units of one kind; exact numbers, and the same as a person writes them."""
    return {
        "kind": change.kind,
        "title": change.title,
        "before": share_row(change.before),
        "after": share_row(change.after),
        "more": change.more,
        "points": _exact(change.points),
        "points_rounded": None if change.points is None else decimal_text(change.points, "en"),
    }


def share_row(count: Count | None) -> dict[str, Any] | None:
    """Outcomes of units, and the share that passes."""
    if count is None:
        return None
    share = count.share
    return {
        "total": count.total,
        **count_row(count),
        "applicable": count.applicable,
        "share": _exact(share),
        "percent_rounded": None if share is None else decimal_text(share * 100, "en"),
    }


def count_row(count: Count) -> dict[str, int]:
    """How many units came to which outcome."""
    return {outcome.value: count.outcomes[outcome] for outcome in (PASS, Outcome.FAIL, *list(Outcome)[2:])}


def group_row(group: GroupChange) -> dict[str, Any]:
    """The units below one."""
    return {
        "unit": group.unit,
        "kind": group.kind,
        "name": group.name,
        "parent": group.parent,
        "kinds": [kind_row(change) for change in group.kinds],
    }


def criterion_row(tally: CriterionTally) -> dict[str, Any]:
    """The outcomes of a criterion."""
    return {
        "criterion": tally.criterion,
        "title": tally.title,
        "citation": citation_row(tally.citation),
        "before": None if tally.before is None else count_row(tally.before),
        "after": None if tally.after is None else count_row(tally.after),
        "more_open": tally.more_open,
    }


def unit_row(change: UnitChange) -> dict[str, Any]:
    """What became of a unit, and the criteria that came out otherwise."""
    return {
        "unit": change.unit,
        "kind": change.kind,
        "name": change.name,
        "parent": change.parent,
        "became": change.sort.value,
        "loss": change.is_loss,
        "before": {"standing": change.standing_before.value, "outcome": _word(change.before)},
        "after": {"standing": change.standing_after.value, "outcome": _word(change.after)},
        "faults": list(change.faults),
        "criteria": [
            {
                "criterion": one.criterion,
                "before": _word(one.before),
                "after": _word(one.after),
                "reasons": list(one.reasons),
            }
            for one in change.criteria
        ],
    }


def _word(outcome: Outcome | None) -> str | None:
    return None if outcome is None else outcome.value


def _exact(number: Fraction | None) -> str | None:
    return None if number is None else str(number)
