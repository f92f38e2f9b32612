"""How long a credential may live at most, by kind of key or type of resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from types import MappingProxyType

from keylife.compliance.credential import Credential, Role

DEFAULT = "default"
"""The name of the limit for all that has none of its own."""

_YEAR = timedelta(days=365)

DEFAULT_LIMITS: Mapping[str, timedelta] = MappingProxyType(
    {
        # CIS AWS Foundations 3.0, 1.14 and PCI DSS 4.0.1, 8.3.9: changed every 90 days.
        DEFAULT: timedelta(days=90),
        # Vault's own default for the longest lease: `max_lease_ttl` is 768h.
        "vault-token": timedelta(days=32),
        "vault-approle-secret-id": timedelta(days=32),
        "vault-pki-certificate": timedelta(days=32),
        "vault:index/token:Token": timedelta(days=32),
        "vault:appRole/authBackendRoleSecretId:AuthBackendRoleSecretId": timedelta(days=32),
        # What the issuer itself allows at most: SSM's activations, Managed Grafana's keys.
        "aws:ssm/activation:Activation": timedelta(days=30),
        "aws:grafana/workspaceApiKey:WorkspaceApiKey": timedelta(days=30),
        "aws:grafana/workspaceServiceAccountToken:WorkspaceServiceAccountToken": timedelta(days=30),
        # Keys that never leave their issuer: how long one version encrypts or signs.
        # CIS AWS Foundations 3.0, 3.6 and KMS's own default: rotated every year.
        "aws:kms/key:Key": _YEAR,
        "vault:transit/secretBackendKey:SecretBackendKey": _YEAR,
        "vault:gcp/kmsSecretBackendKey:KmsSecretBackendKey": _YEAR,
        "aws-native:kms:Key": _YEAR,
        "gcp:kms/cryptoKey:CryptoKey": _YEAR,
        "azure:keyvault/key:Key": _YEAR,
        # The issuer makes these for a year, and nothing can shorten it.
        "aws:apigateway/clientCertificate:ClientCertificate": _YEAR,
        # Authorities outlive what they sign: NIST SP 800-57 part 1 rev. 5, section 5.3.6.
        "vault:pkiSecret/secretBackendRootCert:SecretBackendRootCert": 10 * _YEAR,
        "vault:pkiSecret/secretBackendRootSignIntermediate:SecretBackendRootSignIntermediate": (
            5 * _YEAR
        ),
    }
)
"""The limits that hold unless a team configures its own."""


@dataclass(frozen=True)
class PartyLimit:
    """What one owner or one service may have; None is no limit."""

    keys: int | None = None
    """The largest number of credentials."""

    life: timedelta | None = None
    """The longest that one of its credentials may live."""


@dataclass(frozen=True)
class Limits:
    """The longest life for each kind of key and type of resource."""

    configured: Mapping[str, timedelta] = field(default_factory=dict)
    """By kind, type token or ``default``; each wins over the default limit of the same name."""

    owners: Mapping[str, PartyLimit] = field(default_factory=dict)
    """By owner id or pattern (``*``, ``?``), each owner counted alone; the longest pattern that
    matches wins."""

    services: Mapping[str, PartyLimit] = field(default_factory=dict)
    """The same for services."""

    irrevocable: timedelta = timedelta(hours=1)
    """The incident budget: how long a credential may live that nobody can revoke.

    Source: AWS STS, the shortest session of most roles is one hour by default.
    """

    deploy_every: timedelta = timedelta(days=1)
    """How often the pipeline runs `pulumi up`: so much longer may live what only keylife ends."""

    soon: timedelta = timedelta(days=7)
    """How long before its end a version should not be named by anything any more."""

    @cached_property
    def _parties(self) -> dict[tuple[str, str], PartyLimit]:
        """What was found for an owner or a service: there are fewer of them than of keys."""
        return {}

    def of_party(self, word: str, name: str) -> PartyLimit:
        """What an owner or a service may have.

        Args:
            word: ``owner`` or ``service``.
            name: its id.
        """
        known = self._parties.get((word, name))
        if known is None:
            table = self.owners if word == "owner" else self.services
            known = self._parties[word, name] = _of_party(table, name)
        return known

    def counts(self, word: str, name: str) -> bool:
        """Whether there is a limit for how many keys an owner or a service has."""
        return self.of_party(word, name).keys is not None

    def of(self, credential: Credential) -> timedelta:
        """The limit for a credential; for a version, whose kind only its key tells, the longest
        that any kind may have."""
        if credential.role is Role.VERSION:
            names = {*self.configured, *DEFAULT_LIMITS}
            return max(self._named(name) for name in names if ":" not in name)
        name = credential.kind if isinstance(credential.kind, str) else credential.type
        return self._named(name)

    def _named(self, name: str) -> timedelta:
        for known in (self.configured, DEFAULT_LIMITS):
            if name in known:
                return known[name]
        return self.configured.get(DEFAULT, DEFAULT_LIMITS[DEFAULT])


def _of_party(table: Mapping[str, PartyLimit], name: str) -> PartyLimit:
    matching = [pattern for pattern in table if fnmatchcase(name, pattern)]
    if not matching:
        return PartyLimit()
    return table[max(matching, key=lambda pattern: (pattern == name, len(pattern), pattern))]
