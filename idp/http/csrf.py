"""Forms are answered only when they come from a page of ours (OWASP CSRF cheat sheet).

Owns two checks: the token bound to the per-browser cookie, and the browser's own ``Sec-Fetch-Site``. The latter also
tells sites on neighbouring ports apart, which cookies do not. Portals that post to a page (``/authorize``, ``/logout``)
are exempt from both, because what they send is a protocol message, not a form of ours.
"""

from flask import Flask, current_app, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError

protection = CSRFProtect()
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({"", "same-origin", "none"})


def set_up_csrf(app: Flask) -> None:
    """Check every form of the application; a view is taken out by ``protection.exempt``."""
    app.config.update(
        # The token lasts as long as the browser's cookie: a page left open over lunch still works.
        WTF_CSRF_TIME_LIMIT=None,
        # Our own Referrer-Policy is no-referrer, so there is none to compare; Sec-Fetch-Site says more.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.before_request(_refuse_other_sites)
    protection.init_app(app)


def _refuse_other_sites() -> None:
    if request.method in _SAFE or request.endpoint is None or _is_exempt():
        return
    if request.headers.get("Sec-Fetch-Site", "") not in _OURS:
        raise CSRFError("The form came from another site.")


def _is_exempt() -> bool:
    return bool(current_app.extensions["csrf"]._is_exempt())
