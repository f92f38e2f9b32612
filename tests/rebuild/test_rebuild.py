"""A rebuild that cannot be sure changes nothing, and says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import hvac.exceptions
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from keylife.model.key import Key
from keylife.orphan import Clients
from keylife.rebuild.rebuild import NoAnswerError, NotEmptyError, Rebuilt, rebuild
from keylife.rebuild.state import StackName
from keylife.rebuild.survey import survey
from tests.program.declared import declare, key

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EMPTY: dict[str, Any] = {"version": 3, "deployment": {}}


def rebuilt(declared: Key, clients: Clients, export: dict[str, Any] = EMPTY) -> Rebuilt:
    return rebuild(
        declare(declared),
        export,
        name=StackName("organization", "keylife", "dev"),
        config={},
        clients_of=lambda _target: clients,
        at=NOON,
    )


class Refusing(Clients):
    """Whatever is asked, this is the answer."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.asked = 0

    def aws(self, service: str) -> Any:
        self.asked += 1
        raise self.error

    @property
    def vault(self) -> Any:
        self.asked += 1
        raise self.error


CODE = {"Error": {"Code": "AccessDenied", "Message": "canary is not authorized"}}


def test_of_a_key_whose_versions_no_tag_tells_apart_nothing_is_written_down() -> None:
    scope = {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
    asked = Refusing(AssertionError("nobody is to be asked"))

    found = rebuilt(key(kind="aws-user-access-key", scope=scope), asked)

    assert (found.keys, found.not_looked_for, asked.asked) == ((), ("billing",), 0)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(
            ClientError(CODE, "ListUsers"),  # type: ignore[arg-type]
            "AWS cannot be asked: ListUsers: AccessDenied",
            id="AWS refuses",
        ),
        pytest.param(
            hvac.exceptions.Forbidden("canary", errors=["permission denied"]),
            "Vault cannot be asked: permission denied",
            id="Vault refuses",
        ),
        pytest.param(
            EndpointConnectionError(endpoint_url="https://canary"),
            "an issuer cannot be asked: EndpointConnectionError",
            id="nobody answers",
        ),
    ],
)
def test_an_issuer_that_cannot_be_asked_is_no_empty_one(error: Exception, told: str) -> None:
    with pytest.raises(NoAnswerError) as refused:
        rebuilt(key(), Refusing(error))

    assert str(refused.value) == told
    assert "canary" not in repr(refused.value)


@pytest.mark.parametrize("there", [{"resources": [{}]}, {"pending_operations": [{}]}])
def test_a_state_that_is_not_empty_is_not_rebuilt(there: Any) -> None:
    clients = Refusing(AssertionError())

    with pytest.raises(NotEmptyError, match="nothing is lost"):
        rebuilt(key(), clients, {"deployment": there})

    assert clients.asked == 0


TAGS = {
    "keylife:key": "billing",
    "keylife:version": "2",
    "keylife:owner": "team",
    "keylife:service": "billing",
    "keylife:birth": "2026-11-01T00:00:00Z",
    "keylife:expiry": "2026-12-01T00:00:00Z",
}


class Users(Clients):
    """An IAM with one user below the path, and no copy anywhere."""

    def __init__(self, tags: dict[str, str], keys: int = 1) -> None:
        super().__init__()
        self.tags = tags
        self.keys = keys

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


ELSEWHERE = [{"ssm-parameter": {"name": "/billing"}}]


def test_a_user_of_another_key_is_a_stranger_and_told() -> None:
    found = survey([key(id="other", deliver=ELSEWHERE)], lambda _target: Users(TAGS))

    assert found.versions == ()
    assert found.strangers == ("aws-access-key billing v2",)


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
    tags: dict[str, str], keys: int
) -> None:
    found = survey([key(deliver=ELSEWHERE)], lambda _target: Users(tags, keys))

    assert (found.versions, found.strangers) == ((), ())
    assert found.unreadable == {"billing-v2"}


@pytest.mark.parametrize(("keys", "gone"), [(0, True), (1, False)])
def test_whether_an_imported_access_key_still_stands(keys: int, gone: bool) -> None:
    imported = {
        "created": "2026-01-01T00:00:00Z",
        "credential": {"access_key": "AKIAEXAMPLE000000000", "user": "ci"},
    }

    class Keys(Users):
        def list_access_keys(self, **_: str) -> Any:
            return {
                "AccessKeyMetadata": [{"AccessKeyId": "AKIAEXAMPLE000000000", "Status": "Active"}]
                * keys
            }

    declared = key(deliver=ELSEWHERE, imported=imported)
    found = survey([declared], lambda _target: Keys(TAGS), {"billing"})

    assert survey([declared], lambda _target: Keys(TAGS)).imports_gone == frozenset()
    assert found.imports_gone == (frozenset({"billing"}) if gone else frozenset())


def test_a_version_without_its_credential_is_found_all_the_same() -> None:
    [version] = survey([key(deliver=ELSEWHERE)], lambda _target: Users(TAGS, 0)).versions

    assert (version.key, version.number, version.credential) == ("billing", 2, None)
