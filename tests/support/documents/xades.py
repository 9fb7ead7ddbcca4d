"""XAdES at every level (ETSI EN 319 132-1): an enveloped signature with qualifying properties, exclusive C14N throughout."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from tests.support import tsa
from tests.support.stories import CLOCK, World

_DS, _XADES, _XADES141 = (
    "http://www.w3.org/2000/09/xmldsig#",
    "http://uri.etsi.org/01903/v1.3.2#",
    "http://uri.etsi.org/01903/v1.4.1#",
)
_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_ROOT = '<don xmlns="urn:vn:example"><noidung>Đề nghị cấp giấy phép xây dựng</noidung></don>'


def xades(world: World, level: str, filler: int = 0) -> bytes:
    """An XML document with an enveloped signature of the world's signer, and ``filler`` more octets of text."""
    root = etree.fromstring(_ROOT)
    for _ in range(0, filler, 1000):
        etree.SubElement(root, "{urn:vn:example}dong").text = "x" * 980
    data = _c14n(root)
    root.append(etree.fromstring(_skeleton(world, data)))
    signature = root[-1]
    properties = _find(signature, "xades:SignedProperties")
    _find(signature, "ds:Reference[@Type]/ds:DigestValue").text = _b64(sha256(_c14n(properties)).digest())
    value = _find(signature, "ds:SignatureValue")
    value.text = _b64(_raw(world, _c14n(_find(signature, "ds:SignedInfo"))))
    if level != "B":
        unsigned = _add(
            _add(_find(signature, "xades:QualifyingProperties"), "UnsignedProperties"), "UnsignedSignatureProperties"
        )
        _stamp(unsigned, "SignatureTimeStamp", world.tsa_signature.token(_c14n(value), CLOCK["signature_timestamp"]))
        if level in {"LT", "LTA"}:
            _values(unsigned, world)
        if level == "LTA":
            covered = (
                data
                + _c14n(properties)
                + b"".join(
                    _c14n(_find(signature, f"ds:{name}")) for name in ("SignedInfo", "SignatureValue", "KeyInfo")
                )
            )
            covered += b"".join(_c14n(each) for each in unsigned)
            token = world.tsa_archive.token(covered, CLOCK["archive_timestamp"])
            _stamp(unsigned, "ArchiveTimeStamp", token, _XADES141)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _skeleton(world: World, data: bytes) -> str:
    certificates = "".join(
        f"<ds:X509Certificate>{_b64(der)}</ds:X509Certificate>" for der in (world.signer.der, *world.chain)
    )
    transforms = f'<ds:Transform Algorithm="{_DS}enveloped-signature"/><ds:Transform Algorithm="{_C14N}"/>'
    return f"""<ds:Signature xmlns:ds="{_DS}" Id="S"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{_C14N}"/>\
<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>\
<ds:Reference Id="R" URI=""><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod Algorithm="{_SHA256}"/>\
<ds:DigestValue>{_b64(sha256(data).digest())}</ds:DigestValue></ds:Reference>\
<ds:Reference URI="#SP" Type="http://uri.etsi.org/01903#SignedProperties"><ds:Transforms>\
<ds:Transform Algorithm="{_C14N}"/></ds:Transforms><ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue/>\
</ds:Reference></ds:SignedInfo><ds:SignatureValue Id="SV"/>\
<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>\
<ds:Object><xades:QualifyingProperties xmlns:xades="{_XADES}" Target="#S"><xades:SignedProperties Id="SP">\
<xades:SignedSignatureProperties><xades:SigningTime>{CLOCK["signing"]:%Y-%m-%dT%H:%M:%SZ}</xades:SigningTime>\
<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="{_SHA256}"/>\
<ds:DigestValue>{_b64(sha256(world.signer.der).digest())}</ds:DigestValue></xades:CertDigest></xades:Cert>\
</xades:SigningCertificateV2></xades:SignedSignatureProperties>{_data_properties(world, data)}\
</xades:SignedProperties></xades:QualifyingProperties></ds:Object></ds:Signature>"""


def _data_properties(world: World, data: bytes) -> str:
    stamp = ""
    if world.content_timestamp:
        # AllDataObjectsTimeStamp covers the processed references but that to SignedProperties (§5.2.8.1).
        token = _b64(world.tsa_signature.token(data, world.content_timestamp))
        inner = f"<xades:EncapsulatedTimeStamp>{token}</xades:EncapsulatedTimeStamp>"
        stamp = f"<xades:AllDataObjectsTimeStamp>{_method()}{inner}</xades:AllDataObjectsTimeStamp>"
    return f"""<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#R">\
<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>{stamp}</xades:SignedDataObjectProperties>"""


def _method() -> str:
    return f'<ds:CanonicalizationMethod Algorithm="{_C14N}"/>'


def _values(unsigned: Any, world: World) -> None:
    certificates = _add(unsigned, "CertificateValues")
    for der in (*world.chain, world.tsa_signature.signer.der, world.stamping.der):
        _add(certificates, "EncapsulatedX509Certificate").text = _b64(der)
    lists = _add(_add(unsigned, "RevocationValues"), "CRLValues")
    for der in world.embedded_crls:
        _add(lists, "EncapsulatedCRLValue").text = _b64(der)


def _stamp(unsigned: Any, name: str, token: bytes, namespace: str = _XADES) -> None:
    stamp = etree.SubElement(unsigned, f"{{{namespace}}}{name}")
    etree.SubElement(stamp, f"{{{_DS}}}CanonicalizationMethod").set("Algorithm", _C14N)
    _add(stamp, "EncapsulatedTimeStamp").text = _b64(token)


def _add(parent: Any, name: str) -> Any:
    return etree.SubElement(parent, f"{{{_XADES}}}{name}")


def _find(parent: Any, path: str) -> Any:
    return parent.find(f".//{path}", {"ds": _DS, "xades": _XADES})


def _c14n(element: Any) -> bytes:
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False))


def _raw(world: World, data: bytes) -> bytes:
    r, s = decode_dss_signature(tsa.sign(world.signer, data))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _b64(data: bytes) -> str:
    return b64encode(data).decode()
