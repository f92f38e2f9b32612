"""`keylife check --plan` and `--stack`: the same rules on what Pulumi saves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.saved.vectors import FOLDER

SERVICES = "services:\n  - {id: billing, description: charges customers}\n"
OWNERS = "owners:\n  - {id: team-payments, contact: pay@example.com}\n"
AT = ("--at", "2026-11-23T12:00:00Z")
STATE = FOLDER / "state-first.json"


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A repository that declares services and owners, and no key."""
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "services.yaml").write_text(SERVICES)
    (folder / "owners.yaml").write_text(OWNERS)
    return folder


def found(answer_json: object) -> set[tuple[str, str]]:
    """Rule and name of the resource, of every violation."""
    assert isinstance(answer_json, dict)
    return {
        (finding["rule"], finding["subject"].rpartition("::")[2])
        for finding in answer_json["findings"]
        if finding["severity"] == "violation"
    }


def test_a_preview_is_judged(keylife: Command, registry: Path) -> None:
    plan = str(FOLDER / "preview-second.json")

    answer = keylife("check", str(registry), "--plan", plan, *AT, "--format", "json")

    assert answer.code == 1
    assert {
        ("revoked-means-revoked", "forgotten"),
        ("revoked-means-revoked", "deleted-and-kept"),
        ("unsafe-options", "adopted"),
        ("unsafe-options", "ignoring"),
        ("unsafe-options", "kept"),
        ("expiry-required", "secret-ttl"),
        ("ttl-within-limit", "too-long"),
    } <= found(answer.json())
    assert not {name for _, name in found(answer.json())} & {"staying", "replaced", "renamed-new"}


def test_a_plan_is_judged_on_the_stack_that_it_was_made_for(
    keylife: Command, registry: Path, pulumi: Callable[[str], None]
) -> None:
    pulumi(f"cat '{STATE}'")
    plan = ("--plan", str(FOLDER / "plan-second.json"))

    alone = keylife("check", str(registry), *plan, *AT)
    answer = keylife("check", str(registry), *plan, "--stack", "dev", *AT, "--format", "json")

    assert (alone.code, alone.out) == (2, "")
    assert "--stack NAME" in alone.err
    assert answer.code == 1
    assert ("revoked-means-revoked", "forgotten") in found(answer.json())


def test_a_stack_is_judged_as_it_stands(
    keylife: Command, registry: Path, pulumi: Callable[[str], None]
) -> None:
    pulumi(f"cat '{STATE}'")

    answer = keylife("check", str(registry), "--stack", "dev", *AT, "--format", "json")

    assert answer.code == 1
    assert ("unsafe-options", "deleted-and-kept") in found(answer.json())
    assert ("expiry-required", "raw-key") in found(answer.json())


def test_a_stack_that_cannot_be_read_is_no_clean_one(
    keylife: Command, registry: Path, pulumi: Callable[[str], None]
) -> None:
    pulumi("echo 'error: no stack named dev found' >&2; exit 255")

    answer = keylife("check", str(registry), "--stack", "dev", *AT)

    assert (answer.code, answer.out) == (2, "")
    assert "no stack named dev found" in answer.err


@pytest.mark.parametrize("text", ["", "{", '{"steps": [', "[]", "Previewing update (dev)"])
def test_a_file_that_is_damaged_is_one_clear_error(
    keylife: Command, registry: Path, tmp_path: Path, text: str
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(text)

    answer = keylife("check", str(registry), "--plan", str(plan), *AT)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("plan.json ")
    assert len(answer.err.splitlines()) == 2


def test_a_file_in_which_nothing_is_cannot_pass(
    keylife: Command, registry: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"steps": [], "changeSummary": {}}))

    assert keylife("check", str(registry), "--plan", str(plan), *AT).code == 2


def test_a_repository_says_whose_credentials_are_that_say_nothing(
    keylife: Command, registry: Path
) -> None:
    plan = str(FOLDER / "preview-first.json")
    command = ("check", str(registry), "--plan", plan, *AT, "--format", "json")
    nobodys = {("owner-known-and-active", "of-nobody"), ("service-known-and-active", "of-nobody")}

    assert nobodys <= found(keylife(*command).json())
    (registry / "keylife.yaml").write_text(
        'owner_stated: {assigned: {"*::of-nobody": team-payments}}\n'
        'service_stated: {tags: [app], assigned: {"*": billing}}\n'
    )

    assert not nobodys & found(keylife(*command).json())


def test_a_tombstone_of_the_declarations_holds_for_programs_too(
    keylife: Command, registry: Path
) -> None:
    folder = registry / "other" / "keys"
    folder.mkdir(parents=True)
    (folder / "keys.yaml").write_text(
        """\
keys:
  - id: staying
    kind: vault-token
    service: billing
    owner: team-payments
    purpose: reads
    scope: {policies: [ci]}
    ttl: 30d
    rotate_every: 21d
    deliver: [vault-kv: {mount: secret, path: a/b}]
    revoked: {at: 2026-11-20T09:30:00Z, reason: superseded, by: a@example.com, ref: P-1}
"""
    )

    plan = str(FOLDER / "preview-first.json")
    answer = keylife("check", str(registry), "--plan", plan, *AT, "--format", "json")

    assert ("no-resurrection", "staying") in found(answer.json())
