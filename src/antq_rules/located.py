"""YAML and JSON text into plain values, with a place for every node.

YAML is read with the core schema of YAML 1.2: ``no`` is text, ``010`` is ten, ``9.10`` is the exact decimal 9.10,
dates are text. The builder works on parser events without recursion, so that depth, aliases and size stay bounded.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from antq_rules.errors import Fault, Phrase, Place, message

MAX_BYTES = 256 * 2**20
TOO_LARGE = message("the file has {size} bytes, the limit is {limit}"), message("split it into several files")
MAX_DEPTH = 64
MAX_NODES = 20_000_000
MAX_DIGITS = 40

Path = tuple[str | int, ...]

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?\Z")
_TOO_WIDE = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+\Z")
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_NUMBERS_BEGIN = frozenset("+-.0123456789")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]+')
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Document:
    """A document's plain values, the faults met on the way and the place of each node."""

    file: str
    data: Any = None
    faults: list[Fault] = field(default_factory=list)
    built: Mapping[tuple[int, type], Any] = field(default_factory=dict, repr=False, compare=False)
    """What was built from the mappings in ``data``, by their identity and the class of what was built."""
    _marks: dict[int, dict[Hashable, tuple[int, int, int, int]]] = field(default_factory=dict)
    _root: tuple[int, int] = (0, 0)
    _text: str | None = None
    _dropped: list[Any] = field(default_factory=list)
    """What stood under a doubled key; kept, since marks go by the identity of containers."""
    _sorted: tuple[int, dict[str, list[Fault]]] = field(default=(0, {}), repr=False, compare=False)
    """How many faults were sorted by the item of a list in which they are, and these."""

    def drop(self) -> None:
        """Give up what was read so far, after a fault that nothing can be built on."""
        self.data, self._marks, self._root, self._text, self._dropped = None, {}, (0, 0), None, []

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """Where the value at ``path`` stands, or its key; the nearest enclosing node if it does not exist."""
        if self._text is not None and not self._marks:
            self._locate()
        line, column = self._root
        value = self.data
        for depth, step in enumerate(path):
            mark = self._marks.get(id(value), {}).get(step)
            if mark is None:
                break
            wants_key = key and depth == len(path) - 1
            line, column = mark[:2] if wants_key else mark[2:]
            value = value[step]
        return Place(self.file, line, column)

    def fault(self, code: str, what: str, mending: str, path: Path = (), *, key: bool = False, **values: Any) -> Fault:
        """A fault at ``path``, with its place."""
        return Fault(code, what, mending, path_text(path), self.place(path, key=key), values)

    def faults_inside(self, path: Path) -> list[Fault]:
        """The faults of the value at ``path`` and of all below it."""
        prefix = path_text(path)
        return [
            fault
            for fault in self._near(prefix)
            if fault.path.startswith(prefix) and fault.path[len(prefix) : len(prefix) + 1] in ("", ".", "[")
        ]

    def _near(self, path: str) -> list[Fault]:
        """The faults of the item of a list in which a path leads; all where it leads into none."""
        if "]" not in path:
            return self.faults
        count, items = self._sorted
        if count != len(self.faults):
            items = {}
            for fault in self.faults:
                items.setdefault(_item(fault.path), []).append(fault)
            self._sorted = len(self.faults), items
        return items.get(_item(path), [])

    def _locate(self) -> None:
        # JSON is read by the fast parser, which keeps no places; they are found when a fault asks for one.
        located = _locate_json(self._text or "", self.file)
        self._text = None
        if not located.faults:
            self.data, self._marks, self._root = located.data, located._marks, located._root


def path_text(path: Path) -> str:
    """``("crimes", 0, "grade")`` as ``crimes[0].grade``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _item(path: str) -> str:
    """``units[3].evidence.crimes[0]`` as ``units[3]``."""
    return path[: path.find("]") + 1]


def decode(raw: bytes, file: str) -> str | Fault:
    """UTF-8 text with or without a byte order mark, or the fault that says what it is instead."""
    place = Place(file)
    if len(raw) > MAX_BYTES:
        return Fault(
            "too_large",
            *TOO_LARGE,
            place=place,
            values={"size": len(raw), "limit": MAX_BYTES},
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "UTF-16"
    else:
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            place = Place(file, raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start))
            encoding = Phrase(message("another encoding"))
    return Fault(
        "not_utf8",
        message("the file is not UTF-8 but {encoding}"),
        message("save it as UTF-8"),
        place=place,
        values={"encoding": encoding},
    )


def parse_json(text: str, file: str) -> Document:
    """A JSON text with exact decimals; duplicate keys and numbers that are not finite are faults.

    Of a duplicate key the first value stays. Other faults leave ``data`` as None.
    """
    document = Document(file)
    duplicates = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal duplicates
        mapping = {_nfc(key): value for key, value in items}
        duplicates = duplicates or len(mapping) < len(items)
        return mapping

    try:
        document.data = json.loads(
            text, object_pairs_hook=pairs, parse_float=_finite, parse_int=_whole, parse_constant=_finite
        )
        if _HALF.search(text):
            # What escapes stand for is whole characters only, so that every text can be written again.
            json.dumps(document.data, ensure_ascii=False, default=str).encode()
    except json.JSONDecodeError as error:
        what, place = error.msg, Place(file, error.lineno, error.colno)
    except UnicodeEncodeError:
        what, place = "an escape stands for half a character", Place(file)
    except (ValueError, ArithmeticError) as error:
        what, place = str(error), Place(file)
    except RecursionError:
        document.faults.append(_too_deep(Place(file)))
        return document
    else:
        document._text = text
        if _deeper_than(document.data, MAX_DEPTH):
            document.drop()
            document.faults.append(_too_deep(Place(file)))
        elif duplicates:
            return _locate_json(text, file)
        elif "\\u" in text or not unicodedata.is_normalized("NFC", text):
            document.data = _composed(document.data)
        return document
    document.drop()
    document.faults.append(
        Fault("not_json", message("this is not JSON: {why}"), message("mend the text here"), "", place, {"why": what})
    )
    return document


def _locate_json(text: str, file: str) -> Document:
    """The same data with the place of each node, from a text that has been read as JSON; names each duplicate key."""
    document = Document(file)
    builder = _Builder(document)
    lines = [0, *(found.end() for found in re.finditer("\n", text))]
    try:
        for found in _TOKEN.finditer(text):
            token = found.group()
            line = bisect_right(lines, found.start())
            mark = (line, found.start() - lines[line - 1] + 1)
            if token in "{[":
                builder.open({} if token == "{" else [], None, mark)
            elif token in "}]":
                builder.close()
            elif token not in ",:":
                value = json.loads(token, parse_float=_finite, parse_int=_whole)
                builder.add(_nfc(value) if isinstance(value, str) else value, mark, None, 1)
    except _StopError as stop:
        document.drop()
        document.faults.append(stop.fault)
    return document


def _composed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _composed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_composed(item) for item in value]
    return _nfc(value) if isinstance(value, str) else value


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _finite(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS or not _DECIMAL.match(digits):
        raise ValueError(f"{digits[:20]} is no usable decimal")
    return Decimal(digits)


def _deeper_than(data: Any, limit: int) -> bool:
    level = [data] if isinstance(data, dict | list) else []
    for _ in range(limit):
        level = [
            child
            for value in level
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def _too_deep(place: Place) -> Fault:
    return Fault(
        "too_deep",
        message("nested deeper than {limit} levels"),
        message("write it flatter"),
        "",
        place,
        {"limit": MAX_DEPTH},
    )


def parse_yaml(text: str, file: str) -> Document:
    """A YAML text under the core schema of YAML 1.2.

    Duplicate keys are faults with the path of the second one; the first value stays. Faults of syntax, depth or size
    leave ``data`` as None.
    """
    document = Document(file)
    try:
        _Builder(document).build(text)
    except _StopError as stop:
        document.drop()
        document.faults.append(stop.fault)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        why = " ".join(part for part in (error.context, error.problem) if part)
        document.drop()
        document.faults.append(
            Fault(
                "not_yaml", message("this is not YAML: {why}"), message("mend the text here"), "", place, {"why": why}
            )
        )
    except (yaml.YAMLError, UnicodeError) as error:
        document.drop()
        document.faults.append(
            Fault(
                "not_yaml",
                message("this is not YAML: {why}"),
                message("mend the text here"),
                "",
                Place(file),
                {"why": " ".join(str(error).split())},
            )
        )
    return document


class _StopError(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class _Frame:
    __slots__ = ("anchor", "container", "key", "key_mark", "marks", "skip", "weight")

    def __init__(self, container: Any, anchor: str | None) -> None:
        self.container = container
        self.anchor = anchor
        self.marks: dict[Hashable, tuple[int, int, int, int]] = {}
        self.key: Any = _NO_KEY
        self.key_mark = (0, 0)
        self.skip = False
        self.weight = 0


_NO_KEY: Any = object()


class _Builder:
    """Builds plain values from parser events with an explicit stack."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.stack: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0

    def build(self, text: str) -> None:
        documents = 0
        events: Iterable[Any] = yaml.parse(text, Loader=_Loader)
        for event in events:
            start = event.start_mark
            mark = (start.line + 1, start.column + 1)
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self.add(self.scalar(event, mark), mark, event.anchor, 1)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if event.tag not in (None, "!"):
                    self.tag(event.tag, mark)
                self.open({} if kind is yaml.MappingStartEvent else [], event.anchor, mark)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.close()
            elif kind is yaml.AliasEvent:
                self.alias(event, mark)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self.stop(
                        "several_documents",
                        message("a second document begins here"),
                        message("keep one document a file"),
                        mark,
                    )

    def stop(self, code: str, what: str, mending: str, mark: tuple[int, int], **values: Any) -> None:
        raise _StopError(Fault(code, what, mending, self.path(), Place(self.document.file, *mark), values))

    def fault(self, code: str, what: str, mending: str, path: Path, mark: tuple[int, int], **values: Any) -> None:
        place = Place(self.document.file, *mark)
        self.document.faults.append(Fault(code, what, mending, path_text(path), place, values))

    def steps(self) -> Path:
        last = len(self.stack) - 1
        # The lists above hold the item that is being built already; the innermost one is about to get it.
        return tuple(
            len(frame.container) - (depth < last) if isinstance(frame.container, list) else frame.key
            for depth, frame in enumerate(self.stack)
            if isinstance(frame.container, list) or frame.key is not _NO_KEY
        )

    def path(self) -> str:
        return path_text(self.steps())

    def tag(self, tag: str, mark: tuple[int, int]) -> None:
        self.fault("tag", message("the tag {tag} is not allowed"), message("leave it out"), self.steps(), mark, tag=tag)

    def scalar(self, event: Any, mark: tuple[int, int]) -> Any:
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            self.tag(event.tag, mark)
        if not event.implicit[0] or event.tag is not None:
            return _nfc(event.value)
        text = event.value
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text[0] not in _NUMBERS_BEGIN:
            return _nfc(text)
        if _INTEGER.match(text) and len(text) <= MAX_DIGITS:
            return int(text)
        if _OCTAL.match(text) and len(text) <= MAX_DIGITS:
            return int(text[2:], 8)
        if _HEXADECIMAL.match(text) and len(text) <= MAX_DIGITS:
            return int(text, 16)
        if _DECIMAL.match(text) and len(text) <= MAX_DIGITS:
            return Decimal(text)
        if any(shape.match(text) for shape in (_INTEGER, _DECIMAL, _TOO_WIDE, _NOT_FINITE)):
            self.fault(
                "number",
                message("{text} is no usable number"),
                message("write a finite number"),
                self.steps(),
                mark,
                text=text[:40],
            )
        return _nfc(text)

    def open(self, container: Any, anchor: str | None, mark: tuple[int, int]) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise _StopError(_too_deep(Place(self.document.file, *mark)))
        self.place(container, mark)
        frame = _Frame(container, anchor)
        self.document._marks[id(container)] = frame.marks
        self.stack.append(frame)

    def close(self) -> None:
        frame = self.stack.pop()
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.container, frame.weight)
        if self.stack:
            parent = self.stack[-1]
            parent.weight += frame.weight
            if isinstance(parent.container, dict):
                parent.key = _NO_KEY
        # A container is placed when it opens; its key is settled only now.

    def alias(self, event: Any, mark: tuple[int, int]) -> None:
        if event.anchor not in self.anchors:
            self.stop(
                "alias",
                message("the alias *{name} has no anchor before it"),
                message("define it first"),
                mark,
                name=event.anchor,
            )
        value, weight = self.anchors[event.anchor]
        self.add(value, mark, None, weight)

    def add(self, value: Any, mark: tuple[int, int], anchor: str | None, weight: int) -> None:
        if anchor:
            self.anchors[anchor] = (value, weight)
        if self.stack and isinstance(self.stack[-1].container, dict) and self.stack[-1].key is _NO_KEY:
            self.key(value, mark)
            return
        self.place(value, mark, weight)
        if self.stack and isinstance(self.stack[-1].container, dict):
            self.stack[-1].key = _NO_KEY

    def key(self, value: Any, mark: tuple[int, int]) -> None:
        frame = self.stack[-1]
        if isinstance(value, dict | list):
            self.stop("key", message("a list or mapping cannot be a key"), message("use a name"), mark)
        if isinstance(value, bool) or value is None or not isinstance(value, str | int):
            # A whole number as a key is read as its text; what YAML calls true or null is no name.
            self.fault(
                "key", message("{value} cannot be a key"), message("put it in quotes"), self.steps(), mark, value=value
            )
            value = str(value)
        frame.key = str(value) if not isinstance(value, str) else value
        frame.key_mark = mark
        frame.skip = frame.key in frame.container
        if frame.skip:
            self.fault(
                "duplicate_key",
                message("the key '{key}' stands twice"),
                message("keep one of the two"),
                self.steps(),
                mark,
                key=frame.key,
            )

    def place(self, value: Any, mark: tuple[int, int], weight: int = 1) -> None:
        self.nodes += weight
        if self.nodes > MAX_NODES:
            self.stop(
                "too_many_nodes",
                message("the document unfolds to more than {limit} values"),
                message("use fewer aliases or split the file"),
                mark,
                limit=MAX_NODES,
            )
        if not self.stack:
            self.document.data = value
            self.document._root = mark
            return
        frame = self.stack[-1]
        frame.weight += weight
        if isinstance(frame.container, list):
            frame.marks[len(frame.container)] = (*mark, *mark)
            frame.container.append(value)
        elif frame.key is _NO_KEY:
            self.stop("key", message("a list or mapping cannot be a key"), message("use a name"), mark)
        elif frame.skip:
            self.document._dropped.append(value)
        else:
            frame.marks[frame.key] = (*frame.key_mark, *mark)
            frame.container[frame.key] = value


def _nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)
