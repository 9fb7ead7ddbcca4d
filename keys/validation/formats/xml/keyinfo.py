"""What a ds:KeyInfo carries: certificates, and a bare key where there is none.

XML-Signature 1.1 §4.5. Nothing here is believed: which certificate signed is decided in ``binding``, and
RetrievalMethod is never followed.
"""

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from keys.validation import crypto
from keys.validation.formats.xml import names
from keys.validation.formats.xml.document import text
from keys.validation.formats.xml.references import Refused, decoded

_CURVES: dict[str, type[ec.SECP256R1 | ec.SECP384R1 | ec.SECP521R1]] = {
    "urn:oid:1.2.840.10045.3.1.7": ec.SECP256R1,
    "urn:oid:1.3.132.0.34": ec.SECP384R1,
    "urn:oid:1.3.132.0.35": ec.SECP521R1,
}


def certificates(signature: etree._Element) -> list[bytes]:
    """The certificates (DER) in the signature's KeyInfo, in order; what is not base64 is left out."""
    holder = signature.find(names.KEY_INFO)
    found = []
    for element in () if holder is None else holder.iter(names.X509_CERTIFICATE):
        try:
            found.append(decoded(element))
        except Refused:
            continue
    return found


def bare_key(signature: etree._Element) -> crypto.PublicKey | None:
    """The key of a KeyValue, None if there is none that can be read (§4.5.2)."""
    holder = signature.find(names.KEY_INFO)
    value = None if holder is None else holder.find(f"{{{names.DS}}}KeyValue")
    if value is None:
        return None
    try:
        return _rsa(value) or _ec(value)
    except (ValueError, binascii.Error):
        return None


def _rsa(value: etree._Element) -> crypto.PublicKey | None:
    numbers = value.find(f"{{{names.DS}}}RSAKeyValue")
    if numbers is None:
        return None
    modulus, exponent = (_octets(numbers, f"{{{names.DS}}}{name}") for name in ("Modulus", "Exponent"))
    return rsa.RSAPublicNumbers(int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big")).public_key()


def _ec(value: etree._Element) -> crypto.PublicKey | None:
    point = value.find(f"{{{names.DS11}}}ECKeyValue")
    named = None if point is None else point.find(f"{{{names.DS11}}}NamedCurve")
    curve = None if named is None else _CURVES.get(str(named.get("URI", "")))
    if point is None or curve is None:
        return None
    return ec.EllipticCurvePublicKey.from_encoded_point(curve(), _octets(point, f"{{{names.DS11}}}PublicKey"))


def _octets(parent: etree._Element, name: str) -> bytes:
    found = parent.find(name)
    return base64.b64decode("" if found is None else "".join(text(found).split()), validate=True)
