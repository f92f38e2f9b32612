"""What a repository decides about keylife's rules: ``keylife.yaml``, beside ``services.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator

from keylife.model.base import Model, Name, Sentence
from keylife.model.duration import PositiveDuration
from keylife.model.instant import Instant


class Level(StrEnum):
    """What becomes of a rule's violations."""

    MANDATORY = "mandatory"
    """They stop the deploy."""

    ADVISORY = "advisory"
    """They are shown as warnings."""

    DISABLED = "disabled"
    """The rule is not asked."""


class PartyLimits(Model):
    """What one owner or one service may have; what is left out has no limit."""

    keys: Annotated[int | None, Field(ge=1)] = None
    """The largest number of credentials."""

    life: PositiveDuration | None = None
    """The longest that one of its credentials may live."""


class LimitsConfiguration(Model):
    """The numbers that rules compare with; what is left out keeps keylife's own."""

    life: Mapping[str, PositiveDuration] = {}
    """By kind of key, type of resource or ``default``: the longest life."""

    irrevocable: PositiveDuration | None = None
    """The incident budget: the longest life of what nobody can revoke."""

    deploy_every: PositiveDuration | None = None
    """How often the pipeline runs `pulumi up`: so much longer may live what only keylife ends."""

    soon: PositiveDuration | None = None
    """How long before its end nothing should name a version any more."""

    owners: Mapping[str, PartyLimits] = {}
    """By owner or pattern (``*``, ``?``), each owner counted alone; the longest pattern wins."""

    services: Mapping[str, PartyLimits] = {}
    """The same for services."""


def _key_or_pattern(text: str) -> str:
    if text.strip("*?") == "" or text in ("urn:*", "urn:pulumi:*"):
        raise ValueError(
            "a waiver is for one key, or a pattern that names some: not for everything"
        )
    return text


class WaiverDeclaration(Model):
    """A finding that somebody takes the risk of, for a while."""

    rule: str
    """The rule whose findings it waives."""

    key: Annotated[Sentence, AfterValidator(_key_or_pattern)]
    """The key's id; or a pattern of URNs (``*``, ``?``) that begins with ``urn:``."""

    reason: Sentence
    """Why the risk is taken, in words a reviewer understands."""

    approver: Sentence
    """Who takes it, as a person or team can be reached."""

    until: Instant | None = None
    """From this instant on it waives nothing. Without one it is a finding itself."""


class StatedConfiguration(Model):
    """Where credentials that keylife did not make say whose they are; what they do not say."""

    tags: tuple[str, ...] | None = None
    """The tags and metadata entries to read the name from, the strongest first; in place of
    ``keylife:owner``, ``owner`` and ``Owner``."""

    assigned: Mapping[str, Name] = {}
    """By URN or pattern of URNs (``*``, ``?``): the name for what states none; the longest pattern
    that matches wins."""

    @field_validator("tags", mode="before")
    @classmethod
    def _sequence(cls, value: Any) -> Any:
        """A YAML sequence is a list; the models are frozen and keep tuples."""
        return tuple(value) if isinstance(value, list) else value


class Configuration(Model):
    """How strictly the rules are taken; all of it may be left out."""

    rules: Mapping[str, Annotated[Level, Field(strict=False)]] = {}
    """By rule: what becomes of its violations. ``mandatory`` unless said otherwise."""

    limits: LimitsConfiguration = LimitsConfiguration()
    """The numbers that rules compare with."""

    issuer_lives: Mapping[str, PositiveDuration] = {}
    """By type of resource: the longest life that its issuer gives, where no property of it says
    so."""

    owner_stated: StatedConfiguration = StatedConfiguration()
    """Where to read the owner of a credential that keylife did not make."""

    service_stated: StatedConfiguration = StatedConfiguration()
    """The same for its service."""

    second_approver_above: Annotated[int, Field(ge=0)] = 10
    """How many keys `keylife retire` or `keylife depart` may revoke on one person's word; a change
    that revokes more needs somebody else's as well."""

    waivers: tuple[WaiverDeclaration, ...] = ()
    """Findings that somebody takes the risk of, for a while."""

    @field_validator("waivers", mode="before")
    @classmethod
    def _sequence(cls, value: Any) -> Any:
        """A YAML sequence is a list; the models are frozen and keep tuples."""
        return tuple(value) if isinstance(value, list) else value
