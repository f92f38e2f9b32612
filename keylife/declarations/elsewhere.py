"""Whether a key stands in another stack of the repository too: ids only, and quickly.

Every stack's load looks at all the others' files, so they are searched for what could be an id,
and only a file in which one of this stack's ids turns up is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from keylife.declarations.document import Document
from keylife.declarations.folder import shown_path
from keylife.declarations.registry import Entry
from keylife.declarations.text import Trouble, decode, read_bytes
from keylife.errors import Fault
from keylife.model.key import Key

_ID = re.compile(r"id[\"']?\s*+:\s*+[\"']?([a-z0-9-]*+)")
"""Whatever could be an id, and much else. Nothing behind the colon, and it could be any."""


def declared_elsewhere(
    keys: Iterable[Entry[Key]], others: Iterable[Path], instead: Mapping[Path, bytes]
) -> Iterator[Fault]:
    """A key that another stack declares too; the place there is named.

    Two stacks with one key would issue its versions twice and write over each other's copies. A
    file that cannot be read is passed over: its own stack is refused for it, this one is not.

    Args:
        keys: of this stack.
        others: the files of all other stacks' keys.
        instead: contents to be read in place of what the files hold.
    """
    own = {entry.id: entry for entry in keys if entry.id is not None}
    for path in others:
        for entry in _entries_of(path, own, instead.get(path)):
            assert entry.id is not None
            yield from own[entry.id].complain(
                ("id",),
                f"another stack declares the key `{entry.id}` too, at {entry.reference}",
                "an id is one key's in all stacks: give this one another, or remove one of the two",
            )


def _entries_of(
    path: Path, own: Mapping[str, Entry[Key]], content: bytes | None
) -> Iterator[Entry[Key]]:
    read = read_bytes(path) if content is None else content
    text = read if isinstance(read, Trouble) else decode(read)
    if isinstance(text, Trouble):
        return
    candidates = {match[1] for match in _ID.finditer(text)}
    if candidates.isdisjoint(own) and "" not in candidates and "\\" not in text:
        return
    document = Document(path, shown_path(path), text)
    items = document.value.get("keys") if isinstance(document.value, dict) else None
    for number, raw in enumerate(items if isinstance(items, list) else ()):
        entry: Entry[Key] = Entry(document, ("keys", number), raw, None)
        if entry.id in own:
            yield entry
