"""expiry-required: every credential has an end, and a reviewer can read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, ExpiryUnknown, NeverExpires, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation


class ExpiryRequired(Rule):
    """Refuses what never expires, and what cannot be seen to expire."""

    id: ClassVar[str] = "expiry-required"
    says: ClassVar[str] = "Every credential has an expiry, written where a reviewer can read it."
    nameless: ClassVar[bool] = True
    field: ClassVar[str | None] = "ttl"

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a credential's end; how far away it is belongs to ttl-within-limit."""
        if not isinstance(subject, Credential):
            return
        match subject.expiry:
            case NeverExpires(why, cure):
                yield violation(self, subject, f"this {subject.what} never expires: {why}", cure)
            case ExpiryUnknown(why, cure):
                yield violation(
                    self, subject, f"whether this {subject.what} expires is not known: {why}", cure
                )
