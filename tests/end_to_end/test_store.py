"""A store that stops in the middle: asked of AWS and Vault, not of keylife."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1200)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
ROTATION = NOON + timedelta(days=22)
TOMBSTONE = {
    "at": "2027-03-23T12:00:00Z",
    "reason": "keyCompromise",
    "by": "oncall@example.com",
    "ref": "INC-7",
}


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.prepared_database()
    yield url
    postgres.drop_database(url)


def test_a_store_that_stops_holds_up_grants_and_no_end(
    project: Project, oracle: Oracle, postgres: PostgresServer, url: str
) -> None:
    store = {"KEYLIFE_STORE": url}
    rotated = project.declared.aws("deploy")
    leaked = project.declared.vault("reader")
    project.deploy(NOON, extra=store)
    delivered = oracle.kv(leaked["deliver"][0]["vault-kv"]["path"])
    assert delivered is not None
    token = delivered.secret
    assert oracle.vault_answers(token)

    leaked["revoked"] = TOMBSTONE
    postgres.stop(gently=False)
    try:
        without = project.deploy(ROTATION, extra=store)
    finally:
        postgres.start()

    assert f"so this is not issued: {rotated['id']}-v2; what ends, ends" in without.stdout
    assert not oracle.vault_answers(token).authenticates
    assert oracle.live_access_keys(rotated["id"]) == [f"{rotated['id']}-v1"]

    project.deploy(ROTATION, extra=store)
    assert oracle.live_access_keys(rotated["id"]) == [f"{rotated['id']}-v{n}" for n in (1, 2)]
