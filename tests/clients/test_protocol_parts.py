"""Discovery, key sets, client authentication and challenges, each by itself."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from werkzeug.wrappers import Response

from clients.kit import assurance
from clients.kit.protocol.algorithms import only
from clients.kit.protocol.challenges import Challenge, read_challenge
from clients.kit.protocol.client_authentication import ASSERTION, client_authentication
from clients.kit.protocol.discovery import Discovery, read_metadata
from clients.kit.protocol.fetch import Fetcher, Unreachable
from clients.kit.protocol.key_set import KeySet, TokenInvalid, read_key_set
from tests.support.clock import StoppedClock
from tests.support.fake_provider import FakeProvider, ec_key, rsa_key, sign

ISSUER = "https://dinhdanh.example"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}


# Discovery


@pytest.mark.parametrize("name", ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("value", [None, 7, f"{ISSUER}/"], ids=["missing", "no text", "another issuer"])
def test_a_discovery_document_that_lacks_something_is_not_used(name: str, value: object) -> None:
    if name != "issuer" and isinstance(value, str):
        assert read_metadata({**DOCUMENT, name: value}, ISSUER)
        return
    with pytest.raises(Unreachable):
        read_metadata({k: v for k, v in {**DOCUMENT, name: value}.items() if v is not None}, ISSUER)


def test_metadata_is_read_once_an_hour_and_kept_when_the_provider_is_silent(
    provider: FakeProvider, clock: StoppedClock
) -> None:
    discovery = Discovery(provider.issuer, Fetcher(demo=True), clock)
    first = discovery()
    assert discovery() == first
    assert len(provider.asked) == 1
    clock.advance(3600)
    provider.twist["/.well-known/openid-configuration"] = lambda _: Response("broken", 500)

    assert discovery() == first
    assert len(provider.asked) == 2


def test_a_silent_provider_is_not_asked_by_every_thread(provider: FakeProvider, clock: StoppedClock) -> None:
    discovery = Discovery(provider.issuer, Fetcher(demo=True), clock)
    provider.twist["/.well-known/openid-configuration"] = lambda _: Response("broken", 500)
    for _ in range(5):
        with pytest.raises(Unreachable):
            discovery()
    assert len(provider.asked) == 1
    del provider.twist["/.well-known/openid-configuration"]
    clock.advance(2)

    assert discovery().issuer == provider.issuer


# Keys


def test_only_public_signature_keys_are_taken() -> None:
    encryption = RSAKey.generate_key(2048, {"kid": "enc", "use": "enc"}).as_dict(private=False)
    secret = OctKey.generate_key(256, {"kid": "oct", "use": "sig"}).as_dict(private=True)
    good = ec_key().as_dict(private=False)

    keys = read_key_set({"keys": [encryption, secret, good, {"kty": "EC", "kid": "bad"}, {"kty": "EC"}, 7, None]})

    assert set(keys) == {"ec"}
    assert read_key_set({"keys": "none"}) == {}


@pytest.fixture
def keys(provider: FakeProvider, clock: StoppedClock) -> KeySet:
    return KeySet(lambda: f"{provider.issuer}/jwks", Fetcher(demo=True), clock)


def test_keys_outlive_a_short_silence_and_no_long_one(
    keys: KeySet, provider: FakeProvider, clock: StoppedClock
) -> None:
    token = sign({"a": 1}, ec_key())
    assert keys.verify(token).claims == {"a": 1}
    provider.twist["/jwks"] = lambda _: Response("broken", 500)
    clock.advance(3600)
    assert keys.verify(token).claims == {"a": 1}
    clock.advance(1)

    with pytest.raises(Unreachable):
        keys.verify(token)


def test_a_key_that_was_withdrawn_is_gone_after_five_minutes(
    keys: KeySet, provider: FakeProvider, clock: StoppedClock
) -> None:
    token = sign({"a": 1}, ec_key())
    keys.verify(token)
    provider.twist["keys"] = lambda _: {"keys": [rsa_key().as_dict(private=False)]}
    clock.advance(301)

    with pytest.raises(TokenInvalid):
        keys.verify(token)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é.b.c", "bnVsbA.e30.", "W10.e30.", "x" * 20_000])
def test_what_is_no_token_is_not(keys: KeySet, token: str) -> None:
    with pytest.raises(TokenInvalid):
        keys.verify(token)


@pytest.mark.parametrize(
    ("registered", "used"), [(None, "RS512"), ("RS512", "RS512"), ("RS256", "PS256"), ("PS256", "RS256")]
)
def test_a_token_chooses_no_algorithm_of_its_own(
    keys: KeySet, provider: FakeProvider, registered: str | None, used: str
) -> None:
    """RFC 8725 §3.1: the list is ours, and a key that is registered for one algorithm serves no other."""
    parameters = {"kid": "one", **({"alg": registered} if registered else {})}
    key = RSAKey.import_key(rsa_key().as_pem(private=True), parameters)
    provider.twist["keys"] = lambda _: {"keys": [{**key.as_dict(private=False), **parameters}]}

    signer = RSAKey.import_key(rsa_key().as_pem(private=True))

    with pytest.raises(TokenInvalid):
        keys.verify(jwt.encode({"alg": used, "kid": "one"}, {"a": 1}, signer, algorithms=[used]))


def test_an_edwards_key_verifies_too(keys: KeySet, provider: FakeProvider) -> None:
    key = OKPKey.generate_key("Ed25519", {"kid": "okp", "use": "sig", "alg": "EdDSA"})
    provider.twist["keys"] = lambda _: {"keys": [key.as_dict(private=False)]}
    token = jwt.encode({"alg": "EdDSA", "kid": "okp"}, {"a": 1}, key, registry=only("EdDSA"))

    assert keys.verify(token).claims == {"a": 1}


@pytest.mark.parametrize("claims", [b"[]", b"7", b"not json", b"\xff"])
def test_claims_must_be_an_object(keys: KeySet, claims: bytes) -> None:
    from joserfc import jws

    token = jws.serialize_compact({"alg": "ES256", "kid": "ec"}, claims, ec_key(), algorithms=["ES256"])

    with pytest.raises(TokenInvalid):
        keys.verify(token)


# Client authentication


def private_key(kind: str) -> Any:
    made = {
        "EC": lambda: ec.generate_private_key(ec.SECP256R1()),
        "RSA": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
        "OKP": ed25519.Ed25519PrivateKey.generate,
    }
    return made[kind]()


@pytest.mark.parametrize(("kind", "algorithm"), [("EC", "ES256"), ("RSA", "RS256"), ("OKP", "EdDSA")])
def test_a_client_with_a_key_of_its_own_signs_an_assertion(
    tmp_path: Path, clock: StoppedClock, kind: str, algorithm: str
) -> None:
    """RFC 7523 §3; the audience is the issuer alone, so that no other endpoint can use it."""
    file = tmp_path / "client.pem"
    file.write_bytes(private_key(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    client = client_authentication("portal", None, file, clock)

    first, second = client.form(ISSUER), client.form(ISSUER)

    assert client.headers() == {}
    assert first["client_assertion_type"] == ASSERTION
    key = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}[kind].import_key(file.read_bytes())
    token = jwt.decode(first["client_assertion"], key, registry=only(algorithm))
    now = int(clock())
    assert token.claims["jti"] != jwt.decode(second["client_assertion"], key, registry=only(algorithm)).claims["jti"]
    assert {name: value for name, value in token.claims.items() if name != "jti"} == {
        "iss": "portal",
        "sub": "portal",
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
    }
    assert token.header["kid"] == key.thumbprint()


def test_a_secret_of_any_characters_survives_basic(tmp_path: Path, clock: StoppedClock) -> None:
    """RFC 6749 §2.3.1: both halves are form-encoded first."""
    file = tmp_path / "client.secret"
    file.write_text("mật khẩu: 100%+1\n")

    header = client_authentication("cổng:1", file, None, clock).headers()["Authorization"]

    import base64

    assert base64.b64decode(header.removeprefix("Basic ")) == (
        b"c%E1%BB%95ng%3A1:m%E1%BA%ADt+kh%E1%BA%A9u%3A+100%25%2B1"
    )


def test_a_client_needs_one_or_the_other(clock: StoppedClock) -> None:
    with pytest.raises(ValueError, match="secret file or a private key"):
        client_authentication("portal", None, None, clock)


# Challenges


@pytest.mark.parametrize(
    "challenge",
    [
        Challenge(),
        Challenge("invalid_token", "it has expired"),
        Challenge("insufficient_scope", "", "dossier:read dossier:submit"),
        Challenge("insufficient_user_authentication", "more", "", "urn:vn:eid:loa2:mfa urn:vn:eid:loa2:phr", 300),
        Challenge(max_age=0),
    ],
)
def test_a_challenge_is_read_as_it_was_written(challenge: Challenge) -> None:
    assert read_challenge(challenge.header("national")) == challenge


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ("", Challenge()),
        ("Basic realm=x", Challenge()),
        ("bearer error=invalid_token", Challenge("invalid_token")),
        ('Bearer error = "a\\"b" , max_age=5', Challenge('a"b', max_age=5)),
        ('Bearer max_age="-1"', Challenge()),
        ('Bearer max_age="99999999999"', Challenge()),
        ('Bearer max_age="٣"', Challenge()),
        ('Bearer error="first", error="second"', Challenge("first")),
        ("Bearer " + "x=" * 10_000, Challenge()),
        ('Bearer error="never closed', Challenge()),
    ],
)
def test_other_peoples_challenges_are_read_with_care(header: str, challenge: Challenge) -> None:
    assert read_challenge(header) == challenge


def test_a_challenge_cannot_be_split() -> None:
    assert Challenge('x", y="\r\nSet-Cookie: a').header("r") == 'Bearer realm="r", error="x?, y=???Set-Cookie: a"'


# Assurance


@pytest.mark.parametrize(
    ("have", "wanted", "enough"),
    [
        ("urn:vn:eid:loa2:phr", "urn:vn:eid:loa1", True),
        ("urn:vn:eid:loa2", "LoA2", True),
        ("LoA1", "urn:vn:eid:loa1", True),
        ("urn:vn:eid:loa1:phr", "urn:vn:eid:loa2", False),
        ("urn:vn:eid:loa2", "urn:vn:eid:loa1:mfa", False),
        ("urn:vn:eid:loa2:mfa", "urn:vn:eid:loa2:phr", False),
        ("made-up", "made-up", True),
        ("made-up", "LoA1", False),
        (None, "LoA1", False),
        (7, "LoA1", False),
        (["LoA1"], "LoA1", False),
    ],
)
def test_higher_satisfies_lower_on_both_axes(have: object, wanted: str, enough: bool) -> None:
    assert assurance.satisfies(have, wanted) is enough
