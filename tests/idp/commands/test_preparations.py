"""What ``motcua demo`` prepares: whole the first time, nothing the second, following addresses that changed."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from idp.commands.migrating import bring_up, revision
from idp.commands.preparations import mark_demo, prepare_provider
from idp.commands.supervision.ground import NotReady
from idp.domain.clients import Client
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store import audit, installation
from idp.store.accounts import accounts
from idp.store.tables import every_metadata
from keys.signing_keys import load_key_ring
from migrations import head
from migrations.runner import Target
from tests.support.clock import StoppedClock


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """A demo over an empty database, migrated already."""
    bring_up([Target("idp", "idp", database_url, every_metadata)])
    return Settings(home=tmp_path / "var", demo=True, database_url=database_url)


@pytest.fixture
def services(settings: Settings, clock: StoppedClock) -> Iterator[Services]:
    """The same provider, to look into."""
    made = make_services(settings, clock)
    yield made
    made.database.dispose()


def secret_of(settings: Settings) -> Path:
    return settings.home / "clients" / "portal-province.secret"


def registered(services: Services) -> Client:
    services.freshness.look()
    client = services.clients.get("portal-province")
    assert client is not None
    return client


def test_a_new_database_is_brought_to_the_newest_revision(database_url: str) -> None:
    target = Target("idp", "idp", database_url, every_metadata)
    assert revision(database_url, "idp") is None
    bring_up([target])
    assert revision(database_url, "idp") == head("idp")


def test_a_current_database_is_left_alone(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target = Target("idp", "idp", database_url, every_metadata)
    bring_up([target])
    monkeypatch.setattr("migrations.runner.upgrade", lambda _: pytest.fail("there was nothing to do"))
    bring_up([target])


def test_looking_for_a_revision_makes_no_file(tmp_path: Path) -> None:
    assert revision(f"sqlite:///{tmp_path / 'nowhere' / 'idp.sqlite'}", "idp") is None
    assert revision(f"sqlite:///{tmp_path / 'idp.sqlite'}", "idp") is None
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "idp.sqlite").write_text("this is a letter, not a database")
    with pytest.raises(NotReady, match="The database idp cannot be used: file is not a database"):
        bring_up([Target("idp", "idp", f"sqlite:///{tmp_path / 'idp.sqlite'}", every_metadata)])


def test_a_demo_is_recorded_and_has_keys_to_sign_with(settings: Settings, services: Services) -> None:
    prepare_provider(settings)
    with services.database.read() as connection:
        assert installation.is_demo(connection)
        assert set(load_key_ring(connection, services.sealer).signing) >= {"RS256", "ES256"}
        actions = connection.execute(select(audit.waiting.c.action)).scalars().all()
    assert "demo_seeded" in actions


def test_the_second_start_makes_nothing_anew(settings: Settings, services: Services) -> None:
    def made() -> tuple[object, ...]:
        with services.database.read() as connection:
            keys = load_key_ring(connection, services.sealer).jwks()
            entries = connection.execute(select(func.count()).select_from(audit.waiting)).scalar_one()
        return keys, entries, {path.name: path.read_text() for path in (settings.home / "clients").iterdir()}

    prepare_provider(settings)
    first = made()
    prepare_provider(settings)
    assert made() == first


def test_a_database_with_real_people_never_becomes_a_demo(settings: Settings, services: Services) -> None:
    row = {"id": "a-1", "kind": "citizen", "state": "active", "identity_level": 2, "name_sealed": b"x", "demo": False}
    with services.database.write() as connection:
        connection.execute(insert(accounts).values(**row, created_at=1, updated_at=1))
    with pytest.raises(NotReady, match="holds real accounts"):
        prepare_provider(settings)
    with services.database.read() as connection:
        assert not installation.is_demo(connection)


def test_people_who_came_after_the_demo_was_made_are_the_demos(settings: Settings, services: Services) -> None:
    prepare_provider(settings)
    row = {"id": "a-1", "kind": "citizen", "state": "active", "identity_level": 1, "name_sealed": b"x", "demo": False}
    with services.database.write() as connection:
        connection.execute(insert(accounts).values(**row, created_at=1, updated_at=1))
    mark_demo(services)


def test_a_portal_is_registered_and_reads_its_secret(settings: Settings, services: Services) -> None:
    prepare_provider(settings)
    client = registered(services)
    assert client.redirect_uris == ("http://localhost:8003/callback",)
    assert client.backchannel_logout_uri == "http://localhost:8003/backchannel-logout"
    assert (client.agency, client.sector) == ("H49", "agency:H49")
    assert client.has_secret(secret_of(settings).read_text(), services.secrets)
    assert stat.S_IMODE(secret_of(settings).stat().st_mode) == 0o600
    assert stat.S_IMODE(secret_of(settings).parent.stat().st_mode) == 0o700


def test_a_portal_that_moved_keeps_its_secret(settings: Settings, services: Services) -> None:
    prepare_provider(settings)
    secret = secret_of(settings).read_text()
    moved = settings.model_copy(update={"site_province_url": "https://h49.example.vn"})
    prepare_provider(moved)
    assert registered(services).redirect_uris == ("https://h49.example.vn/callback",)
    assert registered(services).has_secret(secret, services.secrets)
    assert secret_of(settings).read_text() == secret


def test_a_lost_secret_is_replaced(settings: Settings, services: Services) -> None:
    prepare_provider(settings)
    lost = secret_of(settings).read_text()
    secret_of(settings).unlink()
    prepare_provider(settings)
    assert registered(services).has_secret(secret_of(settings).read_text(), services.secrets)
    assert not registered(services).has_secret(lost, services.secrets)
