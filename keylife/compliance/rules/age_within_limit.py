"""age-within-limit: nobody keeps credentials longer than they should."""

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
    Subject,
)
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation
from keylife.compliance.spans import say_span


class AgeWithinLimit(Rule):
    """Compares a credential's life with the limits of its owner and its service.

    They are declared per owner or service, or for all whose id fits a pattern, and hold beside the
    limit for its kind. There is none by default."""

    id: ClassVar[str] = "age-within-limit"
    says: ClassVar[str] = (
        "No credential of an owner or a service lives longer than their limit allows."
    )
    nameless: ClassVar[bool] = True
    field: ClassVar[str | None] = "ttl"

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a credential's life, from its birth where that is known."""
        if not isinstance(subject, Credential) or subject.recorded:
            return
        for word, name in (("owner", subject.owner), ("service", subject.service)):
            if not isinstance(name, str):
                continue
            limit = context.limits.of_party(word, name).life
            if limit is None:
                continue
            match subject.expiry:
                case ExpiresAfter(span):
                    life = span
                case ExpiresAt(instant):
                    life = instant - (subject.birth or context.at)
                case ExpiryUnknown(why, cure) | NeverExpires(why, cure):
                    yield violation(
                        self,
                        subject,
                        f"its life is not known: {why}; limit of {word} `{name}` {say_span(limit)}",
                        cure,
                    )
                    continue
                case _:
                    continue
            if life > limit:
                yield violation(
                    self,
                    subject,
                    f"this {subject.what} lives {say_span(life)},"
                    f" limit of {word} `{name}` {say_span(limit)}",
                    "shorten it, or have the limit changed in a reviewed change",
                )
