"""The latest instant that is recorded: from it on, a clock that runs backwards changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from keylife.model.ledger import IssuedVersion, KeyRecord, Ledger

BIRTH = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)


def record(key_id: str, born: datetime, deactivated: datetime | None = None) -> KeyRecord:
    version = IssuedVersion(
        number=1,
        birth=born,
        expiry=born + 30 * DAY,
        rotation_due=born + 21 * DAY,
        grace=9 * DAY,
        cause="first",
        owner="team",
        service="billing",
        scope={},
        deactivated=deactivated,
    )
    return KeyRecord(id=key_id, kind="vault-token", versions=(version,))


@pytest.mark.parametrize(
    ("records", "latest"),
    [
        ([], None),
        ([KeyRecord(id="a", kind="b")], None),
        ([record("a", BIRTH)], BIRTH),
        ([record("a", BIRTH, BIRTH + DAY)], BIRTH + DAY),
        ([record("a", BIRTH, BIRTH + DAY), record("b", BIRTH + 2 * DAY)], BIRTH + 2 * DAY),
    ],
)
def test_the_latest_instant(records: list[KeyRecord], latest: datetime | None) -> None:
    assert Ledger(keys={r.id: r for r in records}).latest == latest


def test_a_version_is_not_known_to_exist_unless_the_state_says_so() -> None:
    [version] = record("a", BIRTH).versions

    assert not version.exists
    with pytest.raises(ValidationError, match="frozen"):
        version.expiry = BIRTH + 400 * DAY  # type: ignore[misc]  # mypy knows it too
