"""What the store raises on purpose.

::

    StoreError                     exit 1
    ├── StoreUnreachableError      exit 1   no answer, or none in time: nothing is known
    ├── StoreDamagedError          exit 2   its file does not hold together
    ├── StoreTooNewError           exit 2   a newer keylife wrote it
    └── StoreRefusedError          exit 1   it does not let history be rewritten

A place is named by host and database only: a URL may hold a password in ways nobody thought of.
"""

from __future__ import annotations

from keylife.errors import KeylifeError


class StoreError(KeylifeError):
    """Base of what goes wrong with the store as such."""


class StoreUnreachableError(StoreError):
    """The store did not answer, or not in time. What was asked of it may or may not be done."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.where = where
        self.what = what
        self.hint = (
            "make it reachable and run this again; until then no key is issued, and revokes go on"
        )

    def __str__(self) -> str:
        return f"the store ({self.where}) cannot be used: {self.what}"


class StoreDamagedError(StoreError):
    """The store's file does not hold together: nothing is read from it and nothing written."""

    exit_code = 2

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.where = where
        self.what = what
        self.hint = "get the last backup back: keylife store restore FILE"

    def __str__(self) -> str:
        return f"the store ({self.where}) is damaged: {self.what}"


class StoreTooNewError(StoreError):
    """The store was written by a newer keylife, which may hold promises this one does not know."""

    exit_code = 2

    def __init__(self, where: str, revision: str, known: str) -> None:
        super().__init__(where, revision, known)
        self.where = where
        self.revision = revision
        self.known = known
        self.hint = "upgrade keylife here to what the others run; a store is never downgraded"

    def __str__(self) -> str:
        return (
            f"the store ({self.where}) is of revision {self.revision}, and this keylife knows"
            f" revisions up to {self.known}"
        )


class StoreRefusedError(StoreError):
    """The database itself refused a statement: what was written once is not rewritten."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.where = where
        self.what = what

    def __str__(self) -> str:
        return f"the store ({self.where}) refused: {self.what}"
