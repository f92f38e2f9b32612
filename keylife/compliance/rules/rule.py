"""What a rule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding, Severity


class Rule(ABC):
    """A pure check of one subject at one instant.

    The docstring of a rule's class is the text of its page, ``docs/reference/rules/<id>.md``.
    """

    id: ClassVar[str]
    """Kebab case; also the name of its file, of its test and of its page."""

    says: ClassVar[str]
    """What it demands, in one sentence."""

    warns: ClassVar[bool] = False
    """Whether some of its findings are warnings."""

    asks_registry: ClassVar[bool] = False
    """Whether it needs to know the declared services and owners."""

    judges_deletions: ClassVar[bool] = False
    """Whether it is asked about what this change deletes; others judge what will stand."""

    subjects: ClassVar[tuple[type, ...]] = (Credential,)
    """What it has anything to say about; it is not asked about anything else."""

    fact: ClassVar[str | None] = None
    """The one fact of a credential that it is about: it is not asked about those that have none."""

    nameless: ClassVar[bool] = False
    """Whether it says the same of two credentials that differ in nothing but ``subject`` and
    ``id``; then of many that are alike only the first need be judged, if nothing is found."""

    field: ClassVar[str | None] = None
    """The field of a declared key that its findings are about; None for the whole entry."""

    @abstractmethod
    def judge(self, subject: Subject, context: Context) -> Iterable[Finding]:
        """Everything it has against the subject; empty for what is none of its business."""


def violation(rule: Rule, subject: Subject, message: str, remedy: str) -> Finding:
    """A finding that stops a deploy."""
    return Finding(rule.id, Severity.VIOLATION, subject.subject, message, remedy)


def warning(rule: Rule, subject: Subject, message: str, remedy: str) -> Finding:
    """A finding that stops nothing today."""
    return Finding(rule.id, Severity.WARNING, subject.subject, message, remedy)
