"""`keylife catalogue`: what is known of every resource type that bears a credential."""

from __future__ import annotations

from typing import Annotated

import typer

from keylife.cli.options import Format, OutputFormat


def catalogue(
    type_token: Annotated[
        str | None,
        typer.Argument(
            metavar="[TYPE]",
            help="A type token, or a part of some: accessKey, gitlab:. By default all are listed.",
        ),
    ] = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Print how credentials of a resource type end, how they are revoked, where last use is read.

    Exit code 1 if no type is meant: what the catalogue does not know is no safe type.
    """
    from rich.console import Console

    from keylife.compliance import names
    from keylife.compliance.catalogue import catalogue as known
    from keylife.reports.catalogue import as_json, print_type, print_types

    if type_token is None:
        entries = list(known().values())
    elif names.canonical(type_token) in known():
        entries = [known()[names.canonical(type_token)]]
    else:
        part = type_token.casefold()
        entries = [entry for token, entry in known().items() if part in token.casefold()]
    if not entries:
        typer.echo(_unknown(str(type_token)), err=True)
        raise typer.Exit(1)
    if output is Format.JSON:
        print(as_json(entries))
    elif len(entries) == 1:
        print_type(entries[0], Console(highlight=False))
    else:
        print_types(entries, Console(highlight=False))


def _unknown(type_token: str) -> str:
    from keylife.compliance import names

    reason = names.judged_not_credentials().get(type_token)
    if reason is not None:
        return f"`{type_token}` is no credential: it {reason}"
    if names.is_unknown_credential(type_token):
        return (
            f"`{type_token}` is not in the catalogue, and its name says that it mints a"
            " credential: every gate warns of it (unknown-credential-type)"
        )
    return f"no type in the catalogue has `{type_token}` in its name"
