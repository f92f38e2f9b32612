"""Short ways to say what a test is about: ``credential(expiry=NeverExpires(...))``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from keylife.compliance.context import Context, Registry, RegistryUnknown
from keylife.compliance.credential import (
    Absence,
    Component,
    Credential,
    ExpiresAfter,
    Role,
    Scope,
    Subject,
)
from keylife.compliance.finding import Finding, Severity
from keylife.compliance.limits import Limits
from keylife.compliance.population import Population
from keylife.compliance.rules import RULES, judge
from keylife.compliance.tokens import MANAGED_KEY
from keylife.model.ledger import IssuedVersion, KeyRecord, RecordedRevocation
from keylife.model.registry import Owner, OwnerStatus, Service, ServiceStatus
from keylife.model.revocation import Reason

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)

REGISTRY = Registry(
    services={
        "billing": Service(id="billing", description="bills"),
        "fax": Service(
            id="fax",
            description="faxes",
            status=ServiceStatus.RETIRED,
            since=datetime(2026, 6, 1, tzinfo=UTC),
        ),
        "sunset": Service(
            id="sunset", description="ends", status=ServiceStatus.RETIRED, since=NOON + DAY
        ),
        "old": Service(
            id="old", description="ages", status=ServiceStatus.DEPRECATED, since=NOON - DAY
        ),
    },
    owners={
        "team-payments": Owner(id="team-payments", contact="pay@example.com"),
        "gone": Owner(
            id="gone", contact="gone@example.com", status=OwnerStatus.DEPARTED, since=NOON
        ),
        "leaving": Owner(
            id="leaving", contact="l@example.com", status=OwnerStatus.DEPARTED, since=NOON + DAY
        ),
    },
)

TOKEN = Credential(
    role=Role.CREDENTIAL,
    subject="urn:pulumi:dev::p::vault:index/token:Token::t",
    what="Vault token",
    type="vault:index/token:Token",
    kind=Absence.UNSTATED,
    expiry=ExpiresAfter(timedelta(days=1)),
    owner="team-payments",
    service="billing",
    managed=False,
)
KEY = TOKEN._replace(
    role=Role.KEY,
    subject="urn:pulumi:dev::p::keylife:index:ManagedKey::billing-deploy",
    what="key",
    type=MANAGED_KEY,
    kind="aws-access-key",
    managed=True,
    id="billing-deploy",
    expiry=ExpiresAfter(timedelta(days=30)),
    rotate_every=timedelta(days=21),
    scope=Scope(("arn:aws:iam::aws:policy/ReadOnlyAccess",)),
)
KEY_INPUTS = {
    "id": "billing-deploy",
    "kind": "aws-access-key",
    "service": "billing",
    "owner": "team-payments",
    "scope": {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
    "ttl": "30d",
    "rotateEvery": "21d",
}
"""What a compliant ManagedKey is registered with."""

COMPONENT = Component(
    subject=KEY.subject,
    type=MANAGED_KEY,
    key="billing-deploy",
    kind="aws-access-key",
    number=Absence.UNSTATED,
    deactivated=False,
    ending=False,
    aliased=False,
    protected=False,
    past=None,
)


def credential(**facts: Any) -> Credential:
    """A compliant Vault token, but for what is said."""
    return TOKEN._replace(**facts)


def key(**facts: Any) -> Credential:
    """A compliant declared key, but for what is said."""
    return KEY._replace(**facts)


def component(**facts: Any) -> Component:
    """A ManagedKey that the ledger knows nothing of, but for what is said."""
    return replace(COMPONENT, **facts)


def version(number: int = 1, birth: datetime = NOON - DAY) -> IssuedVersion:
    """A version in the ledger with a TTL of 30 days."""
    return IssuedVersion(
        number=number,
        birth=birth,
        expiry=birth + 30 * DAY,
        rotation_due=birth + 21 * DAY,
        grace=9 * DAY,
        cause="first",
        owner="team-payments",
        service="billing",
        scope={},
    )


def record(*versions: IssuedVersion, revoked: bool = False) -> KeyRecord:
    """What the ledger has of billing-deploy."""
    return KeyRecord(
        id="billing-deploy",
        kind="aws-access-key",
        versions=versions,
        revocation=REVOCATION if revoked else None,
    )


REVOCATION = RecordedRevocation(
    kind="aws-access-key",
    at=NOON - DAY,
    reason=Reason.KEY_COMPROMISE,
    by="oncall@example.com",
    ref="PAY-812",
    versions=(1,),
)


def found(
    rule: str,
    subject: Subject,
    *,
    at: datetime = NOON,
    limits: Limits | None = None,
    registry: Registry | RegistryUnknown = REGISTRY,
    population: Population | None = None,
) -> tuple[Finding, ...]:
    """What one rule has against a subject."""
    [judged] = [r for r in RULES if r.id == rule]
    known = population or Population()
    return judge(judged, subject, Context(at, limits or Limits(), registry, known))


def violations(rule: str, subject: Subject, **how: Any) -> list[str]:
    """The messages of what stops the deploy."""
    return [f.message for f in found(rule, subject, **how) if f.severity is Severity.VIOLATION]


def warnings(rule: str, subject: Subject, **how: Any) -> list[str]:
    """The messages of what does not."""
    return [f.message for f in found(rule, subject, **how) if f.severity is Severity.WARNING]
