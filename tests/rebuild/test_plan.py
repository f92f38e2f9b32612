"""From what is found to the ledger that goes on: what is known, what is taken, what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord
from keylife.model.revocation import Reason
from keylife.model.state import State
from keylife.rebuild.found import Found, FoundCopy, FoundVersion
from keylife.rebuild.plan import RebuiltKey, missing_versions, rebuilt_keys
from keylife.store.births import disagreements
from tests.program.declared import key

DAY = timedelta(days=1)
BORN = datetime(2026, 11, 1, tzinfo=UTC)
NOW = BORN + 25 * DAY
SCOPE = {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}


def version(number: int, **changes: Any) -> FoundVersion:
    """Version N was born 21 days after the one before, lives 30 days and has the key AKIA<N>."""
    birth = BORN + (number - 1) * 21 * DAY
    facts = {
        "key": "billing",
        "number": number,
        "birth": birth,
        "expiry": birth + 30 * DAY,
        "owner": "then",
        "service": "billing",
        "scope": SCOPE,
        "credential": f"AKIA{number}",
        "active": True,
    }
    return FoundVersion(**{**facts, **changes})


def copy(number: int | None, place: str = "vault-kv/secret/billing") -> FoundCopy:
    held = None if number is None else f"AKIA{number}"
    return FoundCopy("billing", place, {}, number, held)


def rebuilt(declared: Key, *found: FoundVersion | FoundCopy) -> RebuiltKey:
    [only] = rebuilt_keys([declared], split(*found), NOW)
    return only


def split(*found: FoundVersion | FoundCopy) -> Found:
    return Found(
        tuple(each for each in found if isinstance(each, FoundVersion)),
        tuple(each for each in found if isinstance(each, FoundCopy)),
        (),
    )


def test_numbers_births_and_expiries_are_those_of_the_issuer() -> None:
    plan = rebuilt(key(), version(3), version(2), copy(3)).plan

    assert [(v.version.number, v.version.birth, v.version.expiry) for v in plan.versions] == [
        (2, BORN + 21 * DAY, BORN + 51 * DAY),
        (3, BORN + 42 * DAY, BORN + 72 * DAY),
    ]
    assert plan.destroyed_through == 1
    assert [v.version.owner for v in plan.versions] == ["then", "then"]
    assert all(v.version.exists for v in plan.versions)


def test_the_schedule_is_the_one_declared_today() -> None:
    [found] = rebuilt(key(rotate_every="10d"), version(1), copy(1)).plan.versions

    assert found.version.rotation_due == BORN + 10 * DAY
    assert found.version.grace == 20 * DAY


def test_the_schedule_is_that_of_the_birth_where_the_store_has_a_copy_of_it() -> None:
    told = {
        "number": 1,
        "birth": BORN,
        "expiry": BORN + 30 * DAY,
        "rotation_due": BORN + 17 * DAY,
        "grace": 13 * DAY,
        "cause": "first",
        "owner": "then",
        "service": "billing",
        "scope": SCOPE,
        "deactivated": BORN + 18 * DAY,
    }
    born = IssuedVersion.model_validate(told)
    kept = {"billing": KeyRecord(id="billing", kind="aws-access-key", versions=(born,))}
    found = split(version(1, active=False), version(2), copy(2))

    [only] = rebuilt_keys([key(rotate_every="10d")], found, NOW, kept)

    first, second = (planned.version for planned in only.plan.versions)
    assert (first.rotation_due, first.grace, first.cause, first.deactivated) == (
        born.rotation_due,
        born.grace,
        born.cause,
        born.deactivated,
    )
    assert second.cause == "rebuilt"


@pytest.mark.parametrize("field", ["number", "birth", "expiry"])
def test_a_copy_of_another_birth_tells_nothing(field: str) -> None:
    other = {"number": 2, "birth": BORN + DAY, "expiry": BORN + 31 * DAY}[field]
    told = {
        "number": 1,
        "birth": BORN,
        "expiry": BORN + 30 * DAY,
        "rotation_due": BORN,
        "grace": DAY,
        "cause": "another",
        "owner": "then",
        "service": "billing",
        "scope": SCOPE,
        field: other,
    }
    born = IssuedVersion.model_validate(told)
    kept = {"billing": KeyRecord(id="billing", kind="aws-access-key", versions=(born,))}

    [only] = rebuilt_keys([key()], split(version(1), copy(1)), NOW, kept)

    assert [planned.version.cause for planned in only.plan.versions] == ["rebuilt"]


def test_a_schedule_longer_than_the_life_leaves_no_grace() -> None:
    declared = key(ttl="90d", rotate_every="80d")

    [found] = rebuilt(declared, version(1), copy(1)).plan.versions

    assert found.version.rotation_due == found.version.expiry
    assert found.version.grace == timedelta(0)


def test_what_took_the_place_of_a_leaked_one_gave_it_no_grace() -> None:
    leaked = [{"at": "2026-11-10T00:00:00Z", "reason": "keyCompromise"}]

    plan = rebuilt(key(rotations=leaked), version(1), version(2), version(3), copy(3)).plan

    assert [v.version.grace for v in plan.versions] == [9 * DAY, timedelta(0), 9 * DAY]


def test_an_inactive_one_is_in_quarantine_from_now_on() -> None:
    plan = rebuilt(key(), version(1, active=False), version(2), copy(2)).plan

    assert [v.state for v in plan.versions] == [State.DEACTIVATED, State.ACTIVE]
    assert [v.version.deactivated for v in plan.versions] == [NOW, None]


def test_a_secret_that_no_delivery_holds_is_replaced_by_the_next_deploy() -> None:
    lost = rebuilt(key(), version(1), version(2), copy(1))
    held = rebuilt(key(), version(1), version(2), copy(2))

    assert lost.due and not held.due
    assert lost.plan.versions[-1].version.rotation_due == version(2).birth
    assert held.plan.versions[-1].version.rotation_due == version(2).birth + 21 * DAY
    assert (lost.delivered, held.delivered) == (1, 2)
    assert lost.plan.in_service_since == version(1).birth


TWO = [{"vault-kv": {"mount": "secret", "path": "a"}}, {"secrets-manager": {"name": "a"}}]


@pytest.mark.parametrize(
    ("copies", "delivered"),
    [
        pytest.param([copy(1, "a"), copy(1, "b")], 1, id="all hold it"),
        pytest.param([copy(1, "a"), copy(2, "b")], None, id="they differ"),
        pytest.param([copy(1, "a")], None, id="one is gone"),
        pytest.param([copy(1, "a"), copy(None, "b")], None, id="one holds nothing that lives"),
        pytest.param([], None, id="none is left"),
    ],
)
def test_delivered_is_what_every_delivery_holds(
    copies: list[FoundCopy], delivered: int | None
) -> None:
    assert rebuilt(key(deliver=TWO), version(1), version(2), *copies).delivered == delivered


def test_numbering_goes_on_behind_a_copy_of_a_version_that_is_gone() -> None:
    gone, behind = rebuilt(key(), copy(4)), rebuilt(key(), version(2), copy(4))

    assert gone.imagined and gone.plan.destroyed_through == 4
    assert not behind.imagined and behind.plan.destroyed_through == 4


def test_a_key_without_a_trace_has_no_ledger() -> None:
    assert rebuilt_keys([key()], split(), NOW) == ()


def born(
    *numbers: int, destroyed_through: int = 0, adopted: datetime | None = None
) -> dict[str, KeyRecord]:
    """What the store has a copy of."""
    versions = tuple(
        IssuedVersion(
            number=number,
            birth=version(number).birth,
            expiry=version(number).expiry,
            rotation_due=version(number).birth + 21 * DAY,
            grace=9 * DAY,
            cause="scheduled",
            owner="then",
            service="billing",
            scope={"policies": [*SCOPE["policies"]]},
            adopted=adopted,
        )
        for number in numbers
    )
    record = KeyRecord(
        id="billing",
        kind="aws-access-key",
        versions=versions,
        destroyed_through=destroyed_through,
    )
    return {"billing": record}


@pytest.mark.parametrize(
    ("found", "remembered", "gone", "through"),
    [
        pytest.param((), born(destroyed_through=4), (), 4, id="all of it was destroyed"),
        pytest.param((), born(3, destroyed_through=2), (3,), 3, id="the last one is gone"),
        pytest.param((1, 3), born(1, 2, 3), (2,), 2, id="one in the middle is gone"),
        pytest.param((1,), born(1, 2), (2,), 2, id="the newest is gone"),
        pytest.param((3,), born(3, destroyed_through=2), (), 2, id="nothing is gone"),
    ],
)
def test_what_the_store_remembers_and_nobody_has_is_destroyed_and_its_number_never_used_again(
    found: tuple[int, ...], remembered: dict[str, KeyRecord], gone: tuple[int, ...], through: int
) -> None:
    [rebuilt] = rebuilt_keys([key()], split(*map(version, found)), NOW, remembered)

    assert rebuilt.gone == gone
    assert rebuilt.imagined is (found == ())
    assert rebuilt.plan.destroyed_through == through
    assert [v.version.number for v in rebuilt.plan.versions if not rebuilt.imagined] == [*found]


ADOPTED = BORN + DAY


@pytest.mark.parametrize(
    ("told", "adopted", "why"),
    [
        pytest.param(
            {"unreadable": frozenset({"billing-v2"})}, None, "stands", id="its tags are off"
        ),
        pytest.param({}, ADOPTED, "before keylife", id="it was imported"),
    ],
)
def test_what_may_live_is_not_counted_as_destroyed(
    told: dict[str, Any], adopted: datetime | None, why: str
) -> None:
    found, remembered = replace(split(version(3)), **told), born(2, 3, adopted=adopted)

    [rebuilt] = rebuilt_keys([key()], found, NOW, remembered)

    assert (rebuilt.gone, rebuilt.plan.destroyed_through) == ((), 1)
    [(number, said)] = missing_versions(key(), found, remembered["billing"]).items()
    assert number == 2 and said is not None and why in said
    record = rebuilt.plan.record
    assert record is not None
    after = record.model_copy(update={"destroyed_through": rebuilt.plan.destroyed_through})
    [lost] = [d for d in disagreements(after, remembered["billing"]) if not d.by_state]
    assert lost.number == 2, "the store refuses the next deploy"


def test_of_a_key_of_which_all_may_live_nothing_is_written() -> None:
    found = replace(split(), unreadable=frozenset({"billing-v1"}))

    assert rebuilt_keys([key()], found, NOW, born(1)) == ()


def test_an_import_that_is_gone_is_destroyed() -> None:
    found = replace(split(), imports_gone=frozenset({"billing"}))

    [rebuilt] = rebuilt_keys([key()], found, NOW, born(1, adopted=ADOPTED))

    assert (rebuilt.gone, rebuilt.plan.destroyed_through) == ((1,), 1)


def test_a_revocation_is_as_git_tells_it() -> None:
    tombstone = {
        "at": "2026-11-20T00:00:00Z",
        "reason": "superseded",
        "by": "ada@example.com",
        "ref": "OPS-1",
    }

    found = rebuilt(key(revoked=tombstone), version(1, active=False), version(2, active=False))

    revocation = found.plan.revocation
    assert revocation is not None
    assert (revocation.reason, revocation.ref) == (Reason.SUPERSEDED, "OPS-1")
    assert revocation.versions == (1, 2)
    assert found.plan.current is None
    assert not found.due


def test_another_order_of_policies_is_no_other_scope() -> None:
    both = {"policies": ["b-policy", "a-policy"]}
    declared = key(kind="vault-token", scope=both)
    other = {"policies": ["a-policy", "b-policy"]}

    same = rebuilt(declared, version(1, scope=other), copy(1)).plan.versions[0]
    fewer = rebuilt(declared, version(1, scope={"policies": ["a-policy"]}), copy(1)).plan.versions[
        0
    ]

    assert same.version.scope == both
    assert fewer.version.scope == {"policies": ["a-policy"]}
