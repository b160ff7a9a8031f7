"""What a command costs: time, processor time and the greatest memory of it and all that it starts.

``python -m benchmarks.watch OUTPUT COMMAND...`` runs the command in a process of its own and writes the figures to
OUTPUT as JSON. This process stays small: a child begins with the memory of its parent on its account.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent

EVERY = 0.05
"""Seconds between two looks at the memory."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock and of processor time, bytes of memory at the greatest, and the exit code."""

    wall: float
    cpu: float
    peak: int
    code: int


def cost_of(command: list[str], scratch: Path) -> Cost:
    """What a command costs; what it writes is thrown away."""
    scratch.mkdir(parents=True, exist_ok=True)
    found = scratch / "cost.json"
    found.unlink(missing_ok=True)
    watching = [sys.executable, "-m", "benchmarks.watch", str(found), *command]
    subprocess.run(watching, check=True, cwd=ROOT, env=environment(scratch))
    return Cost(**json.loads(found.read_text(encoding="utf-8")))


def environment(scratch: Path) -> dict[str, str]:
    """The environment of a program that is installed: its modules are compiled once, here into the scratch folder."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(scratch / "compiled")}


def watch(command: list[str]) -> dict[str, float]:
    """Run a command and watch it."""
    with tempfile.TemporaryFile() as errors:
        before = _spent()
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        peaks = [0]
        done = threading.Event()
        looking = threading.Thread(target=_look, args=(process.pid, peaks, done))
        looking.start()
        process.wait()
        wall = time.perf_counter() - start
        done.set()
        looking.join()
        cpu = _spent() - before
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    if process.returncode not in (0, 1, 2) or "Traceback" in said:
        sys.stderr.write(said)
        raise SystemExit(f"the command ended with {process.returncode}")
    return {"wall": wall, "cpu": cpu, "peak": max(*peaks, _largest_child()), "code": process.returncode}


def _look(pid: int, peaks: list[int], done: threading.Event) -> None:
    while not done.wait(EVERY):
        peaks.append(sum(_peak_of(one) for one in _tree(pid)))


def _spent() -> float:
    """The processor time of all children so far."""
    if sys.platform == "win32":
        return 0.0
    import resource

    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _largest_child() -> int:
    """What the system noted of the largest child, so that nothing between two looks is missed."""
    if sys.platform == "win32":
        return 0
    import resource

    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def _tree(pid: int) -> list[int]:
    """A process and all below it, where the system tells."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
        below = [Path(f"/proc/{pid}/task/{task}/children").read_text() for task in tasks]
    except OSError:
        return [pid]
    return [pid, *(one for text in below for child in text.split() for one in _tree(int(child)))]


def _peak_of(pid: int) -> int:
    """The greatest memory of a process so far, where the system tells."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(watch(sys.argv[2:])), encoding="utf-8")
