"""Certificates, recoveries, what validation keeps, and what an agreement was made for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PARTIAL = (
    ("ix_audit_entries_account_id_at", "audit_entries", ["account_id", "at"], "account_id IS NOT NULL"),
    ("ix_refresh_families_ended_at", "refresh_families", ["ended_at"], "ended_at IS NOT NULL"),
)
"""Indexes of which only a part is ever asked for."""


def upgrade() -> None:
    op.create_table(
        "revocation_data",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("fetched_at", sa.Float(precision=53), nullable=True),
        sa.Column("asked_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_revocation_data")),
    )
    with op.batch_alter_table("revocation_data", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revocation_data_asked_at"), ["asked_at"], unique=False)

    op.create_table(
        "revocation_hosts",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("rests_until", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_revocation_hosts")),
    )
    with op.batch_alter_table("revocation_hosts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revocation_hosts_rests_until"), ["rests_until"], unique=False)

    op.create_table(
        "validation_batches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=128), nullable=False),
        sa.Column("sector", sa.String(length=255), nullable=False),
        sa.Column("idempotency", sa.String(length=64), nullable=True),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("expires_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_validation_batches")),
        sa.UniqueConstraint("client_id", "idempotency", name=op.f("uq_validation_batches_client_id")),
    )
    with op.batch_alter_table("validation_batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_validation_batches_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "validation_items",
        sa.Column("batch_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("policy", sa.String(length=100), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=True),
        sa.Column("report_kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.Column("asked_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("indication", sa.String(length=32), nullable=True),
        sa.Column("sub_indication", sa.String(length=64), nullable=True),
        sa.Column("report_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("finished_at", sa.Float(precision=53), nullable=True),
        sa.Column("expires_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_validation_items")),
    )
    with op.batch_alter_table("validation_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_validation_items_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_validation_items_state"), ["state"], unique=False)

    op.create_table(
        "recoveries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed_by", sa.String(length=36), nullable=False),
        sa.Column("confirmed_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_recoveries_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
    )
    with op.batch_alter_table("recoveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recoveries_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recoveries_effective_at"), ["effective_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_recoveries_ended_at"), ["ended_at"], unique=False)

    op.create_table(
        "authorities",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("hierarchy", sa.String(length=16), nullable=False),
        sa.Column("issuer", sa.String(length=32), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_authorities")),
    )
    op.create_table(
        "certificate_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("profile", sa.String(length=32), nullable=False),
        sa.Column("key_place", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.String(length=32), nullable=True),
        sa.Column("refusal", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_requests")),
    )
    with op.batch_alter_table("certificate_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_requests_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificate_requests_requested_at"), ["requested_at"], unique=False)

    op.create_table(
        "certificates",
        sa.Column("serial", sa.String(length=32), nullable=False),
        sa.Column("authority", sa.String(length=32), nullable=False),
        sa.Column("profile", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("key_place", sa.String(length=16), nullable=False),
        sa.Column("key_thumbprint", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("name_lookup", sa.String(length=64), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.Float(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("since", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["authority"], ["authorities.name"], name=op.f("fk_certificates_authority_authorities")
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_certificates")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_certificates_fingerprint")),
        sa.UniqueConstraint("key_thumbprint", name=op.f("uq_certificates_key_thumbprint")),
    )
    with op.batch_alter_table("certificates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificates_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificates_authority"), ["authority"], unique=False)
        batch_op.create_index(batch_op.f("ix_certificates_name_lookup"), ["name_lookup"], unique=False)

    op.create_table(
        "responders",
        sa.Column("authority", sa.String(length=32), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["authority"], ["authorities.name"], name=op.f("fk_responders_authority_authorities")),
        sa.PrimaryKeyConstraint("authority", name=op.f("pk_responders")),
    )
    op.create_table(
        "revocation_lists",
        sa.Column("authority", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.Float(), nullable=False),
        sa.Column("next_update", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority"], ["authorities.name"], name=op.f("fk_revocation_lists_authority_authorities")
        ),
        sa.PrimaryKeyConstraint("authority", name=op.f("pk_revocation_lists")),
    )
    op.create_table(
        "certificate_contents",
        sa.Column("serial", sa.String(length=32), nullable=False),
        sa.Column("der_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["serial"], ["certificates.serial"], name=op.f("fk_certificate_contents_serial_certificates")
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_certificate_contents")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name_fingerprint", sa.String(length=64), nullable=True))
        batch_op.create_index(batch_op.f("ix_accounts_name_fingerprint"), ["name_fingerprint"], unique=False)

    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_audit_entries_released",
            ["account_id", "at", "id"],
            unique=False,
            sqlite_where=sa.text(
                "(action IN ('userinfo_read', 'token_introspected', 'personal_data_read', 'consent_given', 'consent_withdrawn') OR reason = 'id_token')"
            ),
            postgresql_where=sa.text(
                "(action IN ('userinfo_read', 'token_introspected', 'personal_data_read', 'consent_given', 'consent_withdrawn') OR reason = 'id_token')"
            ),
        )

    # Of an agreement made before, the purposes are not known: empty, so that the person is asked once more.
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purposes", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.alter_column("purposes", server_default=None)

    for name, table, columns, where in PARTIAL:
        op.drop_index(name, table)
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
