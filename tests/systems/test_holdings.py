"""From a stack's state: every place that has to hear of a revoke, and the version's secret."""

from __future__ import annotations

import copy
import json
from typing import Any

from keylife.systems.holdings import holdings_of, material_of
from keylife.systems.system import Holding
from keylife.systems.table import SYSTEMS
from tests.program.states import SECRET, resource, state


def by_place(export: dict[str, Any], key: str, *ending: int) -> dict[tuple[int, str], Holding]:
    found = holdings_of(export, key, ending or None)
    told = {(held.version, held.place): held for held in found}
    assert len(told) == len(found), "two holdings of a version at one place"
    return told


def rotated() -> dict[str, Any]:
    """Two versions of a key; the vectors call both access keys by one id."""
    export = state("in-rotation")
    for number in (1, 2):
        key = resource(export, "aws:iam/accessKey:AccessKey", f"billing-deploy-v{number}")
        key["id"] = f"AKIA{number}"
    return export


def test_a_key_that_ends_is_held_by_its_issuer_and_by_every_place() -> None:
    held = by_place(rotated(), "billing-deploy")

    assert list(held) == [
        (1, "aws-iam/AKIA1"),
        (2, "aws-iam/AKIA2"),
        (1, "secrets-manager/billing/aws"),
        (1, "vault-kv/secret/billing/aws"),
        (2, "secrets-manager/billing/aws"),
        (2, "vault-kv/secret/billing/aws"),
    ]
    assert held[2, "aws-iam/AKIA2"].facts == {
        "access_key": "AKIA2",
        "user": "billing-deploy-v2",
        "whose": "version",
        "living": "",
    }
    assert held[1, "vault-kv/secret/billing/aws"].facts == {
        "mount": "secret",
        "path": "billing/aws",
        "ending": "1 2",
        "mark.access_key_id": "AKIA1",
    }
    for place in held.values():
        assert place.key == "billing-deploy"
        assert place.system in SYSTEMS
        kind = "vault" if place.system == "vault-kv" else "aws"
        assert f"::pulumi:providers:{kind}::default" in place.provider
        assert place.urn in {r["urn"] for r in rotated()["deployment"]["resources"]}
        assert place.window == (1.0 if kind == "vault" else 10.0)
        assert not place.weak


def test_of_a_version_that_retires_the_successors_are_named_and_spared() -> None:
    held = by_place(rotated(), "billing-deploy", 1)

    assert list(held) == [
        (1, "aws-iam/AKIA1"),
        (1, "secrets-manager/billing/aws"),
        (1, "vault-kv/secret/billing/aws"),
    ]
    secret = held[1, "secrets-manager/billing/aws"]
    assert (secret.facts["living"], secret.facts["current"]) == ("2", "2")
    assert "readable by its id" in secret.weak
    assert held[1, "vault-kv/secret/billing/aws"].facts["ending"] == "1"


def test_what_never_came_to_a_place_is_not_looked_for_there() -> None:
    export = rotated()
    kv = resource(
        export, "vault:kv/secretV2:SecretV2", "billing-deploy/vault-kv/secret/billing/aws"
    )
    kv["inputs"]["customMetadata"]["data"]["keylife-version"] = "1"

    held = by_place(export, "billing-deploy", 2)

    assert (2, "vault-kv/secret/billing/aws") not in held
    assert (2, "secrets-manager/billing/aws") in held


def test_another_key_and_an_unknown_one_have_nothing_here() -> None:
    assert {held.key for held in holdings_of(rotated(), "metrics-reader")} == {"metrics-reader"}
    assert holdings_of(rotated(), "billing") == ()
    assert holdings_of(state("without-resources"), "billing-deploy") == ()
    assert holdings_of(state("only-tombstones"), "billing-deploy") == ()


def test_what_waits_for_its_deletion_lives_and_is_held() -> None:
    export = state("in-rotation")
    token = resource(export, "vault:index/token:Token", "metrics-reader-v2")
    replaced = {**copy.deepcopy(token), "id": "replaced", "delete": True}
    export["deployment"]["resources"].append(replaced)

    held = by_place(export, "metrics-reader")

    assert {place for _, place in held} == {
        "vault-token/EXAMPLE",
        "vault-token/replaced",
        "vault-kv/secret/metrics/token",
    }


def test_what_no_system_stands_for_is_told_and_weak() -> None:
    export = rotated()
    key = resource(export, "keylife:index:ManagedKey", "billing-deploy")
    version = resource(export, "keylife:index:Version", "billing-deploy-v2")
    for parent, kind, name in (
        (key, "vendor:index/copy:Copy", "billing-deploy/vendor/there"),
        (version, "vendor:index/key:Key", "billing-deploy-v2"),
    ):
        export["deployment"]["resources"].append(
            {
                "urn": f"urn:pulumi:dev::keylife::{kind}::{name}",
                "type": kind,
                "id": "x",
                "custom": True,
                "parent": parent["urn"],
                "inputs": {},
            }
        )

    told = [h for h in holdings_of(export, "billing-deploy", [2]) if h.system == "unsupported"]

    assert [(held.version, held.place) for held in told] == [
        (2, "billing-deploy-v2"),
        (2, "vendor/there"),
    ]
    assert all("reaches no vendor:index/" in held.weak for held in told)


def shown(export: dict[str, Any], text: str) -> Any:
    """The state with every secret in the clear."""
    plain = {**SECRET, "plaintext": json.dumps(text)}
    plain.pop("ciphertext")
    return json.loads(json.dumps(export).replace(json.dumps(SECRET), json.dumps(plain)))


def test_a_versions_secret_comes_from_its_own_credential() -> None:
    export = shown(rotated(), "canary")
    held = by_place(export, "billing-deploy")

    assert material_of(export, held[1, "vault-kv/secret/billing/aws"]) == {
        "access_key_id": "AKIA1",
        "secret_access_key": "canary",
    }
    [token] = (h for h in holdings_of(export, "metrics-reader") if h.system == "vault-token")
    assert material_of(export, token) == {"token": "canary"}


def test_a_state_that_shows_no_secret_has_none() -> None:
    export = rotated()
    held = by_place(export, "billing-deploy")

    assert material_of(export, held[1, "aws-iam/AKIA1"]) == {}


def test_no_holding_has_a_secret_even_where_the_state_shows_it() -> None:
    for key in ("billing-deploy", "metrics-reader"):
        assert "canary" not in repr(holdings_of(shown(rotated(), "canary"), key))


def user_of(export: dict[str, Any], parent: dict[str, Any]) -> dict[str, Any]:
    """The users of both versions' keys become one, below something else."""
    for number in (1, 2):
        user = resource(export, "aws:iam/user:User", f"billing-deploy-v{number}-user")
        key = resource(export, "aws:iam/accessKey:AccessKey", f"billing-deploy-v{number}")
        key["inputs"]["user"] = user["id"] = "billing-deploy"
        user["parent"] = parent.get("urn", "")
    return export


def test_a_user_that_versions_share_dies_with_the_last_of_them() -> None:
    export = rotated()
    export = user_of(export, resource(export, "keylife:index:ManagedKey", "billing-deploy"))

    whole = by_place(export, "billing-deploy")
    older = by_place(export, "billing-deploy", 1)

    assert {held.facts.get("whose") for held in whole.values()} == {"version", None}
    assert older[1, "aws-iam/AKIA1"].facts["whose"] == "key"
    assert older[1, "aws-iam/AKIA1"].facts["living"] == "AKIA2"


def test_a_user_that_is_not_the_keys_is_somebodys() -> None:
    export = user_of(rotated(), {})

    held = by_place(export, "billing-deploy")

    assert held[1, "aws-iam/AKIA1"].facts["whose"] == "somebody"


def sessions(export: dict[str, Any], *ending: int) -> dict[int, Holding]:
    held = holdings_of(export, "billing-deploy", ending or None, compromised=True)
    return {each.version: each for each in held if each.system == "aws-role-sessions"}


def test_what_leaked_may_have_begun_sessions_of_roles() -> None:
    export = rotated()
    for number in (1, 2):
        user = resource(export, "aws:iam/user:User", f"billing-deploy-v{number}-user")
        user["outputs"] |= {"arn": f"arn:{number}", "uniqueId": f"AIDA{number}"}

    held = sessions(export)

    assert sorted(held) == [1, 2]
    assert held[2].place == "aws-role-sessions/AKIA2"
    assert held[2].facts == {
        "access_key": "AKIA2",
        "user": "billing-deploy-v2",
        "arn": "arn:2",
        "user_id": "AIDA2",
    }
    assert held[2].weak and not held[2].urn, "the state has nothing to forget of it"
    assert sorted(sessions(export, 1)) == [1]


def test_sessions_of_a_user_that_lives_on_are_its_successors_too() -> None:
    export = rotated()
    shared = user_of(export, resource(export, "keylife:index:ManagedKey", "billing-deploy"))

    assert sorted(sessions(shared)) == [1, 2]
    assert sessions(shared, 1) == {}
    assert sessions(user_of(rotated(), {}), 2) == {}
    assert {held.facts["arn"] for held in sessions(user_of(rotated(), {})).values()} == {""}
