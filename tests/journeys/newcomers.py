"""People of a story's own in a running demo, their post and their phones: what they change, no other story stands on."""

import json
import re
import subprocess
import time
from dataclasses import dataclass

import pyotp

from tests.support.chromium import Visitor
from tests.support.demo import IN_THE_CLONE, Demo

PASSWORD = "mưa rơi trên mái ngói cũ"


@dataclass(frozen=True)
class Newcomer:
    """Somebody who has an account with a password, and nothing else yet."""

    name: str
    phone: str
    email: str
    account: str
    password: str = PASSWORD


def newcomer(demo: Demo, name: str, phone: str, *, level: int = 1) -> Newcomer:
    """Make an account on the command line, as an operator does."""
    email = f"{phone}@thu.example"
    number = ["--personal-id", f"0010900{phone[-5:]}", "--level", "2"] if level == 2 else []
    command = ["account", "add", "--name", name, "--phone", phone, "--email", email, *number]
    added = subprocess.run(
        [*IN_THE_CLONE, *command, "--password-stdin", "--json"],
        env=demo.environment,
        input=PASSWORD.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return Newcomer(name, phone, email, json.loads(added.stdout)["id"])


def signs_in(visitor: Visitor, demo: Demo, person: Newcomer, password: str = PASSWORD) -> None:
    """Sign in at the provider, or on the sign-in page that a portal led to."""
    if "/signin" not in visitor.page.url:
        visitor.open(f"{demo.issuer}/signin")
    visitor.page.fill("#username", person.phone)
    visitor.page.fill("#password", password)
    visitor.press("Sign in")


def post_of(reader: Visitor, demo: Demo, address: str, words: str, seconds: float = 15) -> str:
    """Wait until a message with these words for this address stands on the demo's page; give its text."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        reader.page.goto(f"{demo.issuer}/demo/messages")
        for article in reader.page.locator("article.message").all():
            text = article.inner_text()
            if address in text and words in text:
                return text
        reader.page.wait_for_timeout(200)
    raise AssertionError(f"no message with {words!r} for {address}")


def code_in(text: str) -> str:
    """The six digits of a message."""
    return re.findall(r"\b\d{6}\b", text)[0]


class Phone:
    """An application that shows codes; each is used once, so it is asked for the one after the last."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret.replace(" ", ""))
        self.used = 0

    def code(self) -> str:
        """Give the code of now, or the next one where this one was given away."""
        step = max(int(time.time()) // 30, self.used + 1)
        self.used = step
        return self.totp.generate_otp(step)


def adds_an_application(visitor: Visitor, label: str) -> Phone:
    """On the page that shows the key: bring it into an application and show its first code, by keyboard alone."""
    phone = Phone(visitor.page.locator("code.secret").inner_text())
    visitor.page.locator("#label").fill(label)
    visitor.page.locator("#code").focus()
    visitor.page.keyboard.type(phone.code())
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(lambda address: not address.endswith("/totp"))
    visitor.look_at_it()
    return phone
