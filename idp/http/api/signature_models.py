"""What a request for a validation holds, as JSON or as the parameters of a multipart form, checked before anything is read.

Names are those of ``docs/integrating/signatures.md``. What the words mean for the verdict is ``idp.domain.validations``'.
"""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from idp.domain.validations.policies import USUAL
from keys.validation.model import Content

DIGEST_SIZES: Final = {
    "sha1": 20,
    "sha224": 28,
    "sha256": 32,
    "sha384": 48,
    "sha512": 64,
    "sha3-256": 32,
    "sha3-384": 48,
    "sha3-512": 64,
}
"""Octets of each digest that content may be given as; what a digest is worth is the policy's to say."""
MOST_CONTENTS = 100
LONGEST_NAME = 200
_EARLIEST, _LATEST = 1990, 9990


def decoded(text: str) -> bytes:
    """Give the octets of base64 with padding (RFC 4648 §4), strictly.

    :raises ValueError: for anything else.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("no base64 with padding (RFC 4648 §4)") from None


def _written_out(value: object) -> object:
    """A time is written with its zone (RFC 3339); a bare number could be seconds or milliseconds."""
    if not isinstance(value, str) or "-" not in value:
        raise ValueError("a time with its zone, such as 2026-03-02T09:00:00+07:00 (RFC 3339)")
    return value


def _plausible(moment: datetime) -> datetime:
    # Beyond these years a change of zone may leave the calendar.
    if not _EARLIEST <= moment.year <= _LATEST:
        raise ValueError(f"a time between the years {_EARLIEST} and {_LATEST}")
    return moment.astimezone(UTC)


def _a_name(name: str) -> str:
    if not name.isprintable():
        raise ValueError("holds a character that cannot be printed")
    return name


Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_a_name)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_plausible)]


_BASE64: Final[dict[str, Any]] = {
    "contentEncoding": "base64",
    "pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
}
"""What the document says of octets; they are read without a pattern, which would cost as much again."""


class DetachedContent(BaseModel):
    """Signed content that is kept apart: the content itself, or digests of it, so that it need not be sent."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    data: str | None = Field(None, description="The content, base64", json_schema_extra=_BASE64)
    digests: dict[str, str] = Field(
        default_factory=dict,
        max_length=len(DIGEST_SIZES),
        description=f"By algorithm ({', '.join(DIGEST_SIZES)}), the digest in base64",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "DetachedContent":
        if (self.data is None) == (not self.digests):
            raise ValueError("give data or digests, one of the two")
        self.content()
        return self

    def content(self) -> Content:
        """Give it as the validation takes it."""
        digests = {}
        for name, text in self.digests.items():
            algorithm, digest = _algorithm(name), decoded(text)
            if len(digest) != DIGEST_SIZES[algorithm]:
                raise ValueError(f"a digest of {algorithm} has {DIGEST_SIZES[algorithm]} octets")
            digests[algorithm] = digest
        return Content(self.name, None if self.data is None else decoded(self.data), digests)


class ValidationParameters(BaseModel):
    """How a document is to be judged, and which report is wanted."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field("", description="The document's file name")
    contents: list[DetachedContent] = Field(
        default_factory=list, max_length=MOST_CONTENTS, description="Signed content that is kept apart"
    )
    policy: str = Field(USUAL, max_length=100, description="`motcua-1`, `motcua-1-government` or `motcua-1-public`")
    mode: Literal["live", "long-term"] = Field(
        "long-term",
        description="Whether the certificates' status must be current now, or may be that of the time proven",
    )
    time: Moment | None = Field(None, description="Judge as of this time (RFC 3339 with zone); now unless given")
    report: Literal["simple", "detailed", "etsi", "pdf"] | None = Field(
        None, description="Which report; unless given, the one whose media type `Accept` asks for"
    )


class ValidationRequest(ValidationParameters):
    """A document with its parameters."""

    document: str = Field(description="The document that holds the signatures, base64", json_schema_extra=_BASE64)


def _algorithm(name: str) -> str:
    plain = name.lower().replace("_", "-")
    plain = plain if plain.startswith("sha3") else plain.replace("sha-", "sha")
    if plain not in DIGEST_SIZES:
        raise ValueError(f"no digest algorithm of that name is taken; take one of {', '.join(DIGEST_SIZES)}")
    return plain
