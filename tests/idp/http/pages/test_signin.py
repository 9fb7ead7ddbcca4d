"""Signing in: by the page's own form, for a portal or for one's own account, and what follows failures."""

import hashlib
import itertools
import re
from collections.abc import Callable

import pytest

from idp.domain.messages import Outgoing
from templates.places import Places
from tests.idp.http.pages.conftest import PASSWORD, PHONE, Enrol, enter
from tests.idp.http.visitor import Visitor
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider

SESSION = "motcua_idp_session"


def cookie(visitor: Visitor, name: str = SESSION) -> str:
    found = visitor.browser.get_cookie(name)
    return found.value if found else ""


def test_one_lands_on_ones_own_account(visitor: Visitor, khai: str):
    enter(visitor.open("/signin"))

    assert visitor.path == "/account"
    assert visitor.title == "Xin chào, Nguyễn Thị Minh Khai"


def test_one_comes_back_to_the_page_that_was_wanted(visitor: Visitor, khai: str):
    assert visitor.open("/account/sessions").path == "/signin?next=/account/sessions"

    assert enter(visitor).path == "/account/sessions"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "account"])
def test_and_to_no_page_elsewhere(visitor: Visitor, khai: str, target: str):
    assert enter(visitor.open("/signin", next=target)).path == "/account"


def test_a_portal_gets_its_answer(visitor: Visitor, khai: str, portal: Portal):
    visitor.open("/authorize", **portal.request())

    assert visitor.title == "Đăng nhập"
    assert "Cổng dịch vụ công Hạ Long (portal.example)" in visitor.text
    assert enter(visitor).title == "Cho phép Cổng dịch vụ công Hạ Long biết những điều này?"
    visitor.press("Đồng ý và tiếp tục")
    assert visitor.left_for.startswith("https://portal.example/callback?")
    assert portal.redeem(visitor.answer["code"]).json["id_token"]


@pytest.mark.parametrize("wish", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
def test_who_is_asked_to_sign_in_anew_does_so_once(signed_in: Visitor, portal: Portal, wish: dict[str, str]):
    """The sign-in that the request asked for is known as such when the browser comes back with it."""
    assert signed_in.open("/authorize", **portal.request(**wish)).title == "Đăng nhập"
    assert enter(signed_in).title == "Cho phép Cổng dịch vụ công Hạ Long biết những điều này?"


def test_the_forms_of_a_step_may_end_at_the_portal_and_nowhere_else(visitor: Visitor, portal: Portal):
    visitor.open("/authorize", **portal.request())

    policy = visitor.response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://portal.example;" in policy
    assert "form-action 'self';" in visitor.open("/signin").response.headers["Content-Security-Policy"]


def test_whoever_changes_their_mind_is_sent_back(visitor: Visitor, portal: Portal):
    visitor.open("/authorize", **portal.request()).press("Quay lại, không đăng nhập")

    assert visitor.answer["error"] == "access_denied"
    assert visitor.answer["state"] == "a-state"


def test_the_hint_of_the_portal_is_filled_in(visitor: Visitor, portal: Portal):
    visitor.open("/authorize", **portal.request(login_hint='0912 345 678"><b>'))

    assert visitor.fields["username"] == '0912 345 678"><b>'


@pytest.mark.parametrize(("name", "password"), [(PHONE, "sai mật khẩu rồi"), ("0999999999", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_read_alike(visitor: Visitor, khai: str, name: str, password: str):
    enter(visitor.open("/signin"), name, password)

    assert visitor.response.status_code == 403
    assert "Tên đăng nhập hoặc mật khẩu không đúng. Vui lòng kiểm tra lại." in visitor.text
    assert visitor.fields["username"] == name
    assert not visitor.fields["password"]
    assert not cookie(visitor)


def test_what_is_missing_is_said_beside_its_field_and_above_all(visitor: Visitor):
    visitor.open("/signin").press("Đăng nhập")

    page = visitor.response.text
    assert visitor.response.status_code == 400
    assert visitor.errors == ["Lỗi: Vui lòng điền mục này."] * 2
    assert 'aria-describedby="username-error"' in page
    assert '<a href="#password">Mật khẩu: Vui lòng điền mục này.</a>' in page
    assert page.split("<title>")[1].startswith("Lỗi: ")


@pytest.mark.parametrize("field", ["username", "password"])
def test_no_length_makes_a_fault(visitor: Visitor, field: str):
    typed = {"username": PHONE, "password": "x", field: "ế" * 5000}

    assert visitor.open("/signin").press("Đăng nhập", **typed).response.status_code == 400


def test_the_cookie_is_new_after_every_sign_in_and_the_old_one_opens_nothing(
    visitor: Visitor, khai: str, provider: Provider, portal: Portal
):
    """Session fixation: what was known before the sign-in is worth nothing after it."""
    enter(visitor.open("/signin"))
    before = cookie(visitor)
    enter(visitor.open("/authorize", **portal.request(prompt="login")))

    assert cookie(visitor) not in ("", before)
    thief = provider.browser()
    thief.set_cookie(SESSION, before, domain="localhost")
    assert Visitor(thief).open("/account").path == "/signin?next=/account"


def test_a_chosen_cookie_is_never_taken_over(visitor: Visitor, khai: str):
    visitor.browser.set_cookie(SESSION, "chosen-by-the-attacker", domain="localhost")

    enter(visitor.open("/signin"))

    assert cookie(visitor) != "chosen-by-the-attacker"


def test_signing_in_once_more_keeps_the_session_and_another_person_ends_it(
    visitor: Visitor, khai: str, enrol: Enrol, portal: Portal, provider: Provider
):
    enrol("Đỗ Văn Ẩn", phone="+84987654321")
    enter(visitor.open("/signin"))
    first = open_sessions(provider, khai)
    enter(visitor.open("/authorize", **portal.request(prompt="login")))
    assert open_sessions(provider, khai) == first

    enter(visitor.open("/authorize", **portal.request(prompt="login")), "0987654321")

    assert open_sessions(provider, khai) == []
    assert visitor.open("/account").title == "Xin chào, Đỗ Văn Ẩn"


def open_sessions(provider: Provider, account_id: str) -> list[str]:
    from idp.domain.own_account import open_sessions as found

    return [session.row.sid for session in found(provider.services, account_id)]


def test_why_one_signs_in_again_is_said(visitor: Visitor, khai: str, portal: Portal, clock: StoppedClock):
    enter(visitor.open("/signin"))
    clock.advance(100)

    visitor.open("/authorize", **portal.request(max_age="60"))

    assert "Lần đăng nhập trước của bạn đã quá lâu đối với dịch vụ này." in visitor.text


def test_a_step_that_is_not_due_leads_to_where_one_belongs(signed_in: Visitor, portal: Portal):
    signed_in.open("/authorize", **portal.request())
    consent = signed_in.path

    assert signed_in.open(consent.replace("/consent", "/signin")).path == consent
    assert signed_in.open(consent.replace("/consent", "/step-up")).path == consent
    assert signed_in.open("/signin").path == "/account"
    assert signed_in.open("/consent").path == "/account"


def test_a_sign_in_begun_elsewhere_cannot_be_finished_here(visitor: Visitor, provider: Provider, portal: Portal):
    attacker = Visitor(provider.browser()).open("/authorize", **portal.request())

    visitor.open(attacker.path)

    assert visitor.response.status_code == 400
    assert "bắt đầu ở trình duyệt khác" in visitor.text


def test_the_words_follow_the_portal_and_then_the_person(visitor: Visitor, portal: Portal):
    visitor.open("/authorize", **portal.request(ui_locales="en-GB vi"))
    assert visitor.title == "Sign in"

    visitor.follow("Tiếng Việt")

    assert visitor.title == "Đăng nhập"
    pending = visitor.path.partition("pending=")[2]
    assert visitor.open("/authorize", pending=pending).title == "Đăng nhập"


def fail(visitor: Visitor, times: int) -> Visitor:
    visitor.open("/signin")
    for _ in range(times):
        enter(visitor, password="sai mật khẩu rồi")
    return visitor


def solve(page: str) -> str:
    """Do what the page's script does."""
    nonce, bits = re.search(r'data-nonce="(\w+)" data-bits="(\d+)"', page).groups()
    for number in itertools.count():
        digest = hashlib.sha256(f"{nonce}:{number}".encode()).digest()
        if not int.from_bytes(digest) >> (256 - int(bits)):
            return str(number)
    raise AssertionError


def test_after_failures_the_browser_shows_its_work_along_with_the_password(visitor: Visitor, khai: str):
    """The challenge comes with the page that refuses, so that nobody has to type the password twice."""
    fail(visitor, 5)

    visitor.press("Đăng nhập", username=PHONE, password=PASSWORD, number=solve(visitor.response.text))

    assert visitor.path == "/account"


def test_without_its_work_no_password_is_looked_at(visitor: Visitor, khai: str):
    fail(visitor, 5)

    enter(visitor)

    assert visitor.response.status_code == 429
    assert "Vui lòng xác nhận lại đây là bạn" in visitor.text
    assert not cookie(visitor)


def test_a_browser_without_scripts_is_sent_a_code_instead(
    visitor: Visitor, khai: str, post: Callable[[], list[Outgoing]]
):
    post()
    fail(visitor, 5).press("Gửi mã", username=PHONE)
    (message,) = post()
    code = re.search(r"\d{6}", message.body).group()

    visitor.press("Đăng nhập", username=PHONE, password=PASSWORD, code=code)

    assert visitor.path == "/account"


def test_for_nobodys_name_the_page_says_the_same_and_nothing_is_sent(
    visitor: Visitor, khai: str, post: Callable[[], list[Outgoing]]
):
    post()
    visitor.open("/signin")
    for _ in range(5):
        enter(visitor, "0999999999", "sai mật khẩu rồi")
    visitor.press("Gửi mã", username="0999999999")

    assert "Nếu có tài khoản này, chủ tài khoản sẽ nhận được mã ngay bây giờ." in visitor.text
    assert post() == []


def test_the_enter_key_signs_in_and_does_not_ask_for_a_code(visitor: Visitor, khai: str):
    """A browser presses the first submit button of the form."""
    page = fail(visitor, 5).response.text

    form = page[page.index('<form method="post"') :]
    assert form.index("Đăng nhập</button>") < form.index("Gửi mã</button>")


def test_when_too_many_sign_in_at_once_the_page_stays_and_says_when_to_come_back(
    visitor: Visitor, khai: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
):
    slots = provider.services.slots
    monkeypatch.setattr(provider.services.passwords, "_wait", 0.01)
    with slots.take(0), slots.take(0):
        enter(visitor.open("/signin"))

    assert visitor.response.status_code == 503
    assert visitor.response.headers["Retry-After"]
    assert visitor.fields["username"] == PHONE


def test_a_browser_that_was_not_used_before_is_told_of_and_a_known_one_is_not(
    visitor: Visitor, khai: str, provider: Provider, post: Callable[[], list[Outgoing]]
):
    post()
    enter(visitor.open("/signin"))
    told = post()
    assert {(message.subject, message.recipient.channel) for message in told} == {
        ("Đăng nhập từ thiết bị mới", "phone"),
        ("Đăng nhập từ thiết bị mới", "email"),
    }
    assert all("/freeze/" in message.body for message in told)

    visitor.open("/logout").press("Đăng xuất khỏi mọi nơi")
    enter(visitor.open("/signin"))

    assert post() == []


MASKED = re.compile(r"(pending(?:=|%3D)|csrf_token\"[^>]* value=\"|challenge&#34;: &#34;)[\w-]+")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("hint", [None, "khai@example.vn", '<b>"x"\'&%s</b>'])
def test_the_page_that_is_kept_is_the_one_that_is_rendered(
    visitor: Visitor, portal: Portal, monkeypatch: pytest.MonkeyPatch, language: str, hint: str | None
):
    """The first visit renders it, the second fills it in, the third renders it for itself."""
    asked = {**portal.request(), "ui_locales": language, **({} if hint is None else {"login_hint": hint})}

    def page() -> str:
        return MASKED.sub(r"\1…", visitor.open("/authorize", **asked).response.text)

    first, kept = page(), page()
    monkeypatch.setattr(Places, "fill", lambda self, _form, values: self._render(values))
    assert first == kept == page()
    assert ("Đăng nhập" in first) == (language == "vi")


def test_two_people_get_two_tokens_and_two_challenges(visitor: Visitor, provider: Provider, portal: Portal):
    other = Visitor(provider.browser())
    mine, yours = (each.open("/authorize", **portal.request()).response.text for each in (visitor, other))

    for secret in (r"csrf_token\"[^>]* value=\"([\w-]+)", r"challenge&#34;: &#34;([\w-]+)", r"pending=([\w-]+)"):
        assert re.findall(secret, mine)[0] not in yours
    assert visitor.fields["csrf_token"] != other.fields["csrf_token"]
