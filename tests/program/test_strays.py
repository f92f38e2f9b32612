"""What an earlier run had planned is looked for before it is made again, and nothing else is."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterable
from typing import Any

import pulumi
import pytest

from keylife.model.ledger import Ledger
from keylife.orphan import Clients, Orphan, Pending
from keylife.program.ledger import parse_ledger
from keylife.program.strays import EarlierRuns, finders, read_anew, unfinished
from tests.program.engine import ACCESS_KEY, KV, SECRET, SECRET_VALUE, TOKEN
from tests.program.states import state

KEY = "keylife:index:ManagedKey"
VERSION = f"{KEY}$keylife:index:Version"


def ledger() -> Ledger:
    """Version 2 of `metrics-reader` was begun, and its token is not in the state."""
    export = copy.deepcopy(state("in-rotation"))
    export["deployment"]["resources"] = [
        resource
        for resource in export["deployment"]["resources"]
        if not (resource["type"] == TOKEN and resource["urn"].endswith("metrics-reader-v2"))
    ]
    return parse_ledger(export)


def asked(kind: str, name: str, parent: str, **inputs: Any) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs(
        urn=f"urn:pulumi:dev::keylife::{parent}${kind}::{name}",
        id="",
        name=name,
        type=kind,
        new_inputs=inputs,
        old_inputs=None,
        new_outputs=None,
        old_outputs=None,
    )


def earlier(**places: str | None) -> EarlierRuns:
    return EarlierRuns(ledger(), clients=lambda target: Clients(), places=places)


@pytest.mark.parametrize(
    ("kind", "name", "parent", "planned"),
    [
        pytest.param(ACCESS_KEY, "billing-deploy-v2", VERSION, True, id="a version it had begun"),
        pytest.param(
            "aws:iam/user:User", "billing-deploy-v2-user", VERSION, True, id="what surrounds it"
        ),
        pytest.param(ACCESS_KEY, "billing-deploy-v3", VERSION, False, id="a new version"),
        pytest.param(ACCESS_KEY, "billing-deploy-v22", VERSION, False, id="one that begins alike"),
        pytest.param(
            KV, "billing-deploy/vault-kv/secret/x", KEY, True, id="a place of a key with versions"
        ),
        pytest.param(KV, "new-key/vault-kv/secret/x", KEY, False, id="a place of a new key"),
        pytest.param(
            ACCESS_KEY, "billing-deploy-v2", "pulumi:pulumi:Stack", False, id="somebody else's"
        ),
    ],
)
def test_what_an_earlier_run_may_have_begun(
    kind: str, name: str, parent: str, *, planned: bool
) -> None:
    assert earlier().planned(asked(kind, name, parent)) is planned


def test_a_version_without_its_credential_is_unfinished() -> None:
    [(key_id, version, pending)] = unfinished(ledger())

    assert (key_id, version.number, pending.type) == ("metrics-reader", 2, TOKEN)
    assert pending.known == frozenset(), "the state knows no token at all"
    metadata = pending.inputs["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["keylife-version"] == "2"


def test_a_finder_is_given_the_secrets_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Pending] = []

    def find(pending: Pending, clients: Clients) -> Iterable[Orphan]:
        told.append(pending)
        return ()

    monkeypatch.setattr("keylife.program.strays.finders", lambda: {KV: find})

    async def look() -> list[Orphan]:
        secret = pulumi.Output.secret("canary")
        name = "billing-deploy/vault-kv/secret/x"
        return await earlier().end(asked(KV, name, KEY, mount="secret", dataJson=secret))

    assert asyncio.run(look()) == []

    [pending] = told
    assert (pending.inputs, pending.secrets) == ({"mount": "secret"}, {"dataJson": "canary"})
    assert "canary" not in repr(pending)


def test_everything_a_kind_or_a_delivery_makes_has_a_finder_or_is_none_of_keylifes() -> None:
    assert {ACCESS_KEY, TOKEN, KV, SECRET, SECRET_VALUE} <= set(finders())
    assert KV in read_anew()
    assert SECRET_VALUE not in read_anew(), "one that was read anew cannot be deleted any more"
