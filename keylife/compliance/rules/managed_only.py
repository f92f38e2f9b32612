"""managed-only: what cannot end by itself is issued through keylife, which ends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, ExpiryUnknown, NeverExpires, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation


class ManagedOnly(Rule):
    """Refuses a credential outside keylife that is not seen to end by itself."""

    id: ClassVar[str] = "managed-only"
    says: ClassVar[str] = "A credential without an expiry of its own is made by keylife only."
    nameless: ClassVar[bool] = True

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge who made a credential; where its issuer ends it, that is nobody's business."""
        if not isinstance(subject, Credential) or subject.managed:
            return
        if isinstance(subject.expiry, NeverExpires | ExpiryUnknown):
            yield violation(
                self,
                subject,
                f"this {subject.what} is made outside of keylife and is not seen to end by itself",
                "declare it as a keylife key, or give it an expiry that its issuer enforces",
            )
