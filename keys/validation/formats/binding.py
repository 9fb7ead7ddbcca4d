"""Which certificate signed: the one that the signed attributes name and whose key verifies (EN 319 102-1 §5.2.3).

Shared by the XML and JSON formats; CMS has its own rules in ``keys.validation.signer``. The path from the certificate
to an anchor is left to the decision process.
"""

from collections.abc import Callable, Iterable, Sequence

from keys.validation import crypto
from keys.validation.certificates import Certificate, readable, same_name
from keys.validation.formats.findings import Findings
from keys.validation.model import Integrity
from keys.validation.signer import CertificateReference

MAX_CANDIDATES = 60
"""Certificates tried as the signer's."""

Verifies = Callable[[crypto.PublicKey], bool]
"""Whether the signature value verifies with this key; UnsupportedAlgorithm where that cannot be computed."""


def identify(
    references: Sequence[CertificateReference],
    candidates: Iterable[bytes],
    verifies: Verifies,
    findings: Findings,
    bare_key: crypto.PublicKey | None = None,
) -> bytes | None:
    """The signing certificate (DER), None if there is none; what is wrong goes to ``findings``.

    ``references`` are the signed attributes' digests, empty without the attribute; ``bare_key`` is a key that the
    signature carries outside any certificate: it can prove a value broken, never who signed.
    """
    certificates = readable(dict.fromkeys(candidates))[:MAX_CANDIDATES]
    named = _named(certificates, references, findings) if references else certificates
    if named:
        return _among(named, verifies, findings)
    carried = [each.spki for each in certificates]
    if _none_verifies(carried, bare_key, verifies):
        findings.add(Integrity.SIGNATURE_BROKEN, "the signature value verifies with no key that the signature carries")
    sentence = (
        "none of the certificates is the one whose digest the signed attributes hold"
        if certificates
        else "the signature carries no certificate"
    )
    findings.add(Integrity.NO_SIGNER, sentence)
    return None


def _among(named: list[Certificate], verifies: Verifies, findings: Findings) -> bytes:
    unsupported = None
    for certificate in named:
        try:
            if verifies(crypto.public_key(certificate.spki)):
                return certificate.der
        except crypto.MalformedKey:
            continue
        except crypto.UnsupportedAlgorithm as error:
            unsupported = error
    if unsupported is not None:
        findings.add(Integrity.UNSUPPORTED, f"the signature value cannot be computed: {unsupported}")
    else:
        findings.add(Integrity.SIGNATURE_BROKEN, "the signature value does not verify with the signing certificate")
    return named[0].der


def _none_verifies(spkis: list[bytes], bare_key: crypto.PublicKey | None, verifies: Verifies) -> bool:
    """Whether there were keys and the value verifies with none of them."""
    results = []
    for spki in spkis:
        try:
            results.append(verifies(crypto.public_key(spki)))
        except (crypto.MalformedKey, crypto.UnsupportedAlgorithm):
            continue
    if bare_key is not None:
        try:
            results.append(verifies(bare_key))
        except crypto.UnsupportedAlgorithm:
            return False
    return bool(results) and not any(results)


def _named(
    certificates: Sequence[Certificate], references: Sequence[CertificateReference], findings: Findings
) -> list[Certificate]:
    """The certificates that the references name, in the references' order: the signer's stands first."""
    found = {}
    for reference in references:
        for certificate in certificates:
            try:
                if not reference.matches(certificate.der):
                    continue
            except crypto.UnsupportedAlgorithm as error:
                findings.add(Integrity.UNSUPPORTED, f"the digest of a certificate reference: {error}")
                break
            found[certificate.der] = certificate
            if reference.serial is not None and reference.serial != certificate.serial:
                findings.warn("a certificate reference names another serial number than its digest does")
            elif reference.issuer is not None and not same_name(reference.issuer, certificate.issuer):
                findings.warn("a certificate reference names another issuer than its digest does")
    return list(found.values())
