"""The provider's settings: declared once, typed, checked together at start, read nowhere else.

Every field is followed by what an operator needs to know of it. Secrets are given as file paths.
"""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network
MTLS_SECRET_LENGTH = 32


class Settings(BaseSettings):
    """Settings of the provider, from the environment (prefix ``MOTCUA_``).

    :raises pydantic.ValidationError: naming every mistake at once.
    """

    model_config = SettingsConfigDict(env_prefix="MOTCUA_", frozen=True, extra="ignore")

    host: str = "localhost"
    """Host of the demo's default addresses."""
    port: int = Field(8000, ge=1, le=65535)
    """Port of the demo's provider; portals take the next three, the console the ninth after it."""
    home: Path = Path("var")
    """Folder for databases and key files of an embedded installation."""

    issuer: str = ""
    """The provider's own address, scheme, host, port and path, and its issuer identifier. https outside the demo."""
    console_url: str = ""
    """Where administrators reach the console."""
    site_national_url: str = ""
    """The demo's national portal; by default on the port after the provider's. Read by ``motcua demo`` alone here."""
    site_ministry_url: str = ""
    """The demo's portal of a ministry; by default on the second port after the provider's."""
    site_province_url: str = ""
    """The demo's portal of a province; by default on the third port after the provider's."""

    database_url: str = ""
    """SQLAlchemy URL of the provider's database; empty means SQLite under ``home``."""
    redis_url: str = ""
    """Redis (``noeviction``) for ephemeral state; empty keeps it in the database."""

    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    """Networks whose X-Forwarded-For, -Proto and -Host are believed, separated by commas; nobody by default."""

    key_encryption_key_file: Path | None = None
    """32 random bytes (raw or base64url) that encrypt keys and personal columns; outside ``home`` but in the demo."""

    authority_key_file: Path | None = None
    """A key-encryption key of the same kind for the built-in authority's issuing keys, readable by the worker and the
    command line only; without it (but in the demo) there is no built-in authority."""

    mtls_url: str = ""
    """Address at which the TLS terminator asks browsers for a certificate and hands it on; empty offers no such sign-in."""
    mtls_secret_file: Path | None = None
    """File with the secret that this terminator sends in ``X-Motcua-Mtls-Secret``, 32 characters or more."""

    require_pkce: Literal["public", "all"] = "public"
    """``all`` demands PKCE of every client; ``public`` of public clients and those registered so (RFC 9700 §2.1.1)."""
    access_token_lifetime: int = Field(300, ge=30, le=3600)
    """Seconds an access token lives."""
    code_lifetime: int = Field(60, ge=10, le=600)
    """Seconds an authorization code lives (RFC 6749 §4.1.2 allows ten minutes at most)."""
    id_token_lifetime: int = Field(300, ge=30, le=3600)
    """Seconds an ID token lives."""
    refresh_token_idle: int = Field(14 * 86400, ge=300)
    """Seconds after which an unused refresh token dies."""
    refresh_token_lifetime: int = Field(90 * 86400, ge=300)
    """Seconds after which a refresh family dies however busy it was."""
    open_registration: bool = False
    """Let anybody register clients; otherwise an initial access token is needed (``motcua client token``)."""
    session_idle: int = Field(3600, ge=60)
    """Seconds without a visit after which a single sign-on session ends."""
    session_lifetime: int = Field(12 * 3600, ge=300)
    """Seconds after which a single sign-on session ends however busy it was."""

    message_sender: Literal["none", "demo", "smtp"] = "none"
    """How one-time codes and notices leave: ``none`` switches sign-up and recovery off, ``demo`` shows them."""
    smtp_url: str = ""
    """``smtp://user@host:port`` for ``message_sender=smtp``; the password comes from ``smtp_password_file``."""
    smtp_password_file: Path | None = None
    """File with the password for ``smtp_url``."""
    message_from: str = "khong-tra-loi@localhost"
    """The sender's address on e-mails."""
    sms_sender: str = ""
    """``module:callable`` of an SMS gateway's sender, called with these settings; empty switches SMS off."""

    allowed_fetch_networks: Annotated[tuple[Network, ...], NoDecode] = ()
    """Private networks that outbound fetches (jwks_uri, back-channel logout) may reach besides public addresses."""
    threads: int = Field(4, ge=2)
    """Threads of a process that answer requests."""
    hashing_slots: int = Field(2, ge=1)
    """Password hashes a process computes at once; others wait while one of ``threads`` stays free, then are asked to try again."""
    argon2_memory_kib: int = Field(19456, ge=8192)
    """KiB of memory per password hash (argon2id)."""
    argon2_time_cost: int = Field(2, ge=1)
    """Passes per password hash (argon2id)."""
    trust_store: Path | None = None
    """Folder of the authorities whose signatures count: ``<hierarchy>/anchors/*.pem``; by default ``trust`` in ``home``."""
    validation_slots: int = Field(1, ge=1)
    """Signed documents a process judges at once; further ones wait briefly, then are asked to try again."""
    validation_limit: int = Field(32 * 2**20, ge=65536, le=48 * 2**20)
    """Bytes that a request for a validation may bring; what is longer is refused unread (413)."""
    password_minimum: int = Field(15, ge=8, le=64)
    """Characters of the shortest password that may be chosen (NIST SP 800-63B-4: 15 where it is the only factor)."""

    official_passkeys: Literal["any", "attested"] = "any"
    """``attested`` takes from officials only security keys whose attestation shows a model that is allowed."""
    official_passkey_models: Annotated[tuple[str, ...], NoDecode] = ()
    """AAGUIDs of the allowed models, separated by commas; used with ``official_passkeys=attested``."""
    official_passkey_roots_file: Path | None = None
    """PEM file with the makers' attestation roots; used with ``official_passkeys=attested``."""

    demo: bool = False
    """Set by ``motcua demo`` alone: seeded people, http issuer, shown messages, loopback fetches."""

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for name in ("trusted_proxies", "allowed_fetch_networks", "official_passkey_models"):
            if isinstance(text := values.get(name), str):
                values[name] = tuple(part.strip() for part in text.split(",") if part.strip())
        return values

    @model_validator(mode="after")
    def _fill_addresses(self) -> Self:
        origin = f"http://{self.host}:{self.port}"
        defaults = {
            "issuer": origin,
            "site_national_url": f"http://{self.host}:{self.port + 1}",
            "site_ministry_url": f"http://{self.host}:{self.port + 2}",
            "site_province_url": f"http://{self.host}:{self.port + 3}",
            "console_url": f"http://{self.host}:{self.port + 9}",
            "database_url": f"sqlite:///{(self.home / 'idp.sqlite').absolute()}",
        }
        for name, default in defaults.items():
            if not getattr(self, name):
                object.__setattr__(self, name, default)
        addresses = {f"MOTCUA_SITE_{name.upper()}_URL": url for name, url in self.site_urls.items()}
        addresses = {"MOTCUA_ISSUER": self.issuer, "MOTCUA_CONSOLE_URL": self.console_url, **addresses}
        addresses |= {"MOTCUA_MTLS_URL": self.mtls_url} if self.mtls_url else {}
        mistakes = _address_mistakes(addresses)
        if self.official_passkeys == "attested" and not (
            self.official_passkey_models and self.official_passkey_roots_file
        ):
            mistakes.append(
                "MOTCUA_OFFICIAL_PASSKEYS=attested needs MOTCUA_OFFICIAL_PASSKEY_MODELS and "
                "MOTCUA_OFFICIAL_PASSKEY_ROOTS_FILE"
            )
        if self.mtls_url and self.mtls_secret_file is None:
            mistakes.append("MOTCUA_MTLS_URL needs MOTCUA_MTLS_SECRET_FILE: who else would be believed?")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self

    @property
    def site_urls(self) -> dict[str, str]:
        """The demo's portals: each site's name and address, in the order of their default ports."""
        return {
            "national": self.site_national_url,
            "ministry": self.site_ministry_url,
            "province": self.site_province_url,
        }

    @property
    def has_authority(self) -> bool:
        """Whether this installation has an authority of its own, and so certificates to sign in with."""
        return self.demo or self.authority_key_file is not None

    def mtls_secret(self) -> bytes | None:
        """Read the secret shared with the terminator of ``mtls_url``; None where there is no such address.

        :raises ValueError: when it is too short to be one.
        """
        if not self.mtls_url or self.mtls_secret_file is None:
            return None
        secret = self.mtls_secret_file.read_bytes().strip()
        if len(secret) < MTLS_SECRET_LENGTH:
            raise ValueError(f"{self.mtls_secret_file} holds fewer than {MTLS_SECRET_LENGTH} characters")
        return secret

    @property
    def issuer_origin(self) -> str:
        """Scheme, host and port of the issuer, as browsers write an origin."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def issuer_path(self) -> str:
        """The issuer's path, empty for none, never with a slash at its end."""
        return urlsplit(self.issuer).path

    @property
    def api(self) -> str:
        """The resource identifier of the provider's own API (RFC 8707): the audience of the tokens that open it."""
        return f"{self.issuer}/api"

    @property
    def secure(self) -> bool:
        """Whether the issuer is https, which decides cookie prefixes and HSTS."""
        return self.issuer.startswith("https://")


def _address_mistakes(addresses: dict[str, str]) -> list[str]:
    """Say what is wrong with each address: an issuer has no query or fragment (OpenID Connect Discovery §3)."""
    mistakes = []
    for name, address in addresses.items():
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            mistakes.append(f"{name} must be an http or https address, not {address!r}")
        elif parts.query or parts.fragment or parts.path.endswith("/"):
            mistakes.append(f"{name} must have no query, no fragment and no slash at its end: {address!r}")
    return mistakes
