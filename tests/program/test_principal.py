"""What the versions of a key share: in which order it is declared, and how it is remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pulumi
import pytest

from keylife.kinds.aws_user import deny_from
from keylife.model.key import Key
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger
from keylife.orphan import Clients
from keylife.program.ledger import parse_ledger
from keylife.program.strays import EarlierRuns, unfinished
from tests.program.declared import key
from tests.program.engine import ACCESS_KEY, KV, Engine
from tests.program.test_deploy import Run, waits_for

MANAGED_KEY = "keylife:index:ManagedKey"
PRINCIPAL = "keylife:index:Principal"
VERSION = "keylife:index:Version"
USER = "aws:iam/user:User"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
SCOPE = {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
BORN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PLACE = "robot/vault-kv/secret/robot"
DELIVERED = {"delivered": 2, "delivered_since": BORN + 21 * DAY}


def robot(**changes: Any) -> Key:
    return key(**{"id": "robot", "kind": "aws-user-access-key", "scope": SCOPE, **changes})


def version(number: int, **facts: Any) -> IssuedVersion:
    """Born on schedule, and there."""
    birth = BORN + 21 * DAY * (number - 1)
    known = {
        "number": number,
        "birth": birth,
        "expiry": birth + 30 * DAY,
        "rotation_due": birth + 21 * DAY,
        "grace": 9 * DAY,
        "cause": "scheduled",
        "owner": "team",
        "service": "billing",
        "scope": SCOPE,
        "exists": True,
    }
    return IssuedVersion.model_validate({**known, **facts})


def ledger(*versions: IssuedVersion, **facts: Any) -> Ledger:
    known = {
        "id": "robot",
        "kind": "aws-user-access-key",
        "versions": versions,
        "principal_since": BORN,
    }
    return Ledger(keys={"robot": KeyRecord.model_validate({**known, **facts})})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    (tmp_path / "Pulumi.yaml").write_text("name: keylife\n")
    monkeypatch.chdir(tmp_path)
    return Run(monkeypatch)


def end_of(engine: Engine) -> Mapping[str, Any]:
    policy: Mapping[str, Any] = json.loads(engine.one(USER_POLICY, "robot/expiry").inputs["policy"])
    return policy


def test_a_first_version_waits_for_what_it_shares(run: Run) -> None:
    engine = run.deploy(robot())

    principal, user = engine.one(PRINCIPAL, "robot"), engine.one(USER, "robot/user")
    assert principal.parent == engine.one(MANAGED_KEY, "robot").urn
    assert principal.inputs == {
        "key": "robot",
        "since": "2026-11-23T06:00:00Z",
        "endsWith": "2026-12-23T06:00:00Z",
    }
    assert user.parent == principal.urn
    credential = engine.one(ACCESS_KEY, "robot-v1")
    assert waits_for(engine, credential, user, engine.one(USER_POLICY, "robot/expiry")) == [
        True,
        True,
    ]
    # its birth is registered whether or not the user can be made
    assert not engine.leads_to(engine.one(VERSION, "robot-v1"), user)


def test_the_end_moves_before_the_new_key_is_made_and_the_old_one_keeps_it(run: Run) -> None:
    engine = run.deploy(robot(), ledger=ledger(version(1)), at=BORN + 21 * DAY)

    policy = engine.one(USER_POLICY, "robot/expiry")
    assert end_of(engine) == deny_from(BORN + 51 * DAY)
    for number in (1, 2):
        credential = engine.one(ACCESS_KEY, f"robot-v{number}")
        assert credential.inputs["status"] == "Active"
        assert waits_for(engine, credential, policy) == [True]
    assert engine.one(PRINCIPAL, "robot").inputs["since"] == "2026-11-23T06:00:00Z"


def test_what_expired_is_refused_before_the_end_moves(run: Run) -> None:
    """Or AWS would accept it again."""
    engine = run.deploy(robot(), ledger=ledger(version(1)), at=BORN + 33 * DAY)

    old, policy = engine.one(ACCESS_KEY, "robot-v1"), engine.one(USER_POLICY, "robot/expiry")
    assert old.inputs["status"] == "Inactive"
    assert end_of(engine) == deny_from(BORN + 63 * DAY)
    assert waits_for(engine, policy, old) == [True]
    assert waits_for(engine, engine.one(ACCESS_KEY, "robot-v2"), policy, old) == [True, True]
    assert waits_for(engine, old, engine.one(KV, PLACE)) == [False]


def test_what_ended_by_its_grace_is_refused_after_its_successor_is_delivered(run: Run) -> None:
    there = (version(1, expiry=BORN + 60 * DAY), version(2))
    engine = run.deploy(robot(), ledger=ledger(*there, **DELIVERED), at=BORN + 30 * DAY)

    old = engine.one(ACCESS_KEY, "robot-v1")
    assert old.inputs["status"] == "Inactive"
    assert waits_for(engine, old, engine.one(KV, PLACE)) == [True]


def test_a_run_that_makes_room_says_so_and_writes_it_down(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: warned.append(text))
    there = (version(1, deactivated=BORN + 30 * DAY), version(2))

    engine = run.deploy(robot(), ledger=ledger(*there, **DELIVERED), at=BORN + 42 * DAY)

    assert engine.names(ACCESS_KEY) == ["robot-v2"]
    assert engine.one(MANAGED_KEY, "robot").inputs["roomMade"] == "2027-01-04T06:00:00Z"
    assert end_of(engine) == deny_from(BORN + 51 * DAY)
    [warning] = warned
    assert warning.startswith("robot: a new version waits for room")
    assert warning.endswith("version 1 makes room now, and the next run issues")


def test_a_run_that_leaves_consumers_without_a_key_calls_for_the_next_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    warned: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: warned.append(text))
    leak = {"rotations": [{"at": "2026-12-15T06:00:00Z", "reason": "keyCompromise"}]}
    there = ledger(version(1), version(2), **DELIVERED)

    engine = run.deploy(robot(**leak), ledger=there, at=BORN + 22 * DAY)

    assert engine.one(ACCESS_KEY, "robot-v2").inputs["status"] == "Inactive"
    assert engine.names(ACCESS_KEY) == ["robot-v2"]
    [warning] = warned
    assert warning.endswith("no version works until then: run `pulumi up` again now")


def test_a_revoked_keys_versions_are_refused_and_its_user_loses_what_it_may_do(run: Run) -> None:
    grave = {"at": "2026-12-15T08:00:00Z", "reason": "superseded", "by": "oncall", "ref": "OPS-2"}
    there = ledger(version(1), version(2), **DELIVERED)
    engine = run.deploy(robot(revoked=grave), ledger=there, at=BORN + 22 * DAY)

    policy = engine.one(USER_POLICY, "robot/expiry")
    for number in (1, 2):
        old = engine.one(ACCESS_KEY, f"robot-v{number}")
        assert old.inputs["status"] == "Inactive"
        assert waits_for(engine, old, policy) == [False]
    assert engine.names("aws:iam/userPolicyAttachment:UserPolicyAttachment") == []
    assert end_of(engine) == deny_from(BORN + 51 * DAY)


def _state(*, status: str, deactivated: str | None) -> dict[str, Any]:
    """A stack's state with one version of the key."""
    urn = "urn:pulumi:dev::keylife::"
    told = version(1)
    inputs = {
        "key": "robot",
        "version": 1,
        "birth": "2026-11-23T06:00:00Z",
        "expiry": "2026-12-23T06:00:00Z",
        "rotationDue": "2026-12-14T06:00:00Z",
        "grace": "9d",
        "cause": told.cause,
        "owner": told.owner,
        "service": told.service,
        "scope": SCOPE,
        **({} if deactivated is None else {"deactivated": deactivated}),
    }
    about = {
        "id": "robot",
        "kind": "aws-user-access-key",
        "deliver": ["x"],
        "roomMade": "2026-12-01T06:00:00Z",
    }
    of = {
        MANAGED_KEY: ("robot", "", about),
        PRINCIPAL: ("robot", MANAGED_KEY, {"key": "robot", "since": "2026-11-23T06:00:00Z"}),
        VERSION: ("robot-v1", MANAGED_KEY, inputs),
        USER: ("robot/user", PRINCIPAL, {"name": "robot"}),
        ACCESS_KEY: ("robot-v1", VERSION, {"user": "robot", "status": status}),
    }
    resources = [
        {
            "type": type_,
            "urn": f"{urn}{type_}::{name}",
            "parent": f"{urn}{parent}::{of[parent][0]}" if parent else "",
            "inputs": given,
            **({} if type_.startswith("keylife:") else {"id": name.rpartition("/")[0] or "AKIA1"}),
        }
        for type_, (name, parent, given) in of.items()
    ]
    return {"version": 3, "deployment": {"resources": resources}}


def test_what_is_shared_is_read_back_and_is_no_delivery() -> None:
    record = parse_ledger(_state(status="Active", deactivated=None)).keys["robot"]

    assert record.principal_since == BORN
    assert record.room_made == datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
    assert record.delivery_facts == {}
    assert [v.number for v in record.versions] == [1]


@pytest.mark.parametrize(("status", "known"), [("Active", False), ("Inactive", True)])
def test_a_version_is_deactivated_once_its_credential_says_so(status: str, *, known: bool) -> None:
    """A run that failed before that has deactivated nothing: the end they share still moves."""
    instant = "2026-12-23T06:00:00Z"
    [told] = parse_ledger(_state(status=status, deactivated=instant)).keys["robot"].versions

    assert (told.deactivated is not None) is known


def asked(kind: str, name: str, parent: str) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs(
        urn=f"urn:pulumi:dev::keylife::{MANAGED_KEY}${parent}${kind}::{name}",
        id="",
        name=name,
        type=kind,
        new_inputs={},
        old_inputs=None,
        new_outputs=None,
        old_outputs=None,
    )


@pytest.mark.parametrize("began", [True, False])
def test_a_user_is_looked_for_once_a_run_has_registered_that_there_is_one(*, began: bool) -> None:
    there = ledger(principal_since=BORN if began else None, target="prod-eu")
    told: list[str | None] = []

    def clients(target: str | None) -> Clients:
        told.append(target)
        return Clients()

    earlier = EarlierRuns(there, clients=clients, places={})
    args = asked(USER, "robot/user", PRINCIPAL)

    assert earlier.planned(args) is began
    assert earlier._target(args) == "prod-eu"


def test_a_version_without_its_credential_is_looked_for_at_a_user_that_the_state_has() -> None:
    there = ledger(version(1), version(2, exists=False)).model_copy(
        update={"ids": {USER: frozenset({"robot"}), ACCESS_KEY: frozenset({"AKIA1"})}}
    )
    [(key_id, begun, pending)] = unfinished(there)

    assert (key_id, begun.number) == ("robot", 2)
    assert pending.inputs == {"user": "robot"}
    assert pending.known == {"AKIA1"}
    assert pending.standing[USER] == {"robot"}
