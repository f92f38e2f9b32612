"""Services and owners: whoever is not active any more says since when."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from keylife.model.registry import Owner, OwnerStatus, Service, ServiceStatus
from keylife.model.revocation import Reason

SINCE = "2026-10-01T00:00:00Z"


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        ({}, {"since": SINCE}),
        ({"status": "active"}, {"status": "active", "since": SINCE}),
        ({"status": "deprecated", "since": SINCE}, {"status": "deprecated"}),
        ({"status": "retired", "since": SINCE}, {"status": "retired"}),
        ({}, {"status": "gone", "since": SINCE}),
        ({"description": "x"}, {"description": ""}),
        ({}, {"team": "a"}),
    ],
)
def test_a_service(accepted: dict[str, Any], refused: dict[str, Any]) -> None:
    given = {"id": "billing", "description": "charges"}

    assert Service.model_validate({**given, **accepted})
    with pytest.raises(ValidationError):
        Service.model_validate({**given, **refused})


@pytest.mark.parametrize(
    ("accepted", "refused"),
    [
        ({}, {"since": SINCE}),
        ({"status": "departed", "since": SINCE}, {"status": "departed"}),
        ({"status": "active"}, {"status": "retired", "since": SINCE}),
        ({"contact": "x"}, {"contact": "\t"}),
        ({"id": "a"}, {"id": "A"}),
    ],
)
def test_an_owner(accepted: dict[str, Any], refused: dict[str, Any]) -> None:
    given = {"id": "team", "contact": "team@example.com"}

    assert Owner.model_validate({**given, **accepted})
    with pytest.raises(ValidationError):
        Owner.model_validate({**given, **refused})


def test_who_says_nothing_is_active() -> None:
    assert Service(id="a", description="b").status is ServiceStatus.ACTIVE
    assert Owner(id="a", contact="b").status is OwnerStatus.ACTIVE


def test_the_reasons_are_those_of_rfc_5280_that_end_a_key_for_good() -> None:
    assert {str(reason) for reason in Reason} == {
        "unspecified",
        "keyCompromise",
        "affiliationChanged",
        "superseded",
        "cessationOfOperation",
        "privilegeWithdrawn",
    }
