"""The command line: commands by name, errors to exit codes.

Exit codes of every command: 0 done; 1 refused or findings; 2 bad input or usage, nothing
changed; 3 unexpected error; 75 accepted but pending; 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback

import typer

from keylife.cli.on_demand import group_of
from keylife.errors import KeylifeError

COMMANDS = {
    "check": "keylife.cli.check:check",
    "fix": "keylife.cli.fix:fix",
    "plan": "keylife.cli.plan:plan",
    "diff": "keylife.cli.diff:diff",
    "revoke": "keylife.cli.revoke:revoke",
    "retire": "keylife.cli.retire:retire",
    "depart": "keylife.cli.depart:depart",
    "verify": "keylife.cli.verify:verify",
    "certificate": "keylife.cli.certificate:certificate",
    "latency": "keylife.cli.latency:latency",
    "worker": "keylife.cli.worker:worker",
    "rotate": "keylife.cli.rotate:rotate",
    "up": "keylife.cli.up:up",
    "import": "keylife.cli.import_key:import_key",
    "recover": "keylife.cli.recover:recover",
    "history": "keylife.cli.history:history",
    "audit": "keylife.cli.audit:app",
    "record": "keylife.cli.record:record",
    "catalogue": "keylife.cli.catalogue:catalogue",
    "ledger": "keylife.cli.ledger:app",
    "store": "keylife.cli.store:app",
    "sandbox": "keylife.cli.sandbox:app",
}
"""Every command, in the order of the help, and where it is."""

app = typer.Typer(
    cls=group_of(COMMANDS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def keylife() -> None:
    """Machine credentials as reviewed code: declared, issued, rotated, revoked."""


def run() -> None:
    """Run the command and exit with its code."""
    code = _exit_code()
    gc.freeze()  # at its end Python would look through all that was built once more, for nothing
    sys.exit(code)


def _exit_code() -> int:
    try:
        app()
    except KeylifeError as error:
        print(error, file=sys.stderr)
        if error.hint:
            print(error.hint, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    except Exception as error:
        print(f"unexpected error: {type(error).__name__}", file=sys.stderr)
        if os.environ.get("KEYLIFE_TRACEBACK"):
            traceback.print_exc()
        else:
            print("set KEYLIFE_TRACEBACK=1 to see where, and report it", file=sys.stderr)
        return 3
    return 0
