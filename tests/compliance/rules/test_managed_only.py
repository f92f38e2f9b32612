from __future__ import annotations

import pytest

from keylife.compliance.credential import ExpiresAfter, Expiry, ExpiryUnknown, NeverExpires
from tests.compliance.builders import DAY, component, credential, found, violations

RULE = "managed-only"


@pytest.mark.parametrize(
    ("expiry", "managed", "refused"),
    [
        pytest.param(NeverExpires("", ""), False, True, id="made outside, without an end"),
        pytest.param(ExpiryUnknown("", ""), False, True, id="made outside, perhaps without one"),
        pytest.param(ExpiresAfter(DAY), False, False, id="made outside, ended by its issuer"),
        pytest.param(NeverExpires("", ""), True, False, id="made by keylife, which ends it"),
    ],
)
def test_what_does_not_end_by_itself_is_made_by_keylife(
    expiry: Expiry, managed: bool, refused: bool
) -> None:
    assert bool(violations(RULE, credential(expiry=expiry, managed=managed))) is refused


def test_a_component_is_no_credential() -> None:
    assert found(RULE, component()) == ()
