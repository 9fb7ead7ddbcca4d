"""Which browser, device and authenticators a session was opened with, in words: a help for the eye, never evidence.

Anything unknown is said to be unknown. Reading ``User-Agent`` is left to ``idp.http.user_agent``.
"""

from flask_babel import gettext

from idp.http.user_agent import browser_and_system
from idp.words import mark

_FACTORS = {
    "password": mark("password"),
    "totp": mark("one-time code"),
    "recovery_code": mark("recovery code"),
    "phone": mark("phone"),
    "software_key": mark("key file"),
    "passkey": mark("passkey"),
    "certificate": mark("certificate"),
    "browser_key": mark("key of this browser"),
}
"""Each kind of authenticator (``idp/data/acr.json``) by its name."""


def device_words(user_agent: str) -> str:
    """Give for example ``Firefox trên Windows``."""
    browser, system = browser_and_system(user_agent)
    if browser and system:
        return str(gettext("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(gettext("An unknown device"))


def factor_words(kind: str) -> str:
    """Give the kind of authenticator that was used, in words."""
    return str(gettext(_FACTORS[kind])) if kind in _FACTORS else kind
