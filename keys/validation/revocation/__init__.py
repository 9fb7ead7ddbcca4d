"""Revocation information behind one interface: CRLs, OCSP answers and our own status table.

A ``Source`` answers a ``Question`` about one certificate on its path with the authentic ``Statement``s it has.
Freshness and proofs of existence are left to the decision process; fetching to whoever may open a connection.
"""

from keys.validation.revocation.crl import Crl, MalformedCrl
from keys.validation.revocation.crl_source import CrlSource
from keys.validation.revocation.ocsp import OcspSource
from keys.validation.revocation.ocsp_answer import MalformedAnswer
from keys.validation.revocation.statement import Question, Source, Statement, Status
from keys.validation.revocation.status_table import Row, StatusTableSource

__all__ = [
    "Crl",
    "CrlSource",
    "MalformedAnswer",
    "MalformedCrl",
    "OcspSource",
    "Question",
    "Row",
    "Source",
    "Statement",
    "Status",
    "StatusTableSource",
]
