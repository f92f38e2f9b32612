"""What a rule reports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a finding stops a deploy."""

    VIOLATION = "violation"
    """It must not be deployed."""

    WARNING = "warning"
    """It may be deployed today, and needs somebody's attention."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing a rule has against one subject, and how to mend it.

    Its texts hold no property's value that could be secret: owners, services, ids, instants and
    spans of time only, and these only if they were read as such.
    """

    rule: str
    """The rule's id, which is also the name of its page."""

    severity: Severity
    subject: str
    """The URN of a resource, or stack and id of a declared key: ``dev/billing-deploy``."""

    message: str
    """What is wrong, with both numbers where there are two: what is, and what may be."""

    remedy: str

    @property
    def anchor(self) -> str:
        """Where the rule is explained, relative to keylife's repository."""
        return f"docs/reference/rules/{self.rule}.md"

    def __str__(self) -> str:
        return f"[{self.rule}] {self.subject}: {self.message}; {self.remedy} ({self.anchor})"
