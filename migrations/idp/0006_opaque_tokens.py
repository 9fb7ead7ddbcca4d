"""Opaque access tokens say everything themselves: those that were kept, five minutes' worth, are refused once."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("access_tokens")
