"""The validation report of ETSI TS 119 102-2 V1.4.1, as XML.

One SignatureValidationReport for each signature, one ValidationObject for each certificate, time-stamp and piece of
revocation data that they refer to. Certificates and tokens are carried whole, revocation data by digest.
"""

from base64 import b64encode
from datetime import datetime
from hashlib import sha256

from lxml import etree

from keys.validation.model import Indication
from keys.validation.report.names import common_name, time_text
from keys.validation.report.siva import readable_signer
from keys.validation.revocation import Statement, Status
from keys.validation.verdict import CertificateVerdict, Check, CheckStatus, SignatureVerdict, TimestampVerdict, Verdict

NAMESPACE = "http://uri.etsi.org/19102/v1.4.1#"
_DS, _XADES = "http://www.w3.org/2000/09/xmldsig#", "http://uri.etsi.org/01903/v1.3.2#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_URN = "urn:etsi:019102"
_REASONS = {
    "key_compromise": "keyCompromise",
    "ca_compromise": "cACompromise",
    "affiliation_changed": "affiliationChanged",
    "superseded": "superseded",
    "cessation_of_operation": "cessationOfOperation",
    "certificate_hold": "certificateHold",
    "privilege_withdrawn": "privilegeWithdrawn",
    "aa_compromise": "aACompromise",
}


def etsi(verdict: Verdict) -> bytes:
    """The report, UTF-8. A document without signatures gets one report that says so."""
    root = etree.Element(_vr("ValidationReport"), nsmap={"vr": NAMESPACE, "ds": _DS, "xades": _XADES})
    objects = _Objects()
    for signature in verdict.signatures:
        _signature(root, signature, verdict, objects)
    if not verdict.signatures:
        _nothing(root, verdict)
    objects.write(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


class _Objects:
    """The validation objects referred to, each once, under ids made from their digests."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, bytes | None, str, datetime | None]] = {}

    def certificate(self, der: bytes) -> str:
        return self._add("C", "certificate", der, sha256(der).hexdigest())

    def timestamp(self, stamp: TimestampVerdict) -> str:
        token = stamp.timestamp.token
        return self._add("T", "timestamp", token, sha256(token).hexdigest(), stamp.time)

    def revocation(self, statement: Statement) -> list[str]:
        kind = "OCSPResponse" if statement.kind == "OCSP" else "CRL"
        return [self._add("R", kind, None, digest) for digest in statement.evidence]

    def _add(self, prefix: str, kind: str, whole: bytes | None, digest: str, time: datetime | None = None) -> str:
        name = f"{prefix}-{digest.upper()}"
        self._found.setdefault(name, (kind, whole, digest, time))
        return name

    def write(self, root: etree._Element) -> None:
        if not self._found:
            return
        holder = _add(root, "SignatureValidationObjects")
        for name, (kind, whole, digest, time) in self._found.items():
            entry = _add(holder, "ValidationObject")
            entry.set("id", name)
            _add(entry, "ObjectType", f"{_URN}:validationObject:{kind}")
            representation = _add(entry, "ValidationObjectRepresentation")
            if whole is not None:
                _add(representation, "base64", b64encode(whole).decode())
            else:
                _digest(representation, digest)
            if time is not None:
                provisioning = _add(entry, "POEProvisioning")
                _add(provisioning, "POETime", time_text(time))


def _signature(root: etree._Element, found: SignatureVerdict, verdict: Verdict, objects: _Objects) -> None:
    report = _add(root, "SignatureValidationReport")
    identifier = _add(report, "SignatureIdentifier")
    _digest(identifier, sha256(found.signature.signature_value).hexdigest())
    value = etree.SubElement(identifier, f"{{{_DS}}}SignatureValue")
    value.text = b64encode(found.signature.signature_value).decode()
    _add(identifier, "HashOnly", "false")
    _add(identifier, "DocHashOnly", "false")
    _add(identifier, "DAIdentifier", found.signature.id)
    _constraints(report, found.checks, verdict)
    times = _add(report, "ValidationTimeInfo")
    _add(times, "ValidationTime", time_text(verdict.at))
    best = _add(times, "BestSignatureTime")
    _add(best, "POETime", time_text(found.best_signature_time))
    _add(best, "TypeOfProof", f"{_URN}:poetype:validation")
    _digest(_add(report, "SignersDocument"), verdict.document_digest)
    if found.signature.claimed_signing_time is not None:
        attribute = _add(_add(report, "SignatureAttributes"), "SigningTime")
        attribute.set("Signed", "true")
        _add(attribute, "Time", time_text(found.signature.claimed_signing_time))
    signer = readable_signer(found)
    if signer is not None:
        information = _add(report, "SignerInformation")
        _add(information, "SignerCertificate").set("VOReference", objects.certificate(signer.der))
        _add(information, "Signer", common_name(signer))
    process = "LTVM" if found.timestamps else "Basic"
    _add(
        _add(report, "SignatureValidationProcess"),
        "SignatureValidationProcessID",
        f"{_URN}:validationprocess:{process}",
    )
    _status(report, found, objects)


def _constraints(report: etree._Element, checks: tuple[Check, ...], verdict: Verdict) -> None:
    holder = _add(report, "ValidationConstraintsEvaluationReport")
    policy = _add(holder, "SignatureValidationPolicy")
    identifier = etree.SubElement(_add(policy, "SignaturePolicyIdentifier"), f"{{{_XADES}}}SignaturePolicyId")
    etree.SubElement(
        etree.SubElement(identifier, f"{{{_XADES}}}SigPolicyId"), f"{{{_XADES}}}Identifier"
    ).text = verdict.policy.id
    hashed = etree.SubElement(identifier, f"{{{_XADES}}}SigPolicyHash")
    _digest_members(hashed, sha256(repr(verdict.policy).encode()).hexdigest())
    _add(policy, "PolicyName", verdict.policy.name)
    for check in checks:
        entry = _add(holder, "ValidationConstraint")
        _add(entry, "ValidationConstraintIdentifier", f"urn:motcua:validation:check:{check.name}")
        _add(_add(entry, "ConstraintStatus"), "Status", f"{_URN}:constraintStatus:applied")
        outcome = "failed" if check.status is CheckStatus.NOT_OK else "passed"
        _add(_add(entry, "ValidationStatus"), "MainIndication", f"{_URN}:mainindication:{outcome}")


def _status(report: etree._Element, found: SignatureVerdict, objects: _Objects) -> None:
    status = _add(report, "SignatureValidationStatus")
    _indication(status, found.conclusion.indication)
    if found.conclusion.sub_indication is not None:
        _add(status, "SubIndication", f"{_URN}:subindication:{found.conclusion.sub_indication.value}")
    if found.certificate is not None and found.certificate.path is not None:
        _associated(status, found, found.certificate, objects)


def _associated(status: etree._Element, found: SignatureVerdict, judged: CertificateVerdict, objects: _Objects) -> None:
    path = judged.path
    if path is None:
        return
    data = _add(status, "AssociatedValidationReportData")
    anchor = objects.certificate(path.anchor.certificate.der)
    _add(data, "TrustAnchor").set("VOReference", anchor)
    chain = _add(data, "CertificateChain")
    _add(chain, "SigningCertificate").set("VOReference", objects.certificate(path.target.der))
    for certificate in path.certificates[1:]:
        _add(chain, "IntermediateCertificate").set("VOReference", objects.certificate(certificate.der))
    _add(chain, "TrustAnchor").set("VOReference", anchor)
    related = [objects.timestamp(stamp) for stamp in found.timestamps]
    statements = [finding.statement for finding in judged.findings if finding.statement is not None]
    related += [name for statement in statements for name in objects.revocation(statement)]
    for name in dict.fromkeys(related):
        _add(data, "RelatedValidationObject").set("VOReference", name)
    for finding in judged.findings:
        statement = finding.statement
        if statement is not None and statement.status in {Status.REVOKED, Status.ON_HOLD} and statement.revoked_at:
            revoked = _add(data, "RevocationStatusInformation")
            reference = objects.certificate(finding.certificate.der)
            _add(revoked, "ValidationObjectId").set("VOReference", reference)
            _add(revoked, "RevocationTime", time_text(statement.revoked_at))
            reason = _REASONS.get(statement.reason or "", "unspecified")
            _add(revoked, "RevocationReason", f"{_URN}:revocationReason:{reason}")
            break


def _nothing(root: etree._Element, verdict: Verdict) -> None:
    report = _add(root, "SignatureValidationReport")
    _constraints(report, (), verdict)
    times = _add(report, "ValidationTimeInfo")
    _add(times, "ValidationTime", time_text(verdict.at))
    best = _add(times, "BestSignatureTime")
    _add(best, "POETime", time_text(verdict.at))
    _add(best, "TypeOfProof", f"{_URN}:poetype:validation")
    _digest(_add(report, "SignersDocument"), verdict.document_digest)
    status = _add(report, "SignatureValidationStatus")
    _add(status, "MainIndication", "urn:motcua:validation:mainindication:no-signature-found")


def _indication(status: etree._Element, indication: Indication) -> None:
    _add(status, "MainIndication", f"{_URN}:mainindication:{indication.value.lower()}")


def _digest(parent: etree._Element, digest: str) -> None:
    _digest_members(_add(parent, "DigestAlgAndValue"), digest)


def _digest_members(parent: etree._Element, digest: str) -> None:
    etree.SubElement(parent, f"{{{_DS}}}DigestMethod").set("Algorithm", _SHA256)
    etree.SubElement(parent, f"{{{_DS}}}DigestValue").text = b64encode(bytes.fromhex(digest)).decode()


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, _vr(name))
    # A name from a stranger's certificate may hold what XML cannot (XML 1.0 §2.2).
    element.text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text) if text else text
    return element


def _vr(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
