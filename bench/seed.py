"""Seeds the provider that is measured: keys, a person with an open session, people with passwords, and clients."""

import json
import uuid

from bench.peers import PASSWORD, PEOPLE
from idp.domain import accounts, registration, sessions
from idp.domain.accounts import NewAccount
from idp.domain.authenticators import password
from idp.domain.key_rotation import rotate_keys
from idp.domain.profile import SealedColumns
from idp.services import Services, make_services
from idp.settings import Settings
from idp.store.accounts import AccountRow, add
from idp.store.tables import every_metadata
from keys.sealing import make_key_file


def main() -> None:
    """Print the clients' credentials and the session's cookie as JSON."""
    settings = Settings()
    assert settings.key_encryption_key_file is not None
    make_key_file(settings.key_encryption_key_file)
    services = make_services(settings)
    for metadata in every_metadata:
        metadata.create_all(services.database.engine)
    rotate_keys(services)
    account_id, now = str(uuid.uuid4()), services.now()
    sealed = SealedColumns(services.sealer, account_id).seal("Nguyễn Thị Minh Khai", "name") or b""
    with services.database.write() as connection:
        add(connection, AccountRow(account_id, "citizen", "active", 2, sealed, now, now))
    _people(services)
    _, cookie = sessions.open_session(services, account_id, [{"kind": "password", "at": now}])
    clients = {algorithm: _client(services, algorithm) for algorithm in ("RS256", "ES256")}
    clients["opaque"] = _client(services, "RS256", access_token_format="opaque")
    print(json.dumps({"clients": clients, "cookie": f"__Host-motcua_idp_session={cookie}"}))
    services.database.dispose()


def _people(services: Services) -> None:
    """People who sign in with a name and the one password."""
    hashed = services.passwords.hash(PASSWORD)
    with services.database.write() as connection:
        for phone in PEOPLE:
            given = {"at": services.clock(), "actor": ("system", "bench")}
            who = accounts.create(connection, services.sealer, NewAccount("Lê Thùy Dương", phone=phone), **given)  # type: ignore[arg-type]
            password.keep(connection, services.sealer, who, hashed, at=services.now())


def _client(services: object, algorithm: str, **more: str) -> tuple[str, str]:
    metadata = {
        "client_name": "Đo tốc độ",
        "redirect_uris": ["https://portal.example/callback"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "openid profile offline_access ended:read",
        "id_token_signed_response_alg": algorithm,
        **more,
    }
    given = {"by_administrator": True, "first_party": True, "actor": ("operator", "bench")}
    registered = registration.register(services, metadata, **given)  # type: ignore[arg-type]
    return registered.client.client_id, registered.client_secret or ""


if __name__ == "__main__":
    main()
