"""The JSON Schema (draft 2020-12) of dossiers, ``antq.dossier/1``: for all rulesets, or with the fields of one.

What a schema cannot say stays with the reader: days that the calendar lacks, relations between fields, ids that stand
twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from antq_rules.model.ruleset import Field, Ruleset
from antq_rules.plan.compiling import kinds_of, with_used
from antq_rules.readers.structure import SCHEMA

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}
_TEXT = {"type": ["string", "null"]}
_DOCUMENT = {
    "description": "The document that proves a value.",
    "type": ["object", "null"],
    "properties": {"kind": _TEXT, "number": _TEXT, "date": {"anyOf": [_DAY, {"type": "null"}]}, "issuer": _TEXT},
    "additionalProperties": False,
}
_SIMPLE: Mapping[str, Mapping[str, Any]] = {
    "boolean": {"type": "boolean"},
    "text": {"type": "string"},
    "series": {"type": "object", "additionalProperties": {"type": "integer"}},
}


def dossier_schema(ruleset: Ruleset | None = None, language: str = "vi") -> dict[str, Any]:
    """The schema of a dossier.

    Args:
        ruleset: Whose fields to declare, with those of the rulesets that it uses; without one any field may stand.
        language: Of the titles.
    """
    kinds = {} if ruleset is None else {name: ruleset.all_fields_of(name) for name in kinds_of(ruleset)}
    unit = _unit(ruleset)
    unit["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
            "then": {"properties": {"evidence": {"$ref": f"#/$defs/{kind}"}}},
        }
        for kind in kinds
    ]
    if not kinds:
        del unit["allOf"]
    return {
        "$schema": DRAFT,
        "title": SCHEMA if ruleset is None else f"{SCHEMA}, {ruleset.id} {ruleset.version}",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "period": {"description": "The year judged.", "type": ["integer", "null"]},
            "units": {"type": "array", "items": {"$ref": "#/$defs/unit"}},
        },
        "required": ["schema", "units"],
        "additionalProperties": False,
        "$defs": {
            "unit": unit,
            "document": _DOCUMENT,
            **{kind: _evidence(fields.values(), language) for kind, fields in kinds.items()},
        },
    }


def _unit(ruleset: Ruleset | None) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": "string"}
    level: dict[str, Any] = {"type": ["string", "null"]}
    if ruleset is not None:
        kind = {"enum": list(kinds_of(ruleset))}
        levels = dict.fromkeys(level for one in with_used(ruleset) for level in one.managing_levels)
        level = {"enum": [*levels, None]}
    return {
        "type": "object",
        "properties": {
            "id": {"type": "string", "pattern": r"\S"},
            "kind": kind,
            "name": _TEXT,
            "parent": {**_TEXT, "description": "The id of the unit above."},
            "tags": {
                "description": "Tags of the territory; an empty list says that there are none.",
                "type": ["array", "null"],
                "items": {"type": "string", "pattern": "^[a-z0-9_]+$"},
            },
            "managing_level": level,
            "evidence": {"type": ["object", "null"]},
        },
        "required": ["id", "kind"],
        "additionalProperties": False,
    }


def _evidence(fields: Iterable[Field], language: str) -> dict[str, Any]:
    """The evidence of a kind of unit."""
    return {
        "type": ["object", "null"],
        "properties": {field.name: _stated(field, language) for field in fields},
        "additionalProperties": False,
    }


def _stated(field: Field, language: str) -> dict[str, Any]:
    """A field, whose value may be written bare or with what proves it."""
    bare = _value(field, language)
    wrapped = {
        "type": "object",
        "properties": {
            "value": bare,
            "document": {"$ref": "#/$defs/document"},
            "confirmed_by": {**_TEXT, "description": "A role or body, never a person."},
            "confirmed_on": {"anyOf": [_DAY, {"type": "null"}]},
            "note": _TEXT,
        },
        "required": ["value"],
        "additionalProperties": False,
    }
    proof = {} if field.document is None else {"description": field.document[language]}
    return {"title": field.title[language], **proof, "anyOf": [bare, wrapped]}


def _value(field: Field, language: str) -> dict[str, Any]:
    """A bare value; null says that it is not known."""
    return {"anyOf": [_known(field, language), {"type": "null"}]}


def _known(field: Field, language: str) -> Mapping[str, Any]:
    if field.kind in _SIMPLE:
        return _SIMPLE[field.kind]
    if field.kind == "date":
        return {"anyOf": [_DAY, {"const": "absent"}]} if field.may_be_absent else _DAY
    if field.kind in ("enum", "set"):
        one = {"oneOf": [{"const": choice.name, "title": choice.title[language]} for choice in field.choices]}
        return one if field.kind == "enum" else {"type": "array", "items": one, "minItems": int(field.not_empty)}
    if field.kind == "records":
        return {"type": "array", "maxItems": field.high, "items": _record(field, language)}
    scale = 10**field.dimension.places
    low, high = field.low, field.high
    if field.kind == "integer":
        return {"type": "integer", "minimum": low, "maximum": high}
    return {"type": "number", "minimum": low / scale, "maximum": high / scale}


def _record(field: Field, language: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: _stated(column, language) for name, column in field.columns.items()},
        "required": [name for name, column in field.columns.items() if column.required],
        "additionalProperties": False,
    }
