"""Tests of the audit trail: what it keeps, how it is sequenced, and how a change of it is proved."""
