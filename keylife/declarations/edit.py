"""Changes of a declaration that keylife makes itself, for people to review: revoke and rotate.

An edit adds to the one file in which the key stands and leaves every other character alone. It
is tried out first: the declarations are read again as they would be, and if anything but that
key's own field differs, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from keylife.declarations.echo import did_you_mean, quoted
from keylife.declarations.insertion import add_entry, add_field, inline
from keylife.declarations.load import Loaded, load_with_places
from keylife.declarations.nodes import Mapping, Sequence, nearest
from keylife.declarations.registry import Entry
from keylife.declarations.replacement import ChangedMeanwhileError, replace, sole_editor
from keylife.declarations.text import decode
from keylife.errors import DeclarationError, UsageError
from keylife.model.key import Key
from keylife.model.registry import Declarations
from keylife.model.revocation import RotationRequest, Tombstone


def declare_revocation(folder: Path, stack: str, key_id: str, tombstone: Tombstone) -> Path:
    """Put a tombstone into the declaration of a key.

    Returns:
        The file that was changed.

    Raises:
        UsageError: there is no such key, or it is revoked already; nothing was changed.
        DeclarationError: the declarations were not in order before; nothing was changed.
    """

    written = inline(tombstone.model_dump(mode="json"))

    def add(text: str, key: Mapping) -> str:
        return add_field(text, key, "revoked", written)

    return _edit(
        folder, stack, key_id, add, lambda key: key.model_copy(update={"revoked": tombstone})
    )


def request_rotation(folder: Path, stack: str, key_id: str, request: RotationRequest) -> Path:
    """Put a rotation on demand into the declaration of a key.

    Returns:
        The file that was changed.

    Raises:
        UsageError: there is no such key, it is revoked, or just this was asked for before;
            nothing was changed.
        DeclarationError: the declarations were not in order before; nothing was changed.
    """
    entry = inline(request.model_dump(mode="json"))

    def add(text: str, key: Mapping) -> str:
        _, rotations = key.fields.get("rotations", (None, None))
        if isinstance(rotations, Sequence):
            return add_entry(text, rotations, entry)
        return add_field(text, key, "rotations", entry, listed=True)

    def changed(key: Key) -> Key:
        if request in key.rotations:
            raise UsageError(
                f"key {quoted(key.id)} has this rotation already",
                "one request is satisfied by one new version; ask again at a later instant",
            )
        return key.model_copy(update={"rotations": (*key.rotations, request)})

    return _edit(folder, stack, key_id, add, changed)


def _edit(
    folder: Path,
    stack: str,
    key_id: str,
    add: Callable[[str, Mapping], str],
    changed: Callable[[Key], Key],
) -> Path:
    """Change one key's text by ``add`` so that its model changes by ``changed``, and no other."""
    load_with_places(folder, stack)  # says what is wrong with the folder before it is locked
    with sole_editor(folder):
        before = load_with_places(folder, stack)
        entry, key = _living(before, key_id)
        document = entry.document
        file = document.path.resolve()
        old = file.read_bytes()
        if decode(old) != document.text:
            raise _changed_meanwhile(entry)
        keys = {**before.declarations.keys, key_id: changed(key)}
        new = _edited(old, entry, add)
        expected = before.declarations.model_copy(update={"keys": keys})
        if _as_it_would_be(folder, stack, document.path, new) != expected:
            raise _unfit(entry)
        try:
            replace(file, old, new)
        except ChangedMeanwhileError:
            raise _changed_meanwhile(entry) from None
        except OSError as error:
            raise UsageError(
                f"{document.shown_as} cannot be written ({error.strerror})",
                "make room, and the file and its folder writable",
            ) from None
        return document.path


def _living(loaded: Loaded, key_id: str) -> tuple[Entry[Key], Key]:
    """The entry of a key that is not revoked."""
    entry = loaded.keys.get(key_id)
    if entry is None or entry.model is None:
        meant = did_you_mean(key_id, loaded.keys)
        raise UsageError(
            f"there is no key {quoted(key_id)} in this stack",
            f"did you mean `{meant}`?" if meant else "`keylife plan` lists the keys there are",
        )
    if entry.model.revoked is not None:
        raise UsageError(
            f"key {quoted(key_id)} is revoked already, at {entry.reference}",
            "a tombstone stays as it is; a successor needs an id of its own",
        )
    return entry, entry.model


def _edited(old: bytes, entry: Entry[Key], add: Callable[[str, Mapping], str]) -> bytes:
    """The file's content with the key's text changed; what precedes the text stays."""
    document = entry.document
    node = nearest(document.root, entry.path) if document.root else None
    if not isinstance(node, Mapping):
        raise _unfit(entry)
    before_text = old[: len(old) - len(document.text.encode())]
    return before_text + add(document.text, node).encode()


def _as_it_would_be(folder: Path, stack: str, path: Path, new: bytes) -> Declarations | None:
    """What the folder would declare with that content in that file; None if it would be faulty."""
    try:
        return load_with_places(folder, stack, {path: new}).declarations
    except DeclarationError:
        return None


def _changed_meanwhile(entry: Entry[Key]) -> UsageError:
    return UsageError(f"{entry.document.shown_as} was changed meanwhile", "run it again")


def _unfit(entry: Entry[Key]) -> UsageError:
    return UsageError(
        f"the declaration at {entry.reference} is written in a form that cannot be edited safely",
        "write it as the reference page shows, a field a line, or make the change by hand",
    )
