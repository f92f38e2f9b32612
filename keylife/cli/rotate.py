"""`keylife rotate`: ask for a new version before the schedule does."""

from __future__ import annotations

from typing import Annotated

import typer

from keylife.cli.options import (
    At,
    Declared,
    Stack,
    declarations_folder,
    instant,
    short_name,
    stack_name,
)
from keylife.model.revocation import Reason


def rotate(
    key: Annotated[str, typer.Argument(help="The key's id.")],
    *,
    reason: Annotated[
        Reason,
        typer.Option(help="Why, as RFC 5280 has it; with keyCompromise the others get no grace."),
    ],
    at: At = None,
    stack: Stack = None,
    declarations: Declared = None,
) -> None:
    """Write a rotation request into a key's declaration, for review; the deploy rotates it."""
    from keylife.declarations.edit import request_rotation
    from keylife.declarations.folder import shown_path
    from keylife.model.revocation import RotationRequest

    changed = request_rotation(
        declarations_folder(declarations),
        short_name(stack_name(stack)),
        key,
        RotationRequest(at=instant(at), reason=reason),
    )
    typer.echo(f"{shown_path(changed)}: a rotation of {key} is requested ({reason})")
    typer.echo("next: git diff, commit, review; `pulumi preview` shows the new version")
