"""``python -m benchmarks``, from the checkout: run all comparisons and write ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.results import Scale, run


def main() -> None:
    """Run everything in a scratch folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory() as scratch:
        run(Path(__file__).parent, Path(scratch), Scale(rounds=rounds, growth_rounds=min(rounds, 3)))


if __name__ == "__main__":
    main()
