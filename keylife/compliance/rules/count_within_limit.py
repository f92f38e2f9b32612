"""count-within-limit: nobody has more credentials than they can answer for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Credential, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation


class CountWithinLimit(Rule):
    """Counts the credentials of each owner and each service.

    Limits are declared per owner or service, or for all whose id fits a pattern; each is counted
    alone, and whatever comes after the last that is allowed is refused. There is none by default.
    """

    id: ClassVar[str] = "count-within-limit"
    says: ClassVar[str] = "No owner and no service has more credentials than its limit allows."
    field: ClassVar[str | None] = "id"

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge the place of a credential among its owner's and its service's."""
        if not isinstance(subject, Credential):
            return
        for word, name in (("owner", subject.owner), ("service", subject.service)):
            if not isinstance(name, str):
                continue
            most = context.limits.of_party(word, name).keys
            if most is None:
                continue
            place = context.population.place_among(word, name, subject.subject)
            if place is not None and place > most:
                yield violation(
                    self,
                    subject,
                    f"it is number {place} of {word} `{name}`, limit {most}",
                    "revoke what is not needed, or have the limit changed in a reviewed change",
                )
