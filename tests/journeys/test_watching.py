"""The browser that journeys look through sees what must not be: each fault of a page is a complaint."""

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import Look, Visitor

GOOD = "<main><h1>Một cửa</h1><p>Một tài khoản cho mọi thủ tục.</p></main>"


def complaints(browser: Browser, body: str, language: str = "vi") -> list[str]:
    visitor = Visitor(browser, Look("vi", 360), "watching")
    visitor.page.set_content(f"<!doctype html><html lang={language}><title>Motcua</title><body>{body}</body></html>")
    visitor.look_at_it("page")
    visitor.context.close()
    return visitor.complaints


def test_a_good_page_is_no_complaint(browser: Browser) -> None:
    assert complaints(browser, GOOD) == []


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ('<p style="color:#fff;background:#fff">vô hình</p>', "color-contrast"),
        ('<p style="color:#bbb;background:#fff">khó đọc</p>', "color-contrast"),
        ('<div style="width:900px">rộng quá</div>', "scrolls sideways by"),
        ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "image-alt"),
        ("<input>", "label"),
        ("<script>console.error('hỏng')</script>", "console: hỏng"),
        ("<script>throw new Error('hỏng')</script>", "script error: hỏng"),
    ],
)
def test_each_fault_of_a_page_is_seen(browser: Browser, fault: str, complaint: str) -> None:
    found = complaints(browser, GOOD.replace("</main>", f"{fault}</main>"))
    assert len(found) == 1
    assert complaint in found[0]


def test_a_page_in_another_language_than_the_visitors_is_seen(browser: Browser) -> None:
    assert complaints(browser, GOOD, language="en") == ["page: its language is 'en', not 'vi'"]


def test_a_visitor_who_saw_a_fault_does_not_leave_in_peace(browser: Browser) -> None:
    visitor = Visitor(browser, Look("vi", 1280), "watching")
    visitor.complaints.append("500 from http://localhost/")
    with pytest.raises(AssertionError, match="500 from"):
        visitor.leave()
