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

RENEWED_BEFORE = 90 * 86400
"""Seconds before a root's list ends from which a ceremony makes the next one."""


def hold(connection: Connection, vault: Vault, addresses: Addresses, now: float) -> list[str]:
    """Make every authority that is not there yet, and every root's list that is due; gives the names of the new ones."""
    made = []
    for profile in profiles.authorities().values():
        if store.find(connection, profile.name) is None:
            _make(connection, vault, profile, addresses, now)
            made.append(profile.name)
        elif profile.issuer is None:
            _renew_list(connection, vault, profile.name, now)
    return made


def _renew_list(connection: Connection, vault: Vault, root: str, now: float) -> None:
    newest = store.newest_list(connection, root, hold=True)
    if newest is not None and newest.next_update - now > RENEWED_BEFORE:
        return
    number, ends = (newest.number if newest else 0) + 1, int(now) + crl.ROOT_LIFETIME
    signed = crl.make_crl(vault.issuer(connection, root), (), number, int(now), crl.ROOT_LIFETIME)
    store.publish_list(connection, ListRow(root, number, crl.encoded(signed), now, ends))


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
