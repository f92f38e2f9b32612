"""Whose word a revocation goes by: who asks for it, and who else agrees."""

from __future__ import annotations

import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from keylife.errors import UsageError
from keylife.model.revocation import Reason

if TYPE_CHECKING:
    from keylife.model.revocation import Tombstone

By = Annotated[
    str | None,
    typer.Option(help="Who asks for it; by default the user.email that git knows."),
]
ApprovedBy = Annotated[
    str | None,
    typer.Option(
        help="Who else agrees; needed above as many keys as keylife.yaml has as"
        " `second_approver_above` (10 by default).",
    ),
]


def tombstone_of(
    at: datetime, reason: Reason, by: str | None, ref: str, approved_by: str | None
) -> Tombstone:
    """The tombstone that every key gets.

    Raises:
        UsageError: something in it cannot be, such as one person as two.
    """
    from pydantic import ValidationError

    from keylife.model.revocation import Tombstone

    who = git_email() if by is None else by
    try:
        return Tombstone(at=at, reason=reason, by=who, ref=ref, approved_by=approved_by)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        option = str(first["loc"][0]).replace("_", "-") if first["loc"] else "approved-by"
        raise UsageError(f"--{option}: {first['msg'].removeprefix('Value error, ')}") from None


def git_email() -> str:
    """Who git says is at work.

    Raises:
        UsageError: git does not know.
    """
    command = ["git", "config", "user.email"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=True)
    except (OSError, subprocess.CalledProcessError):
        raise UsageError(
            "git does not know who you are", "say who asks for it: --by NAME"
        ) from None
    return done.stdout.strip()
