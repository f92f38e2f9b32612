"""Which Pulumi CLI is used: an installed one that works, else the one that `make setup` built.

`python -m keylife.sandbox.toolchain` prints the folder of the one found, or nothing and exit
code 1: setup asks the same question as the sandbox, so both choose the same CLI.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MINIMUM = (3, 200, 0)
"""The oldest engine that the pinned SDK was tried with."""

BELOW = (4, 0, 0)
"""The first engine that may break the protocol."""

PROJECT_CACHE = Path(__file__).resolve().parents[2] / ".cache" / "pulumi"
"""Where `make setup` keeps what belongs to Pulumi: the CLI it built, plugins it could download."""

PROJECT_CLI = PROJECT_CACHE / "bin"

_BESIDE = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-analyzer-policy-python")
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class Cli:
    """A Pulumi CLI that works with the pinned SDK."""

    folder: Path
    """Holds `pulumi`, its Python language host and that host's scripts; belongs on PATH."""

    version: tuple[int, int, int]

    @property
    def command(self) -> Path:
        """The executable itself."""
        return self.folder / "pulumi"

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.version))} in {self.folder}"


def find_cli(folders: Iterable[Path] | None = None) -> Cli | None:
    """The first CLI that works: `pulumi` 3.200.0 or newer with its Python host beside it.

    Args:
        folders: where to look, in order; by default PATH, then the project's own cache.
    """
    for folder in _default_folders() if folders is None else folders:
        if (cli := _inspect(folder)) is not None:
            return cli
    return None


def _default_folders() -> list[Path]:
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [*(Path(entry) for entry in path if entry), PROJECT_CLI]


def _inspect(folder: Path) -> Cli | None:
    if not all(os.access(folder / name, os.X_OK) for name in ("pulumi", *_BESIDE)):
        return None
    try:
        answer = subprocess.run(
            [folder / "pulumi", "version"],
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = _VERSION.match(answer.stdout.strip())
    if match is None:
        return None
    major, minor, patch = (int(number) for number in match.groups())
    version = (major, minor, patch)
    return Cli(folder.absolute(), version) if MINIMUM <= version < BELOW else None


def _main() -> int:
    cli = find_cli()
    if cli is None:
        return 1
    print(cli.folder)
    return 0


if __name__ == "__main__":
    sys.exit(_main())
