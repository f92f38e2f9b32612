"""token-not-a-child: a token does not die with the one that made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation


class TokenNotAChild(Rule):
    """Refuses Vault tokens that are children of the provider's own short-lived token.

    Vault revokes a token together with its parent, and the provider works with a child token of
    20 minutes: whatever TTL is written, the token is dead by then, its consumers with it, and the
    next `up` mints another one unasked. (terraform-provider-vault, issues 922 and 1095.)
    """

    id: ClassVar[str] = "token-not-a-child"
    says: ClassVar[str] = "A Vault token stands alone: it does not die with the token that made it."
    nameless: ClassVar[bool] = True
    fact: ClassVar[str | None] = "child"

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge what may die before its end."""
        if not isinstance(subject, Credential) or subject.managed or subject.child is None:
            return
        yield violation(
            self, subject, f"this {subject.what} {subject.child.why}", subject.child.cure
        )
