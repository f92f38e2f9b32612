"""`keylife up`: bring many stacks up, several at a time."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Annotated

import typer

from keylife.cli.options import Declared, Format, OutputFormat, declarations_folder
from keylife.errors import UsageError

_OURS = ("--stack", "-s", "--cwd", "-C", "--yes", "-y")
"""Options of `pulumi up` that say what this command says."""


def up(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Every stack that has declarations, each of them once.")
    ] = False,
    stack: Annotated[
        list[str] | None, typer.Option("--stack", help="A stack; may be repeated.")
    ] = None,
    parallel: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many stacks at a time; by default as many as there are cores, 4 most."
        ),
    ] = None,
    declarations: Declared = None,
    output: OutputFormat = Format.TEXT,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- PULUMI OPTIONS]",
            help="Options for every `pulumi up`, such as `-- --policy-pack policies`.",
        ),
    ] = None,
) -> None:
    """Bring many stacks up with `pulumi up --yes`, several at a time; one result for all.

    Each stack reads the clock when its own turn comes, as plain `pulumi up` does. Ctrl-C stops all
    of them after what each has begun; a second one kills them.
    """
    from rich.console import Console

    from keylife.declarations.folder import stacks_in
    from keylife.project import project_folder
    from keylife.rollout.report import as_json, print_runs, progress
    from keylife.rollout.run import Rollout, exit_code

    if every == bool(stack):
        raise UsageError("say which stacks", "either --all, or --stack NAME, which may be repeated")
    passed = arguments or []
    if taken := [name for name in passed if name.partition("=")[0] in _OURS]:
        raise UsageError(f"`{taken[0]}` is not for every stack", "name stacks before the `--`")
    if shutil.which("pulumi") is None:
        raise UsageError("there is no `pulumi` on PATH", "run `make setup`")
    folder = project_folder(Path.cwd())
    stacks = stack or stacks_in(declarations_folder(declarations))
    if not stacks:
        raise UsageError("no stack has declarations", "make `<stack>/keys` in their folder")
    room = parallel or min(4, os.cpu_count() or 1)
    # A pipeline that is called off sends SIGTERM, and means what Ctrl-C means.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with progress(Console(stderr=True, highlight=False), len(stacks)) as told:
            runs = Rollout(folder, folder / ".keylife", passed, told).run(stacks, room)
    finally:
        signal.signal(signal.SIGTERM, before)
    if output is Format.JSON:
        print(as_json(runs))
    else:
        print_runs(runs, Console(highlight=False))
    raise typer.Exit(exit_code(runs))
