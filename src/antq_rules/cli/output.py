"""Where results and messages go: files written whole or not at all, the standard output, the standard error."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO

from antq_rules.errors import Fault, Place, ReportError, message

READER_GONE = 141
"""Exit code when the reader of a pipe has gone, as shells give it for SIGPIPE."""

BARE = "antq_bare_letters"
OTHER_LETTERS = {"đ": "d", "Đ": "D", "“": '"', "”": '"', "✓": "+", "✗": "x", "–": "-", "·": "-", "…": "."}
NOT_WRITTEN = message("it cannot be written: {why}")


def prepare_streams() -> None:
    """Let nothing that is printed fail on its letters.

    A terminal keeps its encoding and shows the bare letters of what it lacks; pipes and files get UTF-8. Half
    surrogates, which no encoding has, are written as escapes, and in JSON these escapes are the letters themselves.
    """
    codecs.register_error(BARE, _bare_letters)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors=BARE)
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _bare_letters(error: UnicodeError) -> tuple[str, int]:
    """``Tiêu chuẩn`` as ``Tieu chuan``, letter for letter, so that tables stay in line."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = ""
    for letter in error.object[error.start : error.end]:
        first = unicodedata.normalize("NFD", letter)[0]
        text += first if first.isascii() else OTHER_LETTERS.get(first, "?")
    return text, error.end


def standard_output() -> TextIO:
    """The standard output.

    Raises:
        ReportError: It is closed.
    """
    if sys.stdout is None:
        raise unwritable("<stdout>", message("the standard output is closed"))
    return sys.stdout


def binary_output() -> BinaryIO:
    """The standard output for bytes.

    Raises:
        ReportError: It is closed, or a terminal.
    """
    if sys.stdout is not None and sys.stdout.isatty():
        what = message("this format is no text that a terminal can show")
        mending = message("name a file with -o, or hand the output on to a program")
        raise ReportError(Fault("binary_output", what, mending, place=Place("<stdout>")))
    return standard_output().buffer


def tell(text: str) -> None:
    """A message for the person at the terminal; nobody hears it where the standard error is closed."""
    if sys.stderr is not None:
        print(text, file=sys.stderr)


class Output:
    """Where a result goes: looked at before the work begins, written at its end.

    A file is written beside its place and put there at the end, so that it is written whole or not at all; what fails
    on the way leaves it as it was. A device or a pipe is written straight.

    Args:
        target: A file, or None or ``-`` for the standard output.
        exact: UTF-8 with plain line ends even at a terminal.
        binary: Bytes, which are for no terminal.
    Raises:
        ReportError: The target cannot be written.
    """

    def __init__(self, target: str | None, *, exact: bool = False, binary: bool = False) -> None:
        self.target = "<stdout>" if target is None or target == "-" else target
        self.binary = binary
        self._place: Path | None = None
        self._part: Path | None = None
        self._stream: IO[Any]
        if self.target == "<stdout>":
            self._stream = binary_output() if binary else standard_output()
            if exact and isinstance(self._stream, io.TextIOWrapper):
                self._stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
            return
        self._place = Path(os.path.realpath(self.target))
        with told(self.target):
            self._stream = self._opened(self._place)

    def _opened(self, place: Path) -> IO[Any]:
        if file_at(self.target) is None:
            return self._written(os.open(place, os.O_WRONLY))
        self._part = place.with_name(f".antq-{os.urandom(8).hex()}.part")
        # A workbook is a zip, whose writer goes back in the file.
        return self._written(os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666))

    def _written(self, descriptor: int) -> IO[Any]:
        if self.binary:
            return open(descriptor, "wb")
        return open(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n")

    def __enter__(self) -> Output:
        return self

    def write(self, report: Callable[[IO[Any]], None]) -> None:
        """Let ``report`` write the result, and put the file in its place."""
        with told(self.target):
            report(self._stream)
            self._stream.flush()
            if self._place is None:
                return
            self._stream.close()
            if self._part is not None:
                if self._place.exists():
                    shutil.copymode(self._place, self._part)
                os.replace(self._part, self._place)
                self._part = None

    def __exit__(self, *_: object) -> None:
        if self._place is not None:
            with contextlib.suppress(OSError):
                self._stream.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)


def file_at(target: str) -> Path | None:
    """The place of a file that may be written, whether it is there yet or not; None for a device or a pipe.

    Raises:
        ReportError: A folder is there, or a file that may not be written.
    """
    place = Path(os.path.realpath(target))
    if place.is_dir():
        raise unwritable(target, message("this is a folder"))
    if not place.exists():
        return place
    if not place.is_file():
        return None
    if not os.access(place, os.W_OK):
        raise unwritable(target, message("the file may not be written"))
    return place


@contextlib.contextmanager
def told(target: str) -> Iterator[None]:
    """Errors of the system while writing, as messages."""
    try:
        yield
    except BrokenPipeError:
        raise
    except FileNotFoundError:
        raise unwritable(target, message("there is no such folder")) from None
    except PermissionError:
        raise unwritable(target, message("the file may not be written")) from None
    except OSError as error:
        raise unwritable(target, NOT_WRITTEN, error.strerror or str(error)) from None


def unwritable(target: str, what: str, why: str = "") -> ReportError:
    """The error of an output that cannot be written."""
    return ReportError(
        Fault("unwritable", what, message("choose another output"), place=Place(target), values={"why": why})
    )
