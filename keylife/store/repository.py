"""Which repository a folder belongs to, in words that are the same on every machine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

_BY_SSH = re.compile(r"(?:[^@/]+@)?([^:/]+):(?!//)(.+)")
"""``git@example.com:team/project.git``, as git writes a place reached by SSH."""

_BY_URL = re.compile(r"\w+://(?:[^@/]*@)?([^/:]+)(?::\d+)?/(.+)")


def repository_of(folder: Path) -> str:
    """Where the folder's remote ``origin`` lies, as ``host/path``; empty if git does not tell.

    However it is reached, it is one repository: scheme, user, port and ``.git`` are left out, and
    with them whatever a URL may hold of credentials.
    """
    try:
        done = subprocess.run(
            ["git", "config", "--get", "remote.origin.url"],
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return named(done.stdout.decode(errors="replace").strip())


def named(remote: str) -> str:
    """A remote's URL as ``host/path``; empty for a folder of this machine's."""
    match = _BY_URL.fullmatch(remote) or _BY_SSH.fullmatch(remote)
    if match is None:
        return ""
    host, path = match.groups()
    return f"{host.lower()}/{path.strip('/').removesuffix('.git')}"
