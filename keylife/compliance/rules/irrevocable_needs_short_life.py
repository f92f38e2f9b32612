"""irrevocable-needs-short-life: what nobody can revoke is over before an incident is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import (
    Credential,
    ExpiresAfter,
    ExpiresAt,
    ExpiryUnknown,
    NeverExpires,
    Session,
    Subject,
)
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation
from keylife.compliance.spans import say_span


class IrrevocableNeedsShortLife(Rule):
    """Compares the life of what nobody can revoke with the incident budget (an hour).

    Temporary AWS credentials and self-contained tokens (Vault's batch tokens, tokens of a
    Kubernetes service account) work until they end, whatever is deleted. Judged are the resources
    that mint such, and the Vault roles that bound them. A life that cannot be seen is too long.
    """

    id: ClassVar[str] = "irrevocable-needs-short-life"
    says: ClassVar[str] = "What nobody can revoke lives no longer than an incident may take."
    nameless: ClassVar[bool] = True
    fact: ClassVar[str | None] = "irrevocable"
    field: ClassVar[str | None] = "ttl"
    subjects: ClassVar[tuple[type, ...]] = (Credential, Session)

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge what is irrevocable; all else is none of its business."""
        if not isinstance(subject, Credential | Session) or subject.irrevocable is None:
            return
        budget = context.limits.irrevocable
        why = subject.irrevocable.why
        match subject.expiry:
            case ExpiresAfter(span):
                life = span
            case ExpiresAt(instant):
                life = instant - (subject.birth or context.at)
            case ExpiryUnknown(unknown, cure) | NeverExpires(unknown, cure):
                yield violation(
                    self,
                    subject,
                    f"{why}, and its life is not bounded: {unknown}; limit {say_span(budget)}",
                    cure,
                )
                return
            case _:
                return
        if life > budget:
            yield violation(
                self,
                subject,
                f"{why}, and it lives {say_span(life)}, limit {say_span(budget)}",
                subject.irrevocable.cure,
            )
