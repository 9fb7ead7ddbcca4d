"""The authorities as a web process knows them: certificates and responders, read and imported once for each change."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from keys.authority.certificate import Authority
from keys.authority.publication import read_responders
from keys.authority.responder import Responder
from keys.authority.vault import authority
from keys.sealing import Sealer
from keys.store import authorities as store


@dataclass(frozen=True)
class Directory:
    """Every authority and every responder by the authority's name."""

    authorities: Mapping[str, Authority]
    responders: Mapping[str, Responder]


def load_directory(connection: Connection, sealer: Sealer) -> Directory:
    """Read and import them all; empty where no ceremony was held."""
    found = {row.name: authority(row) for row in store.every(connection)}
    return Directory(found, read_responders(connection, sealer))
