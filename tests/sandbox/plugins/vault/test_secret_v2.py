"""Secrets of KV version 2, on a real OpenBao."""

from __future__ import annotations

import json
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import hvac
import pytest

from keylife.sandbox.plugins.values import Secret
from tests.sandbox.plugins.engine import Deployed, Engine, RefusedInputsError, left_behind

SECRET = "vault:kv/secretV2:SecretV2"


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return f"app/{request.node.name[:60]}"


def _create(engine: Engine, name: str, **more: Any) -> Deployed:
    data = more.pop("dataJson", '{"k": "one"}')
    return engine.create(SECRET, mount="secret", name=name, dataJson=data, **more)


def _current(vault: hvac.Client, name: str) -> Any:
    return vault.secrets.kv.v2.read_secret_version(
        name, mount_point="secret", raise_on_deleted_version=True
    )["data"]


def _metadata(vault: hvac.Client, name: str) -> Any:
    return vault.secrets.kv.v2.read_secret_metadata(name, mount_point="secret")["data"]


def test_a_write_that_expects_the_right_version_succeeds(
    engine: Engine, vault: hvac.Client, name: str
) -> None:
    secret = _create(engine, name, options={"cas": "0"})
    engine.update(secret, mount="secret", name=name, dataJson='{"k": "two"}', options={"cas": "1"})

    assert _current(vault, name)["data"] == {"k": "two"}
    assert _current(vault, name)["metadata"]["version"] == 2


def test_a_write_that_expects_an_older_version_is_refused_at_once(
    engine: Engine, vault: hvac.Client, name: str
) -> None:
    secret = _create(engine, name)
    vault.secrets.kv.v2.create_or_update_secret(name, {"k": "other"}, mount_point="secret")

    with pytest.raises(grpc.RpcError, match="check-and-set parameter did not match") as failure:
        engine.update(
            secret, mount="secret", name=name, dataJson='{"k": "two"}', options={"cas": "1"}
        )

    assert _current(vault, name)["data"] == {"k": "other"}
    assert "two" not in failure.value.details()
    assert left_behind(failure.value) is not None


def test_creating_over_what_is_there_is_refused_if_nothing_is_expected(
    engine: Engine, vault: hvac.Client, name: str
) -> None:
    vault.secrets.kv.v2.create_or_update_secret(name, {"k": "theirs"}, mount_point="secret")

    with pytest.raises(grpc.RpcError, match="check-and-set") as failure:
        _create(engine, name, options={"cas": "0"})

    assert left_behind(failure.value) is None
    assert _current(vault, name)["data"] == {"k": "theirs"}


def test_the_input_cas_alone_checks_nothing(engine: Engine, vault: hvac.Client, name: str) -> None:
    """As with the real plugin: Vault does not know the field where it is put."""
    vault.secrets.kv.v2.create_or_update_secret(name, {"k": "theirs"}, mount_point="secret")

    _create(engine, name, cas=99)

    assert _current(vault, name)["data"] == {"k": "one"}


def test_custom_metadata_is_written_and_read_back(
    engine: Engine, vault: hvac.Client, name: str
) -> None:
    wished = {"maxVersions": 3, "deleteVersionAfter": 5400, "data": {"owner": "a", "key": "b"}}

    secret = _create(engine, name, customMetadata=wished)

    about = _metadata(vault, name)
    assert (about["max_versions"], about["delete_version_after"]) == (3, "1h30m0s")
    assert about["custom_metadata"] == {"owner": "a", "key": "b"}
    assert secret["customMetadata"] == {**wished, "casRequired": False}
    assert secret["metadata"]["custom_metadata"] == '{"key":"b","owner":"a"}'
    same = engine.diff(
        secret, mount="secret", name=name, dataJson='{"k":"one"}', customMetadata=wished
    )
    assert not same.detailedDiff


def test_changed_custom_metadata_is_told_by_its_path(engine: Engine, name: str) -> None:
    secret = _create(engine, name, customMetadata={"maxVersions": 3, "data": {"owner": "a"}})

    found = engine.diff(
        secret,
        mount="secret",
        name=name,
        dataJson='{"k": "one"}',
        customMetadata={"maxVersions": 4, "data": {"owner": "b"}},
    )

    assert set(found.detailedDiff) == {"customMetadata.maxVersions", "customMetadata.data.owner"}
    assert not found.replaces


def test_the_first_version_does_not_get_the_life_that_is_written_with_it(
    engine: Engine, vault: hvac.Client, name: str
) -> None:
    """The data goes first, so only the next version is bound by the metadata."""
    wished = {"deleteVersionAfter": 3600}
    secret = _create(engine, name, customMetadata=wished)
    engine.update(secret, mount="secret", name=name, dataJson='{"k": "two"}', customMetadata=wished)

    versions = _metadata(vault, name)["versions"]
    assert versions["1"]["deletion_time"] == ""
    assert versions["2"]["deletion_time"] != ""


@pytest.mark.parametrize(("everything", "left"), [(True, False), (False, True)])
def test_deleting_takes_the_newest_version_or_all(
    engine: Engine, vault: hvac.Client, name: str, *, everything: bool, left: bool
) -> None:
    secret = _create(engine, name, deleteAllVersions=everything)

    engine.delete(secret)

    with pytest.raises(hvac.exceptions.InvalidPath):
        _current(vault, name)
    listed = vault.secrets.kv.v2.list_secrets("app", mount_point="secret") if left else None
    assert listed is None or name.removeprefix("app/") in listed["data"]["keys"]
    if not left:
        with pytest.raises(hvac.exceptions.InvalidPath):
            _metadata(vault, name)


def test_deleting_what_is_gone_is_no_error(engine: Engine, vault: hvac.Client, name: str) -> None:
    secret = _create(engine, name, deleteAllVersions=True)
    vault.secrets.kv.v2.delete_metadata_and_all_versions(name, mount_point="secret")

    engine.delete(secret)

    assert engine.refresh(secret) is None


def test_the_content_is_secret_in_inputs_and_outputs_and_never_read_back(
    engine: Engine, vault: hvac.Client, name: str
) -> None:
    secret = _create(engine, name)
    vault.secrets.kv.v2.create_or_update_secret(name, {"k": "drifted"}, mount_point="secret")
    read = engine.refresh(secret)

    assert isinstance(secret.inputs["dataJson"], Secret)
    assert read is not None
    assert read.outputs["dataJson"] == Secret('{"k":"one"}')
    assert read.outputs["data"] == Secret({})
    assert read["metadata"]["version"] == "2"


def test_the_same_content_in_another_spelling_is_no_change(engine: Engine, name: str) -> None:
    secret = _create(engine, name, dataJson='{"b": 1, "a": "<é>"}')

    found = engine.diff(secret, mount="secret", name=name, dataJson='{\n"a":"<\\u00e9>","b":1}')

    assert not found.detailedDiff


@pytest.mark.parametrize("text", ["", "no json", "[1]", '"text"'])
def test_content_that_is_no_json_object_is_refused_without_showing_it(
    engine: Engine, name: str, text: str
) -> None:
    with pytest.raises(RefusedInputsError) as refusal:
        _create(engine, name, dataJson=text)

    assert refusal.value.args == (
        "data_json is not a JSON object. Examine values at 'it.dataJson'.",
    )


def test_what_is_written_only_is_in_no_output(
    engine: Engine, vault: hvac.Client, name: str
) -> None:
    content = json.dumps({"k": "unseen"})
    secret = engine.create(
        SECRET, mount="secret", name=name, dataJsonWo=content, dataJsonWoVersion=1
    )

    assert _current(vault, name)["data"] == {"k": "unseen"}
    assert "unseen" not in str(secret.plain)
    again = engine.diff(
        secret, mount="secret", name=name, dataJsonWo='{"k": "x"}', dataJsonWoVersion=2
    )
    assert set(again.detailedDiff) == {"dataJsonWoVersion"}
