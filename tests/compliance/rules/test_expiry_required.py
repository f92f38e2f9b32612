from __future__ import annotations

import pytest

from keylife.compliance.credential import (
    ExpiresAfter,
    ExpiresAt,
    Expiry,
    ExpiryJudgedElsewhere,
    ExpiryUnknown,
    NeverExpires,
)
from tests.compliance.builders import DAY, NOON, component, credential, found, key, violations

RULE = "expiry-required"


@pytest.mark.parametrize(
    ("expiry", "refused"),
    [
        pytest.param(NeverExpires("`ttl` is 0", "set `ttl`"), True, id="what never ends"),
        pytest.param(ExpiryUnknown("`ttl` is computed", "write it"), True, id="what may not end"),
        pytest.param(ExpiresAfter(3650 * DAY), False, id="a far end is an end"),
        pytest.param(ExpiresAt(NOON), False, id="an instant is an end"),
        pytest.param(ExpiryJudgedElsewhere("its version"), False, id="what another one carries"),
    ],
)
@pytest.mark.parametrize("make", [credential, key], ids=["outside", "declared"])
def test_a_credential_without_a_visible_end_is_refused(make, expiry: Expiry, refused: bool) -> None:  # type: ignore[no-untyped-def]
    assert bool(violations(RULE, make(expiry=expiry))) is refused


def test_the_finding_says_why_and_how_to_mend_it() -> None:
    [finding] = found(RULE, credential(expiry=NeverExpires("`ttl` is 0", "set `ttl`")))

    assert finding.message == "this Vault token never expires: `ttl` is 0"
    assert finding.remedy == "set `ttl`"
    assert str(finding).endswith("(docs/reference/rules/expiry-required.md)")


def test_a_component_is_no_credential() -> None:
    assert found(RULE, component()) == ()
