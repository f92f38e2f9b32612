"""A certificate is kept byte for byte, belongs to a holding, and is never replaced."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from keylife.store import certificates, revocations
from keylife.store.certificates import Certificate
from keylife.store.database import Database
from keylife.store.errors import StoreRefusedError
from keylife.store.tables import certificates as certificates_table
from tests.store.builders import holding, revocation
from tests.store.instants import NOON

PROOF = Certificate("r1", 1, "aws-iam/AKIA1", b'{"a":"\xc3\xa9"}', bytes(range(64)), "k1", NOON)


def keep(database: Database, certificate: Certificate) -> bool:
    with database.writing() as connection:
        return certificates.keep(connection, certificate)


def test_the_first_stays_byte_for_byte(database: Database) -> None:
    with database.writing() as connection:
        revocations.accept(connection, revocation(), [holding()])

    assert keep(database, PROOF)
    assert not keep(database, replace(PROOF, body=b"{}"))

    with database.reading() as connection:
        assert certificates.of_revocation(connection, "r1") == [PROOF]
        assert certificates.of_revocation(connection, "r2") == []
    with pytest.raises(StoreRefusedError), database.writing() as connection:
        connection.execute(update(certificates_table).values(body=b"{}"))


def test_there_is_no_proof_of_what_nobody_asked_for(database: Database) -> None:
    with pytest.raises(StoreRefusedError):
        keep(database, PROOF)
