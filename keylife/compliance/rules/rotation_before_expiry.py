"""rotation-before-expiry: a successor exists before a version ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Absence, Credential, ExpiresAfter, Role, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation, warning
from keylife.compliance.spans import say_span


class RotationBeforeExpiry(Rule):
    """Compares a declared key's rotation period with its TTL.

    What is left between them is the grace, in which both versions work and consumers move over.
    No grace at all is refused. A grace shorter than the time between two runs of the pipeline
    (`limits.deploy_every`) warns: one late run, and no version works.
    """

    id: ClassVar[str] = "rotation-before-expiry"
    says: ClassVar[str] = (
        "Every key is rotated before its version ends, so that some version always works."
    )
    nameless: ClassVar[bool] = True
    field: ClassVar[str | None] = "rotate_every"
    warns: ClassVar[bool] = True

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a declared key's rotation; what is no declared key rotates otherwise."""
        if not isinstance(subject, Credential) or subject.role is not Role.KEY:
            return
        every = subject.rotate_every
        if isinstance(every, Absence):
            yield violation(
                self,
                subject,
                f"its rotation period {every.value}",
                "write `rotate_every` as a literal span of time, shorter than `ttl`",
            )
            return
        if not isinstance(subject.expiry, ExpiresAfter):
            return  # expiry-required's finding
        ttl, late = subject.expiry.span, context.limits.deploy_every
        if every >= ttl:
            yield violation(
                self,
                subject,
                f"it is rotated every {say_span(every)}, and a version ends after {say_span(ttl)}",
                "make `rotate_every` shorter than `ttl`",
            )
        elif ttl - every < late:
            yield warning(
                self,
                subject,
                f"its grace is {say_span(ttl - every)}, and the pipeline runs every"
                f" {say_span(late)}: one late run, and no version works",
                "make `rotate_every` shorter; or run the pipeline more often, and say so as"
                " `limits.deploy_every`",
            )
