"""Having a document's signatures checked by the provider, with a typed answer: ``validate(document, …)``.

The provider's API is ``POST <issuer>/api/signatures/validations`` (docs/integrating/signatures.md). What to do with a document
that did not pass is the caller's to decide; ``Validation.passed`` is true only when nothing at all speaks against it.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from clients.kit.errors import NeighbourSilent
from clients.kit.extension import relying_party
from clients.kit.web.neighbours import Neighbour

PASSED = "TOTAL-PASSED"
TRY_LATER = "TRY_LATER"
PATH = "/signatures/validations"


class Api(Protocol):
    """Whatever posts JSON to the provider's API with a token that has scope ``signature:validate``."""

    def post(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Send something and give the answer."""
        ...


@dataclass(frozen=True, slots=True)
class DetachedContent:
    """Signed content that is kept apart: the octets, or digests of them by algorithm, so that they need not be sent."""

    name: str
    data: bytes | None = None
    digests: Mapping[str, bytes] | None = None

    def as_json(self) -> dict[str, Any]:
        """Give it as the API takes it."""
        if self.data is not None:
            return {"name": self.name, "data": _b64(self.data)}
        return {"name": self.name, "digests": {name: _b64(value) for name, value in (self.digests or {}).items()}}


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature as it was judged. Times are aware; ``subject`` is who signed, as this site's agency knows them."""

    id: str
    indication: str
    sub_indication: str
    signed_by: str
    level: str
    hierarchy: str | None
    subject: str | None
    claimed_time: datetime | None
    proven_time: datetime | None
    changed_after_signing: bool
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether it is TOTAL-PASSED."""
        return self.indication == PASSED


@dataclass(frozen=True, slots=True)
class Validation:
    """One document. ``warnings`` are of the document as a whole: what no signature covers, what could not be read."""

    signatures: tuple[Signature, ...]
    warnings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether there is a signature, every one passed, and nothing speaks against the document as a whole."""
        return bool(self.signatures) and all(each.passed for each in self.signatures) and not self.warnings

    @property
    def try_later(self) -> bool:
        """Whether a status is still being looked up, so that asking again in a minute may tell more."""
        return any(each.sub_indication == TRY_LATER for each in self.signatures)


def validate(
    document: bytes,
    *,
    name: str = "",
    contents: Sequence[DetachedContent] = (),
    policy: str = "motcua-1",
    mode: Literal["live", "long-term"] = "long-term",
    at: datetime | None = None,
    through: Api | None = None,
) -> Validation:
    """Have a document checked, with the signed-in person's token unless ``through`` brings another.

    :param at: judge as of this time, aware; now unless given.
    :raises NeighbourRefused: for a request that does not fit, or a token without the scope.
    :raises NeighbourSilent: when no answer came, or none that can be understood.
    :raises Busy: when too many threads call out.
    :raises SignInNeeded: when the person must sign in again.
    """
    asked: dict[str, Any] = {
        "document": _b64(document),
        "name": name,
        "contents": [each.as_json() for each in contents],
        "policy": policy,
        "mode": mode,
    }
    if at is not None:
        asked["time"] = at.isoformat()
    api = through or Neighbour(f"{relying_party().settings.issuer}/api")
    return read(api.post(PATH, asked))


def read(report: Mapping[str, Any]) -> Validation:
    """Give what a simple report says.

    :raises NeighbourSilent: for one that has not its shape: nothing is taken for granted of a verdict.
    """
    try:
        conclusion = report["validationReport"]["validationConclusion"]
        signatures = tuple(_signature(each) for each in conclusion["signatures"])
        warnings = tuple(str(each["content"]) for each in conclusion.get("validationWarnings", ()))
        counted = (conclusion["signaturesCount"], conclusion["validSignaturesCount"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NeighbourSilent(f"the report has another shape ({type(error).__name__})") from None
    if counted != (len(signatures), sum(each.passed for each in signatures)):
        raise NeighbourSilent("the report contradicts itself")
    return Validation(signatures, warnings)


def _signature(found: Mapping[str, Any]) -> Signature:
    return Signature(
        id=str(found["id"]),
        indication=str(found["indication"]),
        sub_indication=str(found.get("subIndication") or ""),
        signed_by=str(found.get("signedBy") or ""),
        level=str(found.get("signatureFormat") or ""),
        hierarchy=found.get("hierarchy"),
        subject=found.get("subject"),
        claimed_time=_time(found.get("claimedSigningTime")),
        proven_time=_time(found["info"].get("bestSignatureTime")),
        changed_after_signing=bool(found["info"]["changedAfterSigning"]),
        errors=tuple(str(each["content"]) for each in found["errors"]),
        warnings=tuple(str(each["content"]) for each in found["warnings"]),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _b64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")
