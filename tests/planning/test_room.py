"""Keys whose issuer holds two versions at a time, told as stories; the oracle has the rest.

The key lives 10 seconds, is rotated after 6, and is kept 2 in quarantine: a grace of 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from keylife.errors import PlanRefusedError
from keylife.model.key import Key
from keylife.model.ledger import KeyRecord, Ledger
from keylife.model.revocation import Reason, RotationRequest, Tombstone
from keylife.model.traits import Traits
from keylife.planning import Action, KeyPlan, PlannedVersion
from tests.planning.held import held_plan
from tests.planning.strategies import (
    PLACES,
    SCOPES,
    SECOND,
    TRAITS,
    TWO_AT_MOST,
    declare,
    instant,
)


def key(**facts: object) -> Key:
    known: dict[str, object] = {
        "id": "a",
        "kind": TWO_AT_MOST,
        "service": "billing",
        "owner": "team-a",
        "purpose": "deploys the billing API",
        "scope": SCOPES[0],
        "ttl": 10 * SECOND,
        "rotate_every": 6 * SECOND,
        "quarantine": 2 * SECOND,
        "deliver": PLACES[:1],
    }
    return Key.model_validate({**known, **facts})


@dataclass
class Stack:
    """One key and its ledger; every run goes through to its end."""

    key: Key
    record: KeyRecord | None = None
    plans: list[KeyPlan] = field(default_factory=list)

    def run(self, second: int) -> str:
        """Deploy, and again at the same instant; what the first did, in a word a version."""
        told = self._deploy(second)
        settled = self.record
        self._deploy(second)
        assert self.record == settled, "a second deploy at the same instant changed something"
        return told

    def ask(self, second: int, reason: Reason = Reason.SUPERSEDED) -> None:
        request = RotationRequest(at=instant(second), reason=reason)
        self.key = self.key.model_copy(update={"rotations": (*self.key.rotations, request)})

    @property
    def waiting(self) -> str | None:
        """What the last run but one waited for: the last was the same again."""
        return self.plans[-2].waiting

    def _deploy(self, second: int) -> str:
        ledger = Ledger(keys={} if self.record is None else {"a": self.record})
        [plan] = held_plan(declare(self.key), ledger, instant(second), TRAITS).keys
        self.plans.append(plan)
        there = sum(v.version.exists for v in plan.versions)
        made = sum(v.action is Action.ISSUE for v in plan.versions)
        assert there + made <= 2, "more than the issuer holds"
        self.record = KeyRecord(
            id="a",
            kind=self.key.kind,
            versions=tuple(v.version.model_copy(update={"exists": True}) for v in plan.kept),
            room_made=plan.room_made,
            destroyed_through=plan.destroyed_through,
            delivered=None if plan.current is None else plan.current.version.number,
            delivered_since=plan.in_service_since,
            revocation=plan.revocation,
        )
        return " ".join(map(_word, plan.versions))


def _word(planned: PlannedVersion) -> str:
    return f"{planned.version.number}:{planned.action}"


def test_on_schedule_nothing_waits_and_what_is_refused_goes_after_its_quarantine() -> None:
    stack = Stack(key(quarantine=SECOND))

    told = [stack.run(second) for second in (0, 6, 10, 11, 12)]

    assert told == [
        "1:issue",
        "1:retain 2:issue",
        "1:deactivate 2:retain",
        "1:destroy 2:retain",
        "2:retain 3:issue",
    ]
    assert {plan.waiting for plan in stack.plans} == {None}


def test_a_version_in_its_grace_is_waited_for_and_then_makes_room() -> None:
    stack = Stack(key())
    stack.run(0)
    stack.run(6)

    stack.ask(7)
    assert stack.run(7) == "1:retain 2:retain"
    assert "version 1 is in use until 2026-11-23T09:30:10Z" in str(stack.waiting)
    assert stack.run(10) == "1:destroy 2:retain"
    assert "version 1 makes room now" in str(stack.waiting)
    assert stack.run(11) == "2:retain 3:issue"
    assert stack.waiting is None


def test_a_quarantine_is_cut_short_by_the_run_after_the_one_that_began_it() -> None:
    stack = Stack(key())
    stack.run(0)
    stack.ask(2)
    stack.run(2)  # the first version's grace ends at 6, its expiry is at 10
    stack.ask(6)

    assert stack.run(6) == "1:deactivate 2:retain"
    assert "version 1 is refused since just now" in str(stack.waiting)
    assert stack.run(7) == "1:destroy 2:retain"
    assert stack.run(8) == "2:retain 3:issue"


def test_a_leak_of_two_versions_ends_both_at_once_and_takes_two_runs() -> None:
    stack = Stack(key())
    stack.run(0)
    stack.run(6)

    stack.ask(7, Reason.KEY_COMPROMISE)
    assert stack.run(7) == "1:destroy 2:deactivate"
    assert stack.plans[-1].current is not None
    assert stack.plans[-1].current.version.number == 2, "nothing else is there to be read"
    assert stack.run(8) == "2:destroy 3:issue"
    assert stack.run(9) == "3:retain"


def test_a_leak_of_the_only_version_is_answered_in_one_run() -> None:
    stack = Stack(key())
    stack.run(0)

    stack.ask(3, Reason.KEY_COMPROMISE)
    assert stack.run(3) == "1:deactivate 2:issue"
    assert stack.run(4) == "1:destroy 2:retain"


def test_without_quarantine_a_version_is_refused_for_a_run_before_it_is_destroyed() -> None:
    stack = Stack(key(quarantine=timedelta(0)))
    stack.run(0)

    assert stack.run(15) == "1:deactivate 2:issue"
    assert stack.run(16) == "1:destroy 2:retain"


def test_a_pipeline_that_was_away_too_long_needs_two_runs() -> None:
    stack = Stack(key())
    stack.run(0)
    stack.run(6)

    assert stack.run(25) == "1:destroy 2:deactivate"
    assert stack.run(26) == "2:retain 3:issue"
    assert stack.run(27) == "2:destroy 3:retain"


def test_a_revocation_waits_for_nothing() -> None:
    stack = Stack(key())
    stack.run(0)
    stack.run(6)
    grave = Tombstone(at=instant(7), reason=Reason.SUPERSEDED, by="oncall", ref="PAY-1")
    stack.key = stack.key.model_copy(update={"revoked": grave})

    assert stack.run(7) == "1:deactivate 2:deactivate"
    assert stack.run(9) == "1:destroy 2:destroy"


def test_the_end_that_versions_share_is_the_latest_of_those_that_work() -> None:
    stack = Stack(key())
    ends = {}
    for second in (0, 6, 10):
        stack.run(second)
        ends[second] = stack.plans[-1].shared_end
    assert ends == {0: instant(10), 6: instant(16), 10: instant(16)}

    grave = Tombstone(at=instant(11), reason=Reason.KEY_COMPROMISE, by="oncall", ref="PAY-1")
    stack.key = stack.key.model_copy(update={"revoked": grave})
    stack.run(11)
    assert stack.plans[-1].shared_end is None, "nothing is left"


def test_the_plan_says_how_long_the_issuer_alone_would_accept_an_older_version() -> None:
    stack = Stack(key())
    stack.run(0)
    stack.run(6)

    older, newest = stack.plans[-1].versions
    assert older.why.endswith("its issuer alone would accept it until 2026-11-23T09:30:16Z")
    assert "issuer" not in newest.why


def test_a_shorter_ttl_cuts_no_living_version_short() -> None:
    stack = Stack(key(quarantine=timedelta(0)))
    stack.run(0)
    stack.key = key(ttl=3 * SECOND, rotate_every=2 * SECOND, quarantine=timedelta(0))

    assert stack.run(2) == "1:retain 2:issue"
    assert stack.plans[-1].shared_end == instant(10)
    assert stack.run(3) == "1:deactivate 2:retain"
    assert stack.plans[-1].shared_end == instant(5)


def test_a_revocation_never_moves_the_end_that_versions_share_on() -> None:
    stack = Stack(key(quarantine=timedelta(0)))
    stack.run(0)
    stack.key = key(ttl=3 * SECOND, rotate_every=2 * SECOND, quarantine=SECOND)
    stack.run(2)
    stack.run(3)
    grave = Tombstone(at=instant(3), reason=Reason.SUPERSEDED, by="oncall", ref="PAY-1")
    stack.key = stack.key.model_copy(update={"revoked": grave})

    assert stack.run(3) == "1:retain 2:deactivate"
    assert stack.plans[-1].shared_end == instant(5), "not the first one's, which is 10"


@pytest.mark.parametrize(
    ("quarantine", "refused"),
    [pytest.param(2, False, id="just fits"), pytest.param(3, True, id="a second too long")],
)
def test_a_schedule_that_needs_more_room_is_refused(quarantine: int, refused: bool) -> None:
    stack = Stack(key(quarantine=quarantine * SECOND))

    if refused:
        with pytest.raises(PlanRefusedError) as caught:
            stack.run(0)
        [refusal] = caught.value.refusals
        assert "grace (4s) and quarantine (3s) do not fit into 6s" in refusal.what
        assert "`rotate_every`" in refusal.cure
    else:
        assert stack.run(0) == "1:issue"


def test_a_limit_leaves_room_for_a_successor_and_needs_a_way_to_refuse() -> None:
    with pytest.raises(ValueError, match="holds two versions"):
        Traits(can_deactivate=True, scope_in_place=True, most_at_once=1)
    with pytest.raises(ValueError, match="can deactivate"):
        replace(TRAITS["only-destroys-in-place"], most_at_once=2)
