"""unique-claim: one key in one stack, one credential in one key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.population import claims_of
from keylife.compliance.rules.rule import Rule, violation


class UniqueClaim(Rule):
    """Refuses the second of two that claim the same key id, issuer's id or secret.

    Two stacks with one key would issue its versions twice, and the revocation of the one would
    leave the other alive. The first to claim it is named."""

    id: ClassVar[str] = "unique-claim"
    says: ClassVar[str] = "A key is one stack's, and a credential is one key's."
    field: ClassVar[str | None] = "id"

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge whatever claims something; the first of two is not refused."""
        if not isinstance(subject, Credential):
            return
        for what, value in claims_of(subject):
            first = context.population.first_to_claim(what, value)
            if first is not None and first != subject.subject:
                named = f"the id `{value}`" if what == "id" else f"its {what}"
                yield violation(
                    self,
                    subject,
                    f"{named} is claimed by {first} already",
                    "give this one another id, or remove one of the two",
                )
