"""Outputs that hold a secret and that the provider's SDK does not mark as one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from keylife.compliance.resource import Resource

UNMARKED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "aws:amplify/webhook:Webhook": ("url",),
        "aws:iam/virtualMfaDevice:VirtualMfaDevice": ("base32StringSeed", "qrCodePng"),
        "aws:ssm/activation:Activation": ("activationCode",),
        "azuread:index/synchronizationSecret:SynchronizationSecret": ("credentials",),
        "newrelic:index/apiAccessKey:ApiAccessKey": ("key",),
    }
)
"""By type. A test holds those of installed SDKs to what these SDKs mark."""


def exposed_outputs(type_token: str, resource: Resource) -> tuple[str, ...]:
    """The secret outputs of a resource that nothing marks; empty where a gate cannot tell.

    Args:
        type_token: the resource's type, as the catalogue has it.
        resource: with what the program marks, or with what the state keeps encrypted.
    """
    unmarked = UNMARKED.get(type_token, ())
    if not unmarked or (
        resource.options.secret_outputs is None and resource.secret_outputs is None
    ):
        return ()
    marked = {*(resource.options.secret_outputs or ()), *(resource.secret_outputs or ())}
    return tuple(name for name in unmarked if name not in marked)
