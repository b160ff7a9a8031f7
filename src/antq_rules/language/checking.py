"""Documents held against their shape, each violation as a fault with its place."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import ValidationError

from antq_rules.errors import Fault, Place, message
from antq_rules.language.documents import BUILT, SHAPES, Shape
from antq_rules.located import Document, Path, decode, parse_yaml
from antq_rules.operators.base import closest, shown

ShapeT = TypeVar("ShapeT", bound=Shape)
_making_ready = threading.Lock()

_NEEDED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "too_short": "at least one",
}


def read_document(file: FilePath, name: str) -> Document:
    """The YAML document in a file; ``name`` is how messages call it. Unreadable files give a fault, not an error."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        document = Document(name)
        document.faults.append(
            Fault(
                "missing_file",
                message("the file cannot be read: {why}"),
                message("add it"),
                "",
                Place(name),
                {"why": error.strerror or str(error)},
            )
        )
        return document
    text = decode(raw, name)
    if isinstance(text, Fault):
        return Document(name, faults=[text])
    return parse_yaml(text, name)


def read_head(file: FilePath, name: str) -> Document:
    """What stands in a ``ruleset.yaml`` before its ``kinds``; all of it where there is no such head, or none sound."""
    try:
        head, found, _ = file.read_bytes().partition(b"\nkinds:")
    except OSError:
        return read_document(file, name)
    text = decode(head, name)
    document = Document(name) if isinstance(text, Fault) else parse_yaml(text, name)
    return document if found and isinstance(document.data, dict) and not document.faults else read_document(file, name)


def violations(shape: type[Shape], document: Document) -> list[Fault]:
    """Every way in which the document departs from its shape; what is sound of it is kept for :func:`piece`."""
    shapes: dict[int, type[Shape]] = {}
    built: dict[tuple[int, type], Any] = {}
    document.built = built
    _make_ready(shape)
    try:
        shape.model_validate(document.data, context={SHAPES: shapes, BUILT: built})
    except ValidationError as error:
        return [_fault(document, item, shapes) for item in error.errors(include_url=False)]
    return []


def piece(shape: type[ShapeT], data: Any, document: Document | None = None) -> ShapeT | None:
    """Data in its shape, or None where it has not; :func:`violations` has told why.

    Args:
        shape: Its shape.
        data: A value in a document.
        document: The one in which it stands; what was built from it already is not built again.
    """
    if document is not None and (known := document.built.get((id(data), shape))) is not None:
        found: ShapeT = known
        return found
    _make_ready(shape)
    try:
        return shape.model_validate(data)
    except ValidationError:
        return None


def _make_ready(shape: type[Shape]) -> None:
    """Build the validator of a shape at its first use, in one thread only."""
    with _making_ready:
        shape.model_rebuild()


def _fault(document: Document, error: Any, shapes: dict[int, type[Shape]]) -> Fault:
    path, parent = _path(document.data, error["loc"])
    is_key = error["loc"][-1:] == ("[key]",)
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        allowed: Iterable[str] = shapes[id(parent)].keys() if id(parent) in shapes else ()
        name = str(error["loc"][-1])
        path = (*path, name) if not path or path[-1] != name else path
        return document.fault(
            "unknown_key",
            message("'{name}' is no key here"),
            "{hint}",
            path,
            key=True,
            name=name,
            hint=closest(name, allowed),
        )
    if kind in ("missing", "missing_key"):
        return document.fault(
            "missing_key",
            message("the key '{name}' is missing"),
            message("add it"),
            path,
            name=error["ctx"]["name"] if kind == "missing_key" else str(error["loc"][-1]),
        )
    if kind == "literal_error":
        expected = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        return document.fault(
            "wrong_value",
            message("{value} is not one of the choices"),
            "{hint}",
            path,
            value=shown(value),
            hint=closest(value, expected.split(", ")),
        )
    if kind in _NEEDED:
        return document.fault(
            "wrong_value",
            message("{needed} is needed here, not {value}"),
            message("correct it"),
            path,
            needed=_NEEDED[kind],
            value=shown(value),
        )
    code = kind if kind == "bad_term" else "wrong_value"
    return document.fault(
        code,
        message("{why}; this is {value}"),
        message("correct it"),
        path,
        key=is_key,
        why=error["msg"],
        value=shown(value),
    )


def _path(data: Any, loc: tuple[str | int, ...]) -> tuple[Path, Any]:
    # The library puts names of validators among the steps; only what leads through the data is a step.
    path: list[str | int] = []
    value = parent = data
    for step in loc:
        steps = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        if step in steps:
            parent, value = value, value[step]
            path.append(step)
    return tuple(path), parent
