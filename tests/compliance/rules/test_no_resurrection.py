from __future__ import annotations

import pytest

from keylife.compliance.credential import Absence, Component, LedgerUnknown
from keylife.compliance.tokens import CURRENT, REVOCATION, VERSION
from tests.compliance.builders import (
    component,
    credential,
    found,
    record,
    version,
    violations,
)

RULE = "no-resurrection"
V1 = version(1)
LIVE = record(V1)
WINDING_DOWN = record(V1, revoked=True)
BURIED = record(revoked=True)


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        pytest.param(component(), None, id="a new key"),
        pytest.param(component(past=LIVE), None, id="a live key"),
        pytest.param(component(past=BURIED), "was revoked", id="a revoked id again"),
        pytest.param(component(past=WINDING_DOWN), None, id="a revoked key that winds down"),
        pytest.param(
            component(past=LIVE, kind="vault-token"), "is a live `aws-access-key`", id="other kind"
        ),
        pytest.param(
            component(past=LIVE, kind=Absence.COMPUTED), "is computed", id="a computed kind"
        ),
        pytest.param(
            component(type=VERSION, number=1, past=BURIED), "was revoked", id="a buried version"
        ),
        pytest.param(
            component(type=VERSION, number=1, past=WINDING_DOWN), "was revoked", id="active again"
        ),
        pytest.param(
            component(type=VERSION, number=1, past=WINDING_DOWN, deactivated=True),
            None,
            id="a deactivated version of a revoked key",
        ),
        pytest.param(
            component(type=VERSION, number=2, past=WINDING_DOWN, deactivated=True),
            "was revoked",
            id="a version that was never there",
        ),
        pytest.param(
            component(type=VERSION, number=1, ending=True),
            "is not deactivated",
            id="an active version of a key that ends",
        ),
        pytest.param(
            component(type=VERSION, number=1, ending=True, deactivated=True),
            None,
            id="a deactivated version of a key that ends",
        ),
        pytest.param(
            component(type=CURRENT, past=WINDING_DOWN), "was revoked", id="served once more"
        ),
        pytest.param(component(type=CURRENT, past=LIVE), None, id="served"),
        pytest.param(
            component(type=REVOCATION, protected=True, past=BURIED), None, id="a revocation stays"
        ),
        pytest.param(
            component(type=REVOCATION, past=BURIED), "not protected", id="one that could go"
        ),
        pytest.param(component(aliased=True), "alias", id="in another one's place"),
        pytest.param(
            component(key=Absence.COMPUTED), "its key is computed", id="an id nobody can read"
        ),
        pytest.param(component(past=LedgerUnknown("no CLI")), "no CLI", id="a ledger not readable"),
    ],
)
def test_a_key_is_held_against_its_past(subject: Component, said: str | None) -> None:
    messages = violations(RULE, subject)

    assert [said in message for message in messages] == ([True] if said else [])  # type: ignore[operator]


def test_the_finding_names_the_tombstone() -> None:
    assert violations(RULE, component(past=BURIED)) == [
        "key `billing-deploy` was revoked 2026-11-22T12:00:00Z, keyCompromise,"
        " by oncall@example.com, PAY-812"
    ]


def test_a_credential_has_no_past_of_its_own() -> None:
    assert found(RULE, credential()) == ()


def test_a_credential_of_a_keys_takes_over_nothing_of_another_keys() -> None:
    held = "urn:pulumi:dev::p::keylife:index:ManagedKey$keylife:index:Version$a:b/c:D::old-v1"

    assert violations(RULE, credential(managed=True)) == []
    [message] = violations(RULE, credential(managed=True, takes_over=(held,)))
    assert "another key's" in message
