"""Nobody waits in a circle: with two threads in each process, eight people who come back from the provider at the same
moment are all answered, and the provider goes on serving tokens meanwhile (design, who waits for whom).

The longest chain of a page is a sign-in's last step: portal → provider's token endpoint, key set and UserInfo.
"""

import html
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import requests

from idp.domain.demo_people import DemoPerson, demo_people
from tests.support.demo import Demo, running_demo

EIGHT = demo_people()[:8]
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}
PATIENCE = 10.0
"""Seconds after which a page counts as stuck; a circle of waiting never ends by itself."""


@pytest.fixture(scope="module")
def narrow_demo() -> Iterator[Demo]:
    """The demo with two threads in each process."""
    with running_demo(threads="2", hashing_slots="1") as started:
        yield started


def until_the_portal_is_called_back(demo: Demo, person: DemoPerson) -> tuple[requests.Session, str]:
    """Sign in at the provider and give the browser, and the address at the portal that it is sent to."""
    browser = requests.Session()
    browser.headers.update(NAVIGATION)
    page = browser.get(f"{demo.sites['national']}/login?next=/", timeout=PATIENCE)
    while "/signin" in page.url:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert token, page.text
        form = {"csrf_token": token[1], "username": person.sign_in_name, "password": person.password}
        page = browser.post(page.url, data=form, allow_redirects=False, timeout=PATIENCE)
        while page.status_code == 303 and not page.headers["Location"].startswith(demo.sites["national"]):
            address = requests.compat.urljoin(page.url, page.headers["Location"])
            page = browser.get(address, allow_redirects=False, timeout=PATIENCE)
    assert page.status_code == 303, page.text
    return browser, page.headers["Location"]


def test_eight_at_once_are_all_answered(narrow_demo: Demo) -> None:
    called_back = [until_the_portal_is_called_back(narrow_demo, person) for person in EIGHT]
    with ThreadPoolExecutor(9) as pool:
        start = Barrier(9)

        def come_back(browser: requests.Session, address: str) -> requests.Response:
            start.wait()
            return browser.get(address, allow_redirects=False, timeout=PATIENCE)

        def ask_for_keys() -> list[int]:
            start.wait()
            return [requests.get(f"{narrow_demo.issuer}/jwks", timeout=PATIENCE).status_code for _ in range(20)]

        keys = pool.submit(ask_for_keys)
        answers = list(pool.map(lambda visit: come_back(*visit), called_back))
        assert set(keys.result()) == {200}

    assert {answer.status_code for answer in answers} <= {303, 503}, [answer.text for answer in answers]
    assert any(answer.status_code == 303 for answer in answers)
    for (browser, _), answer, person in zip(called_back, answers, EIGHT, strict=True):
        again = "/login?next=/" if answer.status_code == 503 else "/"
        assert answer.status_code == 303 or answer.headers["Retry-After"]
        page = browser.get(f"{narrow_demo.sites['national']}{again}", timeout=PATIENCE)
        assert person.name in html.unescape(page.text)


def test_eight_who_follow_their_dossiers_at_once_are_all_answered(narrow_demo: Demo) -> None:
    """National page → the province's API → its database, with a token fetched on the way: the longest chain of a page."""
    browsers = []
    for person in EIGHT:
        browser, address = until_the_portal_is_called_back(narrow_demo, person)
        browser.get(address, allow_redirects=False, timeout=PATIENCE)
        browsers.append(browser)
    page = f"{narrow_demo.sites['national']}/dossiers"
    start = Barrier(8)

    def follow(browser: requests.Session) -> requests.Response:
        start.wait()
        return browser.get(page, allow_redirects=False, timeout=PATIENCE)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(follow, browsers))

    assert {answer.status_code for answer in answers} <= {200, 503}, [answer.text for answer in answers]
    assert any(answer.status_code == 200 for answer in answers)
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 503)
    assert {browser.get(page, timeout=PATIENCE).status_code for browser in browsers} == {200}


def test_the_processes_are_well_afterwards(narrow_demo: Demo) -> None:
    for address in (narrow_demo.issuer, *narrow_demo.sites.values(), narrow_demo.console):
        assert requests.get(f"{address}/readyz", timeout=PATIENCE).status_code == 200

    assert '"level": "error"' not in narrow_demo.logs()
