"""The SignatureMethod element: which algorithm, with the parameters of RSASSA-PSS.

XML-Signature 1.1 §4.4.2, RFC 9231 §2.3.9. A MAC is no document signature: anybody who can check it can make it.
"""

from lxml import etree

from keys.validation.algorithms import DIGEST_URIS, RSA_PSS, SIGNATURE_URIS, SignatureAlgorithm
from keys.validation.formats.xml.document import text
from keys.validation.formats.xml.names import SIGNATURE_METHOD
from keys.validation.formats.xml.references import Refused
from keys.validation.model import Integrity

_MGF1 = "http://www.w3.org/2007/05/xmldsig-more#MGF1"


def signature_algorithm(signed_info: etree._Element) -> SignatureAlgorithm:
    """The algorithm that SignedInfo names; Refused where it is unknown or malformed."""
    methods = signed_info.findall(SIGNATURE_METHOD)
    if len(methods) != 1:
        raise Refused(Integrity.MALFORMED, "a signature needs one SignatureMethod")
    uri = str(methods[0].get("Algorithm", ""))
    found = SIGNATURE_URIS.get(uri)
    if found is None:
        raise Refused(Integrity.UNSUPPORTED, f"the signature algorithm {uri!r} is not supported")
    if found.family == RSA_PSS and found.digest is None:
        return _pss(methods[0])
    return found


def _pss(method: etree._Element) -> SignatureAlgorithm:
    """``rsa-pss`` with its RSAPSSParams; without them SHA-256 throughout, and a salt as long as the digest."""
    parameters = method.find("{*}RSAPSSParams")
    if parameters is None:
        return SignatureAlgorithm(RSA_PSS, "sha256")
    digest = _digest(parameters.find("{*}DigestMethod")) or "sha256"
    mask = parameters.find("{*}MaskGenerationFunction")
    if mask is not None and str(mask.get("Algorithm", "")) != _MGF1:
        raise Refused(Integrity.UNSUPPORTED, "the mask generation function is not supported")
    mask_digest = None if mask is None else _digest(mask.find("{*}DigestMethod"))
    salt = parameters.find("{*}SaltLength")
    salt_text = "" if salt is None else text(salt).strip()
    if salt_text and not (salt_text.isascii() and salt_text.isdigit() and len(salt_text) < 5):
        raise Refused(Integrity.MALFORMED, "the salt length is no number")
    return SignatureAlgorithm(RSA_PSS, digest, mask_digest, int(salt_text) if salt_text else None)


def _digest(element: etree._Element | None) -> str | None:
    if element is None:
        return None
    uri = str(element.get("Algorithm", ""))
    if uri not in DIGEST_URIS:
        raise Refused(Integrity.UNSUPPORTED, f"the digest algorithm {uri!r} is not supported")
    return DIGEST_URIS[uri]
