"""The key ceremony: makes each root and the authorities below it, once, after ``profiles.json``.

The roots' lists of revoked authorities (RFC 5280 §5) are signed here too, because their keys are at hand at no other time.
"""

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection

from keys.authority import crl, profiles
from keys.authority.certificate import Addresses, Authority, Issuer, make_authority, make_root
from keys.authority.profiles import AuthorityProfile
from keys.authority.vault import Vault
from keys.store import authorities as store
from keys.store.authorities import AuthorityRow, ListRow


def hold(connection: Connection, vault: Vault, addresses: Addresses, now: float) -> list[str]:
    """Make every authority that is not there yet; gives their names. Holding it again changes nothing."""
    made = []
    for profile in profiles.authorities().values():
        if store.find(connection, profile.name) is None:
            _make(connection, vault, profile, addresses, now)
            made.append(profile.name)
    return made


def _make(connection: Connection, vault: Vault, profile: AuthorityProfile, addresses: Addresses, now: float) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    if profile.issuer is None:
        certificate = make_root(profile, key, int(now))
    else:
        above = vault.issuer(connection, profile.issuer)
        certificate = make_authority(profile, key.public_key(), above, addresses, int(now))
    issuer = Issuer(Authority(profile.name, profile.hierarchy, certificate), key)
    sealed = vault.seal(profile.name, key)
    der = issuer.authority.der
    store.add(connection, AuthorityRow(profile.name, profile.hierarchy, profile.issuer, der, sealed, int(now)))
    lifetime = crl.ROOT_LIFETIME if profile.issuer is None else crl.LIFETIME
    first = crl.encoded(crl.make_crl(issuer, (), 1, int(now), lifetime))
    store.publish_list(connection, ListRow(profile.name, 1, first, now, int(now) + lifetime))
