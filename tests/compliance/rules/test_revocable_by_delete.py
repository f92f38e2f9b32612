from __future__ import annotations

import pytest

from keylife.compliance.deletions import deletion_objection
from keylife.compliance.unknown import UNKNOWN
from tests.compliance.builders import credential, key, violations

RULE = "revocable-by-delete"
CERTIFICATE = "vault:pkiSecret/secretBackendCert:SecretBackendCert"


@pytest.mark.parametrize(
    ("type_token", "inputs", "refused"),
    [
        (CERTIFICATE, {"revoke": True}, False),
        (CERTIFICATE, {}, True),
        (CERTIFICATE, {"revoke": False}, True),
        (CERTIFICATE, {"revoke": UNKNOWN}, True),
        ("vault:pkiSecret/secretBackendSign:SecretBackendSign", {}, True),
        ("vault:generic/endpoint:Endpoint", {"disableDelete": True}, True),
        ("vault:generic/endpoint:Endpoint", {"disableDelete": UNKNOWN}, True),
        ("vault:generic/endpoint:Endpoint", {"disableDelete": False}, False),
        ("gcp:serviceaccount/key:Key", {"deletionPolicy": "ABANDON"}, True),
        ("gcp:serviceaccount/key:Key", {"deletionPolicy": "DELETE"}, False),
        ("vault:index/token:Token", {}, False),
        ("aws:iam/accessKey:AccessKey", {}, False),
        ("aws:lightsail/keyPair:KeyPair", {}, True),
    ],
)
def test_a_deletion_ends_it(type_token: str, inputs: dict[str, object], refused: bool) -> None:
    objection = deletion_objection(type_token, inputs)

    assert bool(violations(RULE, credential(deletion=objection))) is refused


def test_what_keylife_issues_is_ended_by_its_plan() -> None:
    objection = deletion_objection(CERTIFICATE, {})

    assert violations(RULE, key(deletion=objection)) == []
