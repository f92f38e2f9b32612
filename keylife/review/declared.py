"""All that one revision declares: every stack's keys, and what the stacks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keylife.model.configuration import Configuration
from keylife.model.gateway import Gateway
from keylife.model.key import Key
from keylife.model.registry import Owner, Service


@dataclass(frozen=True)
class Declared:
    """A revision's declarations, as far as a review compares them."""

    keys: Mapping[tuple[str, str], Key] = field(default_factory=dict)
    """By stack and id."""

    services: Mapping[str, Service] = field(default_factory=dict)
    owners: Mapping[str, Owner] = field(default_factory=dict)
    gateways: Mapping[str, Gateway] = field(default_factory=dict)
    configuration: Configuration = field(default_factory=Configuration)
    """How strictly the rules are taken, and what is waived."""
