"""`make demo`: the whole story on this machine, in real output.

A project of its own in the sandbox's folder, with the real Pulumi CLI and engine, OpenBao, and
moto behind keylife's AWS front. Nothing here is prepared output: each line that a command prints
is what it printed now.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import hvac
import psutil  # type: ignore[import-untyped]  # it ships no types
from botocore.exceptions import ClientError
from rich.console import Console
from rich.rule import Rule

from keylife.model.instant import format_instant
from keylife.sandbox.lifecycle import Sandbox
from keylife.sandbox.loopback import ask
from keylife.sandbox.process import within

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDER = REPOSITORY / ".sandbox"
PROJECT = FOLDER / "demo"
STACK = "dev"
# What Pulumi prints while it works; what it did and found is shown as it is.
NOISE = re.compile(
    r"@ |Duration:|Updating \(|Previewing update|.*(creat|updat|delet|replac)ing \(0s\)"
)

console = Console(highlight=False, soft_wrap=True)

IGNORED = """\
.venv
.keylife/
stacks/Pulumi.*.yaml
__pycache__/
"""

SHORT_LIVED = """\
keys:
  - id: ten-seconds
    kind: vault-token
    service: metrics
    owner: team-platform
    purpose: shows that Vault itself ends a key
    scope: {policies: [metrics-read]}
    ttl: 10s
    rotate_every: 5s
    deliver:
      - vault-kv: {mount: secret, path: demo/ten-seconds}
"""

NO_TTL = """\
import pulumi_aws as aws

user = aws.iam.User("quick-fix", name="quick-fix")
aws.iam.AccessKey("quick-fix", user=user.name)
"""

RETIRED_SERVICE = """\
keys:
  - id: exporter-upload
    kind: aws-access-key
    service: exporter
    owner: team-platform
    purpose: uploads the nightly export
    scope: {policies: [arn:aws:iam::aws:policy/AmazonS3FullAccess]}
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {mount: secret, path: exporter/aws}
"""


def main() -> int:
    began = time.monotonic()
    sandbox = Sandbox(FOLDER)
    with console.status("starting the sandbox: OpenBao and AWS on 127.0.0.1"):
        sandbox.down()  # a story begins at its beginning: yesterday's keys are gone
        status = sandbox.up()
    for plugin in status.plugins:
        console.print(f"[dim]provider plugin {plugin.name} {plugin.version}: {plugin.origin}[/]")
    os.environ.update(sandbox.environment())
    story = Story(sandbox)
    story.prepare()
    story.issue()
    story.block()
    story.expire()
    story.interrupt()
    story.rotate()
    story.revoke()
    story.tell()
    console.print(Rule("what to try next"))
    console.print(
        f"The demo took {time.monotonic() - began:.0f} s. Its sandbox is still up:\n"
        f"  cd {PROJECT.relative_to(REPOSITORY)}\n"
        '  eval "$(keylife sandbox env)"     # keylife is in .venv/bin\n'
        "  keylife plan --at 2027-06-01T00:00:00Z\n"
        "  keylife rotate metrics-reader --reason keyCompromise && git diff\n"
        "  pulumi up --policy-pack policies\n"
        "and when you are done: keylife sandbox down",
        markup=False,
    )
    return 0


class Story:
    """One chapter a method, in the order of a key's life."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.at = datetime.now(UTC).replace(microsecond=0)

    def prepare(self) -> None:
        shutil.rmtree(PROJECT, ignore_errors=True)
        shutil.copytree(REPOSITORY / "stacks", PROJECT / "stacks", ignore=_GENERATED)
        shutil.copytree(REPOSITORY / "policies", PROJECT / "policies", ignore=_GENERATED)
        shutil.copy(REPOSITORY / "Pulumi.yaml", PROJECT)
        (PROJECT / ".venv").symlink_to(REPOSITORY / ".venv")
        (PROJECT / ".gitignore").write_text(
            ".venv\n.keylife/\nstacks/Pulumi.*.yaml\n__pycache__/\n"
        )
        (PROJECT / "stacks/dev/keys/short-lived.yaml").write_text(SHORT_LIVED)
        quietly("git init -q -b main")
        quietly("git config user.email demo@example.com")
        quietly("git config user.name Demo")
        quietly(f"pulumi stack init {STACK}")
        commit("declare three keys")
        self.move_to(self.at)

    def issue(self) -> None:
        console.print(Rule("1. three keys, declared; `pulumi up` issues and delivers them"))
        show("cat stacks/dev/keys/billing.yaml")
        show("pulumi up --yes --skip-preview --policy-pack policies")
        self.born = time.monotonic()
        self.first = consumer_key("secret", "billing/aws")
        say("the consumer reads the stable place and uses what it finds: " + use_aws(self.first))
        say(f"the ten-second token: {use_vault(consumer_token('demo/ten-seconds'))}")
        self.token = consumer_token("demo/ten-seconds")

    def block(self) -> None:
        console.print(Rule("2. a key without a TTL, and one for a retired service: blocked"))
        program = PROJECT / "stacks/__main__.py"
        before = program.read_text()
        program.write_text(before + "\n" + NO_TTL)
        show("git diff --unified=0 stacks/__main__.py")
        declared = PROJECT / "stacks/dev/keys/exporter.yaml"
        declared.write_text(RETIRED_SERVICE)
        show("head -5 stacks/dev/keys/exporter.yaml")
        refused("pulumi preview --policy-pack policies")
        program.write_text(before)
        declared.unlink()

    def expire(self) -> None:
        console.print(Rule("3. a life of ten seconds, ended by its issuer with nobody's help"))
        wait = 12 - (time.monotonic() - self.born)
        if wait > 0:
            with console.status(f"waiting {wait:.0f} s; nothing runs"):
                time.sleep(wait)
        say(f"the ten-second token now: {use_vault(self.token)}")
        (PROJECT / "stacks/dev/keys/short-lived.yaml").write_text(
            SHORT_LIVED.replace("10s", "10d").replace("5s", "5d")
        )
        commit("give the short-lived key ten days: its next version has them")

    def interrupt(self) -> None:
        console.print(Rule("4. 22 days later a rotation is due, and its runner is lost half-way"))
        self.move_to(self.at + timedelta(days=22))
        show(f"keylife plan --at {format_instant(self.at)}")
        killed("pulumi up --yes --skip-preview", "billing-deploy-v2")
        say(
            "AWS made a key, and nobody has its secret. Consumers notice nothing: "
            + use_aws(consumer_key("secret", "billing/aws"))
        )
        refused("pulumi up --yes --skip-preview")
        show("keylife recover")

    def rotate(self) -> None:
        console.print(Rule("5. the same deploy again: a rotation, both versions working"))
        show("pulumi up --yes --skip-preview --policy-pack policies")
        second = consumer_key("secret", "billing/aws")
        say(f"version 1, still held by a slow consumer: {use_aws(self.first)}")
        say(f"version 2, at the same stable place:      {use_aws(second)}")
        self.second = second

    def revoke(self) -> None:
        console.print(Rule("6. a revoke is a reviewed change"))
        show(
            "keylife revoke billing-deploy --reason cessationOfOperation --ref PAY-812"
            f" --by oncall@example.com --at {format_instant(self.at)}"
        )
        show("git diff --unified=1")
        commit("revoke billing-deploy: the pipeline moved to OIDC (PAY-812)")
        show("pulumi preview --policy-pack policies")
        show("pulumi up --yes --skip-preview --policy-pack policies")
        say(f"version 1: {use_aws(self.first)}")
        say(f"version 2: {use_aws(self.second)}")
        quietly("git revert --no-edit HEAD")
        say("somebody reverts the commit, to get the key back:")
        refused("pulumi preview")
        quietly("git reset -q --hard HEAD~1")

    def tell(self) -> None:
        console.print(Rule("7. its history"))
        show("keylife history billing-deploy")

    def move_to(self, at: datetime) -> None:
        """From now on it is ``at``, for the program and for AWS."""
        self.at = at
        quietly(f"pulumi config set keylife:at {format_instant(at)}")
        self.sandbox.set_clock(at)


def _GENERATED(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__"}


def say(text: str) -> None:
    console.print(f"[bold cyan]→[/] {text}")


def show(command: str) -> None:
    """Run a command, show what it printed, and stop the demo if it failed."""
    code = run(command)
    if code != 0:
        sys.exit(f"demo: `{command}` exited with {code}")


def refused(command: str) -> None:
    """Run a command that has to be refused."""
    code = run(command)
    if code == 0:
        sys.exit(f"demo: `{command}` was not refused")
    say(f"refused, exit code {code}: nothing was changed")


def run(command: str) -> int:
    console.print(f"[bold]$ {command}[/]")
    with console.status("running"):
        done = subprocess.run(
            shlex.split(command), cwd=PROJECT, capture_output=True, text=True, check=False
        )
    for line in (done.stdout + done.stderr).splitlines():
        if line.strip() and not NOISE.match(line.strip()):
            console.print(line, markup=False)
    return done.returncode


def killed(command: str, user: str) -> None:
    """Run a deploy and kill all of it when AWS has made the user's key, but not yet said so."""
    aws = os.environ["AWS_ENDPOINT_URL"]
    order = {"service": "iam", "action": "CreateAccessKey", "match": {"UserName": user}}
    ask("POST", f"{aws}/keylife-sandbox/faults", [{**order, "kind": "held"}])
    console.print(f"[bold]$ {command}[/]")
    with console.status("running"):
        deploy = subprocess.Popen(
            shlex.split(command),
            cwd=PROJECT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if not within(60, lambda: has_access_key(user)):
            sys.exit("demo: the deploy never asked for the key")
        for process in [*psutil.Process(deploy.pid).children(recursive=True), deploy]:
            process.kill()
        deploy.wait()
    ask("POST", f"{aws}/keylife-sandbox/faults", [])
    say("kill -9, of everything that the deploy had started")


def has_access_key(user: str) -> bool:
    iam = boto3.client("iam", region_name=os.environ["AWS_REGION"])
    try:
        return bool(iam.list_access_keys(UserName=user)["AccessKeyMetadata"])
    except ClientError:
        return False


def quietly(command: str) -> None:
    done = subprocess.run(
        shlex.split(command), cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"demo: `{command}` failed: {done.stderr.strip()}")


def commit(message: str) -> None:
    quietly("git add --all")
    quietly(f"git commit -q -m {shlex.quote(message)}")


def consumer_key(mount: str, path: str) -> dict[str, str]:
    found = hvac.Client().secrets.kv.v2.read_secret_version(
        path, mount_point=mount, raise_on_deleted_version=True
    )
    return dict(found["data"]["data"])


def consumer_token(path: str) -> str:
    return consumer_key("secret", path)["token"]


def use_aws(key: dict[str, str]) -> str:
    """Use an access key as its consumer would, and say what AWS answered."""
    session = boto3.session.Session(
        aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=key["secret_access_key"],
        region_name=os.environ["AWS_REGION"],
    )
    try:
        user = session.client("iam").get_user()["User"]["UserName"]
    except ClientError as error:
        return f"[red]refused by AWS[/] ({error.response['Error']['Code']})"
    return f"[green]accepted by AWS[/] as {user}"


def use_vault(token: str) -> str:
    """Use a token as its consumer would, and say what Vault answered."""
    try:
        hvac.Client(token=token).auth.token.lookup_self()
    except hvac.exceptions.Forbidden:
        return "[red]refused by Vault[/] (permission denied)"
    return "[green]accepted by Vault[/]"


if __name__ == "__main__":
    sys.exit(main())
