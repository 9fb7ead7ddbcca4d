"""Invented accounts are found by an index of them alone: every start of a provider asks for one."""

from alembic import op
from sqlalchemy import text

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_accounts_demo", "accounts", ["id"], sqlite_where=text("demo = 1"), postgresql_where=text("demo")
    )
