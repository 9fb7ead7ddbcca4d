"""Identifiers in the order of their making: of version 7 (RFC 9562 §5.7), in order of time, never the same twice."""

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
