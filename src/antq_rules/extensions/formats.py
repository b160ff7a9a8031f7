"""What a format is: how dossiers are read and reports written, whoever offers it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from antq_rules import located
from antq_rules.errors import EvidenceError, Fault, Place, message
from antq_rules.frozen import frozen
from antq_rules.model.dossier import Dossier

if TYPE_CHECKING:
    from antq_rules.model.ruleset import Ruleset
    from antq_rules.model.verdict import Verdict
    from antq_rules.plan.compiling import Plan

RulesetOf = Callable[[int | None], "Ruleset"]
"""The ruleset for the year that a file states, or for None where it states none."""


@frozen
class Source:
    """One input of a reader: a file, or the standard input, whose content is held.

    ``name`` is that in messages. ``mapping`` is the file that tells which column of a user's own table is which field.
    """

    name: str
    path: Path | None = None
    content: bytes = field(default=b"", repr=False)
    mapping: Path | None = None
    ruleset_of: RulesetOf | None = None

    def ruleset(self, period: int | None) -> Ruleset:
        """The ruleset by whose dictionary of fields the cells of a table are read.

        Args:
            period: The year that the file states, if it does.
        Raises:
            AntqError: No ruleset is known for the year.
        """
        if self.ruleset_of is None:
            raise self.error(
                "no_ruleset",
                message("no ruleset tells what the columns of this table mean"),
                message("name a ruleset"),
            )
        return self.ruleset_of(period)

    def size(self) -> int:
        """How many bytes it holds.

        Raises:
            EvidenceError: The file cannot be read.
        """
        if self.path is None:
            return len(self.content)
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise self._unreadable(error) from None

    def read_bytes(self) -> bytes:
        """All that it holds.

        Raises:
            EvidenceError: The file cannot be read, or is too large to be read at once.
        """
        if self.size() > located.MAX_BYTES:
            raise self.error("too_large", *located.TOO_LARGE, size=self.size(), limit=located.MAX_BYTES)
        with self.open() as stream:
            try:
                return stream.read()
            except OSError as error:
                raise self._unreadable(error) from None

    def open(self) -> BinaryIO:
        """A stream of what it holds, from the beginning.

        Raises:
            EvidenceError: The file cannot be read.
        """
        if self.path is None:
            return io.BytesIO(self.content)
        try:
            return self.path.open("rb")
        except OSError as error:
            raise self._unreadable(error) from None

    def error(self, code: str, what: str, mending: str, **values: Any) -> EvidenceError:
        """An error of the input as a whole."""
        return EvidenceError(Fault(code, what, mending, place=Place(self.name), values=values))

    def _unreadable(self, error: OSError) -> EvidenceError:
        if isinstance(error, FileNotFoundError):
            return self.error("missing_file", message("there is no such file or folder"), message("check the path"))
        if isinstance(error, PermissionError):
            return self.error(
                "missing_file", message("the file may not be read"), message("ask for the right to read it")
            )
        why = error.strerror or str(error)
        return self.error("missing_file", message("the file cannot be read: {why}"), message("check the file"), why=why)


@frozen
class Reader:
    """A format of dossiers.

    ``suffixes`` are those of its files, in small letters. ``read`` takes a source and raises an EvidenceError where it
    as a whole cannot be used; what is wrong inside a unit stays with it. ``claims`` tells from the bytes of an input
    without a name whether they are of this format; the reader of the smallest ``rank`` that claims them reads them.
    ``read_together`` takes the files of one folder that all are one dossier; readers that have the same one share it.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Source], Dossier]
    claims: Callable[[bytes], bool]
    rank: int
    read_together: Callable[[Sequence[Source]], Dossier] | None = None


@frozen
class Report:
    """What a reporter is to write.

    ``assessment`` is an ``Assessment``. With ``passes`` the reasons of passes are wanted too. ``comparison`` is that
    with last year's result, where there is one and the reporter asks for it. ``progress`` is to be called with the
    units written and their number. ``rows`` is one of the reporter's, where it has any.
    """

    assessment: Any
    passes: bool = False
    comparison: Any = None
    progress: Callable[[int, int], None] | None = None
    rows: str = "units"


Write = Callable[[Report, Any], None]
"""Writes a report to a stream, of bytes where the reporter says so and else of text."""

Compare = Callable[[Any, Any], None]
"""Writes a ``Comparison`` of two results to such a stream."""


@frozen
class ReportOptions:
    """How a result is to be written: with the reasons of passes or without, and of what a table has its rows."""

    passes: bool = False
    rows: str = "units"


class Part(Protocol):
    """A piece of a result: some units that follow each other in the input, with the plan that judged them."""

    @property
    def codes(self) -> Any:
        """A row a unit, rejected ones among them; see :mod:`antq_rules.assessment.result_rows`."""

    def verdicts(self) -> Iterator[Verdict]:
        """The verdicts of those that were judged, one by one."""

    @property
    def plan(self) -> Plan:
        """That judged them."""

    @property
    def language(self) -> str:
        """That of sentences."""


@frozen
class PartWriter:
    """How a format is written piece by piece, for results that do not fit into memory.

    ``write`` puts a piece into a file, whose name ends in ``suffix``. ``join`` takes these files in order, of a result
    without units one of a piece without any, and puts the report together, in the bytes that the reporter writes for
    the whole. What it says of the whole it reads from an object that has, as an ``Assessment``, ``plan``, ``language``,
    ``summary``, ``groups``, ``summary_below``, ``quotas``, ``rejected``, ``input_sha256``, ``previous_sha256`` and
    ``taken_part``. Its target is a file or a stream of bytes.
    """

    suffix: str
    write: Callable[[Part, ReportOptions, Path], None]
    join: Callable[[Sequence[Path], Any, BinaryIO | Path], None]


@frozen
class Reporter:
    """How a format is written.

    ``exact`` ones are for programs: the same bytes everywhere. ``binary`` ones write bytes. ``last_year`` ones show
    last year's result beside this year's. ``compare`` writes two results side by side, where the format can. ``rows``
    names that of which a table may have its rows; other formats are no tables. ``parts`` writes piece by piece.
    ``check`` raises a ReportError where the format cannot be written here; it is called before anything is judged.
    """

    write: Write
    exact: bool = False
    binary: bool = False
    last_year: bool = False
    compare: Compare | None = None
    rows: tuple[str, ...] = ()
    parts: PartWriter | None = None
    check: Callable[[], None] | None = None
