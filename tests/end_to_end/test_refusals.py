"""What brings a revoked key back, or forgets a live one, is refused by the program itself.

No policy pack runs here, and mostly no preview either: the program is the last gate. Each refusal
has a twin that is accepted, so that none of them refuses too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from keylife.model.instant import format_instant
from tests.end_to_end.conftest import MakeProject
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import PROGRAM, Project, differences
from tests.workspace import Completed

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1200)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
AFTER = NOON + 2 * HOUR
TOMBSTONE = {
    "at": "2027-03-01T12:30:00Z",
    "reason": "cessationOfOperation",
    "by": "oncall@example.com",
    "ref": "PAY-812",
}
TOLD = "2027-03-01T12:30:00Z, cessationOfOperation, by oncall@example.com, PAY-812"
"""How a refusal names it."""

Key = dict[str, Any]


@dataclass
class Graveyard:
    """A stack with a revoked key, still in quarantine, and a live one."""

    project: Project
    oracle: Oracle
    issued: str
    """The commit before the revocation."""

    revocation: str
    """The commit that declared it."""

    @property
    def revoked(self) -> Key:
        return self.project.declared.files["billing.yaml"][0]

    @property
    def live(self) -> Key:
        return self.project.declared.files["metrics.yaml"][0]

    def refuses(self, *words: str, run: Callable[[], Completed] | None = None) -> None:
        """Deploy: it is refused in these words, and nothing changed anywhere."""
        mark = self.project.names.mark
        state, issuers = self.project.state(), self.oracle.inventory(mark)

        answer = run() if run else self.project.deploy(AFTER, check=False)

        said = answer.stdout + answer.stderr
        assert answer.returncode != 0
        for word in words:
            assert word in said
        assert "Traceback" not in said
        assert differences(state, self.project.state()) == []
        assert self.oracle.inventory(mark) == issuers

    def accepts(self) -> Completed:
        """Preview: the program does not refuse."""
        return self.project.show(AFTER)


@pytest.fixture(scope="module")
def built(make_project: MakeProject, oracle: Oracle) -> Graveyard:
    project = make_project()
    billing = project.declared.aws("billing")
    project.declared.files = {"billing.yaml": [billing]}
    metrics = project.declared.vault("metrics")
    project.declared.files = {"billing.yaml": [billing], "metrics.yaml": [metrics]}
    project.deploy(NOON)
    issued = project.commit("declare two keys")
    billing["revoked"] = dict(TOMBSTONE)
    project.deploy(NOON + HOUR)
    revocation = project.commit("revoke one of them")
    assert oracle.live_access_keys(billing["id"]) == []
    return Graveyard(project, oracle, issued, revocation)


@pytest.fixture
def graveyard(built: Graveyard) -> Iterator[Graveyard]:
    """It is left as it was found."""
    declared = deepcopy(built.project.declared.files)
    yield built
    built.project.declared.files = declared
    built.project.write_program(PROGRAM)
    built.project.git("reset", "--quiet", "--hard", built.revocation)


def test_a_removed_tombstone(graveyard: Graveyard) -> None:
    graveyard.revoked["purpose"] = "a purpose may still be told better"
    graveyard.accepts()

    del graveyard.revoked["revoked"]
    graveyard.refuses(graveyard.revoked["id"], TOLD)


def test_a_removed_declaration_of_a_revoked_key(graveyard: Graveyard) -> None:
    graveyard.project.declared.files["billing.yaml"].clear()
    graveyard.refuses(graveyard.project.names.id("billing"), TOLD)


def test_a_tombstone_that_tells_another_story(graveyard: Graveyard) -> None:
    graveyard.revoked["revoked"]["reason"] = "keyCompromise"
    assert "IAM" not in graveyard.accepts().stderr  # a reason may be raised, and is carried out

    graveyard.revoked["revoked"]["reason"] = "superseded"
    graveyard.refuses(graveyard.revoked["id"], TOLD)


def test_a_reverted_commit(graveyard: Graveyard) -> None:
    project = graveyard.project
    graveyard.live["purpose"] = "lets another dashboard read the measurements"
    project.write()
    project.commit("say it better")
    project.git("revert", "--no-edit", "HEAD")
    project.preview(*project.at(AFTER))

    project.git("revert", "--no-edit", graveyard.revocation)

    def deploy() -> Completed:
        return project.up(*project.at(AFTER), check=False)

    graveyard.refuses(graveyard.revoked["id"], TOLD, run=deploy)


def test_a_key_moved_to_another_file_without_its_tombstone(graveyard: Graveyard) -> None:
    files = graveyard.project.declared.files
    files["elsewhere.yaml"] = files.pop("billing.yaml")
    assert "elsewhere.yaml" not in graveyard.accepts().stderr

    del files["elsewhere.yaml"][0]["revoked"]
    graveyard.refuses(files["elsewhere.yaml"][0]["id"], TOLD)


def test_a_changed_kind_of_a_revoked_key(graveyard: Graveyard) -> None:
    other = deepcopy(graveyard.live)
    other["id"] = graveyard.project.names.id("another")
    other["deliver"][0]["vault-kv"]["path"] = graveyard.project.names.path("another")
    graveyard.project.declared.add(other)
    answer = graveyard.accepts()
    assert f"{other['id']}-v1" in answer.stdout

    graveyard.project.declared.files["keys.yaml"].clear()
    other["id"] = graveyard.revoked["id"]
    other["revoked"] = dict(TOMBSTONE)
    graveyard.project.declared.files["billing.yaml"] = [other]
    graveyard.refuses(other["id"], TOLD, "vault-token", "aws-access-key")


def test_a_changed_kind_of_a_live_key(graveyard: Graveyard) -> None:
    was = deepcopy(graveyard.live)
    graveyard.live.clear()
    graveyard.live.update(deepcopy(graveyard.revoked), id=was["id"], deliver=was["deliver"])
    del graveyard.live["revoked"]
    graveyard.refuses(was["id"], "vault-token", "aws-access-key")


def test_a_reused_id(graveyard: Graveyard) -> None:
    """A new key, of another team and service, happens to have the id of a dead one."""
    project = graveyard.project
    project.declared.files["billing.yaml"].clear()
    project.declared.aws(
        "billing",
        service="metrics",
        owner="team-platform",
        purpose="a new one",
        deliver=[{"vault-kv": {"mount": "secret", "path": project.names.path("new")}}],
    )
    graveyard.refuses(project.names.id("billing"), TOLD)


def test_an_alias_that_would_take_the_tombstones_place(graveyard: Graveyard) -> None:
    project = graveyard.project
    taking = ALIAS.format(key=graveyard.revoked["id"])
    project.write_program(program(after=taking))
    graveyard.refuses("`nothing` has an alias of keylife's own resources")

    del graveyard.revoked["revoked"]
    graveyard.refuses(graveyard.revoked["id"], TOLD)


def test_skip_preview_without_a_pack_and_a_preview_without_one(graveyard: Graveyard) -> None:
    project = graveyard.project
    del graveyard.revoked["revoked"]
    project.write()

    for command in (
        ("up", "--yes", "--skip-preview"),
        ("up", "--yes"),
        ("preview",),
        ("up", "--yes", "--skip-preview", "--target", "**metrics**"),
    ):
        run = partial(project.run, *command, *project.at(AFTER), check=False)
        graveyard.refuses(graveyard.revoked["id"], TOLD, run=run)


def test_a_live_key_that_is_not_declared_any_more(graveyard: Graveyard) -> None:
    key_id = graveyard.live["id"]
    graveyard.project.declared.files["metrics.yaml"].clear()
    graveyard.refuses(key_id, "live", "keylife revoke")


def test_all_refusals_of_a_run_are_told_together(graveyard: Graveyard) -> None:
    live = graveyard.live["id"]
    del graveyard.revoked["revoked"]
    graveyard.project.declared.files["metrics.yaml"].clear()
    graveyard.refuses(graveyard.revoked["id"], TOLD, live, "keylife revoke")


def test_a_destroyed_stack_keeps_its_tombstones(project: Project, oracle: Oracle) -> None:
    """`destroy` ends every key; the revocation is protected, and holds in the next deploy.

    With `--exclude-protected`: without it the engine (3.200) removes the stack's own entry from
    under the revocation, and the state has to be repaired by hand.
    """
    metrics = project.declared.vault("metrics")
    billing = project.declared.vault("billing", revoked=dict(TOMBSTONE))
    project.deploy(NOON)
    [tombstone] = project.resources("keylife:index:Revocation")

    answer = project.destroy("--run-program", "--target", tombstone["urn"], check=False)
    assert answer.returncode != 0
    assert "protected" in answer.stdout
    assert oracle.vault_versions(metrics["id"]) != {}

    project.destroy("--run-program", "--exclude-protected")
    assert oracle.vault_versions(metrics["id"]) == {}
    [kept] = project.resources("keylife:index:Revocation")
    assert kept["inputs"] == tombstone["inputs"]

    del billing["revoked"]
    answer = project.deploy(AFTER, check=False)
    assert answer.returncode != 0
    assert TOLD in answer.stdout
    assert oracle.inventory(project.names.mark)["tokens"] == {}


def program(before: str = "", after: str = "") -> str:
    """The stack's program with something of somebody else's before and after keylife's part."""
    head, run, tail = PROGRAM.read_text().rpartition("keylife.run(")
    assert run
    return f"{head}import pulumi\n{before}\n{run}{tail}\n{after}"


ALIAS = """
pulumi.ComponentResource(
    "acme:index:Nothing",
    "nothing",
    {{}},
    pulumi.ResourceOptions(
        aliases=[pulumi.Alias(type_="keylife:index:Revocation", name="{key}")]
    ),
)
"""

TRANSFORM = """
def rewrite(args):
    if args.type_ == "keylife:index:Revocation":
        props = {**args.props, "key": "somebody-else"}
        return pulumi.ResourceTransformationResult(props, args.opts)
    return None

pulumi.runtime.register_stack_transformation(rewrite)
"""


def test_a_tombstone_rewritten_by_the_program_itself(project: Project, oracle: Oracle) -> None:
    """A transformation renames the tombstone; the next run does not believe it."""
    key = project.declared.vault("metrics", revoked=dict(TOMBSTONE))
    project.write_program(program(before=TRANSFORM))
    project.deploy(NOON)  # the id is revoked before it was ever issued

    project.write_program(PROGRAM)
    del key["revoked"]
    answer = project.deploy(AFTER, check=False)

    assert answer.returncode != 0
    assert f"`{key['id']}` in the state says it is of `somebody-else`" in answer.stdout
    assert oracle.inventory(project.names.mark)["tokens"] == {}


def test_a_tombstone_taken_away_before_keylife_could_look(project: Project, oracle: Oracle) -> None:
    """An alias registered before keylife reads the ledger does take the revocation's place.

    The engine carries that out at once, protected or not. What is left in quarantine still shows
    that the key was being revoked; code that runs before keylife is for the pack and for review.
    """
    key = project.declared.aws("billing")
    project.deploy(NOON)
    key["revoked"] = dict(TOMBSTONE)
    project.deploy(NOON + HOUR)
    dead = oracle.inventory(project.names.mark)

    project.write_program(program(before=ALIAS.format(key=key["id"])))
    del key["revoked"]
    for said in (TOLD, "being revoked"):
        answer = project.deploy(AFTER, check=False)
        assert answer.returncode != 0
        assert key["id"] in answer.stdout
        assert said in answer.stdout
    assert project.resources("keylife:index:Revocation") == []
    assert oracle.inventory(project.names.mark) == dead

    project.write_program(PROGRAM)
    key["revoked"] = dict(TOMBSTONE)
    project.deploy(AFTER)
    assert len(project.resources("keylife:index:Revocation")) == 1
    assert oracle.inventory(project.names.mark) == dead


def test_a_stale_instant(project: Project, oracle: Oracle) -> None:
    """Without a sandbox's clock, the pinned instant must be about now, and pass no border."""
    now = datetime.now(UTC).replace(microsecond=0)
    key_id = project.declared.aws("billing", ttl="100m", rotate_every="50m")["id"]
    project.set_config("keylife:simulatedClock", "false")

    def refused(at: datetime, words: str) -> None:
        before = project.state(), oracle.inventory(project.names.mark)
        answer = project.deploy(at, check=False)
        assert answer.returncode != 0
        assert words in answer.stdout
        assert "preview again" in answer.stdout
        assert (project.state(), oracle.inventory(project.names.mark)) == before

    refused(now - 2 * HOUR, f"{format_instant(now - 2 * HOUR)} is more than an hour old")
    refused(now + HOUR, f"{format_instant(now + HOUR)} is in the future")

    project.deploy(now - timedelta(minutes=52))  # for want of anything due since, this is fresh

    assert oracle.created_access_keys(key_id).total() == 1
    refused(now - timedelta(minutes=40), f"a border was passed for {key_id}")
    assert oracle.created_access_keys(key_id).total() == 1
