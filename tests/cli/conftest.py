"""A command in this process or in one of its own, and a project with a Pulumi CLI that is none."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from keylife.cli.main import run

DECLARED = {
    "services.yaml": "services:\n  - {id: billing, description: charges customers}\n",
    "owners.yaml": "owners:\n  - {id: team, contact: team@example.com}\n",
    "dev/keys/billing.yaml": """\
keys:
  # the pipeline's
  - id: billing-deploy
    kind: aws-access-key
    service: billing
    owner: team
    purpose: deploys the billing API
    scope: {policies: [arn:aws:iam::aws:policy/ReadOnlyAccess]}
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {mount: secret, path: billing/aws}
""",
}


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """What it said, for programs."""
        return json.loads(self.out)


Command = Callable[..., Answer]


@pytest.fixture
def keylife(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process, through the entry point that the shell calls."""

    def command(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["keylife", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run()
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Answer(ended.value.code, told.out, told.err)

    return command


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project with one declared key; the commands are run from it."""
    folder = tmp_path / "project"
    for name, text in DECLARED.items():
        path = folder / "stacks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "Pulumi.yaml").write_text("name: keylife\nruntime: python\nmain: stacks\n")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("KEYLIFE_DECLARATIONS", raising=False)
    monkeypatch.delenv("KEYLIFE_TRACEBACK", raising=False)
    return folder


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a script of this text in the place of the Pulumi CLI."""

    def write(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / "pulumi"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        rest = [
            p for p in os.environ["PATH"].split(os.pathsep) if not shutil.which("pulumi", path=p)
        ]
        monkeypatch.setenv("PATH", os.pathsep.join([str(folder), *rest]))

    return write
