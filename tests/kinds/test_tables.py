"""The tables of kinds and deliveries: complete, and quick to import."""

from __future__ import annotations

import subprocess
import sys

import pytest

from keylife.deliveries import DELIVERIES
from keylife.kinds import KINDS
from keylife.kinds.kind import HasPrincipal
from keylife.orphan import Finder

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


KINDS_AND_TRAITS = {
    # whether it can be deactivated, and whether its scope can change in place
    "aws-access-key": (True, True),
    "aws-api-gateway-key": (True, True),
    "aws-service-credential": (True, False),
    "aws-user-access-key": (True, True),
    "generated": (False, True),
    "vault-approle-secret-id": (False, False),
    "vault-pki-certificate": (False, False),
    "vault-token": (False, False),
}


def test_every_kind_and_delivery_stands_under_its_own_name() -> None:
    assert {name: kind.name for name, kind in KINDS.built_in.items()} == {
        name: name for name in KINDS_AND_TRAITS
    }
    assert {name: delivery.name for name, delivery in DELIVERIES.built_in.items()} == {
        "github-actions-secret": "github-actions-secret",
        "kubernetes-secret": "kubernetes-secret",
        "secrets-manager": "secrets-manager",
        "ssm-parameter": "ssm-parameter",
        "vault-kv": "vault-kv",
    }


def test_what_a_plan_must_know_of_each_kind() -> None:
    assert {
        name: (kind.traits.can_deactivate, kind.traits.scope_in_place)
        for name, kind in KINDS.built_in.items()
    } == KINDS_AND_TRAITS


def test_only_one_kind_has_an_issuer_with_little_room() -> None:
    limits = {name: kind.traits.most_at_once for name, kind in KINDS.built_in.items()}

    assert {name: limit for name, limit in limits.items() if limit} == {"aws-user-access-key": 2}
    for name, limit in limits.items():
        assert isinstance(KINDS[name], HasPrincipal) is (limit is not None)


def test_for_a_type_of_resource_everybody_looks_for_strays_in_the_same_way() -> None:
    """Kinds may share a type; who looks is chosen by the type alone."""
    looks: dict[str, Finder] = {}
    for kind in KINDS.built_in.values():
        assert kind.credential in kind.finders
        for type_, finder in kind.finders.items():
            assert looks.setdefault(type_, finder) is finder, f"{kind.name}: {type_}"
    for delivery in DELIVERIES.built_in.values():
        for type_, finder in delivery.finders.items():
            assert looks.setdefault(type_, finder) is finder, f"{delivery.name}: {type_}"


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
