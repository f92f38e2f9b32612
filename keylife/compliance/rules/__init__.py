"""The rules: one file a rule, one entry in this table; file name = id = documentation anchor."""

from __future__ import annotations

from keylife.compliance.context import Context
from keylife.compliance.credential import Subject
from keylife.compliance.finding import Finding, Severity
from keylife.compliance.rules.expiry_required import ExpiryRequired
from keylife.compliance.rules.managed_only import ManagedOnly
from keylife.compliance.rules.no_resurrection import NoResurrection
from keylife.compliance.rules.owner_known_and_active import OwnerKnownAndActive
from keylife.compliance.rules.rule import Rule
from keylife.compliance.rules.service_known_and_active import ServiceKnownAndActive
from keylife.compliance.rules.ttl_within_limit import TtlWithinLimit
from keylife.compliance.rules.unknown_credential_type import UnknownCredentialType

RULES: tuple[Rule, ...] = (
    ExpiryRequired(),
    TtlWithinLimit(),
    ServiceKnownAndActive(),
    OwnerKnownAndActive(),
    ManagedOnly(),
    NoResurrection(),
    UnknownCredentialType(),
)
"""Every rule, in the order in which their findings are best read."""


def judge(rule: Rule, subject: Subject, context: Context) -> tuple[Finding, ...]:
    """What one rule has against one subject; a rule that raises has that against it."""
    if getattr(subject, "deleted", False) and not rule.judges_deletions:
        return ()
    try:
        return tuple(rule.judge(subject, context))
    except Exception as error:
        return (failed(rule, subject.subject, error),)


def failed(rule: Rule, subject: str, error: Exception) -> Finding:
    """The finding that a rule, or what describes its subject, broke: nobody said yes.

    The error's own text is left out: it may quote a property.
    """
    return Finding(
        rule=rule.id,
        severity=Severity.VIOLATION,
        subject=subject,
        message=f"it could not be judged: {type(error).__name__}",
        remedy="report this with the resource's type and keylife's version",
    )
