"""A sandbox's life: up, down, and what it is like in between.

A sandbox is a folder. Both its systems keep everything in memory, so the keys, and the stacks
that speak of them, end with `down`; a half-dead sandbox is not mended but begun anew.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from keylife.sandbox import aws_front, openbao, provider_plugins
from keylife.sandbox.errors import SandboxError
from keylife.sandbox.loopback import address
from keylife.sandbox.private_file import write_private
from keylife.sandbox.process import StartedProcess
from keylife.sandbox.provider_plugins import ProviderPlugin
from keylife.sandbox.record import Record, forget, read_record
from keylife.sandbox.toolchain import PROJECT_CACHE, find_cli

DEFAULT_FOLDER = Path(".sandbox")

UNSET = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_STACK",
    "VAULT_NAMESPACE",
)
"""Variables of the user's own that would lead a program out of the sandbox."""

_MARK = "THIS-IS-A-KEYLIFE-SANDBOX"
_PASSPHRASE = "passphrase"  # noqa: S105 - a file's name
_LOCK = "lock"
_LIVES_ON = {_MARK, _PASSPHRASE, _LOCK, "logs"}
"""What `down` leaves: configurations of stacks that were encrypted with it outlive a sandbox."""


class State(StrEnum):
    """How a sandbox is."""

    UP = "up"
    DOWN = "down"
    BROKEN = "broken"
    """Something it started has ended, or `up` never came to its end."""


@dataclass(frozen=True)
class Status:
    """A sandbox as it is at this moment."""

    state: State
    folder: Path
    processes: tuple[tuple[StartedProcess, bool], ...] = ()
    """What was started, and whether it still runs."""

    aws: str | None = None
    """Where the AWS front answers."""

    other_account_role: str | None = None
    """What to assume for working in the sandbox's other AWS account."""

    vault: str | None = None
    """Where OpenBao answers."""

    cli: str | None = None
    """The Pulumi CLI's version and folder."""

    plugins: tuple[ProviderPlugin, ...] = ()


class Sandbox:
    """A Vault, an AWS and a Pulumi backend on this machine, in one folder."""

    def __init__(self, folder: Path = DEFAULT_FOLDER) -> None:
        self.folder = folder.absolute()

    def up(self, *, download: bool = True) -> Status:
        """Start it, unless it is up already; the rests of a broken one are cleaned away first.

        Args:
            download: whether to try for the real provider plugins where none are installed.

        Raises:
            SandboxError: it could not be started; nothing of it is left running.
        """
        openbao.launcher()  # before there is a folder that nothing will ever run in
        self._claim_folder()
        with self._alone():
            if self.status().state is not State.UP:
                self._end()
                try:
                    self._begin(download=download)
                except BaseException:
                    self._end()
                    raise
            return self.status()

    def down(self) -> tuple[str, ...]:
        """Stop what it started, and nothing else; the names of what was still running.

        Raises:
            SandboxError: a process does not end, or what was started is not known.
        """
        if not (self.folder / _MARK).exists():
            return ()
        with self._alone():
            return self._end()

    def status(self) -> Status:
        """How it is.

        Raises:
            SandboxError: its record cannot be read.
        """
        record = read_record(self.folder)
        if record is None:
            return Status(State.DOWN, self.folder)
        processes = tuple((process, process.alive()) for process in record.processes)
        cli = f"{record.cli_version} in {record.cli}"
        if not record.ready or not all(alive for _, alive in processes):
            return Status(State.BROKEN, self.folder, processes, cli=cli)
        account = aws_front.read_account(self._aws)
        return Status(
            State.UP,
            self.folder,
            processes,
            aws=account.address,
            other_account_role=account.other_account_role,
            vault=address(record.vault_port),
            cli=cli,
            plugins=record.plugins,
        )

    def environment(self) -> dict[str, str]:
        """The variables that lead AWS, Vault and Pulumi programs into the sandbox.

        Some are secrets, of the sandbox alone. PATH begins with the Pulumi CLI and this Python.

        Raises:
            SandboxError: it is not up.
        """
        record, account = self._record(), aws_front.read_account(self._aws)
        inherited = os.environ.get("PATH", os.defpath).split(os.pathsep)
        path = dict.fromkeys([str(record.cli), str(Path(sys.executable).parent), *inherited])
        direct = f"127.0.0.1,localhost,{os.environ.get('NO_PROXY', '')}".rstrip(",")
        return {
            "AWS_ENDPOINT_URL": account.address,
            "AWS_REGION": aws_front.REGION,
            "AWS_ACCESS_KEY_ID": account.access_key_id,
            "AWS_SECRET_ACCESS_KEY": account.secret_access_key,
            "AWS_EC2_METADATA_DISABLED": "true",
            "VAULT_ADDR": address(record.vault_port),
            "VAULT_TOKEN": (self._openbao / "root-token").read_text(),
            "PULUMI_HOME": str(self._pulumi),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.folder / _PASSPHRASE),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            # A plugin of another version than the SDK's would be the vendor's own, unasked.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "NO_PROXY": direct,
            "no_proxy": direct,
            "PATH": os.pathsep.join(path),
        }

    def clock(self) -> datetime:
        """The instant by which the AWS front judges conditions on time, in whole seconds.

        Raises:
            SandboxError: it is not up, or does not answer.
        """
        self._record()
        return aws_front.read_clock(aws_front.read_account(self._aws))

    def set_clock(self, at: datetime | None) -> datetime:
        """Move the AWS front's clock, which runs on from there; None returns it to real time.

        OpenBao keeps real time: it has no clock that could be moved.

        Raises:
            SandboxError: it is not up, or does not answer.
        """
        self._record()
        return aws_front.set_clock(aws_front.read_account(self._aws), at)

    def seal_vault(self) -> None:
        """Seal OpenBao: it answers nobody any more, and loses nothing.

        Raises:
            SandboxError: it is not up, or did not do so.
        """
        openbao.seal(self._openbao, self._record().vault_port)

    def unseal_vault(self) -> None:
        """Unseal OpenBao.

        Raises:
            SandboxError: it is not up, or did not do so.
        """
        openbao.unseal(self._openbao, self._record().vault_port)

    @property
    def _aws(self) -> Path:
        return self.folder / "aws"

    @property
    def _openbao(self) -> Path:
        return self.folder / "openbao"

    @property
    def _pulumi(self) -> Path:
        return self.folder / "pulumi"

    def _record(self) -> Record:
        state = self.status().state
        record = read_record(self.folder)
        if state is not State.UP or record is None:
            raise SandboxError(
                f"the sandbox in {self.folder} is {state}", hint="run `keylife sandbox up`"
            )
        return record

    def _claim_folder(self) -> None:
        """Make the folder the sandbox's own; what is in it will be deleted without asking."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mark = self.folder / _MARK
        # The mark is asked for last: another command may be claiming the folder just now, and
        # puts its mark there before anything else.
        if any(self.folder.iterdir()) and not mark.exists():
            raise SandboxError(
                f"{self.folder} holds something else than a sandbox",
                hint="name a folder that is empty or does not exist yet",
            )
        mark.write_text("Made by `keylife sandbox up`. After `keylife sandbox down`: rubbish.\n")
        self.folder.chmod(0o700)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep a second command away from the folder while this one changes it."""
        with (self.folder / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _begin(self, *, download: bool) -> None:
        cli = find_cli()
        if cli is None:
            raise SandboxError(
                "no Pulumi CLI of 3.200.0 or newer with its Python language host was found",
                hint="run `make setup`, or install the Pulumi CLI",
            )
        logs = self.folder / "logs"
        shutil.rmtree(logs, ignore_errors=True)
        for part in (logs, self._aws, self._openbao, self._pulumi, self.folder / "backend"):
            part.mkdir(mode=0o700)
        if not (self.folder / _PASSPHRASE).exists():
            write_private(self.folder / _PASSPHRASE, secrets.token_urlsafe(32))

        record = Record(
            cli=cli.folder,
            cli_version=".".join(map(str, cli.version)),
            vault_port=openbao.free_port(),
        )
        vault = openbao.launch(self._openbao, logs, record.vault_port)
        record = self._note(record, processes=(vault,))
        front = aws_front.launch(self._aws, logs)
        record = self._note(record, processes=(vault, front))
        # Both start while the plugins are looked for, which may take longest.
        plugins = provider_plugins.put_in_place(
            cli,
            self._pulumi,
            # Not what PULUMI_HOME names: that may be another sandbox's, and hold stand-ins.
            installed=Path.home() / ".pulumi",
            cache=PROJECT_CACHE / "home",
            download=download,
        )
        openbao.prepare(vault, self._openbao, record.vault_port)
        aws_front.await_account(front, self._aws)
        self._note(record, plugins=plugins, ready=True)

    def _note(self, record: Record, **changes: object) -> Record:
        changed = record.model_copy(update=changes)
        changed.write(self.folder)
        return changed

    def _end(self) -> tuple[str, ...]:
        record = read_record(self.folder)
        stopped = [
            process.name
            for process in reversed(record.processes if record else ())
            if process.stop()
        ]
        forget(self.folder)
        for entry in self.folder.iterdir():
            if entry.name not in _LIVES_ON:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        return tuple(stopped)
