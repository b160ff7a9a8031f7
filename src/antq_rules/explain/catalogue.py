"""Sentences in the language of the reader, from gettext catalogues; English is the language of the code."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

from antq_rules.errors import AntqError, Fault, message

LANGUAGES = ("vi", "en")
Translate = Callable[[str], str]


@cache
def translator(language: str) -> Translate:
    """A function from an English template to the same in ``language``.

    Raises:
        AntqError: The language is unknown, or its catalogue has not been compiled.
    """
    if language == "en":
        return str
    if language not in LANGUAGES:
        raise AntqError(
            Fault(
                "unknown_language",
                message("there is no language '{language}'"),
                message("choose vi or en"),
                values={"language": language},
            )
        )
    folder = Path(__file__).parent.parent / "locales"
    try:
        return gettext.translation("antq_rules", folder, [language]).gettext
    except OSError:
        raise AntqError(
            Fault(
                "no_catalogue",
                message("the catalogue of '{language}' is not compiled"),
                message("install the package again with pip, which compiles it"),
                values={"language": language},
            )
        ) from None
