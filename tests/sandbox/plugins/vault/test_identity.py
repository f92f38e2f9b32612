"""Entities and their aliases, on a real OpenBao."""

from __future__ import annotations

from itertools import count
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import hvac
import pytest

from keylife.sandbox.plugins.values import UNKNOWN
from tests.sandbox.plugins.engine import Deployed, Engine

ENTITY = "vault:identity/entity:Entity"
ALIAS = "vault:identity/entityAlias:EntityAlias"
NUMBERS = count(1)


@pytest.fixture
def name() -> str:
    return f"entity-{next(NUMBERS)}"


@pytest.fixture
def accessor(vault: hvac.Client) -> str:
    methods = vault.sys.list_auth_methods()["data"]
    return str(methods["token/"]["accessor"])


def entity_at_vault(vault: hvac.Client, entity: Deployed) -> Any:
    found = vault.read(f"identity/entity/id/{entity.id}")
    return found and found["data"]


def test_an_entity_is_made_changed_and_deleted(
    engine: Engine, vault: hvac.Client, name: str
) -> None:
    entity = engine.create(ENTITY, name=name, metadata={"key": "a"}, policies=["kv-read"])

    about = entity_at_vault(vault, entity)
    assert (about["name"], about["metadata"], about["policies"]) == (
        name,
        {"key": "a"},
        ["kv-read"],
    )
    assert engine.diff(entity, name=name, metadata={"key": "b"}).replaces == []

    entity = engine.update(entity, name=name, metadata={"key": "b"}, disabled=True)
    about = entity_at_vault(vault, entity)
    assert (about["metadata"], about["disabled"], about["policies"]) == ({"key": "b"}, True, [])
    again = engine.refresh(entity)
    assert again is not None and again["disabled"] is True

    engine.delete(entity)
    assert entity_at_vault(vault, entity) is None
    assert engine.refresh(entity) is None
    engine.delete(entity)  # one that is gone is no error


def test_an_entity_of_another_program_is_not_taken_over(
    engine: Engine, vault: hvac.Client, name: str
) -> None:
    theirs = engine.create(ENTITY, name=name)

    with pytest.raises(grpc.RpcError, match="already exists") as refused:
        engine.create(ENTITY, name=name)

    assert theirs.id in refused.value.details()


def test_an_alias_ties_a_mount_to_an_entity(
    engine: Engine, vault: hvac.Client, name: str, accessor: str
) -> None:
    entity = engine.create(ENTITY, name=name)
    alias = engine.create(ALIAS, name=name, mountAccessor=accessor, canonicalId=entity.id)

    [found] = entity_at_vault(vault, entity)["aliases"]
    assert (found["id"], found["name"], found["mount_accessor"]) == (alias.id, name, accessor)
    with pytest.raises(grpc.RpcError, match="already exists for mount accessor"):
        engine.create(ALIAS, name=name, mountAccessor=accessor, canonicalId=entity.id)

    other = engine.create(ENTITY, name=f"{name}-other")
    moved = engine.update(alias, name=name, mountAccessor=accessor, canonicalId=other.id)
    assert moved["canonicalId"] == other.id
    engine.delete(other)  # takes its aliases along
    assert engine.refresh(moved) is None
    engine.delete(moved)


def test_a_preview_makes_neither(engine: Engine, vault: hvac.Client, name: str) -> None:
    planned = engine.create(ENTITY, preview=True, name=name)
    alias = engine.create(ALIAS, preview=True, name=name, mountAccessor=UNKNOWN, canonicalId="x")

    assert planned["name"] == alias["name"] == name
    assert vault.read(f"identity/entity/name/{name}") is None
