"""CSV files in UTF-8: rows of text, which Polars reads, and where each cell stands."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import polars as pl

from antq_rules.errors import EvidenceError, Fault, Place, message
from antq_rules.extensions.formats import Source
from antq_rules.located import decode
from antq_rules.readers.cells import GUESSED

SEPARATORS = (",", ";", "\t")
HEADER_LIMIT = 1 << 20
"""The first row has at most so many bytes."""

UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, OverflowError)
"""What reading a table may raise; a panic of Polars is no Exception."""

_CHUNK = 1 << 20


def broken_table(file: str, error: BaseException) -> Fault:
    """The fault of a table that cannot be read."""
    why = " ".join(str(error).split())[:GUESSED]
    return Fault(
        "broken_table", message("the table is broken: {why}"), message("write it anew"), "", Place(file), {"why": why}
    )


class CsvFile:
    """A CSV file in UTF-8 whose header names the columns; they are parted as the header is.

    Polars reads it. Where something stands, and what exactly is wrong, is looked for only when it is asked.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.check_text()
        with source.open() as stream:
            header = stream.readline(HEADER_LIMIT)
        self.start = len(header)
        header = header.removeprefix(b"\xef\xbb\xbf")
        text = header.decode("utf-8", "replace").rstrip("\r\n")
        self.separator = separator_of(text)
        self.header: list[tuple[int, str]] = []
        with suppress(ValueError):
            self.header = list(_cells_of(text, self.separator))
        if len(header) >= HEADER_LIMIT or not any(cell.strip() for _, cell in self.header):
            what = message("the first row does not name the columns")
            mending = message("write their names into it")
            raise EvidenceError(self.fault("not_a_table", what, mending, 1, 1))
        self.names: list[str] = []
        for number, (_, cell) in enumerate(self.header):
            # A name that is blank, or stands twice, is only told apart here.
            self.names.append(cell if cell.strip() and cell not in self.names else f"#{number + 1} {cell.strip()}")
        self.starts: array[int] | None = None
        self.lines: array[int] = array("Q")

    def rows(self) -> pl.LazyFrame:
        """Its rows, whose cells are all text, by :attr:`names`.

        Raises:
            EvidenceError: Some row cannot be told into cells, or has more of them than the header; or something stands
                below no name.
        """
        rows = self.scan(ragged=False)
        try:
            stray = self.stray(rows)
        except UNREADABLE as error:
            faults = list(self.diagnosis())
            if faults:
                raise EvidenceError(faults) from None
            rows = self.scan(ragged=True)
            try:
                stray = self.stray(rows)
            except UNREADABLE:
                raise EvidenceError(broken_table(self.source.name, error)) from None
        if stray:
            raise EvidenceError(
                [
                    self.fault(
                        "missing_key", message("this column holds something, but has no name"),
                        message("name it in the first row, or empty it"), 1, self.header[number][0] + 1,
                    )
                    for number in stray
                ]
            )  # fmt: skip
        return rows

    def scan(self, *, ragged: bool) -> pl.LazyFrame:
        content = io.BytesIO(self.source.content) if self.source.path is None else self.source.path
        return pl.scan_csv(
            content, separator=self.separator, infer_schema=False, truncate_ragged_lines=ragged, glob=False,
            with_column_names=lambda _: self.names,
        )  # fmt: skip

    def stray(self, rows: pl.LazyFrame) -> list[int]:
        """The numbers of the columns without a name in which something stands; reads all cells."""
        flags = rows.select(pl.all().str.strip_chars().ne("").any()).collect(engine="streaming").row(0)
        return [number for number, filled in enumerate(flags) if filled and not self.header[number][1].strip()]

    def check_text(self) -> None:
        """Raise an error where the file is no UTF-8."""
        before = 0
        with self.source.open() as stream:
            while lines := stream.readlines(_CHUNK):
                block = b"".join(lines)
                try:
                    block.decode()
                except UnicodeDecodeError:
                    fault = decode(block, self.source.name)
                    if isinstance(fault, Fault):
                        place = fault.place or Place(self.source.name)
                        place = replace(place, line=place.line + before) if place.line else place
                        raise EvidenceError(replace(fault, place=place)) from None
                before += len(lines)

    def fault(self, code: str, what: str, mending: str, line: int, column: int, **values: Any) -> Fault:
        return Fault(code, what, mending, "", Place(self.source.name, line, column), values)

    def diagnosis(self) -> Iterator[Fault]:
        """What is wrong with rows that cannot be read; the first row with quotes that do not pair is the last."""
        self.find_rows()
        for row, line in enumerate(self.lines):
            text = self.text_of(row)
            try:
                cells = list(_cells_of(text, self.separator))
            except ValueError:
                yield self.fault(
                    "bad_quotes", message("the quotation marks of this row do not pair up"),
                    message('put a text that holds them in quotation marks, and write each twice ("")'), line, 1,
                )  # fmt: skip
                return
            beyond = next((position for position, cell in cells[len(self.header) :] if cell.strip()), None)
            if beyond is not None:
                yield self.fault(
                    "too_many_cells", message("this row has {count} cells, and the first row names {known} columns"),
                    message("put a text that holds '{separator}' in quotation marks"), *_down(text, beyond, line),
                    count=len(cells), known=len(self.header), separator=self.separator,
                )  # fmt: skip

    def place(self, row: int | None, column: str) -> Place:
        """Line and column of the file where a cell begins."""
        number = self.names.index(column)
        if row is None:
            return Place(self.source.name, 1, self.header[number][0] + 1)
        self.find_rows()
        text = self.text_of(row)
        try:
            positions = [position for position, _ in _cells_of(text, self.separator)]
        except ValueError:
            positions = [0]
        return Place(self.source.name, *_down(text, positions[min(number, len(positions) - 1)], self.lines[row]))

    def find_rows(self) -> None:
        """Note where each row begins; ends of lines between quotation marks end none."""
        if self.starts is not None:
            return
        self.starts = array("Q")
        inside, position = False, self.start
        with self.source.open() as stream:
            stream.seek(position)
            for number, line in enumerate(stream, start=2):
                if not inside:
                    self.starts.append(position)
                    self.lines.append(number)
                inside ^= line.count(b'"') % 2 == 1
                position += len(line)
        self.starts.append(position)

    def text_of(self, row: int) -> str:
        """A row as it is written, without the end of its line."""
        starts = self.starts or ()
        with self.source.open() as stream:
            stream.seek(starts[row])
            return stream.read(starts[row + 1] - starts[row]).decode().rstrip("\r\n")


def separator_of(header: str) -> str:
    """What parts the names of columns: the separator that stands between them most often, outside quotation marks."""
    bare = "".join(header.split('"')[::2])
    return max(SEPARATORS, key=bare.count)


def _cells_of(text: str, separator: str) -> Iterator[tuple[int, str]]:
    """The cells of a row, each with the place where it begins.

    Raises:
        ValueError: Quotation marks do not pair up.
    """
    position = 0
    while True:
        if text.startswith('"', position):
            end = position + 1
            while True:
                end = text.index('"', end) + 1
                if not text.startswith('"', end):
                    break
                end += 1
            yield position, text[position + 1 : end - 1].replace('""', '"')
            if end < len(text) and not text.startswith(separator, end):
                raise ValueError(text[end : end + 1])
        else:
            end = text.find(separator, position)
            end = len(text) if end < 0 else end
            if text.count('"', position, end) % 2:
                raise ValueError('"')
            yield position, text[position:end]
        if end >= len(text):
            return
        position = end + len(separator)


def _down(text: str, position: int, line: int) -> tuple[int, int]:
    """Line and column of a position in a text that begins on a line."""
    return line + text.count("\n", 0, position), position - text.rfind("\n", 0, position)
