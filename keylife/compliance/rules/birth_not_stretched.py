"""birth-not-stretched: a life is measured from its birth, not from the last edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, ExpiresAt, Role, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation
from keylife.compliance.spans import say_span
from keylife.model.instant import format_instant


class BirthNotStretched(Rule):
    """Compares a credential's end with the one that the ledger or the state has for it.

    A version's birth and expiry are written once, before it is issued. What keylife did not issue
    may be extended by edits, each of them small: from its birth on, which a state knows, it may
    not live longer than its limit."""

    id: ClassVar[str] = "birth-not-stretched"
    says: ClassVar[str] = (
        "The end of a life never moves away: it counts from birth, not from the last edit."
    )
    nameless: ClassVar[bool] = True
    fact: ClassVar[str | None] = "was"
    field: ClassVar[str | None] = "ttl"

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge what existed before this change; how long a new one may live is another rule's."""
        if not isinstance(subject, Credential) or subject.was is None:
            return
        was, end = subject.was, subject.expiry
        if not isinstance(end, ExpiresAt) or was.expiry is None or end.instant <= was.expiry:
            return
        moved = (
            f"its end moves from {format_instant(was.expiry)} to {format_instant(end.instant)},"
            f" by {say_span(end.instant - was.expiry)}"
        )
        if subject.role is Role.VERSION:
            yield violation(
                self,
                subject,
                f"{moved}; a version's life is written once, at its birth",
                "leave it as it was: a longer `ttl` holds from the next version on",
            )
        elif was.birth is not None:
            life, limit = end.instant - was.birth, context.limits.of(subject)
            if life > limit:
                yield violation(
                    self,
                    subject,
                    f"{moved}; from its birth on it would live {say_span(life)},"
                    f" limit {say_span(limit)}",
                    "issue a new one, and let this one end",
                )
