"""Compiled message catalogues of plugins: sentences of their own, in the languages that there are."""

from __future__ import annotations

import string
import struct
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from antq_rules.errors import message
from antq_rules.extensions.discovery import LARGEST, Offer, told
from antq_rules.model.expression import Label

LANGUAGES = tuple(spec.name for spec in fields(Label))
MAGIC = b"\xde\x12\x04\x95"
"""The first bytes of a catalogue compiled on a machine that writes the last byte first."""


def languages_in(folder: Path, offer: Offer) -> list[str]:
    """The languages for which a folder holds catalogues.

    Raises:
        PluginError: It holds none, or one that cannot be read.
    """
    found = [language for language in LANGUAGES if _files(folder, language)]
    if not found:
        raise offer.error(
            "no_catalogue",
            message("{path} of the plugin {plugin} holds no vi/LC_MESSAGES/*.mo and no en/LC_MESSAGES/*.mo"),
            path=folder,
        )
    for language in found:
        for file in _files(folder, language):
            _check(file, offer)
    return found


def sentences_in(folder: Path, language: str) -> Mapping[str, str]:
    """The translations in a folder of checked catalogues."""
    found: dict[str, str] = {}
    for file in _files(folder, language):
        found |= _read(file)
    return found


def _files(folder: Path, language: str) -> list[Path]:
    return sorted((folder / language / "LC_MESSAGES").glob("*.mo"))


def _read(file: Path) -> dict[str, str]:
    """The sentences of a .mo file; those with contexts or plural forms, which nobody asks for, are passed over.

    Read here and not by :mod:`gettext`, which compiles the rule of the plural forms that a file states.
    """
    raw = file.read_bytes()
    order = {MAGIC: "<", MAGIC[::-1]: ">"}.get(raw[:4])
    if order is None:
        raise ValueError("it is no compiled catalogue")
    _, count, originals, translations = struct.unpack_from(f"{order}4I", raw, 4)
    found = {}
    for index in range(count):
        pair = []
        for table in (originals, translations):
            length, start = struct.unpack_from(f"{order}2I", raw, table + 8 * index)
            pair.append(raw[start : start + length].decode())
        sentence, translation = pair
        if sentence and translation and not {"\0", "\4"} & set(sentence):
            found[sentence] = translation
    return found


def _check(file: Path, offer: Offer) -> None:
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError(f"larger than {LARGEST} bytes")
        for sentence, translation in _read(file).items():
            if _places(sentence) != _places(translation):
                raise ValueError(f"'{sentence}' and its translation do not name the same values")
    except Exception as error:
        raise offer.error(
            "bad_catalogue", message("the catalogue {path} of the plugin {plugin} cannot be used: {why}"),
            path=file, why=told(error),
        ) from error  # fmt: skip


def _places(template: str) -> list[str]:
    """The values that a sentence names; a translation that reached for more could show what it should not."""
    parts = string.Formatter().parse(template)
    return sorted(f"{name}!{conversion}:{spec}" for _, name, spec, conversion in parts if name is not None)
