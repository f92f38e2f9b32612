"""prefer-no-key: the best key is the one that does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, warning


class PreferNoKey(Rule):
    """Points at keys whose workload could use OIDC, a role or a federated identity instead.

    What does not exist needs no rotation, leaks nowhere and is never forgotten.
    """

    id: ClassVar[str] = "prefer-no-key"
    says: ClassVar[str] = (
        "A workload that could log in without a secret has none. (Advice: it only warns.)"
    )
    nameless: ClassVar[bool] = True
    fact: ClassVar[str | None] = "alternative"
    field: ClassVar[str | None] = "kind"
    warns: ClassVar[bool] = True

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge whether it is needed at all."""
        if isinstance(subject, Credential) and subject.alternative is not None:
            yield warning(
                self,
                subject,
                f"this {subject.what} may not be needed: {subject.alternative.why}",
                subject.alternative.cure,
            )
