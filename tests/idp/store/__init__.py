"""Tests of idp.store: every repository on SQLite and PostgreSQL, ephemeral state on SQL and Redis."""
