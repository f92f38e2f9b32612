"""One secret whose AWSCURRENT value is the current version, gone at once when it is removed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from keylife.deliveries.delivery import Parcel
from keylife.deliveries.secrets_manager import SecretsManager, SecretsManagerSettings
from tests.program.engine import SECRET, SECRET_VALUE, Engine

BIRTH = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
NAME = "billing-deploy/secrets-manager/billing/aws"


def delivered() -> Engine:
    engine = Engine()

    def program() -> None:
        parcel = Parcel(
            key_id="billing-deploy",
            version=1,
            owner="team-payments",
            service="billing",
            birth=BIRTH,
            expiry=BIRTH + timedelta(days=30),
            contents=pulumi.Output.secret('{"a": "canary"}'),
            last={},
        )
        settings = SecretsManagerSettings(name="billing/aws")
        last = SecretsManager().deliver(NAME, parcel, settings, pulumi.ResourceOptions())
        assert type(last).__name__ == "SecretVersion"

    engine.run(program)
    return engine


def test_a_removed_secret_cannot_be_restored() -> None:
    assert delivered().one(SECRET, f"{NAME}#secret").inputs == {
        "name": "billing/aws",
        "description": "current version of the key billing-deploy, written by keylife",
        "recoveryWindowInDays": 0,
        "tags": {
            "keylife:key": "billing-deploy",
            "keylife:owner": "team-payments",
            "keylife:service": "billing",
        },
    }


def test_the_value_is_written_into_that_secret_as_a_secret_of_the_engine() -> None:
    engine = delivered()
    value = engine.one(SECRET_VALUE, NAME)

    assert value.inputs == {"secretId": f"{NAME}#secret-id", "secretString": '{"a": "canary"}'}
    assert value.secret_inputs == {"secretString"}
    assert engine.leads_to(value, engine.one(SECRET, f"{NAME}#secret"))


NAMES = [
    pytest.param("billing/aws", "", id="something"),
    pytest.param("b" * 512, "b" * 513, id="no more than Secrets Manager takes"),
    pytest.param("a/b_c+d=e.f@g-h", "a b", id="no blanks"),
    pytest.param("cafe", "café", id="plain letters"),
    pytest.param("billing-aws", "billing-aws\n", id="one line"),
    pytest.param("prod-billing1", "prod-billin", id="nothing like an ARN's suffix"),
    pytest.param("prod-b", "prod-AbCd12", id="nothing like the suffix of random letters"),
]


@pytest.mark.parametrize(("accepted", "refused"), NAMES)
def test_a_name_is_one_that_secrets_manager_tells_apart(accepted: str, refused: str) -> None:
    assert SecretsManagerSettings(name=accepted)
    with pytest.raises(ValidationError):
        SecretsManagerSettings(name=refused)


@pytest.mark.parametrize("given", [{}, {"name": 7}, {"name": "a", "kms": "b"}])
def test_a_place_has_a_name_and_nothing_else(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SecretsManagerSettings.model_validate(given)


def test_the_place_is_the_secrets_name() -> None:
    settings = SecretsManagerSettings(name="billing/aws")

    assert SecretsManager().place(settings) == "secrets-manager/billing/aws"
