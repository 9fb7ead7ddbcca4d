"""The access log's lines: none is lost while the process ends in good order, and none is torn."""

import io
import threading

import pytest

from idp.request_lines import TOGETHER, RequestLines

LONG = 3600.0
PATIENCE = 20.0


class Slate(io.StringIO):
    """A stream that tells when it was written to, and how often."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.written = threading.Event()

    def flush(self) -> None:
        super().flush()
        self.writes += 1
        self.written.set()


@pytest.fixture
def slate() -> Slate:
    return Slate()


def opened(slate: Slate, window: float) -> RequestLines:
    lines = RequestLines()
    lines.open(slate, window)
    return lines


def test_before_it_is_opened_nothing_is_kept():
    lines = RequestLines()
    lines.write("lost\n")
    lines.open(slate := Slate())
    lines.flush()
    assert slate.getvalue() == ""


def test_without_a_window_each_is_written_at_once(slate: Slate):
    opened(slate, 0).write("one\n")
    assert slate.getvalue() == "one\n"


def test_within_the_window_they_wait_and_go_in_order(slate: Slate):
    lines = opened(slate, LONG)
    lines.write("one\n")
    lines.write("two\n")
    assert slate.getvalue() == ""
    lines.flush()
    assert (slate.getvalue(), slate.writes) == ("one\ntwo\n", 1)


def test_they_go_by_themselves(slate: Slate):
    opened(slate, 0.01).write("one\n")
    assert slate.written.wait(PATIENCE)
    assert slate.getvalue() == "one\n"


def test_many_do_not_wait(slate: Slate):
    lines = opened(slate, LONG)
    for number in range(TOGETHER):
        lines.write(f"{number}\n")
    assert slate.getvalue().splitlines() == [str(number) for number in range(TOGETHER)]


def test_a_crowd_tears_and_loses_none(slate: Slate):
    lines = opened(slate, 0.001)
    line = "x" * 200

    def write_many() -> None:
        for _ in range(300):
            lines.write(line + "\n")

    threads = [threading.Thread(target=write_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    lines.flush()
    assert slate.getvalue().splitlines() == [line] * 1200
