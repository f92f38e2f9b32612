"""`make demo-revoke`: a key has leaked, and one of the systems that know it is down.

In the sandbox, with the real Pulumi CLI and engine, OpenBao really sealed and unsealed, and moto
behind keylife's AWS front. Each line that a command prints is what it printed now.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rich.rule import Rule

from keylife.sandbox.lifecycle import Sandbox
from keylife.sandbox.process import within
from tools.demo import (
    FOLDER,
    PROJECT,
    Story,
    console,
    consumer_key,
    quietly,
    run,
    say,
    show,
    use_aws,
)

REVOKE = (
    "keylife revoke billing-deploy --now --reason keyCompromise --ref INC-7 --by oncall@example.com"
)
PENDING = 75
STORE = PROJECT / ".keylife" / "store.db"


def main() -> int:
    began = time.monotonic()
    sandbox = Sandbox(FOLDER)
    with console.status("starting the sandbox, and issuing three keys"):
        sandbox.down()
        sandbox.up()
        os.environ.update(sandbox.environment())
        Story(sandbox).prepare()
        quietly("pulumi up --yes --skip-preview")
    leaked = consumer_key("secret", "billing/aws")
    say(f"the key that leaked: {use_aws(leaked)}")
    with worker():
        kill(sandbox, leaked)
        heal(sandbox)
    prove()
    tamper()
    say(f"took {time.monotonic() - began:.0f} s; done with it: keylife sandbox down")
    return 0


@contextmanager
def worker() -> Iterator[None]:
    """`keylife worker`, as a service would run it."""
    console.print("[bold]$ keylife worker &[/]")
    with (FOLDER / "worker.log").open("w") as log:
        process = subprocess.Popen(["keylife", "worker"], cwd=PROJECT, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def kill(sandbox: Sandbox, leaked: dict[str, str]) -> None:
    console.print(Rule("1. killed at once, with one of its systems down"))
    sandbox.seal_vault()
    say("Vault is sealed: it answers nobody")
    code = run(REVOKE)
    if code != PENDING:
        sys.exit(f"demo: the revoke exited with {code}")
    say(f"exit code {code}: accepted, and not everything is proven. At AWS: {use_aws(leaked)}")


def heal(sandbox: Sandbox) -> None:
    console.print(Rule("2. the system comes back; nobody runs anything more"))
    sandbox.unseal_vault()
    say("Vault is unsealed")
    with console.status("the worker goes on with it"):
        healed = within(120, lambda: not run_quietly("keylife certificate billing-deploy"))
    if not healed:
        sys.exit("demo: the worker did not heal it")
    say("every system has been seen to refuse it")


def prove() -> None:
    console.print(Rule("3. its death certificate: every line was probed"))
    show("keylife certificate billing-deploy")
    show("keylife history billing-deploy")


def tamper() -> None:
    console.print(Rule("4. somebody with all rights on the database tampers with the audit log"))
    show("keylife audit verify")
    with tampered(
        "UPDATE keylife_audit"
        " SET entry = CAST(replace(CAST(entry AS TEXT), 'INC-7', 'INC-8') AS BLOB)"
    ):
        found("keylife audit verify", "a changed byte")
    with tampered(
        "DELETE FROM keylife_audit WHERE sequence > (SELECT max(sequence) - 3 FROM keylife_audit)"
    ):
        found("keylife audit verify", "three entries missing at the end, which a chain cannot see")
    show("keylife audit verify")


@contextmanager
def tampered(statement: str) -> Iterator[None]:
    """Do it past the triggers that refuse it, and undo it."""
    kept = STORE.with_name("store.kept")
    with closing(sqlite3.connect(STORE, isolation_level=None)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        shutil.copy(STORE, kept)
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute(statement)
    console.print(f"[bold]sqlite> {statement}[/]", soft_wrap=True)
    try:
        yield
    finally:
        for left in ("-wal", "-shm"):
            Path(f"{STORE}{left}").unlink(missing_ok=True)
        kept.replace(STORE)


def found(command: str, what: str) -> None:
    if run(command) != 1:
        sys.exit(f"demo: `{command}` did not find {what}")
    say(f"found: {what}")


def run_quietly(command: str) -> int:
    done = subprocess.run(command.split(), cwd=PROJECT, capture_output=True, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
