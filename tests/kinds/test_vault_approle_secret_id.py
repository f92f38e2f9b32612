"""A secret id with a role of its own, behind an entity whose end ends every login."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from pydantic import JsonValue, ValidationError

from keylife.kinds.kind import Issuance
from keylife.kinds.vault_approle_secret_id import (
    VaultApproleSecretId,
    VaultApproleSecretIdScope,
)
from keylife.model.ledger import IssuedVersion
from tests.program.engine import Engine, value_of

BIRTH = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET_ID = "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId"
ROLE = "vault:appRole/authBackendRole:AuthBackendRole"
ENTITY = "vault:identity/entity:Entity"
ALIAS = "vault:identity/entityAlias:EntityAlias"
ABOUT = {
    "keylife-key": "billing-robot",
    "keylife-version": "4",
    "keylife-owner": "team-at-birth",
    "keylife-service": "billing",
    "keylife-birth": "2026-11-23T09:00:00Z",
    "keylife-expiry": "2026-12-07T09:00:00Z",
}


def version(
    *,
    life: timedelta = timedelta(days=14),
    facts: dict[str, JsonValue] | None = None,
    scope: Mapping[str, JsonValue] | None = None,
) -> IssuedVersion:
    return IssuedVersion(
        number=4,
        birth=BIRTH,
        expiry=BIRTH + life,
        rotation_due=BIRTH + life,
        grace=timedelta(0),
        cause="first",
        owner="team-at-birth",
        service="billing",
        scope={"policies": ["at-birth"], **(scope or {})},
        exists=bool(facts),
        issuer_facts=facts or {},
    )


def issued(planned: IssuedVersion, at: datetime = BIRTH) -> Engine:
    engine = Engine()
    wanted = Issuance(
        key_id="billing-robot",
        version=planned,
        scope={"policies": ["now"]},
        owner="team-now",
        service="billing",
        at=at,
        deactivated=False,
    )

    def program() -> Any:
        material = VaultApproleSecretId().issue(wanted, pulumi.ResourceOptions())
        assert set(material) == {"role_id", "secret_id"}
        return value_of(material["role_id"])

    assert engine.run(program)() == "keylife-billing-robot-v4"
    return engine


def test_a_version_has_a_role_of_its_own_as_planned_at_its_birth() -> None:
    assert issued(version()).one(ROLE, "billing-robot-v4-role").inputs == {
        "backend": "approle",
        "roleName": "keylife-billing-robot-v4",
        "roleId": "keylife-billing-robot-v4",
        "tokenPolicies": ["at-birth"],
        "tokenNoDefaultPolicy": True,
        "tokenType": "service",
        "tokenTtl": 900,
        "tokenMaxTtl": 900,
        "tokenExplicitMaxTtl": 900,
        "secretIdTtl": 1_209_600,
    }


def test_a_secret_id_always_says_its_ttl_and_whose_it_is() -> None:
    inputs = dict(issued(version()).one(SECRET_ID, "billing-robot-v4").inputs)

    assert json.loads(inputs.pop("metadata")) == ABOUT
    assert inputs == {
        "backend": "approle",
        "roleName": "keylife-billing-robot-v4",
        "ttl": 1_209_600 - 900,
    }


TTLS = [
    pytest.param(timedelta(days=14), {}, timedelta(0), (900, 1_208_700), id="15 minutes"),
    pytest.param(
        timedelta(days=14), {"token_ttl": "1h"}, timedelta(0), (3600, 1_206_000), id="as declared"
    ),
    pytest.param(
        timedelta(seconds=10), {}, timedelta(0), (5, 5), id="half of a version's life at most"
    ),
    pytest.param(timedelta(seconds=1), {}, timedelta(0), (1, 1), id="0 would mean for ever"),
    pytest.param(
        timedelta(days=14), {}, timedelta(days=13), (900, 85_500), id="a late run gives less"
    ),
    pytest.param(
        timedelta(days=14), {}, timedelta(days=13, hours=23, minutes=50), (900, 1), id="too late"
    ),
]


@pytest.mark.parametrize(("life", "scope", "late", "expected"), TTLS)
def test_no_token_outlives_the_version(
    life: timedelta, scope: dict[str, JsonValue], late: timedelta, expected: tuple[int, int]
) -> None:
    engine = issued(version(life=life, scope=scope), BIRTH + late)

    role = engine.one(ROLE, "billing-robot-v4-role").inputs
    secret_id = engine.one(SECRET_ID, "billing-robot-v4").inputs
    assert (role["tokenMaxTtl"], secret_id["ttl"]) == expected


def test_a_secret_id_that_lives_is_declared_as_it_was_issued() -> None:
    engine = issued(version(facts={"ttl": 1_200_000}), BIRTH + timedelta(days=3))

    assert engine.one(SECRET_ID, "billing-robot-v4").inputs["ttl"] == 1_200_000


def test_nobody_can_log_in_before_the_entity_stands_behind_it() -> None:
    engine = issued(version(scope={"mount": "robots"}))
    entity = engine.one(ENTITY, "billing-robot-v4-entity")
    alias = engine.one(ALIAS, "billing-robot-v4-alias")
    role = engine.one(ROLE, "billing-robot-v4-role")
    secret_id = engine.one(SECRET_ID, "billing-robot-v4")

    assert entity.inputs == {"name": "keylife-billing-robot-v4", "metadata": ABOUT}
    assert alias.inputs["name"] == role.inputs["roleId"]
    assert alias.inputs["canonicalId"] == "billing-robot-v4-entity-id"
    assert alias.inputs["mountAccessor"] == "auth_approle_mock"
    assert role.inputs["backend"] == secret_id.inputs["backend"] == "robots"
    for later, earlier in ((secret_id, role), (role, alias), (alias, entity)):
        assert engine.leads_to(later, earlier)


def test_what_is_gone_with_another_is_not_deleted_by_itself() -> None:
    """The real provider fails on a secret id that somebody revoked already."""
    engine = issued(version())
    role = engine.one(ROLE, "billing-robot-v4-role")
    entity = engine.one(ENTITY, "billing-robot-v4-entity")

    assert engine.one(SECRET_ID, "billing-robot-v4").deleted_with == role.urn
    assert engine.one(ALIAS, "billing-robot-v4-alias").deleted_with == entity.urn
    assert role.deleted_with == entity.deleted_with == ""


SCOPES: list[Any] = [
    pytest.param({"policies": ["a"]}, {}, id="at least one policy"),
    pytest.param({"policies": ["a"]}, {"policies": ["root"]}, id="not root"),
    pytest.param(
        {"policies": ["a"], "mount": "team/robots"},
        {"policies": ["a"], "mount": "/robots"},
        id="a mount is a path",
    ),
    pytest.param(
        {"policies": ["a"], "token_ttl": "5m"},
        {"policies": ["a"], "token_ttl": "0s"},
        id="tokens have a life",
    ),
    pytest.param({"policies": ["a"]}, {"policies": ["a"], "role": "b"}, id="nothing else"),
]


@pytest.mark.parametrize(("accepted", "refused"), SCOPES)
def test_a_scope_names_policies_and_a_mount(
    accepted: dict[str, Any], refused: dict[str, Any]
) -> None:
    VaultApproleSecretIdScope.model_validate(accepted)
    with pytest.raises(ValidationError):
        VaultApproleSecretIdScope.model_validate(refused)


def test_tokens_live_a_quarter_of_an_hour_unless_said() -> None:
    scope = VaultApproleSecretIdScope.model_validate({"policies": ["a"]})

    assert (scope.token_ttl, scope.mount) == (timedelta(minutes=15), "approle")
