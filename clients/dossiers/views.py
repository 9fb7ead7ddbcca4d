"""``/dossiers``: a citizen files dossiers at this agency and reads their own, and nobody else's.

Each procedure says how strongly one must have signed in: asked for before the form is shown, and once more when it is
sent, what was filled in kept on the way (the kit's step-up).
"""

import io
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from clients.dossiers import attachments, copying, filing, form, states
from clients.dossiers.attachments import field_of, read_uploads
from clients.dossiers.filing import Applicant, Submission
from clients.dossiers.practice import practice
from clients.dossiers.processing import NoSuchDossier
from clients.dossiers.records import dossiers
from clients.kit.errors import Failure
from clients.kit.extension import relying_party
from clients.kit.person import Person
from clients.kit.records.database import reading
from clients.kit.web.modules import Way, offer, place
from clients.kit.web.step_up import demand, requires
from templates.forms import Form
from templates.language import current_language

PAGE = 50
FILE_ENDPOINT = "dossiers.submit"
LOST = "files_lost"
"""Sent with a form that was kept through a step-up and had files with it, which could not be kept."""


class NoSuchProcedure(Failure):
    """The procedure is not in the catalogue, or no dossier is taken for it online."""

    status = 404
    title = _("This procedure cannot be filed here")
    advice = _("It is not in the catalogue, or it is not done online by this agency. Please choose another one.")


def dossier_pages() -> Blueprint:
    """Give the citizen's pages."""
    blueprint = Blueprint("dossiers", __name__, url_prefix="/dossiers")
    offer(blueprint, Way("dossiers.choose", _("File a dossier")), Way("dossiers.mine", _("My dossiers")))
    blueprint.record(_take_larger_bodies)
    blueprint.get("")(mine)
    blueprint.get("/new")(choose)
    blueprint.get("/new/<code>")(form_page)
    blueprint.post("/new/<code>")(submit)
    blueprint.get("/<code>")(dossier)
    blueprint.get("/<code>/attachments/<attachment_id>")(attachment)
    return blueprint


@requires()
def mine() -> str:
    """List the person's own dossiers at this agency."""
    with reading() as work:
        found = dossiers.of_person(work, demand().subject, PAGE, 0)
    return render_template("clients/dossiers/mine.html", dossiers=found, **words())


def choose() -> str:
    """List what can be filed here."""
    copying.refresh()
    found = [it for it in copying.procedures() if filing.is_taken_online(it)]
    return render_template("clients/dossiers/choose.html", procedures=found, catalogue=place().catalogue, **words())


@requires()
def form_page(code: str) -> str:
    """Show a procedure's form, with what is known of the person filled in."""
    copying.refresh()
    procedure = _procedure(code)
    person = demand(procedure["acr"])
    made = form.form_class(procedure, current_language(), relying_party().clock())
    return _form(procedure, made(data=form.filled_from(procedure, person)), filing.new_key())


@requires()
def submit(code: str) -> str | Response:
    """File what was filled in, or show again what is wrong with it."""
    procedure, key = _procedure(code), request.form.get("submission", "")
    person = demand(procedure["acr"])
    filled = form.form_class(procedure, current_language(), relying_party().clock())()
    uploads, wrong = read_uploads(procedure, request.files)
    if LOST in request.form and not uploads:
        missing = gettext("Your files could not be kept while you signed in. Please attach them again.")
        wrong = {paper["key"]: missing for paper in procedure["documents"]}
    if not filled.validate() or wrong or not filing.is_key(key):
        return _form(procedure, filled, key if filing.is_key(key) else filing.new_key(), wrong)
    content = form.content_of(filled, procedure)
    submission = Submission(key, procedure, content, tuple(uploads))
    filed = filing.submit(submission, _applicant(person), place().agency, relying_party().now)
    return redirect(url_for("dossiers.dossier", code=filed.code, filed="now"), 303)


@requires()
def dossier(code: str) -> str:
    """Show one of the person's own dossiers: what was filed, where it stands, when it is due."""
    with reading() as work:
        whole = dossiers.find(work, code, demand().subject)
    if whole is None:
        raise NoSuchDossier("not theirs, or not there")
    filed_now = request.args.get("filed") == "now"
    return render_template("clients/dossiers/dossier.html", whole=whole, filed_now=filed_now, **words())


@requires()
def attachment(code: str, attachment_id: str) -> Response:
    """Give back a file that the person attached."""
    return give_back(code, attachment_id, demand().subject)


def give_back(code: str, attachment_id: str, subject: str = "") -> Response:
    """Give a file as a download that no browser interprets, whatever is in it."""
    with reading() as work:
        found = dossiers.attachment(work, code, attachment_id, subject)
    if found is None:
        raise NoSuchDossier("no such attachment")
    row, content = found
    response = send_file(io.BytesIO(content), row.media_type, as_attachment=True, download_name=row.name, max_age=0)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return response


def words() -> dict[str, Any]:
    """Give what every page of dossiers shows: the names of states, and a dossier's content in words."""
    return {"states": states.states(), "shown": form.shown, "lang": current_language()}


def _procedure(code: str) -> dict[str, Any]:
    """Give a procedure that can be filed here.

    :raises NoSuchProcedure: for any other.
    """
    found = copying.procedure(code)
    if found is None or not filing.is_taken_online(found):
        raise NoSuchProcedure(code[:20])
    return found


def _applicant(person: Person) -> Applicant:
    return Applicant(person.subject, person.name, person.acr, relying_party().settings.client_id)


def _form(procedure: dict[str, Any], filled: Form, key: str, wrong: dict[str, str] | None = None) -> str:
    return render_template(
        "clients/dossiers/form.html",
        procedure=procedure,
        form=filled,
        submission=key,
        files=_files(procedure, wrong or {}),
        accept=attachments.ACCEPT,
        most=practice().attachment_bytes // (1024 * 1024),
        **words(),
    )


def _files(procedure: dict[str, Any], wrong: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give the fields for a procedure's papers, each with what was wrong with its file."""
    language = current_language()
    return [
        {
            "key": field_of(paper["key"]),
            "label": paper["name"][language],
            "required": paper["required"],
            "error": wrong.get(paper["key"], ""),
        }
        for paper in procedure["documents"]
    ]


def _take_larger_bodies(state: BlueprintSetupState) -> None:
    """Let this one form be larger than others, before anything reads it."""
    limits = practice()
    largest = limits.attachments * limits.attachment_bytes + 512 * 1024

    def widen() -> None:
        if request.endpoint == FILE_ENDPOINT:
            request.max_content_length = largest

    state.app.before_request_funcs.setdefault(None, []).insert(0, widen)
