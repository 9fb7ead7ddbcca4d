"""A hostile file costs its own request only: what a reading process cannot do, and what becomes of it when it tries.

The layers are tried one by one in processes of their own, since none of them can be taken off again.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from keys.validation import intake, sandbox
from keys.validation.model import Content, Integrity
from keys.validation.sandbox import Limits, Pool, landlock, layers, seccomp
from tests.keys.validation.making import cms
from tests.keys.validation.making.asic import cades, xades
from tests.keys.validation.making.jws import Recipe as Jws
from tests.keys.validation.making.people import person
from tests.keys.validation.making.xml import (
    EXCLUSIVE,
    Recipe,
    Reference,
    detached,
    enveloped,
    transform,
)

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the layers are Linux's")
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    made = Pool(children=2)
    yield made
    made.close()


DOCUMENTS = {
    "xml": enveloped(),
    "rsa": enveloped(Recipe(signer=person("rsa"))),
    "ed25519": enveloped(Recipe(signer=person("ed25519"))),
    "jws": Jws().compact(),
    "asic-xades": xades(),
    "asic-cades": cades(),
    "cms": cms.signed_data(cms.Recipe(person(), b"Don xin cap phep")),
    "utf-16": enveloped().decode().encode("utf-16"),
    "nothing": b"Xin chao",
    "broken": b"<a>",
    "archive": b"PK\x03\x04",
    "pdf": b"%PDF-1.7\n%broken",
    "empty": b"",
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_behind_the_wall_a_document_is_read_as_before_it(pool: Pool, kind: str) -> None:
    assert pool.parse(DOCUMENTS[kind], "a.bin") == intake.parse(DOCUMENTS[kind], "a.bin")


def test_detached_contents_and_digests_cross_the_wall(pool: Pool) -> None:
    files = {"đơn.txt": b"1", "hai": b"2"}
    contents = [Content(name, data) for name, data in files.items()]
    assert pool.parse(detached(files), None, contents).signatures[0].integrity is Integrity.INTACT
    assert pool.parse(detached(files), None, contents[:1]).signatures[0].integrity is Integrity.CONTENT_MISSING
    by_digest = [contents[0], Content("hai", digests={"sha256": bytes(32)})]
    assert pool.parse(detached(files), None, by_digest).signatures[0].integrity is Integrity.HASH_MISMATCH


def test_the_reading_process_tells_what_holds_it(pool: Pool) -> None:
    held = pool.confinement()
    assert held.is_sound
    assert held.no_new_privileges
    assert held.other_user is (os.geteuid() == 0)
    assert held.landlock == landlock.version()
    assert held.seccomp


def test_the_shared_pool_tells_it_to_the_doctor() -> None:
    assert sandbox.confinement().is_sound
    assert sandbox.parse(enveloped()).signatures[0].integrity is Integrity.INTACT


def test_many_threads_may_ask_at_once(pool: Pool) -> None:
    found: list[Integrity] = []

    def ask() -> None:
        found.append(pool.parse(DOCUMENTS["xml"]).signatures[0].integrity)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [Integrity.INTACT] * 6


# -- what a confined process cannot do --------------------------------------------------------------------------------


IMPORTS = "import ctypes, json, mmap, os, resource, signal, socket, sys, time\n"
ATTEMPTS = [
    "open('/etc/passwd')",
    "open('/proc/self/environ')",
    "open('/tmp/x', 'w')",
    "os.listdir('/')",
    "os.stat('/')",
    "os.unlink('/tmp/x')",
    "os.mkdir('/tmp/x')",
    "os.chmod('/tmp', 0o777)",
    "os.symlink('/a', '/tmp/b')",
    "os.chdir('/tmp')",
    "os.memfd_create('x')",
    "os.pipe()",
    "os.dup(1)",
    "socket.socket()",
    "socket.socket(socket.AF_UNIX)",
    "socket.socketpair()",
    "os.fork()",
    "os.posix_spawn('/bin/true', ['true'], {})",
    "os.execv('/bin/true', ['true'])",
    "os.kill(1, 0)",
    "os.kill(os.getpid(), signal.SIGUSR1)",
    "os.setuid(0)",
    "os.nice(-5)",
    "signal.setitimer(signal.ITIMER_REAL, 0)",
    "resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))",
    "libc.ptrace(16, 1, 0, 0) or 'allowed'",
    "libc.unshare(0x10000000) or 'allowed'",
    "libc.syscall(425, 1, 0) or 'allowed'",
    "libc.syscall(321, 0, 0, 0) or 'allowed'",
]


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", IMPORTS + script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
    )


def confined(attempt: str, **limits: int) -> subprocess.CompletedProcess[str]:
    """Run an expression in a process that confines itself first; it prints what came of it."""
    arguments = ", ".join(f"{name}={value}" for name, value in limits.items())
    return run(
        "from keys.validation.sandbox.layers import Limits, confine\n"
        f"confine(Limits({arguments}))\n"
        "try:\n"
        f"    result = {attempt}\n"
        "except (OSError, MemoryError) as error:\n"
        "    result = type(error).__name__\n"
        "os.write(1, str(result).encode())\n"
        "os._exit(0)\n"
    )


@pytest.fixture(scope="module")
def refusals() -> dict[str, str]:
    """What came of every attempt, one after the other in one confined process."""
    outcome = run(
        "from keys.validation.sandbox.layers import Limits, confine\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        f"attempts = [compile(each, '', 'eval') for each in {ATTEMPTS!r}]\n"
        "results = []\n"
        "confine(Limits())\n"
        "for attempt in attempts:\n"
        "    try:\n"
        "        results.append(str(eval(attempt)))\n"
        "    except (OSError, ValueError) as error:\n"
        "        results.append(type(error).__name__)\n"
        "os.write(1, json.dumps(results).encode())\n"
        "os._exit(0)\n"
    )
    assert outcome.returncode == 0, outcome.stderr
    return dict(zip(ATTEMPTS, json.loads(outcome.stdout), strict=True))


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_is_not_computing_is_refused(refusals: dict[str, str], attempt: str) -> None:
    assert refusals[attempt] in {
        "-1",
        "OSError",
        "PermissionError",
        "BlockingIOError",
        "ValueError",
        "itimer_error",
    }


def test_the_clock_cannot_be_stopped_from_inside() -> None:
    outcome = confined("(signal.alarm(0), time.sleep(30))", wall_seconds=1)
    assert outcome.returncode == -signal.SIGALRM


def test_waiting_ends_with_the_wall_clock() -> None:
    assert confined("time.sleep(30)", wall_seconds=1).returncode == -signal.SIGALRM


def test_computing_ends_with_the_processor_time() -> None:
    outcome = confined("sum(0 for _ in iter(int, 1))", cpu_seconds=1, wall_seconds=30)
    assert outcome.returncode in {-signal.SIGXCPU, -signal.SIGKILL}


@pytest.mark.parametrize("attempt", ["len(bytes(400_000_000))", "len(mmap.mmap(-1, 400_000_000))"])
def test_memory_ends_where_the_limit_is(attempt: str) -> None:
    assert confined(attempt).stdout in {"MemoryError", "OSError", "PermissionError"}
    assert confined("len(bytes(100_000_000))").stdout == "100000000"


def test_without_landlock_and_call_filter_the_limits_alone_hold() -> None:
    """A kernel that has neither still opens no file and no socket and makes no process for a reader."""
    outcome = run(
        "from keys.validation.sandbox import landlock, layers, seccomp\n"
        "landlock.confine = lambda: 0\n"
        "seccomp.confine = lambda: False\n"
        "layers.drop_user()\n"
        "held = layers.confine_and_probe(layers.Limits(), False)\n"
        "os.write(1, f'{held.files_refused} {held.sockets_refused} {held.processes_refused} {held.seccomp}'.encode())\n"
        "os._exit(0)\n"
    )
    assert outcome.stdout == "True True True False", outcome.stderr


def test_a_container_that_forbids_another_user_does_not_stop_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    changed: list[object] = []

    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "setgroups", forbidden)
    monkeypatch.setattr(os, "setresuid", lambda *ids: changed.append(ids))
    layers.drop_user()
    assert changed == []


def test_the_call_filter_is_known_for_both_usual_machines_and_no_other() -> None:
    for machine in ("x86_64", "aarch64"):
        steps = seccomp.program(machine)
        assert all(0 <= jump <= 255 for _, true, false, _ in steps for jump in (true, false))
    with pytest.raises(KeyError):
        seccomp.program("riscv64")


def test_a_machine_without_known_calls_goes_without_the_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "_ARCHITECTURES", {})
    assert seccomp.confine() is False


# -- what becomes of a hostile document -------------------------------------------------------------------------------


def costly() -> bytes:
    """A selection whose cost grows with the square of a long document, and again."""
    selection = "//a[//a[//a[//a = 'x']]]"
    filter2 = "http://www.w3.org/2002/06/xmldsig-filter2"
    inner = f'<f:XPath xmlns:f="{filter2}" Filter="subtract">{selection}</f:XPath>'
    recipe = Recipe(references=[Reference("", (transform(filter2, inner), transform(EXCLUSIVE)), octets=b"")])
    return enveloped(recipe, f"<hs>{'<a/>' * 3000}{{}}</hs>")


def test_a_document_that_computes_without_end_ends_alone() -> None:
    impatient = Pool(limits=Limits(cpu_seconds=1, wall_seconds=20))
    try:
        parsed = impatient.parse(costly())
        assert parsed.signatures == ()
        assert "more time or memory" in parsed.problems[0]
        assert impatient.parse(enveloped()).signatures[0].integrity is Integrity.INTACT
    finally:
        impatient.close()


def test_a_document_that_takes_too_much_memory_ends_alone() -> None:
    small = Pool(limits=Limits(memory=90_000_000))
    try:
        parsed = small.parse(b"<a>" + b"<b/>" * 1_500_000 + b"</a>")
        assert parsed.signatures == ()
        assert "memory" in parsed.problems[0] or "not well-formed" in parsed.problems[0]
        assert small.parse(enveloped()).signatures[0].integrity is Integrity.INTACT
    finally:
        small.close()


def test_when_every_place_is_taken_the_next_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Pool(children=1, limits=Limits(wall_seconds=0))
    assert busy._places.acquire(timeout=1)
    parsed = busy.parse(enveloped())
    assert parsed.problems == ("too many documents are being read at the moment; try again in a minute",)


def test_a_warm_process_that_died_is_started_again() -> None:
    mortal = Pool()
    try:
        assert mortal.parse(enveloped()).problems == ()
        assert mortal._process is not None
        mortal._process.kill()
        mortal._process.wait(10)
        assert mortal.parse(enveloped()).signatures[0].integrity is Integrity.INTACT
    finally:
        mortal.close()


def test_a_closed_pool_leaves_no_process_and_starts_anew() -> None:
    closing = Pool()
    closing.confinement()
    assert closing._process is not None
    ended = closing._process
    closing.close()
    assert ended.poll() is not None
    assert closing.parse(enveloped()).problems == ()
    closing.close()


def test_a_reading_process_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keys.validation.sandbox.pool._BOOTSTRAP", "raise SystemExit(1)")
    broken = Pool()
    assert broken.parse(enveloped()).problems == ("documents cannot be read at the moment",)
    with pytest.raises(sandbox.Unavailable):
        broken.confinement()


def test_an_answer_that_lies_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    lied = Pool()
    for answer in (b"", b"[]", b"{}", b'{"format": 5}', b"\x80\x04cos\nsystem\n"):
        monkeypatch.setattr(lied, "_ask", lambda kind, request, answer=answer: answer)
        parsed = lied.parse(enveloped())
        assert parsed.signatures == ()
        assert parsed.problems
    with pytest.raises(sandbox.Unavailable):
        lied.confinement()
