"""Of which version a copy is: by what its issuer shows, by its issuer's word, or by its own."""

from __future__ import annotations

from typing import Any

import hvac.exceptions
import pytest

from keylife.orphan import Clients
from keylife.rebuild.copies import copies
from keylife.rebuild.found import FoundVersion
from tests.program.declared import key
from tests.rebuild.searches import BORN, LIFE


def version(number: int, credential: str | None, **shown: str) -> FoundVersion:
    return FoundVersion(
        key="billing",
        number=number,
        birth=BORN,
        expiry=BORN + LIFE,
        owner="team",
        service="billing",
        scope={},
        credential=credential,
        active=True,
        shown=shown,
    )


class Vault(Clients):
    """A KV path that holds this of a version, in a Vault that knows one token and one secret id."""

    def __init__(self, material: dict[str, str] | None, told: str = "2", of: str = "billing"):
        super().__init__()
        self.material, self.told, self.of = material, told, of

    @property
    def vault(self) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name in ("secrets", "kv", "v2", "auth", "token"):
            return self
        raise AttributeError(name)

    def read_secret_metadata(self, _path: str, **_: Any) -> Any:
        labels = {"keylife-key": self.of, "keylife-version": self.told}
        return {"data": {"custom_metadata": labels}}

    def read_secret_version(self, _path: str, **_: Any) -> Any:
        if self.material is None:
            raise hvac.exceptions.InvalidPath
        return {"data": {"data": self.material}}

    def lookup(self, token: str) -> Any:
        if token != "lives":
            raise hvac.exceptions.Forbidden
        return {"data": {"accessor": "acc"}}

    def write_data(self, path: str, data: dict[str, str]) -> Any:
        assert path == "auth/m/role/r/secret-id/lookup"
        known = data["secret_id"] == "lives"
        return {"data": {"secret_id_accessor": "acc"}} if known else None


GATE = {"kind": "aws-api-gateway-key", "scope": {"usage_plans": ["p"]}}
ROBOT = {"kind": "vault-approle-secret-id", "scope": {"policies": ["kv-read"]}}
BEDROCK = {
    "kind": "aws-service-credential",
    "scope": {"service": "bedrock", "policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
}
LOGIN = "backend=m::role=r::accessor="


@pytest.mark.parametrize(
    ("declared", "material", "found", "credential"),
    [
        pytest.param(
            GATE,
            {"api_key": "new"},
            [version(1, "a", api_key="old"), version(2, "b", api_key="new")],
            "b",
            id="what is shown is the same",
        ),
        pytest.param(
            GATE, {"api_key": "new"}, [version(2, "b", api_key="old")], None, id="is another's"
        ),
        pytest.param(GATE, {}, [version(2, "b", api_key="old")], None, id="is not there"),
        pytest.param(
            BEDROCK, {"api_key": "x"}, [version(1, "a"), version(2, "b")], "b", id="the copy says"
        ),
        pytest.param(BEDROCK, {"api_key": "x"}, [version(1, "a")], None, id="and it is gone"),
        pytest.param(BEDROCK, {"api_key": "x"}, [version(2, None)], None, id="without credential"),
        pytest.param({"kind": "vault-token"}, {"token": "lives"}, [], "acc", id="Vault says"),
        pytest.param({"kind": "vault-token"}, {"token": "ended"}, [], None, id="and it ended"),
        pytest.param(
            ROBOT,
            {"role_id": "r", "secret_id": "lives"},
            [version(2, f"{LOGIN}acc", role_id="r")],
            f"{LOGIN}acc",
            id="the secret id stands",
        ),
        pytest.param(
            ROBOT,
            {"role_id": "r", "secret_id": "ended"},
            [version(2, f"{LOGIN}acc", role_id="r")],
            None,
            id="the secret id ended",
        ),
        pytest.param(
            ROBOT,
            {"role_id": "r", "secret_id": "lives"},
            [version(2, f"{LOGIN}another", role_id="r")],
            None,
            id="another secret id stands",
        ),
    ],
)
def test_of_which_credential_a_copy_is(
    declared: Any, material: dict[str, str], found: list[FoundVersion], credential: str | None
) -> None:
    [copy] = copies(key(**declared), found, lambda _target: Vault(material))

    assert (copy.credential, copy.told) == (credential, 2)


def test_a_deleted_copy_tells_its_version_and_holds_nothing() -> None:
    [copy] = copies(key(**GATE), [version(2, "b")], lambda _target: Vault(None))

    assert (copy.told, copy.material, copy.credential) == (2, {}, None)


def test_what_another_key_wrote_is_no_copy() -> None:
    assert list(copies(key(**GATE), [], lambda _target: Vault({}, of="other"))) == []
