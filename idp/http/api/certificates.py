"""``/api/certificates``: finding, suspending, releasing and revoking certificates, and how far a revocation has come."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from idp.domain.administration import certified
from idp.domain.administration.certified import REASONS, By, Certified, Resting
from idp.domain.certificates import Consequence as Following
from idp.http.api.clients import names_of
from idp.http.api.operation import FRESH, Call, Operation
from idp.services import Services

RevocationReason = StrEnum(  # type: ignore[misc]  # the words are RFC 5280's, kept in keys.authority
    "RevocationReason", {word: word for word in REASONS}
)


class CertificateSearch(BaseModel):
    """What to look for."""

    model_config = ConfigDict(extra="forbid")

    by: By
    value: str = Field(
        min_length=1,
        max_length=320,
        description="A serial number in hexadecimal digits, the whole name of the subject, or an account's identifier",
    )


class CertificateShort(BaseModel):
    """A certificate in a list. Times are Unix seconds."""

    serial: str = Field(description="32 hexadecimal digits")
    authority: str
    profile: str
    account_id: str
    name: str = Field(description="Whom it names")
    organisation: str
    agency: str | None
    not_before: int
    not_after: int
    status: str = Field(description="`good`, `on-hold` or `revoked`")
    since: float | None = Field(description="Since when it is not good")
    reason: str | None = Field(description="CRLReason (RFC 5280 §5.3.1)")


class RestingPortal(BaseModel):
    """A portal where sessions opened with a certificate are signed in."""

    client_id: str
    name: dict[str, str] | None = Field(description="By language; null for a portal that is gone")


class CertificateWhole(CertificateShort):
    """A certificate, and what a revocation would end."""

    key_place: str = Field(description="Where its owner keeps the key: `browser` or `file`")
    fingerprint: str = Field(description="SHA-256 of its DER, in hex")
    issued_at: float
    open_sessions: int = Field(description="Live sessions that were opened with it")
    portals: list[RestingPortal] = Field(description="The portals that these sessions entered")


class CertificateList(BaseModel):
    """What was found, the newest first, at most a hundred."""

    items: list[CertificateShort]


class Revocation(BaseModel):
    """Why a certificate is revoked."""

    model_config = ConfigDict(extra="forbid")

    reason: RevocationReason


class Consequence(BaseModel):
    """One thing that follows from a revocation or suspension."""

    kind: str = Field(description="`status`, `ocsp`, `sign_in`, `crl`, `session`, `tokens` or `portal`")
    target: str = Field(description="The serial number, authority, session or client concerned")
    name: dict[str, str] | None = Field(description="Of a portal, by language")
    state: str = Field(description="`pending` or `done`")
    at: float | None = Field(description="When it was done, Unix seconds")
    trouble: str = Field(
        description="Why it is not done yet; `cannot_be_told` for a portal without back-channel logout"
    )


class Consequences(BaseModel):
    """Everything that follows; empty while the certificate is good."""

    items: list[Consequence]
    done: bool = Field(description="Whether nothing is pending any more")


def searched(call: Call) -> CertificateList:
    """Give the certificates that fit and that the administrator reaches."""
    wanted = call.body(CertificateSearch)
    found = certified.search(call.services, call.caller.administrator, wanted.by, wanted.value)
    return CertificateList(items=[CertificateShort(**_short(each)) for each in found])


def shown(call: Call) -> CertificateWhole:
    """Give one certificate."""
    found, resting = certified.show(call.services, call.caller.administrator, call.path["serial"])
    return _whole(call.services, found, resting)


def followed(call: Call) -> Consequences:
    """Give how far a revocation or suspension has come."""
    return _consequences(
        call.services, certified.consequences(call.services, call.caller.administrator, call.path["serial"])
    )


def revoked(call: Call) -> Consequences:
    """Revoke a certificate with everything that follows."""
    reason = call.body(Revocation).reason.value
    return _consequences(
        call.services, certified.revoke(call.services, call.caller.administrator, call.path["serial"], reason)
    )


def held(call: Call) -> Consequences:
    """Suspend a certificate."""
    return _consequences(call.services, certified.hold(call.services, call.caller.administrator, call.path["serial"]))


def released(call: Call) -> CertificateWhole:
    """End a suspension."""
    certified.release(call.services, call.caller.administrator, call.path["serial"])
    return shown(call)


def _whole(services: Services, found: Certified, resting: Resting) -> CertificateWhole:
    row = found.row
    return CertificateWhole(
        **_short(found),
        key_place=row.key_place,
        fingerprint=row.fingerprint,
        issued_at=row.issued_at,
        open_sessions=resting.sessions,
        portals=[RestingPortal(client_id=each, name=names_of(services, each)) for each in resting.client_ids],
    )


def _short(found: Certified) -> dict[str, object]:
    row = found.row
    same = ("serial", "authority", "profile", "account_id", "not_before", "not_after", "status", "since", "reason")
    named = {"name": found.name, "organisation": found.organisation, "agency": found.agency}
    return {**{name: getattr(row, name) for name in same}, **named}


def _consequences(services: Services, found: Sequence[Following]) -> Consequences:
    items = [
        Consequence(
            kind=it.kind,
            target=it.target,
            name=names_of(services, it.target) if it.kind == "portal" else None,
            state=it.state,
            at=it.at,
            trouble=it.trouble,
        )
        for it in found
    ]
    return Consequences(items=items, done=all(it.state == "done" for it in items))


ONE = "/api/certificates/{serial}"
OPERATIONS = (
    Operation(
        "POST",
        "/api/certificates/search",
        "search_certificates",
        "Search certificates",
        "certificate:read",
        searched,
        CertificateList,
        body=CertificateSearch,
        description="Every certificate in the answer leaves an entry about its owner in the audit trail.",
    ),
    Operation("GET", ONE, "show_certificate", "Show a certificate", "certificate:read", shown, CertificateWhole),
    Operation(
        "GET",
        f"{ONE}/consequences",
        "show_consequences",
        "Show how far a revocation or suspension has come",
        "certificate:read",
        followed,
        Consequences,
    ),
    Operation(
        "POST",
        f"{ONE}/revoke",
        "revoke_certificate",
        "Revoke a certificate for good",
        "certificate:revoke",
        revoked,
        Consequences,
        body=Revocation,
        max_age=FRESH,
        description="One act with everything that follows: status, OCSP and sign-in refuse from the answer on, sessions opened "
        "with it and their tokens end, portals are told. May be repeated: a revoked certificate stays as it is.",
    ),
    Operation(
        "POST",
        f"{ONE}/hold",
        "hold_certificate",
        "Suspend a certificate",
        "certificate:revoke",
        held,
        Consequences,
        takes=(),
        max_age=FRESH,
        also=(409,),
        description="Everything follows as from a revocation, but it can be released. May be repeated.",
    ),
    Operation(
        "POST",
        f"{ONE}/release",
        "release_certificate",
        "End a suspension",
        "certificate:revoke",
        released,
        CertificateWhole,
        takes=(),
        max_age=FRESH,
        also=(409,),
        description="409 where it is not suspended. What was ended stays ended.",
    ),
)
