"""What a crash left unrecorded is found, once, and a log that says everything misses nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylife.audit.reconcile import Fact, Recorded, Standing, missing, standing_after
from keylife.audit.updates import Update, parse_updates
from keylife.errors import LedgerUnreadableError
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from tests.audit.examples import few

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MADE = NOW - timedelta(hours=2)
UPDATE = Update(
    7, MADE - timedelta(seconds=30), MADE + timedelta(seconds=30), Source(commit="c0ffee", update=7)
)
STACK = "organization/keylife/dev"
V1, V2 = Fact("urn:v1", MADE), Fact("urn:v2", MADE)
PLACE = "vault-kv/secret/billing/aws"


def whole() -> Standing:
    return Standing(
        declared=Fact("urn:key", MADE),
        revoked=Fact("urn:revoked", None),
        issued={1: V1, 2: V2},
        adopted={1},
        deactivated={1: V1},
        delivered={PLACE: (2, Fact("urn:place", MADE))},
    )


def found(
    state: Standing | None, entries: list[Recorded], *updates: Update
) -> list[tuple[What, int | None, str | None]]:
    known = {} if state is None else {"billing": state}
    events = [m.event for m in missing(known, entries, updates, stack=STACK, now=NOW)]
    return [(event.what, event.version, event.place) for event in events]


def recorded(state: Standing) -> list[Recorded]:
    """A log that says all that a state shows, by what was missing in an empty one."""
    made = missing({"billing": state}, [], (), stack=STACK, now=NOW)
    return [Recorded(number, one.event) for number, one in enumerate(made, start=1)]


def test_an_empty_log_misses_everything() -> None:
    assert found(whole(), []) == [
        (What.DECLARED, None, None),
        (What.ADOPTED, 1, None),
        (What.ISSUED, 2, None),
        (What.DELIVERED, 2, PLACE),
        (What.REVOKED, None, None),
        (What.DEACTIVATED, 1, None),
    ]


def test_what_was_recorded_is_not_missing_any_more() -> None:
    assert found(whole(), recorded(whole())) == []


def test_what_is_gone_from_the_state_was_destroyed() -> None:
    assert found(None, recorded(whole())) == [
        (What.COPY_DESTROYED, None, PLACE),
        (What.DESTROYED, 1, None),
        (What.DESTROYED, 2, None),
    ]


@few
@given(st.sets(st.integers(1, 6)), st.sets(st.integers(1, 6)))
def test_state_and_log_agree_after_one_reconciliation(now: set[int], before: set[int]) -> None:
    state = Standing(issued={n: Fact(f"urn:{n}", MADE) for n in now})
    entries = recorded(Standing(issued={n: Fact(f"urn:{n}", MADE) for n in before}))

    more = missing({"billing": state}, entries, (), stack=STACK, now=NOW)
    after = [*entries, *(Recorded(100 + at, one.event) for at, one in enumerate(more))]

    assert found(state, after) == []
    assert {*standing_after(after).get("billing", Standing()).issued} == now


def test_a_version_that_came_again_after_its_orphan_ended_is_missing() -> None:
    def told(number: int, what: What) -> Recorded:
        return Recorded(
            number, recorded(Standing(issued={1: V1}))[0].event.model_copy(update={"what": what})
        )

    log = [told(1, What.ISSUING), told(2, What.ISSUED), told(3, What.ORPHAN_DESTROYED)]
    assert found(Standing(issued={1: V1}), log) == [(What.ISSUED, 1, None)]
    assert found(Standing(), log) == []


def test_the_mark_of_what_is_current_may_be_behind_what_was_delivered() -> None:
    ahead = recorded(Standing(delivered={PLACE: (2, V2)}))

    assert found(Standing(delivered={PLACE: (1, V1)}), ahead) == []
    assert found(Standing(delivered={PLACE: (3, V1)}), ahead) == [(What.DELIVERED, 3, PLACE)]


def test_an_event_is_of_the_update_in_whose_time_its_resource_was_made() -> None:
    later = Update(8, NOW - timedelta(hours=1), NOW, Source(commit="later", update=8))
    state = Standing(issued={1: V1, 2: Fact("urn:v2", NOW + timedelta(hours=1))})

    one, two = missing({"billing": state}, [], [UPDATE, later], stack=STACK, now=NOW)

    assert (one.event.source.update, one.event.source.commit) == (7, "c0ffee")
    assert (one.event.at, one.event.recorded) == (MADE, NOW)
    assert two.event.source == Source()
    assert "did not come to record it" in str(two.event.detail)


def test_two_that_reconcile_at_once_record_under_one_name_and_later_ones_under_another() -> None:
    def names(entries: list[Recorded]) -> list[str]:
        made = missing(
            {"billing": Standing(issued={2: V2})},
            entries,
            [UPDATE],
            stack=STACK,
            now=NOW + timedelta(seconds=len(entries)),
        )
        return [one.once for one in made]

    before = recorded(Standing(issued={1: V1}))
    assert names(before) == names(before)
    assert len(names(before)) == 2
    assert not {*names(before)} & {*names([*before, Recorded(9, before[0].event)])}


HISTORY = """[
 {"kind": "update", "startTime": "2026-11-23T11:00:00.000Z", "message": "", "version": 2,
  "environment": {"git.author": "Bo", "git.author.email": "bo@example.com", "git.dirty": "false",
   "git.head": "c0ffee", "git.headName": "refs/heads/main", "ci.pr.number": "17",
   "ci.build.url": "https://ci.example/9"},
  "config": {}, "result": "succeeded", "endTime": "2026-11-23T11:00:09.000Z"},
 {"kind": "update", "startTime": "2026-11-23T10:00:00.000Z", "version": 1, "environment": null}
]"""


def test_a_history_tells_of_commit_author_and_pipeline() -> None:
    first, second = parse_updates(HISTORY)

    assert (first.number, first.end, first.source) == (1, None, Source(update=1))
    assert second.source == Source(
        commit="c0ffee",
        author="Bo <bo@example.com>",
        branch="main",
        clean=True,
        run="https://ci.example/9",
        pull_request="17",
        update=2,
    )
    assert second.end == datetime(2026, 11, 23, 11, 0, 10, tzinfo=UTC)
    assert parse_updates("null") == []


def test_updates_that_the_backend_does_not_number_are_counted() -> None:
    unnumbered = HISTORY.replace('"version": 2', '"version": 0').replace(
        '"version": 1', '"version": 0'
    )

    assert [update.number for update in parse_updates(unnumbered)] == [1, 2]


@pytest.mark.parametrize("told", ["", '[{"version": 1}]', '[{"version": "x"}]', "[1]"])
def test_what_is_no_history_is_an_error(told: str) -> None:
    with pytest.raises(LedgerUnreadableError, match="did not print a history"):
        parse_updates(told)


def test_events_of_other_kinds_change_nothing() -> None:
    event: Event = recorded(Standing(issued={1: V1}))[0].event
    quiet = [What.ISSUING, What.RECOVERED, What.VERIFIED, What.WAIVED, What.REFUSED]
    log = [Recorded(n, event.model_copy(update={"what": what})) for n, what in enumerate(quiet)]

    assert found(Standing(), log) == []
