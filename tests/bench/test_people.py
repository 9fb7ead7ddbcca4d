"""What is filled in for whoever is active is what the product itself would have kept: it opens, finds and refreshes it.

Of everybody else there is noise, which the product finds as little as it opens, in rows of the same shape.
"""

from pathlib import Path

import pytest

from bench.peers import PASSWORD
from bench.provider import environment
from bench.scale import people
from bench.scale.fill import Filled
from bench.scale.people import Town
from bench.scale.town import made
from idp.domain import accounts, sessions, tokens
from idp.domain.authenticators import password
from idp.domain.grant import Grant
from idp.domain.profile import load_profile
from idp.protocol.bearer import believed
from idp.services import Services
from idp.store import consents, live
from tests.bench.conftest import ACTIVE
from tests.support.services import PostgresqlServer

pytestmark = pytest.mark.postgresql


@pytest.mark.parametrize("place", range(ACTIVE))
def test_a_person_is_found_by_either_name_and_opened(whole: tuple[Services, Town, Filled], place: int) -> None:
    services, town, _ = whole
    number = town.active_account(place)
    with services.database.read() as connection:
        by_phone = accounts.find_by_name(connection, services.sealer, people.phone(number))
        by_number = accounts.find_by_name(connection, services.sealer, people.personal_number(number))
        assert by_phone is not None
        assert by_phone == by_number
        profile = load_profile(connection, services.sealer, by_phone.id)
    assert profile is not None
    assert (profile.name, profile.personal_number) == (people.NAMES[number], people.personal_number(number))
    assert (profile.phone_number, profile.birthdate) == (people.phone(number), "1990-05-19")


def test_the_password_of_whoever_is_active_is_sealed_for_themselves(whole: tuple[Services, Town, Filled]) -> None:
    services, town, _ = whole
    with services.database.read() as connection:
        kept = password.kept(connection, services.sealer, people.account_id(town.active_account(3)))
    assert services.passwords.verify(kept, PASSWORD).matches


def test_a_session_opens_with_its_cookie(whole: tuple[Services, Town, Filled]) -> None:
    services, town, _ = whole
    session = sessions.read_session(services, people.cookie(113))
    assert session is not None
    assert session.account_id == town.account_of_grant(113)
    assert session.auth_time == town.grant(113).auth_time


def test_a_refresh_token_turns_into_the_next_once(whole: tuple[Services, Town, Filled]) -> None:
    services, town, _ = whole
    portal, token = town.portal_of_grant(42), people.refresh_token(42)
    rotated = tokens.rotate_family(services.direct, services, portal.client_id, token)
    assert rotated is not None
    assert Grant.from_json(rotated[0].grant) == town.grant(42)
    assert tokens.rotate_family(services.direct, services, portal.client_id, token) is None


def test_an_access_token_of_a_grant_lives_and_its_agreement_counts(whole: tuple[Services, Town, Filled]) -> None:
    services, town, _ = whole
    grant, portal = town.grant(99), town.portal_of_grant(99)
    token = tokens.access_token(services, portal, grant, grant.scopes, ())
    # The last portal's tokens are opaque, and believed as well.
    claims, account_id = believed(services, token.text)
    assert claims is not None
    assert account_id == grant.account_id
    granted = live.granted(services.direct, claims)
    assert granted is not None
    with services.database.read() as connection:
        agreement = consents.find(connection, grant.account_id, portal.client_id)
    assert agreement is not None
    assert agreement.scopes == people.SCOPES


def test_the_schema_is_the_products_own_again(
    whole: tuple[Services, Town, Filled], postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    with postgresql.database() as url:
        never_filled = made(environment(tmp_path, database_url=url))
        expected = described(never_filled)
        never_filled.database.dispose()
    assert described(whole[0]) == expected


def described(services: Services) -> set[str]:
    """Give every index and constraint in the database's own words; whether old rows were checked apart."""
    with services.database.read() as connection:
        indexes = connection.exec_driver_sql("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'").scalars()
        constraints = connection.exec_driver_sql(
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint"
        ).scalars()
        return {*indexes, *(each.removesuffix(" NOT VALID") for each in constraints if each)}
