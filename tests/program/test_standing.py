"""What a state of the real CLI says that stands, and that it is what a deploy records of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keylife.program.standing import standing_in
from tests.program.states import resource, state

KV, MANAGER = "vault-kv/secret/billing/aws", "secrets-manager/billing/aws"


@pytest.mark.parametrize(
    ("name", "issued", "deactivated", "delivered", "revoked"),
    [
        ("first-versions", {1}, set(), {KV: 1, MANAGER: 1}, False),
        ("in-rotation", {1, 2}, set(), {KV: 2, MANAGER: 2}, False),
        ("revoked-in-quarantine", {1, 2}, {1, 2}, {}, True),
        ("only-tombstones", set(), set(), {}, True),
    ],
)
def test_what_stands(
    name: str, issued: set[int], deactivated: set[int], delivered: dict[str, int], revoked: bool
) -> None:
    found = standing_in(state(name))["billing-deploy"]

    assert {*found.issued} == issued
    assert {*found.deactivated} == deactivated
    assert {place: number for place, (number, _) in found.delivered.items()} == delivered
    assert (found.revoked is not None) is revoked
    assert (found.declared is not None) is (name != "only-tombstones")


def test_a_state_without_resources_has_nothing_standing() -> None:
    assert standing_in(state("without-resources")) == {}


def test_the_time_of_a_fact_is_that_of_its_resources_last_change() -> None:
    export = state("first-versions")
    credential = resource(export, "aws:iam/accessKey:AccessKey", "billing-deploy-v1")
    credential["created"] = "2026-11-23T09:00:00.5Z"

    fact = standing_in(export)["billing-deploy"].issued[1]
    assert fact.at == datetime(2026, 11, 23, 9, 0, 0, 500_000, tzinfo=UTC)
    credential["modified"] = "2026-11-24T09:00:00Z"
    fact = standing_in(export)["billing-deploy"].issued[1]
    assert fact.at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert fact.urn == credential["urn"]


def test_what_waits_for_its_deletion_does_not_stand() -> None:
    export = state("first-versions")
    resource(export, "aws:iam/accessKey:AccessKey", "billing-deploy-v1")["delete"] = True

    assert standing_in(export)["billing-deploy"].issued == {}


def test_a_key_that_was_there_before_was_adopted() -> None:
    export = state("first-versions")
    version = resource(export, "keylife:index:Version", "billing-deploy-v1")
    version["inputs"]["adopted"] = version["inputs"]["birth"]

    assert standing_in(export)["billing-deploy"].adopted == {1}
