"""A Pulumi project laid out as this repository's own, with declarations that the test writes."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from keylife.model.instant import format_instant
from keylife.sandbox.lifecycle import Sandbox
from tests.workspace import CommandFailedError, Completed, Workspace

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = REPOSITORY / "stacks" / "__main__.py"
PACK = REPOSITORY / "policies"

AUTHOR = "ada@example.com"

_IGNORED = """
__pycache__/
.keylife/
# The pinned instant changes with every command; it is the test's own, and no commit's.
stacks/Pulumi.*.yaml
"""

_OF_THE_PROGRAM = {"sourcePosition", "stackTrace"}
"""What a state says of the program's text, not of its resources."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Marks a secret in a state; source: pulumi/sdk, go/common/resource/sig/sig.go."""


@dataclass(frozen=True)
class Names:
    """What one test's key is called everywhere; unlike any other test's on the same sandbox."""

    mark: str

    def id(self, word: str) -> str:
        """The key's id."""
        return f"{word}-{self.mark}"

    def path(self, word: str) -> str:
        """Its place in Vault's KV mount ``secret``, and its name in Secrets Manager."""
        return f"{self.mark}/{word}"


@dataclass
class Declared:
    """Keys as a person writes them: mappings that become YAML."""

    names: Names
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, key: dict[str, Any], file: str = "keys.yaml") -> dict[str, Any]:
        """Declare a key; what is returned may be edited later."""
        self.files.setdefault(file, []).append(key)
        return key

    def aws(self, word: str, **fields: Any) -> dict[str, Any]:
        """An AWS access key that lives 30 days, is rotated after 21 and kept one in quarantine."""
        place = self.names.path(word)
        return self.add(
            {
                "id": self.names.id(word),
                "kind": "aws-access-key",
                "service": "billing",
                "owner": "team-payments",
                "purpose": "deploys the billing API from its pipeline",
                "scope": {"policies": ["arn:aws:iam::aws:policy/IAMReadOnlyAccess"]},
                "ttl": "30d",
                "rotate_every": "21d",
                "quarantine": "1d",
                "deliver": [
                    {"vault-kv": {"mount": "secret", "path": place}},
                    {"secrets-manager": {"name": place}},
                ],
                **fields,
            }
        )

    def vault(self, word: str, **fields: Any) -> dict[str, Any]:
        """A Vault token that lives 30 days and is rotated after 21."""
        return self.add(
            {
                "id": self.names.id(word),
                "kind": "vault-token",
                "service": "metrics",
                "owner": "team-platform",
                "purpose": "lets the dashboard read the measurements",
                "scope": {"policies": ["kv-read"]},
                "ttl": "30d",
                "rotate_every": "21d",
                "deliver": [{"vault-kv": {"mount": "secret", "path": self.names.path(word)}}],
                **fields,
            }
        )


class Project(Workspace):
    """A repository with one stack, ``dev``-like: program, services, owners and keys."""

    init_options: tuple[str, ...] = ()
    """Of `pulumi stack init`."""

    def __init__(self, folder: Path, sandbox: Sandbox, stack: str) -> None:
        super().__init__(folder, sandbox, stack)
        self.names = Names(secrets.token_hex(3))
        self.declared = Declared(self.names)

    @property
    def stacks(self) -> Path:
        """The folder of program, configuration and declarations."""
        return self.folder / "stacks"

    @property
    def keys(self) -> Path:
        """The folder of the stack's declared keys."""
        return self.stacks / self.stack / "keys"

    @property
    def checkpoint(self) -> Path:
        """The file in which the backend keeps the stack's state."""
        backend = self.sandbox.folder / "backend" / ".pulumi" / "stacks"
        return next(backend.glob(f"*/{self.stack}.json"))

    def create(
        self, program: str | Path = PROGRAM, config: Mapping[str, str] | None = None
    ) -> None:
        """Write the project, make its stack, and commit it all.

        Args:
            program: the text of ``stacks/__main__.py``, or a file to copy.
            config: the stack's configuration, besides the simulated clock.
        """
        self.keys.mkdir(parents=True)
        self.write_program(program)
        project = {
            "name": "keylife-test",
            "main": "stacks",
            "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
            "stackConfigDir": "stacks",
        }
        (self.folder / "Pulumi.yaml").write_text(json.dumps(project))  # JSON is YAML
        for name in ("services.yaml", "owners.yaml"):
            shutil.copyfile(REPOSITORY / "stacks" / name, self.stacks / name)
        (self.folder / ".gitignore").write_text(_IGNORED)
        self.run("stack", "init", self.stack, *self.init_options)
        for key, value in {
            "aws:region": "us-east-1",
            "keylife:simulatedClock": "true",
            **(config or {}),
        }.items():
            self.run("config", "set", key, value)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("config", "user.name", "Ada Example")
        self.git("config", "user.email", AUTHOR)
        self.commit("begin")

    def write_program(self, program: str | Path) -> None:
        """Put another program in the place of ``stacks/__main__.py``."""
        text = program.read_text() if isinstance(program, Path) else program
        (self.stacks / "__main__.py").write_text(text)

    def write(self) -> None:
        """Write the declared keys as they are now; a file without keys goes away."""
        for file in self.keys.glob("*.yaml"):
            file.unlink()
        for name, keys in self.declared.files.items():
            if keys:
                (self.keys / name).write_text(_yaml({"keys": keys}))

    def commit(self, message: str) -> str:
        """Commit everything as it is; returns the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        """Run git in the project, without the developer's own configuration."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        answer = Completed(["git", *arguments], done.returncode, done.stdout, done.stderr)
        if answer.returncode != 0:
            raise CommandFailedError(answer)
        return answer.stdout.strip()

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """As any workspace's; git knows nothing but the project's own configuration."""
        alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        return super().environment({**alone, **(extra or {})})

    def at(self, instant: datetime) -> tuple[str, str]:
        """Move AWS's clock to the instant; returns the CLI's arguments that pin the plan to it."""
        self.sandbox.set_clock(instant)
        return "--config", f"keylife:at={format_instant(instant)}"

    def deploy(
        self,
        instant: datetime,
        *arguments: str,
        check: bool = True,
        extra: Mapping[str, str] | None = None,
    ) -> Completed:
        """``pulumi up`` of the declarations as they stand in ``declared``, at an instant."""
        self.write()
        return self.up(*self.at(instant), *arguments, check=check, extra=extra)

    def show(self, instant: datetime, *arguments: str, check: bool = True) -> Completed:
        """``pulumi preview --diff`` of the same."""
        self.write()
        return self.preview(*self.at(instant), *arguments, check=check)

    def keylife(self, *arguments: str, check: bool = True) -> Completed:
        """Run keylife's command line in the project's folder."""
        program = "from keylife.cli.main import run; run()"
        return self.python("-c", program, *arguments, check=check)

    def state(self) -> dict[str, Any]:
        """The state's resources by URN and what is pending, to be compared with a later one.

        Without the stack's own entry, in which every run leaves the place it was started from,
        and without what may differ each time it is written: ciphertexts, the order of
        dependencies, the lines of the program that registered a resource.
        """
        deployment = self.export()
        resources = {
            resource["urn"]: _comparable(resource)
            for resource in deployment.get("resources", ())
            if resource["type"] != "pulumi:pulumi:Stack"
        }
        return {"resources": resources, "pending": deployment.get("pending_operations", [])}

    def steps(self, answer: Completed) -> Mapping[str, int]:
        """The counts that an ``up`` or a preview ends with: ``{"unchanged": 9}``."""
        counts: dict[str, int] = {}
        for line in _resources_section(answer.stdout.splitlines()):
            sign, _, rest = line.strip().partition(" ")
            words = (rest if sign in _SIGNS else line.strip()).split()
            if len(words) >= 2 and words[0].isdigit():
                counts[" ".join(words[1:])] = int(words[0])
        return counts


_SIGNS = ("+", "-", "~", "+-", "++", "--", "=", ">", "<")


def _resources_section(lines: Sequence[str]) -> Sequence[str]:
    starts = [number for number, line in enumerate(lines) if line.strip() == "Resources:"]
    if not starts:
        return []
    section = lines[starts[-1] + 1 :]
    end = next((number for number, line in enumerate(section) if not line.strip()), len(section))
    return section[:end]


def differences(before: Any, after: Any, where: str = "") -> list[str]:
    """Where two states differ, and how: shorter to read than both of them."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            difference
            for name in sorted(before.keys() | after.keys())
            for difference in differences(before.get(name), after.get(name), f"{where}/{name}")
        ]
    return [] if before == after else [f"{where}: {before!r} is now {after!r}"]


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        if _SIGNATURE in value:
            return "a secret"
        return {n: _comparable(entry) for n, entry in value.items() if n not in _OF_THE_PROGRAM}
    if isinstance(value, list):
        entries = [_comparable(entry) for entry in value]
        dependencies = all(str(entry).startswith("urn:pulumi:") for entry in entries)
        return sorted(entries) if dependencies else entries
    return value


def _yaml(document: Mapping[str, Any]) -> str:
    """Block style YAML as people write it, so that a diff of it reads as theirs."""
    from io import StringIO

    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    text = StringIO()
    yaml.dump(json.loads(json.dumps(document)), text)
    return text.getvalue()
