"""What the README shows of the demo is what the commands print now.

The demo itself takes minutes; each passage is held by the code that prints it. What differs from
run to run (ids, processes, commits, the day of the recording) is taken as the README has it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from keylife.cli.main import app
from keylife.declarations import load
from keylife.engine.lock import Lock
from keylife.errors import PlanRefusedError
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from keylife.gates.examples import judge_example
from keylife.kinds import KINDS
from keylife.model.instant import parse_instant
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger, RecordedRevocation
from keylife.orphan import Connection, Orphan, Pending
from keylife.planning.planner import make_plan
from keylife.reports.history import print_history
from keylife.reports.plan import print_plan
from tests.recovery import test_recover as recovery

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
STORY = README.partition("## What it does")[2].partition("\n## ")[0]
BORN = parse_instant("2026-11-23T06:14:30Z")
LATER = BORN + timedelta(days=22)
DECLARED = load(REPOSITORY / "stacks", "dev")
DECLARED = DECLARED.model_copy(update={"keys": {"billing-deploy": DECLARED.keys["billing-deploy"]}})
KEY = DECLARED.keys["billing-deploy"]
TRAITS = {name: kind.traits for name, kind in KINDS.items()}
AN_ID, A_LOCK = r"AKIA[A-Z0-9]{16}", r"of (\w+)@(\w+), process (\d+), since (\S+),"


def shown(command: str) -> list[str]:
    """The lines that the README shows below a command, up to the next one; those cut are out."""
    block = STORY.partition(f"$ {command}")[2].partition("\n```")[0].partition("\n$ ")[0]
    lines = [line for line in block.splitlines()[1:] if line != "…"]
    assert lines, f"the README does not show `{command}`"
    return [line for line in lines if not line.startswith("→")]


def version(number: int, birth: datetime) -> IssuedVersion:
    return IssuedVersion(
        number=number,
        birth=birth,
        expiry=birth + KEY.ttl,
        rotation_due=birth + KEY.rotate_every,
        grace=KEY.grace,
        cause="first version of the key",
        owner=KEY.owner,
        service=KEY.service,
        scope=KEY.scope,
        exists=True,
    )


def recorded(**other: object) -> Ledger:
    record = KeyRecord(id=KEY.id, kind=KEY.kind, versions=(version(1, BORN),), delivered=1)
    return Ledger(keys={KEY.id: record.model_copy(update=other)})


def test_the_declaration_and_the_plan_of_its_rotation() -> None:
    out = StringIO()

    print_plan(make_plan(DECLARED, recorded(), LATER, TRAITS), Console(file=out, width=300))

    assert shown("keylife plan --at 2026-12-15T06:14:30Z") == out.getvalue().splitlines()[:2]


@dataclass
class _Issuer(recovery.World):
    orphan: str = ""

    def end(self, pending: Pending, at: Connection) -> Iterable[Orphan]:
        yield Orphan(f"access key {self.orphan} of the IAM user {pending.name}", lambda: None)


def test_a_recovery(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown("keylife recover")
    lock, key = re.search(A_LOCK, lines[0]), re.search(AN_ID, lines[1])
    assert lock is not None and key is not None
    holder = Lock(lock[1], lock[2], int(lock[3]), datetime.fromisoformat(lock[4]))
    monkeypatch.setattr(recovery, "HOLDER", holder)

    deeds = _Issuer([recovery.CREATE], orphan=key[0]).recover()

    assert lines[:-1] == [deed.what for deed in deeds]
    assert lines[-1] == "next: pulumi up"  # tests/cli and the end-to-end tests print it


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        (
            "expiry-required",
            "resources: [{type: 'aws:iam/accessKey:AccessKey', name: quick-fix,"
            " properties: {user: quick-fix}}]",
        ),
        (
            "service-known-and-active",
            "resources: [{type: 'keylife:index:ManagedKey', name: exporter-upload,"
            " properties: {key: exporter-upload, kind: aws-access-key, service: exporter,"
            " owner: team-platform}}]\n"
            + (REPOSITORY / "stacks/services.yaml").read_text(encoding="utf-8"),
        ),
    ],
)
def test_what_the_policy_pack_says(rule: str, example: str) -> None:
    [line] = [n for n in shown("pulumi preview --policy-pack policies") if f"[{rule}] " in n]

    [found] = [f.finding for f in judge_example(example).findings if f.finding.rule == rule]

    name = found.subject.rpartition("::")[2]
    told = str(found).partition(f"::{name}: ")[2]
    said = line.partition(f"::{name}: ")[2]
    assert f"[mandatory]  {rule}  ({found.subject.split('::')[2]}: {name})" in STORY
    pattern = ".*".join(map(re.escape, re.sub(r"now [^)]*", "now", said).split("…")))
    assert re.fullmatch(pattern, re.sub(r"now [^)]*", "now", told)), told


def test_a_revoke_as_a_diff(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "stacks", tmp_path / "stacks")
    for command in ("init -q", "add stacks/dev/keys"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    line = re.search(r"\$ keylife (revoke billing-deploy .*)", STORY)
    assert line is not None

    revoke = [*line[1].split(), "--at", "2026-12-15T06:14:30Z", "--stack", "dev"]
    answer = CliRunner().invoke(app, [*revoke, "--declarations", str(tmp_path / "stacks")])
    diff = ["git", "diff", "--unified=1"]
    done = subprocess.run(diff, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert answer.exit_code == 0
    [_, hunk] = re.split(r"^@@.*\n", done.stdout, flags=re.MULTILINE)
    assert hunk.splitlines() == shown("git diff --unified=1")


def test_a_revert_is_refused() -> None:
    tombstone = RecordedRevocation.model_validate(
        {
            "kind": KEY.kind,
            "at": LATER,
            "reason": "cessationOfOperation",
            "by": "oncall@example.com",
            "ref": "PAY-812",
            "versions": (1,),
        }
    )

    with pytest.raises(PlanRefusedError) as refused:
        make_plan(DECLARED, recorded(revocation=tombstone, ending=True), LATER, TRAITS)

    assert f"error: {refused.value}" in STORY.splitlines()


def test_the_history() -> None:
    lines = shown("keylife history billing-deploy")
    cause = re.search(r"commit (\w+), of (.*), on (\w+), recorded (\S+)", "\n".join(lines))
    assert cause is not None
    event = Event(
        recorded=parse_instant(cause[4]),
        at=LATER,
        what=What.DEACTIVATED,
        key=KEY.id,
        version=2,
        stack="organization/keylife/dev",
        urn="urn:x",
        source=Source(commit=cause[1], author=cause[2], branch=cause[3], clean=True),
    )
    place = "vault-kv/secret/billing/aws"
    proof = re.search(r"^(\S+)  verified .* certificate (\w+)$", "\n".join(lines), re.MULTILINE)
    assert proof is not None
    proven = event.model_copy(
        update={
            "what": What.VERIFIED,
            "at": parse_instant(proof[1]),
            "place": place,
            "detail": "proven",
            "certificate": proof[2].ljust(64, "0"),
        }
    )
    happened = [
        event.model_copy(update={"what": What.DELIVERED, "place": place}),
        event.model_copy(
            update={
                "what": What.REVOKED,
                "version": None,
                "detail": "cessationOfOperation, by oncall@example.com, PAY-812",
            }
        ),
        event,
        proven.model_copy(
            update={
                "what": What.COPY_DESTROYED,
                "detail": "destroyed 2 values, and the metadata",
                "certificate": None,
            }
        ),
        proven,
    ]
    out = StringIO()

    print_history(happened, Console(file=out, width=300))

    told = out.getvalue().splitlines()
    assert [line for line in told if line in lines] and set(lines) <= set(told)
