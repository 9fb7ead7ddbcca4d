"""Looks at a relying party from its own side and says, check by check, what is wrong and how to mend it.

For the engineer who joins a portal: settings, database, discovery, keys, client authentication, redirect URI, and the
list of what has ended. Nothing is changed anywhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from clients.kit.clock import Clock, system_clock
from clients.kit.extension import RelyingParty
from clients.kit.protocol.authorization import Secrets, Wish, authorization_address
from clients.kit.protocol.ended_feed import SCOPE
from clients.kit.protocol.fetch import Unreachable
from clients.kit.protocol.key_set import read_key_set
from clients.kit.protocol.token_request import TokenRefused
from clients.kit.records.tables import database_of
from clients.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; ``problem`` and ``remedy`` are empty where all is well."""

    check: str
    problem: str = ""
    remedy: str = ""

    @property
    def well(self) -> bool:
        """Whether nothing is to be mended."""
        return not self.problem


def self_test(settings: Settings, clock: Clock = system_clock) -> Iterator[Finding]:
    """Make every check, in the order in which one rests on the other; what cannot be checked any more is left out."""
    refusals = settings.refusals()
    yield Finding("settings", "; ".join(refusals), "correct the variables that are named" if refusals else "")
    yield _database(settings)
    if refusals:
        return
    party = RelyingParty(settings, clock, home="", layout="")
    for check in CHECKS:
        finding = check(party)
        yield finding
        if not finding.well and check is _discovery:
            return


def _database(settings: Settings) -> Finding:
    from migrations.runner import check

    name = settings.application.name
    try:
        state = check(database_of(settings))
    except Exception as fault:
        return Finding(
            "database", f"cannot be read ({type(fault).__name__})", "see that its server runs and its URL is right"
        )
    if state.current:
        return Finding("database")
    return Finding("database", "is not at the newest revision", f"motcua db upgrade --database {name}")


def _discovery(party: RelyingParty) -> Finding:
    try:
        party.discovery()
    except Unreachable as fault:
        where = f"{party.settings.issuer}/.well-known/openid-configuration"
        return Finding("discovery", str(fault), f"see that {where} answers from here and names exactly this issuer")
    return Finding("discovery")


def _keys(party: RelyingParty) -> Finding:
    try:
        answer = party.fetcher.get(party.discovery().jwks_uri)
        usable = answer.status == 200 and read_key_set(answer.json())
    except Unreachable as fault:
        return Finding("keys", str(fault), "see that the provider's jwks_uri answers from here")
    return Finding("keys") if usable else Finding("keys", "no usable key", "see what the provider's jwks_uri answers")


def _client(party: RelyingParty) -> Finding:
    try:
        party.token_endpoint.for_client(SCOPE)
    except TokenRefused as refused:
        return _refused(party, refused.error)
    except Unreachable as fault:
        return Finding("client", str(fault), "see that the provider's token endpoint answers from here")
    return Finding("client")


def _refused(party: RelyingParty, error: str) -> Finding:
    client = party.settings.client_id
    remedies = {
        "invalid_client": f"see that {client} is registered, with this secret or key and this way of authenticating",
        "unauthorized_client": f"register grant type client_credentials for {client}, or set FOLLOW_ENDED to false",
        "invalid_scope": f"register scope {SCOPE} for {client}, or set FOLLOW_ENDED to false",
    }
    return Finding("client", f"the provider answers {error}", remedies.get(error, "ask the provider's operator"))


def _redirect_uri(party: RelyingParty) -> Finding:
    """Ask silently, as nobody: a provider that knows the redirect URI sends us back to it with ``login_required``."""
    settings, callback = party.settings, party.address("/callback")
    address = authorization_address(
        party.discovery(), settings.client_id, callback, settings.scope, Secrets(), Wish(prompt="none")
    )
    try:
        answer = party.fetcher.get(address, {"Accept": "text/html"})
    except Unreachable as fault:
        return Finding("redirect_uri", str(fault), "see that the provider's authorization endpoint answers from here")
    location = answer.headers.get("location", "")
    if not location.startswith(f"{callback}?"):
        return Finding("redirect_uri", "the provider does not send back here", f"register the redirect URI {callback}")
    if "error=login_required" not in urlsplit(location).query:
        return Finding("redirect_uri", "the provider refuses the request", f"register the scopes {settings.scope}")
    return Finding("redirect_uri")


def _ended(party: RelyingParty) -> Finding:
    if not party.settings.follow_ended:
        return Finding("ended")
    try:
        party.ended.read()
    except Unreachable as fault:
        return Finding("ended", str(fault), f"register scope {SCOPE}, or set FOLLOW_ENDED to false")
    return Finding("ended")


CHECKS: tuple[Callable[[RelyingParty], Finding], ...] = (_discovery, _keys, _client, _redirect_uri, _ended)
"""The checks that speak to the provider."""
