"""The message catalogues: every sentence of the code is translated, and nothing else is."""

import ast
import re
import string
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from antq_rules.explain.catalogue import LANGUAGES, translator
from hatch_build import compile_catalogue
from tests.catalogue import SOURCE, catalogue, file_of, templates

TEMPLATES = sorted(templates())
VIETNAMESE = {str(entry.id): str(entry.string) for entry in catalogue("vi") if entry.id}
VIETNAMESE_LETTERS = re.compile("[àáảãạăắằẳẵặâấầẩẫậđèéẻẽẹêếềểễệìíỉĩịòóỏõọôốồổỗộơớờởỡợùúủũụưứừửữựỳýỷỹỵ]")


def placeholders(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def calls_of_message() -> Iterator[tuple[Path, ast.Call]]:
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message":
                yield file, node


def test_every_marked_sentence_is_a_literal() -> None:
    found = {ast.literal_eval(call.args[0]) for _, call in calls_of_message()}
    assert found == set(TEMPLATES)


def test_nothing_is_missing_and_nothing_is_left_over() -> None:
    assert sorted(VIETNAMESE) == TEMPLATES, "pytest --renew-catalogue, see the head of the .po file"
    assert not catalogue("vi").obsolete
    assert not [entry.id for entry in catalogue("vi") if entry.id and entry.fuzzy]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_translation_is_whole(template: str) -> None:
    translation = VIETNAMESE[template]
    assert translation
    assert placeholders(translation) == placeholders(template)
    assert unicodedata.is_normalized("NFC", translation)


def test_translations_are_vietnamese() -> None:
    sentences = [text for text in VIETNAMESE.values() if len(re.findall(r"\w{2,}", text)) > 6]
    assert len(sentences) > 100
    assert not [sentence for sentence in sentences if not VIETNAMESE_LETTERS.search(sentence.lower())]


def test_english_is_the_language_of_the_code() -> None:
    assert not [entry for entry in catalogue("en") if entry.id]
    assert translator("en")("the file is empty") == "the file is empty"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_up_to_date(language: str) -> None:
    compiled = file_of(language).with_suffix(".mo")
    before = compiled.read_bytes()
    assert compile_catalogue(file_of(language)).read_bytes() == before, "run python hatch_build.py"


def test_the_compiled_catalogue_is_the_one_in_use() -> None:
    for template, translation in VIETNAMESE.items():
        assert translator("vi")(template) == translation
