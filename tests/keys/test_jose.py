"""Our compact JWTs: signed with the key's own algorithm, verified by nothing a token says of itself (RFC 8725)."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet, import_key
from joserfc.jws import JWSRegistry

from keys import jose
from keys.jose import ALGORITHMS, SigningKey, TokenInvalid, b64url, b64url_decode, generate, load, parse, verify

CLAIMS = {"iss": "https://motcua.example", "sub": "một người", "exp": 2_000_000_000}
KEYS: dict[str, SigningKey] = {algorithm: generate(algorithm) for algorithm in ALGORITHMS}
ours = pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)


def token_of(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    """Give a token as a forger puts it together."""
    return ".".join((*(b64url(json.dumps(part).encode()) for part in (header, claims)), b64url(signature)))


def forged(key: SigningKey, header: dict[str, Any]) -> str:
    """Give a token whose header is the forger's and whose signature over it is right."""
    unsigned = token_of(header, CLAIMS, b"").rstrip(".")
    return f"{unsigned}.{b64url(key.sign_bytes(unsigned.encode()))}"


class TestSigning:
    @ours
    def test_what_a_key_signs_its_public_half_verifies(self, key: SigningKey) -> None:
        assert verify(key.sign(CLAIMS, "at+jwt"), {key.kid: key.public}, "at+jwt") == CLAIMS

    @ours
    def test_the_header_names_algorithm_type_and_key(self, key: SigningKey) -> None:
        assert parse(key.sign(CLAIMS, "JWT")).header == {"alg": key.algorithm, "typ": "JWT", "kid": key.kid}
        assert parse(key.sign(CLAIMS, "at+jwt")).header["typ"] == "at+jwt"

    @ours
    def test_a_key_survives_being_kept(self, key: SigningKey) -> None:
        again = load(key.algorithm, key.private_bytes())
        assert again.kid == key.kid
        assert verify(again.sign(CLAIMS, "JWT"), {key.kid: key.public}, "JWT") == CLAIMS

    def test_an_ecdsa_signature_is_two_numbers_of_fixed_length(self) -> None:
        for _ in range(200):
            assert len(KEYS["ES256"].sign_bytes(b"data")) == 64


# RFC 9864 names the curve instead; OpenID Connect clients still register EdDSA.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
class TestInterworking:
    @ours
    def test_joserfc_verifies_ours_with_the_published_key(self, key: SigningKey) -> None:
        published = KeySet.import_key_set({"keys": [key.public.jwk()]})
        registry = JWSRegistry(algorithms=[key.algorithm])
        token = jwt.decode(key.sign(CLAIMS, "JWT"), published, algorithms=[key.algorithm], registry=registry)
        assert token.claims == CLAIMS

    @ours
    def test_we_verify_joserfcs(self, key: SigningKey) -> None:
        pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        theirs = import_key(pem, _key_type(key))
        header = {"alg": key.algorithm, "kid": key.kid, "typ": "JWT"}
        token = jwt.encode(header, CLAIMS, theirs, algorithms=[key.algorithm])
        assert verify(token, {key.kid: key.public}, "JWT") == CLAIMS

    @ours
    def test_the_kid_is_the_thumbprint_that_joserfc_computes(self, key: SigningKey) -> None:
        assert import_key(key.public.jwk()).thumbprint() == key.kid

    @ours
    def test_a_published_key_is_public_and_comes_back(self, key: SigningKey) -> None:
        jwk = key.public.jwk()
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(jwk)
        assert (jwk["use"], jwk["alg"], jwk["kid"]) == ("sig", key.algorithm, key.kid)
        again = jose.public_key_from_jwk(jwk)
        assert again.jwk() == jwk
        assert again.verifies(key.sign_bytes(b"data"), b"data")


def _key_type(key: SigningKey) -> str:
    return {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}[key.algorithm]


class TestForgeries:
    def test_none_is_no_algorithm(self) -> None:
        key = KEYS["RS256"]
        for algorithm in ("none", "None", "NONE", "", None, ["RS256"]):
            token = token_of({"alg": algorithm, "kid": key.kid, "typ": "JWT"}, CLAIMS, b"")
            with pytest.raises(TokenInvalid):
                verify(token, {key.kid: key.public}, "JWT")

    def test_a_public_key_is_no_shared_secret(self) -> None:
        """RS256 turned into HS256 with the public key as its secret (RFC 8725 §2.1)."""
        key = KEYS["RS256"]
        for secret in (
            key.public.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            key.public.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            json.dumps(key.public.jwk()).encode(),
        ):
            unsigned = token_of({"alg": "HS256", "kid": key.kid, "typ": "JWT"}, CLAIMS, b"").rstrip(".")
            signature = hmac.digest(secret, unsigned.encode(), hashlib.sha256)
            with pytest.raises(TokenInvalid, match="key of ours"):
                verify(f"{unsigned}.{b64url(signature)}", {key.kid: key.public}, "JWT")

    def test_another_algorithm_of_the_same_kind_of_key_is_refused(self) -> None:
        key = KEYS["RS256"]
        as_pss = SigningKey(key.kid, "PS256", key.private)
        with pytest.raises(TokenInvalid, match="key of ours"):
            verify(as_pss.sign(CLAIMS, "JWT"), {key.kid: key.public}, "JWT")

    @ours
    def test_an_algorithm_named_wrongly_is_refused_though_the_signature_is_right(self, key: SigningKey) -> None:
        other = next(algorithm for algorithm in ALGORITHMS if algorithm != key.algorithm)
        with pytest.raises(TokenInvalid, match="key of ours"):
            verify(forged(key, {"alg": other, "kid": key.kid, "typ": "JWT"}), {key.kid: key.public}, "JWT")

    @pytest.mark.parametrize("crit", [["exp"], ["b64"], [], None])
    def test_a_critical_header_is_refused(self, crit: list[str] | None) -> None:
        """RFC 7515 §4.1.11: what must be understood and is not."""
        key = KEYS["ES256"]
        header = {"alg": "ES256", "kid": key.kid, "typ": "JWT", "crit": crit, "b64": False}
        with pytest.raises(TokenInvalid, match="key of ours"):
            verify(forged(key, header), {key.kid: key.public}, "JWT")

    @pytest.mark.parametrize("kid", [None, "", "another", 7, ["x"], {"a": 1}, "../../keys"])
    def test_a_key_that_is_not_ours_is_refused(self, kid: object) -> None:
        key = KEYS["ES256"]
        with pytest.raises(TokenInvalid, match="key of ours"):
            verify(forged(key, {"alg": "ES256", "kid": kid, "typ": "JWT"}), {key.kid: key.public}, "JWT")

    def test_a_key_that_the_token_brings_along_is_not_believed(self) -> None:
        key, strangers = KEYS["ES256"], generate("ES256")
        header = {"alg": "ES256", "kid": key.kid, "typ": "JWT", "jwk": strangers.public.jwk(), "x5u": "https://evil"}
        with pytest.raises(TokenInvalid, match="does not verify"):
            verify(forged(strangers, header), {key.kid: key.public}, "JWT")

    @pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "", None, 7])
    def test_one_kind_of_token_does_not_pass_as_another(self, typ: object) -> None:
        """RFC 8725 §3.11."""
        key = KEYS["ES256"]
        with pytest.raises(TokenInvalid, match="typ"):
            verify(forged(key, {"alg": "ES256", "kid": key.kid, "typ": typ}), {key.kid: key.public}, "at+jwt")

    def test_a_type_may_be_spelt_as_a_media_type(self) -> None:
        key = KEYS["ES256"]
        token = forged(key, {"alg": "ES256", "kid": key.kid, "typ": "application/AT+JWT"})
        assert verify(token, {key.kid: key.public}, "at+jwt") == CLAIMS


class TestTampering:
    @ours
    def test_every_altered_character_is_seen(self, key: SigningKey) -> None:
        token = key.sign(CLAIMS, "JWT")
        for place in range(0, len(token), 7):
            altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            with pytest.raises(TokenInvalid):
                verify(altered, {key.kid: key.public}, "JWT")

    @ours
    def test_a_signature_has_one_spelling(self, key: SigningKey) -> None:
        """RFC 4648 §3.5: bits that stand for nothing must be zero, and RFC 7515 §2 has no padding."""
        token = key.sign(CLAIMS, "JWT")
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        signature = token.rsplit(".", 1)[1]
        spellings = [signature[:-1] + last for last in alphabet if last != signature[-1]]
        for spelling in [*spellings, signature + "=", signature + "==", signature + "A"]:
            with pytest.raises(TokenInvalid):
                verify(f"{token.rsplit('.', 1)[0]}.{spelling}", {key.kid: key.public}, "JWT")

    @pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
    def test_an_ecdsa_signature_of_another_length_is_wrong(self, length: int) -> None:
        assert not KEYS["ES256"].public.verifies(b"\x01" * length, b"data")

    @pytest.mark.parametrize("signature", [b"\x00" * 64, b"\xff" * 64, b"\x00" * 32 + b"\x01" * 32])
    def test_numbers_outside_the_curve_are_wrong(self, signature: bytes) -> None:
        """CVE-2022-21449: zeros verified everything elsewhere."""
        assert not KEYS["ES256"].public.verifies(signature, b"data")


class TestMalformed:
    @pytest.mark.parametrize(
        "token",
        [
            "",
            ".",
            "..",
            "a.b.c",
            "e30.e30",
            "e30.e30.e30.e30",
            "W10.e30.AA",
            "e30.W10.AA",
            "e30.bnVsbA.AA",
            "é.e30.AA",
            "e30=.e30.AA",
            "eyJ9.e30.AA",
            "e3 0.e30.AA",
            base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=") + ".e30.AA",
            base64.urlsafe_b64encode(b'{"a":"\xff"}').decode().rstrip("=") + ".e30.AA",
        ],
    )
    def test_is_one_kind_of_refusal(self, token: str) -> None:
        with pytest.raises(TokenInvalid):
            verify(token, {}, "JWT")

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=200))
    def test_whatever_is_sent(self, token: str) -> None:
        with pytest.raises(TokenInvalid):
            verify(token, {key.kid: key.public for key in KEYS.values()}, "JWT")

    @given(st.binary(max_size=200))
    def test_base64url_comes_back(self, raw: bytes) -> None:
        assert b64url_decode(b64url(raw)) == raw
        assert b64url_decode(b64url(raw).encode()) == raw

    @pytest.mark.parametrize("text", ["A", "AB", "A=", "AA==", "A+/A", "A A", "Zé"])
    def test_what_is_not_base64url(self, text: str) -> None:
        with pytest.raises(TokenInvalid):
            b64url_decode(text)
