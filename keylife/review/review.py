"""Everything that a reviewer is shown, put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keylife.compliance.verdict import Place
from keylife.review.approvals import Approval
from keylife.review.change import Change, Subject
from keylife.review.preview import Comparison
from keylife.review.revision import Revision


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

    def place(self, subject: Subject) -> Place | None:
        """Where a subject stands after the change; before it, for what is gone."""
        return self.after.place(subject) or self.before.place(subject)
