"""A revocation is accepted once, saved by whoever read it last, settled once, and never lost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from sqlalchemy import delete, update

from keylife.store import revocations
from keylife.store.database import Database, open_database
from keylife.store.errors import StoreRefusedError
from keylife.store.revocations import (
    Accepted,
    OtherContentError,
    OvertakenError,
    Phase,
    Revocation,
    Settled,
    Standing,
)
from keylife.store.tables import holdings
from keylife.store.tables import revocations as revocations_table
from keylife.systems.system import Holding
from tests.store.builders import STACK, holding, revocation
from tests.store.instants import HOUR, NOON
from tests.store.processes import at_once

BOTH = (holding("aws-iam/AKIA1"), holding("vault-kv/secret/billing/aws"))


def accept(
    database: Database, asked: Revocation | None = None, held: Sequence[Holding] = BOTH
) -> Accepted:
    with database.writing() as connection:
        return revocations.accept(connection, asked or revocation(), held)


def save(database: Database, standing: Standing) -> Standing:
    with database.writing() as connection:
        return revocations.save(connection, standing)


def settle(database: Database, id: str = "r1") -> Settled | None:
    with database.writing() as connection:
        return revocations.settle(connection, id, NOON + HOUR)


def fetch(database: Database, id: str = "r1") -> Accepted:
    with database.reading() as connection:
        found = revocations.fetch(connection, id)
    assert found is not None
    return found


def finish(database: Database, *phases: Phase) -> None:
    for standing, phase in zip(fetch(database).standings, phases, strict=True):
        save(database, standing.model_copy(update={"phase": phase}))


def test_what_is_accepted_is_read_back_as_it_was(database: Database) -> None:
    asked = revocation(asked=NOON.replace(microsecond=125000))

    accepted = accept(database, asked)

    assert accepted == fetch(database)
    assert accepted.revocation == asked
    assert accepted.settled is Settled.OPEN
    assert [s.holding for s in accepted.standings] == list(BOTH)
    assert {(s.phase, s.due) for s in accepted.standings} == {(Phase.PENDING, asked.asked)}


def test_one_place_may_hold_two_versions(database: Database) -> None:
    held = [holding("vault-kv/secret/x", 1), holding("vault-kv/secret/x", 2)]

    assert len(accept(database, held=held).standings) == 2
    with pytest.raises(ValueError, match="one place"):
        accept(database, revocation("r2"), [held[0], held[0]])


def test_asking_again_is_asking_once_and_shows_how_far_it_is(database: Database) -> None:
    accept(database)
    finish(database, Phase.PROVEN, Phase.PENDING)

    again = accept(database)

    assert [s.phase for s in again.standings] == [Phase.PROVEN, Phase.PENDING]


@pytest.mark.parametrize(
    ("other", "held", "differs"),
    [
        pytest.param({"by": "mallory"}, BOTH, "by", id="asked by another"),
        pytest.param({"reason": "superseded"}, BOTH, "reason", id="for another reason"),
        pytest.param({"asked": NOON + HOUR}, BOTH, "asked", id="at another instant"),
        pytest.param({}, BOTH[:1], "what it has to reach", id="forgetting a place"),
    ],
)
def test_the_same_id_with_other_content_is_refused_and_changes_nothing(
    database: Database, other: dict[str, str], held: Sequence[Holding], differs: str
) -> None:
    before = accept(database)

    with pytest.raises(OtherContentError) as refused:
        accept(database, revocation(**other), held)

    assert refused.value.differs == differs
    assert fetch(database) == before


def test_progress_is_kept_whole(database: Database) -> None:
    first = accept(database).standings[0]
    known = first.model_copy(
        update={
            "phase": Phase.REFUSED,
            "attempts": 3,
            "waits_for": "sealed",
            "waiting_since": NOON,
            "first_refused": NOON.replace(microsecond=1000),
            "last_accepted": NOON,
            "due": NOON + HOUR,
            "progress": {"done": ["deny"], "probes": [{"said": "InvalidClientTokenId"}]},
        }
    )

    saved = save(database, known)

    assert saved == known.model_copy(update={"saved": 1})
    with database.reading() as connection:
        assert revocations.standing(connection, "r1", 1, "aws-iam/AKIA1") == saved


def test_who_read_before_another_saved_is_overtaken(database: Database) -> None:
    read = accept(database).standings[0]
    save(database, read.model_copy(update={"attempts": 1}))

    with pytest.raises(OvertakenError):
        save(database, read.model_copy(update={"attempts": 7}))

    assert fetch(database).standings[0].attempts == 1


@pytest.mark.parametrize(
    ("before", "after", "goes"),
    [
        (Phase.PENDING, Phase.PENDING, True),
        (Phase.PENDING, Phase.REFUSED, True),
        (Phase.PENDING, Phase.PROVEN, True),
        (Phase.REFUSED, Phase.WEAK, True),
        (Phase.REFUSED, Phase.PENDING, False),
        (Phase.PROVEN, Phase.PENDING, False),
        (Phase.PROVEN, Phase.PROVEN, False),
        (Phase.PROVEN, Phase.WEAK, False),
        (Phase.WEAK, Phase.PROVEN, False),
    ],
)
def test_a_phase_never_goes_back(
    database: Database, before: Phase, after: Phase, goes: bool
) -> None:
    read = accept(database).standings[0]
    there = save(database, read.model_copy(update={"phase": before}))

    if goes:
        assert save(database, there.model_copy(update={"phase": after})).phase is after
    else:
        with pytest.raises(OvertakenError):
            save(database, there.model_copy(update={"phase": after}))
        assert fetch(database).standings[0] == there


@pytest.mark.parametrize(
    ("phases", "settled"),
    [
        ((Phase.PROVEN, Phase.PROVEN), Settled.PROVEN),
        ((Phase.PROVEN, Phase.WEAK), Settled.WEAK),
        ((Phase.PROVEN, Phase.REFUSED), None),
        ((Phase.PROVEN, Phase.PENDING), None),
    ],
)
def test_it_is_settled_when_every_system_is(
    database: Database, phases: Sequence[Phase], settled: Settled | None
) -> None:
    accept(database)
    finish(database, *phases)

    assert settle(database) is settled
    assert fetch(database).settled is (settled or Settled.OPEN)
    assert fetch(database).settled_at == (NOON + HOUR if settled else None)


def test_it_is_settled_once(database: Database) -> None:
    accept(database)
    finish(database, Phase.PROVEN, Phase.PROVEN)

    assert [settle(database) for _ in range(3)] == [Settled.PROVEN, None, None]
    assert settle(database, "nobody-asked") is None


def test_what_waits_is_listed_with_its_reason_and_what_is_settled_is_not(
    database: Database,
) -> None:
    accept(database)
    accept(database, revocation("r0", asked=NOON - HOUR, key="metrics"), [holding("vault/1")])
    finish(database, Phase.PROVEN, Phase.PROVEN)
    settle(database)

    with database.reading() as connection:
        waiting = revocations.unsettled(connection)
        of_key = revocations.of_key(connection, "billing-deploy")

    assert [found.revocation.id for found in waiting] == ["r0"]
    assert [s.holding.place for s in waiting[0].standings] == ["vault/1"]
    assert [found.revocation.id for found in of_key] == ["r1"]


def test_what_deploys_of_a_stack_left_is_not_what_an_emergency_or_another_stack_did(
    database: Database,
) -> None:
    for id, way, stack in (
        ("r1", "emergency", STACK),
        ("r2", "reviewed", STACK),
        ("r3", "rotation", STACK),
        ("r4", "rotation", "organization/shop/other"),
        ("r5", "rotation", STACK),
    ):
        asked = revocation(id, way=way, stack=stack, key=id)
        accept(database, asked, [holding(f"aws-iam/{id}")])
    save(database, fetch(database, "r5").standings[0].model_copy(update={"phase": Phase.PROVEN}))
    assert settle(database, "r5") is Settled.PROVEN

    with database.reading() as connection:
        left = revocations.left_by_deploys(connection, STACK)

    assert [found.revocation.id for found in left] == ["r2", "r3"]


def test_the_database_itself_loses_no_revocation_and_settles_none_twice(
    database: Database,
) -> None:
    accept(database)
    finish(database, Phase.PROVEN, Phase.PROVEN)
    settle(database)
    before = fetch(database)

    for statement in (
        delete(revocations_table),
        delete(holdings),
        update(revocations_table).values(state="open"),
        update(revocations_table).values(settled=None),
    ):
        with pytest.raises(StoreRefusedError), database.writing() as connection:
            connection.execute(statement)

    assert fetch(database) == before


def test_of_many_processes_one_accepts_and_one_settles_and_none_loses_a_save(
    store_url: str, *, long: bool
) -> None:
    def work(database: Database, number: int) -> list[object]:
        accepted = accept(database)
        for standing in accepted.standings:
            done = standing.model_copy(update={"phase": Phase.PROVEN, "attempts": number})
            with suppress(OvertakenError):
                save(database, done)
        return [accepted.revocation.id, settle(database)]

    found = at_once(store_url, 16 if long else 4, work)

    assert [id for id, _ in found] == ["r1"] * len(found)
    assert [how for _, how in found if how is not None] == [Settled.PROVEN]
    database = open_database(store_url)
    kept = fetch(database)
    assert {(s.phase, s.saved) for s in kept.standings} == {(Phase.PROVEN, 1)}
    database.close()
