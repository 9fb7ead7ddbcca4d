"""A recovery knows at whose counter it was begun and which new channel it sets; one of an account is open at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("recoveries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agency", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("contact_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("contact_confirmed_at", sa.BigInteger(), nullable=True))
        batch_op.create_index(batch_op.f("ix_recoveries_agency"), ["agency"], unique=False)
        batch_op.create_index(
            "ix_recoveries_one_open",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
