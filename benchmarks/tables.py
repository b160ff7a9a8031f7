"""Tables of Markdown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A head and rows of cells; the first ``left`` columns are words, the others stand to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1

    def markdown(self) -> str:
        """The table as Markdown."""
        line = "|" + " --- |" * self.left + " ---: |" * (len(self.head) - self.left)
        return "\n".join([_row(self.head), line, *map(_row, self.rows)]) + "\n"


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def number(value: float) -> str:
    """A count with commas between thousands."""
    return f"{value:,.0f}"


def ratio(value: float | None) -> str:
    """How many times, to three digits; nothing where it is not known."""
    if value is None:
        return ""
    return f"{value:,.0f}x" if value >= 100 else f"{value:.3g}x"


def seconds(value: float | None) -> str:
    """Seconds to three digits; nothing where they are not known."""
    if value is None:
        return ""
    return f"{value:.3g} s" if value >= 1 else f"{value * 1000:.3g} ms"


def megabytes(value: float | None) -> str:
    """Bytes in MB; nothing where they are not known."""
    if value is None:
        return ""
    return f"{value / 1e6:,.1f} MB"
