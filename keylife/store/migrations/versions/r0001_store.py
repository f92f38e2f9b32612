"""The first tables: claims, tombstones, births, fingerprints, revocations and their proof."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from keylife.store.migrations.triggers import never, tables_of_history

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them, and let nobody rewrite what is history in them."""
    _claims()
    _tombstones()
    _births()
    _recognised()
    _revocations()
    tables_of_history(
        "keylife_tombstones", "keylife_births", "keylife_endings", "keylife_certificates"
    )
    never("keylife_claims", "DELETE", "a claim is released, its fence stays")
    never("keylife_claims", "UPDATE", "a fence never falls", "NEW.fence < OLD.fence")
    never("keylife_holdings", "DELETE", "what a revoke must reach is never forgotten")
    never("keylife_revocations", "DELETE", "an accepted revocation is never lost")
    never("keylife_revocations", "UPDATE", "it is settled already", "OLD.settled IS NOT NULL")


def _claims() -> None:
    op.create_table(
        "keylife_claims",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("stack", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger()),
    )


def _tombstones() -> None:
    op.create_table(
        "keylife_tombstones",
        sa.Column("what", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), primary_key=True),
        sa.Column("skeleton", sa.Text()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("stack", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
    )
    op.create_index("keylife_tombstones_skeleton", "keylife_tombstones", ["skeleton"])
    op.create_index("keylife_tombstones_key", "keylife_tombstones", ["key"])


def _births() -> None:
    op.create_table(
        "keylife_births",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("fence", sa.BigInteger(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text()),
        sa.Column("imported", sa.Text()),
        sa.Column("birth", sa.BigInteger(), nullable=False),
        sa.Column("expiry", sa.BigInteger(), nullable=False),
        sa.Column("rotation_due", sa.BigInteger(), nullable=False),
        sa.Column("grace", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("adopted", sa.BigInteger()),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "keylife_endings",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("fence", sa.BigInteger(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("what", sa.Text(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )


def _recognised() -> None:
    op.create_table(
        "keylife_fingerprints",
        sa.Column("hash_key", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stack", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
    )
    op.create_index("keylife_fingerprints_key", "keylife_fingerprints", ["key", "number"])
    op.create_table(
        "keylife_cloud_ids",
        sa.Column("value", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stack", sa.Text(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
    )
    op.create_index("keylife_cloud_ids_key", "keylife_cloud_ids", ["key", "number"])
    op.create_table(
        "keylife_observations",
        sa.Column("system", sa.Text(), primary_key=True),
        sa.Column("credential", sa.Text(), primary_key=True),
        sa.Column("used", sa.BigInteger()),
        sa.Column("with_what", sa.Text()),
        sa.Column("seen", sa.BigInteger(), nullable=False),
    )


def _revocations() -> None:
    op.create_table(
        "keylife_revocations",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("stack", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled", sa.BigInteger()),
    )
    op.create_index("keylife_revocations_key", "keylife_revocations", ["key"])
    op.create_index("keylife_revocations_state", "keylife_revocations", ["state"])
    op.create_table(
        "keylife_holdings",
        sa.Column("revocation", sa.Text(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("place", sa.Text(), primary_key=True),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("holding", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("waits_for", sa.Text()),
        sa.Column("waiting_since", sa.BigInteger()),
        sa.Column("first_refused", sa.BigInteger()),
        sa.Column("last_accepted", sa.BigInteger()),
        sa.Column("due", sa.BigInteger()),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("saved", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["revocation"], ["keylife_revocations.id"]),
    )
    op.create_index("keylife_holdings_phase", "keylife_holdings", ["phase", "due"])
    op.create_table(
        "keylife_certificates",
        sa.Column("revocation", sa.Text(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("place", sa.Text(), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revocation", "version", "place"],
            [f"keylife_holdings.{name}" for name in ("revocation", "version", "place")],
        ),
    )
