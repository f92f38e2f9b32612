"""The options that several commands share, so that each means one thing everywhere."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keylife.errors import UsageError
from keylife.model.instant import parse_instant
from keylife.project import project_folder


class Format(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    JSON = "json"


OutputFormat = Annotated[Format, typer.Option("--format", help="For people, or for programs.")]
At = Annotated[
    str | None,
    typer.Option("--at", help="The instant, such as 2026-12-15T00:00:00Z; by default now."),
]
Stack = Annotated[
    str | None,
    typer.Option("--stack", help="The stack; by default the one that `pulumi stack` selected."),
]
Declared = Annotated[
    Path | None,
    typer.Option(
        "--declarations",
        help="The folder with services.yaml, owners.yaml and <stack>/keys/;"
        " by default `stacks` in the Pulumi project.",
        envvar="KEYLIFE_DECLARATIONS",
    ),
]


def instant(at: str | None) -> datetime:
    """The instant a command is run for; the only place where commands read the clock.

    Raises:
        UsageError: ``at`` is no instant.
    """
    if at is None:
        return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251
    try:
        return parse_instant(at)
    except ValueError as error:
        raise UsageError(f"--at: {error}") from error


def moment() -> datetime:
    """What time it is, for what is measured in milliseconds: a kill, a probe. Like `instant`, for
    the command line alone."""
    return datetime.now(UTC)  # noqa: TID251


def stack_name(stack: str | None) -> str:
    """The stack that was named, or the one that is selected in this folder.

    Raises:
        UsageError: none was named and none is selected.
    """
    if stack is not None:
        return stack
    try:
        done = subprocess.run(
            ["pulumi", "stack", "--show-name"], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise UsageError("there is no `pulumi` on PATH", "run `make setup`") from error
    if done.returncode != 0:
        said = "".join(done.stderr.strip().splitlines()[-1:])
        raise UsageError(f"no stack is selected here ({said})", "name one: --stack dev")
    return done.stdout.strip()


def pinned_instant(stack: str) -> str | None:
    """The instant that the stack's config pins for its deploys, if it pins one."""
    done = subprocess.run(
        ["pulumi", "config", "get", "keylife:at", "--stack", stack],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() if done.returncode == 0 else None


def declarations_folder(folder: Path | None) -> Path:
    """The folder of the declarations that was named, or the project's own.

    Raises:
        UsageError: it does not exist, or this is no Pulumi project.
    """
    found = folder or project_folder(Path.cwd()) / "stacks"
    if not found.is_dir():
        raise UsageError(
            f"there are no declarations in {found}", "name their folder: --declarations DIR"
        )
    return found


def short_name(stack: str) -> str:
    """A stack's own name, without organization and project."""
    return stack.rpartition("/")[2]
