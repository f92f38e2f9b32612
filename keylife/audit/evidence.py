"""The death certificates that are kept, by what the log says of them."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import select

from keylife.audit.verify import Proofs
from keylife.store.database import Database
from keylife.store.tables import certificates


def kept_proofs(database: Database) -> Proofs:
    """The hash of every certificate in the store.

    Raises:
        StoreError: the store cannot be used.
    """
    columns = certificates.c.revocation, certificates.c.version, certificates.c.place
    with database.reading() as connection:
        found = connection.execute(select(*columns, certificates.c.body))
        return {
            (row.revocation, row.version, row.place): sha256(row.body).hexdigest() for row in found
        }
