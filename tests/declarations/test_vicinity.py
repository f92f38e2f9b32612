"""A place found by reading one entry alone is the one found by reading all of the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath

import pytest

from keylife.declarations import fast, precise
from keylife.declarations.document import Document
from keylife.declarations.nodes import Mapping, Node, Path, Place, Sequence, child, nearest
from keylife.declarations.vicinity import Entries
from keylife.declarations.wording import Anchor
from tests.declarations.folders import key_text

LAYOUTS = {
    "entries in a margin": "keys:\n" + key_text("a") + key_text("b"),
    "entries without a margin": "keys:\n- id: a\n  deliver:\n    - vault-kv: {path: x}\n- id: b\n",
    "an inner list in its field's margin": "keys:\n  - id: a\n    deliver:\n    - b\n  - id: c\n",
    "comments and blank lines between": "# top\n\nkeys: # all\n  # first\n  - id: a\n\n  - id: b\n",
    "a comment with a dash": "keys:\n  - id: a\n  # - id: no\n  - id: b\n",
    "carriage returns": "keys:\r\n  - id: a\r\n    ttl: 1d\r\n  - id: b\r\n",
    "a document's begin": "---\nkeys:\n  - id: a\n  - id: b",
    "the list on the heading's line": "keys: [{id: a}, {id: b}]\n",
    "entries that are no mappings": "keys:\n  - a\n  - [b, c]\n",
    "quoted dashes": "keys:\n  - id: a\n    purpose: '- id'\n  - id: \"- b\"\n",
    "letters of two bytes": "keys:\n  - id: a\n    purpose: für ä\n  - id: b\n",
}


def _paths(node: Node, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(node, Mapping):
        for name, (_, value) in node.fields.items():
            yield from _paths(value, (*path, name))
        yield (*path, "absent")
    elif isinstance(node, Sequence):
        for number, item in enumerate(node.items):
            yield from _paths(item, (*path, number))


def _place_in_all(root: Node, path: Path, anchor: Anchor) -> Place:
    if anchor is Anchor.VALUE or not path:
        return nearest(root, path).start
    around = nearest(root, path[:-1])
    named = child(around, path[-1]) if anchor is Anchor.NAME else None
    return named[0] if named else around.start


@pytest.mark.parametrize("anchor", Anchor)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_place_is_that_of_the_whole_text(layout: str, anchor: Anchor) -> None:
    text = LAYOUTS[layout]
    root = precise.read(text).root
    assert root is not None
    assert fast.read(text) is not None, "the layout is not of the common form"

    for path in _paths(root):
        document = Document(FilePath("a"), FilePath("a"), text)
        assert document.place(path, anchor) == _place_in_all(root, path, anchor), path


def test_only_the_entry_itself_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of ten thousand keys takes the careful reader ten seconds."""
    text = "keys:\n" + "".join(key_text(f"key-{number}") for number in range(300))
    document = Document(FilePath("a"), FilePath("a"), text)
    shown: list[int] = []
    read = precise.read

    def watched(text: str) -> precise.Reading:
        shown.append(len(text))
        return read(text)

    monkeypatch.setattr(precise, "read", watched)

    assert document.place(("keys", 250, "ttl")).line == 2 + 250 * len(key_text().splitlines()) + 6
    assert document.place(("keys", 250, "kind")).column == 11
    assert len(shown) == 1
    assert shown[0] < 2 * len(key_text())


def test_a_text_in_which_entries_cannot_be_told_apart_is_read_whole() -> None:
    text = "keys:\n  - id: a\n  - id: b\n"

    assert Entries(text, "keys", [{"id": "a"}]).read(0) is None, "another number of entries"
    assert Entries(text, "keys", [{"id": "a"}, {"id": "x"}]).read(1) is None, "other values"
    assert Entries(text, "owners", [{"id": "a"}, {"id": "b"}]).read(0) is None, "no such heading"
