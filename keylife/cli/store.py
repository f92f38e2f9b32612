"""`keylife store`: what the store holds, its backups, and what a destroyed stack leaves in it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from keylife.cli.options import Format, OutputFormat, Stack, instant
from keylife.cli.stored import existing_store, named_store
from keylife.errors import UsageError
from keylife.model.number import counted
from keylife.project import project_folder

app = typer.Typer(
    help="The store: what spans stacks, and outlives each of their states.", no_args_is_help=True
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A file on this machine.")]


@app.command("status")
def status(*, stack: Stack = None, output: OutputFormat = Format.TEXT) -> None:
    """Show where the store is, that it holds together, and what is in it.

    Exit code 2 if it is damaged, or written by a newer keylife.
    """
    from keylife.store.status import status_of

    with existing_store(stack) as database:
        told = status_of(database, os.environ, project_folder(Path.cwd()))
    if output is Format.JSON:
        print(json.dumps(told.as_json(), indent=2))
    else:
        typer.echo("\n".join(told.lines()))


@app.command("backup")
def backup(file: File, *, stack: Stack = None) -> None:
    """Write a copy of the store to a file, while others go on using it.

    The file holds what the store holds: no secret, but who has which key. Keep it as you keep the
    stacks' states, and with it the keys of the fingerprints.
    """
    from keylife.store.backup import backup as written

    with existing_store(stack) as database:
        rows = written(database, file)
        where = database.where
    typer.echo(f"wrote {sum(rows.values())} rows of {where} to {file}")


@app.command("restore")
def restore(file: File, *, stack: Stack = None) -> None:
    """Fill an empty store from a backup; a damaged SQLite file is put aside first.

    Refused for a store with rows, and for a backup that is older than what was witnessed of the
    audit log.
    """
    from keylife.cli.restored import require_witnessed
    from keylife.store.backup import restore as restored

    url = named_store(stack)
    rows = restored(file, url, instant(None), lambda copy: require_witnessed(copy, url))
    typer.echo(f"restored {sum(rows.values())} rows from {file}; next: keylife store status")


@app.command("release")
def release(stack: Annotated[str, typer.Argument(help="organization/project/stack")]) -> None:
    """Release what a stack claims, after it was destroyed or renamed: its ids may live elsewhere.

    Refused while the stack has resources. What it revoked stays revoked.
    """
    from keylife.store.claims import release as released

    if stack.count("/") != 2:
        raise UsageError(f"`{stack}` is no stack's full name", "write organization/project/stack")
    _require_gone(stack)
    with existing_store(None) as database, database.writing() as connection:
        claims = released(connection, stack, instant(None))
    for claim in claims:
        typer.echo(f"released {claim.key}")
    if not claims:
        typer.echo(f"{stack} holds nothing")


def _require_gone(stack: str) -> None:
    """See to it that a stack has no resources, as far as this backend knows it."""
    command = ["pulumi", "stack", "export", "--stack", stack, "--non-interactive"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UsageError("there is no `pulumi` on PATH", "run `make setup`") from error
    if done.returncode != 0:
        said = "".join(done.stderr.strip().splitlines()[-1:])
        if "no stack named" in said:
            return
        raise UsageError(f"whether {stack} is gone cannot be told: {said}", "log in to its backend")
    resources = json.loads(done.stdout)["deployment"].get("resources") or []
    keys = [r["urn"] for r in resources if r["type"] == "keylife:index:ManagedKey"]
    if keys:
        raise UsageError(
            f"{stack} still has {counted(len(keys), 'key')}",
            "destroy it first: pulumi destroy --run-program",
        )
