from __future__ import annotations

import pytest

from keylife.compliance.context import RegistryUnknown
from keylife.compliance.credential import Absence, Credential, Role
from tests.compliance.builders import DAY, NOON, credential, key, violations, warnings

RULE = "service-known-and-active"


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        pytest.param(credential(), None, id="an active service"),
        pytest.param(key(), None, id="a declared key of an active service"),
        pytest.param(credential(service="bilding"), "is not one of the 4", id="an unknown one"),
        pytest.param(credential(service="fax"), "retired since 2026-06-01", id="a retired one"),
        pytest.param(key(service="fax"), "retired since 2026-06-01", id="a key of a retired one"),
        pytest.param(credential(service=Absence.UNSTATED), "is not stated", id="none stated"),
        pytest.param(credential(service=Absence.COMPUTED), "is computed", id="a computed one"),
        pytest.param(key(service=Absence.UNREADABLE), "is not written", id="one that is no name"),
        pytest.param(
            credential(service=Absence.UNSTATED, managed=True), None, id="its key answers for it"
        ),
        pytest.param(
            key(role=Role.VERSION, service=Absence.UNSTATED), None, id="a version's key does too"
        ),
    ],
)
def test_a_credential_serves_a_service_that_is_there(subject: Credential, said: str | None) -> None:
    messages = violations(RULE, subject)

    assert [said in message for message in messages] == ([True] if said else [])  # type: ignore[operator]


@pytest.mark.parametrize("service", ["old", "sunset"])
def test_a_service_that_is_going_warns_and_blocks_nothing(service: str) -> None:
    assert violations(RULE, credential(service=service)) == []
    assert len(warnings(RULE, credential(service=service))) == 1


def test_an_active_service_does_not_warn() -> None:
    assert warnings(RULE, credential()) == []


def test_a_service_is_retired_from_the_very_instant_on() -> None:
    assert violations(RULE, credential(service="sunset"), at=NOON + DAY) != []


def test_without_a_registry_nothing_is_known_to_be_active() -> None:
    unknown = RegistryUnknown("services.yaml:1:1: missing", "add it")

    assert violations(RULE, credential(), registry=unknown) == [
        "the registry of services is not known: services.yaml:1:1: missing"
    ]
