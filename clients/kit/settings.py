"""The settings of a relying party: declared once, typed, checked together at start, read nowhere else.

Five make a portal: issuer, client id, client secret or private key, own address, database. The rest has defaults.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Application:
    """Which relying party this is, and the demo's defaults for it.

    :param name: names cookies and logs; unique among the applications of one host.
    :param prefix: of its own environment variables, ``MOTCUA_SITE_NATIONAL_``.
    :param client_id: as registered at the provider, unless a setting says otherwise.
    :param port_offset: the demo's port, counted from the provider's.
    :param scope: asked for at sign-in unless a setting says otherwise.
    """

    name: str
    prefix: str
    client_id: str
    port_offset: int
    scope: str = "openid profile citizen"


class MustNotStart(ValueError):
    """A process would not be safe, or could not work, with its settings; the text has every reason."""


class Settings(BaseSettings):
    """Settings of one relying party. Its own carry its prefix, those of the whole installation ``MOTCUA_``.

    :raises pydantic.ValidationError: naming every mistake at once.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    application: Application
    """Which relying party this is; given by the program, never by the environment."""

    host: str = Field("localhost", validation_alias="MOTCUA_HOST")
    """Host of the demo's default addresses."""
    port: int = Field(8000, ge=1, le=65535, validation_alias="MOTCUA_PORT")
    """Port of the demo's provider; the portals' follow it."""
    home: Path = Field(Path("var"), validation_alias="MOTCUA_HOME")
    """Folder for databases and secret files of an embedded installation."""
    demo: bool = Field(False, validation_alias="MOTCUA_DEMO")
    """Set by ``motcua demo`` alone: http addresses, fetches from loopback, a banner on every page."""
    allowed_fetch_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), validation_alias="MOTCUA_ALLOWED_FETCH_NETWORKS"
    )
    """Private networks that outbound fetches may reach besides public addresses, separated by commas."""

    issuer: str = Field("", validation_alias="MOTCUA_ISSUER")
    """The provider's issuer identifier; everything else of it is discovered."""
    client_id: str = ""
    """As registered at the provider."""
    client_secret_file: Path | None = None
    """File with the client secret (``client_secret_basic``); by default ``clients/<client id>.secret`` under home."""
    private_key_file: Path | None = None
    """PEM file with a private key for ``private_key_jwt``; used instead of the secret where it is given."""
    url: str = ""
    """This application's own address as browsers see it: scheme, host, port and path, without a slash at its end."""
    database_url: str = ""
    """SQLAlchemy URL of its own database; empty means SQLite under home."""

    scope: str = ""
    """Scopes asked for at sign-in, separated by spaces; empty means what the application usually asks for. A refresh
    token that lives as long as the provider's session comes without ``offline_access``, which would ask every person
    for leave to act while they are away (Core §11)."""
    session_idle: int = Field(1800, ge=60)
    """Seconds without a visit after which a session here ends."""
    session_lifetime: int = Field(8 * 3600, ge=300)
    """Seconds after which a session here ends however busy it was."""
    follow_ended: bool = True
    """Follow the provider's list of what has ended (needs scope ``ended:read``); else every token is introspected."""
    threads: int = Field(8, ge=2, validation_alias="MOTCUA_THREADS")
    """Threads of this process that answer requests (``motcua serve`` says how many); at most half call out at a time."""

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, Any]) -> dict[str, Any]:
        for name in ("allowed_fetch_networks", "MOTCUA_ALLOWED_FETCH_NETWORKS"):
            if isinstance(text := values.get(name), str):
                values[name] = tuple(part.strip() for part in text.split(",") if part.strip())
        return values

    @model_validator(mode="after")
    def _fill_defaults(self) -> Self:
        it = self.application
        defaults = {
            "issuer": f"http://{self.host}:{self.port}",
            "client_id": it.client_id,
            "scope": it.scope,
            "url": f"http://{self.host}:{self.port + it.port_offset}",
            "database_url": f"sqlite:///{(self.home / f'{it.name}.sqlite').absolute()}",
        }
        for name, default in defaults.items():
            if not getattr(self, name):
                object.__setattr__(self, name, default)
        if mistakes := self._mistakes():
            raise ValueError("; ".join(mistakes))
        return self

    def _mistakes(self) -> list[str]:
        addresses = {"MOTCUA_ISSUER": self.issuer, f"{self.application.prefix}URL": self.url}
        mistakes = [f"{name} {fault}" for name, address in addresses.items() if (fault := _fault(address))]
        if "openid" not in self.scope.split():
            mistakes.append(f"{self.application.prefix}SCOPE must contain openid")
        return mistakes

    def refusals(self) -> list[str]:
        """Say every reason why a process must not start with these settings; none when it may."""
        prefix, reasons = self.application.prefix, []
        for name, address in {"MOTCUA_ISSUER": self.issuer, f"{prefix}URL": self.url}.items():
            if not self.demo and not address.startswith("https://"):
                reasons.append(f"{name} must be https outside the demo: {address}")
        named = {f"{prefix}CLIENT_SECRET_FILE": self.secret_file, f"{prefix}PRIVATE_KEY_FILE": self.private_key_file}
        for name, path in named.items():
            if path is not None and not path.is_file():
                reasons.append(f"{name}: there is no file {path}")
        return reasons

    @property
    def secret_file(self) -> Path | None:
        """The file with the client secret; none where a private key is used. The demo writes the default one."""
        if self.private_key_file is not None:
            return None
        return self.client_secret_file or self.home / "clients" / f"{self.client_id}.secret"

    @property
    def secure(self) -> bool:
        """Whether browsers reach this application over https, which decides cookie prefixes and HSTS."""
        return self.url.startswith("https://")

    @property
    def path(self) -> str:
        """The path this application is mounted under, empty for none."""
        return urlsplit(self.url).path

    @property
    def issuer_origin(self) -> str:
        """Scheme, host and port of the issuer, as browsers write an origin."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


def settings_for(application: Application, **given: Any) -> Settings:
    """Read the settings of one relying party from the environment; what is given stands above it."""
    return Settings(_env_prefix=application.prefix, application=application, **given)


def _fault(address: str) -> str | None:
    """Say what is wrong with an address, if anything (OpenID Connect Discovery §3 for issuers)."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"must be an http or https address, not {address!r}"
    if parts.query or parts.fragment or parts.username or parts.path.endswith("/"):
        return f"must have no user, query or fragment and no slash at its end: {address!r}"
    return None
