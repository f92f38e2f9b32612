"""A lost state with every kind in it is rebuilt, and its keys go on as if nothing had been."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keylife.model.instant import format_instant
from keylife.sandbox.lifecycle import Sandbox
from tests.end_to_end.aws_services import AwsServices
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project
from tests.end_to_end.test_vault_kinds import Authority, Mount

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOST = NOON + 22 * DAY
SECRET = {"api_key", "password", "secret_id", "private_key", "secret"}
EVERYTHING = ["arn:aws:iam::aws:policy/AdministratorAccess"]


def test_nothing_is_issued_again_and_the_old_ends_when_it_is_due(
    project: Project, oracle: Oracle, sandbox: Sandbox
) -> None:
    services, names = AwsServices(sandbox), project.names
    plan = services.gateway.create_usage_plan(name=names.mark)["id"]
    mount = Mount(oracle, f"approle-{names.mark}")
    authority = Authority(oracle, f"pki-{names.mark}")
    subject = {"mount": authority.mount, "role": "web", "common_name": "api.example.com"}
    words: Mapping[str, tuple[str, dict[str, Any]]] = {
        "model": ("aws-service-credential", {"service": "bedrock", "policies": EVERYTHING}),
        "git": ("aws-service-credential", {"service": "codecommit", "policies": EVERYTHING}),
        "gate": ("aws-api-gateway-key", {"usage_plans": [plan]}),
        "robot": ("vault-approle-secret-id", {"mount": mount.path, "policies": ["kv-read"]}),
        "tls": ("vault-pki-certificate", subject),
        "hook": ("generated", {"accepted_by": "the shop's web hook"}),
    }
    for word, (kind, scope) in words.items():
        parameter = {"ssm-parameter": {"name": f"/{names.path(word)}"}}
        where = [{"vault-kv": {"mount": "secret", "path": names.path(word)}}, parameter]
        if word in ("robot", "tls"):  # more than a parameter holds
            where.remove(parameter)
        project.declared.aws(word, kind=kind, scope=scope, deliver=where, quarantine="0s")

    def held() -> dict[str, Mapping[str, str]]:
        copies = {word: oracle.kv(names.path(word)) for word in words}
        return {word: copy.secret for word, copy in copies.items() if copy is not None}

    project.deploy(NOON)
    first = held()
    project.deploy(LOST)
    second = held()
    token = mount.log_in(first["robot"])["client_token"]
    before, known = oracle.inventory(names.mark), resources_of(project)

    project.run("stack", "rm", "--force", "--yes", "--preserve-config", project.stack)
    project.run("stack", "init", project.stack)
    at = ("--at", format_instant(LOST + HOUR))
    told = project.keylife("ledger", "rebuild", "--write", "--format", "json", *at)

    answer = json.loads(told.stdout)
    assert [answer[name] for name in ("missing", "not_looked_for", "unclear")] == [[], [], []]
    assert {key["id"]: (key["delivered"], key["rotation_due"]) for key in answer["keys"]} == {
        names.id(word): (2, False) for word in words
    }
    rebuilt = resources_of(project)
    assert rebuilt.keys() == known.keys()
    assert {urn: known[urn] for urn in known if rebuilt[urn] != known[urn]} == {}
    stored = json.dumps(project.export())
    for copy in second.values():
        for name in copy.keys() & SECRET:
            assert copy[name] not in told.stdout and json.dumps(copy[name])[1:-1] not in stored

    project.run("refresh", "--yes", "--skip-preview")
    steps = project.steps(project.deploy(LOST + HOUR))

    assert set(steps) == {"unchanged"}, steps
    assert oracle.inventory(names.mark) == before and held() == second

    # the first versions end as they would have
    project.deploy(LOST + 9 * DAY)

    assert held() == second
    assert not services.bedrock_takes(first["model"]) and services.bedrock_takes(second["model"])
    assert not services.codecommit_takes(first["git"]) and services.codecommit_takes(second["git"])
    assert not services.gateway_takes(first["gate"], plan)
    assert services.gateway_takes(second["gate"], plan)
    assert not mount.accepts(first["robot"]) and mount.accepts(second["robot"])
    assert not mount.works(token)
    assert len(authority.revoked()) == 1


_MADE_UP = (
    "pulumi:providers:",  # by the engine
    "pulumi-python:",  # by keylife, of what it drew
    "aws:iam/userPolicyAttachment:",  # by the provider
)
"""The types of what no issuer has an id for."""


def resources_of(project: Project) -> dict[str, Any]:
    """What the state knows of every resource: by which id, and of versions the ledger's facts."""
    return {
        resource["urn"]: resource["inputs"]
        if resource["type"] == "keylife:index:Version"
        else resource.get("id")
        for resource in project.resources()
        if not resource["type"].startswith(_MADE_UP)
    }
