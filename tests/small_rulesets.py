"""Rulesets of a few lines, written into a folder: what each test of a decision, quota or window is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from antq_rules import Engine
from antq_rules.language.loader import load_folder
from antq_rules.model.ruleset import Ruleset
from tests.judged import needs_durable

ENGINES = ("scalar", pytest.param("durable", marks=needs_durable))

HEAD = """
ruleset: {id}
version: '1'
title: &title {{vi: mẫu, en: sample}}
status: local
instrument: {{number: n, issuer: i}}
in_force: {{}}
"""

STANDARD = """
standard: {id}.u
title: &title {{vi: mẫu, en: sample}}
kinds: [u]
window: {{from: {{year: 0, day: 01-01}}, to: {{year: 0, day: 12-31}}}}
"""


def written(
    folder: Path, *, standard: str, fields: str, main: str = "kinds: {u: {title: *title}}", id: str = "small"
) -> Path:
    """A ruleset folder with one standard; the texts are those parts of its files that matter."""
    (folder / "standards").mkdir(parents=True)
    files = {
        "ruleset.yaml": HEAD.format(id=id) + main,
        "evidence.yaml": "fields:\n" + fields,
        "standards/u.yaml": STANDARD.format(id=id) + standard,
    }
    for name, text in files.items():
        (folder / name).write_text(text.lstrip() + "\n", encoding="utf-8")
    return folder


def engine_of(
    folder: Path, name: str = "scalar", *, installed: Callable[[str], Ruleset] | None = None, **readings: str
) -> Engine:
    """An engine for the ruleset in a folder that speaks English."""
    return Engine(load_folder(folder, "r", installed=installed), engine=name, readings=readings, language="en")


def unit(evidence: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """A unit of the only kind."""
    return {"id": "u-1", "kind": "u", "evidence": dict(evidence), **keys}
