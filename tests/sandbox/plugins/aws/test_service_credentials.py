"""Service-specific credentials as the AWS stand-in makes, stops and deletes them."""

from __future__ import annotations

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import pytest

from keylife.sandbox.plugins.values import Secret
from tests.sandbox.aws.running import Sandbox
from tests.sandbox.plugins.aws.declared import SERVICE_CREDENTIAL, USER, differences
from tests.sandbox.plugins.engine import Engine

BEDROCK, CODECOMMIT = "bedrock.amazonaws.com", "codecommit.amazonaws.com"


def test_a_credential_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    user = engine.create(USER, name=name)
    made = engine.create(
        SERVICE_CREDENTIAL, userName=name, serviceName=BEDROCK, credentialAgeDays=30
    )

    assert made.id == f"{BEDROCK}:{name}:{made['serviceSpecificCredentialId']}"
    assert made["serviceCredentialSecret"].startswith("ABSK")
    assert isinstance(made.outputs["serviceCredentialSecret"], Secret)
    assert made["expirationDate"] > made["createDate"]
    same = {"userName": name, "serviceName": BEDROCK, "credentialAgeDays": 30}
    assert differences(engine, made, **same) == ([], [])
    assert differences(engine, made, **same, status="Inactive") == (["status"], [])
    assert differences(engine, made, **{**same, "credentialAgeDays": 31})[1] == [
        "credentialAgeDays"
    ]

    stopped = engine.update(made, **same, status="Inactive")
    assert stopped["status"] == "Inactive"
    assert stopped["serviceCredentialSecret"] == made["serviceCredentialSecret"]
    with pytest.raises(grpc.RpcError, match="DeleteConflict"):
        engine.delete(user)

    engine.delete(stopped)
    assert engine.refresh(stopped) is None
    engine.delete(stopped)
    engine.delete(user)
    assert engine.refresh(made) is None
    engine.delete(made)


def test_it_may_be_made_inactive_and_goes_with_its_user_by_force(
    engine: Engine, aws: Sandbox
) -> None:
    name = aws.fresh_name()
    user = engine.create(USER, name=name, forceDestroy=True)
    made = engine.create(
        SERVICE_CREDENTIAL, userName=name, serviceName=CODECOMMIT, status="Inactive"
    )

    assert (made["status"], made["serviceUserName"]) == ("Inactive", f"{name}-at-123456789012")
    assert made["expirationDate"] == ""
    engine.delete(user)
    assert engine.refresh(user) is None


@pytest.mark.parametrize(
    ("service", "age", "failure"),
    [
        (CODECOMMIT, 30, "InvalidInput"),
        ("s3.amazonaws.com", None, "NoSuchEntity"),
    ],
)
def test_what_iam_refuses_is_told(
    engine: Engine, aws: Sandbox, service: str, age: int | None, failure: str
) -> None:
    name = aws.fresh_name()
    engine.create(USER, name=name)

    with pytest.raises(grpc.RpcError, match=failure):
        engine.create(SERVICE_CREDENTIAL, userName=name, serviceName=service, credentialAgeDays=age)


def test_a_user_has_two_for_a_service(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    engine.create(USER, name=name)
    for _ in range(2):
        engine.create(SERVICE_CREDENTIAL, userName=name, serviceName=BEDROCK)

    with pytest.raises(grpc.RpcError, match="LimitExceeded"):
        engine.create(SERVICE_CREDENTIAL, userName=name, serviceName=BEDROCK)
    engine.create(SERVICE_CREDENTIAL, userName=name, serviceName=CODECOMMIT)
