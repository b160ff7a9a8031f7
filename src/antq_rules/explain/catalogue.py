"""Sentences in the language of the reader, from gettext catalogues; English is the language of the code."""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from antq_rules.errors import AntqError, Fault, message

LANGUAGES = ("vi", "en")
LOCALES = Path(__file__).parent.parent / "locales"
Translate = Callable[[str], str]


@cache
def translator(language: str) -> Translate:
    """A function from an English template to the same in ``language``.

    Raises:
        AntqError: The language is unknown, or its catalogue has not been compiled.
    """
    if language not in LANGUAGES:
        raise AntqError(
            Fault(
                "unknown_language",
                message("there is no language '{language}'"),
                message("choose vi or en"),
                values={"language": language},
            )
        )
    own = str if language == "en" else _own(language)
    others = _others[language]
    if not others:
        return own
    return lambda sentence: own(sentence) if sentence not in others else others[sentence]


def add_catalogues(sentences: Mapping[str, Mapping[str, str]]) -> None:
    """Let translations of plugins' own sentences be found from now on.

    Args:
        sentences: For each language the translations. What this package says itself stays as it is.
    """
    if not any(sentences.values()):
        return
    from antq_rules.extensions.catalogues import sentences_in

    ours = sentences_in(LOCALES, "vi")
    for language, found in sentences.items():
        _others[language].update({one: text for one, text in found.items() if one not in ours})
    translator.cache_clear()


_others: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
"""The sentences of plugins; they are those of the process, as its translations are."""


def _own(language: str) -> Translate:
    try:
        return gettext.translation("antq_rules", LOCALES, [language]).gettext
    except OSError:
        raise AntqError(
            Fault(
                "no_catalogue",
                message("the catalogue of '{language}' is not compiled"),
                message("install the package again with pip, which compiles it"),
                values={"language": language},
            )
        ) from None
