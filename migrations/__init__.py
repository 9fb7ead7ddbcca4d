"""Alembic migrations, forward only: one folder per database."""
