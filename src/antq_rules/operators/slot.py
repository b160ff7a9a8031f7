"""``slot: name`` - a number that the national text leaves open and a province fills; unknown until then."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import SlotValue
from antq_rules.operators.base import Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> SlotValue | None:
    """A slot of the unit, or of the rows of the list in whose conditions it stands."""
    slot: SlotValue | None = reader.named("slot", operand, reader.slots, path)
    if slot is not None and slot.records != reader.records:
        reader.unfit(
            path,
            message("the slot '{name}' does not belong in {where}"),
            message("declare it with 'records' to use it on rows, and without to use it on units"),
            name=slot.name,
            where=reader.where,
        )
        return None
    return slot


OPERATOR = Operator(
    name="slot",
    gives="number",
    read=read,
    schema={"type": "string"},
    cases=(
        Case("{at_least: [a, {slot: open}]}", {"a": 5}, "undetermined"),
        Case("{at_least: [a, {slot: open}]}", {"a": 10}, "pass"),
        Case("{every: {records: events, have: {at_least: [weight, {slot: open_row}]}}}", {"events": []}, "pass"),
        Case(
            "{every: {records: events, have: {at_least: [weight, {slot: open_row}]}}}",
            {"events": [{"kind": "x", "weight": 9}]},
            "undetermined",
        ),
        Case(
            "{every: {records: events, have: {at_least: [weight, {slot: open_row}]}}}",
            {"events": [{"kind": "x", "weight": 10}]},
            "pass",
        ),
    ),
)
