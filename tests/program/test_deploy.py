"""One deploy: in the order that never leaves a consumer without a key, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pulumi
import pytest

from keylife.audit.entry import read_event
from keylife.audit.reserve import Reserve
from keylife.audit.rows import Rows
from keylife.errors import LedgerUnreadableError, UsageError
from keylife.evidence.event import Event, What
from keylife.evidence.log import EventLog
from keylife.kinds.kind import Material
from keylife.model.key import Key
from keylife.model.ledger import Ledger
from keylife.program import deploy as program
from keylife.program.deploy import deploy
from keylife.program.instant import Instants
from keylife.program.ledger import parse_ledger
from keylife.program.refusal import refused
from keylife.store.database import open_database
from keylife.store.errors import StoreUnreachableError
from tests.program.declared import declare, gateway, key
from tests.program.engine import (
    ACCESS_KEY,
    CANARIES,
    KV,
    SECRET,
    SECRET_VALUE,
    TOKEN,
    Engine,
    Registered,
    value_of,
)
from tests.program.states import state

MANAGED_KEY = "keylife:index:ManagedKey"
VERSION = "keylife:index:Version"
CURRENT = "keylife:index:Current"
REVOCATION = "keylife:index:Revocation"

BORN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ROTATED = datetime(2026, 12, 15, 6, 0, tzinfo=UTC)
GRACE_OVER = datetime(2026, 12, 24, 6, 0, tzinfo=UTC)
KV_PLACE = "billing-deploy/vault-kv/secret/billing/aws"
SECRET_PLACE = "billing-deploy/secrets-manager/billing/aws"
TOMBSTONE = {
    "at": "2026-12-15T08:00:00Z",
    "reason": "superseded",
    "by": "oncall@example.com",
    "ref": "OPS-2",
}


def billing(**changes: Any) -> Key:
    places = [
        {"vault-kv": {"mount": "secret", "path": "billing/aws"}},
        {"secrets-manager": {"name": "billing/aws"}},
    ]
    return key(**{"id": "billing-deploy", "deliver": places, **changes})


def metrics(**changes: Any) -> Key:
    return key(
        **{
            "id": "metrics-reader",
            "kind": "vault-token",
            "ttl": "14d",
            "rotate_every": "7d",
            "deliver": [{"vault-kv": {"mount": "secret", "path": "metrics/token"}}],
            **changes,
        }
    )


class Memory(list[Event]):
    """A sink that remembers; empty, and so false, as long as nothing happened."""


class Run:
    """One deploy in an engine in memory, on a ledger of the test's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.asked: list[str] = []
        self.events = Memory()
        self.engine = Engine()

    def deploy(
        self,
        *keys: Key,
        ledger: Ledger | LedgerUnreadableError | None = None,
        at: datetime = BORN,
        now: datetime | None = None,
        preview: bool = False,
    ) -> Engine:
        self.run(*keys, ledger=ledger, at=at, now=now, preview=preview)
        return self.engine

    def run(
        self,
        *keys: Key,
        ledger: Ledger | LedgerUnreadableError | None = None,
        at: datetime = BORN,
        now: datetime | None = None,
        preview: bool = False,
    ) -> Mapping[str, Material]:
        def read(stack: str) -> Ledger:
            self.asked.append(stack)
            if isinstance(ledger, LedgerUnreadableError):
                raise ledger
            return ledger or Ledger()

        self._monkeypatch.setattr(program, "read_ledger", read)
        self.engine = Engine(preview=preview)
        return self.engine.run(
            lambda: deploy(
                declare(*keys),
                Instants(at, now or at, simulated=False),
                clock=lambda: now or at,
                sink=Sink(self.events),
            )
        )


class Sink:
    def __init__(self, events: Memory) -> None:
        self.events = events

    def __len__(self) -> int:
        return len(self.events)

    def append(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    (tmp_path / "Pulumi.yaml").write_text("name: keylife\n")
    monkeypatch.chdir(tmp_path)
    return Run(monkeypatch)


def waits_for(engine: Engine, later: Registered, *earlier: Registered) -> list[bool]:
    return [engine.leads_to(later, resource) for resource in earlier]


def copies(engine: Engine) -> tuple[Registered, Registered]:
    return engine.one(KV, KV_PLACE), engine.one(SECRET_VALUE, SECRET_PLACE)


def test_the_ledger_of_this_very_stack_is_read_once(run: Run) -> None:
    run.deploy(billing())

    assert run.asked == ["organization/keylife/dev"]


def test_birth_and_expiry_are_registered_before_anything_of_a_version(run: Run) -> None:
    engine = run.deploy(billing(), metrics())

    for number, resource in enumerate(engine.registered):
        if resource.type in (ACCESS_KEY, TOKEN, "aws:iam/user:User"):
            before = {earlier.urn for earlier in engine.registered[:number]}
            assert resource.parent in before
            assert resource.parent.split("::")[2].endswith(VERSION)
    version = engine.one(VERSION, "billing-deploy-v1")
    assert version.inputs == {
        "key": "billing-deploy",
        "version": 1,
        "birth": "2026-11-23T06:00:00Z",
        "expiry": "2026-12-23T06:00:00Z",
        "rotationDue": "2026-12-14T06:00:00Z",
        "grace": "9d",
        "cause": "first",
        "owner": "team",
        "service": "billing",
        "scope": {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
        "state": "active",
    }


def test_a_key_says_all_that_is_declared_of_it(run: Run) -> None:
    engine = run.deploy(billing(quarantine="2d"))

    assert engine.one(MANAGED_KEY, "billing-deploy").inputs == {
        "id": "billing-deploy",
        "kind": "aws-access-key",
        "service": "billing",
        "owner": "team",
        "purpose": "to test",
        "scope": {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
        "ttl": "30d",
        "rotateEvery": "21d",
        "quarantine": "2d",
        "deliver": ["vault-kv/secret/billing/aws", "secrets-manager/billing/aws"],
        "destroyedThrough": 0,
    }


def test_a_key_says_which_gateways_let_it_in(run: Run) -> None:
    """A revoke finds them in the state, as long as anything of the key stands there."""
    engine = run.deploy(metrics(gateways=["edge"]))

    [told] = engine.one(MANAGED_KEY, "metrics-reader").inputs["gateways"]
    assert told == gateway("edge").recorded()
    assert told["cacheAge"] == "5m"


def test_a_version_is_current_once_every_delivery_carries_it(run: Run) -> None:
    engine = run.deploy(billing())
    current = engine.one(CURRENT, "billing-deploy")
    credential = engine.one(ACCESS_KEY, "billing-deploy-v1")

    assert current.inputs == {
        "key": "billing-deploy",
        "version": 1,
        "since": "2026-11-23T06:00:00Z",
    }
    assert waits_for(engine, current, *copies(engine), credential) == [True, True, True]
    for copy in copies(engine):
        assert waits_for(engine, copy, credential) == [True]


def test_consumers_read_the_same_at_every_place_as_a_secret(run: Run) -> None:
    engine = run.deploy(billing())
    kv, secret = copies(engine)

    assert kv.inputs["dataJson"] == secret.inputs["secretString"]
    assert "canary-secret-access-key" in kv.inputs["dataJson"]
    assert "dataJson" in kv.secret_inputs
    assert "secretString" in secret.secret_inputs


def test_no_secret_stands_in_the_open_in_any_resource(run: Run) -> None:
    for resource in run.deploy(billing(), metrics()).registered:
        shown = {n: v for n, v in resource.inputs.items() if n not in resource.secret_inputs}
        assert not any(canary in repr(shown) for canary in CANARIES)


def test_what_happens_to_every_real_resource_is_recorded(run: Run) -> None:
    for resource in run.deploy(billing(), metrics()).registered:
        own = resource.type.startswith("keylife:")
        assert resource.hooks == (
            set()
            if own
            else {
                "keylife-before-create",
                "keylife-after-create",
                "keylife-after-update",
                "keylife-after-delete",
            }
        )


def test_the_material_is_handed_to_the_program(run: Run) -> None:
    engine, asked = Engine(), {}

    def program_of_a_team() -> None:
        found = deploy(
            declare(metrics()),
            Instants(BORN, BORN, simulated=False),
            clock=lambda: BORN,
            sink=Sink(run.events),
        )
        asked.update({name: value_of(output) for name, output in found["metrics-reader"].items()})

    run.run(metrics())  # so that the ledger is the test's
    engine.run(program_of_a_team)

    assert {name: ask() for name, ask in asked.items()} == {"token": "canary-client-token"}


def test_a_second_deploy_at_the_same_instant_declares_the_same(run: Run) -> None:
    def inputs(engine: Engine) -> dict[str, Mapping[str, Any]]:
        return {resource.urn: resource.inputs for resource in engine.registered}

    keys = (
        billing(owner="team-payments"),
        metrics(owner="team-platform", service="metrics"),
    )
    first = inputs(run.deploy(*keys))

    again = inputs(run.deploy(*keys, ledger=parse_ledger(state("first-versions"))))

    assert again == first


def test_a_version_in_grace_waits_for_nothing_of_its_successor(run: Run) -> None:
    engine = run.deploy(billing(), metrics(), ledger=parse_ledger(state("in-rotation")), at=ROTATED)
    old = engine.one(ACCESS_KEY, "billing-deploy-v1")

    assert old.inputs["status"] == "Active"
    assert waits_for(engine, old, *copies(engine)) == [False, False]
    assert waits_for(engine, engine.one(VERSION, "billing-deploy-v1"), *copies(engine)) == [
        False,
        False,
    ]


def test_a_version_is_deactivated_only_after_its_successor_is_delivered(run: Run) -> None:
    engine = run.deploy(
        billing(), metrics(), ledger=parse_ledger(state("in-rotation")), at=GRACE_OVER
    )
    old = engine.one(ACCESS_KEY, "billing-deploy-v1")
    version = engine.one(VERSION, "billing-deploy-v1")

    assert old.inputs["status"] == "Inactive"
    assert version.inputs["state"] == "deactivated"
    assert version.inputs["deactivated"] == "2026-12-24T06:00:00Z"
    assert waits_for(engine, old, *copies(engine)) == [True, True]
    assert waits_for(engine, version, *copies(engine)) == [True, True]
    assert engine.one(ACCESS_KEY, "billing-deploy-v2").inputs["status"] == "Active"


def test_a_destroyed_version_is_declared_no_more_and_its_number_is_kept(run: Run) -> None:
    after = GRACE_OVER + timedelta(days=2)
    once = run.deploy(
        billing(), metrics(), ledger=parse_ledger(state("in-rotation")), at=GRACE_OVER
    )
    assert "billing-deploy-v1" in once.names(VERSION)

    ledger = parse_ledger(state("in-rotation"))
    record = ledger.keys["billing-deploy"]
    first = record.versions[0].model_copy(update={"deactivated": GRACE_OVER})
    record = record.model_copy(update={"versions": (first, *record.versions[1:])})
    ledger = ledger.model_copy(update={"keys": {**ledger.keys, "billing-deploy": record}})
    engine = run.deploy(billing(), metrics(), ledger=ledger, at=after)

    assert "billing-deploy-v1" not in engine.names(VERSION)
    assert "billing-deploy-v1" not in engine.names(ACCESS_KEY)
    assert engine.one(MANAGED_KEY, "billing-deploy").inputs["destroyedThrough"] == 1


def test_a_revoked_key_has_no_copy_and_no_current_version_and_a_revocation_that_stays(
    run: Run,
) -> None:
    engine = run.deploy(
        billing(revoked=TOMBSTONE),
        metrics(revoked=TOMBSTONE),
        ledger=parse_ledger(state("in-rotation")),
        at=ROTATED + timedelta(hours=2),
    )

    assert not {KV, SECRET, SECRET_VALUE, CURRENT, TOKEN} & {r.type for r in engine.registered}
    for name, kind, versions in (
        ("billing-deploy", "aws-access-key", [1, 2]),
        ("metrics-reader", "vault-token", [2]),
    ):
        revocation = engine.one(REVOCATION, name)
        assert revocation.protect
        assert revocation.inputs == {
            "key": name,
            "kind": kind,
            "at": TOMBSTONE["at"],
            "reason": "superseded",
            "by": "oncall@example.com",
            "ref": "OPS-2",
            "versions": versions,
        }
    assert engine.names(MANAGED_KEY) == ["billing-deploy"]  # in quarantine; the token is gone
    assert engine.one(MANAGED_KEY, "billing-deploy").inputs["deliver"] == []
    for name in engine.names(ACCESS_KEY):
        assert engine.one(ACCESS_KEY, name).inputs["status"] == "Inactive"


def test_nothing_but_a_revocation_is_protected(run: Run) -> None:
    engine = run.deploy(
        billing(revoked=TOMBSTONE),
        metrics(),
        ledger=parse_ledger(state("in-rotation")),
        at=ROTATED + timedelta(hours=2),
    )

    assert {r.type for r in engine.registered if r.protect} == {REVOCATION}


def test_a_revocation_is_recorded_when_it_stands_in_the_stack(run: Run) -> None:
    run.deploy(
        billing(revoked=TOMBSTONE),
        metrics(),
        ledger=parse_ledger(state("in-rotation")),
        at=ROTATED + timedelta(hours=2),
    )

    assert [(e.what, e.key) for e in run.events] == [(What.REVOKED, "billing-deploy")]


def test_a_preview_of_a_revocation_records_nothing(run: Run) -> None:
    run.deploy(
        billing(revoked=TOMBSTONE),
        metrics(),
        ledger=parse_ledger(state("in-rotation")),
        at=ROTATED + timedelta(hours=2),
        preview=True,
    )

    assert run.events == []


def test_a_revocation_is_recorded_once(run: Run) -> None:
    engine = run.deploy(
        billing(revoked=TOMBSTONE),
        metrics(revoked={**TOMBSTONE, "reason": "cessationOfOperation", "ref": "OPS-1"}),
        ledger=parse_ledger(state("only-tombstones")),
        at=GRACE_OVER,
    )

    assert run.events == []
    assert {r.type for r in engine.registered} == {REVOCATION}


REFUSALS = [
    pytest.param(
        (billing(),),
        {"ledger": parse_ledger(state("in-rotation")), "at": ROTATED},
        ["`metrics-reader`", "no longer declared", "keylife revoke metrics-reader"],
        id="a live key that is no longer declared",
    ),
    pytest.param(
        (billing(), metrics()),
        {"ledger": parse_ledger(state("only-tombstones"))},
        ["`billing-deploy`", "`metrics-reader`", "has its tombstone", "choose another id"],
        id="revoked ids that return",
    ),
    pytest.param(
        (),
        {"ledger": parse_ledger(state("interrupted"))},
        ["hurt1-deploy-v1-user", "an interrupted run left it creating", "keylife recover"],
        id="an interrupted run",
    ),
    pytest.param(
        (billing(),),
        {"ledger": LedgerUnreadableError("no state", "log in")},
        ["the ledger cannot be read: no state", "log in"],
        id="a ledger that cannot be read",
    ),
    pytest.param(
        (billing(),),
        {"at": BORN, "now": BORN + timedelta(hours=2)},
        ["more than an hour old", "set keylife:at anew"],
        id="an instant long past",
    ),
    pytest.param(
        (billing(scope={"policies": ["root"]}),),
        {},
        ["billing-deploy", "ARN", "nothing was changed"],
        id="a scope that its kind does not have",
    ),
]


@pytest.mark.parametrize(("keys", "given", "told"), REFUSALS)
def test_a_refusal_says_why_and_the_way_out_and_nothing_is_registered(
    run: Run, keys: tuple[Key, ...], given: dict[str, Any], told: list[str]
) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        run.deploy(*keys, **given)

    assert [text for text in told if text not in str(caught.value)] == []
    assert run.engine.registered == []
    assert {event.what for event in run.events} <= {What.REFUSED}
    assert all(str(event.detail) in str(caught.value) for event in run.events)


def test_what_is_refused_is_recorded_and_a_preview_records_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(program, "read_ledger", lambda stack: parse_ledger(state("in-rotation")))
    keys = declare(billing())

    for preview in (True, False):
        with pytest.raises(pulumi.RunError, match="no longer declared"):
            Engine(preview=preview).run(
                lambda: deploy(keys, Instants(ROTATED, ROTATED, False), clock=lambda: ROTATED)
            )

    [event] = logged(tmp_path)
    assert (event.what, event.key) == (What.REFUSED, "metrics-reader")
    assert event.detail == "it is live in this stack and no longer declared"


def test_a_refusal_that_cannot_be_recorded_is_one_all_the_same(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise StoreUnreachableError("here", "no answer")

    monkeypatch.setattr("keylife.program.central.open_central", refuses)
    monkeypatch.setattr(program, "read_ledger", lambda stack: parse_ledger(state("in-rotation")))
    keys = declare(billing())

    with pytest.raises(pulumi.RunError, match="no longer declared"):
        Engine().run(lambda: deploy(keys, Instants(ROTATED, ROTATED, False), clock=lambda: ROTATED))
    assert "that this deploy is refused is not recorded" in caplog.text


def test_a_preview_may_be_of_any_instant(run: Run) -> None:
    engine = run.deploy(billing(), at=BORN, now=BORN + timedelta(days=400), preview=True)

    assert engine.names(VERSION) == ["billing-deploy-v1"]


def recorded_by_default(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> tuple[list[Event], list[Event]]:
    """What a deploy that records a revocation leaves in the audit log, and in the local file."""
    monkeypatch.setattr(program, "read_ledger", lambda stack: parse_ledger(state("in-rotation")))
    at = ROTATED + timedelta(hours=2)
    keys = declare(billing(revoked=TOMBSTONE), metrics())

    Engine().run(lambda: deploy(keys, Instants(at, at, False), clock=lambda: at))

    local = EventLog(tmp_path / ".keylife" / "events-dev.jsonl").read().events
    return logged(tmp_path), [*local]


def logged(folder: Path) -> list[Event]:
    """What the audit log of a project in that folder says."""
    database = open_database(f"sqlite:///{folder / '.keylife' / 'store.db'}")
    found = [read_event(row.entry) for row in Rows(database)]
    database.close()
    return found


def test_events_go_to_the_projects_audit_log_by_default(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    [event], local = recorded_by_default(run, monkeypatch, tmp_path)

    assert (event.what, event.stack) == (What.REVOKED, "organization/keylife/dev")
    assert local == []


def test_without_a_store_a_revocation_is_recorded_locally_and_in_the_reserve(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise StoreUnreachableError("here", "no answer")

    monkeypatch.setattr("keylife.program.central.open_central", refuses)

    in_log, [event] = recorded_by_default(run, monkeypatch, tmp_path)

    assert (event.what, in_log) == (What.REVOKED, [])
    assert Reserve(tmp_path / ".keylife" / "store.db.audit-reserve").count() == 1


def test_an_error_without_a_hint_is_shown_as_it_is() -> None:
    assert str(refused(UsageError("no"))) == "no"
    assert str(refused(UsageError("no", "do this"))) == "no\ndo this"
