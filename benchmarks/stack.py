"""One stack of a Pulumi program on a sandbox."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.machine import Run, run
from keylife.sandbox.lifecycle import UNSET, Sandbox

REPOSITORY = Path(__file__).resolve().parents[1]
_FOREIGN = ("PULUMI_", "AWS_", "VAULT_", "BAO_", "KEYLIFE_")
_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Marks a secret in a state; source: pulumi/sdk, go/common/resource/sig/sig.go."""

_ARN_SUFFIX = re.compile(r"(?<=[a-z0-9])-[A-Za-z0-9]{6}(?=\")")
"""What Secrets Manager adds to a secret's name by itself."""


class Stack:
    """A project with a copy of a program, and one stack of it."""

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        name: str,
        program: Path,
        config: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.name = name
        self.environment = _environment(sandbox)
        folder.mkdir(parents=True, exist_ok=True)
        project = {
            "name": "keylife-benchmark",
            "runtime": {"name": "python"},
        }
        shutil.copyfile(program / "__main__.py", folder / "__main__.py")
        (folder / "Pulumi.yaml").write_text(json.dumps(project))  # JSON is YAML
        self.pulumi("stack", "init", name)
        values = {"aws:region": "us-east-1", **(config or {})}
        with (folder / f"Pulumi.{name}.yaml").open("a") as file:  # a `config set` takes a second
            file.write(f"config: {json.dumps(values)}\n")

    def pulumi(self, *arguments: str | Path, extra: Mapping[str, str] | None = None) -> Run:
        """Run the CLI in the project's folder.

        Args:
            arguments: of the CLI.
            extra: variables besides the sandbox's.

        Raises:
            FailedError: its exit code is not 0.
        """
        return run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            folder=self.folder,
            environment={**self.environment, **(extra or {})},
        )

    def up(self, extra: Mapping[str, str] | None = None) -> Run:
        """``pulumi up`` as pipelines run it; ``extra`` are variables besides the sandbox's."""
        return self.pulumi("up", "--yes", "--skip-preview", "--stack", self.name, extra=extra)

    def preview(self, *arguments: str | Path, extra: Mapping[str, str] | None = None) -> Run:
        """``pulumi preview``; ``extra`` are variables besides the sandbox's."""
        return self.pulumi("preview", "--stack", self.name, *arguments, extra=extra)

    def resources(self) -> list[dict[str, Any]]:
        """What stands in the stack's state, without the stack itself and providers."""
        state = json.loads(self.pulumi("stack", "export", "--stack", self.name).output)
        return [
            resource
            for resource in state["deployment"]["resources"]
            if not resource["type"].startswith("pulumi:")
        ]


def cloud_resources(resources: list[dict[str, Any]], prefix: str) -> Counter[str]:
    """What a program made at AWS and Vault: each resource's type and inputs, as often as it is.

    Args:
        resources: of a state; components are left out.
        prefix: what the names of this program's keys begin with, so that two programs compare.
    """
    own_name = re.compile(rf"\b{prefix}\b")
    return Counter(
        _ARN_SUFFIX.sub("", own_name.sub("PREFIX", f"{resource['type']} {_text(resource)}"))
        for resource in resources
        if resource.get("custom")
    )


def _text(resource: dict[str, Any]) -> str:
    return json.dumps(_open(resource["inputs"]), sort_keys=True)


def _open(value: Any) -> Any:
    """Secrets are encrypted anew in each state: that there is one must do."""
    if isinstance(value, dict):
        if _SIGNATURE in value:
            return "secret"
        return {name: _open(entry) for name, entry in value.items() if name != "__defaults"}
    if isinstance(value, list):
        return [_open(entry) for entry in value]
    return value


def _environment(sandbox: Sandbox) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and name not in UNSET
    }
    return {**kept, **sandbox.environment(), "PYTHONPATH": str(REPOSITORY)}
