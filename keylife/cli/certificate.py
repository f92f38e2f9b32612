"""`keylife certificate`: that a key is dead, and how that is known."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from keylife.cli.options import Format, OutputFormat, Stack
from keylife.errors import UsageError


def certificate(
    key: Annotated[str, typer.Argument(help="The key's id.")],
    *,
    stack: Stack = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Print the death certificates of a key, one for each version in each system.

    Each signature is checked. As JSON, each stands with its note: its exact bytes and the
    signature, which anybody checks with the audit log's public key. Exit code 1 if one does not
    hold, 75 if some system's is still to come.
    """
    from keylife.audit.note import BadNoteError, open_note, write_note
    from keylife.cli.audited import audit_log
    from keylife.revocation.certificate import read_certificate
    from keylife.revocation.registrar import signed_text
    from keylife.revocation.report import certificate_lines
    from keylife.store import certificates, revocations

    with audit_log(stack) as log:
        with log.database.reading() as connection:
            known = revocations.of_key(connection, key)
            kept = [
                found
                for accepted in known
                for found in certificates.of_revocation(connection, accepted.revocation.id)
            ]
        if not known:
            raise UsageError(
                f"no revocation of `{key}` is known here",
                "`keylife revoke` asks for one; `keylife store status` says which store this is",
            )
        verifier = log.verifier()
    told, bad = [], 0
    for found in kept:
        note = write_note(signed_text(found.body), verifier.name, found.signature)
        try:
            open_note(note, verifier)
            read = read_certificate(found.body)
        except (BadNoteError, ValueError) as error:
            bad += 1
            typer.echo(f"v{found.version} {found.place}: does not hold: {error}", err=True)
            continue
        told.append({"certificate": json.loads(found.body), "digest": read.digest, "note": note})
        if output is Format.TEXT:
            typer.echo("\n".join(certificate_lines(read, found.key_id)))
    missing = sum(len(accepted.standings) for accepted in known) - len(kept)
    if output is Format.JSON:
        print(json.dumps({"certificates": told, "pending": missing}, indent=2))
    elif missing:
        typer.echo(f"{missing} pending: not every system has been seen to refuse it")
    if bad:
        raise typer.Exit(1)
    if missing:
        raise typer.Exit(75)
