"""Which report a caller wants, and how it and its seal travel (RFC 9110 §12.5.1, RFC 7515).

A report travels as its own bytes, and our seal over exactly these bytes beside it in ``Motcua-Seal``, a JWS with detached
payload (RFC 7515, appendix F); with ``Accept: application/jose`` the two come as one compact JWS, to be kept as it is.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from idp.domain.validations.service import SealedReport
from idp.http.api.problems import Fault
from idp.protocol.exchange import NO_STORE, MachineRequest, Reply

if TYPE_CHECKING:
    from keys.validation.report import Kind

SEAL = "Motcua-Seal"
JOSE = "application/jose"
MEDIA_TYPES = {
    "simple": "application/json",
    "detailed": "application/json",
    "etsi": "application/xml",
    "pdf": "application/pdf",
}
"""By report, the media type that it travels as."""
OFFERED = ("application/json", "application/xml", "application/pdf", JOSE)
_KINDS: dict[str, Literal["simple", "etsi", "pdf"]] = {
    "application/json": "simple",
    "application/xml": "etsi",
    "application/pdf": "pdf",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report, and whether it is wanted inside its seal."""

    kind: "Kind"
    inside_seal: bool


def wanted(request: MachineRequest, report: str | None) -> Wanted:
    """Give what the request asks for.

    :raises Fault: 406 when the caller accepts nothing of what the report can be.
    """
    # Loading the reports takes a third of a second, which a process that judges nothing need not pay.
    from keys.validation.report import Kind

    offers = OFFERED if report is None else (MEDIA_TYPES[report], JOSE)
    accept = parse_accept_header(request.headers.get("accept", "*/*") or "*/*", MIMEAccept)
    chosen = accept.best_match(offers)
    if chosen is None:
        raise Fault(406, f"this report comes as {' or '.join(offers)}")
    return Wanted(Kind(report or _KINDS.get(chosen, "simple")), chosen == JOSE)


def reply(report: SealedReport, choice: Wanted) -> Reply:
    """Give the report as it was asked for."""
    if choice.inside_seal:
        return Reply(200, report.seal.encode(), (("Content-Type", JOSE), ("Vary", "Accept"), *NO_STORE))
    headers = (("Content-Type", report.media_type), (SEAL, report.detached_seal), ("Vary", "Accept"))
    return Reply(200, report.content, (*headers, *NO_STORE))
