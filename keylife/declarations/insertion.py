"""Where a field goes into a text that someone else wrote, so that only added lines change.

The text is never written anew from its tree: comments, order, quotes, indentation and line ends
stay as they are, because nothing is touched but the place where something is put in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Fields
from typing import Any

from keylife.declarations import fast
from keylife.declarations.nodes import Mapping, Node, Scalar, Sequence

_COMMA_AND_LINE_END = re.compile(r"[ \t]*,[ \t]*(?:#[^\r\n]*)?(\r?\n)")
_MARGIN = re.compile(r" *")


def inline(fields: Fields[str, str]) -> str:
    """Fields of text on one line: ``{at: 2026-11-23T09:30:00Z, reason: superseded}``."""
    return "{" + ", ".join(f"{name}: {_written(text)}" for name, text in fields.items()) + "}"


def flow(value: Any) -> str:
    """A value on one line: ``{mount: secret, path: billing/aws}``."""
    if isinstance(value, Fields):
        return "{" + ", ".join(f"{_written(k)}: {flow(item)}" for k, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _written(str(value))


def add_field(text: str, mapping: Mapping, name: str, value: str, *, listed: bool = False) -> str:
    """Put one more field into a mapping.

    Args:
        text: all of the file.
        mapping: where the field goes; it has fields already.
        name: of the field.
        value: on one line.
        listed: the value is the first entry of a list.
    """
    nodes = [node for _, node in mapping.fields.values()]
    if mapping.brackets:
        return _into_brackets(
            text, mapping, nodes[-1], f"{name}: {f'[{value}]' if listed else value}"
        )
    margin = " " * (mapping.start.column - 1)
    lines = [f"{margin}{name}:", f"{margin}  - {value}"] if listed else [f"{margin}{name}: {value}"]
    return _after_line_of(text, nodes, lines)


def add_entry(text: str, sequence: Sequence, value: str) -> str:
    """Put one more entry at the end of a list."""
    if not sequence.items:
        bracket = text.index("[", sequence.start.index) + 1
        return text[:bracket] + value + text[bracket:]
    if sequence.brackets:
        return _into_brackets(text, sequence, sequence.items[-1], value)
    margin = " " * (sequence.start.column - 1)
    return _after_line_of(text, sequence.items[-1:], [f"{margin}- {value}"])


def _written(text: str) -> str:
    """Text as it can stand within braces, in quotes where it needs them."""
    value = fast.read(f"a: [{text}]\n")
    return text if value == {"a": [text]} else "'" + text.replace("'", "''") + "'"


def _into_brackets(text: str, around: Mapping | Sequence, last: Node, added: str) -> str:
    """Behind the last entry; on a line of its own where the last one has one, with its comma."""
    end = _end(last)
    own_line = _COMMA_AND_LINE_END.match(text, end)
    begin = text.rfind("\n", 0, last.start.index) + 1
    if own_line is None or begin <= around.start.index:
        return f"{text[:end]}, {added}{text[end:]}"
    margin = _MARGIN.match(text, begin)
    line = f"{margin[0] if margin else ''}{added},{own_line[1]}"
    return text[: own_line.end()] + line + text[own_line.end() :]


def _after_line_of(text: str, nodes: list[Node], lines: list[str]) -> str:
    """Behind the line in which the last of the values ends.

    Where that line is the file's last and has no line end, adding one would change it; so the
    lines go behind an earlier value if there is one.
    """
    for node in reversed(nodes):
        end = _end(node)
        if isinstance(node, Scalar) and node.block:
            end -= 1  # a block ends behind its last line end
        found = text.find("\n", end)
        if found >= 0:
            newline = "\r\n" if text[found - 1 : found] == "\r" else "\n"
            added = "".join(line + newline for line in lines)
            return text[: found + 1] + added + text[found + 1 :]
    newline = "\r\n" if "\r\n" in text else "\n"
    return text + "".join(newline + line for line in lines)


def _end(node: Node) -> int:
    """Index behind the last character of a value, comments behind it left out."""
    if isinstance(node, Sequence) and not node.brackets:
        return _end(node.items[-1])
    if isinstance(node, Mapping) and not node.brackets:
        return _end(list(node.fields.values())[-1][1])
    return node.end
