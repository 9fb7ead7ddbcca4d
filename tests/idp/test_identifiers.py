"""Identifiers in the order of their making: of version 7 (RFC 9562 §5.7), in order of time, never the same twice."""

import os
import threading
import uuid

from idp.identifiers import in_order_of_time

NOW = 1_795_000_000.123


def test_it_is_a_uuid_of_version_7_that_says_when_it_was_made() -> None:
    made = uuid.UUID(in_order_of_time(NOW))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == 1_795_000_000_123


def test_what_is_made_later_comes_later_as_text_too() -> None:
    made = [in_order_of_time(NOW + milliseconds / 1000) for milliseconds in range(0, 5000, 7)]
    assert made == sorted(made)


def test_two_of_one_moment_differ_in_all_their_random_bits() -> None:
    made = [uuid.UUID(in_order_of_time(NOW)).int & ((1 << 80) - 1) for _ in range(2000)]
    assert len(set(made)) == len(made)
    always, ever = made[0], 0
    for each in made:
        always, ever = always & each, ever | each
    settled = ((1 << 80) - 1) & ~(ever & ~always)
    assert settled.bit_count() == 6, "four bits of version and two of variant; every other one is seen as 0 and as 1"


def test_threads_at_once_never_get_the_same() -> None:
    made: list[list[str]] = [[] for _ in range(4)]

    def make(into: list[str]) -> None:
        into += [in_order_of_time(NOW) for _ in range(3000)]

    threads = [threading.Thread(target=make, args=(each,)) for each in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each for part in made for each in part}) == 4 * 3000


def test_a_process_that_forked_off_makes_others() -> None:
    """Web servers fork their workers, some after the first identifiers were made."""
    in_order_of_time(NOW)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, "".join(in_order_of_time(NOW) for _ in range(50)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        theirs = pipe.read()
    os.waitpid(child, 0)
    assert len(theirs) == 50 * 36
    ours = {in_order_of_time(NOW) for _ in range(50)}
    assert ours.isdisjoint(theirs[place : place + 36] for place in range(0, len(theirs), 36))
