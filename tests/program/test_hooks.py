"""What the engine did becomes an event; a grant needs its record, a kill never waits for one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

import pulumi
import pytest

from keylife.compliance.finding import Finding, Severity
from keylife.compliance.verdict import Located, Waived
from keylife.errors import EventLogError
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from keylife.model.ledger import RecordedRevocation
from keylife.model.revocation import Reason
from keylife.program.hooks import Recorder
from tests.program.engine import ACCESS_KEY, KV, SECRET, SECRET_VALUE, TOKEN, Engine

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RECORDED = datetime(2026, 11, 23, 9, 0, 7, 250_000, tzinfo=UTC)
KEY, VERSION = "keylife:index:ManagedKey", f"keylife:index:ManagedKey${'keylife:index:Version'}"
PLACE = "vault-kv/secret/billing/aws"
CANARY = "canary-1b9f"
SECRETS = {"secret": CANARY, "dataJson": CANARY, "nested": {"token": CANARY}}


@dataclass
class Memory:
    """A sink that remembers."""

    events: list[Event] = field(default_factory=list)

    def append(self, event: Event) -> None:
        self.events.append(event)


class Broken:
    """A sink that can record nothing."""

    def append(self, event: Event) -> None:
        raise EventLogError(PurePath("events.jsonl"), "No space left on device")


def recorder(sink: Any, *, source: Callable[[], Source] = Source) -> Recorder:
    return Recorder(
        sink=sink,
        stack="organization/keylife/dev",
        at=AT,
        clock=lambda: RECORDED,
        current={"billing": 2},
        deliveries=frozenset({f"billing/{PLACE}"}),
        source=source,
    )


def call(sink: Any, hook: str, args: pulumi.ResourceHookArgs) -> None:
    def program() -> None:
        bindings = recorder(sink).bindings()
        [registered] = getattr(bindings, hook)
        registered(args)

    Engine().run(program)


def resource(
    kind: str,
    name: str,
    parent: str,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> pulumi.ResourceHookArgs:
    return pulumi.ResourceHookArgs(
        urn=f"urn:pulumi:dev::keylife::{parent}${kind}::{name}",
        id="some-id",
        name=name,
        type=kind,
        old_inputs={**SECRETS, **(old or {})},
        new_inputs={**SECRETS, **(new or {})},
        old_outputs=SECRETS,
        new_outputs=SECRETS,
    )


ACCESS = resource(ACCESS_KEY, "billing-v2", VERSION)
COPY = resource(KV, f"billing/{PLACE}", KEY)


def recorded(hook: str, args: pulumi.ResourceHookArgs) -> list[Event]:
    sink = Memory()
    call(sink, hook, args)
    return sink.events


def test_an_event_says_what_when_of_which_version_and_from_where() -> None:
    assert recorded("after_create", ACCESS) == [
        Event(
            recorded=RECORDED.replace(microsecond=0),
            at=AT,
            what=What.ISSUED,
            key="billing",
            version=2,
            stack="organization/keylife/dev",
            urn=ACCESS.urn,
            source=Source(),
        )
    ]


def test_what_is_issued_although_a_rule_is_broken_is_recorded_with_its_waiver() -> None:
    finding = Finding("ttl-within-limit", Severity.VIOLATION, "dev/billing", "too long", "mend it")
    waived = Waived(Located(finding), f"because of {CANARY}", "ciso", AT)

    def program(sink: Memory | Broken, args: pulumi.ResourceHookArgs) -> None:
        known = replace(recorder(sink), waived={"billing": [waived]})
        bindings: Any = known.bindings()
        [before] = bindings.before_create
        before(args)
        known.adopted("billing", 1)

    sink = Memory()
    Engine().run(lambda: program(sink, ACCESS))
    assert [(event.what, event.version) for event in sink.events] == [
        (What.ISSUING, 2),
        (What.WAIVED, 2),
        (What.ADOPTED, 1),
        (What.WAIVED, 1),
    ]
    assert sink.events[1].detail == "ttl-within-limit, until 2026-11-23T09:00:00Z, approved by ciso"

    other = Memory()
    Engine().run(lambda: program(other, resource(TOKEN, "metrics-v1", VERSION)))
    assert [event.what for event in other.events[:1]] == [What.ISSUING]
    assert {event.key for event in other.events if event.what is What.WAIVED} == {"billing"}


INACTIVE, ACTIVE = {"status": "Inactive"}, {"status": "Active"}


@pytest.mark.parametrize(
    ("hook", "args", "told"),
    [
        pytest.param("before_create", ACCESS, ("issuing", 2, None), id="a credential to be"),
        pytest.param("after_create", ACCESS, ("issued", 2, None), id="a credential that is"),
        pytest.param(
            "after_create",
            resource(TOKEN, "a-v1-v12", VERSION),
            ("issued", 12, None),
            id="a token of a key whose id looks like a version's name",
        ),
        pytest.param("after_create", COPY, ("delivered", 2, PLACE), id="a first delivery"),
        pytest.param("after_update", COPY, ("delivered", 2, PLACE), id="a further delivery"),
        pytest.param(
            "after_update",
            resource(ACCESS_KEY, "billing-v1", VERSION, old=ACTIVE, new=INACTIVE),
            ("deactivated", 1, None),
            id="a status that changed to Inactive",
        ),
        pytest.param("after_delete", ACCESS, ("destroyed", 2, None), id="a credential's end"),
        pytest.param(
            "after_delete",
            resource(KV, "billing/vault-kv/secret/old", KEY),
            ("copy destroyed", None, "vault-kv/secret/old"),
            id="the end of a place",
        ),
    ],
)
def test_what_is_recorded(
    hook: str, args: pulumi.ResourceHookArgs, told: tuple[str, int | None, str | None]
) -> None:
    [event] = recorded(hook, args)

    assert (event.what, event.version, event.place) == told


@pytest.mark.parametrize(
    ("hook", "args"),
    [
        pytest.param("before_create", COPY, id="a delivery to be: it may still fail"),
        pytest.param(
            "after_create",
            resource("aws:iam/user:User", "billing/user", f"{KEY}$keylife:index:Principal"),
            id="what versions share: it is no delivery",
        ),
        pytest.param(
            "after_create",
            resource("aws:iam/user:User", "billing-v2-user", VERSION),
            id="what surrounds a credential",
        ),
        pytest.param(
            "before_create",
            resource(
                "aws:iam/userPolicyAttachment:UserPolicyAttachment",
                "billing-v2-123456789012-deploy-v7",
                VERSION,
            ),
            id="a policy whose name ends like a version's",
        ),
        pytest.param(
            "after_create",
            resource(SECRET, f"billing/{PLACE}#secret", KEY),
            id="what surrounds a delivery",
        ),
        pytest.param(
            "after_create",
            resource(ACCESS_KEY, "billing-v2", "pulumi:pulumi:Stack"),
            id="somebody else's access key of such a name",
        ),
        pytest.param(
            "after_update",
            resource(ACCESS_KEY, "billing-v2", VERSION, old=ACTIVE, new=ACTIVE),
            id="an update that changed no status",
        ),
        pytest.param(
            "after_update",
            resource(TOKEN, "billing-v2", VERSION),
            id="an update of what has no status",
        ),
        pytest.param(
            "after_delete",
            resource(SECRET_VALUE, f"billing/{PLACE}", KEY),
            id="a value that a newer one at the same place replaced",
        ),
    ],
)
def test_what_is_not_worth_an_event(hook: str, args: pulumi.ResourceHookArgs) -> None:
    assert recorded(hook, args) == []


@pytest.mark.parametrize("args", [ACCESS, COPY, resource(KV, "billing/gone", KEY)])
@pytest.mark.parametrize("hook", ["before_create", "after_create", "after_update", "after_delete"])
def test_no_value_of_a_resource_reaches_an_event(hook: str, args: pulumi.ResourceHookArgs) -> None:
    for event in recorded(hook, args):
        assert CANARY not in event.model_dump_json()
        assert "some-id" not in event.model_dump_json()


def test_no_key_is_issued_without_a_record() -> None:
    with pytest.raises(EventLogError):
        call(Broken(), "before_create", ACCESS)


@pytest.mark.parametrize("args", [ACCESS, resource(KV, "billing/gone", KEY)])
def test_an_end_that_cannot_be_recorded_is_a_warning(
    args: pulumi.ResourceHookArgs, caplog: pytest.LogCaptureFixture
) -> None:
    call(Broken(), "after_delete", args)

    assert "is destroyed, but the event log" in caplog.text
    assert CANARY not in caplog.text


REVOCATION = RecordedRevocation(
    kind="vault-token",
    at=AT,
    reason=Reason.KEY_COMPROMISE,
    by="oncall@example.com",
    ref="INC-7",
    versions=(1, 2),
)


def test_a_revocation_is_recorded_with_reason_who_and_reference() -> None:
    sink = Memory()
    recorder(sink).revoked("billing", REVOCATION, "urn:x")

    [event] = sink.events
    assert (event.what, event.key, event.urn) == (What.REVOKED, "billing", "urn:x")
    assert event.detail == "keyCompromise, by oncall@example.com, INC-7"


def test_a_revocation_that_cannot_be_recorded_is_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        Engine().run(lambda: recorder(Broken()).revoked("billing", REVOCATION, "urn:x"))

    assert "billing is revoked, but the event log" in caplog.text


def test_git_is_asked_only_when_there_is_something_to_record() -> None:
    def program() -> None:
        def source() -> Source:
            raise AssertionError("git was asked for nothing")

        bindings = recorder(Memory(), source=source).bindings()
        for hooks in (bindings.before_create, bindings.after_create):
            for hook in hooks or ():
                hook(resource("aws:iam/user:User", "billing-v2-user", VERSION))

    Engine().run(program)
