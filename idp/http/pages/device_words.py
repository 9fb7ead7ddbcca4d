"""Which browser, device and authenticators a session was opened with, in words: a help for the eye, never evidence.

Owns reading ``User-Agent`` (RFC 9110 §10.1.5) for display. Anything unknown is said to be unknown.
"""

from flask_babel import gettext

from idp.words import mark

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("coc_coc", "Cốc Cốc"), ("SamsungBrowser", "Samsung Internet"),
             ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"),
             ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
            ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip

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
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if browser and system:
        return str(gettext("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(gettext("An unknown device"))


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for sign, name in names if sign in text), "")


def factor_words(kind: str) -> str:
    """Give the kind of authenticator that was used, in words."""
    return str(gettext(_FACTORS[kind])) if kind in _FACTORS else kind
