"""How long the command line takes to begin: ``antq --version`` and one small dossier."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from benchmarks.tables import Table, seconds
from benchmarks.targets import Target
from benchmarks.watch import Cost, cost_of

ANTQ = [sys.executable, "-m", "antq_rules"]

SMALL = """\
schema: antq.dossier/1
period: 2025
units:
  - {id: xa-01, kind: xa, name: Xã Một, evidence: {party_resolution_date: 2025-02-03, incidents: []}}
  - id: kdc-01
    kind: kdc
    parent: xa-01
    tags: [border]
    evidence: {registration_date: absent, households_resident: 201, households_registered: 200}
  - {id: dn-07, kind: dn, parent: xa-01, evidence: {enterprise_size: small}}
"""


def report(scratch: Path, rounds: int) -> tuple[Table, list[Target]]:
    """The table and what is to be reached; the two commands run in turn."""
    dossier = scratch / "small.yaml"
    dossier.parent.mkdir(parents=True, exist_ok=True)
    dossier.write_text(SMALL, encoding="utf-8")
    commands = {
        "antq --version": (["--version"], 0.15, "version"),
        "antq evaluate, one small dossier": (["evaluate", str(dossier), "--period", "2025"], 0.6, "startup"),
    }
    found: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, (arguments, _, _) in commands.items():
            found[name].append(cost_of([*ANTQ, *arguments], scratch))
    rows, targets = [], []
    for name, (_, most, profile) in commands.items():
        # The first run finds the files in no cache.
        costs = found[name][1:]
        walls, cpus = [one.wall for one in costs], [one.cpu for one in costs]
        rows.append((name, *map(seconds, (median(walls), min(walls), median(cpus), min(cpus)))))
        targets.append(Target(f"{name}, least processor time", most, min(cpus), profile, at_most=True, shown=seconds))
    return Table(("", "time", "least time", "processor time", "least processor time"), tuple(rows)), targets
