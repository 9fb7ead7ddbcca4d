"""``motcua key``: which keys sign, and the next ones at work at once after a leak; never a private half."""

import json

import pytest

from idp.domain.key_rotation import rotate_keys
from idp.services import Services
from keys.jose import ALGORITHMS
from tests.idp.accounts.conftest import Run, Trail
from tests.support.keys import ready_made_keys


@pytest.fixture(autouse=True)
def _first_keys(installation: Services) -> None:
    with ready_made_keys():
        rotate_keys(installation)


def states(listed: list[dict[str, str]]) -> dict[str, str]:
    return {row["kid"]: row["state"] for row in listed}


def test_each_algorithm_has_a_key_at_work_and_the_next_one(command: Run) -> None:
    listed = json.loads(command("key", "list", "--json").stdout)
    expected = [(algorithm, state) for algorithm in ALGORITHMS for state in ("active", "next")]
    assert sorted((row["alg"], row["state"]) for row in listed) == sorted(expected)
    assert {"kid", "alg", "state", "since", "made"} == set(listed[0])


def test_for_people_it_prints_lines(command: Run) -> None:
    assert len(command("key", "list").stdout.splitlines()) == 2 * len(ALGORITHMS)


def test_rotating_puts_the_next_keys_to_work_and_keeps_the_old_ones_verifying(
    command: Run, installation: Services
) -> None:
    before = states(json.loads(command("key", "list", "--json").stdout))
    rotated = command("key", "rotate", "--json")
    after = states(json.loads(rotated.stdout))
    follows = {"active": "verifying", "next": "active"}
    assert {kid: after[kid] for kid in before} == {kid: follows[state] for kid, state in before.items()}
    assert sorted(set(after.values())) == ["active", "next", "verifying"]
    assert "from now on" in rotated.stderr
    assert Trail(installation.database).rows()[-1].actor_kind == "operator"


def test_what_is_not_due_stays(command: Run) -> None:
    before = command("key", "list", "--json").stdout
    assert command("key", "rotate", "--due", "--json").stdout == before


def test_no_private_half_is_printed(command: Run) -> None:
    printed = command("key", "list", "--json").stdout + command("key", "rotate").output
    assert "private" not in printed
    assert '"d"' not in printed
