"""What an authority keeps fresh, in the caller's transaction: its CRL, and the short-lived key that answers for it.

Both are the worker's work (``Vault``); web processes read the outcome with ``read_responders`` and ``newest_list``.
"""

from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection

from keys.authority import crl
from keys.authority.certificate import make_responder
from keys.authority.crl import Entry
from keys.authority.reasons import Reason
from keys.authority.responder import Responder
from keys.authority.vault import Vault, authority, private_bytes, private_key
from keys.sealing import Sealer
from keys.store import authorities as store
from keys.store import certificates
from keys.store.authorities import ListRow, ResponderRow

EXPIRED_KEPT = 2 * crl.LIFETIME
"""Seconds that an expired certificate stays listed: on one list at least that was made after it (RFC 5280 §3.3)."""
_PURPOSE = "responder key"


def publish_list(connection: Connection, vault: Vault, name: str, now: float) -> int:
    """Sign an authority's list as of now and put it in the place of the last one; gives its number."""
    last = store.newest_list(connection, name, hold=True)
    number = last.number + 1 if last else 1
    rows = certificates.revoked(connection, name, int(now) - EXPIRED_KEPT)
    entries = (Entry(int(row.serial, 16), row.since or 0, Reason(row.reason or Reason.UNSPECIFIED)) for row in rows)
    signed = crl.make_crl(vault.issuer(connection, name), entries, number, int(now))
    store.publish_list(connection, ListRow(name, number, crl.encoded(signed), now, int(now) + crl.LIFETIME))
    return number


def lists_due(connection: Connection, now: float) -> list[str]:
    """Give the issuing authorities whose list is three quarters through its life."""
    issuing = [row.name for row in store.every(connection) if row.issuer is not None]
    found = ((name, store.newest_list(connection, name)) for name in issuing)
    return [name for name, newest in found if newest is None or newest.next_update - now < crl.LIFETIME / 4]


def renew_responders(connection: Connection, vault: Vault, sealer: Sealer, now: int) -> list[str]:
    """Give every issuing authority a responder, and a new one when half the life of the last is over."""
    have = {row.authority: row for row in store.every_responder(connection)}
    renewed = []
    for row in store.every(connection):
        old = have.get(row.name)
        if row.issuer is None or (old is not None and now < (old.not_before + old.not_after) // 2):
            continue
        key = ec.generate_private_key(ec.SECP256R1())
        made = make_responder(key.public_key(), vault.issuer(connection, row.name), now)
        sealed = sealer.seal(private_bytes(key), f"{_PURPOSE} {row.name}")
        begins, ends = (int(each.timestamp()) for each in (made.not_valid_before_utc, made.not_valid_after_utc))
        encoded = made.public_bytes(Encoding.DER)
        store.replace_responder(connection, ResponderRow(row.name, encoded, sealed, begins, ends))
        renewed.append(row.name)
    return renewed


def read_responders(connection: Connection, sealer: Sealer) -> Mapping[str, Responder]:
    """Give each authority's responder by the authority's name."""
    rows = {row.name: row for row in store.every(connection)}
    return {
        row.authority: Responder(
            authority(rows[row.authority]),
            x509.load_der_x509_certificate(row.certificate),
            private_key(sealer.open(row.key_sealed, f"{_PURPOSE} {row.authority}")),
        )
        for row in store.every_responder(connection)
    }
