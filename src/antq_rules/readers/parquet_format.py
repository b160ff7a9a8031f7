"""Dossiers in Parquet tables, each named by what it holds; all tables of a folder, CSV ones too, are one dossier."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from antq_rules.errors import message
from antq_rules.model.dossier import Dossier
from antq_rules.readers.reading import Reader, Source


def read(source: Source) -> Dossier:
    """The dossier in one table."""
    return read_together([source])


def read_together(sources: Sequence[Source]) -> Dossier:
    """The dossier in the tables of a folder, Parquet or CSV."""
    for source in sources:
        if source.mapping is not None:
            raise source.error(
                "mapping_unused",
                message("--mapping is for workbooks and tells nothing of this table"),
                message("name the table and its columns as the ruleset does"),
            )
    if find_spec("polars") is None:
        raise sources[0].error(
            "no_polars",
            message("tables are read by Polars, which is not installed"),
            message("install antq-rules[batch]"),
        )
    # Who reads other formats need not wait for what reads tables.
    from antq_rules.readers.frames import dossier_of_sources

    return dossier_of_sources(sources)


READER = Reader(
    "parquet", (".parquet",), read, claims=lambda raw: raw.startswith(b"PAR1"), rank=4, read_together=read_together
)
