"""Starting the AWS front (:mod:`keylife.sandbox.aws`) and moving its clock."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from keylife.model.instant import format_instant
from keylife.sandbox.errors import SandboxError
from keylife.sandbox.loopback import address, ask
from keylife.sandbox.process import StartedProcess, start, within

REGION = "us-east-1"
"""The region that the sandbox's environment names."""

_READY_WITHIN = 60.0
_CLOCK = "/keylife-sandbox/clock"


class Account(BaseModel):
    """How to reach the front, as it says itself once it is ready."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    port: int
    access_key_id: str
    secret_access_key: str = Field(repr=False)
    other_account_role: str
    """What to assume for working in the sandbox's other account."""

    @property
    def address(self) -> str:
        """Where it answers."""
        return address(self.port)


def launch(folder: Path, logs: Path) -> StartedProcess:
    """Start the front; it chooses a free port and writes ``aws.json`` into its folder."""
    (folder / "aws.json").unlink(missing_ok=True)
    return start(
        "AWS front",
        [sys.executable, "-m", "keylife.sandbox.aws", "--folder", folder],
        log=logs / "aws.log",
    )


def await_account(process: StartedProcess, folder: Path) -> Account:
    """Wait until the front is ready.

    Raises:
        SandboxError: it ended, or was not ready within a minute.
    """
    ready = folder / "aws.json"
    within(_READY_WITHIN, lambda: ready.exists() or not process.alive())
    if not ready.exists() or not process.alive():
        raise SandboxError("the AWS front did not start", hint="see logs/aws.log in its folder")
    return read_account(folder)


def read_account(folder: Path) -> Account:
    """What the front wrote when it became ready."""
    return Account.model_validate_json((folder / "aws.json").read_text())


def read_clock(account: Account) -> datetime:
    """The instant by which the front judges conditions on time.

    Raises:
        SandboxError: the front does not answer.
    """
    return _ask_clock("GET", account)


def set_clock(account: Account, at: datetime | None) -> datetime:
    """Move the front's clock, which runs on from there; None returns it to real time.

    Raises:
        SandboxError: the front does not answer, or refuses.
    """
    return _ask_clock("POST", account, {"now": at and format_instant(at)})


def _ask_clock(method: str, account: Account, body: Any = None) -> datetime:
    try:
        answer = ask(method, f"{account.address}{_CLOCK}", body)
        now = datetime.fromisoformat(answer["now"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SandboxError(f"the AWS front's clock does not answer: {error}") from error
    return now.astimezone(UTC).replace(microsecond=0)
