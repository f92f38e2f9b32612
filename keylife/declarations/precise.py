"""Every text, with care: what it says, where each part stands, and all that is wrong with it.

The parser is ruamel.yaml's, asked for events only; what an event means is decided here. Nothing
is resolved behind the reader's back: no tags, anchors, aliases, merges, directives or further
documents, and no unquoted text that two readers of YAML could take for different things.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from keylife.declarations.echo import quoted, shown
from keylife.declarations.marks import trouble_in_margins, troubles_between
from keylife.declarations.nodes import Mapping, Node, Place, Scalar, Sequence
from keylife.declarations.scalars import read_unquoted
from keylife.declarations.syntax import NOT_YAML, trouble_of
from keylife.declarations.text import Trouble

DEEPEST = 32
"""Levels a text may nest; a declaration has about six."""

MOST_TROUBLES = 100
"""After this many a text is not read on: nobody mends by a longer list."""


@dataclass
class Reading:
    """What came of a text."""

    root: Node | None = None
    """As far as it makes sense to look at the content: None for an empty text, and for one that
    is not well-formed."""

    troubles: list[Trouble] = field(default_factory=list)


class _Stop(Exception):
    """There is no sense in reading on; what is wrong was noted."""


def read(text: str) -> Reading:
    """Read a text of any form."""
    reading = Reading()
    in_margins = trouble_in_margins(text)
    if in_margins is not None:
        reading.troubles.append(in_margins)
        return reading
    composer = _Composer(text, reading.troubles)
    try:
        reading.root = composer.compose()
        reading.troubles.extend(troubles_between(composer.spans, text))
    except _Stop:
        pass
    except MarkedYAMLError as error:
        if not composer.continued:
            reading.troubles.append(trouble_of(error))
    except (YAMLError, ValueError):
        # ruamel.yaml refuses some escapes and characters without saying where they stand.
        reading.troubles.append(Trouble(1, 1, *NOT_YAML))
    return reading


class _Composer:
    """From events to nodes; what is wrong is noted, and reading goes on where that makes sense."""

    def __init__(self, text: str, troubles: list[Trouble]) -> None:
        self._troubles = troubles
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
        self.spans: list[tuple[int, int]] = []
        """Where scalars stand, in the order of the text."""
        self.continued = False
        """Whether the last thing noted is a value that swallowed the next line: what the parser
        stumbles over right behind it is only the symptom."""

    def compose(self) -> Node | None:
        """The tree of the first document; None if there is nothing."""
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._note(
                        event,
                        "a second document begins here",
                        "a file holds one document: move this one to a file of its own",
                    )
                    raise _Stop
                if event.version is not None or event.tags:
                    self._note(event, "directives are not read", "remove the lines with `%`")
            elif isinstance(
                event, AliasEvent | ScalarEvent | SequenceStartEvent | MappingStartEvent
            ):
                root = self._node(event, 0)
        return root

    def _note(self, event: Event, what: str, cure: str) -> None:
        self._note_at(_place(event), what, cure)

    def _note_at(self, place: Place, what: str, cure: str) -> None:
        self._troubles.append(Trouble(place.line, place.column, what, cure))
        self.continued = False
        if len(self._troubles) >= MOST_TROUBLES:
            raise _Stop

    def _node(self, event: Any, depth: int) -> Node:
        if depth > DEEPEST:
            self._note(event, f"more than {DEEPEST} levels deep", "a declaration has about six")
            raise _Stop
        if isinstance(event, AliasEvent):
            self._note(event, "aliases (`*`) are not read", "write out what is meant")
            return Scalar("", _place(event), event.end_mark.index, block=False)
        if event.anchor is not None:
            self._note(event, "anchors (`&`) are not read", "remove it and write out each value")
        if event.tag is not None:
            self._note(event, "tags (`!`) are not read", "remove it")
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, depth)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, depth)
        return self._scalar(event)

    def _sequence(self, start: Any, depth: int) -> Sequence:
        items: list[Node] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                end = event.end_mark.index
                return Sequence(items, _place(start), end, brackets=bool(start.flow_style))
            item = self._node(event, depth + 1)
            if isinstance(item, Scalar) and item.value is None:
                self._note_at(item.start, "this entry is empty", "write a value, or remove it")
                item.value = ""
            items.append(item)
        raise _Stop

    def _mapping(self, start: Any, depth: int) -> Mapping:
        fields: dict[str, tuple[Place, Node]] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                end = event.end_mark.index
                return Mapping(fields, _place(start), end, brackets=bool(start.flow_style))
            name = self._name(event, depth)
            place = _place(event)
            value = self._node(next(self._events), depth + 1)
            if name is None:
                continue
            if name in fields:
                self._note_at(
                    place,
                    f"{quoted(name)} stands here twice, first in line {fields[name][0].line}",
                    "keep one of the two",
                )
                continue
            if isinstance(value, Scalar) and value.value is None:
                self._note_at(place, f"{quoted(name)} has no value", "write one, or remove it")
                value.value = ""
            fields[name] = (place, value)
        raise _Stop

    def _name(self, event: Any, depth: int) -> str | None:
        """The name of a field; None if it cannot be one."""
        if isinstance(event, ScalarEvent) and event.value == "<<" and event.style is None:
            self._note(event, "merges (`<<`) are not read", "write out the fields that are meant")
            self.spans.append((event.start_mark.index, event.end_mark.index))
            return None
        node = self._node(event, depth + 1)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            if node.value or not isinstance(event, ScalarEvent):
                return node.value or None
            self._note(event, "a field has no name", "write a name in front of the colon")
        elif isinstance(node, Scalar) and node.value is None:
            self._note(event, "a field has no name", "write a name in front of the colon")
        else:
            self._note(event, "the name of a field is text", "put it in quotes, or correct it")
        return None

    def _scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark.index, event.end_mark.index
        self.spans.append((start, end))
        value: Any = event.value
        if event.style is None:
            value = self._unquoted(event)
        return Scalar(value, _place(event), end, block=event.style in ("|", ">"))

    def _unquoted(self, event: Any) -> Any:
        text: str = event.value
        if event.start_mark.line != event.end_mark.line:
            self._note(
                event,
                "unquoted text goes on in the next line",
                "indent the line as a field of its own, or put the whole text in quotes",
            )
            self.continued = True
            return text
        if not text:
            return None
        value = read_unquoted(text)
        if value is None:
            self._note(
                event,
                f"{quoted(text)} means different things to different readers of YAML",
                f'write "{shown(text)}" in quotes if it is text, or another value',
            )
            return text
        return value


def _place(event: Any) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1, mark.index)
