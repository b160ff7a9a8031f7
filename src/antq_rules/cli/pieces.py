"""The pieces of a long batch: kept on the disk beside the target, so that an interrupted run can go on from them.

They lie in a hidden folder that is named after the target and holds::

    README.txt            what this is
    batch.json            the key of the batch: everything that decides the bytes of its result
    piece-000007.parquet  a piece of the result
    states-000007         what other pieces must know of it, where that is too much for its record
    record-000007.json    its record, with the sha256 of both
    new-...               a file that is being written
    lock                  held by the run that is at work

The folder is hidden since the target may lie among the inputs, and hidden folders are not read. A record is written
when its piece is wholly on the disk, and counts only together with the key of its batch and a piece of its sha256: at
whatever moment a run dies, what does not count is made again. Whoever deletes the folder loses nothing but time.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import Any

from antq_rules.cli.output import file_at, told, unwritable
from antq_rules.errors import AntqError, Fault, Place, ReportError, message
from antq_rules.frozen import frozen

SCHEMA = "antq.batch/1"
README, BATCH, LOCK = "README.txt", "batch.json", "lock"
NEW = "new-"
"""How names of files begin that are being written; they keep their endings, by which some writers go."""

OURS = re.compile(r"new-.+|README\.txt|batch\.json|piece-\d+(\.\w+)?|states-\d+|record-\d+\.json")

Write = Callable[[Path], None]
"""Writes a file of this name, which is not there yet."""

Join = Callable[[list[Path], Path], None]
"""Writes the whole, under the name that comes last, from the pieces in their order."""


@frozen
class Piece:
    """A complete piece: how many units it holds, and what else was to be remembered of it."""

    number: int
    units: int
    path: Path
    states: Path | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@frozen
class Earlier:
    """What an interrupted run had left: the units of its pieces, and what has changed in the key since then."""

    units: int = 0
    changed: tuple[str, ...] = ()


class Pieces:
    """The journal of a batch, for one run at a time.

    Args:
        target: The file that is made of the pieces at the end. Until then it stays as it was.
        key: Everything that decides its bytes, as values of JSON. Names of the first level tell what has changed.
        resume: Go on from what an interrupted run with the same key has left; else that is thrown away.
        suffix: How the names of pieces end.
        note: What is written into the folder for those who find it.
    Raises:
        ReportError: The target cannot be written, or another run is writing it.
    """

    def __init__(
        self, target: str, key: Mapping[str, Any], *, resume: bool = False, suffix: str = "", note: str = ""
    ) -> None:
        self.target = target
        self.earlier = Earlier()
        self.damaged: list[int] = []
        place = file_at(target)
        if place is None:
            raise unwritable(target, message("this is no file"))
        self.folder = place.with_name(f".{place.name}.antq-batch")
        self._place = place
        self._key = json.loads(_canonical({"schema": SCHEMA, **key}))
        self._batch = _digest(self._key)
        self._resume = resume
        self._suffix = suffix
        self._note = note
        self._left: dict[int, dict[str, Any]] = {}
        self._complete: dict[int, Piece] = {}
        self._lock: int | None = None

    @property
    def units(self) -> int:
        """How many units the pieces hold that are complete by now."""
        left, complete = list(self._left.values()), list(self._complete.values())
        return sum(int(record["units"]) for record in left) + sum(piece.units for piece in complete)

    def __enter__(self) -> Pieces:
        with told(self.target):
            self._lock = self._locked()
            try:
                self._begin()
            except BaseException:
                self._end()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            self._end()

    def _end(self) -> None:
        try:
            with suppress(OSError):
                self._clear(NEW)
                if not any(self.folder.glob("record-*.json")):
                    self._remove()
        finally:
            self._release()

    def _locked(self) -> int:
        """The descriptor of the lock, which the system frees when this process ends, however it ends."""
        path = self.folder / LOCK
        for _ in range(100):
            self.folder.mkdir(exist_ok=True)
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            except FileNotFoundError:
                continue  # a run that ended just now has taken the folder with it
            if not _take(descriptor):
                os.close(descriptor)
                break
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                    return descriptor
            os.close(descriptor)
        raise ReportError(
            Fault(
                "output_in_use",
                message("another run is writing this result"),
                message("wait until it has ended, or choose another output"),
                place=Place(self.target),
            )
        )

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _begin(self) -> None:
        old = (_read(self.folder / BATCH) or {}).get("key", {})
        goes_on = self._resume and old == self._key
        if old.get("schema", SCHEMA) != SCHEMA:
            self.earlier = Earlier(changed=("schema",))
        elif left := self._records(_digest(old)):
            changed = sorted(name for name in {*old, *self._key} if old.get(name) != self._key.get(name))
            self.earlier = Earlier(sum(record["units"] for record in left.values()), tuple(changed))
            self._left = left if goes_on else {}
        self._clear(NEW if goes_on else "")
        (self.folder / README).write_text(self._note, encoding="utf-8")
        if not goes_on:
            self._put(self.folder / BATCH, {"key": self._key})
        # The names in the folder are synchronised together with those of its pieces.
        _sync_folder(self.folder.parent)

    def _records(self, batch: str) -> dict[int, dict[str, Any]]:
        found = {}
        for path in sorted(self.folder.glob("record-*.json")):
            record = _read(path)
            if record is not None and record.get("batch") == batch and path == self._record(record["number"]):
                found[record["number"]] = record
        return found

    def _piece(self, number: int) -> Path:
        return self.folder / f"piece-{number:06}{self._suffix}"

    def _states(self, number: int) -> Path:
        return self.folder / f"states-{number:06}"

    def _record(self, number: int) -> Path:
        return self.folder / f"record-{number:06}.json"

    def done(self, number: int) -> Piece | None:
        """The piece of this number, where it is complete and as it was written."""
        if number in self._complete:
            return self._complete[number]
        record = self._left.pop(number, None)
        if record is None:
            return None
        path = self._piece(number)
        states = self._states(number) if record["states_sha256"] else None
        with told(self.target):
            sound = _sha256(path) == record["sha256"]
            if states is not None:
                sound = sound and _sha256(states) == record["states_sha256"]
        if not sound:
            self.damaged.append(number)
            return None
        self._complete[number] = Piece(number, record["units"], path, states, record["more"])
        return self._complete[number]

    def write(
        self,
        number: int,
        write: Write,
        *,
        units: int,
        more: Mapping[str, Any] | None = None,
        states: Write | None = None,
    ) -> Piece:
        """Write a piece; when this returns it is complete, and outlives whatever comes.

        Args:
            number: Its place in the result.
            write: Writes it.
            units: How many units it holds.
            more: What is to be remembered of it, as values of JSON.
            states: Writes a second file, with what is too large for that.
        Raises:
            ReportError: It cannot be written; no room is left, for example.
        """
        path = self._piece(number)
        beside = None if states is None else self._states(number)
        remembered = json.loads(_canonical(more or {}))
        with told(self.target):
            self._written(path, write)
            if states is not None and beside is not None:
                self._written(beside, states)
            # The names of the files must be on the disk before that of the record is.
            _sync_folder(self.folder)
            record = {
                "batch": self._batch,
                "number": number,
                "units": units,
                "sha256": _sha256(path),
                "states_sha256": beside and _sha256(beside),
                "more": remembered,
            }
            self._put(self._record(number), record)
            _sync_folder(self.folder)
        self._left.pop(number, None)
        self._complete[number] = Piece(number, units, path, beside, remembered)
        return self._complete[number]

    def _written(self, path: Path, write: Write) -> None:
        """Write a file under another name, and put it in its place when it is on the disk."""
        new = self.folder / f"{NEW}{path.name}"
        new.unlink(missing_ok=True)
        try:
            write(new)
        except (OSError, AntqError):
            raise
        except Exception:
            # Libraries with writers of their own do not say that a disk is full; the disk does.
            _write_more(new)
            raise
        if path.exists():
            shutil.copymode(path, new)
        with new.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(new, path)

    def _put(self, path: Path, content: Mapping[str, Any]) -> None:
        text = json.dumps({**content, "check": _digest(content)}, indent=1)
        self._written(path, lambda new: _write_text(new, text + "\n"))

    def finish(self, join: Join) -> None:
        """Put the joined pieces of this run in the place of the target, and delete the folder.

        Raises:
            ReportError: The target cannot be written; the pieces stay.
        """
        with told(self.target):
            paths = [self._complete[number].path for number in sorted(self._complete)]
            self._written(self._place, lambda new: join(paths, new))
            _sync_folder(self._place.parent)
        try:
            with suppress(OSError):
                self._remove()
        finally:
            self._release()

    def _clear(self, beginning: str = "") -> None:
        """Delete the files of this journal whose names begin so, and nothing that somebody else has put there."""
        for path in sorted(self.folder.iterdir()):
            if OURS.fullmatch(path.name) and path.name.startswith(beginning):
                path.unlink()

    def _remove(self) -> None:
        self._clear()
        lock = self.folder / LOCK
        try:
            # As long as it is held, so that nobody takes a lock that is about to be deleted.
            lock.unlink()
        except PermissionError:
            # On Windows a file that is open stays; another run that has opened it by now keeps it.
            self._release()
            with suppress(OSError):
                lock.unlink()
        with suppress(OSError):
            self.folder.rmdir()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _digest(value: Any) -> str:
    return hashlib.sha256(_canonical(value).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any] | None:
    """What a file of JSON says, unless it is not there or not as it was written."""
    try:
        found = json.loads(path.read_bytes())
        check = found.pop("check")
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if isinstance(found, dict) and check == _digest(found) else None


def _write_more(path: Path) -> None:
    """Raise the error of the system where it takes no more."""
    with path.open("ab") as stream:
        stream.write(bytes(1 << 16))
        stream.flush()
        os.fsync(stream.fileno())


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="ascii")


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _sync_folder(folder: Path) -> None:
        """Nothing: Windows has no such call, and its file system keeps a journal of names."""

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        """Whether the lock was free and is ours now."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _sync_folder(folder: Path) -> None:
        """Let the names that files were given outlive a loss of power."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Some file systems of networks know no such thing.
            if error.errno != errno.EINVAL:
                raise
        finally:
            os.close(descriptor)
