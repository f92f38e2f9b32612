"""What was revoked is known again by id, by look, by material and by the issuer's id; for ever."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import Executable, delete, text, update

from keylife.store import fingerprints, tombstones
from keylife.store.database import Database
from keylife.store.errors import StoreRefusedError
from keylife.store.fingerprints import HashKey, HashKeys, Seen
from keylife.store.tables import tombstones as tombstones_table
from keylife.store.tombstones import Death
from tests.store.builders import STACK, death
from tests.store.instants import HOUR, NOON

KEYS = HashKeys((HashKey("k1", b"k" * 32),))


def bury(database: Database, buried: Death) -> bool:
    with database.writing() as connection:
        return tombstones.bury(connection, buried, NOON)


def alike(database: Database, *ids: str) -> Mapping[str, Death]:
    with database.reading() as connection:
        return tombstones.of_lookalikes(connection, ids)


def test_a_revoked_id_is_known_in_every_stack(database: Database) -> None:
    assert bury(database, death())

    with database.reading() as connection:
        assert tombstones.of_ids(connection, ["billing-deploy", "metrics"]) == {
            "billing-deploy": death()
        }
    assert death().phrase == (
        "revoked 2026-12-01T12:00:00Z, keyCompromise, by oncall@example.com, INC-7,"
        " in stack organization/payments/prod, in an emergency"
    )


def test_of_two_ends_the_first_stays(database: Database) -> None:
    bury(database, death())

    assert not bury(database, death(reason="superseded", at=NOON + HOUR))

    with database.reading() as connection:
        assert tombstones.of_ids(connection, ["billing-deploy"])["billing-deploy"] == death()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("bi11ing-deploy", id="ones for els"),
        pytest.param("BILLING-Depl0y", id="case and a zero"),
        pytest.param("billing--deploy", id="a doubled hyphen"),
        pytest.param("billing-deploy.", id="a trailing dot"),
        pytest.param("billing-dерloy", id="Cyrillic letters"),  # noqa: RUF001
        pytest.param("ｂilling-deploy", id="a full-width letter"),  # noqa: RUF001
        pytest.param("billing\u200b-deploy", id="a character nobody sees"),
    ],
)
def test_what_looks_like_a_revoked_id_is_known_as_well(database: Database, name: str) -> None:
    bury(database, death())

    assert alike(database, name) == {name: death()}


def test_the_id_itself_and_another_do_not_look_like_it(database: Database) -> None:
    bury(database, death())

    assert alike(database, "billing-deploy", "billing-deploys", "metrics") == {}
    assert set(alike(database, "bi11ing-deploy", "billing--deploy")) == {
        "bi11ing-deploy",
        "billing--deploy",
    }


def test_its_material_and_its_issuers_ids_are_buried_with_it(database: Database) -> None:
    of = Seen("billing-deploy", 2, STACK)
    with database.writing() as connection:
        fingerprints.record(connection, of, {"secret": "s3cret"}, KEYS, NOON)
        fingerprints.record(connection, Seen("metrics", 1, STACK), {"t": "other"}, KEYS, NOON)
        fingerprints.record_cloud_id(connection, of, "AKIA1", NOON)

    bury(database, death())

    asked = (KEYS.of("s3cret"), KEYS.of("other"))
    with database.reading() as connection:
        assert tombstones.of_fingerprints(connection, asked) == {asked[0]: death()}
        assert tombstones.of_cloud_ids(connection, ["AKIA1", "AKIA2"]) == {"AKIA1": death()}


def test_what_becomes_known_later_is_buried_by_burying_again(database: Database) -> None:
    bury(database, death())
    with database.writing() as connection:
        of = Seen("billing-deploy", 1, STACK)
        fingerprints.record(connection, of, {"secret": "s3cret"}, KEYS, NOON)

    assert not bury(database, death())

    with database.reading() as connection:
        assert tombstones.of_fingerprints(connection, [KEYS.of("s3cret")])


def test_nothing_lifts_a_tombstone(database: Database) -> None:
    bury(database, death())
    whole = "TRUNCATE keylife_tombstones" if not database.is_sqlite else None

    statements: list[Executable] = [
        delete(tombstones_table),
        update(tombstones_table).values(value="free-again"),
        text("DELETE FROM keylife_tombstones WHERE value = 'billing-deploy'"),
        *([text(whole)] if whole else []),
    ]
    for statement in statements:
        with pytest.raises(StoreRefusedError, match="never"), database.writing() as connection:
            connection.execute(statement)

    with database.reading() as connection:
        assert tombstones.of_ids(connection, ["billing-deploy"])


def test_they_can_be_replayed_into_an_empty_store(database: Database) -> None:
    bury(database, death())
    with database.reading() as connection:
        known = list(tombstones.everything(connection))
    assert [found.value for found in known] == ["billing-deploy"]

    with database.writing() as connection:
        assert not any(tombstones.lay(connection, found) for found in known)
