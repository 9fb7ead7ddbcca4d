"""CAdES at every level (ETSI EN 319 122-1): signature and content time-stamps, embedded evidence, archive-time-stamp-v3."""

import datetime as dt
from hashlib import sha256
from typing import Any

from asn1crypto import cms, core

from tests.support import tsa
from tests.support.stories import CLOCK, World

CONTENT = "Đơn đề nghị cấp giấy phép xây dựng".encode()
_SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
_CONTENT_TIMESTAMP = "1.2.840.113549.1.9.16.2.20"
_ARCHIVE_TIMESTAMP_V3 = "0.4.0.1733.2.4"
_HASH_INDEX_V3 = "0.4.0.19122.1.5"


def cades(world: World, level: str) -> bytes:
    """An enveloping CAdES signature of the world's signer."""
    return bytes(signed(world, level, CONTENT, sha256(CONTENT).digest(), CLOCK["signing"]).dump())


def signed(
    world: World, level: str, content: bytes | None, digest: bytes, signing_time: dt.datetime | None
) -> cms.ContentInfo:
    """A signature at a level over a digest; ``content`` None leaves it detached, as in PDF."""
    attributes = _signed_attributes(world, digest, signing_time)
    certificates = [world.signer.der, *world.chain]
    crls = world.embedded_crls if level in {"LT", "LTA"} else []
    first = tsa.signed_data("data", content, world.signer, attributes, certificates)
    if level == "B":
        return first
    info = first["content"]["signer_infos"][0]
    value = info["signature"].native
    unsigned = [attribute(_SIGNATURE_TIMESTAMP, world.tsa_signature.token(value, CLOCK["signature_timestamp"]))]
    if level in {"LT", "LTA"}:
        certificates += [world.tsa_signature.signer.der, world.stamping.der]
    if level == "LTA":
        unsigned.append(_archive(world, info, digest, certificates, crls, unsigned))
    return tsa.signed_data(
        "data", content, world.signer, attributes, certificates, crls=crls, unsigned=unsigned, value=value
    )


def _signed_attributes(world: World, digest: bytes, signing_time: dt.datetime | None) -> list[dict[str, Any] | bytes]:
    attributes: list[dict[str, Any] | bytes] = [*tsa.basic_attributes("data", b"", "sha256", world.signer)]
    attributes[1] = {"type": "message_digest", "values": [digest]}
    if signing_time is not None:
        attributes.append({"type": "signing_time", "values": [cms.Time({"utc_time": signing_time})]})
    if world.content_timestamp:
        token = world.tsa_signature.token_over(digest, world.content_timestamp)
        attributes.append(attribute(_CONTENT_TIMESTAMP, token))
    return attributes


def _archive(
    world: World, info: Any, digest: bytes, certificates: list[bytes], crls: list[bytes], unsigned: list[bytes]
) -> bytes:
    """archive-time-stamp-v3 (§5.5.3) with its hash index (§5.5.2): over type, digest, the signer's fields, the index."""
    values = [_members(each) for each in unsigned]
    index = _sequence(
        _sequence(core.ObjectIdentifier("2.16.840.1.101.3.4.2.1").dump()),
        *(
            _sequence(*(core.OctetString(sha256(each).digest()).dump() for each in group))
            for group in (certificates, crls, values)
        ),
    )
    fields = ("version", "sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature")
    covered = core.ObjectIdentifier("1.2.840.113549.1.7.1").dump() + digest
    covered += b"".join(info[name].dump() for name in fields) + index
    hash_index = attribute(_HASH_INDEX_V3, index)
    token = world.tsa_archive.token(covered, CLOCK["archive_timestamp"], unsigned=[hash_index])
    return attribute(_ARCHIVE_TIMESTAMP_V3, token)


def attribute(oid: str, value: bytes) -> bytes:
    """An Attribute with one value, DER."""
    return _sequence(core.ObjectIdentifier(oid).dump(), _wrap(0x31, value))


def _members(encoded: bytes) -> bytes:
    """attrType and the one attrValue of an attribute, side by side (§5.5.2: type and value without their SET)."""
    parsed = cms.CMSAttribute.load(encoded)
    return bytes(parsed["type"].dump() + parsed["values"].contents)


def _sequence(*parts: bytes) -> bytes:
    return _wrap(0x30, b"".join(parts))


def _wrap(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body
