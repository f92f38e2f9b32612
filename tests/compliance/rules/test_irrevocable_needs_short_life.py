from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pulumi_vault
import pytest

from keylife.compliance.credential import (
    ExpiresAfter,
    ExpiresAt,
    Expiry,
    ExpiryUnknown,
    NeverExpires,
    Objection,
    Session,
)
from keylife.compliance.limits import Limits
from keylife.compliance.sessions import BOUNDING, session_of
from keylife.compliance.unknown import UNKNOWN
from tests.compliance.builders import NOON, credential, violations

RULE = "irrevocable-needs-short-life"
WHY = Objection("nobody can revoke it", "shorten it")
AWS_ROLE = "vault:aws/secretBackendRole:SecretBackendRole"
TOKEN_ROLE = "vault:jwt/authBackendRole:AuthBackendRole"


def session(expiry: Expiry) -> Session:
    return Session("urn", "role", AWS_ROLE, expiry, WHY)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("expiry", "refused"),
    [
        pytest.param(ExpiresAfter(HOUR), False, id="an hour"),
        pytest.param(ExpiresAfter(HOUR + timedelta(seconds=1)), True, id="a second more"),
        pytest.param(ExpiresAt(NOON + HOUR), False, id="an end in an hour"),
        pytest.param(ExpiresAt(NOON + 2 * HOUR), True, id="an end in two"),
        pytest.param(NeverExpires("unset", "set it"), True, id="never"),
        pytest.param(ExpiryUnknown("computed", "write it"), True, id="not known"),
    ],
)
def test_what_nobody_can_revoke_ends_soon(expiry: Expiry, refused: bool) -> None:
    for subject in (credential(expiry=expiry, irrevocable=WHY), session(expiry)):
        assert bool(violations(RULE, subject)) is refused
    assert violations(RULE, credential(expiry=expiry)) == []


def test_the_budget_is_a_setting() -> None:
    subject = session(ExpiresAfter(HOUR))

    assert violations(RULE, subject, limits=Limits(irrevocable=HOUR / 2)) != []


@pytest.mark.parametrize(
    ("type_token", "inputs", "refused"),
    [
        (AWS_ROLE, {"credentialType": "assumed_role", "maxStsTtl": 3600}, False),
        (AWS_ROLE, {"credentialType": "assumed_role", "maxStsTtl": 43200}, True),
        (AWS_ROLE, {"credentialType": "assumed_role"}, True),
        (AWS_ROLE, {"credentialType": UNKNOWN, "maxStsTtl": 43200}, True),
        (AWS_ROLE, {"credentialType": "federation_token", "defaultStsTtl": 900}, False),
        (AWS_ROLE, {"credentialType": "iam_user"}, False),
        (TOKEN_ROLE, {"tokenType": "batch", "tokenMaxTtl": 7200}, True),
        (TOKEN_ROLE, {"tokenType": "batch", "tokenTtl": 600}, False),
        (TOKEN_ROLE, {"tokenType": "service", "tokenMaxTtl": 7200}, False),
        (TOKEN_ROLE, {"tokenMaxTtl": 7200}, False),
    ],
)
def test_vaults_roles_bound_what_nobody_can_revoke(
    type_token: str, inputs: dict[str, object], refused: bool
) -> None:
    found = session_of(type_token, inputs)
    subject = None if found is None else Session("urn", found[0], type_token, *found[1:])

    assert bool(subject and violations(RULE, subject)) is refused


def test_every_type_with_a_token_type_is_known() -> None:
    """A role of a new auth method may make batch tokens, too."""
    folder = Path(pulumi_vault.__file__).parent
    named = set()
    for file in folder.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        made = re.search(r"super\([^)]*\).__init__\(\s*'([^']+)'", text)
        if made and "def token_type(" in text:
            named.add(made[1])

    assert named <= BOUNDING
    assert named
