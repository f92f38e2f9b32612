"""One key in one stack: who is first has it, the loser is told by whom, fences only rise."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from keylife.store import claims
from keylife.store.claims import Claim, Claimed, ClaimLostError, Holder
from keylife.store.database import Database
from keylife.store.errors import StoreRefusedError
from keylife.store.tables import claims as claims_table
from tests.store.builders import STACK, holder
from tests.store.instants import HOUR, NOON
from tests.store.processes import at_once

OTHER = Holder("organization/platform/prod", "git.example.com/platform")


def claim(database: Database, who: Holder, *keys: str, hours: int = 0) -> Claimed:
    with database.writing() as connection:
        return claims.claim(connection, keys or ("billing-deploy",), who, NOON + hours * HOUR)


def release(database: Database, stack: str = STACK) -> list[Claim]:
    with database.writing() as connection:
        return claims.release(connection, stack, NOON)


def require_held(database: Database, claim: Claim) -> None:
    with database.writing() as connection:
        claims.require_held(connection, claim)


def test_the_first_has_it_and_the_second_is_told_by_whom(database: Database) -> None:
    first = claim(database, holder())

    second = claim(database, OTHER, "billing-deploy", "metrics", hours=1)

    assert first.won == {"billing-deploy": Claim("billing-deploy", holder(), NOON, 1)}
    assert second.lost == first.won
    assert list(second.won) == ["metrics"]
    assert str(second.lost["billing-deploy"]) == (
        "`billing-deploy` is claimed by stack organization/payments/prod of"
        " git.example.com/payments since 2026-12-01T12:00:00Z"
    )


def test_claiming_again_changes_nothing(database: Database) -> None:
    assert claim(database, holder(), hours=5) == claim(database, holder(), hours=9)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (holder(stack="organization/payments/dev"), "another stack of the repository"),
        (holder(repository="git.example.com/fork"), "another repository's stack of that name"),
        (holder(repository=""), "a folder that does not say which repository it is"),
    ],
)
def test_another_holder_is_another(database: Database, other: Holder, why: str) -> None:
    claim(database, holder())

    assert list(claim(database, other).lost) == ["billing-deploy"], why


def test_a_stack_whose_repository_becomes_known_keeps_its_claims(database: Database) -> None:
    before = claim(database, holder(repository="")).won["billing-deploy"]

    after = claim(database, holder()).won["billing-deploy"]

    assert (after.holder, after.fence, after.since) == (holder(), before.fence, before.since)
    assert list(claim(database, holder(repository="git.example.com/fork")).lost) == [after.key]


def test_a_fence_rises_with_each_holder_and_an_earlier_one_is_fenced_off(
    database: Database,
) -> None:
    first = claim(database, holder()).won["billing-deploy"]
    require_held(database, first)

    assert release(database) == [first]
    with pytest.raises(ClaimLostError, match="claimed by nobody"):
        require_held(database, first)
    second = claim(database, OTHER, hours=1).won["billing-deploy"]

    assert second.fence == first.fence + 1
    with pytest.raises(ClaimLostError, match="organization/platform/prod") as lost:
        require_held(database, first)
    assert lost.value.since == "2026-12-01T13:00:00Z"
    require_held(database, second)


def test_a_stack_that_was_destroyed_and_made_anew_holds_its_keys_anew(
    database: Database,
) -> None:
    first = claim(database, holder()).won["billing-deploy"]
    release(database)

    again = claim(database, holder()).won["billing-deploy"]

    assert again.fence == first.fence + 1
    assert release(database, OTHER.stack) == []


def test_what_a_stack_holds_is_listed(database: Database) -> None:
    claim(database, holder(), "b", "a")
    claim(database, OTHER, "c")

    with database.reading() as connection:
        assert [held.key for held in claims.held_by(connection, STACK)] == ["a", "b"]
        assert set(claims.claims_of(connection, ["a", "c", "d"])) == {"a", "c"}


def test_a_thousand_keys_are_claimed_at_once(database: Database) -> None:
    keys = [f"key-{number}" for number in range(1200)]

    assert len(claim(database, holder(), *keys).won) == 1200
    assert len(claim(database, OTHER, *keys).lost) == 1200


def test_the_database_itself_forgets_no_claim_and_lowers_no_fence(database: Database) -> None:
    claim(database, holder())
    release(database)
    claim(database, OTHER)

    for statement in (delete(claims_table), update(claims_table).values(fence=1)):
        with pytest.raises(StoreRefusedError), database.writing() as connection:
            connection.execute(statement)


def test_of_many_processes_one_wins_and_the_others_are_told_by_whom(
    store_url: str, *, long: bool
) -> None:
    def race(database: Database, number: int) -> Claimed:
        who = Holder(f"organization/team-{number}/prod", "")
        for turn in range(20 if long else 3):
            result = claim(database, who, f"key-{turn}", f"other-{turn}")
        return result

    found = at_once(store_url, 16 if long else 4, race)

    winners = [result for result in found if result.won]
    assert len(winners) >= 1
    for key in found[0].won.keys() | found[0].lost.keys():
        holders = [result.won[key].holder for result in found if key in result.won]
        told = {result.lost[key].holder for result in found if key in result.lost}
        assert len(holders) == 1
        assert told == set(holders)


def test_a_released_key_is_won_by_one(store_url: str, *, long: bool) -> None:
    from keylife.store.database import open_database

    database = open_database(store_url)
    claim(database, holder())
    release(database)
    database.close()

    found = at_once(
        store_url,
        16 if long else 4,
        lambda opened, n: claim(opened, Holder(f"organization/team-{n}/prod", "")),
    )

    won = [result.won["billing-deploy"] for result in found if result.won]
    assert [each.fence for each in won] == [2]
    assert {each for result in found for each in result.lost.values()} == set(won)
