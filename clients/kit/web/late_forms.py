"""A form that is sent after its session was over: what was filled in is kept, and sent on once the person is signed in.

The form's token belongs to a session that is gone, so it proves nothing of this browser. In its place stand the
browser's own word that a page of ours sent the form (``Sec-Fetch-Site``, W3C Fetch Metadata), our signature on the
token, and the button that the person presses afterwards (``step_up``). Every other form is refused as ``forms`` says.
"""

from flask import Flask, current_app, redirect, request
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from clients.kit.errors import FormExpired
from clients.kit.web.failures import answer
from clients.kit.web.sessions import KEPT_FORM, signed_in, visit
from clients.kit.web.signing_in import ASKS_BY_ITSELF
from clients.kit.web.signing_out import logout
from clients.kit.web.step_up import form_at_hand, to_sign_in

TOKEN, SALT = "csrf_token", "wtf-csrf-token"
SIGNING_OUT = "signing_out.logout"
MOST = 256 * 1024
"""Characters of a form that are kept for whoever is not signed in."""


def _late(error: CSRFError) -> Response:
    """Keep the form where there is a page behind it that asks for a sign-in by itself; else say that it expired."""
    view = current_app.view_functions.get(request.endpoint or "")
    if not _is_ours() or _size() > MOST:
        return answer(FormExpired(str(error.description)))
    if request.endpoint == SIGNING_OUT:
        return logout()
    needed = getattr(view, ASKS_BY_ITSELF, None)
    if needed is None:
        return answer(FormExpired(str(error.description)))
    if signed_in() is None:
        return to_sign_in(needed())
    visit()[KEPT_FORM] = form_at_hand()
    return redirect(f"{request.script_root}/continue", 303)


def _is_ours() -> bool:
    """Tell whether a page that we gave to somebody sent this, whoever's session it was."""
    if request.headers.get("Sec-Fetch-Site") != "same-origin":
        return False
    try:
        URLSafeTimedSerializer(current_app.secret_key or "", salt=SALT).loads(request.form.get(TOKEN, ""))
    except BadData:
        return False
    return True


def _size() -> int:
    return sum(len(name) + len(value) for name, value in request.form.items(multi=True))


def install(app: Flask) -> None:
    """Let forms of ``app`` outlive the session in which they were filled in."""
    app.register_error_handler(CSRFError, _late)
