"""The provider: its configuration and its resource types."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlsplit

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.resource import Provider, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import Values, reveal
from keylife.sandbox.plugins.vault.approle import Role, SecretId
from keylife.sandbox.plugins.vault.auth_backend import AuthBackend
from keylife.sandbox.plugins.vault.certificate import Certificate
from keylife.sandbox.plugins.vault.client import Settings, Vault
from keylife.sandbox.plugins.vault.identity import Entity, EntityAlias
from keylife.sandbox.plugins.vault.mount import Mount
from keylife.sandbox.plugins.vault.policy import Policy
from keylife.sandbox.plugins.vault.secret_v2 import SecretV2
from keylife.sandbox.plugins.vault.token import Token

VERSION = "7.14.0"
"""The plugin's version, which is the installed SDK's."""

IGNORED = (
    "addAddressToEnv",
    "maxRetries",
    "maxRetriesCcc",
    "skipGetVaultVersion",
    "skipTlsVerify",
    "vaultVersionOverride",
    "setNamespaceFromToken",
)
"""Configuration that says nothing to a server without TLS on this machine."""

UNSUPPORTED = (
    "authLogin",
    "authLoginAws",
    "authLoginAzure",
    "authLoginCert",
    "authLoginGcp",
    "authLoginJwt",
    "authLoginKerberos",
    "authLoginOci",
    "authLoginOidc",
    "authLoginRadius",
    "authLoginTokenFile",
    "authLoginUserpass",
    "caCertDir",
    "caCertFile",
    "clientAuth",
    "headers",
    "tlsServerName",
)
"""Configuration that the sandbox cannot honour, and therefore refuses."""


THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
"""The only hosts it talks to: a stand-in must never touch a real Vault."""


class VaultProvider(Provider):
    """Vault, as far as keylife uses it."""

    name = "vault"
    version = VERSION
    config: ClassVar[Fields] = {
        "address": Field(),
        "token": Field(secret=True),
        "namespace": Field(),
        "tokenName": Field(),
        "maxLeaseTtlSeconds": Field(kind="integer"),
        "skipChildToken": Field(kind="boolean"),
        **{name: Field() for name in (*IGNORED, *UNSUPPORTED)},
    }

    def __init__(
        self, clock: Callable[[], datetime], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._environment = environment
        self._vault: Vault | None = None
        types: tuple[ResourceType, ...] = (
            Token(self._session, clock),
            SecretV2(self._session),
            Policy(self._session),
            Mount(self._session),
            AuthBackend(self._session),
            Role(self._session),
            SecretId(self._session),
            Entity(self._session),
            EntityAlias(self._session),
            Certificate(self._session, clock),
        )
        self._resources = {type_.token: type_ for type_ in types}

    @property
    def resources(self) -> Mapping[str, ResourceType]:
        """The resource types by token."""
        return self._resources

    def config_defaults(self) -> Values:
        """What the real plugin fills in: how long its child token lives, how often it retries."""
        return {
            "maxLeaseTtlSeconds": self._environment.get("TERRAFORM_VAULT_MAX_TTL") or "1200",
            "maxRetries": self._environment.get("VAULT_MAX_RETRIES") or "2",
        }

    def configure(self, config: Values) -> None:
        """Take address and token in, from the configuration or the environment.

        Raises ``PluginError`` for what the sandbox cannot honour. The real plugin also reads the
        token that ``vault login`` left in the home folder; the sandbox keeps its hands off it.
        """
        if refused := [name for name in UNSUPPORTED if config.get(name)]:
            raise PluginError(f"the sandbox's Vault plugin has no {', '.join(refused)}")
        said = {name: str(reveal(value)) for name, value in config.items()}
        environment = self._environment
        address = said.get("address") or environment.get("VAULT_ADDR", "")
        if not address:
            raise PluginError("failed to configure Vault address")
        if urlsplit(address).hostname not in THIS_MACHINE:
            raise PluginError("the sandbox's Vault plugin talks to this machine only")
        skip = said.get("skipChildToken") or environment.get("TERRAFORM_VAULT_SKIP_CHILD_TOKEN", "")
        self._vault = Vault(
            Settings(
                address=address,
                token=said.get("token") or environment.get("VAULT_TOKEN", ""),
                namespace=said.get("namespace") or environment.get("VAULT_NAMESPACE", ""),
                child_ttl=int(said.get("maxLeaseTtlSeconds") or 1200),
                child_name=said.get("tokenName") or "terraform",
                skip_child=skip.lower() in ("true", "1"),
            )
        )

    def _session(self) -> Vault:
        if self._vault is None:
            raise PluginError("the provider is not configured")
        return self._vault


def make() -> VaultProvider:
    """The provider as its process runs it."""
    return VaultProvider(clock=lambda: datetime.now(UTC))  # noqa: TID251 - read here, once
