"""A key that `keylife import` declares: at the end of a file, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keylife.declarations import load
from keylife.declarations.addition import declare_key
from keylife.errors import DeclarationError, UsageError

EXISTING = """\
# The CI's keys.
keys:
- id: ci-old   # read by the runner
  kind: vault-token
  service: ci
  owner: team-ci
  purpose: "it's: quoted"
  scope: {policies: [ci]}
  ttl: 30d
  rotate_every: 21d
  deliver:
  - vault-kv: {mount: secret, path: ci/old}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "services.yaml").write_text("services: [{id: ci, description: builds}]\n")
    (tmp_path / "owners.yaml").write_text("owners: [{id: team-ci, contact: ci@example.com}]\n")
    (tmp_path / "dev/keys").mkdir(parents=True)
    return tmp_path


def _declared(**fields: Any) -> dict[str, Any]:
    return {
        "id": "ci-new",
        "kind": "aws-access-key",
        "service": "ci",
        "owner": "team-ci",
        "purpose": "it's for: the build, 'quoted'",
        "scope": {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
        "ttl": "90d",
        "rotate_every": "60d",
        "deliver": [{"vault-kv": {"mount": "secret", "path": "ci/new"}}],
        "imported": {
            "created": "2025-01-01T00:00:00Z",
            "credential": {"access_key": "AKIAABCDEFGHIJKLMNOP", "user": "ci"},
        },
        **fields,
    }


def test_a_file_is_made_for_it(folder: Path) -> None:
    path = declare_key(folder, "dev", "team-ci.yaml", _declared())

    key = load(folder, "dev").keys["ci-new"]
    assert path == folder / "dev/keys/team-ci.yaml"
    assert key.purpose == "it's for: the build, 'quoted'"
    assert key.imported is not None
    assert key.imported.credential["user"] == "ci"


def test_it_goes_to_the_end_of_a_file_and_nothing_else_changes(folder: Path) -> None:
    path = folder / "dev/keys/ci.yaml"
    path.write_text(EXISTING)

    declare_key(folder, "dev", "ci.yaml", _declared())

    assert path.read_text().startswith(EXISTING)
    assert list(load(folder, "dev").keys) == ["ci-old", "ci-new"]


def test_an_id_that_is_taken_is_refused(folder: Path) -> None:
    path = folder / "dev/keys/ci.yaml"
    path.write_text(EXISTING)

    with pytest.raises(UsageError, match="already"):
        declare_key(folder, "dev", "other.yaml", _declared(id="ci-old"))

    assert [p.name for p in path.parent.iterdir()] == ["ci.yaml"]


@pytest.mark.parametrize("file", ["new.yaml", "ci.yaml"])
def test_what_would_not_be_in_order_is_not_written(folder: Path, file: str) -> None:
    path = folder / "dev/keys/ci.yaml"
    path.write_text(EXISTING)

    with pytest.raises(DeclarationError):
        declare_key(folder, "dev", file, _declared(owner="nobody"))

    assert path.read_text() == EXISTING
    assert not (folder / "dev/keys/new.yaml").exists()


def test_a_file_in_another_form_is_left_alone(folder: Path) -> None:
    path = folder / "dev/keys/ci.yaml"
    path.write_text("keys: []\n")

    with pytest.raises(UsageError, match="safely"):
        declare_key(folder, "dev", "ci.yaml", _declared())

    assert path.read_text() == "keys: []\n"


def test_a_credential_is_one_keys(folder: Path) -> None:
    declare_key(folder, "dev", "ci.yaml", _declared())
    place = [{"vault-kv": {"mount": "secret", "path": "ci/second"}}]

    with pytest.raises(DeclarationError, match="this is what key `ci-new`"):
        declare_key(folder, "dev", "ci.yaml", _declared(id="ci-second", deliver=place))


def test_a_kind_that_cannot_begin_with_what_exists_is_refused(folder: Path) -> None:
    token = _declared(kind="vault-token", scope={"policies": ["ci"]})

    with pytest.raises(DeclarationError, match="cannot be imported"):
        declare_key(folder, "dev", "ci.yaml", token)
