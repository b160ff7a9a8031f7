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
from antq_rules.errors import EvidenceError, Fault, Place, message
from antq_rules.extensions.formats import Reader as Reader
from antq_rules.extensions.plugins import Plugins, claimed_already, installed_plugins
from antq_rules.located import Document, decode
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.operators.base import closest
from antq_rules.readers.structure import dossier_from_mapping

STDIN = "-"
Source = str | os.PathLike[str]


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
    *sources: Source, period: int | None = None, format: str | None = None, plugins: Plugins | None = None
) -> Dossier:
    """The units of one or several sources, in the order given.

    Args:
        sources: Files, folders (all their dossier files, below too, sorted by path; other files and hidden ones are
            passed over) or ``-`` for the standard input.
        period: The year that they must be of; by default the one that they state, if any does.
        format: The name of a format; by default it is told from the suffix, or from the text of the standard input.
        plugins: Whose formats are known besides; those of the installed ones by default.
    Returns: One dossier. Units are not looked into; what is wrong with them comes out when they are judged.
    Raises:
        EvidenceError: A source cannot be read or is no dossier, or the sources are of different years. All faults of
            all sources are in it: a year is judged as a whole, lest a commune pass because a file was left out.
    """
    dossiers, faults = read_sources(*sources, format=format, plugins=plugins)
    faults += year_faults(dossiers, period)
    if faults:
        raise EvidenceError(faults)
    return merged((dossier for _, dossier in dossiers), period)


def merged(dossiers: Iterator[Dossier], period: int | None) -> Dossier:
    """The units of several dossiers of a year, in their order."""
    entries: list[Entry] = []
    for dossier in dossiers:
        entries += dossier.entries
        period = dossier.period if period is None else period
    return Dossier(period, tuple(entries))


def read_sources(
    *sources: Source, format: str | None = None, plugins: Plugins | None = None
) -> tuple[list[tuple[str, Dossier]], list[Fault]]:
    """The dossier of each file with the file's name, and the faults of those that cannot be used."""
    known = readers(plugins)
    found: list[tuple[str, Dossier]] = []
    faults: list[Fault] = []
    for source in sources:
        try:
            files = list(dossier_files(source, known))
        except EvidenceError as error:
            faults += error.faults
            continue
        for name, path in files:
            try:
                found.append((name, _read(name, path, format, known)))
            except EvidenceError as error:
                faults += error.faults
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


def dossier_files(source: Source, known: Mapping[str, Reader]) -> Iterator[tuple[str, Path | None]]:
    """The files of a source, each with its name in messages; the standard input has no path.

    Raises:
        EvidenceError: There is no such file or folder, or the folder has no dossiers.
    """
    name = os.fspath(source)
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


def _files_below(folder: Path) -> list[Path]:
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in files if not name.startswith(".")]
    return sorted(found, key=lambda file: file.relative_to(folder).parts)


def _read(name: str, path: Path | None, format: str | None, known: Mapping[str, Reader]) -> Dossier:
    raw = _bytes(name, path)
    return _reader(name, path, format, raw, known).read(raw, name)


def _bytes(name: str, path: Path | None) -> bytes:
    try:
        return sys.stdin.buffer.read() if path is None else path.read_bytes()
    except FileNotFoundError:
        what, mending = message("there is no such file or folder"), message("check the path")
    except PermissionError:
        what, mending = message("the file may not be read"), message("ask for the right to read it")
    except OSError as error:
        what, mending = message("the file cannot be read: {why}"), message("check the file")
        raise EvidenceError(
            Fault("missing_file", what, mending, place=Place(name), values={"why": error.strerror or str(error)})
        ) from None
    raise EvidenceError(Fault("missing_file", what, mending, place=Place(name)))


def _reader(name: str, path: Path | None, format: str | None, raw: bytes, known: Mapping[str, Reader]) -> Reader:
    if format is not None:
        return _named(name, format, known)
    if path is None:
        text = text_of(raw, name)
        return next(reader for reader in sorted(known.values(), key=_rank) if reader.claims(text))
    for reader in known.values():
        if path.suffix.lower() in reader.suffixes:
            return reader
    suffixes = sorted(suffix for reader in known.values() for suffix in reader.suffixes)
    raise EvidenceError(
        Fault(
            "unknown_format",
            message("a file that ends in '{suffix}' is no dossier"),
            message("use one of {known}"),
            place=Place(name),
            values={"suffix": path.suffix, "known": ", ".join(suffixes)},
        )
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


def text_of(raw: bytes, name: str) -> str:
    """The text of a file that must be UTF-8 and not empty.

    Raises:
        EvidenceError: It is not.
    """
    text = decode(raw, name)
    if isinstance(text, Fault):
        raise EvidenceError(text)
    if not text.strip():
        raise EvidenceError(empty_file(name))
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
