"""A revocation is one act: what reads the table refuses at once, what rests on the certificate ends with it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest
from cryptography import x509
from sqlalchemy import Connection

from idp.domain import certificates, consents, sessions
from idp.domain.agencies import load_built_in
from idp.domain.audit import entries_about
from idp.domain.certificates.status import NotSoNow
from idp.domain.sessions import CertificateStopped
from idp.errors import NotFound, Refusal
from idp.store import accounts as accounts_store
from idp.store import sessions as sessions_store
from idp.store.outbox import outbox
from keys.store import authorities as authorities_store
from tests.idp.certificates.guest import Guest
from tests.support.certificates import OPERATOR, Office, Owner
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, answer_of, make_provider

TOLD_AT = "https://portal.example/backchannel-logout"


@pytest.fixture
def portal(provider: Provider) -> Portal:
    """A portal that can be told."""
    return provider.portal(backchannel_logout_uri=TOLD_AT)


def test_a_portal_that_cannot_be_told_is_not_waited_for(provider: Provider, khai: Owner) -> None:
    portal = provider.portal()
    signed_in(provider, portal, khai)
    done = certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    assert [(each.target, each.state) for each in done if each.kind == "portal"] == [(portal.id, "done")]


def signed_in(provider: Provider, portal: Portal, owner: Owner, **changed: str) -> tuple[Guest, dict[str, str]]:
    """Somebody who signed in to a portal with a certificate, and the portal's tokens."""
    guest = Guest(provider).sent_by(portal, **changed).signs_in(owner)
    answer = answer_of(guest.browser.get(guest.response.headers["Location"]))
    return guest, dict(portal.redeem(answer["code"]).json or {})


def test_everything_that_rests_on_it_ends(provider: Provider, portal: Portal, khai: Owner) -> None:
    guest, tokens = signed_in(provider, portal, khai)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert provider.browser().get("/userinfo", headers=bearer).status_code == 200

    certificates.revoke(provider.services, khai.serial, "keyCompromise", actor=OPERATOR)

    assert not guest.is_in
    assert provider.browser().get("/userinfo", headers=bearer).status_code == 401
    assert portal.refresh(tokens["refresh_token"]).status_code == 400
    assert portal.introspect(tokens["access_token"]) == {"active": False}


def test_offline_access_ends_too(provider: Provider, khai: Owner) -> None:
    """It outlives a session, but not the certificate that it was given to."""
    portal = provider.portal()
    consents.agree(provider.services, khai.account_id, portal.client, ("openid", "offline_access"), ())
    _, tokens = signed_in(provider, portal, khai, scope="openid offline_access")
    sessions.end_session(provider.services, _sessions(provider, khai)[0].sid, "signed_out")
    refreshed = portal.refresh(tokens["refresh_token"])
    assert refreshed.status_code == 200, "the story needs a family that outlives its session"

    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    assert portal.refresh((refreshed.json or {})["refresh_token"]).status_code == 400


def test_what_rests_on_something_else_stays(provider: Provider, office: Office, khai: Owner) -> None:
    second = office.owner(khai.account_id)
    by_password = provider.signed_in(khai.account_id)
    by_other = Guest(provider).signs_in(second)
    by_this = Guest(provider).signs_in(khai)
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    assert by_password.get("/account").status_code == 200
    assert by_other.is_in
    assert not by_this.is_in


def test_a_session_that_was_strengthened_with_it_ends(provider: Provider, office: Office, khai: Owner) -> None:
    """And using a second certificate of the same kind does not hide the first."""
    browser = provider.signed_in(khai.account_id, "password")
    second = office.owner(khai.account_id)
    for owner in (khai, second):
        guest = Guest(provider, browser)
        guest.query = {"next": "/account"}
        guest.signs_in(owner)
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    assert browser.get("/account").status_code == 303


def test_a_sign_in_that_was_half_done(provider: Provider, khai: Owner) -> None:
    """The revocation comes between the look at the certificate and the session's first row."""
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    factor = {"kind": "browser_key", "at": provider.services.now(), "serial": khai.serial}
    with pytest.raises(CertificateStopped):
        sessions.open_session(provider.services, khai.account_id, [factor])
    other, _ = sessions.open_session(provider.services, khai.account_id, [{"kind": "password", "at": 0}])
    with pytest.raises(CertificateStopped):
        sessions.strengthen(provider.services, other, [factor])
    assert len(_sessions(provider, khai)) == 1


def test_the_portals_are_told_and_the_list_is_made(provider: Provider, portal: Portal, khai: Owner) -> None:
    signed_in(provider, portal, khai)
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    with provider.services.database.read() as connection:
        waiting = {row.kind for row in connection.execute(outbox.select())}
    assert {"back_channel_logout", "publish_revocation_list"} <= waiting


def test_each_consequence_with_its_time(
    provider: Provider, portal: Portal, office: Office, khai: Owner, clock: StoppedClock
) -> None:
    signed_in(provider, portal, khai)
    assert certificates.consequences(provider.services, khai.serial) == []
    first = certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    states = {each.kind: each.state for each in first}
    at_once = dict.fromkeys(("status", "ocsp", "sign_in", "session", "tokens"), "done")
    assert states == {**at_once, "crl": "pending", "portal": "pending"}

    revoked_at = clock()
    clock.advance(0.25)
    office.at_work()
    found = {each.kind: each for each in certificates.consequences(provider.services, khai.serial)}
    assert (found["crl"].state, found["crl"].at) == ("done", revoked_at + 0.25)
    assert found["status"].at == revoked_at
    assert (found["portal"].target, found["portal"].state) == (portal.id, "pending")


def test_the_person_is_told_why(provider: Provider, khai: Owner) -> None:
    guest = Guest(provider).signs_in(khai)
    certificates.revoke(provider.services, khai.serial, "keyCompromise", actor=OPERATOR)
    page = guest.browser.get("/account", follow_redirects=True, headers={"Accept-Language": "en"})
    assert "the certificate that you signed in with has been revoked" in page.text
    stranger = provider.browser().get("/signin", headers={"Accept-Language": "en"})
    assert "revoked" not in stranger.text


def test_whoever_ended_the_session_themselves_is_told_nothing(provider: Provider, khai: Owner) -> None:
    guest = Guest(provider).signs_in(khai)
    sessions.end_session(provider.services, _sessions(provider, khai)[0].sid, "signed_out")
    page = guest.browser.get("/signin", headers={"Accept-Language": "en"})
    assert "You were signed out" not in page.text


def test_revoking_again_changes_nothing(provider: Provider, khai: Owner, clock: StoppedClock) -> None:
    certificates.revoke(provider.services, khai.serial, "keyCompromise", actor=OPERATOR)
    before = certificates.get(provider.services, khai.serial)
    clock.advance(10)
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    assert certificates.get(provider.services, khai.serial) == before


def test_a_hold_that_becomes_a_revocation_counts_from_the_hold(
    provider: Provider, khai: Owner, clock: StoppedClock
) -> None:
    certificates.hold(provider.services, khai.serial, actor=OPERATOR)
    held_at = clock()
    clock.advance(3600)
    certificates.revoke(provider.services, khai.serial, "keyCompromise", actor=OPERATOR)
    row = certificates.get(provider.services, khai.serial)
    assert (row.status, row.since, row.reason) == ("revoked", held_at, "keyCompromise")


def test_what_is_revoked_stays_revoked(provider: Provider, khai: Owner) -> None:
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    with pytest.raises(NotSoNow):
        certificates.release(provider.services, khai.serial, actor=OPERATOR)
    with pytest.raises(NotSoNow):
        certificates.hold(provider.services, khai.serial, actor=OPERATOR)
    assert certificates.get(provider.services, khai.serial).status == "revoked"


def test_only_what_is_suspended_is_released(provider: Provider, khai: Owner) -> None:
    with pytest.raises(NotSoNow):
        certificates.release(provider.services, khai.serial, actor=OPERATOR)


@pytest.mark.parametrize("reason", ["", "removeFromCRL", "certificateHold", "cACompromise", "KeyCompromise", "'; --"])
def test_words_that_are_no_reason(provider: Provider, khai: Owner, reason: str) -> None:
    with pytest.raises(Refusal):
        certificates.revoke(provider.services, khai.serial, reason, actor=OPERATOR)
    assert certificates.get(provider.services, khai.serial).status == "good"


def test_an_unknown_serial_number(provider: Provider, office: Office) -> None:
    for act in (certificates.hold, certificates.release):
        with pytest.raises(NotFound):
            act(provider.services, "12" * 16, actor=OPERATOR)


def test_the_authenticator_goes_and_comes_with_it(provider: Provider, khai: Owner) -> None:
    def owned() -> list[str]:
        with provider.services.database.read() as connection:
            return [row.kind for row in accounts_store.authenticators_of(connection, khai.account_id)]

    assert owned() == ["browser_key"]
    certificates.hold(provider.services, khai.serial, actor=OPERATOR)
    assert owned() == []
    certificates.release(provider.services, khai.serial, actor=OPERATOR)
    assert owned() == ["browser_key"]


def test_the_list_holds_what_is_revoked_now_and_nothing_else(
    provider: Provider, office: Office, khai: Owner, clock: StoppedClock
) -> None:
    """On hold is listed so; released is not on the next list, for removeFromCRL belongs to delta lists (§5.3.1)."""
    official = office.owner(office.official())
    certificates.hold(provider.services, khai.serial, actor=OPERATOR)
    certificates.revoke(provider.services, official.serial, "affiliationChanged", actor=OPERATOR)
    office.at_work()
    assert _listed(provider, "public") == {khai.serial: x509.ReasonFlags.certificate_hold}
    assert _listed(provider, "government") == {official.serial: x509.ReasonFlags.affiliation_changed}
    number = _number(provider, "public")
    certificates.release(provider.services, khai.serial, actor=OPERATOR)
    office.at_work()
    assert _listed(provider, "public") == {}
    assert _number(provider, "public") == number + 1


def test_an_expired_one_leaves_the_list_after_it_was_on_a_later_one(
    provider: Provider, office: Office, khai: Owner, clock: StoppedClock
) -> None:
    certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    clock.advance(khai.row.not_after - clock() + 60)
    _publish(provider, office)
    assert khai.serial in _listed(provider, "public")
    clock.advance(3 * 86400)
    _publish(provider, office)
    assert _listed(provider, "public") == {}


def test_the_trail_has_each_act_and_its_reason(provider: Provider, khai: Owner) -> None:
    certificates.hold(provider.services, khai.serial, actor=OPERATOR)
    certificates.release(provider.services, khai.serial, actor=OPERATOR)
    certificates.revoke(provider.services, khai.serial, "keyCompromise", actor=OPERATOR)
    with provider.services.database.read() as connection:
        acts = {(entry.action, entry.reason) for entry in entries_about(connection, khai.account_id)}
    assert {
        ("certificate_held", "certificateHold"),
        ("certificate_released", None),
        ("certificate_revoked", "keyCompromise"),
    } <= acts


def test_the_whole_act_or_nothing(provider: Provider, khai: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault half way leaves the certificate good and the session open."""
    from idp.domain.certificates import status

    guest = Guest(provider).signs_in(khai)

    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr(status.outbox, "post", fault)
    with pytest.raises(RuntimeError):
        certificates.revoke(provider.services, khai.serial, "superseded", actor=OPERATOR)
    assert certificates.get(provider.services, khai.serial).status == "good"
    assert guest.is_in


@pytest.fixture
def elsewhere(tmp_path: Path, clock: StoppedClock, postgresql_url: str) -> Iterator[Provider]:
    """A provider on PostgreSQL."""
    made = make_provider(tmp_path, clock, postgresql_url)
    load_built_in(made.services, actor=OPERATOR)
    yield made
    made.services.database.dispose()


@pytest.mark.postgresql
def test_on_postgresql_too(elsewhere: Provider) -> None:
    office = Office(elsewhere.services)
    owner, portal = office.owner(), elsewhere.portal(backchannel_logout_uri=TOLD_AT)
    guest, _ = signed_in(elsewhere, portal, owner)
    done = certificates.revoke(elsewhere.services, owner.serial, "keyCompromise", actor=OPERATOR)
    assert {each.kind for each in done if each.state == "done"} == {"status", "ocsp", "sign_in", "session", "tokens"}
    office.at_work()
    assert owner.serial in _listed(elsewhere, "public")
    assert not guest.is_in


@pytest.mark.postgresql
def test_a_sign_in_and_a_revocation_at_the_same_moment(elsewhere: Provider) -> None:
    """The session's transaction looked first: the revocation waits for it, sees the session and ends it."""
    services, office = elsewhere.services, Office(elsewhere.services)
    owner = office.owner()
    factor = {"kind": "browser_key", "at": services.now(), "serial": owner.serial}
    revoking = threading.Thread(
        target=certificates.revoke, args=(services, owner.serial, "keyCompromise"), kwargs={"actor": OPERATOR}
    )
    looked = sessions._certificates_still_good

    def look_and_let_the_revocation_come(connection: Connection, serials: Sequence[str]) -> None:
        looked(connection, serials)
        revoking.start()
        wait_until(lambda: _somebody_waits_for_a_lock(elsewhere))

    with patch.object(sessions, "_certificates_still_good", look_and_let_the_revocation_come):
        session, cookie = sessions.open_session(services, owner.account_id, [factor])
    revoking.join(10)
    assert not revoking.is_alive()
    assert sessions.read_session(services, cookie) is None
    with services.database.read() as connection:
        kept = sessions_store.by_sid(connection, session.sid)
    assert kept is not None
    assert kept.end_reason == "certificate_revoked"


def _somebody_waits_for_a_lock(provider: Provider) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with provider.services.database.engine.connect() as connection:
        return bool(connection.exec_driver_sql(waiting).scalar_one())


def wait_until(true: Callable[[], bool]) -> None:
    """Look again until it is so; gives up after ten seconds."""
    for _ in range(200):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come to that")


def _sessions(provider: Provider, owner: Owner) -> list[sessions_store.SessionRow]:
    with provider.services.database.read() as connection:
        return list(sessions_store.of_account(connection, owner.account_id))


def _publish(provider: Provider, office: Office) -> None:
    from idp.domain.certificates.authorities import publish_list

    publish_list(provider.services, office.vault, "public")


def _list(provider: Provider, authority: str) -> x509.CertificateRevocationList:
    with provider.services.database.read() as connection:
        found = authorities_store.newest_list(connection, authority)
    assert found is not None
    return x509.load_der_x509_crl(found.content)


def _listed(provider: Provider, authority: str) -> dict[str, x509.ReasonFlags]:
    lines = _list(provider, authority)
    return {f"{line.serial_number:032x}": line.extensions[0].value.reason for line in lines}  # type: ignore[attr-defined]


def _number(provider: Provider, authority: str) -> int:
    return _list(provider, authority).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
