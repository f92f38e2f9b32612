"""What a deploy ends, killed and proven dead by the engine of revocations before it is deleted.

The Pulumi engine deletes what a program no longer declares once the program has ended: copies
first, the credential last, and its secret is gone from the state. So the program itself kills,
the issuer first, and ends only when each kill is proven or stands still: then the deletion finds
nothing left to do. What is killed here is an order in the store like any other: if this process
dies, `keylife worker` or the next `up` goes on with it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pulumi

from keylife.audit.log import Log
from keylife.errors import KeylifeError
from keylife.evidence.source import Source
from keylife.model.revocation import Reason
from keylife.model.state import State
from keylife.planning import Action, KeyPlan, Plan
from keylife.program.consumers import Succession, successions_in, unseen
from keylife.revocation.behind import course_of
from keylife.revocation.book import (
    StoreBook,
    hurry,
    left_by_deploys,
    open_revocations,
    orders_of,
    unsettled_of,
)
from keylife.revocation.course import Course
from keylife.revocation.reach import Reach
from keylife.revocation.registrar import Registrar
from keylife.revocation.report import order_line
from keylife.revocation.request import accept, covered_by, id_of, identity
from keylife.revocation.standstill import stands_still
from keylife.revocation.worker import Order, OrderId, Worker
from keylife.store.database import Database
from keylife.store.repository import repository_of
from keylife.store.revocations import Revocation, Way
from keylife.systems.system import Holding
from keylife.systems.table import SYSTEMS, deleted_by_deploy

_LOOKS_EVERY = 0.5
"""Seconds between two looks at whether what is not settled stands still."""

_TOLD = 20
"""How many proofs are told one by one."""

_CLOSES_WITHIN = 10.0
"""Seconds that orders which are settled have for being recorded; the worker does it else."""


@dataclass(frozen=True)
class _Ending:
    """What ends of one key, and on whose word."""

    key: str
    versions: frozenset[int] | None
    """None: the key as a whole."""

    destroyed: frozenset[int]
    """Of those, the ones that do not go into quarantine first."""

    way: Way
    by: str
    reason: Reason
    ref: str

    def of(self, holding: Holding) -> Holding:
        """The holding, as this ending ends it."""
        kept = SYSTEMS[holding.system].issues and holding.version not in self.destroyed
        superseded = self.way is Way.ROTATION
        return holding.model_copy(update={"quarantine": kept, "superseded": superseded})


def _revoked_in(plan: Plan) -> list[_Ending]:
    """The keys whose tombstone this deploy carries out, or ends the quarantine of."""
    return [
        _Ending(
            key=planned.key.id,
            versions=None,
            destroyed=frozenset(_with(Action.DESTROY, planned)),
            way=Way.REVIEWED,
            by=planned.revocation.by,
            reason=planned.revocation.reason,
            ref=planned.revocation.ref,
        )
        for planned in plan.keys
        if planned.revocation is not None
        and (_with(Action.DESTROY, planned) or _with(Action.DEACTIVATE, planned))
    ]


def _retired_in(plan: Plan) -> list[_Ending]:
    """The keys that live on, and of which this deploy destroys versions."""
    return [
        _Ending(
            key=planned.key.id,
            versions=frozenset(ended),
            destroyed=frozenset(ended),
            way=Way.ROTATION,
            by="keylife",
            reason=reason,
            ref="; ".join(ended.values()),
        )
        for planned in plan.keys
        if planned.revocation is None
        for reason, ended in _by_reason(planned).items()
    ]


def _by_reason(planned: KeyPlan) -> dict[Reason, dict[int, str]]:
    """Why the plan destroys versions of a key that lives on, by number, by the reason."""
    ended = _with(Action.DESTROY, planned)
    leaked = {v.version.number for v in planned.versions if v.state is State.COMPROMISED}
    found: dict[Reason, dict[int, str]] = {}
    for number, why in ended.items():
        reason = Reason.KEY_COMPROMISE if number in leaked else Reason.SUPERSEDED
        found.setdefault(reason, {})[number] = why
    return found


def _with(action: Action, planned: KeyPlan) -> dict[int, str]:
    """Why the plan does it, by the number of each version with a credential."""
    return {
        version.version.number: version.why
        for version in planned.versions
        if version.action is action and version.version.exists
    }


@dataclass
class Endings:
    """Carries out what one deploy ends."""

    database: Database
    log: Log
    """Where it is recorded."""

    reach: Reach
    folder: Path
    """The Pulumi project's."""

    stack: str
    """Fully qualified."""

    source: Callable[[], Source]
    """Who and what runs this; asked for once something ends."""

    clock: Callable[[], datetime]
    """What time it is, to the millisecond."""

    def __post_init__(self) -> None:
        self._worker: Worker | None = None
        self._whole: set[str] = set()
        self._deleted_first: dict[str, list[OrderId]] = {}
        self._recorded: set[str | tuple[str, str]] = set()

    def begin(self, plan: Plan, marks: Iterable[pulumi.Resource]) -> None:
        """End what a deploy ends, while the program goes on: it then waits for that.

        Args:
            plan: what it does.
            marks: of what is current. Versions of keys that live on are ended once these stand,
                so that no consumer is left without a key.
        """
        revoked, retired = _revoked_in(plan), _retired_in(plan)
        self._whole = {planned.key.id for planned in plan.keys if planned.revocation is not None}
        if superseded := successions_in(plan):
            _once_stand((), lambda: self._watch(superseded))
        _once_stand((), lambda: self._go_on(_of_none([*revoked, *retired])))
        if revoked:
            _once_stand((), lambda: self._end(revoked))
        if retired:
            _once_stand(marks, lambda: self._end(retired))

    async def deleted(self, urn: str) -> None:
        """Prove dead what the Pulumi engine has to delete itself, now that it did."""
        await self._carry_out(self._deleted_first.pop(urn, []))

    def has_recorded(self, key: str, place: str | None, urn: str) -> bool:
        """Whether it is recorded already that a credential, or a key's copy at a place, ended.

        Args:
            key: whose.
            place: of a delivery; None for a credential.
            urn: of the resource.
        """
        return (urn if place is None else (key, place)) in self._recorded

    async def _watch(self, superseded: list[Succession]) -> None:
        """Tell of consumers that would be left behind; it holds nothing up."""
        loop = asyncio.get_running_loop()
        try:
            for told in await loop.run_in_executor(None, self._unseen, superseded):
                pulumi.log.warn(told)
        except KeylifeError as error:
            pulumi.log.warn(f"who uses what is superseded could not be asked: {error}")

    def _unseen(self, superseded: list[Succession]) -> list[str]:
        return list(unseen(superseded, self.reach, self.database, self.clock()))

    async def _go_on(self, is_left: Callable[[Order], bool]) -> None:
        """Prove dead what an earlier run began to end and this one has nothing to end of: it was
        killed after the ledger had it, and its secrets go with what is deleted now."""
        loop = asyncio.get_running_loop()
        try:
            ids = await loop.run_in_executor(None, self._left_behind, is_left)
        except KeylifeError as error:
            pulumi.log.warn(f"{error}; so what an earlier run began to end is not gone on with")
        else:
            await self._carry_out(ids)

    def _left_behind(self, is_left: Callable[[Order], bool]) -> list[OrderId]:
        left = [order for order in left_by_deploys(self.database, self.stack) if is_left(order)]
        if left:
            self.log.prepare()
            self.reach.read_anew()
            for revocation in {order.id.revocation for order in left}:
                hurry(self.database, revocation, self.clock())
            self.reach.read_secrets(order.holding for order in left)
        return [order.id for order in left]

    async def _end(self, endings: Sequence[_Ending]) -> None:
        loop = asyncio.get_running_loop()
        accepted = await loop.run_in_executor(None, self._accept_all, endings)
        waits_for = {
            _version(order): order.holding.urn
            for order in accepted
            if deleted_by_deploy(SYSTEMS[order.holding.system])
        }
        now = []
        for order in accepted:
            issuer = SYSTEMS[order.holding.system].issues
            # what asks its issuer has to wait with it
            if _version(order) in waits_for and (issuer or order.holding.second_hand):
                self._deleted_first.setdefault(waits_for[_version(order)], []).append(order.id)
            else:
                now.append(order.id)
        await self._carry_out(now)

    def _accept_all(self, endings: Sequence[_Ending]) -> list[Order]:
        """Write down what is to end, with what was left of earlier runs; what cannot be written
        down ends all the same, when the engine deletes it, but without a proof."""
        found: list[Order] = []
        try:
            self.log.prepare()
            registrar = self._registrar()
            self.reach.read_anew()
            for ending in endings:
                found += self._accept(ending, registrar)
        except KeylifeError as error:
            keys = ", ".join(ending.key for ending in endings)
            pulumi.log.warn(f"{error}; so no proof is made that it is dead: {keys}")
        return found

    def _accept(self, ending: _Ending, registrar: Registrar) -> list[Order]:
        key = ending.key
        known, before = covered_by(self.database, key)
        for earlier in {order.id.revocation for order in unsettled_of(self.database, key)}:
            hurry(self.database, earlier, self.clock())  # an earlier run came to nothing
        ends = map(ending.of, self.reach.holdings(key, ending.versions, ending.reason))
        held = [holding for holding in ends if identity(holding) not in known]
        if held:
            asked = self.clock()
            revocation = Revocation(
                id=id_of(key, asked) + (f"-{before + 1}" if before else ""),
                key=key,
                stack=self.stack,
                asked=asked,
                by=ending.by,
                reason=ending.reason,
                ref=ending.ref,
                way=ending.way,
            )
            accept(self.database, registrar, revocation, held, repository_of(self.folder))
        left = [
            order  # those of runs that were killed included
            for order in unsettled_of(self.database, key)
            if ending.versions is None or order.id.version in ending.versions
        ]
        self.reach.read_secrets(order.holding for order in left)
        return left

    async def _carry_out(self, ids: Collection[OrderId]) -> None:
        """Work on orders until each is settled, nothing moves any more, or the store is gone."""
        if not ids:
            return
        loop = asyncio.get_running_loop()
        worker = self._at_work()
        tasks = {asyncio.ensure_future(worker.carry_out(id)) for id in ids}
        closing = 0.0
        try:
            while tasks and closing < _CLOSES_WITHIN:
                _, tasks = await asyncio.wait(tasks, timeout=_LOOKS_EVERY)
                left = await loop.run_in_executor(None, self._left, ids)
                if stands_still(left):
                    break
                closing += 0.0 if left else _LOOKS_EVERY
            self._tell(await loop.run_in_executor(None, self._orders, ids))
        except KeylifeError as error:
            pulumi.log.warn(f"{error}; what ends goes on without a proof until it is back")
        finally:
            for task in tasks:
                task.cancel()

    def _left(self, ids: Collection[OrderId]) -> list[Order]:
        at_hand = open_revocations(self.database, self.stack)
        orders = (order for of_one in at_hand.values() for order in of_one)
        return [o for o in orders if o.id in ids and not o.progress.settled]

    def _orders(self, ids: Collection[OrderId]) -> list[Order]:
        revocations = sorted({id.revocation for id in ids})
        found = (order for one in revocations for order in orders_of(self.database, one))
        return [order for order in found if order.id in ids]

    def _tell(self, orders: Sequence[Order]) -> None:
        settled = [order for order in orders if order.progress.settled]
        for order in settled:
            held = order.holding
            if SYSTEMS[held.system].issues:
                self._recorded.add(held.urn)
            elif held.key in self._whole:
                self._recorded.add((held.key, held.place))
        for order in settled[:_TOLD]:
            pulumi.log.info(f"{order.holding.key} {order_line(order, self.clock())}")
        if len(settled) > _TOLD:
            pulumi.log.info(f"… and {len(settled) - _TOLD} more: `keylife certificate KEY`")
        for order in orders:
            if not order.progress.settled:
                told = f"{order.holding.key} {order_line(order, self.clock())}"
                pulumi.log.warn(f"{told}; `keylife worker` goes on with it")

    def _registrar(self) -> Registrar:
        signing = self.log.keys.existing().signing()
        return Registrar(self.log, signing, self.source(), self.clock, SYSTEMS)

    def _at_work(self) -> Worker:
        if self._worker is None:
            book = StoreBook(self.database, self._registrar())
            self._worker = Worker(book, self._course, self.clock, random.random)
        return self._worker

    def _course(self, holding: Holding) -> Course:
        return course_of(holding, self.reach, self.database, self.clock)


def _of_none(endings: Sequence[_Ending]) -> Callable[[Order], bool]:
    """Whether an order is of none of these, which take up what is left of theirs themselves."""

    def is_left(order: Order) -> bool:
        return not any(
            ending.key == order.holding.key
            and (ending.versions is None or order.id.version in ending.versions)
            for ending in endings
        )

    return is_left


def _version(order: Order) -> tuple[str, int]:
    return order.holding.key, order.id.version


def _once_stand(resources: Iterable[pulumi.Resource], work: Callable[[], Awaitable[None]]) -> None:
    """Have work done once some resources stand; the program does not end before it."""

    async def done(_: object) -> bool:
        await work()
        return True

    standing: pulumi.Output[list[str]] = pulumi.Output.all(*[each.urn for each in resources])
    _: pulumi.Output[bool] = standing.apply(done)
