"""What every answer tells the browser to allow: nothing but our own files, no frames, no referrers, nothing stored."""

from flask import Flask
from werkzeug.wrappers import Response

from clients.kit.extension import relying_party

CACHED = "public, max-age=3600"


def content_security_policy(issuer_origin: str) -> str:
    """Give the policy. Forms may end at the provider, since sign-out and step-up redirect there from a form."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            f"form-action 'self' {issuer_origin}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def _protect(response: Response) -> Response:
    settings = relying_party().settings
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_security_policy(settings.issuer_origin))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if not response.cache_control.max_age:
        headers["Cache-Control"] = "no-store"
    if settings.secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def install(app: Flask) -> None:
    """Put the headers on every answer of ``app``."""
    app.after_request(_protect)
