"""The parts of a packed workbook, unpacked and parsed within bounds that the file's own figures have no say in.

Nothing that a file claims about itself is believed: sizes are counted while unpacking, and XML that declares entities,
nests deeply or holds endless tokens is refused before memory or time is spent on it.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO
from xml.parsers import expat

from antq_rules.errors import EvidenceError, Phrase, message
from antq_rules.extensions.formats import Source

MAX_PACKED = 256 << 20
MAX_UNPACKED = 512 << 20
MAX_SMALL_PART = 16 << 20
MAX_MEMBERS = 10_000
MAX_TOKEN = 1 << 20
MAX_DEPTH = 200
MAX_NAMES = 5_000

CHUNK = 1 << 18
ZIP = b"PK\x03\x04"
_HEADER_OF_MEMBER = b"PK\x01\x02"
_ENCRYPTED = 0x1
_UNPACKING = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)

Attributes = dict[str, str]
StartOfElement = Callable[[str, Attributes], None]


def broken(source: Source, why: Phrase) -> EvidenceError:
    """The error of a workbook that cannot be read right."""
    return source.error(
        "broken_workbook",
        message("the workbook cannot be read: {why}"),
        message("open it in a spreadsheet program and save it again"),
        why=why,
    )


def too_large(source: Source, why: Phrase) -> EvidenceError:
    """The error of a workbook that would take too much memory."""
    return source.error(
        "workbook_too_large",
        message("the workbook is too large: {why}"),
        message("delete what is not evidence, or split it into several workbooks"),
        why=why,
    )


def encrypted(source: Source) -> EvidenceError:
    """The error of a workbook that only its password opens."""
    return source.error(
        "workbook_encrypted",
        message("the workbook is encrypted with a password"),
        message("save a copy without a password"),
    )


class Archive:
    """The members of a ZIP file by name, small letters and forward slashes.

    Raises:
        EvidenceError: It is damaged, has too many members, or one of them twice.
    """

    def __init__(self, source: Source, stream: BinaryIO) -> None:
        self.source = source
        self._unpacked = 0
        stream.seek(0)
        headers, end = 0, b""
        while chunk := stream.read(CHUNK):
            # Counted before zipfile makes an object of each: a directory may list millions of members.
            headers += (end + chunk).count(_HEADER_OF_MEMBER)
            end = chunk[-3:]
        if headers > MAX_MEMBERS:
            raise too_large(source, Phrase(message("it consists of more than {limit} parts"), limit=MAX_MEMBERS))
        try:
            self._zip = zipfile.ZipFile(stream)
        except _UNPACKING:
            raise broken(source, Phrase(message("the file is damaged or was cut off"))) from None
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            name = member.filename.replace("\\", "/").lower()
            if name in self._members:
                raise broken(source, Phrase(message("it holds the part {part} twice"), part=name))
            self._members[name] = member

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    def chunks(self, name: str, limit: int = MAX_UNPACKED) -> Iterator[bytes]:
        """What a member holds, a piece at a time.

        Args:
            limit: The most bytes that it may hold.
        Raises:
            EvidenceError: It is missing, damaged, encrypted or too large.
        """
        member = self._members.get(name.lower())
        if member is None:
            raise broken(self.source, Phrase(message("its part {part} is missing"), part=name))
        if member.flag_bits & _ENCRYPTED:
            raise encrypted(self.source)
        damaged = broken(self.source, Phrase(message("its part {part} is damaged"), part=name))
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged
        size = 0
        try:
            with self._zip.open(member) as stream:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    self._unpacked += len(chunk)
                    if size > limit or self._unpacked > MAX_UNPACKED:
                        raise too_large(
                            self.source,
                            Phrase(
                                message("its part {part} unpacks to more than {limit} MiB"),
                                part=name,
                                limit=min(limit, MAX_UNPACKED) >> 20,
                            ),
                        )
                    yield chunk
        except _UNPACKING:
            raise damaged from None

    def read(self, name: str) -> bytes:
        """All that a small member holds."""
        return b"".join(self.chunks(name, MAX_SMALL_PART))


class Markup:
    """A parser of one XML part that calls ``start`` (and ``end``) for its elements and ``text`` with what they hold.

    ``plain`` parts may have no comments, instructions and CDATA inside, since the reader of cells overlooks some of
    them, which would give other values than a spreadsheet program shows.
    """

    def __init__(
        self,
        source: Source,
        part: str,
        start: StartOfElement,
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
        plain: bool = False,
    ) -> None:
        self.source, self.part = source, part
        self._names: dict[str, str] = {}
        self._fed = self._opened = 0
        self._ended: list[str] = []
        self._depth = 0
        self._beginning = b""
        self._start, self._end = start, end
        parser = self._parser = expat.ParserCreate(intern=self._names)
        parser.buffer_text = True
        parser.StartElementHandler = self._count
        # A method of a list keeps the count of ends at the cost of no call of Python for each.
        parser.EndElementHandler = self._ended.append if end is None else self._count_end
        if text is not None:
            parser.CharacterDataHandler = text
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._refuse
        if plain:
            parser.CommentHandler = self._refuse_inside
            parser.ProcessingInstructionHandler = self._refuse_inside
            parser.StartCdataSectionHandler = self._refuse

    def feed(self, chunk: bytes) -> None:
        """Parse the next piece."""
        if len(self._beginning) < 2:
            self._beginning += chunk[:2]
            if self._beginning[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"):
                raise self._not_utf8()
        self._fed += len(chunk)
        self._parse(chunk, False)
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN or len(self._names) > MAX_NAMES:
            raise self.broken()

    def close(self) -> None:
        """Make sure that the part is complete."""
        self._parse(b"", True)

    @property
    def index(self) -> int:
        """How many bytes stand before the element that starts, or before the one that is not complete yet."""
        return self._parser.CurrentByteIndex

    def broken(self) -> EvidenceError:
        """The error that the part is not as it should be."""
        return broken(self.source, Phrase(message("its part {part} is damaged"), part=self.part))

    def _parse(self, chunk: bytes, final: bool) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            raise broken(
                self.source,
                Phrase(
                    message("its part {part} is damaged at line {line}, column {column}"),
                    part=self.part,
                    line=error.lineno,
                    column=error.offset + 1,
                ),
            ) from None
        self._depth += self._opened - len(self._ended)
        self._opened = 0
        self._ended.clear()
        if self._depth > MAX_DEPTH:
            raise self.broken()

    def _count(self, name: str, attributes: Attributes) -> None:
        self._opened += 1
        self._start(name, attributes)

    def _count_end(self, name: str) -> None:
        self._ended.append(name)
        if self._end is not None:
            self._end(name)

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8", "us-ascii"):
            raise self._not_utf8()

    def _not_utf8(self) -> EvidenceError:
        return broken(self.source, Phrase(message("its part {part} is not written in UTF-8"), part=self.part))

    def _refuse(self, *_: object) -> None:
        raise broken(
            self.source, Phrase(message("its part {part} holds XML that no spreadsheet program writes"), part=self.part)
        )

    def _refuse_inside(self, *_: object) -> None:
        if self._opened or self._depth:
            self._refuse()


def parse(archive: Archive, part: str, start: StartOfElement, end: Callable[[str], None] | None = None) -> None:
    """Parse a small part of an archive."""
    markup = Markup(archive.source, part, start, end)
    for chunk in archive.chunks(part, MAX_SMALL_PART):
        markup.feed(chunk)
    markup.close()


_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def whole_number(text: str) -> int | None:
    """The number, or None where it is none or beyond what any workbook holds."""
    return int(text) if _NUMBER.fullmatch(text) else None
