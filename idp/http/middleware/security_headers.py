"""What a browser must not do with our answers: frame them, guess their type, keep them, tell others of them.

Content-Security-Policy Level 3, RFC 6797 (HSTS), OWASP's secure headers. An answer that brings its own value for one
of these headers keeps it: a page whose form ends in a redirect to a portal names that portal's origin.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from idp.http.middleware.headers import Header, Headers, Write

HSTS = ("Strict-Transport-Security", "max-age=31536000")


def content_security_policy(form_targets: Iterable[str] = ()) -> str:
    """Give the policy of a page: only what we serve ourselves, no inline script or style, never in a frame.

    :param form_targets: checked origins to which a form of this page may lead besides our own; Chromium applies
        ``form-action`` to the redirect that answers a form too.
    """
    form_action = " ".join(("'self'", *form_targets))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; form-action {form_action}; frame-ancestors 'none'; base-uri 'none'"
    )


def security_headers(application: WSGIApplication, secure: bool) -> WSGIApplication:
    """Add the headers that an answer has not set itself.

    :param secure: whether the issuer is https; HSTS is sent then only (RFC 6797 §7.2).
    """
    defaults: tuple[Header, ...] = (
        ("Content-Security-Policy", content_security_policy()),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
        ("Cache-Control", "no-store"),
        *((HSTS,) if secure else ()),
    )
    lowered = tuple((name.lower(), (name, value)) for name, value in defaults)

    @lru_cache(maxsize=256)
    def missing(names: tuple[str, ...]) -> tuple[Header, ...]:
        present = {name.lower() for name in names}
        return tuple(header for name, header in lowered if name not in present)

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: Headers, exc_info: Any = None, /) -> Write:
            # Which headers an answer has is one of a few dozen sets: the comparison is made once for each.
            return start_response(status, [*headers, *missing(tuple([name for name, _ in headers]))], exc_info)

        return application(environ, start)

    return guarded
