"""A service that is retired, an owner who departs, and many keys that end, as one change.

As with every edit of keylife's, nothing else in a file is touched, and the change is tried out
first: the declarations are read again as they would be, and have to say just what was meant.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from keylife.declarations.document import Document
from keylife.declarations.echo import did_you_mean, quoted
from keylife.declarations.edits import Edits
from keylife.declarations.everything import Everything, read_everything
from keylife.declarations.insertion import inline
from keylife.declarations.mending import Mend, mended
from keylife.declarations.registry import Entry
from keylife.errors import DeclarationError, UsageError
from keylife.model.instant import format_instant
from keylife.model.key import Key
from keylife.model.registry import Owner, OwnerStatus, Service, ServiceStatus
from keylife.model.revocation import Tombstone

P = TypeVar("P", Service, Owner)


@dataclass(frozen=True)
class Leaving:
    """One change of the declarations, not written yet."""

    edits: Edits
    """The keys' files first: killed in the middle of being written, keys have a tombstone whose
    service still runs, which every gate takes, and not the other way round."""

    keys: tuple[str, ...]
    """Every key that it changes, with its stack: ``dev/billing-deploy``."""

    after: Everything
    """What the folder would declare."""


def retire_service(folder: Path, name: str, at: datetime, tombstone: Tombstone) -> Leaving:
    """Mark a service as retired, and revoke every key that it has in any stack.

    Args:
        folder: with ``services.yaml``, ``owners.yaml`` and the stacks.
        name: the service's id.
        at: from when on it is retired, if it was not before.
        tombstone: what each of its keys gets that has none.

    Raises:
        UsageError: there is no such service, or nothing is left to be done; or its files are
            written in a form that cannot be edited safely.
        DeclarationError: the declarations are not in order.
    """
    everything = read_everything(folder)
    party, service = _party(everything.services, "service", name)
    retired = service.status is ServiceStatus.RETIRED and service.since and service.since <= at
    gone = service.model_copy(update={"status": ServiceStatus.RETIRED, "since": at})
    living = _living(everything, "service", name)
    ends = None if retired else (party, gone)
    _require_something(living, ends, f"service {quoted(name)}")
    return _Change(folder, everything).made(living, {"revoked": tombstone}, "service", ends)


def depart_owner(
    folder: Path, name: str, at: datetime, *, tombstone: Tombstone | None, to: str | None
) -> Leaving:
    """Mark an owner as departed, and revoke every key of theirs or hand it to another owner.

    Args:
        folder: with ``services.yaml``, ``owners.yaml`` and the stacks.
        name: the owner's id.
        at: from when on they are departed, if they were not before.
        tombstone: what each of their keys gets that has none; None if they are handed over.
        to: the owner who answers for the keys from now on; None if they are revoked.

    Raises:
        UsageError: there is no such owner, or nobody by the name of ``to`` who is there; nothing
            is left to be done; or the files are written in a form that cannot be edited safely.
        DeclarationError: the declarations are not in order.
    """
    everything = read_everything(folder)
    party, owner = _party(everything.owners, "owner", name)
    if to is not None:
        _, heir = _party(everything.owners, "owner", to)
        if to == name or heir.since is not None:
            what = "is the one who departs" if to == name else f"is {heir.status} too"
            raise UsageError(f"owner {quoted(to)} {what}", "hand the keys to an owner who stays")
    departed = owner.since is not None and owner.since <= at
    gone = owner.model_copy(update={"status": OwnerStatus.DEPARTED, "since": at})
    living = _living(everything, "owner", name)
    leaves = None if departed else (party, gone)
    _require_something(living, leaves, f"owner {quoted(name)}")
    update = {"revoked": tombstone} if to is None else {"owner": to}
    return _Change(folder, everything).made(living, update, "owner", leaves)


def revoke_keys(folder: Path, stack: str, keys: Collection[str], tombstone: Tombstone) -> Leaving:
    """Revoke several keys of one stack; whoever they belong to stays.

    Args:
        folder: with ``services.yaml``, ``owners.yaml`` and the stacks.
        stack: whose keys, by its own name.
        keys: ids; those that are not declared there, or are revoked, are left out.
        tombstone: what each of them gets.

    Raises:
        UsageError: none of them is left to be revoked; or their files are written in a form that
            cannot be edited safely.
        DeclarationError: the declarations are not in order.
    """
    everything = read_everything(folder)
    living = [
        (of, entry, entry.model)
        for of, entry in everything.keys
        if of == stack
        and entry.model is not None
        and entry.model.id in keys
        and entry.model.revoked is None
    ]
    if not living:
        raise UsageError("no declaration of them is left to be changed", "there is nothing to do")
    return _Change(folder, everything).made(living, {"revoked": tombstone}, "", None)


def _party(declared: Mapping[str, Entry[P]], word: str, name: str) -> tuple[Entry[P], P]:
    entry = declared.get(name)
    if entry is None or entry.model is None:
        meant = did_you_mean(name, declared)
        raise UsageError(
            f"there is no {word} {quoted(name)}",
            f"did you mean `{meant}`?" if meant else f"`{word}s.yaml` has those there are",
        )
    return entry, entry.model


_Living = list[tuple[str, Entry[Key], Key]]
"""Keys that are not revoked: stack, declaration, and what it says."""

_Gone = tuple[Entry[Service], Service] | tuple[Entry[Owner], Owner]
"""A party that leaves: its declaration, and what that is to say."""


def _living(everything: Everything, field: str, name: str) -> _Living:
    """The keys of a party, by the field that names it."""
    return [
        (stack, entry, entry.model)
        for stack, entry in everything.keys
        if entry.model is not None
        and entry.model.revoked is None
        and getattr(entry.model, field) == name
    ]


def _require_something(living: _Living, party: _Gone | None, whose: str) -> None:
    if not living and party is None:
        raise UsageError(
            f"{whose} is gone already, and has no key left", "there is nothing to be done"
        )


@dataclass(frozen=True)
class _Change:
    folder: Path
    everything: Everything

    def made(
        self,
        living: _Living,
        update: Mapping[str, Tombstone | str | None],
        what: str,
        party: _Gone | None,
    ) -> Leaving:
        """The change of these keys and, where one leaves, of a ``service`` or ``owner``."""
        mends: dict[Path, tuple[Document, list[Mend]]] = {}
        text = {name: _written(value) for name, value in update.items()}
        for _, entry, _ in living:
            mends.setdefault(entry.document.path, (entry.document, []))[1].append(
                Mend(entry.path, text)
            )
        if party is not None:
            entry_of_it, gone = party
            assert gone.since is not None
            fields = {"status": str(gone.status), "since": format_instant(gone.since)}
            mends[entry_of_it.document.path] = (
                entry_of_it.document,
                [Mend(entry_of_it.path, fields)],
            )
        edits = _edits(mends)
        after = self._tried(edits)
        wanted = {id(entry): key.model_copy(update=update) for _, entry, key in living}
        keys = [(s, wanted.get(id(entry), entry.model)) for s, entry in self.everything.keys]
        parties = _parties(self.everything)
        if party is not None:
            parties[what][party[1].id] = party[1]
        if keys != [(stack, e.model) for stack, e in after.keys] or parties != _parties(after):
            raise _unfit(next(iter(mends.values()))[0])
        return Leaving(edits, tuple(f"{stack}/{key.id}" for stack, _, key in living), after)

    def _tried(self, edits: Edits) -> Everything:
        try:
            return read_everything(self.folder, edits.instead())
        except DeclarationError:
            raise _unfit(next(iter(edits.contents.values()))[0]) from None


def _written(value: Tombstone | str | None) -> str:
    if isinstance(value, Tombstone):
        return inline(value.model_dump(mode="json"))
    assert isinstance(value, str)
    return value


def _edits(mends: Mapping[Path, tuple[Document, list[Mend]]]) -> Edits:
    contents: dict[Path, tuple[Document, str]] = {}
    for path, (document, wanted) in mends.items():
        text = mended(document, wanted)
        if text is None:
            raise _unfit(document)
        contents[path] = (document, text)
    return Edits(contents)


def _parties(everything: Everything) -> dict[str, dict[str, Service | Owner | None]]:
    return {
        "service": {name: entry.model for name, entry in everything.services.items()},
        "owner": {name: entry.model for name, entry in everything.owners.items()},
    }


def _unfit(document: Document) -> UsageError:
    return UsageError(
        f"{document.shown_as} is written in a form that cannot be edited safely",
        "write it as the reference page shows, a field a line, or make the change by hand",
    )
