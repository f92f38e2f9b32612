"""A key's life with the real CLI, told by whoever uses the key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from keylife.sandbox.process import within
from tests.end_to_end.oracle import Answer, Oracle
from tests.end_to_end.project import Project, differences
from tests.end_to_end.watch import consumers_of, watched_aws, watched_vault

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1200)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
POWERLESS = Answer(authenticates=True, may=False)
UNKNOWN = Answer(authenticates=False, may=False)
WORKS = Answer(authenticates=True, may=True)


def read(oracle: Oracle, project: Project, word: str) -> Mapping[str, str]:
    """What a consumer reads in Vault."""
    copy = oracle.kv(project.names.path(word))
    assert copy is not None
    return copy.secret


def test_a_rotation_overlaps_and_the_old_version_ends(project: Project, oracle: Oracle) -> None:
    names = project.names
    project.declared.aws("billing")
    project.declared.vault("metrics")
    place = names.path("billing")

    project.deploy(NOON)

    aws_1, token_1 = read(oracle, project, "billing"), read(oracle, project, "metrics")
    assert oracle.aws_answers(aws_1) == WORKS
    assert oracle.vault_answers(token_1) == WORKS
    copy = oracle.kv(place)
    assert copy is not None
    assert dict(copy.metadata) == {
        "keylife-key": names.id("billing"),
        "keylife-version": "1",
        "keylife-owner": "team-payments",
        "keylife-expiry": "2027-03-31T12:00:00Z",
    }
    now = oracle.secrets_manager(place)
    assert now is not None and now.secret == aws_1
    assert oracle.secrets_manager(place, "AWSPREVIOUS") is None

    before, issued = project.state(), oracle.inventory(names.mark)
    answer = project.deploy(NOON)
    assert set(project.steps(answer)) == {"unchanged"}
    assert differences(before, project.state()) == []
    assert oracle.inventory(names.mark) == issued

    keys = (
        watched_aws(project, oracle, "billing", 30 * DAY),
        watched_vault(project, oracle, "metrics", 30 * DAY),
    )
    with consumers_of(*keys):
        project.deploy(NOON + 22 * DAY)

    aws_2, token_2 = read(oracle, project, "billing"), read(oracle, project, "metrics")
    assert aws_2 != aws_1 and token_2 != token_1
    assert [oracle.aws_answers(secret) for secret in (aws_1, aws_2)] == [WORKS, WORKS]
    assert [oracle.vault_answers(secret) for secret in (token_1, token_2)] == [WORKS, WORKS]
    copy = oracle.kv(place)
    assert copy is not None and copy.metadata["keylife-version"] == "2"
    now, previous = oracle.secrets_manager(place), oracle.secrets_manager(place, "AWSPREVIOUS")
    assert now is not None and now.secret == aws_2
    assert previous is not None and previous.secret == aws_1

    # The end of the first version comes by AWS's own clock; nobody runs.
    project.sandbox.set_clock(NOON + 30 * DAY - 20 * SECOND)
    assert oracle.aws_answers(aws_1) == WORKS
    project.sandbox.set_clock(NOON + 30 * DAY)
    assert oracle.aws_answers(aws_1) == POWERLESS
    assert oracle.aws_answers(aws_2) == WORKS

    told = project.up(*project.at(NOON + 31 * DAY))

    said = told.stdout + told.stderr
    assert f"does not tell whether anybody uses its successor: {names.id('metrics')} v1" in said
    assert f"{names.id('billing')} v1 ends" not in said, "its successor was seen in use"
    assert f"{names.id('metrics')} v1" in said and "dead: refused" in said
    users = oracle.aws_versions(names.id("billing"))
    assert list(users[f"{names.id('billing')}-v1"].keys.values()) == ["Inactive"]
    assert oracle.aws_answers(aws_1) == UNKNOWN
    assert oracle.vault_answers(token_1) == UNKNOWN
    assert oracle.aws_answers(aws_2) == WORKS
    assert oracle.vault_answers(token_2) == WORKS

    project.deploy(NOON + 32 * DAY)

    assert list(oracle.aws_versions(names.id("billing"))) == [f"{names.id('billing')}-v2"]
    assert oracle.created_access_keys(names.id("billing")).total() == 2
    assert oracle.created_tokens(names.id("metrics")).total() == 2


def test_a_key_with_a_life_of_ten_seconds_ends_by_itself(project: Project, oracle: Oracle) -> None:
    """By AWS's clock, which the test moves, and by Vault's, which nobody can move."""
    names = project.names
    life = {"ttl": "10s", "rotate_every": "5s"}
    project.declared.aws("billing", **life)
    project.declared.vault("metrics", **life)
    project.write()

    running = project.start("up", "--yes", "--skip-preview", *project.at(NOON))
    worked = within(60, lambda: bool(_token_works(oracle, names.path("metrics"))))
    running.communicate(timeout=120)
    issued = oracle.vault_versions(names.id("metrics"))

    assert running.returncode == 0
    assert worked
    assert all(version.explicit_max_ttl == 10 for version in issued.values())
    # Vault deletes even the copy: its KV mount was told how long the version lives.
    assert within(15, lambda: not oracle.vault_versions(names.id("metrics")))

    secret = oracle.secrets_manager(names.path("billing"))
    assert secret is not None
    project.sandbox.set_clock(NOON + 5 * SECOND)
    assert oracle.aws_answers(secret.secret) == WORKS
    project.sandbox.set_clock(NOON + 10 * SECOND)
    assert oracle.aws_answers(secret.secret) == POWERLESS


def _token_works(oracle: Oracle, path: str) -> bool:
    copy = oracle.kv(path)
    return copy is not None and oracle.vault_answers(copy.secret) == WORKS


def test_edits_of_a_live_key_change_what_they_can_in_place(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    aws = project.declared.aws("billing")
    vault = project.declared.vault("metrics")
    project.deploy(NOON)
    aws_1, token_1 = read(oracle, project, "billing"), read(oracle, project, "metrics")
    tokens = set(oracle.vault_versions(names.id("metrics")))
    users = oracle.aws_versions(names.id("billing"))

    # Another schedule, another owner, another scope of the AWS key: nothing is issued.
    vault.update(ttl="60d", rotate_every="50d", owner="team-payments")
    aws.update(
        ttl="10d",
        rotate_every="9d",
        owner="team-platform",
        scope={"policies": ["arn:aws:iam::aws:policy/SecretsManagerReadWrite"]},
    )
    project.deploy(NOON + HOUR)

    assert read(oracle, project, "billing") == aws_1
    assert read(oracle, project, "metrics") == token_1
    assert set(oracle.vault_versions(names.id("metrics"))) == tokens
    assert oracle.vault_answers(token_1) == WORKS
    [version] = oracle.aws_versions(names.id("billing")).values()
    assert version.tags["keylife:owner"] == "team-platform"
    [was] = users.values()
    assert version.keys == was.keys
    for name in ("keylife:birth", "keylife:expiry"):
        assert version.tags[name] == was.tags[name], "an edit moved what the birth fixed"
    assert oracle.aws_answers(aws_1) == POWERLESS  # to list users is not in its scope any more
    assert oracle.attached_policies(version.user) == ["SecretsManagerReadWrite"]

    # Another scope of a token needs another token; the old one keeps its grace.
    vault.update(scope={"policies": ["metrics-read", "kv-read"]})
    project.deploy(NOON + 2 * HOUR)

    token_2 = read(oracle, project, "metrics")
    assert token_2 != token_1
    assert oracle.vault_answers(token_1) == WORKS
    assert oracle.vault_answers(token_2) == WORKS
    versions = oracle.vault_versions(names.id("metrics"))
    assert {v.meta["keylife-version"]: v.policies for v in versions.values()} == {
        "1": ("kv-read",),
        "2": ("kv-read", "metrics-read"),
    }
    assert oracle.created_access_keys(names.id("billing")).total() == 1


def test_a_late_pipeline_issues_once_and_a_compromise_kills_in_the_same_run(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    aws, vault = project.declared.aws("billing"), project.declared.vault("metrics")
    project.deploy(NOON)
    old = read(oracle, project, "billing"), read(oracle, project, "metrics")

    project.deploy(NOON + 200 * DAY)  # nine rotations were missed

    late = read(oracle, project, "billing"), read(oracle, project, "metrics")
    assert oracle.created_access_keys(names.id("billing")) == {
        f"{names.id('billing')}-v{number}": 1 for number in (1, 2)
    }
    assert oracle.created_tokens(names.id("metrics")).total() == 2
    assert oracle.aws_answers(late[0]) == WORKS
    assert oracle.vault_answers(late[1]) == WORKS
    assert oracle.aws_answers(old[0]) == UNKNOWN
    assert oracle.vault_answers(old[1]) == UNKNOWN

    leaked = [{"at": "2027-09-18T08:00:00Z", "reason": "keyCompromise"}]
    aws["rotations"] = vault["rotations"] = leaked
    project.deploy(datetime(2027, 9, 18, 8, 30, tzinfo=UTC))

    fresh = read(oracle, project, "billing"), read(oracle, project, "metrics")
    assert oracle.aws_answers(fresh[0]) == WORKS
    assert oracle.vault_answers(fresh[1]) == WORKS
    assert oracle.aws_answers(late[0]) == UNKNOWN
    assert oracle.vault_answers(late[1]) == UNKNOWN
    assert oracle.live_access_keys(names.id("billing")) == [f"{names.id('billing')}-v3"]
    [token] = oracle.vault_versions(names.id("metrics")).values()
    assert token.meta["keylife-version"] == "3"
