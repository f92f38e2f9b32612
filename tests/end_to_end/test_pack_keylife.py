"""The policy pack in the way of keylife's own program, through a key's whole life."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from keylife.model.instant import format_instant
from tests.end_to_end.conftest import MakeProject
from tests.end_to_end.project import PACK
from tests.workspace import Completed

pytestmark = pytest.mark.end_to_end

DAY = timedelta(days=1)
BIRTH = datetime(2026, 11, 23, 9, tzinfo=UTC)


def quiet(answer: Completed) -> bool:
    """Whether no policy had anything to say."""
    return not any(level in answer.stdout for level in ("[mandatory]", "[advisory]"))


def test_the_pack_is_in_the_way_of_nothing_that_keylife_does(make_project: MakeProject) -> None:
    project = make_project()
    registry = {"registry": str(project.stacks)}
    rules = ("service-known-and-active", "owner-known-and-active")
    (project.folder / "pack.json").write_text(json.dumps(dict.fromkeys(rules, registry)))
    pack = ("--policy-pack", str(PACK), "--policy-pack-config", "pack.json")
    key = project.declared.aws("deploy")

    assert quiet(project.show(BIRTH, *pack)), "before anything is known"
    assert quiet(project.deploy(BIRTH, *pack)), "the first issue"
    assert quiet(project.deploy(BIRTH + 22 * DAY, *pack)), "a rotation"

    key["ttl"] = "400d"
    too_long = project.show(BIRTH + 22 * DAY, *pack, check=False)
    assert too_long.returncode != 0
    assert "lives 400 d, limit 90 d" in too_long.stdout
    key["ttl"] = "30d"

    key["revoked"] = {
        "at": format_instant(BIRTH + 23 * DAY),
        "reason": "cessationOfOperation",
        "by": "oncall@example.com",
        "ref": "PAY-812",
    }
    services = project.stacks / "services.yaml"
    text = services.read_text()
    retired = re.sub(r"(- id: billing\n)", r"\1    status: retired\n    since: SINCE\n", text)
    services.write_text(retired.replace("SINCE", format_instant(BIRTH + 23 * DAY)))
    assert "retired" in services.read_text()
    assert quiet(project.deploy(BIRTH + 23 * DAY, *pack)), "the revocation, with its service"
    assert quiet(project.deploy(BIRTH + 23 * DAY, *pack)), "the quarantine"
    assert quiet(project.deploy(BIRTH + 25 * DAY, *pack)), "the destruction"
    assert quiet(project.deploy(BIRTH + 26 * DAY, *pack)), "the tombstone, for ever"
