"""What the store says before a deploy: one key in one stack, and no dead one anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from keylife.errors import Refusal
from keylife.model.key import Key
from keylife.model.ledger import KeyRecord, Ledger, RecordedRevocation
from keylife.store import admission, births, claims, fingerprints, tombstones
from keylife.store.admission import Admitted
from keylife.store.claims import Holder
from keylife.store.database import Database
from keylife.store.fingerprints import Seen
from tests.program.declared import key
from tests.store.builders import STACK, death, holder, record, version
from tests.store.instants import HOUR, NOON

OTHER = Holder("organization/platform/prod", "git.example.com/platform")
TOMBSTONE = {
    "at": "2026-12-01T12:00:00Z",
    "reason": "superseded",
    "by": "ada@example.com",
    "ref": "OPS-2",
}
BILLING = key(id="billing-deploy")


def ledger(*records: KeyRecord) -> Ledger:
    return Ledger(keys={each.id: each for each in records})


def admit(
    database: Database,
    *keys: Key,
    known: Ledger | None = None,
    who: Holder | None = None,
    ended: Mapping[str, RecordedRevocation] | None = None,
) -> Admitted:
    """As a deploy does it: what is refused leaves nothing."""
    with database.engine.connect() as raw:
        marked = raw.execution_options(keylife_writing=True)
        with marked.begin() as transaction:
            admitted = admission.admit(
                marked,
                keys or (BILLING,),
                ended=ended or {},
                ledger=known or Ledger(),
                holder=who or holder(),
                at=NOON,
            )
            if admitted.refusals:
                transaction.rollback()
    return admitted


def foresee(
    database: Database, *keys: Key, known: Ledger | None = None, who: Holder | None = None
) -> tuple[Refusal, ...]:
    with database.reading() as connection:
        return admission.foresee(connection, keys or (BILLING,), known or Ledger(), who or holder())


def bury(database: Database, **fields: Any) -> None:
    with database.writing() as connection:
        tombstones.bury(connection, death(**fields), NOON)


def held(database: Database) -> list[str]:
    with database.reading() as connection:
        return sorted(claims.claims_of(connection, ["billing-deploy", "metrics"]))


def test_what_is_declared_is_claimed_and_what_the_state_knows_is_copied(
    database: Database,
) -> None:
    admitted = admit(database, BILLING, key(id="metrics"), known=ledger(record(version(1))))

    assert (admitted.refusals, admitted.findings) == ((), ())
    assert set(admitted.claims) == {"billing-deploy", "metrics"}
    with database.reading() as connection:
        copied = births.births_of(connection, admitted.claims.values())
    assert copied == {"billing-deploy": record(version(1))}


def test_a_preview_claims_nothing(database: Database) -> None:
    assert foresee(database) == ()

    assert held(database) == []


def test_a_key_of_another_stack_is_refused_with_its_name_and_nothing_is_claimed(
    database: Database,
) -> None:
    admit(database, who=OTHER)

    refused = admit(database, BILLING, key(id="metrics"))

    assert [str(each) for each in refused.refusals] == [
        "`billing-deploy`: it is claimed by stack organization/platform/prod of"
        " git.example.com/platform since 2026-12-01T12:00:00Z; one key lives in one stack: choose"
        " another id here; or, if that stack was destroyed or renamed: keylife store release"
        " organization/platform/prod"
    ]
    assert foresee(database) == refused.refusals
    assert held(database) == ["billing-deploy"]


@pytest.mark.parametrize("who", [holder(), OTHER])
def test_a_revoked_id_lives_in_no_stack(database: Database, who: Holder) -> None:
    bury(database)

    refused = admit(database, who=who).refusals

    assert [each.key for each in refused] == ["billing-deploy"]
    assert "the store has its tombstone (revoked 2026-12-01T12:00:00Z" in refused[0].what
    assert "choose another id" in refused[0].cure
    assert foresee(database, who=who) == refused


def test_a_key_whose_tombstone_is_declared_goes_on_ending(database: Database) -> None:
    bury(database)

    assert admit(database, key(id="billing-deploy", revoked=TOMBSTONE)).refusals == ()


def test_what_this_deploy_revokes_is_dead_everywhere_from_then_on(database: Database) -> None:
    admit(database, known=ledger(record(version(1))))
    ended = RecordedRevocation.model_validate(
        {**TOMBSTONE, "kind": "aws-access-key", "versions": (1,)}
    )

    done = admit(
        database,
        key(id="billing-deploy", revoked=TOMBSTONE),
        known=ledger(record(version(1))),
        ended={"billing-deploy": ended},
    )

    assert done.refusals == ()
    for who in (holder(), OTHER):
        refused = admit(database, who=who).refusals
        assert ["the store has its tombstone" in each.what for each in refused] == [True]


def test_a_look_alike_of_a_revoked_id_is_refused_only_where_it_is_new(
    database: Database,
) -> None:
    double = key(id="bi11ing-deploy")
    admit(database, double)
    bury(database)

    assert admit(database, double).refusals == ()
    refused = admit(database, key(id="billing--deploy")).refusals
    assert [each.what.partition(",")[0] for each in refused] == ["it looks like `billing-deploy`"]
    assert foresee(database, key(id="billing--deploy")) == refused


def test_a_key_does_not_begin_with_a_revoked_credential(database: Database) -> None:
    of = Seen("billing-deploy", 1, STACK)
    with database.writing() as connection:
        fingerprints.record_cloud_id(connection, of, "AKIA1", NOON)
    bury(database)

    def importing(access_key: str) -> Key:
        credential = {"user": "old", "access_key": access_key}
        imported = {"created": "2026-01-01T00:00:00Z", "credential": credential}
        return key(id="metrics", imported=imported)

    assert admit(database, importing("AKIA2")).refusals == ()
    for refused in (
        admit(database, importing("AKIA1")).refusals,
        foresee(database, importing("AKIA1")),
    ):
        assert [each.key for each in refused] == ["metrics"]
        assert "begins with a credential of `billing-deploy`" in refused[0].what


def test_a_state_that_lost_a_living_version_issues_nothing_again(database: Database) -> None:
    admit(database, known=ledger(record(version(1), version(2))))

    refused = admit(database, known=ledger(record(version(1)))).refusals

    assert [each.key for each in refused] == ["billing-deploy"]
    assert "version 2 was born 2026-12-01T12:00:00Z, and the state does not know it" in (
        refused[0].what
    )
    assert "keylife ledger rebuild" in refused[0].cure
    assert foresee(database, known=ledger(record(version(1)))) == refused
    assert admit(database, known=Ledger()).refusals[0].key == "billing-deploy"


def test_a_birth_that_the_state_tells_otherwise_is_a_finding_and_no_refusal(
    database: Database,
) -> None:
    admit(database, known=ledger(record(version(1))))

    admitted = admit(database, known=ledger(record(version(1, expiry=NOON + 9_000 * HOUR))))

    assert admitted.refusals == ()
    assert [each.field for each in admitted.findings] == ["expiry"]


def test_a_stack_that_was_destroyed_by_its_program_begins_anew(database: Database) -> None:
    first = admit(database, known=ledger(record(version(1))))
    with database.writing() as connection:
        claim = first.claims["billing-deploy"]
        births.note_ending(connection, claim, 1, births.Ending.DESTROYED, NOON)

    again = admit(database)
    later = admit(database, known=ledger(record(version(1, birth=NOON + HOUR))))

    assert (again.refusals, later.refusals, later.findings) == ((), (), ())
    assert later.claims["billing-deploy"].fence == claim.fence + 1


def test_what_is_known_by_fingerprint_is_told(database: Database) -> None:
    keys = fingerprints.HashKeys((fingerprints.HashKey("k", b"k" * 32),))
    with database.writing() as connection:
        for name in ("billing-deploy", "metrics"):
            of = Seen(name, 3, STACK)
            fingerprints.record(connection, of, {"a": name, "b": f"{name}2"}, keys, NOON)

    assert admit(database).fingerprinted == frozenset({("billing-deploy", 3)})
