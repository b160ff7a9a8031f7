"""JSON Schemas (draft 2020-12) of the documents of a ruleset, so that an editor completes and checks them.

The shape of a document comes from its Pydantic model; what may stand for a condition or a number comes from the
operators, each of which brings the schema of its own operand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from antq_rules.language.documents import DOCUMENTS, PART
from antq_rules.operators import operators

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_DAY = {
    "description": "A day of the year judged or of a year near it, or a fixed date.",
    "anyOf": [
        {
            "type": "object",
            "properties": {"year": {"type": "integer"}, "day": {"type": "string", "pattern": r"^\d\d-\d\d$"}},
            "required": ["year", "day"],
            "additionalProperties": False,
        },
        {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    ],
}
_SPAN = {
    "type": "object",
    "properties": {"from": {"$ref": "#/$defs/day"}, "to": {"$ref": "#/$defs/day"}},
    "minProperties": 1,
    "additionalProperties": False,
}
_RATIO = {
    "description": "An exact share: 0.7, 7/10 or a parameter that holds one.",
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": r"^\d{1,9}/[1-9]\d{0,8}$"},
        {
            "type": "object",
            "properties": {"param": {"type": "string"}},
            "required": ["param"],
            "additionalProperties": False,
        },
    ],
}


def document_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a document of a ruleset.

    Args:
        name: ``ruleset``, ``evidence``, ``standard``, ``overlay`` or ``cases``.
    Raises:
        KeyError: There is no such document.
    """
    schema = _with_parts(DOCUMENTS[name].model_json_schema(by_alias=True))
    _widen(schema.get("properties", {}))
    return {
        "$schema": DRAFT,
        "title": f"{name} of antq_rules",
        **{key: value for key, value in schema.items() if key not in ("$defs", "title")},
        "$defs": {**schema.get("$defs", {}), **_parts()},
    }


def _with_parts(schema: Any) -> Any:
    """The schema with a reference in place of each part that the operators bring."""
    if isinstance(schema, dict):
        if PART in schema:
            others = {key: value for key, value in schema.items() if key != PART}
            return {"$ref": f"#/$defs/{schema[PART]}", **others}
        return {key: _with_parts(value) for key, value in schema.items()}
    return [_with_parts(item) for item in schema] if isinstance(schema, list) else schema


def _widen(properties: dict[str, Any]) -> None:
    """Let stand what the models accept in a second form: one field for a list of one, ``all`` for a decision."""
    fields = properties.get("fields", {})
    if "additionalProperties" in fields:
        several = fields["additionalProperties"]
        fields["additionalProperties"] = {"anyOf": [several["items"], several]}
    if "decide" in properties:
        otherwise = {key: value for key, value in properties["decide"].items() if key != "default"}
        properties["decide"] = {"anyOf": [{"const": "all"}, otherwise], "default": "all"}


def _parts() -> dict[str, Any]:
    name = {"type": "string", "description": "The name of a field."}
    return {
        "condition": {
            "description": "A boolean field by its name, or one operator with its operand.",
            "anyOf": [name, *_operators("condition")],
        },
        "number": {
            "description": "A number, a field or choice by its name, or one operator with its operand.",
            "anyOf": [{"type": "number"}, name, *_operators("number")],
        },
        "ratio": _RATIO,
        "period": {"anyOf": [{"type": "string", "description": "The name of a period."}, _SPAN]},
        "day": _DAY,
    }


def _operators(gives: str) -> list[Mapping[str, Any]]:
    return [
        {
            "type": "object",
            "properties": {operator.name: dict(operator.schema), **operator.companions},
            "required": [operator.name, *operator.companions],
            "additionalProperties": False,
        }
        for operator in operators().values()
        if operator.gives == gives
    ]
