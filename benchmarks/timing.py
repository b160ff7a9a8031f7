"""Rounds that alternate between contenders, so that what else the machine does falls on all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Contender:
    """What is timed: a call that judges so many units."""

    name: str
    units: int
    run: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Timing:
    """The seconds of each round, by the clock and of all processors of this process together."""

    name: str
    units: int
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Units a second by the clock, the median of the rounds."""
        return self.units / median(self.wall)

    @property
    def cpu_rate(self) -> float:
        """Units a second of processor time, the median of the rounds."""
        return self.units / median(self.cpu)

    def times(self, other: Timing) -> float:
        """How many times as fast as another by the clock: the median of the rounds' own ratios."""
        return _ratio(self.units, self.wall, other.units, other.wall)

    def cpu_times(self, other: Timing) -> float:
        """The same by processor time."""
        return _ratio(self.units, self.cpu, other.units, other.cpu)


def _ratio(units: int, seconds: Sequence[float], others: int, other_seconds: Sequence[float]) -> float:
    return median((units / a) / (others / b) for a, b in zip(seconds, other_seconds, strict=True))


def alternate(contenders: Iterable[Contender], rounds: int) -> dict[str, Timing]:
    """The timings of contenders by name: each runs once a round, in turn, after a first run that does not count."""
    turns = [(one, Timing(one.name, one.units)) for one in contenders]
    for one, _ in turns:
        one.run()
    for _ in range(rounds):
        for one, timing in turns:
            wall, cpu = time.perf_counter(), time.process_time()
            one.run()
            timing.cpu.append(time.process_time() - cpu)
            timing.wall.append(time.perf_counter() - wall)
    return {timing.name: timing for _, timing in turns}
