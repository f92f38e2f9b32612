from __future__ import annotations

import pytest

from keylife.compliance.children import child_objection
from keylife.compliance.unknown import UNKNOWN
from tests.compliance.builders import credential, key, violations

RULE = "token-not-a-child"


@pytest.mark.parametrize(
    ("inputs", "provider", "refused"),
    [
        pytest.param({}, {}, True, id="nothing said"),
        pytest.param({"noParent": True}, {}, False, id="an orphan"),
        pytest.param({"noParent": False}, {}, True, id="no orphan"),
        pytest.param({"noParent": UNKNOWN}, {}, True, id="perhaps an orphan"),
        pytest.param({"roleName": "ci"}, {}, False, id="its role decides"),
        pytest.param({}, {"skipChildToken": True}, False, id="the provider's own token"),
        pytest.param({}, {"skipChildToken": "true"}, False, id="as the engine registers it"),
        pytest.param({}, {"skipChildToken": False}, True, id="a child of it"),
        pytest.param({}, None, True, id="a gate that sees no provider"),
    ],
)
def test_a_token_stands_alone(
    inputs: dict[str, object], provider: dict[str, object] | None, refused: bool
) -> None:
    objection = child_objection("vault:index/token:Token", inputs, provider)

    assert bool(violations(RULE, credential(child=objection))) is refused
    assert violations(RULE, key(child=objection)) == [], "keylife's own tokens are orphans"


def test_what_is_no_token_has_no_parent() -> None:
    assert child_objection("aws:iam/accessKey:AccessKey", {}, {}) is None
