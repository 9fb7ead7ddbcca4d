"""``/api/signatures/trust``: whom the judgement of signatures trusts, for what and when: callers can hold it against theirs.

The store itself is the operator's and our own authorities' (``idp.domain.validations``).
"""

from datetime import datetime

from pydantic import BaseModel, Field

from idp.http.api.operation import Call, Operation
from idp.http.api.signatures import SCOPE


class TrustedAuthority(BaseModel):
    """One anchor."""

    hierarchy: str | None = Field(description="`public` or `government`")
    name: str
    sha256: str = Field(description="Of the certificate's DER, hex")
    purposes: list[str] = Field(description="Of `signature`, `seal`, `timestamp`, `login`, `ocsp`")
    trusted_from: datetime
    trusted_until: datetime
    certificate: str = Field(description="PEM")


class TrustedAuthorities(BaseModel):
    """The whole store."""

    digest: str = Field(description="SHA-256 over all that is trusted, hex; detailed reports name it")
    authorities: list[TrustedAuthority]


def shown(call: Call) -> TrustedAuthorities:
    """Give the store as it stands now."""
    from asn1crypto import pem

    from keys.validation.report.names import common_name

    store = call.services.validations.trusted()
    return TrustedAuthorities(
        digest=store.digest,
        authorities=[
            TrustedAuthority(
                hierarchy=anchor.hierarchy,
                name=common_name(anchor.certificate),
                sha256=anchor.certificate.digest,
                purposes=sorted(anchor.purposes),
                trusted_from=anchor.begins,
                trusted_until=anchor.ends,
                certificate=pem.armor("CERTIFICATE", anchor.certificate.der).decode("ascii"),
            )
            for anchor in store.anchors
        ],
    )


OPERATIONS = (
    Operation(
        "GET",
        "/api/signatures/trust",
        "show_trust",
        "Whom the judgement trusts",
        SCOPE,
        shown,
        TrustedAuthorities,
        role=None,
        acr="",
    ),
)
