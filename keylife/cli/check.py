"""`keylife check`: what the rules have against what is declared, planned, or deployed."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keylife.cli.options import At, declarations_folder, instant
from keylife.collector import without_collector
from keylife.errors import LedgerUnreadableError, UsageError

if TYPE_CHECKING:
    from keylife.compliance.verdict import Verdict
    from keylife.saved.document import Json

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
Plan = Annotated[
    Path | None,
    typer.Option(
        "--plan",
        metavar="FILE",
        help="Judge a change instead: what `pulumi preview --json --show-sames` printed, or a plan"
        " that `--save-plan` saved.",
    ),
]
Stack = Annotated[
    str | None,
    typer.Option(
        help="Judge what stands in this stack instead; with --plan, the stack that it was made for."
    ),
]


def check(
    path: Folder = None,
    *,
    plan: Plan = None,
    stack: Stack = None,
    at: At = None,
    output: OutputFormat = "text",
) -> None:
    """Judge by all rules what is declared, what a saved plan changes, or what a stack holds.

    Changes nothing. Exit code 1 means that something must not be deployed, 2 that what is to be
    judged cannot be read. The declarations alone are judged offline.
    """
    with without_collector():  # importing leaves no garbage either
        from keylife.gates.declared import check_folder
        from keylife.reports.findings import writer_named

        write = writer_named(output)
        folder = declared_in(path)
        if plan is None and stack is None:
            verdict = check_folder(folder, instant(at), _processes())
        else:
            verdict = _check_saved(plan, stack, folder, instant(at))
    write(verdict, sys.stdout)
    if verdict.violations:
        raise typer.Exit(1)


def _processes() -> int:
    """How many processes this one may become: one a core, where a copy of it is safe to make."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1


def declared_in(path: Path | None) -> Path:
    """The declarations folder that a path means.

    Raises:
        UsageError: there is none.
    """
    if path is not None and not (path / "services.yaml").exists() and (path / "stacks").is_dir():
        return path / "stacks"
    try:
        return declarations_folder(path)
    except UsageError as error:
        if path is not None:
            raise
        hint = f"{error.hint}, or name the folder of services.yaml: `keylife check FOLDER`"
        raise UsageError(str(error), hint) from None


def _check_saved(plan: Path | None, stack: str | None, folder: Path, at: datetime) -> Verdict:
    from keylife.saved.document import Form, read_document
    from keylife.saved.gate import check_saved

    state = None if stack is None else _exported(stack)
    if plan is None:
        return check_saved(Form.STATE, state or {}, folder, at)
    form, document = read_document(plan)
    return check_saved(form, document, folder, at, state)


def _exported(stack: str) -> Json:
    """A stack's state.

    Raises:
        UsageError: it cannot be read.
    """
    from keylife.program.ledger import read_export

    try:
        state: Json = read_export(stack)
    except LedgerUnreadableError as error:
        raise UsageError(
            f"the state of `{stack}` cannot be read: {error.what}", error.hint
        ) from None
    return state
