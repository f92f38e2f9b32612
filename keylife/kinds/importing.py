"""Credentials that existed before keylife, and how they become version 1 of a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from pydantic import JsonValue

from keylife.kinds.aws_imported_key import AwsImportedKey
from keylife.kinds.existing import Existing
from keylife.model.base import Model
from keylife.model.imported import Imported
from keylife.orphan import Clients

if TYPE_CHECKING:
    import pulumi

    from keylife.kinds.kind import Issuance, Material


class Importing(Protocol):
    """What a kind of key must say and do to begin with an existing credential."""

    credential: ClassVar[type[Model]]
    """What may stand under ``imported.credential``."""

    adopts: ClassVar[type[Model]]
    """What may stand under ``imported.adopts``."""

    def look(
        self,
        credential: str,
        clients: Clients,
        resources: Sequence[Mapping[str, Any]],
        scope: Mapping[str, JsonValue] | None,
    ) -> Existing:
        """Ask its issuer, and the stack's state, what it is.

        Args:
            credential: its id at the issuer.
            clients: connections to the issuers.
            resources: of the stack, as its state has them.
            scope: what its successors may do, where somebody said so.

        Raises:
            NotImportableError: it cannot become a key's as it is.
        """
        ...

    def adopt(
        self, issuance: Issuance, imported: Imported, options: pulumi.ResourceOptions
    ) -> Material:
        """Declare the existing credential as a version, without changing what it is.

        As long as it is not in the state it is read from its issuer, or taken over from the
        plain resources that made it. Nothing may be replaced.
        """
        ...


REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "aws-user-access-key": "its versions are keys of one user, which keylife made and named",
        "vault-token": "Vault fixes a token's end when it makes it, and the provider replaces an"
        " imported token that is declared with one",
        "vault-approle-secret-id": "the provider cannot import a live secret id, and Vault tells"
        " it to nobody",
        "vault-pki-certificate": "Vault does not keep a certificate's private key",
    }
)
"""Why other kinds cannot."""

IMPORTS: Mapping[str, Importing] = MappingProxyType({"aws-access-key": AwsImportedKey()})
"""The kinds that can begin with an existing credential, by name."""
