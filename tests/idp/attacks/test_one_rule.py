"""One rule told twice, by Python before a code is given and by SQL where it is used: over any agreement both say the same."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.domain import consents, registration, tokens
from idp.domain.clients import Client
from idp.domain.grant import Grant
from idp.domain.sessions import open_session
from idp.services import Services
from idp.store import consents as store
from idp.store import redemption
from idp.store.consents import ConsentRow
from idp.store.database import Database
from idp.store.sessions import SessionClientRow
from tests.support.certificates import OPERATOR
from tests.support.clock import StoppedClock
from tests.support.provider import Portal, Provider, answer_of, make_provider

SCOPES = st.sets(st.sampled_from(["openid", "profile", "email", "phone", "offline_access", "dossier:read"]))
AGREEMENTS = st.none() | st.tuples(
    SCOPES, st.sampled_from([-1, 0, 1, 1000]), st.sampled_from(["same", "others", consents.WITHDRAWN])
)
_NUMBERS = count()


@pytest.fixture
def ground(database: Database, tmp_path: Path, clock: StoppedClock) -> Iterator[Provider]:
    """A provider on each kind of database."""
    address = database.engine.url.render_as_string(hide_password=False)
    provider = make_provider(tmp_path, clock, address)
    yield provider
    provider.services.database.dispose()


@pytest.fixture
def redeems(ground: Provider) -> Callable[[Client, tuple[str, ...]], bool]:
    """Use a code of a signed-in person for these scopes, as the token endpoint does."""
    services, person = ground.services, ground.person()
    session, _ = open_session(services, person, [{"kind": "password", "at": services.now()}])

    def redeemed(client: Client, scopes: tuple[str, ...]) -> bool:
        gid = f"{next(_NUMBERS):032}"
        grant = Grant(gid, person, client.client_id, session.sid, scopes, services.now(), "", ())
        family, _ = tokens.new_family(services, grant, refreshable=True)
        needed = client.purposes if consents.is_needed(client, scopes) else None
        portal = SessionClientRow(session.sid, client.client_id, "sub", services.now())
        return redemption.begin(services.direct, family, portal, purposes=needed)

    return redeemed


def agreed(services: Services, person: str, client: Client, agreement: tuple[set[str], int, str] | None) -> None:
    with services.database.write() as connection:
        store.withdraw(connection, person, client.client_id)
        if agreement is None:
            return
        scopes, left, purposes = agreement
        said = {"same": client.purposes, "others": "x" * 64}.get(purposes, purposes)
        now = services.now()
        store.put(
            connection, ConsentRow(person, client.client_id, tuple(sorted(scopes)), (), 1, said, now - 9, now + left)
        )


def test_sql_and_python_agree(ground: Provider, redeems: Callable[[Client, tuple[str, ...]], bool]) -> None:
    services, (person,) = ground.services, ground.people
    portals: dict[bool, Portal] = {each: ground.portal(first_party=each) for each in (True, False)}
    seen: set[bool] = set()

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(AGREEMENTS, SCOPES.filter(bool), st.booleans())
    def compare(agreement: tuple[set[str], int, str] | None, asked: set[str], first_party: bool) -> None:
        client = portals[first_party].client
        agreed(services, person, client, agreement)
        wanted = tuple(sorted(asked))

        by_python = not consents.agreement(services, person, client, wanted).missing

        assert redeems(client, wanted) == by_python
        seen.add(by_python)

    compare()
    assert seen == {True, False}


def test_a_code_given_for_other_purposes_is_not_redeemed(ground: Provider) -> None:
    """The portal writes other terms between the page and the token: nobody has agreed to those."""
    portal = ground.portal(first_party=False)
    browser = ground.signed_in(ground.person())
    consents.agree(ground.services, ground.people[0], portal.client, ("openid", "profile"), ())
    code = answer_of(browser.get("/authorize", query_string=portal.request()))["code"]
    changed = {**portal.client.metadata, "tos_uri": "https://portal.example/terms"}
    registration.update(ground.services, portal.client, changed, actor=OPERATOR)

    assert portal.redeem(code).json["error"] == "invalid_grant"
