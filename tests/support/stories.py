"""The worlds of the time-travel matrix: for each story its authorities, certificates and CRLs, as ``matrix.json`` says.

A world knows what exists at each moment; documents are made from it by ``tests.support.documents``.
"""

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.bindings._rust import ObjectIdentifier

from tests.support import pki
from tests.support.tsa import TimestampUnit

MATRIX: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "keys" / "validation" / "matrix.json").read_text(encoding="utf-8")
)
STORIES: dict[str, dict[str, Any]] = MATRIX["stories"] | MATRIX["extra_stories"]
_EXPIRED_CERTS_ON_CRL = ObjectIdentifier("2.5.29.60")


def instant(text: str) -> dt.datetime:
    """A moment as the matrix writes it."""
    return dt.datetime.fromisoformat(text)


CLOCK = {name: instant(text) for name, text in MATRIX["clock"].items() if name != "meaning"}
MOMENTS = ("now", "plus_1_day", "plus_400_days")


@dataclass(frozen=True)
class World:
    """One story: who there is, and what each authority says at each moment."""

    name: str
    kind: str = "p256"
    """The kind of the signer's and the time-stamping units' keys."""

    @property
    def story(self) -> dict[str, Any]:
        return STORIES[self.name]

    @cached_property
    def root(self) -> pki.Authority:
        return pki.root("Gốc Chứng thực Quốc gia")

    @cached_property
    def issuing(self) -> pki.Authority:
        return self.root.authority("CA công dân")

    @cached_property
    def stamping(self) -> pki.Authority:
        return self.root.authority("CA dấu thời gian")

    @cached_property
    def signer(self) -> pki.Issued:
        life = instant(self.story["not_before"]), instant(self.story["not_after"])
        subject = pki.person("Nguyễn Thị Hồng Ẩn", "001099012345")
        return self.issuing.issue(subject, between=life, crl_at="http://crl.example.vn/citizens.crl", kind=self.kind)

    @cached_property
    def tsa_signature(self) -> TimestampUnit:
        return self._unit("tsa_signature", self.story.get("tsa_signature_not_after"))

    @cached_property
    def tsa_archive(self) -> TimestampUnit:
        return self._unit("tsa_archive", None)

    def _unit(self, name: str, not_after: str | None) -> TimestampUnit:
        life = MATRIX["infrastructure"][name]
        between = instant(life["not_before"]), instant(not_after or life["not_after"])
        options: dict[str, Any] = {"usages": ("digital_signature",), "purposes": [pki.TIME_STAMPING], "kind": self.kind}
        unit = self.stamping.issue(f"Dấu thời gian {name}", between=between, **options)
        return TimestampUnit(unit, (self.stamping.der,))

    @property
    def chain(self) -> list[bytes]:
        """What the document embeds beside the signer: the chain without the root."""
        return [self.issuing.der]

    def crls(self, this_update: dt.datetime, next_update: dt.datetime) -> list[bytes]:
        """What the three authorities publish at that moment."""
        covered = self.story["expired_certs_on_crl"]
        extensions = []
        if covered:
            text = instant(covered).strftime("%Y%m%d%H%M%SZ").encode()
            extensions = [(x509.UnrecognizedExtension(_EXPIRED_CERTS_ON_CRL, b"\x18\x0f" + text), False)]
        return [
            self.root.crl(this_update, next_update),
            self.issuing.crl(this_update, next_update, self._listed(this_update), extensions=extensions),
            self.stamping.crl(this_update, next_update),
        ]

    def _listed(self, this_update: dt.datetime) -> list[pki.Entry]:
        dropped = not self.story.get("listed_after_expiry", True)
        if dropped and this_update > instant(self.story["not_after"]):
            return []
        past = [event for event in self.story["events"] if instant(event["at"]) <= this_update]
        if not past or past[-1]["status"] == "good":
            return []
        held = past[-1]["status"] == "on_hold"
        reason = x509.ReasonFlags.certificate_hold if held else x509.ReasonFlags.key_compromise
        return [pki.Entry(self.signer.serial, instant(past[-1]["at"]), reason)]

    @cached_property
    def embedded_crls(self) -> list[bytes]:
        """What a document of level LT or LTA embeds."""
        at = CLOCK["embedded_evidence"]
        return self.crls(at, at + dt.timedelta(hours=24))

    def fresh_crls(self, when: str) -> list[bytes]:
        """What the caller hands over at a moment of judgement, with the story's own CRL where it has one."""
        moment = CLOCK[when]
        given = self.crls(moment - dt.timedelta(hours=1), moment + dt.timedelta(hours=23))
        supplied = self.story["supplied_crl"]
        if supplied:
            given.append(self.crls(instant(supplied["this_update"]), instant(supplied["next_update"]))[1])
        return given

    @property
    def content_timestamp(self) -> dt.datetime | None:
        text = self.story["content_timestamp"]
        return instant(text) if text else None


@cache
def world(name: str, kind: str = "p256") -> World:
    """The world of a story, made once."""
    return World(name, kind)
