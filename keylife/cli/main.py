"""The command line: commands by name, errors to exit codes.

Exit codes of every command: 0 done; 1 refused or findings; 2 bad input or usage, nothing
changed; 3 unexpected error; 75 accepted but pending; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback

import typer

from keylife.cli import (
    catalogue,
    check,
    diff,
    fix,
    history,
    import_key,
    ledger,
    plan,
    recover,
    revoke,
    rotate,
    sandbox,
    up,
)
from keylife.errors import KeylifeError

app = typer.Typer(
    help="Machine credentials as reviewed code: declared, issued, rotated, revoked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("check")(check.check)
app.command("fix")(fix.fix)
app.command("plan")(plan.plan)
app.command("diff")(diff.diff)
app.command("revoke")(revoke.revoke)
app.command("rotate")(rotate.rotate)
app.command("up")(up.up)
app.command("import")(import_key.import_key)
app.command("recover")(recover.recover)
app.command("history")(history.history)
app.command("catalogue")(catalogue.catalogue)
app.add_typer(ledger.app, name="ledger")
app.add_typer(sandbox.app, name="sandbox")


def run() -> None:
    """Run the command and exit with its code."""
    sys.exit(_exit_code())


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
