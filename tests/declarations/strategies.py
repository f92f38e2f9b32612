"""Texts for property tests: well-indented ones, soups of lines, and spoiled ones.

They are made by a seeded generator rather than by many small draws: most of a text has to be tame
for the rest of it to matter, and hypothesis likes every branch equally.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import hypothesis.strategies as st

_TAME = """\
billing
on-call
deploys the API
arn:aws:iam::aws:policy/ReadOnlyAccess
a, b & c [d] {e}
it's 'quoted' here
30d
2026-11-20T09:30:00Z
a#b
no_
a::b
ä ö ü
\U0001f511 key
'single ''quoted'' text'
"double"
''
'no'
'# x'
'a: b'
[]
{}
[a, b]
{a: b}
{a: [b, c - d], d: {e: f}}
{a: x@y, b: a &b *c, d: a !b|c>%}
[on-call@example.com, a `b` ?c, a - b]
[[a], ['b', {c: "d"}]]""".splitlines()
_WILD = r"""
2026-11-20
no
No
y
~
null
true
12
0o17
_0
1_000
90:00
1e3
.inf
0x1f
<<
a:
a #b
- a
-a
? a
!t a
&x a
*x
|
>-
%a
@a
`a`
"esc\n"
'a\b'
'a' b
[a, b, ]
[a, no]
[a,b]
[ a ]
[a: b]
{a: no, c: d}
{a:b}
{a: b, a: c}
{"a": b}
{a: b
[a
a]
a: b""".splitlines()
_FIELDS = ("a", "b", "id", "ttl", "keys", "scope", "x-y", "revoked", "on-call")
_WILD_FIELDS = ("no", "on", "1", "'q'", "y", "null", "a b", "- a", "<<", "~")
_TAILS = ("", "", "", "", " ", "  # note", " #", " # ä")
_WILD_TAILS = ("\t", "# glued", " #\ta", " :")
_FILLERS = ("", "# note", "      # deep note", "  ")
_WILD_LINES = ("---", "...", "-", "%YAML 1.1", "\t", "# a\tb", "  deeper", "- - a")
_SPLICES = (
    *(" ", "\n", "\t", ":", ": ", "#", " #", "'", '"', "-", "- ", "[", "]", "{", "}", ",", "&"),
    *("*", "!", "|", ">", "?", "%", "@", "~", "\\", "\r", "\r\n", "\x85", "\u2028", "\ufeff"),
    *("\xa0", "\x00", "\x7f", "\u202e", "\u200b", "no", "0", "1", "e", "_", "=", "<<", "---", "ä"),
)


class _Writer:
    """Writes one text; ``wildness`` is how often something odd is written."""

    def __init__(self, random: Random, wildness: float) -> None:
        self._random = random
        self._wildness = wildness

    def choose(self, tame: tuple[str, ...] | list[str], wild: tuple[str, ...] | list[str]) -> str:
        return self._random.choice(wild if self._random.random() < self._wildness else tame)

    def word(self) -> str:
        return self.choose(_TAME, _WILD)

    def field(self) -> str:
        return self.choose(_FIELDS, _WILD_FIELDS)

    def tail(self) -> str:
        return self.choose(_TAILS, _WILD_TAILS)

    def end(self) -> str:
        return self.choose(("\n",), ("\r\n",))

    def soup(self) -> str:
        lines = [self._line() for _ in range(self._random.randint(1, 8))]
        return "".join(line + self.end() for line in lines)

    def _line(self) -> str:
        margin = " " * self._random.choice((0, 0, 2, 2, 2, 4, 4, self._random.randint(0, 6)))
        return self._random.choice(
            (
                f"{margin}{self.field()}: {self.word()}{self.tail()}",
                f"{margin}{self.field()}:{self.tail()}",
                f"{margin}- {self.field()}: {self.word()}{self.tail()}",
                f"{margin}- {self.field()}:{self.tail()}",
                f"{margin}- {self.word()}{self.tail()}",
                self.choose(_FILLERS, _WILD_LINES),
            )
        )

    def tree(self) -> str:
        lines: list[str] = []
        self._mapping(lines, "", "", 3)
        return "".join(line + self.end() for line in lines)

    def _mapping(self, lines: list[str], first: str, margin: str, depth: int) -> None:
        for number in range(self._random.randint(1, 3)):
            name = self.choose((f"{self.field()}{number}",), (self.field(),))
            lead = margin if number else first
            match self._random.randint(0, 3 if depth else 1):
                case 0 | 1:
                    lines.append(f"{lead}{name}: {self.word()}{self.tail()}")
                case 2:
                    lines.append(f"{lead}{name}:{self.tail()}")
                    inner = margin + " " * self._random.choice((2, 2, 1, 3))
                    self._mapping(lines, inner, inner, depth - 1)
                case _:
                    lines.append(f"{lead}{name}:{self.tail()}")
                    self._list(lines, margin + " " * self._random.choice((2, 2, 0, 1)), depth - 1)
            if self._random.random() < 0.1:
                lines.append(self.choose(_FILLERS, _WILD_LINES))

    def _list(self, lines: list[str], margin: str, depth: int) -> None:
        for _ in range(self._random.randint(1, 2)):
            if self._random.random() < 0.5:
                lines.append(f"{margin}- {self.word()}{self.tail()}")
            else:
                self._mapping(lines, f"{margin}- ", f"{margin}  ", depth)

    def spoil(self, text: str) -> str:
        for _ in range(self._random.randint(1, 2)):
            at = self._random.randint(0, len(text))
            written = self._random.choice((*_SPLICES, "", "", ""))
            text = text[:at] + written + text[at + self._random.randint(0, 2) :]
        return text


def _texts(write: Callable[[_Writer], str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda random, wildness: write(_Writer(random, wildness)),
        st.randoms(use_true_random=True),
        st.sampled_from((0.0, 0.01, 0.05)),
    )


trees = _texts(lambda writer: writer.tree())
"""Texts whose indentation is right, so that their values decide what they mean."""

soups = _texts(lambda writer: writer.soup())
"""Lines that are each nearly sensible, put together at random."""

spoiled = _texts(lambda writer: writer.spoil(writer.tree()))
"""Well-indented texts with a character or two put in, taken out or written over."""

spoiled_soups = _texts(lambda writer: writer.spoil(writer.soup()))
"""Soups with a character or two put in, taken out or written over."""
