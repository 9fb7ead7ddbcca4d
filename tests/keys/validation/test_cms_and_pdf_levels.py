"""Conformance levels by structure: which attributes and values make a B, T, LT, LTA of it (EN 319 122-1, 142-1 §6.3)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from keys.validation.formats import cms, pdf
from keys.validation.formats.cms import names
from keys.validation.formats.cms.completeness import has_all_revocation_values
from keys.validation.validation_data import REVOCATION_VALUES, ValidationData
from tests.keys.validation.making.cms import (
    DATA,
    SIGNED_AT,
    Recipe,
    attribute,
    context,
    ess_v1,
    ess_v2,
    generalized_time,
    integer,
    octets,
    oid,
    seq,
    signature_timestamp,
    signed_data,
    signing_time,
    token,
)
from tests.keys.validation.making.pdf import Pdf, Signing, cades, sign, stamp, store, unsigned
from tests.keys.validation.making.people import authority, person, stranger

LETTER = "Giấy mời họp số 7".encode()
BASE = Recipe(person(), LETTER, attributes=(signing_time(),))
EVERYBODY = (person().certificate, authority().certificate)


@cache
def crl() -> bytes:
    """A list of the authority that issued the signer's and the time-stamping certificate."""
    builder = x509.CertificateRevocationListBuilder(
        authority().x509.subject, datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
    )
    return builder.sign(authority().key, hashes.SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def level(recipe: Recipe, **options: object) -> str:
    options = {"certificates": EVERYBODY} | options
    return cms.parse(signed_data(recipe, **options)).signatures[0].level  # type: ignore[arg-type]


SUCCESSFUL = b"\x0a\x01\x00"
STAMPED = BASE.with_unsigned(signature_timestamp(BASE))


class TestCades:
    """EN 319 122-1 §6.3, and the extended levels of EN 319 122-2."""

    def test_the_baseline_levels(self) -> None:
        assert level(BASE) == "CAdES_BASELINE_B"
        assert level(STAMPED) == "CAdES_BASELINE_T"
        assert level(STAMPED, crls=[crl()]) == "CAdES_BASELINE_LT"
        archived = STAMPED.with_unsigned(attribute(names.ARCHIVE_TIMESTAMP_V3, token(b"x")))
        assert level(archived, crls=[crl()]) == "CAdES_BASELINE_LTA"

    @pytest.mark.parametrize(
        "recipe",
        [
            replace(BASE, attributes=()),
            replace(BASE, attributes=(signing_time(), *[attribute(names.SIGNER_ATTRIBUTES, seq())] * 2)),
        ],
        ids=["no signing time", "two roles"],
    )
    def test_what_breaks_the_baseline_table_is_extended(self, recipe: Recipe) -> None:
        assert level(recipe) == "CAdES_BES"
        assert level(recipe.with_unsigned(signature_timestamp(recipe))) == "CAdES_T"

    def test_content_other_than_data_is_extended(self) -> None:
        other = replace(BASE, content_type="1.2.840.113549.1.7.3")
        assert level(other, content_type="1.2.840.113549.1.7.3") == "CAdES_BES"

    def test_a_policy_makes_an_epes(self) -> None:
        policy = attribute(names.SIGNATURE_POLICY, seq(oid("1.2.704.1"), seq(seq(oid("1.2")), octets(b""))))
        assert level(replace(BASE, attributes=(policy,))) == "CAdES_EPES"

    def test_a_signature_that_binds_nobody_is_none_of_etsis(self) -> None:
        assert level(replace(BASE, binding=b"")) == "CMS_NOT_ETSI"
        both = replace(BASE, attributes=(signing_time(), ess_v1(person())))
        assert level(both) == "CMS_NOT_ETSI"
        assert level(replace(BASE, binding=ess_v1(person()))) == "CAdES_BASELINE_B"
        assert level(replace(BASE, binding=ess_v2(person(), digest="sha1"))) == "CMS_NOT_ETSI"

    def test_the_signing_certificate_must_stand_in_the_structure(self) -> None:
        values = attribute("1.2.840.113549.1.9.16.2.23", seq(person().certificate))
        assert level(BASE.with_unsigned(values), certificates=[authority().certificate]) == "CAdES_BES"

    def test_a_stamp_after_the_certificates_end_is_no_stamp(self) -> None:
        late = BASE.with_unsigned(signature_timestamp(BASE, at=SIGNED_AT + timedelta(days=9000)))
        assert level(late) == "CAdES_BASELINE_B"

    def test_values_in_attributes_are_the_older_way(self) -> None:
        older = STAMPED.with_unsigned(attribute(REVOCATION_VALUES, seq(context(0, seq(crl())))))
        assert level(older) == "CAdES_LT"
        archived = older.with_unsigned(attribute(names.ARCHIVE_TIMESTAMP_V2, token(b"x")))
        assert level(archived) == "CAdES_A"

    def test_references_and_stamps_over_them(self) -> None:
        references = STAMPED.with_unsigned(
            attribute(names.CERTIFICATE_REFERENCES, seq()), attribute(names.REVOCATION_REFERENCES, seq())
        )
        assert level(references) == "CAdES_C"
        sealed = references.with_unsigned(attribute(names.SIGNATURE_AND_REFERENCES_TIMESTAMP, token(b"x")))
        assert level(sealed) == "CAdES_X"
        assert level(sealed, crls=[crl()]) == "CAdES_XL"
        assert (
            level(sealed.with_unsigned(attribute(names.ARCHIVE_TIMESTAMP_V2, token(b"x"))), crls=[crl()]) == "CAdES_A"
        )

    def test_evidence_records_of_the_kind_that_fits(self) -> None:
        internal = STAMPED.with_unsigned(attribute(names.EVIDENCE_RECORD_INTERNAL, seq()))
        external = STAMPED.with_unsigned(attribute(names.EVIDENCE_RECORD_EXTERNAL, seq()))
        assert level(internal, crls=[crl()]) == "CAdES_ERS"
        assert level(external, crls=[crl()]) == "CAdES_BASELINE_LT"
        assert level(external, crls=[crl()], detached=True) == "CAdES_ERS"
        assert level(internal) == "CAdES_BASELINE_T"


def pdf_level(pdf_: Pdf) -> str:
    return pdf.parse(pdf_.data).signatures[0].level


class TestPades:
    """EN 319 142-1 §6.3."""

    SIGNED = sign(unsigned())
    STORED = store(SIGNED, certificates=EVERYBODY, crls=(crl(),))

    @staticmethod
    def stamped(sub_filter: bytes = b"ETSI.CAdES.detached") -> Pdf:
        def value(covered: bytes) -> bytes:
            recipe = Recipe(person(), covered)
            return signed_data(recipe.with_unsigned(signature_timestamp(recipe)), detached=True)

        return sign(unsigned(), Signing(value, sub_filter))

    def test_the_baseline_levels(self) -> None:
        assert pdf_level(self.SIGNED) == "PAdES_BASELINE_B"
        assert pdf_level(self.STORED) == "PAdES_BASELINE_B"
        assert pdf_level(self.stamped()) == "PAdES_BASELINE_T"
        assert pdf_level(stamp(self.SIGNED)) == "PAdES_BASELINE_T"
        kept = store(self.stamped(), certificates=EVERYBODY, crls=(crl(),))
        assert pdf_level(kept) == "PAdES_BASELINE_LT"
        assert pdf_level(stamp(kept)) == "PAdES_BASELINE_LTA"
        assert pdf_level(stamp(self.STORED)) == "PAdES_BASELINE_LT"
        assert pdf_level(stamp(stamp(self.STORED), name=b"D2")) == "PAdES_BASELINE_LTA"

    def test_an_authoritys_missing_issuer_keeps_it_at_t(self) -> None:
        assert pdf_level(store(self.stamped(), crls=(crl(),))) == "PAdES_BASELINE_T"
        assert pdf_level(store(self.stamped(), certificates=EVERYBODY)) == "PAdES_BASELINE_T"

    def test_the_time_stands_in_the_dictionary_alone(self) -> None:
        assert (
            pdf_level(sign(unsigned(), value=cades(Recipe(person(), b"", attributes=(signing_time(),))))) == "PAdES_BES"
        )

    def test_a_reason_beside_a_commitment_is_not_baseline(self) -> None:
        commitment = attribute(names.COMMITMENT_TYPE, seq(oid("1.2.840.113549.1.9.16.6.1")))
        recipe = Recipe(person(), b"", attributes=(commitment,))
        assert pdf_level(sign(unsigned(), value=cades(recipe))) == "PAdES_BASELINE_B"
        assert pdf_level(sign(unsigned(), value=cades(recipe), more=b"/Reason(Phe duyet)")) == "PAdES_BES"

    def test_pkcs7_signatures_have_names_of_their_own(self) -> None:
        assert pdf_level(sign(unsigned(), sub_filter=b"adbe.pkcs7.detached")) == "PKCS7_B"
        stamped = self.stamped(b"adbe.pkcs7.detached")
        assert pdf_level(stamped) == "PKCS7_T"
        assert pdf_level(store(stamped, certificates=EVERYBODY, crls=(crl(),))) == "PKCS7_LT"
        assert pdf_level(sign(unsigned(), sub_filter=b"Someone.else")) == "PDF_NOT_ETSI"


class TestCompleteness:
    """Whether everything that can be revoked has a value about it."""

    def test_answers_count_by_serial_number(self) -> None:
        answer = seq(
            SUCCESSFUL, context(0, seq(oid("1.3.6.1.5.5.7.48.1.1"), octets(_basic(person().x509.serial_number))))
        )
        data = ValidationData(EVERYBODY, (), (answer,))
        assert has_all_revocation_values([person().certificate], data)
        assert not has_all_revocation_values([stranger().certificate], data)

    def test_values_that_cannot_be_read_count_for_nothing(self) -> None:
        data = ValidationData(EVERYBODY, (b"\x05\0", seq()), (b"", seq(octets(b""))))
        assert not has_all_revocation_values([person().certificate], data)
        assert not has_all_revocation_values([person().certificate], ValidationData(EVERYBODY))


def _basic(serial: int) -> bytes:
    identifier = seq(seq(oid(DATA)), octets(b"n"), octets(b"k"), integer(serial))
    answers = seq(seq(identifier, context(0, constructed=False), generalized_time(SIGNED_AT)))
    return seq(seq(context(2, octets(b"key")), generalized_time(SIGNED_AT), answers))
