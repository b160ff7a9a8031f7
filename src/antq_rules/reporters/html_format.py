"""The result, and two results side by side, as a page: one file that needs no network and no other file.

Counts and charts stand in the page as it is written. The list of units is made by the page's own program from rows in
the file; explanations are read from it in chunks when a unit is opened.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from antq_rules.reporters.lines import MARKS
from antq_rules.reporters.page.changes import ChangesPage
from antq_rules.reporters.page.data import ResultPage
from antq_rules.reporters.page.parts import COUNTED, LETTERS, outcome_bar, width
from antq_rules.reporters.page.words import BOTH, CHANGES, RESULT
from antq_rules.reporters.reporting import Report, Reporter
from antq_rules.version import __version__

if TYPE_CHECKING:
    from antq_rules.assessment.comparing import Comparison

FOLDER = Path(__file__).parent / "page"
WRITTEN_AT_ONCE = 2**16
"""Letters that are gathered before they are written."""


def write(report: Report, stream: TextIO) -> None:
    """Write the page of a result."""
    _write("assessment", ResultPage(report), RESULT, stream)


def compare(comparison: Comparison, stream: TextIO) -> None:
    """Write the page of two results side by side."""
    _write("comparison", ChangesPage(comparison), CHANGES, stream)


def _write(name: str, page: ResultPage | ChangesPage, words: Mapping[str, str], stream: TextIO) -> None:
    style = _file("page.css")
    program = _file("table.js") + _file(f"{name}.js")
    template = _environment().get_template(f"{name}.html")
    pieces = template.generate(
        page=page,
        figures=page.figures,
        words=SimpleNamespace(**{key: page.figures.translate(word) for key, word in {**BOTH, **words}.items()}),
        style=Markup(style),
        program=Markup(program),
        style_hash=_hash(style),
        program_hash=_hash(program),
        version=__version__,
        outcomes=COUNTED,
        letters=LETTERS,
        marks=MARKS,
    )
    gathered, size = [], 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= WRITTEN_AT_ONCE:
            stream.write("".join(gathered))
            gathered, size = [], 0
    stream.write("".join(gathered))


def _file(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "inside_script": inside_script,
        "in_address": in_address,
        "width": width,
        "outcome_bar": outcome_bar,
    }
    return environment


def _hash(text: str) -> str:
    """What the page's policy calls a style or program that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def inside_script(value: Any) -> Markup:
    """A value as JSON that cannot end the script element in which it stands."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)


def in_address(text: str) -> str:
    """A text as a value behind the ``#`` of an address."""
    return quote(text, safe="", errors="backslashreplace")


REPORTER = Reporter(write, exact=True, last_year=True, compare=compare)
