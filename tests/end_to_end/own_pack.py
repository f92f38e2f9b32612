"""A policy pack as another repository has it: services, owners and settings of its own."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.evasions.in_declarations import OWNERS, SERVICES
from tests.workspace import Completed

_PACK = """\
from pathlib import Path
from pulumi_policy import PolicyPack
from keylife.crossguard import policies
PolicyPack("keylife", policies(beside=Path(__file__).resolve().parent, declarations="registry"))
"""


def write_pack(folder: Path, settings: str = "") -> Path:
    """Write a pack; its registry is in the folder ``registry`` of its own.

    Args:
        folder: that does not exist yet.
        settings: the text of ``keylife.yaml``; there is none without it.
    """
    (folder / "registry").mkdir(parents=True)
    (folder / "__main__.py").write_text(_PACK)
    (folder / "PulumiPolicy.yaml").write_text(
        f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\nversion: 0.1.0\n"
    )
    (folder / "registry/services.yaml").write_text(SERVICES)
    (folder / "registry/owners.yaml").write_text(OWNERS)
    if settings:
        (folder / "registry/keylife.yaml").write_text(settings)
    return folder


def violations(answer: Completed) -> list[tuple[str, str]]:
    """Policy and name of the resource, of every mandatory violation that the CLI reports."""
    return re.findall(r"\[mandatory\]\s+(\S+)\s+\(\S+?: ([^)]+)\)", answer.stdout)
