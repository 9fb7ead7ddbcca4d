"""NIST's Public Key Interoperability Test Suite (PKITS 1.0.1, 2011): 224 signed messages through the whole pipeline.

Each S/MIME message brings its certificates and CRLs; the only trust is NIST's anchor. The name of a message says whether
its path is valid; for those whose name does not, the expectation is that of PKITS chapter 4.8 and 4.12 under default
settings (any policy is acceptable). No invalid one may be accepted; the valid ones are, but for DSA.
"""

import email
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import cryptography_vectors
import pytest

from keys.validation import facade, intake
from keys.validation.model import Content, Integrity
from keys.validation.pkix import load
from keys.validation.trust import Anchor, TrustStore
from keys.validation.verdict import SignatureVerdict

PKITS = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
AT = datetime(2026, 6, 1, tzinfo=UTC)
"""Within the life of PKITS's certificates and lists (2010 to 2030)."""

INVALID_BY_POLICY = {f"DifferentPoliciesTest{number}" for number in (4, 5, 7, 8, 9, 12)}
"""PKITS 4.8.4, .5, .7, .8, .9, .12: no policy is common to the path and an explicit one is required."""
VALID_BY_POLICY = {
    "AllCertificatesSamePolicyTest1",
    "AllCertificatesNoPoliciesTest2",
    "DifferentPoliciesTest3",
    "OverlappingPoliciesTest6",
    "AllCertificatesSamePoliciesTest10",
    "AllCertificatesAnyPolicyTest11",
    "AllCertificatesSamePoliciesTest13",
    "AnyPolicyTest14",
    *(f"UserNoticeQualifierTest{number}" for number in range(15, 20)),
    "CPSPointerQualifierTest20",
    "inhibitAnyPolicyTest3",
}
DSA = {"ValidDSASignaturesTest4", "ValidDSAParameterInheritanceTest5"}
"""1024-bit DSA, not relied on since 2015; and a key whose parameters stand in another certificate."""
NAMES = sorted(path.stem.removeprefix("Signed") for path in (PKITS / "smime").glob("*.eml"))


@lru_cache
def trust() -> TrustStore:
    return TrustStore((Anchor(load((PKITS / "certs" / "TrustAnchorRootCertificate.crt").read_bytes())),))


def verdict(name: str) -> SignatureVerdict:
    raw = (PKITS / "smime" / f"Signed{name}.eml").read_bytes().replace(b"\r\n", b"\n")
    message = email.message_from_bytes(raw)
    boundary = str(message.get_boundary()).encode()
    content = raw.split(b"--" + boundary + b"\n")[1].removesuffix(b"\n").replace(b"\n", b"\r\n")
    (signature,) = (part for part in message.walk() if part.get_content_type() == "application/pkcs7-signature")
    found = facade.validate(
        bytes(signature.get_payload(decode=True)),  # type: ignore[arg-type]
        contents=[Content("message.txt", content)],
        trust=trust(),
        at=AT,
        parse=intake.parse,
    )
    return found.signatures[0]


def is_valid(name: str) -> bool:
    return name in VALID_BY_POLICY or name.startswith("Valid")


def test_all_messages_are_there_and_labelled() -> None:
    assert len(NAMES) == 224
    labelled = VALID_BY_POLICY | INVALID_BY_POLICY | {"MissingCRLTest1"}
    assert {name for name in NAMES if not name.startswith(("Valid", "Invalid"))} == labelled
    assert sum(is_valid(name) for name in NAMES) == 103


@pytest.mark.parametrize("name", NAMES)
def test_message(name: str) -> None:
    found = verdict(name)
    assert found.conclusion.passed == (is_valid(name) and name not in DSA), found.conclusion.message
    if name not in DSA:
        assert found.signature.integrity is Integrity.INTACT, "every message is itself intact: the path decides"
