"""`keylife ledger rebuild`: after a stack's state was lost."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keylife.cli.options import (
    At,
    Declared,
    Format,
    OutputFormat,
    Stack,
    declarations_folder,
    instant,
    short_name,
    stack_name,
)
from keylife.cli.stack_config import stack_config, stack_targets
from keylife.errors import LedgerUnreadableError
from keylife.project import project_folder

if TYPE_CHECKING:
    from keylife.model.ledger import KeyRecord

app = typer.Typer(help="The ledger, which is the stack's own state.", no_args_is_help=True)


@app.command("rebuild")
def rebuild(
    *,
    write: Annotated[
        bool,
        typer.Option("--write", help="Write the state; without it, only say what it would be."),
    ] = False,
    at: At = None,
    stack: Stack = None,
    declarations: Declared = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Rebuild a lost ledger from what issuers and deliveries still say of the declared keys.

    Numbers, births and expiries stay, nothing is issued again. Only for a stack without resources:
    make it anew with `pulumi stack init`. It needs the environment of `pulumi up`.
    """
    import pulumi
    from rich.console import Console

    from keylife.declarations import load
    from keylife.orphan import Clients
    from keylife.program.connections import connection
    from keylife.rebuild.rebuild import rebuild as rebuilt_from
    from keylife.rebuild.report import as_json, print_rebuilt
    from keylife.rebuild.state import StackName

    moment, name = instant(at), stack_name(stack)
    declared = load(declarations_folder(declarations), short_name(name))
    export, config = json.loads(_pulumi("stack", "export", stack=name)), stack_config(name)
    pulumi.runtime.set_all_config(dict(config))
    targets = stack_targets(config)
    found = rebuilt_from(
        declared,
        export,
        name=StackName(_organization(name), _project_name(), short_name(name)),
        config=config,
        clients_of=lambda target: Clients(connection(targets, target)),
        at=moment,
        remembered=_remembered(
            f"{_organization(name)}/{_project_name()}/{short_name(name)}", config
        ),
    )
    if output is Format.JSON:
        print(as_json(found))
    else:
        print_rebuilt(found, Console(highlight=False))
    if write:
        _pulumi("stack", "import", stack=name, given=json.dumps(found.state))
    if output is Format.TEXT:
        wrote = "written; next: pulumi refresh, pulumi preview, pulumi up"
        typer.echo(wrote if write else "nothing is written; next: keylife ledger rebuild --write")


def _remembered(stack: str, config: Mapping[str, str]) -> Mapping[str, KeyRecord]:
    """The births that the store has a copy of; none where there is no store.

    Raises:
        UsageError: what names the store cannot be one.
        StoreError: it cannot be used.
    """
    from keylife.store import births, claims
    from keylife.store.database import open_database
    from keylife.store.location import CONFIG, default_file, store_url

    folder = project_folder(Path.cwd())
    url, own = store_url(os.environ, config.get(CONFIG), folder), default_file(folder)
    if url.endswith(str(own)) and not own.exists():
        return {}
    database = open_database(url)
    try:
        with database.reading() as connection:
            return births.births_of(connection, claims.held_by(connection, stack))
    finally:
        database.close()


def _organization(stack: str) -> str:
    parts = stack.split("/")
    return parts[0] if len(parts) > 1 else "organization"


def _project_name() -> str:
    from ruamel.yaml import YAML

    folder = project_folder(Path.cwd())
    file = next(path for path in (folder / "Pulumi.yaml", folder / "Pulumi.yml") if path.is_file())
    return str(YAML(typ="safe").load(file)["name"])


def _pulumi(*arguments: str, stack: str, given: str | None = None) -> str:
    try:
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", stack, "--non-interactive"],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise LedgerUnreadableError(f"`pulumi` did not run: {type(error).__name__}") from error
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise LedgerUnreadableError(
            f"`pulumi {' '.join(arguments)}` failed: {''.join(said)}",
            "check the backend and the stack's name",
        )
    return done.stdout
