"""Make the package of this checkout importable in its virtualenv, with its commands.

An editable install without a build backend: one path file, and one script for each entry of
``[project.scripts]``. So setup needs nothing that is not in requirements.lock.
"""

from __future__ import annotations

import sys
import sysconfig
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def write(path: Path, text: str, mode: int) -> None:
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    path.chmod(mode)


def main() -> None:
    write(Path(sysconfig.get_path("purelib")) / "keylife.pth", f"{PROJECT}\n", 0o644)
    scripts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["scripts"]
    for name, target in scripts.items():
        module, function = target.split(":")
        # Started by way of `sh`: a shebang line bears neither spaces nor long paths.
        text = (
            "#!/bin/sh\n"
            f'\'\'\'exec\' "{sys.executable}" "$0" "$@"\n'
            "' '''\n"
            "import sys\n"
            f"from {module} import {function}\n"
            f"sys.exit({function}())\n"
        )
        write(Path(sysconfig.get_path("scripts")) / name, text, 0o755)


if __name__ == "__main__":
    main()
