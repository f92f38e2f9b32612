"""The named exception: an API Gateway key has no end of its own, and keylife's have a version."""

from __future__ import annotations

import pytest

from keylife.compliance.catalogue import catalogue
from keylife.compliance.credential import Credential, LedgerUnknown
from keylife.compliance.describe import Surroundings, describe
from keylife.compliance.resource import Resource
from keylife.compliance.tokens import MANAGED_KEY, VERSION
from tests.compliance.builders import violations

API_KEY = "aws:apigateway/apiKey:ApiKey"
PLAN_KEY = "aws:apigateway/usagePlanKey:UsagePlanKey"
ALONE, OURS, NEARLY = API_KEY, f"{MANAGED_KEY}${VERSION}${API_KEY}", f"{MANAGED_KEY}${API_KEY}"


@pytest.mark.parametrize(
    ("lineage", "refused"),
    [
        pytest.param(ALONE, True, id="in a program of its own"),
        pytest.param(NEARLY, True, id="below a key, but of no version"),
        pytest.param(OURS, False, id="below a version, which carries its expiry"),
    ],
)
@pytest.mark.parametrize("rule", ["expiry-required", "managed-only"])
def test_a_key_of_api_gateway_belongs_to_a_version(lineage: str, refused: bool, rule: str) -> None:
    resource = Resource(f"urn:pulumi:dev::p::{lineage}::gate-v1", API_KEY, {"enabled": True})
    around = Surroundings(ledger=lambda: LedgerUnknown("not asked"))

    [credential] = describe(resource, around)

    assert isinstance(credential, Credential)
    assert bool(violations(rule, credential)) is refused


def test_a_place_in_a_usage_plan_is_known_to_carry_the_key() -> None:
    assert catalogue()[PLAN_KEY].secret_output_properties.startswith("value")
