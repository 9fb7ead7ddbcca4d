"""Closing one's account: at once for everybody, told everywhere, to be stopped for two weeks, then gone for good."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from idp.domain import accounts, audit, audit_verification, closing, consents, outbox, sessions
from idp.domain.audit import Action
from idp.domain.audit_sequencer import sequence_all
from idp.domain.messages import Outgoing
from idp.errors import NotFound
from idp.store import accounts as store
from idp.store import audit_trail, tables
from idp.store.accounts import AccountRow
from idp.store.audit_trail import Numbered
from tests.idp.http.pages.conftest import Enrol, enter
from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider

PAGE = "/account/close"
NUMBER = "022094001234"
Post = Callable[[], list[Outgoing]]


def account(provider: Provider, account_id: str) -> AccountRow:
    """Give an account as it is kept."""
    with provider.services.database.read() as connection:
        found = store.find(connection, account_id)
    assert found is not None
    return found


def close(visitor: Visitor) -> Visitor:
    """Close the account of whoever is signed in."""
    return visitor.open(PAGE).press("Đóng tài khoản này", sure="y")


def work(provider: Provider) -> int:
    """Let the worker do what is due."""
    services = provider.services
    return outbox.drain(services.database, {closing.CLOSE: closing.handler(services)}, services.clock)


@pytest.fixture
def proofed(visitor: Visitor, enrol: Enrol) -> tuple[Visitor, str]:
    """Somebody whose number is proofed, signed in."""
    made = enrol("Đỗ Văn Ẩn", phone="+84987654321", identity_level=2, personal_number=NUMBER)
    return enter(visitor.open("/signin"), NUMBER), made


def test_the_page_says_what_follows_and_asks_for_a_fresh_sign_in(signed_in: Visitor, provider: Provider):
    assert "Sau 14 ngày" in signed_in.open(PAGE).text
    provider.clock.advance(301)
    assert signed_in.open(PAGE).path.startswith("/step-up")


def test_without_the_tick_nothing_happens(signed_in: Visitor, khai: str, provider: Provider):
    signed_in.open(PAGE).press("Đóng tài khoản này")

    assert "Hãy đánh dấu vào ô trước" in signed_in.text
    assert account(provider, khai).state == "active"


def test_a_foreign_page_cannot_close_anything(signed_in: Visitor, khai: str, provider: Provider):
    assert signed_in.browser.post(PAGE, data={"sure": "y"}).status_code == 400
    assert account(provider, khai).state == "active"


def test_at_once_every_session_and_grant_ends_and_nobody_signs_in(
    signed_in: Visitor, khai: str, provider: Provider, portal: Portal
):
    consents.agree(provider.services, khai, portal.client, ("openid", "offline_access"), ())
    elsewhere = provider.signed_in(khai)
    tokens = portal.tokens(elsewhere, scope="openid offline_access")

    assert close(signed_in).title == "Tài khoản đã đóng"

    assert signed_in.open("/account").path.startswith("/signin")
    assert elsewhere.get("/account").status_code == 303
    assert portal.refresh(tokens["refresh_token"]).status_code == 400
    assert not portal.introspect(tokens["access_token"])["active"]
    rows = tables.sessions.sessions.c
    with provider.services.database.read() as connection:
        reasons = connection.execute(select(rows.end_reason).where(rows.account_id == khai)).scalars().all()
        told = connection.execute(select(tables.sessions.session_clients.c.ended_at)).scalars().all()
    assert set(reasons) == {"account_closing"}
    assert told, "the portal was joined"
    assert None not in told
    told = enter(signed_in.open("/signin")).text
    assert "Bạn đã đóng tài khoản này. Để giữ lại, hãy mở đường dẫn trong tin nhắn" in told


def test_every_channel_is_told_with_a_link_that_stops_it(signed_in: Visitor, khai: str, provider: Provider, post: Post):
    post()
    close(signed_in)

    told = post()

    assert sorted(each.recipient.channel for each in told) == ["email", "phone"]
    link = told[0].body.split("http://localhost:8000")[-1].strip()
    assert link.startswith("/freeze/")
    signed_in.open(link).press("Dừng mọi việc")
    assert account(provider, khai).state == "active"
    provider.clock.advance(closing.WAIT + 60)
    work(provider)
    assert account(provider, khai).state == "active"
    assert enter(signed_in.open("/signin")).path == "/account"


def test_before_the_wait_is_over_nothing_is_erased(signed_in: Visitor, khai: str, provider: Provider):
    close(signed_in)
    provider.clock.advance(closing.WAIT - 60)
    work(provider)

    assert account(provider, khai).state == "closing"
    assert account(provider, khai).phone_sealed is not None
    assert not closing.finish(provider.services, khai)


def test_after_it_what_is_personal_is_gone(proofed: tuple[Visitor, str], provider: Provider, portal: Portal):
    visitor, own = proofed
    used = [{"kind": "password", "at": provider.services.now()}]
    sessions.open_session(provider.services, own, used, device="Firefox/130.0", place="203.0.113.7")
    consents.agree(provider.services, own, portal.client, ("openid",), ())
    close(visitor)
    provider.clock.advance(closing.WAIT + 60)
    assert work(provider) == 1

    row = account(provider, own)
    assert row.state == "closed"
    assert [getattr(row, name) for name in accounts.ERASED if name not in ("roles",)].count(None) >= 11
    with provider.services.database.read() as connection:
        assert store.authenticators_of(connection, own) == []
        assert store.kinds_of_names(connection, own) == []
        held = connection.execute(select(tables.sessions.sessions.c.device, tables.sessions.sessions.c.place)).all()
        agreed = connection.execute(select(tables.consents.consents)).all()
    assert {tuple(each) for each in held} == {("", "")}
    assert agreed == []


def test_names_and_proofed_number_are_free_only_then(proofed: tuple[Visitor, str], provider: Provider, enrol: Enrol):
    visitor, own = proofed
    close(visitor)
    with pytest.raises(accounts.NameTaken):
        enrol("Đỗ Văn Ẩn", phone="+84987654321", identity_level=2, personal_number=NUMBER)

    provider.clock.advance(closing.WAIT + 60)
    work(provider)

    assert enrol("Đỗ Văn Ẩn", phone="+84987654321", identity_level=2, personal_number=NUMBER) != own


def test_the_trail_keeps_the_acts(signed_in: Visitor, khai: str, provider: Provider):
    close(signed_in)
    provider.clock.advance(closing.WAIT + 60)
    work(provider)

    with provider.services.database.read() as connection:
        acts = [entry.action for entry in audit.entries_about(connection, khai)]
    assert acts.count(Action.CLOSING_BEGUN) == 1
    assert acts.count(Action.ACCOUNT_CLOSED) == 1


def test_the_chain_holds_after_everything_personal_is_gone(proofed: tuple[Visitor, str], provider: Provider):
    services, (visitor, own) = provider.services, proofed
    close(visitor)
    sequence_all(services.database)
    before = [each.chain for each in numbered(provider)]
    provider.clock.advance(closing.WAIT + 60)
    work(provider)
    sequence_all(services.database)

    after = numbered(provider)
    assert [each.chain for each in after][: len(before)] == before
    verdict = audit_verification.check([audit_verification.published(each) for each in after], [])
    assert verdict.problems == []
    assert own in {each.entry.account_id for each in after}


def numbered(provider: Provider) -> list[Numbered]:
    """Give the numbered entries of the trail."""
    with provider.services.database.read() as connection:
        place = audit_trail.place(connection)
        return list(audit_trail.walk(connection, place.size if place else 0))


def test_closing_that_was_stopped_and_began_anew_waits_anew(signed_in: Visitor, khai: str, provider: Provider):
    services = provider.services
    closing.begin(services, khai)
    provider.clock.advance(10 * 86400)
    waiting = account(provider, khai)
    with services.database.write() as connection:
        assert closing.stop(connection, services, waiting)
    closing.begin(services, khai)
    provider.clock.advance(5 * 86400)
    work(provider)
    assert account(provider, khai).state == "closing"

    provider.clock.advance(10 * 86400)
    work(provider)
    assert account(provider, khai).state == "closed"


def test_a_desk_can_stop_it_too(signed_in: Visitor, khai: str, provider: Provider):
    services = provider.services
    closing.begin(services, khai)
    with services.database.write() as connection:
        accounts.thaw(connection, services.sealer, khai, at=1.0, actor=("operator", "desk"), reason="asked_for_it")

    assert account(provider, khai).state == "active"


def test_an_official_cannot_close_theirs(visitor: Visitor, enrol: Enrol, provider: Provider):
    official = enrol("Hoàng Đức Thắng", phone="+84987654321", kind="official", agency="G02", roles=("receiver",))
    enter(visitor.open("/signin"), "0987654321").open(PAGE)

    assert "do quản trị viên của cơ quan đóng" in visitor.text
    with pytest.raises(closing.NotTheirsToClose):
        closing.begin(provider.services, official)
    assert account(provider, official).state == "active"


def test_closing_twice_and_closing_nobody(signed_in: Visitor, khai: str, provider: Provider):
    closing.begin(provider.services, khai)

    for nobody in (khai, "nobody"):
        with pytest.raises(NotFound):
            closing.begin(provider.services, nobody)


def test_a_closing_that_fails_for_a_day_is_tried_again(
    signed_in: Visitor, khai: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    """The outbox gives a message up a day after it was posted; this one was posted two weeks before."""
    closing.begin(provider.services, khai)
    provider.clock.advance(closing.WAIT + 60)
    with monkeypatch.context() as broken:
        broken.setattr(closing.account_stop, "close_account_within", lambda *_, **__: 1 / 0)
        assert work(provider) == 0
    provider.clock.advance(3700)

    work(provider)

    assert account(provider, khai).state == "closed"
