"""What keylife raises on purpose, split by whose fault it is and what is now known.

::

    KeylifeError                  exit 1
    ├── DeclarationError          exit 2   what was declared is bad; nothing was changed
    ├── UsageError                exit 2   what was asked is bad; nothing was changed
    ├── PlanRefusedError          exit 1   declarations and ledger do not agree
    ├── NotImportableError        exit 1   what exists cannot become a key as it is
    ├── LedgerUnreadableError     exit 1   the stack's state could not be read: nothing is known
    └── EventLogError             exit 1   what happens could not be recorded

Arguments are facts, ``str()`` makes the sentence, the hint is apart. No argument may hold
key material: a fingerprint stands for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar


class KeylifeError(Exception):
    """Base of every error keylife raises on purpose: catch this and nothing wider."""

    exit_code: ClassVar[int] = 1
    hint: str | None = None


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a declaration, where it stands, and how to mend it."""

    file: PurePath
    """As the user would name it: relative to where the command was run, where that is shorter."""

    line: int
    """1 is the first line."""

    column: int
    """1 is the first column, in characters."""

    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.what}; {self.cure}"


class DeclarationError(KeylifeError):
    """What was declared is bad: all faults of the run together, in the order of the files."""

    exit_code = 2

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = tuple(sorted(faults))

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class UsageError(KeylifeError):
    """A command was asked for something that does not make sense; nothing was changed."""

    exit_code = 2

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, order=True)
class Refusal:
    """Why a key may not be deployed as declared, and the way out."""

    key: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"`{self.key}`: {self.what}; {self.cure}"


class PlanRefusedError(KeylifeError):
    """Declarations and ledger do not agree: nothing of the run may be deployed."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__(refusals)
        self.refusals = tuple(sorted(refusals))

    def __str__(self) -> str:
        return "\n".join(str(refusal) for refusal in self.refusals)


class NotImportableError(KeylifeError):
    """A credential that exists cannot become a key's; nothing was changed."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


class LedgerUnreadableError(KeylifeError):
    """The stack's state could not be read or understood: nothing is known, so nothing is done."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"the ledger cannot be read: {self.what}"


class EventLogError(KeylifeError):
    """What happens could not be recorded, so no key may be issued."""

    def __init__(self, path: PurePath, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what
        self.hint = f"make {path} writable: no key is issued without a record"

    def __str__(self) -> str:
        return f"the event log {self.path} cannot be written: {self.what}"
