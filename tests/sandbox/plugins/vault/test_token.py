"""Tokens, and the token that the plugin itself works with, on a real OpenBao."""

from __future__ import annotations

from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import hvac
import pytest

from keylife.sandbox.plugins.values import UNKNOWN, Secret
from tests.sandbox.plugins.engine import Deployed, Engine
from tests.sandbox.plugins.vault.conftest import MakeEngine

TOKEN = "vault:index/token:Token"


def _about(vault: hvac.Client, token: Deployed) -> Any:
    return vault.auth.token.lookup_accessor(token.id)["data"]


def _sessions(vault: hvac.Client) -> set[str]:
    found = set()
    for accessor in vault.list("auth/token/accessors")["data"]["keys"]:
        if vault.auth.token.lookup_accessor(accessor)["data"]["display_name"] == "token-terraform":
            found.add(accessor)
    return found


def test_a_token_is_issued_as_declared(engine: Engine, vault: hvac.Client) -> None:
    token = engine.create(
        TOKEN,
        policies=["kv-read", "metrics-read"],
        ttl="1h",
        explicitMaxTtl="2h",
        renewable=False,
        noParent=True,
        displayName="billing",
        metadata={"key": "billing", "version": "3"},
        numUses=9,
    )

    about = _about(vault, token)
    assert about["policies"] == ["default", "kv-read", "metrics-read"]
    assert (about["explicit_max_ttl"], about["orphan"], about["renewable"]) == (7200, True, False)
    assert (about["display_name"], about["num_uses"]) == ("token-billing", 9)
    assert about["meta"] == {"key": "billing", "version": "3"}
    assert isinstance(token.outputs["clientToken"], Secret)
    mine = hvac.Client(vault.url, token=token["clientToken"]).auth.token.lookup_self()["data"]
    assert mine["accessor"] == token.id


def test_a_preview_issues_nothing_and_opens_no_session(engine: Engine, vault: hvac.Client) -> None:
    before = vault.list("auth/token/accessors")["data"]["keys"]

    planned = engine.create(TOKEN, preview=True, ttl="1h", noParent=True)

    assert planned["clientToken"] is UNKNOWN
    assert vault.list("auth/token/accessors")["data"]["keys"] == before


@pytest.mark.parametrize(
    "change",
    [
        {"ttl": "2h"},
        {"explicitMaxTtl": "3h"},
        {"metadata": {"a": "c"}},
        {"policies": ["kv-read", "other"]},
        {"displayName": "b"},
        {"noParent": False},
    ],
    ids=str,
)
def test_almost_any_change_replaces_a_token_and_makes_the_new_one_first(
    engine: Engine, change: dict[str, Any]
) -> None:
    declared: dict[str, Any] = {
        "ttl": "1h",
        "explicitMaxTtl": "2h",
        "metadata": {"a": "b"},
        "policies": ["kv-read"],
        "displayName": "a",
        "noParent": True,
    }
    token = engine.create(TOKEN, **declared)

    found = engine.diff(token, **{**declared, **change})

    assert list(found.replaces) == list(change)
    assert not found.deleteBeforeReplace


def test_how_a_token_is_renewed_changes_in_place(engine: Engine) -> None:
    declared: dict[str, Any] = {"ttl": "1h", "noParent": True, "policies": ["kv-read"]}
    token = engine.create(TOKEN, **declared)

    assert not engine.diff(token, **declared, renewIncrement=60).replaces
    assert engine.update(token, **declared, renewIncrement=60)["renewIncrement"] == 60


def test_each_deploy_works_with_a_child_token_that_runs_out(
    make_engine: MakeEngine, vault: hvac.Client
) -> None:
    before = _sessions(vault)
    token = make_engine().create(TOKEN, ttl="1h", noParent=True)
    make_engine().refresh(token)

    sessions = _sessions(vault) - before
    assert len(sessions) == 2
    about = vault.auth.token.lookup_accessor(sessions.pop())["data"]
    assert (about["creation_ttl"], about["explicit_max_ttl"]) == (1200, 1200)
    assert about["renewable"] is False


def test_the_child_token_lives_as_long_as_configured(
    make_engine: MakeEngine, vault: hvac.Client
) -> None:
    before = _sessions(vault)
    make_engine(maxLeaseTtlSeconds="45").create(TOKEN, ttl="1h", noParent=True)

    (session,) = _sessions(vault) - before
    assert vault.auth.token.lookup_accessor(session)["data"]["creation_ttl"] == 45


def test_a_token_with_a_parent_dies_with_the_deploy_that_made_it(
    engine: Engine, vault: hvac.Client
) -> None:
    before = _sessions(vault)
    child = engine.create(TOKEN, ttl="24h")
    orphan = engine.create(TOKEN, ttl="24h", noParent=True)
    (session,) = _sessions(vault) - before

    vault.auth.token.revoke_accessor(session)

    with pytest.raises(hvac.exceptions.InvalidRequest):
        _about(vault, child)
    assert _about(vault, orphan)["orphan"] is True


def test_without_a_child_token_the_parent_is_the_providers_own(
    make_engine: MakeEngine, vault: hvac.Client
) -> None:
    before = _sessions(vault)
    token = make_engine(skipChildToken="true").create(TOKEN, ttl="1h")

    assert _sessions(vault) == before
    assert _about(vault, token)["orphan"] is False


def test_a_revoked_token_is_gone_and_deletes_cleanly(engine: Engine, vault: hvac.Client) -> None:
    token = engine.create(TOKEN, ttl="1h", noParent=True)
    vault.auth.token.revoke_accessor(token.id)

    assert engine.refresh(token) is None
    engine.delete(token)


def test_deleting_revokes(engine: Engine, vault: hvac.Client) -> None:
    token = engine.create(TOKEN, ttl="1h", noParent=True)

    engine.delete(token)

    with pytest.raises(hvac.exceptions.Forbidden):
        hvac.Client(vault.url, token=token["clientToken"]).auth.token.lookup_self()


def test_a_wrapped_token_is_known_by_its_wrapping_only(engine: Engine, vault: hvac.Client) -> None:
    token = engine.create(TOKEN, ttl="1h", noParent=True, wrappingTtl="5m")

    assert token["clientToken"] is None
    unwrapped = hvac.Client(vault.url, token=token["wrappedToken"]).sys.unwrap()
    assert unwrapped["auth"]["accessor"] == token.id


def test_a_refusal_tells_the_reason_and_no_token(
    make_engine: MakeEngine, vault: hvac.Client
) -> None:
    weak = vault.auth.token.create(policies=["kv-read"], ttl="5m")["auth"]["client_token"]

    with pytest.raises(grpc.RpcError, match="Code: 403") as failure:
        make_engine(token=weak, skipChildToken="true").create(TOKEN, ttl="1h")

    assert weak not in failure.value.details()
    assert "error creating token: Error making API request." in failure.value.details()
