"""Silent sign-on: whoever is signed in at the provider is known here without a click.

A top-level redirect with ``prompt=none`` (OpenID Connect Core §3.1.2.1), tried once per session and never in a frame:
browsers keep third-party cookies from frames, and a frame could be anybody's.
"""

from flask import Flask, current_app, request
from werkzeug.wrappers import Response as WerkzeugResponse

from clients.kit.errors import Failure
from clients.kit.extension import relying_party
from clients.kit.protocol.authorization import Wish
from clients.kit.web.sessions import SILENT, visit
from clients.kit.web.signing_in import ASKS_BY_ITSELF, begin
from templates.addresses import here

NEVER = ("signing_in", "signing_out", "step_up", "language", "health", "static")


def _try_once() -> WerkzeugResponse | None:
    if not _is_navigation() or request.args.get("silent") == "off":
        return None
    if SILENT in visit() or visit().signed_in is not None:
        return None
    try:
        return begin(Wish(prompt="none"), here())
    except Failure:
        return None


def _is_navigation() -> bool:
    """Tell whether a person opens a page of ours in a tab; robots and frames are left alone.

    Browsers say so themselves (Fetch Metadata), except over plain http, where their usual headers must do.
    """
    blueprint = request.blueprint or request.endpoint
    if request.method != "GET" or blueprint is None or blueprint in NEVER or request.path.startswith("/api/"):
        return False
    if hasattr(current_app.view_functions.get(request.endpoint or ""), ASKS_BY_ITSELF):
        return False
    mode, destination = (request.headers.get(f"Sec-Fetch-{name}") for name in ("Mode", "Dest"))
    if mode or destination or relying_party().settings.secure:
        return mode == "navigate" and destination == "document"
    return request.accept_mimetypes.best == "text/html" and request.user_agent.string.startswith("Mozilla/")


def install(app: Flask) -> None:
    """Try it on the pages of ``app``."""
    app.before_request(_try_once)
