"""The last use of a credential, as far as its system ever told."""

from __future__ import annotations

from datetime import datetime

import pytest

from keylife.store import observations
from keylife.store.database import Database
from keylife.store.observations import Observation
from tests.store.instants import HOUR, NOON


def note(database: Database, used: datetime | None, seen: datetime, what: str = "s3") -> None:
    with database.writing() as connection:
        observations.note(
            connection, Observation("aws-iam", "AKIA1", used, what if used else None, seen)
        )


def known(database: Database) -> Observation | None:
    with database.reading() as connection:
        return observations.last_use(connection, "aws-iam", "AKIA1")


def test_nobody_asked_is_another_thing_than_never_used(database: Database) -> None:
    assert known(database) is None

    note(database, None, NOON)

    assert known(database) == Observation("aws-iam", "AKIA1", None, None, NOON)


@pytest.mark.parametrize(
    ("used", "seen", "expected"),
    [
        pytest.param(NOON + HOUR, NOON + 2 * HOUR, (NOON + HOUR, "sts", NOON + 2 * HOUR), id="on"),
        pytest.param(None, NOON + 2 * HOUR, (NOON, "s3", NOON + 2 * HOUR), id="forgotten"),
        pytest.param(NOON - HOUR, NOON - HOUR, (NOON, "s3", NOON), id="an older answer"),
        pytest.param(NOON + HOUR, NOON - HOUR, (NOON + HOUR, "sts", NOON), id="two clocks"),
    ],
)
def test_the_latest_use_ever_seen_stays(
    database: Database,
    used: datetime | None,
    seen: datetime,
    expected: tuple[datetime, str, datetime],
) -> None:
    note(database, NOON, NOON)

    note(database, used, seen, "sts")

    found = known(database)
    assert found is not None
    assert (found.used, found.with_what, found.seen) == expected
