"""Where the Pulumi project lies that a command or a program belongs to."""

from __future__ import annotations

from pathlib import Path

from keylife.errors import UsageError


def project_folder(start: Path) -> Path:
    """The nearest folder with a Pulumi.yaml, from ``start`` upwards, as the Pulumi CLI looks.

    Raises:
        UsageError: there is none.
    """
    for folder in (start, *start.parents):
        if any((folder / name).is_file() for name in ("Pulumi.yaml", "Pulumi.yml")):
            return folder
    raise UsageError(
        f"no Pulumi.yaml in {start} or above it",
        "run this in a Pulumi project's folder",
    )


def event_log_path(folder: Path, stack: str) -> Path:
    """Where the events of one stack of the project are kept; ignored by git."""
    return folder / ".keylife" / f"events-{stack}.jsonl"
