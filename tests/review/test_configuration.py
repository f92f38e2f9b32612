"""What a change does to the rules is told for every field of ``keylife.yaml``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from keylife.model.configuration import Configuration
from keylife.review.change import What
from keylife.review.configuration import configuration_changes

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
WAIVER = {"rule": "r", "key": "billing-deploy", "reason": "why", "approver": "who"}
CHANGED: dict[str, tuple[Any, What]] = {
    "rules": ({"no-resurrection": "disabled"}, What.RULE_RELAXED),
    "limits": ({"life": {"default": "3650d"}}, What.LIMITS_CHANGED),
    "issuer_lives": ({"aws:iam/accessKey:AccessKey": "1h"}, What.LIMITS_CHANGED),
    "owner_stated": ({"assigned": {"*": "anybody"}}, What.LIMITS_CHANGED),
    "service_stated": ({"tags": ["app"]}, What.LIMITS_CHANGED),
    "second_approver_above": (100, What.LIMITS_CHANGED),
    "waivers": ([WAIVER], What.WAIVED),
}


def test_there_is_a_case_for_every_field() -> None:
    assert set(CHANGED) == set(Configuration.model_fields)


@pytest.mark.parametrize("field", CHANGED)
def test_a_changed_field_is_told(field: str) -> None:
    value, what = CHANGED[field]
    after = Configuration.model_validate({field: value})

    assert [c.what for c in configuration_changes(Configuration(), after, AT)] == [what]
