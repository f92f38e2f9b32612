"""owner-known-and-active: somebody who is still there answers for every credential."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.lookup import is_asked, look_up
from keylife.compliance.rules.rule import Rule, violation, warning
from keylife.model.instant import format_instant


class OwnerKnownAndActive(Rule):
    """Refuses a credential of nobody, of somebody unknown, or of an owner who departed."""

    id: ClassVar[str] = "owner-known-and-active"
    says: ClassVar[str] = "Every credential has a declared owner who has not departed."
    nameless: ClassVar[bool] = True
    field: ClassVar[str | None] = "owner"
    warns: ClassVar[bool] = True
    asks_registry: ClassVar[bool] = True

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge a credential's owner; a version's is judged at its key."""
        if not isinstance(subject, Credential) or not is_asked(subject):
            return
        owner = look_up(
            self, subject, context, word="owner", stated=subject.owner, declared=lambda r: r.owners
        )
        if isinstance(owner, Finding):
            yield owner
            return
        if owner.since is None:
            return
        departure = f"departed {format_instant(owner.since)} (now {format_instant(context.at)})"
        if owner.since <= context.at:
            yield violation(
                self,
                subject,
                f"owner `{owner.id}` {departure}",
                "hand the key to an owner who is there, or revoke it",
            )
        else:
            yield warning(
                self, subject, f"owner `{owner.id}` {departure}", "hand over the key before then"
            )
