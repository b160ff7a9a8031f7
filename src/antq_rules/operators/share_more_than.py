"""``share_more_than: {of: a, among: b, ratio: r}`` - a of b exceeds a share, compared as exact fractions."""

from __future__ import annotations

from antq_rules.errors import message
from antq_rules.operators.base import NUMBER_SCHEMA, RATIO_SCHEMA, Case, Operator

OPERATOR = Operator(
    name="share_more_than",
    gives="condition",
    read=lambda operand, path, reader: reader.share("share_more_than", operand, path, strict=True),
    schema={
        "type": "object",
        "properties": {"of": NUMBER_SCHEMA, "among": NUMBER_SCHEMA, "ratio": RATIO_SCHEMA},
        "required": ["of", "among", "ratio"],
        "additionalProperties": False,
    },
    needs=message("more than {required}"),
    cases=(
        Case("{share_more_than: {of: a, among: b, ratio: 8/10}}", {"a": 8, "b": 10}, "fail"),
        Case("{share_more_than: {of: a, among: b, ratio: 8/10}}", {"a": 81, "b": 100}, "pass"),
        Case("{share_more_than: {of: a, among: b, ratio: 8/10}}", {"b": 0}, "not_applicable"),
        Case("{share_more_than: {of: a, among: b, ratio: 8/10}}", {"b": 1}, "undetermined"),
    ),
)
