"""A git repository as a review reads it: objects only. Nothing is checked out, no hook, filter or
program of the repository is run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from keylife.errors import UsageError

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false")


@dataclass(frozen=True)
class Blob:
    """A file or a link of a commit."""

    path: PurePosixPath
    """From the repository's root."""

    object_id: str
    size: int
    """Bytes."""

    is_link: bool


def _incomplete(object_id: str) -> UsageError:
    return UsageError(
        f"the repository has no complete object {object_id[:10]}",
        "fetch it again; `git fsck` says what is missing",
    )


class Repository:
    """Reads commits of one repository."""

    def __init__(self, folder: Path) -> None:
        """Find the repository that a folder lies in.

        Raises:
            UsageError: it lies in none, or there is no git.
        """
        self._folder = folder
        top = self._git("rev-parse", "--show-toplevel", failing="this is no git repository")
        self.top = Path(os.fsdecode(top.rstrip(b"\n"))).resolve()
        """The folder of its working tree."""

    def commit(self, revision: str) -> str:
        """The full id of the commit that a revision names.

        Raises:
            UsageError: it names none.
        """
        found = self._git(
            *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"),
            failing=f"there is no revision `{revision}` here",
            hint="fetch it first; in a pipeline, check out with the whole history (fetch-depth: 0)",
        )
        return found.decode().strip()

    def merge_base(self, one: str, other: str) -> str:
        """The commit that two commits have in common.

        Raises:
            UsageError: they have none, or it was not fetched.
        """
        found = self._git(
            *("merge-base", one, other),
            failing="the two revisions have no commit in common here",
            hint="fetch more of the history (fetch-depth: 0), or compare with two revisions",
        )
        return found.decode().split()[0]

    def files(self, commit: str, below: PurePosixPath) -> Iterator[Blob]:
        """The files of a commit below a folder; submodules are passed over.

        Raises:
            UsageError: the repository lacks some of it.
        """
        where = [] if below == PurePosixPath(".") else [f":(top,literal){below}"]
        listed = self._git(
            *("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", *where),
            failing=f"the files of {commit[:10]} cannot be listed",
        )
        for entry in listed.split(b"\0"):
            facts, _, name = entry.partition(b"\t")
            if name and not facts.startswith(b"160000"):
                mode, _, object_id, size = facts.decode().split()
                if not size.isdigit():
                    raise _incomplete(object_id)
                path = PurePosixPath(os.fsdecode(name))
                yield Blob(path, object_id, int(size), mode == "120000")

    def contents(self, blobs: Iterable[Blob]) -> Iterator[tuple[Blob, bytes]]:
        """What files hold, all read by one process.

        Raises:
            UsageError: the repository lacks one.
        """
        wanted = list(blobs)
        if not wanted:
            return
        answer = self._git(
            *("cat-file", "--batch"),
            given="".join(f"{blob.object_id}\n" for blob in wanted).encode(),
            failing="the repository's objects cannot be read",
        )
        at = 0
        for blob in wanted:
            header = f"{blob.object_id} blob {blob.size}\n".encode()
            if not answer.startswith(header, at):
                raise _incomplete(blob.object_id)
            begin = at + len(header)
            yield blob, answer[begin : begin + blob.size]
            at = begin + blob.size + 1

    def changed_paths(self, base: str, head: str | None) -> list[str]:
        """The paths that differ between two commits, or a commit and the working tree."""
        heads = [] if head is None else [head]
        listed = self._git(
            *("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"),
            *("--ignore-submodules=dirty", base, *heads, "--"),
            failing="the changed files cannot be listed",
        )
        if head is None:
            new = self._git(
                *("ls-files", "--others", "--exclude-standard", "-z", "--full-name", ":/"),
                failing="the new files cannot be listed",
            )
            listed += new
        return sorted({os.fsdecode(name) for name in listed.split(b"\0") if name})

    def _git(
        self, *arguments: str, failing: str, hint: str | None = None, given: bytes = b""
    ) -> bytes:
        try:
            done = subprocess.run(
                ["git", *_SAFE, *arguments],
                cwd=self._folder,
                input=given,
                capture_output=True,
                check=False,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            )
        except OSError as error:
            raise UsageError(f"git cannot be run ({error.strerror})", "install git") from error
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise UsageError(f"{failing}{f' ({said[0]})' if said else ''}", hint)
        return done.stdout
