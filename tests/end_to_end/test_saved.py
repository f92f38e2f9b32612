"""One program at every gate, with the real CLI: the pack, a preview, a plan and the state.

``KEYLIFE_RECORD=FOLDER`` keeps what the CLI saved; ``tests/saved/recording.py`` makes of it what
``tests/vectors/saved`` has.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from keylife.saved.document import parse_document
from keylife.saved.gate import check_saved
from tests.end_to_end.own_pack import violations, write_pack
from tests.workspace import MakeWorkspace, Workspace

pytestmark = pytest.mark.end_to_end

PROGRAM = Path(__file__).parent / "programs/saved"
NOW = datetime.now(UTC).replace(microsecond=0)
"""The engine writes into a state when it made something by its own clock, so that is the one."""

CONFIG = {
    "keylife:at": f"{NOW:%FT%TZ}",
    "keylife:simulatedClock": "true",
    "aws:region": "us-east-1",
}
CANARY = "canary-4f1d9b77e2"
Finding = tuple[str, str]
"""Rule and name of the resource."""

HIDDEN: set[Finding] = {
    (rule, "secret-ttl") for rule in ("expiry-required", "managed-only", "ttl-within-limit")
}
"""What a pack lets pass, because it is handed secrets in clear."""

COMPUTED: set[Finding] = {(rule, "computed-ttl") for rule, _ in HIDDEN}
"""What is known once it was deployed."""

KEPT: Finding = ("unsafe-options", "deleted-and-kept")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "policies")


def by_the_gate(text: str, pack: Path, state: str | None = None) -> set[Finding]:
    form, document = parse_document(text, "saved")
    before = None if state is None else parse_document(state, "state")[1]
    verdict = check_saved(form, document, pack / "registry", NOW, before)
    assert CANARY not in repr(verdict)
    return {(f.finding.rule, f.finding.subject.rpartition("::")[2]) for f in verdict.violations}


def saved(workspace: Workspace, act: str) -> tuple[str, str]:
    """The preview and the plan of an act."""
    plan = workspace.folder / f"plan-{act}.json"
    preview = workspace.run("preview", "--json", "--show-sames", "--save-plan", plan).stdout
    keep(f"preview-{act}", preview)
    keep(f"plan-{act}", plan.read_text())
    return preview, plan.read_text()


def keep(name: str, text: str) -> None:
    if folder := os.environ.get("KEYLIFE_RECORD"):
        (Path(folder) / f"{name}.json").write_text(text)


def test_the_same_findings_at_every_gate(make_workspace: MakeWorkspace, pack: Path) -> None:
    workspace = make_workspace(PROGRAM, config=CONFIG)

    packed = set(violations(workspace.preview("--policy-pack", pack, check=False)))
    preview, plan = saved(workspace, "first")
    workspace.up()
    state = workspace.run("stack", "export").stdout
    keep("state-first", state)

    assert len(packed) > 12
    assert by_the_gate(preview, pack) == packed | HIDDEN | {KEPT}
    assert by_the_gate(plan, pack) == packed | HIDDEN
    assert by_the_gate(state, pack) == (packed - COMPUTED) | HIDDEN | {KEPT}

    workspace.set_config("act", "second")
    workspace.set_config("adopt", another_access_key(workspace))
    preview, plan = saved(workspace, "second")
    changed = {
        ("revoked-means-revoked", "forgotten"),
        ("revoked-means-revoked", "deleted-and-kept"),
        ("unsafe-options", "adopted"),
        ("unsafe-options", "ignoring"),
    }

    assert changed | {("unsafe-options", "kept")} <= by_the_gate(preview, pack)
    assert changed <= by_the_gate(plan, pack, state)


def another_access_key(workspace: Workspace) -> str:
    """An access key that somebody made by hand."""
    environment = workspace.environment()
    iam = boto3.client(
        "iam",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    made = iam.create_access_key(UserName=f"deployer-{workspace.stack}")["AccessKey"]
    return str(made["AccessKeyId"])
