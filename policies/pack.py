"""This repository's policies: every rule of keylife's, each with its enforcement level."""

from __future__ import annotations

from pathlib import Path

from pulumi_policy import EnforcementLevel

from keylife.crossguard import policies

LEVELS = {
    "expiry-required": EnforcementLevel.MANDATORY,
    "ttl-within-limit": EnforcementLevel.MANDATORY,
    "service-known-and-active": EnforcementLevel.MANDATORY,
    "owner-known-and-active": EnforcementLevel.MANDATORY,
    "managed-only": EnforcementLevel.MANDATORY,
    "no-resurrection": EnforcementLevel.MANDATORY,
    "unknown-credential-type": EnforcementLevel.MANDATORY,
}

POLICIES = policies(beside=Path(__file__).resolve().parent, levels=LEVELS)
