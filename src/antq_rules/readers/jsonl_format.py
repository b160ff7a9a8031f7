"""Dossiers in JSON Lines: one unit a line.

The first line may be a header, ``{"schema": "antq.dossier/1", "period": 2025}``; without one the year is given from
outside. A line that is not JSON is a unit that is refused; the others stand.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from antq_rules.errors import EvidenceError, Place, message
from antq_rules.located import Document, Path, parse_json
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.readers.reading import Reader, Source, text_of
from antq_rules.readers.structure import dossier_from_mapping

HEADER_KEY = "schema"


class LinesDocument(Document):
    """A document of many lines; where something stands is looked for in its own line, and only when asked."""

    __slots__ = ("lines",)

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.lines: list[tuple[int, str]] = []

    def add(self, number: int, text: str, document: Document) -> None:
        """Note a unit's line and what is wrong in it."""
        prefix = f"units[{len(self.lines)}]"
        for fault in document.faults:
            dot = "." if fault.path and not fault.path.startswith("[") else ""
            self.faults.append(replace(fault, path=f"{prefix}{dot}{fault.path}", place=_down(fault.place, number)))
        self.lines.append((number, text))

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """Where the value at a path stands in the file, or its key."""
        if len(path) < 2 or not isinstance(path[1], int):
            return Place(self.file)
        number, text = self.lines[path[1]]
        place = parse_json(text, self.file).place(path[2:], key=key)
        return replace(place, line=max(place.line, 1) + number - 1, column=max(place.column, 1))


def _down(place: Place | None, number: int) -> Place | None:
    if place is None:
        return None
    return replace(place, line=max(place.line, 1) + number - 1, column=max(place.column, 1))


def read(source: Source) -> Dossier:
    """The dossier in a JSON Lines file."""
    name = source.name
    lines = list(_lines(text_of(source)))
    document = LinesDocument(name)
    number, text = lines[0]
    head = parse_json(text, name)
    period = None
    if isinstance(head.data, dict) and HEADER_KEY in head.data:
        period = _header(head, number)
        del lines[0]
    units: list[Any] = []
    for number, text in lines:
        line = parse_json(text, name)
        document.add(number, text, line)
        units.append(line.data)
    return Dossier(period, tuple(Entry(unit, document, ("units", index)) for index, unit in enumerate(units)))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # Not splitlines(): texts inside JSON may hold letters that it takes for ends of lines.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _header(head: Document, number: int) -> int | None:
    """The period that a header states: a header is a dossier whose units stand on lines of their own."""
    faults = list(head.faults)
    if "units" in head.data:
        what = message("a header holds no units"), message("write each unit on a line of its own")
        faults.append(head.fault("unknown_key", *what, ("units",), key=True))
    try:
        period = dossier_from_mapping({**head.data, "units": []}, head).period
    except EvidenceError as error:
        faults += error.faults
    if faults:
        raise EvidenceError([replace(fault, place=_down(fault.place, number)) for fault in faults])
    return period


def is_lines(raw: bytes) -> bool:
    """Whether the first line is a JSON object of its own: a header, a unit, or one of many lines."""
    first, _, rest = raw.removeprefix(BOM_UTF8).lstrip().partition(b"\n")
    try:
        data = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and (bool(rest.strip()) or "units" not in data)


READER = Reader("jsonl", (".jsonl", ".ndjson"), read, claims=is_lines, rank=1)
