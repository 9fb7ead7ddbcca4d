"""An account that is stopped takes its certificates along, in the same transaction: what it signs is not to be believed."""

import pytest

from idp.domain import account_stop, accounts, certificates, closing, sessions
from idp.domain.accounts import Actor
from idp.store import accounts as accounts_store
from tests.support.certificates import OPERATOR, Owner
from tests.support.provider import Provider

DESK: Actor = ("operator", "desk")


def standing(provider: Provider, owner: Owner) -> tuple[str, str | None]:
    row = certificates.get(provider.services, owner.serial)
    return row.status, row.reason


def frozen(provider: Provider, owner: Owner) -> None:
    account_stop.freeze_account(provider.services, owner.account_id, actor=DESK, reason="asked_for_it")


def test_freezing_suspends_them(provider: Provider, khai: Owner) -> None:
    frozen(provider, khai)
    assert standing(provider, khai) == ("on-hold", "certificateHold")


def test_thawing_leaves_it_to_whoever_releases_them(provider: Provider, khai: Owner) -> None:
    """A desk that opens the account has not looked at the keys; the owner, signed in afresh, releases them."""
    services = provider.services
    frozen(provider, khai)
    with services.database.write() as connection:
        accounts.thaw(connection, services.sealer, khai.account_id, at=services.clock(), actor=DESK, reason="mended")
    assert standing(provider, khai) == ("on-hold", "certificateHold")
    certificates.release(services, khai.serial, actor=("account", khai.account_id))
    assert standing(provider, khai) == ("good", None)


def test_freezing_changes_nothing_in_one_that_is_revoked(provider: Provider, khai: Owner) -> None:
    certificates.revoke(provider.services, khai.serial, "keyCompromise", actor=OPERATOR)
    frozen(provider, khai)
    assert standing(provider, khai) == ("revoked", "keyCompromise")


def test_a_session_says_that_the_account_was_frozen(provider: Provider, khai: Owner) -> None:
    """The first cause is the one that a person is told."""
    factor = {"kind": "browser_key", "serial": khai.serial, "at": provider.services.now()}
    session, cookie = sessions.open_session(provider.services, khai.account_id, [factor])
    frozen(provider, khai)
    assert sessions.read_session(provider.services, cookie) is None
    with provider.services.database.read() as connection:
        row = sessions.store.by_sid(connection, session.sid)
    assert row is not None
    assert row.end_reason == "account_frozen"


def test_closing_by_an_operator_revokes_them(provider: Provider, khai: Owner) -> None:
    account_stop.close_account(provider.services, khai.account_id, actor=DESK, reason="died")
    assert standing(provider, khai) == ("revoked", "cessationOfOperation")


def test_a_closing_that_fails_revokes_nothing(provider: Provider, khai: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    services = provider.services
    closing.begin(services, khai.account_id)
    provider.clock.advance(closing.WAIT + 1)
    monkeypatch.setattr(account_stop.accounts, "close", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        closing.finish(services, khai.account_id)
    assert standing(provider, khai) == ("good", None)
    with services.database.read() as connection:
        account = accounts_store.find(connection, khai.account_id)
    assert account is not None
    assert account.state == "closing"
