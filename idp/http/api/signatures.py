"""``/api/signatures``: a document's signatures judged for a machine, and whom the judgement trusts.

Owns reading the request, as JSON or as a multipart form. The judgement is ``idp.domain.validations``', reports and their
seals travel as ``reports`` says, batches are ``signature_batches``'.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pydantic import BaseModel, Field
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header

from idp.domain.validations.policies import policy_named
from idp.domain.validations.service import Question
from idp.domain.validations.signers import subjects_of
from idp.http.api import problems
from idp.http.api.addresses import VALIDATIONS
from idp.http.api.operation import JSON, Call, Operation
from idp.http.api.problems import Fault
from idp.http.api.reports import OFFERED, reply, wanted
from idp.http.api.signature_models import MOST_CONTENTS, ValidationParameters, ValidationRequest, decoded
from idp.protocol.exchange import MachineRequest, Reply
from keys.validation.model import Content
from keys.validation.policy import Mode

SCOPE = "signature:validate"
MULTIPART = "multipart/form-data"
PARAMETERS, DOCUMENT, CONTENT = "parameters", "document", "content"
"""The parts of a multipart form: JSON, one file, any number of files."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read: what is to be judged and which report is wanted."""

    question: Question
    report: str | None


class ValidationReport(BaseModel):
    """SiVa's simple report; the detailed one has ``validationProcess`` beside the conclusion."""

    validationReport: dict[str, Any] = Field(description="`validationConclusion` in the shape of SiVa's simple report")  # noqa: N815


def validate(call: Call) -> Reply:
    """Judge one document."""
    asked = read(call.request)
    choice = wanted(call.request, asked.report)
    verdict = call.services.validations.judge(asked.question)
    subjects = subjects_of(call.services, verdict, call.caller.client.subject_sector)
    return reply(call.services.validations.report(verdict, choice.kind, subjects), choice)


def read(request: MachineRequest) -> Asked:
    """Read the request.

    :raises Fault: for one that is no JSON, no multipart form, or does not fit.
    """
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    if media_type == MULTIPART:
        return _form(request.body, options.get("boundary", ""))
    given = problems.read(ValidationRequest, "body", problems.json_of(request.body))
    return asked_of(given, _document(given.document), [each.content() for each in given.contents])


def asked_of(given: ValidationParameters, document: bytes, contents: list[Content]) -> Asked:
    """Put the question together.

    :raises UnknownPolicy: for a policy that there is not.
    """
    policy = policy_named(given.policy, Mode(given.mode))
    return Asked(Question(document, given.name, contents, policy, given.time), given.report)


def _document(text: str) -> bytes:
    try:
        return decoded(text)
    except ValueError as error:
        raise Fault(422, "the body does not fit what this operation takes", [_mistake("document", error)]) from None


def _mistake(where: str, error: ValueError) -> problems.Mistake:
    return problems.Mistake(where=f"body.{where}", detail=str(error))


def _form(body: bytes, boundary: str) -> Asked:
    fields, files = _parts(body, boundary)
    strange = {*fields, *files} - {PARAMETERS, DOCUMENT, CONTENT} | ({PARAMETERS} & set(files))
    documents = files.getlist(DOCUMENT)
    if strange or len(documents) != 1 or len(fields.getlist(PARAMETERS)) > 1 or DOCUMENT in fields or CONTENT in fields:
        raise Fault(
            422, f"a form has one file {DOCUMENT}, files {CONTENT}, and at most one field {PARAMETERS} with JSON"
        )
    sent = problems.json_of(fields.get(PARAMETERS, "{}").encode())
    given = problems.read(ValidationParameters, PARAMETERS, sent)
    name = given.name or _name(documents[0])
    contents = [each.content() for each in given.contents]
    contents += [Content(_name(each), each.stream.read()) for each in files.getlist(CONTENT)]
    return asked_of(given.model_copy(update={"name": name}), documents[0].stream.read(), contents)


def _parts(body: bytes, boundary: str) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    parser = MultiPartParser(
        stream_factory=lambda *_, **__: BytesIO(), max_form_memory_size=1_000_000, max_form_parts=MOST_CONTENTS + 2
    )
    try:
        return parser.parse(BytesIO(body), boundary.encode("ascii"), len(body))
    except RequestEntityTooLarge:
        raise Fault(413, f"a form has at most {MOST_CONTENTS + 2} parts, and 1 MB of parameters") from None
    except ValueError:
        raise Fault(400, "the body is no multipart form (RFC 7578)") from None


def _name(file: FileStorage) -> str:
    plain = (file.filename or "").replace("\\", "/").rpartition("/")[2][:200]
    return "".join(letter for letter in plain if letter.isprintable())


OPERATIONS = (
    Operation(
        "POST",
        VALIDATIONS,
        "validate_signatures",
        "Judge the signatures of a document",
        SCOPE,
        validate,
        ValidationReport,
        body=ValidationRequest,
        role=None,
        acr="",
        takes=(JSON, MULTIPART),
        gives=OFFERED,
        also=(406,),
        description="Every report carries our seal over its very bytes in `Motcua-Seal`, a JWS with detached payload "
        "(RFC 7515, appendix F); `Accept: application/jose` gives both as one compact JWS. A form has one file "
        "`document`, any number of files `content`, and the other members as JSON in `parameters`.",
    ),
)
