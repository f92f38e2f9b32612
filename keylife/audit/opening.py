"""Where the parts of a project's audit log are: its key, its reserve, its witnesses."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from keylife.audit.file_witness import FileWitness
from keylife.audit.git_witness import GitWitness
from keylife.audit.keys import Keys
from keylife.audit.log import Log
from keylife.audit.note import Verifier
from keylife.audit.reserve import Reserve
from keylife.audit.witness import Witness
from keylife.store.database import Database

KEY = "KEYLIFE_AUDIT_KEY"
"""The environment variable that names the file of the log's key."""

WITNESS = "KEYLIFE_AUDIT_WITNESS"
"""The environment variable that names a file, best on another machine's disk, that remembers the
log's heads."""


def open_log(
    database: Database,
    folder: Path,
    environment: Mapping[str, str],
    *,
    clock: Callable[[], float],
    warn: Callable[[str], None],
) -> Log:
    """The audit log of a project, in its store. Nothing is made before something is recorded.

    Args:
        database: the store.
        folder: the Pulumi project's.
        environment: may name the key's file, and a witness.
        clock: seconds that only go forward.
        warn: told what should be known and stops nothing.
    """
    return Log(
        database,
        keys_of(database.file, folder, environment),
        reserve_of(database.file, folder),
        partial(witnesses_of, folder, environment),
        clock,
        warn,
    )


def keys_of(store: Path | None, folder: Path, environment: Mapping[str, str]) -> Keys:
    """The log's key: where the environment says, else beside the store.

    Args:
        store: the store's file; None if it is none, and then the project's own folder counts.
        folder: the Pulumi project's.
        environment: may name it.
    """
    named = environment.get(KEY)
    return Keys(Path(named) if named else _beside(store, folder, "audit-key"))


def reserve_of(store: Path | None, folder: Path) -> Reserve:
    """The log's reserve, beside the store."""
    return Reserve(_beside(store, folder, "audit-reserve"))


def witnesses_of(
    folder: Path, environment: Mapping[str, str], verifier: Verifier
) -> Sequence[Witness]:
    """Who remembers the heads of a log: the file that is named, and the repository of the
    project, if it is in one."""
    found: list[Witness] = []
    named = environment.get(WITNESS)
    if named:
        found.append(FileWitness(Path(named), verifier.name))
    if _in_a_repository(folder):
        found.append(GitWitness(folder, verifier.name))
    return found


def _beside(store: Path | None, folder: Path, what: str) -> Path:
    place = store or folder / ".keylife" / "store"
    return place.with_name(f"{place.name}.{what}")


def _in_a_repository(folder: Path) -> bool:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--git-dir"],
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
