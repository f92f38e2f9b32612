"""`keylife import`: what it refuses before it asks anybody; the rest is tried end to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command

ASKED = (
    *("--id", "legacy", "--service", "billing", "--owner", "team", "--stack", "dev"),
    *("--ttl", "90d", "--rotate-every", "60d"),
)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("vault-token", "the provider replaces"),
        ("vault-approle-secret-id", "cannot import a live secret id"),
        ("vault-pki-certificate", "does not keep"),
        ("no-such-kind", "no such kind"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_the_reason_and_a_way_out(
    keylife: Command, project: Path, kind: str, why: str
) -> None:
    answer = keylife("import", kind, "some-id", *ASKED, "--deliver", "vault-kv:secret/a")

    assert answer.code == 1
    assert why in answer.err
    assert "declare a key without importing anything" in answer.err


@pytest.mark.parametrize("place", ["vault-kv", "nowhere:a", "vault-kv:"])
def test_a_place_that_is_none_is_bad_usage(keylife: Command, project: Path, place: str) -> None:
    answer = keylife("import", "aws-access-key", "AKIA", *ASKED, "--deliver", place)

    assert answer.code == 2
    assert f"--deliver {place}" in answer.err
    assert [path.name for path in (project / "stacks/dev/keys").iterdir()] == ["billing.yaml"]
