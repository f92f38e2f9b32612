"""P13 for what revokes, proves and records: no secret anywhere, least of all where it fails.

What fails repeats everything that it was sent: headers, bodies, paths. So a way through which an
error's text is told, or kept, or logged, is found by the secrets that were sent.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.end_to_end.oracle import MOUNT, Oracle
from tests.end_to_end.project import Project
from tests.end_to_end.test_leaks import Watched, handmade
from tests.revocation.faulty_way import EVERY, Fault, Faulty, faulty

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.timeout(1800),
]

WHY = ("--reason", "keyCompromise", "--ref", "INC-7", "--by", "oncall@example.com")
EXPORTS = ("jsonl", "csv", "ocsf")


@contextmanager
def on_a_way(project: Project) -> Iterator[tuple[Faulty, Mapping[str, str]]]:
    """A way to both issuers on which calls can be broken, and the variables that lead there."""
    there = project.environment()
    way = Faulty(frozenset({there["AWS_ACCESS_KEY_ID"], there["VAULT_TOKEN"]}))
    with faulty(there["AWS_ENDPOINT_URL"], way) as aws, faulty(there["VAULT_ADDR"], way) as vault:
        yield way, {"AWS_ENDPOINT_URL": aws, "VAULT_ADDR": vault}


def issued(project: Project, oracle: Oracle, words: tuple[str, ...]) -> dict[str, str]:
    """Every secret field that consumers read of these keys."""
    found = {}
    for word in words:
        copy = oracle.kv(project.names.path(word))
        assert copy is not None
        for name, text in copy.secret.items():
            if name not in ("access_key_id", "role_id"):
                found[f"{word} {name}"] = text
    return found


def plant(project: Project, oracle: Oracle, word: str) -> dict[str, str]:
    """Put secrets of every shape beside a key's own, where its copy is read and destroyed."""
    canaries = handmade()
    path = project.names.path(word)
    copy = oracle.kv(path)
    assert copy is not None
    more = {f"field {n}": text for n, text in enumerate(canaries.values())}
    kv = oracle.vault.secrets.kv.v2
    kv.create_or_update_secret(path, {**copy.secret, **more, "noise": "true"}, mount_point=MOUNT)
    return {f"{word} {name}": text for name, text in canaries.items()}


def everything(watched: Watched, project: Project) -> None:
    """Take in what was left behind on disks."""
    corpus = watched.corpus
    corpus.add_files("project", project.folder, leave_out={"venv", "__pycache__"})
    corpus.add_files("backend", project.sandbox.folder / "backend")
    corpus.add_files("sandbox's logs", project.sandbox.folder / "logs")
    packed = ["git", "cat-file", "--batch-all-objects", "--batch"]  # on the disk they are deflated
    objects = subprocess.run(packed, cwd=project.folder, capture_output=True, check=True).stdout
    corpus.add("git's objects", objects)
    with closing(sqlite3.connect(project.folder / ".keylife" / "store.db")) as store:
        corpus.add("the store's rows", "\n".join(store.iterdump()))


def test_no_secret_shows_up_where_keys_are_killed(
    project: Project, oracle: Oracle, tmp_path: Path, long: bool
) -> None:
    names = project.names
    words = ("billing", "metrics", "hook", "gone") if long else ("billing",)
    project.declared.aws("billing")
    if long:
        hook = {"accepted_by": "the shop's web hook"}
        project.declared.vault("metrics")
        project.declared.vault("hook", kind="generated", scope=hook)
        project.declared.vault("gone")
    project.deploy(datetime.now(UTC).replace(microsecond=0))
    project.commit("keys")
    environment = project.environment()
    canaries = {
        **issued(project, oracle, words),
        "sandbox: passphrase": Path(environment["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text(),
        "sandbox: Vault": environment["VAULT_TOKEN"],
        "sandbox: AWS": environment["AWS_SECRET_ACCESS_KEY"],
    }
    for word in words[:2]:
        canaries |= plant(project, oracle, word)
    watched = Watched(project, tmp_path / "temporary")

    with on_a_way(project) as (way, there):
        way.order(EVERY, Fault.ERROR)
        watched.keylife("revoke", names.id("billing"), "--now", *WHY, fails=True, there=there)
        assert way.struck > 3
        way.heal()
    if long:
        watched.keylife("worker", "--until-done")
        failing(watched, project)
        telling(watched, project)

    everything(watched, project)
    places = watched.corpus.places
    assert {"output of keylife revoke", "errors of keylife revoke", "git's objects"} <= places
    assert len(set(canaries.values())) == len(canaries) >= 20
    assert watched.corpus.hits(canaries) == []


def failing(watched: Watched, project: Project) -> None:
    """Kill where Vault is sealed, AWS throttles, everything repeats what it is sent, and where
    there is no store."""
    names = project.names
    project.sandbox.seal_vault()
    try:
        watched.keylife("revoke", names.id("metrics"), "--now", *WHY, fails=True)
        watched.keylife("verify", names.id("billing"), fails=True)
        watched.keylife("certificate", names.id("metrics"), fails=True)
    finally:
        project.sandbox.unseal_vault()
    watched.keylife("worker", "--until-done")
    with on_a_way(project) as (way, there):
        for fault in (Fault.THROTTLE, Fault.DENIED, Fault.DOWN, Fault.GARBAGE, Fault.TRUNCATED):
            way.order(EVERY, fault)
            watched.keylife("revoke", names.id("hook"), "--now", *WHY, fails=True, there=there)
            watched.keylife("verify", names.id("billing"), fails=True, there=there)
            way.heal()
    watched.keylife("worker", "--until-done")
    nowhere = {"KEYLIFE_STORE": "sqlite:////nowhere/at-all/store.db"}
    for command in (
        ("revoke", names.id("gone"), "--now", *WHY),
        ("worker", "--until-done"),
        ("verify", names.id("billing")),
        ("certificate", names.id("billing")),
        ("latency",),
        ("record",),
        ("audit", "verify"),
        ("store", "status"),
    ):
        watched.keylife(*command, fails=True, there=nowhere)


def telling(watched: Watched, project: Project) -> None:
    """Every command that tells of what was killed, and those that revoke by the declarations."""
    key, backup = project.names.id("billing"), str(project.folder / "backup.db")
    for format in ("text", "json"):
        watched.keylife("certificate", key, "--format", format)
        watched.keylife("history", key, "--format", format)
        watched.keylife("latency", "--format", format)
    watched.keylife("verify", key)
    for format in EXPORTS:
        watched.keylife("audit", "export", "--format", format)
    head = project.folder / "head.txt"
    head.write_text(watched.keylife("audit", "head").stdout)
    for command in (
        ("audit", "verify", "--head", str(head)),
        ("audit", "key"),
        ("audit", "prove", "1"),
        ("record",),
        ("store", "status", "--format", "json"),
        ("store", "backup", backup),
        ("retire", "metrics", "--ref", "OPS-3", "--by", "oncall@example.com"),
        ("depart", "team-platform", "--ref", "OPS-4", "--by", "oncall@example.com"),
    ):
        watched.keylife(*command)
    told = json.loads(watched.keylife("store", "status", "--format", "json").stdout)
    assert told
