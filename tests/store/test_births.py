"""Births are copied once, never move, and tell what a state lost or had rewritten."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from keylife.model.ledger import KeyRecord
from keylife.store import births, claims
from keylife.store.births import Disagreement, Ending
from keylife.store.claims import Claim, ClaimLostError
from keylife.store.database import Database
from keylife.store.errors import StoreRefusedError
from keylife.store.tables import births as births_table
from keylife.store.tables import endings
from tests.store.builders import STACK, holder, record, version
from tests.store.instants import HOUR, NOON


def claimed(database: Database) -> Claim:
    with database.writing() as connection:
        found = claims.claim(connection, ["billing-deploy"], holder(), NOON)
    return found.won["billing-deploy"]


def copy(database: Database, claim: Claim, known: KeyRecord) -> list[Disagreement]:
    with database.writing() as connection:
        before = births.births_of(connection, [claim]).get(claim.key)
        return births.copy_births(connection, claim, known, before, NOON)


def read(database: Database, claim: Claim) -> KeyRecord | None:
    with database.reading() as connection:
        return births.births_of(connection, [claim]).get(claim.key)


def test_what_the_state_knew_is_read_back_in_its_own_form(database: Database) -> None:
    mine = claimed(database)
    known = record(
        version(3, deactivated=NOON + HOUR, adopted=NOON),
        version(4, birth=NOON + HOUR, grace=0 * HOUR),
        target="prod-eu",
        destroyed_through=2,
        imported={"created": NOON, "credential": {"access_key_id": "AKIA1"}},
    )

    assert copy(database, mine, known) == []

    assert read(database, mine) == known


def test_what_is_copied_stays_and_only_what_is_new_is_added(database: Database) -> None:
    mine = claimed(database)
    copy(database, mine, record(version(1)))

    copy(database, mine, record(version(1, deactivated=NOON + HOUR), version(2)))
    copy(database, mine, record(version(2), destroyed_through=1))

    assert read(database, mine) == record(version(2), destroyed_through=1)


@pytest.mark.parametrize("field", ["birth", "expiry", "rotation_due"])
def test_a_state_that_was_rewritten_is_a_finding_and_changes_nothing(
    database: Database, field: str
) -> None:
    mine = claimed(database)
    copy(database, mine, record(version(1)))
    later = getattr(version(1), field) + HOUR

    found = copy(database, mine, record(version(1, **{field: later})))

    assert [(each.number, each.field) for each in found] == [(1, field)]
    assert str(found[0]).startswith(f"`billing-deploy`: version 1: {field} is 20")
    assert read(database, mine) == record(version(1))


def test_a_state_that_forgot_a_version_is_a_finding(database: Database) -> None:
    mine = claimed(database)
    copy(database, mine, record(version(1), version(2)))

    found = copy(database, mine, record(version(1)))

    assert [str(each) for each in found] == [
        "`billing-deploy`: version 2 was born 2026-12-01T12:00:00Z, and the state does not know it"
    ]


def test_what_is_destroyed_is_not_missed(database: Database) -> None:
    mine = claimed(database)
    copy(database, mine, record(version(1), version(2)))

    assert copy(database, mine, record(version(2), destroyed_through=1)) == []
    assert copy(database, mine, record(version(2))) == []


def test_what_ended_out_of_turn_ended_alone(database: Database) -> None:
    mine = claimed(database)
    copy(database, mine, record(version(1), version(2)))
    with database.writing() as connection:
        births.note_ending(connection, mine, 2, Ending.DESTROYED, NOON)

    assert read(database, mine) == record(version(1), destroyed_through=2)
    assert copy(database, mine, record(version(1))) == []


def test_a_birth_is_copied_before_its_credential_is_made_by_its_holder_alone(
    database: Database,
) -> None:
    mine = claimed(database)
    with database.writing() as connection:
        births.copy_birth(connection, mine, record(), version(1), NOON)
    assert read(database, mine) == record(version(1))
    with database.writing() as connection:
        claims.release(connection, STACK, NOON)

    with pytest.raises(ClaimLostError), database.writing() as connection:
        births.copy_birth(connection, mine, record(), version(2), NOON)


def test_who_lost_the_claim_copies_nothing(database: Database) -> None:
    mine = claimed(database)
    with database.writing() as connection:
        claims.release(connection, STACK, NOON)

    with pytest.raises(ClaimLostError):
        copy(database, mine, record(version(1)))

    assert read(database, mine) is None


def test_a_stack_that_was_made_anew_begins_anew(database: Database) -> None:
    first = claimed(database)
    copy(database, first, record(version(1)))
    with database.writing() as connection:
        claims.release(connection, STACK, NOON)
    second = claimed(database)

    assert copy(database, second, record(version(1, birth=NOON + HOUR))) == []

    assert read(database, second) == record(version(1, birth=NOON + HOUR))
    assert read(database, first) == record(version(1))


def test_a_birth_never_moves(database: Database) -> None:
    mine = claimed(database)
    copy(database, mine, record(version(1, deactivated=NOON)))

    for statement in (
        update(births_table).values(expiry=NOON + 10_000 * HOUR),
        delete(births_table),
        update(endings).values(at=NOON + HOUR),
        delete(endings),
    ):
        with pytest.raises(StoreRefusedError), database.writing() as connection:
            connection.execute(statement)
