"""Revoke and rotate as a reviewed change: a small diff, seen in the preview, and carried out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.oracle import Answer, Oracle
from tests.end_to_end.project import AUTHOR, Project

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.timeout(600),
]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
REFUSED = Answer(authenticates=False, may=False)

DECLARED = """\
# Keys of the billing service.
keys:
  # Read by the pipeline; never by people.
  - id: {billing}
    kind: aws-access-key   # one user a version
    service: billing
    owner: team-payments
    purpose: deploys the billing API from its pipeline
    scope: {{policies: [arn:aws:iam::aws:policy/IAMReadOnlyAccess]}}
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {{mount: secret, path: {mark}/billing}}

  - id: {metrics}
    kind: vault-token
    service: metrics
    owner: team-platform
    purpose: lets the dashboard read the measurements
    scope: {{policies: [kv-read]}}
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {{mount: secret, path: {mark}/metrics}}
"""


def test_revoke_and_rotate_are_diffs_that_deploys_carry_out(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    billing, metrics = names.id("billing"), names.id("metrics")
    text = DECLARED.format(billing=billing, metrics=metrics, mark=names.mark)
    (project.keys / "billing.yaml").write_text(text)
    project.up(*project.at(NOON))
    project.commit("declare two keys")
    billing_1, metrics_1 = (oracle.kv(names.path(word)) for word in ("billing", "metrics"))
    assert billing_1 is not None and metrics_1 is not None

    project.keylife(
        *("revoke", billing, "--reason", "cessationOfOperation", "--ref", "PAY-812"),
        *("--at", "2027-03-01T12:30:00Z"),
    )
    project.keylife(
        *("rotate", metrics, "--reason", "keyCompromise", "--at", "2027-03-01T12:30:00Z")
    )

    added, removed, changed_file = project.git("diff", "--numstat").split()
    assert (int(removed), changed_file.endswith("billing.yaml")) == (0, True)
    assert 0 < int(added) <= 5
    diff = [line for line in project.git("diff", "--unified=0").splitlines() if line[0] == "+"]
    assert any("revoked" in line for line in diff)
    assert any("rotations" in line for line in diff)
    commit = project.commit("PAY-812: billing deploys no more; the metrics token leaked")

    preview = project.preview(*project.at(NOON + HOUR))
    assert "keylife:index:Revocation" in preview.stdout
    for fact in ("cessationOfOperation", "PAY-812", AUTHOR):
        assert fact in preview.stdout
    assert f"{metrics}-v2" in preview.stdout
    assert oracle.aws_answers(billing_1.secret)  # a preview changes nothing
    assert oracle.vault_answers(metrics_1.secret)

    project.up(*project.at(NOON + HOUR))

    assert oracle.aws_answers(billing_1.secret) == REFUSED
    assert oracle.vault_answers(metrics_1.secret) == REFUSED
    assert oracle.kv(names.path("billing")) is None
    metrics_2 = oracle.kv(names.path("metrics"))
    assert metrics_2 is not None and oracle.vault_answers(metrics_2.secret)

    told = project.keylife("history", billing).stdout
    assert "revoked" in told and "deactivated" in told
    answer = json.loads(project.keylife("history", billing, "--format", "json").stdout)
    events = {event["what"]: event for event in answer["events"]}
    assert set(events) == {
        *("declared", "issuing", "issued", "delivered", "revoked", "deactivated"),
        *("copy destroyed", "verified"),
    }
    revoked = events["revoked"]
    assert revoked["detail"] == f"cessationOfOperation, by {AUTHOR}, PAY-812"
    assert revoked["at"] == "2027-03-01T13:00:00Z"
    assert revoked["source"]["commit"] == commit
    assert AUTHOR in revoked["source"]["author"]
    assert events["issued"]["source"]["commit"] != commit

    told = json.loads(project.keylife("certificate", billing, "--format", "json").stdout)
    proofs = {c["certificate"]["system"]: c["certificate"] for c in told["certificates"]}
    assert {name: proof["evidence"] for name, proof in proofs.items()} == {
        "aws-iam": "proven",
        "vault-kv": "proven",
    }
    steps = [step["name"] for step in proofs["aws-iam"]["steps"]]
    assert steps == ["deny", "deactivate", "end-sessions"], "the rest waits for its quarantine"
    assert proofs["aws-iam"]["seen_alive"]
    retired = json.loads(project.keylife("certificate", metrics, "--format", "json").stdout)
    proofs = {c["certificate"]["place"]: c["certificate"] for c in retired["certificates"]}
    assert {proof["version"] for proof in proofs.values()} == {1}
    assert [proof["evidence"] for proof in proofs.values()] == ["proven"] * 2
    assert any(place.startswith("vault-kv/") for place in proofs), "behind the current value"


def test_a_reviewed_revoke_waits_for_no_system_that_is_down(
    project: Project, oracle: Oracle
) -> None:
    names = project.names
    billing = names.id("billing")
    declared = project.declared.aws("billing")
    project.deploy(NOON)
    project.commit("declare a key")
    copy = oracle.kv(names.path("billing"))
    assert copy is not None
    declared["revoked"] = {
        "at": NOON.isoformat(),
        "reason": "keyCompromise",
        "by": AUTHOR,
        "ref": "INC-9",
    }
    project.sandbox.seal_vault()
    try:
        held_up = project.deploy(NOON + HOUR, check=False)
        assert held_up.returncode != 0, "Vault's copy cannot be deleted"
        said = held_up.stdout + held_up.stderr
        assert "Vault is sealed; `keylife worker` goes on with it" in said
        assert not oracle.aws_answers(copy.secret).authenticates
        told = project.keylife("certificate", billing, check=False)
        assert told.returncode == 75 and "1 pending" in told.stdout
    finally:
        project.sandbox.unseal_vault()

    project.deploy(NOON + HOUR)

    assert oracle.kv(names.path("billing")) is None
    assert oracle.live_access_keys(billing) == []
    told = project.keylife("certificate", billing)
    assert told.stdout.count("dead, proven by using it") == 3
