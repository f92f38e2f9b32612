"""`keylife import`: what it refuses before it asks anybody; the rest is tried end to end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylife.store import fingerprints, tombstones
from keylife.store.database import open_database
from keylife.store.fingerprints import Seen
from tests.cli.conftest import Command
from tests.cli.emergency import pulumi_script
from tests.store.builders import STACK, death

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


def test_a_credential_that_was_revoked_is_not_taken_over_and_who_asked_is_recorded(
    keylife: Command, project: Path, pulumi: Callable[[str], None], tmp_path: Path
) -> None:
    pulumi(pulumi_script(tmp_path))
    (project / ".keylife").mkdir()
    now = datetime(2026, 11, 1, tzinfo=UTC)
    database = open_database(f"sqlite:///{project / '.keylife' / 'store.db'}")
    with database.writing() as connection:
        of = Seen("billing-deploy", 1, STACK)
        fingerprints.record_cloud_id(connection, of, "AKIA0000REVOKED000", now)
        tombstones.bury(connection, death(), now)
    database.close()

    ask = (*ASKED, "--deliver", "vault-kv:secret/a")
    answer = keylife("import", "aws-access-key", "AKIA0000REVOKED000", *ask)

    assert answer.code == 1
    assert "is a credential of `billing-deploy`, which was revoked" in answer.err
    assert [path.name for path in (project / "stacks/dev/keys").iterdir()] == ["billing.yaml"]
    told = keylife("history", "legacy", "--stack", "dev").out
    assert "denied request" in told
    assert "import refused: AKIA0000REVOKED000 is a credential of `billing-deploy`" in told


def test_a_store_that_cannot_be_asked_leaves_it_to_the_deploy(
    keylife: Command, project: Path, pulumi: Callable[[str], None], tmp_path: Path
) -> None:
    pulumi(pulumi_script(tmp_path))
    (project / ".keylife").mkdir()
    (project / ".keylife" / "store.db").write_bytes(b"no database " * 100)
    ask = (*ASKED, "--deliver", "vault-kv:secret/a")

    answer = keylife("import", "aws-access-key", "no-such-id", *ask)

    assert "whether no-such-id was revoked is not known" in answer.err
    assert answer.code != 0, "nobody has such a key"
