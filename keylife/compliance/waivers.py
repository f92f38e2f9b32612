"""Waivers: findings that somebody took the risk of, declared, reviewed and themselves expiring."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import ClassVar

from keylife.compliance.finding import Finding
from keylife.compliance.verdict import Located, Place, Waived


@dataclass(frozen=True)
class Waiver:
    """One risk that somebody took."""

    rule: str
    """The id of the rule whose findings it waives."""

    key: str
    """The id of a declared key, or a pattern of URNs (``*``, ``?``) that begins with ``urn:``."""

    reason: str
    approver: str
    until: datetime | None
    """From this instant on it waives nothing; None is a finding of its own."""

    place: Place | None = None
    """Where it is declared."""

    key_id: ClassVar[None] = None
    """It is no key's: no waiver waives a waiver."""

    @property
    def subject(self) -> str:
        """What findings call it."""
        return f"waiver of {self.rule} for {self.key}"

    def covers(self, finding: Finding, key_id: str | None) -> bool:
        """Whether a finding is what it waives, however long it holds.

        Args:
            finding: of any rule.
            key_id: the declared key that the finding's subject is or belongs to.
        """
        if finding.rule != self.rule:
            return False
        if self.key.startswith("urn:"):
            return fnmatchcase(finding.subject, self.key)
        return key_id == self.key


def standing_waivers(waivers: Iterable[Waiver], at: datetime) -> tuple[Waiver, ...]:
    """Those that hold at an instant.

    Args:
        waivers: as declared.
        at: the instant.
    """
    return tuple(w for w in waivers if w.until is not None and at < w.until)


def waive(located: Located, key_id: str | None, waivers: Iterable[Waiver]) -> Waived | None:
    """A finding as waived, if a waiver covers it; of several the one that holds longest."""
    covering = [w for w in waivers if w.until is not None and w.covers(located.finding, key_id)]
    if not covering:
        return None
    longest = max(covering, key=lambda w: (w.until, w.reason))
    assert longest.until is not None
    return Waived(located, longest.reason, longest.approver, longest.until)


_VERSION = re.compile(r"(.+)-v[1-9][0-9]*")


def key_of_version(name: str) -> str | None:
    """The key that a version's name belongs to: ``billing-deploy-v3`` is of ``billing-deploy``."""
    match = _VERSION.fullmatch(name)
    return match[1] if match else None
