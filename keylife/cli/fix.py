"""`keylife fix`: the edits that mend findings, as a diff."""

from __future__ import annotations

from typing import Annotated

import typer

from keylife.cli.check import Folder, declared_in
from keylife.cli.options import At, instant

By = Annotated[
    str | None,
    typer.Option(help="Who asks for revocations; by default the user.email that git knows."),
]


def fix(
    path: Folder = None,
    *,
    at: At = None,
    by: By = None,
    write: Annotated[bool, typer.Option("--write", help="Write it, instead of printing.")] = False,
) -> None:
    """Propose the edits that mend what `keylife check` finds, as a diff; print only.

    Lives are shortened to their limit and rotated in time, keys of retired services get their
    tombstones, misspelt owners and services their names. What needs a decision is left.
    """
    from keylife.cli.word import git_email
    from keylife.declarations.replacement import sole_editor
    from keylife.gates.mending import propose

    folder = declared_in(path)
    proposal = propose(folder, instant(at), by if by is not None else git_email())
    if write:
        with sole_editor(folder):
            proposal.edits.write()
    else:
        typer.echo(proposal.edits.diff(), nl=False)
    typer.echo(
        f"{'mended' if write else 'would mend'}: {proposal.mends}; left for people:"
        f" {proposal.left}",
        err=True,
    )
