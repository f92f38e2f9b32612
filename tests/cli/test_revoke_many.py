"""A revoke of all that a service or an owner has, or of what leaked: declared, and at once."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylife.audit.errors import AuditUnwritableError
from keylife.declarations import load
from keylife.revocation.registrar import Registrar
from keylife.store import fingerprints
from keylife.store.database import open_database
from keylife.store.fingerprints import Seen, keys_file, read_keys
from keylife.store.revocations import Revocation
from tests.cli.conftest import DECLARED, Command
from tests.cli.emergency import Token, key_in_state, pulumi_script

Deployed = Callable[..., None]
WHY = ("--reason", "keyCompromise", "--ref", "INC-7", "--by", "oncall@example.com")
HERE = (*WHY, "--stack", "dev")
FULL = "organization/keylife/dev"
SECRET = "canary-7f3a9c"


@pytest.fixture
def deployed(pulumi: Callable[[str], None], tmp_path: Path) -> Deployed:
    """Make the stack's state hold these keys."""
    return lambda *keys: pulumi(pulumi_script(tmp_path, *keys))


@pytest.fixture
def two_keys(project: Path) -> Path:
    """A project that declares two keys of one service, and one of another stack."""
    one = DECLARED["dev/keys/billing.yaml"]
    more = one.replace("billing-deploy", "billing-report").replace("billing/aws", "report/aws")
    other = one.replace("billing-deploy", "billing-prod").replace("billing/aws", "prod/aws")
    (project / "stacks/dev/keys/more.yaml").write_text(more)
    (project / "stacks/prod/keys").mkdir(parents=True)
    (project / "stacks/prod/keys/billing.yaml").write_text(other)
    return project


def dead(project: Path) -> dict[str, str]:
    """By key, how its revocation is settled in the store; nothing where there is no store."""
    file = project / ".keylife" / "store.db"
    if not file.exists():
        return {}
    with sqlite3.connect(file) as connection:
        return dict(connection.execute("SELECT key, state FROM keylife_revocations"))


def declared_dead(project: Path, stack: str = "dev") -> set[str]:
    """The keys that the declarations have as revoked."""
    keys = load(project / "stacks", stack).keys.values()
    return {key.id for key in keys if key.revoked is not None}


@pytest.mark.parametrize(
    "named",
    [[], ["billing-deploy", "--service", "billing"], ["--service", "billing", "--owner", "team"]],
)
@pytest.mark.parametrize("now", [[], ["--now"]])
def test_one_thing_is_named_and_no_more(
    keylife: Command, project: Path, named: list[str], now: list[str]
) -> None:
    answer = keylife("revoke", *named, *now, *HERE)
    assert answer.code == 2
    assert "named" in answer.err
    assert dead(project) == {}


def test_many_keys_are_shown_as_a_change_and_written_when_asked(
    keylife: Command, two_keys: Path
) -> None:
    shown = keylife("revoke", "--service", "billing", *HERE)
    assert shown.code == 0
    assert shown.out.count("+    revoked:") == 2
    assert "not written: 2 keys of service `billing` are revoked" in shown.err
    assert "left: prod/billing-prod" in shown.err
    assert declared_dead(two_keys) == set()

    assert keylife("revoke", "--owner", "team", *HERE, "--write").code == 0
    assert declared_dead(two_keys) == {"billing-deploy", "billing-report"}
    assert declared_dead(two_keys, "prod") == set()
    assert "status: retired" not in (two_keys / "stacks/services.yaml").read_text()


def test_the_only_key_of_a_service_is_written_at_once(keylife: Command, project: Path) -> None:
    assert keylife("revoke", "--service", "billing", *HERE).code == 0
    assert declared_dead(project) == {"billing-deploy"}
    again = keylife("revoke", "--service", "billing", *HERE)
    assert again.code == 2
    assert "no key of service `billing` is declared" in again.err


def test_many_keys_are_told_and_killed_only_when_asked(
    keylife: Command, two_keys: Path, deployed: Deployed
) -> None:
    """One of them is declared no more, one was never deployed; another service's lives on."""
    keys = [
        key_in_state("billing-deploy"),
        key_in_state("left-behind"),
        key_in_state("exporter", service="exporter"),
    ]
    deployed(*keys)

    told = keylife("revoke", "--service", "billing", "--now", *HERE)
    assert told.code == 0
    assert "billing-deploy  v1   github-actions-secret" in told.out
    assert "left-behind  v1" in told.out
    assert "not killed: 2 keys of service `billing`" in told.err
    assert "only gets its tombstone: billing-report" in told.err
    assert "not killed here: prod/billing-prod" in told.err
    assert "next: --yes" in told.err
    assert dead(two_keys) == {}
    assert declared_dead(two_keys) == set()

    killed = keylife("revoke", "--service", "billing", "--now", "--yes", *HERE)
    assert killed.code == 0, killed.err
    assert "left-behind is dead: keylife certificate left-behind" in killed.out
    assert "billing-deploy  v1   github-actions-secret/acme/app/KEY  nothing more" in killed.out
    assert dead(two_keys) == {"billing-deploy": "weak", "left-behind": "weak"}
    assert declared_dead(two_keys) == {"billing-deploy", "billing-report"}


def test_many_keys_need_a_second_person_at_once(
    keylife: Command, two_keys: Path, deployed: Deployed
) -> None:
    (two_keys / "stacks/keylife.yaml").write_text("second_approver_above: 1\n")
    deployed(key_in_state("billing-deploy"), key_in_state("billing-report"))
    kill = ("revoke", "--owner", "team", "--now", *HERE)

    told = keylife(*kill)
    assert told.code == 0, "to look takes nobody else"
    assert "--yes needs --approved-by as well" in told.err
    for approved in ([], ["--approved-by", "OnCall@example.com "]):
        refused = keylife(*kill, "--yes", *approved)
        assert refused.code == 2, "nor is oneself somebody else"
        assert dead(two_keys) == {}
    denied = keylife("history", "billing-report", "--stack", "dev").out
    assert denied.count("denied request") == 1, "the other was bad usage"
    assert "2 keys are more than one person may revoke" in denied

    killed = keylife(*kill, "--yes", "--approved-by", "lea@example.com", "--format", "json")
    assert killed.code == 0, killed.err
    told_all = killed.json()
    assert [each["key"] for each in told_all["revocations"]] == ["billing-deploy", "billing-report"]
    assert all(each["done"] for each in told_all["revocations"])
    assert told_all["recorded"] is True
    tombstone = load(two_keys / "stacks", "dev").keys["billing-deploy"].revoked
    assert tombstone is not None
    assert tombstone.approved_by == "lea@example.com"
    exported = keylife("audit", "export", "--format", "jsonl", "--stack", "dev").out
    revoked = [e for e in map(json.loads, exported.splitlines()) if e["event"]["what"] == "revoked"]
    assert {entry["event"]["source"]["approved_by"] for entry in revoked} == {"lea@example.com"}


def test_a_system_that_is_down_holds_up_its_own_key_only(
    keylife: Command, two_keys: Path, deployed: Deployed
) -> None:
    keys = [key_in_state("billing-deploy", token=Token()), key_in_state("billing-report")]
    deployed(*keys)
    killed = keylife("revoke", "--service", "billing", "--now", "--yes", *HERE)
    assert killed.code == 75, killed.err
    assert "billing-deploy is pending" in killed.out
    assert "billing-report is dead" in killed.out
    assert dead(two_keys) == {"billing-deploy": "open", "billing-report": "weak"}


def test_what_cannot_be_recorded_is_left_alive_and_stops_no_other(
    keylife: Command, two_keys: Path, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Registrar, revocation: Revocation) -> None:
        if revocation.key == "billing-deploy":
            raise AuditUnwritableError("here", "the disk is full")
        append(self, revocation)

    append = Registrar.accepted
    monkeypatch.setattr(Registrar, "accepted", refuse)
    deployed(key_in_state("billing-deploy"), key_in_state("billing-report"))
    killed = keylife("revoke", "--service", "billing", "--now", "--yes", *HERE)
    assert killed.code == 1
    assert "billing-deploy IS NOT KILLED" in killed.err
    assert dead(two_keys) == {"billing-report": "weak"}
    assert declared_dead(two_keys) == {"billing-report"}


def test_declarations_that_cannot_be_read_do_not_stop_a_kill(
    keylife: Command, project: Path, deployed: Deployed
) -> None:
    (project / "stacks/dev/keys/billing.yaml").write_text("keys: [")
    deployed(key_in_state("billing-deploy"))
    killed = keylife("revoke", "--service", "billing", "--now", *HERE)
    assert killed.code == 0
    assert "only the stack's state says which keys there are" in killed.err
    assert dead(project) == {"billing-deploy": "weak"}


def test_a_party_that_nothing_is_known_of_is_not_taken_for_dead(
    keylife: Command, project: Path, deployed: Deployed
) -> None:
    deployed(key_in_state("billing-deploy"))
    answer = keylife("revoke", "--owner", "nobody", "--now", "--yes", *HERE)
    assert answer.code == 2
    assert "nothing in stack organization/keylife/dev holds a key of owner `nobody`" in answer.err
    assert dead(project) == {}


def recorded(project: Path, stack: str = FULL) -> str:
    """Have the store know a secret of `billing-deploy` v1; its fingerprint."""
    (project / ".keylife").mkdir(exist_ok=True)
    keys = read_keys(keys_file({}, project))
    database = open_database(f"sqlite:///{project / '.keylife' / 'store.db'}")
    seen = Seen("billing-deploy", 1, stack)
    with database.writing() as connection:
        when = datetime(2026, 11, 1, tzinfo=UTC)
        fingerprints.record(connection, seen, {"secret_access_key": SECRET}, keys, when)
    database.close()
    return keys.of(SECRET)


@pytest.mark.parametrize("given", ["fingerprint", SECRET, f"{SECRET}\n"], ids=["id", "as is", "nl"])
def test_what_leaked_is_killed_by_its_fingerprint(
    keylife: Command,
    project: Path,
    deployed: Deployed,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
) -> None:
    mark = recorded(project)
    deployed(key_in_state("billing-deploy"), key_in_state("other"))
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    named = mark if given == "fingerprint" else "-"
    killed = keylife("revoke", "--fingerprint", named, "--now", *HERE)
    assert killed.code == 0, killed.err
    assert "it is version 1 of `billing-deploy`" in killed.out
    assert dead(project) == {"billing-deploy": "weak"}
    assert SECRET not in killed.out + killed.err


def test_a_fingerprint_finds_the_declaration_as_well(
    keylife: Command, project: Path, deployed: Deployed
) -> None:
    mark = recorded(project)
    deployed()
    assert keylife("revoke", "--fingerprint", mark, *HERE).code == 0
    assert declared_dead(project) == {"billing-deploy"}


@pytest.mark.parametrize("given", ["unknown", "other stack", "no fingerprint", "nothing"])
def test_what_nobody_knows_is_not_called_dead(
    keylife: Command,
    project: Path,
    deployed: Deployed,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
) -> None:
    mark = recorded(project, "organization/keylife/prod" if given == "other stack" else FULL)
    deployed(key_in_state("billing-deploy"))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    named, said = {
        "unknown": (f"{mark[:-4]}beef", "that does not make it dead, only unknown here"),
        "other stack": (mark, "of stack organization/keylife/prod"),
        "no fingerprint": (SECRET, "that is no fingerprint"),
        "nothing": ("-", "there is no secret on standard input"),
    }[given]
    for now in ([], ["--now"]):
        answer = keylife("revoke", "--fingerprint", named, *now, *HERE)
        assert answer.code == 2
        assert said in answer.err
        assert SECRET not in answer.out + answer.err
    assert dead(project) == {}
    assert declared_dead(project) == set()
