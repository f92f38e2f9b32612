"""The ledger is read from the stack's state: what is known, what is refused, what stays secret."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from keylife.errors import LedgerUnreadableError
from keylife.model.ledger import IssuedVersion, Ledger, RecordedRevocation
from keylife.model.revocation import Reason
from keylife.program.ledger import parse_ledger, read_ledger
from tests.program.engine import ACCESS_KEY, KV, SECRET_VALUE, TOKEN
from tests.program.states import SECRET, resource, state

BORN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ROTATED = datetime(2026, 12, 15, 6, 0, tzinfo=UTC)
REVOKED = datetime(2026, 12, 15, 8, 0, tzinfo=UTC)
READ_ONLY: dict[str, JsonValue] = {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
MANAGED_KEY = "keylife:index:ManagedKey"
VERSION = "keylife:index:Version"
CURRENT = "keylife:index:Current"
REVOCATION = "keylife:index:Revocation"


def test_a_stack_without_resources_is_an_empty_ledger() -> None:
    assert parse_ledger(state("without-resources")) == Ledger()


def test_a_version_is_read_as_it_was_planned_at_its_birth() -> None:
    record = parse_ledger(state("first-versions")).keys["billing-deploy"]

    assert record.kind == "aws-access-key"
    assert record.destroyed_through == 0
    assert (record.delivered, record.delivered_since) == (1, BORN)
    assert record.revocation is None
    assert record.versions == (
        IssuedVersion(
            number=1,
            birth=BORN,
            expiry=BORN + timedelta(days=30),
            rotation_due=BORN + timedelta(days=21),
            grace=timedelta(days=9),
            cause="first",
            owner="team-payments",
            service="billing",
            scope=READ_ONLY,
            exists=True,
            issuer_facts={"status": "Active", "user": "billing-deploy-v1"},
        ),
    )


def test_the_ttl_that_vault_was_told_is_known_from_then_on() -> None:
    [version] = parse_ledger(state("first-versions")).keys["metrics-reader"].versions

    assert version.issuer_facts["explicitMaxTtl"] == "1209600s"


def test_versions_stand_in_the_order_of_their_numbers_whatever_the_states_order() -> None:
    export = state("in-rotation")
    backwards = state("in-rotation")
    backwards["deployment"]["resources"].reverse()

    ledger = parse_ledger(export)

    assert [v.number for v in ledger.keys["billing-deploy"].versions] == [1, 2]
    assert ledger.keys["billing-deploy"].delivered == 2
    assert ledger.keys["metrics-reader"].destroyed_through == 1
    assert parse_ledger(backwards) == ledger


def test_a_delivery_remembers_what_the_next_write_must_know() -> None:
    record = parse_ledger(state("first-versions")).keys["billing-deploy"]

    assert set(record.delivery_facts) == {
        "billing-deploy/vault-kv/secret/billing/aws",
        "billing-deploy/secrets-manager/billing/aws",
        "billing-deploy/secrets-manager/billing/aws#secret",
    }
    written = record.delivery_facts["billing-deploy/vault-kv/secret/billing/aws"]
    assert written["inputs"]["options"] == {"cas": "0"}  # type: ignore[index, call-overload]
    assert written["outputs"]["metadata"]["version"] == "1"  # type: ignore[index, call-overload]


def test_a_revoked_key_in_quarantine_has_versions_and_revocation_and_no_delivery() -> None:
    record = parse_ledger(state("revoked-in-quarantine")).keys["billing-deploy"]

    assert [v.deactivated for v in record.versions] == [REVOKED, REVOKED]
    assert (record.delivered, record.delivered_since, record.delivery_facts) == (None, None, {})
    assert record.revocation == RecordedRevocation(
        kind="aws-access-key",
        at=REVOKED,
        reason=Reason.SUPERSEDED,
        by="oncall@example.com",
        ref="OPS-2",
        versions=(1, 2),
    )


def test_a_tombstone_stays_when_all_else_of_a_key_is_gone() -> None:
    ledger = parse_ledger(state("only-tombstones"))

    assert set(ledger.keys) == {"billing-deploy", "metrics-reader"}
    record = ledger.keys["metrics-reader"]
    assert (record.kind, record.versions) == ("vault-token", ())
    assert record.revocation is not None
    assert record.revocation.versions == (2,)


def test_what_an_interrupted_run_began_is_told() -> None:
    ledger = parse_ledger(state("interrupted"))

    assert {(p.operation, p.urn.rpartition("::")[2]) for p in ledger.pending} == {
        ("creating", "hurt1-deploy-v1-user"),
        ("creating", "hurt1-deploy/secrets-manager/hurt1/aws#secret"),
    }
    [version] = ledger.keys["hurt1-deploy"].versions
    assert not version.exists


def test_pending_operations_without_any_resource_are_still_told() -> None:
    export = state("interrupted")
    del export["deployment"]["resources"]

    assert len(parse_ledger(export).pending) == 2


@pytest.mark.parametrize("word", ["delete", "pendingReplacement"])
def test_a_credential_that_is_on_its_way_out_does_not_exist(word: str) -> None:
    export = state("first-versions")
    resource(export, TOKEN, "metrics-reader-v1")[word] = True

    [version] = parse_ledger(export).keys["metrics-reader"].versions

    assert not version.exists
    assert version.issuer_facts == {}


def test_an_old_value_that_waits_for_its_deletion_does_not_hide_the_new_one() -> None:
    export = state("first-versions")
    name = "billing-deploy/secrets-manager/billing/aws"
    old = {**resource(export, SECRET_VALUE, name), "delete": True, "inputs": {"secretId": "old"}}
    expected = parse_ledger(export)

    for place in (0, len(export["deployment"]["resources"])):
        changed = state("first-versions")
        changed["deployment"]["resources"].insert(place, old)
        assert parse_ledger(changed).keys == expected.keys


def test_a_tainted_token_passes_nothing_on_to_the_one_that_replaces_it() -> None:
    """Else the new token would live for the whole TTL again, beyond the version's expiry."""
    export = state("first-versions")
    resource(export, TOKEN, "metrics-reader-v1")["taint"] = True

    [version] = parse_ledger(export).keys["metrics-reader"].versions

    assert version.issuer_facts == {}


def test_what_surrounds_a_credential_does_not_make_it_exist() -> None:
    export = state("first-versions")
    export["deployment"]["resources"].remove(resource(export, ACCESS_KEY, "billing-deploy-v1"))

    [version] = parse_ledger(export).keys["billing-deploy"].versions

    assert not version.exists


def test_a_version_that_no_delivery_carries_is_not_delivered() -> None:
    export = state("first-versions")
    export["deployment"]["resources"].remove(resource(export, CURRENT, "billing-deploy"))

    assert parse_ledger(export).keys["billing-deploy"].delivered is None


@pytest.mark.parametrize("name", ["first-versions", "in-rotation", "revoked-in-quarantine"])
def test_no_secret_of_the_state_reaches_the_ledger(name: str) -> None:
    assert "canary-ciphertext" in json.dumps(state(name))
    assert "canary" not in parse_ledger(state(name)).model_dump_json()


def test_secrets_stay_out_however_deep_they_lie() -> None:
    export = state("first-versions")
    token = resource(export, TOKEN, "metrics-reader-v1")
    token["inputs"]["metadata"]["deep"] = SECRET
    token["inputs"]["policies"] = ["metrics-read", SECRET, {"inner": [SECRET]}]
    written = resource(export, KV, "metrics-reader/vault-kv/secret/metrics/token")
    written["outputs"]["metadata"] = SECRET
    written["outputs"]["list"] = [[SECRET, "open"]]

    ledger = parse_ledger(export)

    assert "canary" not in ledger.model_dump_json()
    [version] = ledger.keys["metrics-reader"].versions
    assert version.issuer_facts["policies"] == ["metrics-read", {"inner": []}]


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(
    "features", [None, [], ["hooks"], ["hooks", "refreshBeforeUpdate", "taint", "views"]]
)
def test_the_layouts_of_this_cli_are_read(version: int, features: list[str] | None) -> None:
    export = {**state("first-versions"), "version": version, "features": features}

    assert set(parse_ledger(export).keys) == {"billing-deploy", "metrics-reader"}


def without(name: str) -> Callable[[dict[str, Any]], None]:
    def change(export: dict[str, Any]) -> None:
        del export[name]

    return change


def having(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(export: dict[str, Any]) -> None:
        export[name] = value

    return change


def deployment(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(export: dict[str, Any]) -> None:
        export["deployment"][name] = value

    return change


def inputs(kind: str, name: str, field: str, value: Any = None) -> Callable[[dict[str, Any]], None]:
    def change(export: dict[str, Any]) -> None:
        found = resource(export, kind, name)
        if field == "inputs":
            found["inputs"] = value
        elif value is None:
            del found["inputs"][field]
        else:
            found["inputs"][field] = value

    return change


CANARY = "canary-value"
UNKNOWN_LAYOUTS = [
    pytest.param(having("version", 2), "schema version 2", id="an older schema"),
    pytest.param(having("version", 5), "schema version 5", id="a newer schema"),
    pytest.param(having("features", ["hooks", "x"]), r"features \['x'\]", id="another feature"),
    pytest.param(having("version", CANARY), "did not print", id="a version that is no number"),
    pytest.param(without("version"), "did not print", id="no version"),
    pytest.param(without("deployment"), "did not print", id="no deployment"),
    pytest.param(having("deployment", None), "did not print", id="nothing deployed"),
    pytest.param(having("deployment", [CANARY]), "did not print", id="a list of deployments"),
    pytest.param(having("features", CANARY), "did not print", id="features in one word"),
    pytest.param(having("features", [[CANARY]]), "did not print", id="features in lists"),
]
NOT_AS_WRITTEN = [
    pytest.param(deployment("resources", {}), id="resources as an empty mapping"),
    pytest.param(deployment("resources", ""), id="resources as an empty text"),
    pytest.param(deployment("resources", 0), id="resources as a number"),
    pytest.param(deployment("resources", [CANARY]), id="resources as texts"),
    pytest.param(deployment("resources", [{"urn": CANARY}]), id="a resource without type"),
    pytest.param(deployment("pending_operations", {}), id="operations as an empty mapping"),
    pytest.param(
        deployment("pending_operations", [{"type": CANARY}]), id="an operation of nothing"
    ),
    pytest.param(inputs(VERSION, "billing-deploy-v1", "birth"), id="a version without birth"),
    pytest.param(inputs(VERSION, "billing-deploy-v1", "birth", CANARY), id="a birth in words"),
    pytest.param(inputs(VERSION, "billing-deploy-v1", "expiry", SECRET), id="an expiry encrypted"),
    pytest.param(inputs(VERSION, "billing-deploy-v1", "version", CANARY), id="a number in words"),
    pytest.param(inputs(VERSION, "billing-deploy-v1", "version", SECRET), id="a number encrypted"),
    pytest.param(inputs(VERSION, "billing-deploy-v1", "grace", "9"), id="a grace without unit"),
    pytest.param(inputs(VERSION, "billing-deploy-v1", "scope", CANARY), id="a scope in words"),
    pytest.param(inputs(VERSION, "billing-deploy-v1", "inputs"), id="a version without inputs"),
    pytest.param(inputs(CURRENT, "billing-deploy", "since"), id="in service since never"),
    pytest.param(inputs(CURRENT, "billing-deploy", "version", CANARY), id="no number in service"),
    pytest.param(inputs(MANAGED_KEY, "billing-deploy", "kind"), id="a key without kind"),
    pytest.param(inputs(MANAGED_KEY, "billing-deploy", "id"), id="a key without id"),
    pytest.param(
        inputs(MANAGED_KEY, "billing-deploy", "destroyedThrough", CANARY), id="a count in words"
    ),
]


def refused(change: Callable[[dict[str, Any]], None]) -> LedgerUnreadableError:
    export = state("first-versions")
    change(export)
    with pytest.raises(LedgerUnreadableError) as caught:
        parse_ledger(export)
    error = caught.value
    told = f"{error} {error.hint} {error!r} {error.__cause__!r}"
    assert "canary" not in told
    return error


@pytest.mark.parametrize(("change", "told"), UNKNOWN_LAYOUTS)
def test_an_unknown_layout_is_refused(change: Callable[[dict[str, Any]], None], told: str) -> None:
    assert re.search(told, str(refused(change)))


@pytest.mark.parametrize("change", NOT_AS_WRITTEN)
def test_what_is_not_as_keylife_writes_it_is_refused_without_a_value(
    change: Callable[[dict[str, Any]], None],
) -> None:
    assert "not as keylife writes it" in str(refused(change))


@pytest.mark.parametrize("field", ["kind", "at", "reason", "by", "ref", "versions"])
def test_half_a_revocation_is_refused(field: str) -> None:
    for value in (None, CANARY if field in ("at", "reason", "versions") else 7):
        export = state("only-tombstones")
        inputs(REVOCATION, "billing-deploy", field, value)(export)
        with pytest.raises(LedgerUnreadableError) as caught:
            parse_ledger(export)
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize("export", [None, [], "canary", 7, {}])
def test_what_is_no_export_is_refused(export: Any) -> None:
    with pytest.raises(LedgerUnreadableError, match="did not print a stack's state"):
        parse_ledger(export)


def test_versions_without_their_key_are_refused() -> None:
    export = state("first-versions")
    export["deployment"]["resources"].remove(resource(export, MANAGED_KEY, "billing-deploy"))

    with pytest.raises(LedgerUnreadableError, match="`billing-deploy` has versions but no Man"):
        parse_ledger(export)


def test_resources_of_others_are_of_no_concern() -> None:
    export = state("first-versions")
    expected = parse_ledger(export).keys
    export["deployment"]["resources"].append(
        {"urn": "urn:pulumi:dev::keylife::x:y:Z::mine", "type": "x:y:Z", "custom": True, "id": "1"}
    )

    assert parse_ledger(export).keys == expected


@pytest.fixture
def fake_pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a script of this text in the place of the Pulumi CLI."""

    def write(script: str) -> None:
        path = tmp_path / "pulumi"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return write


FakePulumi = Callable[[str], None]


def test_the_state_is_asked_for_by_the_stacks_name(fake_pulumi: FakePulumi, tmp_path: Path) -> None:
    (tmp_path / "export.json").write_text(json.dumps(state("first-versions")))
    fake_pulumi(f'echo "$@" >"{tmp_path}/asked"; cat "{tmp_path}/export.json"')

    ledger = read_ledger("organization/keylife/dev")

    assert ledger == parse_ledger(state("first-versions"))
    asked = (tmp_path / "asked").read_text().split()
    assert asked == ["stack", "export", "--stack", "organization/keylife/dev"]


def test_secrets_are_never_asked_for(fake_pulumi: FakePulumi, tmp_path: Path) -> None:
    fake_pulumi(f'echo "$@" >"{tmp_path}/asked"; echo \'{{"version": 3, "deployment": {{}}}}\'')

    read_ledger("dev")

    assert "show-secrets" not in (tmp_path / "asked").read_text()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        pytest.param(
            "echo noise >&2; echo 'error: no stack named dev' >&2; exit 255",
            "failed: error: no stack named dev",
            id="the CLI fails",
        ),
        pytest.param("exit 1", "failed: it said nothing", id="the CLI fails in silence"),
        pytest.param("printf '\\351' >&2; exit 1", "failed: \N{REPLACEMENT CHARACTER}", id="latin"),
        pytest.param("echo canary is no JSON", "did not print JSON", id="words"),
        pytest.param("printf '\\351'", "did not print JSON", id="no text at all"),
        pytest.param("true", "did not print JSON", id="nothing"),
        pytest.param("echo null", "did not print a stack's state", id="null"),
        pytest.param("echo '[\"canary\"]'", "did not print a stack's state", id="a list"),
        pytest.param("kill -9 $$", "failed", id="the CLI is killed"),
    ],
)
def test_whatever_the_cli_does_wrong_stops_the_program(
    fake_pulumi: FakePulumi, script: str, told: str
) -> None:
    fake_pulumi(script)

    with pytest.raises(LedgerUnreadableError) as caught:
        read_ledger("dev")

    assert told in str(caught.value)
    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_a_missing_cli_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LedgerUnreadableError, match="did not run: FileNotFoundError") as caught:
        read_ledger("dev")

    assert caught.value.hint is not None
    assert "Pulumi CLI on PATH" in caught.value.hint
