"""Is the material for judging a signature later all in the file? (ETSI EN 319 122-1 §6.3, EN 319 142-1 §6.3: level LT)

Owns one structural question: for every certificate that leads from a signer or a time-stamping authority upwards,
whether a revocation value about it is embedded. What such a value says, and whether it is genuine, is not asked here.
"""

from collections.abc import Iterable, Iterator

from keys.validation import asn1
from keys.validation.asn1 import Element, MalformedEncoding
from keys.validation.certificates import Certificate, readable, same_name
from keys.validation.validation_data import ValidationData

MAX_CHAIN = 12
_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"
_SHORT_TERM = "0.4.0.194121.2.1"
_NO_REVOCATION = "2.5.29.56"
_EXEMPT = frozenset({_NO_CHECK, _SHORT_TERM, _NO_REVOCATION})


def has_all_revocation_values(signers: Iterable[bytes], data: ValidationData) -> bool:
    """Whether every certificate above the signers that can be revoked has a CRL or OCSP answer about it in ``data``."""
    pool = readable(data.certificates)
    issuers = [name for crl in data.crls for name in _crl_issuer(crl)]
    serials = {serial for response in data.ocsp_responses for serial in _answered(response)}
    if not issuers and not serials:
        return False
    chains = [_chain(signer, pool) for signer in readable(signers)]
    if any(len(chain) == 1 and _is_revocable(chain[0]) for chain in chains):
        # Nobody can tell whose word a revocation value is without the issuer's certificate.
        return False
    return all(
        certificate.serial in serials or any(same_name(certificate.issuer, issuer) for issuer in issuers)
        for chain in chains
        for certificate in chain
        if _is_revocable(certificate)
    )


def _is_revocable(certificate: Certificate) -> bool:
    return not certificate.is_self_issued and not certificate.extension_ids & _EXEMPT


def _chain(certificate: Certificate, pool: list[Certificate]) -> list[Certificate]:
    """The certificate and those above it, as far as they are there."""
    chain = [certificate]
    while not certificate.is_self_issued and len(chain) < MAX_CHAIN:
        above = next((c for c in pool if same_name(c.subject, certificate.issuer)), None)
        if above is None:
            break
        chain.append(certificate := above)
    return chain


def _crl_issuer(crl: bytes) -> Iterator[bytes]:
    try:
        fields = asn1.read(crl).members(minimum=1)[0].members(minimum=3)
        yield next(f for f in fields[1:] if f.is_universal(asn1.SEQUENCE) and _is_name(f)).raw
    except (MalformedEncoding, StopIteration):
        return


def _is_name(element: Element) -> bool:
    return all(child.is_universal(asn1.SET) for child in element.children)


def _answered(response: bytes) -> Iterator[int]:
    """The serial numbers that an OCSPResponse speaks of (RFC 6960 §4.2.1)."""
    try:
        wrapper = asn1.read(response).members(minimum=2)[1].inside(1)[0]
        basic = asn1.read(wrapper.members(minimum=2)[1].octets)
        data = basic.members(minimum=1)[0].members(minimum=3)
        answers = next(f for f in reversed(data) if f.is_universal(asn1.SEQUENCE))
        for answer in answers.children:
            yield answer.members(minimum=1)[0].members(minimum=4)[3].integer
    except (MalformedEncoding, StopIteration):
        return
