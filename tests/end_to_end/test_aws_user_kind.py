"""Access keys of one user that stays, with the real CLI: told by who logs in with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import PACK, Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _no_faults_afterwards(oracle: Oracle) -> Iterator[None]:
    yield
    oracle.heal()


def test_two_keys_of_one_user_overlap_make_room_and_end(project: Project, oracle: Oracle) -> None:
    names = project.names
    where = [{"vault-kv": {"mount": "secret", "path": names.path("robot")}}]
    robot = project.declared.aws("robot", kind="aws-user-access-key", deliver=where)

    def read() -> Mapping[str, str]:
        copy = oracle.kv(names.path("robot"))
        assert copy is not None
        return copy.secret

    def user() -> Any:
        [one] = oracle.aws_versions(robot["id"]).values()
        assert one.user == robot["id"]
        return one

    project.deploy(NOON, "--policy-pack", str(PACK))
    first = read()
    assert oracle.aws_answers(first)
    born = oracle.iam.get_user(UserName=robot["id"])["User"]["UserId"]

    # AWS makes the second key and its answer is lost: nobody has its secret.
    now = NOON + 22 * DAY
    oracle.fail("CreateAccessKey", "executed-but-error", UserName=robot["id"])
    project.deploy(now, check=False)
    [lost] = set(user().keys) - {first["access_key_id"]}
    assert read() == first
    assert oracle.aws_answers(first)

    project.deploy(now)
    second = read()
    assert set(user().keys) == {first["access_key_id"], second["access_key_id"]}
    assert lost not in user().keys
    assert oracle.aws_answers(first)
    assert oracle.aws_answers(second)

    # A third one has to wait as long as the first one may be in use.
    robot["rotations"] = [{"at": "2027-03-24T12:00:00Z", "reason": "superseded"}]
    project.write()
    planned = project.keylife("plan", "--at", "2027-03-24T12:00:00Z").stdout
    assert "waits for room" in planned
    assert "version 1 is in use until 2027-03-31T12:00:00Z" in planned
    assert "its issuer alone would accept it until 2027-04-22T12:00:00Z" in planned

    # The first one expires, and AWS goes on to accept it: its user's end is the second one's.
    now = NOON + 31 * DAY
    project.at(now)
    assert oracle.aws_answers(first)
    told = project.deploy(now).stdout
    assert "version 1 makes room now, and the next run issues" in told
    assert not oracle.aws_answers(first).authenticates
    assert list(user().keys) == [second["access_key_id"]]
    assert set(project.steps(project.deploy(now))) == {"unchanged"}

    now += timedelta(hours=1)
    project.deploy(now)
    third = read()
    assert set(user().keys) == {second["access_key_id"], third["access_key_id"]}
    assert oracle.aws_answers(second)
    assert oracle.aws_answers(third)
    assert oracle.iam.get_user(UserName=robot["id"])["User"]["UserId"] == born

    # What AWS enforces with nobody's help is the end of the newest.
    project.at(now + 30 * DAY)
    assert not oracle.aws_answers(third).may
    now += DAY
    robot["revoked"] = {
        "at": "2027-04-02T13:00:00Z",
        "reason": "cessationOfOperation",
        "by": "oncall@example.com",
        "ref": "PAY-812",
    }
    project.deploy(now)
    assert list(user().keys.values()) == ["Inactive", "Inactive"]
    assert oracle.attached_policies(robot["id"]) == []
    assert oracle.kv(names.path("robot")) is None

    project.deploy(now + DAY)
    assert oracle.aws_versions(robot["id"]) == {}
    history = project.keylife("history", robot["id"]).stdout
    for told in ("issued          v3", "orphan ended    v2", "destroyed       v1"):
        assert told in history, history
