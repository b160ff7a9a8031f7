"""Dossiers in OpenDocument spreadsheets: filled templates, or a user's own tables with a mapping file."""

from __future__ import annotations

from antq_rules.model.dossier import Dossier
from antq_rules.readers.reading import Reader, Source

MIMETYPE = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"


def read(source: Source) -> Dossier:
    """The dossier in an OpenDocument spreadsheet."""
    # Who reads other formats need not wait for what opens workbooks.
    from antq_rules.readers.sheets import dossier_of_workbook
    from antq_rules.readers.workbook.opening import open_workbook

    return dossier_of_workbook(open_workbook(source), source)


def claims(raw: bytes) -> bool:
    """Whether it is an archive whose first part says that it is a spreadsheet."""
    return raw.startswith(b"PK\x03\x04") and raw[30:].startswith(MIMETYPE)


READER = Reader("ods", (".ods",), read, claims, rank=0)
