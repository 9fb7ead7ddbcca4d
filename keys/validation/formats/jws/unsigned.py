"""The unsigned part of a JAdES signature, ``etsiU``: validation data, time-stamps with their imprints.

TS 119 182-1 clause 5.3. Components stand either all as base64url strings or all as JSON objects; only of strings are the
octets that a time-stamp covers certain. Counter-signatures are signatures of their own (``signature``).
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from keys.validation.formats.evidence import Evidence, fingerprint
from keys.validation.formats.findings import Findings
from keys.validation.formats.jws.header import Refused, digest_name
from keys.validation.formats.jws.serialization import Json, MalformedJws, any_base64, base64url, parse_object
from keys.validation.model import Integrity, TimestampKind

MAX_COMPONENTS = 500
"""Components of one ``etsiU``."""

_STAMPS: Final = {
    "sigTst": TimestampKind.SIGNATURE,
    "sigRTst": TimestampKind.SIGNATURE_AND_REFERENCES,
    "rfsTst": TimestampKind.REFERENCES_ONLY,
    "arcTst": TimestampKind.ARCHIVE,
}
_REFERENCES: Final = ("xRefs", "rRefs", "axRefs", "arRefs")


@dataclass(frozen=True)
class Component:
    """One entry of ``etsiU``."""

    name: str
    value: Any
    written: str | None
    """The base64url string as it stands there; None for a JSON object."""


@dataclass(frozen=True)
class Signed:
    """The parts of a signature that its time-stamps are computed over."""

    protected: str
    signature: str
    signature_value: bytes
    data: bytes | None
    """The payload as time-stamps take it, None where it is not at hand."""
    components: Sequence[Component] = ()
    signer_digests: Sequence[tuple[str, bytes]] = ()


def components(header: Json, findings: Findings) -> tuple[Component, ...]:
    """The entries of ``etsiU`` in order; one that cannot be read is left out with a remark."""
    listed = header.get("etsiU")
    if listed is None:
        return ()
    if not isinstance(listed, list) or len(listed) > MAX_COMPONENTS:
        raise Refused(Integrity.MALFORMED, "the unsigned part is no list, or longer than any honest one")
    found = []
    for entry in listed:
        try:
            value = parse_object(base64url(entry)) if isinstance(entry, str) else entry
        except MalformedJws:
            value = None
        if not isinstance(value, dict) or len(value) != 1:
            findings.warn("a component of the unsigned part cannot be read")
            continue
        ((name, inner),) = value.items()
        found.append(Component(name, inner, entry if isinstance(entry, str) else None))
    return tuple(found)


def collect(signed: Signed, evidence: Evidence, findings: Findings) -> None:
    """Add everything of ``etsiU`` to ``evidence``, in order."""
    for component in signed.components:
        _values(component, evidence, findings)
    so_far = Evidence()
    for position, component in enumerate(signed.components):
        if component.name in _STAMPS:
            _stamp(signed, position, so_far, evidence, findings)
        else:
            _values(component, so_far, findings)
    evidence.timestamps.extend(so_far.timestamps)


def content_timestamps(parameters: Json, data: bytes | None, evidence: Evidence, findings: Findings) -> None:
    """Add the tokens of the protected ``adoTst`` (clause 5.2.6)."""
    for token in _tokens(parameters.get("adoTst"), findings):
        evidence.add_timestamp(TimestampKind.CONTENT, token, lambda: (data,), ())


def _stamp(signed: Signed, position: int, so_far: Evidence, all_: Evidence, findings: Findings) -> None:
    component = signed.components[position]
    kind = _STAMPS[component.name]
    covers = _covers(signed, position, kind, so_far, all_)
    for token in _tokens(component.value, findings):
        so_far.add_timestamp(kind, token, lambda: (_PARTS[kind](signed, position),), covers)


def _covers(signed: Signed, position: int, kind: TimestampKind, so_far: Evidence, all_: Evidence) -> frozenset[str]:
    value = frozenset({fingerprint(signed.signature_value)}) | all_.with_digests(signed.signer_digests)
    digests = [
        pair for each in signed.components[:position] if each.name in _REFERENCES for pair in _digests(each.value)
    ]
    match kind:
        case TimestampKind.SIGNATURE:
            return value
        case TimestampKind.SIGNATURE_AND_REFERENCES:
            stamps = (fingerprint(stamp.token) for stamp in so_far.timestamps if stamp.kind is TimestampKind.SIGNATURE)
            return value | all_.with_digests(digests) | frozenset(stamps)
        case TimestampKind.REFERENCES_ONLY:
            return all_.with_digests(digests)
        case _:
            return value | so_far.so_far() | all_.with_digests(digests)


def _over_signature(signed: Signed, _: int) -> bytes:
    return signed.signature.encode()


def _over_references(signed: Signed, position: int, *more: str) -> bytes | None:
    before = [each for each in signed.components[:position] if each.name in {*_REFERENCES, *more}]
    return _joined(before)


def _over_signature_and_references(signed: Signed, position: int) -> bytes | None:
    references = _over_references(signed, position, "sigTst")
    return None if references is None else signed.signature.encode() + b"." + references


def _over_all(signed: Signed, position: int) -> bytes | None:
    """Payload, protected header, signature value and what stands before (clause 5.3.6.2)."""
    before = _joined(signed.components[:position])
    if before is None or signed.data is None:
        return None
    return b".".join((signed.data, signed.protected.encode(), signed.signature.encode(), before))


def _joined(before: Sequence[Component]) -> bytes | None:
    if any(each.written is None for each in before):
        return None
    return "".join(each.written or "" for each in before).encode()


_PARTS: Final[dict[TimestampKind, Callable[[Signed, int], bytes | None]]] = {
    TimestampKind.SIGNATURE: _over_signature,
    TimestampKind.SIGNATURE_AND_REFERENCES: _over_signature_and_references,
    TimestampKind.REFERENCES_ONLY: _over_references,
    TimestampKind.ARCHIVE: _over_all,
}


def _tokens(container: Any, findings: Findings) -> list[bytes]:
    """The DER tokens of a ``tstContainer`` (clause 5.4.3.3)."""
    listed = container.get("tstTokens") if isinstance(container, dict) else None
    found = []
    for each in _list(listed):
        encoding = each.get("encoding") if isinstance(each, dict) else None
        try:
            if not isinstance(each, dict) or encoding not in {None, "", "http://uri.etsi.org/01903/v1.2.2#DER"}:
                raise MalformedJws("an encoding that is not DER")
            found.append(any_base64(each.get("val")))
        except MalformedJws:
            findings.warn("a time-stamp cannot be read")
    return found


def _values(component: Component, evidence: Evidence, findings: Findings) -> None:
    """``xVals``, ``rVals`` and the containers of both (clauses 5.3.5 and 5.3.6.1)."""
    value = component.value
    if component.name in {"tstVD", "anyValData"} and isinstance(value, dict):
        for name in ("xVals", "axVals", "rVals", "arVals"):
            if name in value:
                _values(Component(name, value[name], None), evidence, findings)
    elif component.name in {"xVals", "axVals"}:
        for each in _list(value):
            _add(each.get("x509Cert") if isinstance(each, dict) else None, evidence.certificates.setdefault, findings)
    elif component.name in {"rVals", "arVals"} and isinstance(value, dict):
        for each in _list(value.get("crlVals")):
            _add(each, evidence.crls.setdefault, findings)
        for each in _list(value.get("ocspVals")):
            _add(each, evidence.add_ocsp, findings)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _add(entry: Any, add: Callable[[bytes], object], findings: Findings) -> None:
    try:
        add(any_base64(entry.get("val") if isinstance(entry, dict) else entry))
    except MalformedJws:
        findings.warn("an embedded value is not base64")


def _digests(value: Any) -> list[tuple[str, bytes]]:
    """Every ``digAlg`` with its ``digVal`` below a reference, however it nests."""
    found, here = [], [value]
    while here:
        each = here.pop()
        if isinstance(each, dict):
            with suppress(Refused, MalformedJws):
                found.append((digest_name(each.get("digAlg")), any_base64(each.get("digVal"))))
            here.extend(each.values())
        elif isinstance(each, list):
            here.extend(each)
    return found
