"""Text that others chose, as it may stand in Markdown that a bot publishes under its own name.

A purpose, an owner's contact or a file's name is written by whoever opens the pull request. None
of it may become a heading, a link, an image, a mention that calls people, or the end of a table.

Sources: CommonMark 0.31, "Code spans", "Entity and numeric character references"; GitHub Flavored
Markdown, "Tables" and "Autolinks".
"""

from __future__ import annotations

import re

from keylife.reports.plain import plain

_RUN = re.compile("`+")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_QUOTED = re.compile(r"`([^`]+)`")
_PLAIN_WORD = re.compile(r"(?!www\.)\(?[A-Za-z0-9](?:[A-Za-z0-9,.;:'()/-](?!//))*")
"""A word that means nothing but itself: no mark-up, no mention, no link."""

_BEFORE_QUOTED = re.compile(r"|.*[ (]")
_AFTER_QUOTED = re.compile(r"[,.;:)]*( .*)?")
"""What stands around a name in backticks in a sentence; anything else could join its backticks."""


def code(text: str) -> str:
    """Text as inline code: shown letter by letter, in a table's cell too."""
    shown = plain(text)
    if not shown.strip():
        return "` `"
    if "|" in shown:  # would end a cell; only as a character reference it never does
        return "<code>" + _PUNCTUATION.sub(lambda found: f"&#{ord(found[0])};", shown) + "</code>"
    fence = "`" * (max((len(run) for run in _RUN.findall(shown)), default=0) + 1)
    space = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{space}{shown}{space}{fence}"


def prose(text: str) -> str:
    """A sentence with names in backticks; whatever in it is not a plain word becomes code.

    It has to stand behind something else on its line: at the start of one, ``1.`` makes a list.
    """
    shown = plain(text)
    pieces = _QUOTED.split(shown)
    between = pieces[::2]
    clean = all(
        "`" not in piece
        and (number == 0 or _AFTER_QUOTED.fullmatch(piece))
        and (number == len(between) - 1 or _BEFORE_QUOTED.fullmatch(piece))
        and (number in (0, len(between) - 1) or piece)
        for number, piece in enumerate(between)
    )
    if not clean:
        return code(shown)
    return "".join(
        code(piece) if number % 2 else "".join(map(_word, re.split("( +)", piece)))
        for number, piece in enumerate(pieces)
    )


def _word(word: str) -> str:
    harmless = not word.strip(" ,.;:)(→…") or _PLAIN_WORD.fullmatch(word)
    if harmless:
        return word
    bare = word.rstrip(",.;:)")
    return code(bare) + word[len(bare) :]
