"""What a deploy ends is an order like any other: carried out, told, and left for the next run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pulumi
import pytest

from keylife.audit.log import Log
from keylife.engine.stack import Stack
from keylife.evidence.source import Source
from keylife.model.revocation import Reason
from keylife.model.state import State
from keylife.planning import Action
from keylife.program.endings import Endings, _Ending, _of_none, _retired_in
from keylife.revocation.book import orders_of, unsettled_of
from keylife.revocation.course import Course, SystemSilentError
from keylife.revocation.progress import Phase
from keylife.revocation.reach import Reach
from keylife.store import revocations, tombstones
from keylife.store.database import Database, open_database
from keylife.store.revocations import Way
from keylife.systems.system import Answer, Holding, Step, Verdict
from keylife.systems.table import SYSTEMS
from tests.audit.logs import open_log
from tests.program.test_consumers import plan_of, planned
from tests.store.builders import STACK, holding

KEY = "billing-deploy"


def clock() -> datetime:
    return datetime.now(UTC)  # the course really waits


class Hands:
    """A system that accepts a version until its steps are done; silent as long as it is down."""

    def __init__(self) -> None:
        self.down = False
        self.done: list[tuple[str, str]] = []

    def act(self, step: Step, holding: Holding) -> str:
        if self.down:
            raise SystemSilentError("sealed")
        self.done.append((holding.place, step.name))
        return "done"

    def use(self, holding: Holding) -> Answer:
        if self.down:
            return Answer(Verdict.UNCLEAR, "sealed")
        refused = any(place == holding.place for place, _ in self.done)
        return Answer(Verdict.REFUSED if refused else Verdict.ACCEPTED, "told")

    def look(self, holding: Holding) -> Answer:
        return self.use(holding)


class Held(Reach):
    """A state in which these stand for a key."""

    def __init__(self, *held: Holding) -> None:
        super().__init__(Stack(STACK))
        self.held = held

    def holdings(
        self, key: str, ending: Collection[int] | None = None, reason: Reason = Reason.UNSPECIFIED
    ) -> tuple[Holding, ...]:
        return tuple(h for h in self.held if ending is None or h.version in ending)

    def read_secrets(self, holdings: object) -> None:
        pass


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    yield found
    found.close()


@pytest.fixture
def log(database: Database, tmp_path: Path) -> Iterator[Log]:
    found = open_log(database, tmp_path)
    yield found
    found.close()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    for level in ("info", "warn"):
        monkeypatch.setattr(
            pulumi.log, level, lambda text, _=None, level=level: found.append(f"{level}: {text}")
        )
    return found


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def endings(
    database: Database, log: Log, tmp_path: Path, hands: Hands, told: list[str]
) -> Callable[..., Endings]:
    class Fake(Endings):
        def _course(self, holding: Holding) -> Course:
            return Course(holding, SYSTEMS[holding.system], hands, clock)

    def make(*held: Holding) -> Endings:
        return Fake(database, log, Held(*held), tmp_path, STACK, Source, clock)

    return make


def at(place: str, **fields: Any) -> Holding:
    return holding(place, window=0.0, urn=f"urn:{place}", **fields)


def ending(way: Way, *destroyed: int) -> _Ending:
    whole = way is Way.REVIEWED
    return _Ending(
        key=KEY,
        versions=None if whole else frozenset(destroyed),
        destroyed=frozenset(destroyed),
        way=way,
        by="ada@example.com",
        reason=Reason.SUPERSEDED,
        ref="OPS-1",
    )


def orders(database: Database) -> dict[str, Phase]:
    with database.reading() as connection:
        known = revocations.of_key(connection, KEY)
    return {
        order.id.place: order.progress.phase
        for each in known
        for order in orders_of(database, each.revocation.id)
    }


def test_a_retired_version_is_proven_and_its_key_is_not_buried(
    endings: Callable[..., Endings], database: Database, hands: Hands, told: list[str]
) -> None:
    made = endings(at("aws-iam/AKIA1"), at("aws-iam/AKIA2", version=2))
    asyncio.run(made._end([ending(Way.ROTATION, 1)]))
    assert orders(database) == {"aws-iam/AKIA1": Phase.PROVEN}
    assert [step for _, step in hands.done] == [s.name for s in SYSTEMS["aws-iam"].steps]
    assert made.has_recorded(KEY, None, "urn:aws-iam/AKIA1")
    assert not made.has_recorded(KEY, None, "urn:aws-iam/AKIA2")
    [line] = told
    assert line.startswith(f"info: {KEY} v1   aws-iam/AKIA1  dead: refused")
    with database.reading() as connection:
        assert tombstones.of_ids(connection, [KEY]) == {}


def test_what_leaked_ends_for_another_reason_than_what_is_superseded(
    endings: Callable[..., Endings], database: Database
) -> None:
    leaked = replace(planned(1, Action.DESTROY), state=State.COMPROMISED)
    plan = plan_of(leaked, planned(2, Action.DESTROY), planned(3, Action.RETAIN))
    found = _retired_in(plan)
    assert {each.reason: set(each.versions or ()) for each in found} == {
        Reason.KEY_COMPROMISE: {1},
        Reason.SUPERSEDED: {2},
    }

    made = endings(at("aws-iam/AKIA1"), at("aws-iam/AKIA2", version=2))
    asyncio.run(made._end([replace(each, key=KEY) for each in found]))

    assert set(orders(database).values()) == {Phase.PROVEN}
    with database.reading() as connection:
        known = revocations.of_key(connection, KEY)
    assert {each.revocation.reason for each in known} == {
        Reason.KEY_COMPROMISE,
        Reason.SUPERSEDED,
    }


def test_what_goes_into_quarantine_gets_the_steps_that_can_be_undone_and_then_the_others(
    endings: Callable[..., Endings], database: Database, hands: Hands, told: list[str]
) -> None:
    held = at("aws-iam/AKIA1"), at("vault-kv/secret/billing")
    made = endings(*held)
    made._whole = {KEY}
    asyncio.run(made._end([ending(Way.REVIEWED)]))
    undoable = [s.name for s in SYSTEMS["aws-iam"].steps if not s.final]
    assert [step for place, step in hands.done if place == "aws-iam/AKIA1"] == undoable
    assert made.has_recorded(KEY, "vault-kv/secret/billing", "urn:anything")
    assert any("aws-iam/AKIA1  inactive: refused" in line for line in told)
    with database.reading() as connection:
        assert tombstones.of_ids(connection, [KEY]).keys() == {KEY}

    hands.done.clear()
    asyncio.run(endings(*held)._end([ending(Way.REVIEWED, 1)]))  # the quarantine is over
    assert {place for place, _ in hands.done} == {"aws-iam/AKIA1"}, "its copies are gone"
    assert hands.done[-1][1] == "delete-user"


def test_what_is_down_is_left_for_the_next_run_which_asks_once(
    endings: Callable[..., Endings], database: Database, hands: Hands, told: list[str]
) -> None:
    hands.down = True
    asyncio.run(endings(at("aws-iam/AKIA1"))._end([ending(Way.ROTATION, 1)]))
    [line] = told
    assert line.startswith("warn: ") and "sealed" in line and "`keylife worker`" in line
    [left] = unsettled_of(database, KEY)

    hands.down = False
    asyncio.run(endings(at("aws-iam/AKIA1"))._end([ending(Way.ROTATION, 1)]))
    assert unsettled_of(database, KEY) == []
    assert [o.id for o in orders_of(database, left.id.revocation)] == [left.id]


def test_what_the_provider_has_to_delete_first_waits_for_that_and_what_asks_it_too(
    endings: Callable[..., Endings], hands: Hands, database: Database
) -> None:
    gate = at("gateway/edge", second_hand=True)
    made = endings(at("vault-approle/approle/1"), gate, at("vault-kv/secret/billing"))
    made._whole = {KEY}
    asyncio.run(made._end([ending(Way.REVIEWED, 1)]))
    assert {place for place, _ in hands.done} == {"vault-kv/secret/billing"}

    asyncio.run(made.deleted("urn:of another"))
    assert {place for place, _ in hands.done} == {"vault-kv/secret/billing"}
    asyncio.run(made.deleted("urn:vault-approle/approle/1"))
    assert unsettled_of(database, KEY) == []


def test_a_store_that_is_gone_holds_no_deploy_up(
    endings: Callable[..., Endings], database: Database, told: list[str]
) -> None:
    made = endings(at("aws-iam/AKIA1"))
    made.log.prepare()
    asyncio.run(made._end([ending(Way.ROTATION, 1)]))
    told.clear()
    for file in Path(made.folder).glob("store.db*"):
        file.unlink()
    database.close()
    asyncio.run(made._end([ending(Way.ROTATION, 1)]))
    assert told and all(line.startswith("warn: ") for line in told)
    assert any(KEY in line for line in told)


def test_what_a_killed_deploy_left_is_gone_on_with_where_the_plan_has_nothing_to_end(
    endings: Callable[..., Endings], database: Database, hands: Hands, told: list[str]
) -> None:
    hands.down = True
    asyncio.run(endings(at("aws-iam/AKIA1"), at("aws-iam/AKIA2"))._end([ending(Way.ROTATION, 1)]))
    told.clear()
    hands.down = False

    killed = endings()
    asyncio.run(killed._go_on(_of_none([ending(Way.ROTATION, 2)])))

    assert set(orders(database).values()) == {Phase.PROVEN}
    assert len(told) == 2 and all(line.startswith("info: ") for line in told)
    assert killed.has_recorded(KEY, None, "urn:aws-iam/AKIA1")


def test_what_the_plan_ends_itself_and_what_is_settled_is_not_gone_on_with(
    endings: Callable[..., Endings], database: Database, hands: Hands
) -> None:
    asyncio.run(endings(at("aws-iam/AKIA1"))._end([ending(Way.ROTATION, 1)]))
    done = list(hands.done)
    hands.down = True
    asyncio.run(
        endings(at("aws-iam/AKIA2", version=2))._end([ending(Way.ROTATION, 2)]),
    )
    hands.down = False

    asyncio.run(endings()._go_on(_of_none([ending(Way.ROTATION, 2)])))
    assert hands.done == done
    asyncio.run(endings()._go_on(_of_none([ending(Way.REVIEWED)])))
    assert hands.done == done
    assert len(unsettled_of(database, KEY)) == 1
    asyncio.run(endings()._go_on(_of_none([])))
    assert unsettled_of(database, KEY) == []
