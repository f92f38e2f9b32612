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
    text,
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
    Column("fence", BigInteger, nullable=False),  # rises with every new holder, never falls
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
    Column("fence", BigInteger, primary_key=True),  # of the claim it was born under
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
    Column("fence", BigInteger, primary_key=True),
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
    Column("way", Text, nullable=False),  # reviewed, emergency, rotation
    Column("state", Text, nullable=False),  # open, proven, weak
    Column("settled", UtcInstant),
    Index("keylife_revocations_key", "key"),
    Index("keylife_revocations_state", "state"),
)

holdings = Table(
    "keylife_holdings",
    METADATA,
    Column("revocation", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("system", Text, nullable=False),
    Column("holding", CanonicalJson, nullable=False),  # as it was when the revoke was accepted
    Column("phase", Text, nullable=False),  # pending, refused, weak, proven
    Column("attempts", Integer, nullable=False),
    Column("waits_for", Text),  # why it does not go on
    Column("waiting_since", UtcInstant),
    Column("first_refused", UtcInstant),
    Column("last_accepted", UtcInstant),
    Column("due", UtcInstant),  # when it is to be taken up again; none once it is settled
    Column("progress", CanonicalJson, nullable=False),  # the engine's own record, whole
    Column("saved", BigInteger, nullable=False),  # how often: what a save is compared with
    ForeignKeyConstraint(["revocation"], ["keylife_revocations.id"]),
    Index("keylife_holdings_phase", "phase", "due"),
)

certificates = Table(
    "keylife_certificates",
    METADATA,
    Column("revocation", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),  # canonical JSON, exactly as it was signed
    Column("signature", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signed", UtcInstant, nullable=False),
    ForeignKeyConstraint(
        ["revocation", "version", "place"],
        [f"keylife_holdings.{name}" for name in ("revocation", "version", "place")],
    ),
)

_BIG_KEY = BigInteger().with_variant(Integer(), "sqlite")
"""There an integer that is the primary key has 64 bits and needs no index of its own."""

audit = Table(
    "keylife_audit",
    METADATA,
    Column("sequence", _BIG_KEY, primary_key=True, autoincrement=False),
    Column("entry", LargeBinary, nullable=False),  # canonical JSON, exactly as it was hashed
    Column("nodes", LargeBinary, nullable=False),  # its hash, and those of subtrees it completes
    Column("signature", LargeBinary),  # of the head that ends with it; none within a batch
    Column("key", Text, nullable=False),
    Column("once", Text),  # by which it is recorded once, however often it is asked for
    Index("keylife_audit_key", "key"),
    Index(
        "keylife_audit_once",
        "once",
        unique=True,
        sqlite_where=text("once IS NOT NULL"),
        postgresql_where=text("once IS NOT NULL"),
    ),
)
