"""``/counter``: an official gives somebody their account back who stands before them; a second one confirms it.

The management API decides; these pages say it in words. The number on the card is kept in the official's session here, for
numbers never stand in an address.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from clients.console import counter_words, finding
from clients.console.management import one, read, send
from clients.console.roles import at_counter, at_counter_now
from clients.kit.errors import NeighbourRefused

blueprint = Blueprint("counter", __name__, url_prefix="/counter")
WAY = "personal_number"
LONGEST = 320


@blueprint.get("")
@at_counter
def front() -> str:
    """Show where to begin, and what waits at this counter."""
    return _front()


@blueprint.post("")
@at_counter
def sought() -> Response:
    """Keep the number on the card, and go to the page that shows whose it is."""
    finding.keep("counter", (WAY,))
    return redirect(url_for("counter.person"), 303)


@blueprint.get("/person")
@at_counter_now
def person() -> Response | str | tuple[str, int]:
    """Show whose number it is, and what can be done for them."""
    return _person()


@blueprint.post("/person")
@at_counter_now
def propose() -> Response | str | tuple[str, int]:
    """Propose to give the account back."""
    method, paper = request.form.get("method", ""), request.form.get("paper", "")
    if method not in counter_words.METHODS or paper not in counter_words.PAPERS:
        return _person(refused="not_filled_in", status=422)
    content = {"account_id": _field("account_id"), "method": method, "paper": paper, "new_contact": _field("contact")}
    try:
        begun = send("/counter/recoveries", content)
    except NeighbourRefused as refused:
        return _person(refused=_word(refused), status=refused.answered)
    return redirect(url_for("counter.shown", recovery_id=begun["recovery_id"]), 303)


@blueprint.get("/<recovery_id>")
@at_counter_now
def shown(recovery_id: str) -> str:
    """Show one: how it stands, and what is still to be done."""
    return _page(recovery_id)


@blueprint.post("/<recovery_id>/contact")
@at_counter
def contact(recovery_id: str) -> Response | tuple[str, int]:
    """Enter the code that the person read on their new phone."""
    return _act(recovery_id, "contact", {"code": _field("code") or "-"})


@blueprint.post("/<recovery_id>/contact/code")
@at_counter
def send_code(recovery_id: str) -> Response | tuple[str, int]:
    """Have another code sent."""
    return _act(recovery_id, "contact/code", {})


@blueprint.post("/<recovery_id>/confirm")
@at_counter_now
def confirm(recovery_id: str) -> Response | tuple[str, int]:
    """Confirm as the second official."""
    number, paper = _field("number")[:40], request.form.get("paper", "")
    if not number or paper not in counter_words.PAPERS:
        return _page(recovery_id, refused="not_filled_in"), 422
    return _act(recovery_id, "confirm", {"personal_number": number, "paper": paper})


@blueprint.post("/<recovery_id>/stop")
@at_counter
def stop(recovery_id: str) -> Response | tuple[str, int]:
    """Stop it."""
    return _act(recovery_id, "stop", {})


def _act(recovery_id: str, act: str, content: Mapping[str, Any]) -> Response | tuple[str, int]:
    """Do it; what a rule refuses is said on the page, nothing else happened."""
    try:
        send(f"{_one(recovery_id)}/{act}", content)
    except NeighbourRefused as refused:
        return _page(recovery_id, refused=_word(refused)), refused.answered
    return redirect(url_for("counter.shown", recovery_id=recovery_id), 303)


def _front(**values: Any) -> str:
    return render_template("clients/console/counter.html", waiting=read("/counter/recoveries")["items"], **values)


def _person(refused: str = "", status: int = 200) -> Response | str | tuple[str, int]:
    sought = finding.last("counter")
    if sought is None:
        return redirect(url_for("counter.front"), 303)
    try:
        found = send("/counter/search", {"personal_number": sought.value[:40]})
    except NotFound:
        return _front(refused="nobody"), 404
    except NeighbourRefused as refusal:
        return _front(refused=_word(refusal)), refusal.answered
    given = {"it": found["person"], "found": found, "refused": refused, "form": request.form}
    return render_template("clients/console/counter_person.html", **given), status


def _page(recovery_id: str, refused: str = "") -> str:
    return render_template("clients/console/counter_recovery.html", it=read(_one(recovery_id)), refused=refused)


def _word(refused: NeighbourRefused) -> str:
    return str(refused.problem.get("word", ""))


def _field(name: str) -> str:
    return " ".join(request.form.get(name, "").replace("\0", "").split())[:LONGEST]


def _one(recovery_id: str) -> str:
    return one("/counter/recoveries", recovery_id)
