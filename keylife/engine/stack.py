"""The Pulumi CLI's view of one stack: its state, its lock, its refresh."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from keylife.engine.lock import Lock, locks_in
from keylife.errors import KeylifeError, LedgerUnreadableError

TORN = "failed to load checkpoint: EOF"
"""How the CLI says that a run was killed while it wrote beside the state.

Source: pulumi/pkg, backend/diy/state.go, around the storage library's own error.
"""

_Said = TypeVar("_Said", str, bytes)

_LOOKS_AGAIN = 10
"""How often, and after how many seconds each time, a state is read again that looks torn."""

_WRITTEN_IN = 0.2


def read_whole(
    read: Callable[[], subprocess.CompletedProcess[_Said]],
) -> subprocess.CompletedProcess[_Said]:
    """What a reading command of the CLI says, once nobody writes the state in that moment.

    In a backend of files a state is two files, and whoever reads while a run writes the second
    one is told the same as after a crash: a crash is what it is if that does not change.
    """
    for _ in range(_LOOKS_AGAIN):
        done = read()
        torn = TORN if isinstance(done.stderr, str) else TORN.encode()
        if torn not in done.stderr:
            break
        time.sleep(_WRITTEN_IN)
    return done


_NOBODY = "urn:pulumi:keylife::keylife::keylife:index:Nothing::nothing"
"""A resource that no stack has."""


class StackBusyError(KeylifeError):
    """Another run holds the stack, or it cannot be told whether one does."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


class TornStateError(KeylifeError):
    """The state cannot be read because an empty file stands beside it.

    The CLI's storage library (gocloud's fileblob) keeps the attributes of a file in a second one,
    which it does not write in one piece: killed in that moment, it leaves an empty one. The state
    itself is whole, and is read without the second file.
    """

    hint = "run `keylife recover`"

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.file = file

    def __str__(self) -> str:
        return f"`{self.file.name}` beside the state is empty: a run was killed while it wrote"


class Stack:
    """One stack, through the Pulumi CLI.

    Whatever changes the state is one command of the CLI's, which reads and writes within a moment
    or under the lock. `pulumi stack import` is not used: between reading a state and writing it
    back another run may have added a key, and an import drops what is pending without a word.

    Args:
        name: as the CLI knows it; empty for the one that is selected.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def export(self) -> dict[str, Any]:
        """The whole state; secrets stay encrypted.

        Raises:
            TornStateError: a run was killed while it wrote beside the state.
            LedgerUnreadableError: it cannot be read.
        """
        return self._exported("stack", "export")

    def secrets(self, urn: str) -> Mapping[str, str]:
        """The secret inputs of a resource or of a pending operation, in the clear.

        Raises:
            LedgerUnreadableError: it cannot be read.
        """
        deployment = self.export_in_the_clear()["deployment"]
        pending = (entry["resource"] for entry in deployment.get("pending_operations") or ())
        for resource in (*pending, *(deployment.get("resources") or ())):
            if resource["urn"] == urn:
                return dict(_plain_texts(resource.get("inputs") or {}))
        return {}

    def export_in_the_clear(self) -> dict[str, Any]:
        """The whole state with its secrets: for the memory of a process, and nowhere else.

        Raises:
            LedgerUnreadableError: it cannot be read.
        """
        return self._exported("stack", "export", "--show-secrets")

    def locks(self) -> tuple[Lock, ...]:
        """Who holds the stack now.

        Asked by a refresh of a resource that does not exist: it takes the lock, finds nothing to
        do and ends. It drops pending operations other than creates, as any run does.

        Raises:
            StackBusyError: it was refused for another reason, so nothing is known.
        """
        done = self._run("refresh", "--yes", "--skip-preview", "--target", _NOBODY)
        if _found_nobody(done) or done.returncode == 0 or TORN in done.stderr:
            return ()  # it had the lock: it is taken before the state is read
        found = locks_in(done.stderr + done.stdout)
        if not found:
            raise StackBusyError(
                f"it cannot be seen who holds the stack: {_said(done)}",
                "see that no other run is at work, then try again",
            )
        return found

    def unlock(self) -> None:
        """Lift every lock (`pulumi cancel`).

        Raises:
            StackBusyError: it was refused.
        """
        done = self._run("cancel", "--yes")
        if done.returncode != 0:
            raise StackBusyError(f"`pulumi cancel` was refused: {_said(done)}", "lift it by hand")

    def settle(self, urns: Iterable[str]) -> None:
        """Forget every pending operation, then read some resources anew from their issuers.

        Raises:
            StackBusyError: it failed; what is pending may be forgotten already.
        """
        targets = [part for urn in (tuple(urns) or (_NOBODY,)) for part in ("--target", urn)]
        done = self._run("refresh", "--yes", "--skip-preview", "--clear-pending-creates", *targets)
        if done.returncode != 0 and not _found_nobody(done):
            raise StackBusyError(
                f"`pulumi refresh` failed: {_said(done)}", "run `keylife recover` again"
            )

    def read_anew(self, urns: Iterable[str]) -> None:
        """Read some resources from their issuers: what is gone there leaves the state.

        Raises:
            StackBusyError: it failed, or another run holds the stack.
        """
        targets = [part for urn in urns for part in ("--target", urn)]
        if not targets:
            return  # without a target it would be everything
        done = self._run("refresh", "--yes", "--skip-preview", *targets)
        if done.returncode != 0:
            raise StackBusyError(f"`pulumi refresh` failed: {_said(done)}", "run it again later")

    def _exported(self, *arguments: str) -> dict[str, Any]:
        done = read_whole(lambda: self._run(*arguments))
        if TORN in done.stderr and (torn := self._torn_file()) is not None:
            raise TornStateError(torn)
        if done.returncode != 0:
            raise LedgerUnreadableError(
                f"`pulumi stack export` failed: {_said(done)}",
                "check the backend and the stack's name; nothing was changed"
                " (docs/how-to/interrupted-run.md knows some of these errors)",
            )
        state: dict[str, Any] = json.loads(done.stdout)
        return state

    def _torn_file(self) -> Path | None:
        """The empty file of this stack in a backend of files; None if there is not just one."""
        told = self._run("whoami", "--verbose", "--json", stack=False)
        url = str(json.loads(told.stdout or "{}").get("url", "")) if told.returncode == 0 else ""
        if not url.startswith("file://"):
            return None
        states = Path(url.removeprefix("file://").partition("?")[0]).expanduser() / ".pulumi/stacks"
        files = states.glob(f"*/{self.name.rpartition('/')[2]}.json.attrs")
        empty = [file for file in files if file.stat().st_size == 0]
        return empty[0] if len(empty) == 1 else None

    def _run(self, *arguments: str, stack: bool = True) -> subprocess.CompletedProcess[str]:
        of_stack = ("--stack", self.name) if stack and self.name else ()
        try:
            return subprocess.run(
                ["pulumi", *arguments, *of_stack, "--non-interactive"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise LedgerUnreadableError(
                f"`pulumi` did not run: {type(error).__name__}",
                "keylife needs the Pulumi CLI on PATH, logged in to the stack's backend",
            ) from error


def _found_nobody(done: subprocess.CompletedProcess[str]) -> bool:
    return f"no resource named '{_NOBODY}' found" in done.stderr + done.stdout


def _plain_texts(inputs: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in inputs.items():
        if isinstance(value, Mapping) and "plaintext" in value:
            plain = json.loads(value["plaintext"])
            if isinstance(plain, str):
                yield name, plain


def _said(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    return (errors or lines or ["it said nothing"])[-1].removeprefix("error: ")
