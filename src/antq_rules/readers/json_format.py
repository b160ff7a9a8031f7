"""Dossiers in JSON: the same keys as in YAML, with exact numbers."""

from __future__ import annotations

from antq_rules.located import parse_json
from antq_rules.model.dossier import Dossier
from antq_rules.readers.reading import Reader, dossier_of, text_of


def read(raw: bytes, name: str) -> Dossier:
    """The dossier in a JSON file."""
    return dossier_of(parse_json(text_of(raw, name), name))


READER = Reader("json", (".json",), read, claims=lambda text: text.lstrip()[:1] in ("{", "["), rank=2)
