"""Which findings a waiver allows, as a deploy asks before it registers anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylife.errors import DeclarationError
from keylife.program.waived import said_of, waived_by

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WAIVER = """
  - rule: ttl-within-limit
    key: {key}
    reason: the archive is moved
    approver: ciso
    until: {until}
"""
KEY = """
  - id: {id}
    kind: vault-token
    service: billing
    owner: team
    purpose: to test
    scope: {{policies: [read]}}
    ttl: {ttl}
    rotate_every: 21d
    deliver: [{{vault-kv: {{mount: secret, path: "{id}"}}}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "services.yaml").write_text("services:\n  - {id: billing, description: bills}\n")
    (tmp_path / "owners.yaml").write_text("owners:\n  - {id: team, contact: team@example.com}\n")
    for stack, keys in (("dev", ("a", "b", "c")), ("prod", ("d",))):
        (tmp_path / stack / "keys").mkdir(parents=True)
        told = "".join(KEY.format(id=key, ttl="30d" if key == "c" else "60d") for key in keys)
        (tmp_path / stack / "keys" / "all.yaml").write_text(f"keys:{told}")
    return tmp_path


def waive(folder: Path, *keys: str, until: str = "2027-01-01T00:00:00Z") -> None:
    told = "".join(WAIVER.format(key=key, until=until) for key in keys)
    (folder / "keylife.yaml").write_text(f"waivers:{told}")


def test_a_stack_s_own_waived_findings_are_told_by_key(folder: Path) -> None:
    waive(folder, "a", "c", "d")

    [(key, [waived])] = waived_by(folder, "dev", AT).items()

    assert key == "a"
    assert said_of(waived) == "ttl-within-limit, until 2027-01-01T00:00:00Z, approved by ciso"
    assert list(waived_by(folder, "prod", AT)) == ["d"]


def test_a_waiver_that_is_over_allows_nothing(folder: Path) -> None:
    waive(folder, "a", until="2026-11-23T09:00:00Z")

    assert waived_by(folder, "dev", AT) == {}


def test_without_a_waiver_nothing_else_is_read(folder: Path) -> None:
    (folder / "prod" / "keys" / "all.yaml").write_text("keys: [broken")

    assert waived_by(folder, "dev", AT) == {}


def test_what_cannot_be_understood_is_an_error_where_a_waiver_stands(folder: Path) -> None:
    waive(folder, "a")
    (folder / "prod" / "keys" / "all.yaml").write_text("keys: [broken")

    with pytest.raises(DeclarationError):
        waived_by(folder, "dev", AT)
