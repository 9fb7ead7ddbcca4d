"""The authority at work: one ceremony, lists and responders that stay fresh, and validation that reads the same table."""

from datetime import UTC, datetime

import pytest
from cryptography import x509

from idp.domain import certificates
from idp.domain.certificates.authorities import hold_ceremony, keep_fresh
from keys.authority.status_table import StatusTable
from keys.store import authorities as store
from keys.validation import pkix
from keys.validation.revocation.statement import Status
from tests.support.certificates import OPERATOR, Office, Owner
from tests.support.clock import StoppedClock
from tests.support.provider import Provider

DAY = 86400
NAMES = ["public-root", "public", "government-root", "government"]


def newest(provider: Provider, name: str) -> store.ListRow:
    with provider.services.database.read() as connection:
        found = store.newest_list(connection, name)
    assert found is not None
    return found


def responders(provider: Provider) -> dict[str, bytes]:
    with provider.services.database.read() as connection:
        return {row.authority: row.certificate for row in store.every_responder(connection)}


def test_a_second_ceremony_changes_nothing(provider: Provider, office: Office) -> None:
    with provider.services.database.read() as connection:
        before = store.every(connection)
    assert sorted(row.name for row in before) == sorted(NAMES)
    assert hold_ceremony(provider.services, office.vault, actor=OPERATOR) == []
    with provider.services.database.read() as connection:
        assert store.every(connection) == before


def test_each_has_a_list_from_the_first_moment(provider: Provider, office: Office) -> None:
    for name in NAMES:
        crl = x509.load_der_x509_crl(provider.browser().get(f"/crl/{name}.crl").data)
        authority = x509.load_der_x509_certificate(provider.browser().get(f"/ca/{name}.cer").data)
        assert crl.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
        assert len(crl) == 0


def test_a_root_s_list_is_made_anew_by_a_ceremony_only(provider: Provider, office: Office, clock: StoppedClock) -> None:
    first = newest(provider, "public-root")
    clock.advance(300 * DAY)
    keep_fresh(provider.services, office.vault)
    assert newest(provider, "public-root") == first
    hold_ceremony(provider.services, office.vault, actor=OPERATOR)
    assert newest(provider, "public-root").number == 2
    assert newest(provider, "public-root").next_update > clock() + 300 * DAY


def test_lists_and_responders_are_renewed_in_time(provider: Provider, office: Office, clock: StoppedClock) -> None:
    lists, keys = newest(provider, "public"), responders(provider)
    assert sorted(keys) == ["government", "public"], "roots answer no questions"
    clock.advance(DAY / 2)
    keep_fresh(provider.services, office.vault)
    assert (newest(provider, "public"), responders(provider)) == (lists, keys)

    clock.advance(DAY / 4 + 60)
    keep_fresh(provider.services, office.vault)
    assert newest(provider, "public").number == lists.number + 1
    assert responders(provider) == keys

    clock.advance(3 * DAY)
    keep_fresh(provider.services, office.vault)
    renewed = responders(provider)
    assert all(renewed[name] != keys[name] for name in keys)


def test_a_running_process_takes_up_the_new_responder(
    provider: Provider, office: Office, clock: StoppedClock, khai: Owner
) -> None:
    before = provider.services.authorities.get().responders["public"].certificate
    clock.advance(4 * DAY)
    keep_fresh(provider.services, office.vault)
    assert provider.services.authorities.get().responders["public"].certificate != before


def test_an_older_list_never_replaces_a_newer_one(provider: Provider, office: Office) -> None:
    """Two workers: the slower one comes last with the lower number."""
    row = newest(provider, "public")
    with provider.services.database.write() as connection:
        assert store.publish_list(connection, store.ListRow("public", 5, b"newer", 1.0, 1))
        assert not store.publish_list(connection, store.ListRow("public", 4, b"older", 2.0, 2))
        assert not store.publish_list(connection, store.ListRow("public", 5, b"same", 2.0, 2))
    assert newest(provider, "public").content == b"newer"
    assert row.number == 1


@pytest.mark.parametrize("path", ["/crl/public", "/crl/public.pem", "/crl/../idp.crl", "/crl/.crl", "/ca/public.crl",
                                  "/ca/%00.cer", "/ocsp/nobody", "/ocsp/public-root", "/ocsp/", "/crl/" + "x" * 3000])  # fmt: skip
def test_what_is_not_there_is_404(provider: Provider, office: Office, path: str) -> None:
    assert provider.browser().get(path).status_code == 404


def test_a_list_that_is_known_is_not_sent_again(provider: Provider, office: Office, khai: Owner) -> None:
    browser = provider.browser()
    first = browser.get("/crl/public.crl")
    again = {"If-None-Match": first.headers["ETag"]}
    assert browser.get("/crl/public.crl", headers=again).status_code == 304
    assert first.headers["Cache-Control"] == "no-cache"
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    office.at_work()
    assert browser.get("/crl/public.crl", headers=again).status_code == 200


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", ""])
def test_a_question_of_another_media_type_is_malformed(provider: Provider, office: Office, media_type: str) -> None:
    response = provider.browser().post("/ocsp/public", data=b"{}", content_type=media_type)
    assert response.status_code == 200
    assert response.data == bytes.fromhex("30030a0101"), "malformedRequest (RFC 6960 §4.2.1)"
    assert provider.browser().get("/ocsp/public/not+base64!").data == bytes.fromhex("30030a0101")


def test_validation_reads_the_same_table(provider: Provider, office: Office, khai: Owner, clock: StoppedClock) -> None:
    authorities = provider.services.authorities.get().authorities
    issuer, stranger = (pkix.load(authorities[name].der) for name in ("public", "government"))

    def said() -> tuple[Status, datetime | None, str | None]:
        with provider.services.database.read() as connection:
            row = StatusTable(connection).look_up(issuer, int(khai.serial, 16))
        assert row is not None
        return row.status, row.since, row.reason

    assert said() == (Status.GOOD, None, None)
    certificates.hold(provider.services, khai.serial, actor=OPERATOR)
    since = datetime.fromtimestamp(clock(), UTC)
    assert said() == (Status.ON_HOLD, since, "certificateHold")
    certificates.revoke(provider.services, khai.serial, "keyCompromise", actor=OPERATOR)
    assert said() == (Status.REVOKED, since, "keyCompromise")
    with provider.services.database.read() as connection:
        row = StatusTable(connection).look_up(stranger, int(khai.serial, 16))
    assert row is not None
    assert row.status is Status.UNKNOWN, "another authority of ours never issued it"


def test_a_stranger_s_authority_has_no_row(provider: Provider, office: Office) -> None:
    from tests.support import pki

    key = pki.new_key()
    made = pki.certificate("Motcua Public Issuing CA 1", key, issuer=None, ca=True, usages=pki.CA_USAGES)
    other = pkix.load(pki.Authority(made, key).der)
    with provider.services.database.read() as connection:
        assert StatusTable(connection).look_up(other, 7) is None
