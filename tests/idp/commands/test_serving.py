"""A web process under granian: it answers, hides what it is, ends when asked, and does not outlive its parent."""

import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner

from tests.support.processes import HelperProcess, ended, free_port, listens
from wsgi import command_line

SERVE = """
import sys
from idp.commands.serving import Listening, serve
serve(sys.argv[1], ("Xin chào",), Listening("localhost", int(sys.argv[2]), 1, 2))
"""

Start = Callable[[str], tuple[HelperProcess, int]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Serves a function of ``tests.support.small_application`` on a free port."""
    helpers: list[HelperProcess] = []

    def started(function: str) -> tuple[HelperProcess, int]:
        port = free_port()
        target = f"tests.support.small_application:{function}"
        helper = HelperProcess([sys.executable, "-c", SERVE, target, str(port)], tmp_path / f"{function}.log")
        helpers.append(helper)
        return helper, port

    yield started
    for helper in helpers:
        helper.stop()


def get(port: int, path: str = "/", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    connection.close()
    return response


def answers(port: int) -> bool:
    try:
        return listens(port) and get(port).status == 200
    except (OSError, http.client.HTTPException):
        return False


def test_it_answers_with_what_the_application_was_made_from(start: Start) -> None:
    helper, port = start("make")
    helper.wait_until(lambda: answers(port))
    assert get(port, "/cua").body.decode() == "Xin chào /cua"  # type: ignore[attr-defined]


def test_the_server_does_not_say_what_it_is(start: Start) -> None:
    helper, port = start("make")
    helper.wait_until(lambda: answers(port))
    assert get(port).headers.get_all("Server") == ["Motcua"]


def test_a_thread_that_is_woken_waits_for_the_one_at_work(start: Start) -> None:
    helper, port = start("make")
    helper.wait_until(lambda: answers(port))
    worker = get(port).headers["X-Process"]
    classes = {os.sched_getscheduler(int(each.name)) for each in Path(f"/proc/{worker}/task").iterdir()}
    assert classes == {os.SCHED_BATCH}


def test_headers_without_end_are_refused(start: Start) -> None:
    helper, port = start("make")
    helper.wait_until(lambda: answers(port))
    assert get(port, Cookie="x" * 20000).status == 431


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_asked(start: Start, end: signal.Signals) -> None:
    helper, port = start("make")
    helper.wait_until(lambda: answers(port))
    worker = int(get(port).headers["X-Process"])
    helper.process.send_signal(end)
    assert helper.process.wait(20) == 0
    assert ended(worker)


def test_a_request_in_hand_is_answered_before_the_end(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path))
    helper, port = start("make_slow")
    helper.wait_until(lambda: answers(port))
    with ThreadPoolExecutor(1) as elsewhere:
        slow = elsewhere.submit(get, port, "/slow")
        helper.wait_until((tmp_path / "begun").exists)
        helper.process.terminate()
        helper.wait_until(lambda: not listens(port))
        (tmp_path / "go on").touch()
        assert slow.result(20).body.decode() == "Xin chào /slow"
    assert helper.process.wait(20) == 0


def test_new_workers_take_over_without_a_lost_request(start: Start) -> None:
    helper, port = start("make")
    helper.wait_until(lambda: answers(port))
    first, replaced = get(port).headers["X-Process"], Event()

    def ask_until_replaced() -> list[int]:
        seen = []
        while not replaced.is_set():
            answer = get(port, "/")
            seen.append(answer.status)
            if answer.headers["X-Process"] != first:
                replaced.set()
        return seen

    with ThreadPoolExecutor(4) as crowd:
        asked = [crowd.submit(ask_until_replaced) for _ in range(4)]
        helper.process.send_signal(signal.SIGHUP)
        statuses = [status for each in asked for status in each.result(60)]
    assert set(statuses) == {200}
    assert ended(int(first))
    assert get(port).headers["X-Process"] != first


def test_the_last_requests_are_in_the_log(start: Start) -> None:
    helper, port = start("make_logged")
    helper.wait_until(lambda: answers(port))
    for number in range(5):
        get(port, f"/request-{number}")
    helper.process.terminate()
    assert helper.process.wait(20) == 0
    said = helper.last_words()
    assert [f"/request-{number}" in said for number in range(5)] == [True] * 5


def test_a_worker_does_not_outlive_the_process_that_started_it(start: Start) -> None:
    helper, port = start("make")
    helper.wait_until(lambda: answers(port))
    worker = int(get(port).headers["X-Process"])
    helper.process.kill()
    assert ended(worker)


def test_a_worker_that_is_killed_is_replaced(start: Start) -> None:
    helper, port = start("make")
    helper.wait_until(lambda: answers(port))
    first = int(get(port).headers["X-Process"])
    os.kill(first, signal.SIGKILL)
    assert ended(first)
    helper.wait_until(lambda: answers(port))
    assert int(get(port).headers["X-Process"]) != first


def test_an_application_that_cannot_be_made_says_why(start: Start) -> None:
    helper, _ = start("fail")
    helper.wait_until(lambda: "the settings are wrong" in helper.last_words())


def test_its_own_lines_are_json(start: Start) -> None:
    helper, port = start("make")
    helper.wait_until(lambda: answers(port))
    os.kill(int(get(port).headers["X-Process"]), signal.SIGKILL)
    helper.wait_until(lambda: "worker" in helper.last_words().lower())
    assert all(line.startswith("{") for line in helper.last_words().splitlines())


def test_a_taken_port_is_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTCUA_HOME", str(tmp_path))
    monkeypatch.setenv("MOTCUA_DEMO", "true")
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "console.secret").write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        seen = CliRunner().invoke(command_line, ["serve", "console", "--host", "127.0.0.1", "--port", port])
    assert seen.exit_code == 1
    assert seen.stderr == f"Error: Port {port} of 127.0.0.1 cannot be listened on: stop what holds it.\n"
