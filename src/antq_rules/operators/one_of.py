"""``one_of: [field, [choice, ...]]`` - a choice is one of several."""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import OneOf
from antq_rules.operators.base import Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> OneOf | None:
    """A choice and the choices allowed."""
    items = reader.items(operand, path, count=2)
    found = reader.field(items[0], (*path, 0), {"enum"}) if items else None
    ranks = reader.choices(found, items[1], (*path, 1)) if items and found else None
    return OneOf("one_of", reader.value_of(found), frozenset(ranks)) if found and ranks else None


OPERATOR = Operator(
    name="one_of",
    gives="condition",
    read=read,
    schema={
        "type": "array",
        "prefixItems": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        "minItems": 2,
        "maxItems": 2,
    },
    needs=message("one of {required}"),
    cases=(
        Case("{one_of: [grade, [low, high]]}", {"grade": "high"}, "pass"),
        Case("{one_of: [grade, [low, high]]}", {"grade": "mid"}, "fail"),
        Case("{one_of: [grade, [low, high]]}", {}, "undetermined"),
        Case("{one_of: [grade, [low, mid, high]]}", {}, "pass"),
    ),
)
