"""`make demo-review`: what reviewers of three pull requests are shown, in real output.

A repository of its own in a temporary folder, with the declarations of this one; no cloud, no
sandbox: a review reads git and nothing else. Each line that a command prints is what it printed
now.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.rule import Rule

REPOSITORY = Path(__file__).resolve().parent.parent
AT = "2026-11-23T09:30:00Z"

console = Console(highlight=False, soft_wrap=True)

CODEOWNERS = """\
/stacks/dev/keys/billing.yaml  @acme/payments
/stacks/dev/keys/metrics.yaml  @acme/platform
/stacks/services.yaml          @acme/platform
"""

YEAR_LONG_ADMINISTRATOR = """\
keys:
  - id: export-again
    kind: aws-access-key
    purpose: brings the nightly export back
    service: exporter
    owner: team-platform
    ttl: 365d
    rotate_every: 180d
    scope: {policies: [arn:aws:iam::aws:policy/AdministratorAccess]}
    deliver: [secrets-manager: {name: exporter/aws}]
"""


def main() -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="keylife-demo-review-") as folder:
        demo = Demo(Path(folder))
        demo.prepare()
        demo.pull_request(
            "1. a pull request that revokes a key", "billing-uses-oidc", demo.revoke, refused=False
        )
        demo.approvals()
        demo.pull_request(
            "2. one that stretches a life", "fewer-rotations", demo.stretch, refused=False
        )
        demo.pull_request("3. one that is blocked", "export-again", demo.add, refused=True)
    say(f"took {time.monotonic() - began:.0f} s; how to set it up: docs/how-to/pipelines.md")
    return 0


class Demo:
    """A repository with a base branch, and what its authors do on branches of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "KEYLIFE_DECLARATIONS": "stacks",
        }

    def prepare(self) -> None:
        for name in ("services.yaml", "owners.yaml", "dev"):
            source, copy = REPOSITORY / "stacks" / name, self.folder / "stacks" / name
            copy.parent.mkdir(exist_ok=True)
            shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
        shutil.copy(REPOSITORY / "Pulumi.yaml", self.folder)
        (self.folder / "CODEOWNERS").write_text(CODEOWNERS)
        self.quietly("git init -q -b main")
        self.quietly("git config user.email demo@example.com")
        self.quietly("git config user.name Demo")
        self.commit("declare the keys")

    def pull_request(
        self, title: str, branch: str, work: Callable[[], None], *, refused: bool
    ) -> None:
        console.print(Rule(title))
        self.quietly(f"git checkout -q -b {branch} main")
        work()
        self.commit(branch.replace("-", " "))
        self.show("git diff --unified=0 main...HEAD -- stacks")
        say("what its reviewers find as a comment:")
        self.show(f"keylife diff main...HEAD --at {AT} --format markdown")
        code = self.show(f"keylife check stacks --at {AT} --format github")
        if bool(code) is not refused:
            sys.exit(f"demo: `keylife check` exited with {code}")
        if refused:
            say(f"exit code {code}: the required check is red, and nothing can be merged")
            return

    def approvals(self) -> None:
        self.show(f"keylife diff main...HEAD --at {AT} --require-approval", expected=1)
        say("exit code 1: it waits for these approvals")

    def revoke(self) -> None:
        self.show(
            "keylife revoke billing-deploy --stack dev --reason cessationOfOperation"
            f" --ref PAY-812 --by oncall@example.com --at {AT}"
        )

    def stretch(self) -> None:
        file = self.folder / "stacks/dev/keys/billing.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub("ttl: .*", "ttl: 90d", text), encoding="utf-8")

    def add(self) -> None:
        (self.folder / "stacks/dev/keys/exporter.yaml").write_text(YEAR_LONG_ADMINISTRATOR)

    def show(self, command: str, expected: int | None = None) -> int:
        """Run a command and show what it printed."""
        console.print(f"[bold]$ {command}[/]")
        done = self.run(command)
        console.print(f"{done.stdout}{done.stderr}".rstrip(), markup=False)
        if expected not in (None, done.returncode):
            sys.exit(f"demo: `{command}` exited with {done.returncode}")
        return done.returncode

    def commit(self, message: str) -> None:
        self.quietly("git add --all")
        self.quietly(f"git commit -q -m {shlex.quote(message)}")

    def quietly(self, command: str) -> None:
        done = self.run(command)
        if done.returncode != 0:
            sys.exit(f"demo: `{command}` failed: {done.stderr.strip()}")

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            shlex.split(command),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def say(text: str) -> None:
    console.print(f"[bold cyan]→[/] {text}")


if __name__ == "__main__":
    sys.exit(main())
