"""revocable-by-delete: a credential that is deleted is refused from then on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation


class RevocableByDelete(Rule):
    """Refuses resources whose deletion the issuer never hears of.

    Whoever deletes such a resource believes the credential dead, and it works until its end. What
    keylife issues is ended by keylife's own plan, not by a deletion alone.
    """

    id: ClassVar[str] = "revocable-by-delete"
    says: ClassVar[str] = "Deleting a credential revokes it at its issuer."
    nameless: ClassVar[bool] = True
    fact: ClassVar[str | None] = "deletion"

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge what a later deletion would do."""
        if not isinstance(subject, Credential) or subject.managed or subject.deletion is None:
            return
        yield violation(
            self,
            subject,
            f"the deletion of this {subject.what} would revoke nothing: {subject.deletion.why}",
            subject.deletion.cure,
        )
