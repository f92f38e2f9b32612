"""A key that keylife declares itself, for people to review: import.

It goes to the end of a file, and every other character stays. It is tried out first: the
declarations are read again as they would be, and if anything but that key is new, nothing is
written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keylife.declarations.document import Document
from keylife.declarations.echo import quoted
from keylife.declarations.folder import shown_path
from keylife.declarations.insertion import add_entry, flow
from keylife.declarations.load import load_with_places
from keylife.declarations.nodes import Mapping, Sequence
from keylife.declarations.replacement import replace, sole_editor
from keylife.declarations.text import Trouble, decode, read_bytes
from keylife.errors import DeclarationError, UsageError


def declare_key(folder: Path, stack: str, file: str, declared: dict[str, Any]) -> Path:
    """Put a new key at the end of a file of the stack's keys, which is made if need be.

    Args:
        folder: the declarations folder.
        stack: the stack's name.
        file: the file's name, which ends in ``.yaml``.
        declared: the key's fields, as they are to be written.

    Returns:
        The file that was changed.

    Raises:
        UsageError: there is such a key already, or the file cannot be added to.
        DeclarationError: the declarations are not in order, or would not be; nothing was changed.
    """
    load_with_places(folder, stack)  # says what is wrong with the folder before it is locked
    with sole_editor(folder):
        before = load_with_places(folder, stack)
        key_id = str(declared.get("id"))
        if key_id in before.keys:
            raise UsageError(
                f"there is a key {quoted(key_id)} already, at {before.keys[key_id].reference}",
                "choose another id",
            )
        path = folder / stack / "keys" / file
        if not path.exists():
            return _write_new(folder, stack, path, declared)
        old = read_bytes(path)
        text = old if isinstance(old, Trouble) else decode(old)
        assert isinstance(old, bytes)
        assert isinstance(text, str)  # it was read in order a moment ago
        new = _added(text, path, declared)
        after = load_with_places(folder, stack, {path: new.encode()}).declarations
        expected = {**before.declarations.keys, key_id: after.keys.get(key_id)}
        if after.keys != expected:
            raise _unfit(path)
        replace(path.resolve(), old, new.encode())
        return path


def _write_new(folder: Path, stack: str, path: Path, declared: dict[str, Any]) -> Path:
    text = f"keys:\n  {_entry(declared, '  ')}\n"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"{shown_path(path)} cannot be written ({error.strerror})", "make its folder writable"
        ) from None
    try:
        load_with_places(folder, stack)
    except DeclarationError:
        path.unlink()
        raise
    return path


def _added(text: str, path: Path, declared: dict[str, Any]) -> str:
    root = Document(path, shown_path(path), text).root
    _, keys = root.fields.get("keys", (None, None)) if isinstance(root, Mapping) else (None, None)
    if not isinstance(keys, Sequence) or keys.brackets or not keys.items:
        raise _unfit(path)
    margin = " " * (keys.start.column - 1)
    return add_entry(text, keys, _entry(declared, margin).removeprefix("- "))


def _entry(declared: dict[str, Any], margin: str) -> str:
    """The key as an entry of a list: a field a line, a delivery a line."""
    lines: list[str] = []
    for name, value in declared.items():
        if isinstance(value, list):
            lines += [f"{name}:", *(f"  - {_place(place)}" for place in value)]
        else:
            lines.append(f"{name}: {flow(value)}")
    return "- " + f"\n{margin}  ".join(lines)


def _place(delivery: dict[str, Any]) -> str:
    [(name, settings)] = delivery.items()
    return f"{name}: {flow(settings)}"


def _unfit(path: Path) -> UsageError:
    return UsageError(
        f"{shown_path(path)} is written in a form that a key cannot be added to safely",
        "name another file: --file NAME.yaml",
    )
