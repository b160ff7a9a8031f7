"""``share_at_least: {of: a, among: b, ratio: r}`` - a of b reaches a share, compared as exact fractions.

A share of nothing is not applicable. With ``children: group`` the two are levels of the units below: ``in_scope``,
``registered`` and ``recognised``, each within the one before.
"""

from __future__ import annotations

from typing import Any

from antq_rules.errors import message
from antq_rules.located import Path
from antq_rules.model.expression import Truth
from antq_rules.operators.base import NUMBER_SCHEMA, RATIO_SCHEMA, Case, Operator, Reader


def read(operand: Any, path: Path, reader: Reader) -> Truth | None:
    """A share of measures, or of the units below."""
    if isinstance(operand, dict) and "children" in operand:
        return reader.child_share("share_at_least", operand, path)
    return reader.share("share_at_least", operand, path, strict=False)


OPERATOR = Operator(
    name="share_at_least",
    gives="condition",
    read=read,
    schema={
        "type": "object",
        "properties": {
            "children": {"type": "string"},
            "of": NUMBER_SCHEMA,
            "among": NUMBER_SCHEMA,
            "ratio": RATIO_SCHEMA,
        },
        "required": ["of", "among", "ratio"],
        "additionalProperties": False,
    },
    needs=message("at least {required}"),
    cases=(
        Case("{share_at_least: {of: a, among: b, ratio: 7/10}}", {"a": 7, "b": 10}, "pass"),
        Case("{share_at_least: {of: a, among: b, ratio: 7/10}}", {"a": 16, "b": 23}, "fail"),
        Case("{share_at_least: {of: a, among: b, ratio: 0.7}}", {"a": 17, "b": 23}, "pass"),
        Case("{share_at_least: {of: a, among: b, ratio: 7/10}}", {"a": 0, "b": 0}, "not_applicable"),
        Case("{share_at_least: {of: a, among: b, ratio: 7/10}}", {"b": 0}, "not_applicable"),
        Case("{share_at_least: {of: a, among: b, ratio: 7/10}}", {"a": 7}, "undetermined"),
        Case("{share_at_least: {of: a, among: b, ratio: 7/10}}", {"b": 10}, "undetermined"),
    ),
)
