"""The states of a version."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What a version is, in the words of NIST SP 800-57 part 1 rev. 5, section 7.

    *Suspended* is left out: a key that may come back invites what keylife is against.
    """

    PRE_ACTIVATION = "pre-activation"
    """Planned: the secret does not exist yet."""

    ACTIVE = "active"
    """Accepted by its issuer: the current version, or an older one in grace."""

    DEACTIVATED = "deactivated"
    """In quarantine: refused, reversible where the issuer allows."""

    COMPROMISED = "compromised"
    """Revoked with ``keyCompromise``: refused, never reversible."""

    DESTROYED = "destroyed"
    """The secret is gone."""
