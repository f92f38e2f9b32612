from __future__ import annotations

import pytest

from keylife.compliance.kinds import unenforced
from keylife.kinds import KINDS


@pytest.mark.parametrize("name", sorted(KINDS.built_in))
def test_what_is_known_of_a_kind_is_what_the_kind_says(name: str) -> None:
    who = KINDS[name].expiry_enforced_by
    not_always = who.startswith("nobody") or " in part" in who

    assert (unenforced(name) is not None) is not_always


def test_of_a_kind_from_another_package_nothing_is_known() -> None:
    assert unenforced("elsewhere") is None
