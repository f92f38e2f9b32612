"""What may be declared of an access key that exists."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from keylife.kinds.aws_imported_key import AdoptedAccessKey, ImportedAccessKey

URN = "urn:pulumi:dev::p::acme:ci:Deployer$aws:iam/accessKey:AccessKey::ci-key"


def test_a_long_term_key_and_its_user_are_taken() -> None:
    told = ImportedAccessKey(access_key="AKIAABCDEFGHIJKLMNOP", user="ci.user@example+1")

    assert told.user == "ci.user@example+1"


@pytest.mark.parametrize(
    ("access_key", "user"),
    [
        pytest.param("ASIAABCDEFGHIJKLMNOP", "ci", id="a session's key ends by itself"),
        pytest.param("akiaabcdefghijklmnop", "ci", id="lower case"),
        pytest.param("AKIASHORT", "ci", id="too short"),
        pytest.param("AKIAABCDEFGHIJKLMNOP", "ci/../root", id="a path is no user's name"),
        pytest.param("AKIAABCDEFGHIJKLMNOP", "", id="no name"),
    ],
)
def test_anything_else_is_refused(access_key: str, user: str) -> None:
    with pytest.raises(ValidationError):
        ImportedAccessKey(access_key=access_key, user=user)


def test_resources_are_named_or_told_by_their_urn() -> None:
    assert AdoptedAccessKey(access_key="ci-key").user is None
    assert AdoptedAccessKey(access_key=URN, user="ci-user").access_key == URN


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param("urn:pulumi:dev::p::broken", id="half a URN"),
        pytest.param("  ", id="no name"),
        pytest.param(
            "urn:pulumi:dev::p::keylife:index:ManagedKey$keylife:index:Version"
            "$aws:iam/accessKey:AccessKey::revoked-v1",
            id="what another key holds",
        ),
    ],
)
def test_other_resources_are_refused(resource: str) -> None:
    with pytest.raises(ValidationError):
        AdoptedAccessKey(access_key=resource)
