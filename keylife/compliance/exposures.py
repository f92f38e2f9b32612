"""Outputs that hold a secret and that nothing marks, or that a state keeps in clear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from keylife.compliance.catalogue import catalogue
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
    """The secret outputs of a resource that nothing protects; empty where a gate cannot tell.

    What the SDK marks is in clear too in a state that was edited, or written by something else.

    Args:
        type_token: the resource's type, as the catalogue has it.
        resource: with what the program marks, or with what the state keeps encrypted.
    """
    in_clear = {name for name in _secret_outputs(type_token) if name in resource.plain_outputs}
    seen = resource.options.secret_outputs is not None or resource.secret_outputs is not None
    marked = {*(resource.options.secret_outputs or ()), *(resource.secret_outputs or ())}
    unmarked = (n for n in UNMARKED.get(type_token, ()) if seen and n not in marked)
    return tuple(sorted({*in_clear, *unmarked}))


@cache
def _secret_outputs(type_token: str) -> tuple[str, ...]:
    """The outputs that a type's SDK marks as secret, as the catalogue has them."""
    listed = catalogue()[type_token].secret_output_properties
    if "NOT marked" in listed:
        return UNMARKED.get(type_token, ())
    return tuple(re.findall(r"\w+", re.sub(r"\([^()]*\)|none at top level|none", "", listed)))
