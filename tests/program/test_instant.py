"""The instant of a plan: pinned or the clock's, and never one from which things moved on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from keylife.errors import UsageError
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger
from keylife.planning import Plan
from keylife.program.instant import Instants, instants, require_fresh
from keylife.program.planned import plan_for
from tests.program.declared import declare, key

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE, SECOND, HOUR, DAY = (
    timedelta(minutes=1),
    timedelta(seconds=1),
    timedelta(hours=1),
    timedelta(days=1),
)


def test_without_a_pinned_instant_it_is_the_clocks_in_whole_seconds() -> None:
    clock = NOW.replace(microsecond=999_999)

    assert instants(None, False, clock) == Instants(at=NOW, now=NOW, simulated=False)


def test_a_pinned_instant_is_the_plans() -> None:
    pinned = instants("2026-11-23T12:30:00+01:00", True, NOW)

    assert pinned == Instants(at=NOW - 30 * MINUTE, now=NOW, simulated=True)


@pytest.mark.parametrize("text", ["", "now", "2026-11-23", "2026-11-23T12:00:00"])
def test_what_is_no_instant_is_refused_by_the_name_of_its_setting(text: str) -> None:
    with pytest.raises(UsageError, match=r"config keylife:at: .* is not an instant"):
        instants(text, False, NOW)


def require(
    at: datetime,
    *,
    simulated: bool = False,
    ttl: timedelta = 30 * DAY,
    rotate_every: timedelta = 21 * DAY,
    born: datetime | None = NOW - DAY,
) -> None:
    """Plan one key at ``at`` and ask whether that may be deployed at NOW."""
    declared = key(ttl=ttl, rotate_every=rotate_every)
    declarations = declare(declared)
    ledger = Ledger()
    if born is not None:
        version = IssuedVersion(
            number=1,
            birth=born,
            expiry=born + ttl,
            rotation_due=born + rotate_every,
            grace=declared.grace,
            cause="first",
            owner="team",
            service="billing",
            scope=declared.scope,
            exists=True,
        )
        record = KeyRecord(
            id="billing",
            kind=declared.kind,
            versions=(version,),
            delivered=1,
            delivered_since=born,
        )
        ledger = Ledger(keys={"billing": record})

    def plan(instant: datetime) -> Plan:
        return plan_for(declarations, ledger, instant)

    require_fresh(Instants(at, NOW, simulated), plan(at), plan)


FRESH = [
    pytest.param(lambda: require(NOW), id="the clock's own"),
    pytest.param(lambda: require(NOW - 59 * MINUTE), id="59 minutes old, no border passed"),
    pytest.param(lambda: require(NOW - HOUR), id="an hour old to the second"),
    pytest.param(lambda: require(NOW + MINUTE), id="a minute ahead to the second"),
    pytest.param(
        lambda: require(NOW - 59 * MINUTE, born=NOW - 21 * DAY + SECOND),
        id="a border that comes a second later",
    ),
    pytest.param(
        lambda: require(NOW - 59 * MINUTE, born=NOW - 21 * DAY - 59 * MINUTE),
        id="a border that the plan is made on",
    ),
    pytest.param(lambda: require(NOW - 59 * MINUTE, born=None), id="a first version that lives on"),
    pytest.param(
        lambda: require(NOW - 59 * MINUTE, born=None, ttl=HOUR, rotate_every=30 * MINUTE),
        id="a first version that lives a minute longer",
    ),
    pytest.param(lambda: require(NOW - 400 * DAY, simulated=True), id="long ago in a sandbox"),
    pytest.param(lambda: require(NOW + 400 * DAY, simulated=True), id="far ahead in a sandbox"),
]
STALE = [
    pytest.param(lambda: require(NOW - 61 * MINUTE), "more than an hour old", id="61 minutes"),
    pytest.param(lambda: require(NOW - HOUR - SECOND), "more than an hour old", id="a second more"),
    pytest.param(lambda: require(NOW + 61 * SECOND), "is in the future", id="61 seconds ahead"),
    pytest.param(
        lambda: require(NOW - 59 * MINUTE, born=NOW - 21 * DAY),
        "a border was passed for billing",
        id="a rotation that is due since",
    ),
    pytest.param(
        lambda: require(NOW - SECOND, born=NOW - 30 * DAY, rotate_every=30 * DAY - SECOND),
        "a border was passed for billing",
        id="an expiry a second ago",
    ),
    pytest.param(
        lambda: require(NOW - 59 * MINUTE, born=None, ttl=59 * MINUTE, rotate_every=30 * MINUTE),
        "a border was passed for billing",
        id="a version that would be issued dead",
    ),
]


@pytest.mark.parametrize("ask", FRESH)
def test_a_plan_of_about_now_is_deployed(ask: Callable[[], None]) -> None:
    ask()


@pytest.mark.parametrize(("ask", "told"), STALE)
def test_a_plan_that_things_moved_on_from_is_refused_with_the_way_out(
    ask: Callable[[], None], told: str
) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        ask()
    assert caught.value.hint is not None
    assert "preview again" in caught.value.hint
