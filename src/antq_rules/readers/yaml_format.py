"""Dossiers in YAML 1.2: ``schema``, ``period`` and ``units``, see ``antq schema dossier``."""

from __future__ import annotations

from antq_rules.located import parse_yaml
from antq_rules.model.dossier import Dossier
from antq_rules.readers.reading import Reader, Source, dossier_of, text_of


def read(source: Source) -> Dossier:
    """The dossier in a YAML file."""
    return dossier_of(parse_yaml(text_of(source), source.name))


# What no other format claims is taken for YAML.
READER = Reader("yaml", (".yaml", ".yml"), read, claims=lambda raw: True, rank=9)
