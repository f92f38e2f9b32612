"""A credential that existed before keylife, by example; the oracle has the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keylife.errors import PlanRefusedError
from keylife.model.imported import Imported
from keylife.model.key import DeliverySpec, Key
from keylife.model.ledger import KeyRecord, Ledger, RecordedRevocation
from keylife.model.revocation import Reason, Tombstone
from keylife.planning import Action, KeyPlan, make_plan
from tests.planning.strategies import TRAITS, declare

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CREDENTIAL = {"access_key": "AKIAABCDEFGHIJKLMNOP", "user": "ci"}


def _imported(age: timedelta, *, with_secret: bool = False) -> Imported:
    return Imported(
        created=NOON - age,
        credential=dict(CREDENTIAL),
        adopts={"access_key": "ci-key"} if with_secret else None,
    )


def _key(imported: Imported | None, revoked: Tombstone | None = None) -> Key:
    return Key(
        id="ci",
        kind="deactivates-in-place",
        service="ci",
        owner="team-ci",
        purpose="builds",
        scope={"policies": ["read"]},
        ttl=90 * DAY,
        rotate_every=60 * DAY,
        deliver=(DeliverySpec(kind="vault-kv", settings={"mount": "secret", "path": "ci"}),),
        imported=imported,
        revoked=revoked,
    )


def _plan(key: Key, record: KeyRecord | None = None, at: datetime = NOON) -> KeyPlan:
    ledger = Ledger(keys={} if record is None else {"ci": record})
    [plan] = make_plan(declare(key), ledger, at, TRAITS).keys
    return plan


def _recorded(plan: KeyPlan, *existing: int) -> KeyRecord:
    """The ledger after a deploy of the plan that made only these versions."""
    return KeyRecord(
        id="ci",
        kind=plan.key.kind,
        imported=plan.imported,
        versions=tuple(
            v.version.model_copy(update={"exists": v.version.number in existing}) for v in plan.kept
        ),
    )


def _actions(plan: KeyPlan) -> list[Action]:
    return [v.action for v in plan.versions]


@pytest.mark.parametrize(
    ("age", "lives"),
    [
        pytest.param(10 * DAY, 80 * DAY, id="a young one lives out its TTL"),
        pytest.param(60 * DAY, 30 * DAY, id="a due one has its grace left"),
        pytest.param(75 * DAY, 30 * DAY, id="a late one gets a whole grace"),
        pytest.param(900 * DAY, 30 * DAY, id="one older than its TTL is not cut off"),
    ],
)
def test_how_long_it_lives_from_its_adoption_on(age: timedelta, lives: timedelta) -> None:
    first = _plan(_key(_imported(age, with_secret=True))).versions[0]

    assert first.version.expiry - NOON == lives
    assert (first.version.birth, first.version.adopted) == (NOON - age, NOON)


def test_without_its_secret_another_version_is_issued_and_delivered_at_once() -> None:
    plan = _plan(_key(_imported(10 * DAY)))

    assert _actions(plan) == [Action.ADOPT, Action.ISSUE]
    assert plan.current is not None and plan.current.version.cause == "unreadable"
    assert plan.versions[0].ends == NOON + 30 * DAY


def test_with_its_secret_it_is_delivered_until_it_is_due() -> None:
    assert _actions(_plan(_key(_imported(59 * DAY, with_secret=True)))) == [Action.ADOPT]
    due = _plan(_key(_imported(60 * DAY, with_secret=True)))
    assert _actions(due) == [Action.ADOPT, Action.ISSUE]
    assert due.current is not None and due.current.version.cause == "scheduled"


def test_a_run_that_failed_is_made_up_for_even_after_the_end() -> None:
    key = _key(_imported(900 * DAY))
    failed = _recorded(_plan(key), 2)

    late = _plan(key, failed, NOON + 50 * DAY)
    assert _actions(late) == [Action.ADOPT, Action.RETAIN]
    assert late.versions[0].version.expiry == NOON + 30 * DAY

    ended = _plan(key, _recorded(late, 1, 2), NOON + 50 * DAY)
    assert _actions(ended) == [Action.DEACTIVATE, Action.RETAIN]


def test_what_is_taken_back_is_forgotten_and_a_version_issued() -> None:
    failed = _recorded(_plan(_key(_imported(DAY, with_secret=True))))

    assert _actions(_plan(_key(None), failed)) == [Action.DESTROY, Action.ISSUE]


def test_what_is_in_the_stack_no_longer_needs_its_declaration() -> None:
    there = _recorded(_plan(_key(_imported(DAY, with_secret=True))), 1)

    assert _actions(_plan(_key(None), there)) == [Action.RETAIN]


@pytest.mark.parametrize("existing", [(), (1,)], ids=["not in the stack", "in the stack"])
def test_only_what_is_in_the_stack_can_be_revoked(existing: tuple[int, ...]) -> None:
    imported = _imported(DAY, with_secret=True)
    record = _recorded(_plan(_key(imported)), *existing)
    tombstone = Tombstone(at=NOON, reason=Reason.KEY_COMPROMISE, by="oncall", ref="CI-1")

    if existing:
        assert _actions(_plan(_key(imported, tombstone), record)) == [Action.DESTROY]
    else:
        with pytest.raises(PlanRefusedError, match="would end nothing"):
            _plan(_key(imported, tombstone), record)


def test_a_recorded_revocation_is_not_held_up_by_what_never_came_in() -> None:
    """It was recorded while `imported` was out of the declaration, as the refusal demands: the
    credential had been ended at its issuer by hand."""
    began, at = _plan(_key(_imported(DAY, with_secret=True))), NOON + DAY
    tombstone = Tombstone(at=at, reason=Reason.SUPERSEDED, by="oncall", ref="OPS-1")
    told = RecordedRevocation(
        kind=began.key.kind,
        at=at,
        reason=tombstone.reason,
        by=tombstone.by,
        ref=tombstone.ref,
        versions=(1,),
    )
    record = _recorded(began).model_copy(update={"revocation": told})

    plan = _plan(_key(_imported(DAY, with_secret=True), tombstone), record, at)

    assert _actions(plan) == [Action.DESTROY]


def test_a_key_that_is_in_use_does_not_begin_again() -> None:
    there = _recorded(_plan(_key(None)), 1)

    with pytest.raises(PlanRefusedError, match="began with no credential"):
        _plan(_key(_imported(DAY)), there)
