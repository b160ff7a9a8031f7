"""Dossiers in Excel workbooks: filled templates, or a user's own tables with a mapping file."""

from __future__ import annotations

from antq_rules.model.dossier import Dossier
from antq_rules.readers.reading import Reader, Source


def read(source: Source) -> Dossier:
    """The dossier in an Excel workbook."""
    # Who reads other formats need not wait for what opens workbooks.
    from antq_rules.readers.sheets import dossier_of_workbook
    from antq_rules.readers.workbook.opening import open_workbook

    return dossier_of_workbook(open_workbook(source), source)


# Any other archive, too: opening it tells what it is instead.
READER = Reader("xlsx", (".xlsx", ".xlsm"), read, claims=lambda raw: raw.startswith(b"PK\x03\x04"), rank=3)
