"""A real browser and a person who uses it: the system's Chromium through Playwright, watched for what must not happen.

Every page a visitor opens is checked: no script error, nothing blocked by the content security policy, no answer of
the 5xx kind, no scrolling sideways, a language on the page, and no finding of axe (WCAG 2.2 AA).
"""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Response, expect, sync_playwright

from templates.catalogs import catalogue
from tests.support.services import lacking

SCREENSHOTS = Path(__file__).resolve().parent.parent / "journeys" / "screenshots"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
CHANCES = 3
"""Times that a page is looked at while it is being left."""
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
ASKED_OF_AXE = {"runOnly": list(RULES), "resultTypes": ["violations", "incomplete"]}
OF_THE_MOMENT = re.compile(r"""<input\b[^>]*\btype="hidden"[^>]*>|https?://[^/"\s<>]+|\?[^"\s<>]*(?=")""")
"""What differs in one page from visit to visit and nobody reads: hidden fields, ports, the query of an address."""
LAID_OUT = """() => [
    document.documentElement.scrollWidth - document.documentElement.clientWidth,
    document.documentElement.lang,
    [document.documentElement.outerHTML, document.querySelectorAll(":checked").length,
        document.querySelectorAll(":user-invalid").length].join("\\n"),
]"""
_judged: dict[tuple[int, bytes], list[str]] = {}


@dataclass(frozen=True)
class Look:
    """How a visitor sees pages: in which language, how wide."""

    language: str
    width: int

    def __str__(self) -> str:
        return f"{self.language}-{self.width}"


EVERY_LOOK = tuple(Look(language, width) for language in ("vi", "en") for width in (1280, 360))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium, without a window and without calls home."""
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    if found is None:
        lacking("Chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """A person in a browser of their own: nothing is shared with other visitors.

    :param story: names the folder of the screenshots.
    """

    def __init__(self, browser: Browser, look: Look, story: str, **options: Any) -> None:
        self.look = look
        self.story = story
        self.context = browser.new_context(
            locale={"vi": "vi-VN", "en": "en-GB"}[look.language],
            timezone_id="Asia/Ho_Chi_Minh",
            viewport={"width": look.width, "height": 800},
            **options,
        )
        self.context.set_default_timeout(20_000)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.complaints.append(f"script error: {error.error}"))
        self.context.on("response", self._see)
        self._scripts = bool(options.get("java_script_enabled", True))
        self._seen = 0

    def _hear(self, message: ConsoleMessage) -> None:
        refused = re.search(r"status of 4\d\d", message.text)  # a page may well say that something is not there
        if message.type == "error" and not refused:
            self.complaints.append(f"console: {message.text}")

    def _see(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} from {response.url}")

    def say(self, message: str, **values: str) -> str:
        """Give the words of a page in this visitor's language, from the same catalogues as the page."""
        for domain in ("idp", "clients", "shared"):
            translated = catalogue(domain, self.look.language).gettext(message)
            if translated != message:
                return translated % values if values else translated
        return message % values if values else message

    def press(self, message: str, **values: str) -> None:
        """Press the one button or link of these words that stands in the page's content, and look at what comes."""
        words = self.say(message, **values)
        main = self.page.get_by_role("main")
        main.get_by_role("button", name=words, exact=True).or_(main.get_by_role("link", name=words, exact=True)).click()
        self.look_at_it()

    def sees(self, message: str, **values: str) -> None:
        """Wait until the page in front says these words somewhere.

        :raises AssertionError: when it does not.
        """
        expect(self.page.get_by_text(self.say(message, **values)).first).to_be_visible()

    def open(self, address: str) -> None:
        """Go to an address and look at what comes."""
        self.page.goto(address)
        self.look_at_it()

    def look_at_it(self, name: str = "") -> None:
        """Check the page in front and keep a picture of it."""
        self._seen += 1
        self.page.wait_for_load_state()
        label = name or re.sub(r"[^a-z0-9]+", "-", self.page.url.split("?")[0].split("/", 3)[-1].lower()).strip("-")
        folder = SCREENSHOTS / self.story / str(self.look)
        folder.mkdir(parents=True, exist_ok=True)
        picture = folder / f"{self._seen:02}-{label or 'home'}.png"
        for chance in reversed(range(CHANCES)):
            try:
                self.page.screenshot(path=picture, full_page=True)
                if self._scripts:  # the checks are scripts themselves; the same pages are checked in other looks
                    self._check(label or self.page.url)
                return
            except Error:  # the page led on by itself meanwhile: what came is looked at
                if not chance:
                    raise
                self.page.wait_for_load_state()

    def _check(self, label: str) -> None:
        wide, language, content = self.page.evaluate(LAID_OUT)
        if wide > 0:
            self.complaints.append(f"{label}: scrolls sideways by {wide} px at {self.look.width} px")
        if language != self.look.language:
            self.complaints.append(f"{label}: its language is {language!r}, not {self.look.language!r}")
        self.complaints += [f"{label}: {finding}" for finding in self._findings(content)]

    def _findings(self, content: str) -> list[str]:
        """Ask axe once about each page of each width, however often stories come by it: the answer would be the same."""
        place = (self.look.width, hashlib.sha256(OF_THE_MOMENT.sub("", content).encode()).digest())
        if place not in _judged:
            _judged[place] = list(_findings_of_axe(self.page))
        return _judged[place]

    def leave(self) -> None:
        """Close the browser; whatever was seen that must not be fails the test."""
        self.context.close()
        assert not self.complaints, "\n".join(self.complaints)


def _findings_of_axe(page: Page) -> Iterator[str]:
    found = Axe().run(page, options=ASKED_OF_AXE).response
    for violation in (*found["violations"], *_unreadable(found["incomplete"])):
        where = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
        yield f"axe {violation['id']}: {violation['help']}: {where}"


def _unreadable(undecided: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give words in the very colour of what is behind them: axe takes them for hidden and does not decide."""
    for finding in undecided:
        nodes = [node for node in finding["nodes"] if any(_is_one_colour(check) for check in node["any"])]
        if nodes:
            yield {**finding, "nodes": nodes}


def _is_one_colour(check: dict[str, Any]) -> bool:
    return check["id"] == "color-contrast" and (check.get("data") or {}).get("messageKey") == "equalRatio"
