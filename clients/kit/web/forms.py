"""Forms that only our own pages can send (CSRF), tied to the session in SQL.

What becomes of a form whose session is over is ``late_forms``' affair.
"""

from flask import Flask, request
from flask_wtf import CSRFProtect

from clients.kit.errors import FormExpired
from clients.kit.extension import relying_party

csrf = CSRFProtect()
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
OF_OTHER_SITES = frozenset({"signing_in.login"})
"""What other sites may post: to begin a sign-in, which the provider then asks for by itself (Core §4)."""


def install(app: Flask) -> None:
    """Protect every form of ``app``.

    Flask-WTF's look at ``Referer`` is off: our pages send none. Browsers' own word, ``Sec-Fetch-Site``, stands in.
    """
    app.secret_key = relying_party_key(app)
    app.config |= {"WTF_CSRF_SSL_STRICT": False, "WTF_CSRF_TIME_LIMIT": None}
    app.before_request(_refuse_other_sites)
    csrf.init_app(app)


def relying_party_key(app: Flask) -> str:
    """Give the key that signs form tokens."""
    with app.app_context():
        return relying_party().form_key


def _refuse_other_sites() -> None:
    if request.endpoint in OF_OTHER_SITES:
        return
    if request.method not in SAFE and request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        raise FormExpired("sent from another site")
