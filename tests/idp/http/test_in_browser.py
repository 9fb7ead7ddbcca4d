"""Every page in a real browser, small and large, in both languages; and the scripts, each with its way without."""

import hashlib
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from werkzeug.serving import make_server

from idp.http.middleware.security_headers import security_headers
from tests.idp.http.gallery import PAGES, gallery
from tests.support.chromium import Look, Visitor

pytestmark = pytest.mark.browser

LOOKS = (Look("vi", 360), Look("en", 1280))
NOT_LOOKED_AT = frozenset({"form-post", *(f"error-{status}" for status in (400, 403, 405, 413, 429, 500))})
"""A page whose script leaves it at once and has a story of its own; pages that differ from another by a sentence."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The gallery, served with the headers that every answer has."""
    server = make_server("127.0.0.1", 0, security_headers(gallery().wsgi_app, secure=False), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="vi-VN")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_page_can_be_read_by_everybody(browser: Browser, address: str, look: Look):
    visitor = Visitor(browser, look, "gallery")

    for name in sorted(set(PAGES) - NOT_LOOKED_AT):
        visitor.page.goto(f"{address}/gallery/{name}")
        visitor.look_at_it(name)

    visitor.leave()


def test_without_scripts_nothing_is_missing(browser: Browser, address: str):
    visitor = Visitor(browser, Look("vi", 360), "gallery-without-scripts", java_script_enabled=False)
    visitor.page.goto(f"{address}/gallery/form-post")

    assert visitor.page.get_by_role("button", name="Tiếp tục").is_visible()
    visitor.page.goto(f"{address}/gallery/signin-challenged")
    assert visitor.page.get_by_role("button", name="Gửi mã").is_visible()
    assert not visitor.page.get_by_role("button", name="Hiện mật khẩu").is_visible()
    visitor.context.close()


def test_the_keyboard_reaches_the_content_first_and_its_place_is_seen(page: Page, address: str):
    page.goto(f"{address}/gallery/signin")
    page.keyboard.press("Tab")

    link = page.get_by_role("link", name="Đến nội dung chính")
    assert link.evaluate("element => element === document.activeElement")
    assert link.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("name") == "username"
    assert focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


def test_what_was_wrong_is_where_one_starts(page: Page, address: str):
    page.goto(f"{address}/gallery/signin-errors")

    assert page.locator(":focus").get_attribute("class") == "error-summary"
    page.get_by_role("link", name="Mật khẩu: Vui lòng điền mục này.").click()
    assert page.locator(":focus").get_attribute("name") == "password"


@pytest.mark.parametrize("name", ["signin-refused", "closing-not-sure", "certificate-stop", "passkey-refused"])
def test_a_refusal_is_where_one_starts(page: Page, address: str, name: str):
    page.goto(f"{address}/gallery/{name}")

    focused = page.locator(":focus")
    assert focused.get_attribute("role") == "alert"
    assert focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


@pytest.mark.parametrize("name", ["contacts", "sessions", "passkeys", "contact-code-again"])
def test_what_came_of_an_act_is_where_one_starts(page: Page, address: str, name: str):
    page.goto(f"{address}/gallery/{name}")

    focused = page.locator(":focus")
    assert focused.get_attribute("role") == "status"
    assert focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


@pytest.mark.parametrize("name", ["signin", "signup", "consent", "sessions", "logout", "account", "contacts"])
def test_what_is_pressed_is_large_enough_for_a_thumb(browser: Browser, address: str, name: str):
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/gallery/{name}")

    sizes = page.locator("button:visible, input:not([type=checkbox]):visible, .tick:visible, .site-nav a, .languages a")
    boxes = [box for box in (each.bounding_box() for each in sizes.all()) if box]
    context.close()
    assert boxes
    assert [box for box in boxes if box["height"] < 44] == []


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("name", ["signin", "consent", "account", "certificates"])
def test_on_a_phone_the_page_begins_within_the_first_quarter(browser: Browser, address: str, name: str, language: str):
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale=language)
    page = context.new_page()
    page.goto(f"{address}/gallery/{name}")

    header = page.locator("header").bounding_box()
    context.close()
    assert header
    assert header["height"] <= 740 / 4


def test_a_password_can_be_looked_at_and_is_hidden_again_before_it_is_sent(page: Page, address: str):
    page.goto(f"{address}/gallery/signin")
    password, button = page.locator("#password"), page.get_by_role("button", name="Hiện mật khẩu")
    password.fill("mưa rơi")

    button.click()
    assert (password.get_attribute("type"), button.get_attribute("aria-pressed")) == ("text", "true")
    page.evaluate("document.forms[0].addEventListener('submit', event => event.preventDefault())")
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    assert password.get_attribute("type") == "password"


def test_a_form_post_sends_itself(page: Page, address: str):
    sent: list[str] = []

    def portal(route):
        sent.append(route.request.post_data)
        route.fulfill(body="<p>arrived</p>", content_type="text/html")

    page.route("https://portal.example/**", portal)
    # The gallery's policy names no portal, as the real page's does.
    page.route("**/gallery/form-post", _with_policy)
    page.goto(f"{address}/gallery/form-post")
    page.wait_for_url("https://portal.example/cb")

    assert [parse_qs(body) for body in sent] == [{"code": ["abc"]}]


def _with_policy(route) -> None:
    response = route.fetch()
    policy = response.headers["content-security-policy"]
    allowed = policy.replace("form-action 'self'", "form-action 'self' https://portal.example")
    route.fulfill(response=response, headers={**response.headers, "content-security-policy": allowed})


def test_who_presses_twice_sends_the_form_once(page: Page, address: str):
    """The page's own clock stands still between the two presses; later the same form can be sent again."""
    sent: list[str] = []

    def keep(route):
        if route.request.method != "POST":
            route.fallback()
            return
        sent.append(route.request.url)
        route.fulfill(status=204)

    page.route("**/gallery/signup-confirm", keep)
    page.clock.install()
    page.goto(f"{address}/gallery/signup-confirm")
    page.clock.pause_at(2**31)
    button = page.get_by_role("button", name="Xác nhận")

    for _ in range(2):
        with page.expect_request("**/gallery/signup-confirm"):
            button.click()
        button.click()
        page.clock.fast_forward(2000)

    assert len(sent) == 2


def test_the_browser_does_its_sum_and_a_form_sent_early_waits_for_it(page: Page, address: str):
    sent: list[dict[str, list[str]]] = []

    def keep(route):
        if route.request.method != "POST":
            route.fallback()
            return
        sent.append(parse_qs(route.request.post_data, keep_blank_values=True))
        route.fulfill(body="<p>arrived</p>", content_type="text/html")

    held: list[Route] = []
    page.route("**/gallery/signin-challenged", keep)
    page.route("**/logo.svg*", lambda route: _hold(held, route))  # the sum begins once the page is whole
    page.goto(f"{address}/gallery/signin-challenged", wait_until="domcontentloaded")
    page.locator("#username").fill("0912345678")
    page.locator("#password").press("Enter")
    expect(page.locator("#working")).not_to_be_empty()
    assert sent == []
    for route in held:
        route.continue_()
    page.get_by_text("arrived").wait_for()

    number = sent[0]["number"][0]
    digest = hashlib.sha256(f"nonce:{number}".encode()).digest()
    assert int.from_bytes(digest) >> (256 - 12) == 0
    assert "ask" not in sent[0]


def test_the_page_looks_again_by_itself_until_every_portal_knows(page: Page, address: str):
    page.goto(f"{address}/gallery/logout-waiting")
    assert page.get_by_text("Chưa báo được").is_visible()
    page.route("**/gallery/logout-waiting", lambda route: route.fulfill(body=_told(page, address)))

    page.get_by_text("Mọi cổng đều đã được báo.").wait_for()

    assert page.get_by_text("Chưa báo được").count() == 0


def _told(page: Page, address: str) -> str:
    return str(page.request.get(f"{address}/gallery/logout-done", headers={"Accept-Language": "vi"}).text())


def _hold(held: list[Route], route: Route) -> None:
    held.append(route)
