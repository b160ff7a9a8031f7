"""The error tree: what was wrong, where it stands and how to mend it.

A criterion that is not met is a finding, never an exception. Errors carry :class:`Fault` records, all those of a
file or unit at once, so that a caller can show them without parsing text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any

from antq_rules.frozen import frozen


def message(template: str) -> str:
    """The template itself; marks a sentence for the message catalogues."""
    return template


class Phrase(str):
    """Words that stand inside a sentence: English as text, and translated together with the sentence."""

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, **values: Any) -> Phrase:
        phrase = super().__new__(cls, template.format(**values))
        phrase.template = template
        phrase.values = values
        return phrase

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.template,), dict(self.values)

    def text(self, translate: Callable[[str], str]) -> str:
        """The words in the language of ``translate``."""
        return translate(self.template).format(**self.values)


@frozen
class Place:
    """A spot in a file; line and column count from 1. In a table ``cell`` names it, as ``Sheet!C7``."""

    file: str
    line: int = 0
    column: int = 0
    cell: str = ""

    def __str__(self) -> str:
        if self.cell:
            return f"{self.file}: {self.cell}"
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @property
    def is_exact(self) -> bool:
        """Whether it names a spot and not the file as a whole."""
        return bool(self.line or self.cell)


@frozen
class Fault:
    """One thing that is wrong.

    ``what`` and ``mending`` are English templates over ``values``; a translation of the template gives the sentence
    in another language, and translates the values that are a :class:`Phrase`. ``path`` is the way inside the document
    or unit (``evidence.crimes[0].grade``).
    """

    code: str
    what: str
    mending: str
    path: str = ""
    place: Place | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """What is wrong and how to mend it, in the language of ``translate``."""
        values = {
            name: value.text(translate) if isinstance(value, Phrase) else value for name, value in self.values.items()
        }
        what = translate(self.what).format(**values)
        if not self.mending:
            return what
        return f"{what}; {translate(self.mending).format(**values)}"

    def line(self, translate: Callable[[str], str] = str) -> str:
        """``file:line:column: what is wrong; how to mend it``."""
        where = [str(self.place)] if self.place else []
        if self.path and not (self.place and self.place.is_exact):
            where.append(self.path)
        return ": ".join([*where, self.text(translate)])

    def __str__(self) -> str:
        return self.line()


class AntqError(Exception):
    """Base of every error that this package raises on purpose."""

    def __init__(self, faults: str | Fault | Iterable[Fault]) -> None:
        if isinstance(faults, str):
            faults = Fault("error", "{text}", "", values={"text": faults})
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(fault.line() for fault in self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults,)


class RulesetError(AntqError):
    """The author's fault, or an unknown ruleset, overlay or reading was asked for."""


class RulesetSyntaxError(RulesetError):
    """Not YAML, a duplicate key, or a file beyond the bounds of size and depth."""


class RulesetSchemaError(RulesetError):
    """An unknown key, operator or field, a wrong operand, a missing citation, a clash or a cycle."""


class EvidenceError(AntqError):
    """The data of a unit or dossier: undeclared, of the wrong type, out of range or unreadable."""


class PluginError(AntqError):
    """A plugin could not be loaded or broke its contract; names the distribution."""


class InferenceError(AntqError):
    """Our fault: an executor concluded too little, too much or something else than another one."""


class ReportError(AntqError):
    """A result could not be written."""
