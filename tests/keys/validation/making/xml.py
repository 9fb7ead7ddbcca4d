"""XML signatures made by hand from text, so that each rule can be broken by itself (XML-Signature 1.1, EN 319 132-1).

Digests are computed with the XML library's own exclusive canonicalization, never with the code under test.
"""

import base64
import copy
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from lxml import etree

from tests.keys.validation.making.people import Person, person

DS = "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
XADES_141 = "http://uri.etsi.org/01903/v1.4.1#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
BASE64 = f"{DS}base64"
SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
COUNTERSIGNED = "http://uri.etsi.org/01903#CountersignedSignature"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
METHODS = {
    rsa.RSAPrivateKey: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    ec.EllipticCurvePrivateKey: ECDSA_SHA256,
    ed25519.Ed25519PrivateKey: "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
}
HUGE = etree.XMLParser(huge_tree=True)
Octets = Callable[[Any, Any], bytes]
"""From the document's root and the signature element to what a reference must digest."""


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def transform(algorithm: str, inner: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{inner}</ds:Transform>'


def canonical(element: Any, *, exclusive: bool = True, comments: bool = False) -> bytes:
    return bytes(etree.tostring(element, method="c14n", exclusive=exclusive, with_comments=comments))


def without_signature(root: Any, signature: Any) -> bytes:
    """The exclusive canonical form of the document less this signature."""
    tree = copy.deepcopy(root.getroottree())
    (found,) = tree.xpath("//ds:Signature[@Id=$id]", id=signature.get("Id"), namespaces={"ds": DS})
    parent, before, tail = found.getparent(), found.getprevious(), found.tail or ""
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    found.tail = None
    parent.remove(found)
    return bytes(etree.tostring(tree, method="c14n", exclusive=True, with_comments=False))


@dataclass
class Reference:
    """One ds:Reference, by default to the whole document around an enveloped signature."""

    uri: str | None = ""
    transforms: Sequence[str] = (transform(ENVELOPED), transform(EXCLUSIVE))
    type: str = ""
    id: str = ""
    octets: Octets | bytes = without_signature
    digest: str = "sha256"

    def text(self, root: Any, signature: Any) -> str:
        if root is None:
            value = ""
        else:
            data = self.octets if isinstance(self.octets, bytes) else self.octets(root, signature)
            value = b64(hashlib.new(self.digest, data).digest())
        uri = "" if self.uri is None else f' URI="{self.uri}"'
        kind = f' Type="{self.type}"' if self.type else ""
        name = f' Id="{self.id}"' if self.id else ""
        chain = f"<ds:Transforms>{''.join(self.transforms)}</ds:Transforms>" if self.transforms else ""
        method = f'<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#{self.digest}"/>'
        return f"<ds:Reference{uri}{kind}{name}>{chain}{method}<ds:DigestValue>{value}</ds:DigestValue></ds:Reference>"


def to_element(identifier: str, type_: str = "", **more: Any) -> Reference:
    """A reference to the element with this Id, canonicalized exclusively."""

    def octets(root: Any, _: Any) -> bytes:
        (found,) = root.xpath("//*[@Id = $id or @ID = $id or @id = $id]", id=identifier)[:1]
        return canonical(found)

    return Reference(f"#{identifier}", (transform(EXCLUSIVE),), type_, octets=octets, **more)


def to_file(name: str, data: bytes, **more: Any) -> Reference:
    return Reference(name, (), octets=data, **more)


@dataclass
class Recipe:
    """One XAdES signature, with every part open to tampering."""

    references: Sequence[Reference] = field(default_factory=lambda: [Reference()])
    signer: Person = field(default_factory=person)
    id: str = "sig"
    xades: bool = True
    method: str | None = None
    c14n: str = transform(EXCLUSIVE).replace("ds:Transform", "ds:CanonicalizationMethod")
    key_info: str | None = None
    certificate: bytes | None = None
    """The certificate that the signed properties name; the signer's own by default."""
    target: str | None = None
    signed_signature: str = ""
    """More signed signature properties."""
    signed_content: Callable[["Recipe"], str] = lambda recipe: ""
    """SignedDataObjectProperties."""
    properties_reference: Reference | None = None
    objects: str = ""
    """More ds:Object elements."""
    unsigned: str = ""
    """The contents of UnsignedSignatureProperties."""
    sign: Callable[[bytes], bytes] | None = None
    value: str = ""

    @property
    def signature_method(self) -> str:
        found = self.method or next(uri for kind, uri in METHODS.items() if isinstance(self.signer.key, kind))
        return found if found.startswith("<") else f'<ds:SignatureMethod Algorithm="{found}"/>'

    @property
    def _all_references(self) -> list[Reference]:
        own = self.properties_reference or to_element(f"{self.id}-props", SIGNED_PROPERTIES)
        return [*self.references, own] if self.xades else list(self.references)

    @property
    def properties(self) -> str:
        if not self.xades:
            return ""
        digest = b64(hashlib.sha256(self.certificate or self.signer.certificate).digest())
        unsigned = self.unsigned and (
            f"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>{self.unsigned}"
            "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
        )
        return (
            f'<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="{self.target or "#" + self.id}">'
            f'<xades:SignedProperties Id="{self.id}-props"><xades:SignedSignatureProperties>'
            "<xades:SigningTime>2025-06-02T15:30:00+07:00</xades:SigningTime>"
            "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod "
            f'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{digest}</ds:DigestValue>'
            f"</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>{self.signed_signature}"
            f"</xades:SignedSignatureProperties>{self.signed_content(self)}</xades:SignedProperties>{unsigned}"
            "</xades:QualifyingProperties></ds:Object>"
        )

    def text(self, root: Any = None, signature: Any = None) -> str:
        """The signature's XML; digests are empty without a document to compute them from."""
        key = self.key_info
        if key is None:
            key = (
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
                f"{b64(self.signer.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            )
        references = "".join(each.text(root, signature) for each in self._all_references)
        return (
            f'<ds:Signature xmlns:ds="{DS}" Id="{self.id}">'
            f"<ds:SignedInfo>{self.c14n}{self.signature_method}{references}</ds:SignedInfo>"
            f'<ds:SignatureValue Id="{self.id}-value">{self.value}</ds:SignatureValue>{key}'
            f"{self.objects}{self.properties}</ds:Signature>"
        )

    def raw_signature(self, data: bytes) -> bytes:
        if self.sign is not None:
            return self.sign(data)
        # Kept, so that building a document again gives the value that a time-stamp is already over.
        signed = _MADE.setdefault((id(self.signer), data), self.signer.sign(data))
        if isinstance(self.signer.key, ec.EllipticCurvePrivateKey):
            r, s = utils.decode_dss_signature(signed)
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return signed


_MADE: dict[tuple[int, bytes], bytes] = {}


def build(recipe: Recipe, around: Callable[[str], str] = lambda signature: signature) -> bytes:
    """The document that ``around`` makes of the signature's text, with digests and signature value filled in."""

    def located() -> tuple[Any, Any]:
        root = etree.fromstring(around(recipe.text(*found)).encode(), HUGE)
        (signature,) = root.xpath("descendant-or-self::ds:Signature[@Id=$id]", id=recipe.id, namespaces={"ds": DS})
        return root, signature

    found: tuple[Any, Any] = (None, None)
    recipe.value = ""
    found = located()
    filled = recipe.text(*found)
    root = etree.fromstring(around(filled).encode(), HUGE)
    (info,) = root.xpath("descendant-or-self::ds:Signature[@Id=$id]/ds:SignedInfo", id=recipe.id, namespaces={"ds": DS})
    recipe.value = b64(recipe.raw_signature(canonical(info)))
    return around(recipe.text(*found)).encode()


DOSSIER = '<hoSo xmlns="urn:vn:ho-so"><tờKhai số="12">Nguyễn Thị Hồng xin cấp phép xây dựng</tờKhai>{}</hoSo>'


def enveloped(recipe: Recipe | None = None, dossier: str = DOSSIER) -> bytes:
    """A signature inside the document that it signs."""
    return build(recipe or Recipe(), dossier.format)


def enveloping(content: str = "<tờKhai>Một</tờKhai>", recipe: Recipe | None = None) -> bytes:
    """A signature around the object that it signs."""
    recipe = recipe or Recipe()
    recipe.objects = f'<ds:Object Id="content">{content}</ds:Object>'
    recipe.references = [to_element("content", f"{DS}Object")]
    return build(recipe)


def detached(files: dict[str, bytes], recipe: Recipe | None = None) -> bytes:
    """A signature apart from the files that it signs."""
    recipe = recipe or Recipe()
    recipe.references = [to_file(name, data, id=f"r-{position}") for position, (name, data) in enumerate(files.items())]
    return build(recipe)
