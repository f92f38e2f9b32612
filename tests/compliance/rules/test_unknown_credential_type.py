from __future__ import annotations

import pytest

from keylife.compliance.credential import Subject, UnknownType
from keylife.compliance.describe import Surroundings, describe
from keylife.compliance.resource import Resource
from keylife.model.ledger import Ledger
from tests.compliance.builders import component, credential, found, violations, warnings

RULE = "unknown-credential-type"


def resource(type_token: str, *, component: bool = False) -> tuple[Subject, ...]:
    given = Resource(
        f"urn:pulumi:dev::p::{type_token}::n",
        type_token,
        {"secret": "s3cr3t"},
        provider=None if component else {},
    )
    return describe(given, Surroundings(ledger=Ledger))


def test_a_type_that_is_called_a_credential_and_is_not_known_is_a_warning() -> None:
    [subject] = resource("acme:index:ApiToken")

    [said] = warnings(RULE, subject)
    assert violations(RULE, subject) == []
    assert "acme:index:ApiToken" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    ("type_token", "component"),
    [
        pytest.param("acme:index:Bucket", False, id="it is called otherwise"),
        pytest.param("acme:index:ApiToken", True, id="it is a component"),
        pytest.param("aws:secretsmanager/secret:Secret", False, id="the catalogue has it"),
        pytest.param("aws:rds/certificate:Certificate", False, id="it was judged to be none"),
    ],
)
def test_no_other_type_is_warned_of(type_token: str, component: bool) -> None:
    assert resource(type_token, component=component) == ()


def test_a_known_credential_is_not_warned_of() -> None:
    assert found(RULE, credential()) == found(RULE, component()) == ()


def test_what_this_change_deletes_is_not_warned_of() -> None:
    assert found(RULE, UnknownType("urn", "acme:index:ApiToken", deleted=True)) == ()
