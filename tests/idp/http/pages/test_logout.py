"""Signing out: of everything at once, on a portal's word that is proof enough or on one's own."""

import pytest

from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider

BACK = "https://portal.example/logged-out"


@pytest.fixture
def portal(provider: Provider) -> Portal:
    return provider.portal(
        client_name="Cổng Hạ Long",
        post_logout_redirect_uris=[BACK],
        backchannel_logout_uri="https://portal.example/backchannel-logout",
    )


def known_at(portal: Portal, visitor: Visitor) -> str:
    """Sign in at a portal; gives the ID token."""
    visitor.open("/authorize", **portal.request())
    return str(portal.redeem(visitor.answer["code"]).json["id_token"])


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.open("/account").path == "/account"


def test_a_portal_with_its_id_token_signs_out_and_gets_the_browser_back(signed_in: Visitor, portal: Portal):
    hint = known_at(portal, signed_in)

    signed_in.open("/logout", id_token_hint=hint, post_logout_redirect_uri=BACK, state="xyz")

    assert signed_in.left_for == f"{BACK}?state=xyz"
    assert not is_signed_in(signed_in)


def test_by_form_too(signed_in: Visitor, portal: Portal):
    """§2: both GET and POST; a form from the portal's site brings no token of ours."""
    hint = known_at(portal, signed_in)
    data = {"id_token_hint": hint, "post_logout_redirect_uri": BACK}

    response = signed_in.browser.post("/logout", data=data, headers={"Sec-Fetch-Site": "cross-site"})

    assert response.headers["Location"] == BACK
    assert not is_signed_in(signed_in)


def test_a_hint_of_an_earlier_session_is_asked_about_and_goes_back_to_the_portal(
    provider: Provider, khai: str, portal: Portal
):
    """RP-Initiated Logout §2 and §3: the hint proves who asked, the click that the person wants it."""
    hint = known_at(portal, Visitor(provider.signed_in(khai)))
    visitor = Visitor(provider.signed_in(khai))

    visitor.open("/logout", id_token_hint=hint, post_logout_redirect_uri=BACK, state="xyz")

    assert visitor.title == "Đăng xuất khỏi mọi nơi?"
    assert "form-action 'self' https://portal.example" in visitor.response.headers["Content-Security-Policy"]
    visitor.press("Đăng xuất khỏi mọi nơi")
    assert visitor.left_for == f"{BACK}?state=xyz"
    assert not is_signed_in(visitor)


def test_a_link_from_anywhere_signs_nobody_out(signed_in: Visitor, portal: Portal):
    """§2: without proof the person is asked; a forged link only shows the question."""
    known_at(portal, signed_in)

    signed_in.open("/logout", client_id=portal.id, post_logout_redirect_uri=BACK)

    assert signed_in.title == "Đăng xuất khỏi mọi nơi?"
    assert "Cổng Hạ Long" in signed_in.text
    assert is_signed_in(signed_in)


def test_whoever_says_yes_is_signed_out_and_may_go_back(signed_in: Visitor, portal: Portal):
    known_at(portal, signed_in)
    signed_in.open("/logout", client_id=portal.id, post_logout_redirect_uri=BACK, state="xyz")

    signed_in.press("Đăng xuất khỏi mọi nơi")

    assert signed_in.path == "/logout/done"
    assert f'href="{BACK}?state=xyz"' in signed_in.response.text
    assert not is_signed_in(signed_in)


def test_whoever_says_no_stays(signed_in: Visitor, portal: Portal):
    known_at(portal, signed_in)

    signed_in.open("/logout").press("Giữ đăng nhập")

    assert signed_in.path == "/account"


def test_the_answer_cannot_be_forged(signed_in: Visitor):
    response = signed_in.browser.post("/logout/confirm", data={"answer": "sign_out"})

    assert response.status_code == 400
    assert is_signed_in(signed_in)


def test_the_last_page_says_which_portals_know_and_which_do_not_yet(
    signed_in: Visitor, portal: Portal, provider: Provider
):
    quiet = provider.portal(client_name="Cổng Không Nghe")
    for each in (portal, quiet):
        known_at(each, signed_in)

    signed_in.open("/logout").press("Đăng xuất khỏi mọi nơi")
    assert "Cổng Hạ Long Chưa báo được" in signed_in.text
    assert "Cổng Không Nghe Tự kết thúc" in signed_in.text
    assert "Chưa phải cổng nào cũng biết" in signed_in.text

    told(provider, portal)
    signed_in.follow("Xem lại")
    assert "Cổng Hạ Long Đã đăng xuất" in signed_in.text
    assert "Mọi cổng đều đã được báo." in signed_in.text


def told(provider: Provider, portal: Portal) -> None:
    """What the worker notes when a portal has answered."""
    from idp.store import sessions as store

    with provider.services.database.write() as connection:
        sid = connection.execute(store.session_clients.select()).mappings().all()[0]["sid"]
        store.told_client(connection, sid, portal.id, provider.services.clock(), None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": BACK},
        {"id_token_hint": "rubbish"},
        {"client_id": "nobody"},
    ],
)
def test_an_address_that_was_not_registered_is_never_gone_to(signed_in: Visitor, portal: Portal, wrong: dict[str, str]):
    known_at(portal, signed_in)
    given = {"client_id": portal.id, **wrong} if wrong.get("post_logout_redirect_uri") != BACK else wrong

    signed_in.open("/logout", **given)

    assert signed_in.response.status_code == 400
    assert not signed_in.left_for
    assert "evil.example/" not in signed_in.response.text.split("<main")[1]
    assert is_signed_in(signed_in)


def test_whoever_is_not_signed_in_is_simply_sent_on(visitor: Visitor, portal: Portal):
    visitor.open("/logout", client_id=portal.id, post_logout_redirect_uri=BACK)
    assert visitor.left_for == BACK

    assert visitor.open("/logout").path == "/logout/done"
    assert visitor.title == "Bạn đã đăng xuất"


def test_another_sessions_id_token_is_no_proof(signed_in: Visitor, khai: str, portal: Portal, provider: Provider):
    """A hint of another browser's session, leaked or replayed, ends nothing here without being asked."""
    elsewhere = Visitor(provider.signed_in(khai))
    hint = known_at(portal, elsewhere)

    assert signed_in.open("/logout", id_token_hint=hint).title == "Đăng xuất khỏi mọi nơi?"
    assert is_signed_in(signed_in)


def test_the_page_of_a_sign_out_is_seen_in_its_own_browser_only(signed_in: Visitor, portal: Portal, provider: Provider):
    known_at(portal, signed_in)
    signed_in.open("/logout").press("Đăng xuất khỏi mọi nơi")

    assert "Cổng Hạ Long" not in Visitor(provider.browser()).open("/logout/done").text
