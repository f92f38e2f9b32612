"""Which keys a revoke means: one by its id, all of a service or an owner, or what has leaked."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from keylife.errors import DeclarationError, UsageError

if TYPE_CHECKING:
    from keylife.store.database import Database
    from keylife.store.fingerprints import Seen


class By(StrEnum):
    """By what keys are named."""

    ID = "key"
    SERVICE = "service"
    OWNER = "owner"
    FINGERPRINT = "fingerprint"


@dataclass(frozen=True)
class Selector:
    """What was named on the command line."""

    by: By
    name: str

    @property
    def is_many(self) -> bool:
        """Whether it may mean more than one key."""
        return self.by in (By.SERVICE, By.OWNER)

    def __str__(self) -> str:
        return f"{self.by} `{self.name}`"


def the_one(
    key: str | None, service: str | None, owner: str | None, fingerprint: str | None
) -> Selector:
    """The one thing that was named.

    Raises:
        UsageError: nothing was, or more than one thing.
    """
    given = {By.ID: key, By.SERVICE: service, By.OWNER: owner, By.FINGERPRINT: fingerprint}
    named = [Selector(by, name) for by, name in given.items() if name is not None]
    if len(named) != 1:
        raise UsageError(
            "nothing is named" if not named else "more than one thing is named",
            "one of: a key's ID, --service, --owner, --fingerprint",
        )
    return named[0]


@dataclass(frozen=True)
class DeclaredKeys:
    """The keys of a service or an owner, by the declarations."""

    here: frozenset[str] = frozenset()
    """Of the stack that was asked for."""

    elsewhere: tuple[str, ...] = ()
    """Of others, each with its stack: ``prod/billing-prod``."""

    unreadable: str | None = None
    """Why nothing is known; None where the declarations can be read."""


def declared_keys(folder: Path, stack: str, selector: Selector) -> DeclaredKeys:
    """The declared keys of a service or an owner that are not revoked.

    Args:
        folder: of the declarations.
        stack: by its own name.
        selector: the service, or the owner.
    """
    from keylife.declarations.everything import read_everything

    try:
        everything = read_everything(folder)
    except (DeclarationError, UsageError) as error:
        return DeclaredKeys(unreadable=str(error).partition("\n")[0])
    living = [
        (of, entry.model.id)
        for of, entry in everything.keys
        if entry.model is not None
        and entry.model.revoked is None
        and getattr(entry.model, selector.by) == selector.name
    ]
    return DeclaredKeys(
        frozenset(id for of, id in living if of == stack),
        tuple(f"{of}/{id}" for of, id in living if of != stack),
    )


def whose_material(database: Database, given: str, keys_file: Path) -> Seen:
    """Whose version a fingerprint is, or a secret that stands on standard input.

    Args:
        database: the store, which has every version's fingerprints.
        given: the fingerprint as keylife prints it, or ``-`` for standard input: what is given on
            a command line is read by everybody on the machine.
        keys_file: the keys that secrets are hashed with.

    Raises:
        UsageError: it is neither, or no version is known by it: that says nothing of the secret,
            which may be alive all the same.
        StoreError: the store cannot be used.
    """
    from keylife.store.fingerprints import is_fingerprint, read_keys, seen

    asked: Iterable[str]
    if given == "-":
        keys = read_keys(keys_file)
        asked = [mark for secret in _secrets_given() for mark in keys.all_of(secret)]
    elif is_fingerprint(given):
        asked = [given]
    else:
        raise UsageError(
            "--fingerprint: that is no fingerprint, and it is not looked at as a secret",
            "ID:HEX as keylife prints it; or `--fingerprint -`, and the secret on standard input",
        )
    with database.reading() as connection:
        found = list(seen(connection, asked).values())
    if not found:
        raise UsageError(
            f"no version is known by it in the store ({database.where}): that does not make it"
            " dead, only unknown here",
            "nothing was killed; name the key: keylife revoke ID --now, and see `keylife store"
            " status` for fingerprints of other keys to hash with",
        )
    return found[0]


def _secrets_given() -> list[str]:
    """The secret on standard input, with and without the line break that `echo` puts behind it."""
    if sys.stdin.isatty():
        raw = getpass("the secret that leaked (not shown): ")
    else:
        try:
            raw = sys.stdin.read()
        except UnicodeDecodeError:
            raise UsageError("what is on standard input is no text") from None
    found = list(dict.fromkeys(text for text in (raw, raw.rstrip("\r\n"), raw.strip()) if text))
    if not found:
        raise UsageError("there is no secret on standard input")
    return found
