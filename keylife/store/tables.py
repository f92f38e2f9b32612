"""Every table of the store, as the newest migration leaves it.

To add a table: declare it here, on ``METADATA``, under a name that begins with ``keylife_`` (a
PostgreSQL may be shared with others); then write the migration that makes it, as the next file in
``keylife/store/migrations/versions``: ``r0002_audit.py`` with ``revision = "0002"`` and
``down_revision = "0001"``. The head is the last file by name; nothing else has to be told.
``tests/store/test_migrations.py`` holds the two against each other on both databases, and
``tables_of_history`` of ``migrations/triggers.py`` makes rows of history unchangeable.

Every key is a natural one (no counters that a database hands out): a logical copy of the rows is
the store, which is how a backup of one database restores into the other. Instants are
``UtcInstant``, structured values ``CanonicalJson``; no column holds a secret.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

from keylife.store.columns import CanonicalJson, UtcInstant

METADATA = MetaData()

claims = Table(
    "keylife_claims",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("stack", Text, nullable=False),
    Column("repository", Text, nullable=False),  # empty where git does not tell
    Column("since", UtcInstant, nullable=False),
    Column("token", BigInteger, nullable=False),  # rises with every new holder, never falls
    Column("released", UtcInstant),
)

tombstones = Table(
    "keylife_tombstones",
    METADATA,
    Column("what", Text, primary_key=True),  # id, fingerprint, cloud-id
    Column("value", Text, primary_key=True),
    Column("skeleton", Text),  # of an id: what it looks like
    Column("key", Text, nullable=False),
    Column("stack", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("at", UtcInstant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("emergency", Boolean, nullable=False),
    Column("recorded", UtcInstant, nullable=False),
    Index("keylife_tombstones_skeleton", "skeleton"),
    Index("keylife_tombstones_key", "key"),
)

births = Table(
    "keylife_births",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("token", BigInteger, primary_key=True),  # of the claim it was born under
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text),
    Column("imported", CanonicalJson),
    Column("birth", UtcInstant, nullable=False),
    Column("expiry", UtcInstant, nullable=False),
    Column("rotation_due", UtcInstant, nullable=False),
    Column("grace", BigInteger, nullable=False),  # seconds
    Column("cause", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("scope", CanonicalJson, nullable=False),
    Column("adopted", UtcInstant),
    Column("recorded", UtcInstant, nullable=False),
)

endings = Table(
    "keylife_endings",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("token", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("what", Text, primary_key=True),  # deactivated, destroyed
    Column("at", UtcInstant, nullable=False),
)

fingerprints = Table(
    "keylife_fingerprints",
    METADATA,
    Column("hash_key", Text, primary_key=True),  # the id of the key it was hashed with
    Column("digest", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("stack", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("recorded", UtcInstant, nullable=False),
    Index("keylife_fingerprints_key", "key", "number"),
)

cloud_ids = Table(
    "keylife_cloud_ids",
    METADATA,
    Column("value", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("stack", Text, nullable=False),
    Column("recorded", UtcInstant, nullable=False),
    Index("keylife_cloud_ids_key", "key", "number"),
)

observations = Table(
    "keylife_observations",
    METADATA,
    Column("system", Text, primary_key=True),
    Column("credential", Text, primary_key=True),  # what the system calls it: no secret
    Column("used", UtcInstant),  # None: never, as far as the system knows
    Column("with_what", Text),
    Column("seen", UtcInstant, nullable=False),
)

revocations = Table(
    "keylife_revocations",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("stack", Text, nullable=False),
    Column("asked", UtcInstant, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("way", Text, nullable=False),  # reviewed, emergency
    Column("state", Text, nullable=False),  # open, proven, weak
    Column("settled", UtcInstant),
    Index("keylife_revocations_key", "key"),
    Index("keylife_revocations_state", "state"),
)

holdings = Table(
    "keylife_holdings",
    METADATA,
    Column("revocation", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("system", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("facts", CanonicalJson, nullable=False),
    Column("urn", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("phase", Text, nullable=False),  # pending, refused, proven, weak
    Column("why", Text, nullable=False),  # why it is pending; empty once it is not
    Column("since", UtcInstant, nullable=False),  # since when it is in its phase
    Column("attempts", Integer, nullable=False),
    Column("first_refusal", UtcInstant),
    Column("last_acceptance", UtcInstant),
    ForeignKeyConstraint(["revocation"], ["keylife_revocations.id"]),
)

certificates = Table(
    "keylife_certificates",
    METADATA,
    Column("revocation", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),  # canonical JSON, exactly as it was signed
    Column("signature", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signed", UtcInstant, nullable=False),
    ForeignKeyConstraint(
        ["revocation", "place"], ["keylife_holdings.revocation", "keylife_holdings.place"]
    ),
)
