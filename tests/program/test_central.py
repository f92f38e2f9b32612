"""A deploy and the store: one key in one stack, no dead one anywhere, no grant without a record."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pulumi
import pytest

from keylife.errors import PlanRefusedError
from keylife.model.key import Key
from keylife.model.ledger import Ledger
from keylife.model.revocation import Reason
from keylife.program import deploy as program
from keylife.program.central import Central, RevokedMeanwhileError, open_central
from keylife.program.deploy import deploy
from keylife.program.holding import ends_something, without_grants
from keylife.program.instant import Instants
from keylife.program.ledger import parse_ledger
from keylife.program.planned import plan_for
from keylife.store import admission, births, claims, fingerprints, tombstones
from keylife.store.claims import Claim, ClaimLostError, Holder
from keylife.store.database import Database, open_database
from keylife.store.tombstones import Death
from tests.postgres import PostgresServer
from tests.program.declared import declare, key
from tests.program.engine import ACCESS_KEY, KV, Engine
from tests.program.states import state
from tests.store.builders import death

STACK = "organization/keylife/dev"
BORN = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
ROTATED = datetime(2026, 12, 15, 6, 0, tzinfo=UTC)
VERSION = "keylife:index:Version"
TOMBSTONE = {
    "at": "2026-12-15T08:00:00Z",
    "reason": "superseded",
    "by": "oncall@example.com",
    "ref": "OPS-2",
}


def billing(**changes: Any) -> Key:
    return key(**{"id": "billing-deploy", **changes})


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A Pulumi project's folder; its store is its own file."""
    (tmp_path / "Pulumi.yaml").write_text("name: keylife\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KEYLIFE_STORE", raising=False)
    yield tmp_path


@pytest.fixture
def store(project: Path, sqlite_store: Path) -> Iterator[Database]:
    """The project's store, before the deploy opens it."""
    (project / ".keylife").mkdir()
    path = project / ".keylife" / "store.db"
    path.write_bytes(sqlite_store.read_bytes())
    database = open_database(f"sqlite:///{path}")
    yield database
    database.close()


class Run:
    """A deploy in an engine in memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.said: list[tuple[str, str]] = []
        for level in ("warn", "error"):
            monkeypatch.setattr(
                pulumi.log, level, lambda text, *_, level=level: self.said.append((level, text))
            )

    def __call__(
        self, *keys: Key, ledger: Ledger | None = None, at: datetime = BORN, preview: bool = False
    ) -> Engine:
        self._monkeypatch.setattr(program, "read_ledger", lambda _: ledger or Ledger())
        engine = Engine(preview=preview)
        engine.run(
            lambda: deploy(
                declare(*keys), Instants(at, at, simulated=False), clock=lambda: at, sink=Sink()
            )
        )
        return engine


class Sink:
    def append(self, event: object) -> None:
        pass


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, project: Path) -> Run:
    return Run(monkeypatch)


def held(store: Database) -> dict[str, str]:
    with store.reading() as connection:
        return {c.key: c.holder.stack for c in claims.held_by(connection, STACK)}


COPIES = [
    {"vault-kv": {"mount": "secret", "path": "billing/aws"}},
    {"secrets-manager": {"name": "billing/aws"}},
]
"""Where the ledger of `first` has them."""


def first() -> Ledger:
    record = parse_ledger(state("first-versions")).keys["billing-deploy"]
    return Ledger(keys={record.id: record})


def test_a_deploy_claims_what_it_declares_and_copies_what_the_state_knows(
    run: Run, store: Database
) -> None:
    run(billing(), ledger=first(), at=BORN + timedelta(days=1))

    assert held(store) == {"billing-deploy": STACK}
    with store.reading() as connection:
        copied = births.births_of(connection, claims.held_by(connection, STACK))
    known = first().keys["billing-deploy"].versions
    assert [(v.number, v.birth, v.expiry) for v in copied["billing-deploy"].versions] == [
        (v.number, v.birth, v.expiry) for v in known
    ]


def test_a_preview_makes_no_store_and_claims_nothing_in_one(run: Run, project: Path) -> None:
    run(billing(), preview=True)
    assert not (project / ".keylife").exists()

    run(billing())
    run(billing(), key(id="metrics"), preview=True)

    store = open_database(f"sqlite:///{project / '.keylife' / 'store.db'}")
    assert held(store) == {"billing-deploy": STACK}
    store.close()


@pytest.mark.parametrize("preview", [True, False])
def test_a_key_of_another_stack_is_refused_before_anything_is_registered(
    run: Run, store: Database, preview: bool
) -> None:
    with store.writing() as connection:
        claims.claim(connection, ["billing-deploy"], Holder("o/p/other", ""), BORN)

    with pytest.raises(pulumi.RunError, match="it is claimed by stack o/p/other since 2026-11-23"):
        run(billing(), key(id="metrics"), preview=preview)

    assert held(store) == {}


@pytest.mark.parametrize("preview", [True, False])
def test_what_was_revoked_in_another_stack_or_in_an_emergency_is_refused(
    run: Run, store: Database, preview: bool
) -> None:
    with store.writing() as connection:
        tombstones.bury(connection, death(), BORN)

    with pytest.raises(pulumi.RunError, match="the store has its tombstone") as refused:
        run(billing(), preview=preview)

    assert "in an emergency" in str(refused.value)
    assert "restore the tombstone" in str(refused.value)


def test_a_deployed_tombstone_is_in_the_store_with_the_material_known_of_it(
    run: Run, store: Database
) -> None:
    run(billing(), ledger=first(), at=BORN + timedelta(days=1))

    run(billing(revoked=TOMBSTONE), ledger=first(), at=BORN + timedelta(days=2))

    with store.reading() as connection:
        marks = {(t.what, t.death.ref) for t in tombstones.everything(connection)}
        assert set(tombstones.of_cloud_ids(connection, ["billing-deploy-v1-id"]))
    assert marks == {("id", "OPS-2"), ("fingerprint", "OPS-2"), ("cloud-id", "OPS-2")}


def test_material_is_known_by_fingerprint_once_and_never_stored(
    run: Run, store: Database, project: Path
) -> None:
    for _ in range(2):
        run(billing(), ledger=first(), at=BORN + timedelta(days=1))

    keys = fingerprints.read_keys(project / ".keylife" / "fingerprint.keys")
    with store.reading() as connection:
        seen = fingerprints.seen(connection, keys.all_of("canary-secret-access-key"))
    assert [(s.key, s.number, s.stack) for s in seen.values()] == [("billing-deploy", 1, STACK)]
    store.close()
    assert b"canary" not in (project / ".keylife" / "store.db").read_bytes()


def test_revoked_material_is_delivered_nowhere(
    run: Run, store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(billing(), ledger=first(), at=BORN + timedelta(days=1))
    with store.writing() as connection:
        tombstones.bury(connection, death(), BORN)
    # the resources that wait for the material fail as well, and nobody asks them why
    monkeypatch.setattr(logging.getLogger("asyncio"), "disabled", True)

    with pytest.raises(pulumi.RunError, match="secret_access_key is that of a key that was revok"):
        # the mocks' issuer gives every key the same secret
        run(key(id="metrics"))
    gc.collect()


@pytest.fixture
def broken(request: pytest.FixtureRequest, project: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store that cannot be used, and what is said of it."""
    if request.param == "a stopped server":
        url = "postgresql://keylife@/keylife?host=/nowhere"
        monkeypatch.setenv("KEYLIFE_STORE", url)
        return "PostgreSQL database keylife on /nowhere"
    (project / ".keylife").mkdir()
    (project / ".keylife" / "store.db").write_bytes(b"damaged" * 1000)
    return "keylife store restore"


@pytest.mark.parametrize("broken", ["a stopped server", "a damaged file"], indirect=True)
def test_without_the_store_nothing_is_issued_and_what_ends_ends(run: Run, broken: str) -> None:
    rotating = first().keys["billing-deploy"]
    compromised = [{"at": "2026-12-15T06:00:00Z", "reason": "keyCompromise"}]

    engine = run(
        billing(rotations=compromised),
        key(id="metrics"),
        ledger=Ledger(keys={rotating.id: rotating}),
        at=ROTATED,
    )

    # what the program does not declare, the engine destroys
    assert (engine.names(VERSION), engine.names(KV)) == ([], [])
    left = engine.one("keylife:index:ManagedKey", "billing-deploy").inputs
    assert (left["destroyedThrough"], len(left["deliver"])) == (1, 1)
    assert len(engine.registered) == 1
    [(level, said)] = run.said
    assert level == "error"
    assert broken in said
    assert "so this is not issued: billing-deploy-v2, metrics-v1; what ends, ends" in said


@pytest.mark.parametrize("broken", ["a stopped server", "a damaged file"], indirect=True)
@pytest.mark.parametrize("preview", [True, False])
def test_without_the_store_a_run_that_ends_nothing_fails_as_a_whole(
    run: Run, broken: str, preview: bool
) -> None:
    with pytest.raises(
        pulumi.RunError, match="so this is not issued: billing-deploy-v2"
    ) as refused:
        run(billing(deliver=COPIES), ledger=first(), at=ROTATED, preview=preview)

    assert broken in str(refused.value)
    run(billing(deliver=COPIES), ledger=first())  # nothing is due: nothing stands in its way
    assert run.said[-1][0] == "warn"


@pytest.mark.parametrize("broken", ["a stopped server"], indirect=True)
def test_without_the_store_a_scheduled_rotation_waits_and_the_old_version_serves(
    run: Run, broken: str
) -> None:
    other = parse_ledger(state("first-versions")).keys["metrics-reader"]
    ended = key(
        id="metrics-reader", kind="vault-token", revoked={**TOMBSTONE, "reason": "keyCompromise"}
    )
    known = Ledger(keys={**first().keys, other.id: other})

    engine = run(billing(deliver=COPIES), ended, ledger=known, at=ROTATED)

    current = engine.one("keylife:index:Current", "billing-deploy")
    assert (current.inputs["version"], current.inputs["since"]) == (1, "2026-11-23T06:00:00Z")
    assert engine.one(ACCESS_KEY, "billing-deploy-v1").inputs["status"] == "Active"
    assert engine.names(KV) == ["billing-deploy/vault-kv/secret/billing/aws"]
    assert engine.names("keylife:index:Revocation") == ["metrics-reader"]


@pytest.mark.parametrize("broken", ["a stopped server"], indirect=True)
def test_without_the_store_a_version_that_was_planned_stays_planned(run: Run, broken: str) -> None:
    record = first().keys["billing-deploy"]
    planned = record.versions[0].model_copy(update={"exists": False})
    # a delivery that is not declared any more, so that something ends
    unfinished = record.model_copy(update={"versions": (planned,), "delivered": None})

    engine = run(billing(), ledger=Ledger(keys={record.id: unfinished}), at=BORN)

    assert engine.names(VERSION) == ["billing-deploy-v1"]
    assert engine.names(ACCESS_KEY) == []
    assert engine.one("keylife:index:ManagedKey", "billing-deploy").inputs["deliver"]


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        pytest.param({}, False, id="nothing is due"),
        pytest.param({"deliver": COPIES[:1]}, True, id="a copy ends"),
        pytest.param({"revoked": TOMBSTONE}, True, id="the key ends"),
        pytest.param(
            {"rotations": [{"at": "2026-11-24T06:00:00Z", "reason": "keyCompromise"}]},
            True,
            id="a compromised version ends",
        ),
    ],
)
def test_what_counts_as_an_end(change: dict[str, Any], ends: bool) -> None:
    declared = declare(billing(**{"deliver": COPIES, **change}))

    held = without_grants(plan_for(declared, first(), BORN + timedelta(days=1)))

    assert ends_something(held.plan) is ends


def test_a_refusal_that_an_earlier_run_did_not_finish_is_an_end() -> None:
    record = first().keys["billing-deploy"]
    later = record.versions[0].model_copy(update={"number": 2, "birth": ROTATED, "exists": True})
    cut_off = record.versions[0].model_copy(update={"deactivated": BORN})
    known = record.model_copy(update={"versions": (cut_off, later), "delivered": 2})
    declared = declare(billing(deliver=COPIES, quarantine="60d"))

    held = without_grants(plan_for(declared, Ledger(keys={record.id: known}), ROTATED))

    assert ends_something(held.plan)


def test_nobody_issues_what_became_anothers_in_the_middle(project: Path) -> None:
    opened = open_central(project, STACK, None, preview=False)
    assert opened is not None
    plan = plan_for(declare(billing()), Ledger(), BORN)
    central = Central.admit(opened, plan, Ledger(), lambda: BORN)
    central.issuing("billing-deploy", 1)
    with opened.database.writing() as connection:
        claims.release(connection, STACK, BORN)
        other = claims.claim(connection, ["billing-deploy"], Holder("o/p/other", ""), BORN)

    with pytest.raises(ClaimLostError, match="o/p/other"):
        central.issuing("billing-deploy", 1)

    assert isinstance(other.won["billing-deploy"], Claim)
    opened.database.close()


def test_nothing_is_issued_of_what_was_revoked_in_the_middle(project: Path) -> None:
    opened = open_central(project, STACK, None, preview=False)
    assert opened is not None
    plan = plan_for(declare(billing()), Ledger(), BORN)
    central = Central.admit(opened, plan, Ledger(), lambda: BORN)
    with opened.database.writing() as connection:
        death = Death(
            key="billing-deploy",
            stack=STACK,
            repository="",
            at=BORN,
            reason=Reason.KEY_COMPROMISE,
            by="oncall@example.com",
            ref="INC-7",
            emergency=True,
        )
        tombstones.bury(connection, death, BORN)

    with pytest.raises(RevokedMeanwhileError, match=r"INC-7, in stack .* since this run began"):
        central.issuing("billing-deploy", 1)

    opened.database.close()


def test_a_refusal_leaves_the_store_as_it_was(project: Path) -> None:
    opened = open_central(project, STACK, None, preview=False)
    assert opened is not None
    with opened.database.writing() as connection:
        claims.claim(connection, ["billing-deploy"], Holder("o/p/other", ""), BORN)
    plan = plan_for(declare(billing(), key(id="metrics")), Ledger(), BORN)

    with pytest.raises(PlanRefusedError):
        Central.admit(opened, plan, Ledger(), lambda: BORN)

    with opened.database.reading() as connection:
        assert claims.held_by(connection, STACK) == []
        keys = [planned.key for planned in plan.keys]
        assert admission.foresee(connection, keys, Ledger(), opened.holder)
    opened.database.close()


def test_a_server_that_comes_back_serves_the_next_deploy(
    run: Run, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYLIFE_STORE", postgres.prepared_database())
    postgres.stop(gently=False)
    try:
        with pytest.raises(pulumi.RunError, match="so this is not issued: billing-deploy-v1"):
            run(billing())
    finally:
        postgres.start()

    after = run(billing())

    assert after.names(ACCESS_KEY) == ["billing-deploy-v1"]
