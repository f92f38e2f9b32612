"""Where the store is: the environment, the stack's config, or the project's own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from keylife.errors import UsageError
from keylife.store.location import parse_url, place, store_url

FOLDER = Path("/srv/project")


@pytest.mark.parametrize(
    ("environment", "configured", "expected"),
    [
        pytest.param({}, None, "sqlite:////srv/project/.keylife/store.db", id="nothing is said"),
        pytest.param({}, "sqlite:///shared.db", "sqlite:////srv/project/shared.db", id="relative"),
        pytest.param({}, "sqlite:////var/k.db", "sqlite:////var/k.db", id="an absolute path"),
        pytest.param(
            {"KEYLIFE_STORE": "postgresql://keylife@db.example.com/keys"},
            "sqlite:////var/k.db",
            "postgresql+psycopg://keylife@db.example.com/keys",
            id="the environment goes first",
        ),
        pytest.param(
            {"KEYLIFE_STORE": ""}, "sqlite:////var/k.db", "sqlite:////var/k.db", id="empty is none"
        ),
    ],
)
def test_which_store_it_is(
    environment: dict[str, str], configured: str | None, expected: str
) -> None:
    assert store_url(environment, configured, FOLDER) == expected


def test_a_password_is_refused_wherever_it_is_written() -> None:
    with pytest.raises(UsageError) as refused:
        store_url({"KEYLIFE_STORE": "postgresql://a:canary@b/c"}, None, FOLDER)

    assert "canary" not in f"{refused.value} {refused.value.hint}"
    assert "PGPASSWORD" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////srv/k.db", "SQLite file /srv/k.db"),
        (
            "postgresql://ada@db.example.com:5433/keys?sslmode=require",
            "PostgreSQL database keys on db.example.com:5433",
        ),
        ("postgresql:///keys?host=/run/pg", "PostgreSQL database keys on /run/pg"),
        ("postgresql:///?service=keylife", "PostgreSQL service keylife"),
        ("postgresql://", "PostgreSQL database of the user on the default host"),
    ],
)
def test_people_are_told_host_and_database_only(url: str, expected: str) -> None:
    assert place(parse_url(url)) == expected
