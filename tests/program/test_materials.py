"""A program that reads a key without a current version is told why, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pulumi
import pytest

from keylife.model.registry import Declarations
from keylife.model.revocation import Reason, Tombstone
from keylife.program.materials import Materials
from tests.program.declared import key

REVOKED = Tombstone(
    at=datetime(2026, 11, 23, tzinfo=UTC), reason=Reason.SUPERSEDED, by="me", ref="PAY-812"
)


def materials() -> Materials:
    keys = {"live": key(id="live"), "dead": key(id="dead", revoked=REVOKED)}
    declared = Declarations(keys=keys, services={}, owners={})
    return Materials({"live": {}}, declared)


@pytest.mark.parametrize(
    ("key_id", "told"),
    [
        ("dead", r"revoked \(PAY-812\)(.|\n)*take what reads it out of the program"),
        ("life", r"which this stack does not declare\nit declares: dead, live"),
    ],
    ids=["revoked", "not-declared"],
)
def test_what_has_no_version_is_refused_in_words(key_id: str, told: str) -> None:
    with pytest.raises(pulumi.RunError, match=told):
        materials()[key_id]


def test_who_asks_first_is_not_refused() -> None:
    found = materials()

    assert "live" in found and found["live"] == {}
    assert "dead" not in found and found.get("dead") is None
