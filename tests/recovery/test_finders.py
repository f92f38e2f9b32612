"""What a create may have left is told from what is somebody else's, at real issuers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

import pytest

from keylife.orphan import Clients, IssuerSilentError, Pending, destroy_orphans
from keylife.program.strays import finders
from keylife.sandbox.lifecycle import Sandbox

ACCESS_KEY, USER = "aws:iam/accessKey:AccessKey", "aws:iam/user:User"
SECRET, KV = "aws:secretsmanager/secret:Secret", "vault:kv/secretV2:SecretV2"
TOKEN = "vault:index/token:Token"
DATA = {"keylife-key": "k", "keylife-version": "1", "keylife-expiry": "2027-01-31T00:00:00Z"}


@pytest.fixture
def clients(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Connections as `keylife recover` makes them: from the environment."""
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return Clients()


@pytest.fixture
def name() -> str:
    return f"stray-{secrets.token_hex(4)}"


def ended(
    clients: Clients,
    kind: str,
    inputs: Mapping[str, Any],
    *,
    known: tuple[str, ...] = (),
    users: tuple[str, ...] = (),
    content: Mapping[str, str] | None = None,
) -> list[str]:
    """What is found and ended of a cut-off create."""
    pending = Pending(
        operation="creating",
        urn="urn:x",
        type=kind,
        name="k-v1",
        inputs=inputs,
        known=frozenset(known),
        standing={USER: frozenset(users)},
        secrets={} if content is None else {"dataJson": json.dumps(content)},
    )
    return [orphan.what for orphan in destroy_orphans(finders()[kind], pending, clients)]


def tags(**changes: str) -> dict[str, str]:
    told = {"key": "k", "version": "1", "birth": "2027-01-01T00:00:00Z", "owner": "team"}
    return {f"keylife:{tag}": value for tag, value in {**told, **changes}.items()}


def make_user(clients: Clients, name: str, told: Mapping[str, str]) -> Any:
    iam = clients.aws("iam")
    pairs = [{"Key": tag, "Value": value} for tag, value in told.items()]
    iam.create_user(UserName=name, Path="/keylife/k/", Tags=pairs)
    return iam


def keys_of(iam: Any, name: str) -> set[str]:
    return {key["AccessKeyId"] for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]}


def test_of_a_versions_access_keys_only_the_one_in_the_state_stays(
    clients: Clients, name: str
) -> None:
    iam = make_user(clients, name, tags())
    mine, lost = (
        iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"] for _ in range(2)
    )

    inputs = {"user": name}
    assert ended(clients, ACCESS_KEY, inputs, known=(mine,)) == [], "another stack's user"
    assert ended(clients, ACCESS_KEY, inputs, known=(mine,), users=(name,)) == [
        f"access key {lost} of the IAM user {name}"
    ]
    assert keys_of(iam, name) == {mine}
    assert ended(clients, ACCESS_KEY, inputs, known=(mine,), users=(name,)) == []
    nobody = f"{name}-nobody"
    assert ended(clients, ACCESS_KEY, {"user": nobody}, users=(nobody,)) == []


def test_a_user_of_this_very_version_is_ended_and_any_other_stays(
    clients: Clients, name: str
) -> None:
    inputs = {"name": name, "path": "/keylife/k/", "tags": tags()}
    assert ended(clients, USER, inputs) == []
    iam = make_user(clients, name, tags(owner="another"))

    another_birth = {**inputs, "tags": tags(birth="2027-01-01T00:00:01Z")}
    assert ended(clients, USER, another_birth) == [], "another stack's version of the same name"
    assert ended(clients, USER, inputs, known=(name,)) == []
    assert iam.get_user(UserName=name)
    assert ended(clients, USER, inputs) == [f"IAM user {name}"]
    assert ended(clients, USER, inputs) == []


def test_a_user_that_versions_share_is_known_by_its_keys_birth(clients: Clients, name: str) -> None:
    told = {tag: value for tag, value in tags().items() if tag != "keylife:version"}
    inputs = {"name": name, "path": "/keylife/k/", "tags": told}
    make_user(clients, name, tags())
    assert ended(clients, USER, inputs) == [], "a version's own user"
    clients.aws("iam").untag_user(UserName=name, TagKeys=["keylife:version"])

    another_birth = {**inputs, "tags": {**told, "keylife:birth": "2027-01-01T00:00:01Z"}}
    assert ended(clients, USER, another_birth) == [], "another stack's key of the same id"
    assert ended(clients, USER, inputs) == [f"IAM user {name}"]


def test_a_user_that_has_a_key_is_not_empty_and_iam_says_so(clients: Clients, name: str) -> None:
    iam = make_user(clients, name, tags())
    iam.create_access_key(UserName=name)

    with pytest.raises(IssuerSilentError, match="DeleteConflict"):
        ended(clients, USER, {"name": name, "path": "/keylife/k/", "tags": tags()})


def test_a_token_is_known_by_all_of_its_metadata(clients: Clients, name: str) -> None:
    meta = {"keylife-key": name, "keylife-version": "1", "keylife-birth": "2027-01-01T00:00:00Z"}
    other = {**meta, "keylife-birth": "2027-01-01T00:00:01Z"}
    token = clients.vault.auth.token
    mine, lost, theirs = (
        token.create(meta=told, ttl="1h")["auth"]["accessor"] for told in (meta, meta, other)
    )

    assert ended(clients, TOKEN, {"metadata": meta}, known=(mine,)) == [
        f"Vault token with accessor {lost}"
    ]
    alive = set(token.list_accessors()["data"]["keys"])
    assert {mine, theirs} <= alive and lost not in alive


def test_a_secret_without_a_value_is_ended_and_one_with_a_value_is_a_copy(
    clients: Clients, name: str
) -> None:
    manager = clients.aws("secretsmanager")
    inputs = {"name": name, "tags": {"keylife:key": "k"}}
    pairs = [{"Key": "keylife:key", "Value": "k"}]
    assert ended(clients, SECRET, inputs) == []
    arn = manager.create_secret(Name=name, Tags=pairs)["ARN"]

    assert ended(clients, SECRET, inputs, known=(arn,)) == []
    assert ended(clients, SECRET, {**inputs, "tags": {"keylife:key": "other"}}) == []
    assert ended(clients, SECRET, inputs) == [f"secret {name}"]

    manager.create_secret(Name=name, Tags=pairs, SecretString="a value")
    assert ended(clients, SECRET, inputs) == []


def copy_at(name: str) -> dict[str, Any]:
    return {"mount": "secret", "name": name, "customMetadata": {"data": DATA}}


def test_a_copy_of_this_version_is_ended_and_any_other_stays(clients: Clients, name: str) -> None:
    kv = clients.vault.secrets.kv.v2
    assert ended(clients, KV, copy_at(name)) == []
    kv.create_or_update_secret(name, {"a": "b"}, mount_point="secret")
    told = {**DATA, "keylife-owner": "another"}
    kv.update_metadata(name, custom_metadata=told, mount_point="secret")
    other = {**copy_at(name), "customMetadata": {"data": {**DATA, "keylife-version": "2"}}}

    assert ended(clients, KV, other) == []
    assert ended(clients, KV, copy_at(name), known=(f"secret/data/{name}",)) == []
    assert ended(clients, KV, copy_at(name)) == [f"copy at secret/{name}"]
    assert ended(clients, KV, copy_at(name)) == []


@pytest.mark.parametrize(
    ("stands", "written", "is_ours"),
    [
        pytest.param({"a": "b"}, {"a": "b"}, True, id="exactly what was to be written"),
        pytest.param({"a": "b"}, {"a": "c"}, False, id="something else"),
        pytest.param({"a": "b"}, None, False, id="nobody knows what was to be written"),
    ],
)
def test_a_value_without_metadata_is_ours_only_by_its_content(
    clients: Clients, name: str, stands: dict[str, str], written: dict[str, str], *, is_ours: bool
) -> None:
    """The provider writes the value before its metadata."""
    kv = clients.vault.secrets.kv.v2
    kv.create_or_update_secret(name, stands, mount_point="secret")

    assert bool(ended(clients, KV, copy_at(name), content=written)) is is_ours


def test_a_second_write_of_anybodys_is_not_a_first_one(clients: Clients, name: str) -> None:
    kv = clients.vault.secrets.kv.v2
    for _ in range(2):
        kv.create_or_update_secret(name, {"a": "b"}, mount_point="secret")

    assert ended(clients, KV, copy_at(name), content={"a": "b"}) == []


SILENT = [
    pytest.param("VAULT_TOKEN", "canary", TOKEN, {"metadata": {}}, "permission denied", id="403"),
    pytest.param("VAULT_ADDR", "http://127.0.0.1:9", TOKEN, {}, "no answer", id="Vault is away"),
    pytest.param(
        "AWS_SECRET_ACCESS_KEY",
        "canary",
        USER,
        {"name": "x"},
        "SignatureDoesNotMatch",
        id="AWS 403",
    ),
    pytest.param(
        "AWS_ENDPOINT_URL", "http://127.0.0.1:9", USER, {"name": "x"}, "no answer", id="AWS is away"
    ),
]


@pytest.mark.parametrize(("variable", "value", "kind", "inputs", "why"), SILENT)
def test_an_issuer_that_cannot_be_asked_is_an_error_without_secrets(
    clients: Clients,
    monkeypatch: pytest.MonkeyPatch,
    *,
    variable: str,
    value: str,
    kind: str,
    inputs: Mapping[str, Any],
    why: str,
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(IssuerSilentError, match=why) as silent:
        ended(clients, kind, inputs)

    assert "canary" not in f"{silent.value} {silent.value.hint} {silent.value!r}"
    assert silent.value.__cause__ is None
