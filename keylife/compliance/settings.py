"""How strictly a gate judges: levels, limits and waivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from keylife.compliance.limits import Limits
from keylife.compliance.waivers import Waiver


class Level(StrEnum):
    """What becomes of a rule's violations."""

    MANDATORY = "mandatory"
    """They stop the deploy."""

    ADVISORY = "advisory"
    """They are shown as warnings."""

    DISABLED = "disabled"
    """The rule is not asked."""


@dataclass(frozen=True)
class Settings:
    """What a repository decided about keylife's rules; by default everything is mandatory."""

    levels: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}))
    """By rule id; what is not named is mandatory, but for rules that only ever advise."""

    limits: Limits = field(default_factory=Limits)
    issuer_lives: Mapping[str, timedelta] = field(default_factory=lambda: MappingProxyType({}))
    """By type token: the longest life that its issuer gives, where no property of it says so."""

    waivers: tuple[Waiver, ...] = ()

    def level_of(self, rule: str) -> Level:
        """How strictly a rule is taken."""
        return self.levels.get(rule, Level.MANDATORY)
