"""One SecureString parameter that holds the current version."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from keylife.deliveries.delivery import Parcel
from keylife.deliveries.ssm_parameter import SsmParameter, SsmParameterSettings
from tests.program.engine import Engine

BIRTH = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
PARAMETER = "aws:ssm/parameter:Parameter"
NAME = "billing-deploy/ssm-parameter/billing/aws"


def delivered(**settings: Any) -> Engine:
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
        where = SsmParameterSettings(name="/billing/aws", **settings)
        SsmParameter().deliver(NAME, parcel, where, pulumi.ResourceOptions())

    engine.run(program)
    return engine


def test_the_parameter_is_a_secure_string_that_says_whose_it_is_and_when_it_ends() -> None:
    parameter = delivered().one(PARAMETER, NAME)

    assert parameter.inputs == {
        "name": "/billing/aws",
        "type": "SecureString",
        "tier": "Standard",
        "value": '{"a": "canary"}',
        "description": "current version of the key billing-deploy, written by keylife",
        "tags": {
            "keylife:key": "billing-deploy",
            "keylife:version": "1",
            "keylife:owner": "team-payments",
            "keylife:service": "billing",
            "keylife:expiry": "2026-12-23T06:00:00Z",
        },
    }
    assert parameter.secret_inputs == {"value"}


def test_nothing_that_is_there_already_is_written_over() -> None:
    assert "overwrite" not in delivered().one(PARAMETER, NAME).inputs


def test_a_large_value_takes_the_advanced_tier() -> None:
    assert delivered(advanced=True).one(PARAMETER, NAME).inputs["tier"] == "Advanced"


NAMES = [
    pytest.param("/billing/aws", "/billing//aws", id="no empty part"),
    pytest.param("billing.aws_x-1", "billing/aws", id="a slash only after a first one"),
    pytest.param("/a" * 15, "/a" * 16, id="fifteen parts"),
    pytest.param("/" + "a" * 1010, "/" + "a" * 1011, id="1011 characters"),
    pytest.param("/cafe", "/café", id="plain letters"),
    pytest.param("/laws", "/aws/x", id="not AWS's own"),
    pytest.param("/billing/ssm", "SSM-x", id="not Systems Manager's own"),
    pytest.param("/a", "/a\n", id="one line"),
]


@pytest.mark.parametrize(("accepted", "refused"), NAMES)
def test_a_name_is_one_that_parameter_store_takes(accepted: str, refused: str) -> None:
    assert SsmParameterSettings(name=accepted)
    with pytest.raises(ValidationError):
        SsmParameterSettings(name=refused)


def test_a_first_slash_makes_no_other_place() -> None:
    places = {
        SsmParameter().place(SsmParameterSettings(name=name)) for name in ("/billing", "billing")
    }

    assert places == {"ssm-parameter/billing"}
