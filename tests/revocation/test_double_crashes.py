"""P1: whoever revokes is killed, and whoever comes next is killed, too; the third one ends it.

Four real systems, a real SQLite file, real processes and SIGKILL. What is dead is asked of the
systems; that nothing is lost or there twice, of the store and the audit log.
"""

from __future__ import annotations

import secrets
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from shutil import copyfile

import pytest

from keylife.audit.entry import read_event
from keylife.audit.rows import Rows
from keylife.audit.verify import Seen, verify
from keylife.evidence.event import What
from keylife.revocation.certificate import read_certificate
from keylife.sandbox.lifecycle import Sandbox
from keylife.store import certificates, revocations
from keylife.store.database import open_database
from keylife.store.revocations import Settled
from tests.audit.logs import open_log
from tests.revocation.mortal import START, Task
from tests.revocation.victims import (
    Victim,
    copy_in_kv,
    copy_in_secrets_manager,
    parameter,
    vault_token,
)
from tests.store.builders import revocation
from tests.systems.conftest import connected

SYSTEMS = (vault_token, copy_in_kv, copy_in_secrets_manager, parameter)
DOUBLES = 32
"""In the long run so many boundaries of the first process, spread evenly, times as many of the
second."""

KILLED = -signal.SIGKILL

Begin = Callable[[], tuple[Task, list[Victim]]]


@pytest.fixture
def begin(sandbox: Sandbox, tmp_path: Path) -> Iterator[Begin]:
    """Makes a key that lives in four systems, and the task to revoke it."""
    straight, unused = connected(sandbox), connected(sandbox)
    empty = tmp_path / "store.db"
    open_database(f"sqlite:///{empty}").close()

    def begin() -> tuple[Task, list[Victim]]:
        name = f"dc-{secrets.token_hex(5)}"
        folder = tmp_path / name
        folder.mkdir()
        copyfile(empty, folder / empty.name)
        victims = [of_its_own(make(straight, name)) for make in SYSTEMS]
        asked = revocation(f"r-{name}", key=name, asked=START)
        held = [victim.holding for victim in victims]
        materials = {victim.holding.place: victim.material for victim in victims}
        return Task(folder, asked, held, materials, unused), victims

    yield begin


def of_its_own(victim: Victim) -> Victim:
    held = victim.holding.model_copy(update={"window": 1.0})
    return Victim(held, victim.material, victim.lives, victim.unharmed)


def ended(task: Task, victims: list[Victim]) -> None:
    """Dead, proven, told once, and nothing else touched."""
    for victim in victims:
        assert not victim.lives(), victim.holding.place
        assert victim.unharmed(), victim.holding.place
    orders = Counter((each.version, each.place) for each in task.held)
    with closing(open_database(task.url)) as database:
        with database.reading() as connection:
            found = revocations.fetch(connection, task.revocation.id)
            kept = certificates.of_revocation(connection, task.revocation.id)
        assert found is not None and found.settled is Settled.PROVEN
        assert Counter((each.version, each.place) for each in kept) == orders
        told = [read_event(row.entry) for row in Rows(database)]
        assert [event.what for event in told].count(What.REVOKED) == 1
        for whats in ({What.VERIFIED}, {What.DESTROYED, What.COPY_DESTROYED}):
            events = [event for event in told if event.what in whats]
            assert Counter((event.version, event.place) for event in events) == orders
        proven = {event.certificate for event in told if event.what is What.VERIFIED}
        assert proven == {read_certificate(each.body).digest for each in kept}
        log = open_log(database, task.folder)
        note = log.head()
        assert note is not None
        assert verify(Rows(database), log.verifier(), [Seen("head", note)]).findings == []
        assert log.reserve.is_empty()
        log.close()


def counted(begin: Begin) -> int:
    """How many boundaries there are on the way from the request to the end."""
    task, victims = begin()
    assert task.carry_out(0) == 0
    ended(task, victims)
    met = Counter(task.boundaries)
    assert all(met[f"before {what}"] == met[f"after {what}"] for what in ("AWS", "Vault"))
    assert min(met.values()) >= 8, met
    return met.total()


def killed_twice(begin: Begin, first: int, second: int) -> int:
    """Kill one process at a boundary, its successor at another; a third has to end it.

    Returns:
        How many of the two were killed: who has less left to do may end it before.
    """
    task, victims = begin()
    codes = [task.carry_out(0, first), task.carry_out(1, second), task.carry_out(2)]
    assert codes[2] == 0
    assert set(codes[:2]) <= {0, KILLED}
    ended(task, victims)
    return codes.count(KILLED)


def spread(count: int, boundaries: int) -> list[int]:
    """So many boundaries, evenly, the first and the last among them."""
    return [round(n * (boundaries - 1) / (count - 1)) for n in range(count)]


def test_whoever_is_killed_and_killed_again_somebody_ends_it(begin: Begin, long: bool) -> None:
    boundaries = counted(begin)
    assert boundaries > 100
    if long:
        pairs = [(n, boundaries) for n in range(boundaries)]  # the second one lives
        pairs += [(n, m) for n in spread(DOUBLES, boundaries) for m in spread(DOUBLES, boundaries)]
    else:
        pairs = [*zip(spread(5, boundaries), [5, 40, 0, 22, 1], strict=True)]
    wrong, kills = [], 0
    for first, second in pairs:
        try:
            kills += killed_twice(begin, first, second)
        except AssertionError as error:
            wrong.append(f"{first}, {second}: {error}")
    assert wrong == []
    assert kills > len(pairs)
