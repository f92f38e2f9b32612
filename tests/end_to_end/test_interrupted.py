"""Killed while a create is in flight: the rerun refuses, names the way out, and changes nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest

from keylife.sandbox.process import within
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _no_faults_afterwards(oracle: Oracle) -> Iterator[None]:
    yield
    oracle.heal()


@pytest.mark.leaves("access keys")  # that is the story: `keylife recover` would end it
@pytest.mark.parametrize("victim", ["the CLI alone", "everything it started"])
def test_a_killed_rotation_is_not_repeated_and_names_the_way_out(
    project: Project, oracle: Oracle, victim: str
) -> None:
    names = project.names
    billing = project.declared.aws("billing")["id"]
    project.declared.vault("metrics")
    project.deploy(NOON)
    reads = {word: oracle.kv(names.path(word)) for word in ("billing", "metrics")}

    kill_in_flight(project, oracle, f"{billing}-v2", NOON + 22 * DAY, _killer(project, victim))

    born = project.state(), oracle.inventory(names.mark)
    [pending] = born[0]["pending"]
    assert pending["type"] == "creating"
    assert pending["resource"]["urn"].endswith(f"::{billing}-v2")
    assert oracle.created_access_keys(billing)[f"{billing}-v2"] == 1

    locked = project.deploy(NOON + 22 * DAY, check=False)
    assert locked.returncode != 0
    assert "pulumi cancel" in locked.stdout + locked.stderr  # Pulumi's own lock comes first

    project.run("cancel", "--yes")
    for day in (22, 25):
        refused = project.deploy(NOON + day * DAY, check=False)
        assert refused.returncode != 0
        assert "keylife recover" in refused.stdout
        assert f"`{billing}`" in refused.stdout
    planned = project.keylife("plan", "--at", "2027-03-26T12:00:00Z", check=False)
    assert planned.returncode == 1
    assert "keylife recover" in planned.stderr

    assert (project.state(), oracle.inventory(names.mark)) == born
    copies = {word: oracle.kv(names.path(word)) for word in ("billing", "metrics")}
    assert copies["billing"] == reads["billing"]
    copy = copies["billing"]
    assert copy is not None and oracle.aws_answers(copy.secret)
    copy = copies["metrics"]
    assert copy is not None and oracle.vault_answers(copy.secret)


def kill_in_flight(
    project: Project, oracle: Oracle, user: str, at: datetime, kill: Callable[[int], None]
) -> None:
    """Start a deploy and kill it when AWS has made the user's access key but not yet said so."""
    key_id = user.rpartition("-v")[0]
    project.write()
    oracle.fail("CreateAccessKey", "held", UserName=user)
    running = project.start("up", "--yes", "--skip-preview", *project.at(at))
    try:
        assert within(90, lambda: bool(oracle.created_access_keys(key_id)[user]))
        await_quiet(project.checkpoint)
        kill(running.pid)
        running.wait(timeout=30)
    finally:
        oracle.heal()
        project.end_processes()
        for stream in (running.stdout, running.stderr):
            if stream is not None:
                stream.close()


def await_quiet(checkpoint: Path) -> None:
    """Wait until the engine has nothing to write for a while.

    Pulumi's file backend writes a checkpoint's attributes in place: killed just then, it leaves
    a state that no Pulumi command can load (`failed to load checkpoint: EOF`). That is another
    accident than the one told here.
    """
    since = monotonic()
    seen = checkpoint.stat().st_mtime_ns
    while monotonic() - since < 1:
        sleep(0.05)
        if (now := checkpoint.stat().st_mtime_ns) != seen:
            since, seen = monotonic(), now


def _killer(project: Project, victim: str) -> Callable[[int], None]:
    if victim == "the CLI alone":
        return lambda pid: os.kill(pid, signal.SIGKILL)
    return lambda _pid: project.end_processes()


def test_a_run_killed_while_it_wrote_beside_the_state_is_recovered(project: Project) -> None:
    project.declared.files["keys.yaml"] = []
    project.write()
    project.up(*project.at(NOON))
    whole = project.state()
    attributes = project.checkpoint.with_name(f"{project.stack}.json.attrs")
    assert attributes.read_bytes()
    attributes.write_bytes(b"")

    assert project.up(*project.at(NOON), check=False).returncode != 0
    unnamed = project.keylife("plan", check=False)
    assert unnamed.returncode == 2 and "--stack dev" in unnamed.stderr
    at = ("--stack", project.stack, "--at", "2027-03-01T12:00:00Z")
    planned = project.keylife("plan", *at, check=False)
    assert planned.returncode == 1 and "keylife recover" in planned.stderr
    told = project.keylife("recover", "--stack", project.stack).stdout

    assert f"deleted the empty {attributes.name}" in told
    assert project.state() == whole
    project.up(*project.at(NOON))
