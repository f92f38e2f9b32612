"""A deploy that is killed at one point, and what has to be true afterwards."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from keylife.model.instant import format_instant
from tests.end_to_end.gates import GATED_PROGRAM, Gate, Point, standing_before
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
VICTIMS = ("the CLI alone", "everything")


@dataclass
class Interrupted:
    """A project whose deploys pass a gate."""

    project: Project
    oracle: Oracle
    gate: Gate
    gated: Mapping[str, str]
    """The variables that lead a deploy through the gate."""

    now: datetime = NOON

    def killed_at(self, point: Point, victim: str) -> None:
        """Deploy, and kill when the point is reached."""
        self.gate.begin(hold=point)
        self.project.write()
        running = self.project.start(
            "up", "--yes", "--skip-preview", *self.project.at(self.now), extra=self.gated
        )
        try:
            assert self.gate.held.wait(90), f"the deploy never came to this: {point}"
        finally:
            if victim == "everything":
                self.project.end_processes()
            else:
                os.kill(running.pid, signal.SIGKILL)
            running.wait(timeout=30)
            self.gate.release(alive=victim != "everything")
            for stream in (running.stdout, running.stderr):
                if stream is not None:
                    stream.close()

    def settles(self) -> str:
        """Assert that a plain deploy is refused, recovery works, and the next deploys are clean.

        Returns:
            What recovery said.
        """
        refused = self.project.deploy(self.now, check=False)
        told = refused.stdout + refused.stderr
        assert refused.returncode != 0, told
        torn = "failed to load checkpoint: EOF" in told  # killed while it wrote beside the state
        assert torn or "pulumi cancel" in told or "keylife recover" in told, told
        said = self.project.keylife("recover", "--stack", self.project.stack).stdout
        assert said.splitlines()[-1] == "next: pulumi up"
        mended = self.project.deploy(self.now)
        again = self.project.deploy(self.now)
        assert set(self.project.steps(again)) == {"unchanged"}, mended.stdout + again.stdout
        self.project.end_processes()
        return said

    def history(self, key_id: str) -> list[tuple[str, int | None]]:
        """What `keylife history` tells: what happened, to which version."""
        told = json.loads(self.project.keylife("history", key_id, "--format", "json").stdout)
        return [(event["what"], event["version"]) for event in told["events"]]

    def births(self, key_id: str) -> dict[int, str]:
        """When each version that lives at its issuer says it was born."""
        users = [v.tags for v in self.oracle.aws_versions(key_id).values()]
        tokens = [v.meta for v in self.oracle.vault_versions(key_id).values()]
        return {
            **{int(tags["keylife:version"]): tags["keylife:birth"] for tags in users},
            **{int(meta["keylife-version"]): meta["keylife-birth"] for meta in tokens},
        }


@contextmanager
def interrupted(project: Project, oracle: Oracle) -> Iterator[Interrupted]:
    """The project with a gate before its issuers and its event log."""
    project.write_program(GATED_PROGRAM)
    project.commit("a gate before the issuers")
    gate = Gate()
    with standing_before(gate, project.environment()) as gated:
        yield Interrupted(project, oracle, gate, gated)


class Rotations:
    """One stack, rotated again and again: each case is the next rotation of both its keys.

    From the fourth version on each brings a new version to its consumers, deactivates one and
    destroys another.
    """

    def __init__(self, about: Interrupted, versions: int) -> None:
        self.about = about
        project = about.project
        self.aws = project.declared.aws("billing")["id"]
        self.vault = project.declared.vault("metrics")["id"]
        self.newest = 0
        for _ in range(versions):
            self.prepare()
            about.project.deploy(about.now)

    def prepare(self) -> None:
        """Come to the next rotation."""
        self.newest += 1
        self.about.now = NOON + self.newest * 22 * DAY
        names = ("new", "in-grace", "old", "gone")
        self.about.gate.names = {
            **{
                f"{key}-v{self.newest - age}": f"{word}-{name}"
                for age, name in enumerate(names)
                for key, word in ((self.aws, "billing"), (self.vault, "metrics"))
            },
            # a delivery's event knows the current version, whatever it was before
            **{self.about.project.names.mark: "mark"},
        }
        self.before = {key: self.about.births(key) for key in (self.aws, self.vault)}

    def holds(self) -> None:
        """Assert what is true at the issuers after the rotation."""
        about, oracle, names = self.about, self.about.oracle, self.about.project.names
        new = self.newest
        users = oracle.aws_versions(self.aws)
        assert {name: sorted(user.keys.values()) for name, user in users.items()} == {
            f"{self.aws}-v{number}": [status]
            for number, status in ((new, "Active"), (new - 1, "Active"), (new - 2, "Inactive"))
            if number > 0
        }
        tokens = [v.meta["keylife-version"] for v in oracle.vault_versions(self.vault).values()]
        assert sorted(map(int, tokens)) == [new - 1, new]
        for word, use in (("billing", oracle.aws_answers), ("metrics", oracle.vault_answers)):
            copy = oracle.kv(names.path(word))
            assert copy is not None and copy.metadata["keylife-version"] == str(new)
            assert use(copy.secret)
        kv, managed = (
            oracle.kv(names.path("billing")),
            oracle.secrets_manager(names.path("billing")),
        )
        assert kv is not None and managed is not None and kv.secret == managed.secret
        for key in (self.aws, self.vault):
            births = about.births(key)
            assert births[new] == format_instant(about.now)
            assert births[new - 1] == self.before[key][new - 1]
            self._history_tells(key)

    def _history_tells(self, key: str) -> None:
        told = self.about.history(key)
        assert ("issued", self.newest) in told
        assert ("delivered", self.newest) in told
        created = self.about.oracle.created_access_keys(key) + self.about.oracle.created_tokens(key)
        ended = told.count(("orphan ended", self.newest))
        assert ended >= created[f"{key}-v{self.newest}"] - 1


class Revocations:
    """One stack, with two keys more for each case, which then are revoked."""

    def __init__(self, about: Interrupted, _versions: int) -> None:
        self.about = about
        self.number = 0

    def prepare(self) -> None:
        """Issue two keys, and declare their end."""
        self.number += 1
        about, number = self.about, self.number
        about.now = NOON + self.number * DAY
        aws = about.project.declared.aws(f"billing{number}")
        vault = about.project.declared.vault(f"metrics{number}")
        about.project.deploy(about.now)
        self.aws, self.vault = aws["id"], vault["id"]
        about.gate.names = {
            self.aws: "billing",
            self.vault: "metrics",
            f"billing{number}": "billing",
            f"metrics{number}": "metrics",
            about.project.names.mark: "mark",
        }
        self.before = {key: about.births(key) for key in (self.aws, self.vault)}
        about.now += timedelta(hours=1)
        for key in (aws, vault):
            key["revoked"] = {
                "at": format_instant(about.now),
                "reason": "cessationOfOperation",
                "by": "oncall@example.com",
                "ref": "PAY-812",
            }

    def holds(self) -> None:
        """Assert what is true at the issuers after the revocation."""
        oracle, names = self.about.oracle, self.about.project.names
        [user] = oracle.aws_versions(self.aws).values()
        assert list(user.keys.values()) == ["Inactive"]
        assert oracle.vault_versions(self.vault) == {}
        for word in (f"billing{self.number}", f"metrics{self.number}"):
            assert oracle.kv(names.path(word)) is None
            assert oracle.secrets_manager(names.path(word)) is None
        assert self.about.births(self.aws) == self.before[self.aws]
        for key, end in ((self.aws, "deactivated"), (self.vault, "destroyed")):
            told = self.about.history(key)
            assert ("revoked", None) in told
            assert (end, 1) in told or ("recovered", 1) in told


Scenario = Rotations | Revocations
Make = Callable[[Interrupted, int], Scenario]


def points_of(about: Interrupted, scenario: Scenario) -> list[Point]:
    """Every point of the scenario's deploy, from one that nobody kills."""
    scenario.prepare()
    about.gate.begin()
    about.project.deploy(about.now, extra=about.gated)
    points = sorted(set(about.gate.seen))
    about.project.deploy(about.now)
    scenario.holds()
    return points


def kill(about: Interrupted, scenario: Scenario, cases: Iterable[tuple[Point, str]]) -> None:
    """Kill a deploy of the scenario's for each case, and assert what holds once it is settled."""
    for point, victim in cases:
        scenario.prepare()
        about.killed_at(point, victim)
        said = about.settles()
        scenario.holds()
        print(f"{point} | {victim} | {' / '.join(said.splitlines()[:-1])}")
