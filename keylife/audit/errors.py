"""What the audit log raises on purpose.

::

    AuditError                     exit 1
    ├── AuditKeyError              exit 2   the key that signs it is not to be had
    ├── LogBehindError             exit 1   the log is not what was witnessed of it
    ├── ReserveError               exit 1   the reserve cannot be used
    │   └── ReserveUsedUpError     exit 1   neither the log nor the reserve takes anything more
    └── WitnessError               exit 1   a witness did not take a head, or cannot be asked

    EventLogError
    └── AuditUnwritableError       exit 1   an event could not be recorded
"""

from __future__ import annotations

from pathlib import PurePath

from keylife.errors import EventLogError, KeylifeError


class AuditError(KeylifeError):
    """Base of what goes wrong with the audit log as such."""


class AuditKeyError(AuditError):
    """The key that signs the log's heads is not to be had: nothing can be recorded."""

    exit_code = 2

    def __init__(self, path: PurePath, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what
        self.hint = "name the file of the log's key by KEYLIFE_AUDIT_KEY"

    def __str__(self) -> str:
        return f"the audit log's key {self.path} cannot be used: {self.what}"


class LogBehindError(AuditError):
    """The log is not the one that was witnessed: an old copy, or one that was rewritten."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = (
            "see `keylife audit verify`; until the log is whole no key is issued, and revokes are"
            " recorded in the reserve"
        )

    def __str__(self) -> str:
        return f"the audit log is not what was witnessed of it: {self.what}"


class ReserveError(AuditError):
    """The reserve cannot be made, read or written."""

    def __init__(self, path: PurePath, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what
        self.hint = f"make {path} writable, on a disk with room"

    def __str__(self) -> str:
        return f"the audit log's reserve {self.path} cannot be used: {self.what}"


class ReserveUsedUpError(ReserveError):
    """Nothing more can be recorded anywhere: not even a revoke may go on."""

    def __str__(self) -> str:
        return f"the audit log cannot be written, and its reserve {self.path} {self.what}"


class WitnessError(AuditError):
    """A witness did not take a head, or cannot be asked for those it has."""

    def __init__(self, witness: str, what: str) -> None:
        super().__init__(witness, what)
        self.witness = witness
        self.what = what

    def __str__(self) -> str:
        return f"the witness {self.witness}: {self.what}"


class AuditUnwritableError(EventLogError):
    """An event could not be recorded: nothing may be granted, or not even ended, without it."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(PurePath(where), what)
        self.args = (where, what)
        self.where = where
        self.hint = "nothing happens without a record; see `keylife audit verify`"

    def __str__(self) -> str:
        return f"the audit log ({self.where}) cannot be written: {self.what}"
