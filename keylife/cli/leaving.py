"""What commands that end many keys share: what is shown of the change, and what is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keylife.errors import UsageError

if TYPE_CHECKING:
    from keylife.gates.leaving import Departure

Write = Annotated[bool, typer.Option("--write", help="Write it, instead of printing the diff.")]


def carry_out(
    folder: Path, propose: Callable[[], Departure], done: Callable[[int], str], *, write: bool
) -> None:
    """Show the change, or write it; exit code 1 where something of it is left for people.

    Args:
        folder: of the declarations.
        propose: makes the change; asked for again once nobody else can edit the folder.
        done: what it does to so many keys, in words: ``3 keys are revoked``.
        write: whether to write it.
    """
    departure = propose()
    if not write:
        typer.echo(departure.leaving.edits.diff(), nl=False)
    elif not departure.refused:
        from keylife.declarations.replacement import sole_editor

        with sole_editor(folder):
            departure = propose()
            _two_people(departure)
            departure.leaving.edits.write()
    for line in _told(departure, done, written=write and not departure.refused):
        typer.echo(line, err=True)
    if departure.refused or departure.in_python:
        raise typer.Exit(1)


def _two_people(departure: Departure) -> None:
    if departure.needs_another:
        raise UsageError(_another(departure), "name who else agrees: --approved-by NAME")


def _another(departure: Departure) -> str:
    return (
        f"{len(departure.leaving.keys)} keys are more than one person may revoke"
        f" ({departure.alone}, `second_approver_above` in keylife.yaml)"
    )


def _told(departure: Departure, done: Callable[[int], str], *, written: bool) -> list[str]:
    keys = departure.leaving.keys
    lines = [f"{'written' if written else 'not written'}: {done(len(keys))}"]
    lines += [f"  {key}" for key in keys]
    for finding in departure.refused:
        lines += [f"would be refused: {finding}"]
    for place in departure.in_python:
        lines += [f"left for people: {place} names it in Python, where keylife edits nothing"]
    if written:
        approver = None if departure.tombstone is None else departure.tombstone.approved_by
        trailer = f" with the trailer `Approved-by: {approver}`" if approver else ""
        lines += [f"next: git diff, commit{trailer}, review; `pulumi preview` shows what it ends"]
    elif departure.needs_another:
        lines += [f"{_another(departure)}: --write needs --approved-by as well"]
    elif not departure.refused:
        lines += ["next: --write"]
    return lines
