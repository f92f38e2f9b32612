"""A Pulumi project in a folder of its own, driven by the real CLI on a sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from keylife.sandbox.lifecycle import UNSET, Sandbox
from tests.litter import end_processes_with

Completed = subprocess.CompletedProcess[str]

_FOREIGN = ("PULUMI_", "AWS_", "VAULT_", "BAO_", "KEYLIFE_")
"""What the developer's own shell may hold, and no test may depend on."""


class MakeWorkspace(Protocol):
    """The fixture ``make_workspace``."""

    def __call__(
        self, program: str | Path, *, config: dict[str, str] | None = None
    ) -> Workspace: ...


class CommandFailedError(AssertionError):
    """A command that was expected to succeed did not."""

    def __init__(self, answer: Completed) -> None:
        super().__init__(
            f"exit code {answer.returncode}: {answer.args}\n{answer.stdout}\n{answer.stderr}"
        )
        self.answer = answer


class Workspace:
    """One project, one stack."""

    def __init__(self, folder: Path, sandbox: Sandbox, stack: str) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.stack = stack
        self._mark = f"keylife-test-{uuid.uuid4()}"

    def create(self, program: str | Path, config: Mapping[str, str]) -> None:
        """Write the project and make its stack.

        Args:
            program: the text of ``__main__.py``, or the folder of a program to be run in place.
            config: the stack's configuration.
        """
        self.folder.mkdir(parents=True)
        main = self.folder
        if isinstance(program, Path):
            main = program
        else:
            (self.folder / "__main__.py").write_text(program)
        project = {
            "name": "keylife-test",
            "main": str(main),
            "runtime": {"name": "python"},
            "stackConfigDir": str(self.folder),
        }
        (self.folder / "Pulumi.yaml").write_text(json.dumps(project))  # JSON is YAML
        self.run("stack", "init", self.stack)
        for key, value in config.items():
            self.run("config", "set", key, value)

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the CLI runs in: nothing of the developer's own Pulumi, AWS or Vault."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_FOREIGN) and name not in UNSET
        }
        return {
            **kept,
            **self.sandbox.environment(),
            "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
            "KEYLIFE_TEST_WORKSPACE": self._mark,
            **(extra or {}),
        }

    def start(
        self, *arguments: str | Path, extra: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start the CLI and return at once; in a process group of its own, for tests that kill."""
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment(extra),
            executable=self._command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(
        self,
        *arguments: str | Path,
        check: bool = True,
        extra: Mapping[str, str] | None = None,
        timeout: float = 240,
    ) -> Completed:
        """Run the CLI to its end.

        Raises:
            CommandFailedError: its exit code is not 0, and ``check`` is set.
            subprocess.TimeoutExpired: it took longer; it and all it started are ended.
        """
        child = self.start(*arguments, extra=extra)
        try:
            out, err = child.communicate(timeout=timeout)
        except BaseException:
            self.end_processes()
            child.communicate()
            raise
        answer = Completed(["pulumi", *map(str, arguments)], child.returncode, out, err)
        if check and answer.returncode != 0:
            raise CommandFailedError(answer)
        return answer

    def up(
        self, *arguments: str | Path, check: bool = True, extra: Mapping[str, str] | None = None
    ) -> Completed:
        """``pulumi up`` with its own preview left out, as pipelines run it."""
        return self.run("up", "--yes", "--skip-preview", *arguments, check=check, extra=extra)

    def preview(
        self, *arguments: str | Path, check: bool = True, extra: Mapping[str, str] | None = None
    ) -> Completed:
        """``pulumi preview --diff``."""
        return self.run("preview", "--diff", *arguments, check=check, extra=extra)

    def destroy(
        self, *arguments: str | Path, check: bool = True, extra: Mapping[str, str] | None = None
    ) -> Completed:
        """``pulumi destroy``."""
        return self.run("destroy", "--yes", "--skip-preview", *arguments, check=check, extra=extra)

    def export(self) -> dict[str, Any]:
        """The stack's state as the CLI gives it, secrets encrypted."""
        deployment: dict[str, Any] = json.loads(self.run("stack", "export").stdout)["deployment"]
        return deployment

    def resources(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The state's resources, of one type or of all, in the order of the state."""
        return [
            resource
            for resource in self.export().get("resources", ())
            if kind is None or resource["type"] == kind
        ]

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets in clear."""
        answer = self.run("stack", "output", "--json", "--show-secrets")
        outputs: dict[str, Any] = json.loads(answer.stdout)
        return outputs

    def set_config(self, key: str, value: str) -> None:
        """Change the stack's configuration."""
        self.run("config", "set", key, value)

    def python(
        self, *arguments: str, check: bool = True, extra: Mapping[str, str] | None = None
    ) -> Completed:
        """Run this Python in the project's folder and environment."""
        answer = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment(extra),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        if check and answer.returncode != 0:
            raise CommandFailedError(answer)
        return answer

    def end_processes(self) -> None:
        """Kill every process that this workspace's commands started and that still runs."""
        end_processes_with(self._mark)

    def _command(self) -> str:
        return str(Path(self.sandbox.environment()["PATH"].split(os.pathsep)[0]) / "pulumi")
