"""Passkeys at the pages: added, named, removed; signing in and confirming; and the attacks, by HTTP as a browser sends."""

import json
from collections.abc import Callable
from typing import Any

import lxml.html
import pytest

from idp.domain.messages import Outgoing
from tests.idp.http.pages.conftest import PASSWORD, Enrol, enter
from tests.idp.http.visitor import Visitor
from tests.support.authenticator import Authenticator, b64
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, claims_of

ORIGIN = "http://localhost:8000"
OWN = "/account/authenticators/passkeys"


def options_on(visitor: Visitor) -> dict[str, Any]:
    """What the page in hand asks the browser for."""
    (form,) = lxml.html.fromstring(visitor.response.text).xpath("//form[@data-passkey]")
    return dict(json.loads(form.get("data-options")))


def adds(visitor: Visitor, device: Authenticator, label: str = "Điện thoại") -> Visitor:
    """Add a passkey: the script's part is done by hand."""
    visitor.open(f"{OWN}/add")
    return visitor.press("Thêm khóa truy cập (passkey)", label=label, credential=answer(device.create, visitor))


def answer(ceremony: Callable[[dict[str, Any]], Any], visitor: Visitor) -> str:
    return json.dumps(ceremony(options_on(visitor)))


def uses(visitor: Visitor, device: Authenticator) -> Visitor:
    """Use a passkey on the page in hand."""
    return visitor.press("Dùng khóa truy cập (passkey)", credential=answer(device.get, visitor))


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(ORIGIN)


@pytest.fixture
def enrolled(signed_in: Visitor, device: Authenticator) -> Visitor:
    """Minh Khai, signed in, with the passkey of her phone."""
    return adds(signed_in, device)


@pytest.fixture
def newcomer(provider: Provider) -> Visitor:
    """Another browser."""
    return Visitor(provider.browser())


def test_a_passkey_is_added_named_and_announced(enrolled: Visitor, post: Callable[[], list[Outgoing]]):
    assert enrolled.path == OWN
    assert "Đã thêm khóa truy cập" in enrolled.text
    assert "Điện thoại" in enrolled.text
    told = [message.recipient.channel for message in post() if message.subject == "Đã thêm một cách đăng nhập"]
    assert sorted(told) == ["email", "phone"]


def test_its_name_is_changed(enrolled: Visitor):
    enrolled.press("Lưu", label="Điện thoại mới")

    assert "Đã đổi tên." in enrolled.text
    assert "Điện thoại mới" in enrolled.text


def test_without_a_name_the_browsers_is_taken(signed_in: Visitor, device: Authenticator):
    adds(signed_in, device, label=" ")

    assert "Thiết bị không rõ" in signed_in.text


def test_signing_in_takes_one_gesture_and_no_name(enrolled: Visitor, newcomer: Visitor, device: Authenticator):
    uses(newcomer.open("/signin"), device)

    assert newcomer.path == "/account"
    assert "khóa truy cập" in newcomer.open("/account/sessions").text


def test_a_portal_learns_what_was_used(enrolled: Visitor, newcomer: Visitor, portal: Portal, device: Authenticator):
    newcomer.open("/authorize", **portal.request(acr_values="urn:vn:eid:loa1:phr"))
    uses(newcomer, device).press("Đồng ý và tiếp tục")

    claims = claims_of(portal.redeem(newcomer.answer["code"]).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:vn:eid:loa1:phr", ["hwk"])


def test_a_portal_that_asks_for_more_gets_it_in_one_step(
    enrolled: Visitor, newcomer: Visitor, portal: Portal, device: Authenticator
):
    enter(newcomer.open("/authorize", **portal.request(acr_values="urn:vn:eid:loa1:phr")))
    assert "khóa truy cập (passkey) hoặc chứng thư số" in newcomer.text

    newcomer.follow("Dùng khóa truy cập (passkey)")
    assert newcomer.title == "Xác nhận bằng khóa truy cập"
    assert len(options_on(newcomer)["allowCredentials"]) == 1
    uses(newcomer, device).press("Đồng ý và tiếp tục")

    claims = claims_of(portal.redeem(newcomer.answer["code"]).json["id_token"])
    assert (claims["acr"], claims["amr"]) == ("urn:vn:eid:loa1:phr", ["pwd", "hwk", "mfa"])


def test_whoever_has_none_adds_one_and_goes_on(signed_in: Visitor, portal: Portal, device: Authenticator):
    signed_in.open("/authorize", **portal.request(acr_values="urn:vn:eid:loa1:phr"))
    signed_in.follow("Thêm khóa truy cập (passkey)").follow("Thêm khóa truy cập (passkey)")
    signed_in.press("Thêm khóa truy cập (passkey)", credential=answer(device.create, signed_in))
    signed_in.follow("Tiếp tục").follow("Dùng khóa truy cập (passkey)")
    uses(signed_in, device).press("Đồng ý và tiếp tục")

    assert claims_of(portal.redeem(signed_in.answer["code"]).json["id_token"])["acr"] == "urn:vn:eid:loa1:phr"


def test_once_there_is_one_a_password_alone_changes_nothing(
    enrolled: Visitor, newcomer: Visitor, device: Authenticator
):
    enter(newcomer.open("/signin"))

    for path in (f"{OWN}/add", f"{OWN}/{_id_on(newcomer.open(OWN))}/remove"):
        newcomer.open(path)
        assert newcomer.path.startswith("/signin/passkey?next=")
    uses(newcomer, device)
    assert newcomer.title == "Gỡ một cách đăng nhập"


def test_a_proof_is_fresh_for_five_minutes(enrolled: Visitor, device: Authenticator, clock: StoppedClock):
    path = f"{OWN}/{_id_on(enrolled)}/remove"
    enrolled.open(path)
    uses(enrolled, device)
    assert enrolled.path == path
    clock.advance(301)

    enrolled.press("Gỡ")

    assert enrolled.path.startswith("/signin/passkey?next=")


def test_a_page_left_open_adds_nothing(signed_in: Visitor, device: Authenticator, clock: StoppedClock):
    """Whoever finds the page for adding in an open browser is asked who they are before their key is added."""
    signed_in.open(f"{OWN}/add")
    clock.advance(301)

    signed_in.press("Thêm khóa truy cập (passkey)", label="Của kẻ trộm", credential=answer(device.create, signed_in))
    assert signed_in.path.startswith("/step-up/password?next=")
    assert "chưa có khóa truy cập nào" in signed_in.open(OWN).text

    signed_in.open(f"{OWN}/add").press("Xác nhận", password=PASSWORD)
    assert signed_in.path == f"{OWN}/add"


def test_being_noticed_does_not_open_the_account(enrolled: Visitor, newcomer: Visitor, device: Authenticator):
    """Downgrade: whoever has a copy and the password lets the copy be noticed; the password alone changes nothing then."""
    thief = device.copy()
    uses(newcomer.open("/signin"), device)
    newcomer.open("/logout").press("Đăng xuất khỏi mọi nơi")
    uses(newcomer.open("/signin"), thief)
    assert "sao chép" in newcomer.text

    enter(newcomer.open("/signin"))
    assert "Không còn được chấp nhận" in newcomer.open(OWN).text
    for path in (f"{OWN}/add", f"{OWN}/{_id_on(newcomer.open(OWN))}/remove", "/account/authenticators/totp"):
        assert newcomer.open(path).path.startswith("/step-up?next=")
        assert newcomer.title == "Hãy xác nhận đó là bạn"


def test_a_removed_one_signs_nobody_in(
    enrolled: Visitor, newcomer: Visitor, device: Authenticator, post: Callable[[], list[Outgoing]]
):
    post()
    enrolled.open(f"{OWN}/{_id_on(enrolled)}/remove")
    uses(enrolled, device).press("Gỡ")
    assert "chưa có khóa truy cập nào" in enrolled.text

    uses(newcomer.open("/signin"), device)

    assert newcomer.response.status_code == 403
    assert "có thể đã bị gỡ" in newcomer.text
    (form,) = lxml.html.fromstring(newcomer.response.text).xpath("//form[@data-unknown]")
    signal = {"rpId": "localhost", "credentialId": b64(device.credentials[0].id)}
    assert json.loads(form.get("data-unknown")) == signal
    assert [message.subject for message in post()] == ["Đã gỡ một cách đăng nhập"] * 2


def test_nobody_removes_or_names_anothers(enrolled: Visitor, newcomer: Visitor, enrol: Enrol, device: Authenticator):
    theirs = _id_on(enrolled)
    enrol("Trần Đức Bình", phone="+84987654321")
    enter(newcomer.open("/signin"), "0987654321")

    newcomer.open(f"{OWN}/{theirs}/remove")
    assert newcomer.response.status_code == 404
    own = Authenticator(ORIGIN)
    adds(newcomer, own)
    for act in ("remove", "name"):
        token = newcomer.fields.get("csrf_token", "") or _token(newcomer)
        sent = newcomer.browser.post(f"{OWN}/{theirs}/{act}", data={"csrf_token": token, "label": "của tôi"})
        assert sent.status_code in (303, 404)
    assert "của tôi" not in enrolled.open(OWN).text
    assert _id_on(enrolled) == theirs


def test_the_sign_in_page_says_nothing_of_anybody(enrolled: Visitor, newcomer: Visitor):
    """The same offer to everybody, whatever name is typed: nothing is asked of a name's passkeys."""
    assert options_on(newcomer.open("/signin"))["allowCredentials"] == []
    assert 'autocomplete="username webauthn"' in newcomer.response.text
    enter(newcomer, password="sai hoàn toàn rồi nhé")
    assert options_on(newcomer)["allowCredentials"] == []
    enter(newcomer, "0900000000", "sai hoàn toàn rồi nhé")
    assert options_on(newcomer)["allowCredentials"] == []


LIES = {
    "relayed by another site": {"origin": "https://m0tcua.example"},
    "made for another site": {"rp_id": "m0tcua.example"},
    "nobody verified": {"flags": 0x01},
    "another challenge": {"challenge": "AAAA"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lie_signs_nobody_in(enrolled: Visitor, newcomer: Visitor, device: Authenticator, lie: dict[str, Any]):
    device.lies = lie

    uses(newcomer.open("/signin"), device)

    assert newcomer.response.status_code == 403
    assert newcomer.title == "Đăng nhập bằng khóa truy cập"
    assert newcomer.open("/account").path.startswith("/signin")


def test_an_answer_is_good_once_and_in_its_browser_alone(
    provider: Provider, enrolled: Visitor, newcomer: Visitor, device: Authenticator
):
    response = answer(device.get, newcomer.open("/signin"))
    thief = Visitor(provider.browser()).open("/signin")

    thief.press("Dùng khóa truy cập (passkey)", credential=response)
    assert "quá lâu hoặc đã được dùng" in thief.text
    newcomer.press("Dùng khóa truy cập (passkey)", credential=response)
    assert newcomer.path == "/account"
    newcomer.open("/logout").press("Đăng xuất khỏi mọi nơi")
    newcomer.open("/signin").press("Dùng khóa truy cập (passkey)", credential=response)
    assert "quá lâu hoặc đã được dùng" in newcomer.text


def test_a_real_time_relay_yields_nothing(provider: Provider, enrolled: Visitor, device: Authenticator):
    """The thief opens the real page, shows its challenge at a page of their own, and sends back what the victim signs."""
    thief = Visitor(provider.browser()).open("/signin")
    victim = Authenticator("https://motcua-dangnhap.example", credentials=device.credentials)

    # A browser gives such a page no credential of ours at all; even one that did would name the page's own origin.
    thief.press("Dùng khóa truy cập (passkey)", credential=answer(victim.get, thief))

    assert thief.response.status_code == 403
    assert thief.open("/account").path.startswith("/signin")


def test_adding_one_by_a_forged_form_is_refused(signed_in: Visitor, device: Authenticator):
    signed_in.open(f"{OWN}/add")
    response = answer(device.create, signed_in)

    forged = signed_in.browser.post(f"{OWN}/add", data={"credential": response, "label": "x"})
    assert forged.status_code == 400
    token = signed_in.fields["csrf_token"]
    across = signed_in.browser.post(
        f"{OWN}/add",
        data={"credential": response, "label": "x", "csrf_token": token},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert across.status_code == 400
    assert "chưa có khóa truy cập nào" in signed_in.open(OWN).text


def test_a_thief_cannot_have_their_key_added_by_the_owners_browser(
    provider: Provider, signed_in: Visitor, newcomer: Visitor, enrol: Enrol, device: Authenticator
):
    enrol("Trần Đức Bình", phone="+84987654321")
    enter(newcomer.open("/signin"), "0987654321").open(f"{OWN}/add")
    response = answer(device.create, newcomer)

    signed_in.open(f"{OWN}/add").press("Thêm khóa truy cập (passkey)", label="x", credential=response)

    assert signed_in.response.status_code == 403
    assert "chưa có khóa truy cập nào" in signed_in.open(OWN).text


def test_without_scripts_it_is_said(signed_in: Visitor, newcomer: Visitor):
    newcomer.open("/signin").press("Dùng khóa truy cập (passkey)")
    assert (newcomer.response.status_code, newcomer.path) == (400, "/signin/passkey")
    assert "cần JavaScript" in newcomer.text

    signed_in.open(f"{OWN}/add").press("Thêm khóa truy cập (passkey)")
    assert signed_in.response.status_code == 400
    assert "cần JavaScript" in signed_in.text


def test_somebody_elses_passkey_confirms_nothing(
    enrolled: Visitor, newcomer: Visitor, enrol: Enrol, portal: Portal, device: Authenticator
):
    enrol("Trần Đức Bình", phone="+84987654321")
    adds(enter(newcomer.open("/signin"), "0987654321"), Authenticator(ORIGIN))
    newcomer.open("/authorize", **portal.request(acr_values="urn:vn:eid:loa1:phr"))
    newcomer.follow("Dùng khóa truy cập (passkey)")

    stranger = json.dumps(device.use(device.credentials[0], options_on(newcomer)))
    newcomer.press("Dùng khóa truy cập (passkey)", credential=stranger)

    assert newcomer.response.status_code == 403
    assert "thuộc tài khoản khác" in newcomer.text


def test_an_issuer_without_a_name_offers_none(tmp_path: Any, clock: StoppedClock):
    from tests.support.provider import make_provider

    made = make_provider(tmp_path, clock, issuer="http://127.0.0.1:8000")
    visitor = Visitor(made.browser(), "http://127.0.0.1:8000")

    assert "data-passkey" not in visitor.open("/signin").response.text
    assert visitor.open("/signin/passkey").response.status_code == 404
    made.services.database.dispose()


def _id_on(visitor: Visitor) -> str:
    (link,) = lxml.html.fromstring(visitor.response.text).xpath(
        "//a[contains(@href, '/passkeys/')][contains(@href, '/remove')]"
    )
    return str(link.get("href")).split("/")[-2]


def _token(visitor: Visitor) -> str:
    return str(lxml.html.fromstring(visitor.response.text).xpath("//input[@name='csrf_token']")[0].get("value"))
