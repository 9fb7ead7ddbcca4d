"""``/signatures``: anybody may have a document's signatures checked, with nothing but a browser; nothing is kept.

Owns the page, its form and the reports to take along. What is decided is ``keys.validation``'s, how often one may ask
``idp.domain.validations.desk``'s. The reports travel inside the page, because there is no place where they would lie.
"""

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from werkzeug.datastructures import FileStorage

from idp.domain.validations.desk import Desk
from idp.domain.validations.service import Question
from idp.errors import Refusal, TryAgainLater
from idp.http.entry import Hurdle
from idp.http.pages.signature_words import verdict_view
from idp.http.responses import RETRY_AFTER
from idp.services import Services
from keys.validation.model import Content
from templates.forms import Form
from templates.language import current_language

if TYPE_CHECKING:
    from keys.validation.report.words import Language
    from keys.validation.verdict import Verdict

PATH = "/signatures"
LONGEST_NAME = 200


class DocumentForm(Form):
    """A document, and what it signs where that is kept apart."""

    document = FileField(_l("The signed file"), validators=[FileRequired(_l("Choose the file to be checked."))])
    content = MultipleFileField(_l("Signed content that is kept apart"))


@dataclass(frozen=True, slots=True)
class Keepsake:
    """A report to take along: what it is, its file name and the address that holds it."""

    words: str
    file_name: str
    address: str


def signature_pages(services: Services) -> Blueprint:
    """Give the page."""
    blueprint = Blueprint("signatures", __name__)
    desk = Desk(services)

    @blueprint.get(PATH)
    def signatures() -> ResponseReturnValue:
        return _form(desk, DocumentForm(), limit=services.settings.validation_limit)

    @blueprint.post(PATH)
    def check() -> ResponseReturnValue:
        form, limit = DocumentForm(), services.settings.validation_limit
        if not form.validate():
            return _form(desk, form, 400, limit=limit)
        try:
            desk.admit(_address(), request.form.get("challenge", ""), request.form.get("number", ""))
            verdict = services.validations.judge(_question(form))
        except Refusal as refusal:
            return _refused(desk, form, refusal, limit)
        view = verdict_view(verdict, _language())
        keepsakes = _keepsakes(services, verdict) if verdict.signatures else ()
        return make_response(render_template("idp/signatures_verdict.html", verdict=view, keepsakes=keepsakes))

    return blueprint


def _language() -> "Language":
    return "en" if current_language() == "en" else "vi"


def _address() -> str:
    return request.remote_addr or ""


def _form(desk: Desk, form: DocumentForm, status: int = 200, *, limit: int, refusal: str = "") -> Response:
    hurdle = Hurdle(desk.challenge(_address()))
    megabytes = limit // 2**20
    page = render_template("idp/signatures.html", form=form, hurdle=hurdle, refusal=refusal, megabytes=megabytes)
    return make_response(page, status)


def _refused(desk: Desk, form: DocumentForm, refusal: Refusal, limit: int) -> Response:
    words = gettext(refusal.message, **refusal.values)
    response = _form(desk, form, refusal.status_code, limit=limit, refusal=words)
    if isinstance(refusal, TryAgainLater):
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def _question(form: DocumentForm) -> Question:
    given = [each for each in form.content.data or () if isinstance(each, FileStorage) and each.filename]
    contents = [Content(_name(each), each.stream.read()) for each in given]
    return Question(form.document.data.stream.read(), _name(form.document.data), contents)


def _name(file: FileStorage) -> str:
    """The file's own name without its folders, which some browsers send along."""
    return (file.filename or "").replace("\\", "/").rpartition("/")[2][:LONGEST_NAME]


def _keepsakes(services: Services, verdict: "Verdict") -> tuple[Keepsake, ...]:
    from keys.validation.report import Kind

    stem = verdict.document_name.rpartition(".")[0] or verdict.document_name or "report"
    paper = services.validations.report(verdict, Kind.PDF, hide_numbers=True)
    machine = services.validations.report(verdict, Kind.DETAILED)
    european = services.validations.report(verdict, Kind.ETSI)
    return (
        Keepsake(gettext("Report to read (PDF)"), f"{stem}.pdf", _data(paper.content, paper.media_type)),
        Keepsake(gettext("Sealed report (JWS)"), f"{stem}.jws", _data(machine.seal.encode(), "application/jose")),
        Keepsake(gettext("Report for machines (XML)"), f"{stem}.xml", _data(european.content, european.media_type)),
    )


def _data(content: bytes, media_type: str) -> str:
    """The bytes as an address of their own (RFC 2397)."""
    return f"data:{media_type};base64,{b64encode(content).decode()}"
