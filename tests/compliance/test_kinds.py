from __future__ import annotations

import pytest

from keylife.compliance.kinds import unenforced
from keylife.kinds import KINDS


@pytest.mark.parametrize("name", sorted(KINDS.built_in))
def test_what_is_known_of_a_kind_is_what_the_kind_says(name: str) -> None:
    nobody = KINDS[name].expiry_enforced_by.startswith("nobody")

    assert (unenforced(name) is not None) is nobody


def test_of_a_kind_from_another_package_nothing_is_known() -> None:
    assert unenforced("elsewhere") is None
