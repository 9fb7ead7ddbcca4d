"""What a person granted a client: the one thing that codes, refresh families and tokens are made from.

Beginning, keeping and ending it is ``tokens``' and ``idp.store``'s affair.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

_NO_WISHES: Mapping[str, Any] = {}


class Grant(NamedTuple):
    """What a sign-in granted to a client, from authorization to the last refresh.

    ``gid`` names the grant in tokens and on the list of what has ended. ``sid`` is empty for an access token that
    outlives its session (``offline_access``), since whoever follows that list would refuse it. ``resources`` are the
    audiences asked for (RFC 8707), empty for the provider's own UserInfo. Times are Unix seconds.
    """

    gid: str
    account_id: str
    client_id: str
    sid: str
    scopes: tuple[str, ...]
    auth_time: int
    acr: str
    amr: tuple[str, ...]
    resources: tuple[str, ...] = ()
    claims: Mapping[str, Any] = _NO_WISHES
    refused_claims: tuple[str, ...] = ()
    nonce: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the grant as JSON members, to be kept."""
        return self._asdict()

    @classmethod
    def from_json(cls, members: Mapping[str, Any]) -> "Grant":
        """Give back a kept grant."""
        lists = {name: tuple(members[name]) for name in ("scopes", "amr", "resources", "refused_claims")}
        return cls(**{**members, **lists})
