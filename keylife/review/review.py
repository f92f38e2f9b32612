"""Everything that a reviewer is shown, put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import PurePosixPath

from keylife.review.approvals import Approval
from keylife.review.change import Change, Subject
from keylife.review.preview import Comparison
from keylife.review.revision import Declaration, Revision

LINES_FOR = 1_000
"""Of so many changes the line is told, of the others the file: to find one takes milliseconds."""


@dataclass(frozen=True)
class Review:
    """One change of the declarations, as it is reported."""

    before: Revision
    after: Revision
    at: datetime
    changes: tuple[Change, ...]
    """The riskiest first; none where one side does not load."""

    approvals: tuple[Approval, ...] = ()
    preview: Comparison | None = None
    """What Pulumi will do; None if no preview was given."""

    @property
    def exit_code(self) -> int:
        """0: told. 1: the base does not load, so nothing could be compared. 2: the head does
        not."""
        if self.after.declared is None:
            return 2
        return 0 if self.before.declared is not None else 1

    def declaration(self, subject: Subject) -> Declaration | None:
        """Where a subject stands after the change; before it, for what is gone."""
        return self.after.places.get(subject) or self.before.places.get(subject)

    @cached_property
    def _with_lines(self) -> frozenset[Subject]:
        return frozenset(change.subject for change in self.changes[:LINES_FOR])

    def where(self, subject: Subject) -> tuple[PurePosixPath | None, int | None]:
        """The file and the line of a subject, as far as there is one and it is looked for."""
        found = self.declaration(subject)
        if found is None:
            return None, None
        if subject not in self._with_lines:
            return found.file, None
        return found.file, found.place.line
