"""The audit log after real deploys: complete, bound to commit and update, witnessed in git."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from keylife.store.database import open_database
from tests.end_to_end.project import Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1200)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)

WAIVED = """
waivers:
  - rule: ttl-within-limit
    key: {key}
    reason: the archive is moved
    approver: ciso@example.com
    until: 2027-06-01T00:00:00Z
"""


def test_what_deploys_did_is_in_the_log_and_what_a_lost_log_lost_is_found_again(
    project: Project,
) -> None:
    billing = project.names.id("billing")
    project.declared.aws("billing")
    project.declared.vault("metrics")
    archive = project.declared.vault("archive", ttl="40d", rotate_every="30d")["id"]
    (project.stacks / "keylife.yaml").write_text(WAIVED.format(key=archive))
    project.deploy(NOON)
    commit = project.git("rev-parse", "HEAD")
    project.deploy(NOON + timedelta(days=22))

    assert project.keylife("record").stdout == "nothing missing\n"

    verified = project.keylife("audit", "verify")
    assert "entries are what they were" in verified.stdout
    assert "held against" in verified.stdout
    told = json.loads(project.keylife("history", billing, "--format", "json").stdout)["events"]
    assert [(event["what"], event["version"]) for event in told] == [
        ("declared", None),
        ("issuing", 1),
        ("issued", 1),
        ("delivered", 1),
        ("delivered", 1),
        ("issuing", 2),
        ("issued", 2),
        ("rotated", 2),
        ("delivered", 2),
        ("delivered", 2),
    ]
    assert [event["source"]["update"] for event in told] == [1] * 5 + [2] * 5
    assert told[0]["source"]["commit"] == commit
    told = json.loads(project.keylife("history", archive, "--format", "json").stdout)["events"]
    assert [event["what"] for event in told[:4]] == ["declared", "issuing", "waived", "issued"]
    assert told[2]["detail"] == (
        "ttl-within-limit, until 2027-06-01T00:00:00Z, approved by ciso@example.com"
    )
    assert not (project.folder / ".keylife" / f"events-{project.stack}.jsonl").exists()

    # somebody with the file in their hands cuts off the rotation
    store = project.folder / ".keylife" / "store.db"
    connection = sqlite3.connect(store)
    connection.execute("DROP TRIGGER keylife_audit_no_delete")
    signed = "SELECT sequence FROM keylife_audit WHERE signature IS NOT NULL AND sequence > 4"
    (left,) = connection.execute(f"{signed} ORDER BY sequence").fetchone()
    connection.execute("DELETE FROM keylife_audit WHERE sequence > ?", (left,))
    connection.commit()
    connection.close()
    cut = project.keylife("audit", "verify", check=False)
    assert cut.returncode == 1
    assert f"entry {left + 1}: git ref refs/keylife/audit/" in cut.stdout

    # and the store is lost altogether: a new log says what stands, by whose update
    shutil.rmtree(project.folder / ".keylife")
    open_database(f"sqlite:///{store}").close()
    assert "missing event" in project.keylife("record").stdout
    again = json.loads(project.keylife("history", billing, "--format", "json").stdout)["events"]
    assert {(event["what"], event["version"]) for event in again} == {
        ("declared", None),
        ("issued", 1),
        ("issued", 2),
        ("delivered", 2),
    }
    by_update = {event["version"]: event["source"]["update"] for event in again}
    assert (by_update[1], by_update[2]) == (1, 2)
