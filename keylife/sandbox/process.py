"""A process that the sandbox started, known again by its pid and the moment it began.

A pid alone names whoever has the number now. With its beginning beside it, a record that
outlived its process never leads to a stranger being stopped.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from keylife.sandbox.errors import SandboxError

_PASSED_ON = ("PATH", "HOME", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR")
"""What servers see of the caller's environment: no credentials, no proxies."""

_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}
"""What this very process started: asked after, so that none of them stays as a corpse."""


class StartedProcess(BaseModel):
    """One server of the sandbox."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    pid: int

    beginning: str
    """When the process began, in the system's own words; compared, never read."""

    def alive(self) -> bool:
        """Whether this very process still runs; a successor to its pid does not count."""
        return beginning_of(self.pid) == self.beginning

    def stop(self, patience: float = 5.0) -> bool:
        """End the process and whatever it started; True if it was still running.

        Args:
            patience: seconds to leave it for ending by itself before it is killed.

        Raises:
            SandboxError: it cannot be ended.
        """
        if not self.alive():
            return False
        for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
            self._signal(number)
            if within(seconds, lambda: not self.alive()):
                return True
        raise SandboxError(f"{self.name} (process {self.pid}) does not end")

    def _signal(self, number: signal.Signals) -> None:
        # Looked at again right before each signal: the process may have ended by itself.
        if not self.alive():
            return
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return
        except PermissionError:
            raise SandboxError(
                f"{self.name} (process {self.pid}) belongs to someone else",
                hint="run the command as the user who started the sandbox",
            ) from None


def start(
    name: str, command: Sequence[str | Path], *, log: Path, extra: Mapping[str, str] | None = None
) -> StartedProcess:
    """Start a server that outlives this command, in a session of its own.

    Args:
        name: what people call it.
        command: program and arguments; no secret may be among them.
        log: takes all it prints; readable by its owner only.
        extra: added to the few environment variables it gets.

    Raises:
        SandboxError: it cannot be started, or ended at once.
    """
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        try:
            child = subprocess.Popen(
                command,
                cwd=log.parent,
                env={**environment, **(extra or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
            )
        except OSError as error:
            raise SandboxError(f"{name} cannot be started: {error}") from error
    _CHILDREN[child.pid] = child
    beginning = beginning_of(child.pid)
    if beginning is None:
        raise SandboxError(f"{name} ended as soon as it was started", hint=f"see {log}")
    return StartedProcess(name=name, pid=child.pid, beginning=beginning)


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether ``condition`` comes true within so many seconds; looked at often."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def beginning_of(pid: int) -> str | None:
    """When the running process with this pid began; None if there is none, or only its corpse."""
    beginning = _read_beginning(pid)
    if beginning is None and (child := _CHILDREN.pop(pid, None)) is not None:
        child.wait()
    return beginning


def _read_beginning(pid: int) -> str | None:
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # Fields after the name, which stands in parentheses and may hold anything.
            # Source: proc_pid_stat(5), fields 3 (state) and 22 (starttime, in ticks since boot).
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return None if fields[0] in "ZX" else f"{boot} {fields[19]}"
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, began = answer.stdout.strip().partition(" ")
    return None if not began or state.startswith("Z") else " ".join(began.split())
