"""What a gate says in the end: every finding, where it stands, and what was waived.

All gates end in one :class:`Verdict`, so that a report is written once, whatever was judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from keylife.compliance.finding import Finding, Severity


@dataclass(frozen=True, order=True)
class Place:
    """Where in a reviewed file something is written."""

    file: PurePath
    """As a reader of the report names it: relative to the repository."""

    line: int
    """1 is the first line."""

    column: int
    """1 is the first column, in characters."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Located:
    """A finding, and the place that a reviewer has to edit; None where no file holds it."""

    finding: Finding
    place: Place | None = None


@dataclass(frozen=True)
class Waived:
    """A finding that somebody took the risk of, for a while."""

    located: Located
    reason: str
    approver: str
    until: datetime
    """From this instant on it is a finding again."""


@dataclass(frozen=True)
class Verdict:
    """What one run of a gate found."""

    at: datetime
    """The instant that everything was judged at."""

    subjects: int
    """How many were judged: a gate that judged nothing says so."""

    rules: tuple[str, ...]
    """The ids of all rules that were asked."""

    findings: tuple[Located, ...]
    """Sorted, without what was waived."""

    waived: tuple[Waived, ...] = ()

    @property
    def violations(self) -> tuple[Located, ...]:
        """What must not be deployed."""
        return tuple(f for f in self.findings if f.finding.severity is Severity.VIOLATION)

    @property
    def warnings(self) -> tuple[Located, ...]:
        """What may be deployed today."""
        return tuple(f for f in self.findings if f.finding.severity is Severity.WARNING)
