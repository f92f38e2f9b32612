"""A witness in the declarations' repository: a ref of its own, one commit a head.

``refs/keylife/audit/<log>`` names the last of them; each commit's only file is the signed head, and
its parent is the one before. Nothing else of the repository is touched: no branch, no work tree, no
index. Whoever pushes takes it along (``git push origin 'refs/keylife/*:refs/keylife/*'``), and as
no plain push takes a commit back, the forge is a witness, too.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from keylife.audit.errors import WitnessError

_FILE: Final = "head"
_IDENTITY = {
    "GIT_AUTHOR_NAME": "keylife",
    "GIT_AUTHOR_EMAIL": "keylife@localhost",
    "GIT_COMMITTER_NAME": "keylife",
    "GIT_COMMITTER_EMAIL": "keylife@localhost",
}
_NOWHERE = "0" * 40


class GitWitness:
    """Heads as commits on a ref."""

    def __init__(self, repository: Path, log: str) -> None:
        """For the log of that name, in the repository that ``repository`` is a folder of."""
        self.repository = repository
        self.ref = f"refs/keylife/audit/{log}"
        self.name = f"git ref {self.ref}"

    def latest(self) -> str | None:
        """The note it took last."""
        commit = self._commit()
        return None if commit is None else self._head(commit)

    def notes(self) -> Sequence[str]:
        """Every note it has."""
        if self._commit() is None:
            return []
        commits = self._git("rev-list", "--reverse", "--first-parent", self.ref).split()
        asked = "".join(f"{commit}:{_FILE}\n" for commit in commits)
        return list(self._blobs(self._git("cat-file", "--batch", given=asked)))

    def add(self, note: str) -> None:
        """Make a commit of it, behind the one that is the last now."""
        parent = self._commit()
        blob = self._git("hash-object", "-w", "--stdin", given=note).strip()
        tree = self._git("mktree", given=f"100644 blob {blob}\t{_FILE}\n").strip()
        parents = [] if parent is None else ["-p", parent]
        subject = "entries: " + note.split("\n")[1]
        commit = self._git("commit-tree", tree, *parents, "-m", subject).strip()
        self._git("update-ref", self.ref, commit, parent or _NOWHERE)

    def _commit(self) -> str | None:
        found = self._run("rev-parse", "--verify", "--quiet", f"{self.ref}^{{commit}}")
        if found.returncode == 0:
            return found.stdout.decode().strip()
        if self._run("rev-parse", "--git-dir").returncode != 0:
            raise WitnessError(self.name, f"{self.repository} is in no git repository")
        return None

    def _head(self, commit: str) -> str:
        return self._git("cat-file", "blob", f"{commit}:{_FILE}")

    def _blobs(self, told: str) -> Iterator[str]:
        """What ``git cat-file --batch`` printed: of each a line with its length, then itself."""
        rest = told.encode()
        while rest:
            line, _, rest = rest.partition(b"\n")
            length = line.rpartition(b" ")[2]
            if not length.isdigit():
                raise WitnessError(self.name, "a commit of it has no head")
            yield rest[: int(length)].decode(errors="replace")
            rest = rest[int(length) + 1 :]

    def _git(self, *arguments: str, given: str = "") -> str:
        done = self._run(*arguments, given=given)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise WitnessError(self.name, f"`git {arguments[0]}` failed: {''.join(said)}")
        try:
            return done.stdout.decode()
        except UnicodeDecodeError:
            raise WitnessError(self.name, "what it has is no head") from None

    def _run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", "-c", "core.fsync=all", *arguments],
                cwd=self.repository,
                env={**os.environ, **_IDENTITY},
                input=given.encode(),
                capture_output=True,
                check=False,
                timeout=30,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise WitnessError(self.name, f"git did not run: {type(error).__name__}") from None
