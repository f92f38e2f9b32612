"""The pipeline's own Vault token: what a deploy needs to be allowed, and one thing taken away."""

from __future__ import annotations

from collections.abc import Iterable

from tests.end_to_end.oracle import Oracle

_POLICY = """
# The provider works with a child of the pipeline's token, and its tokens are orphans: sudo.
path "auth/token/create"          {{ capabilities = ["create", "update", "sudo"] {denied} }}
path "auth/token/accessors/"      {{ capabilities = ["list", "sudo"] }}
path "auth/token/lookup-accessor" {{ capabilities = ["create", "update"] }}
path "auth/token/revoke-accessor" {{ capabilities = ["create", "update"] }}
path "secret/data/{mark}/*"       {{ capabilities = ["create", "read", "update"] }}
path "secret/metadata/{mark}/*"   {{ capabilities = ["create", "read", "update", "delete"] }}
"""


class VaultDeployer:
    """A token for one test's deploys, with just the permissions they need."""

    def __init__(self, oracle: Oracle, mark: str) -> None:
        self._oracle = oracle
        self._mark = mark
        self._policy = f"deploy-{mark}"
        self.heal()
        made = oracle.vault.auth.token.create(policies=[self._policy], ttl="1h")
        self.environment = {"VAULT_TOKEN": str(made["auth"]["client_token"])}

    def refuse_tokens_named(self, names: Iterable[str]) -> None:
        """From now on Vault refuses to create tokens with these display names."""
        listed = ", ".join(f'"{name}"' for name in names)
        self._write(f"denied_parameters = {{ display_name = [{listed}] }}")

    def heal(self) -> None:
        """Allow everything a deploy needs again."""
        self._write("")

    def _write(self, denied: str) -> None:
        text = _POLICY.format(mark=self._mark, denied=denied)
        self._oracle.vault.sys.create_or_update_policy(self._policy, text)
