"""``/queue``: the agency's officials see what came in and move it on. Open to a role at this very agency alone.

Who asks is known by role and agency as the provider released them for scope ``official``; a role elsewhere opens nothing.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from clients.dossiers import processing, states
from clients.dossiers.processing import NoSuchDossier, Official
from clients.dossiers.records import dossiers
from clients.dossiers.views import give_back, words
from clients.dossiers.working_days import appointment
from clients.kit.errors import NotForYou
from clients.kit.extension import relying_party
from clients.kit.records.database import reading
from clients.kit.web.modules import Way, offer, place
from clients.kit.web.step_up import demand, requires

ROLE, SCOPE = "receiver", "official"
PAGE = 50
OPEN = ("submitted", "received", "awaiting_supplement", "awaiting_payment", "processing")
"""What the queue shows unless one state is asked for."""


def queue_pages() -> Blueprint:
    """Give the officials' pages."""
    blueprint = Blueprint("queue", __name__, url_prefix="/queue")
    offer(blueprint, Way("queue.queue", _("One-stop desk"), ROLE))
    blueprint.get("")(queue)
    blueprint.get("/<code>")(case)
    blueprint.post("/<code>")(act)
    blueprint.get("/<code>/attachments/<attachment_id>")(attachment)
    return blueprint


@requires(role=ROLE, scope=SCOPE)
def queue() -> str:
    """List what waits, the most urgent first."""
    _official()
    asked = request.args.get("state", "")
    wanted = (asked,) if asked in states.states() else OPEN
    with reading() as work:
        found, numbers = dossiers.in_state(work, wanted, PAGE, 0), dossiers.count_by_state(work)
    chosen = asked if asked in states.states() else ""
    return render_template(
        "clients/dossiers/queue.html", dossiers=found, numbers=numbers, chosen=chosen, page_size=PAGE, **words()
    )


@requires(role=ROLE, scope=SCOPE)
def case(code: str) -> str:
    """Show one dossier and what can be done with it now."""
    official = _official()
    with reading() as work:
        whole = dossiers.find(work, code)
    if whole is None:
        raise NoSuchDossier(code[:40])
    possible = states.acts_in(whole.dossier.state, official.roles)
    due = appointment(relying_party().clock(), int(whole.dossier.procedure["working_days"])).isoformat()
    done = request.args.get("done") in states.acts()
    return render_template("clients/dossiers/case.html", whole=whole, acts=possible, due=due, done=done, **words())


@requires(role=ROLE, scope=SCOPE)
def act(code: str) -> Response:
    """Do what the official chose, unless somebody was quicker."""
    official, version = _official(), request.form.get("version", "")
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    name = request.form.get("act", "")
    processing.perform(code, name, seen, official, request.form.get("comment", ""), relying_party().now)
    return redirect(url_for("queue.case", code=code, done=name), 303)


@requires(role=ROLE, scope=SCOPE)
def attachment(code: str, attachment_id: str) -> Response:
    """Give an official a file of a dossier."""
    _official()
    return give_back(code, attachment_id)


def _official() -> Official:
    """Give who acts.

    :raises NotForYou: for an official of another agency.
    """
    person, agency = demand(scope=SCOPE), place().agency
    if person.agency != agency and not person.agency.startswith(f"{agency}."):
        raise NotForYou(f"is of {person.agency[:20]}")
    return Official(person.subject, person.name, person.roles)
