"""What happened waits in a table of its own until it has its number, and the trail itself is only ever added to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


MEMBERS = (
    "id, at, actor_kind, actor_id, action, object_kind, object_id, account_id, agency, client_id, session, reason,"
    " outcome, details"
)


def upgrade() -> None:
    op.create_table(
        "audit_waiting",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.String(length=255), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("agency", sa.String(length=32), nullable=True),
        sa.Column("client_id", sa.String(length=255), nullable=True),
        sa.Column("session", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("at", "id", name=op.f("pk_audit_waiting")),
    )
    op.execute(f"INSERT INTO audit_waiting ({MEMBERS}) SELECT {MEMBERS} FROM audit_entries WHERE number IS NULL")  # noqa: S608
    op.execute("DELETE FROM audit_entries WHERE number IS NULL")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_unnumbered")
        batch_op.alter_column("number", existing_type=sa.BigInteger(), nullable=False)
        batch_op.alter_column("chain", existing_type=sa.LargeBinary(length=32), nullable=False)
