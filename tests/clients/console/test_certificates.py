"""An administrator finds a certificate, stops it with a reason, and sees what follows; nobody else gets that far."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from clients.kit.errors import NeighbourSilent
from clients.kit.web.neighbours import Neighbour
from idp.domain import certificates, sessions
from tests.clients.console.conftest import CONSOLE, Administrator, words_of
from tests.support.certificates import Office, Owner
from tests.support.clock import StoppedClock
from tests.support.provider import Provider


def search(who: Administrator, by: str, value: str) -> str:
    return words_of(who.press(who.see("/certificates"), "/certificates", by=by, value=value))


def status_of(real: Provider, owner: Owner) -> str:
    return certificates.get(real.services, owner.serial).status


def test_a_certificate_is_found_by_name_number_and_account(central: Administrator, khai: Owner) -> None:
    for by, value in (("subject", "Nguyễn Thị Minh Khai"), ("serial", khai.serial), ("account", khai.account_id)):
        found = search(central, by, value)

        assert "1 chứng thư" in found
        assert khai.serial in found


def test_what_was_looked_for_stands_in_no_address_and_is_shown_again(central: Administrator, khai: Owner) -> None:
    search(central, "subject", "Nguyễn Thị Minh Khai")

    again = central.see("/certificates")

    assert again.request.query_string == b""
    assert khai.serial in again.text


def test_a_search_for_nothing_finds_nothing(central: Administrator, khai: Owner) -> None:
    assert khai.serial not in search(central, "subject", "  ")
    assert khai.serial not in search(central, "everything", "x")
    assert "0 chứng thư" in search(central, "subject", "Minh Khai")


def test_revoking_asks_for_a_reason_and_then_shows_what_follows(
    central: Administrator, real: Provider, khai: Owner, office: Office
) -> None:
    page = f"/certificates/{khai.serial}/revoke"
    without = central.press(central.see(page), page)
    assert without.status_code == 422
    assert status_of(real, khai) == "good"

    following = central.press(without, page, reason="keyCompromise")
    waiting = words_of(following)
    office.at_work()
    done = words_of(central.see(f"/certificates/{khai.serial}/consequences"))

    assert status_of(real, khai) == "revoked"
    assert following.request.path == f"/certificates/{khai.serial}/consequences"
    assert "Đang chờ" in waiting
    assert "tức thì" in waiting
    assert "data-waiting" in following.text
    assert '<noscript><meta http-equiv="refresh"' in following.text
    assert "Mọi việc đã xong" in done
    assert "Đang chờ" not in done


def test_an_act_without_an_answer_is_said_to_be_uncertain_and_done_again_it_does_no_harm(
    central: Administrator, real: Provider, khai: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/certificates/{khai.serial}/revoke"
    before, asked = central.see(page), Neighbour.post

    def goes_away_after_it(self: Neighbour, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        asked(self, path, content)
        raise NeighbourSilent("the connection ended")

    with monkeypatch.context() as away:
        away.setattr(Neighbour, "post", goes_away_after_it)
        unanswered = central.press(before, page, reason="keyCompromise")
    again = central.press(before, page, reason="superseded")

    assert unanswered.status_code == 503
    assert "Chưa biết việc này đã được thực hiện hay chưa" in words_of(unanswered)
    assert again.request.path == f"/certificates/{khai.serial}/consequences"
    assert certificates.get(real.services, khai.serial).reason == "keyCompromise"


def test_a_session_opened_with_it_and_its_portals_are_among_what_follows(
    central: Administrator, real: Provider, khai: Owner
) -> None:
    portal = real.portal(
        agency="H49", client_name="Cổng tỉnh", backchannel_logout_uri="http://localhost:8003/backchannel-logout"
    )
    factor = {"kind": "certificate", "serial": khai.serial, "at": real.services.now()}
    _, cookie = sessions.open_session(real.services, khai.account_id, [factor])
    browser = real.browser()
    browser.set_cookie("motcua_idp_session", cookie, domain="localhost")
    portal.tokens(browser)
    page = f"/certificates/{khai.serial}/revoke"
    before = words_of(central.see(page))

    after = words_of(central.press(central.see(page), page, reason="superseded"))

    assert "1 phiên" in before
    assert "Cổng tỉnh" in before
    assert "Đã đăng xuất tại một cổng: Cổng tỉnh" in after


def test_a_portal_that_takes_no_message_keeps_nothing_pending(
    central: Administrator, real: Provider, khai: Owner, office: Office
) -> None:
    portal = real.portal(agency="H49", client_name="Cổng cũ")
    factor = {"kind": "certificate", "serial": khai.serial, "at": real.services.now()}
    _, cookie = sessions.open_session(real.services, khai.account_id, [factor])
    browser = real.browser()
    browser.set_cookie("motcua_idp_session", cookie, domain="localhost")
    portal.tokens(browser)
    page = f"/certificates/{khai.serial}"
    central.press(central.see(f"{page}/revoke"), f"{page}/revoke", reason="superseded")
    office.at_work()

    done = words_of(central.see(f"{page}/consequences"))

    assert "Mọi việc đã xong" in done
    assert "Cổng cũ" in done
    assert "Tự kết thúc" in done


def test_a_suspension_is_released_at_the_certificates_page(central: Administrator, real: Provider, khai: Owner) -> None:
    page = f"/certificates/{khai.serial}"
    central.press(central.see(f"{page}/hold"), f"{page}/hold")
    assert status_of(real, khai) == "on-hold"

    released = central.press(central.see(page), f"{page}/release")

    assert status_of(real, khai) == "good"
    assert released.request.path == page


def test_where_somebody_was_quicker_the_page_shows_how_it_stands(
    central: Administrator, real: Provider, khai: Owner
) -> None:
    page = f"/certificates/{khai.serial}"
    central.press(central.see(f"{page}/hold"), f"{page}/hold")
    held = central.see(page)
    certificates.revoke(real.services, khai.serial, "keyCompromise", actor=("operator", "test"))

    late = central.press(held, f"{page}/release")

    assert late.status_code == 200
    assert "Đã thu hồi" in words_of(late)
    assert status_of(real, khai) == "revoked"


def test_a_sign_in_that_is_not_fresh_is_asked_for_again_before_the_form(
    central: Administrator, khai: Owner, clock: StoppedClock
) -> None:
    central.see("/home")
    clock.advance(331)

    answer = central.step(f"{CONSOLE}/certificates/{khai.serial}/revoke")

    assert answer.status_code == 303
    assert "max_age=300" in answer.location
    assert "acr_values=urn" in answer.location


def test_a_form_that_was_left_open_too_long_does_nothing_by_itself(
    central: Administrator, real: Provider, khai: Owner, clock: StoppedClock
) -> None:
    page = f"/certificates/{khai.serial}/revoke"
    form = central.see(page)
    clock.advance(331)

    answer = central.at_portals[CONSOLE].post(
        page,
        data={"csrf_token": token_of(form.text), "reason": "keyCompromise"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code == 303
    assert answer.location.startswith(real.services.settings.issuer)
    assert status_of(real, khai) == "good"


def token_of(text: str) -> str:
    return text.partition('name="csrf_token" value="')[2].partition('"')[0]


def test_a_form_of_another_site_or_without_its_token_does_nothing(
    central: Administrator, real: Provider, khai: Owner
) -> None:
    page = f"/certificates/{khai.serial}/revoke"
    token = token_of(central.see(page).text)
    client = central.at_portals[CONSOLE]
    forged = [
        client.post(page, data={"reason": "keyCompromise"}),
        client.post(page, data={"reason": "keyCompromise", "csrf_token": "x"}),
        client.post(
            page, data={"reason": "keyCompromise", "csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
        ),
        client.post(
            page, data={"reason": "keyCompromise", "csrf_token": token}, headers={"Sec-Fetch-Site": "same-site"}
        ),
    ]

    assert [answer.status_code for answer in forged] == [400] * 4
    assert status_of(real, khai) == "good"


def test_nothing_is_revoked_by_following_a_link(central: Administrator, real: Provider, khai: Owner) -> None:
    central.see(f"/certificates/{khai.serial}/revoke?reason=keyCompromise")
    assert central.see(f"/certificates/{khai.serial}/release").status_code == 405
    assert status_of(real, khai) == "good"


def test_another_agencys_certificate_is_not_there(
    enter: Callable[..., Administrator], real: Provider, khai: Owner
) -> None:
    of_h49 = enter("administrator", agency="H49")
    page = f"/certificates/{khai.serial}"
    own = of_h49.see("/certificates")

    assert "0 chứng thư" in words_of(of_h49.press(own, "/certificates", by="serial", value=khai.serial))
    for path in (page, f"{page}/revoke", f"{page}/hold", f"{page}/consequences"):
        assert of_h49.see(path).status_code == 404
    assert of_h49.send(f"{page}/revoke", csrf_token=token_of(own.text), reason="keyCompromise").status_code == 404
    assert status_of(real, khai) == "good"


@pytest.mark.parametrize("roles", [("receiver",), ("central_administrator",)])
def test_without_the_role_every_page_says_that_it_is_for_others(
    enter: Callable[..., Administrator], real: Provider, khai: Owner, roles: tuple[str, ...]
) -> None:
    clerk = enter(*roles)
    for path in ("/home", "/certificates", f"/certificates/{khai.serial}/revoke", "/people", "/portals"):
        assert clerk.see(path).status_code == 403
    token = token_of(clerk.see("/").text)

    answer = clerk.send(f"/certificates/{khai.serial}/revoke", csrf_token=token, reason="keyCompromise")

    assert answer.status_code == 403
    assert status_of(real, khai) == "good"


def test_a_role_withdrawn_meanwhile_ends_what_the_console_may_do(
    central: Administrator, real: Provider, khai: Owner
) -> None:
    from idp.store import accounts as accounts_store

    page = f"/certificates/{khai.serial}/revoke"
    form = central.see(page)
    with real.services.database.write() as connection:
        accounts_store.change(connection, central.account, roles=())

    assert central.press(form, page, reason="keyCompromise").status_code == 403
    assert status_of(real, khai) == "good"


@pytest.mark.parametrize(
    "path",
    [
        "/certificates/..%2Fclients",
        "/certificates/%2e%2e",
        "/certificates/a%00b",
        "/certificates/a%3Fx",
        "/certificates/" + "f" * 200,
        "/certificates/f",
        "/people/%C3%A1",
        "/people/..;/x",
        "/sessions/none",
        "/portals/no-such-portal",
    ],
)
def test_tricks_with_addresses_find_nothing(central: Administrator, office: Office, path: str) -> None:
    assert central.see(path).status_code == 404
