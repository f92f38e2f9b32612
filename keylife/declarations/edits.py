"""New contents of several files as one change: shown as a diff, written all or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from keylife.declarations.document import Document
from keylife.declarations.folder import shown_path
from keylife.declarations.replacement import ChangedMeanwhileError, replace_all
from keylife.errors import UsageError


@dataclass(frozen=True)
class Edits:
    """Files as they were read, each with its text as it would be."""

    contents: Mapping[Path, tuple[Document, str]] = field(default_factory=dict)
    """In the order in which they are shown and written."""

    def diff(self) -> str:
        """All of it as one unified diff, which ``git apply`` takes; empty if nothing changes."""
        lines: list[str] = []
        for document, text in self.contents.values():
            name = document.shown_as.as_posix().lstrip("/")
            lines += unified_diff(
                document.text.splitlines(keepends=True),
                text.splitlines(keepends=True),
                f"a/{name}",
                f"b/{name}",
            )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)

    def instead(self) -> dict[Path, bytes]:
        """The new contents as the readers of declarations take them, to try them out."""
        return {path: text.encode() for path, (_, text) in self.contents.items()}

    def writes(self) -> Iterator[tuple[Path, bytes, bytes]]:
        """Each file with its content as it was read and as it would be."""
        for path, (document, text) in self.contents.items():
            old = path.read_bytes()
            mark = old[: len(old) - len(document.text.encode())]
            yield path, mark + document.text.encode(), mark + text.encode()

    def write(self) -> None:
        """Write all files; whoever calls holds the folder as its sole editor.

        Raises:
            UsageError: a file was changed meanwhile, or cannot be written; none was changed.
        """
        try:
            replace_all([(path.resolve(), old, new) for path, old, new in self.writes()])
        except ChangedMeanwhileError as error:
            shown = shown_path(error.args[0])
            raise UsageError(f"{shown} was changed meanwhile", "run it again") from None
        except OSError as error:
            raise UsageError(
                f"the declarations cannot be written ({error.strerror})",
                "make room, and the files and their folders writable",
            ) from None
