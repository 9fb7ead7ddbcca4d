"""Every operation of the API, in the order of the document: adding one is adding it to its group."""

from idp.http.api import accounts, certificates, clients, counter, sessions, signature_batches, signatures, trust
from idp.http.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *clients.OPERATIONS,
    *accounts.OPERATIONS,
    *sessions.OPERATIONS,
    *certificates.OPERATIONS,
    *counter.OPERATIONS,
    *signatures.OPERATIONS,
    *signature_batches.OPERATIONS,
    *trust.OPERATIONS,
)
