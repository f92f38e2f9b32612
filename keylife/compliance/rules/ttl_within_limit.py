"""ttl-within-limit: no credential lives longer than its kind may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import (
    Credential,
    ExpiresAfter,
    ExpiresAt,
    ExpiryUnknown,
    Role,
    Subject,
)
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation
from keylife.compliance.spans import say_span

_SKEW = timedelta(days=1)
"""How far a birth may lie ahead of the gate's clock: two machines disagree by less."""


class TtlWithinLimit(Rule):
    """Compares a credential's life with the limit for its kind or type.

    A version that the ledger already has is history: its life was judged when it was born, and a
    limit lowered since then shortens the next one (NIST SP 800-57 part 1, section 5.3: a
    cryptoperiod is fixed when the key is made).
    """

    id: ClassVar[str] = "ttl-within-limit"
    says: ClassVar[str] = "No credential lives longer than the limit for its kind or type."
    nameless: ClassVar[bool] = True
    field: ClassVar[str | None] = "ttl"

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a credential's life, from its birth where that is known, else from now on."""
        if not isinstance(subject, Credential) or subject.recorded:
            return
        limit = context.limits.of(subject)
        match subject.expiry:
            case ExpiresAfter(span):
                life, said = span, "lives"
            case ExpiresAt(instant) if subject.birth is not None:
                life, said = instant - subject.birth, "lives"
            case ExpiresAt(instant):
                life, said = instant - context.at, "expires in"
            case ExpiryUnknown(why, cure):
                yield violation(
                    self, subject, f"its life is not known: {why}; limit {say_span(limit)}", cure
                )
                return
            case _:  # without an end, which is expiry-required's finding
                return
        if life > limit:
            yield violation(
                self,
                subject,
                f"this {subject.what} {said} {say_span(life)}, limit {say_span(limit)}",
                "shorten it, or have the limit for "
                f"`{_limit_name(subject)}` changed in a reviewed change",
            )
        if subject.birth is not None and subject.birth > context.at + _SKEW:
            yield violation(
                self,
                subject,
                f"its birth lies {say_span(subject.birth - context.at)} ahead,"
                f" limit {say_span(_SKEW)}",
                "plan it at the instant of the deploy: a life counts from its birth",
            )


def _limit_name(subject: Credential) -> str:
    if subject.role is Role.VERSION:
        return "its kind"
    return subject.kind if isinstance(subject.kind, str) else subject.type
