"""Who is signed in to a browser's session: the claims the provider gave, and the tokens it gave with them.

Immutable; a new sign-in or refresh makes a new one. Where it is kept is ``records``'.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from clients.kit import assurance
from clients.kit.protocol.token_request import TokenSet


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person as this portal knows them.

    :param claims: of the ID token and UserInfo together.
    :param tokens: the newest token response; its refresh token is the only good one.
    :param signed_in_at: when this portal took them in, in Unix seconds.
    :param for_apis: access tokens for neighbours' APIs, by resource: the token and when it dies.
    """

    claims: dict[str, Any]
    tokens: TokenSet = field(repr=False)
    signed_in_at: int = 0
    for_apis: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)

    @property
    def subject(self) -> str:
        """The pairwise ``sub``: the same at every portal of this agency, and at no other."""
        return str(self.claims["sub"])

    @property
    def sid(self) -> str:
        """The provider's session, empty where it does not say."""
        return str(self.claims.get("sid", ""))

    @property
    def name(self) -> str:
        """The name to show, empty where it was not released."""
        return str(self.claims.get("name", ""))

    @property
    def acr(self) -> str:
        """The level of assurance of this sign-in."""
        return str(self.claims.get("acr", ""))

    @property
    def level(self) -> assurance.Level | None:
        """The level in numbers; none where the provider's value is not known."""
        return assurance.level(self.acr)

    @property
    def auth_time(self) -> int:
        """When they last proved who they are, in Unix seconds; zero where the provider does not say."""
        value = self.claims.get("auth_time", 0)
        return int(value) if isinstance(value, int | float) else 0

    @property
    def representing(self) -> dict[str, Any] | None:
        """Whom they act for (``sub``, ``kind``, ``scope``, ``exp``); none when for themselves."""
        value = self.claims.get("representing")
        return value if isinstance(value, dict) else None

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of an official, as their agency gave them."""
        value = self.claims.get("roles")
        return tuple(str(role) for role in value) if isinstance(value, list) else ()

    @property
    def agency(self) -> str:
        """The agency code of an official, empty for others."""
        return str(self.claims.get("agency", ""))

    def to_json(self) -> dict[str, Any]:
        """Give all of it as a JSON object, to be sealed."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Read what ``to_json`` gave."""
        for_apis = {resource: (token, dies_at) for resource, (token, dies_at) in content["for_apis"].items()}
        return cls(content["claims"], TokenSet(**content["tokens"]), content["signed_in_at"], for_apis)
