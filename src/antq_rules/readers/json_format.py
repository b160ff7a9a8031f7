"""Dossiers in JSON: the same keys as in YAML, with exact numbers."""

from __future__ import annotations

from codecs import BOM_UTF8

from antq_rules.located import parse_json
from antq_rules.model.dossier import Dossier
from antq_rules.readers.reading import Reader, Source, dossier_of, text_of


def read(source: Source) -> Dossier:
    """The dossier in a JSON file."""
    return dossier_of(parse_json(text_of(source), source.name))


READER = Reader(
    "json", (".json",), read, claims=lambda raw: raw.removeprefix(BOM_UTF8).lstrip()[:1] in (b"{", b"["), rank=2
)
