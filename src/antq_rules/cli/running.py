"""From words to an exit code: parse, act, and say what went wrong."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Callable, Sequence

from antq_rules.cli.interruption import kept
from antq_rules.cli.output import NOT_WRITTEN, READER_GONE, prepare_streams, tell, unwritable
from antq_rules.errors import AntqError, InferenceError
from antq_rules.explain.catalogue import LANGUAGES, Translate, translator

USAGE = 2
OUR_FAULT = 70
"""Exit code when this program is at fault, sysexits' EX_SOFTWARE: never mistaken for a verdict."""

LOST_OUTPUT = (errno.EPIPE, errno.ENOSPC, errno.EIO)
"""Errors of the system that mean that the standard output takes no more."""

Action = Callable[[], int]


def run(words: Sequence[str]) -> int:
    """Parse the words and do what they ask for."""
    prepare_streams()
    translate = _translate(words)
    try:
        code = _guarded(words, translate)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
        return READER_GONE
    except OSError as error:
        # What is left is the standard output on a full disk and the like.
        _forget_output()
        tell(unwritable("<stdout>", NOT_WRITTEN, error.strerror or str(error)).faults[0].line(translate))
        return USAGE
    return code


def _guarded(words: Sequence[str], translate: Translate) -> int:
    try:
        with kept():
            action = _parsed(words, translate)
            return action if isinstance(action, int) else action()
    except InferenceError:
        traceback.print_exc()
        return OUR_FAULT
    except AntqError as error:
        # By now the sentences of plugins may be known.
        translate = _translate(words)
        for fault in error.faults:
            tell(fault.line(translate))
        return USAGE
    except OSError as error:
        if error.errno in LOST_OUTPUT:
            raise
        traceback.print_exc()
        return OUR_FAULT
    except Exception:
        traceback.print_exc()
        return OUR_FAULT


def _translate(words: Sequence[str]) -> Translate:
    # Help and errors of usage come before the options are parsed, so the language is looked up in the words.
    language = LANGUAGES[0]
    for position, word in enumerate(words):
        if word == "--":
            break
        if word == "--lang":
            language = "".join(words[position + 1 : position + 2])
        elif word.startswith("--lang="):
            language = word.removeprefix("--lang=")
    try:
        return translator(language if language in LANGUAGES else LANGUAGES[0])
    except AntqError:
        return str


def _parsed(words: Sequence[str], translate: Translate) -> Action | int:
    """What the words ask for, or the exit code where that is done already (help) or they ask for nothing known."""
    from typer import Abort

    from antq_rules.cli.application import command

    try:
        asked = list(words) or ["--help"]
        action: Action | int | None = command(translate, asked).main(asked, prog_name="antq", standalone_mode=False)
    except Abort:
        raise KeyboardInterrupt from None
    except SystemExit:
        # Typer ends the process itself only where nobody reads the help that it prints.
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) from None
    except Exception as error:
        # Typer carries its own copy of click in some versions; the exceptions have this method in all of them.
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        return USAGE
    return 0 if action is None else action


def _forget_output() -> None:
    """Point the standard output at nothing, so that Python does not try to write the rest at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
