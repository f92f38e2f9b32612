"""validity-budget: what only keylife ends is refused within the limit, pipeline included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, ExpiresAfter, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation
from keylife.compliance.spans import say_span


class ValidityBudget(Rule):
    """Adds to a key's TTL what may pass until it is refused, and compares that with the limit.

    Most issuers refuse a version at its expiry. Some know no expiry (an API Gateway key, a secret
    that keylife only generates): such a version works until keylife's next run, so the time
    between two runs of the pipeline (`limits.deploy_every`, a day) is part of its life.
    """

    id: ClassVar[str] = "validity-budget"
    says: ClassVar[str] = (
        "From birth to refusal no key takes longer than its limit, also where only keylife ends it."
    )
    nameless: ClassVar[bool] = True
    fact: ClassVar[str | None] = "unenforced"
    field: ClassVar[str | None] = "ttl"

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a declared key whose end nobody but keylife enforces."""
        if not isinstance(subject, Credential) or subject.unenforced is None:
            return
        if not isinstance(subject.expiry, ExpiresAfter):
            return  # expiry-required's finding
        limit, late = context.limits.of(subject), context.limits.deploy_every
        whole = subject.expiry.span + late
        if subject.expiry.span <= limit < whole:
            yield violation(
                self,
                subject,
                f"from birth to refusal it may take {say_span(whole)}, of which {say_span(late)}"
                f" until keylife's next run, limit {say_span(limit)}: {subject.unenforced.why}",
                subject.unenforced.cure,
            )
