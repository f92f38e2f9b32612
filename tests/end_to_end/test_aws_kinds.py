"""AWS's further kinds and Parameter Store with the real CLI, told by who uses what is issued."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keylife.sandbox.lifecycle import Sandbox
from tests.end_to_end.aws_services import AwsServices
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.timeout(1200),
]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
EVERYTHING = ["arn:aws:iam::aws:policy/AdministratorAccess"]


def declare(
    project: Project, word: str, kind: str, scope: dict[str, Any], **fields: Any
) -> dict[str, Any]:
    where = [{"ssm-parameter": {"name": f"/{project.names.path(word)}"}}]
    return project.declared.aws(word, kind=kind, scope=scope, **{"deliver": where, **fields})


def test_what_aws_issues_works_overlaps_and_ends(
    project: Project, oracle: Oracle, sandbox: Sandbox
) -> None:
    services, names = AwsServices(sandbox), project.names
    plan = services.gateway.create_usage_plan(name=names.mark)["id"]
    model = declare(
        project, "model", "aws-service-credential", {"service": "bedrock", "policies": EVERYTHING}
    )
    declare(
        project, "git", "aws-service-credential", {"service": "codecommit", "policies": EVERYTHING}
    )
    gate = declare(project, "gate", "aws-api-gateway-key", {"usage_plans": [plan]})
    declare(project, "deploy", "aws-access-key", {"policies": EVERYTHING}, quarantine="0s")

    def read(word: str) -> Mapping[str, str]:
        told = services.parameter(f"/{names.path(word)}")
        assert told is not None
        return told

    project.deploy(NOON)

    model_1, git_1, gate_1 = read("model"), read("git"), read("gate")
    assert services.bedrock_takes(model_1)
    assert services.codecommit_takes(git_1)
    assert services.gateway_takes(gate_1, plan)
    assert oracle.aws_answers(read("deploy"))
    state = json.dumps(project.export())
    for secret in (model_1["api_key"], git_1["password"], gate_1["api_key"]):
        assert secret not in state
    assert set(project.steps(project.deploy(NOON))) == {"unchanged"}

    # 22 days later a rotation: both versions work until the grace is over.
    project.deploy(NOON + 22 * DAY)

    model_2, git_2, gate_2 = read("model"), read("git"), read("gate")
    for takes, old, new in (
        (services.bedrock_takes, model_1, model_2),
        (services.codecommit_takes, git_1, git_2),
    ):
        assert old != new
        assert takes(old)
        assert takes(new)
    assert services.gateway_takes(gate_1, plan)
    assert services.gateway_takes(gate_2, plan)

    # The first versions expire with nobody's help, except where only keylife's runs can do it.
    project.at(NOON + 30 * DAY)
    assert not services.bedrock_takes(model_1)
    assert not services.codecommit_takes(git_1)
    assert services.gateway_takes(gate_1, plan), "API Gateway knows no expiry"
    for key in (model, gate):
        key["revoked"] = {
            "at": "2027-03-31T12:00:00Z",
            "reason": "cessationOfOperation",
            "by": "oncall@example.com",
            "ref": "PAY-812",
        }
    project.deploy(NOON + 30 * DAY)

    assert not services.bedrock_takes(model_2)
    assert services.codecommit_takes(git_2)
    assert services.gateway_keys(gate["id"]) == {f"{gate['id']}-v{n}": False for n in (1, 2)}
    for word in ("model", "gate"):
        assert services.parameter(f"/{names.path(word)}") is None
    iam = services.client("iam")
    held = [
        entry["Status"]
        for user in sorted(oracle.aws_versions(model["id"]))
        for entry in iam.list_service_specific_credentials(UserName=user)[
            "ServiceSpecificCredentials"
        ]
    ]
    assert len(held) == 2
    assert "Active" not in held  # the first one may have reached its age a moment ago

    # A day later their quarantine is over.
    project.deploy(NOON + 31 * DAY)

    assert services.gateway_keys(gate["id"]) == {}
    assert services.gateway.get_usage_plan_keys(usagePlanId=plan)["items"] == []
    assert oracle.aws_versions(model["id"]) == {}
    assert services.codecommit_takes(read("git"))
    history = project.keylife("history", gate["id"]).stdout
    assert len(re.findall(r"Z  destroyed +v[12]", history)) == 2, history
