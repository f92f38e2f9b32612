"""The tables of kinds and deliveries: complete, and quick to import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from keylife.deliveries import DELIVERIES
from keylife.kinds import KINDS
from tests.program.engine import ACCESS_KEY, TOKEN

SLOW = (
    "pulumi",
    "pulumi_aws",
    "pulumi_vault",
    "pulumi_policy",
    "boto3",
    "botocore",
    "hvac",
    "moto",
)


def test_every_kind_and_delivery_stands_under_its_own_name() -> None:
    assert {"aws-access-key", "vault-token"} <= {*KINDS}
    assert {"secrets-manager", "vault-kv"} <= {*DELIVERIES}
    for name in KINDS:
        assert KINDS[name].name == name
    for name in DELIVERIES:
        assert DELIVERIES[name].name == name


def test_what_a_plan_must_know_of_each_kind() -> None:
    access_key, token = KINDS["aws-access-key"], KINDS["vault-token"]

    assert (access_key.traits.can_deactivate, access_key.traits.scope_in_place) == (True, True)
    assert (token.traits.can_deactivate, token.traits.scope_in_place) == (False, False)
    assert (access_key.credential, token.credential) == (ACCESS_KEY, TOKEN)


@pytest.mark.parametrize(
    "module",
    ["keylife.declarations", "keylife.kinds", "keylife.deliveries", "keylife.cli.main", "keylife"],
)
def test_no_engine_and_no_vendor_is_imported_before_it_is_needed(module: str) -> None:
    program = f"import sys, {module}; print([n for n in {SLOW!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
