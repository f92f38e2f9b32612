"""How strictly a gate judges: levels, limits and waivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from keylife.compliance.limits import Limits, PartyLimit
from keylife.compliance.statements import Statements
from keylife.compliance.verdict import Place
from keylife.compliance.waivers import Waiver
from keylife.model.configuration import Configuration, Level, PartyLimits, StatedConfiguration

__all__ = ["Level", "Settings", "settings_of"]


@dataclass(frozen=True)
class Settings:
    """What a repository decided about keylife's rules; by default everything is mandatory."""

    levels: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}))
    """By rule id; what is not named is mandatory."""

    limits: Limits = field(default_factory=Limits)
    issuer_lives: Mapping[str, timedelta] = field(default_factory=lambda: MappingProxyType({}))
    """By type token: the longest life that its issuer gives, where no property of it says so."""

    owners: Statements = field(default_factory=lambda: Statements.of("owner"))
    """Where to read the owner of a credential that keylife did not make."""

    services: Statements = field(default_factory=lambda: Statements.of("service"))
    """The same for its service."""

    waivers: tuple[Waiver, ...] = ()

    def level_of(self, rule: str) -> Level:
        """How strictly a rule is taken."""
        return self.levels.get(rule, Level.MANDATORY)


def settings_of(
    configuration: Configuration, place_of_waiver: Callable[[int], Place | None] = lambda _n: None
) -> Settings:
    """The settings that a configuration decides.

    Args:
        configuration: as the repository declares it.
        place_of_waiver: where the waiver of that position stands.
    """
    limits = configuration.limits
    given = {
        "irrevocable": limits.irrevocable,
        "deploy_every": limits.deploy_every,
        "soon": limits.soon,
    }
    return Settings(
        levels=configuration.rules,
        limits=Limits(
            configured=limits.life,
            owners=_parties(limits.owners),
            services=_parties(limits.services),
            **{name: span for name, span in given.items() if span is not None},
        ),
        issuer_lives=configuration.issuer_lives,
        owners=_statements("owner", configuration.owner_stated),
        services=_statements("service", configuration.service_stated),
        waivers=tuple(
            Waiver(w.rule, w.key, w.reason, w.approver, w.until, place_of_waiver(number))
            for number, w in enumerate(configuration.waivers)
        ),
    )


def _parties(declared: Mapping[str, PartyLimits]) -> dict[str, PartyLimit]:
    return {name: PartyLimit(limit.keys, limit.life) for name, limit in declared.items()}


def _statements(word: str, stated: StatedConfiguration) -> Statements:
    return Statements.of(word, stated.tags, stated.assigned)
