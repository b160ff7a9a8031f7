"""Rows put aside by the bucket to which they belong: in memory while they are few, else in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

import polars as pl

HELD = 64 << 20
"""So many bytes of rows stay in memory at most."""


class ScratchFolder:
    """A temporary folder that goes with its owner, who need not say when."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="antq-"))
        self.close = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


class Spill:
    """Frames of one shape, in buckets that are taken out whole."""

    def __init__(self) -> None:
        self._held: dict[int, list[pl.DataFrame]] = {}
        self._size = 0
        self._folder: ScratchFolder | None = None
        self._files: dict[int, list[Path]] = {}
        self._written = 0

    def close(self) -> None:
        """Forget everything."""
        self._held.clear()
        self._files.clear()
        if self._folder is not None:
            self._folder.close()
            self._folder = None

    def add(self, frame: pl.DataFrame, bucket: str) -> None:
        """Put rows aside; the column ``bucket`` tells where, and is not kept."""
        for (number,), rows in frame.partition_by(bucket, as_dict=True, include_key=False, maintain_order=True).items():
            self._held.setdefault(number, []).append(rows)
            self._size += int(rows.estimated_size())
        if self._size > HELD:
            self._write()

    def _write(self) -> None:
        if self._folder is None:
            self._folder = ScratchFolder()
        for number, frames in self._held.items():
            file = self._folder.path / f"{number}-{self._written}.arrow"
            pl.concat(frames).write_ipc(file, compression="lz4")
            self._files.setdefault(number, []).append(file)
            self._written += 1
        self._held.clear()
        self._size = 0

    def take(self, bucket: int) -> pl.DataFrame | None:
        """The rows of a bucket in the order in which they came; None where it has none."""
        frames = [pl.read_ipc(file) for file in self._files.get(bucket, ())]
        frames += self._held.get(bucket, [])
        return pl.concat(frames) if frames else None
