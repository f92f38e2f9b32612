"""`keylife revoke`: end a key, as a change of its declaration."""

from __future__ import annotations

import subprocess
from typing import Annotated

import typer

from keylife.cli.options import (
    At,
    Declared,
    Format,
    OutputFormat,
    Stack,
    declarations_folder,
    instant,
    moment,
    short_name,
    stack_name,
)
from keylife.cli.revoke_now import revoke_now
from keylife.errors import UsageError
from keylife.model.revocation import Reason


def revoke(
    key: Annotated[str, typer.Argument(help="The key's id.")],
    *,
    reason: Annotated[Reason, typer.Option(help="Why, as RFC 5280, section 5.3.1 has it.")],
    ref: Annotated[str, typer.Option(help="Where the decision is written down: a ticket, a link.")],
    by: Annotated[
        str | None,
        typer.Option(help="Who asked for it; by default the user.email that git knows."),
    ] = None,
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help="An emergency: kill it first, prove it dead, and put the tombstone on a branch.",
        ),
    ] = False,
    at: At = None,
    stack: Stack = None,
    declarations: Declared = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Write a key's tombstone into its declaration, for review; the deploy kills it.

    Only the one entry changes, comments and order stay: `git diff` shows just that. With --now it
    is killed at once, everywhere it is held, and the exit code is 75 while a system holds it up:
    that goes on with `keylife worker`, or with the same command again.
    """
    from pydantic import ValidationError

    from keylife.declarations.edit import declare_revocation
    from keylife.declarations.folder import shown_path
    from keylife.model.revocation import Tombstone

    asked = moment()
    if now and at is not None:
        raise UsageError("--now is now: it takes no --at")
    who = git_email() if by is None else by
    try:
        tombstone = Tombstone(at=instant(at), reason=reason, by=who, ref=ref)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(
            f"--{first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}"
        ) from None
    if now:
        folder = declarations_folder(declarations)
        revoke_now(stack_name(stack), key, tombstone, asked=asked, declared=folder, output=output)
        return
    changed = declare_revocation(
        declarations_folder(declarations), short_name(stack_name(stack)), key, tombstone
    )
    typer.echo(f"{shown_path(changed)}: {key} is declared revoked ({reason})")
    typer.echo("next: git diff, commit, review; `pulumi preview` shows what it ends, `up` ends it")


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
