"""Who owns a file, by a CODEOWNERS file.

Sources: GitHub Docs, "About code owners", "CODEOWNERS syntax"; git's gitignore(5) for the rest of
the patterns. Unlike there: no ``!``, no ``[…]``, no escaped ``#``, and case counts. GitLab's
sections and exclusions are not read: a line with one counts as one that owns nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

PLACES = (".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where a repository may have the file; the first one counts."""

LARGEST = 3 * 1024 * 1024
"""Bytes: GitHub does not load a larger one."""


class Pattern:
    """Which paths a line is about."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._regex = re.compile(_regex(text))

    def matches(self, path: PurePosixPath) -> bool:
        """Whether it is about the file at a path from the repository's root."""
        return self._regex.fullmatch(str(path)) is not None

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"


def _regex(pattern: str) -> str:
    """``/a`` and ``a/b`` count from the root, ``a`` anywhere; a folder's name means all in it,
    but ``a/*`` only the files right in it."""
    folder_only = pattern.endswith("/")
    trimmed = pattern.strip("/")
    anchored = "/" in pattern.rstrip("/")
    steps = trimmed.split("/")
    parts = []
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        if step == "**":
            parts.append(".*" if last else "(?:.*/)?")
        else:
            parts.append(_step(step) + ("" if last else "/"))
    body = "".join(parts)
    if folder_only:
        below = "/.*"
    elif steps[-1] == "**" or (steps[-1] == "*" and len(steps) > 1):
        below = ""
    else:
        below = "(?:/.*)?"
    return f"{'' if anchored else '(?:.*/)?'}{body}{below}"


def _step(step: str) -> str:
    pieces = {"*": "[^/]*", "?": "[^/]"}
    return "".join(pieces.get(c, re.escape(c)) for c in re.sub(r"\*+", "*", step))


@dataclass(frozen=True)
class CodeOwners:
    """The lines of a CODEOWNERS file that say something."""

    lines: tuple[tuple[Pattern, tuple[str, ...]], ...] = ()

    def owners(self, path: PurePosixPath) -> tuple[str, ...]:
        """Who owns a file: what the last line says that is about it, which may be nobody."""
        return next((owners for p, owners in reversed(self.lines) if p.matches(path)), ())


def parse_codeowners(text: str) -> CodeOwners:
    """Read a CODEOWNERS file; a line that is not valid is passed over, as GitHub does."""
    lines = []
    for line in text.splitlines():
        words = [word.replace("\0", " ") for word in line.replace("\\ ", "\0").split()]
        if not words or words[0].startswith(("#", "!", "[", "^[")):
            continue
        owners: list[str] = []
        for word in words[1:]:
            if word.startswith("#"):
                break
            owners.append(word)
        if all(_OWNER.fullmatch(owner) for owner in owners):
            lines.append((Pattern(words[0]), tuple(owners)))
    return CodeOwners(tuple(lines))


_OWNER = re.compile(r"@[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*|[^@\s]+@[^@\s]+")
"""``@user``, ``@organisation/team``, GitLab's nested groups, or an address."""
