"""AWS's other credentials, of whose use nobody can be asked: their listing is what there is."""

from __future__ import annotations

from typing import Any

import pytest

from keylife.orphan import Clients
from keylife.sandbox.lifecycle import Sandbox
from keylife.systems.holdings import holdings_of, material_of
from keylife.systems.system import Holding, Verdict
from keylife.systems.table import SYSTEMS
from tests.end_to_end.aws_services import AwsServices
from tests.program.states import SECRET, resource, state
from tests.systems.doing import done, holding
from tests.systems.lossy import Lossy

SERVICE, GATEWAY = SYSTEMS["aws-service-credential"], SYSTEMS["aws-api-gateway-key"]
BEDROCK = "bedrock.amazonaws.com"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def credential(clients: Clients, name: str, whose: str = "version") -> tuple[Holding, Any]:
    iam = clients.aws("iam")
    iam.create_user(UserName=name, Path=f"/keylife/{name}/")
    iam.attach_user_policy(UserName=name, PolicyArn=ADMIN)
    made = iam.create_service_specific_credential(UserName=name, ServiceName=BEDROCK)
    told = made["ServiceSpecificCredential"]
    facts = {"user": name, "credential": told["ServiceSpecificCredentialId"], "whose": whose}
    held = holding("aws-service-credential", name, weak="only its listing", **facts)
    return held, {"api_key": told["ServiceCredentialSecret"]}


def test_each_step_takes_more_of_a_service_credential(
    clients: Clients, sandbox: Sandbox, name: str
) -> None:
    held, secret = credential(clients, name)
    services = AwsServices(sandbox)
    assert services.bedrock_takes(secret)
    assert SERVICE.use(held, secret, clients).verdict is Verdict.ACCEPTED
    told, taken, seen = {}, {}, {}
    for step in SERVICE.steps:
        told[step.name] = step.do(held, clients)
        taken[step.name] = services.bedrock_takes(secret)
        seen[step.name] = SERVICE.use(held, secret, clients).said

    assert told == {
        "deny": "denied everything",
        "deactivate": "inactive",
        "end-other-credentials": "found no others",
        "delete-credential": "deleted",
        "delete-user": "deleted the user; found no others",
    }
    assert not any(taken.values())
    assert list(seen.values()) == [
        "listed as Active",
        "listed as Inactive",
        "listed as Inactive",
        "its user stands still, denied everything",
        "not listed",
    ]
    again = done(held, clients)
    assert again["delete-credential"] == "no such credential"
    assert again["delete-user"] == "no such user"


def test_a_credential_that_its_holder_added_is_seen_and_ended(clients: Clients, name: str) -> None:
    held, _ = credential(clients, name)
    for step in SERVICE.steps[:2]:
        step.do(held, clients)
    clients.aws("iam").create_access_key(UserName=name)

    answer = SERVICE.look(held, clients)
    assert (answer.verdict, answer.said) == (Verdict.ACCEPTED, "its user has another access key")
    assert SERVICE.steps[2].do(held, clients) == "ended 1 access key"
    assert SERVICE.look(held, clients).verdict is Verdict.REFUSED


def test_a_user_that_is_not_the_versions_is_left_alone(clients: Clients, name: str) -> None:
    held, _ = credential(clients, name, whose="somebody")
    clients.aws("iam").create_access_key(UserName=name)

    told = done(held, clients)

    assert told["deny"] == told["end-other-credentials"]
    assert told["deny"] == "left alone: the user is not the version's"
    assert len(clients.aws("iam").list_access_keys(UserName=name)["AccessKeyMetadata"]) == 1
    assert SERVICE.look(held, clients).said == "not listed"


def gateway_key(clients: Clients, name: str) -> tuple[Holding, Any, str]:
    gateway = clients.aws("apigateway")
    plan = gateway.create_usage_plan(name=name)["id"]
    made = gateway.create_api_key(name=name, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
    facts = {"api_key": made["id"], "plans": f"{plan} gone"}
    held = holding("aws-api-gateway-key", name, weak="only its listing", **facts)
    return held, {"api_key": made["value"]}, plan


def test_each_step_takes_more_of_an_api_key(clients: Clients, sandbox: Sandbox, name: str) -> None:
    held, secret, plan = gateway_key(clients, name)
    other, _, _ = gateway_key(clients, f"{name}-other")
    services = AwsServices(sandbox)
    assert services.gateway_takes(secret, plan)
    assert GATEWAY.use(held, secret, clients).said == "listed as enabled"

    disable, leave, delete = GATEWAY.steps
    assert disable.do(held, clients) == "disabled"
    assert not services.gateway_takes(secret, plan)
    assert GATEWAY.look(held, clients).said == "listed as disabled"
    assert leave.do(held, clients) == "taken out of 1 usage plans"
    assert delete.do(held, clients) == "deleted"

    assert GATEWAY.look(held, clients).said == "NotFoundException"
    assert GATEWAY.look(held, clients).verdict is Verdict.REFUSED
    assert done(held, clients) == {
        "disable": "no such key",
        "leave-plans": "taken out of 0 usage plans",
        "delete": "no such key",
    }
    assert GATEWAY.look(other, clients).verdict is Verdict.ACCEPTED
    assert [step.final for step in GATEWAY.steps] == [False, True, True]


@pytest.mark.parametrize("lost", ["PATCH", "usageplans", "DELETE /apikeys"])
def test_an_answer_that_is_lost_is_asked_for_again(
    through_aws_way: Clients, aws_way: Lossy, name: str, lost: str
) -> None:
    held, _, _ = gateway_key(through_aws_way, name)
    aws_way.loses = lambda method, path, body: lost in f"{method} {path}" and not aws_way.lost

    with pytest.raises(Exception, match="Connection"):
        done(held, through_aws_way)
    done(held, through_aws_way)

    assert len(aws_way.lost) == 1
    assert GATEWAY.look(held, through_aws_way).verdict is Verdict.REFUSED


def test_an_operator_who_may_not_ask_knows_nothing(
    clients: Clients, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, _, _ = gateway_key(clients, name)
    service, _ = credential(clients, name)
    iam = clients.aws("iam")
    iam.create_user(UserName=f"{name}-weak")
    key = iam.create_access_key(UserName=f"{name}-weak")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])

    for system, place in ((GATEWAY, held), (SERVICE, service)):
        assert system.look(place, Clients()).verdict is Verdict.UNCLEAR


def turned(kind: str, id_: str, inputs: Any, outputs: Any) -> Any:
    """A state in which version 2 of a key is of another kind."""
    export = state("in-rotation")
    made = resource(export, "aws:iam/accessKey:AccessKey", "billing-deploy-v2")
    made.update({"type": kind, "id": id_, "inputs": inputs, "outputs": outputs})
    return export


def of_the(export: Any, system: str) -> Holding:
    [held] = (h for h in holdings_of(export, "billing-deploy") if h.system == system)
    return held


PLAIN = {**SECRET, "plaintext": '"canary"'}


def test_what_the_state_has_of_a_bedrock_key() -> None:
    kind = "aws:iam/serviceSpecificCredential:ServiceSpecificCredential"
    user = "billing-deploy-v2"
    outputs = {"serviceCredentialSecret": PLAIN, "serviceUserName": ""}
    export = turned(kind, f"{BEDROCK}:{user}:ACCA1", {}, outputs)

    held = of_the(export, "aws-service-credential")

    assert held.facts == {
        "credential": "ACCA1",
        "user": user,
        "service": BEDROCK,
        "whose": "version",
    }
    assert "only IAM's listing is evidence" in held.weak
    assert material_of(export, held) == {"api_key": "canary"}


def test_what_the_state_has_of_a_password_for_git() -> None:
    kind = "aws:iam/serviceSpecificCredential:ServiceSpecificCredential"
    outputs = {"serviceUserName": "git-at-1", "servicePassword": PLAIN}
    export = turned(kind, "codecommit.amazonaws.com:somebody:ACCA1", {}, outputs)

    held = of_the(export, "aws-service-credential")

    assert held.facts["whose"] == "somebody"
    assert material_of(export, held) == {"user_name": "git-at-1", "password": "canary"}
    copies = [h for h in holdings_of(export, "billing-deploy") if h.system == "vault-kv"]
    assert [h.facts.get("mark.user_name") for h in copies] == [None, "git-at-1"]


def test_what_the_state_has_of_an_api_key() -> None:
    export = turned("aws:apigateway/apiKey:ApiKey", "abc", {"name": "n"}, {"value": PLAIN})
    version = resource(export, "keylife:index:Version", "billing-deploy-v2")
    for number in (2, 1):
        export["deployment"]["resources"].append(
            {
                "urn": f"urn:pulumi:dev::keylife::aws:apigateway/usagePlanKey::{number}",
                "type": "aws:apigateway/usagePlanKey:UsagePlanKey",
                "id": "abc",
                "custom": True,
                "parent": version["urn"],
                "inputs": {"usagePlanId": f"plan{number}", "keyId": "abc"},
            }
        )

    held = of_the(export, "aws-api-gateway-key")

    assert held.facts == {"api_key": "abc", "plans": "plan1 plan2"}
    assert material_of(export, held) == {"api_key": "canary"}
    assert held.weak and held.window == 60.0


def test_a_generated_secret_is_held_without_a_step_and_weak() -> None:
    kind = "pulumi-python:dynamic/keylife:Generated"
    export = turned(kind, "generated-1", {}, {"secret": PLAIN})

    held = of_the(export, "generated")

    assert SYSTEMS["generated"].steps == ()
    assert "keylife cannot ask whoever accepts it" in held.weak
    assert material_of(export, held) == {"secret": "canary"}
    answer = SYSTEMS["generated"].use(held, {"secret": "canary"}, Clients())
    assert answer.verdict is Verdict.UNCLEAR
    assert "canary" not in repr(answer)
