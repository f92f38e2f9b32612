"""AWS Systems Manager: the current version of a key in one SecureString parameter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator

from keylife.deliveries.delivery import DeliverySettings, Parcel
from keylife.model.instant import format_instant
from keylife.orphan import Clients, Finder, Orphan, Pending

if TYPE_CHECKING:
    import pulumi


def _parameter_name(text: str) -> str:
    """As Systems Manager has it, without the names it keeps for itself.

    Source: AWS Systems Manager User Guide, "Parameter name requirements and constraints".
    """
    plain = re.fullmatch(r"(/[A-Za-z0-9_.-]+){1,15}|[A-Za-z0-9_.-]+", text)
    if plain is None or len(text) > 1011:
        raise ValueError(
            "not a parameter's name: letters, digits and _.-, or up to fifteen such parts with a"
            " slash before each; 1011 characters at most"
        )
    if re.match(r"/?(aws|ssm)", text, re.IGNORECASE):
        raise ValueError("a name that begins with `aws` or `ssm` is kept for AWS: choose another")
    return text


class SsmParameterSettings(DeliverySettings):
    """Where in Parameter Store the current version stands."""

    name: Annotated[str, AfterValidator(_parameter_name)]
    """The parameter's name, such as ``/billing/aws``."""

    advanced: bool = False
    """Whether it is of the advanced tier, which holds 8 KB and not 4 KB, and which AWS charges
    for."""


_IDENTIFYING = ("keylife:key", "keylife:version", "keylife:expiry")


def _stray_parameter(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """The parameter of that name, if its tags are the version's and the state does not know it.

    Another stack's key of the same id has another expiry.
    """
    ssm = clients.aws("ssm")
    name, tags = str(pending.inputs["name"]), pending.inputs["tags"]
    assert isinstance(tags, dict)
    if name in pending.known:
        return
    try:
        found = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    except ssm.exceptions.InvalidResourceId:
        return
    told = {tag["Key"]: tag["Value"] for tag in found}
    if all(told.get(tag) == tags[tag] for tag in _IDENTIFYING):
        yield Orphan(f"parameter {name}", partial(ssm.delete_parameter, Name=name))


class SsmParameter:
    """A SecureString parameter that always holds the current version."""

    name: ClassVar[str] = "ssm-parameter"
    package: ClassVar[str] = "aws"
    settings: ClassVar[type[DeliverySettings]] = SsmParameterSettings
    finders: ClassVar[Mapping[str, Finder]] = {"aws:ssm/parameter:Parameter": _stray_parameter}

    def place(self, settings: DeliverySettings) -> str:
        """``ssm-parameter/billing/aws``; AWS takes a first slash for none."""
        assert isinstance(settings, SsmParameterSettings)
        return settings.located(f"{self.name}/{settings.name.removeprefix('/')}")

    def deliver(
        self, name: str, parcel: Parcel, settings: DeliverySettings, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Declare the parameter.

        It has no end of its own: the advanced tier's Expiration policy is in neither the
        provider nor its SDK. One that somebody else wrote is not written over.
        """
        from pulumi_aws import ssm

        assert isinstance(settings, SsmParameterSettings)
        parameter: pulumi.Resource = ssm.Parameter(
            name,
            name=settings.name,
            type=ssm.ParameterType.SECURE_STRING,
            tier="Advanced" if settings.advanced else "Standard",
            value=parcel.contents,
            description=f"current version of the key {parcel.key_id}, written by keylife",
            tags={
                "keylife:key": parcel.key_id,
                "keylife:version": str(parcel.version),
                "keylife:owner": parcel.owner,
                "keylife:service": parcel.service,
                "keylife:expiry": format_instant(parcel.expiry),
            },
            opts=options,
        )
        return parameter
