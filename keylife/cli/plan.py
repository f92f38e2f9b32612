"""`keylife plan`: what a deploy would do, and why."""

from __future__ import annotations

from keylife.cli.options import (
    At,
    Declared,
    Format,
    OutputFormat,
    Stack,
    declarations_folder,
    instant,
    pinned_instant,
    short_name,
    stack_name,
)


def plan(
    at: At = None,
    stack: Stack = None,
    declarations: Declared = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Print what a deploy would do and why, one line a version; change nothing.

    Made for the instant that the stack's config pins (keylife:at), or for now.
    """
    from rich.console import Console

    from keylife.declarations import load
    from keylife.program.ledger import read_ledger
    from keylife.program.planned import plan_for
    from keylife.reports.plan import as_json, print_plan

    name = stack_name(stack)
    moment = instant(at if at is not None else pinned_instant(name))
    declared = load(declarations_folder(declarations), short_name(name))
    planned = plan_for(declared, read_ledger(name), moment)
    if output is Format.JSON:
        print(as_json(planned))
    else:
        print_plan(planned, Console(highlight=False))
