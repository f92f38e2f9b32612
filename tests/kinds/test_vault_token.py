"""A token without parent whose end Vault knows, frozen as it was planned at its birth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from pydantic import JsonValue, ValidationError

from keylife.kinds.kind import Issuance
from keylife.kinds.vault_token import VaultToken, VaultTokenScope
from keylife.model.ledger import IssuedVersion
from tests.program.engine import TOKEN, Engine, Registered, value_of

BIRTH = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def issuance(
    *, at: datetime = BIRTH, owner: str = "team-at-birth", facts: dict[str, JsonValue] | None = None
) -> Issuance:
    version = IssuedVersion(
        number=4,
        birth=BIRTH,
        expiry=BIRTH + timedelta(days=14),
        rotation_due=BIRTH + timedelta(days=7),
        grace=timedelta(days=7),
        cause="first",
        owner="team-at-birth",
        service="service-at-birth",
        scope={"policies": ["at-birth"]},
        exists=bool(facts),
        issuer_facts=facts or {},
    )
    return Issuance(
        key_id="metrics-reader",
        version=version,
        scope={"policies": ["now"]},
        owner=owner,
        service="service-now",
        at=at,
        deactivated=False,
    )


def issued(wanted: Issuance) -> Registered:
    engine = Engine()
    engine.run(lambda: VaultToken().issue(wanted, pulumi.ResourceOptions()))
    return engine.one(TOKEN, "metrics-reader-v4")


def test_everything_comes_from_the_version_as_planned_at_its_birth() -> None:
    assert issued(issuance()).inputs == {
        "displayName": "metrics-reader-v4",
        "policies": ["at-birth"],
        "noDefaultPolicy": True,
        "noParent": True,
        "renewable": False,
        "ttl": "1209600s",
        "explicitMaxTtl": "1209600s",
        "metadata": {
            "keylife-key": "metrics-reader",
            "keylife-version": "4",
            "keylife-owner": "team-at-birth",
            "keylife-service": "service-at-birth",
            "keylife-birth": "2026-11-23T09:00:00Z",
            "keylife-expiry": "2026-12-07T09:00:00Z",
        },
    }


def test_a_run_that_comes_late_gives_only_what_is_left() -> None:
    token = issued(issuance(at=BIRTH + timedelta(days=13, hours=23, minutes=59, seconds=59)))

    assert token.inputs["explicitMaxTtl"] == token.inputs["ttl"] == "1s"


def test_a_token_that_lives_is_declared_as_it_was_issued() -> None:
    later = issuance(
        at=BIRTH + timedelta(days=3), owner="team-now", facts={"explicitMaxTtl": "1209000s"}
    )

    token = issued(later)

    assert token.inputs["explicitMaxTtl"] == token.inputs["ttl"] == "1209000s"
    assert token.inputs["metadata"]["keylife-owner"] == "team-at-birth"


def test_what_is_delivered_is_the_token() -> None:
    engine = Engine()

    def program() -> Any:
        material = VaultToken().issue(issuance(), pulumi.ResourceOptions())
        assert set(material) == {"token"}
        return value_of(material["token"])

    assert engine.run(program)() == "canary-client-token"


SCOPES = [
    pytest.param(["metrics-read"], [], id="at least one policy"),
    pytest.param(["a", "b"], ["a", "a"], id="no policy twice"),
    pytest.param(["rooted"], ["root"], id="not root"),
    pytest.param(["team/read.only_x"], ["Read"], id="lower case, as Vault stores it"),
    pytest.param(["a" * 128], ["a" * 129], id="no more than 128 characters"),
    pytest.param(["a-b"], ["a b"], id="no blanks"),
    pytest.param(["a"], ["a\n"], id="one line"),
    pytest.param(["a"], [""], id="something"),
]


@pytest.mark.parametrize(("accepted", "refused"), SCOPES)
def test_a_scope_names_policies_of_vault(accepted: list[str], refused: list[str]) -> None:
    assert VaultTokenScope.model_validate({"policies": accepted}).policies == tuple(accepted)
    with pytest.raises(ValidationError):
        VaultTokenScope.model_validate({"policies": refused})


@pytest.mark.parametrize("given", [{}, {"policies": "a"}, {"policies": ["a"], "ttl": "1h"}])
def test_a_scope_has_policies_and_nothing_else(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VaultTokenScope.model_validate(given)
