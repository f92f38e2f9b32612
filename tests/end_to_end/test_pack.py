"""The policy pack under the real engine, on programs that keylife did not write.

Each program is previewed as it should be, and again with one resource more for each way to be
wrong: all of these and nothing else is to be refused.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.workspace import Completed, MakeWorkspace, Workspace

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "policies"
PROGRAMS = Path(__file__).parent / "programs"
CANARY = "canary-4f1d9b77e2"
"""As in the program: a secret of the stack's configuration would be masked by the CLI itself."""

NOW = {"keylife:at": "2026-11-23T12:00:00Z", "keylife:simulatedClock": "true"}
BLOCKED = 255
"""The CLI's exit code for a mandatory violation."""

SERVICES = """\
services:
  - {id: billing, description: bills}
  - {id: fax, description: faxes, status: retired, since: 2026-06-01T00:00:00Z}
"""
OWNERS = """\
owners:
  - {id: team-payments, contact: pay@example.com}
  - {id: gone, contact: gone@example.com, status: departed, since: 2026-06-01T00:00:00Z}
"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "services.yaml").write_text(SERVICES)
    (folder / "owners.yaml").write_text(OWNERS)
    return folder


@pytest.fixture
def pack(tmp_path: Path, registry: Path) -> list[str | Path]:
    """The arguments that put this repository's pack in the way, with the test's registry."""
    settings = {
        rule: {"registry": str(registry)}
        for rule in ("service-known-and-active", "owner-known-and-active")
    }
    configuration = tmp_path / "pack.json"
    configuration.write_text(json.dumps(settings))
    return ["--policy-pack", PACK, "--policy-pack-config", configuration]


def refused(answer: Completed) -> dict[str, set[str]]:
    """By resource name: the mandatory policies that the CLI reports."""
    found: dict[str, set[str]] = {}
    for rule, name in re.findall(r"\[mandatory\]\s+(\S+)\s+\(\S+: ([^)]+)\)", answer.stdout):
        found.setdefault(name, set()).add(rule)
    return found


def everything(answer: Completed) -> str:
    return answer.stdout + answer.stderr


def test_raw_credentials(make_workspace: MakeWorkspace, pack: list[str | Path]) -> None:
    workspace = make_workspace(PROGRAMS / "pack_raw", config=NOW)

    accepted = workspace.preview(*pack)

    assert "[mandatory]" not in accepted.stdout
    assert CANARY not in everything(accepted)

    workspace.set_config("refused", "true")
    answer = workspace.preview(*pack, check=False)

    endless = {"expiry-required", "managed-only"}
    unknown = {*endless, "ttl-within-limit"}
    assert refused(answer) == {
        "raw-key": {*endless, "owner-known-and-active", "service-known-and-active"},
        "no-ttl": endless,
        "ttl-from-output": unknown,
        "secret-ttl": unknown,
        "periodic": endless,
        "too-long": {"ttl-within-limit"},
        "nobodys": {"owner-known-and-active", "service-known-and-active"},
        "secret-owner": {"owner-known-and-active"},
        "of-a-leaver": {"owner-known-and-active"},
        "of-a-dead-service": {"service-known-and-active"},
        "child": {"token-not-a-child"},
        "kept": {"unsafe-options"},
        "all": {"least-scope"},
    }
    assert answer.returncode == BLOCKED
    assert CANARY not in everything(answer)
    assert "[advisory]" not in answer.stdout, "a policy met an unknown and gave up"
    assert "retired since 2026-06-01T00:00:00Z" in answer.stdout
    assert "lives 400 d, limit 32 d" in answer.stdout


def test_keys_of_ours(make_workspace: MakeWorkspace, pack: list[str | Path]) -> None:
    workspace = make_workspace(PROGRAMS / "pack_managed", config=NOW)

    accepted = workspace.preview(*pack)

    assert "[mandatory]" not in accepted.stdout
    assert "user: [unknown]" in accepted.stdout, "its name was to be unknown"

    workspace.set_config("refused", "true")
    answer = workspace.preview(*pack, check=False)

    endless = {"expiry-required", "managed-only"}
    unknown = {"expiry-required", "ttl-within-limit"}
    assert refused(answer) == {
        "computed-ttl": unknown,
        "computed-owner": {"owner-known-and-active"},
        "no-ttl": {"expiry-required"},
        "too-long": {"ttl-within-limit"},
        "too-late": {"rotation-before-expiry"},
        "all": {"least-scope"},
        "dead-service": {"service-known-and-active"},
        "stretched-v1": {"ttl-within-limit"},
        "endless-v1": unknown,
        "versionless-v1": endless,
    }
    assert answer.returncode == BLOCKED


def act(workspace: Workspace, name: str) -> None:
    workspace.set_config("act", name)


def test_a_revoked_key_does_not_come_back(
    make_workspace: MakeWorkspace, pack: list[str | Path]
) -> None:
    workspace = make_workspace(PROGRAMS / "pack_ledger", config={**NOW, "act": "live"})
    workspace.up(*pack)
    workspace.up(*pack)

    for name, said in (
        ("other-kind", "is a live `vault-token`"),
        ("renamed-by-alias", "alias"),
        ("unprotected", "not protected"),
    ):
        act(workspace, name)
        answer = workspace.preview(*pack, check=False)
        assert (answer.returncode, said in answer.stdout) == (BLOCKED, True), name

    act(workspace, "revoked")
    workspace.up(*pack)
    workspace.up(*pack)
    before = workspace.export()["resources"]

    act(workspace, "back-again")
    answers = [
        workspace.preview(*pack, check=False),
        workspace.up(*pack, check=False),  # without a preview, on purpose
    ]

    for answer in answers:
        assert answer.returncode == BLOCKED
        assert refused(answer) == {"exporter": {"no-resurrection"}}
        tombstone = (
            "2026-11-20T09:30:00Z", "cessationOfOperation", "oncall@example.com", "PAY-812",
        )  # fmt: skip
        assert all(fact in answer.stdout for fact in tombstone)
    keys = [r["urn"] for r in workspace.resources() if r["type"] == "keylife:index:ManagedKey"]
    assert keys == []
    assert len(workspace.export()["resources"]) == len(before)

    act(workspace, "another-key")
    workspace.up(*pack)


def test_a_pack_of_ones_own_in_three_lines(
    make_workspace: MakeWorkspace, tmp_path: Path, registry: Path
) -> None:
    """The two files of the reference, as printed, in a repository that is not keylife's."""
    reference = (ROOT / "docs/reference/rules.md").read_text()
    files = dict(re.findall(r"```\w+\n# policies/(\S+)\n(.*?)```", reference, re.DOTALL))
    own = tmp_path / "policies"
    own.mkdir()
    (own / "__main__.py").write_text(files["__main__.py"])
    here = files["PulumiPolicy.yaml"].replace("virtualenv: .venv", f"virtualenv: {sys.prefix}")
    (own / "PulumiPolicy.yaml").write_text(here)
    workspace = make_workspace(PROGRAMS / "pack_ledger", config={**NOW, "act": "live"})

    missing = workspace.preview("--policy-pack", own, check=False)

    assert missing.returncode == BLOCKED
    assert "services.yaml" in missing.stdout

    registry.rename(tmp_path / "stacks")
    accepted = workspace.preview("--policy-pack", own)

    assert "[mandatory]" not in accepted.stdout


def test_what_is_misconfigured_fails(make_workspace: MakeWorkspace, tmp_path: Path) -> None:
    workspace = make_workspace(PROGRAMS / "pack_ledger", config={**NOW, "act": "none"})
    configuration = tmp_path / "pack.json"
    configuration.write_text(json.dumps({"ttl-within-limit": {"limts": {"default": "1d"}}}))

    answer = workspace.preview(
        "--policy-pack", PACK, "--policy-pack-config", configuration, check=False
    )

    assert answer.returncode != 0
    assert "limts" in everything(answer)
