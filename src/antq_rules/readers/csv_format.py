"""Dossiers in CSV tables in UTF-8, parted by ``,``, ``;`` or tabs; see :mod:`~antq_rules.readers.parquet_format`."""

from __future__ import annotations

from codecs import BOM_UTF8

from antq_rules.readers.parquet_format import read, read_together
from antq_rules.readers.reading import Reader

NEEDED = {b"id", b"kind"}
"""The columns of a table of units of several kinds, the only one that is a dossier without a name."""

_HEADER_LIMIT = 1 << 20


def claims(raw: bytes) -> bool:
    """Whether the first line names such columns; no text of another format begins with a line that does."""
    header, _, _ = raw[:_HEADER_LIMIT].removeprefix(BOM_UTF8).partition(b"\n")
    return any({name.strip(b' "\r') for name in header.split(part)} >= NEEDED for part in (b",", b";", b"\t"))


READER = Reader("csv", (".csv",), read, claims, rank=8, read_together=read_together)
