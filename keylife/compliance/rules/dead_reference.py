"""dead-reference: nothing is configured with a version that is dead or about to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from keylife.compliance.context import Context
from keylife.compliance.credential import Mention, Subject
from keylife.compliance.finding import Finding
from keylife.compliance.rules.rule import Rule, violation, warning
from keylife.compliance.waivers import key_of_version


class DeadReference(Rule):
    """Looks for versions' names and issuers' ids in what is not keylife's own.

    Consumers read one stable place, where the current version always stands. Who writes down
    `billing-deploy-v3`, or an access key's id, stops working at the next rotation and keeps a
    revoked key in circulation. A version whose end is near (`limits.soon`, 7 days) warns.
    """

    id: ClassVar[str] = "dead-reference"
    says: ClassVar[str] = (
        "Nothing in the program names a version that is revoked, superseded or soon dead."
    )
    field: ClassVar[str | None] = "scope"
    warns: ClassVar[bool] = True
    subjects: ClassVar[tuple[type, ...]] = (Mention,)

    def judge(self, subject: Subject, context: Context) -> Iterator[Finding]:
        """Judge what a text names; what names nothing of keylife's is none of its business."""
        if not isinstance(subject, Mention):
            return
        for name in sorted(subject.names):
            dead = _death(name, context)
            if dead is not None:
                yield violation(self, subject, f"{subject.what} names `{name}`, {dead}", _CURE)
                continue
            dying = context.population.end_of(name)
            if dying is not None:
                yield warning(self, subject, f"{subject.what} names `{name}`, {dying}", _CURE)


_CURE = "read the key at its stable place, where the current version always stands"


def _death(name: str, context: Context) -> str | None:
    """What became of a version, or of the key that it is one of."""
    dead = context.population.death_of(name)
    if dead is not None:
        return dead
    key = key_of_version(name)
    return None if key is None else context.population.revocation_of(key)
