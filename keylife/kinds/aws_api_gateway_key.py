"""Keys of API Gateway: what a caller sends as ``x-api-key``, within its usage plans."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from keylife.kinds.aws_tags import of_the_same, tags_of
from keylife.kinds.scopes import sequence, some_and_distinct
from keylife.model.base import Model
from keylife.model.instant import format_instant
from keylife.model.ledger import IssuedVersion
from keylife.model.traits import Traits
from keylife.orphan import Clients, Finder, Orphan, Pending

if TYPE_CHECKING:
    import pulumi

    from keylife.kinds.kind import Issuance, Material


def _plan_id(text: str) -> str:
    if re.fullmatch(r"[a-z0-9]{1,64}", text) is None:
        raise ValueError("not the id of a usage plan: lower case letters and digits")
    return text


class AwsApiGatewayKeyScope(Model):
    """Which APIs a key opens."""

    usage_plans: Annotated[
        tuple[Annotated[str, AfterValidator(_plan_id)], ...],
        Field(max_length=10),  # next to the tuple, or it is lost from the schema
        BeforeValidator(sequence),
        AfterValidator(some_and_distinct("usage plan", "a key in none opens no API")),
    ]
    """Ids of usage plans, one to ten; the plans say which stages of which APIs.

    Source: Amazon API Gateway quotas, "Usage plans per API key".
    """


def _stray_api_keys(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """Keys of the version's name and tags that the state does not know.

    Names and ids of keys may be shared, by another stack's key of the same id above all: its
    birth is another one.
    """
    gateway = clients.aws("apigateway")
    name, wanted = str(pending.inputs["name"]), pending.inputs["tags"]
    for page in gateway.get_paginator("get_api_keys").paginate(nameQuery=name):
        for entry in page["items"]:
            ours = of_the_same(entry.get("tags") or {}, wanted)
            if entry["name"] == name and ours and entry["id"] not in pending.known:
                yield Orphan(
                    f"API Gateway key {entry['id']} named {name}",
                    partial(gateway.delete_api_key, apiKey=entry["id"]),
                )


def _stray_place(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """The key's place in the plan: API Gateway refuses to give it a second time.

    The places of one key in two plans have the same id, so what the state knows tells nothing:
    a place that was being made when the run ended is not in it.
    """
    gateway = clients.aws("apigateway")
    plan, key = pending.inputs["usagePlanId"], pending.inputs["keyId"]
    try:
        gateway.get_usage_plan_key(usagePlanId=plan, keyId=key)
    except gateway.exceptions.NotFoundException:
        return
    yield Orphan(
        f"place of the API Gateway key {key} in the usage plan {plan}",
        partial(gateway.delete_usage_plan_key, usagePlanId=plan, keyId=key),
    )


class AwsApiGatewayKey:
    """An API Gateway key in its usage plans; nobody but keylife's runs ends it."""

    name: ClassVar[str] = "aws-api-gateway-key"
    traits: ClassVar[Traits] = Traits(can_deactivate=True, scope_in_place=True)
    scope: ClassVar[type[Model]] = AwsApiGatewayKeyScope
    credential: ClassVar[str] = "aws:apigateway/apiKey:ApiKey"
    finders: ClassVar[Mapping[str, Finder]] = {
        "aws:apigateway/apiKey:ApiKey": _stray_api_keys,
        "aws:apigateway/usagePlanKey:UsagePlanKey": _stray_place,
    }
    presentable: ClassVar[frozenset[str]] = frozenset({"api_key"})
    expiry_enforced_by: ClassVar[str] = (
        "nobody but keylife's own runs: API Gateway knows no expiry, and the first run after the"
        " version's end disables it"
    )

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare one version's key and its places in the usage plans.

        The material waits for the places: a key that is in no plan yet opens nothing, and must
        not reach a consumer. A place's ``value`` is the key itself, which neither the provider
        nor its SDK holds for a secret.
        """
        import pulumi
        from pulumi_aws import apigateway

        scope = AwsApiGatewayKeyScope.model_validate(dict(issuance.scope))
        key = apigateway.ApiKey(
            issuance.name,
            name=issuance.name,
            description=f"version {issuance.version.number} of the key {issuance.key_id}",
            enabled=not issuance.deactivated,
            tags=tags_of(issuance),
            opts=options,
        )
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["value"])
        places = [
            apigateway.UsagePlanKey(
                f"{issuance.name}-{plan}",
                key_id=key.id,
                key_type="API_KEY",
                usage_plan_id=plan,
                opts=pulumi.ResourceOptions.merge(options, hidden),
            )
            for plan in scope.usage_plans
        ]
        ready = pulumi.Output.all(key.value, *[place.id for place in places])
        return {"api_key": ready.apply(lambda told: str(told[0]))}

    def trace(self, key_id: str, version: IssuedVersion) -> Mapping[str, JsonValue]:
        """By what a key is known again that no state has: its name and tags."""
        return {
            "name": f"{key_id}-v{version.number}",
            "tags": {
                "keylife:key": key_id,
                "keylife:version": str(version.number),
                "keylife:birth": format_instant(version.birth),
            },
        }
