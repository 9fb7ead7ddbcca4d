"""The browser a person uses, known by cookies of our own: their names, their attributes, and what they bind.

Owns the per-browser cookie (Flask's signed one: the key of the CSRF tokens, and the random id that a pending
authorization request is bound to) and the look of the sign-on cookie. Who is signed in is decided in ``idp.domain``.
"""

import secrets
import time
from typing import Any

from flask import Flask, Response, current_app, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.http import http_date
from werkzeug.wrappers import Response as AnyResponse

from idp.http.browser_cookie import BrowserCookie

BROWSER = "browser"
SIGN_ON_COOKIE = "SIGN_ON_COOKIE"


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's session in our own signed cookie, written only when something in it changed."""

    def __init__(self, secret: bytes, secure: bool) -> None:
        self._cookie = BrowserCookie(secret)
        self._name, self._secure = browser_cookie_name(secure), secure

    def get_signing_serializer(self, app: Flask) -> Any:
        """Give what signs and reads the cookie."""
        return self._cookie

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie when it changed; tell caches that the answer is one browser's when it was looked at."""
        if session.modified and not session:
            super().save_session(app, session, response)
            return
        if session.modified:
            response.headers.add(*set_cookie_header(self._name, self._cookie.dumps(dict(session)), self._secure))
        if "Vary" in response.headers:
            response.vary.add("Cookie")
        elif session.accessed or session.modified:
            response.headers["Vary"] = "Cookie"


def set_up_cookies(app: Flask, secret: bytes, secure: bool) -> None:
    """Name the cookies of this application; ``__Host-`` under https (RFC 6265bis §4.1.3.2).

    Cookies of one host are shared between its ports, so every application has names of its own.
    """
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME=browser_cookie_name(secure),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_PATH="/",
    )
    app.session_interface = BrowserSessions(secret, secure)
    app.config[SIGN_ON_COOKIE] = sign_on_cookie_name(secure)


def browser_cookie_name(secure: bool) -> str:
    """Give the name of the per-browser cookie."""
    return f"{'__Host-motcua' if secure else 'motcua'}_idp_browser"


def sign_on_cookie_name(secure: bool) -> str:
    """Give the name of the cookie that holds the sign-on session's secret name."""
    return f"{'__Host-motcua' if secure else 'motcua'}_idp_session"


def set_cookie_header(name: str, value: str, secure: bool, lifetime: int | None = None) -> tuple[str, str]:
    """Give the header that sets a cookie with the attributes of all of ours; its value needs no quoting (RFC 6265 §4.1.1).

    :param lifetime: seconds; 0 takes it away, None keeps it for as long as the browser is open.
    """
    kept = "" if lifetime is None else f" Expires={http_date(time.time() + lifetime)}; Max-Age={lifetime};"
    return "Set-Cookie", f"{name}={value};{kept}{' Secure;' if secure else ''} HttpOnly; Path=/; SameSite=Lax"


def new_browser_id() -> str:
    """Give a random id for a browser that has none."""
    return secrets.token_urlsafe(18)


def browser_id() -> str:
    """Give this browser's random id, made at its first need; the answer sets the cookie."""
    if BROWSER not in session:
        session[BROWSER] = new_browser_id()
    return str(session[BROWSER])


def renew_browser() -> None:
    """Forget what was bound to this browser and begin anew, as is due whenever somebody signs in or out."""
    kept = browser_id()
    session.clear()
    session[BROWSER] = kept


def sign_on_cookie() -> str:
    """Give the secret name of the sign-on session that the browser brought, empty for none."""
    return request.cookies.get(current_app.config[SIGN_ON_COOKIE], "")[:200]


def set_sign_on_cookie(response: AnyResponse, secret: str) -> None:
    """Hand the browser the secret name of its sign-on session; it lasts until the browser is closed."""
    config = current_app.config
    response.headers.add(*set_cookie_header(config[SIGN_ON_COOKIE], secret, config["SESSION_COOKIE_SECURE"]))


def clear_sign_on_cookie(response: AnyResponse) -> None:
    """Take the sign-on session's name away from the browser."""
    config = current_app.config
    response.headers.add(*set_cookie_header(config[SIGN_ON_COOKIE], "", config["SESSION_COOKIE_SECURE"], 0))
