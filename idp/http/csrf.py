"""Forms are answered only when they come from a page of ours (OWASP CSRF cheat sheet).

Owns two checks: the token bound to the per-browser cookie, and the browser's own ``Sec-Fetch-Site``. The latter also
tells sites on neighbouring ports apart, which cookies do not. Portals that post to a page (``/authorize``, ``/logout``)
are exempt from both, because what they send is a protocol message, not a form of ours.

The token is a keyed hash of what the browser's signed cookie holds, so another browser's is worth nothing here, and it
lasts as long as that cookie: a page left open over lunch still works. Whoever signs in or out gets another.
"""

import hmac
import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakSet

from flask import Flask, current_app, g, request, session
from flask_wtf.csrf import CSRFError

from keys.jose import b64url

FIELD = "csrf_token"
"""Name of the form's field, and of what the cookie holds."""
HEADER = "X-CSRFToken"
"""In which our scripts send the same."""
_KEY = "motcua_csrf_key"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = frozenset({"", "same-origin", "none"})
View = TypeVar("View", bound=Callable[..., Any])


class Protection:
    """Which views take what other sites send."""

    def __init__(self) -> None:
        self._exempt: WeakSet[Callable[..., Any]] = WeakSet()

    def exempt(self, view: View) -> View:
        """Take a view out."""
        self._exempt.add(view)
        return view

    def covers(self, endpoint: str) -> bool:
        """Tell whether a view answers forms of ours alone."""
        return current_app.view_functions[endpoint] not in self._exempt


protection = Protection()


def set_up_csrf(app: Flask) -> None:
    """Check every form of the application; a view is taken out by ``protection.exempt``."""
    app.extensions[_KEY] = hmac.digest(app.config["SECRET_KEY"], b"motcua form token", "sha256")
    app.before_request(_refuse_forged)
    app.jinja_env.globals[FIELD] = token


def token() -> str:
    """Give the token of this browser's forms, made once for a page."""
    found = g.get(FIELD)
    if found is None:
        if FIELD not in session:
            session[FIELD] = secrets.token_urlsafe(18)
        found = g.csrf_token = _token_of(session[FIELD])
    return str(found)


def _token_of(kept: str) -> str:
    return b64url(hmac.digest(current_app.extensions[_KEY], kept.encode(), "sha256"))


def _refuse_forged() -> None:
    """Refuse a form of another site, or without the token of this browser; mark the others for WTForms' own check."""
    if request.method in _SAFE or request.endpoint is None or not protection.covers(request.endpoint):
        return
    if request.headers.get("Sec-Fetch-Site", "") not in _OURS:
        raise CSRFError("The form came from another site.")
    given = request.form.get(FIELD, "") or request.headers.get(HEADER, "")
    kept = session.get(FIELD) if given else None
    if not kept or not hmac.compare_digest(given.encode(), _token_of(kept).encode()):
        raise CSRFError("The form has not the token of this browser.")
    g.csrf_valid = True
