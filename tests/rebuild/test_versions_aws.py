"""Which versions AWS is found to have: by their tags, and none that they do not tell apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keylife.model.key import Key
from keylife.orphan import Clients
from keylife.rebuild.versions_aws import access_keys, gateway_keys, service_credentials
from tests.program.declared import key
from tests.rebuild.searches import BORN, labels, record, search

TAGS = labels("keylife:")


class Users(Clients):
    """An IAM with one user below the path."""

    def __init__(
        self, tags: dict[str, str] = TAGS, keys: int = 1, service: str = "codecommit.amazonaws.com"
    ) -> None:
        super().__init__()
        self.tags = tags
        self.keys = keys
        self.service = service

    def aws(self, service: str) -> Any:
        return self

    def get_paginator(self, operation: str) -> Any:
        answers: dict[str, Callable[[], Any]] = {
            "list_users": lambda: {"Users": [{"UserName": "billing-v2"}]},
            "list_user_tags": lambda: {
                "Tags": [{"Key": name, "Value": value} for name, value in self.tags.items()]
            },
        }
        return type("Pages", (), {"paginate": lambda _self, **_: [answers[operation]()]})()

    def list_access_keys(self, **_: str) -> Any:
        found = [{"AccessKeyId": f"AKIA{n}", "Status": "Active"} for n in range(self.keys)]
        return {"AccessKeyMetadata": found}

    def list_attached_user_policies(self, **_: str) -> Any:
        return {"AttachedPolicies": []}

    def list_service_specific_credentials(self, **_: str) -> Any:
        found = [
            {
                "ServiceName": self.service,
                "ServiceSpecificCredentialId": f"ACCA{n}",
                "ServiceUserName": "billing-at-1",
                "Status": "Inactive",
            }
            for n in range(self.keys)
        ]
        return {"ServiceSpecificCredentials": found}


@pytest.mark.parametrize("find", [access_keys, service_credentials])
def test_a_user_of_no_declared_key_is_a_stranger_and_told(find: Any) -> None:
    asked = search(Users(), key(id="other"))

    assert list(find(asked)) == []
    assert asked.strangers == {"IAM user of billing v2"}


def test_a_user_of_a_declared_key_of_another_kind_is_no_stranger() -> None:
    asked = search(Users(), key(id="other"), others=("billing",))

    assert (list(access_keys(asked)), asked.strangers) == ([], set())


@pytest.mark.parametrize("find", [access_keys, service_credentials])
@pytest.mark.parametrize(
    ("tags", "keys"),
    [
        pytest.param({}, 1, id="without tags"),
        pytest.param({**TAGS, "keylife:birth": "yesterday"}, 1, id="with a birth that is none"),
        pytest.param({**TAGS, "keylife:version": "two"}, 1, id="with a number that is none"),
        pytest.param(TAGS, 2, id="with two keys"),
    ],
)
def test_a_user_that_is_not_as_keylife_makes_it_is_passed_over(
    tags: dict[str, str], keys: int, find: Any
) -> None:
    asked = search(Users(tags, keys), key())

    assert (list(find(asked)), asked.strangers) == ([], set())
    assert asked.unreadable == {"billing-v2"}


@pytest.mark.parametrize("find", [access_keys, service_credentials])
def test_a_version_without_its_credential_is_found_all_the_same(find: Any) -> None:
    [version] = find(search(Users(keys=0), key()))

    assert (version.key, version.number, version.credential) == ("billing", 2, None)


def test_a_service_credential_is_told_as_the_state_has_it() -> None:
    [version] = service_credentials(search(Users(), key()))

    assert version.credential == "codecommit.amazonaws.com:billing-v2:ACCA0"
    assert version.scope == {"service": "codecommit", "policies": []}
    assert (version.active, version.shown) == (False, {"user_name": "billing-at-1"})


def test_a_credential_for_a_service_that_keylife_knows_not_is_not_its_own() -> None:
    asked = search(Users(service="other.amazonaws.com"), key())

    assert (list(service_credentials(asked)), asked.unreadable) == ([], {"billing-v2"})


class Gateway(Clients):
    """An API Gateway with these keys, each in the plan `p`."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        super().__init__()
        self.keys = [{"name": "billing-v2", "enabled": True, "value": "v", **key} for key in keys]

    def aws(self, service: str) -> Any:
        return self

    def get_paginator(self, operation: str) -> Any:
        items = {"get_api_keys": self.keys, "get_usage_plans": [{"id": "p"}]}[operation]
        return type("Pages", (), {"paginate": lambda _self, **_: [{"items": items}]})()


GATE: Key = key(kind="aws-api-gateway-key", scope={"usage_plans": ["p"]})


def test_an_api_key_is_found_with_its_plans_and_its_value() -> None:
    [version] = gateway_keys(search(Gateway({"id": "a", "tags": TAGS, "enabled": False}), GATE))

    assert (version.credential, version.active, version.scope, version.shown) == (
        "a",
        False,
        {"usage_plans": ["p"]},
        {"api_key": "v"},
    )


@pytest.mark.parametrize("count", [2, 3])
def test_of_several_of_one_version_none_is_taken(count: int) -> None:
    asked = search(Gateway(*({"id": str(n), "tags": TAGS} for n in range(count))), GATE)

    assert (list(gateway_keys(asked)), asked.unreadable) == ([], {"billing-v2"})


def test_of_two_the_one_is_taken_whose_birth_the_store_remembers() -> None:
    elsewhere = labels("keylife:", birth="2026-11-02T00:00:00Z")
    keys = Gateway({"id": "theirs", "tags": elsewhere}, {"id": "ours", "tags": TAGS})
    kept = record("aws-api-gateway-key", BORN - timedelta(days=21), BORN)

    [version] = gateway_keys(search(keys, GATE, remembered=kept))

    assert version.credential == "ours"


def test_a_key_without_tags_may_be_the_version_of_its_name() -> None:
    asked = search(Gateway({"id": "a", "tags": {}}), GATE)

    assert (list(gateway_keys(asked)), asked.unreadable) == ([], {"billing-v2"})
