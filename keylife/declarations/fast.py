"""The common case, fast: plain YAML of a form that leaves no parser a choice.

yaml-rs is about thirty times faster than a parser that knows positions, but it silently drops
tags, reads several documents as one list, follows aliases, and has its own mind about ``0o17``.
So it is only shown text whose every line has one of the few forms below, in which none of that
can occur; any other text is for ``keylife.declarations.precise``, which alone decides what is
wrong. A test holds that whatever is read here is read alike there.
"""

from __future__ import annotations

import re
from typing import Any

import yaml_rs

from keylife.declarations.scalars import INSTANT, WORDS
from keylife.declarations.text import is_plain_ascii

_UNSAFE = re.compile(
    r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\xa0\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2069"
    r"\u3000\ud800-\uf8ff\ufe00-\ufe0f\ufeff\ufff0-\uffff]|\r(?!\n)"
)
"""Control characters, spaces other than the space, and what does not show."""

_NOT_A_WORD = rf"(?!(?=[yntfoYNTFO])(?i:{WORDS})(?: *+[,:\]}}\r\n#]))"
"""What they begin with is asked first: most text begins with none of it."""

_FIELD = rf"{_NOT_A_WORD}[A-Za-z][A-Za-z0-9_-]*+"


def _unquoted(character: str) -> str:
    """Text without quotes: it begins as no number, mark or word of YAML's could."""
    return (
        rf"(?:{_NOT_A_WORD}[A-Za-z/]"
        rf"{character}*+(?:(?::(?=[A-Za-z0-9:])| (?={character})){character}*+)*+"
        rf"|[0-9]{{1,9}}[smhdw]|{INSTANT})"
    )


_WORD = _unquoted(r"[^ :#,\[\]{}\"'\\\r\n]")
_PROSE = _unquoted(r"[^ :#\r\n]")
"""Unquoted text outside of brackets, where commas and quotes are mere characters."""

_SINGLE = r"'(?:[^'\\\r\n]|'')*+'"
_DOUBLE = r"\"[^\"\\\r\n]*+\""


def _value(depth: int) -> str:
    """An unquoted or quoted text, or a list or mapping on one line that is nested so deep."""
    scalar = rf"(?:{_WORD}|{_SINGLE}|{_DOUBLE})"
    if depth == 0:
        return scalar
    item = rf"{_value(depth - 1)}(?:, (?![\]}}])|(?=[\]}}]))"
    return rf"(?:{scalar}|\[(?:{item})*+\]|\{{(?:{_FIELD}: {item})*+\}})"


_COMMENT = r"#[^\r\n]*+"
_END = rf"(?: ++(?:{_COMMENT})?+)?+\r?\n"
_BLANK = rf" *+(?:{_COMMENT})?+\r?\n"
_NAME = rf"{_FIELD}:(?: (?=[^ #\r\n])|(?={_END}))"
_CONTENT = rf"(?:- )?+(?:{_NAME})?+(?:{_value(3)}(?={_END})|{_PROSE}|){_END}"
"""What a line says, whatever is around it. It is most of the expression, and to compile that takes
longer than to read a thousand keys: so it is there once, and what may follow is asked apart."""

_NAMED = r"[A-Za-z][A-Za-z0-9_-]*+:(?=[ \r\n])"
_REST = r".*+\n"


def _line(dash: str) -> str:
    """A line with a field, with or without a value; ``dash`` is what begins a list's item."""
    margin = "(?P=margin)" if not dash else "(?P=item)" + " " * len(dash)
    name = "item" if dash else "margin"
    deeper = rf"(?:{_BLANK})*+{margin} ++[^\r\n#]"  # it would continue the value
    alone = rf"(?:(?={margin}[A-Za-z])|(?!{deeper}))"
    filled = rf"(?=(?:{_BLANK})*+{margin}(?: ++[^\r\n#]|- ))"  # else the value would be null
    value = rf"(?: ++[^#\r\n]{_REST}{alone}|(?! ++[^#\r\n]){_REST}{filled})"
    return rf"(?P<{name}> {{0,16}}+){dash}{_NAMED}{value}"


_ENTRY = (
    rf"(?P<entry> {{0,16}}+)-(?!{_END}) (?!{_NAMED}){_REST}"
    rf"(?!(?:{_BLANK})*+(?P=entry) ++[^\r\n#])"
)
_TEXT = re.compile(
    rf"(?:---\r?\n)?(?:(?= {{0,16}}+{_CONTENT})(?:{_line('')}|{_line('- ')}|{_ENTRY})|{_BLANK})*+\Z"
)


def read(text: str) -> dict[str, Any] | None:
    """The mapping that a text of the common form holds, all of its scalars text.

    None says nothing about the text but that it is to be read with care.
    """
    closed = text if text.endswith("\n") else text + "\n"
    if not (is_plain_ascii(text) or _UNSAFE.search(text) is None) or not _TEXT.match(closed):
        return None
    try:
        value = yaml_rs.loads(text, parse_datetime=False)
    except (yaml_rs.YAMLDecodeError, ValueError):
        return None
    return value if isinstance(value, dict) else None
