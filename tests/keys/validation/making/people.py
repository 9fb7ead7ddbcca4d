"""Signers for the tests: a key, a certificate and the authority above it, made once per process."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | dsa.DSAPrivateKey
)
START = datetime(2024, 1, 1, tzinfo=UTC)
HASHES = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha3-256": hashes.SHA3_256,
    "sha3-512": hashes.SHA3_512,
}


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody (or some service) with a key and a certificate."""

    key: PrivateKey
    x509: x509.Certificate

    @property
    def certificate(self) -> bytes:
        """The certificate in DER."""
        return self.x509.public_bytes(Encoding.DER)

    @property
    def spki(self) -> bytes:
        """The public key in DER."""
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes, digest: str = "sha256", *, pss_salt: int | None = None) -> bytes:
        """A raw signature in the key's own scheme; ``pss_salt`` turns RSA into RSASSA-PSS."""
        match self.key:
            case rsa.RSAPrivateKey():
                scheme = (
                    padding.PKCS1v15() if pss_salt is None else padding.PSS(padding.MGF1(HASHES[digest]()), pss_salt)
                )
                return self.key.sign(data, scheme, HASHES[digest]())
            case ec.EllipticCurvePrivateKey():
                return self.key.sign(data, ec.ECDSA(HASHES[digest](), deterministic_signing=True))
            case dsa.DSAPrivateKey():
                return self.key.sign(data, HASHES[digest]())
            case _:
                return self.key.sign(data)

    def sign_digest(self, hashed: bytes, digest: str = "sha256") -> bytes:
        """A raw EC signature over a digest made before."""
        assert isinstance(self.key, ec.EllipticCurvePrivateKey)
        return self.key.sign(hashed, ec.ECDSA(utils.Prehashed(HASHES[digest]())))


@cache
def key(kind: str) -> PrivateKey:
    """A private key: ``ec``, ``rsa``, ``ed25519``, ``ed448`` or ``dsa``."""
    match kind:
        case "rsa":
            return rsa.generate_private_key(65537, 2048)
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "ed448":
            return ed448.Ed448PrivateKey.generate()
        case "dsa":
            return dsa.generate_private_key(2048)
        case _:
            return ec.generate_private_key(ec.SECP256R1())


def make(
    name: str,
    private: PrivateKey,
    *,
    issuer: Person | None = None,
    serial: int | None = None,
    purpose: x509.ObjectIdentifier | None = None,
    critical: bool = True,
) -> Person:
    """A person with a certificate from ``issuer`` (self-issued without one), valid for twenty years."""
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.x509.subject if issuer else subject)
        .public_key(private.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=7300))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=critical)
    signing = issuer.key if issuer else private
    algorithm = None if isinstance(signing, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey) else hashes.SHA256()
    return Person(private, builder.sign(signing, algorithm))


@cache
def authority() -> Person:
    """The root of the tests."""
    return make("Cơ quan chứng thực thử nghiệm", key("ec"))


@cache
def person(kind: str = "ec") -> Person:
    """A signer with a key of ``kind``."""
    return make(f"Nguyễn Thị Hồng {kind}", key(kind), issuer=authority())


@cache
def stranger() -> Person:
    """Somebody else, with another key."""
    return make("Trần Văn Kẻ Gian", ec.generate_private_key(ec.SECP256R1()), issuer=authority())


@cache
def time_stamper() -> Person:
    """A time-stamping authority as RFC 3161 §2.3 wants it."""
    private = ec.generate_private_key(ec.SECP256R1())
    return make("Dịch vụ dấu thời gian", private, issuer=authority(), purpose=ExtendedKeyUsageOID.TIME_STAMPING)
