"""What `keylife fix` proposes: small, tried out, and only where nothing is left to decide."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keylife.cli.main import app
from keylife.gates.declared import check_folder
from keylife.gates.mending import propose
from tests.gates.test_declared import AT, TOMBSTONE, folder, key


def changed(root: Path) -> list[str]:
    lines = propose(root, AT, "me@example.com").edits.diff().splitlines()
    return [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        pytest.param(
            {"ttl": "400d  # a year"},
            ["-    ttl: 400d  # a year", "+    ttl: 90d  # a year"],
            id="a life is shortened, and its comment kept",
        ),
        pytest.param(
            {"ttl": "400d", "rotate_every": "98d"},
            [
                "-    ttl: 400d",
                "-    rotate_every: 98d",
                "+    ttl: 90d",
                "+    rotate_every: 60d",
            ],
            id="and rotated in time",
        ),
        pytest.param(
            {"rotate_every": "719h"},
            ["-    rotate_every: 719h", "+    rotate_every: 20d"],
            id="a rotation that leaves no time for a late run",
        ),
        pytest.param(
            {"kind": "aws-api-gateway-key", "scope": "{usage_plans: [a1b2c3]}", "ttl": "90d"},
            ["-    ttl: 90d", "+    ttl: 89d"],
            id="a life that a late run makes too long",
        ),
        pytest.param(
            {"owner": "team-payment"},
            ["-    owner: team-payment", "+    owner: team-payments"],
            id="a misspelt owner",
        ),
        pytest.param(
            {"service": "biling"},
            ["-    service: biling", "+    service: billing"],
            id="a misspelt service",
        ),
        pytest.param({"owner": "gone"}, [], id="to whom a leaver's key goes is for people"),
        pytest.param({"owner": "somebody-else-entirely"}, [], id="who was meant is for people"),
        pytest.param(
            {"scope": "{policies: [arn:aws:iam::aws:policy/AdministratorAccess]}"},
            [],
            id="what it should be allowed is for people",
        ),
        pytest.param({}, [], id="nothing is wrong"),
        pytest.param({"service": "old"}, [], id="a service that is not retired yet"),
    ],
)
def test_an_entry_is_mended(tmp_path: Path, told: dict[str, str], lines: list[str]) -> None:
    assert changed(folder(tmp_path, dev=key(**told))) == lines


def test_the_keys_of_a_retired_service_are_revoked_together(tmp_path: Path) -> None:
    root = folder(
        tmp_path,
        dev=key("a", service="fax", ttl="400d") + key("b") + key("c", service="fax"),
        prod=key("d", service="fax", revoked=TOMBSTONE),
    )

    proposal = propose(root, AT, "me")

    tombstone = (
        "+    revoked: {at: 2026-11-23T12:00:00Z, reason: cessationOfOperation, by: me,"
        " ref: service fax is retired (services.yaml)}"
    )
    added = [line for line in proposal.edits.diff().splitlines() if line.startswith("+    ")]
    assert added == [tombstone, tombstone]
    assert (proposal.mends, proposal.left) == (4, 0)  # two keys, one too long, and the service


def test_what_is_proposed_can_be_applied_and_is_better(tmp_path: Path) -> None:
    root = folder(tmp_path, dev=key(ttl="400d", owner="gone") + key("b", service="fax"))
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    before = check_folder(root, AT)

    answer = CliRunner().invoke(
        app, ["fix", str(root), "--by", "me", "--at", "2026-11-23T12:00:00Z"]
    )
    patch = answer.stdout.replace(f"a/{str(root)[1:]}", "a").replace(f"b/{str(root)[1:]}", "b")
    subprocess.run(["git", "apply"], input=patch, text=True, cwd=root, check=True)

    assert (answer.exit_code, "left for people: 2" in answer.stderr) == (0, True)
    after = check_folder(root, AT)
    assert {f.finding for f in after.findings} < {f.finding for f in before.findings}
    assert {f.finding.rule for f in after.findings} == {
        "owner-known-and-active",
        "revoked-means-revoked",
    }


def test_nothing_is_written_unless_asked(tmp_path: Path) -> None:
    root = folder(tmp_path, dev=key(ttl="400d"))
    file = root / "dev/keys/all.yaml"
    text, when = file.read_text(), ("--at", "2026-11-23T12:00:00Z", "--by", "me")

    CliRunner().invoke(app, ["fix", str(root), *when])
    assert file.read_text() == text

    answer = CliRunner().invoke(app, ["fix", str(root), "--write", *when])
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert file.read_text() == text.replace("ttl: 400d", "ttl: 90d")


def test_a_file_that_cannot_be_mended_safely_is_left(tmp_path: Path) -> None:
    root = folder(tmp_path, dev=key(ttl="|-\n      400d"))

    proposal = propose(root, AT, "me")

    assert (proposal.edits.diff(), proposal.left) == ("", 1)
