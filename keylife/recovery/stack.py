"""The Pulumi CLI's view of one stack: its state, its lock, its refresh."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from keylife.errors import KeylifeError, LedgerUnreadableError
from keylife.recovery.lock import Lock, locks_in


class StackBusyError(KeylifeError):
    """Another run holds the stack, or it cannot be told whether one does."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


class Stack:
    """One stack, through the Pulumi CLI."""

    def __init__(self, name: str) -> None:
        self.name = name

    def export(self) -> dict[str, Any]:
        """The whole state; secrets stay encrypted.

        Raises:
            LedgerUnreadableError: it cannot be read.
        """
        done = self._run("stack", "export")
        if done.returncode != 0:
            raise LedgerUnreadableError(f"`pulumi stack export` failed: {_said(done)}")
        state: dict[str, Any] = json.loads(done.stdout)
        return state

    def locks(self, state: Mapping[str, Any]) -> tuple[Lock, ...]:
        """Who holds the stack now.

        Asked by writing ``state``, which was just read, back: with a lock the CLI refuses and
        says whose it is, and without one nothing changes.

        Raises:
            StackBusyError: it was refused for another reason, so nothing is known.
        """
        done = self._run("stack", "import", given=json.dumps(state))
        if done.returncode == 0:
            return ()
        found = locks_in(done.stderr + done.stdout)
        if not found:
            raise StackBusyError(
                f"`pulumi stack import` was refused: {_said(done)}",
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

    def write(self, state: Mapping[str, Any]) -> None:
        """Replace the state.

        Raises:
            StackBusyError: it was refused; the state is as it was.
        """
        done = self._run("stack", "import", given=json.dumps(state))
        if done.returncode != 0:
            raise StackBusyError(
                f"`pulumi stack import` was refused: {_said(done)}", "run `keylife recover` again"
            )

    def refresh(self, urns: list[str]) -> None:
        """Read some resources anew from their issuers.

        Raises:
            StackBusyError: it failed; the state is as it was.
        """
        targets = [part for urn in urns for part in ("--target", urn)]
        done = self._run("refresh", "--yes", "--skip-preview", *targets)
        if done.returncode != 0:
            raise StackBusyError(
                f"`pulumi refresh` failed: {_said(done)}", "run `keylife recover` again"
            )

    def _run(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--stack", self.name, "--non-interactive"],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )


def _said(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    return (errors or lines or ["it said nothing"])[-1].removeprefix("error: ")
