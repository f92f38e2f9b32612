"""`keylife depart`: an owner leaves, and all of their keys end or get another owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from keylife.cli.leaving import Write, carry_out
from keylife.cli.options import At, Declared, declarations_folder, instant
from keylife.cli.word import ApprovedBy, By, tombstone_of
from keylife.errors import UsageError
from keylife.model.revocation import Reason

if TYPE_CHECKING:
    from keylife.model.revocation import Tombstone


def depart(
    owner: Annotated[str, typer.Argument(help="The owner's id.")],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="OWNER", help="Who answers for the keys from now on; none is revoked."
        ),
    ] = None,
    ref: Annotated[
        str | None,
        typer.Option(help="Where the decision is written down; needed where keys are revoked."),
    ] = None,
    reason: Annotated[
        Reason | None,
        typer.Option(
            help="Why the keys end, as RFC 5280, section 5.3.1 has it; by default"
            " affiliationChanged."
        ),
    ] = None,
    by: By = None,
    approved_by: ApprovedBy = None,
    at: At = None,
    write: Write = False,
    declarations: Declared = None,
) -> None:
    """Mark an owner as departed and revoke or hand over every key of theirs; print only.

    One change of the declarations, for review: without it the gates refuse a departed owner whose
    keys have no tombstone. Keys that are declared in Python are named, with exit code 1.
    """
    from keylife.gates.leaving import judge_departure

    now, folder = instant(at), declarations_folder(declarations)
    tombstone: Tombstone | None = None
    if to is None:
        if ref is None:
            raise UsageError(
                "their keys would be revoked, and nothing says where that was decided",
                "--ref TICKET, or hand them over: --to OWNER",
            )
        why = Reason.AFFILIATION_CHANGED if reason is None else reason
        tombstone = tombstone_of(now, why, by, ref, approved_by)
    elif ref is not None or reason is not None or by is not None or approved_by is not None:
        raise UsageError(
            "with --to no key is revoked, and no tombstone says why",
            "leave out --ref, --reason, --by and --approved-by; the commit says it",
        )
    end = "are revoked" if to is None else f"are `{to}`'s"
    carry_out(
        folder,
        lambda: judge_departure(folder, owner, now, tombstone=tombstone, to=to),
        lambda count: f"owner `{owner}` is departed, and {count} keys of theirs {end}",
        write=write,
    )
