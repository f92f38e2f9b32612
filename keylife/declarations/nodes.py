"""What a file says and where: a tree of scalars, lists and mappings with their places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
"""The way from a file's top to a value: field names and positions in lists."""


@dataclass(frozen=True, slots=True)
class Place:
    """A character of a text."""

    line: int
    """1 is the first line."""

    column: int
    """1 is the first column, in characters."""

    index: int
    """0 is the first character of the text."""


@dataclass(slots=True)
class Scalar:
    """A single value."""

    value: Any
    start: Place
    end: int
    """Index of the first character behind it."""

    block: bool
    """Written as a block, with ``|`` or ``>``: it ends with its last line."""


@dataclass(slots=True)
class Sequence:
    """A list."""

    items: list[Node]
    start: Place
    end: int
    """Index behind the closing bracket; meaningless without brackets."""

    brackets: bool


@dataclass(slots=True)
class Mapping:
    """Fields with values."""

    fields: dict[str, tuple[Place, Node]]
    """By name, in the order of the text: where the name stands, and the value."""

    start: Place
    end: int
    """Index behind the closing brace; meaningless without braces."""

    brackets: bool


Node = Scalar | Sequence | Mapping


def value_of(node: Node) -> Any:
    """The plain value a node stands for."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [value_of(item) for item in node.items]
    return {name: value_of(value) for name, (_, value) in node.fields.items()}


def child(node: Node, step: str | int) -> tuple[Place, Node] | None:
    """Where the value one step down begins (for a field, where its name stands), and the value."""
    if isinstance(node, Mapping) and isinstance(step, str):
        return node.fields.get(step)
    if isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
        return node.items[step].start, node.items[step]
    return None


def nearest(node: Node, path: Path) -> Node:
    """The value at a path, or the last one on the way to it that exists."""
    for step in path:
        found = child(node, step)
        if found is None:
            return node
        node = found[1]
    return node
