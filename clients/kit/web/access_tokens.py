"""The signed-in person's access tokens, refreshed when they are about to die: by one request at a time per session.

A refresh token is good once (RFC 9700 §4.14.2): two requests that both used it would look like a thief and end the
sign-in. So the right to refresh is a lease in the session's row, which holds across processes.
"""

import time
from dataclasses import replace
from typing import Any

import structlog

from clients.kit.errors import Busy, ProviderSilent, SignInNeeded
from clients.kit.extension import RelyingParty, relying_party
from clients.kit.person import Person
from clients.kit.protocol.fetch import Unreachable
from clients.kit.protocol.id_token import Expected, verify_id_token
from clients.kit.protocol.key_set import TokenInvalid
from clients.kit.protocol.token_request import TokenRefused, TokenSet
from clients.kit.records import browser_sessions
from clients.kit.records.database import reading, writing
from clients.kit.sealing import digest, seal, unseal
from clients.kit.web.sessions import Visit, visit

log = structlog.get_logger(__name__)

AHEAD = 30
"""Seconds before its end at which an access token is replaced."""
LEASE = 10
"""Seconds after which another request may refresh, should the one that began never come back."""
PATIENCE = 2.0
STEP = 0.05


def access_token(resource: str = "", *, fresh: bool = False) -> str:
    """Give an access token of the signed-in person.

    :param resource: the API it is for (RFC 8707); none for the provider's own endpoints.
    :param fresh: refuse the one at hand, since its API did.
    :raises SignInNeeded: when nobody is signed in or the sign-in can no longer be refreshed.
    :raises Busy: when another request of this session is still refreshing.
    :raises ProviderSilent: when the provider gives no answer.
    """
    party, here = relying_party(), visit()
    if here.signed_in is None:
        raise SignInNeeded(detail="nobody is signed in")
    token, dies_at = _at_hand(here.signed_in, resource)
    if token and dies_at > party.clock() + AHEAD and not fresh:
        return token
    if _leased(party, here):
        return _at_hand(_refreshed(party, here, resource), resource)[0]
    if token and dies_at > party.clock() and not fresh:
        return token
    return _of_the_other_request(party, here, resource)


def _at_hand(person: Person, resource: str) -> tuple[str, float]:
    if not resource:
        return person.tokens.access_token, person.tokens.expires_at
    return person.for_apis.get(resource, ("", 0.0))


def _leased(party: RelyingParty, here: Visit) -> bool:
    now = party.clock()
    if here.row is None:
        return False
    with writing() as work:
        return browser_sessions.begin_refresh(work, here.row.id, here.row.person_version, now, now + LEASE)


def _refreshed(party: RelyingParty, here: Visit, resource: str) -> Person:
    """Refresh, check, keep. A refusal means that the sign-in is over; silence, or no slot, leaves everything as it was."""
    person, row = here.signed_in, here.row
    if person is None or row is None:
        raise SignInNeeded(detail="nobody is signed in")
    try:
        renewed = _renewed(party, person, _asked(party, person, resource), resource)
    except (Unreachable, Busy) as trouble:
        # Or the next request of this browser would wait for one that is gone.
        with writing() as work:
            browser_sessions.end_refresh(work, row.id, row.person_version)
        if isinstance(trouble, Busy):
            raise
        raise ProviderSilent(str(trouble)) from trouble
    except (TokenRefused, TokenInvalid) as refused:
        here.sign_out()
        raise SignInNeeded(detail=f"refresh: {refused}") from refused
    _keep(here, renewed)
    log.info("refreshed", sub=person.subject, resource=resource or None)
    return renewed


def _asked(party: RelyingParty, person: Person, resource: str) -> TokenSet:
    if not person.tokens.refresh_token:
        raise TokenRefused("there is no refresh token")
    with party.slots.take():
        return party.token_endpoint.refresh(person.tokens.refresh_token, resource)


def _renewed(party: RelyingParty, person: Person, given: TokenSet, resource: str) -> Person:
    """Put the new tokens in the old ones' place; a new ID token must be about the same sign-in (Core §12.2)."""
    old = person.tokens
    claims = {**person.claims, **_new_claims(party, person, given)} if given.id_token else person.claims
    kept = replace(
        given,
        refresh_token=given.refresh_token or old.refresh_token,
        id_token=given.id_token or old.id_token,
        scope=given.scope or old.scope,
    )
    if not resource:
        return replace(person, claims=claims, tokens=kept)
    own = replace(kept, access_token=old.access_token, expires_at=old.expires_at)
    for_apis = {**person.for_apis, resource: (given.access_token, given.expires_at)}
    return replace(person, claims=claims, tokens=own, for_apis=for_apis)


def _new_claims(party: RelyingParty, person: Person, given: TokenSet) -> dict[str, Any]:
    expected = Expected(
        issuer=party.settings.issuer,
        client_id=party.settings.client_id,
        now=party.clock(),
        access_token=given.access_token,
        subject=person.subject,
    )
    claims = verify_id_token(given.id_token, party.keys, expected)
    for name in ("sid", "auth_time"):
        if name in claims and name in person.claims and claims[name] != person.claims[name]:
            raise TokenInvalid(f"{name} is not that of the sign-in")
    return claims


def _keep(here: Visit, renewed: Person) -> None:
    """Keep the new tokens; when the session was ended meanwhile, they are forgotten with it."""
    row = here.row
    if row is None:
        raise SignInNeeded(detail="the session is gone")
    sealed = seal(here.secret, "person", renewed.to_json())
    with writing() as work:
        kept = browser_sessions.end_refresh(work, row.id, row.person_version, sealed)
    if not kept:
        raise SignInNeeded(detail="the session was ended meanwhile")
    row.person_version += 1
    here.person = renewed


def _of_the_other_request(party: RelyingParty, here: Visit, resource: str) -> str:
    """Wait for the request that is refreshing, and use what it got."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with reading() as work:
            row = browser_sessions.find(work, digest(here.secret), party.clock())
        if row is None or row.ended_at is not None:
            raise SignInNeeded(detail="the session was ended meanwhile")
        if here.row is None or row.person_version > here.row.person_version:
            here.row, here.person = row, Person.from_json(unseal(here.secret, "person", row.person))
            return access_token(resource)
        time.sleep(STEP)
    raise Busy("another request of this session is still refreshing")
