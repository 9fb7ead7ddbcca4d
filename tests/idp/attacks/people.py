"""Those who take part: each has one browser at one address; an attacker is a person like any other, with more tries."""

import re
from collections.abc import Callable
from typing import Any

import pyotp
from werkzeug.test import Client

from idp.domain.messages import Outgoing
from tests.idp.http.pages.conftest import PASSWORD, PHONE
from tests.idp.http.visitor import Visitor
from tests.support.provider import Portal, Provider, claims_of

Post = Callable[[], list[Outgoing]]
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OFFICE = "s" * 40
"""What the terminator of TLS and the provider share."""
NEW = "bảy con cò trắng bay qua đồng"
COOKIE = "motcua_idp_session"
AGREE = "Đồng ý và tiếp tục"


class Person(Visitor):
    """Somebody with a browser of their own.

    :param place: the address that the provider sees.
    """

    def __init__(self, provider: Provider, place: str = "203.0.113.7", browser: Client | None = None) -> None:
        def from_there(environ: dict[str, Any], start: Any) -> Any:
            return provider.application({**environ, "REMOTE_ADDR": place}, start)

        super().__init__(browser or Client(from_there))
        self.provider = provider

    @property
    def cookie(self) -> str:
        """The name of the session that this browser holds; empty for none."""
        found = self.browser.get_cookie(COOKIE)
        return found.value if found else ""

    def takes(self, cookie: str) -> "Person":
        """Put a stolen or chosen cookie into this browser."""
        self.browser.set_cookie(COOKIE, cookie, domain="localhost")
        return self

    @property
    def is_in(self) -> bool:
        """Whether this browser is signed in."""
        return self.browser.get("/account").status_code == 200

    def enters(self, name: str = PHONE, password: str = PASSWORD) -> "Person":
        """Sign in by password."""
        self.open("/signin").press("Đăng nhập", username=name, password=password)
        return self

    def shows(self, application: pyotp.TOTP, steps: int = 0) -> "Person":
        """Show a code of an application where one is asked for."""
        at = int(self.provider.clock()) + 30 * steps
        self.open("/step-up/code").press("Xác nhận", code=application.at(at))
        return self

    def acr_at(self, portal: Portal, **wish: str) -> str:
        """Go to a portal, do what needs no proof, and give the ``acr`` that it is told; empty where it gets none."""
        self.open("/authorize", **portal.request(**wish))
        if AGREE in self.response.text:
            self.press(AGREE)
        if "code" not in self.answer:
            return ""
        return str(claims_of(portal.redeem(self.answer["code"]).json["id_token"])["acr"])


def code_in(posted: list[Outgoing]) -> str:
    """The code of the one message that holds one."""
    (code,) = [
        found[0] for message in posted if (found := re.search(r"\b\d{6,10}\b", message.body)) and is_code(message)
    ]
    return code


def is_code(message: Outgoing) -> bool:
    """Whether a message is the one that brings a code."""
    return "/freeze/" not in message.body
