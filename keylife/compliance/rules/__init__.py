"""The rules: one file a rule, one entry in this table; file name = id = documentation anchor."""

from __future__ import annotations

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding, Severity
from keylife.compliance.rules.age_within_limit import AgeWithinLimit
from keylife.compliance.rules.birth_not_stretched import BirthNotStretched
from keylife.compliance.rules.count_within_limit import CountWithinLimit
from keylife.compliance.rules.dead_reference import DeadReference
from keylife.compliance.rules.expiry_required import ExpiryRequired
from keylife.compliance.rules.irrevocable_needs_short_life import IrrevocableNeedsShortLife
from keylife.compliance.rules.least_scope import LeastScope
from keylife.compliance.rules.managed_only import ManagedOnly
from keylife.compliance.rules.no_resurrection import NoResurrection
from keylife.compliance.rules.owner_known_and_active import OwnerKnownAndActive
from keylife.compliance.rules.prefer_no_key import PreferNoKey
from keylife.compliance.rules.revocable_by_delete import RevocableByDelete
from keylife.compliance.rules.revoked_means_revoked import RevokedMeansRevoked
from keylife.compliance.rules.rotation_before_expiry import RotationBeforeExpiry
from keylife.compliance.rules.rule import Rule
from keylife.compliance.rules.secret_outputs_marked import SecretOutputsMarked
from keylife.compliance.rules.service_known_and_active import ServiceKnownAndActive
from keylife.compliance.rules.token_not_a_child import TokenNotAChild
from keylife.compliance.rules.ttl_within_limit import TtlWithinLimit
from keylife.compliance.rules.unique_claim import UniqueClaim
from keylife.compliance.rules.unknown_credential_type import UnknownCredentialType
from keylife.compliance.rules.unsafe_options import UnsafeOptions
from keylife.compliance.rules.validity_budget import ValidityBudget
from keylife.compliance.rules.waiver_valid import WaiverValid

RULES: tuple[Rule, ...] = (
    ExpiryRequired(),
    TtlWithinLimit(),
    ValidityBudget(),
    AgeWithinLimit(),
    RotationBeforeExpiry(),
    BirthNotStretched(),
    IrrevocableNeedsShortLife(),
    ServiceKnownAndActive(),
    OwnerKnownAndActive(),
    CountWithinLimit(),
    ManagedOnly(),
    NoResurrection(),
    UniqueClaim(),
    RevokedMeansRevoked(),
    RevocableByDelete(),
    UnsafeOptions(),
    SecretOutputsMarked(),
    TokenNotAChild(),
    LeastScope(),
    DeadReference(),
    PreferNoKey(),
    UnknownCredentialType(),
    WaiverValid(),
)
"""Every rule, in the order in which their findings are best read."""


def judge(rule: Rule, subject: Subject, context: Context) -> tuple[Finding, ...]:
    """What one rule has against one subject; a rule that raises has that against it."""
    if not is_asked_about(rule, subject):
        return ()
    try:
        return tuple(rule.judge(subject, context))
    except Exception as error:
        return (failed(rule, subject.subject, error),)


def is_asked_about(rule: Rule, subject: Subject) -> bool:
    """Whether a subject is any of a rule's business."""
    if getattr(subject, "deleted", False) and not rule.judges_deletions:
        return False
    if rule.fact and isinstance(subject, Credential) and not getattr(subject, rule.fact):
        return False
    return isinstance(subject, rule.subjects)


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
