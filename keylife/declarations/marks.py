"""What stands between the values of a text: tabs and marks that a parser passes over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from keylife.declarations.text import Trouble

_TAB_IN_MARGIN = re.compile(r"^[ ]*\t[ \t]*(?![ \t#\r\n])", re.MULTILINE)
_COMMENT = re.compile(r"(?:(?<=\s)|^)#.*")
_TAB = ("a tab stands here", "use spaces: tabs have no width that everyone agrees on")


def trouble_in_margins(text: str) -> Trouble | None:
    """The first line that is indented with a tab: parsers then complain of something else."""
    found = _TAB_IN_MARGIN.search(text)
    if found is None:
        return None
    at = text.index("\t", found.start())
    return Trouble(text.count("\n", 0, at) + 1, at - found.start() + 1, *_TAB)


def troubles_between(spans: Iterable[tuple[int, int]], text: str) -> Iterator[Trouble]:
    """Tabs outside of comments, and ``?`` in front of a field.

    Args:
        spans: where the scalars stand, from and to, in the order of the text.
        text: all of it.
    """
    if "\t" not in text and "?" not in text:
        return
    line_of = _lines(text)
    for number, start, outside in _outside_of_scalars(spans, line_of):
        comment = _COMMENT.search(outside)
        marks = outside[: comment.start()] if comment else outside
        line = text[start : start + len(outside)]
        code = line[: comment.start()] if comment else line
        if "\t" in code:
            yield Trouble(number, code.index("\t") + 1, *_TAB)
        if "?" in marks:
            yield Trouble(
                number,
                marks.index("?") + 1,
                "a field needs no `?` in front of it",
                "remove it: `name: value` says the same",
            )


def _lines(text: str) -> Sequence[tuple[int, str]]:
    """The lines of a text, each with the index of its first character."""
    lines = []
    start = 0
    for line in text.split("\n"):
        lines.append((start, line))
        start += len(line) + 1
    return lines


def _outside_of_scalars(
    spans: Iterable[tuple[int, int]], lines: Sequence[tuple[int, str]]
) -> Iterator[tuple[int, int, str]]:
    """Each line with its number and start, its scalars blanked out."""
    remaining = iter([*spans, (1 << 62, 1 << 62)])
    begin, end = next(remaining)
    for number, (start, line) in enumerate(lines, 1):
        blanked = line
        while begin < start + len(line) + 1:
            left, right = max(begin - start, 0), min(end - start, len(line))
            blanked = blanked[:left] + "_" * max(right - left, 0) + blanked[max(right, left) :]
            if end > start + len(line):
                break
            begin, end = next(remaining)
        yield number, start, blanked
