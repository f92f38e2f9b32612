"""A key that a real nginx goes on letting in after it was revoked: dead only once it does not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import nginx
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

WHY = ("--reason", "keyCompromise", "--ref", "INC-7", "--by", "oncall@example.com")

GATEWAYS = """\
gateways:
  - id: edge
    url: {url}/health
    value: Bearer {{secret}}
    cache_age: 7s
"""


def declared(project: Project) -> dict[str, Any]:
    """A generated key that nginx takes, by asking for its copy in Vault."""
    return project.declared.vault(
        "edge",
        kind="generated",
        scope={"accepted_by": "nginx, which asks for the copy in Vault"},
        gateways=["edge"],
    )


def certificates(project: Project, key: str) -> dict[str, dict[str, Any]]:
    printed = project.keylife("certificate", key, "--format", "json").stdout
    return {
        c["certificate"]["system"]: c["certificate"] for c in json.loads(printed)["certificates"]
    }


def test_a_revoke_is_proven_at_the_gateway_after_all_that_it_remembers(
    project: Project, oracle: Oracle, tmp_path: Path
) -> None:
    place = project.names.path("edge")

    def asked(key: str) -> bool:
        copy = oracle.kv(place)
        return copy is not None and copy.secret["secret"] == key

    # nginx counts whole seconds: what it is to remember for 6 s it may remember for nearly 7; that
    # is longer than a command takes to begin, so that what it remembers outlives the copy in Vault
    with nginx.edge(tmp_path / "edge", asked, remembers=6) as edge:
        (project.stacks / "gateways.yaml").write_text(GATEWAYS.format(url=edge.url))
        key = declared(project)["id"]
        project.deploy(datetime.now(UTC).replace(microsecond=0))
        project.commit("a key behind a gateway")
        copy = oracle.kv(place)
        assert copy is not None
        secret = copy.secret["secret"]
        assert edge.lets_in(secret) == 200
        assert edge.lets_in("another") == 401

        killed = project.keylife("revoke", key, "--now", *WHY)

        assert edge.lets_in(secret) == 401
        probed = project.keylife("verify", key, check=False).stdout
    dead = certificates(project, key)
    told, vault = dead["gateway"], dead["vault-kv"]
    assert told["evidence"] == "proven"
    assert told["seen_alive"]
    assert told["window_ms"] == 8_000
    first, last = (datetime.fromisoformat(told[when]) for when in ("first_refused", "certified"))
    assert last - first >= timedelta(seconds=8)
    assert all(p["used"] and p["said"] == "401" and p["request_id"] for p in told["probes"])
    assert told["last_accepted"] > vault["first_refused"], "it let in what was dead in Vault"
    assert told["first_refused"] > vault["first_refused"]
    assert [step["name"] for step in told["steps"]] == ["purge"]
    assert "gateway/edge  pending for" in killed.stdout
    assert "still accepted" in killed.stdout
    assert "gateway/edge  dead: refused" in killed.stdout
    assert "gateway/edge  refused (used): 401" in probed
    assert secret not in killed.stdout + killed.stderr + probed + json.dumps(dead)
