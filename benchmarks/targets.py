"""What is to be reached within one run, and what was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.tables import Table, ratio


@dataclass(frozen=True, slots=True)
class Target:
    """A number to reach: at least, or ``at_most``, so much; None where it could not be measured.

    ``profile`` names the profile that tells where the time goes.
    """

    what: str
    wanted: float
    reached: float | None
    profile: str = ""
    at_most: bool = False
    shown: Callable[[float | None], str] = ratio

    @property
    def missed(self) -> bool:
        """Whether it is known that it was not reached."""
        return self.factor is not None and self.factor > 1

    @property
    def factor(self) -> float | None:
        """By how much it is missed, where more than 1."""
        if self.reached is None:
            return None
        return self.reached / self.wanted if self.at_most else self.wanted / self.reached

    def row(self) -> tuple[str, str, str, str]:
        """What it is about, what was to be reached, what was found, and what that means."""
        bound = f"at {'most' if self.at_most else 'least'} {self.shown(self.wanted)}"
        if self.factor is None:
            return self.what, bound, "", "not measured"
        found = f"missed by a factor of {self.factor:.2f}" if self.missed else "reached"
        return self.what, bound, self.shown(self.reached), found


def table(targets: list[Target]) -> Table:
    """A row a target."""
    return Table(("target", "wanted", "measured", ""), tuple(one.row() for one in targets))
