"""Ctrl-C: remembered, since what it meets on its way may make another error of it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_heard = False


def listen() -> None:
    """Remember Ctrl-C from here on, where this process is to end by it at all (one in the background is not)."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _hear)


def _hear(number: int, frame: FrameType | None) -> None:
    global _heard
    _heard = True
    raise KeyboardInterrupt


def interrupted() -> bool:
    """Whether Ctrl-C was heard.

    From then on Python is kept from ending the process by the signal: ``python -m`` does so where Ctrl-C came while a
    string was executed, as dataclasses do, even if it was caught; executing another string makes it forget.
    """
    if _heard:
        exec("")
    return _heard


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Give Ctrl-C back its form: compiled code, pydantic's among it, reports it as an error of its own."""
    try:
        yield
    except Exception:
        if _heard:
            raise KeyboardInterrupt from None
        raise
