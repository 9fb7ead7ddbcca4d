"""CRLs: which one may speak of which certificate, who may sign it, how long it counts (RFC 5280 §5, §6.3.3).

Each attack is a list that says "not revoked" without the right to; the certificate must then be of unknown status.
"""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from keys.validation.model import SubIndication
from keys.validation.pkix import load
from keys.validation.policy import DEFAULT_POLICY, AlgorithmTable
from keys.validation.revocation import Crl, CrlSource, MalformedCrl
from keys.validation.verdict import SignatureVerdict
from tests.support import pki
from tests.support.abstract import judged, signature
from tests.support.pki import DAY, HOUR, T0

AT = T0 + DAY
ROOT = pki.root()
CITIZENS = ROOT.authority("CA công dân")
SIGNER = CITIZENS.issue("Nguyễn Văn An", crl_at="http://crl.example.vn/1.crl")
ROOT_CRL = ROOT.crl(AT - HOUR)
UNKNOWN = SubIndication.TRY_LATER


def verdict(*crls: bytes, signer: pki.Issued = SIGNER, at: dt.datetime = AT, **options: Any) -> SignatureVerdict:
    certificates = (signer.der, CITIZENS.der, *options.pop("certificates", ()))
    found = signature(signer, certificates=certificates)
    return judged(found, at, anchors=[ROOT.der], crls=[ROOT_CRL, *crls], **options)


def scope(**members: Any) -> tuple[x509.ExtensionType, bool]:
    usual: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**usual | members), True


def url(address: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(address)]


def test_a_current_list_without_the_certificate_is_a_good_answer() -> None:
    found = verdict(CITIZENS.crl(AT - HOUR))
    assert found.conclusion.passed
    assert found.certificate is not None
    assert [f.statement.kind for f in found.certificate.findings if f.statement] == ["CRL", "CRL"]


def test_no_list_at_all_leaves_the_status_unknown() -> None:
    assert verdict().conclusion.sub_indication == UNKNOWN


def test_every_authority_above_must_be_known_too() -> None:
    found = signature(SIGNER, certificates=(SIGNER.der, CITIZENS.der))
    missing = judged(found, AT, anchors=[ROOT.der], crls=[CITIZENS.crl(AT - HOUR)])
    assert missing.conclusion.sub_indication == UNKNOWN
    assert "CA công dân" in missing.conclusion.message


def test_a_list_of_another_authority_of_the_same_name_says_nothing() -> None:
    impostor = pki.root("CA công dân")
    assert verdict(impostor.crl(AT - HOUR)).conclusion.sub_indication == UNKNOWN
    assert verdict(impostor.crl(AT - HOUR), certificates=[impostor.der]).conclusion.sub_indication == UNKNOWN


def test_a_list_signed_by_a_citizen_of_the_same_authority_says_nothing() -> None:
    citizen = CITIZENS.issue(CITIZENS.certificate.subject, usages=("digital_signature",))
    forged = pki.Authority(citizen.certificate, citizen.key).crl(AT - HOUR)
    assert verdict(forged, certificates=[citizen.der]).conclusion.sub_indication == UNKNOWN


def test_a_list_with_a_changed_byte_says_nothing() -> None:
    crl = bytearray(CITIZENS.crl(AT - HOUR, entries=[pki.Entry(7, T0)]))
    crl[crl.index(b"\x02\x01\x07") + 2] = 8
    assert verdict(bytes(crl)).conclusion.sub_indication == UNKNOWN


@pytest.mark.parametrize(
    "members",
    [
        {"only_contains_ca_certs": True},
        {"only_contains_attribute_certs": True},
        {"full_name": url("http://crl.example.vn/2.crl")},
        {"only_some_reasons": frozenset({x509.ReasonFlags.key_compromise})},
    ],
    ids=["authorities only", "attribute certificates only", "another shard", "some reasons only"],
)
def test_a_list_of_another_scope_says_nothing(members: dict[str, Any]) -> None:
    assert verdict(CITIZENS.crl(AT - HOUR, extensions=[scope(**members)])).conclusion.sub_indication == UNKNOWN


def test_a_list_of_users_says_nothing_of_an_authority() -> None:
    found = signature(SIGNER, certificates=(SIGNER.der, CITIZENS.der))
    users = ROOT.crl(AT - HOUR, extensions=[scope(only_contains_user_certs=True)])
    result = judged(found, AT, anchors=[ROOT.der], crls=[users, CITIZENS.crl(AT - HOUR)])
    assert result.conclusion.sub_indication == UNKNOWN


def test_the_shard_that_the_certificate_names_is_enough() -> None:
    shard = scope(full_name=url("http://crl.example.vn/1.crl"), only_contains_user_certs=True)
    assert verdict(CITIZENS.crl(AT - HOUR, extensions=[shard])).conclusion.passed


def test_lists_of_some_reasons_join_where_none_is_left_out() -> None:
    key = {x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise}
    rest = set(x509.ReasonFlags) - key - {x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl}
    halves = [CITIZENS.crl(AT - HOUR, extensions=[scope(only_some_reasons=frozenset(each))]) for each in (key, rest)]
    assert verdict(*halves).conclusion.passed
    assert verdict(halves[0]).conclusion.sub_indication == UNKNOWN


def test_an_indirect_list_needs_the_certificate_to_name_it() -> None:
    other = ROOT.authority("Nhà phát hành CRL")
    indirect = other.crl(AT - HOUR, extensions=[scope(indirect_crl=True)])
    assert verdict(indirect, certificates=[other.der]).conclusion.sub_indication == UNKNOWN

    point = x509.DistributionPoint(None, None, None, [x509.DirectoryName(other.certificate.subject)])
    delegated = CITIZENS.issue("Trần Thị Bình", extensions=[(x509.CRLDistributionPoints([point]), False)])
    assert verdict(indirect, signer=delegated, certificates=[other.der]).conclusion.passed


def test_an_indirect_list_names_whose_certificate_it_revokes() -> None:
    other = ROOT.authority("Nhà phát hành CRL")
    point = x509.DistributionPoint(None, None, None, [x509.DirectoryName(other.certificate.subject)])
    delegated = CITIZENS.issue("Trần Thị Bình", extensions=[(x509.CRLDistributionPoints([point]), False)])
    whose = x509.CertificateIssuer([x509.DirectoryName(CITIZENS.certificate.subject)]), True
    entry = [pki.Entry(delegated.serial, T0)]
    named = other.crl(AT - HOUR, entries=entry, extensions=[scope(indirect_crl=True)], entry_extensions=[whose])
    unnamed = other.crl(AT - HOUR, entries=entry, extensions=[scope(indirect_crl=True)])

    revoked = verdict(named, signer=delegated, certificates=[other.der])
    assert revoked.conclusion.sub_indication == SubIndication.REVOKED_NO_POE
    assert verdict(unnamed, signer=delegated, certificates=[other.der]).conclusion.passed, "that number is another's"


def test_a_delta_list_alone_says_nothing_but_completes_a_list() -> None:
    entry = [pki.Entry(SIGNER.serial, T0)]
    base = CITIZENS.crl(AT - 2 * HOUR, number=10)
    delta = CITIZENS.crl(AT - HOUR, entries=entry, number=11, extensions=[(x509.DeltaCRLIndicator(10), True)])
    assert verdict(delta).conclusion.sub_indication == UNKNOWN
    assert verdict(base).conclusion.passed
    assert verdict(base, delta).conclusion.sub_indication == SubIndication.REVOKED_NO_POE


def test_a_delta_list_on_a_later_base_does_not_complete_this_one() -> None:
    stale = CITIZENS.crl(AT - 3 * DAY, AT - 2 * DAY, number=10)
    delta = CITIZENS.crl(AT - HOUR, number=12, extensions=[(x509.DeltaCRLIndicator(11), True)])
    assert verdict(stale, delta).conclusion.sub_indication == UNKNOWN


def test_a_delta_list_of_another_scope_or_hand_does_not_complete_this_one() -> None:
    """The base of the day before is stale: only a delta list that belongs to it could make it current."""
    base = CITIZENS.crl(AT - 2 * DAY, AT - DAY, number=10)
    delta = (x509.DeltaCRLIndicator(10), True)
    right = CITIZENS.crl(AT - HOUR, number=11, extensions=[delta])
    other_scope = CITIZENS.crl(AT - HOUR, number=11, extensions=[delta, scope(only_contains_user_certs=True)])
    other_hand = pki.root("CA công dân").crl(AT - HOUR, number=11, extensions=[delta])
    assert verdict(base, right).conclusion.passed
    assert verdict(base, other_scope).conclusion.sub_indication == UNKNOWN
    assert verdict(base, other_hand).conclusion.sub_indication == UNKNOWN


def test_a_delta_list_lifts_a_suspension() -> None:
    held = [pki.Entry(SIGNER.serial, T0, x509.ReasonFlags.certificate_hold)]
    lifted = [pki.Entry(SIGNER.serial, T0, x509.ReasonFlags.remove_from_crl)]
    base = CITIZENS.crl(AT - 2 * HOUR, entries=held, number=10)
    delta = CITIZENS.crl(AT - HOUR, entries=lifted, number=11, extensions=[(x509.DeltaCRLIndicator(10), True)])
    assert verdict(base).conclusion.sub_indication == SubIndication.TRY_LATER
    assert verdict(base, delta).conclusion.passed


def test_a_list_counts_until_its_next_update() -> None:
    stale = CITIZENS.crl(AT - 3 * DAY, AT - 2 * DAY)
    found = verdict(stale)
    assert found.conclusion.sub_indication == UNKNOWN
    assert "counts until" in found.conclusion.message


def test_a_list_of_the_future_is_not_believed() -> None:
    tomorrow = CITIZENS.crl(AT + DAY)
    assert verdict(tomorrow).conclusion.sub_indication == UNKNOWN
    assert verdict(tomorrow, now=AT + 2 * DAY).conclusion.passed, "judged as of yesterday it is simply later knowledge"


def test_a_critical_extension_that_is_not_understood_makes_a_list_useless() -> None:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    on_list = CITIZENS.crl(AT - HOUR, extensions=[(strange, True)])
    on_entry = CITIZENS.crl(AT - HOUR, entries=[pki.Entry(99, T0)], entry_extensions=[(strange, True)])
    assert verdict(on_list).conclusion.sub_indication == UNKNOWN
    assert verdict(on_entry).conclusion.sub_indication == UNKNOWN
    assert verdict(CITIZENS.crl(AT - HOUR, extensions=[(strange, False)])).conclusion.passed


def test_a_list_signed_with_a_weak_digest_is_not_relied_on() -> None:
    digests = DEFAULT_POLICY.algorithms.digests | {"sha384": AT - DAY}
    policy = replace(DEFAULT_POLICY, algorithms=AlgorithmTable(digests=digests))
    weak, strong = CITIZENS.crl(AT - HOUR, digest=hashes.SHA384()), CITIZENS.crl(AT - HOUR)
    found = verdict(weak, policy=policy)
    assert found.conclusion.sub_indication == SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    assert verdict(strong, policy=policy).conclusion.passed


def test_what_one_list_revokes_no_other_restores() -> None:
    revoked = CITIZENS.crl(AT - 2 * HOUR, entries=[pki.Entry(SIGNER.serial, T0)])
    newer = CITIZENS.crl(AT - HOUR, number=2)
    assert verdict(revoked, newer).conclusion.sub_indication == SubIndication.REVOKED_NO_POE


def test_a_revoked_authority_takes_its_signers_along() -> None:
    fallen = ROOT.crl(AT - HOUR, entries=[pki.Entry(CITIZENS.serial, T0)])
    found = signature(SIGNER, certificates=(SIGNER.der, CITIZENS.der))
    result = judged(found, AT, anchors=[ROOT.der], crls=[fallen, CITIZENS.crl(AT - HOUR)])
    assert result.conclusion.sub_indication == SubIndication.REVOKED_CA_NO_POE


def test_a_suspected_key_is_said_even_where_the_revocation_came_later() -> None:
    suspected = x509.InvalidityDate((T0 - DAY).replace(tzinfo=None)), False
    late = CITIZENS.crl(AT - HOUR, entries=[pki.Entry(SIGNER.serial, AT)], entry_extensions=[suspected])
    found = verdict(late, at=AT + HOUR, now=AT + HOUR)
    assert any("suspected" in warning for warning in found.warnings)


@pytest.mark.parametrize("content", [b"", b"junk", b"\x30\x80", b"\x30\x03\x02\x01\x01", SIGNER.der])
def test_what_is_no_list_is_counted_and_left_out(content: bytes) -> None:
    with pytest.raises(MalformedCrl):
        Crl(content)
    assert CrlSource([content]).unreadable == 1
    assert verdict(content).conclusion.sub_indication == UNKNOWN


def test_serial_numbers_are_found_whatever_their_length() -> None:
    numbers = [1, 127, 128, 255, 256, 2**63, 2**64 - 1, 2**128, 2**159 - 1]
    crl = Crl(CITIZENS.crl(AT, entries=[pki.Entry(number, T0) for number in numbers]))
    for number in numbers:
        listed = CITIZENS.issue("A", serial=number)
        assert _entry_serial(crl, listed) == number
    for number in (2, 126, 129, 257, 2**63 + 1, 2**159 - 2):
        assert _entry_serial(crl, CITIZENS.issue("B", serial=number)) is None


def _entry_serial(crl: Crl, issued: pki.Issued) -> int | None:
    entry = crl.find(load(issued.der))
    return entry.serial if entry else None
