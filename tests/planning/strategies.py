"""Random declarations, ledgers, edits and runs, on a grid so small that borders coincide.

Seconds stand for days: TTLs are 2 to 12 seconds and the whole story takes a minute, so that
"exactly at the border" is drawn as often as "anywhere else".
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from keylife.model.imported import Imported
from keylife.model.key import DeliverySpec, Key
from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger, RecordedRevocation
from keylife.model.registry import Declarations
from keylife.model.revocation import Reason, RotationRequest, Tombstone
from keylife.model.traits import Traits

LONG = os.environ.get("KEYLIFE_LONG", "") not in ("", "0")
"""``make test-long``: ten times the examples, other ones each time."""

EXAMPLES = 10_000 if LONG else 1_000

many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not LONG,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""A pipeline sees the same thousand each time; the long run looks further each time."""

some = settings(many, max_examples=EXAMPLES // 4)
"""For what the tests with ``many`` examples look at too, from another side."""

BASE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)

TWO_AT_MOST = "two-at-most"
"""A kind whose issuer holds two versions of a key."""

TRAITS: Mapping[str, Traits] = {
    TWO_AT_MOST: Traits(can_deactivate=True, scope_in_place=True, most_at_once=2),
} | {
    f"{'deactivates' if off else 'only-destroys'}-{'in-place' if place else 'reissues'}": Traits(
        can_deactivate=off, scope_in_place=place
    )
    for off in (True, False)
    for place in (True, False)
}
"""One kind for every combination of what kinds can do, and one with a limit."""

SCOPES: tuple[dict[str, JsonValue], ...] = ({"policies": ["read"]}, {"policies": ["read", "write"]})
PLACES = tuple(
    DeliverySpec(kind="vault-kv", settings={"mount": "secret", "path": path})
    for path in ("one", "two")
)


def instant(second: int) -> datetime:
    """A point of the grid."""
    return BASE + second * SECOND


instants = st.integers(0, 40).map(instant)
kinds = st.sampled_from(sorted(TRAITS))
reasons = st.sampled_from([Reason.KEY_COMPROMISE, Reason.SUPERSEDED, Reason.UNSPECIFIED])
owners = st.sampled_from(["team-a", "team-b"])
scopes: st.SearchStrategy[Mapping[str, JsonValue]] = st.sampled_from(SCOPES)
spans = st.tuples(st.integers(2, 12), st.integers(1, 11)).map(
    lambda pair: (pair[0] * SECOND, min(pair[1], pair[0] - 1) * SECOND)
)
"""A TTL and a rotation period shorter than it."""

targets = st.sampled_from([None, None, None, "prod-eu"])
quarantines = st.integers(0, 8).map(lambda n: n * SECOND)
deliveries = st.sampled_from([PLACES[:1], PLACES[1:], PLACES])
requests = st.builds(RotationRequest, at=instants, reason=reasons)
tombstones = st.builds(
    Tombstone,
    at=st.integers(0, 3).map(instant),
    reason=reasons,
    by=st.sampled_from(["oncall", "security"]),
    ref=st.sampled_from(["PAY-1", "PAY-2"]),
)


imports = st.builds(
    Imported,
    created=st.integers(-20, 20).map(instant),
    credential=st.just({"access_key": "AKIAEXAMPLE"}),
    adopts=st.sampled_from([None, {"access_key": "ci-key"}]),
)


@st.composite
def keys(
    draw: st.DrawFn,
    key_id: str,
    revoked: st.SearchStrategy[Tombstone | None] | None = None,
    *,
    fitting: bool = False,
) -> Key:
    """A declared key; ``fitting``: one whose issuer has room for its schedule."""
    ttl, rotate_every = draw(spans)
    kind, quarantine = draw(kinds), draw(quarantines)
    if kind == TWO_AT_MOST and (fitting or draw(st.sampled_from([True] * 9 + [False]))):
        rotate_every = max(rotate_every, (ttl + SECOND) // (2 * SECOND) * SECOND)
        quarantine = min(quarantine, 2 * rotate_every - ttl)
    target = draw(targets)
    found = draw(st.none() | st.none() | imports) if kind != TWO_AT_MOST else None
    if target is not None and found is not None:  # elsewhere nothing can be adopted with its secret
        found = found.model_copy(update={"adopts": None})
    return Key(
        id=key_id,
        kind=kind,
        target=target,
        service="billing",
        owner=draw(owners),
        purpose="deploys the billing API",
        scope=draw(scopes),
        ttl=ttl,
        rotate_every=rotate_every,
        quarantine=quarantine,
        deliver=draw(deliveries),
        rotations=tuple(draw(st.just([]) | st.lists(requests, max_size=3))),
        imported=found,
        revoked=draw(revoked if revoked is not None else st.none() | st.none() | tombstones),
    )


def declare(*declared: Key) -> Declarations:
    """Declarations of these keys; services and owners are another rule's business."""
    return Declarations(keys={key.id: key for key in declared}, services={}, owners={})


@st.composite
def _versions(draw: st.DrawFn) -> tuple[IssuedVersion, ...]:
    """Any versions a ledger could hold, not only those that runs of today would leave."""
    found = list[IssuedVersion]()
    number, birth = draw(st.integers(0, 2)), draw(st.integers(0, 12))
    for _ in range(draw(st.integers(0, 4))):
        number += draw(st.sampled_from([1, 1, 1, 2]))
        ttl, rotate_every = draw(spans)
        off = draw(st.none() | st.none() | st.integers(0, 9))
        found.append(
            IssuedVersion(
                number=number,
                birth=instant(birth),
                expiry=instant(birth) + ttl,
                rotation_due=instant(birth) + rotate_every,
                grace=draw(st.sampled_from([ttl - rotate_every] * 5 + [timedelta(0)])),
                cause="recorded",
                owner=draw(owners),
                service="billing",
                scope=draw(scopes),
                adopted=instant(birth + draw(st.integers(0, 9)))
                if number == 1 and draw(st.booleans())
                else None,
                deactivated=None if off is None else instant(birth + off),
                exists=draw(st.sampled_from([True] * 5 + [False])),
                issuer_facts=draw(st.sampled_from([{}, {"delete_after": "2026"}])),
            )
        )
        birth += draw(st.integers(0, 8))
    return tuple(found)


@st.composite
def records(draw: st.DrawFn, key: Key) -> KeyRecord:
    """What a ledger may say of a key: mostly what the declaration agrees with."""
    versions = draw(_versions())
    if key.kind == TWO_AT_MOST:  # nothing of such a kind is adopted
        versions = tuple(v.model_copy(update={"adopted": None}) for v in versions)
    numbers = [v.number for v in versions]
    highest = max(numbers, default=3)
    told = key.revoked if key.revoked is not None and draw(st.booleans()) else None
    story = draw(st.sampled_from([told] * 5 + [draw(st.none() | tombstones)]))
    latest = max([BASE, *(v.birth for v in versions), *(v.deactivated or BASE for v in versions)])
    since = st.sampled_from([BASE, latest, latest]).flatmap(
        lambda start: st.integers(0, 3).map(lambda n: start + n * SECOND)
    )
    kind = draw(st.sampled_from([key.kind] * 15 + [draw(kinds)]))
    return KeyRecord(
        id=key.id,
        kind=kind,
        target=draw(st.sampled_from([key.target] * 15 + [draw(targets)])),
        ending=draw(st.sampled_from([False] * 15 + [True])),
        imported=draw(st.sampled_from([key.imported] * 5 + [draw(st.none() | imports)])),
        versions=versions,
        room_made=draw(st.sampled_from([None] * 5 + [latest])),
        destroyed_through=draw(st.integers(0, highest)),
        delivered=draw(st.none() | st.sampled_from([*numbers, highest, highest])),
        delivered_since=draw(st.none() | since),
        revocation=None
        if story is None
        else RecordedRevocation(
            kind=kind,
            at=story.at,
            reason=draw(st.sampled_from([story.reason] * 3 + [Reason.UNSPECIFIED])),
            by=story.by,
            ref=story.ref,
            versions=tuple(numbers),
        ),
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[Declarations, Ledger, datetime]:
    """Declarations, a ledger that may have come about in any way, and an instant."""
    declared, recorded = list[Key](), dict[str, KeyRecord]()
    for key_id in draw(st.sampled_from([["a"], ["a"], ["a", "b"], ["b", "a", "c"]])):
        key = draw(keys(key_id))
        fate = draw(st.sampled_from(["both"] * 12 + ["new", "gone"]))
        if fate != "gone":
            declared.append(key)
        if fate != "new":
            record = draw(records(key))
            recorded[key_id] = record
    ledger = Ledger(keys=recorded)
    border = st.sampled_from(sorted(_borders(declared, recorded.values())))
    near = st.tuples(border, st.sampled_from([0, 0, -1, 1]))
    soon = st.tuples(st.just(ledger.latest or BASE), st.integers(0, 4))
    start, seconds = draw(near | soon | soon | st.tuples(instants, st.just(0)))
    return declare(*declared), ledger, start + seconds * SECOND


def _borders(declared: Collection[Key], recorded: Collection[KeyRecord]) -> Iterator[datetime]:
    """The instants at which a plan may become another one."""
    yield BASE
    quarantines_by_key = {key.id: key.quarantine for key in declared}
    for key in declared:
        yield from (request.at for request in key.rotations)
    for record in recorded:
        for version in record.versions:
            yield from (version.birth, version.expiry, version.rotation_due)
            yield version.birth + version.grace
            if version.deactivated is not None:
                yield version.deactivated + quarantines_by_key.get(record.id, SECOND)
        if record.delivered_since is not None:
            yield record.delivered_since


@dataclass(frozen=True)
class Edit:
    """One change of a declaration in a commit; what is edited decides which fields count."""

    what: str
    key_id: str
    spans: tuple[timedelta, timedelta]
    quarantine: timedelta
    scope: Mapping[str, JsonValue]
    owner: str
    deliver: tuple[DeliverySpec, ...]
    kind: str
    reason: Reason
    offset: int
    """When a request or a tombstone says it was made, in seconds from the run's clock."""


EDITS = (
    *("schedule", "schedule", "quarantine", "scope", "owner", "deliver"),
    *("request", "request", "forget requests", "add", "move", "take back"),
    *("revoke", "raise", "retell", "unrevoke", "remove", "kind", "target", "rename"),
)

edits = st.builds(
    Edit,
    what=st.sampled_from(EDITS),
    key_id=st.sampled_from(["a", "b"]),
    spans=spans,
    quarantine=quarantines,
    scope=scopes,
    owner=owners,
    deliver=deliveries,
    kind=kinds,
    reason=reasons,
    offset=st.sampled_from([0, 0, -1, -3, 2]),
)


@dataclass(frozen=True)
class Commit:
    """Some edits, and then a run of the pipeline with them."""

    edits: tuple[Edit, ...]
    gap: int
    """Seconds since the last run; zero is the same instant again."""

    skew: int
    """How far the pipeline's clock is off, in seconds."""

    stop_before: int | None
    killed: bool
    order: int
    reverted_if_refused: bool


commits = st.builds(
    Commit,
    edits=st.lists(edits, max_size=2).map(tuple),
    gap=st.sampled_from([0, 1, 1, 2, 2, 3, 4, 6, 12]),
    skew=st.sampled_from([0, 0, 0, 0, 0, 0, -1, -5, 2]),
    stop_before=st.none() | st.none() | st.integers(0, 14),
    killed=st.sampled_from([False, False, False, True]),
    order=st.integers(0, 3),
    reverted_if_refused=st.sampled_from([True, True, True, False]),
)
histories = st.lists(commits, min_size=1, max_size=12)
