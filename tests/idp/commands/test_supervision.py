"""The demo's processes start together, are told of when they fall, and end together, whatever happens to whom."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.support.processes import ended, free_ports

RUNNER = """
import sys
from pathlib import Path
from idp.commands.supervision import supervisor
from idp.commands.supervision.plan import Process
supervisor.SECONDS_TO_START, supervisor.SECONDS_TO_END = float(sys.argv[3]), 1.0
port = int(sys.argv[2])
web = lambda name, *arguments, offset: Process(
    name, (*arguments, "--host", "127.0.0.1", "--port", str(port + offset)), "http://x", "127.0.0.1", port + offset)
plan = [web("idp", "serve", "idp", offset=0), Process("worker", ("worker",)),
        web("portal-national", "serve", "portal", "national", offset=1)]
import os
from tests.support.fake_motcua import main
run = supervisor.Supervisor(plan, main, dict(os.environ), Path(sys.argv[1]), lambda line: print(line, flush=True))
sys.exit(run.run(lambda: print("READY", flush=True)))
"""


class Demo:
    """A supervisor in a process of its own, over processes that only pretend."""

    def __init__(self, folder: Path, behaviour: dict[str, str], seconds_to_start: float = 30) -> None:
        self.folder = folder
        self.started = folder / "started"
        self.port = free_ports(1)[0]
        environment = {**os.environ, "FAKE": json.dumps(behaviour), "FAKE_LOG": str(self.started)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(folder / "log"), str(self.port), str(seconds_to_start)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.output: IO[str] = self.process.stdout
        self.told: list[str] = []

    def until(self, words: str) -> None:
        """Read its lines until one holds ``words``."""
        for line in self.output:
            self.told.append(line)
            if words in line:
                return
        pytest.fail(f"it ended without saying {words!r}: {''.join(self.told)}")

    def begun(self) -> dict[str, int]:
        """Give the process ids of the children that have begun so far, by name, the latest of each."""
        lines = [line.split() for line in self.started.read_text().splitlines()] if self.started.exists() else []
        return {name: int(process_id) for name, process_id, *_ in lines}

    def children(self) -> dict[str, int]:
        """Give the same once all three have begun."""
        for _ in range(1000):
            if len(found := self.begun()) == 3:
                return found
            signal.sigtimedwait([], 0.01)
        pytest.fail("not every child was started")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and give the exit status."""
        self.process.send_signal(how)
        return self.exit_status()

    def exit_status(self) -> int:
        """Wait for it to end, keeping what it says last."""
        rest, _ = self.process.communicate(timeout=30)
        self.told.append(rest)
        return self.process.returncode


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Demo]]:
    """Demos that a test started; whatever is left of them is killed."""
    demos: list[Demo] = []
    yield demos
    for demo in demos:
        if demo.process.poll() is None:
            demo.process.kill()
        demo.output.close()
        demo.process.wait()
        assert all(ended(child) for child in demo.begun().values()), "a child outlived its demo"


def begin(started: list[Demo], folder: Path, seconds_to_start: float = 30, **behaviour: str) -> Demo:
    names = {name.replace("_", "-"): what for name, what in behaviour.items()}
    started.append(demo := Demo(folder, names, seconds_to_start))
    return demo


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_everything_runs_until_it_is_asked_to_end(tmp_path: Path, started: list[Demo], how: signal.Signals) -> None:
    demo = begin(started, tmp_path)
    demo.until("READY")
    children = demo.children()
    assert set(children) == {"serve-idp", "worker", "serve-portal-national"}
    assert demo.end(how) == 0
    assert all(ended(child) for child in children.values())
    assert demo.told == ["READY\n", ""]


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path, started: list[Demo]) -> None:
    demo = begin(started, tmp_path)
    demo.until("READY")
    children = demo.children()
    demo.process.kill()
    assert all(ended(child) for child in children.values())


def test_a_child_that_will_not_end_is_killed(tmp_path: Path, started: list[Demo]) -> None:
    demo = begin(started, tmp_path, portal_national="deaf")
    demo.until("READY")
    portal = demo.children()["serve-portal-national"]
    assert demo.end() == 0
    assert ended(portal)


def test_a_child_that_falls_is_told_of_and_started_again(tmp_path: Path, started: list[Demo]) -> None:
    demo = begin(started, tmp_path)
    demo.until("READY")
    first = demo.children()["worker"]
    os.kill(first, signal.SIGKILL)
    demo.until("worker ended (status -9) and is started again.")
    assert next_worker(demo, {first}) != first
    assert demo.end() == 0


def test_a_child_that_keeps_falling_stops_everything(tmp_path: Path, started: list[Demo]) -> None:
    demo = begin(started, tmp_path)
    demo.until("READY")
    known: set[int] = set()
    for _ in range(4):
        worker = next_worker(demo, known)
        known.add(worker)
        os.kill(worker, signal.SIGKILL)
    assert demo.exit_status() == 1
    assert "worker keeps ending, so everything is stopped (status -9)" in "".join(demo.told)


def next_worker(demo: Demo, known: set[int]) -> int:
    for _ in range(1000):
        if (worker := demo.children()["worker"]) not in known:
            return worker
        signal.sigtimedwait([], 0.01)
    pytest.fail("the worker was not started again")


def test_a_child_that_cannot_start_stops_everything_with_its_last_words(tmp_path: Path, started: list[Demo]) -> None:
    demo = begin(started, tmp_path, portal_national="die")
    assert demo.exit_status() == 1
    told = "".join(demo.told)
    assert "portal-national ended before it answered (status 1)" in told
    assert "the database is on fire" in told
    assert str(tmp_path / "log" / "portal-national.log") in told
    assert "READY" not in told


def test_a_child_that_never_answers_is_named(tmp_path: Path, started: list[Demo]) -> None:
    demo = begin(started, tmp_path, seconds_to_start=1, idp="silent")
    assert demo.exit_status() == 1
    assert "idp did not answer within 1 seconds" in "".join(demo.told)


def test_errors_reach_the_terminal_and_everything_reaches_the_log(tmp_path: Path, started: list[Demo]) -> None:
    demo = begin(started, tmp_path, worker="grumble")
    demo.until("worker: a message was lost request=r-7")
    demo.end()
    told = "".join(demo.told)
    assert "all is well" not in told
    kept = (tmp_path / "log" / "worker.log").read_text().splitlines()
    assert [json.loads(line)["event"] for line in kept] == ["all is well", "a message was lost"]


def test_a_child_has_nothing_of_its_parents_but_what_it_is_given(tmp_path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from idp.commands.supervision.forking import Forked

def look(arguments):
    open_files = {int(name) for name in os.listdir("/proc/self/fd")}
    print(arguments, dict(os.environ), sorted(open_files - {3}), os.getpgid(0) == os.getpid(),
          signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, Path("/proc/self/comm").read_text().strip())

signal.signal(signal.SIGTERM, lambda *_: None)
secret = open(sys.argv[1], "w")
child = Forked(look, ["serve", "idp"], {"MOTCUA_DEMO": "true"}, "idp")
os.waitpid(child.process_id, 0)
os.set_blocking(child.output, True)
print(os.read(child.output, 4096).decode())
"""
    command = [sys.executable, "-c", script, str(tmp_path / "held")]
    seen = subprocess.run(command, capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "['serve', 'idp'] {'MOTCUA_DEMO': 'true'} [0, 1, 2] True True idp"


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("return", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('no key')", 1, "no key"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero"),
        ("os.kill(os.getpid(), 9)", -9, ""),
    ],
)
def test_a_child_ends_as_a_process_does(end: str, status: int, said: str) -> None:
    script = f"""
import os, sys
from idp.commands.supervision.forking import Forked

def run(_):
    {end}

child = Forked(run, [], dict(os.environ), "x")
os.set_blocking(child.output, True)
said = b"".join(iter(lambda: os.read(child.output, 4096), b"")).decode().strip()
child.kill()
print(child.poll(), said.splitlines()[-1:])
"""
    seen = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == f"{status} {[said] if said else []}"
