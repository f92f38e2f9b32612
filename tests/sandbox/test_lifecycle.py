"""A sandbox goes up and down any number of times, and never touches what is not its own."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import boto3
import hvac
import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from keylife.sandbox import provider_plugins
from keylife.sandbox.errors import SandboxError
from keylife.sandbox.lifecycle import Sandbox, State
from keylife.sandbox.process import within
from tests.litter import end_processes_with, processes_with


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox that is down, for tests that break it; nothing of it may be left."""
    sandbox = Sandbox(tmp_path / "sand box" / ("long" * 20))
    yield sandbox
    sandbox.down()
    litter = processes_with(str(sandbox.folder))
    end_processes_with(str(sandbox.folder))
    assert litter == []


def pids(sandbox: Sandbox) -> dict[str, int]:
    return {process.name: process.pid for process, _ in sandbox.status().processes}


def test_up_again_changes_nothing_and_down_again_neither(own: Sandbox) -> None:
    assert own.status().state is State.DOWN
    assert own.down() == ()

    own.up(download=False)
    before, environment = pids(own), own.environment()
    own.up(download=False)
    assert pids(own) == before
    assert own.environment() == environment

    assert set(own.down()) == {"OpenBao", "AWS front"}
    assert own.status().state is State.DOWN
    assert own.down() == ()
    assert not any(psutil.pid_exists(pid) for pid in before.values())


def test_two_who_say_up_at_once_get_one_sandbox(own: Sandbox) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(
            lambda sandbox: sandbox.up(download=False), (own, Sandbox(own.folder))
        )

    assert first == second
    assert len(processes_with(str(own.folder))) == 2


def test_two_may_claim_one_new_folder_at_the_same_instant(tmp_path: Path) -> None:
    start = Barrier(2)

    def claim(sandbox: Sandbox) -> None:
        start.wait()
        sandbox._claim_folder()

    with ThreadPoolExecutor(2) as pool:
        for attempt in range(200):
            folder = tmp_path / str(attempt)
            assert list(pool.map(claim, (Sandbox(folder), Sandbox(folder)))) == [None, None]


@pytest.mark.parametrize("victim", ["OpenBao", "AWS front"])
def test_a_half_dead_sandbox_is_seen_and_begun_anew(own: Sandbox, victim: str) -> None:
    own.up(download=False)
    before = pids(own)
    (own.folder / "backend" / "a-stack-of-dead-keys").touch()

    os.kill(before[victim], signal.SIGKILL)

    assert within(5, lambda: own.status().state is State.BROKEN)
    with pytest.raises(SandboxError, match="broken"):
        own.environment()

    assert own.up(download=False).state is State.UP
    assert set(pids(own).values()).isdisjoint(before.values())
    assert list((own.folder / "backend").iterdir()) == []
    survivor = next(pid for name, pid in before.items() if name != victim)
    assert not psutil.pid_exists(survivor)


def test_a_stranger_with_a_recorded_pid_is_never_touched(own: Sandbox) -> None:
    own.up(download=False)
    record = own.folder / "sandbox.json"
    true_record = record.read_text()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        try:
            content = json.loads(true_record)
            real = content["processes"][0]["pid"]
            content["processes"][0]["pid"] = stranger.pid
            record.write_text(json.dumps(content))

            assert own.status().state is State.BROKEN
            assert own.down() == ("AWS front",)
            assert stranger.poll() is None
        finally:
            stranger.kill()
            psutil.Process(real).kill()


def test_an_up_that_fails_leaves_nothing_running(
    own: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise SandboxError("no plugins today")

    monkeypatch.setattr(provider_plugins, "put_in_place", refuse)

    with pytest.raises(SandboxError, match="no plugins today"):
        own.up(download=False)

    assert own.status().state is State.DOWN
    assert processes_with(str(own.folder)) == []
    assert (own.folder / "logs" / "openbao.log").exists()


def test_where_the_server_is_not_installed_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))

    with pytest.raises(SandboxError, match="OpenBao server is not installed"):
        Sandbox(tmp_path / "box").up()

    assert not (tmp_path / "box").exists()


def test_a_folder_that_holds_something_else_is_refused_and_kept(tmp_path: Path) -> None:
    precious = tmp_path / "aws" / "notes.txt"
    precious.parent.mkdir()
    precious.write_text("mine")

    with pytest.raises(SandboxError, match="something else"):
        Sandbox(tmp_path).up(download=False)
    assert Sandbox(tmp_path).down() == ()

    assert [path.name for path in tmp_path.rglob("*")] == ["aws", "notes.txt"]


def test_a_record_that_cannot_be_read_is_not_guessed_at(own: Sandbox) -> None:
    own.up(download=False)
    record = own.folder / "sandbox.json"
    true_record = record.read_text()
    record.write_text("{")

    with pytest.raises(SandboxError, match="cannot be read"):
        own.down()

    record.write_text(true_record)


def test_everything_is_readable_by_its_owner_only(sandbox: Sandbox) -> None:
    assert stat.S_IMODE(sandbox.folder.stat().st_mode) == 0o700
    secret = ["passphrase", "sandbox.json", "openbao/root-token", "aws/aws.json"]
    open_to_others = [
        str(path.relative_to(sandbox.folder))
        for path in [*map(sandbox.folder.joinpath, secret), *(sandbox.folder / "logs").iterdir()]
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []


def test_no_secret_is_in_any_process_arguments(sandbox: Sandbox) -> None:
    environment = sandbox.environment()
    secrets = [
        environment["VAULT_TOKEN"],
        environment["AWS_SECRET_ACCESS_KEY"],
        Path(environment["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text(),
    ]
    arguments = [
        " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])
    ]
    assert len(arguments) > 1
    assert not any(secret in line for secret in secrets for line in arguments)


def test_vault_keeps_versions_and_writes_an_audit_log(sandbox: Sandbox) -> None:
    environment = sandbox.environment()
    client = hvac.Client(environment["VAULT_ADDR"], environment["VAULT_TOKEN"])

    client.secrets.kv.v2.create_or_update_secret("lifecycle", {"n": "1"}, mount_point="secret")
    written = client.secrets.kv.v2.create_or_update_secret(
        "lifecycle", {"n": "2"}, mount_point="secret"
    )

    assert written["data"]["version"] == 2
    assert "metrics-read" in client.sys.list_policies()["data"]["policies"]
    audit = (sandbox.folder / "logs" / "audit.log").read_text()
    assert "secret/data/lifecycle" in audit


def test_a_sealed_vault_answers_nobody_and_has_lost_nothing(sandbox: Sandbox) -> None:
    environment = sandbox.environment()
    vault = hvac.Client(environment["VAULT_ADDR"], environment["VAULT_TOKEN"])
    vault.secrets.kv.v2.create_or_update_secret("sealed/kept", {"a": "b"})
    sandbox.seal_vault()
    try:
        with pytest.raises(hvac.exceptions.VaultDown):
            vault.secrets.kv.v2.read_secret_metadata("sealed/kept")
    finally:
        sandbox.unseal_vault()
    found = vault.secrets.kv.v2.read_secret_version("sealed/kept", raise_on_deleted_version=True)
    assert found["data"]["data"] == {"a": "b"}
    vault.secrets.kv.v2.delete_metadata_and_all_versions("sealed/kept")


def test_aws_answers_as_the_account_of_the_environment(sandbox: Sandbox) -> None:
    environment = sandbox.environment()
    client = boto3.client(
        "sts",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    assert client.get_caller_identity()["Account"]


def test_the_clock_of_aws_moves_runs_on_and_returns(sandbox: Sandbox) -> None:
    wanted = datetime(2031, 5, 1, tzinfo=UTC)
    try:
        assert wanted <= sandbox.set_clock(wanted) < wanted + timedelta(minutes=1)
        assert wanted <= sandbox.clock() < wanted + timedelta(minutes=1)
    finally:
        real = sandbox.set_clock(None)
    assert abs(real - datetime.now(UTC)) < timedelta(minutes=1)


def test_status_says_which_plugins_run(sandbox: Sandbox) -> None:
    plugins = sandbox.status().plugins

    assert [plugin.name for plugin in plugins] == ["aws", "vault"]
    for plugin in plugins:
        folder = sandbox.folder / "pulumi" / "plugins" / f"resource-{plugin.name}-v{plugin.version}"
        text = (folder / f"pulumi-resource-{plugin.name}").read_bytes()[:4096]
        assert (b"keylife.sandbox.plugins" in text) is (plugin.origin == "stand-in")
