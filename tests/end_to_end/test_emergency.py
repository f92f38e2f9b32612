"""A key is killed past review: dead everywhere, proven, and it does not come back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project
from tests.end_to_end.test_lifecycle import UNKNOWN, WORKS, read

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

WHY = ("--reason", "keyCompromise", "--ref", "INC-7", "--by", "oncall@example.com")


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

    killed = project.keylife("revoke", names.id("billing"), "--now", *WHY)
    print(killed.stdout, killed.stderr)

    assert oracle.aws_answers(aws) == UNKNOWN
    assert oracle.aws_versions(names.id("billing")) == {}
    assert oracle.kv(names.path("billing")) is None
    assert oracle.secrets_manager(names.path("billing")) is None
    assert oracle.vault_answers(token) == WORKS, "a key that nobody named"
    told = json.loads(
        project.keylife("certificate", names.id("billing"), "--format", "json").stdout
    )
    print(project.keylife("certificate", names.id("billing")).stdout)
    assert [c["certificate"]["evidence"] for c in told["certificates"]] == ["proven"] * 3
    assert told["pending"] == 0
    assert aws["secret_access_key"] not in killed.stdout + json.dumps(told)
    print(project.keylife("verify", names.id("billing")).stdout)
    print(project.keylife("history", names.id("billing")).stdout)

    back = project.show(now, check=False)
    print(back.stdout[-2000:], back.stderr[-2000:])
    assert back.returncode != 0

    project.git("merge", "--quiet", f"keylife/revoke-{names.id('billing')}")
    after = project.up(*project.at(now), check=False)
    print(after.stdout[-3000:], after.stderr[-2000:])
    assert after.returncode == 0
