"""Batches: many documents in one request, judged by the worker, asked after until all are done, and then forgotten."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from idp.commands.worker import handlers
from idp.domain import outbox
from idp.domain.validations import batches
from idp.domain.validations.service import Validations, opened
from idp.domain.work.duties import sweep
from idp.http.api.signature_batches import BATCHES
from idp.store.validation_batches import validation_items
from keys.validation.revocation import CrlSource
from tests.idp.validations.conftest import GOOD, Machine, b64, machine_of
from tests.support.documents import jades, pades, xades
from tests.support.provider import Provider

SIGNED = {"document": b64(jades(GOOD, "LTA")), "name": "tờ khai.json"}
UNSIGNED = {"document": b64("không có chữ ký".encode()), "name": "thư.txt"}


def work(provider: Provider) -> int:
    """Let the worker judge what waits, knowing what the provider knows."""
    services = provider.services
    only = {batches.VALIDATE: batches.handler(services, services.validations)}
    return outbox.drain(services.database, only, services.clock)


def begin(machine: Machine, *documents: dict[str, Any], key: str = "", status: int = 202) -> dict[str, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = machine.post(BATCHES, {"documents": list(documents)}, headers=headers)
    assert answer.status_code == status, answer.text
    return dict(answer.json or {})


def shown(machine: Machine, batch: dict[str, Any], **query: Any) -> dict[str, Any]:
    answer = machine.get(f"{BATCHES}/{batch['id']}", query_string=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def test_many_documents_are_judged_each_by_itself(machine: Machine, provider: Provider):
    tampered = {"document": b64(xades(GOOD, "LTA").replace("xây dựng".encode(), "lao động".encode()))}
    batch = begin(machine, SIGNED, UNSIGNED, tampered)
    assert (batch["state"], batch["documents"], batch["finished"]) == ("waiting", 3, 0)

    assert work(provider) == 3

    whole = shown(machine, batch)
    assert (whole["state"], whole["finished"]) == ("done", 3)
    told = [(item["name"], item["state"], item["indication"], item["sub_indication"]) for item in whole["items"]]
    assert told == [
        ("tờ khai.json", "done", "TOTAL-PASSED", None),
        ("thư.txt", "done", None, None),
        ("", "done", "TOTAL-FAILED", "HASH_FAILURE"),
    ]
    first = whole["items"][0]
    assert first["report"]["validationReport"]["validationConclusion"]["validSignaturesCount"] == 1
    assert json.loads(opened(first["sealed_report"], provider.services.key_ring.get())) == first["report"]


def test_each_document_has_its_own_policy_time_and_report(machine: Machine, provider: Provider):
    other = {**SIGNED, "policy": "motcua-1-government", "report": "pdf", "time": "2021-03-03T15:00:00+07:00"}
    batch = begin(machine, other)
    work(provider)

    (item,) = shown(machine, batch)["items"]
    assert item["sub_indication"] == "CHAIN_CONSTRAINTS_FAILURE"
    assert item["report"] is None
    assert opened(item["sealed_report"], provider.services.key_ring.get()).startswith(b"%PDF-")


def test_the_place_of_a_batch_is_told_where_it_begins(machine: Machine, provider: Provider):
    answer = machine.post(BATCHES, {"documents": [UNSIGNED]})
    assert answer.headers["Location"] == f"{provider.services.settings.issuer}{BATCHES}/{answer.json['id']}"


def test_a_repeated_request_makes_no_second_batch(machine: Machine, provider: Provider):
    first, again = begin(machine, SIGNED, key="lô-1".encode().hex()), begin(machine, SIGNED, key="lô-1".encode().hex())

    assert first["id"] == again["id"]
    assert work(provider) == 1
    assert begin(machine, SIGNED)["id"] != first["id"]


def test_a_key_that_comes_with_another_request_is_refused(machine: Machine):
    begin(machine, SIGNED, key="a-key")
    begin(machine, UNSIGNED, key="a-key", status=422)


def test_the_key_of_another_client_is_another_key(machine: Machine, provider: Provider):
    other = machine_of(provider)
    assert begin(machine, UNSIGNED, key="a-key")["id"] != begin(other, UNSIGNED, key="a-key")["id"]


def test_a_batch_is_its_client_s_alone(machine: Machine, provider: Provider):
    batch, other = begin(machine, UNSIGNED), machine_of(provider)
    assert other.get(f"{BATCHES}/{batch['id']}").status_code == 404
    assert machine.get(f"{BATCHES}/{'0' * 36}").status_code == 404


def test_a_long_batch_is_read_in_parts(machine: Machine):
    batch = begin(machine, *[UNSIGNED] * 5)
    first = shown(machine, batch, limit=3)
    second = shown(machine, batch, limit=3, after=first["next"])

    assert [item["position"] for item in first["items"] + second["items"]] == [0, 1, 2, 3, 4]
    assert second["next"] is None


def test_what_was_sent_is_kept_sealed_and_only_until_it_is_judged(machine: Machine, provider: Provider):
    begin(machine, SIGNED)
    with provider.services.database.read() as connection:
        (kept,) = connection.execute(select(validation_items)).all()
    assert b"payload" not in kept.asked_sealed

    work(provider)

    with provider.services.database.read() as connection:
        (kept,) = connection.execute(select(validation_items)).all()
    assert kept.asked_sealed is None
    assert "Nguyễn".encode() not in kept.report_sealed


def test_a_day_later_nothing_is_left(machine: Machine, provider: Provider):
    batch = begin(machine, SIGNED)
    work(provider)
    provider.clock.advance(batches.KEPT + 1)
    assert machine_of(provider).get(f"{BATCHES}/{batch['id']}").status_code == 404

    sweep(provider.services.database, provider.clock)
    with provider.services.database.read() as connection:
        assert connection.execute(select(validation_items)).all() == []


def test_a_status_that_is_being_looked_up_is_waited_for_and_then_told(machine: Machine, provider: Provider):
    validations: Validations = provider.services.validations
    known, validations.sources = validations.sources, ()
    batch = begin(machine, {"document": b64(pades(GOOD, "LT"))})
    assert work(provider) == 0
    assert shown(machine, batch)["state"] == "waiting"

    validations.sources = known
    provider.clock.advance(10)
    assert work(provider) == 1
    assert shown(machine, batch)["items"][0]["indication"] == "TOTAL-PASSED"


def test_a_status_that_nobody_knows_is_not_waited_for_for_ever(machine: Machine, provider: Provider):
    provider.services.validations.sources = (CrlSource(()),)
    batch = begin(machine, {"document": b64(pades(GOOD, "LT"))})
    for _ in range(batches.LOOKED_UP_AFTER):
        work(provider)
        provider.clock.advance(60)
    (item,) = shown(machine, batch)["items"]
    assert (item["state"], item["sub_indication"]) == ("done", "TRY_LATER")


def test_a_document_that_is_never_judged_is_told_to_have_failed(machine: Machine, provider: Provider):
    batch = begin(machine, UNSIGNED)
    services = provider.services
    (message,) = outbox.lease(services.database, (batches.VALIDATE,), services.clock, 1)
    given_up = batches.handler(services, services.validations).given_up
    assert given_up is not None
    with services.database.write() as connection:
        given_up(connection, message)

    whole = shown(machine, batch)
    assert (whole["state"], whole["items"][0]["state"]) == ("done", "failed")


def test_a_message_that_comes_twice_judges_once(machine: Machine, provider: Provider):
    batch = begin(machine, SIGNED)
    services = provider.services
    (message,) = outbox.lease(services.database, (batches.VALIDATE,), services.clock, 1)
    deliver = batches.handler(services, services.validations).deliver
    deliver(message)
    before = shown(machine, batch)["items"][0]["sealed_report"]
    deliver(message)
    assert shown(machine, batch)["items"][0]["sealed_report"] == before


def test_a_client_has_so_many_waiting_and_no_more(
    machine: Machine, provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(batches, "MOST_WAITING", 2)
    begin(machine, UNSIGNED, UNSIGNED)
    begin(machine, UNSIGNED, status=429)
    begin(machine_of(provider), UNSIGNED)


def test_there_is_room_for_so_many_octets_and_no_more(machine: Machine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "MOST_OCTETS", 1000)
    begin(machine, SIGNED, status=503)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"documents": []}, 422),
        ({"documents": [{}]}, 422),
        ({"documents": [{"document": "?"}]}, 422),
        ({"documents": [{"document": "QUJD", "policy": "none"}]}, 400),
        ({"documents": [{"document": "QUJD"}] * 101}, 422),
        ({"documents": [{"document": "QUJD", "contents": [{"data": "?"}]}]}, 422),
    ],
)
def test_a_batch_that_does_not_fit_is_refused_whole(machine: Machine, provider: Provider, sent: Any, status: int):
    assert machine.post(BATCHES, sent).status_code == status
    assert work(provider) == 0


@pytest.mark.parametrize("key", ["x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(machine: Machine, key: str):
    begin(machine, UNSIGNED, key=key, status=400)


def test_the_worker_knows_what_waits_for_it(provider: Provider):
    assert batches.VALIDATE in handlers(provider.services)
