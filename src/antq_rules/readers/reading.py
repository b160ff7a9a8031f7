"""Files, folders and the standard input into one dossier.

A format is one module of this folder whose name ends in ``_format``: it holds a :class:`Reader` named ``READER``. A new
format is a new module here and nothing else. Plugins offer theirs through the hook ``antq_readers``; none may take a
name or a suffix that is taken.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import antq_rules.readers
from antq_rules import located
from antq_rules.errors import EvidenceError, Fault, Place, message
from antq_rules.extensions.formats import Reader as Reader
from antq_rules.extensions.formats import RulesetOf as RulesetOf
from antq_rules.extensions.formats import Source as Source
from antq_rules.extensions.plugins import Plugins, claimed_already, installed_plugins
from antq_rules.extensions.rulesets import Name, find_ruleset, ruleset_in_force
from antq_rules.located import Document, decode
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.model.ruleset import Ruleset
from antq_rules.operators.base import closest
from antq_rules.readers.structure import dossier_from_mapping

STDIN = "-"
Input = str | os.PathLike[str]


@cache
def built_in() -> MappingProxyType[str, Reader]:
    """The readers of this folder by the names of their formats, sorted."""
    found: dict[str, Reader] = {}
    for module in pkgutil.iter_modules(antq_rules.readers.__path__):
        if module.name.endswith("_format"):
            reader: Reader = importlib.import_module(f"antq_rules.readers.{module.name}").READER
            found[reader.name] = reader
    return MappingProxyType(dict(sorted(found.items())))


def readers(plugins: Plugins | None = None) -> Mapping[str, Reader]:
    """Every reader by the name of its format, sorted.

    Args:
        plugins: Whose readers take part; the installed ones by default.
    Raises:
        PluginError: A plugin's reader has a name or a suffix that is taken.
    """
    found = dict(built_in())
    taken = {suffix: name for name, reader in found.items() for suffix in reader.suffixes}
    for name, one in (plugins or installed_plugins()).readers.items():
        for suffix in one.value.suffixes:
            if suffix in taken:
                raise one.offer.error(
                    "duplicate_id",
                    message("the plugin {plugin} reads files that end in '{suffix}', which '{other}' does already"),
                    suffix=suffix,
                    other=taken[suffix],
                )
            taken[suffix] = name
        if name in found:
            raise claimed_already(one, name)
        found[name] = one.value
    return dict(sorted(found.items()))


def load_dossier(
    *inputs: Input,
    period: int | None = None,
    format: str | None = None,
    ruleset: Name | Ruleset | RulesetOf | None = None,
    mapping: Input | None = None,
    plugins: Plugins | None = None,
) -> Dossier:
    """The units of one or several inputs, in the order given.

    Args:
        inputs: Files, folders (all their dossier files, below too, sorted by path; other files and hidden ones are
            passed over) or ``-`` for the standard input.
        period: The year that they must be of; by default the one that they state, if any does.
        format: The name of a format; by default it is told from the suffix, or from the content of the standard input.
        ruleset: By whose dictionary of fields the cells of tables are read: its name, the ruleset, or a function from
            the year that a file states; by default the one in force in that year. Other formats need none.
        mapping: A file that tells which column of a user's own table is which field.
        plugins: Whose formats and rulesets are known besides; those of the installed ones by default.
    Returns: One dossier. Units are not looked into; what is wrong with them comes out when they are judged.
    Raises:
        EvidenceError: An input cannot be read or is no dossier, or the inputs are of different years. All faults of
            all inputs are in it: a year is judged as a whole, lest a commune pass because a file was left out.
    """
    ruleset_of = _ruleset_of(ruleset, period, plugins)
    dossiers, faults = read_inputs(*inputs, format=format, ruleset_of=ruleset_of, mapping=mapping, plugins=plugins)
    faults += year_faults(dossiers, period)
    if faults:
        raise EvidenceError(faults)
    return merged((dossier for _, dossier in dossiers), period)


def _ruleset_of(ruleset: Name | Ruleset | RulesetOf | None, period: int | None, plugins: Plugins | None) -> RulesetOf:
    if isinstance(ruleset, Ruleset):
        return lambda _: ruleset
    if callable(ruleset):
        return ruleset

    @cache
    def found(stated: int | None) -> Ruleset:
        year = stated if period is None else period
        if ruleset is None and year is None:
            raise EvidenceError(no_period())
        return find_ruleset(
            ruleset if ruleset is not None else ruleset_in_force(year or 0, plugins=plugins), plugins=plugins
        )

    return found


def no_period() -> Fault:
    """The fault of a dossier whose year nobody knows."""
    return Fault("no_period", message("the dossier states no period"), message("add 'period: 2025' or --period 2025"))


def merged(dossiers: Iterator[Dossier], period: int | None) -> Dossier:
    """The units of several dossiers of a year, in their order."""
    entries: list[Entry] = []
    for dossier in dossiers:
        entries += dossier.entries
        period = dossier.period if period is None else period
    return Dossier(period, tuple(entries))


def read_inputs(
    *inputs: Input,
    format: str | None = None,
    ruleset_of: RulesetOf | None = None,
    mapping: Input | None = None,
    plugins: Plugins | None = None,
) -> tuple[list[tuple[str, Dossier]], list[Fault]]:
    """The dossiers in files, and the faults of those that cannot be used.

    Returns: Each dossier with the name of its file; of the first one where all of a folder are one dossier.
    """
    known = readers(plugins)
    found: list[tuple[str, Dossier]] = []
    faults: list[Fault] = []
    groups: dict[object, tuple[Reader, list[Source]] | EvidenceError] = {}
    for one in inputs:
        try:
            files = list(dossier_files(one, known))
        except EvidenceError as error:
            groups[len(groups)] = error
            continue
        for name, path in files:
            content = b"" if path is not None else sys.stdin.buffer.read(located.MAX_BYTES + 1)
            source = Source(name, path, content, None if mapping is None else Path(mapping), ruleset_of)
            try:
                reader = _reader(source, format, known)
            except EvidenceError as error:
                groups[len(groups)] = error
                continue
            key: object = len(groups)
            if reader.read_together is not None and path is not None:
                key = id(reader.read_together), os.path.realpath(path.parent)
            group = groups.setdefault(key, (reader, []))
            if not isinstance(group, EvidenceError):
                group[1].append(source)
    for group in groups.values():
        if isinstance(group, EvidenceError):
            faults += group.faults
            continue
        reader, sources = group
        try:
            together = reader.read_together
            dossier = together(sources) if together is not None else reader.read(sources[0])
        except EvidenceError as error:
            faults += error.faults
        else:
            found.append((sources[0].name, dossier))
    return found, faults


def year_faults(dossiers: list[tuple[str, Dossier]], period: int | None = None) -> list[Fault]:
    """A fault for each dossier that is not of the year given, or not of that of the first one."""
    faults = []
    first = ""
    for name, dossier in dossiers:
        if dossier.period is None:
            continue
        if period is None:
            period, first = dossier.period, name
        elif dossier.period != period:
            what = message("the dossier is of {found}, the year judged is {wanted}")
            if first:
                what = message("the dossier is of {found}, that in {first} of {wanted}")
            faults.append(
                Fault(
                    "period_mismatch", what, message("hand in dossiers of one year"), "period", Place(name),
                    {"found": dossier.period, "wanted": period, "first": first},
                )
            )  # fmt: skip
    return faults


def dossier_files(one: Input, known: Mapping[str, Reader]) -> Iterator[tuple[str, Path | None]]:
    """The files of an input, each with its name in messages; the standard input has no path.

    Raises:
        EvidenceError: There is no such file or folder, or the folder has no dossiers.
    """
    name = os.fspath(one)
    if name == STDIN:
        yield "<stdin>", None
        return
    path = Path(name)
    if not path.is_dir():
        yield path.as_posix(), path
        return
    suffixes = {suffix for reader in known.values() for suffix in reader.suffixes}
    files = [file for file in _files_below(path) if file.suffix.lower() in suffixes]
    if not files:
        raise EvidenceError(
            Fault(
                "no_dossier",
                message("the folder holds no dossier"),
                message("put files there that end in {known}"),
                place=Place(path.as_posix()),
                values={"known": ", ".join(sorted(suffixes))},
            )
        )
    for file in files:
        yield file.as_posix(), file


ASIDE = (".", "~$")
"""How names begin that are hidden, or those that Excel gives to the locks of open workbooks."""


def _files_below(folder: Path) -> list[Path]:
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(ASIDE)]
        found += [Path(parent, name) for name in files if not name.startswith(ASIDE)]
    return sorted(found, key=lambda file: file.relative_to(folder).parts)


def _reader(source: Source, format: str | None, known: Mapping[str, Reader]) -> Reader:
    if format is not None:
        return _named(source.name, format, known)
    if source.path is None:
        return next(reader for reader in sorted(known.values(), key=_rank) if reader.claims(source.content))
    suffix = source.path.suffix.lower()
    for reader in known.values():
        if suffix in reader.suffixes:
            return reader
    suffixes = sorted(suffix for reader in known.values() for suffix in reader.suffixes)
    # A file that is not there is said to be missing, whatever its name.
    source.size()
    raise source.error(
        "unknown_format",
        message("a file that ends in '{suffix}' is no dossier"),
        message("use one of {known}"),
        suffix=source.path.suffix,
        known=", ".join(suffixes),
    )


def _rank(reader: Reader) -> int:
    return reader.rank


def _named(name: str, format: str, known: Mapping[str, Reader]) -> Reader:
    if format in known:
        return known[format]
    raise EvidenceError(
        Fault(
            "unknown_format", message("there is no format '{format}'"), "{hint}", place=Place(name),
            values={"format": format, "hint": closest(format, known)},
        )
    )  # fmt: skip


def text_of(source: Source) -> str:
    """The text of an input that must be UTF-8 and not empty.

    Raises:
        EvidenceError: It is not, or it cannot be read.
    """
    text = decode(source.read_bytes(), source.name)
    if isinstance(text, Fault):
        raise EvidenceError(text)
    if not text.strip():
        raise EvidenceError(empty_file(source.name))
    return text


def empty_file(name: str) -> Fault:
    """The fault of a file that holds nothing."""
    return Fault("empty_file", message("the file is empty"), message("write a dossier into it"), place=Place(name))


def dossier_of(document: Document) -> Dossier:
    """The dossier in a document.

    Raises:
        EvidenceError: The text is wrong outside the units, or holds no dossier.
    """
    # Without data the reading broke off, wherever the fault stands.
    faults = [fault for fault in document.faults if document.data is None or not fault.path.startswith("units[")]
    if faults:
        raise EvidenceError(faults)
    if document.data is None:
        raise EvidenceError(empty_file(document.file))
    return dossier_from_mapping(document.data, document)
