"""`keylife audit`: whether the log is whole, its signed head, proofs from it, and copies of it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keylife.cli.audited import audit_log
from keylife.cli.options import Format, OutputFormat, Stack
from keylife.errors import UsageError

if TYPE_CHECKING:
    from keylife.audit.log import Log
    from keylife.audit.note import Verifier
    from keylife.audit.verify import Seen, Verification

app = typer.Typer(help="The audit log: what happened, in order.", no_args_is_help=True)

Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        help="The log's public key, as `keylife audit key` prints it; by default the key's file.",
    ),
]


class ExportFormat(StrEnum):
    """How a copy of the log is written."""

    JSONL = "jsonl"
    CSV = "csv"
    OCSF = "ocsf"


@app.command("verify")
def verify(
    *,
    head: Annotated[
        list[Path] | None,
        typer.Option(
            "--head", help="A head that was saved before, or a witness's file; may be repeated."
        ),
    ] = None,
    key: Key = None,
    stack: Stack = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Check every hash, link and signature, and what witnesses saw of the log.

    Exit code 1 and the number of the first entry that is not what it was, if anything is wrong.
    Without a head that was kept elsewhere, a log that was cut off cannot be told from a whole one.
    """
    from keylife.audit.evidence import kept_proofs
    from keylife.audit.rows import Rows
    from keylife.audit.verify import verify as look

    with audit_log(stack) as log:
        verifier = _verifier(log, key)
        seen = [*_saved(head or [], verifier), *_witnessed(log, verifier)]
        found = look(Rows(log.database), verifier, seen, kept_proofs(log.database))
        reserved = log.reserve.count()
    if output is Format.JSON:
        print(_as_json(found, reserved))
    else:
        _print(found, reserved)
    if found.findings:
        raise typer.Exit(1)


@app.command("head")
def head(stack: Stack = None) -> None:
    """Print the log's signed head: keep it elsewhere, and give it to `keylife audit verify`."""
    with audit_log(stack) as log:
        note = log.head()
    if note is None:
        typer.echo("nothing is recorded yet", err=True)
        raise typer.Exit(1)
    print(note, end="")


@app.command("key")
def key(stack: Stack = None) -> None:
    """Print the log's public key, by which others check heads and proofs."""
    with audit_log(stack) as log:
        print(log.verifier())


@app.command("prove")
def prove(
    sequence: Annotated[int, typer.Argument(help="The entry's number.", min=1)],
    stack: Stack = None,
) -> None:
    """Print an entry with the proof that it is in the log, for whoever has the log's public key."""
    from keylife.audit.head import open_head
    from keylife.audit.proof_file import write_proof
    from keylife.audit.rows import Rows

    with audit_log(stack) as log:
        note, rows = log.head(), Rows(log.database)
        row = rows.at(sequence)
        if note is None or row is None:
            raise UsageError(f"there is no entry {sequence} in the log")
        print(write_proof(rows, row, open_head(note, log.verifier()).size, note), end="")


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A proof, as `keylife audit prove` printed it.")],
    key: Annotated[str, typer.Option("--key", help="The log's public key.")],
) -> None:
    """Check a proof without the log, and print the event that it proves."""
    from keylife.audit.note import BadNoteError
    from keylife.audit.proof_file import check_proof

    verifier = _parsed(key)
    try:
        proven = check_proof(_read(file), verifier)
    except BadNoteError as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"entry {proven.sequence} of {proven.head.size} in {proven.head.origin}", err=True)
    print(proven.event.model_dump_json(exclude_none=True))


@app.command("export")
def export(
    *,
    output: Annotated[
        ExportFormat, typer.Option("--format", help="How it is written.")
    ] = ExportFormat.JSONL,
    stack: Stack = None,
) -> None:
    """Print the whole log: jsonl as it was hashed, csv for people, ocsf for a SIEM."""
    from keylife.audit.export import EXPORTS
    from keylife.audit.rows import Rows

    with audit_log(stack) as log:
        for line in EXPORTS[output](Rows(log.database)):
            print(line)


def _verifier(log: Log, key: str | None) -> Verifier:
    return log.verifier() if key is None else _parsed(key)


def _parsed(key: str) -> Verifier:
    from keylife.audit.note import BadNoteError, Verifier

    try:
        return Verifier.parse(key)
    except BadNoteError as error:
        raise UsageError(f"--key: {error}", "give what `keylife audit key` prints") from None


def _saved(files: list[Path], verifier: Verifier) -> list[Seen]:
    from keylife.audit.file_witness import FileWitness
    from keylife.audit.verify import Seen

    found = []
    for file in files:
        text = _read(file)
        witnessed = text.startswith("{")
        notes = FileWitness(file, verifier.name).notes() if witnessed else [text]
        found += [Seen(f"the head in {file}", note) for note in notes]
    return found


def _witnessed(log: Log, verifier: Verifier) -> list[Seen]:
    from keylife.audit.errors import WitnessError
    from keylife.audit.verify import Seen

    found = []
    for witness in log.witnesses(verifier):
        try:
            found += [Seen(witness.name, note) for note in witness.notes()]
        except WitnessError as error:
            typer.echo(str(error), err=True)
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from None


def _print(found: Verification, reserved: int) -> None:
    from keylife.reports.plain import plain

    for finding in found.findings:
        typer.echo(plain(str(finding)))
    if not found.findings:
        typer.echo(f"{found.size} entries are what they were, root {found.root.hex()}")
    if found.heads:
        typer.echo(f"held against {found.heads} heads that were kept elsewhere")
    else:
        typer.echo("no head was kept elsewhere: that nothing was cut off cannot be told", err=True)
    if reserved:
        typer.echo(f"{reserved} events wait in the reserve for the log to be writable", err=True)


def _as_json(found: Verification, reserved: int) -> str:
    return json.dumps(
        {
            "format_version": 1,
            "size": found.size,
            "root": found.root.hex(),
            "heads": found.heads,
            "first_bad": found.first_bad,
            "findings": [vars(finding) | {"text": str(finding)} for finding in found.findings],
            "reserved": reserved,
        },
        indent=2,
    )
