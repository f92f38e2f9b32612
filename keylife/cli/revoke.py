"""`keylife revoke`: end a key, or all of a service or an owner, as a change of the declarations."""

from __future__ import annotations

import os
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
    moment,
    short_name,
    stack_name,
)
from keylife.cli.selected import By, Selector, declared_keys, the_one, whose_material
from keylife.cli.word import ApprovedBy, tombstone_of
from keylife.cli.word import By as AskedBy
from keylife.errors import UsageError
from keylife.model.revocation import Reason

if TYPE_CHECKING:
    from keylife.model.revocation import Tombstone


def revoke(
    key: Annotated[str | None, typer.Argument(help="The key's id.")] = None,
    *,
    reason: Annotated[Reason, typer.Option(help="Why, as RFC 5280, section 5.3.1 has it.")],
    ref: Annotated[str, typer.Option(help="Where the decision is written down: a ticket, a link.")],
    service: Annotated[
        str | None, typer.Option(help="Instead of an id: every key of this service.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option(help="Instead of an id: every key of this owner.")
    ] = None,
    fingerprint: Annotated[
        str | None,
        typer.Option(
            help="Instead of an id: the key of which a version has this fingerprint; or `-`, and"
            " the secret that leaked on standard input."
        ),
    ] = None,
    by: AskedBy = None,
    approved_by: ApprovedBy = None,
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help="An emergency: kill it first, prove it dead, and put the tombstone on a branch.",
        ),
    ] = False,
    write: Annotated[
        bool,
        typer.Option(
            "--write", help="Of more than one key: write it, instead of printing the diff."
        ),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="With --now, of more than one key: kill, instead of telling."),
    ] = False,
    at: At = None,
    stack: Stack = None,
    declarations: Declared = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Write a key's tombstone into its declaration, for review; the deploy kills it.

    Only the one entry changes, comments and order stay: `git diff` shows just that. With --now it
    is killed at once, everywhere it is held, and the exit code is 75 while a system holds it up:
    that goes on with `keylife worker`, or with the same command again. More than one key, of a
    service or an owner, is only told what would happen, without --write, or with --now --yes.
    """
    asked = moment()
    if now and (at is not None or write):
        raise UsageError("--now is now: it takes no --at and no --write")
    if yes and not now:
        raise UsageError("--yes is for --now", "--write changes the declarations")
    selector = the_one(key, service, owner, fingerprint)
    folder = declarations_folder(declarations)
    if now:
        from keylife.cli.revoke_now import Emergency, revoke_now

        tombstone = tombstone_of(instant(at), reason, by, ref, approved_by)
        revoke_now(stack, Emergency(selector, tombstone, asked, folder, output, yes))
        return
    name = stack_name(stack)
    tombstone = tombstone_of(instant(at), reason, by, ref, approved_by)
    if selector.is_many:
        _declare_many(folder, short_name(name), selector, tombstone, write=write)
    else:
        _declare(folder, short_name(name), _named(selector, name), tombstone)


def _declare(folder: Path, stack: str, key: str, tombstone: Tombstone) -> None:
    from keylife.declarations.edit import declare_revocation
    from keylife.declarations.folder import shown_path

    changed = declare_revocation(folder, stack, key, tombstone)
    typer.echo(f"{shown_path(changed)}: {key} is declared revoked ({tombstone.reason})")
    typer.echo("next: git diff, commit, review; `pulumi preview` shows what it ends, `up` ends it")


def _declare_many(
    folder: Path, stack: str, selector: Selector, tombstone: Tombstone, *, write: bool
) -> None:
    from keylife.cli.leaving import carry_out
    from keylife.gates.leaving import judge_revocations

    declared = declared_keys(folder, stack, selector)
    if declared.unreadable is None and not declared.here:
        raise UsageError(
            f"no key of {selector} is declared in this stack, and not revoked",
            f"elsewhere: {', '.join(declared.elsewhere)}"
            if declared.elsewhere
            else "`keylife plan` lists the keys there are; --now also finds those that are not"
            " declared any more",
        )
    if declared.elsewhere:
        typer.echo(f"not of this stack, and left: {', '.join(declared.elsewhere)}", err=True)
    carry_out(
        folder,
        lambda: judge_revocations(
            folder,
            stack,
            declared.here,
            tombstone.at,
            tombstone,
            named=(selector.by, selector.name),
        ),
        lambda count: f"{count} keys of {selector} are revoked",
        write=write or len(declared.here) == 1,
    )


def _named(selector: Selector, stack: str) -> str:
    """The id of the one key that is meant."""
    from keylife.project import project_folder

    if selector.by is By.ID:
        return selector.name
    from keylife.cli.audited import full_name
    from keylife.cli.stored import existing_store
    from keylife.store.fingerprints import keys_file

    with existing_store(stack) as database:
        file = keys_file(os.environ, project_folder(Path.cwd()))
        found = whose_material(database, selector.name, file)
    if found.stack != full_name(stack):
        raise UsageError(
            f"it is version {found.number} of `{found.key}`, of stack {found.stack}",
            f"in that stack's project: keylife revoke {found.key} --stack {found.stack}",
        )
    typer.echo(f"it is version {found.number} of `{found.key}`")
    return found.key
