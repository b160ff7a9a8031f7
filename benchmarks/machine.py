"""On what a run was made: the machine and the libraries, without names or paths."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from benchmarks.single import version_of
from benchmarks.tables import Table, megabytes

LIBRARIES = (
    "antq-rules",
    "polars",
    "pyarrow",
    "numpy",
    "duckdb",
    "durable-rules",
    "zen-engine",
    "celine-regorus",
    "rule-engine",
    "json-logic-qubit",
    "cel-python",
)


def table() -> Table:
    """A row a fact."""
    load = ", ".join(f"{one:.2f}" for one in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    versions = ((name, version_of(name)) for name in LIBRARIES)
    rows = [
        ("processor", f"{_processor()}, {os.cpu_count()} cores"),
        ("memory", _memory()),
        ("system", f"{platform.system()} {platform.machine()}"),
        ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
        ("libraries", ", ".join(f"{name} {found or '(not installed)'}" for name, found in versions)),
        ("load of the machine before the run (1, 5, 15 minutes)", load),
    ]
    return Table(("", ""), tuple(rows), left=2)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown processor")


def _memory() -> str:
    try:
        return megabytes(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return "unknown"
