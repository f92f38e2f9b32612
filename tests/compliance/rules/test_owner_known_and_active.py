from __future__ import annotations

import pytest

from keylife.compliance.context import RegistryUnknown
from keylife.compliance.credential import Absence, Credential, Role
from tests.compliance.builders import NOON, credential, key, violations, warnings

RULE = "owner-known-and-active"


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        pytest.param(credential(), None, id="an owner who is there"),
        pytest.param(credential(owner="nobody"), "is not one of the 3", id="an unknown one"),
        pytest.param(key(owner="gone"), "departed 2026-11-23", id="one who departed this instant"),
        pytest.param(credential(owner=Absence.UNSTATED), "is not stated", id="none stated"),
        pytest.param(key(owner=Absence.COMPUTED), "is computed", id="a computed one"),
        pytest.param(key(owner=Absence.UNREADABLE), "is not written", id="one that is no name"),
        pytest.param(
            credential(owner=Absence.UNSTATED, managed=True), None, id="its key answers for it"
        ),
        pytest.param(
            key(role=Role.VERSION, owner="gone"), None, id="what was baked in at birth is history"
        ),
    ],
)
def test_somebody_who_is_there_answers_for_a_credential(
    subject: Credential, said: str | None
) -> None:
    messages = violations(RULE, subject)

    assert [said in message for message in messages] == ([True] if said else [])  # type: ignore[operator]


def test_an_owner_who_is_leaving_warns_until_the_day() -> None:
    assert violations(RULE, credential(owner="leaving"), at=NOON) == []
    assert warnings(RULE, credential(owner="leaving"), at=NOON) != []


def test_without_a_registry_nobody_is_known_to_be_there() -> None:
    assert len(violations(RULE, credential(), registry=RegistryUnknown("missing", "add it"))) == 1
