"""What a document lacks is looked up by the worker: TRY_LATER first, and then the verdict."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.commands.worker import handlers
from idp.domain import outbox
from idp.domain.outbound import FetchFailed
from idp.domain.validations import look_ups
from idp.store import outbox as outbox_store
from idp.store import revocation_data as store
from keys.validation.revocation import CrlSource
from tests.idp.validations.conftest import Machine, machine_of
from tests.support import pki
from tests.support.clock import StoppedClock
from tests.support.documents import jades
from tests.support.provider import Provider, make_provider
from tests.support.publishing import PublishedWorld, Publisher, publisher
from tests.support.stories import CLOCK
from tests.support.trust import trusted

NOW = CLOCK["now"]
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def place() -> Iterator[Publisher]:
    with publisher() as published:
        yield published


Story = Callable[..., tuple[PublishedWorld, Machine]]


@pytest.fixture
def story(tmp_path: Path, place: Publisher) -> Iterator[Story]:
    """A provider that knows all but the signer's status, whose certificate names these places."""
    made: list[Provider] = []

    def begin(list_at: str = "", responder_at: str = "", **settings: Any) -> tuple[PublishedWorld, Machine]:
        addresses = [place.address(path) if path.startswith("/") else path for path in (list_at, responder_at)]
        known = PublishedWorld("good", "p256", *addresses)
        trusted(tmp_path, known)
        provider = make_provider(tmp_path, StoppedClock(NOW.timestamp()), **settings)
        made.append(provider)
        root, _, stamping = known.fresh_crls("now")
        validations = provider.services.validations
        validations.sources = (CrlSource([root, stamping]), *validations.sources)
        return known, machine_of(provider)

    yield begin
    for provider in made:
        provider.services.validations.close()
        provider.services.database.dispose()


def told(machine: Machine, known: PublishedWorld) -> str:
    (signature,) = machine.conclusion(jades(known, "B"))["signatures"]
    return str(signature["subIndication"] or signature["indication"])


def work(machine: Machine) -> int:
    """Let the worker do what is due."""
    services = machine.provider.services
    only = {look_ups.LOOK_UP: handlers(services)[look_ups.LOOK_UP]}
    return outbox.drain(services.database, only, services.clock)


def test_a_list_is_fetched_and_the_next_verdict_passes(story: Story, place: Publisher):
    known, machine = story("/citizens.crl")
    place.answers["/citizens.crl"] = known.issuing.crl(NOW - HOUR)

    assert told(machine, known) == "TRY_LATER"
    assert work(machine) == 1
    assert told(machine, known) == "TOTAL-PASSED"
    assert [asked[:2] for asked in place.asked] == [("GET", "/citizens.crl")]


def test_a_responder_is_asked_first_because_its_answer_is_small_and_of_now(story: Story, place: Publisher):
    known, machine = story("/citizens.crl", "/ocsp")
    place.answers["/ocsp"] = known.issuing.ocsp(known.signer, NOW - HOUR)

    assert told(machine, known) == "TRY_LATER"
    work(machine)
    assert told(machine, known) == "TOTAL-PASSED"
    assert place.serials_asked() == [known.signer.serial]
    assert [path for _, path, _ in place.asked] == ["/ocsp"]


def test_where_the_responder_is_away_the_list_is_taken(story: Story, place: Publisher):
    known, machine = story("/citizens.crl", "/ocsp")
    place.answers["/citizens.crl"] = known.issuing.crl(NOW - HOUR)

    told(machine, known)
    work(machine)

    assert told(machine, known) == "TOTAL-PASSED"
    assert [path for _, path, _ in place.asked] == ["/ocsp", "/citizens.crl"]


def test_who_was_revoked_is_found_out(story: Story, place: Publisher):
    known, machine = story("/citizens.crl")
    listed = pki.Entry(known.signer.serial, NOW - 48 * HOUR)
    place.answers["/citizens.crl"] = known.issuing.crl(NOW - HOUR, None, [listed])

    told(machine, known)
    work(machine)

    assert told(machine, known) == "REVOKED_NO_POE"


def test_an_answer_of_somebody_else_is_kept_and_never_believed(story: Story, place: Publisher):
    known, machine = story("/citizens.crl")
    place.answers["/citizens.crl"] = PublishedWorld("good", "rsa2048").issuing.crl(NOW - HOUR)

    told(machine, known)
    work(machine)
    assert told(machine, known) == "TRY_LATER"

    place.answers["/citizens.crl"] = known.issuing.crl(NOW - HOUR)
    machine.provider.clock.advance(look_ups.NOT_BEFORE + 1)
    told(machine, known)
    work(machine)
    assert told(machine, known) == "TOTAL-PASSED"


def test_a_hundred_documents_ask_once(story: Story, place: Publisher):
    known, machine = story("/citizens.crl")
    place.answers["/citizens.crl"] = known.issuing.crl(NOW - HOUR)

    for _ in range(5):
        told(machine, known)

    assert work(machine) == 1
    assert len(place.asked) == 1


def test_a_stale_list_is_fetched_again(story: Story, place: Publisher):
    known, machine = story("/citizens.crl")
    place.answers["/citizens.crl"] = known.issuing.crl(NOW - HOUR, NOW + HOUR)
    told(machine, known)
    work(machine)
    services = machine.provider.services
    root, _, stamping = known.crls(NOW, NOW + 100 * HOUR)
    services.validations.sources = (CrlSource([root, stamping]), *services.validations.sources)
    assert told(machine, known) == "TOTAL-PASSED"

    machine.provider.clock.advance(7200)
    machine = machine_of(machine.provider)
    place.answers["/citizens.crl"] = known.issuing.crl(NOW + HOUR, NOW + 3 * HOUR, number=2)

    assert told(machine, known) == "TRY_LATER"
    assert work(machine) == 1
    assert told(machine, known) == "TOTAL-PASSED"


def test_a_host_that_fails_again_and_again_is_left_alone_for_a_while(story: Story, place: Publisher):
    known, machine = story("/citizens.crl")
    clock = machine.provider.clock
    told(machine, known)
    for _ in range(look_ups.FAILURES):
        work(machine)
        clock.advance(10)
    asked = len(place.asked)
    assert asked == look_ups.FAILURES

    clock.advance(30)
    work(machine)
    assert len(place.asked) == asked

    place.answers["/citizens.crl"] = known.issuing.crl(NOW - HOUR)
    clock.advance(look_ups.SHORTEST_REST)
    work(machine)
    assert len(place.asked) == asked + 1
    assert told(machine_of(machine.provider), known) == "TOTAL-PASSED"


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/citizens.crl",
        "http://[::ffff:127.0.0.1]/citizens.crl",
        "ldap://127.0.0.1/cn=ca",
        "file:///etc/passwd",
        "http://user@127.0.0.1/citizens.crl",
    ],
)
def test_a_certificate_sends_us_nowhere_that_a_stranger_may_not_reach(story: Story, address: str, tmp_path: Path):
    key = tmp_path / "key"
    key.write_bytes(b"k" * 32)
    known, machine = story(address, demo=False, key_encryption_key_file=key)

    assert told(machine, known) == "TRY_LATER"
    assert work(machine) == 0
    with machine.provider.services.database.read() as connection:
        troubles = {row.trouble for row in connection.execute(outbox_store.outbox.select())}
    # Refused by the rule: a connection that was tried would have met the closed network of the tests.
    assert troubles <= {"NotAnswered"}


def test_a_chain_to_nobody_sends_us_nowhere(story: Story, place: Publisher):
    _, machine = story("/citizens.crl")
    stranger = PublishedWorld("good", "p384", place.address("/stranger.crl"))

    assert told(machine, stranger) == "NO_CERTIFICATE_CHAIN_FOUND"
    assert work(machine) == 0
    assert place.asked == []


@pytest.mark.parametrize("content", [b"", b"<html>", b"0\x00", bytes(100)])
def test_what_is_no_list_is_not_kept(story: Story, place: Publisher, content: bytes):
    known, machine = story("/citizens.crl")
    place.answers["/citizens.crl"] = content

    told(machine, known)
    work(machine)

    with machine.provider.services.database.read() as connection:
        kept = connection.execute(store.revocation_data.select()).all()
    assert [row.content for row in kept] == [None]


def test_an_endless_list_is_cut_off(story: Story, place: Publisher, monkeypatch: pytest.MonkeyPatch):
    _, machine = story("/citizens.crl")
    place.answers["/citizens.crl"] = bytes(200_000)
    monkeypatch.setattr(look_ups, "OF_CRL", look_ups.Bounds(octets=100_000, plain_http=True))

    with pytest.raises(FetchFailed, match="more than 100000 bytes"):
        look_ups.fetched(machine.provider.services.settings, "CRL", place.address("/citizens.crl"), None)


def test_there_is_room_for_so_many_questions_and_no_more(story: Story, monkeypatch: pytest.MonkeyPatch):
    known, machine = story("/citizens.crl")
    monkeypatch.setattr(store, "MOST", 0)

    assert told(machine, known) == "TRY_LATER"
    assert work(machine) == 0


def test_a_process_holds_no_more_in_memory_than_it_may(story: Story, place: Publisher):
    known, machine = story("/citizens.crl")
    place.answers["/citizens.crl"] = known.issuing.crl(NOW - HOUR)
    told(machine, known)
    work(machine)
    small = look_ups.LookedUp(machine.provider.services.database, most=10)
    validations = machine.provider.services.validations
    validations.sources = (validations.sources[0], small)

    assert told(machine, known) == "TOTAL-PASSED"
    assert told(machine, known) == "TOTAL-PASSED"
