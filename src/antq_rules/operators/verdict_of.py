"""``verdict_of: {standard: id, reported: field}`` - the unit passes another standard.

The standard is of a ruleset that this one uses, and judged in the same run. ``reported`` names a boolean field that
states its verdict where that cannot be told from the evidence.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import VerdictOf
from antq_rules.operators.base import Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> VerdictOf | None:
    """The other standard and the field that may report its verdict."""
    found = reader.mapping(operand, path, ["standard"], ["reported"])
    if found is None:
        return None
    if reader.named("standard", found["standard"], reader.standards, (*path, "standard")) is None:
        return None
    reported = reader.field(found["reported"], (*path, "reported"), {"boolean"}) if "reported" in found else None
    if "reported" in found and reported is None:
        return None
    return VerdictOf("verdict_of", found["standard"], reported.name if reported else None)


OPERATOR = Operator(
    name="verdict_of",
    gives="condition",
    read=read,
    schema={
        "type": "object",
        "properties": {"standard": {"type": "string"}, "reported": {"type": "string"}},
        "required": ["standard"],
        "additionalProperties": False,
    },
    needs=message("a pass"),
)
