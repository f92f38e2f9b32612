"""waiver-valid: a waiver says until when it holds, and does not outlive that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation, warning
from keylife.compliance.spans import say_span
from keylife.compliance.waivers import Waiver
from keylife.model.instant import format_instant


class WaiverValid(Rule):
    """Refuses waivers without an end, and those whose end is over.

    A waiver takes the risk of a finding for a while: rule, key, reason, approver and `until` stand
    in `keylife.yaml`, where they are reviewed. From `until` on the finding is there again, and the
    waiver itself is one, so that it is mended and removed. What is granted is counted in every
    report. A waiver that ends within a week warns.
    """

    id: ClassVar[str] = "waiver-valid"
    says: ClassVar[str] = "Every waiver says until when it holds, and is removed when that is over."
    warns: ClassVar[bool] = True
    subjects: ClassVar[tuple[type, ...]] = (Waiver,)

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a declared waiver."""
        if not isinstance(subject, Waiver):
            return
        if subject.until is None:
            yield violation(
                self,
                subject,
                "this waiver has no `until`: it would hold for ever, and so it holds not at all",
                "add `until`, an instant that its approver agreed to",
            )
        elif subject.until <= context.at:
            yield violation(
                self,
                subject,
                f"this waiver ended at {format_instant(subject.until)}"
                f" (now {format_instant(context.at)})",
                "mend what it waived and remove it, or have it approved anew",
            )
        elif subject.until - context.at <= context.limits.soon:
            yield warning(
                self,
                subject,
                f"this waiver ends in {say_span(subject.until - context.at)},"
                f" at {format_instant(subject.until)}",
                "mend what it waives before then",
            )
