"""One place in Vault that always holds the current version, and never writes over a stranger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from pydantic import JsonValue, ValidationError

from keylife.deliveries.delivery import Parcel
from keylife.deliveries.vault_kv import VaultKv, VaultKvSettings
from keylife.program.ledger import parse_ledger
from tests.program.engine import KV, Engine, Registered
from tests.program.states import state

BIRTH = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
NAME = "billing-deploy/vault-kv/secret/billing/aws"
HERE = VaultKvSettings(mount="secret", path="billing/aws")
LAST = parse_ledger(state("first-versions")).keys["billing-deploy"].delivery_facts[NAME]
"""What the ledger knows of a first write: `cas` was 0, and Vault made version 1 of it."""


def delivered(
    *,
    version: int = 1,
    owner: str = "team-payments",
    settings: VaultKvSettings = HERE,
    last: Mapping[str, JsonValue] = LAST,
) -> Registered:
    engine = Engine()
    birth = BIRTH if version == 1 else BIRTH + timedelta(days=21)

    def program() -> None:
        parcel = Parcel(
            key_id="billing-deploy",
            version=version,
            owner=owner,
            service="billing",
            birth=birth,
            expiry=birth + timedelta(days=30),
            contents=pulumi.Output.secret('{"a": "canary"}'),
            last=last,
        )
        VaultKv().deliver(NAME, parcel, settings, pulumi.ResourceOptions())

    engine.run(program)
    return engine.one(KV, NAME)


def having(**outputs: Any) -> Mapping[str, JsonValue]:
    """The last write, as a refresh or an unfinished run left its outputs."""
    return {"inputs": LAST["inputs"], "outputs": outputs}


def test_the_secret_says_whose_it_is_until_when_and_ends_with_its_version() -> None:
    copy = delivered()

    assert copy.inputs["mount"] == "secret"
    assert copy.inputs["name"] == "billing/aws"
    assert copy.inputs["deleteAllVersions"] is True
    assert copy.inputs["customMetadata"] == {
        "maxVersions": 2,
        "deleteVersionAfter": 30 * 86400,
        "data": {
            "keylife-key": "billing-deploy",
            "keylife-version": "1",
            "keylife-owner": "team-payments",
            "keylife-expiry": "2026-12-23T06:00:00Z",
        },
    }


def test_what_the_consumer_reads_is_a_secret_of_the_engine_and_all_else_is_not() -> None:
    copy = delivered()

    assert copy.inputs["dataJson"] == '{"a": "canary"}'
    assert copy.secret_inputs == {"dataJson"}


CAS = [
    pytest.param({"last": {}}, "0", id="a first write finds nothing"),
    pytest.param({}, "0", id="unchanged, it stays what it was, so that nothing is written"),
    pytest.param({"owner": "team-new"}, "1", id="a new owner is another write"),
    pytest.param({"version": 2}, "1", id="a new version is another write"),
    pytest.param(
        {"settings": VaultKvSettings(mount="secret", path="other")}, "1", id="so is a new path"
    ),
    pytest.param(
        {"settings": VaultKvSettings(mount="kv", path="billing/aws")}, "1", id="and a new mount"
    ),
    pytest.param(
        {"last": having(metadata={"version": "4"})}, "4", id="a refresh that found a stranger's"
    ),
    pytest.param(
        {"version": 2, "last": having(metadata={"version": "4"})},
        "4",
        id="a new version after such a refresh",
    ),
    pytest.param({"last": having()}, "1", id="a write that was not seen to its end"),
    pytest.param({"last": having(metadata=None)}, "1", id="or left no metadata"),
]


@pytest.mark.parametrize(("change", "cas"), CAS)
def test_the_version_that_a_write_expects_to_find(change: dict[str, Any], cas: str) -> None:
    assert delivered(**change).inputs["options"] == {"cas": cas}


def test_after_a_rotation_nothing_is_written_again_either() -> None:
    rotated = parse_ledger(state("in-rotation")).keys["billing-deploy"].delivery_facts[NAME]
    inputs = rotated["inputs"]
    assert isinstance(inputs, dict)
    assert inputs["options"] == {"cas": "1"}

    last: dict[str, Any] = {**inputs}
    last["customMetadata"] = delivered(version=2).inputs["customMetadata"]

    again = delivered(version=2, last={"inputs": last, "outputs": rotated["outputs"]})

    assert again.inputs["options"] == {"cas": "1"}


PATHS = [
    pytest.param("billing/aws", "billing//aws", id="single slashes"),
    pytest.param("billing/aws", "/billing/aws", id="no slash before"),
    pytest.param("billing/aws", "billing/aws/", id="no slash after"),
    pytest.param("a.b/c", "a/../c", id="no way up"),
    pytest.param("a.b/c", "a/./c", id="no way that is none"),
    pytest.param("a.b/c", ".", id="a name"),
    pytest.param("a_b-c.D9", "a b", id="no blanks"),
    pytest.param("a", "", id="something"),
    pytest.param("a", "a\n", id="one line"),
    pytest.param("cafe", "café", id="plain letters"),
    pytest.param("a", "a?b", id="nothing a URL understands"),
    pytest.param("a", "a%2fb", id="nothing encoded"),
]


@pytest.mark.parametrize(("accepted", "refused"), PATHS)
@pytest.mark.parametrize("field", ["mount", "path"])
def test_a_place_is_a_plain_path(field: str, accepted: str, refused: str) -> None:
    other = {"mount": "secret", "path": "billing/aws"}

    assert VaultKvSettings.model_validate({**other, field: accepted})
    with pytest.raises(ValidationError):
        VaultKvSettings.model_validate({**other, field: refused})


@pytest.mark.parametrize("given", [{}, {"mount": "a"}, {"mount": "a", "path": "b", "cas": 1}])
def test_a_place_has_mount_and_path_and_nothing_else(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VaultKvSettings.model_validate(given)


def test_two_ways_to_one_place_are_the_same_place() -> None:
    places = {
        VaultKv().place(VaultKvSettings(mount=mount, path=path))
        for mount, path in (("team/kv", "aws"), ("team", "kv/aws"))
    }

    assert places == {"vault-kv/team/kv/aws"}
    assert VaultKv().place(HERE) == "vault-kv/secret/billing/aws"
