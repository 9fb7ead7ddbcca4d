"""Raw signatures: every family verifies its own and nothing else (RFC 8017, FIPS 186-5, RFC 8032)."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa, utils
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.validation import asn1, crypto
from keys.validation.algorithms import (
    DIGEST_OIDS,
    DIGEST_SIZES,
    DIGEST_URIS,
    DSA,
    ECDSA,
    EDDSA,
    RSA_PKCS1,
    RSA_PSS,
    SIGNATURE_JOSE,
    SIGNATURE_OIDS,
    SIGNATURE_URIS,
    SignatureAlgorithm,
)
from tests.keys.validation.making.people import person, stranger

DOSSIER = "Đơn đề nghị cấp giấy phép xây dựng".encode()
FAMILIES = {
    "rsa": SignatureAlgorithm(RSA_PKCS1, "sha256"),
    "ec": SignatureAlgorithm(ECDSA, "sha256"),
    "dsa": SignatureAlgorithm(DSA, "sha256"),
    "ed25519": SignatureAlgorithm(EDDSA),
    "ed448": SignatureAlgorithm(EDDSA),
}


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_signature_verifies_with_its_own_key_and_content_only(kind: str) -> None:
    key, signature = crypto.public_key(person(kind).spki), person(kind).sign(DOSSIER)
    assert crypto.verify(key, FAMILIES[kind], signature, DOSSIER)
    assert not crypto.verify(key, FAMILIES[kind], signature, DOSSIER + b" ")
    assert not crypto.verify(key, FAMILIES[kind], signature[:-1] + bytes([signature[-1] ^ 1]), DOSSIER)
    assert not crypto.verify(key, FAMILIES[kind], b"", DOSSIER)


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_key_of_another_family_never_verifies(kind: str, family: str) -> None:
    if FAMILIES[kind].family == FAMILIES[family].family:
        return
    key = crypto.public_key(person(kind).spki)
    assert not crypto.verify(key, FAMILIES[family], person(kind).sign(DOSSIER), DOSSIER)


@pytest.mark.parametrize("digest", ["sha1", "sha384", "sha512", "sha3-256", "sha3-512"])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_digest_is_part_of_the_algorithm(kind: str, digest: str) -> None:
    key, signature = crypto.public_key(person(kind).spki), person(kind).sign(DOSSIER, digest)
    family = FAMILIES[kind].family
    assert crypto.verify(key, SignatureAlgorithm(family, digest), signature, DOSSIER)
    assert not crypto.verify(key, SignatureAlgorithm(family, "sha256"), signature, DOSSIER)
    hashed = hashlib.new(digest.replace("-", "_"), DOSSIER).digest()
    assert crypto.verify_digest(key, SignatureAlgorithm(family, digest), signature, hashed)
    assert not crypto.verify_digest(key, SignatureAlgorithm(family, digest), signature, hashed[:-1])


def test_pss_holds_to_its_salt_length() -> None:
    key, signature = crypto.public_key(person("rsa").spki), person("rsa").sign(DOSSIER, pss_salt=20)
    assert crypto.verify(key, SignatureAlgorithm(RSA_PSS, "sha256", salt_length=20), signature, DOSSIER)
    assert not crypto.verify(key, SignatureAlgorithm(RSA_PSS, "sha256"), signature, DOSSIER)
    assert not crypto.verify(key, SignatureAlgorithm(RSA_PSS, "sha256", "sha1", 20), signature, DOSSIER)
    assert not crypto.verify(key, SignatureAlgorithm(RSA_PKCS1, "sha256"), signature, DOSSIER)


def test_a_digest_info_without_parameters_is_the_same_signature() -> None:
    """RFC 8017 §9.2 note 1: some signers leave the NULL out; nothing else may differ."""
    private = person("rsa").key
    assert isinstance(private, rsa.RSAPrivateKey)
    key, algorithm = crypto.public_key(person("rsa").spki), FAMILIES["rsa"]
    hashed = hashlib.sha256(DOSSIER).digest()
    bare = asn1.encode(asn1.OID, asn1.oid_octets("2.16.840.1.101.3.4.2.1"))

    def signed(identifier: bytes, tail: bytes = b"") -> bytes:
        body = asn1.encode(asn1.SEQUENCE, identifier, constructed=True) + asn1.encode(asn1.OCTET_STRING, hashed)
        info = asn1.encode(asn1.SEQUENCE, body, constructed=True) + tail
        numbers = private.private_numbers()
        size = private.key_size // 8
        block = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
        value = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
        return value.to_bytes(size, "big")

    assert crypto.verify(key, algorithm, signed(bare + asn1.encode(asn1.NULL, b"")), DOSSIER)
    assert crypto.verify(key, algorithm, signed(bare), DOSSIER)
    assert not crypto.verify(key, algorithm, signed(bare, tail=b"\0" * 8), DOSSIER)
    assert not crypto.verify(key, algorithm, signed(bare + asn1.encode(asn1.OCTET_STRING, b"junk")), DOSSIER)


def test_the_raw_pair_of_xml_and_jose_has_a_fixed_length() -> None:
    key, signature = crypto.public_key(person("ec").spki), person("ec").sign(DOSSIER)
    r, s = utils.decode_dss_signature(signature)
    pair = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    raw = SignatureAlgorithm(ECDSA, "sha256", raw=True)
    assert crypto.verify(key, raw, pair, DOSSIER)
    assert not crypto.verify(key, raw, b"\0" + pair, DOSSIER)
    assert not crypto.verify(key, raw, pair[:32] + b"\0" + pair[32:], DOSSIER)
    assert not crypto.verify(key, raw, signature, DOSSIER)
    assert not crypto.verify(key, raw, bytes(64), DOSSIER), "a pair of zeros is no signature (CVE-2022-21449)"


def test_a_jose_name_admits_one_curve() -> None:
    key, signature = crypto.public_key(person("ec").spki), person("ec").sign(DOSSIER, "sha384")
    r, s = utils.decode_dss_signature(signature)
    pair = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert not crypto.verify(key, SIGNATURE_JOSE["ES384"], pair, DOSSIER)
    assert "none" not in SIGNATURE_JOSE
    assert not any(name.startswith("HS") for name in SIGNATURE_JOSE)


def test_what_cannot_be_computed_is_said_so() -> None:
    key = crypto.public_key(person("ec").spki)
    for algorithm in (SignatureAlgorithm(ECDSA), SignatureAlgorithm(ECDSA, "whirlpool")):
        with pytest.raises(crypto.UnsupportedAlgorithm):
            crypto.verify(key, algorithm, b"", DOSSIER)
    with pytest.raises(crypto.UnsupportedAlgorithm):
        crypto.verify_digest(crypto.public_key(person("ed25519").spki), FAMILIES["ed25519"], b"", bytes(32))
    with pytest.raises(crypto.UnsupportedAlgorithm):
        crypto.digest("md2", b"")


def test_a_key_whose_modulus_lost_its_sign_octet_is_still_read() -> None:
    """Early national cards: the modulus reads as a negative INTEGER, which the library refuses."""
    private = person("rsa").key
    assert isinstance(private, rsa.RSAPrivateKey)
    numbers = private.public_key().public_numbers()
    modulus = asn1.encode(asn1.INTEGER, numbers.n.to_bytes(256, "big"))
    inner = asn1.encode(asn1.SEQUENCE, modulus + asn1.encode(asn1.INTEGER, b"\x01\x00\x01"), constructed=True)
    algorithm = asn1.read(person("rsa").spki).members()[0].raw
    spki = asn1.encode(asn1.SEQUENCE, algorithm + asn1.encode(asn1.BIT_STRING, b"\0" + inner), constructed=True)
    assert crypto.verify(crypto.public_key(spki), FAMILIES["rsa"], person("rsa").sign(DOSSIER), DOSSIER)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_make_the_key_reader_fail_in_another_way(noise: bytes) -> None:
    for spki in (noise, person("rsa").spki[: len(noise)] + noise):
        try:
            crypto.public_key(spki)
        except (crypto.MalformedKey, crypto.UnsupportedAlgorithm):
            continue


def test_every_name_leads_to_a_digest_that_can_be_computed() -> None:
    named = {*DIGEST_OIDS.values(), *DIGEST_URIS.values()}
    for table in (SIGNATURE_OIDS, SIGNATURE_URIS, SIGNATURE_JOSE):
        named |= {algorithm.digest for algorithm in table.values() if algorithm.digest}
    assert named <= set(DIGEST_SIZES)
    for name in DIGEST_SIZES.keys() - {"ripemd160"}:
        assert len(crypto.digest(name, b"")) == DIGEST_SIZES[name]


def test_somebody_elses_signature_does_not_verify() -> None:
    assert not crypto.verify(crypto.public_key(stranger().spki), FAMILIES["ec"], person("ec").sign(DOSSIER), DOSSIER)
