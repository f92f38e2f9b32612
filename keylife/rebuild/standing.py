"""What stands at an issuer of a resource that the program declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keylife.orphan import Clients
from keylife.rebuild.found import FoundVersion

Secrets = Mapping[str, str]


@dataclass(frozen=True)
class Standing:
    """A resource as its issuer has it."""

    id: str
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Besides the inputs."""

    secrets: Secrets = field(default_factory=dict, repr=False)
    """Secret outputs, as far as they can be read anywhere."""

    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What was written is not what is declared now, in these."""

    secret_inputs: Secrets = field(default_factory=dict, repr=False)
    """The same, of secret inputs."""


@dataclass(frozen=True)
class Known:
    """What the survey found of versions."""

    versions: Mapping[str, FoundVersion]
    """By the name of their credential's resource."""

    materials: Mapping[str, Mapping[str, str]] = field(repr=False)
    """By credential, the secrets that deliveries hold."""


@dataclass(frozen=True)
class Asked:
    """A resource that the program declares, and who may know of it."""

    name: str
    """In the stack."""

    inputs: Mapping[str, Any] = field(repr=False)
    """With secrets in the clear; of one that is only read, its id alone."""

    clients: Clients
    known: Known

    @property
    def credential(self) -> str | None:
        """The id of the credential that a version's resource of this name is; None if the survey
        found none."""
        version = self.known.versions.get(self.name)
        return None if version is None else version.credential

    def material(self, credential: str) -> Mapping[str, str]:
        """What deliveries hold of a credential; empty if none does."""
        return self.known.materials.get(credential, {})


Look = Callable[[Asked], Standing | None]
"""Whether it stands, and as what. What no function is written for is left out of the state, as
what stands nowhere is: the next deploy makes it."""
