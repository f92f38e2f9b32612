"""From what an interrupted run leaves to a state that `pulumi up` takes, cut off anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from keylife.engine.lock import Lock
from keylife.engine.stack import StackBusyError
from keylife.errors import PlanRefusedError
from keylife.evidence.event import What
from keylife.orphan import Connection, IssuerSilentError, Orphan, Pending, nothing_to_find
from keylife.recovery.recover import Deed, Surroundings, pending_in, recover
from tests.program.states import SECRET, state

ACCESS_KEY, KV = "aws:iam/accessKey:AccessKey", "vault:kv/secretV2:SecretV2"
USER = "aws:iam/user:User"
HOLDER = Lock("ada", "build-7", 4711, datetime(2026, 11, 23, 5, tzinfo=UTC))
V2 = "urn:pulumi:dev::keylife::keylife:index:ManagedKey$keylife:index:Version::billing-deploy-v2"
KEY = "urn:pulumi:dev::keylife::keylife:index:ManagedKey::billing-deploy"


class KilledError(BaseException):
    """Somebody killed recovery."""


def entry(
    operation: str, kind: str, name: str, *, parent: str = V2, custom: bool = True, **inputs: Any
) -> dict[str, Any]:
    urn = f"{parent.rpartition('::')[0]}${kind}::{name}"
    resource = {"urn": urn, "custom": custom, "type": kind, "inputs": inputs, "parent": parent}
    return {"type": operation, "resource": resource}


CREATE = entry("creating", ACCESS_KEY, "billing-deploy-v2", user="billing-deploy-v2")
COPY = entry(
    "creating", KV, "billing-deploy/vault-kv/secret/billing/aws", parent=KEY, dataJson=SECRET
)
UPDATE = entry("updating", KV, "billing-deploy/vault-kv/secret/billing/aws", parent=KEY)
DELETE = entry("deleting", ACCESS_KEY, "billing-deploy-v1")
COMPONENT = entry("creating", "keylife:index:Current", "billing-deploy", parent=KEY, custom=False)
PROVIDER = entry("creating", "pulumi:providers:aws", "keylife-prod", parent="")
FOREIGN = entry("creating", "aws:s3/bucket:Bucket", "logs", parent="")


@dataclass
class World:
    """A stack and an issuer in memory; whoever is at work can be killed at any step."""

    pending: list[dict[str, Any]]
    orphans: set[str] = field(default_factory=set)
    """Names of resources whose create happened."""

    locked: bool = True
    dead: bool | None = True
    silent: bool = False
    exported: dict[str, Any] = field(default_factory=lambda: state("in-rotation"))
    kill_at: int = -1
    steps: int = 0
    waits: int = 0
    appears: Mapping[int, str] = field(default_factory=dict)
    """Orphans that are only to be seen after so many waits."""

    read_anew: set[str] = field(default_factory=set)
    told: list[Pending] = field(default_factory=list)

    def step(self) -> None:
        """One moment at which recovery may be killed: before and after each effect."""
        self.steps += 1
        if self.steps == self.kill_at:
            raise KilledError

    def export(self) -> dict[str, Any]:
        deployment = {**self.exported["deployment"], "pending_operations": list(self.pending)}
        return {**self.exported, "deployment": deployment}

    def secrets(self, urn: str) -> Mapping[str, str]:
        return {"dataJson": '{"canary": "1b9f"}'}

    def locks(self) -> tuple[Lock, ...]:
        self.step()
        if self.locked:
            return (HOLDER,)
        self.pending = [one for one in self.pending if one["type"] == "creating"]
        self.step()
        return ()

    def unlock(self) -> None:
        self.step()
        self.locked = False
        self.step()

    def settle(self, urns: Iterable[str]) -> None:
        self.step()
        self.pending = []
        self.step()
        self.read_anew |= set(urns)
        self.step()

    def end(self, pending: Pending, at: Connection) -> Iterable[Orphan]:
        self.step()
        self.told.append(pending)
        if self.silent:
            raise IssuerSilentError(pending.name, "Vault answered: Vault is sealed")
        if pending.name in self.orphans:
            self.orphans.remove(pending.name)
            self.step()
            yield Orphan(f"the orphan {pending.name}", lambda: None)

    def wait(self) -> None:
        self.waits += 1
        if self.waits in self.appears:
            self.orphans.add(self.appears[self.waits])

    def recover(self, *, others_are_settled: bool = False) -> list[Deed]:
        around = Surroundings(
            is_dead=lambda _: self.dead, end=self.end, wait=self.wait, read_anew=frozenset({KV})
        )
        finders = dict.fromkeys((ACCESS_KEY, KV, USER), nothing_to_find)
        return list(recover(self, finders, around, others_are_settled=others_are_settled))


def sentences(deeds: list[Deed]) -> list[str]:
    return [deed.what for deed in deeds]


def test_a_cut_off_create_is_ended_cleared_and_told() -> None:
    world = World([CREATE], {"billing-deploy-v2"})

    deeds = world.recover()

    assert sentences(deeds) == [
        "lifted the lock of ada@build-7, process 4711, since 2026-11-23T05:00:00+00:00,"
        " whose process has ended",
        "ended the orphan billing-deploy-v2, which an unfinished run left and no state knows",
        "cleared the pending entry: creating billing-deploy-v2",
    ]
    assert [(d.event, d.key, d.version) for d in deeds] == [
        (None, "", None),
        (What.ORPHAN_DESTROYED, "billing-deploy", 2),
        (What.RECOVERED, "billing-deploy", 2),
    ]
    assert not world.orphans and not world.pending and not world.locked


def test_what_versions_share_is_told_as_its_keys() -> None:
    parent = f"{KEY.rpartition('::')[0]}$keylife:index:Principal::billing-deploy"
    user = entry("creating", USER, "billing-deploy/user", parent=parent)
    world = World([user], {"billing-deploy/user"})

    _, ended, cleared = world.recover()

    for deed in (ended, cleared):
        assert (deed.key, deed.version) == ("billing-deploy", None)
    assert not world.orphans


@pytest.mark.parametrize("waits", [1, 2, 3])
def test_a_create_that_lands_after_its_caller_died_is_seen_later(waits: int) -> None:
    world = World([CREATE], appears={waits: "billing-deploy-v2"})

    world.recover()

    assert not world.orphans


def test_nothing_to_do_is_said_and_nothing_is_changed() -> None:
    world = World([], locked=False)

    assert sentences(world.recover()) == ["nothing is pending"]
    assert (world.waits, world.read_anew) == (0, set())


def test_what_is_cut_off_besides_creates_is_cleared_too_and_looked_for_nowhere() -> None:
    world = World([UPDATE, DELETE], locked=False)

    assert sentences(world.recover()) == [
        f"cleared the pending entry: updating {UPDATE['resource']['urn'].rpartition('::')[2]}",
        "cleared the pending entry: deleting billing-deploy-v1",
    ]
    assert world.told == []


def test_what_stands_for_nothing_at_an_issuer_is_just_cleared() -> None:
    world = World([COMPONENT, PROVIDER])

    world.recover()

    assert world.told == [] and not world.pending


def test_the_content_of_a_cut_off_copy_is_asked_for_and_never_shown() -> None:
    world = World([COPY])

    world.recover()

    assert world.told[0].secrets == {"dataJson": '{"canary": "1b9f"}'}
    assert "1b9f" not in repr(world.told)


@pytest.mark.parametrize(("dead", "cure"), [(False, "wait"), (None, "--lock-owner-is-dead")])
def test_a_lock_whose_owner_may_live_stays(dead: bool | None, cure: str) -> None:
    world = World([CREATE, UPDATE], {"billing-deploy-v2"}, dead=dead)

    with pytest.raises(StackBusyError, match=r"ada@build-7, process 4711") as refused:
        world.recover()

    assert refused.value.hint is not None and cure in refused.value.hint
    assert world.locked and world.pending == [CREATE, UPDATE] and world.orphans


def test_a_create_of_somebody_elses_is_refused_by_name_before_anything_is_touched() -> None:
    world = World([CREATE, FOREIGN], {"billing-deploy-v2"})

    with pytest.raises(PlanRefusedError, match=r"`logs`: a aws:s3/bucket:Bucket"):
        world.recover()

    assert world.pending == [CREATE, FOREIGN] and world.orphans

    world.recover(others_are_settled=True)

    assert not world.pending and not world.orphans
    assert {one.name for one in world.told} == {"billing-deploy-v2"}


def test_if_the_issuer_cannot_be_asked_what_is_pending_stays() -> None:
    world = World([CREATE], {"billing-deploy-v2"}, silent=True)

    with pytest.raises(IssuerSilentError, match="Vault is sealed"):
        world.recover()

    assert world.pending == [CREATE]


def unfinished_delivery() -> dict[str, Any]:
    """The newest version was not seen in all its deliveries."""
    export = state("in-rotation")
    for resource in export["deployment"]["resources"]:
        if resource["urn"].endswith("keylife:index:Current::billing-deploy"):
            resource["inputs"]["version"] = 1
    return export


def test_deliveries_that_were_not_seen_to_their_end_are_read_anew() -> None:
    world = World([], locked=False, exported=unfinished_delivery())

    world.recover()

    assert {urn.rpartition("::")[2] for urn in world.read_anew} == {
        "billing-deploy/vault-kv/secret/billing/aws"
    }


@pytest.mark.parametrize("step", range(1, 20))
def test_killed_at_any_step_and_once_more_it_settles_everything(step: int) -> None:
    for again in range(1, 20):
        world = World(
            [CREATE, COPY, UPDATE, DELETE, COMPONENT],
            {"billing-deploy-v2", COPY["resource"]["urn"].rpartition("::")[2]},
            exported=unfinished_delivery(),
        )
        for kill_at in (step, again, -1):
            world.kill_at, world.steps = kill_at, 0
            try:
                world.recover()
            except KilledError:
                continue

        assert not world.orphans and not world.pending and not world.locked
        assert len(world.read_anew) == 1


def test_what_is_pending_is_read_with_its_owner_and_without_its_secrets() -> None:
    export = state("interrupted")

    found = pending_in(export)

    assert [(p.operation, p.name, p.custom) for p in found] == [
        ("creating", "hurt1-deploy/secrets-manager/hurt1/aws#secret", True),
        ("creating", "hurt1-deploy-v1-user", True),
    ]
    assert found[1].parent.endswith("keylife:index:Version::hurt1-deploy-v1")
    assert found[1].inputs["name"] == "hurt1-deploy-v1"
