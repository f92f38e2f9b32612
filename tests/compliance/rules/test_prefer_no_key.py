from __future__ import annotations

import pytest

from keylife.compliance.alternatives import ALTERNATIVES
from keylife.compliance.catalogue import Category, catalogue
from keylife.compliance.kinds import alternative
from tests.compliance.builders import credential, key, violations, warnings

RULE = "prefer-no-key"


@pytest.mark.parametrize(
    ("kind", "deliveries", "warned"),
    [
        ("aws-access-key", ("github-actions-secret",), True),
        ("vault-token", ("vault-kv", "github-actions-secret"), True),
        ("aws-access-key", ("kubernetes-secret",), True),
        ("aws-access-key", ("vault-kv", "secrets-manager"), False),
        ("generated", ("github-actions-secret",), False),
    ],
)
def test_a_workload_that_needs_no_key(kind: str, deliveries: tuple[str, ...], warned: bool) -> None:
    subject = key(kind=kind, alternative=alternative(kind, deliveries))

    assert bool(warnings(RULE, subject)) is warned
    assert violations(RULE, subject) == []


@pytest.mark.parametrize("type_token", sorted(ALTERNATIVES))
def test_what_other_clouds_offer_instead(type_token: str) -> None:
    assert catalogue()[type_token].category is Category.MINT
    assert warnings(RULE, credential(alternative=ALTERNATIVES[type_token])) != []
    assert warnings(RULE, credential()) == []
