"""From a file on disk to text: regular, inside the folder, UTF-8, and showing all it says."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

LARGEST = 8 * 1024 * 1024
"""Bytes a file may have: about 20,000 keys, a hundred times what one stack should hold."""

_BYTE_ORDER_MARK = "\ufeff"

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters, except tab and line ends
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"  # invisible, or turning the reading round
    "\ufff9-\ufffb\ufffe\uffff]"  # interlinear marks, and what is no character
    "|\r(?!\n)"
)
"""What an editor or a review does not show as it is read.

Source: CVE-2021-42574 ("Trojan Source") for the bidirectional controls.
"""


_PLAIN_ASCII = bytes([*range(0x20, 0x7F), 0x0A])


@dataclass(frozen=True)
class Trouble:
    """Something wrong at a place in one file: a fault that does not know its file yet."""

    line: int
    """1 is the first line."""

    column: int
    """1 is the first column, in characters."""

    what: str
    cure: str


def read_bytes(path: Path) -> bytes | Trouble:
    """The content of a regular file, at most ``LARGEST`` bytes of it."""
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return Trouble(1, 1, "this is not a regular file", "put the declarations in a file")
            content = file.read(LARGEST + 1)
    except OSError as error:
        return Trouble(
            1, 1, f"this file cannot be read ({error.strerror})", "make it a readable file"
        )
    if len(content) > LARGEST:
        return Trouble(
            1,
            1,
            f"this file is larger than {LARGEST // 1024 // 1024} MiB",
            "split it: all files of the folder are read",
        )
    return content


def decode(content: bytes) -> str | Trouble:
    """The text of a file, without a byte order mark and with its line ends as they are."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Trouble(1, 1, "this file is UTF-16, not UTF-8", "save it as UTF-8")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        return _at(
            content[: error.start].decode(),
            "this byte is not UTF-8 text",
            "save the file as UTF-8",
        )
    if is_plain_ascii(text):
        return text
    text = text.removeprefix(_BYTE_ORDER_MARK)
    hidden = _HIDDEN.search(text)
    if hidden is None:
        return text
    before = text[: hidden.start()]
    if hidden[0] == "\r":
        return _at(before, "a line ends in a carriage return alone", "end lines with \\n or \\r\\n")
    return _at(
        before,
        f"the character U+{ord(hidden[0]):04X} is invisible or changes how the line reads",
        "remove it: a reviewer would not see it",
    )


def is_plain_ascii(text: str) -> bool:
    """Whether there is nothing but what an English keyboard types, in lines that end in ``\\n``.

    Most declarations are; it is told twenty times as fast as what else a character may be.
    """
    return text.isascii() and not text.encode().translate(None, _PLAIN_ASCII)


def _at(before: str, what: str, cure: str) -> Trouble:
    line = before.count("\n") + 1
    return Trouble(line, len(before) - (before.rfind("\n") + 1) + 1, what, cure)
