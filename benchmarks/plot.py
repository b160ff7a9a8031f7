"""The curve of growth as SVG: the same figures give the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 440, 320
LEFT, RIGHT, TOP, BOTTOM = 76, 36, 40, 48

STYLE = (
    "text{font:12px sans-serif;fill:#333}.title{font-weight:bold;font-size:13px}"
    ".grid{stroke:#ddd}.axis{stroke:#333}.a{stroke:#1f5fa8;fill:#1f5fa8}.b{stroke:#c2571a;fill:#c2571a}"
    "polyline{fill:none!important;stroke-width:2}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a panel: its name and a value for each of the panel's sizes."""

    name: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines over sizes, both in powers of ten; ``shown`` writes a value at its axis."""

    title: str
    sizes: Sequence[float]
    lines: Sequence[Line]
    shown: Callable[[float], str]


def svg(panels: Sequence[Panel]) -> str:
    """Panels beside one another."""
    width = WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}"'
        f' role="img" aria-label="{escape("; ".join(one.title for one in panels))}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for place, panel in enumerate(panels):
        parts += [f'<g transform="translate({place * WIDTH} 0)">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel) -> list[str]:
    values = [value for line in panel.lines for value in line.values]
    across, up = _Axis(panel.sizes, LEFT, WIDTH - RIGHT), _Axis(values, HEIGHT - BOTTOM, TOP)
    parts = [f'<text class="title" x="{LEFT}" y="20">{escape(panel.title)}</text>']
    for size in across.marks():
        x = across.at(size)
        parts.append(f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{size:,.0f}</text>')
    for value in up.marks():
        y = up.at(value)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{escape(panel.shown(value))}</text>')
    parts.append(f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 10}" text-anchor="end">units</text>')
    for place, (line, mark) in enumerate(zip(panel.lines, "ab", strict=False)):
        points = [(across.at(size), up.at(value)) for size, value in zip(panel.sizes, line.values, strict=True)]
        parts.append(f'<polyline class="{mark}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>')
        parts += [f'<circle class="{mark}" cx="{x}" cy="{y}" r="3"/>' for x, y in points]
        y = TOP + 14 + 18 * place
        parts.append(f'<circle class="{mark}" cx="{LEFT + 14}" cy="{y - 4}" r="4"/>')
        parts.append(f'<text x="{LEFT + 24}" y="{y}">{escape(line.name)}</text>')
    return parts


class _Axis:
    """Powers of ten between two ends of the picture."""

    def __init__(self, values: Sequence[float], first: float, last: float) -> None:
        self.low, self.high = floor(log10(min(values)) + 1e-9), ceil(log10(max(values)) - 1e-9)
        self.high = max(self.high, self.low + 1)
        self.first, self.last = first, last

    def marks(self) -> list[float]:
        powers = [10.0**power for power in range(self.low, self.high + 1)]
        if len(powers) > 2:
            return powers
        return sorted({*powers, 2 * powers[0], 5 * powers[0]})

    def at(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(self.first + share * (self.last - self.first), 1)
