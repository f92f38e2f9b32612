"""Kubernetes secrets: the current version of a key, one entry a field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator

from keylife.deliveries.delivery import DeliverySettings, Parcel
from keylife.deliveries.sdk import optional_sdk
from keylife.model.instant import format_instant
from keylife.orphan import Finder, nothing_to_find

if TYPE_CHECKING:
    import pulumi

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def _label(text: str) -> str:
    if re.fullmatch(_LABEL, text) is None:
        raise ValueError("not a namespace: 1 to 63 of a-z, 0-9 and -, no - at the ends")
    return text


def _object_name(text: str) -> str:
    """Source: Kubernetes' documentation, "Object Names and IDs", DNS subdomain names."""
    if len(text) > 253 or re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", text) is None:
        raise ValueError("not an object's name: a-z, 0-9, - and ., as in a host name")
    return text


class KubernetesSecretSettings(DeliverySettings):
    """Which Secret of which namespace holds the current version."""

    namespace: Annotated[str, AfterValidator(_label)]
    """The namespace, which is there already."""

    name: Annotated[str, AfterValidator(_object_name)]
    """The Secret's name, as pods mount it."""


class KubernetesSecret:
    """A Secret of type Opaque with one entry for each field of the current version."""

    name: ClassVar[str] = "kubernetes-secret"
    package: ClassVar[str] = "kubernetes"
    settings: ClassVar[type[DeliverySettings]] = KubernetesSecretSettings
    finders: ClassVar[Mapping[str, Finder]] = {
        # keylife has no client of Kubernetes: docs/reference/deliveries/kubernetes-secret.md
        "kubernetes:core/v1:Secret": nothing_to_find
    }

    def place(self, settings: DeliverySettings) -> str:
        """``kubernetes-secret/production/billing-aws``."""
        assert isinstance(settings, KubernetesSecretSettings)
        return settings.located(f"{self.name}/{settings.namespace}/{settings.name}")

    def deliver(
        self, name: str, parcel: Parcel, settings: DeliverySettings, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Declare the Secret; a new version changes its entries in place."""
        import pulumi

        assert isinstance(settings, KubernetesSecretSettings)
        kubernetes = optional_sdk("pulumi_kubernetes.core.v1", self.name)
        # the fields are secret, whatever another version of the SDK marks
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["data", "stringData"])
        written: pulumi.Resource = kubernetes.Secret(
            name,
            type="Opaque",
            metadata={
                "name": settings.name,
                "namespace": settings.namespace,
                "labels": {"app.kubernetes.io/managed-by": "keylife"},
                "annotations": {
                    "keylife/key": parcel.key_id,
                    "keylife/version": str(parcel.version),
                    "keylife/owner": parcel.owner,
                    "keylife/expiry": format_instant(parcel.expiry),
                },
            },
            string_data=parcel.contents.apply(json.loads),
            opts=pulumi.ResourceOptions.merge(options, hidden),
        )
        return written
