"""Waivers: findings that somebody took the risk of, declared, reviewed and themselves expiring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from keylife.compliance.finding import Finding, Severity
from keylife.compliance.verdict import Located, Place, Waived
from keylife.model.instant import format_instant

WAIVER_VALID = "waiver-valid"
"""The rule that judges waivers; no waiver waives it."""


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
    """Those that hold at an instant."""
    return tuple(w for w in waivers if w.until is not None and at < w.until)


def faulty_waivers(waivers: Iterable[Waiver], at: datetime) -> Iterator[Located]:
    """What the rule ``waiver-valid`` has against waivers: those without an end, and past it."""
    for waiver in waivers:
        if waiver.until is None:
            wrong = "has no `until`: it would hold for ever"
        elif waiver.until <= at:
            wrong = f"ended at {format_instant(waiver.until)} (now {format_instant(at)})"
        else:
            continue
        yield Located(
            Finding(
                WAIVER_VALID,
                Severity.VIOLATION,
                f"waiver of {waiver.rule} for {waiver.key}",
                f"this waiver {wrong}",
                "mend what it waived and remove it, or have it approved anew with a later `until`",
            ),
            waiver.place,
        )


def waive(located: Located, key_id: str | None, waivers: Iterable[Waiver]) -> Waived | None:
    """A finding as waived, if a waiver covers it; of several the one that holds longest."""
    if located.finding.rule == WAIVER_VALID:
        return None
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
