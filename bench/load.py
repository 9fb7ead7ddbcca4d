"""Sends load with wrk from one core and reads what the servers on the other spent: CPU seconds by /proc."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LUA = Path(__file__).parent / "lua" / "each.lua"
SERVER_CORE, CLIENT_CORE = "0", "1"
CONNECTIONS = 16
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """One scenario as prepared requests. ``harvest`` is what answers yield: ``code``, ``tokens`` or nothing."""

    requests: Path
    once: bool = False
    harvest: str = ""
    into: Path | None = None


@dataclass(frozen=True)
class Measured:
    """One run: requests answered, CPU milliseconds of the servers per request, 99th percentile in milliseconds."""

    requests: int
    errors: int
    cpu_ms: float
    p99_ms: float


def line(method: str, path: str, headers: dict[str, str], body: str = "") -> str:
    """Write one request for the load file."""
    fields = "".join(f"{name}={value}\x1f" for name, value in headers.items())
    return f"{method}\t{path}\t{fields}\t{body}"


def run(port: int, load: Load, processes: Sequence[int], seconds: float) -> Measured:
    """Send a load for some seconds and give what it cost."""
    before = cpu_seconds(processes)
    duration = f"{max(1, round(seconds))}s"
    arguments = [str(load.requests), "once" if load.once else "again", load.harvest, str(load.into or "")]
    command = [
        "taskset",
        "-c",
        CLIENT_CORE,
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{duration}",
        "--latency",
        "-s",
        str(LUA),
    ]
    command += [f"http://127.0.0.1:{port}", "--", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    spent = cpu_seconds(processes) - before
    found = re.search(r"RESULT requests=(\d+) seconds=([\d.]+) errors=(\d+) p99_ms=([\d.]+)", answer)
    if found is None:
        raise RuntimeError(f"wrk said: {answer}")
    requests = int(found[1])
    return Measured(requests, int(found[3]), 1000 * spent / max(1, requests), float(found[4]))


def cpu_seconds(processes: Sequence[int]) -> float:
    """Give the CPU seconds that processes and their living children have used."""
    return sum(_ticks(pid) for pid in tree(processes)) / _TICKS


def tree(processes: Sequence[int]) -> set[int]:
    """Give processes and all their children."""
    found, waiting = set(), list(processes)
    while waiting:
        pid = waiting.pop()
        if pid in found or not Path(f"/proc/{pid}").exists():
            continue
        found.add(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            waiting += [int(child) for child in task.read_text().split()]
    return found


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def resident_mib(processes: Sequence[int]) -> float:
    """Give the largest resident set among the processes, in MiB."""
    sizes = [0.0]
    for pid in tree(processes):
        try:
            found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        except OSError:
            continue
        sizes.append(int(found[1]) / 1024 if found else 0.0)
    return max(sizes)
