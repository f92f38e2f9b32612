"""A stack's state is lost after rotations and a revocation, and rebuilt from what is out there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from keylife.model.instant import format_instant
from tests.end_to_end.oracle import MOUNT, Answer, Oracle
from tests.end_to_end.project import Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WORKS = Answer(authenticates=True, may=True)
LOST = NOON + 44 * DAY


def test_a_rebuilt_ledger_goes_on_where_the_lost_one_stopped(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    billing = project.declared.aws("billing")["id"]
    metrics = project.declared.vault("metrics")["id"]
    unread = project.declared.vault("unread")["id"]
    ended = project.declared.aws("ended", quarantine="7d")
    robbed = project.declared.vault("robbed")["id"]
    for day in (0, 22):
        project.deploy(NOON + day * DAY)
    ended["revoked"] = {
        "at": format_instant(LOST),
        "reason": "superseded",
        "by": "ada@example.com",
        "ref": "OPS-3",
    }
    project.deploy(LOST)
    oracle.vault.secrets.kv.v2.delete_metadata_and_all_versions(
        names.path("unread"), mount_point=MOUNT
    )
    for token in oracle.vault_versions(robbed).values():
        oracle.vault.auth.token.revoke_accessor(token.accessor)
    oracle.vault.secrets.kv.v2.delete_metadata_and_all_versions(
        names.path("robbed"), mount_point=MOUNT
    )
    before = oracle.inventory(names.mark)
    known = ledger_of(project)
    ids = (billing, metrics, unread, ended["id"])
    made = created(oracle, *ids)
    assert made == {
        **{f"{key}-v{number}": 1 for key in ids[:3] for number in (1, 2, 3)},
        **{f"{ended['id']}-v{number}": 1 for number in (1, 2)},
    }

    project.run("stack", "rm", "--force", "--yes", "--preserve-config", project.stack)
    project.run("stack", "init", project.stack)
    at = ("--at", format_instant(LOST + HOUR))
    told = project.keylife("ledger", "rebuild", "--format", "json", *at)

    assert project.resources() == []  # it was only said
    found = {key["id"]: key for key in json.loads(told.stdout)["keys"]}
    assert {key: [v["number"] for v in found[key]["versions"]] for key in found} == {
        billing: [1, 2, 3],
        metrics: [2, 3],
        unread: [2, 3],
        ended["id"]: [1, 2],
        robbed: [],
    }
    assert found[robbed]["gone"] == [2, 3]  # by the store, which alone remembers them
    assert found[robbed]["destroyed_through"] == 3
    assert [key for key in found if found[key]["rotation_due"]] == [unread]
    secrets = [
        value
        for copy in before["kv"].values()
        for name, value in copy.secret.items()
        if name != "access_key_id"
    ]
    assert not any(value in told.stdout for value in secrets)

    project.keylife("ledger", "rebuild", "--write", *at)

    assert oracle.inventory(names.mark) == before
    rebuilt = ledger_of(project)
    [lost] = [urn for urn in rebuilt if urn.endswith(f"::{unread}-v3")]
    assert rebuilt.pop(lost)["rotationDue"] == known.pop(lost)["birth"]
    for number in (2, 3):
        known.pop(f"{lost.replace(f'{unread}-v3', f'{robbed}-v{number}')}")
    assert rebuilt == known
    assert not any(value in json.dumps(project.export()) for value in secrets)

    answer = project.deploy(LOST + 2 * HOUR)

    made[f"{unread}-v4"] = 1  # nobody knows the secret of the third any more
    assert created(oracle, *ids) == made
    assert "updated" not in project.steps(answer), answer.stdout
    assert created(oracle, robbed) == {f"{robbed}-v{number}": 1 for number in (1, 2, 3, 4)}
    copy = oracle.kv(names.path("unread"))
    assert copy is not None and oracle.vault_answers(copy.secret) == WORKS
    after = oracle.inventory(names.mark)
    assert (after["users"], after["secrets"]) == (before["users"], before["secrets"])
    assert before["tokens"].items() <= after["tokens"].items()
    assert before["kv"].items() <= after["kv"].items()

    old = {user: list(v.keys) for user, v in before["users"].items()}
    project.deploy(LOST + 10 * DAY)  # grace and quarantine are over

    users = oracle.aws_versions(billing)
    assert {user: list(version.keys.values()) for user, version in users.items()} == {
        f"{billing}-v2": ["Inactive"],
        f"{billing}-v3": ["Active"],
    }
    assert list(users[f"{billing}-v3"].keys) == old[f"{billing}-v3"]
    assert oracle.aws_versions(ended["id"]) == {}
    [token] = oracle.vault_versions(metrics).values()
    assert token.meta["keylife-version"] == "3"
    for word, answers in (("billing", oracle.aws_answers), ("metrics", oracle.vault_answers)):
        copy = oracle.kv(names.path(word))
        assert copy is not None and answers(copy.secret) == WORKS
    assert created(oracle, *ids) == made


def created(oracle: Oracle, *keys: str) -> dict[str, int]:
    """How often a credential was made, by version, of either kind."""
    return {
        version: count
        for key in keys
        for counts in (oracle.created_access_keys(key), oracle.created_tokens(key))
        for version, count in counts.items()
    }


def ledger_of(project: Project) -> dict[str, dict[str, str]]:
    """What the state says of births and ends; when a quarantine began is not to be found out."""
    return {
        resource["urn"]: {
            name: resource["inputs"][name]
            for name in ("birth", "expiry", "rotationDue", "grace", "owner", "scope", "state")
        }
        for resource in project.resources("keylife:index:Version")
    }
