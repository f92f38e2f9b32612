"""A git repository with declarations, whose commits are the same on every machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from tests.declarations.folders import OWNERS, SERVICES, key_text

_ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "2026-11-23T06:00:00Z",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_COMMITTER_DATE": "2026-11-23T06:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


class Repository:
    """A repository to commit to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, **more: Any) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **_ENVIRONMENT},
            capture_output=True,
            check=True,
            text=True,
            **more,
        )
        return str(done.stdout).strip()

    def write(self, **files: str | None) -> None:
        """Write files by path; None removes one."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)

    def commit(self, **files: str | None) -> str:
        """Write files and commit everything; the commit's id."""
        self.write(**files)
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", "a change")
        return self.git("rev-parse", "HEAD")


def keys(*entries: str) -> str:
    """A file of keys."""
    return "keys:\n" + "".join(entries)


BILLING = "stacks/dev/keys/billing.yaml"

DECLARED: dict[str, str | None] = {
    "Pulumi.yaml": "name: shop\nruntime: python\nmain: stacks\n",
    "stacks/services.yaml": SERVICES,
    "stacks/owners.yaml": OWNERS,
    BILLING: keys(key_text()),
}
