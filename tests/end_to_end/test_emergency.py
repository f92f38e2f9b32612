"""A key is killed past review: dead everywhere, proven, and it does not come back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project
from tests.end_to_end.test_lifecycle import UNKNOWN, WORKS, read

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.timeout(600),
]

WHY = ("--reason", "keyCompromise", "--ref", "INC-7", "--by", "oncall@example.com")


ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def role_of(user: str, oracle: Oracle) -> str:
    """The ARN of a role that trusts one user, who may assume it."""

    def document(**statement: object) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [{**ALLOW, **statement}]})

    arn = oracle.iam.get_user(UserName=user)["User"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = oracle.iam.create_role(RoleName=user, AssumeRolePolicyDocument=text)["Role"]
    oracle.iam.put_role_policy(RoleName=user, PolicyName="may", PolicyDocument=document())
    may = document(Action="sts:AssumeRole", Resource=made["Arn"])
    oracle.iam.put_user_policy(UserName=user, PolicyName="assume", PolicyDocument=may)
    return str(made["Arn"])


def test_a_key_is_killed_proven_dead_and_stays_dead(project: Project, oracle: Oracle) -> None:
    names = project.names
    project.declared.aws("billing")
    project.declared.vault("metrics")
    now = datetime.now(UTC).replace(microsecond=0)
    project.deploy(now)
    project.commit("keys")
    aws, token = read(oracle, project, "billing"), read(oracle, project, "metrics")
    assert oracle.aws_answers(aws) == WORKS
    assert oracle.vault_answers(token) == WORKS
    [version] = oracle.aws_versions(names.id("billing")).values()
    stolen = oracle.as_a_role(aws, role_of(version.user, oracle))
    assert stolen.list_users()["Users"]

    killed = project.keylife("revoke", names.id("billing"), "--now", *WHY)

    assert f"{names.id('billing')} is dead" in killed.stdout
    assert oracle.aws_answers(aws) == UNKNOWN
    with pytest.raises(ClientError, match="AccessDenied"):
        stolen.list_users()
    assert oracle.aws_versions(names.id("billing")) == {}
    assert oracle.kv(names.path("billing")) is None
    assert oracle.secrets_manager(names.path("billing")) is None
    assert oracle.vault_answers(token) == WORKS, "a key that nobody named"
    printed = project.keylife("certificate", names.id("billing"), "--format", "json").stdout
    told = json.loads(printed)
    evidence = {c["certificate"]["system"]: c["certificate"] for c in told["certificates"]}
    begun = evidence.pop("aws-role-sessions")
    assert {c["evidence"] for c in evidence.values()} == {"proven"} and len(evidence) == 3
    assert begun["evidence"] == "weak" and not any(probe["used"] for probe in begun["probes"])
    assert begun["probes"][-1]["said"] == "denied by 1 role"
    assert told["pending"] == 0
    assert aws["secret_access_key"] not in killed.stdout + killed.stderr + printed
    probed = project.keylife("verify", names.id("billing")).stdout
    assert probed.count("refused (used)") == 2
    assert probed.count("refused (looked for: weak)") == 2, "its secret is nowhere any more"
    history = project.keylife("history", names.id("billing")).stdout
    assert [history.count(what) for what in ("issued", "revoked", "verified")] == [1, 1, 4]
    assert project.keylife("audit", "verify").returncode == 0
    latency = json.loads(project.keylife("latency", "--format", "json").stdout)
    measured = {each["system"]: each for each in latency}
    assert measured.pop("aws-role-sessions")["weak"] == 1
    assert [each["count"] for each in measured.values()] == [1, 1, 1]
    assert all(0 < each["p50"] == each["worst"] < 60_000 for each in measured.values())

    back = project.show(now, check=False)
    assert back.returncode != 0
    assert "revoked" in back.stdout + back.stderr

    for policy in oracle.iam.list_role_policies(RoleName=version.user)["PolicyNames"]:
        oracle.iam.delete_role_policy(RoleName=version.user, PolicyName=policy)
    oracle.iam.delete_role(RoleName=version.user)
    project.git("merge", "--quiet", f"keylife/revoke-{names.id('billing')}")
    project.up(*project.at(now))
    assert oracle.live_access_keys(names.id("billing")) == []
    assert oracle.vault_answers(token) == WORKS


def test_a_system_that_is_down_is_pending_and_a_worker_heals_it(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    project.declared.aws("billing")
    now = datetime.now(UTC).replace(microsecond=0)
    project.deploy(now)
    project.commit("keys")
    aws = read(oracle, project, "billing")
    project.sandbox.seal_vault()
    try:
        killed = project.keylife("revoke", names.id("billing"), "--now", *WHY, check=False)
        assert killed.returncode == 75, killed.stdout + killed.stderr
        assert "Vault is sealed" in killed.stdout
        assert oracle.aws_answers(aws) == UNKNOWN, "one dead system blocks no other"
        pending = project.keylife("certificate", names.id("billing"), check=False)
        assert pending.returncode == 75
        assert "1 pending" in pending.stdout
    finally:
        project.sandbox.unseal_vault()
    project.keylife("worker", "--until-done")
    assert oracle.kv(names.path("billing")) is None
    whole = project.keylife("certificate", names.id("billing")).stdout
    assert whole.count("dead, proven by using it") == 3
    assert whole.count("evidence: weak") == 1, "sessions of roles"
    assert project.keylife("audit", "verify").returncode == 0
