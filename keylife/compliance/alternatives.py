"""What a workload could use in place of a credential, by the type of the credential."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from keylife.compliance.credential import Objection

ALTERNATIVES: Mapping[str, Objection] = MappingProxyType(
    {
        # Source: Google Cloud, "Best practices for managing service account keys".
        "gcp:serviceaccount/key:Key": Objection(
            "workloads can use Workload Identity, or impersonate the service account",
            "use Workload Identity Federation",
        ),
        # Source: Microsoft Entra, "Workload identity federation".
        "azuread:index/applicationPassword:ApplicationPassword": Objection(
            "workloads can use a federated identity credential or a managed identity",
            "use `azuread:index/applicationFederatedIdentityCredential`",
        ),
        "azuread:index/servicePrincipalPassword:ServicePrincipalPassword": Objection(
            "workloads can use a federated identity credential or a managed identity",
            "use `azuread:index/applicationFederatedIdentityCredential`",
        ),
    }
)
"""By type, as the catalogue has it. An AWS access key outside of keylife is refused anyway."""
