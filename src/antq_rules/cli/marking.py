"""``--mark-errors``: copies of faulty workbooks in which the faulty cells are marked."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from antq_rules.cli.output import NOT_WRITTEN, Output, tell, unwritable
from antq_rules.errors import EvidenceError, Fault, Place, ReportError, message
from antq_rules.explain.catalogue import translator
from antq_rules.extensions.plugins import Plugins
from antq_rules.readers.reading import dossier_files, readers
from antq_rules.reporters.workbook.marking import MACROS, WORKBOOKS, write_marked

MARKED = message("{count} faults are marked in {file}")
NOTHING = message("no fault to mark in a workbook")


def marking_of(inputs: tuple[str, ...], target: str | None, language: str, plugins: Plugins) -> Marking | None:
    """The copies that are asked for; None where none are.

    Raises:
        ReportError: See :class:`Marking`.
    """
    return None if target is None else Marking(inputs, target, language, plugins)


@dataclass
class Marking:
    """Where the copies of the workbooks among some inputs go.

    Args:
        inputs: Those of the command.
        target: The file of the copy; where there are several workbooks, the folder of the copies.
        language: Of the sentences in them.
        plugins: Whose formats are known.
    Raises:
        ReportError: No input is a workbook, or the copy would stand in the place of an input or under a name that
            does not fit it.
    """

    inputs: tuple[str, ...]
    target: str
    language: str
    plugins: Plugins
    _copies: dict[str, tuple[Path, str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        books = self._books()
        if not books:
            raise self._error(
                message("no input is a workbook whose cells can be marked"), message("hand in XLSX, XLSM or ODS files")
            )
        if len(books) == 1 and not Path(self.target).is_dir():
            ((name, path),) = books.items()
            self._copies[name] = (path, self.target)
            self._check_name(path)
        else:
            taken: set[str] = set()
            for name, path in books.items():
                self._copies[name] = (path, os.path.join(self.target, _free_name(path, taken)))
        for _, copy in self._copies.values():
            if any(os.path.realpath(copy) == os.path.realpath(path) for path in books.values()):
                raise unwritable(copy, message("a copy never takes the place of an input"))

    def _books(self) -> dict[str, Path]:
        known = readers(self.plugins)
        found: dict[str, Path] = {}
        for one in self.inputs:
            try:
                files = list(dossier_files(one, known))
            except EvidenceError:
                # Whoever reads the inputs says what is wrong with this one.
                continue
            found |= {name: path for name, path in files if path is not None and path.suffix.lower() in WORKBOOKS}
        return found

    def _check_name(self, book: Path) -> None:
        suffix = Path(self.target).suffix.lower()
        allowed = (".xlsx", MACROS) if book.suffix.lower() == MACROS else (".xlsx",)
        if suffix not in allowed:
            mending = message("let its name end in {suffix}")
            raise self._error(message("the copy is a workbook"), mending, suffix=allowed[-1])

    def _error(self, what: str, mending: str, **values: str) -> ReportError:
        return ReportError(Fault("not_marked", what, mending, place=Place(self.target), values=values))

    def write(self, faults: Iterable[Fault]) -> None:
        """Write a copy of each workbook that has some of the faults, and tell where it is.

        Raises:
            ReportError: A copy cannot be written.
        """
        by_file: dict[str, list[Fault]] = {}
        for fault in faults:
            if fault.place is not None and fault.place.file in self._copies:
                by_file.setdefault(fault.place.file, []).append(fault)
        translate = translator(self.language)
        if not by_file:
            tell(translate(NOTHING))
        for name, found in by_file.items():
            book, copy = self._copies[name]
            if copy != self.target:
                self._make_folder()
            macros = Path(copy).suffix.lower() == MACROS
            marked = partial(write_marked, book, found, language=self.language, macros=macros)
            with Output(copy, binary=True) as output:
                output.write(marked)
            tell(translate(MARKED).format(count=len(found), file=copy))

    def _make_folder(self) -> None:
        try:
            os.makedirs(self.target, exist_ok=True)
        except OSError as error:
            raise unwritable(self.target, NOT_WRITTEN, error.strerror or str(error)) from None


def _free_name(book: Path, taken: set[str]) -> str:
    """The name of the copy of a workbook; workbooks of one name in several folders are numbered."""
    suffix = book.suffix.lower() if book.suffix.lower() == MACROS else ".xlsx"
    name, number = f"{book.stem}{suffix}", 1
    while name.casefold() in taken:
        number += 1
        name = f"{book.stem}-{number}{suffix}"
    taken.add(name.casefold())
    return name
