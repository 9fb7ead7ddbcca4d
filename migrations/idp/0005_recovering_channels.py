"""Channels changed of late recover no account yet; those from before do, since nobody can say when they changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sign_in_names", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recovers_from", sa.BigInteger(), nullable=True))
