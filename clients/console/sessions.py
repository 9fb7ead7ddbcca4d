"""``/sessions/<sid>``: where one session is signed in, ending it with a reason, and which portals have been told."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from clients.console import words
from clients.console.management import act, one, read
from clients.console.roles import administrator

blueprint = Blueprint("sessions", __name__, url_prefix="/sessions")


@blueprint.get("/<sid>")
@administrator
def shown(sid: str) -> str:
    """Show it; while portals are being told the page looks again."""
    return _page(sid)


@blueprint.post("/<sid>")
@administrator
def ended(sid: str) -> Response | tuple[str, int]:
    """End it everywhere."""
    reason = request.form.get("reason", "")
    if reason not in words.ENDING:
        return _page(sid, no_reason=True), 422
    act(f"{one('/sessions', sid)}/end", {"reason": reason})
    return redirect(url_for("sessions.shown", sid=sid), 303)


def _page(sid: str, *, no_reason: bool = False) -> str:
    session = read(one("/sessions", sid))
    waiting = any(
        portal["ended_at"] and portal["can_be_told"] and not portal["told_at"] for portal in session["portals"]
    )
    return render_template("clients/console/session.html", it=session, waiting=waiting, no_reason=no_reason)
