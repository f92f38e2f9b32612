"""Keys of API Gateway: disabled, taken out of their usage plans, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from keylife.orphan import Clients, code_of
from keylife.systems.aws_answers import aws_errors, request_id_of, stated, unclear
from keylife.systems.listed import OnlyListed
from keylife.systems.state import issued, open_text, secret_text
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Verdict,
)

WINDOW = 60.0
"""Seconds. AWS names no time after which its gateways have heard of a key; a minute is taken."""

_WEAK = (
    "which path of which API a caller uses is not declared, and without a caller's request only"
    " API Gateway's listing is evidence"
)

_KEY = "aws:apigateway/apiKey:ApiKey"
_PLACE = "aws:apigateway/usagePlanKey:UsagePlanKey"


def _disable(holding: Holding, clients: Clients) -> str:
    gateway = clients.aws("apigateway")
    off = [{"op": "replace", "path": "/enabled", "value": "false"}]
    try:
        gateway.update_api_key(apiKey=holding.facts["api_key"], patchOperations=off)
    except gateway.exceptions.NotFoundException:
        return "no such key"
    return "disabled"


def _leave_plans(holding: Holding, clients: Clients) -> str:
    gateway, left = clients.aws("apigateway"), 0
    plans = holding.facts["plans"].split()
    for plan in plans:
        try:
            gateway.delete_usage_plan_key(usagePlanId=plan, keyId=holding.facts["api_key"])
        except gateway.exceptions.NotFoundException:
            continue
        left += 1
    return f"taken out of {left} usage plans"


def _delete(holding: Holding, clients: Clients) -> str:
    gateway = clients.aws("apigateway")
    try:
        gateway.delete_api_key(apiKey=holding.facts["api_key"])
    except gateway.exceptions.NotFoundException:
        return "no such key"
    return "deleted"


class AwsApiGatewayKey(OnlyListed):
    """A key and its places in usage plans."""

    name: ClassVar[str] = "aws-api-gateway-key"
    types: ClassVar[frozenset[str]] = frozenset({_KEY, _PLACE})
    issues: ClassVar[bool] = True
    steps: ClassVar[Sequence[Step]] = (
        Step("disable", _disable, final=False),
        Step("leave-plans", _leave_plans),
        Step("delete", _delete),
    )

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One, of the key; its places go with it."""
        if resource["type"] != _KEY or around.version is None:
            return ()
        key = str(resource["id"])
        plans = [
            open_text(place, "inputs", "usagePlanId")
            for place in around.versions[around.version]
            if place["type"] == _PLACE and open_text(place, "inputs", "keyId") == key
        ]
        facts = {"api_key": key, "plans": " ".join(sorted(plans))}
        return issued(
            self.name, resource, around, identity=key, facts=facts, window=WINDOW, weak=_WEAK
        )

    def material(self, resource: Resource) -> Material:
        """The key's value."""
        value = secret_text(resource.get("outputs"), "value") if resource["type"] == _KEY else ""
        return {"api_key": value} if value else {}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """None: a key's copy shows nothing but the key."""
        return {}

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Look the key up."""
        try:
            gateway = clients.aws("apigateway")
            told = gateway.get_api_key(apiKey=holding.facts["api_key"], includeValue=False)
            enabled = stated(told, "enabled")
        except aws_errors() as error:
            answer = unclear(error)
            if code_of(error) != "NotFoundException":
                return answer
            return Answer(Verdict.REFUSED, answer.said, answer.request_id)
        if enabled:
            return Answer(Verdict.ACCEPTED, "listed as enabled", request_id_of(told))
        return Answer(Verdict.REFUSED, "listed as disabled", request_id_of(told))
