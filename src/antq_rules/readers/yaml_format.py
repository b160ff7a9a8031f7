"""Dossiers in YAML 1.2: ``schema``, ``period`` and ``units``, see ``antq schema dossier``."""

from __future__ import annotations

from antq_rules.located import parse_yaml
from antq_rules.model.dossier import Dossier
from antq_rules.readers.reading import Reader, dossier_of, text_of


def read(raw: bytes, name: str) -> Dossier:
    """The dossier in a YAML file."""
    return dossier_of(parse_yaml(text_of(raw, name), name))


# What no other format claims is taken for YAML.
READER = Reader("yaml", (".yaml", ".yml"), read, claims=lambda text: True, rank=9)
