"""The audit log: one row an entry, only ever appended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from keylife.store.migrations.triggers import tables_of_history

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it, and let nobody rewrite it."""
    op.create_table(
        "keylife_audit",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),  # there a rowid: no index
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("nodes", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("once", sa.Text()),
    )
    op.create_index("keylife_audit_key", "keylife_audit", ["key"])
    op.create_index(
        "keylife_audit_once",
        "keylife_audit",
        ["once"],
        unique=True,
        sqlite_where=sa.text("once IS NOT NULL"),
        postgresql_where=sa.text("once IS NOT NULL"),
    )
    tables_of_history("keylife_audit")
