"""One RFC 3161 token: what it says, that its own signature stands, and that its signer may stamp time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.validation import timestamps
from keys.validation.model import Integrity
from keys.validation.timestamps import TST_INFO
from tests.keys.validation.making.cms import (
    SIGNED_AT,
    Recipe,
    generalized_time,
    integer,
    octets,
    seq,
    signed_data,
    token,
    tst_info,
)
from tests.keys.validation.making.people import Person, authority, make, person, stranger, time_stamper

SEALED = b"the value that was stamped"
TOKEN = token(SEALED)


def test_a_token_says_when_over_what_and_by_whom() -> None:
    parsed = timestamps.parse(TOKEN)
    assert parsed.intact
    assert parsed.problems == ()
    assert parsed.generated == SIGNED_AT
    assert parsed.signer == time_stamper().certificate
    assert (parsed.imprint_digest, parsed.policy, parsed.serial) == ("sha256", "1.2.3.4.1", 4711)
    assert (parsed.signature_algorithm, parsed.digest_algorithms) == ("ECDSA", ("sha256",))
    assert parsed.is_over(SEALED)
    assert not parsed.is_over(SEALED + b" ")


def test_a_changed_statement_is_not_the_authoritys() -> None:
    later = TOKEN.replace(generalized_time(SIGNED_AT), generalized_time(SIGNED_AT.replace(year=2019)))
    assert timestamps.parse(later).integrity is Integrity.HASH_MISMATCH


def test_a_token_signed_by_somebody_else_than_it_binds() -> None:
    forged = token(SEALED, sign=lambda data: stranger().sign(data))
    assert timestamps.parse(forged).integrity is Integrity.SIGNATURE_BROKEN


def test_a_token_that_binds_no_certificate_proves_nothing() -> None:
    """RFC 3161 §2.4.2: the ESSCertID must be there, else any certificate with the key would do."""
    assert timestamps.parse(token(SEALED, binding=b"")).integrity is Integrity.MALFORMED


def test_a_citizens_certificate_cannot_stamp_time() -> None:
    assert timestamps.parse(token(SEALED, by=person())).integrity is Integrity.MALFORMED


@pytest.mark.parametrize(
    ("purpose", "critical"), [(ExtendedKeyUsageOID.TIME_STAMPING, False), (ExtendedKeyUsageOID.EMAIL_PROTECTION, True)]
)
def test_the_purpose_must_be_time_stamping_and_critical(purpose: object, critical: bool) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    other = make("Dịch vụ khác", key, issuer=authority(), purpose=purpose, critical=critical)  # type: ignore[arg-type]
    parsed = timestamps.parse(token(SEALED, by=other))
    assert parsed.integrity is Integrity.MALFORMED
    assert "2.3" in parsed.problems[0]


def test_the_authoritys_certificate_may_stand_elsewhere_in_the_document() -> None:
    info = tst_info(SEALED, SIGNED_AT)
    bare = signed_data(Recipe(time_stamper(), info, content_type=TST_INFO), content_type=TST_INFO, certificates=[])
    assert timestamps.parse(bare).integrity is Integrity.NO_SIGNER
    assert timestamps.parse(bare, [time_stamper().certificate]).intact


def _over(info: bytes, *more: Recipe, by: Person | None = None, **options: object) -> Integrity:
    recipe = Recipe(by or time_stamper(), info, content_type=TST_INFO)
    return timestamps.parse(signed_data(recipe, *more, content_type=TST_INFO, **options)).integrity  # type: ignore[arg-type]


def test_statements_out_of_shape() -> None:
    good = tst_info(SEALED, SIGNED_AT)
    assert _over(good) is Integrity.INTACT
    assert _over(tst_info(SEALED, SIGNED_AT, version=2)) is Integrity.MALFORMED
    assert _over(good[:-1] + b"X") is Integrity.MALFORMED
    assert _over(seq(integer(1))) is Integrity.MALFORMED
    assert _over(good, detached=True) is Integrity.MALFORMED
    assert _over(good, encapsulated=octets(b"")) is Integrity.MALFORMED


def test_two_signers_are_one_too_many() -> None:
    info = tst_info(SEALED, SIGNED_AT)
    second = replace(Recipe(stranger(), info), content_type=TST_INFO)
    assert _over(info, second) is Integrity.MALFORMED


def test_an_ordinary_signature_is_no_token() -> None:
    assert timestamps.parse(signed_data(Recipe(person(), SEALED))).integrity is Integrity.MALFORMED


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"20250602083000Z", datetime(2025, 6, 2, 8, 30, tzinfo=UTC)),
        (b"20250602083000.25Z", datetime(2025, 6, 2, 8, 30, 0, 250000, tzinfo=UTC)),
        (b"20250602153000+0700", datetime(2025, 6, 2, 8, 30, tzinfo=UTC)),
        (b"202506020830Z", datetime(2025, 6, 2, 8, 30, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_utc(text: bytes, moment: datetime) -> None:
    info = tst_info(SEALED, SIGNED_AT).replace(b"\x18\x0f20250602083000Z", b"\x18" + bytes([len(text)]) + text)
    info = seq(info[2:]) if len(text) != 15 else info
    assert (
        timestamps.parse(
            signed_data(Recipe(time_stamper(), info, content_type=TST_INFO), content_type=TST_INFO)
        ).generated
        == moment
    )


@pytest.mark.parametrize("text", [b"20250602083000", b"20251302083000Z", b"yesterdayatnoon", b"20250602083000+99"])
def test_a_time_without_zone_or_sense_is_refused(text: bytes) -> None:
    body = tst_info(SEALED, SIGNED_AT)[2:].replace(b"\x18\x0f20250602083000Z", b"\x18" + bytes([len(text)]) + text)
    assert _over(seq(body)) is Integrity.MALFORMED


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(TOKEN) - 1), st.integers(1, 255))
def test_no_changed_octet_makes_a_token_say_something_else(position: int, mask: int) -> None:
    changed = TOKEN[:position] + bytes([TOKEN[position] ^ mask]) + TOKEN[position + 1 :]
    parsed = timestamps.parse(changed)
    if parsed.intact:
        assert (parsed.generated, parsed.imprint, parsed.signer) == (
            SIGNED_AT,
            timestamps.parse(TOKEN).imprint,
            time_stamper().certificate,
        )
