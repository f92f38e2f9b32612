"""Before a version ends, its issuer is asked who was seen on it, and on its successor."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from keylife.engine.stack import Stack
from keylife.model.ledger import IssuedVersion
from keylife.model.revocation import Reason
from keylife.model.state import State
from keylife.orphan import Clients
from keylife.planning import Action, KeyPlan, Plan, PlannedVersion
from keylife.program.consumers import Succession, successions_in, unseen
from keylife.revocation.reach import Reach
from keylife.store import observations
from keylife.store.database import Database, open_database
from keylife.systems.system import Holding
from tests.program.declared import key
from tests.store.builders import holding

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENDS = Succession("billing-deploy", old=1, new=2, since=NOON)


class Iam:
    """Tells the last use of keys as IAM does, and refuses what a test says."""

    def __init__(self, used: Mapping[str, datetime | None]) -> None:
        self.used = used

    def get_access_key_last_used(self, *, AccessKeyId: str) -> dict[str, Any]:
        used = self.used[AccessKeyId]
        never = {"ServiceName": "N/A", "Region": "N/A"}
        told = {"LastUsedDate": used, "ServiceName": "s3", "Region": "eu-west-1"}
        return {"AccessKeyLastUsed": never if used is None else told}


class Connected(Clients):
    def __init__(self, iam: Iam) -> None:
        self.iam = iam

    def aws(self, service: str) -> Any:
        return self.iam


class Reached(Reach):
    """A key of which IAM, or something that remembers nothing, holds two versions."""

    def __init__(self, iam: Iam, system: str = "aws-iam") -> None:
        super().__init__(Stack("organization/payments/prod"))
        self.iam, self.system = iam, system

    def holdings(
        self, key: str, ending: Collection[int] | None = None, reason: Reason = Reason.UNSPECIFIED
    ) -> tuple[Holding, ...]:
        facts = [{"access_key": f"AKIA{number}"} for number in (1, 2, 3)]
        return tuple(
            holding(f"{self.system}/AKIA{n}", version=n, facts=facts[n - 1])
            for n in sorted(ending or ())
        )

    def clients(self, holding: Holding) -> Clients:
        return Connected(self.iam)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    yield database
    database.close()


def told(used: Mapping[str, datetime | None], store: Database, system: str = "aws-iam") -> str:
    return "\n".join(unseen([ENDS], Reached(Iam(used), system), store, NOON + 5 * HOUR))


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        (-1, 1, ""),
        (None, 1, ""),
        (0, 1, ""),
        (1, 2, "it was used at 2026-11-23T13:00:00Z for s3 in eu-west-1, after v2 was delivered"),
        (1, None, "that consumer does not read its delivery"),
        (-1, None, "nobody was seen using v2, which was delivered at 2026-11-23T12:00:00Z"),
    ],
)
def test_who_would_be_left_behind_is_told(
    old: int | None, new: int | None, warning: str, store: Database
) -> None:
    used = {
        name: None if hours is None else NOON + hours * HOUR
        for name, hours in (("AKIA1", old), ("AKIA2", new))
    }
    found = told(used, store)
    assert warning in found if warning else found == ""
    with store.reading() as connection:
        kept = observations.last_use(connection, "aws-iam", "AKIA1")
    assert kept is not None
    assert (kept.used, kept.seen) == (used["AKIA1"], NOON + 5 * HOUR)


def test_an_issuer_that_does_not_tell_is_no_proof_of_anything(store: Database) -> None:
    found = told({}, store, system="vault-token")
    assert found.endswith("does not tell whether anybody uses its successor: billing-deploy v1")


def planned(number: int, action: Action, **facts: Any) -> PlannedVersion:
    version = IssuedVersion.model_validate(
        {
            "number": number,
            "birth": NOON,
            "expiry": NOON + 720 * HOUR,
            "rotation_due": NOON + 504 * HOUR,
            "grace": 216 * HOUR,
            "cause": "a test",
            "owner": "team",
            "service": "billing",
            "scope": {},
            "exists": True,
            **facts,
        }
    )
    state = State.ACTIVE if action is Action.RETAIN else State.DEACTIVATED
    return PlannedVersion(version, action, state, NOON + HOUR, "superseded")


def plan_of(*versions: PlannedVersion) -> Plan:
    of_key = KeyPlan(
        key=key(),
        record=None,
        versions=versions,
        destroyed_through=0,
        revocation=None,
        in_service_since=NOON - HOUR,
    )
    return Plan(at=NOON, keys=(of_key,))


def test_what_is_refused_from_now_on_has_a_succession() -> None:
    old, new = planned(1, Action.DEACTIVATE, deactivated=NOON), planned(2, Action.RETAIN)
    assert successions_in(plan_of(old, new)) == [Succession("billing", 1, 2, NOON - HOUR)]


@pytest.mark.parametrize(
    "old",
    [
        planned(1, Action.RETAIN),
        planned(1, Action.DESTROY, deactivated=NOON - 24 * HOUR),
        planned(1, Action.DESTROY, exists=False),
    ],
    ids=["in grace", "refused before", "never finished"],
)
def test_who_loses_nothing_now_is_not_asked_about(old: PlannedVersion) -> None:
    assert successions_in(plan_of(old, planned(2, Action.RETAIN))) == []


def test_a_key_that_ends_as_a_whole_has_no_successor() -> None:
    alone = planned(1, Action.DESTROY)
    assert successions_in(plan_of(alone)) == []
    plan = plan_of(replace(alone, action=Action.DEACTIVATE))
    assert successions_in(plan) == []
