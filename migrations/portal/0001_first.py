"""first."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "browser_sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("dies_at", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("sid", sa.String(length=255), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("visit", sa.LargeBinary(), nullable=True),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("person_version", sa.BigInteger(), nullable=False),
        sa.Column("refreshing_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_sessions")),
    )
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_browser_sessions_dies_at"), ["dies_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_browser_sessions_sid"), ["sid"], unique=False)
        batch_op.create_index(batch_op.f("ix_browser_sessions_subject"), ["subject"], unique=False)

    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("dies_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_dies_at"), ["dies_at"], unique=False)

    op.create_table(
        "used_logout_tokens",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("dies_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_used_logout_tokens")),
    )
    with op.batch_alter_table("used_logout_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_logout_tokens_dies_at"), ["dies_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_used_logout_tokens_sid"), ["sid"], unique=False)
        batch_op.create_index(batch_op.f("ix_used_logout_tokens_subject"), ["subject"], unique=False)
