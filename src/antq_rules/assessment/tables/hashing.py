"""The hash of an input whose units come piece by piece: the same as of a dossier that holds them all."""

from __future__ import annotations

import hashlib

import polars as pl

from antq_rules.assessment.tables.spill import Spill

BUCKET = 1 << 16
"""So many units are sorted at once."""


class InputHash:
    """SHA-256 over canonical JSON of units sorted by their ids.

    Args:
        ids: Of all units that will be added, in any order; they tell where the sorted units are parted.
    """

    def __init__(self, ids: pl.Series) -> None:
        self._bounds = ids.drop_nulls().sort().gather_every(BUCKET)
        self._texts = Spill()

    def add(self, ids: pl.Series, texts: pl.Series, ties: pl.Series) -> None:
        """Add units.

        Args:
            ids: By which they are sorted.
            texts: Their canonical JSON.
            ties: What comes first of units that share an id; empty for others.
        """
        places = self._bounds.search_sorted(ids, side="right") if len(self._bounds) else pl.zeros(len(ids), eager=True)
        frame = pl.DataFrame({"id": ids, "text": texts, "tie": ties, "bucket": places.cast(pl.Int64)})
        self._texts.add(frame, "bucket")

    def digest(self) -> str:
        """The hash of all units that were added."""
        found = hashlib.sha256(b"[")
        first = True
        for bucket in range(len(self._bounds) + 1):
            rows = self._texts.take(bucket)
            if rows is None:
                continue
            joined = rows.sort("id", "tie", maintain_order=True)["text"].str.join(",").item()
            found.update(joined.encode() if first else b"," + joined.encode())
            first = False
        self._texts.close()
        found.update(b"]")
        return found.hexdigest()
