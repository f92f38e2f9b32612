"""`keylife retire`: a service ends, and every key that it has, as one change for review."""

from __future__ import annotations

from typing import Annotated

import typer

from keylife.cli.leaving import Write, carry_out
from keylife.cli.options import At, Declared, declarations_folder, instant
from keylife.cli.word import ApprovedBy, By, tombstone_of
from keylife.model.revocation import Reason


def retire(
    service: Annotated[str, typer.Argument(help="The service's id.")],
    *,
    ref: Annotated[str, typer.Option(help="Where the decision is written down: a ticket, a link.")],
    reason: Annotated[
        Reason, typer.Option(help="Why its keys end, as RFC 5280, section 5.3.1 has it.")
    ] = Reason.CESSATION_OF_OPERATION,
    by: By = None,
    approved_by: ApprovedBy = None,
    at: At = None,
    write: Write = False,
    declarations: Declared = None,
) -> None:
    """Mark a service as retired and revoke every key of it, in all stacks; print only.

    One change of the declarations, for review: without it the gates refuse a retired service whose
    keys have no tombstone. Keys that are declared in Python are named, with exit code 1.
    """
    from keylife.gates.leaving import judge_retirement

    now, folder = instant(at), declarations_folder(declarations)
    tombstone = tombstone_of(now, reason, by, ref, approved_by)
    carry_out(
        folder,
        lambda: judge_retirement(folder, service, now, tombstone),
        lambda count: f"service `{service}` is retired, and {count} keys of it are revoked",
        write=write,
    )
