"""One unit at a time: an evidence object to a verdict object with the outcome of every criterion.

``python -m benchmarks.single`` prints the tables.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from antq_rules import Engine, Verdict, load_ruleset
from antq_rules.version import __version__
from benchmarks import area_peers, areas, peers
from benchmarks.peers import Judge, Peer
from benchmarks.tables import Table, number, ratio
from benchmarks.targets import Target
from benchmarks.targets import table as target_table
from benchmarks.timing import Contender, Timing, alternate

FLAT = Path(__file__).parent / "flat-34"
OURS = "antq_rules "
SCALAR, DURABLE = OURS + "scalar", OURS + "durable"
HOST = "durable-rules (Host)"
ZEN = ("zen-engine (Rust, GoRules)", "zen-engine (static loader)")
REGORUS = "regorus (Rego, Rust)"

MESSAGE = 200
"""So many letters of what kept a peer from running are told."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The speed of several peers on the same units, how many of their answers were wrong, and which did not run."""

    timings: dict[str, Timing]
    versions: dict[str, str]
    wrong: dict[str, int]
    missing: dict[str, str]
    engines: tuple[str, ...]
    """The rule engines among them, without our own."""

    @property
    def fastest(self) -> str | None:
        """The fastest rule engine that ran and gave right answers only."""
        return self.fastest_of(self.engines)

    def fastest_of(self, names: Iterable[str]) -> str | None:
        """The fastest of some that ran and gave right answers only."""
        ran = [name for name in names if name in self.timings and not self.wrong[name]]
        return max(ran, key=lambda name: self.timings[name].cpu_rate, default=None)

    def times(self, name: str, other: str | None) -> float | None:
        """How many times as fast one is as another by processor time; None where one of them did not run."""
        if other is None or name not in self.timings or other not in self.timings:
            return None
        return self.timings[name].cpu_times(self.timings[other])

    def table(self) -> Table:
        """A row a peer."""
        head = (
            "",
            "version",
            "units/s",
            "processor µs a unit",
            "wrong answers",
            *(f"{one} is" for one in self._ours()),
        )
        rows = []
        for name, timing in self.timings.items():
            ratios = [ratio(self.times(one, name)) for one in self._ours()]
            wrong = f"{self.wrong[name]} of {timing.units}"
            spent = f"{1e6 / timing.cpu_rate:.1f}"
            rows.append((name, self.versions[name], number(timing.rate), spent, wrong, *ratios))
        rows += [(name, "", why, *[""] * (len(head) - 3)) for name, why in self.missing.items()]
        return Table(head, tuple(rows))

    def _ours(self) -> list[str]:
        return [name for name in self.timings if name.startswith(OURS)]


def compare(
    entries: Iterable[tuple[Peer, Sequence[Any]]],
    references: Sequence[Any],
    plain: Callable[[Any], Any],
    rounds: int,
    engines: Iterable[str],
) -> Comparison:
    """Time peers on their units after their answers were held against the references.

    Args:
        entries: Peers with the units in the form that each reads, in the order of ``references``.
        references: The right answers.
        plain: Makes of an answer what is compared.
        rounds: How often each runs.
        engines: The names of the rule engines among them.
    """
    contenders: list[Contender] = []
    versions, wrong, missing = {}, {}, {}
    for peer, units in entries:
        sample = units[: peer.sample]
        try:
            judge = peer.make()
            answers = judge(sample)
        except ModuleNotFoundError:
            missing[peer.name] = "not installed"
            continue
        except ImportError:
            missing[peer.name] = "cannot be imported"
            continue
        except Exception as error:  # whatever a library raises, the others are still to be compared
            first, *_ = str(error).splitlines() or [""]
            missing[peer.name] = f"failed: {type(error).__name__} {first[:MESSAGE]}"
            continue
        wrong[peer.name] = sum(plain(one) != right for one, right in zip(answers, references, strict=False))
        wrong[peer.name] += len(sample) - len(answers)
        versions[peer.name] = version_of(peer.distribution)
        contenders.append(Contender(peer.name, len(sample), partial(judge, sample)))
    return Comparison(alternate(contenders, rounds), versions, wrong, missing, tuple(engines))


def version_of(distribution: str | None) -> str:
    """The version of a distribution that is installed."""
    if distribution is None:
        return ""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return __version__ if distribution == "antq-rules" else ""


def ours(name: str, engine: Callable[[], Engine], sample: int) -> Peer:
    """Our own evaluation of one unit after another."""

    def make() -> Judge:
        made = engine()
        return lambda units: [made.evaluate(unit, period=areas.PERIOD) for unit in units]

    return Peer(name, "antq-rules", make, sample)


def flat(units: int, rounds: int) -> Comparison:
    """The 34 flat criteria."""
    given = peers.units(units)
    as_units = [
        {"id": unit["id"], "kind": "flat", "evidence": {name: value for name, value in unit.items() if name != "id"}}
        for unit in given
    ]
    ruleset = load_ruleset(FLAT)
    mine = [ours(OURS + name, partial(Engine, ruleset, engine=name), 2000) for name in ("scalar", "durable")]
    return compare(
        [
            *((one, as_units) for one in mine),
            *((one, given) for one in (*peers.RULE_ENGINES, *peers.OTHERS)),
        ],
        [peers.ref(unit) for unit in given],
        _flat_answer,
        rounds,
        [one.name for one in peers.RULE_ENGINES],
    )


def _flat_answer(answer: Any) -> peers.Answer:
    if not isinstance(answer, Verdict):
        outcome, failed, missing = answer
        return outcome, list(failed), list(missing)
    failed = [place for place, outcome in enumerate(answer.outcomes) if outcome == "fail"]
    missing = [place for place, outcome in enumerate(answer.outcomes) if outcome == "undetermined"]
    return {"undetermined": "missing"}.get(answer.outcome, str(answer.outcome)), failed, missing


def area(count: int, rounds: int) -> Comparison:
    """The criteria of tt124.kdc."""
    units = areas.units(count)
    mine = [ours(OURS + name, partial(Engine, "tt-124-2021", engine=name), 4000) for name in ("scalar", "durable")]
    return compare(
        [(one, units) for one in (*mine, *area_peers.RULE_ENGINES, *area_peers.OTHERS)],
        [areas.ref(unit) for unit in units],
        _area_answer,
        rounds,
        [one.name for one in area_peers.RULE_ENGINES],
    )


def _area_answer(answer: Any) -> areas.Answer:
    outcome, outcomes = (answer.outcome, answer.outcomes) if isinstance(answer, Verdict) else answer
    return str(outcome), [str(one) for one in outcomes]


def targets(found: Comparison) -> list[Target]:
    """What is to be reached on tt124.kdc."""
    return [
        Target(
            f"single unit, tt124.kdc, scalar, against the fastest rule engine ({found.fastest})",
            3,
            found.times(SCALAR, found.fastest),
            "scalar",
        ),
        *(
            Target(f"the same, durable, against {one}", least, found.times(DURABLE, one), "durable")
            for one, least in ((HOST, 6), *((one, 2) for one in ZEN), (REGORUS, 1))
        ),
    ]


def main() -> None:
    """Print both tables and the targets."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.single", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    found = area(8000, rounds)
    print("tt124.kdc\n\n" + found.table().markdown(), flush=True)
    print(target_table(targets(found)).markdown())
    print("34 flat criteria\n\n" + flat(4000, rounds).table().markdown())


if __name__ == "__main__":
    main()
