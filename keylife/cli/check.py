"""`keylife check`: what the rules have against what is declared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from keylife.cli.options import At, declarations_folder, instant

Folder = Annotated[
    Path | None,
    typer.Argument(
        metavar="[PATH]",
        help="The folder with services.yaml, owners.yaml and <stack>/keys/, or one that holds it as"
        " `stacks`; by default that of the Pulumi project.",
        envvar="KEYLIFE_DECLARATIONS",
    ),
]
OutputFormat = Annotated[
    str, typer.Option("--format", help="text, json, sarif, junit, github, gitlab or markdown.")
]


def check(path: Folder = None, *, at: At = None, output: OutputFormat = "text") -> None:
    """Judge all declared keys by all rules, offline; change nothing.

    Exit code 1 means that something must not be deployed, 2 that what is declared cannot be read.
    """
    import sys

    from keylife.gates.declared import check_folder
    from keylife.reports.findings import writer_named

    write = writer_named(output)
    verdict = check_folder(declared_in(path), instant(at))
    write(verdict, sys.stdout)
    if verdict.violations:
        raise typer.Exit(1)


def declared_in(path: Path | None) -> Path:
    """The declarations folder that a path means.

    Raises:
        UsageError: there is none.
    """
    if path is not None and not (path / "services.yaml").exists() and (path / "stacks").is_dir():
        return path / "stacks"
    return declarations_folder(path)
