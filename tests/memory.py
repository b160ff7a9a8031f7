"""The most memory that a process has taken, for programs that tests start."""

from pathlib import Path


def most() -> int:
    """In MiB, as Linux counts since the program began.

    What ``resource`` calls ``ru_maxrss`` would not do: a child begins with that of its parent.
    """
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) >> 10
