"""`keylife sandbox`: a Vault and an AWS on this machine, for trying and testing."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from keylife.cli.options import Format, OutputFormat
from keylife.errors import UsageError
from keylife.model.instant import format_instant, parse_instant
from keylife.sandbox.lifecycle import DEFAULT_FOLDER, UNSET, Sandbox, State, Status

app = typer.Typer(
    help="A Vault and an AWS on this machine: no account, no cloud.",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Option("--folder", help="The sandbox's folder.")]


@app.command()
def up(
    folder: Folder = DEFAULT_FOLDER,
    *,
    download: Annotated[
        bool, typer.Option(help="Try to download the real provider plugins if none are installed.")
    ] = True,
) -> None:
    """Start the sandbox, unless it is up already."""
    console = Console(highlight=False)
    with console.status("starting OpenBao and the AWS front"):
        status = Sandbox(folder).up(download=download)
    _print_status(console, status)
    named = "" if folder == DEFAULT_FOLDER else f" --folder {shlex.quote(str(folder))}"
    console.print(
        f'next: eval "$(keylife sandbox env{named})", then pulumi in your project', soft_wrap=True
    )


@app.command()
def down(folder: Folder = DEFAULT_FOLDER) -> None:
    """Stop what `up` started, and nothing else; its keys and stacks end with it."""
    stopped = Sandbox(folder).down()
    Console(highlight=False).print(
        f"stopped: {', '.join(stopped)}" if stopped else "nothing of it was running"
    )


@app.command()
def status(folder: Folder = DEFAULT_FOLDER, output: OutputFormat = Format.TEXT) -> None:
    """Show how the sandbox is, where it answers, and which provider plugins it runs.

    Exit code 1 if it is broken: `up` starts it anew.
    """
    current = Sandbox(folder).status()
    if output is Format.JSON:
        print(json.dumps(_as_json(current), indent=2))
    else:
        _print_status(Console(highlight=False), current)
    if current.state is State.BROKEN:
        raise typer.Exit(1)


@app.command()
def env(folder: Folder = DEFAULT_FOLDER, output: OutputFormat = Format.TEXT) -> None:
    """Print the variables that lead a shell's programs into the sandbox.

    Some are secrets, of this throw-away sandbox alone. Use: eval "$(keylife sandbox env)"
    """
    variables = Sandbox(folder).environment()
    if output is Format.JSON:
        print(json.dumps({"format_version": 1, "set": variables, "unset": UNSET}, indent=2))
        return
    print(f"unset {' '.join(UNSET)}")
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")


@app.command()
def clock(
    instant: Annotated[
        str | None,
        typer.Argument(help="Such as 2026-12-15T00:00:00Z; `real` returns to real time."),
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Read or move the clock by which the sandbox's AWS judges conditions on time."""
    sandbox = Sandbox(folder)
    if instant is None:
        at = sandbox.clock()
    elif instant == "real":
        at = sandbox.set_clock(None)
    else:
        try:
            wanted = parse_instant(instant)
        except ValueError as error:
            raise UsageError(str(error)) from None
        at = sandbox.set_clock(wanted)
    print(format_instant(at))


@app.command()
def seal(folder: Folder = DEFAULT_FOLDER) -> None:
    """Seal the sandbox's Vault: it answers nobody until `unseal`, and loses nothing."""
    Sandbox(folder).seal_vault()
    print("the Vault is sealed: `keylife sandbox unseal`")


@app.command()
def unseal(folder: Folder = DEFAULT_FOLDER) -> None:
    """Unseal the sandbox's Vault."""
    Sandbox(folder).unseal_vault()
    print("the Vault is unsealed")


def _print_status(console: Console, status: Status) -> None:
    lines = [("sandbox", f"{status.state} in {status.folder}")]
    lines += [("AWS", status.aws)] if status.aws else []
    role = status.other_account_role
    lines += [("AWS, other", f"account of the role {role}")] if role else []
    lines += [("Vault", status.vault)] if status.vault else []
    for process, alive in status.processes:
        lines.append(("process", f"{process.pid} {process.name}{'' if alive else ': ended'}"))
    lines += [("Pulumi CLI", status.cli)] if status.cli else []
    for plugin in status.plugins:
        said = "keylife's stand-in" if plugin.origin == "stand-in" else f"real, {plugin.origin}"
        lines.append(("plugin", f"{plugin.name} {plugin.version}: {said}"))
    for name, text in lines:
        console.print(f"{name:<11}{text}", soft_wrap=True, markup=False)


def _as_json(status: Status) -> dict[str, Any]:
    return {
        "format_version": 1,
        "state": status.state,
        "folder": str(status.folder),
        "aws": status.aws,
        "aws_other_account_role": status.other_account_role,
        "vault": status.vault,
        "cli": status.cli,
        "processes": [
            {"name": process.name, "pid": process.pid, "alive": alive}
            for process, alive in status.processes
        ],
        "plugins": [plugin.model_dump() for plugin in status.plugins],
    }
