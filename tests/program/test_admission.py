"""What is declared in Python is held to what the loader of YAML asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from keylife.errors import PlanRefusedError, UsageError
from keylife.model.ledger import KeyRecord, Ledger
from keylife.model.registry import Declarations
from keylife.program.admission import admit
from keylife.program.planned import plan_for
from tests.program.declared import declare, key

SAME = [{"vault-kv": {"mount": "secret", "path": "same"}}]
TOMBSTONE = {
    "at": "2026-12-15T08:00:00Z",
    "reason": "superseded",
    "by": "oncall@example.com",
    "ref": "OPS-2",
}
HELD = Ledger(
    keys={
        "old": KeyRecord(
            id="old",
            kind="vault-token",
            delivery_facts={"old/vault-kv/secret/same": {}, "old/other#secret": {}},
        )
    }
)


def told(declarations: Declarations) -> str:
    with pytest.raises(UsageError) as caught:
        admit(declarations, Ledger())
    assert caught.value.hint == "mend the declaration; nothing was changed"
    return str(caught.value)


def test_two_keys_with_places_of_their_own_are_admitted() -> None:
    admit(declare(key(id="a"), key(id="b")), Ledger())


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"kind": "gpg-key"}, "there is no kind `gpg-key`; the kinds are aws-access-key"),
        ({"scope": {"policies": ["x"]}}, "scope.policies.0: not the ARN"),
        ({"scope": {}}, "scope.policies: Field required"),
        ({"gateways": ["edge"]}, "gateway `edge` is shown `token`, which aws-access-key does not"),
        ({"deliver": [{"fax": {}}]}, "there is no delivery `fax`"),
        ({"deliver": [{"vault-kv": {"mount": "a"}}]}, "vault-kv.path: Field required"),
        ({"deliver": [{"secrets-manager": {"name": "a b"}}]}, "secrets-manager.name: not a secret"),
        ({"deliver": SAME * 2}, "vault-kv/secret/same is where key `billing` delivers to already"),
    ],
)
def test_a_key_that_its_kind_or_delivery_does_not_take(changes: dict[str, Any], fault: str) -> None:
    assert told(declare(key(**changes))).startswith(f"key `billing`: {fault}")


def test_services_owners_and_gateways_are_declared_too() -> None:
    alone = Declarations(keys={"billing": key(gateways=["edge"])}, services={}, owners={})

    assert told(alone).splitlines() == [
        "key `billing`: there is no service `billing`",
        "key `billing`: there is no owner `team`",
        "key `billing`: there is no gateway `edge`",
    ]


def test_two_keys_cannot_deliver_to_one_place() -> None:
    both = declare(key(id="a", deliver=SAME), key(id="b", deliver=SAME))

    assert told(both) == "key `b`: vault-kv/secret/same is where key `a` delivers to already"


def test_a_revoked_key_takes_up_no_place() -> None:
    admit(
        declare(key(id="a", deliver=SAME, revoked=TOMBSTONE), key(id="b", deliver=SAME)), Ledger()
    )


def test_a_key_is_declared_under_its_own_name() -> None:
    declared = declare(key(id="a"))
    other = declared.model_copy(update={"keys": {"b": declared.keys["a"]}})

    assert told(other) == "key `a` is declared under the name `b`"


def test_a_place_that_another_keys_copy_still_is_in_is_refused_with_the_way_out() -> None:
    with pytest.raises(PlanRefusedError) as caught:
        admit(declare(key(deliver=SAME)), HELD)

    [refusal] = caught.value.refusals
    assert refusal.key == "billing"
    assert "where a copy of `old` still is" in refusal.what
    assert "deploy the end of that delivery of `old` first" in refusal.cure


def test_its_own_place_and_that_of_a_key_that_ends_are_no_conflict() -> None:
    admit(declare(key(id="old", deliver=SAME)), HELD)
    admit(declare(key(deliver=SAME, revoked=TOMBSTONE)), HELD)


def test_no_plan_is_made_of_what_is_not_admitted() -> None:
    with pytest.raises(UsageError):
        plan_for(declare(key(kind="gpg-key")), Ledger(), datetime(2026, 11, 23, tzinfo=UTC))
