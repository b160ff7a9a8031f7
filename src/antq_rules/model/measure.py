"""What a plugin's function computes: a measure with a declared range, never an outcome."""

from __future__ import annotations

import re
from collections.abc import Callable

from antq_rules.frozen import frozen
from antq_rules.model.expression import MARGIN_LIMIT, Label

ARGUMENTS = ("number", "choice", "date", "boolean", "text")
"""Kinds of arguments: a whole number, the rank of a choice, an ordinal day, 0 or 1, and the id of the unit."""

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@frozen
class MeasureFunction:
    """A pure function that rulesets and overlays call with ``{measure: {name: ..., of: [...]}}``.

    Args:
        name: Lower-case letters, digits and underscores.
        title: What it counts or looks up, in Vietnamese and English.
        low: The least value that it gives.
        high: The greatest.
        takes: A kind for each argument: ``number``, ``choice``, ``date``, ``boolean`` or ``text`` (the unit's id).
        function: Called only where every argument is known; gives a whole number in the range, or None where it does
            not know either. The same arguments must always give the same value.
    Raises:
        ValueError: A part is not as said above.
    """

    name: str
    title: Label
    low: int
    high: int
    takes: tuple[str, ...]
    function: Callable[..., object]

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.match(self.name):
            raise ValueError(f"'{self.name}' is no name of a measure; use lower-case letters, digits and underscores")
        if not isinstance(self.title, Label):
            raise ValueError(f"the title of '{self.name}' is no Label(vi=..., en=...)")
        if type(self.low) is not int or type(self.high) is not int or self.low > self.high:
            raise ValueError(f"the range of '{self.name}' is not two whole numbers, the lesser first")
        if max(abs(self.low), abs(self.high)) >= MARGIN_LIMIT:
            raise ValueError(f"the range of '{self.name}' reaches beyond 2^62")
        if not isinstance(self.takes, tuple) or any(kind not in ARGUMENTS for kind in self.takes):
            raise ValueError(f"'{self.name}' takes a tuple of {', '.join(ARGUMENTS)}")
        if not callable(self.function):
            raise ValueError(f"the function of '{self.name}' cannot be called")
